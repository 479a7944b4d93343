"""Clicks laid into speech are found and filled; speech itself is left alone."""

from __future__ import annotations

import numpy as np
import pytest

from studio.types import F32, AudioClip
from studio.voice.recordings.clicks import clicks, declicked


@pytest.fixture(scope="module")
def voice(voice_clip: AudioClip) -> F32:
    return voice_clip.mono()


def with_clicks(sound: F32, rate: int) -> tuple[F32, list[int]]:
    """Two a second, up to a tenth of a millisecond long, half as high as the loudest sample."""
    rng = np.random.default_rng(2)
    places = sorted(rng.integers(rate // 10, len(sound) - rate // 10, int(2 * len(sound) / rate)).tolist())
    spoilt = sound.copy()
    for place in places:
        spoilt[place : place + int(rng.integers(1, 3))] += np.float32(rng.choice([-0.5, 0.5]) * np.abs(sound).max())
    return spoilt, places


def test_speech_has_hardly_any_clicks(voice: F32, voice_clip: AudioClip) -> None:
    assert len(clicks(voice, voice_clip.sample_rate)) <= 1


def test_clicks_are_found_where_they_are(voice: F32, voice_clip: AudioClip) -> None:
    rate = voice_clip.sample_rate
    spoilt, places = with_clicks(voice, rate)
    found = clicks(spoilt, rate)
    hit = [place for place in places if any(click.start - 2 <= place <= click.end + 2 for click in found)]
    assert len(hit) >= 0.75 * len(places)


def test_what_is_filled_in_is_what_was_there(voice: F32, voice_clip: AudioClip) -> None:
    spoilt, _ = with_clicks(voice, voice_clip.sample_rate)
    before = spoilt.copy()
    mended = declicked(spoilt, voice_clip.sample_rate)

    def error(samples: F32) -> float:
        return float(np.square(samples - voice).sum())

    assert error(mended) < 0.2 * error(spoilt)
    assert np.array_equal(spoilt, before), "the input was changed"


def test_silence_and_scraps_have_no_clicks() -> None:
    assert clicks(np.zeros(48_000, np.float32), 48_000) == []
    assert clicks(np.zeros(0, np.float32), 48_000) == []
    assert clicks(np.ones(30, np.float32), 48_000) == []
