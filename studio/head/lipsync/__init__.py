"""The lipsync stage by the official Wav2Lip. Nothing heavy is imported before `load`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from studio.types import EngineSpec

if TYPE_CHECKING:
    from studio.head.lipsync.wav2lip import Wav2LipEngine

SPEC = EngineSpec(
    name="wav2lip",
    stage="lipsync",
    licence="research / personal / non-commercial only (trained on LRS2)",
    commercial=False,
    weights=("wav2lip",),
    modules=("torch", "cv2"),
    rank=1,
    about="The official Wav2Lip or Wav2Lip-GAN: paints the mouth of a portrait or an existing clip from the sound.",
)


def load(path: Path) -> Wav2LipEngine:
    """The engine with the weights of a file.

    Raises:
        EngineUnavailable: the file does not hold them; the text says why.
    """
    from studio.head.lipsync import wav2lip

    return wav2lip.load(path)
