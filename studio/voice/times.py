"""Times of words and sounds on one clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from studio.types import PhonemeSpan


def covering(phonemes: Sequence[PhonemeSpan], duration: Fraction) -> tuple[PhonemeSpan, ...]:
    """Spans in order from 0 to `duration` without gaps; what is missing is silence."""
    found: list[PhonemeSpan] = []
    at = Fraction(0)
    for span in [*phonemes, PhonemeSpan("", duration, duration)]:
        start, end = max(span.start, at), min(max(span.end, at), duration)
        if start > at:
            found.append(PhonemeSpan("", at, start))
        if end > start:
            found.append(replace(span, start=start, end=end))
        at = max(at, end, start)
    joined: list[PhonemeSpan] = []
    for span in found:
        if joined and not span.symbol and not joined[-1].symbol:
            joined[-1] = PhonemeSpan("", joined[-1].start, span.end)
        else:
            joined.append(span)
    return tuple(joined)
