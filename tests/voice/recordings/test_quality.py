"""How good speech sounds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from studio.errors import AudioUnusable
from studio.media.audio import read_audio, resample
from studio.types import AudioClip
from studio.voice.recordings.quality import HOP, SAMPLE_RATE, WINDOW, mos, mos_of


def test_people_sound_as_published(shared: Path) -> None:
    """The figures of speechmos itself on the same files (soxr to 16 kHz)."""
    known = {"en_ljspeech/LJ001-0001": 3.33, "drive_chinese_news": 2.31, "noisy/0398_noisy": 1.11}
    for name, overall in known.items():
        assert mos(read_audio(shared / f"media/speech/{name}.flac")).overall == pytest.approx(overall, abs=0.03)


def test_noise_is_heard(voice_clip: AudioClip, pink_noise: AudioClip) -> None:
    clean = mos(voice_clip)
    noise = np.resize(pink_noise.samples, voice_clip.samples.shape) * np.float32(0.5 * voice_clip.samples.std())
    noisy = mos(AudioClip(voice_clip.samples + noise, voice_clip.sample_rate))
    assert clean.overall > 2.2
    assert noisy.background < clean.background - 1
    assert noisy.overall < clean.overall - 0.5


def test_a_short_clip_fills_a_window_by_repetition(voice_clip: AudioClip) -> None:
    short = AudioClip(voice_clip.samples[:, : 3 * voice_clip.sample_rate], voice_clip.sample_rate)
    repeated = AudioClip(np.tile(short.samples, (1, 4)), short.sample_rate)  # doubled twice
    assert mos(short).overall == pytest.approx(mos(repeated).overall, abs=0.1)


def test_long_sound_is_the_mean_of_its_windows(voice_clip: AudioClip) -> None:
    speech = np.resize(resample(voice_clip, SAMPLE_RATE).mono(), WINDOW)
    noise = (0.1 * np.random.default_rng(1).standard_normal(2 * WINDOW)).astype(np.float32)
    both = np.concatenate([speech, noise])[: 11 * HOP + WINDOW]
    first, last = mos_of(both[:WINDOW]), mos_of(both[10 * HOP : 10 * HOP + WINDOW])
    assert first.overall > last.overall + 0.5
    assert mos_of(both, hop=10 * HOP).overall == pytest.approx((first.overall + last.overall) / 2, abs=1e-4)


def test_nothing_cannot_be_judged() -> None:
    with pytest.raises(AudioUnusable, match="no sound"):
        mos(AudioClip(np.zeros((1, 0), np.float32), SAMPLE_RATE))
