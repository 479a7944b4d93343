"""VoxCPM2: Mandarin and English at 48 kHz in the voice of a short recording; in a Python environment of its own.

OpenBMB 2026 (arXiv:2606.06928), 2 billion parameters, meant for a GPU. With the words of the recording it goes on
speaking where the recording ends, which is the closest likeness and the way a reference leaks in; without them it takes
the voice alone. Its package asks for versions of others that the studio cannot take.
"""

from __future__ import annotations

from studio import weights
from studio.voice.engines.imitator import Imitator
from studio.voice.engines.isolated import Isolated, opened

SAMPLE_RATE = 48_000  # Hz; each answer says its own
REFERENCE_RATE = 16_000  # Hz; what its encoder hears


class VoxCpm(Imitator):
    """The `SpeechEngine` voxcpm; see studio/voice/engines/__init__.py."""

    def __init__(self, child: Isolated) -> None:
        """Take the process it runs in."""
        super().__init__(child, SAMPLE_RATE, hears=REFERENCE_RATE, paces=False)


def create() -> VoxCpm:
    """The engine. Its process starts with the first line.

    Raises:
        EngineUnavailable: its environment or its weights are not here.
    """
    return VoxCpm(opened("voxcpm", weights.path("voxcpm2")))
