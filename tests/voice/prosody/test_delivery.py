"""Feelings and marks do to a voice what they are meant to do, and no more."""

from __future__ import annotations

from dataclasses import fields, replace
from fractions import Fraction
from typing import get_args

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter1d

from studio.types import Emotion, Feeling, Language, Speech
from studio.voice import engines
from studio.voice import features as world
from studio.voice.features import F64, Features
from studio.voice.language.marks import read
from studio.voice.prosody import melody
from studio.voice.prosody.delivery import DELIVERIES, Delivery, controls, deliver, gaps
from studio.voice.prosody.plan import plan
from studio.voice.prosody.tempo import frames

Said = tuple[Features, Speech]
TEXT = "We walked down to the harbour every Sunday, and your mother brought bread for the gulls."
ZH = "每个星期天我们都走到海边，妈妈总是带着面包。"
FELT: list[Emotion] = ["warm", "glad", "sad", "solemn"]


def spoken(text: str, language: Language) -> Said:
    speech = engines.load("espeak").speak(text, language)
    return world.analyse(speech.audio), speech


@pytest.fixture(scope="module")
def english() -> Said:
    return spoken(TEXT, "en")


@pytest.fixture(scope="module")
def mandarin() -> Said:
    return spoken(ZH, "zh")


def felt(said: Said, emotion: Emotion, strength: float = 1.0) -> Said:
    return deliver(*said, [Feeling(Fraction(0), emotion, strength)])


def heard(parts: Features) -> dict[str, float]:
    voiced = world.loud(parts)
    semitones = 12 * np.log2(parts.f0[voiced])
    power = 10 * np.log10(parts.envelope[voiced].mean(axis=0))
    # All of its ups and downs: neither the line of a phrase nor the pace has much of a share in them.
    travelled = np.abs(np.diff(gaussian_filter1d(semitones, 4))).sum()
    return {
        "pitch": float(np.median(semitones)),
        "range": float(travelled),
        "level": float(10 * np.log10(parts.envelope[voiced].sum(axis=1).mean())),
        "tilt": float(power[120:340].mean() - power[8:40].mean()),
        "noise": float(parts.aperiodicity[voiced][:, 171:].mean()),
    }


def test_neutral_gives_back_the_very_same(english: Said) -> None:
    assert deliver(*english) == english
    assert felt(english, "neutral") == english
    assert felt(english, "glad", 0.0) == english


def test_every_emotion_moves_as_it_is_meant_to(english: Said) -> None:
    plain, length = heard(english[0]), float(english[1].audio.duration)
    for emotion in FELT:
        asked = DELIVERIES[emotion]
        parts, speech = felt(english, emotion)
        now = heard(parts)
        assert now["pitch"] - plain["pitch"] == pytest.approx(asked.pitch, abs=0.6), emotion
        assert np.sign(now["range"] / plain["range"] - 1) == np.sign(asked.melody - 1), emotion
        assert now["level"] - plain["level"] == pytest.approx(asked.energy, abs=0.6), emotion
        assert np.sign(round(now["tilt"] - plain["tilt"], 1)) == np.sign(asked.tilt), emotion
        assert now["noise"] - plain["noise"] == pytest.approx(asked.breath * (1 - plain["noise"]), abs=0.05), emotion
        assert float(speech.audio.duration) / length == pytest.approx(1 / asked.tempo, abs=0.06), emotion


def test_what_is_said_stays_and_its_times_stay_in_order(english: Said) -> None:
    for emotion in FELT:
        parts, speech = felt(english, emotion)
        assert [w.text for w in speech.words] == [w.text for w in english[1].words]
        assert [p.symbol for p in speech.phonemes] == [p.symbol for p in english[1].phonemes]
        times = [time for word in speech.words for time in (word.start, word.end)]
        assert times == sorted(times)
        assert len(parts.f0) == pytest.approx(float(speech.audio.duration) * 200, abs=3)


