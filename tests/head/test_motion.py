"""Lips meet where they must, rest where nothing is said, and keep to the frame."""

from __future__ import annotations

import time
from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import pytest

from studio.head.motion import listen, perform
from studio.types import F32, MOTION_CURVES, AudioClip, FaceMotion, Manner, PhonemeSpan, Speech, frames_for

RATES = (Fraction(24000, 1001), Fraction(24), Fraction(25), Fraction(30000, 1001), Fraction(60))
SAMPLE_RATE = 16_000


def said(*sounds: tuple[str, int], language: str = "en") -> Speech:
    """Speech from (symbol, ms); silence is "". The sound is a hum wherever something is said."""
    phonemes: list[PhonemeSpan] = []
    pieces = []
    at = Fraction(0)
    for symbol, ms in sounds:
        end = at + Fraction(ms, 1000)
        phonemes.append(PhonemeSpan(symbol, at, end, stress=2 if symbol and symbol[0] in "aeiouɑɔə" else 0))
        count = int(end * SAMPLE_RATE) - int(at * SAMPLE_RATE)
        hum = 0.1 * np.sin(np.arange(count) * 2 * np.pi * 120 / SAMPLE_RATE) if symbol else np.zeros(count)
        pieces.append(hum)
        at = end
    audio = AudioClip(np.concatenate(pieces).astype(np.float32)[None], SAMPLE_RATE)
    return Speech(audio, "…", language, (), tuple(phonemes), "hum", True)  # type: ignore[arg-type]


def unknown(samples: Sequence[float] | F32) -> Speech:
    """A recording without a transcript."""
    audio = AudioClip(np.asarray(samples, np.float32)[None], SAMPLE_RATE)
    return Speech(audio, "", "en", (), (), "recording", False)


def moved(speech: Speech, rate: Fraction = Fraction(25), *, seed: int = 1, amount: float = 1.0) -> FaceMotion:
    manner = Manner(amount=amount)
    return perform(speech, frames_for(speech.audio.duration, rate), rate, seed=seed, manner=manner)


def nearest(seconds: float, rate: Fraction) -> int:
    """The frame whose middle is nearest."""
    return round(seconds * float(rate) - 0.5)


@pytest.mark.parametrize("rate", RATES, ids=str)
@pytest.mark.parametrize("sound", ["m", "b", "p"])
@pytest.mark.parametrize("ms", [40, 60, 80])
@pytest.mark.parametrize("offset", [0, 7, 13, 21])
def test_lips_meet_between_vowels(rate: Fraction, sound: str, ms: int, offset: int) -> None:
    motion = moved(said(("", 300 + offset), ("ɑː", 160), (sound, ms), ("ɑː", 160), ("", 300)), rate)
    frame = nearest((300 + offset + 160 + ms / 2) / 1000, rate)
    assert motion.curve("press")[frame] >= 0.8
    assert motion.curve("jaw")[frame] <= 0.1
    # And they part again on both sides.
    around = motion.curve("jaw")[[nearest((300 + offset + at) / 1000, rate) for at in (90, 160 + ms + 90)]]
    assert (around > 0.35).all()


@pytest.mark.parametrize("rate", RATES, ids=str)
@pytest.mark.parametrize("sound", ["f", "v"])
def test_lower_lip_tucks(rate: Fraction, sound: str) -> None:
    motion = moved(said(("", 300), ("aɪ", 180), (sound, 70), ("ɑː", 180), ("", 300)), rate)
    frame = nearest(0.515, rate)
    assert motion.curve("tuck")[frame] >= 0.8
    assert motion.curve("press")[frame] <= 0.1
    assert motion.curve("jaw")[frame] <= 0.25


def test_the_jaw_passes_through_alveolars() -> None:
    steady = moved(said(("", 300), ("ɑː", 360), ("", 300))).curve("jaw")[nearest(0.48, Fraction(25))]
    for sound in ("t", "d", "n", "l"):
        jaw = moved(said(("", 300), ("ɑː", 150), (sound, 60), ("ɑː", 150), ("", 300))).curve("jaw")
        assert jaw[nearest(0.48, Fraction(25))] > 0.5 * steady, sound


def test_oo_rounds_and_ee_spreads() -> None:
    middle = nearest(0.45, Fraction(25))
    wide = {s: moved(said(("", 300), (s, 300), ("", 300))).curve("wide")[middle] for s in ("uː", "iː", "ɑː", "y")}
    assert wide["uː"] < -0.7 and wide["y"] < -0.6
    assert wide["iː"] > 0.5
    assert abs(wide["ɑː"]) < 0.2


def test_rounding_is_prepared_through_consonants() -> None:
    # "stew": the lips are round before the vowel is heard; in "steam" they never are.
    round_, spread = (
        moved(said(("", 300), ("s", 110), ("t", 70), (vowel, 200), ("", 300))).curve("wide") for vowel in ("uː", "iː")
    )
    before = nearest(0.40, Fraction(25))
    assert round_[before] < -0.2 < spread[before]


