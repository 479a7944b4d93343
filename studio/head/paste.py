"""Lay a moved region back over the photograph."""

from __future__ import annotations

import cv2
import numpy as np

from studio.types import F32, U8, Portrait


def paste(portrait: Portrait, region: U8, mask: F32 | None = None) -> U8:
    """A copy of the photograph with its region replaced, as far as the mask says.

    No pixel outside the region changes, nor one inside where the mask is 0; where the mask is 1, it is the given one.

    Args:
        region: RGB, uint8, the size of `portrait.region`.
        mask: float32 (h, w) in [0, 1]; `portrait.mask` where None.

    Raises:
        ValueError: region or mask has another size.
    """
    x0, y0, x1, y1 = portrait.region
    mask = portrait.mask if mask is None else mask
    if region.shape != (y1 - y0, x1 - x0, 3) or mask.shape != region.shape[:2]:
        raise ValueError(f"the region is {(y1 - y0, x1 - x0)}, got {region.shape[:2]} and mask {mask.shape}")
    frame = portrait.image.copy()
    below = frame[y0:y1, x0:x1]
    below[:] = cv2.blendLinear(region, np.ascontiguousarray(below), mask, 1 - mask)
    return frame
