"""The head branch's engines, as `studio engines` lists them."""

from __future__ import annotations

from studio.types import EngineSpec

SPECS: tuple[EngineSpec, ...] = (
    EngineSpec(
        name="mediapipe-facemesh",
        stage="faces",
        licence="Apache-2.0 (code and models)",
        commercial=True,
        modules=("mediapipe",),
        about="Finds faces and their 478 points; the models are inside the wheel.",
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
)
