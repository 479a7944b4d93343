"""The music bed: as long as asked, soft, clean at its ends, the same each time."""

from __future__ import annotations

import time
from fractions import Fraction as F
from pathlib import Path

import numpy as np
import pytest

from studio.edit.music import TARGET_LUFS, Mood, bed
from studio.edit.render import measure_loudness
from studio.media.audio import write_wav


@pytest.mark.parametrize("mood", ["calm", "solemn"])
def test_a_bed_is_soft_and_clean(mood: Mood, tmp_path: Path) -> None:
    clip = bed(F(40), mood=mood, seed=1)
    wave = clip.samples
    assert wave.shape == (2, 40 * 48_000)
    assert np.abs(wave).max() < 0.71
    assert np.abs(wave[:, [0, -1]]).max() == 0
    assert np.abs(wave[:, :480]).max() < 1e-3 and np.abs(wave[:, -480:]).max() < 1e-3
    assert np.abs(np.diff(wave)).max() < 0.06  # a click would be a step
    power = np.abs(np.fft.rfft(wave.mean(axis=0))) ** 2
    hertz = np.fft.rfftfreq(wave.shape[1], 1 / 48_000)
    share = 10 * np.log10([power[(hertz >= a) & (hertz < b)].sum() / power.sum() for a, b in ((0, 60), (6000, 24_000))])
    assert share[0] < -9
    assert share[1] < -60
    write_wav(tmp_path / "bed.wav", clip)
    assert measure_loudness(tmp_path / "bed.wav").integrated == pytest.approx(TARGET_LUFS, abs=1)
    # Wide, but whole on one loudspeaker.
    assert 0.1 < np.corrcoef(wave)[0, 1] < 0.9
    # It never stops and never shouts: every second between the fades is within 12 dB of the middle.
    seconds = 10 * np.log10((wave.reshape(2, 40, -1) ** 2).mean(axis=(0, 2)))[3:35]
    assert np.ptp(seconds) < 12


def test_the_seed_decides() -> None:
    one, again, other = bed(F(6), seed=1), bed(F(6), seed=1), bed(F(6), seed=2)
    assert np.array_equal(one.samples, again.samples)
    assert not np.array_equal(one.samples, other.samples)
    assert not np.array_equal(one.samples, bed(F(6), seed=1, mood="solemn").samples)


@pytest.mark.parametrize("seconds", [F(1, 3), F(1001, 500), F(7)])
@pytest.mark.parametrize("rate", [48_000, 44_100])
def test_any_length_at_any_rate(seconds: F, rate: int) -> None:
    clip = bed(seconds, sample_rate=rate)
    assert clip.samples.shape[1] == (seconds * rate + F(1, 2)) // 1
    assert np.isfinite(clip.samples).all()


def test_no_length_is_refused() -> None:
    with pytest.raises(ValueError, match="duration"):
        bed(F(0))


def test_a_minute_is_made_quickly() -> None:
    bed(F(60))  # notes are made once and kept
    begin = time.process_time()
    bed(F(60), seed=5)
    assert time.process_time() - begin < 2
