"""An engine in its own process: what it is asked, what it answers, how long it may take, and how it dies."""

from __future__ import annotations

import os
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from studio.errors import EngineUnavailable
from studio.voice.engines import Reference, isolated, omnivoice
from studio.voice.engines.isolated import Isolated

ENGINE = """
    import sys, time, os
    def load(folder):
        print("loading", folder)
        if "broken" in folder:
            raise ImportError("libcudart.so.12: cannot open shared object file")
        def speak(request):
            text = request["text"]
            print("this library talks a lot")
            if text == "die":
                print("Segmentation fault (core dumped)", file=sys.stderr, flush=True)
                os._exit(139)
            if text == "sleep":
                time.sleep(60)
            if text == "refuse":
                raise ValueError("text is too long\\nfor me")
            if text == "environment":
                return len(os.environ.get("PYTHONPATH", "")) + 1, [float(os.environ["HF_HUB_OFFLINE"])]
            return 16000, [0.25, -0.5, len(text) / 100, request["seed"] / 100]
        return speak
"""


@pytest.fixture
def child(tmp_path: Path) -> Iterator[Callable[..., Isolated]]:
    made: list[Isolated] = []

    def start(code: str = ENGINE, folder: str = "weights", python: str = sys.executable) -> Isolated:
        file = tmp_path / "engine.py"
        file.write_text(textwrap.dedent(code))
        made.append(Isolated("omnivoice", Path(python), file, tmp_path / folder))
        return made[-1]

    yield start
    for one in made:
        one.close()


def request(text: str) -> dict[str, object]:
    return {"text": text, "language": "en", "speed": 1.0, "seed": 5, "reference": "/r.wav", "transcript": "Hello."}


def test_samples_travel_whatever_is_printed(child: Callable[..., Isolated]) -> None:
    engine = child()
    rate, samples = engine.ask(request("在吗？"))
    assert rate == 16_000 and samples.dtype == np.float32
    assert samples == pytest.approx([0.25, -0.5, 0.03, 0.05])
    process = engine._process
    engine.ask(request("again"))
    assert engine._process is process, "it is loaded once"


def test_nothing_of_this_environment_reaches_the_child(
    child: Callable[..., Isolated], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", "/studio")
    assert child().ask(request("environment")) == (1, pytest.approx([1.0]))


def test_a_refusal_leaves_it_alive(child: Callable[..., Isolated]) -> None:
    engine = child()
    with pytest.raises(EngineUnavailable, match=r"omnivoice cannot say this: ValueError: text is too long\. Reword"):
        engine.ask(request("refuse"))
    assert engine.ask(request("hi"))[0] == 16_000


def test_its_death_is_one_clear_sentence_and_the_next_line_starts_it_again(child: Callable[..., Isolated]) -> None:
    engine = child()
    with pytest.raises(EngineUnavailable, match=r"stopped \(exit code 139; its last words: Segmentation fault") as told:
        engine.ask(request("die"))
    assert "\n" not in str(told.value)
    assert engine.ask(request("hi"))[0] == 16_000


def test_an_engine_that_hangs_is_stopped(child: Callable[..., Isolated]) -> None:
    engine = child()
    engine.ask(request("hi"))
    engine.answer_timeout_s = 0.3
    began = time.monotonic()
    with pytest.raises(EngineUnavailable, match=r"gave no answer for 0\.3 s and was stopped"):
        engine.ask(request("sleep"))
    assert time.monotonic() - began < 10


def test_what_cannot_be_loaded_says_why(child: Callable[..., Isolated], tmp_path: Path) -> None:
    with pytest.raises(EngineUnavailable, match=r"cannot be loaded: ImportError: libcudart\.so\.12"):
        child(folder="broken").ask(request("hi"))
    with pytest.raises(EngineUnavailable, match="cannot be loaded: SyntaxError"):
        child(code="def load(").ask(request("hi"))
    with pytest.raises(EngineUnavailable, match=r"omnivoice cannot be started \(.*none: No such file"):
        child(python=str(tmp_path / "none")).ask(request("hi"))


@pytest.mark.parametrize("said", ["hello", "[1]", ""])
def test_a_program_that_speaks_no_protocol_is_stopped(
    child: Callable[..., Isolated], tmp_path: Path, said: str
) -> None:
    if os.name == "nt":
        pytest.skip("a shell script")
    script = tmp_path / "python"
    script.write_text(f"#!/bin/sh\necho '{said}'\n")
    script.chmod(0o755)
    with pytest.raises(EngineUnavailable, match=r"omnivoice (stopped|answered with something else than JSON)"):
        child(python=str(script)).ask(request("hi"))


def test_it_ends_with_its_parent(child: Callable[..., Isolated]) -> None:
    engine = child()
    engine.ask(request("hi"))
    process = engine._process
    assert process is not None
    engine.close()
    assert process.poll() == 0


def test_omnivoice_speaks_through_it(
    child: Callable[..., Isolated], reference: Reference, spoken_line: np.ndarray, tmp_path: Path
) -> None:
    np.save(tmp_path / "line.npy", spoken_line)
    code = f"""
        import array, json, wave
        def load(folder):
            data = open({str(tmp_path / "line.npy")!r}, "rb").read()
            said = array.array("f", data[-4 * {len(spoken_line)}:])
            def speak(request):
                assert open(request["reference"], "rb").read(4) == b"RIFF"
                open({str(tmp_path / "asked.json")!r}, "w").write(json.dumps(request))
                return 24000, said
            return speak
    """
    engine = omnivoice.OmniVoice(child(code))
    speech = engine.speak("She kept every letter.", "en", speed=0.9, seed=2, reference=reference)
    assert [word.text for word in speech.words] == ["She", "kept", "every", "letter"]
    assert speech.engine == "omnivoice" and speech.synthetic
    import json

    asked = json.loads((tmp_path / "asked.json").read_text())
    assert asked["speed"] == 0.9 and asked["seed"] == 2 and asked["transcript"] == reference.transcript
    assert not Path(asked["reference"]).exists(), "the recording is not left behind"


def test_the_environment_to_make_is_named(weights_folder: Path) -> None:
    assert "uv pip install --python" in isolated.lacking("omnivoice")
    with pytest.raises(EngineUnavailable, match="uv venv"):
        omnivoice.create()
    python = isolated.interpreter("omnivoice")
    python.parent.mkdir(parents=True)
    python.write_text("")
    assert not isolated.lacking("omnivoice")
    assert omnivoice.create().name == "omnivoice"
