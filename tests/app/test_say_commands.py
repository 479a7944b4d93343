"""`studio say`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from studio.app.say_commands import say

app = typer.Typer()
app.command()(say)
RUN = CliRunner()


def test_a_preview_is_a_table_and_makes_nothing(tmp_path: Path) -> None:
    done = RUN.invoke(app, ["In 1943 she met Siobhan.", str(tmp_path / "a.wav"), "--preview"])
    assert done.exit_code == 0, done.output
    assert "nineteen forty-three" in done.output
    assert 'entry "Siobhan"' in " ".join(done.output.split())
    assert not list(tmp_path.iterdir())


def test_columns_stay_aligned_with_hanzi() -> None:
    import unicodedata

    done = RUN.invoke(app, ["1952年，他是银行的行长Ruth。", "--preview", "--lang", "zh"])
    rows = [line for line in done.output.splitlines() if any(word in line for word in ("银行", "1952", "Ruth"))]

    def column(line: str, cell: str) -> int:
        return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in line[: line.rindex(cell)])

    assert len(rows) == 3
    sounds = ("yī jiú wǔ èr", "yín háng", "ɹˈuːθ")
    assert len({column(row, cell) for row, cell in zip(rows, sounds, strict=True)}) == 1


def test_programs_get_the_same_as_events() -> None:
    done = RUN.invoke(app, ["单老师来了。", "--preview", "--lang", "zh", "--lexicon", "单=shàn", "--json"])
    event = json.loads(done.stdout.splitlines()[-1])
    assert event["event"] == "done"
    assert (event["pieces"][0]["sounds"], event["pieces"][0]["why"]) == ("shàn", "词表：单")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["Hello", "--preview", "--lexicon", "none.yaml"], "There is no lexicon"),
        (["Hello", "--preview", "--lexicon", "Hello=/ʘ/"], 'The lexicon says "Hello"'),
        (["Привет", "--preview"], "Cyrillic"),
        (["Hello"], "Name the sound to write"),
    ],
)
def test_bad_input_is_one_sentence(arguments: list[str], says: str) -> None:
    done = RUN.invoke(app, arguments)
    assert done.exit_code == 2
    assert says in " ".join(done.output.replace("│", " ").split())


def test_a_line_is_spoken_with_its_lexicon(tmp_path: Path) -> None:
    out = tmp_path / "line.wav"
    done = RUN.invoke(app, ["Nguyen.", str(out), "--lexicon", "Nguyen=/wɪn/", "--engine", "espeak"])
    assert done.exit_code == 0, done.output
    assert out.stat().st_size > 10_000
