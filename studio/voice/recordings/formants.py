"""The resonances of the mouth, F1 to F4, by linear prediction, and followed through time.

Burg's method as in Andersen, "On the calculation of filter coefficients for maximum entropy spectral analysis",
Geophysics 39, 1974; candidates are joined into tracks as in Xia and Espy-Wilson, "A new strategy of formant tracking
based on dynamic programming", ICSLP 2000.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from studio.media.audio import resample
from studio.types import AudioClip

F64 = NDArray[np.float64]

COUNT = 4
HOP_S = 0.01  # s between two frames
_WINDOW_S = 0.05  # s; a Gaussian window, of which half counts
_ORDER = 10  # five resonances below the ceiling
_EMPHASIS_HZ = 50.0  # from where the fall of the voice's source, 6 dB an octave, is taken out
# Five resonances of a tract of 17.5 and of 16 cm lie below these; small children are not meant.
_CEILING_LOW, _CEILING_HIGH, _HIGH_VOICE = 5000.0, 5500.0, 160.0  # Hz, Hz, Hz of mean F0
_LOWEST_HZ, _WIDEST_HZ = 150.0, 700.0
_NEUTRAL = np.array([500.0, 1500.0, 2500.0, 3500.0])  # Hz at a ceiling of 5000: an even tube
_STRAY, _WIDE, _JUMP = 0.3, 0.5, 2.0  # prices: of an unusual place, a broad resonance, a jump between frames


def ceiling(mean_f0: float) -> float:
    """Hz below which five resonances are looked for, from the mean pitch of the voice, Hz."""
    return _CEILING_HIGH if mean_f0 > _HIGH_VOICE else _CEILING_LOW


def formants(clip: AudioClip, highest: float) -> F64:
    """F1 … F4 in Hz every `HOP_S`, float64 (N, 4), the first frame at 0 s; NaN where fewer are found.

    They mean something only where there is a vowel.

    Args:
        highest: Hz, of `ceiling`.
    """
    rate = round(2 * highest)
    sound = resample(AudioClip(clip.mono()[None], clip.sample_rate), rate).mono().astype(np.float64)
    if not len(sound):
        return np.zeros((0, COUNT))
    sound = np.append(sound[0], sound[1:] - np.exp(-2 * np.pi * _EMPHASIS_HZ / rate) * sound[:-1])
    size, hop = round(_WINDOW_S * rate), HOP_S * rate
    padded = np.pad(sound, (size // 2, size))
    starts = np.rint(np.arange(int(len(sound) / hop) + 1) * hop).astype(int)
    shape = np.exp(-12 * (np.arange(size) / (size - 1) - 0.5) ** 2)
    frames = padded[starts[:, None] + np.arange(size)] * shape
    return _tracks(*_resonances(_burg(frames), rate), highest)


def _burg(frames: F64) -> F64:
    """Prediction filters float64 (N, _ORDER + 1), the first coefficient 1, of frames float64 (N, T)."""
    ahead, behind = frames[:, 1:].copy(), frames[:, :-1].copy()
    filters = np.zeros((len(frames), _ORDER + 1))
    filters[:, 0] = 1
    for order in range(1, _ORDER + 1):
        power = (np.square(ahead) + np.square(behind)).sum(axis=1)
        reflection = -2 * (ahead * behind).sum(axis=1) / np.maximum(power, 1e-20)
        before = filters[:, : order + 1].copy()
        filters[:, : order + 1] = before + reflection[:, None] * before[:, ::-1]
        ahead, behind = ahead + reflection[:, None] * behind, behind + reflection[:, None] * ahead
        ahead, behind = ahead[:, 1:], behind[:, :-1]
    return filters


def _resonances(filters: F64, rate: int) -> tuple[F64, F64]:
    """Frequencies and bandwidths, Hz, float64 (N, 5) each, in rising order; inf where there are fewer."""
    companion = np.zeros((len(filters), _ORDER, _ORDER))
    companion[:, 0] = -filters[:, 1:]
    companion[:, np.arange(1, _ORDER), np.arange(_ORDER - 1)] = 1
    roots = np.linalg.eigvals(companion)
    hertz = np.angle(roots) * rate / (2 * np.pi)
    widths = -np.log(np.maximum(np.abs(roots), 1e-9)) * rate / np.pi
    usable = (hertz > _LOWEST_HZ) & (hertz < rate / 2 - 50) & (widths < _WIDEST_HZ)
    hertz = np.where(usable, hertz, np.inf)
    order = np.argsort(hertz, axis=1)[:, : _ORDER // 2]
    return np.take_along_axis(hertz, order, axis=1), np.take_along_axis(widths, order, axis=1)


def _tracks(hertz: F64, widths: F64, highest: float) -> F64:
    """The cheapest way through the candidates, float64 (N, 4): four of each frame's, in rising order."""
    choices = list(combinations(range(hertz.shape[1]), COUNT))
    places = hertz[:, choices]  # (N, choices, 4)
    neutral = _NEUTRAL * highest / _CEILING_LOW
    possible = np.isfinite(places).all(axis=2)
    near = np.where(np.isfinite(places), places, neutral)
    price = (_STRAY * np.abs(near - neutral) / neutral + _WIDE * widths[:, choices] / near).sum(axis=2)
    price = np.where(possible, price, 50.0)
    cost, came = price[0], np.zeros(price.shape, dtype=int)
    logs = np.log(near)
    for frame in range(1, len(price)):
        jumps = _JUMP * np.abs(logs[frame][:, None] - logs[frame - 1][None]).sum(axis=2)
        total = cost[None] + jumps
        came[frame] = total.argmin(axis=1)
        cost = total.min(axis=1) + price[frame]
    best = np.empty(len(price), dtype=int)
    best[-1] = int(cost.argmin())
    for frame in range(len(price) - 1, 0, -1):
        best[frame - 1] = came[frame, best[frame]]
    rows = np.arange(len(price))
    return np.asarray(np.where(possible[rows, best][:, None], places[rows, best], np.nan))
