"""What a face looks like, as numbers that can be compared, with nothing downloaded.

The skin of a face is laid flat over the mesh, so that turning and expression go; then two classic descriptions are
taken in 8 × 8 parts: local binary patterns (Ahonen, Hadid & Pietikäinen, PAMI 2006) and oriented gradients (Dalal &
Triggs, CVPR 2005), after light was taken out (Tan & Triggs, TIP 2010). What all faces have in common, the mean in
models/likeness.safetensors, is subtracted; parts that are turned away count less.

It knows somebody again in the same time and light, and the same person over decades badly; models/likeness.md has the
figures.
"""

from __future__ import annotations

import base64
from functools import cache

import cv2
import numpy as np

from studio import weights
from studio.errors import EngineUnavailable
from studio.head import mesh
from studio.head.shapes import basis
from studio.types import F32, U8

FILE = "likeness.safetensors"
FLAT = 128  # px: side of the flattened face
CELLS = 8  # parts along each side
_EYES = 0.30  # of the side is the distance of the eyes
_DOWN = 0.36  # of the side lie above the eyes
_PATTERNS, _WAYS = 59, 8  # uniform patterns and the rest; directions of gradients
LENGTH = CELLS * CELLS * (_PATTERNS + _WAYS)
SMALLEST = 14.0  # px between the eyes: below it there is no skin to compare
_SKIN = 468  # points; the rest are irises
_FINE, _COARSE, _GAMMA, _CLIP = 1.2, 4.0, 0.2, 10.0  # Tan & Triggs: px, px, exponent, contrast


def features(grey: U8, points: F32) -> str:
    """Base64 of uint8 (LENGTH + 1,): the description of a face, then its turn; "" where it is too small.

    Args:
        grey: uint8 (H, W), the picture.
        points: (478, 3) px of it.
    """
    if mesh.eye_distance(points) < SMALLEST:
        return ""
    flat = flattened(grey, points)
    turned = mesh.upright(points, basis().neutral).angles[0]
    both = np.concatenate([_patterns(flat), _gradients(flat)], axis=None)
    kept = np.append(np.round(both * 255), np.clip(np.round(np.degrees(turned)) + 128, 0, 255)).astype(np.uint8)
    return base64.b64encode(kept.tobytes()).decode()


def unpacked(kept: str) -> tuple[F32, float]:
    """A description as it was kept: float32 (LENGTH,) in [0, 1], and the turn, rad."""
    raw = np.frombuffer(base64.b64decode(kept), np.uint8)
    return raw[:-1].astype(np.float32) / 255, float(np.radians(float(raw[-1]) - 128))


def vectors(kept: list[str], mean: F32 | None = None) -> F32:
    """Descriptions made comparable: float32 (N, LENGTH); the dot product of two says how alike they are, −1 … 1."""
    common = _mean() if mean is None else mean
    if not kept:
        return np.zeros((0, LENGTH), np.float32)
    raw, turned = zip(*(unpacked(one) for one in kept), strict=True)
    skin = CELLS * CELLS * _PATTERNS
    away = np.stack(raw) - common
    seen = np.stack([_facing(angle) for angle in turned])[:, None, :, None]
    halves = []
    for part, width in ((away[:, :skin], _PATTERNS), (away[:, skin:], _WAYS)):
        weighted = (part.reshape(-1, CELLS, CELLS, width) * seen).reshape(len(away), -1)
        halves.append(weighted / np.maximum(np.linalg.norm(weighted, axis=1, keepdims=True), 1e-6))
    compared: F32 = (np.concatenate(halves, axis=1) / np.sqrt(2)).astype(np.float32)
    return compared


def _facing(turned: float) -> F32:
    """How much of each column of the flattened face is turned to the viewer, float32 (CELLS,) in [0, 1]."""
    across = (np.arange(CELLS) - (CELLS - 1) / 2) / (CELLS / 2)
    seen: F32 = (1 / (1 + np.exp(-6 * (0.35 + across * np.sin(turned))))).astype(np.float32)
    return seen


@cache
def _mean() -> F32:
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    path = weights.data_dir("models") / FILE
    try:
        mean = load_file(path)["mean"]
    except (OSError, SafetensorError, KeyError) as error:
        raise EngineUnavailable(f"{path} is missing or damaged. It ships with the studio: install it again.") from error
    if mean.shape != (LENGTH,):
        raise EngineUnavailable(f"{path} is of another version ({mean.shape}). Install the studio again.")
    return mean.astype(np.float32)


@cache
def _places() -> tuple[F32, F32]:
    """Which three points of the mesh each pixel of the flattened face lies between, and how near to each.

    int (FLAT², 3) and float32 (FLAT², 3); beyond the rim of the face the weights are 0.
    """
    from scipy.spatial import Delaunay

    goal = basis().neutral[:_SKIN, :2].astype(np.float64) * (FLAT * _EYES) + [FLAT / 2, FLAT * _DOWN]
    sheet = Delaunay(goal)
    y, x = np.mgrid[0:FLAT, 0:FLAT]
    pixels = np.column_stack([x.ravel(), y.ravel()]).astype(np.float64)
    inside = sheet.find_simplex(pixels)
    turn = sheet.transform[inside]
    near = np.einsum("nij,nj->ni", turn[:, :2], pixels - turn[:, 2])
    near = np.column_stack([near, 1 - near.sum(axis=1)])
    near[inside < 0] = 0
    return sheet.simplices[inside], near.astype(np.float32)


