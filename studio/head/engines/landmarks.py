"""Points of a face in the schemes of several engines, and what each means on the studio's own mesh.

The 68 points are numbered as in iBUG's 300-W mark-up: jaw 0–16 from the picture's left ear over the chin, brows 17–26,
nose 27–35, eyes 36–47, outer lips 48–59, inner lips 60–67.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from studio.head import mesh
from studio.head.mesh import F64
from studio.head.shapes import basis
from studio.types import F32, Face

Scheme = Literal["facemesh478", "ibug68", "insightface106"]
Box = tuple[float, float, float, float]

JAW = tuple(range(17))
LEFT_EYE = tuple(range(36, 42))
RIGHT_EYE = tuple(range(42, 48))
MOUTH = tuple(range(48, 68))

# The mesh vertices nearest to a mean 68-point face in space (meanshape_68.pkl of the insightface wheel), made symmetric
# and laid on the mean face of models/shapes.safetensors. Eyes and mouth are held to the rims of lids and lips and lie
# .02–.06 eye distances from it; the jaw is off by .03 at the chin and .4 at the ears, mostly in depth.
# fmt: off
MESH_68 = (
    127, 234, 93, 132, 58, 172, 150, 176, 152, 400, 379, 397, 288, 361, 323, 454, 356,
    46, 53, 52, 65, 55, 285, 295, 282, 283, 276,
    6, 197, 195, 5, 98, 97, 2, 326, 327,
    33, 160, 158, 133, 153, 144, 362, 385, 387, 263, 373, 380,
    61, 40, 37, 0, 267, 270, 291, 321, 314, 17, 84, 91,
    78, 82, 13, 312, 308, 317, 14, 87,
)
"""FaceMesh index of each of the 68 points."""

# insightface numbers its 106 points along no contour; this order is the one that LatentSync, roop and others use.
SUBSET_106 = (
    1, 10, 12, 14, 16, 3, 5, 7, 0, 23, 21, 19, 32, 30, 28, 26, 17,
    43, 48, 49, 51, 50, 102, 103, 104, 105, 101,
    72, 73, 74, 86, 78, 79, 80, 85, 84,
    35, 41, 42, 39, 37, 36, 89, 95, 96, 93, 91, 90,
    52, 64, 63, 71, 67, 68, 61, 58, 59, 53, 56, 55, 65, 66, 62, 70, 69, 57, 60, 54,
)
"""Which of the 106 points stand where the 68 do."""
# fmt: on

NUM_POINTS = {"facemesh478": mesh.NUM_POINTS, "ibug68": 68, "insightface106": 106}
TURNED = np.radians(15)  # from here on one half of the jaw is outline, no jaw
STIFFNESS = (
    1e-3  # of the sheet that carries the mesh to the points: best for lips on 36 portraits (.008 eye distances off)
)


@dataclass(frozen=True, eq=False)
class Seen:
    """One face as an engine sees it."""

    points: F32
    """float32 (L, 2), px of the picture."""
    scheme: Scheme
    """What each of the points is."""
    box: Box
    """x0, y0, x1, y1 px that the points were looked for in."""
    score: float
    """How sure the engine is, in [0, 1]; 1 where it does not say."""
    five: F32 | None = None
    """float32 (5, 2) px: eyes, tip of the nose, corners of the mouth, where the engine finds them by themselves."""

    def __post_init__(self) -> None:
        if self.points.shape != (NUM_POINTS[self.scheme], 2):
            raise ValueError(f"{self.scheme} has {NUM_POINTS[self.scheme]} points, got {self.points.shape}")


def as_box(face: Face) -> Box:
    """Where a face is, as engines take it."""
    x0, y0, x1, y1 = face.box
    return float(x0), float(y0), float(x1), float(y1)


def as_68(seen: Seen) -> F32:
    """The 68 points of a face whatever scheme it was seen in, float32 (68, 2) px."""
    if seen.scheme == "ibug68":
        return seen.points
    order = list(SUBSET_106 if seen.scheme == "insightface106" else MESH_68)
    points: F32 = seen.points[order]
    return points


def five_points(seen: Seen) -> F32:
    """Middles of the eyes, tip of the nose and corners of the mouth, float32 (5, 2) px, left ones first."""
    if seen.five is not None:
        return seen.five
    points = as_68(seen)
    left, right = points[list(LEFT_EYE)].mean(axis=0), points[list(RIGHT_EYE)].mean(axis=0)
    five: F32 = np.stack([left, right, points[30], points[48], points[54]]).astype(np.float32)
    return five


def disagreement(face: Face, seen: Seen) -> float:
    """Mean distance between the mesh and what another engine sees, over eyes, nose and mouth, in eye distances.

    The jaw is left out: the mesh keeps to the bone, the 68 points to the outline, and they part as the head turns.
    Brows too: the mesh marks their middle, others their upper edge.
    """
    compared = list(range(27, 68))
    ours = face.landmarks[[MESH_68[i] for i in compared], :2]
    apart = np.linalg.norm(ours - as_68(seen)[compared], axis=1).mean()
    return float(apart) / mesh.eye_distance(face.landmarks)


def to_face(seen: Seen) -> Face:
    """The whole mesh of a face of which only some points are known.

    The mean face is laid on the points as it would stand before a far camera, then drawn over in the picture's plane
    like a thin sheet (Bookstein 1989) until the points meet. Depth is that of the mean face. Where the head is turned,
    the far half of the jaw is left to the sheet: engines mark the outline there, which is another part of the cheek.
    """
    from scipy.interpolate import RBFInterpolator

    if seen.scheme == "facemesh478":
        raise ValueError("a mesh is a face already")
    places, goal = list(MESH_68), as_68(seen).astype(np.float64)
    neutral = basis().neutral.astype(np.float64)
    inner = [place for place in range(68) if place not in JAW]
    _, rotation, _ = _stand(neutral[[places[i] for i in inner]], goal[inner])
    yaw = np.arctan2(-rotation[0, 2], rotation[2, 2])
    used = inner + [i for i in JAW if abs(yaw) < TURNED or (i - 8) * yaw <= 0]
    known, goal = [places[i] for i in used], goal[used]
    scale, rotation, shift = _stand(neutral[known], goal)
    points = scale * neutral @ rotation.T
    points[:, :2] += shift
    sheet = RBFInterpolator(
        neutral[known, :2], goal - points[known, :2], kernel="thin_plate_spline", smoothing=STIFFNESS, degree=1
    )
    points[:, :2] += sheet(neutral[:, :2])
    low, high = np.floor(points[:, :2].min(axis=0)), np.ceil(points[:, :2].max(axis=0))
    return Face(points.astype(np.float32), (int(low[0]), int(low[1]), int(high[0]), int(high[1])))


def _stand(own: F64, goal: F64) -> tuple[float, F64, F64]:
    """Scale, rotation (3, 3) and shift (2,) that lay points in space (L, 3) on points of a picture (L, 2).

    The best affine map, brought to the nearest scaled rotation (POS, DeMenthon & Davis 1995).
    """
    middle, aim = own.mean(axis=0), goal.mean(axis=0)
    affine = np.linalg.lstsq(own - middle, goal - aim, rcond=None)[0].T
    u, size, vt = np.linalg.svd(affine, full_matrices=False)
    rows = u @ vt
    rotation: F64 = np.vstack([rows, np.cross(rows[0], rows[1])])
    scale = float(size.mean())
    shift: F64 = aim - scale * rows @ middle
    return scale, rotation, shift
