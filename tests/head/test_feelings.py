"""Feelings show, gently; one passes into the next; and lips still meet and still rest."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from studio.head.feelings import MOODS, felt
from studio.head.motion import listen, perform
from studio.types import AudioClip, Emotion, FaceMotion, Feeling, Manner, PhonemeSpan, Speech

RATE = Fraction(25)
SAMPLE_RATE = 16_000
EMOTIONS: tuple[Emotion, ...] = ("neutral", "warm", "glad", "sad", "solemn")


def line() -> Speech:
    """Two seconds of "ama uma" with a pause of a second before, between and after."""
    spans: list[PhonemeSpan] = []
    at = Fraction(0)
    sounds = [
        ("", 1000),
        ("ɑː", 250),
        ("m", 90),
        ("ɑː", 250),
        ("", 1000),
        ("uː", 250),
        ("m", 90),
        ("iː", 250),
        ("", 1000),
    ]
    pieces = []
    for symbol, ms in sounds:
        end = at + Fraction(ms, 1000)
        spans.append(PhonemeSpan(symbol, at, end, 2 if len(symbol) > 1 else 0))
        count = int(end * SAMPLE_RATE) - int(at * SAMPLE_RATE)
        pieces.append((0.1 if symbol else 0.0) * np.sin(np.arange(count) * 2 * np.pi * 120 / SAMPLE_RATE))
        at = end
    audio = AudioClip(np.concatenate(pieces).astype(np.float32)[None], SAMPLE_RATE)
    return Speech(audio, "…", "en", (), tuple(spans), "hum", True)


def acted(emotion: Emotion, *, strength: float = 1.0, smile: float = 0.0) -> FaceMotion:
    speech = line()
    manner = Manner(smile=smile, feelings=(Feeling(Fraction(0), emotion, strength),))
    return perform(speech, int(speech.audio.duration * RATE), RATE, seed=1, manner=manner)


def idle(emotion: Emotion, seconds: int = 120) -> FaceMotion:
    manner = Manner(feelings=(Feeling(Fraction(0), emotion),))
    return listen(seconds * 25, RATE, seed=3, manner=manner)


def test_no_feeling_is_the_neutral_one() -> None:
    speech = line()
    plain = perform(speech, 90, RATE, seed=1)
    named = perform(speech, 90, RATE, seed=1, manner=Manner(feelings=(Feeling(Fraction(0), "neutral"),)))
    assert plain.curves.tobytes() == named.curves.tobytes()
    weak = perform(speech, 90, RATE, seed=1, manner=Manner(feelings=(Feeling(Fraction(0), "glad", 0.0),)))
    assert np.allclose(plain.curves, weak.curves, atol=1e-6)


def test_corners_rise_and_fall() -> None:
    smiles = {emotion: float(np.median(acted(emotion).curve("smile"))) for emotion in EMOTIONS}
    assert smiles["glad"] > smiles["warm"] > 0.1 > smiles["neutral"] == smiles["solemn"] == 0.0 > smiles["sad"]


@pytest.mark.parametrize("emotion", EMOTIONS)
def test_lips_meet_and_rest_whatever_is_felt(emotion: Emotion) -> None:
    plain, made = acted("neutral"), acted(emotion, smile=1.0)
    for at in (1.295, 2.885):
        assert made.curve("press")[round(at * 25 - 0.5)] >= 0.8
        assert made.curve("jaw")[round(at * 25 - 0.5)] < 0.1
    middles = (np.arange(made.num_frames) + 0.5) / 25
    quiet = ((middles > 0.1) & (middles < 0.8)) | ((middles > 1.8) & (middles < 2.4)) | (middles > 3.4)
    for name in ("jaw", "upper", "lower"):
        assert np.abs(made.curve(name)[quiet]).max() < 0.05 * plain.curve("jaw").max(), name


def test_round_lips_smile_less() -> None:
    made = acted("glad")
    smile, wide = made.curve("smile"), made.curve("wide")
    assert wide[67] < -0.6  # in the u
    assert smile[67] < 0.75 * smile[52]  # than in the pause before it


def test_sad_speech_opens_less_and_glad_speech_more() -> None:
    opening = {emotion: acted(emotion).curve("jaw").max() for emotion in ("sad", "neutral", "glad")}
    assert opening["sad"] < 0.95 * opening["neutral"] < opening["neutral"] < opening["glad"]


def test_the_sad_and_the_solemn_are_stiller_and_the_glad_are_livelier() -> None:
    sway = {emotion: float(idle(emotion).curve("yaw").std()) for emotion in EMOTIONS}
    assert sway["solemn"] < sway["sad"] < sway["neutral"] < sway["glad"]
    sad = idle("sad")
    assert np.median(sad.curve("pitch")) > 0.01  # bowed
    assert np.median(sad.curve("look_y")) > 0.03  # eyes down
    assert np.percentile(sad.curve("blink"), 20) > 0.1  # lids low between blinks
    assert sad.curve("blink").max() > 0.95


def test_one_feeling_passes_into_the_next_without_a_jump() -> None:
    feelings = (Feeling(Fraction(0), "sad"), Feeling(Fraction(4), "glad"), Feeling(Fraction(9, 2), "solemn", 0.5))
    times = np.arange(0, 10, 0.04)
    mood = felt(feelings, times)
    for name, values in mood.items():
        size = max(abs(getattr(a, name) - getattr(b, name)) for a in MOODS.values() for b in MOODS.values())
        assert np.abs(np.diff(values)).max() <= 0.09 * size + 1e-9, name
    before, after = np.searchsorted(times, (3.9, 5.8))
    assert mood["smile"][before] == pytest.approx(MOODS["sad"].smile)
    assert mood["sway"][after] == pytest.approx(1 + 0.5 * (MOODS["solemn"].sway - 1))


def test_frame_rates_agree() -> None:
    feelings = (Feeling(Fraction(2), "glad"),)
    slow, fast = (felt(feelings, (np.arange(n) + 0.5) / n * 5)["smile"] for n in (125, 250))
    assert np.abs((fast[0::2] + fast[1::2]) / 2 - slow).max() < 0.01


@pytest.mark.parametrize("manner", [
    Manner(smile=1.2), Manner(gaze=-0.1), Manner(amount=2.5), Manner(feelings=(Feeling(Fraction(0), "sad", 1.5),)),
    Manner(feelings=(Feeling(Fraction(2), "sad"), Feeling(Fraction(1), "glad"))),
])  # fmt: skip
def test_bad_manners_are_bugs(manner: Manner) -> None:
    with pytest.raises(ValueError, match=r"must be"):
        listen(10, RATE, seed=0, manner=manner)
