"""Before and after, as one looks at them: side by side, with the largest face beside, and a divider that moves."""

from __future__ import annotations

import cv2
import numpy as np

from studio.media.scan import Pixels
from studio.restoration.photo import Box, as_rgb8
from studio.types import U8

SIDE = 1400  # px: long side of either photo in the picture
FACE = 700  # px: side of the close-ups
STRIP = 560  # px: long side of one photo of the strip
PLACES = (0.0, 0.25, 0.5, 0.75, 1.0)  # of the divider
GAP = 12  # px
PAPER = 255
LINE = (255, 190, 60)  # RGB of the divider


def small(pixels: Pixels, side: int = SIDE) -> U8:
    """A photo as RGB uint8, at most `side` px long."""
    scale = min(1.0, side / max(pixels.shape[:2]))
    size = max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale))
    shown = pixels if scale == 1 else cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    return as_rgb8(shown if shown.ndim == 3 else shown[:, :, None])


def face(pixels: Pixels, box: Box) -> U8:
    """A close-up at the photo's own px where it fits, RGB uint8 (h, w, 3)."""
    x0, y0, x1, y1 = box
    return _fitted(as_rgb8(pixels[y0:y1, x0:x1]), FACE)


def side_by_side(before: U8, after: U8, faces: tuple[U8, U8] | None) -> U8:
    """Both photos, and below them both close-ups, RGB uint8.

    Args:
        before, after: RGB uint8, of one size or of two.
    """
    rows = [_row([before, _like(after, before)])]
    if faces is not None:
        rows.append(_row([faces[0], _like(faces[1], faces[0])]))
    width = max(row.shape[1] for row in rows)
    laid = [_wide(row, width) for row in rows]
    gap = np.full((GAP, width, 3), PAPER, np.uint8)
    return np.concatenate([part for row in laid for part in (row, gap)][:-1])


def slider(before: U8, after: U8) -> U8:
    """A strip of photos whose divider moves from all after to all before, RGB uint8."""
    one = _fitted(before, STRIP)
    other = _like(after, one)
    shown = []
    for place in PLACES:
        at = round(place * one.shape[1])
        mixed = np.concatenate([one[:, :at], other[:, at:]], axis=1)
        if 0 < at < one.shape[1]:
            mixed[:, at - 1 : at + 1] = LINE
        shown.append(mixed)
    return _row(shown)


def _fitted(image: U8, side: int) -> U8:
    """An image at most `side` px long."""
    scale = side / max(image.shape[:2])
    if scale >= 1:
        return image
    size = max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def _like(image: U8, other: U8) -> U8:
    if image.shape == other.shape:
        return image
    size = other.shape[1], other.shape[0]
    how = cv2.INTER_AREA if image.shape[0] > other.shape[0] else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(image, size, interpolation=how), np.uint8)


def _row(images: list[U8]) -> U8:
    height = max(image.shape[0] for image in images)
    gap = np.full((height, GAP, 3), PAPER, np.uint8)
    tall = [np.pad(image, ((0, height - image.shape[0]), (0, 0), (0, 0)), constant_values=PAPER) for image in images]
    return np.concatenate([part for image in tall for part in (image, gap)][:-1], axis=1)


def _wide(row: U8, width: int) -> U8:
    spare = width - row.shape[1]
    return np.pad(row, ((0, 0), (spare // 2, spare - spare // 2), (0, 0)), constant_values=PAPER)
