"""What the photograph is made of: its light on the face, its colour or tone, its sharpness and its grain.

New pixels (the inside of a mouth) are made of the same.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from studio.head import mesh
from studio.head.rig import Rig
from studio.types import F32, U8

LUMA = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R BT.601
TONED_SPREAD = 4.0  # levels: a print whose colour follows its lightness this closely has been toned, not coloured
TILE = 256  # px: the grain repeats after this


@dataclass(frozen=True, eq=False)
class Tone:
    """The photograph's own light, colour and grain around the mouth."""

    black: float
    """Lightness of the darkest parts of the face and what is around it, 0 … 255."""
    skin: float
    """Lightness of its skin."""
    bright: float
    """Lightness of its highlights and of the whites of the eyes."""
    curve: F32 | None
    """float32 (256, 3): RGB less lightness for each lightness, for monochrome and toned photographs; None in colour."""
    lip: F32
    """float32 (3,): mean RGB of the lips."""
    highlight: F32
    """float32 (3,): mean RGB of the brightest skin."""
    blur: float
    """Standard deviation of the Gaussian that makes a perfect edge as soft as the photograph's, px."""
    grain: F32
    """float32 (TILE, TILE): lightness to add to a smooth patch so that it looks like skin of this photograph."""


def measure(image: U8, rig: Rig) -> Tone:
    """Measure the tone of a face.

    Args:
        image: RGB, uint8: the portrait's region.
    """
    grey = (image.astype(np.float32) @ LUMA).astype(np.float32)
    face = _filled(grey.shape, rig.points[list(mesh.OVAL)])
    for lid_up, lid_low in zip(mesh.UPPER_LIDS, mesh.LOWER_LIDS, strict=True):
        face &= ~_filled(grey.shape, rig.points[[*lid_up, *lid_low[::-1]]])
    lips = _filled(grey.shape, rig.points[[*mesh.OUTER_UPPER, *mesh.OUTER_LOWER[::-1]]])
    lips &= ~_filled(grey.shape, rig.points[[*mesh.INNER_UPPER, *mesh.INNER_LOWER[::-1]]])
    skin = grey[face & ~lips]
    if not skin.size or not lips.any():
        raise ValueError("the mesh has no area inside the region")
    bright = float(np.percentile(skin, 95))
    shining = face & (grey >= bright)
    return Tone(
        black=min(float(np.percentile(skin, 1)), float(np.percentile(grey, 2))),
        skin=float(np.median(skin)),
        bright=bright,
        curve=_curve(image, grey, face),
        lip=image[lips].mean(axis=0).astype(np.float32),
        highlight=image[shining].mean(axis=0).astype(np.float32),
        blur=_blur(grey, face),
        grain=_grain(grey, rig),
    )


def _filled(shape: tuple[int, ...], outline: F32) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    canvas = np.zeros(shape, np.uint8)
    cv2.fillPoly(canvas, [np.round(outline).astype(np.int32)], 1)
    inside: np.ndarray[tuple[int, ...], np.dtype[np.bool_]] = canvas.astype(bool)
    return inside


def _curve(image: U8, grey: F32, face: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> F32 | None:
    """The photograph's lightness → colour curve, or None where colour does not follow lightness."""
    level = np.clip(np.rint(grey[face]), 0, 255).astype(int)
    chroma = image[face].astype(np.float32) - grey[face][:, None]
    count = np.bincount(level, minlength=256).astype(np.float64)
    sums = np.stack([np.bincount(level, chroma[:, c], 256) for c in range(3)], axis=1)
    kernel = np.exp(-0.5 * (np.arange(-24, 25) / 8.0) ** 2)
    weight = np.convolve(count, kernel, mode="same")
    known = weight > 1
    mean = np.stack([np.convolve(sums[:, c], kernel, mode="same") for c in range(3)], axis=1)
    mean[known] /= weight[known, None]
    levels = np.arange(256)
    curve = np.stack([np.interp(levels, levels[known], mean[known, c]) for c in range(3)], axis=1)
    if float(np.abs(chroma - curve[level]).mean()) > TONED_SPREAD:
        return None
    return curve.astype(np.float32)


def _blur(grey: F32, face: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> float:
    """Softness of the photograph's edges, px.

    An edge of width s keeps the share s / √(s² + 1) of its slope when blurred by another pixel; the strongest slopes of
    the face tell that share.
    """

    def steepest(picture: F32) -> float:
        slope = np.hypot(cv2.Sobel(picture, cv2.CV_32F, 1, 0), cv2.Sobel(picture, cv2.CV_32F, 0, 1))
        return float(np.percentile(slope[face], 98))

    soft = cv2.GaussianBlur(grey, (0, 0), 0.7)
    softer = cv2.GaussianBlur(soft, (0, 0), 1.0)
    kept = np.clip(steepest(softer) / max(steepest(soft), 1e-3), 0.3, 0.97)
    width = kept / np.sqrt(1 - kept**2)
    return float(np.clip(np.sqrt(max(width**2 - 0.49, 0.0)), 0.5, 3.0))


def _grain(grey: F32, rig: Rig) -> F32:
    """A tile of noise as strong and as coarse as that on the cheeks and the chin."""
    unit = rig.stance.scale
    rough = grey - cv2.GaussianBlur(grey, (0, 0), 2.5)
    fine = grey - cv2.GaussianBlur(grey, (0, 0), 0.8)
    strengths, shares = [], []
    for point in (50, 280, 205, 425, 199):  # cheeks and chin
        x, y = np.round(rig.points[point]).astype(int)
        r = max(4, int(0.09 * unit))
        patch = rough[max(0, y - r) : y + r, max(0, x - r) : x + r]
        if patch.size < 32:
            continue
        strengths.append(float(np.median(np.abs(patch - np.median(patch)))) * 1.4826)  # MAD → standard deviation
        shares.append(float(np.std(fine[max(0, y - r) : y + r, max(0, x - r) : x + r]) / max(np.std(patch), 1e-3)))
    strength = min(float(np.median(strengths)), 12.0) if strengths else 0.0
    coarse = float(np.clip(1.6 - 1.4 * np.median(shares), 0.0, 1.5)) if shares else 0.0
    noise = np.random.default_rng(0).standard_normal((TILE, TILE)).astype(np.float32)
    if coarse > 0.2:
        noise = cv2.GaussianBlur(noise, (0, 0), coarse, borderType=cv2.BORDER_REFLECT_101)
    tile: F32 = (noise * strength / max(float(noise.std()), 1e-6)).astype(np.float32)
    return tile
