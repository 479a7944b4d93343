"""Levels and cast: a faded print gets its black and its white back; a colour print loses the veil that time laid on it.

Only lightness is stretched: a sepia print stays as brown as it was. A cast is taken out of colour photographs alone,
and only where the lights, the darks and the whole agree that there is one: a blue sky or a red jumper is no cast.
"""

from __future__ import annotations

import cv2
import numpy as np

from studio.restoration.photo import Box, Finding, View, luminance
from studio.types import F32

RIM = 0.06  # of each side that is not measured: mounts, plate edges, the scanner's lid
DARK, LIGHT = 0.5, 99.5  # percentiles
BLACK, WHITE = 0.03, 0.97  # where a full print's darks and lights lie
FADED = 0.72  # from dark to light, of the range; less than this is a faded print
LIFTED, DULL = 0.13, 0.78  # darks above, or lights below, are faded even if the rest is not
MOST_GAIN = 2.2  # a print faded further has lost what no curve brings back
MOST_SHIFT = 0.7  # of what would make a neutral of it: a trace of the veil is the photo's age
VEIL = 6.0  # Lab: chroma of lights, darks and middle, all in one direction, from which on there is a cast
AGREED = 0.75  # cosine between these directions
MOST_RATIO = 1.5  # between the gains of two channels


def look(seen: View) -> Finding:
    """Measure how far a photo has faded, and what would bring it back."""
    low, high = (float(value) for value in np.percentile(_inner(seen.light), [DARK, LIGHT]))
    figures = {"dark": round(low, 4), "light": round(high, 4)}
    spread = max(high - low, 1e-3)
    faded = spread < FADED and (low > LIFTED or high < DULL)
    black, white = min(low, BLACK), max(high, WHITE)
    if (white - black) / spread > MOST_GAIN:  # what cannot be stretched to the full is stretched around its middle
        middle, reach = (low + high) / 2, spread * MOST_GAIN / 2
        black = min(max(middle - reach, black), 1 - 2 * reach) if 2 * reach < 1 else 0.0
        white = black + 2 * reach
    if not faded:
        why = f"its tones reach from {100 * low:.0f} % to {100 * high:.0f} %: not faded"
    else:
        why = f"it has faded: its tones reach only from {100 * low:.0f} % to {100 * high:.0f} %"
    gain = (white - black) / spread

    def repair(tile: F32, box: Box) -> F32:  # noqa: ARG001
        light = luminance(tile)[:, :, None]
        stretched = _rolled(black + (light - low) * gain)
        # Chroma grows half as fast as contrast: a faded colour comes back, a browned print does not turn orange.
        return np.clip(stretched + (tile - light) * np.float32(np.sqrt(gain)), 0, 1).astype(np.float32)

    return Finding(faded, why, figures, repair if gain > 1.02 else None)


def _rolled(light: F32) -> F32:
    """Lightness with soft ends: nothing that was between two tones is cut to one."""
    toe = np.float32(0.04)
    low = np.where(light < toe, toe * np.exp(np.minimum(light / toe - 1, 0)), light)
    high = np.float32(1) - low
    return np.where(high < toe, 1 - toe * np.exp(np.minimum(high / toe - 1, 0)), low).astype(np.float32)


def _inner(plane: F32) -> F32:
    height, width = plane.shape[:2]
    y, x = round(RIM * height), round(RIM * width)
    return plane[y : height - y, x : width - x]


def look_cast(seen: View) -> Finding:
    """Measure the veil over a colour photograph."""
    if seen.tone == "grey":
        return Finding(False, "a black-and-white photo has no colours that could have shifted")
    inner = _inner(cv2.GaussianBlur(seen.small, (0, 0), 1.0)).reshape(-1, 3)
    light = inner @ np.array([0.299, 0.587, 0.114], np.float32)
    ends = np.percentile(light, [1, 6, 94, 99])
    dark = np.median(inner[(light >= ends[0]) & (light <= ends[1])], axis=0)
    bright = np.median(inner[(light >= ends[2]) & (light <= ends[3])], axis=0)
    middle = np.median(inner, axis=0)
    lab = cv2.cvtColor(np.stack([dark, middle, bright])[None].astype(np.float32), cv2.COLOR_RGB2LAB)[0, :, 1:]
    strength = np.linalg.norm(lab, axis=1)
    away = lab / np.maximum(strength, 1e-3)[:, None]
    agreed = min(float(away[0] @ away[1]), float(away[1] @ away[2]), float(away[0] @ away[2]))
    figures = {"veil": round(float(strength.min()), 2), "agreement": round(agreed, 3)}
    needed = seen.tone == "colour" and float(strength.min()) > VEIL and agreed > AGREED
    if seen.tone == "toned":
        why = "it is a toned print: its one colour is its own"
    else:
        why = _leaning(needed, float(strength.min()))
    offset, gain = _neutral(dark, bright)

    def repair(tile: F32, box: Box) -> F32:  # noqa: ARG001
        moved = tile * gain + offset
        before, after = luminance(tile)[:, :, None], luminance(moved)[:, :, None]
        return np.clip(moved + (before - after), 0, 1).astype(np.float32)

    return Finding(needed, why, figures, repair)


def _leaning(needed: bool, strength: float) -> str:
    if needed:
        return f"lights, middle and darks all lean one way, by {strength:.0f} units of Lab or more"
    return "lights, middle and darks do not lean one way: no cast"


def _neutral(dark: F32, bright: F32) -> tuple[F32, F32]:
    """Offset and gain of each channel that bring both ends most of the way to grey, float32 (3,) each."""
    weights = np.array([0.299, 0.587, 0.114], np.float32)
    goal_dark = dark + MOST_SHIFT * (dark @ weights - dark)
    goal_bright = bright + MOST_SHIFT * (bright @ weights - bright)
    gain = (goal_bright - goal_dark) / np.maximum(bright - dark, 0.05)
    gain = np.clip(gain, gain.mean() / MOST_RATIO, gain.mean() * MOST_RATIO)
    return (goal_dark - dark * gain).astype(np.float32), gain.astype(np.float32)


def look_neutral(seen: View) -> Finding:
    """Take the tone out of a toned print; never done unless somebody asks for it."""
    if seen.tone != "toned":
        return Finding(False, "this is no toned print")

    def repair(tile: F32, box: Box) -> F32:  # noqa: ARG001
        return np.repeat(luminance(tile)[:, :, None], tile.shape[2], axis=2)

    return Finding(True, "asked for: the toning is taken out", {}, repair)
