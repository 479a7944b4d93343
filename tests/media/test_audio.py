from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from studio.errors import AudioUnusable, FileUnreadable
from studio.media import ffmpeg
from studio.media.audio import read_audio, resample, write_wav
from studio.media.probe import probe
from studio.types import AudioClip


def tone(rate: int = 16_000, seconds: float = 1.0, channels: int = 1) -> AudioClip:
    wave = 0.5 * np.sin(2 * np.pi * 440 * np.arange(int(rate * seconds)) / rate)
    return AudioClip(np.tile(wave.astype(np.float32), (channels, 1)), rate)


def test_wav_round_trip_is_exact(tmp_path: Path) -> None:
    clip = tone(channels=2)
    write_wav(tmp_path / "a.wav", clip)
    again = read_audio(tmp_path / "a.wav")
    assert again.sample_rate == 16_000
    np.testing.assert_array_equal(again.samples, clip.samples)


@pytest.mark.parametrize("rate", [8_000, 44_100])
def test_resampling_keeps_length_and_pitch(rate: int) -> None:
    clip = resample(tone(rate), 48_000)
    assert clip.duration == Fraction(1)
    spectrum = np.abs(np.fft.rfft(clip.mono()))
    assert spectrum.argmax() == 440


@pytest.mark.parametrize("name", ["a.mp3", "a.m4a", "a.ogg", '奶奶\'s "tape".flac', "-dash.wav"])
def test_every_common_kind_is_read(tmp_path: Path, name: str) -> None:
    write_wav(tmp_path / "source.wav", tone(48_000, 1.0, 2))
    ffmpeg.run(["-i", str(tmp_path / "source.wav"), str(tmp_path / name)])
    clip = read_audio(tmp_path / name, sample_rate=16_000, mono=True)
    assert clip.samples.shape[0] == 1
    assert abs(float(clip.duration) - 1) < 0.06
    assert abs(np.abs(clip.mono()).max() - 0.5) < 0.1


def test_a_video_without_sound_is_refused(tmp_path: Path) -> None:
    ffmpeg.run(["-f", "lavfi", "-i", "color=size=64x64:duration=0.2", str(tmp_path / "mute.mp4")])
    with pytest.raises(AudioUnusable, match="no sound track"):
        read_audio(tmp_path / "mute.mp4")
    info = probe(tmp_path / "mute.mp4")
    assert info.audio is None and info.video is not None and info.video.frame_rate == 25


def test_what_is_no_sound_is_refused(tmp_path: Path) -> None:
    text = tmp_path / "note.wav"
    text.write_text("not a sound")
    with pytest.raises(FileUnreadable, match="cannot be read"):
        read_audio(text)
    with pytest.raises(FileUnreadable, match="does not exist"):
        read_audio(tmp_path / "gone.wav")


def test_a_truncated_tape_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    write_wav(tmp_path / "a.wav", tone(seconds=2.0))
    ffmpeg.run(["-i", str(tmp_path / "a.wav"), str(tmp_path / "a.flac")])
    whole = (tmp_path / "a.flac").read_bytes()
    (tmp_path / "cut.flac").write_bytes(whole[: len(whole) // 2])
    assert 0.3 < float(read_audio(tmp_path / "cut.flac").duration) < 2
