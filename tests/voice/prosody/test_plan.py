"""Marks find their words, whatever became of the words' times."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from studio.types import AudioClip, Feeling, Language, Speech, WordSpan
from studio.voice import engines
from studio.voice.language.marks import SLOW, read
from studio.voice.prosody.plan import Plan, Silence, Stretch, Weight, feelings, places, plan


def spoken(words: list[str], text: str, language: Language = "en") -> Speech:
    """Half a second a word."""
    spans = tuple(WordSpan(word, Fraction(n, 2), Fraction(n + 1, 2)) for n, word in enumerate(words))
    clip = AudioClip(np.zeros((1, 12_000 * len(words)), np.float32), 24_000)
    return Speech(clip, text, language, spans, (), "espeak", synthetic=True)


def test_words_said_twice_are_found_in_order() -> None:
    text = "The sea, the sea: THE sea."
    words = spoken(["The", "sea", "the", "sea", "the", "sea"], text).words
    assert places(words, text) == ((0, 3), (4, 7), (9, 12), (13, 16), (18, 21), (22, 25))


def test_a_word_that_is_not_in_the_text_does_not_lose_the_others() -> None:
    assert places(spoken(["a", "lost", "b"], "a b").words, "a b") == ((0, 1), (1, 1), (2, 3))


def test_marks_become_words() -> None:
    marked = read("I [slow]**really** loved[/slow] you. [pause 1s] [warm]Good [sad]night[/sad][/warm]. [pause 2s]")
    found = plan(spoken(["I", "really", "loved", "you", "Good", "night"], marked.text), marked)
    assert found == Plan(
        (Weight(1, 1.5),),
        (Silence(4, Fraction(1)), Silence(6, Fraction(2))),
        (Stretch(1, 3, rate=SLOW),),
        (Stretch(4, 6, emotion="warm"), Stretch(5, 6, emotion="sad")),
    )


@pytest.mark.parametrize(
    ("language", "written", "stressed"),
    [
        ("en", "In *1952* she saw *Dr. Smith* on the *3rd of May*.", ["1952", "Dr", "Smith", "3rd", "of", "May"]),
        ("zh", "她*1952年*在*北京*。", ["1", "9", "5", "2", "年", "北", "京"]),
    ],
)
def test_words_of_a_real_engine_are_found(language: Language, written: str, stressed: list[str]) -> None:
    marked = read(written)
    speech = engines.load("espeak").speak(marked.text, language)
    found = plan(speech, marked)
    assert [speech.words[w.word].text.rstrip(".") for w in found.weights] == stressed


def test_feelings_change_where_their_words_begin() -> None:
    marked = read("I was [warm 0.5]so *very* [sad]sad[/sad] then[/warm] once.")
    speech = spoken(["I", "was", "so", "very", "sad", "then", "once"], marked.text)
    assert feelings(plan(speech, marked), speech, Feeling(Fraction(9), "solemn", 0.8)) == (
        Feeling(Fraction(0), "solemn", 0.8),
        Feeling(Fraction(1), "warm", 0.5),
        Feeling(Fraction(2), "sad", 1.0),
        Feeling(Fraction(5, 2), "warm", 0.5),
        Feeling(Fraction(3), "solemn", 0.8),
    )
    assert feelings(Plan(), speech) == (Feeling(Fraction(0), "neutral"),)
    assert feelings(Plan(), spoken([], "")) == (Feeling(Fraction(0), "neutral"),)
