"""`studio gather` from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from studio.app.cli import app
from studio.production import Production

runner = CliRunner()


@pytest.fixture(scope="module")
def folder(hopper: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("photos")
    Image.open(hopper).save(folder / "1984 海边 🌊.jpg")
    random = np.random.default_rng(4)
    rough = random.integers(0, 255, (24, 32, 3)).astype(np.uint8)
    Image.fromarray(rough).resize((960, 720), Image.Resampling.NEAREST).save(folder / "blocks.png")
    (folder / "empty.jpg").touch()
    return folder


def test_programs_are_told_what_happens(folder: Path, tmp_path: Path) -> None:
    argv = ["gather", str(folder), "--name", "Grace Hopper", "--out", str(tmp_path / "film"), "--json"]
    done = runner.invoke(app, argv)
    assert done.exit_code == 0, done.output
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert [events[0]["event"], events[-1]["event"]] == ["start", "done"]
    last = events[-1]
    assert last["counts"]["photos"] == 2
    assert last["counts"]["chosen"] == 2
    assert [Path(one["file"]).name for one in last["skipped"]] == ["empty.jpg"]
    assert {one["stage"] for one in events if one["event"] == "progress"} >= {"read", "look", "choose", "write", "show"}
    assert all(Path(last[key]).is_file() for key in ("path", "sheet", "faces", "report", "summary"))
    assert Production.load(Path(last["path"])).title == "Grace Hopper"
    again = runner.invoke(app, argv[:-1])
    assert again.exit_code == 0, again.output
    assert "studio render" in again.output


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["--template", "nonsense"], "nonsense"),
        (["--template", "film-draft"], "no place for an album"),
        (["--person", "3"], "no person 3"),
    ],
)
def test_what_cannot_be_is_one_sentence_and_code_2(folder: Path, tmp_path: Path, argv: list[str], said: str) -> None:
    done = runner.invoke(app, ["gather", str(folder), "--name", "Grace", "--out", str(tmp_path / "film"), *argv])
    assert done.exit_code == 2
    assert said in done.output
    assert not (tmp_path / "film" / "production.yaml").exists()


def test_an_empty_folder_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    done = runner.invoke(app, ["gather", str(tmp_path / "in"), "--name", "Grace", "--out", str(tmp_path / "film")])
    assert done.exit_code == 2
    assert "no photo and no film" in done.output
