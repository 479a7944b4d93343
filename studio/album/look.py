"""One picture looked at: its hash, sharpness, light, and the faces in it with their eyes and smiles."""

from __future__ import annotations

import base64

import cv2
import numpy as np

from studio.album import likeness
from studio.album.record import FaceSeen, Looked
from studio.head import faces, mesh
from studio.head.shapes import basis
from studio.types import F32, U8, Face

SIDE = 1280  # px: the long side at which a picture is measured; a film's photo is rarely shown larger
_FACES_AT = 720  # px: faces of a crowd are still found; a 4:3 picture of 768 px would take 39 tiles instead of 15
_SHARP_AT = 1024  # px
SMALL = 48  # px: side of the greys kept to confirm duplicates
TONES = 4  # parts along each side whose colours are kept
_GRID = 8  # tiles along each side, for sharpness
_SHARPEST = 75  # percentile of the tiles: a portrait before a soft background is sharp
_SHADE = 32  # levels of lightness that share a tone in a print of one colour
_FLAT = 1.5  # grey levels of mean difference between neighbours below which a tile shows nothing to be sharp
# Re-blurring takes this share of the differences in a blurred picture, and in a sharp one; measured on 35 portraits.
_BLURRED, _CRISP = 0.25, 0.62


def look(image: U8, size: tuple[int, int]) -> Looked:
    """Measure a picture.

    Args:
        image: RGB, uint8 (h, w, 3), upright, its long side at most SIDE px.
        size: W, H px of the original.
    """
    grey: U8 = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    small = cv2.resize(grey, (SMALL, SMALL), interpolation=cv2.INTER_AREA)
    tones = cv2.resize(image, (TONES, TONES), interpolation=cv2.INTER_AREA)
    return Looked(
        width=size[0],
        height=size[1],
        sharp=round(sharpness(grey), 4),
        light=round(float(grey.mean()), 2),
        contrast=round(float(grey.std()), 2),
        lost=round(float(((grey < 6) | (grey > 249)).mean()), 4),
        colour=round(chroma(image), 2),
        hashes=tuple(hashes(grey)),
        small=base64.b64encode(small.tobytes()).decode(),
        tones=base64.b64encode(tones.tobytes()).decode(),
        faces=tuple(_seen(image, grey)),
    )


def shrunk(image: U8, side: int) -> U8:
    """`image` with its long side at most `side` px; a picture that is smaller stays as it is."""
    share = side / max(image.shape[:2])
    if share >= 1:
        return image
    height, width = (max(1, round(length * share)) for length in image.shape[:2])
    smaller: U8 = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
    return smaller


def sharpness(grey: U8) -> float:
    """0 blurred … 1 sharp: how much of a picture's detail a further blur takes away (Crete et al., SPIE 6492, 2007).

    Measured tile by tile, and told of the sharper tiles among those that show anything.

    Args:
        grey: uint8 (H, W).
    """
    # Grain is no detail: a light blur takes it away first.
    plain = cv2.GaussianBlur(shrunk(grey, _SHARP_AT), (0, 0), 0.8).astype(np.float32)
    kept = [_tiles(plain, axis) for axis in (0, 1)]
    detail, lost = (np.stack(part) for part in zip(*kept, strict=True))
    shows = detail.max(axis=0) >= _FLAT
    if not shows.any():
        return 0.0
    # Along the axis in which a tile is blurred more: shake blurs one way only.
    share = (lost / np.maximum(detail, 1e-3))[:, shows].min(axis=0)
    return float(np.clip((np.percentile(share, _SHARPEST) - _BLURRED) / (_CRISP - _BLURRED), 0, 1))


def _tiles(grey: F32, axis: int) -> tuple[F32, F32]:
    """Mean difference of neighbours in each tile, and how much of it a blur over nine pixels takes away."""
    blurred = cv2.blur(grey, (1, 9) if axis == 0 else (9, 1))
    before, after = np.abs(np.diff(grey, axis=axis)), np.abs(np.diff(blurred, axis=axis))
    grid = (_GRID, _GRID)
    detail = cv2.resize(before, grid, interpolation=cv2.INTER_AREA)
    lost = cv2.resize(np.maximum(before - after, 0), grid, interpolation=cv2.INTER_AREA)
    return detail, lost


def chroma(image: U8) -> float:
    """Mean distance of the colours from the picture's own tone, 0 … 255; sepia and blueprints count as grey."""
    lab = cv2.cvtColor(shrunk(image, 256), cv2.COLOR_RGB2LAB).reshape(-1, 3)
    tones, shade = lab[:, 1:].astype(np.float32), lab[:, 0] // _SHADE
    # A sepia print has one colour for each lightness: what counts is how far the colours lie from that.
    for each in np.unique(shade):
        own = shade == each
        tones[own] -= np.median(tones[own], axis=0)
    return float(np.linalg.norm(tones, axis=1).mean())


def hashes(grey: U8) -> list[str]:
    """The perceptual hash (DCT of 32 × 32 greys, Zauner 2010) of a picture and of its seven turned, mirrored forms.

    Prints are scanned upside down, and slides from the wrong side; the first one is the picture as it is.
    """
    hasher = cv2.img_hash.PHash_create()  # type: ignore[attr-defined]  # in opencv-contrib
    small = cv2.resize(grey, (128, 128), interpolation=cv2.INTER_AREA)
    return [hasher.compute(np.ascontiguousarray(form)).tobytes().hex() for form in forms(small)]


def forms(small: U8) -> list[U8]:
    """A square picture, turned by 0, 90, 180, 270 degrees, and each of these mirrored."""
    turned = [np.rot90(small, quarter) for quarter in range(4)]
    return [*turned, *(form[:, ::-1] for form in turned)]


def _seen(image: U8, grey: U8) -> list[FaceSeen]:
    """Every face in it, largest first."""
    searched = shrunk(image, _FACES_AT)
    scale = image.shape[1] / searched.shape[1]
    return [_face(grey, face, scale) for face in faces.find(searched)]


def _face(grey: U8, face: Face, scale: float) -> FaceSeen:
    points = face.landmarks * np.float32(scale)
    height, width = grey.shape
    x0, y0, x1, y1 = (float(side) * scale for side in face.box)
    own = mesh.upright(face.landmarks, basis().neutral).own(face.landmarks)
    box = (x0 / width, y0 / height, x1 / width, y1 / height)
    turned = faces.yaw(face)
    return FaceSeen(
        box=tuple(round(float(np.clip(side, 0, 1)), 4) for side in box),  # type: ignore[arg-type]  # four stay four
        turned=round(float(np.degrees(turned)), 1),
        eyes=round(_eyes(points), 4),
        smile=round(_smile(own), 2),
        features=likeness.features(grey, points),
    )


def _eyes(points: F32) -> float:
    """How far the wider eye is open, eye distances: a turned head hides one, a wink closes one."""
    unit = mesh.eye_distance(points)
    gaps = [
        np.linalg.norm(points[list(upper[3:6])] - points[list(lower[3:6])], axis=1).mean()
        for upper, lower in zip(mesh.UPPER_LIDS, mesh.LOWER_LIDS, strict=True)
    ]
    return float(max(gaps)) / unit


def _smile(own: mesh.F64) -> float:
    """How much of the shape of a smile is in a face, in its upright frame; depth is a guess there and left out."""
    shape = basis().shape("smile")[:, :2].astype(np.float64)
    away = own[:, :2] - basis().neutral[:, :2]
    return float((away * shape).sum() / (shape * shape).sum())
