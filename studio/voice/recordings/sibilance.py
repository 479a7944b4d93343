"""Hissing s: measured against the vowels, and held down where it is sharper than voices are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio.types import F32

F64 = NDArray[np.float64]

MARGIN_S = 0.1  # s of context that `softened` needs
LIMIT_DB = 6.0  # sibilants over vowels from which they are too sharp: clean recordings reach from −24 to 5
_FROM_HZ = 4500.0
_VOWELS_HZ = (200.0, 3500.0)
_FRAME_S = 0.02  # s measured together
_SMOOTH_S = 0.006  # s over which the gain moves
_MOST_DB = 10.0  # held down at most
_TAPS_S = 0.004  # s; length of the filter that parts the bands


def sharpness_db(samples: F32, sample_rate: int) -> float:
    """Level of the loudest sibilants over that of the vowels, dB, of float32 (T,); -inf where there is no such band."""
    if sample_rate < 2.2 * _FROM_HZ:
        return float("-inf")
    high, low = _levels(samples, sample_rate)
    if len(high) < 20:
        return float("-inf")
    vowels = np.percentile(low, 90)
    hissing = high[high > low]  # frames in which the hiss is what is heard
    if len(hissing) < max(3, 0.01 * len(high)) or vowels <= 0:
        return float("-inf")
    return float(10 * np.log10(np.percentile(hissing, 90) / vowels))


def vowel_power(samples: F32, sample_rate: int) -> float:
    """Mean square of the loud vowels in float32 (T,)."""
    return float(np.percentile(_levels(samples, sample_rate)[1], 90))


def softened(samples: F32, sample_rate: int, vowels: float) -> F32:
    """float32 (T,) in which no sibilant is more than `LIMIT_DB` above vowels of the mean square `vowels`."""
    from scipy.ndimage import gaussian_filter1d, uniform_filter1d

    high = _parted(samples, sample_rate)
    low = samples - high
    width = max(1, round(_FRAME_S / 2 * sample_rate))
    power = uniform_filter1d(np.square(high, dtype=np.float64), width)
    limit = vowels * 10 ** (LIMIT_DB / 10)
    gain = np.sqrt(limit / np.maximum(power, limit))
    gain = np.maximum(gain, 10 ** (-_MOST_DB / 20))
    gain = gaussian_filter1d(gain, _SMOOTH_S * sample_rate, truncate=3)
    return np.asarray(low + high * gain.astype(np.float32), dtype=np.float32)


def _parted(samples: F32, sample_rate: int) -> F32:
    """What lies above `_FROM_HZ`, without delay: what is left is exactly the rest."""
    from scipy.signal import fftconvolve, firwin

    taps = firwin(round(_TAPS_S * sample_rate) // 2 * 2 + 1, _FROM_HZ, pass_zero=False, fs=sample_rate)
    return np.asarray(fftconvolve(samples, taps.astype(np.float32), mode="same"), dtype=np.float32)


def _levels(samples: F32, sample_rate: int) -> tuple[F64, F64]:
    """Mean square above `_FROM_HZ` and within the vowels' band, each float64 (frames,)."""
    size = round(_FRAME_S * sample_rate)
    frames = samples[: len(samples) // size * size].reshape(-1, size)
    power = np.square(np.abs(np.fft.rfft(frames * np.hanning(size).astype(np.float32), axis=1)))
    hertz = np.fft.rfftfreq(size, 1 / sample_rate)
    scale = 2 / (size * size * 0.375)  # of a Hann window
    bands = (hertz >= _FROM_HZ), (hertz >= _VOWELS_HZ[0]) & (hertz < _VOWELS_HZ[1])
    high, low = (power[:, band].sum(axis=1, dtype=np.float64) * scale for band in bands)
    return high, low
