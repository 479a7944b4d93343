"""Beats that are found: in clicks of any tempo, in the studio's own music, and none where there are none."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction as F
from pathlib import Path

import numpy as np
import pytest

from benchmarks.sound import click_track, found, matched
from studio.edit import beats, music
from studio.edit.moods import MOODS, Mood
from studio.errors import AudioUnusable, FileUnreadable
from studio.media.audio import write_wav
from studio.media.blocks import clip_blocks
from studio.types import AudioClip


def worst(claimed: Sequence[F], true: Sequence[F]) -> float:
    return max(float(min(abs(time - other) for other in true)) for time in claimed)


@pytest.mark.parametrize("tempo", [60, 72, 88, 101, 120, 133, 140])
def test_clicks_are_followed(tempo: int) -> None:
    clip, true = click_track(tempo, 20)
    claimed = found(clip)
    assert matched(claimed, true) >= 0.9
    assert worst(claimed, true) < 0.03


@pytest.mark.parametrize("mood", MOODS)
def test_our_own_music_is_followed(mood: Mood) -> None:
    true = [beat.time for beat in music.beats(mood, F(60))]
    for seed in (0, 5):
        assert matched(found(music.bed(F(60), mood=mood, seed=seed)), true) >= 0.9


def test_bars_are_told_where_their_first_beats_stand_out() -> None:
    clip, true = click_track(90, 30)
    wave = clip.samples.copy()
    for time in true[1::3]:
        at = round(time * 16_000)
        wave[0, at : at + 1600] += 0.6 * np.sin(2 * np.pi * 90 * np.arange(1600) / 16_000) * np.hanning(1600)
    claimed = beats.track(*beats.onset_curves(clip_blocks(AudioClip(wave, 16_000), 16_000)))
    bars = [beat.time for beat in claimed if beat.bar]
    assert matched(bars, true[1::3]) > 0.9


def test_a_slower_and_slower_player_is_followed() -> None:
    """From 100 to 90 a minute within half a minute."""
    times, now = [], 0.3
    while now < 29:
        times.append(F(now).limit_denominator(1000))
        now += 0.6 + 0.066 * now / 30
    wave = np.random.default_rng(2).normal(0, 0.002, 30 * 16_000)
    for time in times:
        at = round(time * 16_000)
        wave[at : at + 800] += 0.4 * np.sin(np.arange(800) / 3) * np.exp(-np.arange(800) / 150)
    assert matched(found(AudioClip(wave.astype(np.float32)[None], 16_000)), times) > 0.9


def test_where_nothing_beats_none_are_found(tmp_path: Path, shared: Path) -> None:
    random = np.random.default_rng(1)
    sea = np.convolve(random.normal(0, 0.1, 16_000 * 30), np.ones(8) / 8, "same")
    sea *= 1 + 0.5 * np.sin(2 * np.pi * np.arange(len(sea)) / 16_000 / 7)
    for wave in (sea, np.zeros(16_000 * 30), sea[:8000]):
        assert found(AudioClip(wave.astype(np.float32)[None], 16_000)) == ()
    assert beats.found(shared / "media" / "speech" / "en_jfk_1961.flac") == ()


def test_a_file_that_is_no_music(tmp_path: Path) -> None:
    (tmp_path / "a.mp3").write_bytes(b"not music")
    with pytest.raises(FileUnreadable):
        beats.found(tmp_path / "a.mp3")


def test_a_file_is_heard_like_a_clip(tmp_path: Path) -> None:
    clip, true = click_track(80, 20)
    stereo = np.concatenate([clip.samples, 0 * clip.samples])
    write_wav(tmp_path / "a.wav", AudioClip(stereo, 16_000))
    assert matched([beat.time for beat in beats.found(tmp_path / "a.wav")], true) > 0.9
    with pytest.raises(AudioUnusable):
        write_wav(tmp_path / "none.wav", AudioClip(np.zeros((1, 0), np.float32), 16_000))
        beats.found(tmp_path / "none.wav")
