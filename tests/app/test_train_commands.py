"""`studio train`: what it prints, that errors are one sentence with an exit code, and that help loads nothing heavy."""

from __future__ import annotations

import json
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
import typer
from typer.testing import CliRunner, Result

import studio
from studio.app.train_commands import How, train_app
from studio.media.audio import write_wav
from studio.media.image import read_image
from studio.media.video import write_video
from studio.types import AudioClip, FrameSource

ROOT = Path(studio.__file__).resolve().parents[1]
TRAININGS = ("motion", "expert", "mouth", "refiner", "person")
app = typer.Typer()
app.add_typer(train_app)


@app.command()
def other() -> None:
    """A command beside it, as the real program has."""


def run(*args: object) -> Result:
    return CliRunner(env={"COLUMNS": "200"}).invoke(app, ["train", *map(str, args)])


@pytest.fixture
def film(tmp_path: Path, hopper: Path) -> Path:
    """A second of one face."""
    photo = cv2.resize(read_image(hopper)[20:380, 60:420], (192, 192), interpolation=cv2.INTER_AREA)
    path = tmp_path / "grace" / "film.mp4"
    path.parent.mkdir()
    write_video(path, FrameSource(lambda: iter([photo] * 26), 26, Fraction(25), (192, 192)))
    return path


@pytest.fixture
def recordings(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    folder = tmp_path / "recordings"
    for number in range(3):
        wav = folder / f"me_{number}.wav"
        write_wav(wav, AudioClip(rng.normal(0, 0.1, (1, 40_000)).astype(np.float32), 16_000))
        wav.with_suffix(".phones").write_text("0.0 1.0 a\n1.0 2.5\n")
    return folder


def test_preparing_shows_what_every_video_gave(film: Path, tmp_path: Path) -> None:
    (film.parent / "notes.mp4").write_text("no film")
    result = run("prepare", film.parent, "--output", tmp_path / "corpus", "--person", "外婆")
    assert result.exit_code == 0, result.stderr
    text = " ".join(result.stdout.split())
    assert f"Corpus {tmp_path / 'corpus'} Videos 1 of 2 Clips 1, 0:01 min, 0:00 min with sound that fits" in text
    assert "film.mp4 外婆 1 0:01 0:00 no sound 1.0 s" in text
    assert "notes.mp4 外婆 0 0:00 0:00" in text and "cannot be read" in text
    events = [
        json.loads(line) for line in run("prepare", film, "--output", tmp_path / "corpus", "--json").stdout.splitlines()
    ]
    assert events[-1]["event"] == "done" and events[-1]["clips"] == 1
    assert events[-1]["videos"][0]["person"] == "grace" and events[-1]["videos"][0]["left_out"] == {}


def test_training_says_what_it_reached_and_goes_on_when_given_more(recordings: Path, tmp_path: Path) -> None:
    output = tmp_path / "ear.safetensors"
    result = run("motion", recordings, "--output", output, "--steps", 2, "--device", "cpu", "--causal")
    assert result.exit_code == 0, result.stderr
    assert result.stdout.splitlines()[0] == f"Weights   {output}" and result.stdout.splitlines()[1].startswith("me % ")
    again = run("motion", recordings, "--output", output, "--steps", 2, "--device", "cpu", "--causal")
    assert again.exit_code == 2 and "finished" in again.stderr and "--fresh" in again.stderr
    more = run("motion", recordings, "--output", output, "--steps", 3, "--device", "cpu", "--causal", "--json")
    done = json.loads(more.stdout.splitlines()[-1])
    assert more.exit_code == 0 and done["path"] == str(output) and set(done["figures"]) == {"me %"}
    rows = [json.loads(line)["step"] for line in (tmp_path / "ear.run/figures.jsonl").read_text().splitlines()]
    assert rows == [2, 3]


@pytest.mark.parametrize("name", TRAININGS)
def test_every_training_has_the_same_options(name: str) -> None:
    result = run(name, "--help")
    assert result.exit_code == 0
    for option in (
        "--output",
        *(f"--{name.replace('_', '-').removeprefix('as-')}" for name in How.__dataclass_fields__),
    ):
        assert option in result.stdout, option


@pytest.mark.parametrize("name", ["expert", "mouth", "person"])
def test_without_clips_there_is_nothing_to_train_on(name: str, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    result = run(name, tmp_path / "empty", "--output", tmp_path / "w.safetensors")
    assert result.exit_code == 2 and "Traceback" not in result.stderr
    assert "studio train prepare" in result.stderr or "There is no video" in result.stderr
    assert not (tmp_path / "w.safetensors").exists()


def test_mistakes_are_one_sentence(recordings: Path, tmp_path: Path) -> None:
    for args, said in (
        (("prepare", tmp_path / "none.mp4", "--output", tmp_path / "c"), "does not exist"),
        (("motion", tmp_path, "--output", tmp_path / "w.safetensors"), "name.phones"),
        (("motion", recordings, "--output", tmp_path / "w.safetensors", "--corpus", tmp_path), "holds no clips"),
        (("shapes", tmp_path / "none", "--output", tmp_path / "w.safetensors"), "for a second"),
    ):
        result = run(*args)
        assert (result.exit_code, result.stdout) == (2, ""), result.stdout
        assert said in result.stderr and result.stderr.count("\n") == 1


def test_shapes_are_learned_from_a_corpus_too(film: Path, tmp_path: Path) -> None:
    run("prepare", film, "--output", tmp_path / "corpus")
    result = run("shapes", tmp_path / "corpus", "--output", tmp_path / "shapes.safetensors")
    assert result.exit_code == 2 and "from the front for a second: 1." in result.stderr  # found there, but one is few


def test_asking_for_help_loads_nothing_heavy() -> None:
    heavy = ["numpy", "torch", "cv2", "pydantic", "rich.progress", "studio.train"]
    code = f"import sys, studio.app.train_commands; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"
