"""A line cut into sentences, each with the marks that fall into it and the pause that follows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TypeVar

from studio.voice.language import marks
from studio.voice.language import text as reading
from studio.voice.language.marks import Emphasis, Felt, Marked, Paced

PARAGRAPH_PAUSE_S, SENTENCE_PAUSE_S, CLAUSE_PAUSE_S = Fraction(7, 10), Fraction(9, 20), Fraction(1, 5)
_Span = TypeVar("_Span", Emphasis, Felt, Paced)


@dataclass(frozen=True)
class Sentence:
    """One sentence to be said."""

    marked: Marked
    """Its words and the marks inside it."""
    pause: Fraction
    """s of silence after it, where another one follows."""

    @property
    def text(self) -> str:
        """What is said and shown."""
        return self.marked.text


def read(text: str) -> tuple[Marked, tuple[Sentence, ...]]:
    """The line without its marks, and its sentences in order.

    Raises:
        TextUnspeakable: a mark is unknown or stays open.
    """
    line = marks.read(text)
    found: list[Sentence] = []
    at = 0
    for paragraph in line.text.split("\n"):
        said = reading.sentences(paragraph)
        for sentence in said:
            start = line.text.index(sentence, at)
            at = start + len(sentence)
            ended = sentence.rstrip("\"'”’」』)]）")[-1:] in ".!?…。！？"
            pause = SENTENCE_PAUSE_S if ended else CLAUSE_PAUSE_S
            found.append(Sentence(_cut(line, start, at, first=not found), pause))
        if said:
            found[-1] = replace(found[-1], pause=PARAGRAPH_PAUSE_S)
    return line, tuple(found)


def _cut(line: Marked, start: int, end: int, *, first: bool) -> Marked:
    """The marks of `line` that fall into a part of its text."""

    def spans(whole: tuple[_Span, ...]) -> tuple[_Span, ...]:
        return tuple(
            replace(span, start=max(span.start, start) - start, end=min(span.end, end) - start)
            for span in whole
            if span.start < end and span.end > start
        )

    # A pause between two sentences belongs to the end of the first.
    after = [pause for pause in line.pauses if (start < pause.at or first) and pause.at <= _next(line.text, end)]
    pauses = tuple(replace(pause, at=min(max(pause.at - start, 0), end - start)) for pause in after)
    return Marked(line.text[start:end], spans(line.emphases), pauses, spans(line.feelings), spans(line.tempos))


def _next(text: str, end: int) -> int:
    """Where the next sentence begins."""
    rest = text[end:]
    return end + len(rest) - len(rest.lstrip())
