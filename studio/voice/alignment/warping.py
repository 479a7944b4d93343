"""One sequence of speech sounds laid over another of the same words: dynamic time warping of cepstra."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from studio.ear import mel_filters
from studio.media.audio import resample
from studio.types import F32, AudioClip, Speech
from studio.voice.features import F64

SAMPLE_RATE = 16_000  # Hz; enough for every speech sound
HOP = 160  # samples, 10 ms
_WINDOW = 400  # samples, 25 ms
_BANDS = 40
_COEFFICIENTS = 13
_BAND, _BAND_SHARE = 1500, 0.1  # frames, and share of the whole, that the path may stray from the middle
_OPEN_SHARE = 0.25  # the same where the end is not known
_PAUSE_COST, _LOUD_COST = 1.5, 8.0  # of a frame in a pause: silent, and what is added for a loud one; sounds cost ~5
_LEVEL_WEIGHT = 2.0  # of loudness beside 12 cepstra: pauses have to meet pauses
_SILENCE_DB = -35.0  # below the loud parts


def cepstra(clip: AudioClip) -> F64:
    """float64 (N, 14): loudness in dB, then 13 mel cepstra, every 10 ms."""
    from scipy.fft import dct

    samples = resample(clip, SAMPLE_RATE).mono()
    samples = np.append(samples[:1], samples[1:] - np.float32(0.97) * samples[:-1])
    padded = np.pad(samples, (_WINDOW // 2, _WINDOW))
    frames = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[::HOP][: max(1, len(samples) // HOP)]
    power = np.square(np.abs(np.fft.rfft(frames * np.hanning(_WINDOW), 512, axis=1)))
    bands = np.log(power @ mel_filters(_BANDS, (80.0, 7600.0), 512) + 1e-9)
    level = 10 * np.log10(power.sum(axis=1) + 1e-9)
    return np.concatenate([level[:, None], dct(bands, norm="ortho", axis=1)[:, :_COEFFICIENTS]], axis=1)


@dataclass(frozen=True, eq=False)
class Laid:
    """Synthetic speech laid over a recording."""

    begins: NDArray[np.int64]
    """int64 (M,): for each frame of the synthetic speech the frame of the recording where it starts."""
    ends: NDArray[np.int64]
    """int64 (M,): the one after its end."""
    costs: F64
    """float64 (M,): how far apart the two sounds are where they meet; NaN for a frame that was not compared."""
    clip: AudioClip

    def between(self, start: Fraction, end: Fraction) -> tuple[Fraction, Fraction]:
        """When in the recording that is heard which the synthetic speech says from `start` to `end` s."""
        opening = min(_frame(start), len(self.begins) - 1)
        closing = max(opening, min(_frame(end), len(self.begins)) - 1)
        begin = _time(self.begins[opening], self.clip)
        return begin, max(begin, min(_time(self.ends[closing], self.clip), self.clip.duration))

    def cost(self, start: Fraction, end: Fraction) -> float:
        """Mean distance of the sounds from `start` to `end` s of the synthetic speech."""
        opening = min(_frame(start), len(self.costs) - 1)
        part = self.costs[opening : max(opening + 1, _frame(end))]
        return float(np.nanmean(part)) if np.isfinite(part).any() else float("inf")


def lay(clip: AudioClip, said: Speech, *, reach: float = 1.0) -> Laid:
    """Finds every moment of `said` in `clip`.

    Args:
        reach: 1 where the recording holds all of `said`; otherwise about how much of it: the recording may end
            anywhere in it, and what was not reached begins at the recording's end.
    """
    heard, spoken = cepstra(clip), cepstra(said.audio)
    frames = _columns(said, len(spoken))
    first, last = _sounding(heard)
    shown = frames >= 0
    ours, theirs = _normal(heard[first:last]), _normal(spoken)
    columns = np.zeros((len(frames), theirs.shape[1]))
    columns[shown] = theirs[frames[shown]]
    path = warp(ours, columns, pauses=~shown, loudness=_loudness(heard)[first:last], reach=reach)
    begins, ends = _reached(path, frames, first, len(spoken))
    met = shown[path[:, 1]]
    rows, places = path[met, 0], frames[path[met, 1]]
    apart = np.sqrt(np.square(ours[rows] - theirs[places]).sum(axis=1))
    sums = np.bincount(places, apart, len(spoken))
    counts = np.bincount(places, minlength=len(spoken))
    costs = np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)
    return Laid(begins, ends, costs, clip)


def resemblance(clip: AudioClip, said: Speech) -> float:
    """How much better the words fit in their order than in two others: their path's cost over that of the others.

    Below 1 the recording says these words; about 1 it says something else. Costs alone do not tell: a voice that is
    unlike the synthetic one costs as much as another text.
    """
    heard, spoken = cepstra(clip), cepstra(said.audio)
    count = len(said.words)
    orders = [np.arange(count), np.arange(count)[::-1], np.random.default_rng(0).permutation(count)]
    first, last = _sounding(heard)
    ours, theirs, loudness = _normal(heard[first:last]), _normal(spoken), _loudness(heard)[first:last]
    costs = []
    for order in orders:
        frames = _columns(replace(said, words=tuple(said.words[place] for place in order)), len(spoken))
        shown = frames >= 0
        columns = np.zeros((len(frames), theirs.shape[1]))
        columns[shown] = theirs[frames[shown]]
        path = warp(ours, columns, pauses=~shown, loudness=loudness)
        met = shown[path[:, 1]]
        apart = np.square(ours[path[met, 0]] - theirs[frames[path[met, 1]]]).sum(axis=1)
        costs.append(float(np.sqrt(apart).sum()))
    return costs[0] / max(float(np.mean(costs[1:])), 1e-9)


def warp(heard: F64, spoken: F64, *, pauses: NDArray[np.bool_], loudness: F64, reach: float = 1.0) -> NDArray[np.int64]:
    """int64 (P, 2): pairs of a frame of `heard` and a column of `spoken` that are the same moment, first to last.

    Steps are (1, 1), (1, 0) and (0, 1). A pause column may take any number of quiet frames, or none at no cost: that
    is how a speaker's own pauses find their place between words.

    Args:
        heard: float64 (N, D).
        spoken: float64 (M, D); rows where `pauses` is true are not looked at.
        loudness: float64 (N,), 0 in silence … 1 in loud speech.
        reach: 1 where the last pair is the end of both; otherwise about how much of `spoken` is in `heard`.
    """
    rows, columns = len(heard), len(spoken)
    lows, highs = _band(loudness, columns, reach)
    steps: list[NDArray[np.int8]] = []
    before = np.full(columns, np.inf)
    squares = np.square(spoken).sum(axis=1)
    for row in range(rows):
        low, high = int(lows[row]), int(highs[row])
        square = squares[low:high] - 2 * spoken[low:high] @ heard[row] + heard[row] @ heard[row]
        cost = np.sqrt(np.maximum(square, 0))
        here = pauses[low:high]
        along = np.where(here, 0.0, cost)
        total, step = _row(before, np.where(here, _PAUSE_COST + _LOUD_COST * loudness[row], cost), along, low, row == 0)
        before = np.full(columns, np.inf)
        before[low:high] = total
        steps.append(step)
    # Every row costs, however many columns it passes: the cheapest end is where the words really ended.
    path = [(rows - 1, columns - 1 if reach == 1 else int(np.argmin(before)))]
    row, column = path[0]
    while row or column:
        step_taken = int(steps[row][column - int(lows[row])])
        row, column = row - (step_taken != 2), column - (step_taken != 1)
        path.append((row, column))
    return np.array(path[::-1], dtype=np.int64)


def _band(loudness: F64, columns: int, reach: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First column and the one after the last that each frame may meet (Sakoe and Chiba 1978).

    The line through the middle moves only while somebody speaks; it is wide enough to hold all of half a minute.
    """
    spoken = np.cumsum(loudness > 0.3) + 1e-3 * np.arange(len(loudness))
    centre = np.round(spoken / max(float(spoken[-1]), 1e-9) * reach * (columns - 1)).astype(np.int64)
    half = max(_BAND, round((_BAND_SHARE if reach == 1 else _OPEN_SHARE) * columns))
    lows, highs = np.maximum(centre - half, 0), np.minimum(centre + half + 1, columns)
    lows[0] = 0
    if reach == 1:
        highs[-1] = columns
    return lows, highs


