"""What pasting, painting and shaking leave behind in a picture of a face: seams, smoothness, grain, wobble."""

from __future__ import annotations

import cv2
import numpy as np

from studio.head import mesh
from studio.head.mesh import F64
from studio.types import F32, U8

MOUTH = 112  # px: side of the close-up of the mouth
MOUTH_WIDE = 1.4  # eye distances across it
STEP = 0.02  # eye distances between the samples across a ring
REACH = 4  # samples to either side of it
SEGMENTS = 12  # of a ring: what is a seam runs along it, what is a feature crosses it
SMOOTHEST = 0.05  # grey levels: a painted patch may have no detail at all
CORNERS, LEAST_CORNERS = 40, 8  # of the skin, that are followed; fewer tell nothing
UPPER = (*mesh.BROWS[0], *mesh.BROWS[1], 127, 356, 93, 323, 98, 327, 2, 205, 425)  # brow, temples, cheeks, nose
OUTER = (*mesh.OUTER_UPPER, *mesh.OUTER_LOWER[-2:0:-1])
INNER = (*mesh.INNER_UPPER, *mesh.INNER_LOWER[-2:0:-1])

Box = tuple[int, int, int, int]
Ring = tuple[F64, F64, float]
"""Points (P, 2) px, unit normals (P, 2), and the eye distance in px."""


def upright(points: F64, side: int, wide: float) -> F64:
    """float64 (2, 2): turns a face upright and scales `wide` eye distances to `side` px."""
    left, right = (eye[:2] for eye in mesh.middle_of_eyes(points))
    across = right - left
    unit = float(np.hypot(*across))
    c, s = across / unit
    turned: F64 = side / (wide * unit) * np.array([[c, s], [-s, c]])
    return turned


