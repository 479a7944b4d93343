"""ZipVoice and Pocket-TTS against a module in the shape of sherpa-onnx; no real weights are run here."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from studio.errors import EngineUnavailable
from studio.voice import engines
from studio.voice.engines import Reference

LINE = "She kept every letter."


def test_zipvoice_hears_the_reference_and_its_words(
    sherpa_onnx: Any, weights_folder: Path, reference: Reference
) -> None:
    engine = engines.load("zipvoice")
    assert engine.sample_rate == 24_000
    speech = engine.speak(LINE, "en", speed=1.25, seed=7, reference=reference)
    text, how = sherpa_onnx.calls[0]
    assert text == LINE and how.reference_text == reference.transcript
    assert how.speed == 1.25 and how.num_steps == 8 and how.extra == {"seed": "7"}
    assert how.reference_sample_rate == 24_000 and 3 < len(how.reference_audio) / 24_000 < 15
    assert [word.text for word in speech.words] == ["She", "kept", "every", "letter"]
    assert speech.engine == "zipvoice" and speech.synthetic


def test_zipvoice_is_given_the_files_of_its_folder(sherpa_onnx: Any, weights_folder: Path) -> None:
    engine: Any = engines.load("zipvoice")
    files = engine._tts.config.model.zipvoice
    folder = weights_folder / "zipvoice-distill-int8"
    assert files.encoder == str(folder / "encoder.int8.onnx") and files.decoder == str(folder / "decoder.int8.onnx")
    assert files.data_dir == str(folder / "espeak-ng-data") and files.vocoder == str(
        weights_folder / "vocos_24khz.onnx"
    )


def test_pocket_needs_no_words_and_is_made_faster_afterwards(
    sherpa_onnx: Any, weights_folder: Path, reference: Reference
) -> None:
    engine = engines.load("pocket")
    silent = replace(reference, transcript="")
    slow = engine.speak(LINE, "en", reference=silent)
    fast = engine.speak(LINE, "en", speed=1.5, reference=silent)
    assert all(how.speed == 1.0 and how.reference_text == "" for _, how in sherpa_onnx.calls)
    assert float(fast.audio.duration) == pytest.approx(float(slow.audio.duration) / 1.5, rel=0.01)


@pytest.mark.parametrize("name", ["zipvoice", "pocket"])
def test_without_a_reference_nothing_is_said(sherpa_onnx: Any, weights_folder: Path, name: str) -> None:
    with pytest.raises(EngineUnavailable, match=f"{name} imitates a recording and was given none"):
        engines.load(name).speak(LINE, "en")
    assert not sherpa_onnx.calls


def test_an_empty_answer_is_an_error_not_a_silence(
    sherpa_onnx: Any, weights_folder: Path, reference: Reference
) -> None:
    sherpa_onnx.samples = []
    with pytest.raises(EngineUnavailable, match='zipvoice answered with nothing for "She kept'):
        engines.load("zipvoice").speak(LINE, "en", reference=reference)
    sherpa_onnx.samples = np.zeros(24_000).tolist()
    with pytest.raises(EngineUnavailable, match="answered with silence"):
        engines.load("zipvoice").speak(LINE, "en", reference=reference)


def test_weights_that_the_package_does_not_accept_are_named(sherpa_onnx: Any, weights_folder: Path) -> None:
    sherpa_onnx.valid = False
    with pytest.raises(EngineUnavailable, match="does not accept the weights of pocket"):
        engines.load("pocket")


def test_an_old_package_says_what_to_do(
    sherpa_onnx: Any, weights_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(sys.modules["sherpa_onnx"], "GenerationConfig")
    with pytest.raises(EngineUnavailable, match=r"too old for zipvoice.*pip install -U sherpa-onnx"):
        engines.load("zipvoice")


def test_missing_and_wrong_files_are_found_before_the_package_sees_them(sherpa_onnx: Any, weights_folder: Path) -> None:
    (weights_folder / "zipvoice-distill-int8" / "lexicon.txt").unlink()
    with pytest.raises(EngineUnavailable, match=r"lacks lexicon\.txt.*By hand: download https://github"):
        engines.load("zipvoice")
    (weights_folder / "pocket-tts-int8" / "lm_main.int8.onnx").write_bytes(b"<!DOCTYPE html><html>Sign in</html>")
    with pytest.raises(EngineUnavailable, match=r"lm_main\.int8\.onnx is not the weights pocket: it is a web page"):
        engines.load("pocket")
