"""The music beds: as long as asked, soft, clean at their ends, at home when they end, the same each time."""

from __future__ import annotations

import time
from fractions import Fraction as F
from itertools import islice, pairwise
from pathlib import Path

import numpy as np
import pytest

from studio.edit.instruments import hertz
from studio.edit.loudness import measure
from studio.edit.moods import MOODS, STYLES, Mood
from studio.edit.music import TARGET_LUFS, beats, bed, blocks
from studio.media.audio import write_wav
from studio.types import F32

RATE = 48_000
HOME = {"calm": 38, "solemn": 38, "warm": 43, "hopeful": 45, "moonlit": 35}  # D, D, G, A, B


def levels(wave: F32, step: int = RATE) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    whole = wave[:, : wave.shape[1] // step * step].reshape(2, -1, step).astype(np.float64)
    return np.asarray(10 * np.log10((whole**2).mean(axis=(0, 2)) + 1e-12))


@pytest.mark.parametrize("mood", MOODS)
def test_a_bed_is_soft_and_clean(mood: Mood, tmp_path: Path) -> None:
    clip = bed(F(40), mood=mood, seed=1)
    wave = clip.samples
    assert wave.shape == (2, 40 * RATE)
    assert np.abs(wave).max() < 0.71
    assert np.abs(wave[:, [0, -1]]).max() == 0
    assert np.abs(wave[:, :480]).max() < 1e-3 and np.abs(wave[:, -480:]).max() < 1e-3
    assert np.abs(np.diff(wave)).max() < 0.06  # a click would be a step
    assert np.abs(wave.mean(axis=1)).max() < 1e-4
    power = np.abs(np.fft.rfft(wave.mean(axis=0))) ** 2
    bands = np.fft.rfftfreq(wave.shape[1], 1 / RATE)
    rumble, air = (power[(bands >= a) & (bands < b)].sum() / power.sum() for a, b in ((0, 40), (6500, 24_000)))
    assert 10 * np.log10(rumble) < -30
    assert 10 * np.log10(air) < -60
    write_wav(tmp_path / "bed.wav", clip)
    assert measure(tmp_path / "bed.wav").integrated == pytest.approx(TARGET_LUFS, abs=1.5)
    # Wide, but whole on one loudspeaker.
    assert 0.1 < np.corrcoef(wave)[0, 1] < 0.9
    # It begins softly, never stops and never shouts, and dies away by itself: each second is quieter than the last.
    seconds = levels(wave)
    assert seconds[0] < seconds[4:34].mean() - 8
    assert np.ptp(seconds[4:34]) < 12
    assert np.all(np.diff(seconds[-4:]) < 0) and seconds[-1] < -45


@pytest.mark.parametrize("mood", MOODS)
def test_a_bed_comes_home(mood: Mood) -> None:
    """In the last three seconds the tones of home are heard, and its root is the lowest of them."""
    wave = bed(F(30), mood=mood, seed=3).mono()[27 * RATE : 29 * RATE]
    power = np.abs(np.fft.rfft(wave * np.hanning(len(wave)), 8 * RATE)) ** 2
    bands = np.fft.rfftfreq(8 * RATE, 1 / RATE)

    def strength(note: int) -> float:
        near = np.abs(bands - hertz(note)) < 0.02 * hertz(note)
        return float(power[near].sum())

    octave = [sum(strength(note) for note in range(36 + tone, 76, 12)) for tone in range(12)]
    loudest = sorted(range(12), key=lambda tone: -octave[tone])
    assert set(loudest[:3]) <= {note % 12 for note in STYLES[mood].home}
    assert HOME[mood] % 12 in loudest[:3] and octave[HOME[mood] % 12] > np.median(octave) * 20
    low = {note: strength(note) for note in range(34, HOME[mood] + 5)}
    assert max(low, key=lambda note: low[note]) == HOME[mood]


def test_the_moods_are_different_music() -> None:
    """Their tempo, and which of the twelve tones they use."""
    steps = {mood: beats(mood, F(60))[1].time for mood in MOODS}
    assert len(set(steps.values())) == len(MOODS)
    assert {note % 12 for chord in STYLES["moonlit"].chords for note in chord} == {2, 4, 6, 9, 11}  # five tones
    used = {mood: {note % 12 for chord in STYLES[mood].chords for note in chord} for mood in MOODS}
    assert all(used[a] != used[b] for a, b in pairwise(MOODS))
    assert not np.array_equal(bed(F(6)).samples, bed(F(6), mood="solemn").samples)


def test_the_seed_decides() -> None:
    one, again, other = bed(F(20), seed=1), bed(F(20), seed=1), bed(F(20), seed=2)
    assert np.array_equal(one.samples, again.samples)
    assert not np.array_equal(one.samples, other.samples)


@pytest.mark.parametrize("seconds", [F(1, 3), F(1), F(1001, 500), F(7)])
@pytest.mark.parametrize("rate", [RATE, 44_100])
def test_any_length_at_any_rate(seconds: F, rate: int) -> None:
    clip = bed(seconds, sample_rate=rate, mood="warm")
    assert clip.samples.shape[1] == (seconds * rate + F(1, 2)) // 1
    assert np.isfinite(clip.samples).all() and clip.samples.any()
    assert np.abs(clip.samples[:, [0, -1]]).max() == 0


def test_twenty_minutes_are_made_piece_by_piece() -> None:
    """The beginning of a very long bed is there at once, in small pieces, and is that of a shorter one."""
    first = list(islice(blocks(F(1200), mood="hopeful"), 2))
    assert all(piece.shape[1] <= 21 * RATE for piece in first)
    short = bed(F(60), mood="hopeful").samples
    assert np.array_equal(first[0], short[:, : first[0].shape[1]])


@pytest.mark.parametrize("mood", MOODS)
def test_its_beats_are_known(mood: Mood) -> None:
    known = beats(mood, F(45))
    assert {b.time - a.time for a, b in pairwise(known)} == {known[1].time}
    assert known[0].time == 0 and known[0].bar and 45 - 12 < known[-1].time <= 40
    bars = [n for n, beat in enumerate(known) if beat.bar]
    assert bars == list(range(0, len(known), 3 if mood == "warm" else 4))
    # A longer bed has the same beats and more; the last one is where the last chord is struck.
    assert beats(mood, F(90))[: len(known)] == known
    assert beats(mood, F(1))[0].time == 0
    wave = bed(F(45), mood=mood, seed=2).samples
    struck = round(known[-1].time * RATE)
    before, after = (float(np.abs(wave[:, struck + a : struck + b]).max()) for a, b in ((-9600, 0), (0, 24_000)))
    assert after > before


def test_no_length_is_refused() -> None:
    with pytest.raises(ValueError, match="duration"):
        bed(F(0))


def test_a_minute_is_made_quickly() -> None:
    bed(F(60))  # notes are made once and kept
    begin = time.process_time()
    bed(F(60), seed=5)
    assert time.process_time() - begin < 2
