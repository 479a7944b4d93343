"""`studio voice` from enrolling to deleting."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from studio.app.voice_commands import voice_app
from studio.media.audio import write_wav
from studio.voice import engines

app = typer.Typer()
app.add_typer(voice_app)


@app.command()
def other() -> None:
    """A command beside it, as the real program has."""


CONSENT = ("--consent-by", "Anna Weber", "--consent-right", "heir", "--consent-date", "2026-05-01")


@pytest.fixture(autouse=True)
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty shelf that is nobody's own."""
    monkeypatch.setenv("STUDIO_VOICES_DIR", str(tmp_path / "voices"))
    return tmp_path / "voices"


@pytest.fixture(scope="module")
def tape(tmp_path_factory: pytest.TempPathFactory) -> Path:
    text = "The sun was high above the water, and a young girl thought about her house by the sea."
    path = tmp_path_factory.mktemp("tapes") / "tape 1.wav"
    write_wav(path, engines.load("espeak").speak(text, "en", base="f3").audio, pcm16=True)
    return path


def run(*args: str, answer: str | None = None) -> Result:
    return CliRunner(env={"COLUMNS": "200"}).invoke(app, ["voice", *args], input=answer)


def event(result: Result) -> dict:  # type: ignore[type-arg]
    return dict(json.loads(result.stdout.splitlines()[-1]))


def enrolled(tape: Path, *more: str) -> Result:
    return run("enrol", str(tape), "--name", "Ruth Weber", "--out", "ruth", *(more or CONSENT))


def test_a_voice_is_enrolled_shown_compared_exported_deleted_and_brought_back(
    tape: Path, shelf: Path, tmp_path: Path
) -> None:
    made = enrolled(tape, *CONSENT, "--lang", "en", "--json")
    assert made.exit_code == 0, made.output
    assert (shelf / "ruth.safetensors").is_file()

    shown = event(run("show", "ruth", "--json"))
    assert shown["consent"]["granted_by"] == "Anna Weber" and shown["consent"]["granted_on"] == "2026-05-01"
    assert shown["recordings"][0]["name"] == "tape 1.wav" and len(shown["recordings"][0]["sha256"]) == 64
    assert shown["languages"] == ["en"] and 140 < shown["pitch_hz"] < 300 and shown["texture"]["band_hz"][1] > 8000
    plain = run("show", "ruth").stdout
    assert "Anna Weber (heir), 2026-05-01" in plain and "tape 1.wav" in plain
    assert "like the recorded one, noise apart" in plain
    assert shown["cleaned"] and all(f"Cleaned   {sentence}" in plain for sentence in shown["cleaned"])
    assert run("list").stdout == "ruth\n" and json.loads(run("list", "--json").stdout) == ["ruth"]

    compared = event(run("compare", "ruth", str(tape), "--json"))
    assert compared["verdict"] == "same" and compared["likeness"] > 0.9
    assert "very likely the same person" in run("compare", "ruth", "ruth").stdout

    assert run("export", "ruth", str(tmp_path / "ruth.safetensors")).exit_code == 0
    asked = run("delete", "ruth", answer="n\n")
    assert asked.exit_code == 1 and (shelf / "ruth.safetensors").is_file()
    deleted = run("delete", "ruth", answer="y\n")
    assert deleted.exit_code == 0 and str(shelf / "ruth.safetensors") in deleted.stdout
    assert "cannot be reached" in deleted.stdout and list(shelf.iterdir()) == []

    back = run("import", str(tmp_path / "ruth.safetensors"), "--out", "oma", "--json")
    assert event(back)["sha256"] == shown["sha256"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--json",), "written down who agreed"),
        (("--consent-date", "2026-05-01"), "not said who agreed"),
        (("--consent-by", "Anna Weber", "--consent-date", "2026-05-01"), "in what right Anna Weber"),
        (("--consent-by", "Anna Weber", "--consent-right", "heir"), "when Anna Weber agreed"),
        (("--consent-by", "ruth weber"), "when ruth weber agreed"),
        (("--consent-file", "nowhere.yaml"), "no file nowhere.yaml"),
        ((*CONSENT, "--consent-until", "2026-05-02"), "until 2026-05-02"),
    ],
)
def test_without_consent_there_is_one_sentence_and_nothing_is_kept(
    options: tuple[str, ...], said: str, tape: Path, shelf: Path
) -> None:
    result = enrolled(tape, *options)
    assert result.exit_code == 2 and said in result.output
    assert not shelf.exists()


def test_a_historic_person_stands_on_the_public_domain(tape: Path) -> None:
    result = enrolled(tape, "--consent-by", "US National Archives", "--consent-right", "public-domain")
    assert result.exit_code == 0 and "US National Archives (public-domain)" in result.stdout


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("show", "nobody"), "no voice called nobody"),
        (("delete", "nobody"), "no voice called nobody"),
        (("show", "../../etc/passwd"), "letters, digits"),
        (("export", "nobody", "x.safetensors"), "no voice called nobody"),
        (("import", "nowhere.safetensors", "--out", "ruth"), "nowhere.safetensors cannot be read"),
    ],
)
def test_what_is_not_there_is_one_sentence(args: tuple[str, ...], said: str) -> None:
    result = run(*args)
    assert result.exit_code == 2 and said in result.output and "Traceback" not in result.output


def test_consent_is_given_once_and_exports_are_named_for_what_they_are(tape: Path, tmp_path: Path) -> None:
    assert enrolled(tape, *CONSENT, "--consent-file", "c.yaml").exit_code == 2
    assert enrolled(tape, *CONSENT, "--lang", "de").exit_code == 2
    assert run("export", "ruth", str(tmp_path / "ruth.wav")).exit_code == 2
