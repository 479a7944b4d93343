"""A voice taken apart by the WORLD vocoder (Morise et al. 2016): pitch, envelope, breath; and what is typical of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.media.audio import resample
from studio.types import F32, AudioClip

F64 = NDArray[np.float64]

SAMPLE_RATE = 24_000  # Hz; espeak-ng ends at 11 kHz and old recordings earlier
FRAME_S = 0.005  # s between two frames
FFT_SIZE = 1024  # CheapTrick's own for 24 kHz and its lowest pitch
BINS = FFT_SIZE // 2 + 1
COEFFICIENTS = 40  # of the mel-scaled cepstrum of the envelope; more follow the harmonics of high voices
_FLOOR = 1e-8  # power, of the loud frames' strongest frequency
LOWEST_F0, HIGHEST_F0 = 65.0, 500.0  # Hz
# Hz; Harvest's own is 8000. On six voices synthesised with a known pitch: as near to it (.607 of the frames within 1 %
# against .609), in half the time.
_HARVEST_RATE = 4000


@dataclass(frozen=True, eq=False)
class Features:
    """Speech in frames of `FRAME_S`; N frames."""

    f0: F64
    """float64 (N,) Hz, 0 where there is no pitch."""
    envelope: F64
    """float64 (N, BINS), power."""
    aperiodicity: F64
    """float64 (N, BINS) in 0 … 1: share of noise."""

    @property
    def voiced(self) -> NDArray[np.bool_]:
        """bool (N,)."""
        return self.f0 > 0


def analyse(clip: AudioClip, *, careful: bool = False) -> Features:
    """Features of a clip of any rate.

    Args:
        careful: find pitch with Harvest (a twentieth of real time) instead of DIO and StoneMask (a hundredth).
    """
    import pyworld

    samples = np.ascontiguousarray(resample(clip, SAMPLE_RATE).mono(), dtype=np.float64)
    options = {"f0_floor": LOWEST_F0, "f0_ceil": HIGHEST_F0, "frame_period": 1000 * FRAME_S}
    if careful:
        slow = np.ascontiguousarray(resample(clip, _HARVEST_RATE).mono(), dtype=np.float64)
        times = FRAME_S * np.arange(1 + int(len(samples) / (SAMPLE_RATE * FRAME_S)))
        f0 = pyworld.harvest(slow, _HARVEST_RATE, **options)[0][: len(times)]
        f0 = np.pad(f0, (0, len(times) - len(f0)))  # the slower sound may end one frame earlier
    else:
        f0, times = pyworld.dio(samples, SAMPLE_RATE, **options)
        f0 = pyworld.stonemask(samples, f0, times, SAMPLE_RATE)
    envelope = pyworld.cheaptrick(samples, f0, times, SAMPLE_RATE, fft_size=FFT_SIZE)
    aperiodicity = pyworld.d4c(samples, f0, times, SAMPLE_RATE, fft_size=FFT_SIZE)
    # What lies 80 dB down is the recording's end of band, not the voice; unfloored it would rule the cepstra.
    floor = _FLOOR * np.percentile(envelope.max(axis=1), 95)
    return Features(f0, np.maximum(envelope, max(floor, 1e-16)), aperiodicity)


def synthesise(features: Features, num_samples: int) -> F32:
    """float32 (num_samples,) at 24 kHz."""
    import pyworld

    samples = pyworld.synthesize(
        np.ascontiguousarray(features.f0),
        np.ascontiguousarray(features.envelope),
        np.ascontiguousarray(features.aperiodicity),
        SAMPLE_RATE,
        1000 * FRAME_S,
    )[:num_samples]
    return np.pad(samples, (0, num_samples - len(samples))).astype(np.float32)


def cepstrum(envelope: F64) -> F64:
    """float64 (N, COEFFICIENTS) from an envelope (N, BINS); the first coefficient is the loudness."""
    import pyworld

    return np.asarray(pyworld.code_spectral_envelope(np.ascontiguousarray(envelope), SAMPLE_RATE, COEFFICIENTS))


def uncepstrum(coefficients: F64) -> F64:
    """float64 (N, BINS), smooth, from (N, COEFFICIENTS)."""
    import pyworld

    return np.asarray(pyworld.decode_spectral_envelope(np.ascontiguousarray(coefficients), SAMPLE_RATE, FFT_SIZE))


def warped(envelope: F64, factor: float) -> F64:
    """The envelope (N, BINS) of a vocal tract `factor` times shorter: formants move up for a factor above 1.

    Above 80 % of the band the axis is bent so that the highest frequency stays where it is (piecewise-linear
    vocal-tract-length normalisation, Lee and Rose 1998).
    """
    bins = np.arange(BINS, dtype=np.float64)
    knee = 0.8 * (BINS - 1) * min(1.0, factor)
    straight = bins / factor
    bent = knee / factor + (bins - knee) * ((BINS - 1) - knee / factor) / ((BINS - 1) - knee)
    source = np.where(bins <= knee, straight, bent)
    low = np.minimum(source.astype(np.int64), BINS - 2)
    part = source - low
    logs = np.log(envelope + 1e-16)
    return np.asarray(np.exp(logs[:, low] * (1 - part) + logs[:, low + 1] * part))


def loud(features: Features) -> NDArray[np.bool_]:
    """bool (N,): voiced frames within 30 dB of the loud ones, so without the tails of reverberation."""
    level = 10 * np.log10(features.envelope.sum(axis=1) + 1e-16)
    if not features.voiced.any():
        return features.voiced
    return np.asarray(features.voiced & (level > np.percentile(level[features.voiced], 90) - 30))


@dataclass(frozen=True, eq=False)
class Statistics:
    """What is typical of a voice, from its loud voiced frames."""

    log_f0: F64
    """float64 (4,): mean, standard deviation, 5th and 95th percentile of ln Hz."""
    mean: F64
    """float64 (COEFFICIENTS,)."""
    std: F64
    """float64 (COEFFICIENTS,)."""
    noise: F64
    """float64 (BINS,): mean share of noise, in ln."""
    average: F64
    """float64 (BINS,): mean log-power spectrum, level taken out; for the length of the vocal tract."""
    rate: float
    """Syllables a second while speaking."""


@dataclass(frozen=True, eq=False)
class Summary:
    """What one piece of speech adds to `statistics`: a twentieth of its size, so that long recordings fit in memory."""

    log_f0: F64
    """float64 (M,) ln Hz of its M loud voiced frames."""
    coded: F64
    """float64 (M, COEFFICIENTS)."""
    noise: F64
    """float64 (BINS,): sum over those frames of the share of noise, in ln."""
    average: F64
    """float64 (BINS,): sum over them of the log-power spectrum, level taken out."""
    syllables: int
    speaking: int
    """Frames."""


def summary(part: Features) -> Summary:
    """What `part` adds to the statistics of its voice."""
    keep = loud(part)
    logs = np.log(part.envelope[keep] + 1e-16)
    return Summary(
        log_f0=np.log(part.f0[keep]),
        coded=cepstrum(part.envelope[keep]) if keep.any() else np.zeros((0, COEFFICIENTS)),
        noise=np.log(part.aperiodicity[keep] + 1e-6).sum(axis=0),
        average=(logs - logs.mean(axis=1, keepdims=True)).sum(axis=0),
        syllables=_syllables(part),
        speaking=_speaking_frames(part),
    )


def statistics(parts: Sequence[Features]) -> Statistics:
    """Statistics over several pieces of one voice.

    Raises:
        ValueError: less than half a second of it is voiced.
    """
    return together([summary(part) for part in parts])


def together(summaries: Sequence[Summary]) -> Statistics:
    """Statistics of a voice from what its pieces add to them.

    Raises:
        ValueError: less than half a second of it is voiced.
    """
    count = sum(len(one.log_f0) for one in summaries)
    if count * FRAME_S < 0.5:
        raise ValueError("less than 0.5 s of voiced frames")
    log_f0 = np.concatenate([one.log_f0 for one in summaries])
    # Jumps of an octave are mistakes of the pitch tracker, not melody.
    log_f0 = log_f0[np.abs(log_f0 - np.median(log_f0)) < np.log(1.9)]
    coded = np.concatenate([one.coded for one in summaries])
    speaking = sum(one.speaking for one in summaries) * FRAME_S
    return Statistics(
        log_f0=np.array([log_f0.mean(), log_f0.std(), *np.percentile(log_f0, (5, 95))]),
        mean=coded.mean(axis=0),
        std=coded.std(axis=0),
        noise=np.sum([one.noise for one in summaries], axis=0) / count,
        average=np.sum([one.average for one in summaries], axis=0) / count,
        rate=float(sum(one.syllables for one in summaries) / speaking) if speaking else 0.0,
    )


def _level(features: Features) -> F64:
    from scipy.ndimage import gaussian_filter1d

    level = 10 * np.log10(features.envelope.sum(axis=1) + 1e-12)
    return np.asarray(gaussian_filter1d(level, 0.02 / FRAME_S))


def _syllables(features: Features) -> int:
    """Peaks of loudness with a pitch, 2 dB above the dips around them (de Jong and Wempe 2009)."""
    from scipy.signal import find_peaks

    level = _level(features)
    peaks, _ = find_peaks(level, height=np.percentile(level, 95) - 25, prominence=2, distance=round(0.08 / FRAME_S))
    return int(features.voiced[peaks].sum())


def _speaking_frames(features: Features) -> int:
    level = _level(features)
    return int((level > np.percentile(level, 95) - 30).sum())


def tract_ratio(person: Statistics, base: Statistics) -> float:
    """How much shorter the person's vocal tract is than the base voice's, 0.85 … 1.18, from their average spectra."""
    hertz = np.arange(BINS) * SAMPLE_RATE / FFT_SIZE
    band = (hertz > 250) & (hertz < 4500)
    slope = np.vander(np.log(hertz[band]), 2)

    def shape(average: F64) -> F64:
        # Tilt and level belong to the voice's source and the microphone, not to the tract.
        fit, *_ = np.linalg.lstsq(slope, average[band], rcond=None)
        rest = average[band] - slope @ fit
        return np.asarray(rest / (rest.std() + 1e-9))

    target = shape(person.average)
    factors = np.linspace(0.85, 1.18, 34)
    moved = warped_many(base.average, factors)
    # A small price for leaving 1 keeps short recordings from going to the rim.
    costs = [np.square(shape(m) - target).mean() + 8 * np.log(f) ** 2 for m, f in zip(moved, factors, strict=True)]
    return float(factors[int(np.argmin(costs))])


def warped_many(average: F64, factors: F64) -> list[F64]:
    """One log spectrum (BINS,) moved by each factor."""
    return [np.log(warped(np.exp(average)[None], float(factor)))[0] for factor in factors]
