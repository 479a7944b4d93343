"""The photograph under restoration, what is looked at to judge it, and how a repair goes over it tile by tile.

Values are float32 in [0, 1] of the file's whole range, not linear light; RGB; a grey photo has one channel throughout.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import cv2
import numpy as np

from studio.errors import Cancelled
from studio.head import faces
from studio.head.mesh import F64
from studio.media.scan import Pixels
from studio.types import F32, U8, Cancel

Tone = Literal["grey", "toned", "colour"]
"""grey: no colour at all; toned: one colour from black to white, as sepia; colour: a colour photograph."""
Box = tuple[int, int, int, int]
"""x0, y0, x1, y1 px of the photo; end exclusive."""
Repair = Callable[[F32, Box], F32]
"""A tile, float32 (h, w, C), and where it lies → the tile as it should be; the tile given is not changed."""

LUMA = np.array([0.299, 0.587, 0.114], np.float32)  # BT.601, as JPEG and OpenCV weigh them
LOOK = 1600  # px: long side of the small view; a scratch that shows in a print on the wall shows in it
TILE = 1024  # px: side of the tiles that repairs work on; a multiple of every step's own grid
SAMPLES, SAMPLE = 24, 256  # full-size windows that grain and halftone are measured in; px
TONED = 3.3  # Lab: how far 85 % of a toned print's colours lie at most from one curve over lightness
MOST_TONED, TONED_SHARE = 7.0, 0.45  # and a dark brown print, in Lab and as a share of its chroma
ONE_HUE = 0.92  # length of the mean chroma as a share of the mean length: sepia .94–1, colour photographs .2–.99


@dataclass(frozen=True, eq=False)
class Finding:
    """What a step measured, and what it would do about it."""

    needed: bool
    why: str
    """One sentence for people."""
    figures: Mapping[str, float] = field(default_factory=dict)
    """What was measured, by name."""
    repair: Repair | None = None
    """None where there is nothing that could be done."""
    halo: int = 0
    """How many px around a tile the repair has to see."""


@dataclass(frozen=True, eq=False)
class View:
    """A photo, and what the steps look at to judge it."""

    pixels: Pixels
    """uint8 or uint16 (H, W, C). Not changed."""
    tone: Tone
    meshes: tuple[F64, ...]
    """Of every face, float64 (478, 3) px."""

    @property
    def size(self) -> tuple[int, int]:
        """W, H px."""
        return self.pixels.shape[1], self.pixels.shape[0]

    @property
    def scale(self) -> float:
        """Px of the small view for one px of the photo, at most 1."""
        return min(1.0, LOOK / max(self.size))

    def tile(self, box: Box) -> F32:
        """A part of the photo, float32 (h, w, C) in [0, 1]."""
        x0, y0, x1, y1 = box
        return as_values(self.pixels[y0:y1, x0:x1])

    @cached_property
    def small(self) -> F32:
        """The whole photo, float32 (h, w, C) in [0, 1], at most LOOK px long."""
        if self.scale == 1:
            return as_values(self.pixels)
        size = round(self.size[0] * self.scale), round(self.size[1] * self.scale)
        small = cv2.resize(self.pixels, size, interpolation=cv2.INTER_AREA)
        return as_values(small if small.ndim == 3 else small[:, :, None])

    @cached_property
    def light(self) -> F32:
        """Luminance of the small view, float32 (h, w) in [0, 1]."""
        return luminance(self.small)

    def samples(self) -> Iterator[F32]:
        """Luminance of windows spread over the photo at its own size, float32 (SAMPLE, SAMPLE) or smaller."""
        width, height = self.size
        side_x, side_y = min(SAMPLE, width), min(SAMPLE, height)
        columns = max(1, min(round((SAMPLES * width / height) ** 0.5), -(-width // side_x)))
        rows = max(1, min(-(-SAMPLES // columns), -(-height // side_y)))
        for y in np.linspace(0, height - side_y, rows):
            for x in np.linspace(0, width - side_x, columns):
                left, top = int(x), int(y)
                yield luminance(self.tile((left, top, left + side_x, top + side_y)))

    def changed(self, pixels: Pixels, tone: Tone | None = None) -> View:
        """The same people on other pixels of the same size."""
        return View(pixels, tone or self.tone, self.meshes)


def view(pixels: Pixels) -> View:
    """Look at a photo: its tone and the faces in it.

    Args:
        pixels: uint8 or uint16 (H, W, 1 or 3), RGB.
    """
    found = View(pixels, "grey", ())
    return View(pixels, tone_of(found.small), meshes(pixels))


def meshes(pixels: Pixels) -> tuple[F64, ...]:
    """The meshes of the faces in a photo, largest first, float64 (478, 3) px."""
    longest = max(pixels.shape[:2])
    shrink = min(1.0, faces.SEARCH_SIZE / longest)  # larger pictures are searched at that size anyway
    seen = pixels if shrink == 1 else cv2.resize(pixels, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
    rgb = as_rgb8(seen if seen.ndim == 3 else seen[:, :, None])
    return tuple(face.landmarks.astype(np.float64) / shrink for face in faces.find(rgb))


def tone_of(small: F32) -> Tone:
    """Grey, toned, or colour.

    A toned print has one hue, and holds one colour at each lightness: a and b of Lab lie on one curve over L.
    """
    if small.shape[2] == 1 or float(np.ptp(small, axis=2).max()) < 0.5 / 255:
        return "grey"
    lab = cv2.cvtColor(cv2.GaussianBlur(small, (0, 0), 2.5), cv2.COLOR_RGB2LAB).reshape(-1, 3)
    ab = lab[:, 1:]
    chroma = float(np.linalg.norm(ab, axis=1).mean())
    one_hue = float(np.linalg.norm(ab.mean(axis=0))) / max(chroma, 1e-3)
    rank = np.clip(lab[:, 0] / 100 * 24, 0, 23).astype(int)
    away = np.zeros(len(lab), np.float32)
    for level in range(24):
        those = rank == level
        if those.any():
            away[those] = np.linalg.norm(ab[those] - np.median(ab[those], axis=0), axis=1)
    # Stains and the scanner's lid are colours in any print; a colour photograph has them over a good part of it.
    spread = float(np.percentile(away, 85))
    on_curve = spread < TONED or (spread < MOST_TONED and spread < TONED_SHARE * chroma)
    return "toned" if one_hue > ONE_HUE and on_curve else "colour"


def luminance(tile: F32) -> F32:
    """Luminance of a tile (h, w, C), float32 (h, w)."""
    if tile.shape[2] == 1:
        return np.ascontiguousarray(tile[:, :, 0])
    light: F32 = tile @ LUMA
    return light


def as_values(pixels: Pixels) -> F32:
    """Pixels as float32 in [0, 1]."""
    top = np.float32(np.iinfo(pixels.dtype).max)
    values: F32 = pixels.astype(np.float32) / top
    return values


def as_pixels(values: F32, like: Pixels) -> Pixels:
    """Values as pixels of the depth of `like`; what was not changed comes back as it was, to the bit."""
    top = np.iinfo(like.dtype).max
    whole: Pixels = np.clip(np.round(values * np.float32(top)), 0, top).astype(like.dtype)
    return whole


def as_rgb8(pixels: Pixels) -> U8:
    """Pixels (h, w, C) as people's eyes and FaceMesh take them: RGB uint8 (h, w, 3)."""
    eight = np.asarray(pixels if pixels.dtype == np.uint8 else pixels >> 8, np.uint8)
    return np.repeat(eight, 3, axis=2) if eight.shape[2] == 1 else eight


