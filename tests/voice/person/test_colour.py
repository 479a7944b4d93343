"""An equaliser chosen by ear."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from studio.types import AudioClip, PhonemeSpan, Speech
from studio.voice import engines, features
from studio.voice.features import BINS, F64, FFT_SIZE, SAMPLE_RATE, Features
from studio.voice.loudness import to_level
from studio.voice.person import bases
from studio.voice.person.colour import GROUPS, KNOTS, MOST_DB, coloured, costs, fitted, groups
from studio.voice.person.likeness import LEVEL_DB, embedding, likeness


@pytest.fixture(scope="module")
def speech() -> Speech:
    return engines.load("espeak").speak("Every Sunday the kitchen smelled of coffee and warm bread.", "en", base="m2")


@pytest.fixture(scope="module")
def parts(speech: Speech) -> Features:
    return features.analyse(speech.audio)


def heard(parts: Features, speech: Speech) -> AudioClip:
    clip = bases.sound(parts, speech)
    return AudioClip(to_level(clip.mono(), clip.sample_rate, LEVEL_DB)[None], clip.sample_rate)


@pytest.fixture(scope="module")
def gains(parts: Features, speech: Speech, voice_clip: AudioClip) -> F64:
    return fitted(parts, speech, embedding(voice_clip))


def test_the_voice_is_nearer_through_it(parts: Features, speech: Speech, voice_clip: AudioClip, gains: F64) -> None:
    who = embedding(voice_clip)
    before, after = (likeness(embedding(heard(p, speech)), who) for p in (parts, coloured(parts, speech, gains)))
    assert after > before + 0.05


@pytest.mark.parametrize("place", [0, 1, 2])
def test_of_several_vocal_tracts_the_persons_is_found(parts: Features, speech: Speech, place: int) -> None:
    ways = [replace(parts, envelope=features.warped(parts.envelope, tract)) for tract in (0.88, 1.0, 1.12)]
    assert np.argmin(costs(ways, speech, embedding(heard(ways[place], speech)))) == place


def test_gains_are_bounded_and_vowels_have_their_own(gains: F64) -> None:
    assert gains.shape == (GROUPS, KNOTS)
    assert np.abs(gains).max() <= MOST_DB
    assert not np.allclose(gains[0], gains[1])


def test_the_same_voice_gets_the_same_gains(parts: Features, speech: Speech, voice_clip: AudioClip, gains: F64) -> None:
    assert fitted(parts, speech, embedding(voice_clip)).tobytes() == gains.tobytes()


def test_pitch_breath_and_loudness_stay(parts: Features, speech: Speech, gains: F64) -> None:
    found = coloured(parts, speech, gains)
    assert np.array_equal(found.f0, parts.f0)
    assert np.array_equal(found.aperiodicity, parts.aperiodicity)
    assert np.allclose(found.envelope.sum(axis=1), parts.envelope.sum(axis=1))


@pytest.mark.parametrize("gain", [0.0, 6.0])
def test_the_same_gain_everywhere_changes_nothing(parts: Features, speech: Speech, gain: float) -> None:
    found = coloured(parts, speech, np.full((GROUPS, KNOTS), gain))
    assert np.allclose(found.envelope, parts.envelope)


def test_a_gain_is_felt_where_it_stands(parts: Features, speech: Speech) -> None:
    """The highest knot lies at the end of the encoder's hearing, 8 kHz, and holds from there on."""
    gains = np.zeros((GROUPS, KNOTS))
    gains[:, -1] = 6.0
    change = 10 * np.log10(coloured(parts, speech, gains).envelope / parts.envelope)
    change -= change[:, :1]
    hertz = np.arange(BINS) * SAMPLE_RATE / FFT_SIZE
    assert np.allclose(change[:, hertz >= 8000], 6.0)
    assert np.allclose(change[:, hertz < 6500], 0.0)


def test_vowels_other_voiced_sounds_and_the_rest_are_told_apart(parts: Features, speech: Speech) -> None:
    share = groups(parts, speech)
    assert np.allclose(share.sum(axis=1), 1.0)
    whole = replace(speech, phonemes=(PhonemeSpan("a", Fraction(0), speech.audio.duration),))
    assert np.allclose(groups(parts, whole)[10:-10, 0], 1.0)
    nothing = replace(speech, phonemes=())
    assert np.allclose(groups(parts, nothing)[:, 0], 0.0)
    assert groups(parts, nothing)[parts.voiced, 1].mean() > 0.8


def test_a_word_is_enough(speech: Speech, voice_clip: AudioClip) -> None:
    """Shorter than what the encoder looks at."""
    short = features.analyse(
        AudioClip(speech.audio.samples[:, : speech.audio.sample_rate // 2], speech.audio.sample_rate)
    )
    assert np.isfinite(fitted(short, replace(speech, phonemes=()), embedding(voice_clip))).all()
