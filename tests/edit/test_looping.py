"""Somebody's own music, made as long as a film."""

from __future__ import annotations

from fractions import Fraction as F
from pathlib import Path

import numpy as np
import pytest

from benchmarks.sound import clicks, found, matched
from studio.edit import beats, looping, music
from studio.errors import AudioUnusable
from studio.media import ffmpeg
from studio.media.audio import read_audio, write_wav
from studio.media.pcm import write_blocks
from studio.media.video import write_video
from studio.types import F32, AudioClip, FrameSource

RATE = 48_000


def tone(seconds: float, hertz: float = 220, rate: int = RATE) -> F32:
    return (0.2 * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)).astype(np.float32)


def lasting(path: Path, duration: F, known: tuple[beats.Beat, ...] = ()) -> tuple[F32, looping.Round]:
    how = looping.round_of(path, known, duration)
    write_blocks(path.with_name("long.wav"), looping.lasting(path, how, duration), RATE)
    return read_audio(path.with_name("long.wav")).samples, how


def cleaned(path: Path) -> Path:
    target = path.with_name("clean.wav")
    looping.cleaned(path, target)
    return target


def test_any_file_with_sound_is_made_ready(tmp_path: Path) -> None:
    """Mono at 8 kHz, beside its middle, as the sound of a video: stereo at 48 kHz around zero, as loud as it was."""
    wave = tone(4, rate=8000) + np.float32(0.3)
    pictures = FrameSource(lambda: (np.zeros((90, 160, 3), np.uint8) for _ in range(100)), 100, F(25), (160, 90))
    write_video(tmp_path / "v.mkv", pictures, AudioClip(wave[None], 8000), lossless=True)
    clip = read_audio(cleaned(tmp_path / "v.mkv"))
    assert clip.sample_rate == RATE and clip.samples.shape[0] == 2
    assert clip.duration == pytest.approx(4, abs=0.05)
    assert np.abs(clip.samples.mean(axis=1)).max() < 1e-4
    power = (clip.samples[:, RATE : 3 * RATE] ** 2).mean(axis=1).sum()
    assert 10 * np.log10(power / np.mean(tone(4) ** 2)) == pytest.approx(0, abs=0.2)


def test_what_is_over_full_scale_is_brought_down(tmp_path: Path) -> None:
    write_wav(tmp_path / "hot.wav", AudioClip(np.stack([6 * tone(2)] * 2), RATE))
    clip = read_audio(cleaned(tmp_path / "hot.wav"))
    assert 0.9 < np.abs(clip.samples).max() < 1
    bend = np.abs(np.diff(clip.samples[0], 2)).max()  # a clipped tone has corners
    assert bend < 1.1 * (2 * np.pi * 220 / RATE) ** 2


def test_no_sound_and_no_music_are_named(tmp_path: Path) -> None:
    pictures = FrameSource(lambda: (np.zeros((90, 160, 3), np.uint8) for _ in range(25)), 25, F(25), (160, 90))
    write_video(tmp_path / "mute.mkv", pictures, None, lossless=True)
    with pytest.raises(AudioUnusable, match=r"mute\.mkv has no sound track"):
        looping.cleaned(tmp_path / "mute.mkv", tmp_path / "clean.wav")
    write_wav(tmp_path / "still.wav", AudioClip(np.full((1, RATE), 0.2, np.float32), RATE))
    with pytest.raises(AudioUnusable, match=r"still\.wav is silent"):
        looping.cleaned(tmp_path / "still.wav", tmp_path / "clean.wav")
    assert not (tmp_path / "clean.wav").exists()


def test_music_that_is_longer_fades_out(tmp_path: Path) -> None:
    write_wav(tmp_path / "a.wav", AudioClip(np.stack([tone(30)] * 2), RATE))
    wave, how = lasting(cleaned(tmp_path / "a.wav"), F(20))
    assert wave.shape == (2, 20 * RATE) and not how.again
    level = np.abs(wave[0].reshape(20, -1)).max(axis=1)
    assert level[:16] == pytest.approx(0.2, abs=0.01)
    assert 0.2 > level[17] > level[18] > level[19] and abs(wave[:, -1]).max() < 1e-6
    assert np.abs(np.diff(wave[0])).max() <= 1.02 * 0.2 * 2 * np.pi * 220 / RATE


def test_music_that_is_a_little_shorter_is_left_to_end(tmp_path: Path) -> None:
    write_wav(tmp_path / "a.wav", AudioClip(np.stack([tone(15)] * 2), RATE))
    wave, how = lasting(cleaned(tmp_path / "a.wav"), F(20))
    assert wave.shape == (2, 20 * RATE) and not how.again
    assert np.abs(wave[0, 14 * RATE : 15 * RATE - 2000]).max() == pytest.approx(0.2, abs=0.01)
    assert not wave[:, 15 * RATE :].any()
    assert np.abs(np.diff(wave[0])).max() <= 1.05 * 0.2 * 2 * np.pi * 220 / RATE  # it ends in a moment, not in a step


def test_music_that_is_much_shorter_goes_round_on_its_bars(tmp_path: Path) -> None:
    piece = music.bed(F(24), mood="hopeful", seed=2)
    write_wav(tmp_path / "a.wav", AudioClip(piece.samples, RATE))
    clean = cleaned(tmp_path / "a.wav")
    known = beats.found(clean)
    wave, how = lasting(clean, F(70), known)
    assert wave.shape == (2, 70 * RATE) and how.again
    assert {how.start, how.end} <= {beat.time for beat in known}
    # It never falls silent in between, never steps, and keeps its beat through the joints.
    level = 10 * np.log10((wave[:, : 64 * RATE].reshape(2, -1, RATE) ** 2).mean(axis=(0, 2)))
    assert level[2:].min() > level.max() - 14
    joint = float(how.end)
    assert max(clicks(wave[0], [joint - float(how.melt) / 2, joint, joint + float(how.melt) / 2])) < 1.5
    heard = how.times(known, F(70))
    assert matched(found(AudioClip(wave, RATE)), [beat.time for beat in heard]) > 0.9
    assert heard[-1].time < 70 and any(beat.bar for beat in heard[-8:])


def test_music_without_a_beat_goes_round_too(tmp_path: Path) -> None:
    write_wav(tmp_path / "a.wav", AudioClip(np.stack([tone(12)] * 2), RATE))
    wave, how = lasting(cleaned(tmp_path / "a.wav"), F(50))
    assert how.again and how.melt == 2
    level = np.sqrt((wave[0, : 45 * RATE].reshape(-1, RATE // 4) ** 2).mean(axis=1))
    assert level[1:].min() > 0.03  # two places of a pure tone may cancel for a moment; music does not
    assert wave.shape == (2, 50 * RATE)


@pytest.mark.parametrize("seconds", [0.3, 3])
def test_a_jingle_is_heard_once(seconds: float, tmp_path: Path) -> None:
    write_wav(tmp_path / "a.wav", AudioClip(tone(seconds)[None], RATE))
    wave, how = lasting(cleaned(tmp_path / "a.wav"), F(30))
    assert not how.again and wave.shape == (2, 30 * RATE)
    assert not wave[:, round(seconds * RATE) + 1 :].any() and wave[:, : round(0.2 * RATE)].any()


def test_an_mp3_is_taken(tmp_path: Path) -> None:
    write_wav(tmp_path / "a.wav", AudioClip(np.stack([tone(3)] * 2), RATE))
    ffmpeg.run(["-i", str(tmp_path / "a.wav"), str(tmp_path / "a.mp3")])
    assert read_audio(cleaned(tmp_path / "a.mp3")).duration == pytest.approx(3, abs=0.1)
