"""`studio templates` and `studio new`: what they tell, what they take, and how they refuse."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from studio import templates
from studio.app import cli
from studio.production import Production
from studio.storyboard import SlideshowScene


def run(*args: object) -> Result:
    return CliRunner().invoke(cli.app, [str(arg) for arg in args], env={"COLUMNS": "100"})


def said(result: Result) -> str:
    return " ".join(result.stderr.split())


@pytest.fixture
def album(tmp_path: Path) -> Path:
    folder = tmp_path / "album"
    folder.mkdir()
    for number in range(3):
        Image.new("RGB", (96, 72), (number * 40, 90, 90)).save(folder / f"{number}.jpg")
    return folder


@pytest.mark.parametrize("language", ["en", "zh"])
def test_templates_are_listed_for_people_and_for_programs(language: Any) -> None:
    listed = json.loads(run("templates", "--json", "--lang", language).stdout)
    assert [entry["name"] for entry in listed] == list(templates.names())
    assert all(entry["title"] == templates.title(entry["name"], language) for entry in listed)
    assert all(entry["about"] == templates.describe(entry["name"], language) for entry in listed)
    shown = run("templates", "--lang", language).stdout
    assert all(name in shown for name in templates.names())


def test_a_template_tells_its_slots() -> None:
    one = json.loads(run("templates", "letter", "--json", "--lang", "zh").stdout)
    assert (one["name"], one["title"]) == ("letter", "一封信")
    assert [slot["name"] for slot in one["slots"]] == [slot.name for slot in templates.slots("letter")]
    assert one["schema"] == templates.fields("letter", "zh")
    assert "收信人：这封信写给谁。 [必填]" in run("templates", "letter", "--lang", "zh").stdout
    assert json.loads(run("templates", "tribute", "--json").stdout)["name"] == "tribute-classic"
    wrong = run("templates", "lettr")
    assert wrong.exit_code == 2 and said(wrong) == "There is no template called 'lettr'; did you mean 'letter'?"


@pytest.mark.parametrize("name", templates.names())
def test_help_with_a_template_tells_what_it_takes(name: str) -> None:
    page = run("new", name, "--help")
    assert page.exit_code == 0 and f"What {name} takes:" in page.stdout
    for slot in templates.slots(name):
        if slot.type != "person":
            assert slot.flag in page.stdout
    assert "What" not in run("new", "--help").stdout
    assert run("new", "lettr", "--help").exit_code == 2


def test_every_option_a_slot_names_is_one_of_new() -> None:
    page = run("new", "--help").stdout
    for name in templates.names():
        for slot in templates.slots(name):
            for each in (slot, *slot.parts):
                assert not each.option or each.option in page, each.option


def test_slots_are_filled_by_their_options_and_by_set(album: Path, hopper: Path, tmp_path: Path) -> None:
    result = run(
        *("new", "tribute-classic", "--name", "Ruth [W]", "--photo", hopper, "--photo", album / "2.jpg"),
        *("--album", album / "*.jpg", "--chapter", f"Childhood: {album}: By the sea.", "--chapter", "学校：：上学。"),
        *(
            "--music",
            "hopeful",
            "--aspect",
            "1:1",
            "--set",
            "quotes=Anna: She laughed.",
            "--set",
            "quotes=Karl: 好人。",
        ),
        *("--set", "closing=Until then", "--set", "also=vertical,poster", "--out", tmp_path / "ruth", "--json"),
    )
    assert result.exit_code == 0, result.stderr
    done = json.loads(result.stdout.splitlines()[-1])
    production = Production.load(Path(done["path"]))
    assert (production.canvas.aspect, production.music.mood) == ("1:1", "hopeful")
    assert production.outputs.also == ["vertical", "poster"]
    assert [scene.chapter for scene in production.scenes if scene.chapter][1:3] == ["Childhood", "学校"]
    shows = [scene for scene in production.scenes if isinstance(scene, SlideshowScene)]
    assert [len(show.photos) for show in shows] == [2, 3]
    assert "Until then" in Path(done["path"]).read_text(encoding="utf-8")


def test_a_slideshow_needs_no_portrait(album: Path) -> None:
    result = run("new", "tribute-slideshow", "--name", "奶奶 👵", "--album", album, "--lang", "zh")
    assert result.exit_code == 0, result.stderr
    (line,) = [line for line in result.stdout.splitlines() if line.startswith("Ready")]
    production = Production.load(Path(line.removeprefix("Ready").strip()))
    assert production.title == "奶奶 👵" and production.language == "zh"


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("letter",), "A production needs a name and at least one photo (--name, --photo)."),
        (("letter", "--name", "R", "--photo", "PHOTO"), "letter needs its to (--set to=…): For whom the letter is."),
        (("tribute", "--name", "R", "--photo", "PHOTO", "--set", "to=Anna"), "has no slot 'to'"),
        (("tribute", "--name", "R", "--photo", "PHOTO", "--set", "closing=A", "--set", "closing=B"), "given twice"),
        (("tribute", "--name", "R", "--photo", "PHOTO", "--aspect", "1:1", "--set", "aspect=4:5"), "given twice"),
        (("tribute", "--name", "R", "--photo", "PHOTO", "--set", "closing"), "'closing' is not written SLOT=VALUE."),
        (("tribute", "--name", "R", "--photo", "PHOTO", "--chapter", "A: none: B"), "none does not exist."),
        (("tribute", "--name", "R", "--photo", "none.jpg"), "none.jpg does not exist."),
        (("film-draft", "--name", "R", "--photo", "PHOTO", "--set", "take=two"), "takes a number, not 'two'."),
        (("film-draft", "--name", "R", "--photo", "PHOTO", "--set", "template=x"), "has no slot 'template'"),
        (("film-draft", "--name", "R", "--photo", "PHOTO", "--set", "out=x"), "has no slot 'out'"),
    ],
)
def test_what_is_wrong_ends_with_2_and_a_sentence(
    tmp_path: Path, hopper: Path, args: tuple[str, ...], words: str
) -> None:
    typed = [str(hopper) if arg == "PHOTO" else arg for arg in args]
    result = run("new", *typed, "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert words in said(result) and "Traceback" not in result.stderr
    assert not (tmp_path / "out").exists()
