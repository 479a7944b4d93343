"""When each word and sound of a known text is heard in a recording of it."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from studio.media.audio import resample
from studio.types import AudioClip, Language, PhonemeSpan, Speech, WordSpan
from studio.voice import text as reading
from studio.voice.features import F64
from studio.voice.speak import covering, speak

SAMPLE_RATE = 16_000  # Hz; enough for every speech sound
HOP = 160  # samples, 10 ms
_WINDOW = 400  # samples, 25 ms
_BANDS = 40
_COEFFICIENTS = 13
_BAND, _BAND_SHARE = 1500, 0.1  # frames, and share of the whole, that the path may stray from the middle
_PAUSE_COST, _LOUD_COST = 1.5, 8.0  # of a frame in a pause: silent, and what is added for a loud one; sounds cost ~5
_LEVEL_WEIGHT = 2.0  # of loudness beside 12 cepstra: pauses have to meet pauses
_SILENCE_DB = -35.0  # below the loud parts


def align(clip: AudioClip, text: str, language: Language) -> Speech:
    """`clip` with the times of `text`, found by dynamic time warping against synthetic speech of the same text.

    The sound is returned as it came. Synthetic speech has exact times; the path between its cepstra and the
    recording's carries them over (Malfrère and Dutoit 1997, as in aeneas).

    Raises:
        TextUnspeakable: the text cannot be said.
        EngineUnavailable: no engine that times its words is there.
    """
    said = speak(text, language, engine="espeak")
    heard = cepstra(clip)
    spoken = cepstra(said.audio)
    frames = _columns(said, len(spoken))
    first, last = _sounding(heard)
    loudness = _loudness(heard)[first:last]
    shown = frames >= 0
    columns = np.zeros((len(frames), _normal(spoken).shape[1]))
    columns[shown] = _normal(spoken[frames[shown]])
    path = warp(_normal(heard[first:last]), columns, pauses=~shown, loudness=loudness)
    begins, ends = _reached(path, frames, first, len(spoken))
    duration = clip.duration

    def between(start: Fraction, end: Fraction) -> tuple[Fraction, Fraction]:
        opening = min(_frame(start), len(spoken) - 1)
        closing = max(opening, min(_frame(end), len(spoken)) - 1)
        return _time(begins[opening], clip), min(_time(ends[closing], clip), duration)

    words = tuple(WordSpan(word.text, *between(word.start, word.end)) for word in said.words)
    sounds = [PhonemeSpan(p.symbol, *between(p.start, p.end), p.stress) for p in said.phonemes if p.symbol]
    written = reading.clean(text)
    return Speech(clip, written, language, words, covering(sounds, duration), engine="recording", synthetic=False)


def cepstra(clip: AudioClip) -> F64:
    """float64 (N, 14): loudness in dB, then 13 mel cepstra, every 10 ms."""
    from scipy.fft import dct

    samples = resample(clip, SAMPLE_RATE).mono()
    samples = np.append(samples[:1], samples[1:] - np.float32(0.97) * samples[:-1])
    padded = np.pad(samples, (_WINDOW // 2, _WINDOW))
    frames = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[::HOP][: max(1, len(samples) // HOP)]
    power = np.square(np.abs(np.fft.rfft(frames * np.hanning(_WINDOW), 512, axis=1)))
    bands = np.log(power @ _mel_filters().T + 1e-9)
    level = 10 * np.log10(power.sum(axis=1) + 1e-9)
    return np.concatenate([level[:, None], dct(bands, norm="ortho", axis=1)[:, :_COEFFICIENTS]], axis=1)


def warp(heard: F64, spoken: F64, *, pauses: NDArray[np.bool_], loudness: F64) -> NDArray[np.int64]:
    """int64 (P, 2): pairs of a frame of `heard` and a column of `spoken` that are the same moment, first to last.

    Steps are (1, 1), (1, 0) and (0, 1). A pause column may take any number of quiet frames, or none at no cost: that
    is how a speaker's own pauses find their place between words.

    Args:
        heard: float64 (N, D).
        spoken: float64 (M, D); rows where `pauses` is true are not looked at.
        loudness: float64 (N,), 0 in silence … 1 in loud speech.
    """
    rows, columns = len(heard), len(spoken)
    lows, highs = _band(loudness, columns)
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
    path = [(rows - 1, columns - 1)]
    row, column = path[0]
    while row or column:
        step_taken = int(steps[row][column - int(lows[row])])
        row, column = row - (step_taken != 2), column - (step_taken != 1)
        path.append((row, column))
    return np.array(path[::-1], dtype=np.int64)


def _band(loudness: F64, columns: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First column and the one after the last that each frame may meet (Sakoe and Chiba 1978).

    The line through the middle moves only while somebody speaks; it is wide enough to hold all of half a minute.
    """
    spoken = np.cumsum(loudness > 0.3) + 1e-3 * np.arange(len(loudness))
    centre = np.round(spoken / max(float(spoken[-1]), 1e-9) * (columns - 1)).astype(np.int64)
    half = max(_BAND, round(_BAND_SHARE * columns))
    lows, highs = np.maximum(centre - half, 0), np.minimum(centre + half + 1, columns)
    lows[0], highs[-1] = 0, columns
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


def _mel_filters() -> F64:
    """float64 (40, 257): triangles evenly spaced on the mel scale (O'Shaughnessy 1987) from 80 to 7600 Hz."""
    low, high = 2595 * np.log10(1 + np.array([80.0, 7600.0]) / 700)
    edges = np.linspace(float(low), float(high), _BANDS + 2)
    hertz = 700 * (10 ** (edges / 2595) - 1)
    bins = np.arange(257) * SAMPLE_RATE / 512
    left, centre, right = hertz[:-2, None], hertz[1:-1, None], hertz[2:, None]
    return np.asarray(np.clip(np.minimum((bins - left) / (centre - left), (right - bins) / (right - centre)), 0, None))


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
