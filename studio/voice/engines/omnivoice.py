"""OmniVoice: Mandarin and English, the closest likeness in blind votes; in a Python environment of its own.

Zhu et al. 2026 (arXiv:2604.00688): a diffusion language model of 0.6 billion parameters. Its users report dropped and
garbled words, the reference spoken aloud, and another speaker on short lines: check what it says.
"""

from __future__ import annotations

from studio import weights
from studio.voice.engines.imitator import Imitator
from studio.voice.engines.isolated import Isolated, opened

SAMPLE_RATE = 24_000  # Hz; of what it hears and says


class OmniVoice(Imitator):
    """The `SpeechEngine` omnivoice; see studio/voice/engines/__init__.py."""

    def __init__(self, child: Isolated) -> None:
        """Take the process it runs in."""
        # It reads syllables in capitals as pinyin.
        super().__init__(child, SAMPLE_RATE, hears=SAMPLE_RATE, paces=True, pinyin=str.upper)


def create() -> OmniVoice:
    """The engine. Its process starts with the first line.

    Raises:
        EngineUnavailable: its environment or its weights are not here.
    """
    return OmniVoice(opened("omnivoice", weights.path("omnivoice")))
