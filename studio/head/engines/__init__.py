"""The head branch's engines, as `studio engines` lists them, and how a landmark engine is chosen and loaded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol

from studio import readiness
from studio.errors import EngineUnavailable
from studio.head.lipsync import MUSETALK, OWN
from studio.head.lipsync import SPEC as WAV2LIP
from studio.head.refine import SPEC as REFINER
from studio.head.refine.sd import SPEC as SD_LCM
from studio.types import U8, EngineSpec

if TYPE_CHECKING:
    from studio.head.engines.landmarks import Box, Seen

SPECS: tuple[EngineSpec, ...] = (
    EngineSpec(
        name="mediapipe-facemesh",
        stage="faces",
        licence="Apache-2.0 (code and models)",
        commercial=True,
        modules=("mediapipe",),
        rank=10,
        about="Finds faces and their 478 points; the models are inside the wheel.",
    ),
    EngineSpec(
        name="face-alignment",
        stage="faces",
        licence="BSD-3-Clause by the author; trained on pictures (300W-LP) that are for research only",
        commercial=False,
        weights=("2dfan4",),
        modules=("face_alignment",),
        rank=2,
        about="FAN: 68 points, a second opinion on the mesh; slow on a CPU (about 0.6 s a face).",
    ),
    EngineSpec(
        name="insightface",
        stage="faces",
        licence="MIT code; buffalo_l models for non-commercial research only",
        commercial=False,
        weights=("buffalo_l",),
        modules=("insightface", "onnxruntime"),
        rank=3,
        about="SCRFD, 106 points and ArcFace: finds small and turned faces, and measures likeness.",
    ),
    EngineSpec(
        name="insightface-small",
        stage="faces",
        licence="MIT code; buffalo_s models for non-commercial research only",
        commercial=False,
        weights=("buffalo_s",),
        modules=("insightface", "onnxruntime"),
        rank=1,
        about="The same with the small models: quicker, a little less sure.",
    ),
    EngineSpec(
        name="visemes",
        stage="motion",
        licence="the studio's own, Apache-2.0",
        commercial=True,
        languages=("en", "zh"),
        rank=1,
        about="Mouth shapes from the phonemes of the words, with coarticulation; taken wherever the words are known.",
    ),
    EngineSpec(
        name="hearing",
        stage="motion",
        licence="the studio's own, Apache-2.0",
        commercial=True,
        languages=("en", "zh"),
        about="Mouth shapes from the sound alone; taken for recordings without a transcript.",
    ),
    EngineSpec(
        name="mesh-warp",
        stage="animate",
        licence="the studio's own, Apache-2.0",
        commercial=True,
        modules=("cv2",),
        about="Moves the photo's own pixels by the face mesh and paints the inside of the mouth.",
    ),
    OWN,
    WAV2LIP,
    replace(WAV2LIP, name="wav2lip-gan", weights=("wav2lip-gan",), rank=WAV2LIP.rank + 1),
    MUSETALK,
    REFINER,
    SD_LCM,
)

_MODULES: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "mediapipe-facemesh": ("facemesh", {}),
    "face-alignment": ("face_alignment", {}),
    "insightface": ("insightface", {"pack": "buffalo_l"}),
    "insightface-small": ("insightface", {"pack": "buffalo_s"}),
}
"""Module of this folder that makes a landmark engine with `create()`, and what it is told."""


class LandmarkEngine(Protocol):
    """Finds faces and their points."""

    name: str

    def find(self, image: U8, boxes: Sequence[Box] | None = None) -> tuple[Seen, ...]:
        """Every face of a picture, largest first.

        Args:
            image: RGB, uint8 (H, W, 3).
            boxes: x0, y0, x1, y1 px of the faces, forehead to chin, where they are known; then one result per box, in
                their order, and nothing is looked for.
        """
        ...


def find(name: str) -> EngineSpec:
    """The spec of a landmark engine.

    Raises:
        EngineUnavailable: no landmark engine has that name.
    """
    for spec in SPECS:
        if spec.name == name and name in _MODULES:
            return spec
    raise EngineUnavailable(
        f"There is no landmark engine called {name!r}. Choose auto or one of: {', '.join(_MODULES)}."
    )


def obstacle(spec: EngineSpec, *, commercial: bool) -> str:
    """What keeps an engine from being used here and for that; "" for nothing."""
    if commercial and not spec.commercial:
        return f"{spec.name} may not be used for a commercial film ({spec.licence})"
    return readiness.obstacle(spec)


def choose(name: str, *, commercial: bool = False) -> EngineSpec:
    """The landmark engine `name`, or for "auto" the usable one of the highest rank.

    Args:
        commercial: whether the licence has to allow commercial use.

    Raises:
        EngineUnavailable: unknown, may not be used so, a package or its weights are missing, or none is left.
    """
    specs = [find(known) for known in _MODULES] if name == "auto" else [find(name)]
    obstacles = {spec.name: obstacle(spec, commercial=commercial) for spec in specs}
    usable = [spec for spec in specs if not obstacles[spec.name]]
    if not usable:
        raise EngineUnavailable(" ".join(f"{why}." for why in obstacles.values()))
    return max(usable, key=lambda spec: spec.rank)


def load(name: str, *, commercial: bool = False, **how: Any) -> LandmarkEngine:
    """The landmark engine `name`, or the best usable one for "auto", ready to look at pictures.

    Args:
        commercial: whether the film it works for is a commercial one.
        how: what its own `create` takes besides, such as `device`.

    Raises:
        EngineUnavailable: see `choose`.
    """
    module, told = _MODULES[choose(name, commercial=commercial).name]
    engine: LandmarkEngine = import_module(f"studio.head.engines.{module}").create(**told, **how)
    return engine
