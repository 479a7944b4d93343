"""Mains hum: its tones measured in the pauses, followed while they drift, and subtracted.

A notch that never moves must be wide where a tape runs unevenly, and takes the voice along. Here every tone of the
series is fitted anew each second (weighted least squares) and taken away: as narrow as a notch of half a hertz.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from studio.types import F32

F64 = NDArray[np.float64]

LISTENED_S = 120  # s looked at to find out whether there is hum: it is there from the beginning
WINDOW_S = 2  # s fitted together: tones 1 Hz apart are told apart, and no vowel lasts as long
HOP_S = 1  # s; half the window
MARGIN_S = 2  # s of context that `unhummed` needs
_RATE = 4000  # Hz; enough for every tone of hum that is heard
_HIGHEST = 1000.0  # Hz
_BASES = (50.0, 60.0)  # Hz
_DRIFT = 0.012  # of the frequency: tapes and films run a little fast or slow
_WANDER = 0.004  # of the frequency, within a recording
_HEIGHT_DB = 12.0  # above what lies around it: then it is a tone
_QUIET = 0.2  # of all seconds, the softest, are taken as pauses
_LEAST = 2  # tones of a series that must be there


@dataclass(frozen=True)
class Hum:
    """A series of tones."""

    base: float
    """Hz, near 50 or 60."""
    harmonics: tuple[int, ...]
    """Which multiples of it are heard; 1 is the base itself."""

    @property
    def lines(self) -> tuple[float, ...]:
        """Hz."""
        return tuple(self.base * harmonic for harmonic in self.harmonics)


def hum(blocks: Iterable[F32], sample_rate: int) -> Hum | None:
    """The hum of a recording, float32 (T,) blocks of it; None where there is none, or less than 3 s to hear it in."""
    held: list[F32] = []
    missing = LISTENED_S * sample_rate
    for block in blocks:
        held.append(block[:missing])
        missing -= len(held[-1])
        if missing <= 0:
            break
    sound = _low(np.concatenate(held) if held else np.zeros(0, np.float32), sample_rate)
    if len(sound) < 3 * _RATE:
        return None
    spectrum = _of_pauses(sound)
    series = [_series(spectrum, base) for base in _BASES]
    best = max(series, key=lambda found: len(found.harmonics))
    return best if len(best.harmonics) >= _LEAST else None


def unhummed(samples: F32, sample_rate: int, found: Hum) -> F32:
    """float32 (T,) without the tones of `found`. Windows begin every `HOP_S`, so cut long sound at whole seconds."""
    sound = _low(samples, sample_rate)
    window, hop = WINDOW_S * _RATE, HOP_S * _RATE
    bases = found.base * (1 + np.linspace(-_WANDER, _WANDER, 17))
    series = [(float(base), _waves(base, found.harmonics, window)) for base in bases]
    padded = np.pad(sound, (hop, window))
    times = np.arange(len(samples) + 1) / sample_rate
    tones = np.zeros(len(samples))
    for index in range(-(-len(sound) // hop) + 1):
        piece = padded[index * hop : index * hop + window]
        begins = float(index * HOP_S - HOP_S)
        first, last = (min(len(samples), max(0, round(at * sample_rate))) for at in (begins, begins + WINDOW_S))
        if len(piece) < window or last <= first or not piece.any():
            continue
        base, parts = _fitted(piece, found, series)
        since = times[first:last] - begins
        shape = 0.5 - 0.5 * np.cos(np.pi * since / HOP_S)  # two of these add up to 1
        tones[first:last] += shape * _sum_of(since, base, found.harmonics, parts)
    return samples - tones.astype(np.float32)


def _low(samples: F32, sample_rate: int) -> F64:
    """The same at `_RATE`, without delay."""
    import soxr

    return np.asarray(soxr.resample(samples, sample_rate, _RATE, quality="HQ"), dtype=np.float64)


def _of_pauses(sound: F64) -> F64:
    """Spectrum of the softest seconds in dB, float64 (F,), four bins to 1 Hz."""
    half = _RATE // 2
    steps = sound[: len(sound) // half * half].reshape(-1, half)
    frames = np.concatenate([steps[:-1], steps[1:]], axis=1)
    # Tones are looked for where all else is quiet; rumble says nothing of that.
    loudness = np.square(np.diff(frames, axis=1)).mean(axis=1)
    sounding = np.flatnonzero(np.square(frames).mean(axis=1) > 1e-12)
    if not len(sounding):
        return np.zeros(2 * _RATE + 1)
    chosen = sounding[np.argsort(loudness[sounding])[: max(2, round(_QUIET * len(sounding)))]]
    power = np.square(np.abs(np.fft.rfft(frames[chosen] * np.hanning(_RATE), 4 * _RATE, axis=1)))
    return np.asarray(10 * np.log10(np.median(power, axis=0) + 1e-12))


def _series(spectrum: F64, about: float) -> Hum:
    """The series near `about` Hz whose tones stand out the most."""
    bases = about * np.linspace(1 - _DRIFT, 1 + _DRIFT, 97)
    heights = _heights(spectrum, bases[:, None] * np.arange(1, int(_HIGHEST // about) + 1))
    heard = heights > _HEIGHT_DB
    best = int(np.argmax(np.where(heard, heights, 0).sum(axis=1)))
    return Hum(float(bases[best]), tuple(int(index) + 1 for index in np.flatnonzero(heard[best])))


def _heights(spectrum: F64, hertz: F64) -> F64:
    """dB by which tones at `hertz` stand above what lies 4 to 9 Hz beside them; of the same shape."""
    at = np.rint(4 * hertz).astype(np.intp)
    inside = (at >= 40) & (at + 40 <= len(spectrum))
    at = np.clip(at, 40, len(spectrum) - 40)[..., None]
    around = spectrum[at + np.r_[-36:-16, 17:37]]
    top = spectrum[at + np.arange(-1, 2)].max(axis=-1)
    return np.asarray(np.where(inside, top - np.median(around, axis=-1), 0.0))


def _fitted(piece: F64, found: Hum, series: Sequence[tuple[float, F64]]) -> tuple[float, F64]:
    """The base, Hz, and sines and cosines, float64 (2·harmonics,), that are in one window.

    Args:
        series: candidates for the base, evenly spaced, and the waves of each.
    """
    weight = _pauses(piece)
    # What is left when each candidate is taken away; the pauses count most, so that the voice has no say.
    fits = [_least_squares(piece, weight, waves) for _, waves in series]
    left = np.array([fit[0] for fit in fits])
    best = int(np.argmin(left))
    base = series[best][0]
    if 0 < best < len(series) - 1:  # the parabola through the best and its neighbours
        low, middle, high = left[best - 1 : best + 2]
        curve = float(low - 2 * middle + high)
        if curve > 0:
            base += (series[1][0] - series[0][0]) * 0.5 * float(low - high) / curve
        return base, _least_squares(piece, weight, _waves(base, found.harmonics, len(piece)))[1]
    return base, fits[best][1]


def _pauses(piece: F64) -> F64:
    """float64 (T,): how much each moment counts, little where somebody speaks."""
    from scipy.ndimage import uniform_filter1d

    power = uniform_filter1d(np.square(np.diff(piece, prepend=piece[0])), _RATE // 20)
    sounding = power > 1e-12  # digital silence, also beyond the ends, knows nothing of the hum
    if not sounding.any():
        return np.ones(len(piece))
    return np.asarray(np.hanning(len(piece)) * sounding / (power + np.percentile(power[sounding], 10)))


def _least_squares(piece: F64, weight: F64, matrix: F64) -> tuple[float, F64]:
    weighted = matrix * weight[:, None]
    parts = np.linalg.solve(weighted.T @ matrix + 1e-9 * weight.sum() * np.eye(matrix.shape[1]), weighted.T @ piece)
    return float((weight * np.square(piece - matrix @ parts)).sum()), parts


@cache
def _time(length: int) -> F64:
    return np.arange(length) / _RATE


def _waves(base: float, harmonics: tuple[int, ...], length: int) -> F64:
    angle = 2 * np.pi * base * _time(length)[:, None] * np.asarray(harmonics)
    return np.concatenate([np.sin(angle), np.cos(angle)], axis=1)


def _sum_of(times: F64, base: float, harmonics: tuple[int, ...], parts: F64) -> F64:
    """The tones at `times`, s."""
    wave = np.exp(2j * np.pi * base * times)  # its powers are the harmonics: one sine and cosine instead of many
    tones = np.zeros(len(times))
    power, at = np.ones(len(times), dtype=np.complex128), 0
    for index, harmonic in enumerate(harmonics):
        for _ in range(harmonic - at):
            power *= wave
        at = harmonic
        tones += parts[index] * power.imag + parts[len(harmonics) + index] * power.real
    return tones
