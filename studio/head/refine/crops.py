"""What a refiner is shown of a mouth, and where in the picture that lies: the close-up of one sitter."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np

from studio.head import closeup, mesh
from studio.head.closeup import INNER_RING, OUTER_RING, SIDE
from studio.head.mesh import F64
from studio.head.rig import smooth_step
from studio.head.shapes import basis
from studio.types import F32, U8

GROWN = 9  # px of a close-up of SIDE: how far around the lips a refiner may change the picture …
SOFT = 2.2  # … and how softly that ends, standard deviation


class Crops(NamedTuple):
    """Close-ups of one mouth in some frames; float32, S px large."""

    pictures: F32
    """(N, 3, S, S) RGB in [0, 1]: as they are."""
    inner: F32
    """(N, 1, S, S): 1 between the lips."""
    outer: F32
    """(N, 1, S, S): 1 within the outer rim of the lips."""
    reach: F32
    """(N, 1, S, S): how much of a change may be seen; 0 away from the lips."""
    view: F32
    """(1, 3, S, S): another look at the same mouth, best with its teeth."""
    seen: F32
    """(1, 1, S, S): 1 where the view shows the inside of the mouth."""


@dataclass(frozen=True)
class Engine:
    """A refiner, loaded."""

    name: str
    size: int
    """px, side of the close-ups it wants; a multiple of `closeup.SIDE`."""
    refine: Callable[[Crops, int], F32]
    """Crops and a seed → (N, 3, S, S) RGB in [0, 1]; the seed stands for the same noise in every frame."""


@dataclass(frozen=True, eq=False)
class Place:
    """Where the close-up of one sitter lies in their picture. It stands still: so does what is invented in it."""

    matrix: F64
    """float64 (2, 3): px of the picture → px of the close-up."""
    size: int
    """px, side of the close-up."""
    box: tuple[int, int, int, int]
    """x0, y0, x1, y1 px of the picture around it; nothing outside is looked at or changed."""

    @property
    def scale(self) -> float:
        """px of the close-up per px of the picture."""
        return float(np.hypot(self.matrix[0, 0], self.matrix[1, 0]))

    def take(self, image: U8) -> F32:
        """The close-up of a picture: float32 (3, S, S), RGB in [0, 1]."""
        x0, y0, x1, y1 = self.box
        part = image[y0:y1, x0:x1]
        if self.scale < 0.8:  # finer than the close-up can show: average, or grain becomes noise
            part = cv2.GaussianBlur(part, (0, 0), 0.45 / self.scale)
        seen = cv2.warpAffine(
            part, self._from_box(), (self.size, self.size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT
        )
        taken: F32 = np.ascontiguousarray(seen.transpose(2, 0, 1), np.float32) / np.float32(255)
        return taken

    def put(self, change: F32) -> F32:
        """A change of the close-up, float32 (S, S) or (S, S, C), as one of the box of the picture (h, w[, C])."""
        x0, y0, x1, y1 = self.box
        if self.scale > 1.25:  # the picture cannot show it as finely
            change = cv2.GaussianBlur(change, (0, 0), 0.45 * self.scale)
        flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
        there: F32 = cv2.warpAffine(change, self._from_box(), (x1 - x0, y1 - y0), flags=flags)
        return there

    def masks(self, landmarks: F32 | F64) -> tuple[F32, F32, F32]:
        """Inside of the mouth, lips and all, and where changes may be seen: float32 (S, S) in [0, 1] each."""
        points = (landmarks[:, :2] @ self.matrix[:, :2].T + self.matrix[:, 2]).astype(np.float32)
        points *= SIDE / self.size
        inner, outer = (closeup.filled(points[list(ring)]) for ring in (INNER_RING, OUTER_RING))
        grown = cv2.dilate(outer, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (GROWN, GROWN)))
        reach = cv2.GaussianBlur(grown, (0, 0), SOFT)
        found = []
        for mask in (inner, outer, reach):
            large = cv2.resize(mask, (self.size, self.size), interpolation=cv2.INTER_LINEAR)
            found.append(large.astype(np.float32) / np.float32(255))
        return found[0], found[1], found[2]

    def _from_box(self) -> F64:
        """float64 (2, 3): px of the box → px of the close-up."""
        x0, y0, *_ = self.box
        return np.column_stack([self.matrix[:, :2], self.matrix[:, :2] @ [x0, y0] + self.matrix[:, 2]])


def place(landmarks: F32, picture: tuple[int, int], size: int) -> Place:
    """Find the close-up of a face.

    Args:
        landmarks: float32 (478, 3) px of the picture.
        picture: W, H px.
        size: px, side of the close-up.
    """
    square = closeup.place(landmarks, basis().neutral)
    return Place(square.matrix * (size / SIDE), size, square.bounds(picture))


def view(pictures: Sequence[tuple[U8, F32]], size: int) -> tuple[F32, F32]:
    """The look at a mouth that shows most of its inside: float32 (1, 3, S, S) and (1, 1, S, S), as in Crops.

    Args:
        pictures: of one person: RGB, uint8 (H, W, 3), and the mesh, float32 (478, 3) px of it.
    """
    image, landmarks = max(pictures, key=lambda picture: mesh.inner_lip_gap(picture[1]))
    there = place(landmarks, (image.shape[1], image.shape[0]), size)
    return there.take(image)[None], there.masks(landmarks)[0][None, None]


def openness(landmarks: F32 | F64, shut: float, open_: float) -> float:
    """0 for lips that are closed, 1 for open ones, eased between two gaps in eye distances."""
    return float(smooth_step(shut, open_, np.array(mesh.inner_lip_gap(landmarks))))
