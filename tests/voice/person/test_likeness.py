"""Whose voice it is."""

from __future__ import annotations

import math
import time
from pathlib import Path

import numpy as np
import pytest

from studio.errors import AudioUnusable
from studio.media.audio import read_audio, resample
from studio.types import AudioClip
from studio.voice.person.likeness import SAMPLE_RATE, embedding, likeness, mel, window_starts, windows


def halves(clip: AudioClip) -> tuple[AudioClip, AudioClip]:
    middle = clip.samples.shape[1] // 2
    return (
        AudioClip(clip.samples[:, :middle], clip.sample_rate),
        AudioClip(clip.samples[:, middle:], clip.sample_rate),
    )


def test_a_voice_is_a_direction(voice_clip: AudioClip) -> None:
    found = embedding(voice_clip)
    assert found.shape == (256,)
    assert found.dtype == np.float32
    assert np.linalg.norm(found) == pytest.approx(1, abs=1e-5)
    assert found.min() >= 0
    assert likeness(found, found) == pytest.approx(1, abs=1e-5)


def test_level_rate_and_channels_change_little(voice_clip: AudioClip) -> None:
    found = embedding(voice_clip)
    soft = AudioClip(voice_clip.samples * np.float32(0.003), voice_clip.sample_rate)
    stereo = resample(AudioClip(np.repeat(voice_clip.samples, 2, axis=0), voice_clip.sample_rate), 48_000)
    # The spectrogram has no logarithm: between a level of its own and the one soft sound is raised to it differs a bit.
    assert likeness(found, embedding(soft)) > 0.9
    assert likeness(found, embedding(stereo)) > 0.99


def test_long_pauses_do_not_count(voice_clip: AudioClip) -> None:
    pause = np.zeros((1, 10 * voice_clip.sample_rate), np.float32)
    slow = AudioClip(np.concatenate([pause, voice_clip.samples, pause], axis=1), voice_clip.sample_rate)
    # The sound is raised by its mean level, pauses included, so it is not quite the same.
    assert likeness(embedding(voice_clip), embedding(slow)) > 0.97


def test_people_are_told_apart(shared: Path) -> None:
    speech = shared / "media/speech"
    names = ("en_jfk_1961", "moss_reference_en_2", "zh_prompt_2", "moss_reference_02_s2", "en_ljspeech/LJ001-0001")
    parts = [halves(read_audio(speech / f"{name}.flac")) for name in names]
    first, second = ([embedding(half) for half in side] for side in zip(*parts, strict=True))
    for index, one in enumerate(first):
        same = likeness(one, second[index])
        assert same > 0.75
        assert same > max(likeness(one, other) for place, other in enumerate(second) if place != index)


def test_windows_tell_when_the_speaker_changes(shared: Path) -> None:
    one, other = (
        resample(read_audio(shared / f"media/speech/{name}.flac", mono=True), SAMPLE_RATE)
        for name in ("moss_reference_en_2", "moss_reference_02_s2")
    )
    both = AudioClip(np.concatenate([one.samples, other.samples], axis=1), SAMPLE_RATE)
    times, found = windows(both)
    assert found.shape == (len(times), 256)
    assert np.allclose(np.diff(times), 0.77)
    change = float(one.duration)
    nearer = (found @ embedding(one) > found @ embedding(other))[np.abs(times - change) > 1]
    truth = (times < change)[np.abs(times - change) > 1]
    assert (nearer == truth).mean() > 0.95


def test_the_spectrogram_is_librosas() -> None:
    """Frames, filters and scale against the definition, for a tone: librosa itself is not needed to know them."""
    tone = (0.5 * np.sin(2 * np.pi * 1000 * np.arange(SAMPLE_RATE) / SAMPLE_RATE)).astype(np.float32)
    made = mel(tone)
    assert made.shape == (101, 40)
    # Periodic Hann of 400: a sine of amplitude a peaks at (a · 400 / 4)²; Slaney's filters there are 2 / width high.
    centre, step = 15.0, 200 / 3
    top = centre + math.log(8) / (math.log(6.4) / 27)
    mels = np.linspace(0, top, 42)
    edges = np.where(mels < centre, mels * step, 1000 * np.exp(math.log(6.4) / 27 * (mels - centre)))
    band = int(made[50].argmax())
    low, middle, high = edges[band : band + 3]
    height = [max(0.0, min((f - low) / (middle - low), (high - f) / (high - middle))) for f in (960, 1000, 1040)]
    expected = (np.array([0.5, 1, 0.5]) ** 2 * (0.5 * 100) ** 2 * height).sum() * 2 / (high - low)
    assert made[50, band] == pytest.approx(expected, rel=0.01)


def test_windows_cover_the_sound_as_the_package_does() -> None:
    assert window_starts(100) == [0]
    assert window_starts(round(16_000 * 1.9)) == [0]  # a second would hold 1.13 s, less than three quarters
    assert window_starts(round(16_000 * 2.1)) == [0, 77]
    with pytest.raises(ValueError, match="rate"):
        window_starts(16_000, 0.5)


def test_silence_is_nobody() -> None:
    with pytest.raises(AudioUnusable, match="silent"):
        embedding(AudioClip(np.zeros((1, 16_000), np.float32), SAMPLE_RATE))


def test_it_is_fast(voice_clip: AudioClip) -> None:
    ten = AudioClip(np.tile(voice_clip.samples, (1, 3))[:, : 10 * voice_clip.sample_rate], voice_clip.sample_rate)
    embedding(ten)
    taken = []
    for _ in range(5):
        begun = time.process_time()
        embedding(ten)
        taken.append(time.process_time() - begun)
    assert min(taken) < 0.3
