"""Everything about a portrait that does not change from frame to frame: how its mesh spreads over the picture.

The picture is moved by fields on a coarse grid. A field says where each place of the photograph goes; the animation
adds fields up and inverts the sum. The face is cut along the lips and along the lids: two fields are kept, `upper`
(which knows nothing of lower lip and lower lids) and `lower` (nothing of upper ones), and each side of a cut takes its
own.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from studio.head import lips, mesh
from studio.head.easing import eased
from studio.head.matte import person
from studio.head.mesh import F64, Upright
from studio.head.shapes import SHAPE_NAMES, Basis, basis
from studio.types import F32, Portrait

CELLS_PER_EYE_DISTANCE = 24
MAX_CELLS = 170  # along the longer side of the region
SMALLEST_CELL = 2.0  # px
STIFFNESS = 5e-4  # of the thin-plate spline, in squared eye distances: evens out the jitter of single points

FIELDS = (*SHAPE_NAMES, "shut")
"""Columns of the fields: the shapes, and `shut`, which brings the lips of an open mouth together."""
SHUT_UPPER = 0.09  # eye distances: how far the upper lip comes down at most to shut an open mouth
NECK_PIVOT = np.array([0.0, 1.7, 0.45])  # upright frame: the head tips about the top of the spine
TURN_PIVOT = np.array([0.0, 0.85, 0.45])  # and turns about the axis between the ears


@dataclass(frozen=True)
class LidRow:
    """A row of points above each eye, between the lid and the brow."""

    points: tuple[tuple[int, ...], tuple[int, ...]]
    """Of the picture's left and right eye, left to right."""
    share: float
    """How much of a blink it takes part in."""


LID_ROWS = (
    LidRow(((247, 30, 29, 27, 28, 56, 190), (414, 286, 258, 257, 259, 260, 467)), 0.62),
    LidRow(((113, 225, 224, 223, 222, 221, 189), (413, 441, 442, 443, 444, 445, 342)), 0.26),
)
DEPTH_BLUR = 0.13  # eye distances
LOWER_LID_SHARE = 0.12  # of a blink is done by the lower lid