def test_the_mouth_opens_more_when_louder_and_more_for_more() -> None:
    speech = said(("", 300), ("ɑː", 250), ("", 300), ("ɑː", 250), ("", 300))
    samples = speech.audio.samples.copy()
    samples[0, : int(0.7 * SAMPLE_RATE)] *= 0.3
    quiet_then_loud = Speech(
        AudioClip(samples, SAMPLE_RATE), "…", "en", (), speech.phonemes, speech.engine, synthetic=True
    )
    jaw = moved(quiet_then_loud).curve("jaw")
    assert jaw[nearest(0.43, Fraction(25))] < 0.95 * jaw[nearest(0.98, Fraction(25))]
    peaks = [moved(speech, amount=amount).curve("jaw").max() for amount in (0.0, 0.5, 1.0, 1.3)]
    assert peaks[0] == 0.0
    assert peaks[1] == pytest.approx(0.5 * peaks[2], rel=0.01)
    assert peaks[3] > peaks[2]


def test_amount_scales_the_head_too() -> None:
    gentle, usual = (listen(500, Fraction(25), seed=4, manner=Manner(amount=amount)) for amount in (0.5, 1.0))
    for name in ("yaw", "pitch", "roll", "brow", "breath"):
        assert np.abs(gentle.curve(name)).max() == pytest.approx(0.5 * np.abs(usual.curve(name)).max(), rel=0.01)
    assert np.array_equal(gentle.curve("blink"), usual.curve("blink"))
    assert not listen(500, Fraction(25), seed=4, manner=Manner(amount=0.0)).curves.any()


@pytest.mark.parametrize("rate", RATES, ids=str)
@pytest.mark.parametrize("pause_ms", [250, 400, 2000])
def test_pauses_close_the_mouth_within_150_ms(rate: Fraction, pause_ms: int) -> None:
    motion = moved(said(("", 200), ("ɑː", 300), ("", pause_ms), ("ɔː", 300), ("", 400)), rate)
    jaw = motion.curve("jaw")
    middles = (np.arange(len(jaw)) + 0.5) / float(rate)
    spoken_range = jaw.max()
    opening = min(0.16, 0.5 * pause_ms / 1000)
    inside = (middles > 0.65 - 1e-6) & (middles < 0.5 + pause_ms / 1000 - opening)
    after = middles > 0.8 + pause_ms / 1000 + 0.15
    for rows in (inside, after):
        assert (jaw[rows] < 0.05 * spoken_range).all()
        assert (motion.curve("upper")[rows] < 0.02).all() and (motion.curve("lower")[rows] < 0.02).all()
    assert jaw[(middles > 0.5) & (middles < 0.5 + pause_ms / 1000)].min() < 0.05 * spoken_range


def test_stops_inside_a_word_are_no_pause() -> None:
    jaw = moved(said(("", 300), ("ɑː", 150), ("t", 40), ("", 60), ("ɑː", 150), ("", 300))).curve("jaw")
    assert jaw[nearest(0.5, Fraction(25))] > 0.15


def test_silent_sound_closes_the_mouth_whatever_the_phonemes_say() -> None:
    speech = said(("", 200), ("ɑː", 1000), ("ɑː", 1000), ("", 200))
    samples = speech.audio.samples.copy()
    samples[0, int(1.2 * SAMPLE_RATE) :] = 0
    cut = Speech(AudioClip(samples, SAMPLE_RATE), "…", "en", (), speech.phonemes, "hum", synthetic=True)
    jaw = moved(cut).curve("jaw")
    assert jaw[nearest(0.7, Fraction(25))] > 0.5
    assert (jaw[nearest(1.4, Fraction(25)) :] < 0.03).all()


@pytest.mark.parametrize("rate", RATES, ids=str)
@pytest.mark.parametrize("num_frames", [0, 1, 2, 7, 100])
def test_frames_are_exact_and_finite(rate: Fraction, num_frames: int) -> None:
    speech = said(("m", 80), ("ɑː", 200), ("", 100))
    for motion in (
        perform(speech, num_frames, rate, seed=0),
        perform(unknown(speech.audio.samples[0]), num_frames, rate, seed=0),
        listen(num_frames, rate, seed=0),
    ):
        assert motion.curves.shape == (num_frames, len(MOTION_CURVES))
        assert motion.curves.dtype == np.float32
        assert motion.frame_rate == rate
        assert np.isfinite(motion.curves).all()


def test_nothing_drifts_in_ten_minutes_of_film_rate() -> None:
    rate = Fraction(24000, 1001)
    last_m = 599_000
    motion = moved(said(("", 1000), *[("ɑː", 200), ("", 800)] * 598, ("m", 80), ("ɑː", 300), ("", 620)), rate)
    assert motion.num_frames == frames_for(Fraction(600), rate) == 14386
    press = motion.curve("press")
    loudest = np.flatnonzero(press > 0.9)
    # Adding 1 / 24 s per frame would be 0.6 s off by now.
    assert abs((loudest.mean() + 0.5) / float(rate) - (last_m + 40) / 1000) < 0.8 / float(rate)