def flattened(grey: U8, points: F32) -> F32:
    """A face laid flat and freed of light, float32 (FLAT, FLAT); 0 beyond its rim."""
    corners, near = _places()
    shrink = FLAT * _EYES / mesh.eye_distance(points)
    # What is larger than the flattened face is blurred first, or its grain would fold into patterns.
    x0, y0, x1, y1 = _around(points, grey.shape)
    region = grey[y0:y1, x0:x1]
    soft = cv2.GaussianBlur(region, (0, 0), 0.5 / shrink) if shrink < 1 else region
    source = (points[corners, :2] * near[..., None]).sum(axis=1) - [x0, y0]
    source[near.sum(axis=1) < 0.5] = -1
    grid = source.reshape(FLAT, FLAT, 2).astype(np.float32)
    laid = cv2.remap(soft, grid, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    inside = _inside()
    return _even(np.where(inside, laid, 0).astype(np.float32)) * inside


def _inside() -> F32:
    rim: F32 = (_places()[1].sum(axis=1) > 0.5).reshape(FLAT, FLAT).astype(np.float32)
    return rim


def _around(points: F32, shape: tuple[int, ...]) -> tuple[int, int, int, int]:
    """x0, y0, x1, y1 px of the picture around a mesh."""
    low, high = points[:, :2].min(axis=0) - 4, points[:, :2].max(axis=0) + 5
    x0, y0 = (int(np.clip(value, 0, side - 2)) for value, side in zip(low, shape[1::-1], strict=True))
    x1, y1 = (
        int(np.clip(value, start + 2, side)) for value, side, start in zip(high, shape[1::-1], (x0, y0), strict=True)
    )
    return x0, y0, x1, y1


def _even(flat: F32) -> F32:
    """Light taken out: gamma, difference of Gaussians, contrast evened twice (Tan & Triggs, TIP 2010, §II-A)."""
    bright = np.power(flat / 255 + 0.01, _GAMMA)
    bands = cv2.GaussianBlur(bright, (0, 0), _FINE) - cv2.GaussianBlur(bright, (0, 0), _COARSE)
    bands /= float(np.mean(np.abs(bands) ** 0.1)) ** 10 + 1e-6
    bands /= float(np.mean(np.minimum(_CLIP, np.abs(bands)) ** 0.1)) ** 10 + 1e-6
    evened: F32 = (_CLIP * np.tanh(bands / _CLIP)).astype(np.float32)
    return evened


@cache
def _uniform() -> U8:
    """uint8 (256,): which of 59 classes each pattern of eight neighbours belongs to; 0 for the restless ones."""
    known = np.zeros(256, np.uint8)
    number = 0
    for pattern in range(256):
        bits = [pattern >> place & 1 for place in range(8)]
        if sum(bits[place] != bits[place - 1] for place in range(8)) <= 2:
            number += 1
            known[pattern] = number
    return known


def _patterns(flat: F32) -> F32:
    """Root of the histograms of local binary patterns, float32 (CELLS², 59)."""
    padded = cv2.copyMakeBorder(flat, 2, 2, 2, 2, cv2.BORDER_REPLICATE)
    code = np.zeros(flat.shape, np.uint8)
    for place, (down, right) in enumerate(((-2, 0), (-2, 2), (0, 2), (2, 2), (2, 0), (2, -2), (0, -2), (-2, -2))):
        neighbour = padded[2 + down : 2 + down + FLAT, 2 + right : 2 + right + FLAT]
        code |= (neighbour > flat).astype(np.uint8) << np.uint8(place)
    named = _uniform()[code].astype(np.int64)
    side = FLAT // CELLS
    cell = np.arange(FLAT) // side
    counted = np.bincount(((cell[:, None] * CELLS + cell) * _PATTERNS + named).ravel(), minlength=CELLS**2 * _PATTERNS)
    roots: F32 = np.sqrt(counted / side**2).astype(np.float32).reshape(CELLS**2, _PATTERNS)
    return roots


def _gradients(flat: F32) -> F32:
    """Root of the histograms of gradient directions, each of unit length, float32 (CELLS², 8)."""
    strength, angle = cv2.cartToPolar(cv2.Sobel(flat, cv2.CV_32F, 1, 0), cv2.Sobel(flat, cv2.CV_32F, 0, 1))
    strength *= _inside()
    way = angle / (2 * np.pi) * _WAYS
    low = np.floor(way)
    share, low = way - low, low.astype(np.int64) % _WAYS
    planes = [
        strength * ((low == number) * (1 - share) + ((low + 1) % _WAYS == number) * share) for number in range(_WAYS)
    ]
    side = FLAT // CELLS
    soft = [cv2.GaussianBlur(plane.astype(np.float32), (0, 0), side / 3) for plane in planes]
    cells = np.stack([cv2.resize(plane, (CELLS, CELLS), interpolation=cv2.INTER_AREA) for plane in soft], axis=-1)
    cells /= np.linalg.norm(cells, axis=-1, keepdims=True) + 1e-3 * float(cells.max()) + 1e-9
    roots: F32 = np.sqrt(np.maximum(cells, 0)).astype(np.float32).reshape(CELLS**2, _WAYS)
    return roots
