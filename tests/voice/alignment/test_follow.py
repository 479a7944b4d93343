"""Which words are heard, and what else; on speech whose words and additions are known."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from studio.types import F32, AudioClip, Language
from studio.voice import engines
from studio.voice.alignment.follow import LONGEST_S, apart, follow, likened
from studio.voice.alignment.warping import cepstra

RATE = 22_050
LINE = "My grandmother planted apple trees behind the old house."
ZH = "奶奶在老房子后面种了苹果树。"


@cache
def spoken(text: str, language: Language = "en", base: str = "f3", speed: float = 1.25) -> tuple[F32, tuple]:
    """Another voice at another pace than the one it is compared with."""
    speech = engines.load("espeak").speak(text, language, base=base, speed=speed)
    return speech.audio.mono(), speech.words


def heard(samples: F32, text: str = LINE, language: Language = "en"):
    return follow(AudioClip(samples[None], RATE), text, language)


def cut(samples: F32, start: float, end: float) -> F32:
    return np.concatenate([samples[: round(start * RATE)], samples[round(end * RATE) :]])


@pytest.mark.parametrize(("text", "language"), [(LINE, "en"), (ZH, "zh")])
def test_every_word_of_a_good_take_is_heard_where_it_is(text: str, language: Language) -> None:
    samples, words = spoken(text, language)
    found = heard(samples, text, language)
    assert None not in found.spans and not found.strange
    assert found.words == tuple(word.text for word in words)
    starts = np.array([span[0] for span in found.spans]) - np.array([float(word.start) for word in words])
    assert np.abs(starts).mean() < 0.05


@pytest.mark.parametrize(("text", "language", "place"), [(LINE, "en", 1), (LINE, "en", 2), (ZH, "zh", slice(8, 11))])
def test_what_is_left_out_is_named(text: str, language: Language, place: int | slice) -> None:
    samples, words = spoken(text, language)
    gone = words[place] if isinstance(place, slice) else (words[place],)
    found = heard(cut(samples, float(gone[0].start), float(gone[-1].end)), text, language)
    missing = {word for word, span in zip(found.words, found.spans, strict=True) if span is None}
    assert missing & {word.text for word in gone}


def test_a_doubled_word_is_more_than_the_text() -> None:
    samples, words = spoken(LINE)
    start, end = (round(float(time) * RATE) for time in (words[1].start, words[1].end))
    found = heard(np.concatenate([samples[:end], samples[start:]]))
    assert sum(last - first for first, last in found.strange) == pytest.approx((end - start) / RATE, abs=0.25)


def test_speech_after_the_end_belongs_to_no_word() -> None:
    samples, _ = spoken(LINE)
    tail, _ = spoken("Thank you for watching.", base="f3")
    found = heard(np.concatenate([samples, np.zeros(RATE // 5, np.float32), tail]))
    assert None not in found.spans
    assert found.strange and found.strange[-1][0] >= len(samples) / RATE - 0.3
    assert sum(last - first for first, last in found.strange) > 0.7 * len(tail) / RATE


def test_pauses_are_nothing_strange() -> None:
    samples, words = spoken(LINE)
    at, quiet = round(float(words[4].start) * RATE), np.zeros(RATE, np.float32)
    found = heard(np.concatenate([quiet, samples[:at], quiet, samples[at:], quiet]))
    assert None not in found.spans and not found.strange


def test_the_same_words_again_are_nearer_than_others() -> None:
    def shown(text: str, speed: float) -> np.ndarray:
        return likened(cepstra(AudioClip(spoken(text, speed=speed)[0][None], RATE)))

    known = shown("Some call me nature. " + LINE, 1.0)
    assert apart(known[50:120], known) == pytest.approx(0, abs=1e-6)
    assert apart(shown(LINE, 1.2), known) < apart(shown("Winter came early to the valley that year.", 1.2), known) - 0.1


def test_an_hour_is_not_followed_at_once() -> None:
    with pytest.raises(ValueError, match="one sentence at a time"):
        heard(np.zeros(round((LONGEST_S + 1) * RATE), np.float32))
