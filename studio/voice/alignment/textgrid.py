"""Times of words and sounds as other programs read them: Praat's TextGrid, and JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from fractions import Fraction

from studio.types import PhonemeSpan, WordSpan
from studio.voice.alignment.align import Alignment

DIGITS = 4  # of a second; no sound is known more exactly


def to_textgrid(alignment: Alignment) -> str:
    """A TextGrid (Praat's long text format, Boersma and Weenink) with the tiers "words" and "phones".

    Silences are intervals without a name. A word that was not heard has a question mark after it.
    """
    speech = alignment.speech
    doubtful = set(alignment.doubtful)
    words = [
        WordSpan(word.text + " ?" * (place in doubtful), word.start, word.end)
        for place, word in enumerate(speech.words)
    ]
    duration = speech.audio.duration
    tiers = [_tier(1, "words", words, duration), _tier(2, "phones", speech.phonemes, duration)]
    head = ['File type = "ooTextFile"', 'Object class = "TextGrid"', "", "xmin = 0", f"xmax = {_seconds(duration)}"]
    return "\n".join([*head, "tiers? <exists>", "size = 2", "item []:", *tiers, ""])


def to_json(alignment: Alignment) -> str:
    """The words and sounds with start and end in s, how sure each word is, and how they were found."""
    speech = alignment.speech
    doubtful = set(alignment.doubtful)
    words = [
        {
            "text": word.text,
            "start": round(float(word.start), DIGITS),
            "end": round(float(word.end), DIGITS),
            "confidence": round(sure, 3),
            "heard": place not in doubtful,
        }
        for place, (word, sure) in enumerate(zip(speech.words, alignment.confidence, strict=True))
    ]
    sounds = [
        {
            "ipa": p.symbol,
            "start": round(float(p.start), DIGITS),
            "end": round(float(p.end), DIGITS),
            "stress": p.stress,
        }
        for p in speech.phonemes
    ]
    record = {
        "text": speech.text,
        "language": speech.language,
        "duration": round(float(speech.audio.duration), DIGITS),
        "method": alignment.method,
        "words": words,
        "phonemes": sounds,
    }
    return json.dumps(record, ensure_ascii=False, indent=1) + "\n"


def _tier(number: int, name: str, spans: Sequence[WordSpan] | Sequence[PhonemeSpan], duration: Fraction) -> str:
    """An interval tier; its intervals touch and cover everything, as Praat wants them."""
    intervals: list[tuple[Fraction, Fraction, str]] = []
    at = Fraction(0)
    for span in spans:
        start, end = max(span.start, at), min(max(span.end, at), duration)
        if end <= start:
            continue
        if start > at:
            intervals.append((at, start, ""))
        intervals.append((start, end, span.text if isinstance(span, WordSpan) else span.symbol))
        at = end
    if at < duration:
        intervals.append((at, duration, ""))
    lines = [
        f"    item [{number}]:",
        '        class = "IntervalTier"',
        f'        name = "{name}"',
        "        xmin = 0",
        f"        xmax = {_seconds(duration)}",
        f"        intervals: size = {len(intervals)}",
    ]
    for place, (start, end, text) in enumerate(intervals, 1):
        quoted = text.replace('"', '""')
        lines += [
            f"        intervals [{place}]:",
            f"            xmin = {_seconds(start)}",
            f"            xmax = {_seconds(end)}",
            f'            text = "{quoted}"',
        ]
    return "\n".join(lines)


def _seconds(time: Fraction) -> str:
    return f"{float(time):.{DIGITS}f}"
