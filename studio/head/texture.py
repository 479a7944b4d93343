"""How a painted mouth compares with a filmed one: pictures in, numbers out.

A mouth that is right on average but soft looks like a mouth behind frosted glass, and an error in levels rewards it for
that. So the fine structure is measured by itself.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from studio.head.tone import LUMA
from studio.types import F32, U8

LEAST_AREA = 60.0  # px: a smaller opening has no texture to speak of
# What rounding to whole levels alone gives: variance 1/12 through the kernel 1 1 1 1 −4. Less is not to be seen.
ROUNDING_ENERGY = 20 / 12


def laplacian_energy(image: F32 | U8, mask: F32 | U8 | NDArray[np.bool_]) -> float:
    """Mean square of the Laplacian of the lightness inside a mask, levels squared.

    Only pixels whose four neighbours lie inside as well are looked at: the edge of the lips is not the mouth's texture.

    Args:
        image: (H, W, 3) RGB, 0 … 255.
        mask: (H, W): the half of its range and more is inside.

    Returns:
        NaN where the mask holds no such pixel.
    """
    inside = cv2.erode(within(mask).astype(np.uint8), cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))) > 0
    if not inside.any():
        return float("nan")
    lightness = (image.astype(np.float32) @ LUMA).astype(np.float32)
    bends = cv2.Laplacian(lightness, cv2.CV_32F, ksize=1, borderType=cv2.BORDER_REFLECT_101)
    return float(np.square(bends[inside], dtype=np.float64).mean())


def texture_ratio(painted: F32 | U8, real: F32 | U8, mask: F32 | U8 | NDArray[np.bool_]) -> float:
    """Laplacian energy of a painted mouth ÷ that of the filmed one: 1 is as real, less is softer, more is harsher.

    Args:
        painted, real: (H, W, 3) RGB, 0 … 255.
        mask: (H, W): the inside of the mouth.

    Returns:
        NaN where the mouth is open by less than LEAST_AREA.
    """
    if area(mask) < LEAST_AREA:
        return float("nan")
    made, filmed = laplacian_energy(painted, mask), laplacian_energy(real, mask)
    return (made + ROUNDING_ENERGY) / (filmed + ROUNDING_ENERGY)


def inside_error(painted: F32 | U8, real: F32 | U8, mask: F32 | U8 | NDArray[np.bool_]) -> float:
    """Mean absolute difference inside a mask, levels of 0 … 255 (L1); NaN where the mask is smaller than LEAST_AREA."""
    inside = within(mask)
    if area(mask) < LEAST_AREA:
        return float("nan")
    return float(np.abs(painted[inside].astype(np.float32) - real[inside].astype(np.float32)).mean())


def area(mask: F32 | U8 | NDArray[np.bool_]) -> float:
    """Pixels inside a mask."""
    return float(np.count_nonzero(within(mask)))


def within(mask: F32 | U8 | NDArray[np.bool_]) -> NDArray[np.bool_]:
    """bool (H, W): inside a mask of bool, of 0 … 255 in uint8, or of 0 … 1 in float32."""
    if mask.dtype == np.bool_:
        return mask.astype(np.bool_)
    half = 128 if mask.dtype == np.uint8 else 0.5
    return np.asarray(mask >= half)


def typical(values: list[float]) -> float:
    """Median of the values that are known; NaN where none is."""
    known = [value for value in values if np.isfinite(value)]
    return float(np.median(known)) if known else float("nan")
