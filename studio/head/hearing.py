"""What a mouth does, heard from the sound alone: for recordings whose words nobody wrote down.

How loud it is, where somebody speaks (a fan or hiss is no speech), and, from the resonances of the voice, how open and how
rounded the mouth is: the first formant rises with the opening of the jaw, the second falls with rounding and with the
tongue's way back (Fant, "Acoustic Theory of Speech Production", 1960).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio.head.visemes import MOUTH, SCORE_RATE, Score
from studio.media.audio import resample
from studio.types import F32, AudioClip

F64 = NDArray[np.float64]

_SAMPLE_RATE = 16_000
_WINDOW = 512  # samples, 32 ms: two periods of a low voice
_HOP = _SAMPLE_RATE // SCORE_RATE
_FLOOR_DB = -120.0
_BLOCK = 4096  # frames at once: memory does not grow with the length

# Below both of these a sound is no speech: a microphone in a quiet room, and a voice's own weakest consonant.
_INAUDIBLE_DBFS = -62.0
_INAUDIBLE_BELOW_LOUD_DB = 45.0


def level(audio: AudioClip, length: int) -> F32:
    """Loudness, dB of full scale, float32 (length,), SCORE_RATE rows per second; −120 past the end of the sound."""
    power = np.square(audio.mono(), dtype=np.float64)
    sums = np.concatenate(([0.0], np.cumsum(power)))
    middle = np.arange(length) * audio.sample_rate // SCORE_RATE
    half = audio.sample_rate // 50
    first, last = (np.clip(middle + side, 0, power.size) for side in (-half, half))
    mean = (sums[last] - sums[first]) / (2 * half)
    return (10.0 * np.log10(np.maximum(mean, 10.0 ** (_FLOOR_DB / 10)))).astype(np.float32)


def inaudible(level: F32) -> NDArray[np.bool_]:
    """bool (T,): too quiet to be speech, whatever the phonemes say."""
    loud = float(np.percentile(level, 95)) if level.size else 0.0
    return np.asarray(level < max(_INAUDIBLE_DBFS, loud - _INAUDIBLE_BELOW_LOUD_DB))


def accents(level: F32, silent: NDArray[np.bool_]) -> tuple[float, ...]:
    """s: where the voice rises above its surroundings, a stand-in for stressed syllables nobody marked."""
    from scipy.ndimage import gaussian_filter1d
    from scipy.signal import find_peaks

    smooth = gaussian_filter1d(np.where(silent, _FLOOR_DB, level).clip(-60.0), 0.04 * SCORE_RATE)
    peaks, _ = find_peaks(smooth, prominence=6.0, distance=round(0.25 * SCORE_RATE))
    return tuple(float(peak) / SCORE_RATE for peak in peaks)


def hear(audio: AudioClip, length: int) -> Score:
    """What the mouth did to make this sound, as far as one can hear it.

    Args:
        audio: any rate, any number of channels.
        length: rows wanted, SCORE_RATE per second; past the end of the sound it is silent.
    """
    samples = resample(AudioClip(audio.mono()[None], audio.sample_rate), _SAMPLE_RATE).samples[0]
    rows = min(length, samples.size // _HOP + 1)
    heard = [_listen(samples, first, min(first + _BLOCK, rows)) for first in range(0, rows, _BLOCK)]
    bands, voicing, first, second = (np.concatenate(parts) for parts in zip(*heard, strict=True))
    spoken = _spoken(bands, voicing)
    target, dominance = _shapes(bands, voicing, first, second, spoken)
    pad = ((0, length - rows), (0, 0))
    silent = np.ones(length, np.bool_)
    silent[:rows] = ~spoken
    return Score(np.pad(target, pad), np.pad(dominance, pad), silent, ())


def _listen(samples: F32, first: int, last: int) -> tuple[F64, F64, F64, F64]:
    """Rows [first, last): band levels dB (n, 3), voicing 0 … 1 (n,), first and second formant Hz (n,)."""
    begin = first * _HOP - _WINDOW // 2
    end = (last - 1) * _HOP + _WINDOW // 2
    piece = samples[max(0, begin) : end].astype(np.float64)
    piece = np.pad(piece, (max(0, -begin), max(0, end - max(samples.size, 0)) if end > samples.size else 0))
    frames = np.lib.stride_tricks.sliding_window_view(piece, _WINDOW)[::_HOP]
    power = np.abs(np.fft.rfft(frames * np.hanning(_WINDOW), 2 * _WINDOW)) ** 2 + 1e-9
    hz = np.fft.rfftfreq(2 * _WINDOW, 1 / _SAMPLE_RATE)
    edges = ((80, 500), (500, 3000), (3500, 7500))
    bands = np.stack([10 * np.log10(power[:, (hz >= a) & (hz < b)].mean(1)) for a, b in edges], 1)
    return bands, _voicing(power), *_formants(power, hz)


def _voicing(power: F64) -> F64:
    """How periodic each frame is, 0 … 1: the autocorrelation's peak at the pitches of people, 70–400 Hz."""
    lags = np.fft.irfft(power)
    # The window's own autocorrelation would make every long period look weak.
    window = np.fft.irfft(np.abs(np.fft.rfft(np.hanning(_WINDOW), 2 * _WINDOW)) ** 2)
    span = slice(_SAMPLE_RATE // 400, _SAMPLE_RATE // 70)
    peak = (lags[:, span] / lags[:, :1] / (window[span] / window[0])).max(1)
    return np.clip(peak, 0.0, 1.0)


def _formants(power: F64, hz: F64) -> tuple[F64, F64]:
    """First and second formant, Hz: the two lowest narrow resonances of a 10-pole model of 0–5 kHz.

    Selective linear prediction (Makhoul 1975): the model sees only the part of the spectrum where they are.
    """
    order = 10
    part = hz <= 5000.0
    # Voices fall off by some 6 dB an octave; undone here, or the model would spend its poles on that.
    autocorrelation = np.fft.irfft(power[:, part] * (1.0 + (hz[part] / 150.0) ** 2))[:, : order + 1]
    autocorrelation[:, 0] *= 1.0 + 1e-4
    lag = np.abs(np.subtract.outer(np.arange(order), np.arange(order)))
    weights = np.linalg.solve(autocorrelation[:, lag], autocorrelation[:, 1:, None])[:, :, 0]
    companion = np.zeros((len(weights), order, order))
    companion[:, 0] = weights
    companion[:, np.arange(1, order), np.arange(order - 1)] = 1.0
    roots = np.linalg.eigvals(companion)
    frequency = np.angle(roots) * 5000.0 / np.pi
    bandwidth = -np.log(np.maximum(np.abs(roots), 1e-6)) * 5000.0 / np.pi * 2.0
    frequency = np.where((frequency > 200.0) & (bandwidth < 700.0), frequency, np.inf)
    lowest = np.sort(frequency, axis=1)[:, :2]
    return np.where(np.isfinite(lowest[:, 0]), lowest[:, 0], 500.0), np.where(
        np.isfinite(lowest[:, 1]), lowest[:, 1], 1500.0
    )


def _spoken(bands: F64, voicing: F64) -> NDArray[np.bool_]:
    """bool (n,): somebody speaks here.

    Speech is well above the room it is in and, around it, periodic; a steady noise is neither.
    """
    from scipy.ndimage import binary_closing, binary_dilation, binary_opening, uniform_filter1d

    loudness = bands[:, :2].max(1)
    room = np.percentile(loudness, 10)
    loud = np.percentile(loudness, 97)
    # Without a pause there is no room to measure: then only what is far below the voice is not voice.
    threshold = max(min(room + 9.0, loud - 12.0), loud - 38.0)
    periodic = uniform_filter1d(voicing, 9, mode="nearest") > 0.55
    voiced = binary_opening(periodic & (loudness > threshold) & (loudness > -40.0), np.ones(9))
    # Consonants lie within a quarter of a second of a vowel.
    near = binary_dilation(voiced, np.ones(round(0.5 * SCORE_RATE) | 1)) if voiced.any() else voiced
    spoken = near & ((loudness > threshold) | (bands[:, 2] > np.percentile(bands[:, 2], 10) + 12.0))
    joined = binary_closing(np.pad(spoken, 20), np.ones(round(0.12 * SCORE_RATE) | 1))[20:-20]
    return np.asarray(joined | voiced)


def _shapes(
    bands: F64, voicing: F64, first: F64, second: F64, spoken: NDArray[np.bool_]
) -> tuple[F32, F32]:
    """Targets and dominance, float32 (n, 7) each, from the resonances."""
    from scipy.ndimage import median_filter

    first, second = median_filter(first, 5), median_filter(second, 5)
    vowel = spoken & (voicing > 0.5)
    # Formants scale with the speaker: a child's are a third higher than a man's. The median vowel is a schwa, 500 Hz.
    scale = float(np.clip(np.median(first[vowel]) / 480.0, 0.85, 1.35)) if vowel.sum() > SCORE_RATE else 1.0
    openness = np.clip((first / scale - 280.0) / 480.0, 0.0, 1.0)
    frontness = np.clip((second / scale - 1500.0) / 800.0, -1.0, 1.0)
    hiss = spoken & (bands[:, 2] > bands[:, 1] + 3.0) & (voicing < 0.6)
    quiet = spoken & (bands[:, :2].max(1) < np.percentile(bands[spoken, :2].max(1), 95) - 24.0 if spoken.any() else spoken)
    target = np.zeros((len(first), len(MOUTH)))
    dominance = np.zeros_like(target)
    loudness = bands[:, :2].max(1)
    strength = np.clip((loudness - (np.percentile(loudness[spoken], 95) if spoken.any() else 0.0) + 30.0) / 25.0, 0.1, 1.0)
    wide = np.where(frontness > 0, 0.6 * frontness * (1 - 0.6 * openness), 0.9 * frontness * (1 - 0.8 * openness))
    values = {
        "jaw": (0.12 + 0.64 * openness, strength),
        "wide": (wide, 0.6 * strength),
        "upper": (0.15 + 0 * openness, 0.4 * strength),
        "lower": (0.2 + 0 * openness, 0.4 * strength),
    }
    for name, (value, weight) in values.items():
        target[:, MOUTH.index(name)], dominance[:, MOUTH.index(name)] = value, weight
    dominance[~vowel] *= 0.1
    jaw = MOUTH.index("jaw")
    for rows, opening in ((hiss, 0.15), (quiet, 0.08)):
        target[rows, jaw], dominance[rows, jaw] = opening, 0.5
    dominance[~spoken] = 0.0
    return target.astype(np.float32), dominance.astype(np.float32)
