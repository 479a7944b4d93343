"""Mandarin syllables and tones compared with recordings of all of them; see benchmarks/intelligibility.py.

The recordings are not part of the studio: a folder of `ba1.mp3`, `ba2.mp3` … (audio-cmn's 1,707 toned syllables).
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio.media.audio import read_audio, resample
from studio.types import AudioClip, Speech
from studio.voice.alignment.align import align
from studio.voice.alignment.warping import cepstra
from studio.voice.language.pinyin import syllables

FOLDER = Path(__file__).resolve().parents[2] / "shared/media/train/zh_audio_cmn/syllables"
POINTS = 16  # frames that every syllable is brought to before it is warped
STRAY = 4  # frames the warping may be off
CURVE = 8  # points of a melody
FRAME_S = 0.01
F64 = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Known:
    """The recorded syllables."""

    names: tuple[str, ...]
    """"ba1", …"""
    shapes: F64
    """float64 (S, POINTS, 12): cepstra, the speaker's mean and spread taken out."""
    melodies: F64
    """float64 (S, CURVE): semitones above the speaker's mean; NaN where no pitch was found."""


@dataclass(frozen=True)
class Understood:
    """How the syllables of a line compare."""

    syllable_rank: float
    """Mean share of the other syllables, tones aside, that are nearer to what was said than the right one: 0 is none,
    0.5 is chance."""
    syllable_error: float
    """Share of syllables that are not among the nearest tenth."""
    tone_error: float
    """Share of syllables whose melody is nearer to another tone of the same syllable; neutral tones are left out."""
    count: int


def understood(clip: AudioClip, text: str, speech: Speech | None = None) -> Understood:
    """Compares what is said in `clip`.

    Args:
        text: hanzi and punctuation, as they are said.
        speech: the line with exact times, where they are known; else it is aligned.
    """
    timed = speech or align(clip, text, "zh")
    hanzi = "".join(word.text for word in timed.words)
    wanted = syllables(hanzi)
    known = recorded()
    every = cepstra(clip)
    pitch = melody(clip)
    loud = every[:, 0] > np.percentile(every[:, 0], 95) - 35
    mean, spread = every[loud, 2:].mean(axis=0), every[loud, 2:].std(axis=0)
    centre = float(np.nanmean(pitch))
    bases = np.array([name[:-1] for name in known.names])
    ranks: list[float] = []
    tones = wrong_tones = 0
    for place, (word, name) in enumerate(zip(timed.words, wanted, strict=True)):
        first = round(float(word.start) / FRAME_S)
        last = max(round(float(word.end) / FRAME_S), first + 4)
        distances = warped((_points(every[first:last, 2:], POINTS) - mean) / spread, known.shapes)
        order = list(dict.fromkeys(bases[np.argsort(distances)]))
        if name[:-1] in order:
            ranks.append(order.index(name[:-1]) / (len(order) - 1))
        own = _curve(pitch[first:last]) - centre
        allowed = {name[-1]} | ({"2"} if name[-1] == "3" and wanted[place + 1 : place + 2] else set())
        heard = _tone(own, known)
        if heard and name[-1] != "5":
            tones += 1
            wrong_tones += heard not in allowed
    found = np.array(ranks or [1.0])
    return Understood(float(found.mean()), float((found > 0.1).mean()), wrong_tones / max(tones, 1), len(wanted))


def warped(shape: F64, others: F64) -> F64:
    """float64 (S,): mean distance along the best path between one syllable (POINTS, D) and each of (S, POINTS, D)."""
    cost = np.sqrt(np.square(others[:, None, :, :] - shape[None, :, None, :]).sum(axis=3))
    total = np.full((len(others), POINTS + 1, POINTS + 1), np.inf)
    total[:, 0, 0] = 0
    for row in range(1, POINTS + 1):
        for column in range(max(1, row - STRAY), min(POINTS, row + STRAY) + 1):
            before = np.minimum(
                total[:, row - 1, column - 1], np.minimum(total[:, row - 1, column], total[:, row, column - 1])
            )
            total[:, row, column] = before + cost[:, row - 1, column - 1]
    return np.asarray(total[:, POINTS, POINTS] / POINTS)


def melody(clip: AudioClip) -> F64:
    """float64 (N,): pitch in semitones every 10 ms, NaN where there is none."""
    import pyworld

    samples = np.ascontiguousarray(resample(clip, 16_000).mono(), dtype=np.float64)
    f0, times = pyworld.dio(samples, 16_000, f0_floor=65.0, f0_ceil=500.0, frame_period=1000 * FRAME_S)
    f0 = pyworld.stonemask(samples, f0, times, 16_000)
    return np.where(f0 > 0, 12 * np.log2(np.maximum(f0, 1)), np.nan)


@cache
def recorded(folder: Path = FOLDER) -> Known:
    """The recordings' cepstra and melodies; read once and kept in the temporary folder.

    Raises:
        FileNotFoundError: the folder is not there.
    """
    kept = Path(tempfile.gettempdir()) / f"keepsake-syllables-{POINTS}-{CURVE}.npz"
    if kept.is_file():
        held = np.load(kept)
        return Known(tuple(held["names"]), held["shapes"], held["melodies"])
    paths = sorted(path for path in folder.iterdir() if path.suffix == ".mp3" and path.stem[-1:] in "12345")
    if not paths:
        raise FileNotFoundError(f"no recorded syllables in {folder}")
    shapes, curves, loudest = [], [], []
    for path in paths:
        clip = read_audio(path, sample_rate=16_000, mono=True)
        frames = cepstra(clip)
        loud = np.flatnonzero(frames[:, 0] > frames[:, 0].max() - 30)
        first, last = int(loud[0]), int(loud[-1]) + 1
        shapes.append(_points(frames[first:last, 2:], POINTS))
        loudest.append(frames[first:last, 2:])
        curves.append(_curve(melody(clip)[first:last]))
    every = np.concatenate(loudest)
    melodies = np.stack(curves)
    melodies -= np.nanmean(melodies)
    known = Known(
        tuple(path.stem.replace("ü", "v") for path in paths),
        (np.stack(shapes) - every.mean(axis=0)) / every.std(axis=0),
        melodies,
    )
    np.savez(kept, names=np.array(known.names), shapes=known.shapes, melodies=known.melodies)
    return known


def _points(frames: F64, count: int) -> F64:
    places = np.linspace(0, len(frames) - 1, count)
    return np.stack([np.interp(places, np.arange(len(frames)), column) for column in frames.T], axis=1)


def _curve(pitch: F64) -> F64:
    """float64 (CURVE,): the voiced part brought to a fixed length; NaN with hardly any."""
    voiced = np.flatnonzero(np.isfinite(pitch))
    if len(voiced) < 4:
        return np.full(CURVE, np.nan)
    return np.asarray(np.interp(np.linspace(voiced[0], voiced[-1], CURVE), voiced, pitch[voiced]))


def _tone(own: F64, known: Known) -> str:
    """The tone whose recordings' melody, over all syllables, is nearest; "" without pitch.

    The mean of a tone over many syllables is a steadier measure than one recording of it.
    """
    if not np.isfinite(own).all():
        return ""
    best, which = np.inf, ""
    for tone in "1234":
        rows = np.array([name[-1] == tone for name in known.names])
        typical = np.nanmean(known.melodies[rows], axis=0)
        distance = float(np.square(own - typical).sum())
        if distance < best:
            best, which = distance, tone
    return which
