"""Captions of a film: in every language there is, with who speaks and where the words come from."""

from __future__ import annotations

from fractions import Fraction as F
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import yaml

from studio import subtitles
from studio.cache import Cache
from studio.cast import Heard, Spoken
from studio.errors import FontMissing
from studio.meter import Meter
from studio.people import Line
from studio.production import Production
from studio.takes import Takes
from studio.types import AudioClip, Language, Speech, WordSpan

PEOPLE = {"ruth": {"name": "Ruth"}, "ming": {"name": "明"}}


def takes(folder: Path, **changes: object) -> Takes:
    table = {
        "schema": "studio/1",
        "title": "Ruth",
        "people": PEOPLE,
        "scenes": [{"id": "t", "kind": "title", "heading": "Ruth"}],
        **changes,
    }
    (folder / "production.yaml").write_text(yaml.safe_dump(table, allow_unicode=True), encoding="utf-8")
    return Takes(Production.load(folder / "production.yaml"), Cache(folder / "cache"), Meter())


def heard(start: int, line: Line, key: str = "ruth", language: Language = "en") -> Heard:
    text = line.say or line.transcript
    units = text.split() if language == "en" else [char for char in text if char.isalnum()]
    words = tuple(WordSpan(unit, F(n, 2), F(n + 1, 2)) for n, unit in enumerate(units))
    audio = AudioClip(np.zeros((1, (len(units) + 1) * 8000), np.float32), 16_000)
    speech = Speech(audio, text, language, words, (), "test", line.recording is None)
    return Heard("s", Spoken(key, line, speech, F(0)), F(start))


def said(start: int, text: str, key: str = "ruth", language: Language = "en", **more: object) -> Heard:
    return heard(start, Line.model_validate({"say": text, **more}), key, language)


TALK = [
    said(0, "Good morning to all of you.", translations={"zh": "大家早上好。"}, source="verbatim"),
    said(5, "I am glad to be here.", source="adapted", translations={"zh": "很高兴来到这里。"}),
    said(10, "我也很高兴。", "ming", "zh", translations={"en": "So am I."}),
    said(15, "Then let us begin.", source="written"),
]


def test_every_language_has_its_files(tmp_path: Path) -> None:
    film = takes(tmp_path, captions={"languages": ["zh"]})
    files = subtitles.write(film, TALK, tmp_path / "film.v2")
    assert [path.name for path in files] == ["film.v2.srt", "film.v2.vtt", "film.v2.zh.srt", "film.v2.zh.vtt"]
    own, chinese = files[0].read_text(encoding="utf-8"), files[2].read_text(encoding="utf-8")
    # In the film's own language everything can be read, what was said in another one too; in the further one, only
    # what somebody wrote in it.
    assert [text in own for text in ("Good morning", "So am I.", "Then let us begin.", "早上好")] == [
        True,
        True,
        True,
        False,
    ]
    assert [text in chinese for text in ("大家早上好。", "很高兴来到这里。", "我也很高兴。", "begin")] == [
        True,
        True,
        True,
        False,
    ]
    assert "00:00:10," in own and "00:00:10," in chinese
    assert files[1].read_text(encoding="utf-8").startswith("WEBVTT\n\n00:")


def test_soft_captions_are_named_as_players_want_it(tmp_path: Path) -> None:
    assert subtitles.soft(takes(tmp_path, captions={"languages": ["zh"]}), TALK, tmp_path) == ()
    film = takes(tmp_path, captions={"soft": True, "languages": ["zh"]})
    tracks = subtitles.soft(film, TALK, tmp_path / "soft")
    assert [(track.language, track.iso639_2, track.title) for track in tracks] == [
        ("en", "eng", "English"),
        ("zh", "zho", "中文"),
    ]
    assert "大家早上好" in tracks[1].path.read_text(encoding="utf-8")
    assert subtitles.soft(film, [], tmp_path / "none") == ()


def test_speakers_are_told_when_they_take_their_turn(tmp_path: Path) -> None:
    film = takes(tmp_path, captions={"speakers": True, "languages": ["zh"]})
    files = subtitles.write(film, TALK, tmp_path / "film")
    own, chinese = files[0].read_text(encoding="utf-8"), files[2].read_text(encoding="utf-8")
    assert "Ruth: Good morning" in own and own.count("Ruth:") == 2 and "明: So am I." in own
    assert "Ruth: Then let us begin." in own
    assert "Ruth：大家早上好。" in chinese and "明：我也很高兴。" in chinese


def test_where_words_come_from_is_marked_and_explained(tmp_path: Path) -> None:
    film = takes(tmp_path, captions={"marks": True})
    tape = heard(20, Line(recording=Path("a.wav"), transcript="My own voice."))
    srt, vtt = (path.read_text(encoding="utf-8") for path in subtitles.write(film, [*TALK, tape], tmp_path / "film"))
    for text in ("● Good morning", "◎ I am glad", "○ Then let us", "● My own voice"):
        assert text in srt and text in vtt
    assert "NOTE ● verbatim · ◎ adapted · ○ written for this film\n" in vtt
    assert subtitles.legend("zh") == "● 原话 · ◎ 改编 · ○ 为本片撰写"
    burnt = subtitles.burnt(film, TALK)
    assert "● Good morning" in burnt.path.read_text(encoding="utf-8")


def test_nothing_known_gives_no_file(tmp_path: Path) -> None:
    unknown = heard(0, Line(recording=Path("a.wav")))
    film = takes(tmp_path, captions={"soft": True, "languages": ["zh"]})
    assert subtitles.write(film, [unknown], tmp_path / "film") == ()
    assert subtitles.soft(film, [unknown], tmp_path) == ()
    assert not (tmp_path / "film.srt").exists()


def test_emoji_no_font_can_draw_stay_beside_the_picture(tmp_path: Path) -> None:
    film = takes(tmp_path)
    lines = [said(0, "Happy birthday 👩‍👩‍👧🏽 Ruth 𠮷!"), said(6, "🎂🎂")]
    (srt, _) = subtitles.write(film, lines, tmp_path / "film")
    assert "👩‍👩‍👧🏽" in srt.read_text(encoding="utf-8")
    try:
        text = subtitles.burnt(film, lines).path.read_text(encoding="utf-8")
    except FontMissing as error:  # no font of this machine has the rare character; the emoji are not what is missing
        assert "birthday" not in str(error) and "U+20BB7" in str(error) and "U+1F" not in str(error)
        text = subtitles.burnt(film, [said(0, "Happy birthday 👩‍👩‍👧🏽 Ruth!"), said(6, "🎂🎂")]).path.read_text(
            "utf-8"
        )
    assert "Happy birthday Ruth" in text and "🎂" not in text
    with pytest.raises(FontMissing, match="U\\+13000"):
        subtitles.burnt(film, [said(0, "\U00013000 is a seated man")])


def test_lines_that_overlap_still_take_turns(tmp_path: Path) -> None:
    talk = [said(0, "One two three four five six seven."), said(1, "And I say this.", "ming")]
    (srt, _) = subtitles.write(takes(tmp_path, captions={"speakers": True}), talk, tmp_path / "film")
    times = [line.split(" --> ") for line in srt.read_text(encoding="utf-8").splitlines() if "-->" in line]
    assert all(before[1] < after[0] for before, after in pairwise(times))
