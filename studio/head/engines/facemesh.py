"""MediaPipe's FaceMesh behind the same door as the other landmark engines."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from studio.errors import FaceNotFound
from studio.head import faces
from studio.head.engines.landmarks import Box, Seen, as_box
from studio.types import U8


class FaceMesh:
    """478 points, found by the models inside the mediapipe wheel."""

    name = "mediapipe-facemesh"

    def find(self, image: U8, boxes: Sequence[Box] | None = None) -> tuple[Seen, ...]:
        """Every face of a picture; see `LandmarkEngine`.

        Raises:
            FaceNotFound: a given box shows no face.
        """
        if boxes is not None:
            return tuple(self._look(image, box) for box in boxes)
        return tuple(Seen(face.landmarks[:, :2], "facemesh478", as_box(face), 1.0) for face in faces.find(image))

    @staticmethod
    def _look(image: U8, box: Box) -> Seen:
        x0, y0, x1, y1 = box
        side = faces.CROP_MARGIN * max(x1 - x0, y1 - y0)
        with faces.quiet(), faces.mesher() as model:
            measured = faces.measure(model, image, ((x0 + x1) / 2, (y0 + y1) / 2), side)
        if measured is None:
            raise FaceNotFound(f"No face is to be seen at {x0:.0f}, {y0:.0f} – {x1:.0f}, {y1:.0f} px. Move the box.")
        return Seen(measured[0][:, :2].astype(np.float32), "facemesh478", box, 1.0)


def create() -> FaceMesh:
    """FaceMesh, ready to look."""
    return FaceMesh()
