"""Which words of a spoken line the marks of its script are for, and the feelings they ask for, on its clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from studio.types import Emotion, Feeling, Speech, WordSpan
from studio.voice.language.marks import Marked

Span = tuple[int, int]
"""First character, and the one after the last."""


@dataclass(frozen=True)
class Weight:
    """A word that is said with weight."""

    word: int
    """Index into `Speech.words`."""
    strength: float = 1.0


@dataclass(frozen=True)
class Silence:
    """A pause before a word; after the last where `word` is their number."""

    word: int
    seconds: Fraction
    """s, of the whole silence."""


@dataclass(frozen=True)
class Stretch:
    """Words from `first` to before `last` that are said in one way."""

    first: int
    last: int
    rate: float = 1.0
    """Of the pace around."""
    emotion: Emotion | None = None
    """None leaves the feeling that is there."""
    strength: float = 1.0
    """0 … 1, of the emotion."""


@dataclass(frozen=True)
class Plan:
    """The marks of a line, word by word. It holds however the line's times move."""

    weights: tuple[Weight, ...] = ()
    silences: tuple[Silence, ...] = ()
    tempos: tuple[Stretch, ...] = ()
    feelings: tuple[Stretch, ...] = ()
    """An inner one after the one around it."""


def places(words: Sequence[WordSpan], text: str) -> tuple[Span, ...]:
    """Where each word stands in `text`, in order; one that is not found as written stands where the last one ended."""
    found: list[Span] = []
    at = 0
    folded = text.casefold() if len(text.casefold()) == len(text) else text
    for word in words:
        start = text.find(word.text, at)
        if start < 0:
            start = folded.find(word.text.casefold(), at)
        # A word written otherwise than it is shown must not swallow the rest of the line.
        if start < 0 or not word.text:
            found.append((at, at))
            continue
        at = start + len(word.text)
        found.append((start, at))
    return tuple(found)


def plan(speech: Speech, marked: Marked) -> Plan:
    """The marks for the words of `speech`, which says `marked.text`.

    A mark is for every word that shares a character with it; a pause is before the first word that begins after it.
    """
    spans = places(speech.words, marked.text)

    def within(start: int, end: int) -> Span:
        inside = [index for index, span in enumerate(spans) if span[0] < end and span[1] > start]
        return (inside[0], inside[-1] + 1) if inside else (0, 0)

    weights: dict[int, float] = {}
    for emphasis in marked.emphases:
        for word in range(*within(emphasis.start, emphasis.end)):
            weights[word] = max(weights.get(word, 0.0), emphasis.strength)
    waits: dict[int, Fraction] = {}
    for pause in marked.pauses:
        word = sum(span[0] < pause.at for span in spans)
        waits[word] = waits.get(word, Fraction(0)) + pause.seconds
    tempos = [Stretch(*within(mark.start, mark.end), rate=mark.rate) for mark in marked.tempos]
    feelings = [
        Stretch(*within(mark.start, mark.end), emotion=mark.emotion, strength=mark.strength) for mark in marked.feelings
    ]
    return Plan(
        tuple(Weight(word, weights[word]) for word in sorted(weights)),
        tuple(Silence(word, waits[word]) for word in sorted(waits)),
        tuple(stretch for stretch in tempos if stretch.first < stretch.last),
        tuple(stretch for stretch in feelings if stretch.first < stretch.last),
    )


def feelings(planned: Plan, speech: Speech, base: Feeling | None = None) -> tuple[Feeling, ...]:
    """The curve of feelings over a line, as voice and face take it, in order of time.

    Args:
        planned: of these words, however their times have moved since.
        base: what is felt where no mark says anything else; its moment is not looked at. None is neutral.
    """
    around = base or Feeling(Fraction(0), "neutral")
    felt: list[tuple[Emotion, float]] = [(around.emotion, around.strength)] * len(speech.words)
    for stretch in planned.feelings:
        if stretch.emotion is not None:
            felt[stretch.first : stretch.last] = [(stretch.emotion, stretch.strength)] * (stretch.last - stretch.first)
    found = [Feeling(Fraction(0), *(felt[0] if felt else (around.emotion, around.strength)))]
    for (before, now), word in zip(pairwise(felt), speech.words[1:], strict=True):
        if now != before:
            found.append(Feeling(word.start, *now))
    return tuple(found)
