"""How a change of a mouth is laid over a frame: lightness from the refiner, colour and grain from the photograph."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from studio.head import mesh, rig, tone
from studio.head.refine.crops import Place
from studio.head.tone import LUMA, TILE
from studio.types import F32, U8, Portrait

CHROMA = 0.012  # eye distances over which the frame's own colour is averaged under what is new
FINE = 2.5  # px: what is finer is grain, as studio/head/tone.py measures it
SLOWLY = 0.15  # share of a new measurement of the grain that is taken over: grain does not flicker
LEAST_CHANGE = 0.25  # levels: less than this rounds to nothing


@dataclass(eq=False)
class Surface:
    """What one portrait is printed on, and how much of its grain the refined mouth lacks."""

    place: Place
    monochrome: bool
    curve: F32 | None
    """float32 (256, 3): `Tone.curve`."""
    grain: F32
    """float32 (h, w): lightness to add, for the box of the place."""
    strength: float
    """Standard deviation of the photograph's grain, levels."""
    chroma: float
    """px, standard deviation of the average under new pixels."""
    lacking: float | None = None
    """Share of the grain that was last added; None before the first frame."""

    def lay(self, frame: U8, change: F32, inner: F32) -> U8:
        """A copy of a frame with a change laid over its mouth.

        Args:
            frame: RGB, uint8 (H, W, 3).
            change: float32 (h, w): lightness to add, levels, for the box of the place; 0 away from the lips.
            inner: float32 (h, w): 1 between the lips.
        """
        x0, y0, x1, y1 = self.place.box
        own = frame[y0:y1, x0:x1].astype(np.float32)
        touched = np.abs(change) > LEAST_CHANGE
        # Grain belongs to the change: where that fades, so does the grain.
        covered = cv2.GaussianBlur(touched.astype(np.float32), (0, 0), 1.5) * inner
        before = own @ LUMA
        after = np.clip(before + change, 0, 255)
        after = np.clip(after + self._missing_grain(after, covered > 0.5) * self.grain * covered, 0, 255)
        touched |= covered > 0.01
        mixed = np.where(touched[..., None], self._coloured(own, before, after), own)
        laid = frame.copy()
        laid[y0:y1, x0:x1] = np.clip(np.rint(mixed), 0, 255).astype(np.uint8)
        return laid

    def _coloured(self, own: F32, before: F32, after: F32) -> F32:
        """New lightness in the photograph's colour: float32 (h, w, 3)."""
        if self.monochrome:
            return np.repeat(after[..., None], 3, axis=2)
        lighter = (after - before)[..., None]
        if self.curve is not None:
            levels = np.arange(256)
            moved = [np.interp(after, levels, c) - np.interp(before, levels, c) for c in self.curve.T]
            toned: F32 = (own + lighter + np.stack(moved, axis=-1)).astype(np.float32)
            return toned
        chroma = cv2.GaussianBlur(own - before[..., None], (0, 0), self.chroma)
        # Where little changes, the frame's own colour; where much does, its average.
        new = np.clip(np.abs(lighter) / 12, 0, 1)
        coloured: F32 = own + lighter + new * (chroma - (own - before[..., None]))
        return coloured

    def _missing_grain(self, lightness: F32, where: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> float:
        """Share of the photograph's grain that a refined mouth has lost, 0 … 1."""
        if self.strength > 0 and int(where.sum()) > 40:
            fine = (lightness - cv2.GaussianBlur(lightness, (0, 0), FINE))[where]
            left = float(np.median(np.abs(fine - np.median(fine)))) * 1.4826  # MAD → standard deviation
            found = float(np.sqrt(max(self.strength**2 - left**2, 0.0))) / self.strength
            self.lacking = found if self.lacking is None else self.lacking + SLOWLY * (found - self.lacking)
        return self.lacking or 0.0


def measure(sitter: Portrait, place: Place) -> Surface:
    """Measure what a portrait is printed on: half a second, once."""
    x0, y0, x1, y1 = sitter.region
    measured = tone.measure(np.ascontiguousarray(sitter.image[y0:y1, x0:x1]), rig.make(sitter))
    left, top, right, bottom = place.box
    rows, columns = np.arange(top, bottom) % TILE, np.arange(left, right) % TILE
    return Surface(
        place,
        sitter.monochrome,
        measured.curve,
        np.ascontiguousarray(measured.grain[np.ix_(rows, columns)]),
        float(measured.grain.std()),
        max(0.6, CHROMA * mesh.eye_distance(sitter.landmarks)),
    )
