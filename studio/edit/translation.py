"""The words of a line in another language, timed by what is heard: captions for those who do not speak it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from studio.types import Language, Speech, WordSpan

_SENTENCE = re.compile(r"[^.!?。！？…]+(?:[.!?。！？…]+[”’\"')）》」』】]*|$)\s*")
_ABBREVIATED = re.compile(r"\b(?:[A-Z]|Mr|Mrs|Ms|Dr|St)\.\s*$")


def translated(speech: Speech, text: str, language: Language) -> Speech:
    """`speech` as if `text` had been said while it is heard; its sound is not touched.

    Where both have as many sentences, each takes the time of its own; else all of the text shares the time of all of
    the line. Within that, words take time by their letters.
    """
    whole = (speech.words[0].start, speech.words[-1].end) if speech.words else (Fraction(0), speech.audio.duration)
    parts = sentences(text)
    spans = _spans(speech)
    if len(spans) != len(parts):
        parts, spans = [text], [whole]
    words = [word for part, span in zip(parts, spans, strict=True) for word in _spread(part, language, *span)]
    return replace(speech, text=text, language=language, words=tuple(words), phonemes=())


def sentences(text: str) -> list[str]:
    """The sentences of a text, in either language; full stops after initials and titles end none."""
    found: list[str] = []
    for piece in (match.group() for match in _SENTENCE.finditer(text)):
        if found and _ABBREVIATED.search(found[-1]):
            found[-1] += piece
        elif any(char.isalnum() for char in piece):
            found.append(piece)
        elif found:
            found[-1] += piece
    return found


def _spans(speech: Speech) -> list[tuple[Fraction, Fraction]]:
    """When each sentence of a line is said; none where its words are not all found in it, in order."""
    counts = [len(_letters(part)) for part in sentences(speech.text)]
    spans: list[tuple[Fraction, Fraction]] = []
    words = list(speech.words)
    for count in counts:
        taken: list[WordSpan] = []
        while words and sum(len(_letters(word.text)) for word in taken) < count:
            taken.append(words.pop(0))
        if sum(len(_letters(word.text)) for word in taken) != count or not taken:
            return []
        spans.append((taken[0].start, taken[-1].end))
    return [] if words else spans


def _spread(text: str, language: Language, start: Fraction, end: Fraction) -> list[WordSpan]:
    units = _units(text, language)
    total = sum(len(_letters(unit)) for unit in units)
    words: list[WordSpan] = []
    done = 0
    for unit in units:
        begin = start + (end - start) * Fraction(done, max(1, total))
        done += len(_letters(unit))
        words.append(WordSpan(unit, begin, start + (end - start) * Fraction(done, max(1, total))))
    return words


def _units(text: str, language: Language) -> Sequence[str]:
    if language == "en":
        return [word for word in text.split() if _letters(word)]
    return re.findall(r"[A-Za-z0-9À-ɏ'’.\-]*[A-Za-z0-9À-ɏ]|\w", text)


def _letters(text: str) -> str:
    return "".join(char for char in text.casefold() if char.isalnum())
