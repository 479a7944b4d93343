"""Captions: the rules of reading, and the three formats."""

from __future__ import annotations

import re
from fractions import Fraction as F
from itertools import pairwise

import numpy as np
import pytest

from studio.edit import captions
from studio.edit.captions import Cue, cues, to_ass, to_srt, to_vtt
from studio.types import AudioClip, Language, Speech, WordSpan

ENGLISH = (
    "I was born in New York City in 1906. My mother told me that I could be anything I wanted, and so I took apart "
    "seven alarm clocks before anybody noticed what I was doing! The most dangerous phrase in the language is, \"We've "
    'always done it this way." Humans are allergic to change. They love to say it. I try to fight that.'
)
CHINESE = (
    "我出生在一九零六年的纽约。我母亲告诉我，只要我愿意，什么事情都能做到；于是我在没有人发现之前，拆开了七个闹钟！"
    "语言里最危险的一句话是：“我们一直都是这么做的。”人类害怕改变 Grace Hopper 这样说。"
)


def speech(text: str, language: Language, *, per_second: float = 13.0) -> Speech:
    """A line whose words last as long as they are, with half a second after each sentence."""
    units = text.split() if language == "en" else [char for char in text if char.isalnum()]
    at, words = F(0), []
    for unit in units:
        length = F(len(unit) + 1) / F(per_second) if language == "en" else F(3) / F(per_second)
        words.append(WordSpan(unit.strip('.,!?"'), at, at + length))
        at += length + (F(1, 2) if unit[-1] in ".!?" else 0)
    audio = AudioClip(np.zeros((1, int(at * 16_000) + 1), np.float32), 16_000)
    return Speech(audio, text, language, tuple(words), (), "test", True)


def told(found: tuple[Cue, ...]) -> str:
    return "".join("".join(cue.lines) for cue in found).replace(" ", "")


@pytest.mark.parametrize("rate", [F(24000, 1001), F(25), F(30000, 1001)])
@pytest.mark.parametrize("size", [(16, 9), (9, 16)])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_rules_of_reading(language: Language, size: tuple[int, int], rate: F) -> None:
    text = ENGLISH if language == "en" else CHINESE
    lines = [(F(1), speech(text, language)), (F(40), speech(text, language, per_second=20))]
    found = cues(lines, frame_rate=rate, size=size)
    limit = (captions.LINE_LENGTH if size[0] > size[1] else captions.NARROW_LINE_LENGTH)[language]
    assert told(found) == 2 * text.replace(" ", "")
    for cue in found:
        assert 1 <= len(cue.lines) <= 2
        assert all(captions.width(line) <= limit for line in cue.lines), cue
        assert cue.end - cue.start <= 7
        assert cue.end - cue.start >= F(8, 10), cue
        assert (cue.start * rate).denominator == 1 and (cue.end * rate).denominator == 1
        if cue.start < 38:  # at an ordinary speed of speech everything can be read
            assert sum(map(captions.width, cue.lines)) / float(cue.end - cue.start) <= 21
    for before, after in pairwise(found):
        assert after.start - before.end >= 2 / rate


def test_lines_break_where_phrases_do() -> None:
    found = [cue.text for cue in cues([(F(0), speech(ENGLISH, "en"))], frame_rate=F(25))]
    assert "My mother told me\nthat I could be anything I wanted," in found
    assert "Humans are allergic to change." in found
    for text in found:
        assert not re.search(r"\b(the|a|in|and|that|of)$", text, re.M), text
    chinese = [cue.text for cue in cues([(F(0), speech(CHINESE, "zh"))], frame_rate=F(25))]
    assert "我出生在一九零六年的纽约。" in chinese
    assert "我母亲告诉我，只要我愿意，\n什么事情都能做到；" in chinese
    assert "人类害怕改变\nGrace Hopper 这样说。" in chinese
    for text in chinese:
        assert not re.search(r"^[，。！？；：、”的了]", text, re.M), text


