"""Lines to sentences: the marks go with their words."""

from __future__ import annotations

from fractions import Fraction

import pytest

from studio.errors import TextUnspeakable
from studio.voice.language import script


def test_marks_stay_with_their_sentence() -> None:
    line, sentences = script.read("I *was* born. [warm]We had a house.[/warm] [pause 2s] It was *blue*.")
    assert line.text == "I was born. We had a house. It was blue."
    assert [sentence.text for sentence in sentences] == ["I was born.", "We had a house.", "It was blue."]
    first, second, third = (sentence.marked for sentence in sentences)
    assert [first.text[e.start : e.end] for e in first.emphases] == ["was"]
    assert [second.text[f.start : f.end] for f in second.feelings] == ["We had a house."]
    assert [(p.at, p.seconds) for p in second.pauses] == [(len(second.text), 2)]
    assert [third.text[e.start : e.end] for e in third.emphases] == ["blue"]
    assert not first.pauses and not third.pauses


def test_a_feeling_over_several_sentences_is_in_each() -> None:
    _, sentences = script.read("[sad]He left. Nobody wrote.[/sad] Then spring came.")
    assert [len(sentence.marked.feelings) for sentence in sentences] == [1, 1, 0]


def test_every_pause_is_kept_once() -> None:
    for text in ("[pause 1s] One. Two.", "One. [pause 1s] Two.", "One [pause 1s] two. Three.", "One. Two. [pause 1s]"):
        _, sentences = script.read(text)
        assert sum(len(sentence.marked.pauses) for sentence in sentences) == 1, text


def test_paragraphs_are_further_apart_than_sentences_and_clauses() -> None:
    _, sentences = script.read("One. Two.\n三。四")
    assert [sentence.pause for sentence in sentences] == [
        Fraction(9, 20),
        Fraction(7, 10),
        Fraction(9, 20),
        Fraction(7, 10),
    ]


def test_unknown_marks_are_refused() -> None:
    with pytest.raises(TextUnspeakable):
        script.read("[slow]We.")
