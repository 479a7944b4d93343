"""Descreen: the dots of a printed picture, or the relief of silk paper, are found as peaks of its spectrum and lowered.

A screen is one grid over the whole picture: its peaks stand in every part of it at the same frequencies, in at least
two directions. Cloth, fences and wickerwork have peaks too, but only where they are.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from studio.head.mesh import F64
from studio.restoration.photo import SAMPLE, Box, Finding, View
from studio.types import F32

COARSEST = 0.09  # cycles per px: a screen coarser than this is one that nobody took for grey
HIGH = 8.0  # times the power beside it: what stands out in one window
EVERYWHERE = 0.65  # share of the windows that a peak has to stand in
NEAREST = 20  # degrees between the directions of two peaks
WIDTH = 2.2  # of a notch, in bins of SAMPLE px: standard deviation
MOST = 24  # peaks: those of the harmonics included
VISIBLE = 1.5 / 255  # amplitude of the weaker direction of a grid that anybody would see
DOTS = 0.03  # amplitude from which on the picture is made of dots: nothing finer than they are is picture
CUT = 0.62  # of the screen's frequency: where what is finer has half its strength


@dataclass(frozen=True)
class Peak:
    """One of a grid's frequencies."""

    x: float
    y: float
    """Cycles per px."""
    amplitude: float
    """Of the whole range, in the middle one of the windows."""

    @property
    def reach(self) -> float:
        """Cycles per px in its own direction."""
        return float(np.hypot(self.x, self.y))


def look(seen: View) -> Finding:
    """Look for the screen of a printed picture."""
    peaks = found(seen)
    figures: dict[str, float] = {"peaks": float(len(peaks))}
    if not peaks:
        return Finding(False, "no screen of printed dots was found", figures)
    strongest = max(peak.amplitude for peak in peaks)
    # Weaker peaks below the screen's own are where its harmonics fold back.
    lowest = min(peak.reach for peak in peaks if peak.amplitude > strongest / 2)
    figures |= {"pitch": round(1 / lowest, 2), "amplitude": round(strongest, 4)}
    dots = strongest > DOTS
    why = f"{'it is printed in dots' if dots else 'its paper has a grid'}, {1 / lowest:.1f} px apart"

    def repair(tile: F32, box: Box) -> F32:  # noqa: ARG001
        cut = CUT * lowest if dots else None
        return np.stack([_notched(tile[:, :, c], peaks, cut) for c in range(tile.shape[2])], axis=2)

    return Finding(True, why, figures, repair, halo=96)


def found(seen: View) -> tuple[Peak, ...]:
    """The peaks of the screen, one of each pair; empty where there is none."""
    windows = [window for window in seen.samples() if min(window.shape) >= SAMPLE and window.std() > 0.01]
    if len(windows) < 3:
        return ()
    votes = np.zeros((SAMPLE, SAMPLE))
    powers = np.empty((len(windows), SAMPLE, SAMPLE), np.float32)
    for index, window in enumerate(windows):
        powers[index] = _power(window)
        # The same peak may lie between two bins of one window.
        stands = (powers[index] > HIGH * _beside(powers[index])).astype(np.uint8)
        votes += cv2.dilate(stands, np.ones((3, 3), np.uint8))
    usual = np.median(powers, axis=0)
    # A sine of amplitude A gives a peak of (A/2 · sum of the taper)²; half of its power lies in the bins beside it.
    amplitude = 2 * np.sqrt(2 * usual) / np.hanning(SAMPLE).sum() ** 2
    fy, fx = np.meshgrid(np.fft.fftfreq(SAMPLE), np.fft.fftfreq(SAMPLE), indexing="ij")
    fair = (np.hypot(fx, fy) > COARSEST) & ~_of_jpeg(fx, fy) & ((fy > 0) | ((fy == 0) & (fx > 0)))
    stands_out = usual > HIGH * _beside(usual)
    score = np.where(fair & stands_out & (votes >= EVERYWHERE * len(windows)), amplitude, 0)
    peaks: list[Peak] = []
    while len(peaks) < MOST and score.max() > VISIBLE / 4:
        y, x = np.unravel_index(int(score.argmax()), score.shape)
        peaks.append(Peak(float(fx[y, x]), float(fy[y, x]), float(score[y, x])))
        score[np.hypot(fx - fx[y, x], fy - fy[y, x]) < 4 / SAMPLE] = 0
    return tuple(peaks) if _crossed([peak for peak in peaks if peak.amplitude > VISIBLE]) else ()


def _of_jpeg(fx: F64, fy: F64) -> NDArray[np.bool_]:
    """Whether a frequency is one of those that JPEG's blocks of 8 px leave: multiples of 1/8 across and down."""
    near = 1.5 / SAMPLE
    across, down = (np.abs(f - np.round(f * 8) / 8) < near for f in (fx, fy))
    return np.asarray(across & down)


def _crossed(peaks: list[Peak]) -> bool:
    """Whether the peaks lie in at least two directions, as a grid's do."""
    angles = [np.degrees(np.arctan2(peak.y, peak.x)) % 180 for peak in peaks]
    return any(NEAREST < abs(a - b) < 180 - NEAREST for a in angles for b in angles)


def _power(window: F32) -> F32:
    taper = np.hanning(SAMPLE).astype(np.float32)
    level = window - cv2.GaussianBlur(window, (0, 0), 8)
    return np.asarray(np.abs(np.fft.fft2(level * taper * taper[:, None])) ** 2, np.float32)


def _beside(power: F32) -> F32:
    """The median power around each frequency."""
    moved = np.fft.fftshift(np.log(power + 1e-12))
    low, high = float(moved.min()), float(moved.max())
    level = np.round((moved - low) / max(high - low, 1e-6) * 255).astype(np.uint8)
    around = cv2.medianBlur(cv2.copyMakeBorder(level, 12, 12, 12, 12, cv2.BORDER_WRAP), 21)[12:-12, 12:-12]
    return np.asarray(np.exp(np.fft.ifftshift(around) / 255 * (high - low) + low), np.float32)


def _notched(plane: F32, peaks: tuple[Peak, ...], cut: float | None) -> F32:
    """A plane without the peaks, and without what is finer than `cut` cycles per px where that is given."""
    height, width = plane.shape
    pad = 48
    wide = np.pad(plane, pad, mode="reflect")
    spectrum = np.fft.rfft2(wide)
    fy = np.fft.fftfreq(wide.shape[0])[:, None]
    fx = np.fft.rfftfreq(wide.shape[1])[None]
    keep = np.ones(spectrum.shape, np.float32)
    for peak in peaks:
        for sx, sy in ((peak.x, peak.y), (-peak.x, -peak.y)):
            away = (fx - sx) ** 2 + (fy - sy) ** 2
            keep *= 1 - np.exp(-away / (2 * (WIDTH / SAMPLE) ** 2)).astype(np.float32)
    if cut is not None:
        keep *= np.exp(-np.log(2) * (fx**2 + fy**2) / cut**2).astype(np.float32)
    back = np.fft.irfft2(spectrum * keep, s=wide.shape)
    return np.clip(back[pad : pad + height, pad : pad + width], 0, 1).astype(np.float32)