def test_a_caption_begins_with_its_first_word() -> None:
    line = speech("It was a cold and silent morning. Nobody in the whole street was awake yet.", "en", per_second=10)
    found = cues([(F(2), line)], frame_rate=F(25))
    assert found[0].start == 2
    assert found[1].start == F(int((2 + line.words[7].start) * 25), 25)


def test_what_is_written_need_not_be_what_is_said() -> None:
    """ "1906" is spoken as three words that are nowhere in the text; it takes the time between its neighbours."""
    spoken = ["In", "nineteen", "oh", "six", "I", "was", "born"]
    words = tuple(WordSpan(word, F(n), F(n + 1)) for n, word in enumerate(spoken))
    line = Speech(
        AudioClip(np.zeros((1, 7 * 16_000), np.float32), 16_000), "In 1906 I was born.", "en", words, (), "t", True
    )
    (cue,) = cues([(F(0), line)], frame_rate=F(25))
    assert cue.text == "In 1906 I was born."
    assert (cue.start, cue.end) == (0, 7)
    tokens = captions._tokens(line)
    assert [(token.text, token.start, token.end) for token in tokens][1] == ("1906", 1, 4)


def test_text_without_times_is_spread_and_no_text_gives_nothing() -> None:
    audio = AudioClip(np.zeros((1, 4 * 16_000), np.float32), 16_000)
    (cue,) = cues([(F(1), Speech(audio, "Good morning.", "en", (), (), "recording", False))], frame_rate=F(25))
    assert (cue.start, cue.end) == (1, 5)
    assert cues([(F(1), Speech(audio, "", "en", (), (), "recording", False))], frame_rate=F(25)) == ()


def test_lines_that_overlap_still_take_turns() -> None:
    a, b = speech("Good morning to you all.", "en"), speech("And to you.", "en")
    found = cues([(F(0), a), (F(1), b)], frame_rate=F(25))
    assert found[1].start - found[0].end >= F(2, 25)
    assert all(cue.end > cue.start for cue in found)


def test_a_word_longer_than_a_line_is_cut() -> None:
    found = cues([(F(0), speech("x" * 100, "en"))], frame_rate=F(25))
    assert "".join("".join(cue.lines) for cue in found) == "x" * 100
    assert max(len(line) for cue in found for line in cue.lines) <= 42


CUES = (Cue(F(1), F(5, 2), ("Hello <b> & {you}", "C:\\New")), Cue(F(3661) + F(1, 1000), F(3662), ("追思：“您好”",)))


def test_srt() -> None:
    assert to_srt(CUES) == (
        "1\n00:00:01,000 --> 00:00:02,500\nHello <b> & {you}\nC:\\New\n\n"
        "2\n01:01:01,001 --> 01:01:02,000\n追思：“您好”\n"
    )


def test_vtt() -> None:
    assert to_vtt(CUES) == (
        "WEBVTT\n\n00:00:01.000 --> 00:00:02.500\nHello &lt;b&gt; &amp; {you}\nC:\\New\n\n"
        "01:01:01.001 --> 01:01:02.000\n追思：“您好”\n"
    )


def test_ass_keeps_every_sign_as_text() -> None:
    text = to_ass(CUES, size=(1920, 1080), family="Noto Sans SC")
    events = [line for line in text.splitlines() if line.startswith("Dialogue")]
    assert events[0].startswith("Dialogue: 0,0:00:01.00,0:00:02.50,Caption,,0,0,0,,{\\blur")
    assert events[0].endswith("Hello <b> & \\{you\\}\\NC:\\\u2060New")
    assert events[1].endswith("追思：“您好”")
    assert "PlayResX: 1920\nPlayResY: 1080" in text
    assert "Style: Caption,Noto Sans SC,71," in text


