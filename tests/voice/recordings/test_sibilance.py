"""A sharp s is softened; everything else stays."""

from __future__ import annotations

import numpy as np
import pytest

from studio.media.audio import resample
from studio.types import F32, AudioClip
from studio.voice.recordings.sibilance import LIMIT_DB, sharpness_db, softened, vowel_power

RATE = 24_000


@pytest.fixture(scope="module")
def voice(voice_clip: AudioClip) -> F32:
    return resample(voice_clip, RATE).mono()


def test_a_clean_voice_is_not_sharp(voice: F32) -> None:
    assert sharpness_db(voice, RATE) < LIMIT_DB
    assert np.allclose(softened(voice, RATE, vowel_power(voice, RATE)), voice, atol=0.02)


def test_a_sharp_s_is_brought_down_to_the_limit(voice: F32) -> None:
    rng = np.random.default_rng(0)
    hiss = np.diff(rng.standard_normal(len(voice) + 2), n=2).astype(np.float32)  # rises by 12 dB an octave
    spoilt = voice.copy()
    loud = np.sqrt(vowel_power(voice, RATE)) * 10 ** (10 / 20)
    for start in range(RATE // 2, len(voice) - RATE // 2, RATE // 2):
        part = slice(start, start + RATE // 10)
        spoilt[part] += np.float32(loud / hiss.std()) * hiss[part]
    before = sharpness_db(spoilt, RATE)
    mended = softened(spoilt, RATE, vowel_power(spoilt, RATE))
    assert before > LIMIT_DB + 4
    assert sharpness_db(mended, RATE) < LIMIT_DB + 1.5
    quiet = slice(RATE // 10, RATE // 3)
    assert np.allclose(mended[quiet], spoilt[quiet], atol=0.02)


def test_a_telephone_has_no_sibilants() -> None:
    assert sharpness_db(np.ones(8000, np.float32), 8000) == float("-inf")
    assert sharpness_db(np.zeros(100, np.float32), RATE) == float("-inf")
