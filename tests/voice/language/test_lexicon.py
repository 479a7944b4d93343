"""A person's own words."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio.errors import FileUnreadable, TextUnspeakable
from studio.voice.engines.espeak_sounds import from_ipa
from studio.voice.language.lexicon import load, parse, places, sounds
from studio.voice.language.text import normalise, read


@pytest.mark.parametrize(
    ("line", "lexicon", "said"),
    [
        (
            "Mary-Ann Weber met Weber.",
            {"Weber": "Vayber", "Mary-Ann Weber": "Marian Vayber"},
            "Marian Vayber met Vayber.",
        ),
        ("WEBER and weber", {"Weber": "Vayber"}, "Vayber and Vayber"),
        ("Reading in Reading", {"Reading": "Redding", "reading": "reeding"}, "Redding in Redding"),
        ("reading in Reading", {"Reading": "Redding", "reading": "reeding"}, "reeding in Redding"),
        ("Weber's house", {"Weber": "Vayber"}, "Vayber's house"),
        ("Nguyen’s house", {"Nguyen": "/wɪn/"}, "/wɪnz/ house"),
        ("O’Brien came", {"O'Brien": "Oh Bryan"}, "Oh Bryan came"),
        ("Hopperland", {"Hopper": "Hawper"}, "Hopperland"),
        ("Hopper", {"Hopper": "{HH AA1 P ER0}"}, "/hˈɑːpɚ/"),
        ("Louis XIV", {"Louis XIV": "Louie the fourteenth"}, "Louie the fourteenth"),
        ("他是单雄信", {"单雄信": "Shàn Xióngxìn"}, "他是{shan4}{xiong2}{xin4}"),
        ("我叫Ruth", {"Ruth": "露丝"}, "我叫露丝"),
    ],
)
def test_entries_are_said_as_they_are_given(line: str, lexicon: dict[str, str], said: str) -> None:
    assert normalise(line, "zh" if "我" in line or "他" in line else "en", lexicon) == said


@pytest.mark.parametrize(
    ("entry", "said", "says"),
    [
        ("Hopper", "/ʘx/", 'Hopper.*"ʘ'),
        ("Hopper", "{HH QQ1}", 'Hopper.*"QQ1"'),
        ("Hopper", "{}", 'no sounds for "Hopper"'),
        ("Hopper", "h0pp3r!", 'Hopper.*"03!"'),
        ("Hopper", "  ", 'no reading for "Hopper"'),
    ],
)
def test_an_entry_that_cannot_be_read_is_named(entry: str, said: str, says: str) -> None:
    with pytest.raises(TextUnspeakable, match=says):
        read("Hopper came.", "en", {entry: said})


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ("shan4 dan1", "2 syllables for 1 characters"),
        ("blurg4", '"单" is read "blurg4".*"blurg"'),
        ("山山", "2 characters for 1"),
    ],
)
def test_pinyin_that_cannot_be_read_is_named(said: str, says: str) -> None:
    with pytest.raises(TextUnspeakable, match=says):
        read("单", "zh", {"单": said})


def test_the_longest_entry_wins_and_none_overlap() -> None:
    assert places("Mary Ann Lee", {"Ann": "a", "Mary Ann": "b", "Ann Lee": "c"}) == [(0, 8, "Mary Ann")]


def test_arpabet_is_spoken() -> None:
    assert from_ipa(sounds("Nguyen", "{W IH1 N}")) == "[[w'In]]"


def test_a_lexicon_comes_from_files_and_from_entries(tmp_path: Path) -> None:
    path = tmp_path / "names.yaml"
    path.write_text("lexicon:\n  Weber: Vayber\n  单: shàn\n", encoding="utf-8")
    assert parse([str(path), "Nguyen=/wɪn/", "Weber=Webber"]) == {"Weber": "Webber", "单": "shàn", "Nguyen": "/wɪn/"}
    path.write_text("Weber: 12\n", encoding="utf-8")
    with pytest.raises(TextUnspeakable, match='"Weber" as "12"'):
        load(path)
    path.write_text("- Weber\n", encoding="utf-8")
    with pytest.raises(TextUnspeakable, match="holds no words"):
        load(path)
    path.write_text("a: [", encoding="utf-8")
    with pytest.raises(FileUnreadable, match="cannot be read as YAML"):
        load(path)
    with pytest.raises(FileUnreadable, match="no lexicon"):
        load(tmp_path / "none.yaml")
    with pytest.raises(TextUnspeakable, match='"Nguyen" is no lexicon'):
        parse(["Nguyen"])
