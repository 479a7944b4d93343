"""How even the voice is: jitter, shimmer and the harmonics-to-noise ratio, from one vibration to the next."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.types import F32

F64 = NDArray[np.float64]

_UNEVEN = 1.3  # neighbours that differ by more are no neighbours (as Praat has it), and for amplitudes 1.6
_UNEVEN_PEAKS = 1.6
_REACH = 0.2  # of a period, in which the next one is looked for
_LEAST = 10  # vibrations in a row, and of all together, before anything is said


@dataclass(frozen=True)
class Evenness:
    """Of sustained voice; running speech is less even than a held vowel. NaN where too little is voiced."""

    jitter: float
    """Mean difference of neighbouring periods over the mean period (local jitter); healthy vowels: below 0.01."""
    shimmer: float
    """The same of their amplitudes (local shimmer); healthy vowels: below 0.04."""
    hnr_db: float
    """Power of what repeats over the power of what does not, dB; healthy vowels: about 20."""


def evenness(samples: F32, sample_rate: int, f0: F64, frame_s: float) -> Evenness:
    """Evenness of float32 (T,) whose pitch is known.

    Args:
        f0: float64 (N,) Hz every `frame_s` s from 0 s on; 0 where there is no pitch.
    """
    sound = samples.astype(np.float64)
    periods: list[F64] = []
    peaks: list[F64] = []
    harmonic: list[float] = []
    for start, end in _runs(f0 > 0):
        times, heights, alike = _vibrations(sound, sample_rate, f0, frame_s, start, end)
        if len(times) > _LEAST:
            periods.append(np.diff(times))
            peaks.append(heights)
            harmonic += alike
    if sum(len(run) for run in periods) < _LEAST:
        return Evenness(np.nan, np.nan, np.nan)
    again = float(np.clip(np.median(harmonic), 1e-4, 1 - 1e-6))
    return Evenness(_local(periods, _UNEVEN), _local(peaks, _UNEVEN_PEAKS), float(10 * np.log10(again / (1 - again))))


def _runs(voiced: NDArray[np.bool_]) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(voiced.astype(np.int8), prepend=0, append=0))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def _local(runs: list[F64], most: float) -> float:
    """Mean difference of neighbours over the mean, those left out that differ by a factor above `most`."""
    differences, values = [], []
    for run in runs:
        pair = np.stack([run[:-1], run[1:]])
        ok = (pair > 0).all(axis=0) & (pair.max(axis=0) <= most * np.maximum(pair.min(axis=0), 1e-12))
        differences.append(np.abs(pair[0] - pair[1])[ok])
        values.append(run)
    every = np.concatenate(differences)
    return float(every.mean() / np.concatenate(values).mean()) if len(every) else float("nan")


def _vibrations(sound: F64, rate: int, f0: F64, frame_s: float, start: int, end: int) -> tuple[F64, F64, list[float]]:
    """Times of like moments in neighbouring vibrations, s; their heights; how alike neighbours are, 0 … 1."""
    at = (start + 0.5) * frame_s * rate
    times, heights, alike = [at / rate], [], []
    while at < (end - 1) * frame_s * rate:
        period = rate / f0[min(max(round(at / rate / frame_s), start), end - 1)]
        size, reach = round(period), max(2, round(_REACH * period))
        first = round(at)
        if first + 2 * size + 2 * reach + 2 >= len(sound):
            break
        this = sound[first : first + size]
        heights.append(float(this.max() - this.min()))
        lags = np.arange(size - reach, size + reach + 1)
        those = np.lib.stride_tricks.sliding_window_view(sound[first + lags[0] : first + lags[-1] + size], size)
        a, b = this - this.mean(), those - those.mean(axis=1, keepdims=True)
        match = (b @ a) / np.sqrt(np.maximum((b * b).sum(axis=1) * (a @ a), 1e-20))
        best = int(match.argmax())
        if match[best] < 0.5 or best in (0, len(lags) - 1):
            break
        low, middle, high = match[best - 1 : best + 2]
        curve = low - 2 * middle + high
        step = lags[best] + (0.5 * (low - high) / curve if curve < 0 else 0.0)
        alike.append(float(match[best]))
        at = first + step  # whole samples and a part: the part is carried in the period, not lost by rounding
        times.append(times[-1] + step / rate)
    return np.asarray(times), np.asarray(heights), alike
