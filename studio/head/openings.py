"""The three places where a face opens, mouth and eyes: their edges in every frame, and which side a pixel is on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from studio.head import mesh
from studio.head.rig import Rig
from studio.types import F32

EDGE_POINTS = 49  # along each edge, splined through the mesh points

Box = tuple[int, int, int, int]


@dataclass(frozen=True, eq=False)
class Edges:
    """The two edges of an opening in one frame, float32 (EDGE_POINTS, 2) px of the region, left to right."""

    upper: F32
    lower: F32

    @property
    def widest(self) -> float:
        """The largest distance between them, px."""
        return float(np.linalg.norm(self.lower - self.upper, axis=1).max())


@dataclass(frozen=True, eq=False)
class Opening:
    """One opening of a portrait, with all that its edges need."""

    box: Box
    """x0, y0, x1, y1 px of the region: where it can change how pixels are taken."""
    rest_upper: F32
    """float32 (P, 2) px: the mesh points of the upper edge in the photograph."""
    rest_lower: F32
    moves_upper: F32
    """float32 (F, P, 2) px: what each field does to them."""
    moves_lower: F32
    depth: F32
    """float32 (2, P) px, as in Rig, at both edges."""
    head: F32
    """float32 (2, P)."""
    spline: F32
    """float32 (EDGE_POINTS, P): from mesh points to a smooth edge."""
    lowest: F32
    """float32 (W,): for each column of the region, the last y px in the photograph that lies above the opening."""
    highest: F32
    """float32 (W,): the first y px that lies below it."""

    def rest(self) -> Edges:
        """The edges in the photograph."""
        return Edges(self.spline @ self.rest_upper, self.spline @ self.rest_lower)


def _spline(count: int) -> F32:
    """Weights (EDGE_POINTS, count) of a cubic spline through `count` evenly numbered points."""
    from scipy.interpolate import CubicSpline

    at = np.linspace(0, count - 1, EDGE_POINTS)
    weights: F32 = CubicSpline(np.arange(count), np.eye(count), axis=0)(at).astype(np.float32)
    return weights


def make(
    rig: Rig, upper: tuple[int, ...], lower: tuple[int, ...], margins: tuple[float, float, float], slack: float
) -> Opening:
    """Prepare an opening.

    Args:
        upper, lower: mesh points of its edges, left to right, corners in both.
        margins: to the sides, above, below the edges at rest, in eye distances.
        slack: how far outside its edges the photograph may already show what is inside, in eye distances.
    """
    unit, grid = rig.stance.scale, rig.grid
    top, bottom = rig.points[list(upper)], rig.points[list(lower)]
    low = np.minimum(top, bottom).min(axis=0) - np.array([margins[0], margins[1]]) * unit
    high = np.maximum(top, bottom).max(axis=0) + np.array([margins[0], margins[2]]) * unit
    x0, y0 = np.maximum(np.floor(low), 0).astype(int)
    x1, y1 = np.minimum(np.ceil(high), [grid.width, grid.height]).astype(int)

    def both(field: F32) -> F32:
        return np.stack([grid.sample(field, top), grid.sample(field, bottom)])

    spline = _spline(len(upper))
    columns = np.arange(grid.width)
    edges = [(edge := spline @ points)[np.argsort(edge[:, 0])] for points in (top, bottom)]
    return Opening(
        box=(int(x0), int(y0), int(x1), int(y1)),
        rest_upper=top,
        rest_lower=bottom,
        moves_upper=np.stack([grid.sample(field, top) for field in rig.upper]),
        moves_lower=np.stack([grid.sample(field, bottom) for field in rig.lower]),
        depth=both(rig.depth),
        head=both(rig.head),
        spline=spline,
        lowest=np.interp(columns, edges[0][:, 0], edges[0][:, 1] - slack * unit, 1e6, 1e6).astype(np.float32),
        highest=np.interp(columns, edges[1][:, 0], edges[1][:, 1] + slack * unit, -1e6, -1e6).astype(np.float32),
    )


def mouth(rig: Rig) -> Opening:
    """The opening between the lips."""
    return make(rig, mesh.INNER_UPPER, mesh.INNER_LOWER, (0.4, 0.35, 0.75), 0.0)


def eyes(rig: Rig) -> tuple[Opening, Opening]:
    """The openings between the lids, the picture's left one first."""
    left, right = (
        make(rig, upper, lower, (0.16, 0.26, 0.16), 0.012)
        for upper, lower in zip(mesh.UPPER_LIDS, mesh.LOWER_LIDS, strict=True)
    )
    return left, right


def uncrossed(upper: F32, lower: F32) -> Edges:
    """Edges that touch where they would pass each other."""
    across = upper[-1] - upper[0]
    down = np.array([-across[1], across[0]], np.float32) / max(float(np.linalg.norm(across)), 1e-6)
    gap = (lower - upper) @ down
    crossing = np.minimum(gap, 0)[:, None] * down / 2
    return Edges(upper + crossing, lower - crossing)


def tightened(edges: Edges, slack: float) -> Edges:
    """The edges drawn `slack` px towards each other, as far as there is room: a seam is no opening."""
    between = edges.lower - edges.upper
    length = np.linalg.norm(between, axis=1, keepdims=True)
    step = (between / np.maximum(length, 1e-6) * np.minimum(slack, length / 2)).astype(np.float32)
    return Edges(edges.upper + step, edges.lower - step)


@dataclass(frozen=True, eq=False)
class Along:
    """Pixels of a box, measured along an opening: where each lies between the corners, and how far below the line."""

    a: F32
    """float32 (h, w) px from the left corner towards the right one."""
    b: F32
    """float32 (h, w) px below the straight line between the corners."""
    length: float
    """Between the corners, px."""
    upper: F32
    """float32 (h, w) px: b of the upper edge at the same a."""
    lower: F32


def along(box: Box, edges: Edges) -> Along:
    """Measure the pixels of a box along an opening."""
    x0, y0, x1, y1 = box
    left, right = edges.upper[0], edges.upper[-1]
    length = max(float(np.linalg.norm(right - left)), 1e-6)
    unit = (right - left) / length
    x = np.arange(x0, x1, dtype=np.float32)[None] - left[0]
    y = np.arange(y0, y1, dtype=np.float32)[:, None] - left[1]
    a, b = x * unit[0] + y * unit[1], y * unit[0] - x * unit[1]
    levels = []
    for edge in (edges.upper, edges.lower):
        from_left = edge - left
        onward = np.maximum.accumulate(from_left @ unit)
        levels.append(np.interp(a, onward, from_left[:, 1] * unit[0] - from_left[:, 0] * unit[1]).astype(np.float32))
    return Along(a, b, length, levels[0], levels[1])


def sides(at: Along) -> F32:
    """Which side of the line between the edges each pixel lies on.

    Returns:
        float32 (h, w): 1 above, 0 below, a pixel wide between; wider and wider beyond the corners.
    """
    beyond = np.maximum(np.maximum(-at.a, at.a - at.length), 0)
    line = (at.upper + at.lower) / 2
    side: F32 = np.clip((line - at.b) / (1 + 0.6 * beyond) + 0.5, 0, 1).astype(np.float32)
    return side


def coverage(at: Along) -> F32:
    """How much of each pixel lies between the edges: float32 (h, w) in [0, 1]."""
    covered = np.minimum(at.b + 0.5, at.lower) - np.maximum(at.b - 0.5, at.upper)
    inside = (at.a > 0) & (at.a < at.length)
    share: F32 = (np.clip(covered, 0, 1) * inside).astype(np.float32)
    return share
