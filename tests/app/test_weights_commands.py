"""`studio weights`: what it prints, and that errors are one sentence with an exit code."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

import studio
from studio import weights
from studio.app.weights_commands import weights_app
from studio.types import Progress
from studio.weights import Part, Weights

ROOT = Path(studio.__file__).resolve().parents[1]
BODY = b"weights" * 100_000
app = typer.Typer()
app.add_typer(weights_app)


@app.command()
def other() -> None:
    """A command beside it, as the real program has."""


@pytest.fixture(autouse=True)
def catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two sets of weights, and the folder they are looked for in."""
    part = Part("a.onnx", "0" * 64, 4)
    monkeypatch.setattr(weights, "SHIPPED", {})
    monkeypatch.setattr(
        weights,
        "FETCHED",
        {
            "net": Weights("net.pth", "BSD [3]", url="https://example.org/net.pth", size=(100_000, 2_000_000)),
            "set": Weights("pack", "research", commercial=False, url="https://example.org/p.zip", parts=(part,)),
            "hand": Weights("hand.pth", "research", commercial=False, by_hand="ask them"),
            "loose": Weights("loose", "MIT", holds=(("a/net.bin",),), by_hand="ask around"),
        },
    )
    monkeypatch.setenv(weights.FOLDER_VARIABLE, str(tmp_path / "mine"))
    return tmp_path / "mine"


def run(*args: str) -> Result:
    return CliRunner(env={"COLUMNS": "200"}).invoke(app, ["weights", *args])


def lines(result: Result) -> list[dict]:
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.mark.parametrize("args", [(), ("list",)])
def test_the_list_says_what_is_here_and_how_to_get_the_rest(catalogue: Path, args: tuple[str, ...]) -> None:
    result = run(*args)
    assert result.exit_code == 0
    shown = {row.split()[0]: " ".join(row.split()[1:]) for row in result.stdout.splitlines()}
    assert shown["net"] == "0–2 MB not here: studio weights fetch net BSD [3]"
    assert shown["set"].endswith("not here: studio weights fetch set research; not for commercial films")
    assert "not here; ask them; then: studio weights add hand FILE" in shown["hand"]
    assert shown["loose"] == "not here; ask around; then: studio weights add loose FOLDER MIT"


def test_the_size_of_a_folder_is_that_of_all_its_files(catalogue: Path) -> None:
    (catalogue / "loose" / "a").mkdir(parents=True)
    (catalogue / "loose" / "a" / "net.bin").write_bytes(bytes(1_200_000))
    assert "1.2 MB" in run("list").stdout


def test_the_list_names_files_that_are_wrong(catalogue: Path) -> None:
    catalogue.mkdir()
    (catalogue / "net.pth").write_bytes(b"<html>")
    assert "it is a web page" in " ".join(run("list").stdout.split())
    (listed,) = [row for row in json.loads(run("list", "--json").stdout) if row["name"] == "net"]
    assert listed["usable"] is False and listed["path"] == str(catalogue / "net.pth")


def test_added_weights_are_listed_with_their_place(catalogue: Path, tmp_path: Path) -> None:
    (tmp_path / "download").write_bytes(BODY)
    result = run("add", "net", str(tmp_path / "download"))
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [f"Weights   {catalogue / 'net.pth'}", "Licence   BSD [3]"]
    (listed,) = [row for row in json.loads(run("list", "--json").stdout) if row["name"] == "net"]
    assert listed["usable"] is True and listed["why"] == "" and listed["url"] == "https://example.org/net.pth"
    assert "0.7 MB" in run("list").stdout


def test_fetching_shows_the_licence_and_how_far_it_is(catalogue: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fetch(name: str, on_progress, cancel) -> Path:
        assert name == "hand" and not cancel.is_set()
        on_progress(Progress("weights", "hand.pth, 1 of 2 MB", 0.5, 3.0))
        return catalogue / "hand.pth"

    monkeypatch.setattr(weights, "fetch", fetch)
    result = run("fetch", "hand")
    assert result.exit_code == 0
    assert "hand: research; not for commercial films." in result.stderr
    assert str(catalogue / "hand.pth") in result.stdout
    start, progress, done = lines(run("fetch", "hand", "--json"))
    assert start == {"event": "start", "command": "weights fetch"}
    assert progress["done"] == 0.5 and progress["detail"] == "hand.pth, 1 of 2 MB"
    assert done["path"] == str(catalogue / "hand.pth") and done["commercial"] is False


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("fetch", "nope"), "There are no weights called 'nope'"),
        (("fetch", "hand"), "no lasting address"),
        (("add", "net", "/no/such/file"), "There is no file /no/such/file"),
    ],
)
def test_errors_are_one_sentence(args: tuple[str, ...], said: str) -> None:
    result = run(*args)
    assert result.exit_code == 2
    assert result.stdout == "" and said in result.stderr and "Traceback" not in result.stderr
    assert lines(run(*args, "--json"))[-1]["event"] == "error"


def test_asking_for_help_loads_nothing_heavy() -> None:
    heavy = ["numpy", "torch", "pydantic", "rich.progress", "studio.weights"]
    code = f"import sys, studio.app.weights_commands; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"