@pytest.mark.parametrize("size", [(1920, 1080), (1080, 1920), (1080, 1080), (864, 1080)])
def test_ass_is_scaled_to_the_canvas(size: tuple[int, int]) -> None:
    style = next(x for x in to_ass(CUES, size=size, family="F").splitlines() if x.startswith("Style")).split(",")
    points, left, right, bottom = (int(style[k]) for k in (2, 19, 20, 21))
    assert 0.06 <= points / min(size) <= 0.08
    assert left == right == round(size[0] * 0.06)
    assert bottom >= 0.05 * size[1]


def told_apart(text: str, language: Language, tag: captions.Tag, **more: float) -> tuple[Cue, ...]:
    return cues([(F(1), speech(text, language, **more))], frame_rate=F(25), tags=[tag])


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_turn_begins_with_who_speaks(language: Language) -> None:
    text, name, colon = (ENGLISH, "Ruth", ": ") if language == "en" else (CHINESE, "露丝", "：")
    found = told_apart(text, language, captions.Tag(speaker=name))
    assert found[0].lines[0].startswith((name + colon).strip())
    assert told(found) == (name + colon + text).replace(" ", "")
    assert sum(name in cue.text for cue in found) == 1
    assert len(found[0].text) > len(name) + 8  # never a caption of the name alone
    limit = captions.LINE_LENGTH[language]
    assert all(captions.width(line) <= limit and len(cue.lines) <= 2 for cue in found for line in cue.lines)
    assert found[0].start == 1


def test_every_caption_of_a_line_is_marked() -> None:
    found = told_apart(ENGLISH, "en", captions.Tag("Ruth", "●"))
    assert all(cue.lines[0].startswith("● ") and "●" not in "".join(cue.lines)[1:] for cue in found)
    assert found[0].lines[0].startswith("● Ruth: I was born")
    assert all(captions.width(line) <= 42 for cue in found for line in cue.lines)


def test_a_long_name_and_a_word_longer_than_a_line() -> None:
    found = told_apart("x" * 100 + " and on", "en", captions.Tag("Rear Admiral Grace Brewster Murray Hopper"))
    assert "".join("".join(cue.lines) for cue in found).startswith("Rear Admiral Grace Brewster Murray Hopper:xxx")
    assert all(line.strip() for cue in found for line in cue.lines)  # an empty line would end it in a file
    assert max(captions.width(line) for cue in found for line in cue.lines) <= 42


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("size", [(16, 9), (9, 16)])
def test_ten_minutes_of_speech_can_be_read(language: Language, size: tuple[int, int]) -> None:
    text = " ".join([ENGLISH] * 26) if language == "en" else CHINESE * 26
    found = cues([(F(0), speech(text, language))], frame_rate=F(25), size=size)
    limit = (captions.LINE_LENGTH if size[0] > size[1] else captions.NARROW_LINE_LENGTH)[language]
    speeds = [sum(map(captions.width, cue.lines)) / float(cue.end - cue.start) for cue in found]
    assert float(found[-1].end) > 500 if language == "en" else float(found[-1].end) > 400
    assert told(found) == text.replace(" ", "")
    assert all(len(cue.lines) <= 2 and captions.width(line) <= limit for cue in found for line in cue.lines)
    assert all(F(8, 10) <= cue.end - cue.start <= 7 for cue in found)
    assert np.mean([speed <= captions.READING_SPEED[language] + 1 for speed in speeds]) > 0.97
    assert all(after.start - before.end >= F(2, 25) for before, after in pairwise(found))


def test_emoji_and_rare_characters_stay_whole() -> None:
    text = "Happy birthday 👩‍👩‍👧 from 𠮷野!"
    found = cues([(F(0), speech(text, "en"))], frame_rate=F(25))
    assert " ".join(cue.text for cue in found) == text
    assert "👩‍👩‍👧" in to_srt(found) and "𠮷野" in to_vtt(found)


def test_a_note_is_for_people_and_breaks_no_player() -> None:
    text = to_vtt(CUES, "● verbatim\n\n--> not a cue")
    assert text.startswith("WEBVTT\n\nNOTE ● verbatim → not a cue\n\n00:00:01.000 --> ")
    assert text.count("-->") == 2
