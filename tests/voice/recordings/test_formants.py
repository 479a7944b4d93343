"""Resonances that are known are found again."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.signal import lfilter

from studio.types import AudioClip
from studio.voice.recordings.formants import HOP_S, ceiling, formants
from studio.voice.recordings.periods import evenness

RATE = 16_000
VOWELS = {
    "i": ((270, 2290, 3010, 3700), 120.0),
    "a": ((730, 1090, 2440, 3400), 120.0),
    "u": ((300, 870, 2240, 3300), 120.0),
    "a of a woman": ((850, 1220, 2810, 3900), 210.0),
}


def pulses(f0: NDArray[np.float64], seconds: float) -> NDArray[np.float64]:
    """Impulses at the times a pitch asks for, each spread over two samples so that its time is exact."""
    phase = np.cumsum(np.broadcast_to(f0, round(seconds * RATE)) / RATE)
    sound = np.zeros(len(phase))
    for at in np.flatnonzero(np.diff(np.floor(phase)) > 0):
        part = (phase[at + 1] % 1) / (phase[at + 1] - phase[at])
        sound[at + 1] += 1 - part
        sound[at] += part
    return sound


def vowel(places: tuple[int, ...], f0: float, seconds: float = 0.6) -> AudioClip:
    """A source that falls by 12 dB an octave, through resonances 60 to 200 Hz wide, and the lips' 6 dB."""
    sound = pulses(np.array(f0), seconds)
    sound = lfilter([1], [1, -0.97], sound)
    for hertz, width in zip(places, (60, 90, 150, 200), strict=True):
        radius, angle = np.exp(-np.pi * width / RATE), 2 * np.pi * hertz / RATE
        sound = lfilter(
            [1 - 2 * radius * np.cos(angle) + radius**2], [1, -2 * radius * np.cos(angle), radius**2], sound
        )
    return AudioClip((0.3 * sound / np.abs(sound).max()).astype(np.float32)[None], RATE)


@pytest.mark.parametrize("name", VOWELS)
def test_formants_of_a_vowel_that_was_made_are_found(name: str) -> None:
    places, f0 = VOWELS[name]
    found = formants(vowel(places, f0), ceiling(f0))
    assert len(found) == round(0.6 / HOP_S) + 1
    middle = np.median(found[10:-10], axis=0)
    # Harmonics are f0 apart: a resonance between two of them cannot be told nearer than a part of that.
    assert middle[:3] == pytest.approx(places[:3], abs=0.3 * f0)
    assert middle[3] == pytest.approx(places[3], rel=0.07)


def test_silence_has_no_formants() -> None:
    assert np.isnan(formants(AudioClip(np.zeros((1, RATE), np.float32), RATE), 5000)).all()
    assert formants(AudioClip(np.zeros((1, 0), np.float32), RATE), 5000).shape == (0, 4)


def steady(f0: NDArray[np.float64], hiss: float = 0.0) -> NDArray[np.float32]:
    sound = lfilter([1], [1, -0.9], pulses(f0, 2.0))
    noise = np.random.default_rng(0).standard_normal(len(sound))
    return (sound + hiss * sound.std() * noise).astype(np.float32)


def test_jitter_is_what_was_put_in() -> None:
    """The pitch of every second vibration is 2 % off: periods differ by 2 % of their mean."""
    frames = np.full(400, 125.0)
    even = evenness(steady(np.array(125.0)), RATE, frames, 0.005)
    assert even.jitter < 0.002
    assert even.shimmer < 0.02
    times = np.arange(2 * RATE) / RATE
    uneven = evenness(steady(np.where(np.floor(times * 125) % 2 == 0, 126.25, 123.75)), RATE, frames, 0.005)
    assert uneven.jitter == pytest.approx(0.02, rel=0.25)


def test_noise_lowers_the_harmonics_to_noise_ratio_by_as_much() -> None:
    frames = np.full(400, 125.0)
    for db in (5, 10, 20):
        found = evenness(steady(np.array(125.0), hiss=10 ** (-db / 20)), RATE, frames, 0.005)
        assert found.hnr_db == pytest.approx(db, abs=1.5)


def test_too_little_voice_says_nothing() -> None:
    found = evenness(np.zeros(RATE, np.float32), RATE, np.zeros(200), 0.005)
    assert np.isnan([found.jitter, found.shimmer, found.hnr_db]).all()
