"""VoxCPM2 in a Python environment with a package in the shape of voxcpm; no real weights are run here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from studio import readiness
from studio.errors import EngineUnavailable
from studio.voice import engines
from studio.voice.engines import Reference, isolated

LINE = "She kept every letter."


@pytest.fixture
def engine(voxcpm: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setattr(readiness, "_has_gpu", lambda: True)
    engine = engines.load("voxcpm")
    yield engine
    engine._child.close()  # type: ignore[attr-defined]


def test_it_continues_a_recording_whose_words_are_known(engine: Any, voxcpm: Any, reference: Reference) -> None:
    speech = engine.speak(LINE, "en", seed=3, reference=reference)
    text, words, file, seed = voxcpm.calls[0]
    assert (text, words, seed) == (LINE, reference.transcript, 3)
    assert not Path(file).exists(), "the recording is not left behind"
    assert speech.audio.sample_rate == engine.sample_rate == 48_000
    assert speech.engine == "voxcpm" and [word.text for word in speech.words][-1] == "letter"
    faster = engine.speak(LINE, "en", seed=4, speed=1.25, reference=replace(reference, transcript=""))
    assert voxcpm.calls[1][1] is None and voxcpm.calls[1][3] == 4
    assert float(speech.audio.duration / faster.audio.duration) == pytest.approx(1.25, rel=1e-3)


def test_brackets_are_said_as_pauses_not_obeyed(engine: Any, voxcpm: Any, reference: Reference) -> None:
    engine.speak("(Quietly) She kept every letter.", "en", reference=reference)
    assert voxcpm.calls[0][0] == "Quietly, She kept every letter."


def test_what_the_package_dies_of_is_one_sentence_and_the_next_line_is_said(
    engine: Any, voxcpm: Any, reference: Reference
) -> None:
    with pytest.raises(
        EngineUnavailable,
        match=r"voxcpm cannot say this: RuntimeError: CUDA out of memory.*2 GiB\. Reword that line, or take another",
    ) as told:
        engine.speak("A memory.", "en", reference=reference)
    assert "\n" not in str(told.value)
    assert engine.speak(LINE, "en", reference=reference).words


def test_other_weights_and_a_torch_without_a_gpu_are_refused(
    engine: Any, voxcpm: Any, weights_folder: Path, reference: Reference
) -> None:
    voxcpm.gpu(False)
    with pytest.raises(EngineUnavailable, match="cannot be loaded: RuntimeError: the torch of its environment"):
        engine.speak(LINE, "en", reference=reference)
    voxcpm.gpu(True)
    (weights_folder / "VoxCPM2" / "config.json").write_text('{"architecture": "bert"}')
    with pytest.raises(EngineUnavailable, match=r"cannot be loaded: ValueError: Unsupported architecture: bert\. Inst"):
        engine.speak(LINE, "en", reference=reference)
    (weights_folder / "VoxCPM2" / "audiovae.safetensors").unlink()
    with pytest.raises(EngineUnavailable, match=r"lacks audiovae\.safetensors \(or audiovae\.pth\).*openbmb/VoxCPM2"):
        engines.load("voxcpm")


def test_what_is_to_be_made_is_named_where_there_is_a_gpu(
    weights_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readiness, "_has_gpu", lambda: False)
    with pytest.raises(EngineUnavailable, match="voxcpm needs a GPU"):
        engines.load("voxcpm")
    monkeypatch.setattr(readiness, "_has_gpu", lambda: True)
    folder = isolated.environment("voxcpm")
    made = rf"uv venv --python 3\.\d+ {folder} && uv pip install --python {folder} voxcpm=="
    with pytest.raises(EngineUnavailable, match=made):
        engines.load("voxcpm")
