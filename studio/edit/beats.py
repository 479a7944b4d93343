"""Beats of music: those of a bed are known, those of anybody's recording are found.

The tracker is D. P. W. Ellis, "Beat Tracking by Dynamic Programming" (J. New Music Research 36, 2007): how suddenly the
sound grows, how often that comes back, and then the one chain of beats that falls on what grows and keeps its step.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio.ear import SAMPLE_RATE, mel_filters
from studio.media.blocks import file_blocks
from studio.types import F32

F64 = NDArray[np.float64]

FRAMES = 100  # of the onset curve, a second
_HOP = SAMPLE_RATE // FRAMES
_WINDOW = 1024  # samples, 64 ms
_BANDS = 40
_KNEE = 100.0  # 40 dB
_EARLY = Fraction(1, 50)  # s: a window hears an onset before it is centred on it; measured on clicks
_SHORTEST, _LONGEST = 0.42, 1.22  # s between beats: 143 … 49 a minute
_USUAL = 0.6  # s, 100 a minute: what feet are most likely to tap
_SPREAD = 0.9  # octaves
_TIGHTNESS = 300.0  # how dear it is to leave the step; Ellis takes 400 for pop music
# What speech never has, measured on thirty recordings of it; our own beds, a click, music have one or the other: how
# much of the sound comes back after one step and after two (2 is a clock), and how far the beats stand out.
_REPEATED = 0.30
_SURELY = 0.55
_STANDING_OUT = 1.75
_FEWEST = 10  # beats


@dataclass(frozen=True, order=True)
class Beat:
    """One beat and whether a bar begins with it."""

    time: Fraction
    """s of the music."""
    bar: bool = False


def found(path: Path) -> tuple[Beat, ...]:
    """The beats of a file's sound, in order; none where there is no steady beat in it, as in speech or the sea.

    Raises:
        FileUnreadable, AudioUnusable.
    """
    onsets, low = onset_curves(file_blocks(path, SAMPLE_RATE))
    return track(onsets, low)


def onset_curves(blocks: Iterator[F32]) -> tuple[F64, F64]:
    """How suddenly the sound grows: (over all bands, below 250 Hz), float64 (N,), FRAMES a second.

    Args:
        blocks: mono float32 (T,) at SAMPLE_RATE, in order.
    """
    bank = mel_filters(_BANDS, (40.0, 7600.0), _WINDOW)
    centres = np.fft.rfftfreq(_WINDOW, 1 / SAMPLE_RATE)[bank.argmax(axis=0)]
    window = np.hanning(_WINDOW)
    # Half a window of silence before, so that frame n is centred on sample n · _HOP.
    held = np.zeros(_WINDOW // 2, np.float32)
    levels: list[F64] = []

    def frames(samples: F32, count: int) -> None:
        pieces = np.lib.stride_tricks.sliding_window_view(samples, _WINDOW)[::_HOP][:count]
        for begin in range(0, count, 1000):
            power = np.abs(np.fft.rfft(pieces[begin : begin + 1000] * window)) ** 2 @ bank
            levels.append(np.sqrt(power))

    for block in blocks:
        held = np.concatenate([held, block])
        count = max(0, (len(held) - _WINDOW) // _HOP + 1)
        if count:
            frames(held, count)
            held = held[count * _HOP :]
    held = np.pad(held, (0, _WINDOW))
    frames(held, (len(held) - _WINDOW) // _HOP + 1)
    level = np.concatenate(levels)
    # As the ear hears it, by ratios, down to 40 dB under the loudest: what is below is the hiss of the tape, no beat.
    level = np.log1p(_KNEE * level / max(1e-9, float(level.max())))
    growth = np.maximum(0.0, level[2:] - level[:-2])
    growth = np.concatenate([np.zeros((1, _BANDS)), growth, np.zeros((1, _BANDS))])
    return growth.mean(axis=1), growth[:, centres < 250].mean(axis=1)


def track(onsets: F64, low: F64) -> tuple[Beat, ...]:
    """The beats of onset curves as `onset_curves` gives them; none where nothing keeps a step."""
    curve = _prepared(onsets)
    step, repeated = _step(curve)
    if repeated < _REPEATED:
        return ()
    places = _chain(curve, step)
    if repeated < _SURELY and _standing_out(curve, places) < _STANDING_OUT:
        return ()
    # Beats laid through silence before and after the music are no beats.
    heard = np.flatnonzero(curve > 0.1 * np.percentile(curve, 99))
    places = [p for p in places if len(heard) and heard[0] - 5 <= p <= heard[-1] + 5]
    if len(places) < _FEWEST:
        return ()
    bars = _bars(places, _prepared(onsets) + _prepared(low))
    return tuple(Beat(Fraction(place, FRAMES) + _EARLY, n in bars) for n, place in enumerate(places))


def _prepared(onsets: F64) -> F64:
    """The curve without its slow swell, at a deviation of 1, smoothed over 30 ms."""
    from scipy.ndimage import gaussian_filter1d, uniform_filter1d

    slow = uniform_filter1d(onsets, FRAMES)
    curve = np.maximum(0.0, gaussian_filter1d(onsets, 1.5) - slow)
    deviation = curve.std()
    return np.asarray(curve / deviation if deviation > 1e-9 else curve)


def _step(curve: F64) -> tuple[float, float]:
    """(frames from beat to beat, how much comes back after one step and after two); 0 where it is too short to tell."""
    longest = round(4 * _LONGEST * FRAMES)
    if len(curve) < 2 * longest:
        longest = len(curve) // 2
    if longest < 2 * round(_SHORTEST * FRAMES):
        return 0.0, 0.0
    around = curve - curve.mean()
    size = 1 << (2 * len(around)).bit_length()
    power = np.abs(np.fft.rfft(around, size)) ** 2
    # Each lag by as many frames as it has to go by.
    back = np.fft.irfft(power)[: longest + 1] / np.arange(len(around), len(around) - longest - 1, -1)
    if back[0] <= 0:
        return 0.0, 0.0
    back = back / back[0]
    lags = np.arange(round(_SHORTEST * FRAMES), min(round(_LONGEST * FRAMES), longest // 2) + 1)
    # A beat comes back after two steps too; of a step and its half, the usual one is the likelier.
    near = np.maximum.reduce([back[2 * lags - 1], back[2 * lags], back[np.minimum(2 * lags + 1, longest)]])
    usual = np.exp(-0.5 * (np.log2(lags / FRAMES / _USUAL) / _SPREAD) ** 2)
    score = usual * (back[lags] + 0.5 * near)
    best = int(score.argmax())
    lag = int(lags[best])
    return _between(back, lag), float(back[lag] + near[best])


def _standing_out(curve: F64, places: Sequence[int]) -> float:
    """How much more grows at the beats than anywhere, in deviations of what grows."""
    from scipy.ndimage import maximum_filter1d

    around = maximum_filter1d(curve, 5)
    return float((around[list(places)].mean() - around.mean()) / (around.std() + 1e-9))


def _between(back: F64, lag: int) -> float:
    """The top of the parabola through a peak and its neighbours."""
    if not 0 < lag < len(back) - 1:
        return float(lag)
    a, b, c = back[lag - 1 : lag + 2]
    bend = a - 2 * b + c
    return float(lag + np.clip(0.5 * (a - c) / bend if bend < 0 else 0.0, -0.5, 0.5))


def _chain(curve: F64, step: float) -> list[int]:
    """Ellis's dynamic programming, section 2.2: the chain of frames with the best sum of onsets and evenness."""
    nearest, farthest = max(1, round(step / 2)), round(2 * step)
    away = np.arange(nearest, farthest + 1)[::-1]
    toll = -_TIGHTNESS * np.log(away / step) ** 2
    total = curve.copy()
    came = np.full(len(curve), -1)
    for place in range(nearest, len(curve)):
        first = place - farthest
        choice = total[max(0, first) : place - nearest + 1] + toll[max(0, -first) :]
        best = int(choice.argmax())
        if choice[best] > 0:
            total[place] += choice[best]
            came[place] = max(0, first) + best
    place = int(len(curve) - farthest + total[-farthest:].argmax()) if len(curve) > farthest else int(total.argmax())
    chain = []
    while place >= 0:
        chain.append(int(place))
        place = int(came[place])
    return chain[::-1]


def _bars(places: Sequence[int], curve: F64) -> set[int]:
    """Which beats begin a bar: of bars of three and four, the ones whose first beats stand out; none where none do."""
    strength = np.array([curve[max(0, p - 3) : p + 4].max() for p in places])
    found: list[tuple[float, int, int]] = []
    for meter in (3, 4):
        for phase in range(meter):
            first = np.arange(len(places)) % meter == phase
            apart = (strength[first].mean() - strength[~first].mean()) / (strength.std() + 1e-9)
            # By chance alone the best of so many phases stands out too: less the fewer beats there are.
            found.append((apart * (first.sum() ** 0.5), meter, phase))
    best, meter, phase = max(found)
    return set(range(phase, len(places), meter)) if best > 3 else set()
