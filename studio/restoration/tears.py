"""Tears and holes that a person has marked on a drawn mask."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from studio.errors import PhotoUnusable
from studio.media.scan import read_scan
from studio.restoration.fill import filled
from studio.restoration.photo import Box, Finding, as_rgb8
from studio.types import F32, U8

DRAWN = 128  # of 255: lighter is marked
SHAPE = 0.02  # how far the mask's proportions may be off those of the photo
MOST = 0.35  # of the photo: more than this cannot be filled from what is left


def read_mask(path: Path, size: tuple[int, int]) -> U8:
    """A drawn mask, white where the photo is to be filled, at the size of the photo: uint8 (h, w), 255 inside.

    Args:
        size: W, H px of the photo; the mask may be drawn on a smaller copy of it.

    Raises:
        FileUnreadable: it is no picture.
        PhotoUnusable: it has other proportions than the photo, marks nothing, or marks too much.
    """
    drawn = as_rgb8(read_scan(path).pixels).max(axis=2)
    height, width = drawn.shape
    if abs(width * size[1] / (height * size[0]) - 1) > SHAPE:
        raise PhotoUnusable(
            f"The mask {path} is {width}×{height} px, the photo {size[0]}×{size[1]}: draw it on a copy of the photo."
        )
    resized = drawn if (width, height) == size else cv2.resize(drawn, size, interpolation=cv2.INTER_LINEAR)
    mask = np.where(resized >= DRAWN, 255, 0).astype(np.uint8)
    marked = float((mask > 0).mean())
    if not marked:
        raise PhotoUnusable(f"Nothing is marked in the mask {path}. Paint white over what is torn, black elsewhere.")
    if marked > MOST:
        raise PhotoUnusable(
            f"The mask {path} marks {100 * marked:.0f} % of the photo. Mark the tears alone, white on black."
        )
    return mask


def look(mask: U8 | None) -> Finding:
    """What a drawn mask asks for.

    Args:
        mask: uint8 (h, w) of the photo, or None where nobody drew one.
    """
    if mask is None:
        return Finding(False, "nobody has drawn a mask of tears")
    share = float((mask > 0).mean())
    deep = float(cv2.distanceTransform(np.pad(mask, 1), cv2.DIST_L2, 3).max())

    def repair(tile: F32, box: Box) -> F32:
        x0, y0, x1, y1 = box
        return filled(tile, mask[y0:y1, x0:x1])

    why = f"a drawn mask covers {100 * share:.2f} % of the picture"
    return Finding(True, why, {"area": round(share, 6)}, repair, halo=round(4 * deep) + 32)
