"""insightface: SCRFD finds faces, 106 points mark them, ArcFace tells whose they are; from a folder on this machine.

Pictures turn into BGR here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from studio import weights
from studio.errors import EngineUnavailable
from studio.head.engines.landmarks import Box, Seen, five_points
from studio.types import F32, U8

SEARCH_SIZE = (640, 640)  # px; what the buffalo packs' detectors were measured at
# The package tells models apart by the shapes of their inputs and outputs; each pack has one of each task.
TASKS = ("detection", "landmark_2d_106", "recognition")


class InsightFace:
    """The three networks of one pack."""

    def __init__(self, name: str, models: dict[str, Any]) -> None:
        """Take the models by task; all of TASKS."""
        self.name = name
        self._detector = models["detection"]
        self._landmark = models["landmark_2d_106"]
        self._recognition = models["recognition"]

    def find(self, image: U8, boxes: Sequence[Box] | None = None) -> tuple[Seen, ...]:
        """Every face of a picture; see `LandmarkEngine`."""
        image_bgr = _bgr(image)
        if boxes is not None:
            return tuple(self._mark(image_bgr, np.array([*box, 1.0]), None) for box in boxes)
        found, fives = self._detector.detect(image_bgr, input_size=SEARCH_SIZE)
        order = np.argsort([-(x1 - x0) * (y1 - y0) for x0, y0, x1, y1, _ in found], kind="stable")
        return tuple(self._mark(image_bgr, found[i], None if fives is None else fives[i]) for i in order)

    def _mark(self, image_bgr: U8, box: F32, five: F32 | None) -> Seen:
        from insightface.app.common import Face

        points = self._landmark.get(image_bgr, Face(bbox=box[:4]))
        return Seen(
            np.asarray(points, np.float32),
            "insightface106",
            (float(box[0]), float(box[1]), float(box[2]), float(box[3])),
            float(np.clip(box[4], 0.0, 1.0)),
            None if five is None else np.asarray(five, np.float32),
        )

    def identity(self, image: U8, seen: Seen) -> F32:
        """Whose face it is, as ArcFace sees it (Deng et al., CVPR 2019): float32 (D,), unit length.

        Args:
            image: the picture the face was seen in.
            seen: the face, by whatever engine: five points are enough.
        """
        from insightface.app.common import Face

        found = self._recognition.get(_bgr(image), Face(kps=five_points(seen)))
        length = float(np.linalg.norm(found))
        if not length > 0.0:
            raise EngineUnavailable(f"{self.name} gives no identity: its recognition model answers with zeros only.")
        return np.asarray(found / length, np.float32)


def likeness(a: F32, b: F32) -> float:
    """How alike two identities are: the cosine between them, −1 … 1."""
    lengths = float(np.linalg.norm(a) * np.linalg.norm(b))
    if a.shape != b.shape or a.ndim != 1 or not lengths > 0.0:
        raise ValueError(f"identities must be two vectors of one length, neither of zeros: {a.shape}, {b.shape}")
    return float(np.clip(np.dot(a.astype(np.float64), b.astype(np.float64)) / lengths, -1.0, 1.0))


def create(*, pack: str = "buffalo_l", device: str = "cpu") -> InsightFace:
    """The networks of a pack, ready to look.

    Args:
        pack: a set of studio/weights.py with a detector, 106 points and a recognition model.
        device: "cpu", or "cuda" where onnxruntime has its GPU build.

    Raises:
        EngineUnavailable: the folder is missing, incomplete or holds other models, or there is no such device.
    """
    from insightface.model_zoo import get_model

    folder = weights.path(pack)
    providers = _providers(device)
    # An absolute path ending in .onnx is opened as it is: no manifest is looked for and nothing is fetched.
    opened = [get_model(str(folder.absolute() / part.file), providers=providers) for part in weights.record(pack).parts]
    models = {model.taskname: model for model in opened if model is not None}
    absent = [task for task in TASKS if task not in models]
    if absent:
        raise EngineUnavailable(f"{folder} has no model for {', '.join(absent)}. Fetch {pack} again.")
    name = "insightface-small" if pack == "buffalo_s" else "insightface"
    return InsightFace(name, models)


def _providers(device: str) -> list[str]:
    if device == "cpu":
        return ["CPUExecutionProvider"]
    import onnxruntime

    if "CUDAExecutionProvider" not in onnxruntime.get_available_providers():
        raise EngineUnavailable("onnxruntime has no GPU build here: pip install onnxruntime-gpu, or choose device cpu.")
    return ["CUDAExecutionProvider", "CPUExecutionProvider"]


def _bgr(image: U8) -> U8:
    return np.ascontiguousarray(image[:, :, ::-1])
