"""The close-up of a mouth: a small upright square that stands still on the skull, in which networks paint.

Its place hangs on eyes and nose only, so that teeth which belong to the skull stay where they are while the lips move.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from studio.head import mesh
from studio.types import F32, U8

if TYPE_CHECKING:
    from studio.head.mesh import F64

SIDE = 128  # px
BAND = slice(16, 112)  # its rows that networks see: from under the nose to the chin
HEIGHT = 96  # px, of the band
REACH = 1.4  # eye distances from side to side: a wide smile and a dropped jaw fit
LIPS_BELOW_EYES = 1.105  # eye distances from the middle of the eyes down to where closed lips meet (shapes' mean face)
LIPS_AT = (0.5, 0.42)  # where they meet in the square, as shares of its side: the jaw opens downwards
FINER = 0.8  # px of the square per px of the picture, below which the picture is finer than the square can show
LIPS_DEPTH = -0.388  # eye distances from the eyes towards the viewer


@dataclass(frozen=True, eq=False)
class CloseUp:
    """Where the square of one frame lies in its picture."""

    matrix: F64
    """float64 (2, 3): px of the picture → px of the square."""
    angle: float
    """rad: how far the face is turned away from the viewer."""

    @property
    def scale(self) -> float:
        """px of the square per px of the picture."""
        return float(np.hypot(self.matrix[0, 0], self.matrix[1, 0]))

    def take(self, image: U8) -> U8:
        """The square of a picture: RGB, uint8 (SIDE, SIDE, 3)."""
        matrix = self.matrix
        if self.scale < FINER:
            image, matrix = self._averaged(image)
        seen: U8 = cv2.warpAffine(image, matrix, (SIDE, SIDE), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
        return seen

    def _averaged(self, image: U8) -> tuple[U8, F64]:
        """The part of a finer picture that the square shows, at the square's own scale, and the matrix from there.

        Its pixels are averaged, or grain would become noise.
        """
        x0, y0, x1, y1 = self.bounds((image.shape[1], image.shape[0]), margins=(4 / self.scale, 4 / self.scale))
        part = image[y0:y1, x0:x1]
        width, height = (max(1, round(side * self.scale)) for side in (x1 - x0, y1 - y0))
        small: U8 = cv2.resize(part, (width, height), interpolation=cv2.INTER_AREA)
        step = np.array([(x1 - x0) / width, (y1 - y0) / height])
        linear, shift = self.matrix[:, :2], self.matrix[:, 2]
        moved = linear @ (0.5 * step - 0.5 + [x0, y0]) + shift
        return small, np.concatenate([linear * step, moved[:, None]], axis=1)

    def bounds(
        self, picture: tuple[int, int], *, rows: slice = slice(0, SIDE), margins: tuple[float, float] = (0, 1)
    ) -> tuple[int, int, int, int]:
        """x0, y0, x1, y1 px of a picture (W, H) around some rows of the square; never empty.

        Args:
            margins: px of the picture, to the left and above, to the right and below.
        """
        corners = np.array([[x, y] for y in (rows.start, rows.stop) for x in (0, SIDE)], np.float64)
        back = cv2.invertAffineTransform(self.matrix)
        there = corners @ back[:, :2].T + back[:, 2]
        size = np.array(picture)
        x0, y0 = np.clip(np.floor(there.min(axis=0) - margins[0]), 0, size - 1).astype(int).tolist()
        x1, y1 = np.clip(np.ceil(there.max(axis=0) + margins[1]), [x0 + 1, y0 + 1], size).astype(int).tolist()
        return x0, y0, x1, y1

    def points(self, landmarks: F32 | F64) -> F32:
        """(L, ≥2) px of the picture → float32 (L, 2) px of the square."""
        seen: F32 = (landmarks[:, :2] @ self.matrix[:, :2].T + self.matrix[:, 2]).astype(np.float32)
        return seen


def place(landmarks: F32 | F64, neutral: F32 | F64) -> CloseUp:
    """Find the close-up of a face.

    Args:
        landmarks: (478, 3) px of the picture.
        neutral: (478, 3): the mean face at rest, `shapes.basis().neutral`.
    """
    stance = mesh.upright(np.asarray(landmarks, np.float32), neutral)
    lips = stance.picture(np.array([[0.0, LIPS_BELOW_EYES, LIPS_DEPTH]]))[0, :2]
    yaw, pitch, roll = stance.angles
    zoom = SIDE / (REACH * stance.scale)
    turn = zoom * np.array([[np.cos(roll), np.sin(roll)], [-np.sin(roll), np.cos(roll)]])
    shift = np.array(LIPS_AT) * SIDE - turn @ lips
    return CloseUp(np.concatenate([turn, shift[:, None]], axis=1), float(np.hypot(yaw, pitch)))


def filled(outline: F32) -> U8:
    """uint8 (SIDE, SIDE): 255 inside a closed outline (P, 2) px of the square, its edge smooth."""
    mask = np.zeros((SIDE, SIDE), np.uint8)
    cv2.fillPoly(mask, [np.round(outline * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    return mask


INNER_RING = (*mesh.INNER_UPPER, *mesh.INNER_LOWER[-2:0:-1])
OUTER_RING = (*mesh.OUTER_UPPER, *mesh.OUTER_LOWER[-2:0:-1])