def boxes(size: tuple[int, int]) -> Iterator[Box]:
    """The tiles of a photo of W, H px, in reading order."""
    for y in range(0, size[1], TILE):
        for x in range(0, size[0], TILE):
            yield x, y, min(size[0], x + TILE), min(size[1], y + TILE)


def around(box: Box, halo: int, size: tuple[int, int]) -> Box:
    """A box with its surroundings, as far as there are any."""
    x0, y0, x1, y1 = box
    return max(0, x0 - halo), max(0, y0 - halo), min(size[0], x1 + halo), min(size[1], y1 + halo)


def repaired(seen: View, finding: Finding, amount: float, box: Box) -> Pixels:
    """One part of the photo after a repair: uint8 or uint16 (h, w, C).

    Args:
        amount: 0 leaves it as it is … 1.
    """
    if finding.repair is None:
        raise ValueError("there is no repair in this finding")
    wide = around(box, finding.halo, seen.size)
    before = seen.tile(wide)
    after = before + np.float32(amount) * (finding.repair(before, wide) - before)
    x0, y0 = box[0] - wide[0], box[1] - wide[1]
    return as_pixels(after[y0 : y0 + box[3] - box[1], x0 : x0 + box[2] - box[0]], seen.pixels)


def apply(seen: View, finding: Finding, amount: float, cancel: Cancel | None = None) -> Pixels:
    """The whole photo after a repair, tile by tile: no more than two copies of it are held.

    Raises:
        Cancelled: the user stopped the work.
    """
    done: Pixels = np.empty_like(seen.pixels)
    for box in boxes(seen.size):
        if cancel is not None and cancel.is_set():
            raise Cancelled("Stopped. Nothing was written.")
        x0, y0, x1, y1 = box
        done[y0:y1, x0:x1] = repaired(seen, finding, amount, box)
    return done