def taken(grey: U8, points: F64, place: F64, size: tuple[int, int]) -> F32:
    """A face at another scale, float32 (h, w); averaged where that is smaller."""
    # The face alone is blurred: the rest of a large picture is not looked at.
    low = np.maximum(np.floor(points[:, :2].min(axis=0) - 8), 0).astype(int)
    high = np.ceil(points[:, :2].max(axis=0) + 9).astype(int)
    face = grey[low[1] : high[1], low[0] : high[0]].astype(np.float32)
    if not face.size:
        return np.zeros(size[::-1], np.float32)
    scale = float(np.sqrt(abs(np.linalg.det(place[:, :2]))))
    if scale < 0.9:
        face = cv2.GaussianBlur(face, (0, 0), 0.45 / scale)
    moved = np.column_stack([place[:, :2], place[:, :2] @ low + place[:, 2]])
    seen: F32 = cv2.warpAffine(face, moved, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return seen


def _to_mouth(points: F64) -> F64:
    """float64 (2, 3): px of the picture → px of the close-up of the mouth, upright, the lips in its middle."""
    turn = upright(points, MOUTH, MOUTH_WIDE)
    centre = points[list(OUTER), :2].mean(axis=0)
    placed: F64 = np.column_stack([turn, MOUTH / 2 - turn @ centre])
    return placed


def detail(grey: U8, points: F64) -> tuple[float, float]:
    """Mean strength of the Laplacian on the lips and between them, grey levels; NaN where there is no room for it."""
    place = _to_mouth(points)
    seen = cv2.GaussianBlur(taken(grey, points, place, (MOUTH, MOUTH)), (0, 0), 0.6)
    fine = np.abs(cv2.Laplacian(seen, cv2.CV_32F))
    outer, inner = np.zeros((MOUTH, MOUTH), np.uint8), np.zeros((MOUTH, MOUTH), np.uint8)
    for mask, ring in ((outer, OUTER), (inner, INNER)):
        own = points[list(ring), :2] @ place[:, :2].T + place[:, 2]
        cv2.fillPoly(mask, [np.round(own).astype(np.int32)], 1)
    # The rims of lips are edges of any mouth; detail is what lies between them.
    lips = cv2.erode(outer, np.ones((5, 5), np.uint8)) & ~cv2.dilate(inner, np.ones((5, 5), np.uint8)) & 1
    inside = cv2.erode(inner, np.ones((3, 3), np.uint8))
    return (
        max(SMOOTHEST, float(fine[lips > 0].mean())) if lips.sum() > 30 else float("nan"),
        max(SMOOTHEST, float(fine[inside > 0].mean())) if inside.sum() > 20 else float("nan"),
    )


def grain(grey: U8, points: F64) -> float:
    """Standard deviation of a face's grain, grey levels (Immerkær, "Fast noise variance estimation", 1996)."""
    low = np.maximum(points[:, :2].min(axis=0), 0).astype(int)
    high = points[:, :2].max(axis=0).astype(int)
    face = grey[low[1] : high[1], low[0] : high[0]].astype(np.float32)
    kernel = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
    return float(np.median(np.abs(cv2.filter2D(face, -1, kernel))) * 1.4826 / 6) if face.size else 0.0


def rings(points: F64, region: Box | None, shape: tuple[int, ...]) -> dict[str, Ring]:
    """Where mouths are pasted: rings around the lips, squares around the mouth, the lower half of the face's box, and
    the border of the moving region."""
    unit = mesh.eye_distance(points)
    lips = points[list(OUTER), :2]
    middle = lips.mean(axis=0)
    found = {f"lips{grow}": _closed(middle + (lips - middle) * grow, unit) for grow in (1.3, 1.7)}
    back = np.linalg.inv(_to_mouth(points)[:, :2])
    for share in (0.75, 1.0):
        half = MOUTH * share / 2
        corners = np.array([[-half, -half], [half, -half], [half, half], [-half, half]])
        found[f"square{share}"] = _closed(middle + corners @ back.T, unit)
    low, high = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
    half_way = (low[1] + high[1]) / 2
    found["half"] = _closed(np.array([[low[0], half_way], [high[0], half_way], high, [low[0], high[1]]]), unit)
    if region is not None and (inner := _inside_picture(region, shape)):
        found["border"] = _closed(np.array(inner, np.float64), unit)
    return found


def _inside_picture(region: Box, shape: tuple[int, ...]) -> list[tuple[int, int]]:
    """The corners of a region that leaves room for a ring on every side where it ends inside the picture."""
    x0, y0, x1, y1 = region
    height, width = shape[:2]
    if x0 <= 0 and y0 <= 0 and x1 >= width and y1 >= height:
        return []
    return [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]


def _closed(corners: F64, unit: float) -> Ring:
    """A closed polygon as evenly spaced points with normals."""
    following = np.roll(corners, -1, axis=0)
    lengths = np.linalg.norm(following - corners, axis=1)
    ends = np.concatenate([[0.0], np.cumsum(lengths)])
    at = (np.arange(SEGMENTS * 8) + 0.5) * ends[-1] / (SEGMENTS * 8)
    side = np.clip(np.searchsorted(ends, at, side="right") - 1, 0, len(corners) - 1)
    along = (following - corners)[side] / np.maximum(lengths[side], 1e-9)[:, None]
    points = corners[side] + along * (at - ends[side])[:, None]
    return points, np.column_stack([along[:, 1], -along[:, 0]]), unit


def across(grey: U8, ring: Ring) -> float:
    """How much lightness steps across a ring: the largest step of each segment, the median of them, grey levels."""
    points, normals, unit = ring
    offsets = np.arange(-REACH, REACH + 1) * max(STEP * unit, 1.0)
    at = (points[:, None] + normals[:, None] * offsets[None, :, None]).astype(np.float32)
    height, width = grey.shape
    seen = cv2.remap(grey, at, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE).astype(np.float32)
    within = ((at > 0) & (at < np.array([width - 1, height - 1]))).all(axis=(1, 2)).reshape(SEGMENTS, -1).all(axis=1)
    profile = seen.reshape(SEGMENTS, -1, offsets.size).mean(axis=1)[within]
    if not profile.size:
        return 0.0
    return float(np.median(np.abs(profile[:, 2:] - profile[:, :-2]).max(axis=1)))


def shake(greys: list[U8], points: F64, unit: float) -> float | None:
    """Second difference of the skin's place over three frames, eye distances; /√6 as for independent errors.

    Corners of the skin are followed from the middle frame to its neighbours (Lucas & Kanade 1981): FaceMesh itself is
    no more than .005 eye distances sure of where a still face is.

    Args:
        greys: three pictures of the face.
        points: the mesh in px of them.
    """
    mask = np.zeros(greys[1].shape, np.uint8)
    cv2.fillConvexPoly(mask, cv2.convexHull(np.round(points[list(UPPER), :2]).astype(np.int32)), 255)
    for upper, lower in zip(mesh.UPPER_LIDS, mesh.LOWER_LIDS, strict=True):
        lids = cv2.convexHull(np.round(points[[*upper, *lower], :2]).astype(np.int32))
        cv2.fillConvexPoly(mask, lids, 0)
        cv2.polylines(mask, [lids], True, 0, max(1, round(0.12 * unit)))
    corners = cv2.goodFeaturesToTrack(greys[1], CORNERS, 0.02, max(2.0, 0.06 * unit), mask=mask)
    if corners is None or len(corners) < LEAST_CORNERS:
        return None
    window = 2 * round(0.12 * unit) + 3
    away = []
    for grey in (greys[0], greys[2]):
        followed, known, _ = cv2.calcOpticalFlowPyrLK(
            greys[1], grey, corners, np.empty_like(corners), winSize=(window, window), maxLevel=2
        )
        away.append(np.where(known[..., None] > 0, followed - corners, np.nan).reshape(-1, 2))
    second = np.linalg.norm(away[0] + away[1], axis=1) / np.sqrt(6)
    known = second[np.isfinite(second)]
    return float(np.median(known)) / unit if known.size >= LEAST_CORNERS else None