@dataclass(frozen=True)
class Grid:
    """Nodes in the middles of equal cells that tile the region, as cv2.resize places them."""

    width: int
    """Of the region, px."""
    height: int
    columns: int
    rows: int

    @cached_property
    def cell(self) -> F32:
        """float32 (2,): width and height of a cell, px."""
        return np.array([self.width / self.columns, self.height / self.rows], np.float32)

    @cached_property
    def index(self) -> F32:
        """float32 (rows, columns, 2): column and row of every node."""
        both: F32 = np.stack(np.meshgrid(np.arange(self.columns), np.arange(self.rows)), axis=-1).astype(np.float32)
        return both

    @cached_property
    def nodes(self) -> F32:
        """float32 (rows, columns, 2): x, y of every node, px of the region."""
        places: F32 = (self.index + np.float32(0.5)) * self.cell - np.float32(0.5)
        return places

    def sample(self, field: F32, points: F32) -> F32:
        """`field` (rows, columns, C ≤ 4) at points (..., 2) px of the region, bilinear → (..., C)."""
        shape = points.shape[:-1]
        at = (points.reshape(-1, shape[-1] if len(shape) > 1 else 1, 2) + 0.5) / self.cell - 0.5
        found = cv2.remap(field, at.astype(np.float32), None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        sampled: F32 = found.reshape(*shape, *field.shape[2:])
        return sampled

    def spread(self, field: F32, box: tuple[int, int, int, int] | None = None) -> F32:
        """`field` at every pixel of the region, or of a box (x0, y0, x1, y1) of it → float32 (h, w, C)."""
        full: F32
        if box is None:
            full = cv2.resize(field, (self.width, self.height), interpolation=cv2.INTER_LINEAR)
            return full
        x0, y0, x1, y1 = box
        step = 1 / self.cell
        to_grid = np.array([[step[0], 0, (x0 + 0.5) * step[0] - 0.5], [0, step[1], (y0 + 0.5) * step[1] - 0.5]])
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        full = cv2.warpAffine(field, to_grid, (x1 - x0, y1 - y0), flags=flags, borderMode=cv2.BORDER_REPLICATE)
        return full


@dataclass(frozen=True, eq=False)
class Rig:
    """A portrait made ready to be moved. Positions are px of the region."""

    grid: Grid
    stance: Upright
    """How the face stands, in px of the region."""
    points: F32
    """float32 (478, 2): the mesh, its lip line put where the photograph has it."""
    upper: F32
    """float32 (len(FIELDS), rows, columns, 2) px: where each field takes what lies above the cuts."""
    lower: F32
    """The same below the cuts."""
    depth: F32
    """float32 (rows, columns) px: distance in front of the axis the head turns about."""
    head: F32
    """float32 (rows, columns) in [0, 1]: how much of the head's pose a place takes part in."""
    chest: F32
    """float32 (rows, columns, 2) px: what a full breath does."""
    side: F32
    """float32 (rows, columns) in [0, 1]: 1 where `upper` holds away from the cuts, 0 where `lower` does."""
    open_gap: float
    """How far the mouth stands open in the photograph, eye distances; 0 where it is closed."""


def make(portrait: Portrait, shapes: Basis | None = None) -> Rig:
    """Prepare a portrait: about half a second."""
    shapes = shapes or basis()
    x0, y0, x1, y1 = portrait.region
    landmarks = portrait.landmarks.astype(np.float64) - [x0, y0, 0]
    image = np.ascontiguousarray(portrait.image[y0:y1, x0:x1])
    stance = mesh.upright(landmarks, shapes.neutral)
    landmarks, open_gap = lips.fitted(landmarks, image, stance)
    grid = _grid(x1 - x0, y1 - y0, stance.scale)
    nodes = grid.nodes
    moves = displacements(landmarks, stance, shapes, open_gap)
    fade = cv2.resize(portrait.mask, (grid.columns, grid.rows), interpolation=cv2.INTER_AREA)
    own = _own_plane(nodes, stance)
    window = fade * _around_face(own)
    matte = cv2.resize(person(image), (grid.columns, grid.rows), interpolation=cv2.INTER_AREA)
    upper_skip = {i for row in mesh.LOWER_LIP for i in row[1:-1]} | {i for lid in mesh.LOWER_LIDS for i in lid[1:-1]}
    lower_skip = {i for row in mesh.UPPER_LIP for i in row[1:-1]} | {i for lid in mesh.UPPER_LIDS for i in lid[1:-1]}
    depth_at = (stance.picture(TURN_PIVOT[None])[0, 2] - landmarks[:, 2])[:, None]
    made = splines(landmarks, nodes, stance)
    # In a three-quarter view the nose stands before the far cheek: depth jumps there, its field must not.
    blur = DEPTH_BLUR * stance.scale / float(grid.cell.mean())
    upper = made.spread(np.concatenate([moves, depth_at], axis=1), upper_skip)
    lower = made.spread(moves, lower_skip)
    count = 2 * len(FIELDS)
    shape = (grid.rows, grid.columns, len(FIELDS), 2)
    return Rig(
        grid=grid,
        stance=stance,
        points=landmarks[:, :2].astype(np.float32),
        upper=_stacked(upper[:, :count].reshape(shape), window),
        lower=_stacked(lower.reshape(shape), window),
        depth=cv2.GaussianBlur(np.maximum(upper[:, -1], 0).reshape(window.shape) * window, (0, 0), blur).astype(
            np.float32
        ),
        head=(_head(own, matte) * fade).astype(np.float32),
        chest=_chest(own, matte, fade, stance),
        side=_side(own, landmarks, stance),
        open_gap=open_gap,
    )


def _grid(width: int, height: int, unit: float) -> Grid:
    cell = max(unit / CELLS_PER_EYE_DISTANCE, max(width, height) / MAX_CELLS, SMALLEST_CELL)
    return Grid(width, height, int(np.ceil(width / cell)), int(np.ceil(height / cell)))


def _stacked(fields: F64, window: F32) -> F32:
    """(rows, columns, F, 2) → float32 (F, rows, columns, 2), faded out by `window`."""
    return np.ascontiguousarray((fields * window[..., None, None]).transpose(2, 0, 1, 3), np.float32)


def _own_plane(nodes: F32, stance: Upright) -> F32:
    """x, y of picture places in eye distances, the face's own upright way: float32 (rows, columns, 2).

    Turns with the head's roll only: hair, neck and shoulders do not foreshorten with the face.
    """
    roll = stance.angles[2]
    turn = np.array([[np.cos(roll), -np.sin(roll)], [np.sin(roll), np.cos(roll)]])
    own: F32 = (((nodes - stance.origin[:2]) @ turn) / stance.scale).astype(np.float32)
    return own


def smooth_step(low: float, high: float, value: F32) -> F32:
    """0 below `low`, 1 above `high`, 3t² − 2t³ between."""
    step: F32 = eased((value - low) / (high - low)).astype(np.float32)
    return step


def _around_face(own: F32) -> F32:
    """1 over face, ears and throat, 0 from where nothing of the expression arrives."""
    radius = np.hypot(own[..., 0] / 1.25, (own[..., 1] - 0.55) / 1.6)
    return 1 - smooth_step(1.05, 1.65, radius)


def _head(own: F32, matte: F32) -> F32:
    """1 over the head and what it wears, falling to 0 over neck and background."""
    radius = np.hypot(own[..., 0] / 1.4, (own[..., 1] - 0.25) / 1.85)
    near = 1 - smooth_step(1.0, 1.75, radius)
    face = 1 - smooth_step(0.8, 1.0, np.hypot(own[..., 0] / 1.2, (own[..., 1] - 0.5) / 1.5))
    head: F32 = near * np.maximum(matte, face)
    return head


def _chest(own: F32, matte: F32, fade: F32, stance: Upright) -> F32:
    """A breath lifts shoulders and chest by half a percent of the head's height (about 3 eye distances)."""
    lift = smooth_step(1.9, 3.0, own[..., 1]) * (1 - smooth_step(2.0, 2.8, np.abs(own[..., 0]))) * matte * fade
    rise = 0.005 * 3.0 * stance.scale
    chest: F32 = np.stack([0 * lift, -rise * lift], axis=-1).astype(np.float32)
    return chest


def _side(own: F32, landmarks: F64, stance: Upright) -> F32:
    """Above the eyes and between eyes and mouth `upper` holds, below the mouth and under the eyes `lower`."""
    mouth = _own_plane(landmarks[[78, 308], :2].mean(axis=0)[None].astype(np.float32), stance)[0, 1]
    y = own[..., 1]
    above_eyes = 1 - smooth_step(-0.04, 0.04, y)
    cheeks = smooth_step(0.22, 0.5, y)
    below_mouth = smooth_step(float(mouth) - 0.1, float(mouth) + 0.1, y)
    side: F32 = np.maximum(above_eyes, cheeks * (1 - below_mouth)).astype(np.float32)
    return side


def turn(at: F32, depth: F32, head: F32, rig: Rig, pose: dict[str, float]) -> F32:
    """Where the head's pose takes places (..., 2) px of the region: float32 (..., 2) px of displacement.

    What lies in front of the axis between the ears moves with yaw and pitch as far as it lies in front; roll turns all
    of the head about the top of the spine.
    """
    pivot = rig.stance.picture(NECK_PIVOT[None])[0, :2].astype(np.float32)
    c, s = np.cos(pose["roll"]) - 1, np.sin(pose["roll"])
    x, y = at[..., 0] - pivot[0], at[..., 1] - pivot[1]
    dx = depth * np.sin(pose["yaw"]) + c * x - s * y
    dy = depth * np.sin(pose["pitch"]) + s * x + c * y
    moved: F32 = (np.stack([dx, dy], axis=-1) * head[..., None]).astype(np.float32)
    return moved


def displacements(landmarks: F64, stance: Upright, shapes: Basis, open_gap: float) -> F64:
    """What each field does to each point of this face: float64 (478, 2·len(FIELDS)) px of the picture.

    Shapes are turned and scaled to the face. Blinks and the shutting of an open mouth are this face's own: they end
    exactly where its lids and lips meet.
    """
    moves = np.stack([stance.scale * (shape.astype(np.float64) @ stance.rotation.T)[:, :2] for shape in shapes.shapes])
    blink = moves[SHAPE_NAMES.index("blink")]
    _blink(blink, landmarks)
    shut = _shut(landmarks, moves[SHAPE_NAMES.index("jaw")], stance.scale) if open_gap else np.zeros_like(blink)
    both: F64 = np.concatenate([moves, shut[None]]).transpose(1, 0, 2).reshape(len(landmarks), -1)
    return both


def _blink(moves: F64, landmarks: F64) -> None:
    """Put this face's own blink into `moves` (478, 2): the upper lid down to the lower one, its skin following."""
    moves *= 0.0
    for eye, (upper, lower) in enumerate(zip(mesh.UPPER_LIDS, mesh.LOWER_LIDS, strict=True)):
        opening = landmarks[list(lower), :2] - landmarks[list(upper), :2]
        moves[list(upper)] = opening * (1 - LOWER_LID_SHARE)
        moves[list(lower)] = -opening * LOWER_LID_SHARE
        for row in LID_ROWS:
            moves[list(row.points[eye])] = opening[1:-1] * row.share * (1 - LOWER_LID_SHARE)


def _shut(landmarks: F64, jaw: F64, eye_distance: float) -> F64:
    """Bring the lips of an open mouth together: float64 (478, 2) px. The jaw comes up, the upper lip down a little."""
    moves = np.zeros((len(landmarks), 2))
    inner_up, inner_low = landmarks[list(mesh.INNER_UPPER), :2], landmarks[list(mesh.INNER_LOWER), :2]
    opening = inner_low - inner_up
    widest = float(np.linalg.norm(opening, axis=1).max())
    # A laugh opens by the jaw: beyond a little, the upper lip has no skin to come down with.
    down = min(0.45, SHUT_UPPER * eye_distance / max(widest, 1e-6))
    moves -= jaw * (1 - down) * widest / max(float(np.linalg.norm(jaw[14] - jaw[13])), 1e-6)
    for rows, share in ((mesh.UPPER_LIP, down), (mesh.LOWER_LIP, down - 1)):
        for row, follow in zip(rows, (1.0, 0.92, 0.96, 0.86), strict=True):
            moves[list(row)] = opening * share * follow
    return moves


@dataclass(frozen=True, eq=False)
class Splines:
    """Thin-plate splines from the mesh to the grid; they come to 0 around the head."""

    at: F64
    """float64 (478 + R, 2): the points and two rings around the face, eye distances."""
    where: F64
    """float64 (nodes, 2), eye distances."""
    reach: F64
    """float64 (nodes, 478 + R): kernel between every node and every point."""

    def spread(self, values: F64, skip: set[int]) -> F64:
        """Spread values at the points over the grid.

        Args:
            values: float64 (478, M).
            skip: points that this field shall not know of.

        Returns:
            float64 (nodes, M).
        """
        use = [i for i in range(len(self.at)) if i not in skip and not mesh.IRISES[0][0] <= i < mesh.NUM_POINTS]
        at = self.at[use]
        count = len(at)
        known = np.concatenate([values, np.zeros((len(self.at) - len(values), values.shape[1]))])[use]
        system = np.zeros((count + 3, count + 3))
        system[:count, :count] = thin_plate(at, at) + STIFFNESS * np.eye(count)
        system[:count, count:] = np.concatenate([np.ones((count, 1)), at], axis=1)
        system[count:, :count] = system[:count, count:].T
        weights = np.linalg.solve(system, np.concatenate([known, np.zeros((3, values.shape[1]))]))
        every = np.zeros((len(self.at), values.shape[1]))
        every[use] = weights[:count]
        field: F64 = self.reach @ every + weights[count] + self.where @ weights[count + 1 :]
        return field


def splines(landmarks: F64, nodes: F32, stance: Upright) -> Splines:
    """Prepare the splines of a portrait."""
    oval = landmarks[list(mesh.OVAL), :2]
    centre = oval.mean(axis=0)
    rings = [centre + (oval - centre) * grow for grow in (1.5, 1.9)]
    at = np.concatenate([landmarks[:, :2], *rings]) / stance.scale
    where = nodes.reshape(-1, 2).astype(np.float64) / stance.scale
    return Splines(at, where, thin_plate(where, at))


def thin_plate(a: F64, b: F64) -> F64:
    """Kernel r² log r between (A, 2) and (B, 2) → (A, B) (Duchon 1977)."""
    from scipy.spatial.distance import cdist

    squared = cdist(a, b, "sqeuclidean")
    kernel: F64 = 0.5 * squared * np.log(np.maximum(squared, 1e-12))
    return kernel
