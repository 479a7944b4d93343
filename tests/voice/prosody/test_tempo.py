"""Faster and slower, and everything still where it is heard."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from studio.types import AudioClip, PhonemeSpan, Speech, WordSpan
from studio.voice import engines
from studio.voice import features as world
from studio.voice.features import BINS, Features
from studio.voice.prosody import tempo
from studio.voice.prosody.sounds import kind

TEXT = "She kept the paper boats, and took them to the sea."
Said = tuple[Features, Speech]


@pytest.fixture(scope="module")
def said() -> Said:
    speech = engines.load("espeak").speak(TEXT, "en", base="f3")
    return world.analyse(speech.audio), speech


def asked(said: Said, rate: float) -> np.ndarray:  # type: ignore[type-arg]
    return np.full(len(said[0].f0), rate)


def length(span: WordSpan | PhonemeSpan) -> float:
    return float(span.end - span.start)


def test_a_rate_of_one_changes_nothing(said: Said) -> None:
    parts, speech = tempo.retimed(*said, asked(said, 1.0))
    assert parts is said[0]
    assert speech is said[1]


def test_what_comes_before_a_change_stays_frame_for_frame(said: Said) -> None:
    rate = asked(said, 1.0)
    third = said[1].words[3]
    at = round(third.start / Fraction(1, 200))
    rate[at:] = 0.8
    parts, speech = tempo.retimed(*said, rate)
    for name in ("f0", "envelope", "aperiodicity"):
        assert np.array_equal(getattr(parts, name)[:at], getattr(said[0], name)[:at])
    assert [word.start for word in speech.words[:3]] == pytest.approx(
        [word.start for word in said[1].words[:3]], abs=1 / 48_000
    )


@pytest.mark.parametrize("rate", [0.6, 0.85, 1.2, 1.8])
def test_words_last_as_long_as_asked_on_whole_samples(said: Said, rate: float) -> None:
    parts, speech = tempo.retimed(*said, asked(said, rate))
    assert len(parts.f0) == pytest.approx(len(said[0].f0) / rate, abs=3)
    for was, now in zip(said[1].words, speech.words, strict=True):
        # Ends of words lie inside frames, and inside a word not every frame gives way alike.
        assert length(now) == pytest.approx(length(was) / rate, abs=0.009)
        assert (now.start * 24_000).denominator == (now.end * 24_000).denominator == 1
    assert speech.audio.samples.shape == (1, int(speech.audio.duration * 24_000))
    assert speech.phonemes[0].start == 0
    for one, next_one in zip(speech.phonemes, speech.phonemes[1:], strict=False):
        assert one.end == next_one.start
    assert [p.symbol for p in speech.phonemes] == [p.symbol for p in said[1].phonemes]


def test_vowels_give_way_more_than_consonants_and_bursts_hardly(said: Said) -> None:
    _, speech = tempo.retimed(*said, asked(said, 0.7))
    grown: dict[str, list[float]] = {}
    for was, now in zip(said[1].phonemes, speech.phonemes, strict=True):
        if was.symbol and length(was) > 0.03:
            grown.setdefault(kind(was.symbol), []).append(length(now) / length(was))
    means = {name: float(np.mean(values)) for name, values in grown.items()}
    assert means["vowel"] > 1.45 > means["fricative"] > means["stop"]
    assert means["stop"] < 1.3
    burst = tempo.bursts(said[0]) > 0.9
    stretch = np.diff(np.interp(np.arange(len(burst) + 1), *_moments(said, 0.7)))
    assert burst.sum() > 10
    assert stretch[burst].mean() < 1.1


def _moments(said: Said, rate: float) -> tuple[np.ndarray, np.ndarray]:  # type: ignore[type-arg]
    """Moments of the frames before and after, in frames, found by moving one phoneme a frame."""
    parts, speech = said
    every = tuple(PhonemeSpan("", Fraction(n, 200), Fraction(n + 1, 200)) for n in range(len(parts.f0)))
    soft = tempo.elasticity(parts, speech)
    moved = tempo._shared(1 / asked(said, rate), soft, tempo._units(parts, speech))
    return np.arange(len(every) + 1), np.concatenate([[0], np.cumsum(moved)])


def drawn(f0: list[float]) -> Said:
    """Features with this pitch, silent bins, and nothing known of their words."""
    count = len(f0)
    rng = np.random.default_rng(3)
    parts = Features(np.array(f0), np.exp(rng.normal(size=(count, BINS))), rng.uniform(size=(count, BINS)))
    clip = AudioClip(np.zeros((1, count * 120), np.float32), 24_000)
    return parts, Speech(clip, "", "en", (), (), "espeak", synthetic=True)


def test_pitch_never_glides_into_silence_or_over_an_octave() -> None:
    parts, _ = tempo.retimed(*drawn([0, 0, 100, 110, 220, 0, 0, 0]), np.full(8, 0.3))
    values = np.unique(parts.f0.round(6))
    assert values[0] == 0
    assert values[1] >= 100
    assert not np.any((values > 110) & (values < 220))
    assert np.any((values > 100) & (values < 110))


def test_silences_alone_can_be_made_longer(said: Said) -> None:
    gap = next(p for p in said[1].phonemes[1:-1] if not p.symbol)
    rate = asked(said, 1.0)
    first, last = round(gap.start * 200), round(gap.end * 200)
    rate[first:last] = 0.5
    _, speech = tempo.retimed(*said, rate)
    for was, now in zip(said[1].words, speech.words, strict=True):
        assert length(now) == pytest.approx(length(was), abs=0.003)
    assert speech.audio.duration - said[1].audio.duration == pytest.approx(length(gap), abs=0.012)


def test_a_pause_between_two_sounds_is_silent_and_moves_the_rest(said: Said) -> None:
    word = said[1].words[2]
    parts, speech = tempo.paused(*said, word.end, Fraction(3, 2))
    assert len(parts.f0) == len(said[0].f0) + 300
    assert [w.start for w in speech.words[:3]] == [w.start for w in said[1].words[:3]]
    assert [w.start for w in speech.words[3:]] == [w.start + Fraction(3, 2) for w in said[1].words[3:]]
    assert PhonemeSpan("", word.end, word.end + Fraction(3, 2)) in speech.phonemes
    sound = world.synthesise(parts, int(speech.audio.duration * 24_000))
    inside = sound[int((word.end + Fraction(1, 10)) * 24_000) : int((word.end + Fraction(7, 5)) * 24_000)]
    assert np.sqrt(np.square(inside).mean()) < 0.01 * np.sqrt(np.square(sound).mean())


def test_a_pause_inside_a_silence_makes_that_one_longer(said: Said) -> None:
    gap = next(p for p in said[1].phonemes[1:-1] if not p.symbol)
    _, speech = tempo.paused(*said, (gap.start + gap.end) / 2, Fraction(1, 2))
    assert len(speech.phonemes) == len(said[1].phonemes)
    assert replace(gap, end=gap.end + Fraction(1, 2)) in speech.phonemes
    assert tempo.paused(*said, gap.start, Fraction(1, 1000)) == said


@pytest.mark.parametrize("rate", [np.ones(3), np.full(8, 0.01), np.full(8, np.nan), np.full(8, 9.0)])
def test_rates_out_of_range_are_mistakes(rate: np.ndarray) -> None:  # type: ignore[type-arg]
    with pytest.raises(ValueError, match="rate must be"):
        tempo.retimed(*drawn([100.0] * 8), rate)


@pytest.mark.parametrize(
    ("symbol", "found"),
    {
        "": "silence",
        "(en)": "silence",
        "aɪ": "vowel",
        "ɨ": "vowel",
        "ɑ5": "vowel",
        "tʃ": "stop",
        "tʂʰ": "stop",
        "ɕ": "fricative",
        "ŋ": "sonorant",
        "n̩": "sonorant",
        "ɹ": "sonorant",
    }.items(),
)
def test_sounds_have_kinds(symbol: str, found: str) -> None:
    assert kind(symbol) == found
