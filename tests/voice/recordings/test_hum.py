"""Mains hum found, followed and taken out, and nothing taken where there is none."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from studio.media.audio import resample
from studio.types import F32, AudioClip
from studio.voice.recordings.hum import hum, unhummed

RATE = 16_000


@pytest.fixture(scope="module")
def voice(voice_clip: AudioClip) -> F32:
    """Speech with a second of quiet before and after it."""
    return np.pad(resample(voice_clip, RATE).mono(), RATE)


def tones(base: NDArray[np.float64], harmonics: tuple[int, ...], level: float = 0.02) -> F32:
    """A series whose base in Hz may change from sample to sample."""
    phase = 2 * np.pi * np.cumsum(base) / RATE
    return np.asarray(sum(level * np.sin(multiple * phase + multiple) for multiple in harmonics), dtype=np.float32)


def left_db(samples: F32, added: F32, voice: F32) -> float:
    """Power of what is still wrong over the power of the hum, away from the ends."""
    inside = slice(RATE, len(voice) - RATE)
    return float(10 * np.log10(np.square(samples - voice)[inside].sum() / np.square(added)[inside].sum()))


def test_there_is_no_hum_in_speech(voice: F32) -> None:
    assert hum([voice], RATE) is None
    assert hum([np.zeros(5 * RATE, np.float32)], RATE) is None
    assert hum([voice[:RATE]], RATE) is None


@pytest.mark.parametrize("base", [50.0, 60.0, 50.3])
def test_steady_hum_goes(voice: F32, base: float) -> None:
    added = tones(np.full(len(voice), base), (1, 2, 3, 6))
    found = hum([voice[:RATE] + added[:RATE], (voice + added)[RATE:]], RATE)
    assert found is not None
    assert found.base == pytest.approx(base, abs=0.2)
    assert {1, 2, 3, 6} <= set(found.harmonics)
    assert left_db(unhummed(voice + added, RATE, found), added, voice) < -15


def test_hum_that_drifts_is_followed(voice: F32) -> None:
    added = tones(np.linspace(49.95, 50.1, len(voice)), (1, 2, 4))
    found = hum([voice + added], RATE)
    assert found is not None
    assert left_db(unhummed(voice + added, RATE, found), added, voice) < -10


def test_digital_silence_does_not_hide_hum(voice: F32) -> None:
    added = tones(np.full(len(voice), 60.0), (1, 2, 3))
    sound = voice + added
    sound[-RATE // 2 :] = 0
    found = hum([sound], RATE)
    assert found is not None
    assert left_db(unhummed(sound, RATE, found), added, voice) < -12
