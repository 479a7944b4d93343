"""Filling what is gone from what is beside it, with the grain of the place, so that a repair does not shine."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from studio.types import F32, U8

Mask = NDArray[np.bool_]

RADIUS = 4  # px: what the fast marching method looks at around each point (Telea 2004)
NARROW = 7  # px from the middle of a mark to its rim: wider ones are filled at a smaller size first
GRAIN = 1.2  # px: finer than this is grain
STEADY = 2.5  # standard deviations: what stands out further than this is detail, not grain


def filled(tile: F32, mask: U8) -> F32:
    """A tile with the masked part made anew.

    Args:
        tile: float32 (h, w, C) in [0, 1]. Not changed.
        mask: uint8 (h, w), not 0 where the picture is to be filled.
    """
    hole = mask > 0
    if not hole.any() or hole.all():
        return tile
    out = tile.copy()
    count, parts, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    depth = cv2.distanceTransform(np.pad(hole, 1).astype(np.uint8), cv2.DIST_L2, 3)[1:-1, 1:-1]
    narrow = hole.copy()
    for index in range(1, count):
        x, y, w, h = (int(value) for value in stats[index, :4])
        if depth[y : y + h, x : x + w][parts[y : y + h, x : x + w] == index].max() > NARROW:
            narrow[parts == index] = False
    if (wide := hole & ~narrow).any():
        out = _shrunk(out, hole, wide)
    if narrow.any():
        out = np.where(narrow[:, :, None], _inpainted(out, narrow), out)
    return np.where(hole[:, :, None], np.clip(out + _grain(tile, hole), 0, 1), tile).astype(np.float32)


def _shrunk(tile: F32, hole: Mask, wide: Mask) -> F32:
    """Wide holes filled at half the size, as often as needed; light carries over from far, grain is laid on later."""
    height, width = hole.shape
    known = (~hole).astype(np.float32)
    half = (max(1, (width + 1) // 2), max(1, (height + 1) // 2))
    weight = cv2.resize(known, half, interpolation=cv2.INTER_AREA)
    small = np.stack(
        [cv2.resize(tile[:, :, c] * known, half, interpolation=cv2.INTER_AREA) for c in range(tile.shape[2])], 2
    )
    small = np.where(weight[:, :, None] > 0.3, small / np.maximum(weight, 1e-3)[:, :, None], 0).astype(np.float32)
    inner = (weight <= 0.3).astype(np.uint8) * 255
    if inner.any() and not inner.all():
        deep = cv2.distanceTransform(np.pad(inner, 1), cv2.DIST_L2, 3).max()
        small = _shrunk(small, inner > 0, inner > 0) if deep > NARROW else _inpainted(small, inner > 0)
    back = cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC).reshape(tile.shape)
    return np.where(wide[:, :, None], back, tile).astype(np.float32)


def _inpainted(tile: F32, hole: Mask) -> F32:
    """Narrow holes filled along the lines that run into them."""
    mask = hole.astype(np.uint8)
    # In whole numbers: OpenCV's fast marching overflows on float pictures.
    whole = np.round(np.clip(tile, 0, 1) * 65535).astype(np.uint16)
    planes = [
        cv2.inpaint(np.ascontiguousarray(plane), mask, RADIUS, cv2.INPAINT_TELEA) for plane in np.moveaxis(whole, 2, 0)
    ]
    return np.asarray(np.stack(planes, axis=2).astype(np.float32) / np.float32(65535), np.float32)


def _grain(tile: F32, hole: Mask) -> F32:
    """The fine grain of the neighbourhood, carried into the hole: float32 (h, w, C), 0 elsewhere.

    It is borrowed as a whole from the nearest places beside the hole, so that its size and its look are the photo's.
    """
    known = (~hole).astype(np.float32)
    weight = np.maximum(cv2.GaussianBlur(known, (0, 0), GRAIN), 1e-3)[:, :, None]
    smooth = cv2.GaussianBlur(tile * known[:, :, None], (0, 0), GRAIN).reshape(tile.shape) / weight
    fine = np.where(hole[:, :, None], 0, tile - smooth).astype(np.float32)
    spread = 1.4826 * np.median(np.abs(fine[~hole]), axis=0)
    fine = np.clip(fine, -STEADY * spread, STEADY * spread)
    sure = cv2.erode(known, np.ones((5, 5), np.uint8))
    got, missing = np.zeros_like(fine), hole.copy()
    reach = float(cv2.distanceTransform(np.pad(hole, 1).astype(np.uint8), cv2.DIST_L2, 3).max())
    for ring in range(1, 9):
        for angle in (0.4, 2.5, 4.6, 1.4, 3.6, 5.7):  # rad: in no order that the eye could follow
            if not missing.any():
                return got
            step = reach + 3 + ring * 3
            dx, dy = round(np.cos(angle) * step), round(np.sin(angle) * step)
            from_there = np.roll(sure, (dy, dx), (0, 1)) > 0
            take = missing & from_there
            got[take] = np.roll(fine, (dy, dx), (0, 1))[take]
            missing &= ~from_there
    return got
