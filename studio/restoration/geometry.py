"""The outline of a scan, only when asked: the scanner's lid cut away, the print set straight, a small one enlarged."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from studio.media.scan import Pixels
from studio.restoration.photo import LOOK, as_values, luminance
from studio.types import U8

LID = 0.07  # of the range: how far the print must be off the lid's lightness
EVEN = 0.02  # standard deviation of the lid along the rim
MOST_LID = 0.6  # of the scan: a print smaller than the rest is no print, but a detail on a page
STRAIGHT, CROOKED = 0.3, 8.0  # degrees: nothing to turn; more than anybody lays a print askew
FULL = 0.96  # of its rectangle that a print fills; torn ones are left as they are
SMALL = 900  # px: longer scans are large enough for a film
FACTOR = 2
LONGEST = 32_000  # px that OpenCV can turn


@dataclass(frozen=True)
class Outline:
    """Where the print lies on the scan."""

    centre: tuple[float, float]
    size: tuple[float, float]
    """W, H px."""
    angle: float
    """Degrees that the print is turned by, clockwise."""

    @property
    def why(self) -> str:
        """One sentence for people."""
        turned = f", turned by {self.angle:.1f}°" if abs(self.angle) >= STRAIGHT else ""
        return f"the print covers {round(self.size[0])}×{round(self.size[1])} px of the scan{turned}"


def outline(pixels: Pixels) -> Outline | None:
    """Find the print on a scan with an even rim around it; None where there is no such rim.

    Args:
        pixels: uint8 or uint16 (H, W, C).
    """
    height, width = pixels.shape[:2]
    scale = min(1.0, LOOK / max(height, width))
    small = cv2.resize(pixels, (round(width * scale), round(height * scale)), interpolation=cv2.INTER_AREA)
    light = luminance(as_values(small if small.ndim == 3 else small[:, :, None]))
    rim = np.concatenate([light[:2].ravel(), light[-2:].ravel(), light[:, :2].ravel(), light[:, -2:].ravel()])
    lid = float(np.median(rim))
    if float(np.percentile(np.abs(rim - lid), 90)) > EVEN:
        return None
    shown = (np.abs(light - lid) > LID).astype(np.uint8)
    shown = cv2.morphologyEx(shown, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    points = cv2.findNonZero(shown)
    if points is None or shown.mean() < 1 - MOST_LID:
        return None
    (x, y), (w, h), angle = cv2.minAreaRect(points)
    if angle > 45:
        angle, w, h = angle - 90, h, w
    print_fills = cv2.contourArea(cv2.convexHull(points)) / max(w * h, 1)
    if abs(angle) > CROOKED or print_fills < FULL or max(height, width) > LONGEST:
        return None
    if w * h > 0.995 * light.size:
        return None
    return Outline((x / scale, y / scale), (w / scale, h / scale), float(angle))


def cut(pixels: Pixels, where: Outline) -> Pixels:
    """The print alone, upright, at the size it was scanned at: (h, w, C)."""
    width, height = (max(1, int(side)) for side in where.size)
    if abs(where.angle) < STRAIGHT:
        x0, y0 = (max(0, round(c - side / 2)) for c, side in zip(where.centre, where.size, strict=True))
        return np.ascontiguousarray(pixels[y0 : y0 + height, x0 : x0 + width])
    turn = cv2.getRotationMatrix2D(where.centre, where.angle, 1.0)
    turn[:, 2] += [width / 2 - where.centre[0], height / 2 - where.centre[1]]
    cut_out = cv2.warpAffine(pixels, turn, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    whole: Pixels = cut_out if cut_out.ndim == 3 else cut_out[:, :, None]
    return whole


def cut_mask(mask: U8, where: Outline) -> U8:
    """A drawn mask, cut the same way: uint8 (h, w), 255 inside."""
    return np.where(cut(mask[:, :, None], where)[:, :, 0] >= 128, 255, 0).astype(np.uint8)


def enlarged(pixels: Pixels) -> Pixels:
    """A small scan at twice its size (Lanczos over 8×8 px): (2H, 2W, C)."""
    large = cv2.resize(pixels, None, fx=FACTOR, fy=FACTOR, interpolation=cv2.INTER_LANCZOS4)
    whole: Pixels = large if large.ndim == 3 else large[:, :, None]
    return whole