def test_same_seed_same_bytes() -> None:
    speech = said(("", 300), ("m", 80), ("ɑː", 900), ("", 300), ("ɑː", 1900), ("", 800))
    one, again, other = (moved(speech, seed=seed).curves for seed in (7, 7, 8))
    assert one.tobytes() == again.tobytes()
    mouth, head = MOTION_CURVES.index("jaw"), MOTION_CURVES.index("yaw")
    assert np.array_equal(one[:, mouth], other[:, mouth])
    assert not np.array_equal(one[:, head], other[:, head])


def test_takes_begin_and_end_at_rest() -> None:
    # Cut in the middle of a word at both ends.
    for speech in (said(("ɑː", 2000)), unknown(said(("ɑː", 2000)).audio.samples[0])):
        motion = moved(speech, Fraction(50))
        # Pressed lips are closed lips: they may be about to say p.
        for name in set(MOTION_CURVES) - {"press"}:
            size = 0.01 if name in ("yaw", "pitch", "roll", "look_x", "look_y") else 0.1
            assert np.abs(motion.curve(name)[[0, -1]]).max() < size, name


def test_curves_stay_in_range_and_do_not_flicker() -> None:
    sounds = [("", 200)]
    for word in ("m ɑː m ə", "f aɪ v", "b uː t s", "θ ɪ ŋ k", "w iː", "p æ p iː z"):
        sounds += [(s, 70 if s not in ("ɑː", "uː", "iː", "aɪ") else 130) for s in word.split()]
    motion = moved(said(*sounds, ("", 300)), Fraction(30), amount=2.0)
    for name in MOTION_CURVES:
        curve = motion.curve(name)
        low, high = (
            (-1.0, 1.0) if name in ("wide", "smile", "brow", "yaw", "pitch", "roll", "look_x", "look_y") else (0.0, 1.0)
        )
        assert low <= curve.min() and curve.max() <= high, name


def test_nothing_flickers() -> None:
    """Without lips that have to meet, no curve goes there and back within one frame."""
    sounds = [("", 200)]
    for sound in ("w", "iː", "θ", "ɪ", "ŋ", "k", "t", "uː", "s", "oʊ", "l", "ɑː", "dʒ", "ə", "n", "l", "ɑː"):
        sounds.append((sound, 130 if sound in ("iː", "uː", "oʊ", "ɑː") else 60))
    motion = moved(said(*sounds, ("", 300)), Fraction(30))
    for name in ("jaw", "wide", "upper", "lower"):
        curve = motion.curve(name)
        there = np.minimum(curve[1:-1] - curve[:-2], curve[1:-1] - curve[2:])
        back = np.minimum(curve[:-2] - curve[1:-1], curve[2:] - curve[1:-1])
        assert max(there.max(), back.max()) < 0.2, name


def test_odd_speech_is_survived() -> None:
    nothing = said(("", 500))
    assert not moved(nothing).curve("jaw").any()
    blip = said(("m", 0), ("ɑː", 0), ("b", 0), ("ɑː", 100))
    assert np.isfinite(moved(blip).curves).all()
    empty = Speech(AudioClip(np.zeros((1, 0), np.float32), SAMPLE_RATE), "", "en", (), (), "none", synthetic=True)
    assert np.isfinite(perform(empty, 10, Fraction(25), seed=0).curves).all()
    assert not perform(empty, 10, Fraction(25), seed=0).curve("jaw").any()
    for count in (1, 160, 1600):
        assert np.isfinite(moved(unknown(np.full(count, 0.1))).curves).all()


@pytest.mark.parametrize("amount", [-0.1, 2.1, float("nan")])
def test_bad_amounts_are_bugs(amount: float) -> None:
    with pytest.raises(ValueError, match="amount"):
        listen(10, Fraction(25), seed=0, manner=Manner(amount=amount))
    with pytest.raises(ValueError, match="num_frames"):
        listen(-1, Fraction(25), seed=0)


def test_a_minute_takes_about_a_second() -> None:
    speech = said(("", 1000), *[("m", 80), ("ɑː", 120), ("t", 60), ("uː", 140), ("s", 100)] * 116, ("", 1000))
    moved(said(("m", 100)))  # imports
    started = time.process_time()
    moved(speech)
    assert time.process_time() - started < 2.0


def test_a_line_nobody_wrote_down_is_heard_beside_one_whose_words_are_known() -> None:
    from studio.voice.speak import speak

    line = speak("My father came home.", "en", None)
    length = line.audio.duration
    twice = AudioClip(np.concatenate([line.audio.samples] * 2, axis=1), line.audio.sample_rate)
    half_known = Speech(twice, "", "en", (), line.phonemes, "mixed", synthetic=True)
    motion = perform(half_known, frames_for(2 * length, Fraction(25)), Fraction(25), seed=1)
    cut = int(length * 25)
    assert motion.curve("jaw")[:cut].max() > 0.15
    assert motion.curve("jaw")[cut:].max() > 0.15
