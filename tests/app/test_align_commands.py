"""`studio align`: what it writes, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from studio.app.align_commands import align
from studio.media.audio import read_audio, write_wav
from studio.voice import engines

TEXT = "The kitchen smelled of fresh bread. Every summer we walked along the river until dark."


@pytest.fixture(scope="module")
def tape(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tape") / "tape.wav"
    write_wav(path, engines.load("espeak").speak(TEXT, "en", base="f2").audio)
    return path


def run(*args: str) -> Result:
    app = typer.Typer()
    app.command("align")(align)
    app.command("other")(lambda: None)
    return CliRunner(env={"COLUMNS": "200"}).invoke(app, ["align", *args])


def test_words_are_written_as_json(tape: Path, tmp_path: Path) -> None:
    out = tmp_path / "words.json"
    done = run(str(tape), "--text", TEXT, "--out", str(out), "--json")
    assert done.exit_code == 0, done.output
    record = json.loads(out.read_text(encoding="utf-8"))
    assert [word["text"] for word in record["words"]][:3] == ["The", "kitchen", "smelled"]
    assert all(word["start"] < word["end"] for word in record["words"] if word["heard"])
    assert record["duration"] == pytest.approx(float(read_audio(tape).duration), abs=1e-3)
    last = json.loads(done.stdout.splitlines()[-1])
    assert (last["event"], last["words"]) == ("done", len(record["words"]))


def test_captions_and_textgrids_are_written(tape: Path, tmp_path: Path) -> None:
    captions, grid = tmp_path / "words.srt", tmp_path / "words.TextGrid"
    assert run(str(tape), "--text", TEXT, "--out", str(captions)).exit_code == 0
    assert "The kitchen smelled of fresh bread." in captions.read_text(encoding="utf-8")
    assert "-->" in captions.read_text(encoding="utf-8")
    assert run(str(tape), "--text", TEXT, "--out", str(grid)).exit_code == 0
    assert '"kitchen' in grid.read_text(encoding="utf-8")


def test_what_cannot_be_done_is_said_and_nothing_is_written(tape: Path, tmp_path: Path) -> None:
    out = tmp_path / "words.docx"
    assert run(str(tape), "--text", TEXT, "--out", str(out)).exit_code == 2
    assert run(str(tape), "--out", str(tmp_path / "words.srt")).exit_code == 2
    missing = run(str(tmp_path / "none.wav"), "--text", TEXT, "--out", str(tmp_path / "words.srt"))
    assert missing.exit_code == 2
    assert list(tmp_path.iterdir()) == []
