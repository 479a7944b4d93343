"""How loud speech is, and bringing it to one level without clipping."""

from __future__ import annotations

import numpy as np

from studio.types import F32

LEVEL_DB = -20.0  # dBFS, RMS of the loud parts: about −20 LUFS for a voice
PEAK_DB = -1.0  # dBFS; what lies above is held down smoothly
_BLOCK_S = 0.4  # ITU-R BS.1770-4: gating blocks
_ABSOLUTE_GATE_DB = -70.0  # BS.1770-4
_RELATIVE_GATE_DB = -10.0  # BS.1770-4
_LIMIT_S = 60  # limited at a time, so that long recordings need no more memory
_LOOK_S = 0.005  # the limiter's gain moves over this long, which is too short to be heard as pumping


def level_db(samples: F32, sample_rate: int) -> float:
    """Gated RMS of float32 (T,) in dBFS: the mean power of the blocks in which somebody speaks; -inf for silence.

    The gates are those of ITU-R BS.1770-4; its K weighting is left out, which for speech changes about 1 dB.
    """
    hop = max(1, round(_BLOCK_S / 4 * sample_rate))
    whole = len(samples) // hop * hop
    if whole < 4 * hop:
        samples = np.pad(samples, (0, 4 * hop - len(samples)))
        whole = 4 * hop
    hops = samples[:whole].reshape(-1, hop)
    power = np.convolve(np.einsum("ij,ij->i", hops, hops) / hop, np.full(4, 0.25), "valid")
    power = power[power > 10 ** (_ABSOLUTE_GATE_DB / 10)]
    if not len(power):
        return float("-inf")
    loud = power[power > power.mean() * 10 ** (_RELATIVE_GATE_DB / 10)]
    return float(10 * np.log10(loud.mean()))


def to_level(samples: F32, sample_rate: int, level: float = LEVEL_DB) -> F32:
    """float32 (T,) brought to `level` dBFS, peaks held under `PEAK_DB`; silence stays silence. A new array."""
    now = level_db(samples, sample_rate)
    if not np.isfinite(now):
        return samples.copy()
    return limit(samples * np.float32(10 ** ((level - now) / 20)), sample_rate)


def limit(samples: F32, sample_rate: int, peak_db: float = PEAK_DB) -> F32:
    """float32 (T,) with a gain that dips smoothly where the sound would pass `peak_db` dBFS."""
    from scipy.ndimage import minimum_filter1d, uniform_filter1d

    peak = np.float32(10 ** (peak_db / 20))
    if not len(samples) or max(samples.max(), -samples.min()) <= peak:
        return samples
    width = 2 * round(_LOOK_S * sample_rate) + 1
    limited = samples.copy()
    step = _LIMIT_S * sample_rate
    for start in range(0, len(samples), step):
        before = min(start, 2 * width)
        piece = samples[start - before : start + step + 2 * width]
        gain = peak / np.maximum(np.abs(piece), peak)
        # The minimum over twice the width of the mean: the mean can never rise above what a peak allows.
        gain = uniform_filter1d(minimum_filter1d(gain, width), width // 2 | 1)[before : before + step]
        limited[start : start + step] *= gain
    return np.asarray(np.clip(limited, -peak, peak, out=limited), dtype=np.float32)


def fade(samples: F32, sample_rate: int, seconds: float = 0.005) -> F32:
    """float32 (T,) with its edges raised from and lowered to zero (half a cosine). A new array."""
    length = min(round(seconds * sample_rate), len(samples) // 2)
    ramp = (0.5 - 0.5 * np.cos(np.pi * (np.arange(length) + 0.5) / max(length, 1))).astype(np.float32)
    faded = samples.copy()
    faded[:length] *= ramp
    faded[len(faded) - length :] *= ramp[::-1]
    return faded
