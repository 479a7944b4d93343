"""Engines of sherpa-onnx: networks in ONNX files, run without torch.

The package's own words for a mistake go to stderr; what reaches its caller is an answer without samples, or, for a
missing file, the end of the process. So files are checked before it sees them.
"""

from __future__ import annotations

import os
from typing import Any

from studio.errors import EngineUnavailable
from studio.types import Language, Speech
from studio.voice.engines import Reference
from studio.voice.engines.cloning import as_speech, heard

MOST_THREADS = 4  # more gain nothing with networks of this size
_OLD = "This sherpa-onnx is too old for {}. Install a newer one with: pip install -U sherpa-onnx"


def opened(name: str, config: str, field: str, **files: str) -> Any:
    """A `sherpa_onnx.OfflineTts` with the files of one kind of model.

    Args:
        name: the engine, for errors.
        config: the class that takes the files, such as "OfflineTtsZipvoiceModelConfig".
        field: the name under which `OfflineTtsModelConfig` takes it, such as "zipvoice".

    Raises:
        EngineUnavailable: the package is too old, or the files are not what it needs.
    """
    import sherpa_onnx

    kind = getattr(sherpa_onnx, config, None)
    if kind is None or not hasattr(sherpa_onnx, "GenerationConfig"):
        raise EngineUnavailable(_OLD.format(name))
    try:
        model = sherpa_onnx.OfflineTtsModelConfig(
            **{field: kind(**files)}, num_threads=min(MOST_THREADS, os.cpu_count() or 1), debug=False, provider="cpu"
        )
    except TypeError as error:
        raise EngineUnavailable(_OLD.format(name)) from error
    whole = sherpa_onnx.OfflineTtsConfig(model=model, max_num_sentences=1)
    if not whole.validate():
        raise EngineUnavailable(f"sherpa-onnx does not accept the weights of {name}. Fetch them again.")
    return sherpa_onnx.OfflineTts(whole)


def speech(
    tts: Any,
    said: str,
    reference: Reference,
    *,
    steps: int,
    seed: int,
    speed: float,
    engine: str,
    text: str,
    language: Language,
    stretch: float = 1.0,
) -> Speech:
    """`said` in the voice of the reference.

    Args:
        steps: of the network that turns noise into speech.
        seed: of that noise, in versions of the package that take one.
        speed: how fast the network is to speak.
        text: as written; the times of its words are given.
        stretch: how much faster it is to become afterwards.

    Raises:
        AudioUnusable: nobody speaks in the reference.
        EngineUnavailable: it gave no speech.
    """
    import sherpa_onnx

    how = sherpa_onnx.GenerationConfig()
    how.reference_audio = heard(reference, tts.sample_rate)
    how.reference_sample_rate = tts.sample_rate
    how.reference_text = reference.transcript.strip()
    how.num_steps = steps
    how.speed = speed
    how.extra = {"seed": str(seed)}
    made = tts.generate(said, how)
    return as_speech(made.samples, made.sample_rate or tts.sample_rate, text, language, engine, stretch=stretch)
