"""Times that are a little off are put right by listening."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from typing import get_args

import numpy as np
import pytest

from studio.head import hearing, timing
from studio.types import Language, PhonemeSpan
from studio.voice.speak import speak

TEXTS: dict[Language, str] = {
    "en": "My father came home late from the mill, and he told us about the river.",
    "zh": "我的父亲每天很早就出门,晚上回家的时候,他给我们讲故事。",
}


@pytest.mark.parametrize("language", get_args(Language))
@pytest.mark.parametrize("off_ms", [-150, 0, 150])
def test_sounds_are_found_again(language: Language, off_ms: int) -> None:
    line = speak(TEXTS[language], language, None, engine="espeak")
    off = Fraction(off_ms, 1000)
    moved = [
        replace(p, start=max(Fraction(0), p.start + off), end=max(Fraction(0), p.end + off)) for p in line.phonemes
    ]
    found = timing.retimed(hearing.likelihoods(line.audio), hearing.sounds(), moved)
    said = [p for p in line.phonemes if p.symbol]
    assert [(p.symbol, p.stress) for p in found] == [(p.symbol, p.stress) for p in said]
    wrong = [abs(float(a.start - b.start)) for a, b in zip(found, said, strict=True)]
    assert np.median(wrong) < 0.02
    assert np.percentile(wrong, 90) < 0.08
    assert all(a.end <= b.start for a, b in pairwise(found))


def test_what_cannot_be_found_stays() -> None:
    names = ("", "a", "ə")
    spans = tuple(PhonemeSpan("a", Fraction(k, 100), Fraction(k + 1, 100)) for k in range(30))
    few = np.full((5, 3), 1 / 3, np.float32)
    assert timing.retimed(few, names, spans) == spans
    assert timing.retimed(few[:0], names, spans[:1]) == spans[:1]
    assert timing.retimed(few, names, ()) == ()
