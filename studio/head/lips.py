"""Where exactly the lips part in a photograph: the mesh knows it to a few pixels, a cut needs it to one."""

from __future__ import annotations

import cv2
import numpy as np

from studio.head import mesh
from studio.head.mesh import F64, Upright
from studio.types import U8

CLOSED_GAP = 0.035  # eye distances: a mouth that is open no further counts as closed
INTO_LIPS = 0.014  # eye distances
COLUMNS, STEPS = 41, 31  # of the search along and across the lips
LINE_REACH, TEETH_REACH = 0.075, 0.11  # eye distances searched to each side of the mesh's contour
TEETH_CONTRAST = 12.0  # levels by which the inside of an open mouth outshines the lips where it shows teeth


def fitted(landmarks: F64, image: U8, stance: Upright) -> tuple[F64, float]:
    """Put the inner contours of the lips where the photograph has them.

    Args:
        landmarks: float64 (478, 3) px of `image`.
        image: RGB, uint8.

    Returns:
        The landmarks, and how far the mouth stands open in eye distances, 0 where it is closed.
    """
    if mesh.inner_lip_gap(landmarks) <= CLOSED_GAP:
        return on_lip_line(landmarks, image, stance), 0.0
    landmarks = around_teeth(landmarks, image, stance)
    return into_lips(landmarks, stance), mesh.inner_lip_gap(landmarks)


def into_lips(landmarks: F64, stance: Upright) -> F64:
    """Move the inner contours of an open mouth a little into the lips, so that no sliver of a tooth goes with a lip."""
    moved = landmarks.copy()
    opening = landmarks[list(mesh.INNER_LOWER), :2] - landmarks[list(mesh.INNER_UPPER), :2]
    length = np.linalg.norm(opening, axis=1, keepdims=True)
    step = opening / np.maximum(length, 1e-6) * np.minimum(INTO_LIPS * stance.scale, length)
    moved[list(mesh.INNER_UPPER[1:-1]), :2] -= step[1:-1]
    moved[list(mesh.INNER_LOWER[1:-1]), :2] += step[1:-1]
    return moved


def on_lip_line(landmarks: F64, image: U8, stance: Upright) -> F64:
    """Put both inner contours of a closed mouth on the dark line between the lips.

    A cut beside it would tear a strip off one lip. The line is the darkest smooth path near the mesh's.
    """
    middle = (landmarks[list(mesh.INNER_UPPER), :2] + landmarks[list(mesh.INNER_LOWER), :2]) / 2
    seen = _across(_grey(image, stance), middle, stance, LINE_REACH)
    shift = _path(seen / max(float(np.ptp(seen, axis=1).mean()), 4.0), 0.45) * LINE_REACH * stance.scale
    moved = landmarks.copy()
    for row in (mesh.INNER_UPPER, mesh.INNER_LOWER):
        moved[list(row), :2] = middle + shift[:, None] * _down(stance)
    return moved


def around_teeth(landmarks: F64, image: U8, stance: Upright) -> F64:
    """Put the inner contours of a smile where teeth end and lips begin; as they were where no teeth show.

    FaceMesh draws smiles too narrow: it leaves the lower half of the teeth to the lower lip.
    """
    grey = _grey(image, stance)
    upper, lower = (landmarks[list(row), :2] for row in (mesh.INNER_UPPER, mesh.INNER_LOWER))
    lip = _at(grey, landmarks[[*mesh.MIDDLE_UPPER[0][2:-2], *mesh.MIDDLE_UPPER[1][2:-2]], :2])
    inside = _across(grey, (upper + lower) / 2, stance, TEETH_REACH / 2)[COLUMNS // 4 : -COLUMNS // 4].max(axis=1)
    if np.median(inside) < np.median(lip) + TEETH_CONTRAST:
        return landmarks
    moved = landmarks.copy()
    for row, points, sign in ((mesh.INNER_UPPER, upper, -1), (mesh.INNER_LOWER, lower, 1)):
        slope = sign * np.gradient(_across(grey, points, stance, TEETH_REACH), axis=1)  # bright to dark, going outwards
        steepest = max(float(np.quantile(-slope.min(axis=1), 0.5)), 1.0)
        shift = _path(slope / steepest, 0.35) * TEETH_REACH * stance.scale
        outward = np.maximum(sign * shift, 0) * sign
        moved[list(row), :2] = points + outward[:, None] * _down(stance)
    return moved


def _grey(image: U8, stance: Upright) -> U8:
    """Lightness, smoothed to the scale of a lip's edge."""
    soft: U8 = cv2.GaussianBlur(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), (0, 0), max(0.6, 0.012 * stance.scale))
    return soft


def _down(stance: Upright) -> F64:
    """The face's own downward direction in the picture, a unit vector."""
    down: F64 = stance.rotation[:2, 1] / np.linalg.norm(stance.rotation[:2, 1])
    return down


def _at(grey: U8, points: F64) -> F64:
    """Lightness at points (..., 2) px."""
    places = points.reshape(1, -1, 2).astype(np.float32)
    found = cv2.remap(grey, places, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    values: F64 = found.reshape(points.shape[:-1]).astype(np.float64)
    return values


def _across(grey: U8, contour: F64, stance: Upright, reach: float) -> F64:
    """Lightness across a contour (11, 2), from above to below: float64 (COLUMNS, STEPS)."""
    at = np.linspace(0, len(contour) - 1, COLUMNS)
    line = np.stack([np.interp(at, np.arange(len(contour)), contour[:, i]) for i in range(2)], axis=1)
    offsets = np.linspace(-reach, reach, STEPS) * stance.scale
    return _at(grey, line[:, None] + offsets[None, :, None] * _down(stance))


def _path(cost: F64, stay: float) -> F64:
    """The cheapest smooth path from left to right, by dynamic programming.

    Args:
        cost: float64 (COLUMNS, STEPS), about 1 between good and bad.
        stay: what the edge of the search costs against its middle.

    Returns:
        float64 (11,) in [-1, 1]: where the path lies at the contour's points; 0 at the corners.
    """
    offsets = np.linspace(-1, 1, STEPS)
    cost = cost + stay * offsets**2
    bend = 0.06 * (np.arange(STEPS)[:, None] - np.arange(STEPS)[None]) ** 2
    total, came_from = cost[0].copy(), np.zeros(cost.shape, int)
    for i in range(1, COLUMNS):
        ways = total[None] + bend
        came_from[i] = ways.argmin(axis=1)
        total = cost[i] + ways.min(axis=1)
    path = np.empty(COLUMNS, int)
    path[-1] = total.argmin()
    for i in range(COLUMNS - 1, 0, -1):
        path[i - 1] = came_from[i, path[i]]
    smooth = np.convolve(np.pad(offsets[path], 2, mode="edge"), np.ones(5) / 5, mode="valid")
    point = np.arange(11)
    taper = np.minimum(1, point * point[::-1] / 9)
    at_points: F64 = np.interp(point, np.linspace(0, 10, COLUMNS), smooth) * taper
    return at_points
