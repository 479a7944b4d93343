"""`studio features`: figures for people and for programs, a page on demand, errors in one sentence."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import typer
from typer.testing import CliRunner, Result

from studio.app.features_commands import features
from studio.media.audio import write_wav
from studio.types import AudioClip

app = typer.Typer()
app.command()(features)


@app.command()
def other() -> None:
    """A command beside it, as the real program has."""


@pytest.fixture
def tape(tmp_path: Path) -> Path:
    """Two seconds of a vowel: 120 pulses a second through one resonance at 700 Hz."""
    rate = 16_000
    time = np.arange(2 * rate) / rate
    sound = sum(np.sin(2 * np.pi * 120 * k * time) / (1 + ((120 * k - 700) / 200) ** 2) for k in range(1, 40))
    path = tmp_path / "tape.wav"
    write_wav(path, AudioClip((0.2 * sound / np.abs(sound).max()).astype(np.float32)[None], rate))
    return path


def run(*args: str) -> Result:
    return CliRunner(env={"COLUMNS": "200"}).invoke(app, ["features", *args])


def test_figures_are_printed_and_a_page_is_drawn(tape: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.png"
    result = run(str(tape), "--picture", str(page), "--lang", "zh")
    assert result.exit_code == 0
    assert "120 Hz" in result.stdout
    assert str(page) in result.stdout
    assert page.stat().st_size > 20_000


def test_programs_get_one_record(tape: Path) -> None:
    done = json.loads(run(str(tape), "--json").stdout.splitlines()[-1])
    assert done["event"] == "done"
    assert done["f0_hz"]["median"] == pytest.approx(120, abs=1)
    assert done["picture"] is None


def test_errors_are_one_sentence(tmp_path: Path, tape: Path) -> None:
    missing = run(str(tmp_path / "none.wav"))
    assert missing.exit_code == 2
    assert "none.wav" in missing.stderr
    assert run(str(tape), "--picture", "page.jpg").exit_code == 2