def test_half_a_feeling_is_about_half_of_it() -> None:
    full, half = (controls([Feeling(Fraction(0), "sad", s)], np.zeros(1)) for s in (1.0, 0.5))
    for field in fields(Delivery):
        if field.default == 1.0:
            assert half[field.name] ** 2 == pytest.approx(full[field.name])
        else:
            assert half[field.name] * 2 == pytest.approx(full[field.name])


def test_a_feeling_comes_at_its_moment_and_passes_gently(english: Said) -> None:
    at = english[1].words[7].start
    feelings = [Feeling(Fraction(0), "neutral"), Feeling(at, "glad")]
    parts, speech = deliver(*english, feelings)
    before = round(at * 200)
    assert np.allclose(parts.f0[: before - 12], english[0].f0[: before - 12])
    assert speech.words[6].start == pytest.approx(english[1].words[6].start, abs=1e-4)
    curves = controls(feelings, np.arange(len(english[0].f0)) * 0.005)
    assert np.abs(np.diff(curves["pitch"])).max() < 0.03
    assert curves["pitch"][-1] == DELIVERIES["glad"].pitch


def spans(speech: Speech, f0: F64) -> list[float]:
    """Of every syllable's tone, semitones."""
    found = []
    for word in speech.words:
        first, last = frames(word.start, word.end, len(f0))
        inside = f0[first:last][f0[first:last] > 0]
        found.append(float(np.ptp(np.percentile(12 * np.log2(inside), (5, 95)))) if len(inside) > 4 else 0.0)
    return found


@pytest.mark.parametrize("emotion", FELT)
def test_mandarin_tones_survive(mandarin: Said, emotion: Emotion) -> None:
    parts, speech = mandarin
    curves = controls([Feeling(Fraction(0), emotion)], np.arange(len(parts.f0)) * 0.005)
    before, after = spans(speech, parts.f0), spans(speech, melody.moved(parts, speech, curves))
    # Spans of an octave are mistakes of the pitch tracker.
    kept = [b / a for a, b in zip(before, after, strict=True) if 1.0 < a < 10]
    assert len(kept) > 8
    assert min(kept) > melody.TONE_KEPT - 0.01


def test_the_worst_that_can_be_asked_leaves_three_fifths_of_a_tone(mandarin: Said) -> None:
    parts, speech = mandarin
    curves = controls([], np.zeros(len(parts.f0))) | {"melody": np.full(len(parts.f0), 0.1)}
    pairs = zip(spans(speech, parts.f0), spans(speech, melody.moved(parts, speech, curves)), strict=True)
    assert min(b / a for a, b in pairs if 1.0 < a < 10) > melody.TONE_KEPT - 0.01


def test_statements_fall_and_questions_do_not() -> None:
    curve = {"fall": -2.0}
    ends = []
    for text in ("You remember the harbour.", "You remember the harbour?"):
        parts, speech = spoken(text, "en")
        curves = controls([], np.zeros(len(parts.f0))) | {n: np.full(len(parts.f0), v) for n, v in curve.items()}
        last = np.flatnonzero(parts.voiced)[-1]
        ends.append(12 * np.log2(melody.moved(parts, speech, curves)[last] / parts.f0[last]))
    assert ends[0] < -1.2
    assert abs(ends[1]) < 0.1


def test_nobody_gets_shrill() -> None:
    parts, speech = spoken("Oh, how lovely!", "en")
    peak = np.flatnonzero(parts.voiced)[10:14]
    f0 = parts.f0.copy()
    f0[peak] = np.median(f0[parts.voiced]) * 2 ** (8 / 12)
    glad = felt((replace(parts, f0=f0), speech), "glad")[0]
    assert glad.f0.max() < np.median(glad.f0[glad.voiced]) * 2 ** (12.1 / 12)


def _word(said: Said, index: int) -> tuple[float, float, float]:
    parts, speech = said
    word = speech.words[index]
    first, last = frames(word.start, word.end, len(parts.f0))
    f0 = parts.f0[first:last]
    level = 10 * np.log10(parts.envelope[first:last].sum(axis=1).mean())
    return float(word.end - word.start), float(np.percentile(12 * np.log2(f0[f0 > 0]), 90)), float(level)


