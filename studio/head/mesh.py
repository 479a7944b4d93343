"""The 478 points of a face: which ones are lips, lids and skull, and the frame that the face itself stands upright in.

Numbers are MediaPipe FaceMesh indices (mediapipe/modules/face_geometry/data/canonical_face_model_uv_visualization.png).
Left and right mean the picture's: the first eye is the one at the left of the picture. Lists of a lip or a lid run from
left to right, so that the upper and the lower one can be compared point by point.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.types import F32

F64 = NDArray[np.float64]

NUM_POINTS = 478
INNER_UPPER = (78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308)
INNER_LOWER = (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308)
OUTER_UPPER = (61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291)
OUTER_LOWER = (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291)
# Rings between the rim and the opening, inside the red of the lips; the outermost entries are the corners again.
MIDDLE_UPPER = (
    (76, 184, 74, 73, 72, 11, 302, 303, 304, 408, 306),
    (62, 183, 42, 41, 38, 12, 268, 271, 272, 407, 292),
)
MIDDLE_LOWER = (
    (76, 77, 90, 180, 85, 16, 315, 404, 320, 307, 306),
    (62, 96, 89, 179, 86, 15, 316, 403, 319, 325, 292),
)
UPPER_LIP = (INNER_UPPER, *MIDDLE_UPPER, OUTER_UPPER)
LOWER_LIP = (INNER_LOWER, *MIDDLE_LOWER, OUTER_LOWER)
# Of each eye, from the left corner to the right one.
UPPER_LIDS = ((33, 246, 161, 160, 159, 158, 157, 173, 133), (362, 398, 384, 385, 386, 387, 388, 466, 263))
LOWER_LIDS = ((33, 7, 163, 144, 145, 153, 154, 155, 133), (362, 382, 381, 380, 374, 373, 390, 249, 263))
BROWS = ((70, 63, 105, 66, 107, 46, 53, 52, 65, 55), (336, 296, 334, 293, 300, 285, 295, 282, 283, 276))
IRISES = ((468, 469, 470, 471, 472), (473, 474, 475, 476, 477))
# fmt: off
OVAL = (
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377,
    152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
)
# fmt: on
# Points that speech and expression leave alone: corners of the eyes, nose, temples, middle of the forehead.
SKULL = (33, 133, 362, 263, 168, 6, 197, 195, 5, 4, 1, 10, 151, 127, 356, 234, 454, 162, 389)


@dataclass(frozen=True, eq=False)
class Upright:
    """Where a face is: `points ≈ origin + scale · rotation @ own`, with `own` in the face's upright frame.

    The upright frame has its origin between the eyes, x to the picture's right, y down, z away from the viewer, and
    the distance between the middles of the eyes as its unit.
    """

    rotation: F64
    """float64 (3, 3)."""
    scale: float
    """Distance between the middles of the eyes, px."""
    origin: F64
    """float64 (3,), px."""

    def own(self, points: F32 | F64) -> F64:
        """(L, 3) px of the picture → (L, 3) in the upright frame."""
        local: F64 = (points.astype(np.float64) - self.origin) @ self.rotation / self.scale
        return local

    def picture(self, own: F32 | F64) -> F64:
        """(L, 3) in the upright frame → (L, 3) px of the picture."""
        points: F64 = self.origin + self.scale * (own.astype(np.float64) @ self.rotation.T)
        return points

    @property
    def angles(self) -> tuple[float, float, float]:
        """(yaw, pitch, roll), rad, with the signs of MOTION_CURVES."""
        nose = self.rotation @ np.array([0.0, 0.0, -1.0])  # where the face looks
        yaw = float(np.arctan2(nose[0], -nose[2]))
        pitch = float(np.arcsin(np.clip(nose[1], -1, 1)))
        across = self.rotation @ np.array([1.0, 0.0, 0.0])
        return yaw, pitch, float(np.arctan2(across[1], across[0]))


def middle_of_eyes(points: F32 | F64) -> tuple[F64, F64]:
    """The middles of the left and the right eye, each (3,), in the unit of `points`."""
    left = points[[33, 133]].astype(np.float64).mean(axis=0)
    right = points[[362, 263]].astype(np.float64).mean(axis=0)
    return left, right


def eye_distance(points: F32 | F64) -> float:
    """Distance between the middles of the eyes in space, in the unit of `points`."""
    left, right = middle_of_eyes(points)
    return float(np.linalg.norm(right - left))


def kabsch(own: F64, points: F64) -> F64:
    """The rotation (3, 3) that turns `own` onto `points`, both (L, 3) (Kabsch 1976)."""
    a = own - own.mean(axis=0)
    b = points - points.mean(axis=0)
    u, _, vt = np.linalg.svd(a.T @ b)
    flip = np.sign(np.linalg.det(vt.T @ u.T))
    rotation: F64 = vt.T @ np.diag([1.0, 1.0, flip]) @ u.T
    return rotation


def upright(points: F32, neutral: F32 | F64) -> Upright:
    """Find how a face stands in the picture.

    Args:
        points: (478, 3) px of the picture.
        neutral: (478, 3), a face at rest in the upright frame.
    """
    skull = list(SKULL)
    rotation = kabsch(neutral[skull].astype(np.float64), points[skull].astype(np.float64))
    left, right = middle_of_eyes(points)
    return Upright(rotation, float(np.linalg.norm(right - left)), (left + right) / 2)


def partners(neutral: F32 | F64) -> list[int]:
    """Index of each point's partner on the other side of a symmetric face in the upright frame.

    Raises:
        ValueError: the face is too lopsided for every point to find one.
    """
    from scipy.optimize import linear_sum_assignment

    distance = np.linalg.norm((neutral * np.array([-1, 1, 1]))[:, None] - neutral[None], axis=-1)
    _, partner = linear_sum_assignment(distance)
    if not np.array_equal(partner[partner], np.arange(len(neutral))):
        raise ValueError("the face is not symmetric enough to pair its points")
    return [int(i) for i in partner]


def inner_lip_gap(points: F32 | F64) -> float:
    """Mean opening of the middle of the mouth as it is seen (depth is a guess there), in eye distances."""
    upper, lower = points[list(INNER_UPPER[4:7]), :2], points[list(INNER_LOWER[4:7]), :2]
    return float(np.linalg.norm(upper - lower, axis=1).mean()) / eye_distance(points)


def lid_gap(points: F32 | F64) -> float:
    """Mean opening of the middle of both eyes, in eye distances."""
    gaps = [
        np.linalg.norm(points[list(u[3:6])] - points[list(lo[3:6])], axis=1).mean()
        for u, lo in zip(UPPER_LIDS, LOWER_LIDS, strict=True)
    ]
    return float(np.mean(gaps)) / eye_distance(points)
