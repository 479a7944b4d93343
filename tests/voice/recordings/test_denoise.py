"""Noise goes, the person stays, wherever the sound was cut."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from studio import weights
from studio.errors import EngineUnavailable
from studio.media.audio import read_audio, resample
from studio.types import F32, AudioClip
from studio.voice.person.likeness import embedding, likeness
from studio.voice.recordings import denoise
from studio.voice.recordings.denoise import denoised
from studio.voice.recordings.rnnoise import SAMPLE_RATE


@pytest.fixture(scope="module")
def voice(voice_clip: AudioClip) -> F32:
    return resample(voice_clip, SAMPLE_RATE).mono()


@pytest.fixture(scope="module")
def noisy(voice: F32, pink_noise: AudioClip) -> F32:
    """At 5 dB."""
    noise = np.resize(pink_noise.mono(), len(voice))
    return voice + noise * np.float32(voice.std() / noise.std() * 10 ** (-5 / 20))


def alike(one: F32, other: F32) -> float:
    return likeness(*(embedding(AudioClip(sound[None] / (30 * sound.std()), SAMPLE_RATE)) for sound in (one, other)))


def test_the_person_is_known_again(voice: F32, noisy: F32) -> None:
    clean = np.concatenate(list(denoised([noisy], 1.0)))
    assert clean.shape == noisy.shape and clean.dtype == np.float32
    assert alike(voice, clean) > 0.9 > alike(voice, noisy) + 0.1


@pytest.mark.parametrize("name", ["0015", "0398"])
def test_a_clean_voice_stays(shared: Path, name: str) -> None:
    clip = read_audio(shared / f"media/speech/noisy/{name}_clean.flac", mono=True)
    clean = resample(clip, SAMPLE_RATE).mono()
    assert alike(clean, np.concatenate(list(denoised([clean], 1.0)))) > 0.98


def test_a_share_is_a_mixture(noisy: F32) -> None:
    short = noisy[:SAMPLE_RATE]
    whole, half, none = (np.concatenate(list(denoised([short], share))) for share in (1.0, 0.5, 0.0))
    assert np.array_equal(none, short)
    assert np.allclose(half, (whole + short) / 2, atol=1e-6)


def test_where_blocks_are_cut_plays_no_part(noisy: F32) -> None:
    long = np.resize(noisy, 34 * SAMPLE_RATE + 123)
    whole = np.concatenate(list(denoised([long], 1.0)))
    cut = np.concatenate(list(denoised(np.array_split(long, 23), 1.0)))
    assert len(whole) == len(cut) == len(long)
    assert np.allclose(whole, cut, atol=1e-5)


@pytest.mark.parametrize("length", [0, 1, 2000, 4000])
def test_hardly_any_sound_is_no_trouble(noisy: F32, length: int) -> None:
    assert sum(map(len, denoised([noisy[:length]], 1.0))) == length


def test_what_lies_above_the_network_goes_with_the_rest(voice: F32) -> None:
    """Hiss above 8 kHz, where no voice is."""
    hiss = np.diff(np.random.default_rng(0).standard_normal(len(voice) + 1)).astype(np.float32) * voice.std()
    clean = np.concatenate(list(denoised([voice + 0.3 * hiss], 1.0)))

    def high(sound: F32) -> float:
        power = np.square(np.abs(np.fft.rfft(sound)))
        return float(power[np.fft.rfftfreq(len(sound), 1 / SAMPLE_RATE) > 9000].sum())

    assert high(clean) < 0.05 * high(voice + 0.3 * hiss)


def test_damaged_weights_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, noisy: F32) -> None:
    damaged = tmp_path / "cleaner.safetensors"
    damaged.write_bytes(b"not weights")
    monkeypatch.setattr(weights, "path", lambda _: damaged)
    denoise._network.cache_clear()
    with pytest.raises(EngineUnavailable, match="Install the studio again"):
        list(denoised([noisy], 1.0))
