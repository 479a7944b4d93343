"""The lipsync stage: the studio's own network and those of others. Nothing heavy is imported before they are loaded."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from studio.types import EngineSpec

if TYPE_CHECKING:
    from studio.head.lipsync.musetalk import MuseTalkEngine
    from studio.head.lipsync.wav2lip import Wav2LipEngine

OWN = EngineSpec(
    name="own",
    stage="lipsync",
    licence="CC BY 4.0; models/mouth.md names the sources",
    commercial=True,
    weights=("mouth",),
    modules=("torch", "cv2"),
    rank=10,
    about="The studio's own network: teeth, tongue and the light on the lips, on the moved portrait.",
)

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

MUSETALK = EngineSpec(
    name="musetalk",
    stage="lipsync",
    licence="MIT, for any purpose (the image autoencoder MIT, Whisper Apache-2.0)",
    commercial=True,
    weights=("musetalk",),
    modules=("torch", "cv2", "diffusers", "transformers"),
    extra="diffusion",
    rank=3,
    about="MuseTalk 1.5: paints a larger and sharper mouth than Wav2Lip, in one step; meant for a GPU.",
)


def load(path: Path) -> Wav2LipEngine:
    """The engine with the weights of a file.

    Raises:
        EngineUnavailable: the file does not hold them; the text says why.
    """
    from studio.head.lipsync import wav2lip

    return wav2lip.load(path)


def load_musetalk(folder: Path) -> MuseTalkEngine:
    """The engine with the weights of a folder.

    Raises:
        EngineUnavailable: the folder does not hold them, or a package is missing; the text says which.
    """
    from studio.head.lipsync import musetalk

    return musetalk.load(folder)