@pytest.mark.parametrize(("language", "marked", "index"), [("en", "mother", 10), ("zh", "边", 11)])
def test_a_stressed_word_is_longer_higher_and_louder(
    language: Language, marked: str, index: int, english: Said, mandarin: Said
) -> None:
    said = english if language == "en" else mandarin
    assert said[1].words[index].text == marked
    script = read(said[1].text.replace(marked, f"*{marked}*"))
    stressed = deliver(*said, (), plan(said[1], script))
    (long, high, loud), (length, height, level) = _word(stressed, index), _word(said, index)
    assert 1.1 < long / length < 1.45
    assert 0.4 < high - height < 3.5
    assert 1.5 < loud - level < 3.2
    for other in (0, index - 1, index + 1):
        (long, high, loud), (length, height, level) = _word(stressed, other), _word(said, other)
        assert long / length == pytest.approx(1, abs=0.04)
        assert loud <= level + 1.0


def test_marks_of_pause_and_pace_are_followed_exactly(english: Said) -> None:
    script = read(TEXT.replace("every", "[pause 1.2s]every").replace("Sunday,", "Sunday, [pause 0.1s]") + "[pause 2s]")
    script_slow = read(TEXT.replace("down to the harbour", "[slow]down to the harbour[/slow]"))
    _, speech = deliver(*english, (), plan(english[1], script))
    words = speech.words
    assert words[6].start - words[5].end == pytest.approx(1.2, abs=0.006)
    assert words[8].start - words[7].end == pytest.approx(0.1, abs=0.02)
    assert speech.audio.duration - words[-1].end == pytest.approx(2.0, abs=0.006)
    assert speech.phonemes[-1].end - speech.phonemes[-1].start >= 1.9
    _, slow = deliver(*english, (), plan(english[1], script_slow))
    was, now = (s.words[5].end - s.words[2].start for s in (english[1], slow))
    assert now / was == pytest.approx(1 / 0.82, abs=0.02)


def test_silences_inside_a_line_grow_with_sadness(english: Said) -> None:
    _, speech = felt(english, "sad")
    (was,), (now,) = gaps(english[1]), gaps(speech)
    assert (now[1] - now[0]) / (was[1] - was[0]) == pytest.approx(DELIVERIES["sad"].pauses, abs=0.06)


def test_speech_whose_words_nobody_knows_can_be_delivered(english: Said) -> None:
    unknown = replace(english[1], text="", words=(), phonemes=())
    parts, speech = deliver(english[0], unknown, [Feeling(Fraction(0), "solemn")])
    assert heard(parts)["pitch"] < heard(english[0])["pitch"]
    assert speech.audio.duration > unknown.audio.duration
    silent = replace(english[0], f0=np.zeros_like(english[0].f0))
    assert not deliver(silent, english[1], [Feeling(Fraction(0), "glad")])[0].voiced.any()


def test_the_same_seed_gives_the_same_voice(english: Said) -> None:
    sad = [Feeling(Fraction(0), "sad")]
    one, same, other = (deliver(*english, sad, seed=seed)[0].f0 for seed in (1, 1, 2))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


def test_sounds_stay_finite_and_within_their_ranges(english: Said) -> None:
    for emotion in get_args(Emotion):
        parts, _ = felt(english, emotion)
        assert np.isfinite(parts.envelope).all()
        assert (parts.envelope > 0).all()
        assert (parts.aperiodicity >= 0).all()
        assert (parts.aperiodicity <= 1).all()


@pytest.mark.parametrize(
    "feelings",
    [[Feeling(Fraction(2), "sad"), Feeling(Fraction(1), "sad")], [Feeling(Fraction(0), "sad", 1.4)]],
)
def test_feelings_out_of_order_or_range_are_mistakes(english: Said, feelings: list[Feeling]) -> None:
    with pytest.raises(ValueError, match=r"order of time|strength"):
        deliver(*english, feelings)
