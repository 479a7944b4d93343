"""Pocket-TTS through sherpa-onnx: English in the voice of a few seconds of anything.

Kyutai 2026; Rouard et al., "Continuous Audio Language Models" (arXiv:2509.06926): 100 million parameters that draw one
latent of speech after the other, several times faster than real time on two cores. The network takes no pace, so its
speech is made faster or slower afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from studio import weights
from studio.types import Language, Speech
from studio.voice.engines import Reference, sherpa
from studio.voice.engines.cloning import wanted, written

STEPS = 5  # of the published example


class Pocket:
    """The `SpeechEngine` pocket; see studio/voice/engines/__init__.py."""

    name = "pocket"

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
        """See `SpeechEngine.speak`."""
        imitated = wanted(reference, self.name)
        said = written(text, language, lexicon, self.name)
        return sherpa.speech(
            self._tts,
            said,
            imitated,
            steps=STEPS,
            seed=seed,
            speed=1.0,
            engine=self.name,
            text=text,
            language=language,
            stretch=speed,
        )


def create() -> Pocket:
    """The engine.

    Raises:
        EngineUnavailable: its weights are not here, or sherpa-onnx does not accept them.
    """
    folder = weights.path("pocket")
    return Pocket(
        sherpa.opened(
            "pocket",
            "OfflineTtsPocketModelConfig",
            "pocket",
            lm_flow=str(folder / "lm_flow.int8.onnx"),
            lm_main=str(folder / "lm_main.int8.onnx"),
            encoder=str(folder / "encoder.onnx"),
            decoder=str(folder / "decoder.int8.onnx"),
            text_conditioner=str(folder / "text_conditioner.onnx"),
            vocab_json=str(folder / "vocab.json"),
            token_scores_json=str(folder / "token_scores.json"),
        )
    )
