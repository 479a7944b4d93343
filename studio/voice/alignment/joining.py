"""Stretches of sound put one after another: mixed at their joints, and brought nearer to each other in tone."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from studio.types import F32
from studio.voice.alignment.bank import SAMPLE_RATE
from studio.voice.features import F64

TONE_DB, TONE_SHARE = 6.0, 0.5  # as far a tape's tone is moved, and how much of the way


def crossfaded(parts: Sequence[tuple[F32, int, int, int]]) -> F32:
    """The stretches one after another; around each joint the two sounds are mixed at equal power.

    Args:
        parts: samples, from where to where they are taken, and how long the joint before them is at most.
    """
    # Half of every joint, as far as both sides reach: what is mixed on one side is mixed on the other.
    halves = [0]
    for (before, begun, ended, _), (_, start, end, fade) in pairwise(parts):
        halves.append(max(0, min(fade // 2, start, len(before) - ended, (ended - begun) // 2, (end - start) // 2)))
    halves.append(0)
    mixed = np.zeros(sum(end - start for _, start, end, _ in parts), dtype=np.float32)
    at = 0
    for (samples, start, end, _), (ahead, behind) in zip(parts, pairwise(halves), strict=True):
        piece = samples[start - ahead : end + behind].astype(np.float32)
        piece[: 2 * ahead] *= _rise(ahead)
        piece[len(piece) - 2 * behind :] *= _rise(behind)[::-1]
        mixed[at - ahead : at + (end - start) + behind] += piece
        at += end - start
    return mixed


def _rise(half: int) -> F32:
    """float32 (2 · half,): a quarter of a sine."""
    return np.asarray(np.sin(np.pi / 2 * (np.arange(2 * half) + 0.5) / max(2 * half, 1)), np.float32)


_BANDS_HZ = np.geomspace(100.0, 16_000.0, 23)  # a third of an octave apart


def tone(samples: F32) -> F64:
    """float64 (23,): dB of the loud parts in bands of a third of an octave, their mean taken out."""
    from scipy.signal import stft

    hertz, _, spectrum = stft(samples, SAMPLE_RATE, nperseg=2048, noverlap=1024)
    power = np.square(np.abs(spectrum))
    loud = power.sum(axis=0) > np.percentile(power.sum(axis=0), 60)
    mean = power[:, loud].mean(axis=1)
    edges = _BANDS_HZ * 2 ** (1 / 6)
    rows = [(hertz >= high / 2 ** (1 / 3)) & (hertz < high) for high in edges]
    bands = np.array([10 * np.log10(mean[row].mean() + 1e-14) if row.any() else np.nan for row in rows])
    bands = np.interp(_BANDS_HZ, _BANDS_HZ[np.isfinite(bands)], bands[np.isfinite(bands)])
    return np.asarray(bands - bands[6:16].mean())


def toned(samples: F32, span: tuple[int, int], own: F64, wanted: F64) -> F32:
    """float32 (T,): around `span` the samples with their tone brought towards the wanted one; no phase is changed."""
    gain_db = np.clip(TONE_SHARE * (wanted - own), -TONE_DB, TONE_DB)
    margin = SAMPLE_RATE // 10
    low, high = max(0, span[0] - margin), min(len(samples), span[1] + margin)
    size = 1 << int(np.ceil(np.log2(max(high - low + margin, 2))))
    hertz = np.fft.rfftfreq(size, 1 / SAMPLE_RATE)
    curve = np.interp(np.log2(np.maximum(hertz, 1)), np.log2(_BANDS_HZ), gain_db)
    moved = samples.copy()
    moved[low:high] = np.fft.irfft(np.fft.rfft(samples[low:high], size) * 10 ** (curve / 20), size)[: high - low]
    return moved
