"""The command line: what it prints where, and with which exit code."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import types
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import typer
from typer.testing import CliRunner, Result

import studio
from studio.app import cli, console, options
from studio.errors import Cancelled, FaceNotFound
from studio.types import AudioClip, EngineSpec, Feeling, Manner, Progress, Render, Speech

ROOT = Path(studio.__file__).resolve().parents[1]
HEAVY = ("numpy", "torch", "gradio", "mediapipe", "cv2", "scipy", "huey", "pydantic", "rich.progress")


@pytest.fixture
def pipeline(monkeypatch: pytest.MonkeyPatch) -> types.ModuleType:
    """A pipeline that remembers how it was called."""
    fake = types.ModuleType("studio.pipeline")
    fake.calls = []

    def render(production, output=None, **how):
        fake.calls.append((production, output, how))
        print("a library that prints")  # noqa: T201
        how["on_progress"](Progress("speak", "line 1 [of 2]", 0.25, 12.34))
        how["on_progress"](Progress("animate", "scene 1", 0.75, 3.0, cached=True))
        folder = output or Path("film")
        return Render(folder / "f.mp4", (folder / "f.srt",), folder / "recipe.json", Fraction(65), "ab" * 32)

    fake.render = render
    fake.demo = lambda output, **how: render(Path("demo.yaml"), output, **how)
    monkeypatch.setitem(sys.modules, "studio.pipeline", fake)
    monkeypatch.setattr(studio, "pipeline", fake, raising=False)
    return fake


def run(*args: str) -> Result:
    return CliRunner().invoke(cli.app, list(args))


def studio_process(*args: str, **how) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "studio", *args],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "100"},
        timeout=60,
        **how,
    )


def test_help_imports_nothing_heavy():
    code = f"import sys, studio.app.cli; print([m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.stdout.strip() == "[]"


def test_help_is_instant():
    def seconds(*argv: str) -> float:
        since = time.perf_counter()
        subprocess.run(
            [sys.executable, *argv], capture_output=True, check=True, env={**os.environ, "PYTHONPATH": str(ROOT)}
        )
        return time.perf_counter() - since

    # Against a bare interpreter with typer and its help printer: what we add on top is ours. A busy machine slows both.
    bare = min(seconds("-c", "import typer, rich.markdown, rich.table, rich.panel") for _ in range(3))
    ours = min(seconds("-m", "studio", "--help") for _ in range(3))
    assert ours < bare * 2 + 0.2


def test_every_command_explains_itself():
    help_text = run("--help").stdout
    for command in cli.app.registered_commands:
        name = command.name or command.callback.__name__
        assert name in help_text
        page = run(name, "--help")
        assert page.exit_code == 0
        assert len(page.stdout.split()) > 8


def test_render_reports_events_and_nothing_else_on_stdout(pipeline, tmp_path):
    result = run("render", str(tmp_path / "production.yaml"), "--draft", "--output", str(tmp_path), "--json")
    assert result.exit_code == 0
    events = [json.loads(line) for line in result.stdout.splitlines()]
    assert [event["event"] for event in events] == ["start", "progress", "progress", "done"]
    assert events[1] == {
        "event": "progress", "stage": "speak", "detail": "line 1 [of 2]", "done": 0.25, "remaining_s": 12.3,
        "cached": False,
    }  # fmt: skip
    assert events[3]["path"] == str(tmp_path / "f.mp4")
    assert events[3]["duration_s"] == 65.0
    assert "a library that prints" in result.stderr
    assert pipeline.calls[0][2]["draft"] is True


def test_render_tells_people_where_the_film_is(pipeline, tmp_path):
    result = run("render", "production.yaml", "--output", str(tmp_path))
    assert result.exit_code == 0
    assert f"{tmp_path / 'f.mp4'} (1:05)" in result.stdout
    assert str(tmp_path / "recipe.json") in result.stdout
    assert "speak" in result.stderr


def test_demo_passes_its_folder_on(pipeline):
    assert run("demo", "--output", "somewhere").exit_code == 0
    assert pipeline.calls[0][1] == Path("somewhere")


def test_what_the_user_can_mend_is_one_sentence(pipeline):
    def render(*args, **how):
        raise FaceNotFound("No face in cat.png. Use a photo of a person.")

    pipeline.render = render
    result = run("render", "production.yaml")
    assert result.exit_code == 2
    assert result.stderr == "No face in cat.png. Use a photo of a person.\n"
    assert result.stdout == ""


def test_an_error_is_an_event_too(pipeline):
    def render(*args, **how):
        raise FaceNotFound("No face.")

    pipeline.render = render
    result = run("render", "production.yaml", "--json")
    assert result.exit_code == 2
    assert json.loads(result.stdout.splitlines()[-1]) == {
        "event": "error", "error": "FaceNotFound", "message": "No face.", "exit_code": 2
    }  # fmt: skip


def test_a_bug_keeps_its_traceback(pipeline):
    def render(*args, **how):
        raise ValueError("shapes differ")

    pipeline.render = render
    result = run("render", "production.yaml", "--json")
    assert isinstance(result.exception, ValueError)
    assert json.loads(result.stdout.splitlines()[-1])["error"] == "ValueError"


def test_ctrl_c_asks_the_work_to_stop(pipeline):
    before = signal.getsignal(signal.SIGINT)

    def render(*args, **how):
        assert not how["cancel"].is_set()
        signal.raise_signal(signal.SIGINT)
        assert how["cancel"].is_set()
        raise Cancelled("Stopped.")

    pipeline.render = render
    result = run("render", "production.yaml")
    assert result.exit_code == 130
    assert "goes on from here" in result.stderr
    assert signal.getsignal(signal.SIGINT) == before


def test_a_second_ctrl_c_stops_at_once(pipeline):
    def render(*args, **how):
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
        raise AssertionError("the second Ctrl-C was not heard")

    pipeline.render = render
    assert run("render", "production.yaml").exit_code == 130


@pytest.mark.parametrize(
    ("typed", "meant"), [("", None), ("2", 2), (" 1 ", 1), ("310,220", (310.0, 220.0)), ("3.5, 4", (3.5, 4.0))]
)
def test_faces_are_numbers_or_points(typed, meant):
    assert options.parse_face(typed) == meant


@pytest.mark.parametrize("typed", ["0", "-1", "left", "1,2,3", "1,"])
def test_anything_else_is_no_face(typed):
    with pytest.raises(typer.BadParameter):
        options.parse_face(typed)


def test_speak_takes_its_words_from_one_place(pipeline, tmp_path):
    words = tmp_path / "words.txt"
    words.write_text("\ufeff你好。", encoding="utf-8")

    def speak(text, out, **how):
        pipeline.calls.append((text, out, how))
        clip = AudioClip(np.zeros((1, 48000), np.float32), 48000)
        return Speech(clip, text, how["language"], (), (), "espeak", synthetic=True)

    pipeline.speak = speak
    assert (
        run(
            "speak", "out.wav", "--text-file", str(words), "--lang", "zh", "--voice", "a.wav", "--voice", "b.wav"
        ).exit_code
        == 0
    )
    text, out, how = pipeline.calls[0]
    assert (text, out, how["voice"], how["language"]) == (
        "你好。",
        Path("out.wav"),
        [Path("a.wav"), Path("b.wav")],
        "zh",
    )
    assert run("speak", "out.wav").exit_code == 2
    assert run("speak", "out.wav", "--text", "a", "--text-file", str(words)).exit_code == 2
    missing = run("speak", "out.wav", "--text-file", str(tmp_path / "none.txt"))
    assert missing.exit_code == 2
    assert "none.txt" in missing.stderr


def test_animate_passes_everything_on(pipeline):
    def animate(photo, audio, out, **how):
        pipeline.calls.append((photo, audio, out, how))
        return out

    pipeline.animate = animate
    result = run(
        "animate", "o.mp4", "--photo", "p.jpg", "--audio", "a.wav", "--face", "10,20", "--amount", "0.5", "--json",
        "--emotion", "温暖", "--intensity", "0.4", "--smile", "0.2", "--gaze", "0.7", "--listeners", "--view", "v.jpg",
        "--lipsync", "none", "--refine", "own", "--mouth", "m.safetensors",
    )  # fmt: skip
    assert result.exit_code == 0
    photo, audio, out, how = pipeline.calls[0]
    assert (photo, audio, out, how["face"], how["manner"]) == (
        Path("p.jpg"),
        Path("a.wav"),
        Path("o.mp4"),
        (10.0, 20.0),
        Manner(0.5, 0.2, 0.7, (Feeling(Fraction(0), "warm", 0.4),)),
    )
    assert (how["listeners"], how["views"], how["mouth"]) == (True, [Path("v.jpg")], Path("m.safetensors"))
    assert (how["lipsync"], how["refine"]) == ("none", "own")
    assert json.loads(result.stdout.splitlines()[-1]) == {"event": "done", "path": "o.mp4"}


def test_new_makes_a_production_that_loads(hopper, tmp_path):
    from studio.production import Production

    result = run(
        "new",
        "tribute",
        "--name",
        "Grace [H]",
        "--photo",
        str(hopper),
        "--words",
        "Hello.",
        "--out",
        str(tmp_path / "g"),
    )
    assert result.exit_code == 0, result.stderr
    production = Production.load(tmp_path / "g" / "production.yaml")
    assert [person.name for person in production.people.values()] == ["Grace [H]"]
    again = run("new", "tribute", "--name", "Grace", "--photo", str(hopper), "--out", str(tmp_path / "g"))
    assert again.exit_code == 2
    assert "there already" in again.stderr


def test_templates_in_both_languages():
    english, chinese = (json.loads(run("templates", "--lang", lang, "--json").stdout) for lang in ("en", "zh"))
    assert [entry["name"] for entry in english] == [entry["name"] for entry in chinese]
    assert "tribute-classic" in [entry["name"] for entry in english]
    assert all(any("\u4e00" <= letter <= "\u9fff" for letter in entry["about"]) for entry in chinese)


def test_engines_say_why_not(pipeline):
    spec = EngineSpec(name="loud", stage="voice", licence="MIT [x]", commercial=True, about="A voice.")
    pipeline.engines = lambda: (
        types.SimpleNamespace(spec=spec, usable=False, why="Its weights are not here.", auto=False),
    )
    (entry,) = json.loads(run("engines", "--json").stdout)
    assert (entry["name"], entry["usable"], entry["why"]) == ("loud", False, "Its weights are not here.")
    assert "loud" in run("engines").stdout


def test_schema_is_a_json_schema():
    schema = json.loads(run("schema").stdout)
    assert schema["type"] == "object"
    assert "scenes" in schema["properties"]


def test_remaining_is_said_as_people_say_it():
    assert [console.remaining(seconds) for seconds in (None, 0.2, 40, 89.6, 200)] == [
        "", "about 1 s left", "about 40 s left", "about 90 s left", "about 3 min left"
    ]  # fmt: skip


def test_a_missing_production_ends_with_2_and_no_traceback(tmp_path):
    done = studio_process("render", "nowhere.yaml", "--json", cwd=tmp_path)
    assert done.returncode == 2
    assert json.loads(done.stdout.splitlines()[-1])["event"] == "error"
    assert "Traceback" not in done.stderr
    plain = studio_process("render", "nowhere.yaml", cwd=tmp_path)
    assert plain.returncode == 2
    assert "nowhere.yaml" in plain.stderr
    assert plain.stdout == ""
    assert list(tmp_path.iterdir()) == []


def test_a_feeling_no_face_shows_is_refused_with_those_it_shows(pipeline):
    result = run("animate", "o.mp4", "--photo", "p.jpg", "--audio", "a.wav", "--emotion", "angry")
    assert result.exit_code == 2
    assert "solemn (庄重)" in " ".join(result.stderr.split())
    assert pipeline.calls == []


def test_render_makes_more_of_a_film_where_it_is_asked_to(pipeline, tmp_path):
    file = tmp_path / "production.yaml"
    file.write_text("schema: studio/1\ntitle: A\nscenes: [{id: dark, kind: silence}]\noutputs: {also: [m4a]}\n")
    assert run("render", str(file), "--also", "vertical, poster").exit_code == 0
    assert pipeline.calls[0][0].outputs.also == ["m4a", "vertical", "poster"]
    refused = run("render", str(file), "--also", "postr")
    assert refused.exit_code == 2 and "Was poster meant?" in " ".join(refused.stderr.split())


def test_render_takes_other_engines_than_the_production_names(pipeline, tmp_path):
    file = tmp_path / "production.yaml"
    file.write_text("schema: studio/1\ntitle: A\nscenes: [{id: dark, kind: silence}]\nengines: {voice: espeak}\n")
    assert run("render", str(file), "--lipsync", "none").exit_code == 0
    engines = pipeline.calls[0][0].engines
    assert (engines.voice, engines.lipsync, engines.refine) == ("espeak", "none", "none")
    assert pipeline.calls[0][0].resolve(Path("a.jpg")) == tmp_path / "a.jpg"
