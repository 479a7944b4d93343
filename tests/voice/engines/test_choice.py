"""Which engine is taken where there is somebody to imitate, and what is said of those that cannot be used."""

from __future__ import annotations

import importlib.machinery
import sys
import types
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from studio import engines as every
from studio.errors import AudioUnusable, EngineUnavailable
from studio.types import AudioClip
from studio.voice import engines
from studio.voice.engines import Reference

EN, BOTH = frozenset({"en"}), frozenset({"en", "zh"})


def clip(seconds: float) -> AudioClip:
    return AudioClip(np.zeros((1, round(8000 * seconds)), np.float32), 8000)


@pytest.mark.parametrize("seconds", [0.3, 2.9, 15.1, 60])
def test_a_recording_to_imitate_has_3_to_15_s(seconds: float) -> None:
    with pytest.raises(AudioUnusable, match=rf"has 3 to 15 s; this one has {seconds:.1f} s"):
        Reference(clip(seconds), "en")


def test_auto_clones_where_there_is_a_recording_with_its_words(
    sherpa_onnx: Any, weights_folder: Path, reference: Reference
) -> None:
    silent = replace(reference, transcript=" ")
    assert engines.choose("auto", BOTH, commercial=False, reference=reference).name == "zipvoice"
    assert engines.choose("auto", EN, commercial=False, reference=silent).name == "pocket"
    assert not engines.choose("auto", BOTH, commercial=False, reference=silent).clones
    assert not engines.choose("auto", EN, commercial=False).clones
    assert not engines.choose("auto", EN, commercial=True, reference=reference).clones


def test_an_engine_that_was_named_is_never_replaced(
    sherpa_onnx: Any, weights_folder: Path, reference: Reference
) -> None:
    for asked, why in (
        (("zipvoice", EN, False, None), "imitates a recording and was given none"),
        (("zipvoice", EN, False, replace(reference, transcript="")), "what is said in the recording"),
        (("pocket", BOTH, False, reference), "pocket does not speak zh"),
        (("pocket", EN, True, reference), "pocket may not be used commercially"),
        (("server", EN, False, None), "STUDIO_SPEECH_SERVER=http"),
        (("omnivoice", EN, False, reference), r"uv venv .*engines/omnivoice && uv pip install"),
    ):
        name, languages, commercial, given = asked
        with pytest.raises(EngineUnavailable, match=why):
            engines.choose(name, languages, commercial=commercial, reference=given)


def test_a_server_is_taken_only_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STUDIO_SPEECH_SERVER", "http://127.0.0.1:8000")
    assert engines.choose("server", BOTH, commercial=False).name == "server"
    monkeypatch.setattr(engines, "SPECS", (engines.find("server"),))
    with pytest.raises(EngineUnavailable):
        engines.choose("auto", BOTH, commercial=False)


def test_missing_packages_and_weights_say_how_they_get_here(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, reference: Reference
) -> None:
    monkeypatch.setenv("STUDIO_WEIGHTS_DIR", str(tmp_path))
    monkeypatch.delitem(sys.modules, "sherpa_onnx", raising=False)
    if importlib.machinery.PathFinder.find_spec("sherpa_onnx") is None:
        with pytest.raises(EngineUnavailable, match=r"sherpa_onnx.*keepsake-studio\[voices-sherpa\]"):
            engines.load("zipvoice")
    module = types.ModuleType("sherpa_onnx")
    module.__spec__ = importlib.machinery.ModuleSpec("sherpa_onnx", None)
    monkeypatch.setitem(sys.modules, "sherpa_onnx", module)
    with pytest.raises(EngineUnavailable, match="studio weights fetch zipvoice"):
        engines.load("zipvoice")


def test_the_list_of_engines_shows_them_and_what_auto_would_take(sherpa_onnx: Any, weights_folder: Path) -> None:
    states = {state.spec.name: state for state in every.statuses() if state.spec.stage == "voice"}
    assert {"zipvoice", "pocket", "voxcpm", "omnivoice", "server"} < states.keys()
    assert states["zipvoice"].usable and states["zipvoice"].auto and states["pocket"].usable
    assert not states["pocket"].auto, "zipvoice speaks English too, and better"
    assert not states["server"].usable and not states["server"].auto and "STUDIO_SPEECH_SERVER" in states["server"].why
    assert not states["omnivoice"].usable and "uv venv" in states["omnivoice"].why
    assert any(state.auto and not state.spec.clones for state in states.values())


def test_licences_that_nobody_is_sure_of_are_not_for_commercial_films() -> None:
    for spec in engines.SPECS:
        if "unclear" in spec.licence or "non-commercial" in spec.licence:
            assert not spec.commercial, spec.name
    assert [spec.name for spec in engines.SPECS if spec.clones and spec.commercial] == ["voxcpm"]
