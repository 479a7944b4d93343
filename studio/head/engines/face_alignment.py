"""face-alignment's FAN: 68 points on each face (Bulat & Tzimiropoulos, ICCV 2017), from weights on this machine.

The package fetches weights by itself, compiles networks into the user's home and sets cudnn to the quickest, not the
steadiest kernels; here it does none of these.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np

from studio import weights
from studio.errors import EngineUnavailable
from studio.head.engines.landmarks import Box, Seen, as_box
from studio.types import U8

Detector = Literal["facemesh", "s3fd"]

SEARCH_SIZE = 640  # px: S3FD takes 1.1 s for 512 px on one core, and its smallest face is 15 px


class FaceAlignment:
    """FAN in front of one of two detectors."""

    name = "face-alignment"

    def __init__(self, network: Any, detector: Any | None) -> None:
        """Take a `face_alignment.FaceAlignment`, and an S3FD detector or None for the studio's own."""
        self._network = network
        self._detector = detector

    def find(self, image: U8, boxes: Sequence[Box] | None = None) -> tuple[Seen, ...]:
        """Every face of a picture; see `LandmarkEngine`."""
        found = [(*box, 1.0) for box in boxes] if boxes is not None else self._search(image)
        if not found:
            return ()
        points, scores, _ = self._network.get_landmarks_from_image(
            image, detected_faces=[np.array(box, np.float64) for box in found], return_landmark_score=True
        )
        return tuple(
            Seen(
                np.asarray(where, np.float32),
                "ibug68",
                (box[0], box[1], box[2], box[3]),
                # The peaks of two heat maps, of the picture and of its mirror, are summed; each is 1 at best.
                float(np.clip(np.mean(score) / 2, 0.0, 1.0)),
            )
            for where, score, box in zip(points, scores, found, strict=True)
        )

    def _search(self, image: U8) -> list[tuple[float, float, float, float, float]]:
        """Boxes and scores, largest first."""
        if self._detector is None:
            from studio.head.faces import find

            return [(*as_box(face), 1.0) for face in find(image)]
        import cv2

        shrink = min(1.0, SEARCH_SIZE / max(image.shape[:2]))
        small = cv2.resize(image, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA) if shrink < 1 else image
        boxes = [
            (x0 / shrink, y0 / shrink, x1 / shrink, y1 / shrink, float(score))
            for x0, y0, x1, y1, score in (map(float, box) for box in self._detector.detect_from_image(small))
        ]
        return sorted(boxes, key=lambda box: -(box[2] - box[0]) * (box[3] - box[1]))


def create(*, device: str = "cpu", detector: Detector = "facemesh") -> FaceAlignment:
    """FAN, ready to look.

    Args:
        device: "cpu", or "cuda" where there is a GPU.
        detector: who finds the faces: the studio's own, which needs no weights, or face-alignment's S3FD.

    Raises:
        EngineUnavailable: weights are missing or damaged, or there is no such device.
    """
    import torch

    if device.startswith("cuda") and not torch.cuda.is_available():
        raise EngineUnavailable("There is no GPU here that torch can use. Choose device cpu.")
    steady = torch.backends.cudnn.benchmark
    try:
        network = _network(weights.path("2dfan4"), device)
        found = _s3fd(weights.path("s3fd"), device) if detector == "s3fd" else None
    finally:
        torch.backends.cudnn.benchmark = steady
    return FaceAlignment(network, found)


def _network(path: Path, device: str) -> Any:
    """The package's own class, with the weights at `path` instead of a download."""
    import face_alignment
    from face_alignment.models import FAN

    class Local(face_alignment.FaceAlignment):  # type: ignore[misc]
        def _load_native(self, network_name: str, network_size: int, device: str, dtype: Any) -> Any:  # noqa: ARG002
            network = FAN(network_size)
            network.load_state_dict(_tensors(path, device))
            return network.to(device, dtype=dtype).eval()

    return Local(
        face_alignment.LandmarksType.TWO_D,
        device=device,
        compile=False,
        face_detector="folder",  # looks for nothing and loads nothing: boxes are always given
    )


def _s3fd(path: Path, device: str) -> Any:
    from face_alignment.detection.sfd import FaceDetector

    _tensors(path, device)  # only for its sentence about a damaged file: the detector wants to read it by itself
    return FaceDetector(device=device, path_to_detector=str(path))


def _tensors(path: Path, device: str) -> dict[str, Any]:
    """The state dict in a checkpoint; code inside it is never run."""
    import pickle

    import torch

    try:
        tensors: dict[str, Any] = torch.load(path, map_location=device, weights_only=True)
    except (RuntimeError, EOFError, pickle.UnpicklingError) as error:
        raise EngineUnavailable(f"{path} is no checkpoint that torch can read. Download it again.") from error
    return tensors
