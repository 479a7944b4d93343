"""ZipVoice-distill through sherpa-onnx: English and Mandarin in the voice of a few seconds whose words are known.

Zhu et al. 2025, "ZipVoice: Fast and High-Quality Zero-Shot Text-to-Speech with Flow Matching" (arXiv:2506.13053). The
distilled network with weights in 8 bits speaks about as fast as one core can listen.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from studio import weights
from studio.types import Language, Speech
from studio.voice.engines import Reference, sherpa
from studio.voice.engines.cloning import wanted, written

STEPS = 8  # what the network was distilled for; 4 are a sixth faster


class ZipVoice:
    """The `SpeechEngine` zipvoice; see studio/voice/engines/__init__.py."""

    name = "zipvoice"

    def __init__(self, tts: Any) -> None:
        """Take a `sherpa_onnx.OfflineTts`."""
        self._tts = tts
        self.sample_rate = int(tts.sample_rate)

    def speak(
        self,
        text: str,
        language: Language,
        *,
        speed: float = 1.0,
        seed: int = 0,
        lexicon: Mapping[str, str] | None = None,
        base: str = "",  # noqa: ARG002  it has no voice of its own
        reference: Reference | None = None,
    ) -> Speech:
        """See `SpeechEngine.speak`. Versions of sherpa-onnx that take no seed draw anew each time."""
        imitated = wanted(reference, self.name)
        said = written(text, language, lexicon, self.name)
        return sherpa.speech(
            self._tts,
            said,
            imitated,
            steps=STEPS,
            seed=seed,
            speed=speed,
            engine=self.name,
            text=text,
            language=language,
        )


def create() -> ZipVoice:
    """The engine.

    Raises:
        EngineUnavailable: its weights are not here, or sherpa-onnx does not accept them.
    """
    folder, vocoder = weights.path("zipvoice"), weights.path("vocos")
    return ZipVoice(
        sherpa.opened(
            "zipvoice",
            "OfflineTtsZipvoiceModelConfig",
            "zipvoice",
            tokens=str(folder / "tokens.txt"),
            encoder=str(folder / "encoder.int8.onnx"),
            decoder=str(folder / "decoder.int8.onnx"),
            lexicon=str(folder / "lexicon.txt"),
            data_dir=str(folder / "espeak-ng-data"),
            vocoder=str(vocoder),
        )
    )
