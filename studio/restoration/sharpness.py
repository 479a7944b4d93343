"""Sharpen: edges of a soft scan are steepened, without halos and without waking the grain."""

from __future__ import annotations

import cv2
import numpy as np

from studio.restoration.grain import measured
from studio.restoration.photo import Box, Finding, View, luminance
from studio.types import F32

SOFT = 0.50  # Crété et al.'s blur, 0 sharp … 1 blurred, from which on a photo is soft
HOPELESS = 0.86  # from here on sharpening finds nothing but grain
BLUR = 9  # taps of the re-blurring filter (Crété et al. 2007)
FINE, COARSE = 1.0, 2.2  # px
STRENGTH = 0.9
SPARE = 0.012  # of the range: how far an edge may rise beyond what is beside it
CORE = 2.0  # standard deviations of the grain that are left as they are


def look(seen: View) -> Finding:
    """Measure how soft a photo is."""
    blur = softness(seen)
    spectra, _ = measured(seen)
    sigma = float(np.sqrt(np.median([spectrum[1:, 1:].mean() for spectrum in spectra])))
    figures = {"softness": round(blur, 3)}
    if blur > HOPELESS:
        return Finding(False, f"too blurred to be sharpened ({blur:.2f} of 1)", figures)
    needed = blur > SOFT
    why = f"a little soft ({blur:.2f} of 1)" if needed else f"sharp enough ({blur:.2f} of 1)"

    def repair(tile: F32, box: Box) -> F32:  # noqa: ARG001
        return sharpened(tile, sigma)

    return Finding(needed, why, figures, repair, halo=16)


def softness(seen: View) -> float:
    """How blurred the sharpest parts of a photo are: Crété et al.'s measure on its own size, 0 sharp … 1 blurred."""
    found = []
    for window in seen.samples():
        if window.std() < 0.02 or min(window.shape) < 3 * BLUR:
            continue
        quiet = cv2.GaussianBlur(window, (0, 0), 0.8)  # grain is no sharpness
        worst = 0.0
        for axis, size in ((0, (1, BLUR)), (1, (BLUR, 1))):
            before = np.abs(np.diff(quiet, axis=axis))
            after = np.abs(np.diff(cv2.blur(quiet, size), axis=axis))
            lost = np.maximum(0, before - after).sum()
            worst = max(worst, 1 - float(lost / max(before.sum(), 1e-6)))
        found.append(worst)
    # Backgrounds are meant to be out of focus.
    return float(np.percentile(found, 20)) if found else 0.0


def sharpened(tile: F32, sigma: float) -> F32:
    """A tile with steeper edges, float32 (h, w, C); only its lightness is changed."""
    light = luminance(tile)
    fine = light - cv2.GaussianBlur(light, (0, 0), FINE)
    coarse = light - cv2.GaussianBlur(light, (0, 0), COARSE)
    detail = 0.6 * fine + 0.4 * coarse
    # What is as weak as the grain stays; between one and two times the limit the effect sets in.
    limit = max(CORE * sigma, 1e-4)
    gate = np.clip(np.abs(coarse) / limit - 1, 0, 1)
    raised = light + STRENGTH * gate * detail
    near = np.ones((3, 3), np.uint8)
    ceiling, floor = cv2.dilate(light, near) + SPARE, cv2.erode(light, near) - SPARE
    change = np.clip(raised, floor, ceiling) - light
    return np.asarray(np.clip(tile + change[:, :, None], 0, 1), np.float32)
