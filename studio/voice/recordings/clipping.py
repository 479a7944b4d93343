"""Tops that were cut off, put back: the sparsest sound that agrees with what was recorded.

A-SPADE: Kitić, Bertin, Gribonval, "Sparsity and Cosparsity for Audio Declipping", 2015. What was recorded below the
cut stays as it is to the sample; what is put back lies above the cut.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.types import F32

F64 = NDArray[np.float64]

_WINDOW_S = 0.04  # s; rounded to a power of two in samples
_SOFTEST = 0.1  # a soft recording has a top too, but nothing was cut there
_REACH, _STEPS = 4.0, 1 << 17  # levels up to this are told apart, in steps of 16 bits
_FLAT = 0.002  # of the top: samples this near are "equal"
_PILED = 4.0  # times as many samples at the very top as in the same width below: a loud voice has no such heap
_SHARE = 2e-4  # of all samples, from which a recording counts as clipped
_DONE = 0.03  # of the window's own size: the sparse and the consistent sound have met
_ROUNDS = 100  # at most
_AT_ONCE = 256  # windows worked on together, 20 MB
_MOST = 3.0  # times the cut: no voice stood higher above a recorder that still let a word through


@dataclass(frozen=True)
class Cut:
    """Where a recorder cut the sound off."""

    low: float
    high: float
    """−1 … 0 and 0 … 1; -inf and inf where that side was not cut."""
    share: float
    """Of all samples, 0 … 1."""


class Tops:
    """How high the samples of a recording stand, counted block after block."""

    def __init__(self) -> None:
        self._counts = np.zeros(2 * _STEPS + 1, dtype=np.int64)  # from −_REACH to _REACH

    def hear(self, samples: F32) -> None:
        """Counts float32 (T,)."""
        steps = np.rint(np.clip(samples, -_REACH, _REACH) * np.float32(_STEPS / _REACH)).astype(np.int64) + _STEPS
        self._counts += np.bincount(steps, minlength=len(self._counts))

    def cut(self) -> Cut | None:
        """Where the sound was cut off; None where it was not."""
        total = int(self._counts.sum())
        highs = _heap(self._counts[_STEPS:], total)
        lows = _heap(self._counts[_STEPS::-1], total)
        if highs is None and lows is None:
            return None
        high, low = highs or (np.inf, 0), lows or (np.inf, 0)
        return Cut(-low[0], high[0], (high[1] + low[1]) / total)


def window(sample_rate: int) -> int:
    """Samples that `declipped` works on together, a power of two; context of as many is enough."""
    return 1 << round(math.log2(_WINDOW_S * sample_rate))


def declipped(samples: F32, cut: Cut, sample_rate: int) -> F32:
    """float32 (T,) with its tops put back, beyond ±1 where they belong there; everything else is left as it is."""
    size = window(sample_rate)
    hop = size // 4
    padded = np.pad(samples.astype(np.float64), (size, 2 * size))
    high, low = padded >= cut.high * (1 - _FLAT), padded <= cut.low * (1 - _FLAT)
    cut_off = high | low
    starts = np.arange(0, len(samples) + size, hop)
    total = np.concatenate([[0], np.cumsum(cut_off)])
    starts = starts[total[starts + size] > total[starts]]
    if not len(starts):
        return samples
    shape = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(size) / size)  # four of these add up to 2
    change = np.zeros(len(padded))
    for first in range(0, len(starts), _AT_ONCE):
        chosen = starts[first : first + _AT_ONCE]
        at = chosen[:, None] + np.arange(size)
        frames = padded[at] * shape
        restored = _consistent(frames, high[at], low[at], (_bound(cut.high, shape), _bound(cut.low, shape)))
        np.add.at(change, at, (restored - frames) / 2)
    mended = padded.copy()
    mended[cut_off] += change[cut_off]
    return mended[size : size + len(samples)].astype(np.float32)


def _consistent(frames: F64, high: NDArray[np.bool_], low: NDArray[np.bool_], limit: tuple[F64, F64]) -> F64:
    """Algorithm 1 of the paper (A-SPADE) for windows float64 (B, N), with the DFT of twice the length."""
    size = frames.shape[1]
    scale = 1 / np.sqrt(2 * size)
    step = max(1, size // 256)
    found = frames.copy()
    dual = np.zeros((len(frames), size + 1), dtype=np.complex128)
    open_ = np.arange(len(frames))
    goal = _DONE * np.sqrt(np.square(frames).sum(axis=1)) + 1e-9
    for turn in range(_ROUNDS):
        seen = np.fft.rfft(found[open_], 2 * size, axis=1) * scale + dual[open_]
        sparse = _strongest(seen, min(step * (turn + 1), size))
        guess = np.fft.irfft((sparse - dual[open_]) / scale, 2 * size, axis=1)[:, :size]
        found[open_] = _held(guess, frames[open_], high[open_], low[open_], limit)
        missed = np.fft.rfft(found[open_], 2 * size, axis=1) * scale - sparse
        dual[open_] += missed
        # Twice: the spectrum's other half is its mirror image.
        apart = np.sqrt(2 * np.square(np.abs(missed)).sum(axis=1)) > goal[open_]
        open_ = open_[apart]
        if not len(open_):
            break
    return found


def _bound(level: float, shape: F64) -> F64:
    """Where the cut lies in a window; a side that was not cut has nothing to be held to."""
    return level * shape if np.isfinite(level) else np.zeros_like(shape)


def _strongest(spectra: NDArray[np.complex128], count: int) -> NDArray[np.complex128]:
    """Only the `count` largest of each row (B, F); the others 0."""
    size = np.abs(spectra)
    least = np.partition(size, -count, axis=1)[:, -count]
    return np.where(size >= least[:, None], spectra, 0)


def _held(guess: F64, recorded: F64, high: NDArray[np.bool_], low: NDArray[np.bool_], limit: tuple[F64, F64]) -> F64:
    """The nearest sound to `guess` that agrees with the recording."""
    top, bottom = limit
    held = np.where(high, np.clip(guess, top, _MOST * top), recorded)
    return np.where(low, np.clip(guess, _MOST * bottom, bottom), held)


def _heap(counts: NDArray[np.int64], total: int) -> tuple[float, int] | None:
    """The level, and how many samples lie heaped up there; None without a heap.

    Args:
        counts: int64 (_STEPS + 1,), samples by how far they are from zero on one side.
    """
    there = np.flatnonzero(counts)
    if not len(there) or there[-1] * _REACH / _STEPS < _SOFTEST:
        return None
    top = int(there[-1])
    width = max(1, round(_FLAT * top))
    flat = int(counts[top - width : top + 1].sum())
    below = int(counts[top - 4 * width - 1 : top - 3 * width].sum())
    if flat <= _SHARE / 2 * total or flat <= _PILED * below:
        return None
    return top * _REACH / _STEPS, flat