def _row(before: F64, cost: F64, along: F64, low: int, first: bool) -> tuple[F64, NDArray[np.int8]]:
    """Least total cost in one row, and the step it came by: 0 both, 1 down, 2 along."""
    high = low + len(cost)
    down = before[low:high]
    both = np.concatenate([before[low - 1 : low] if low else [np.inf], before[low : high - 1]])
    above = np.minimum(both, down) + cost
    if first:
        above[0] = cost[0]
    # total[j] = min(above[j], total[j-1] + along[j]) is a running minimum once the sums along the row are taken out.
    sums = np.cumsum(along)
    total = np.minimum.accumulate(above - sums) + sums
    step = np.where(both <= down, 0, 1).astype(np.int8)
    step[total < above - 1e-9] = 2
    if first:
        step[1:] = 2
    return total, step


def frame_levels(samples: F32, sample_rate: int, seconds: float) -> F64:
    """float64 (N,): dBFS every `seconds`, each of twice that long."""
    step = max(1, round(seconds * sample_rate))
    count = max(1, -(-len(samples) // step))
    padded = np.pad(np.square(samples, dtype=np.float64), (0, (count + 1) * step - len(samples)))
    power = padded.reshape(count + 1, step).mean(axis=1)
    return np.asarray(10 * np.log10((power[:-1] + power[1:]) / 2 + 1e-10))


def _sounding(frames: F64) -> tuple[int, int]:
    """First frame with sound and the one after the last."""
    level = frames[:, 0]
    loud = np.flatnonzero(level > np.percentile(level, 95) + _SILENCE_DB)
    return int(loud[0]), int(loud[-1]) + 1


def _normal(frames: F64) -> F64:
    """Loudness and cepstra with their mean and spread taken out, and how they change beside them."""
    level = np.clip(frames[:, :1] - np.percentile(frames[:, 0], 95), -50, 0) / 15
    shape = frames[:, 2:]
    shape = (shape - shape.mean(axis=0)) / (shape.std(axis=0) + 1e-6)
    # A quiet frame's spectrum is the room's, not a sound's.
    shape = shape * np.clip(1 + (level + 2.2) / 0.5, 0.15, 1)
    stacked = np.concatenate([_LEVEL_WEIGHT * level, shape], axis=1)
    change = np.gradient(stacked, axis=0) * 2 if len(stacked) > 1 else stacked * 0
    return np.concatenate([stacked, change], axis=1)


def _loudness(frames: F64) -> F64:
    """0 … 1 for each frame: from 40 to 25 dB below the loud ones, but at least 8 dB over the quietest."""
    level = frames[:, 0]
    silent = max(float(np.percentile(level, 95)) - 40, float(np.percentile(level, 5)) + 4)
    return np.asarray(np.clip((level - silent) / 12, 0, 1))


def _columns(said: Speech, length: int) -> NDArray[np.int64]:
    """The frames of the synthetic speech that are compared, in order; −1 for a pause that may be there.

    Its own silences are taken out; between any two words, and around all of them, there may be one.
    """
    pause = np.array([-1], dtype=np.int64)
    pieces = [pause]
    for word in said.words:
        own = np.arange(_frame(word.start), max(_frame(word.end), _frame(word.start) + 1))
        pieces += [own[own < length], pause]
    return np.concatenate(pieces)


def _reached(
    path: NDArray[np.int64], frames: NDArray[np.int64], first: int, length: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """For each frame of the synthetic speech the frame of the recording where it starts, and the one after its end."""
    moments = frames[path[:, 1]]
    rows = path[:, 0] + first
    begins = np.full(length, np.iinfo(np.int64).max)
    ends = np.zeros(length, dtype=np.int64)
    met = moments >= 0
    np.minimum.at(begins, moments[met], rows[met])
    np.maximum.at(ends, moments[met], rows[met] + 1)
    known = np.flatnonzero(ends)
    every = np.arange(length)
    filled = np.round(np.interp(every, known, begins[known])), np.round(np.interp(every, known, ends[known]))
    return filled[0].astype(np.int64), filled[1].astype(np.int64)


def _frame(time: Fraction) -> int:
    return round(time * SAMPLE_RATE / HOP)


def _time(frame: np.int64, clip: AudioClip) -> Fraction:
    """Of a frame's start, s, on a sample of the clip."""
    return Fraction(round(int(frame) * HOP * clip.sample_rate / SAMPLE_RATE), clip.sample_rate)
