"""The features of a voice in numbers: melody, resonances, colour, evenness."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio.errors import AudioUnusable
from studio.media.audio import resample
from studio.media.blocks import file_blocks
from studio.types import F32, AudioClip
from studio.voice import features
from studio.voice.loudness import level_db
from studio.voice.person.likeness import mel
from studio.voice.recordings import activity
from studio.voice.recordings.formants import HOP_S, ceiling, formants
from studio.voice.recordings.periods import Evenness, evenness

F64 = NDArray[np.float64]

SAMPLE_RATE = features.SAMPLE_RATE
LONGEST_S = 60  # s that are analysed: a voice is known by then
CEPSTRA = 13
_MEL_RATE = 16_000
_LEAST_VOICED_S = 0.3
_THIRDS = 1000.0 * 2.0 ** (np.arange(-10, 11) / 3)  # Hz, 100 Hz to 10 kHz
_SOFTEST_DB = 25.0  # below the loud vowels: what is softer is the end of a word or the room
_STEADY = 0.12  # of F1 and F2, change in 20 ms: more is on its way from one sound to the next
_OUTLIER = 1.9  # times the median: the pitch has jumped an octave
_SLIP_S, _SLIP = 0.04, 0.15  # s on either side, and of the median there: no melody leaps further
_SIZE = 1024  # samples at 24 kHz, 43 ms


@dataclass(frozen=True)
class Spread:
    """How a figure is distributed."""

    median: float
    low: float
    """5th percentile."""
    high: float
    """95th percentile."""


@dataclass(frozen=True, eq=False)
class Tracks:
    """A voice in time."""

    sound: F32
    """float32 (T,) at 24 kHz: what was looked at."""
    f0: F64
    """float64 (N,) Hz every 5 ms; 0 where there is no pitch."""
    formants: F64
    """float64 (M, 4) Hz every 10 ms; NaN where there is no vowel."""
    steady: NDArray[np.bool_]
    """bool (M,): moments at which the mouth stands still in a vowel."""


@dataclass(frozen=True, eq=False)
class VoiceFeatures:
    """A voice in numbers."""

    seconds: float
    """How much was looked at, s."""
    begins: Fraction
    """s into the recording."""
    level_db: float
    """Gated RMS, dBFS."""
    f0: Spread
    """Hz, of voiced frames."""
    f0_semitones: float
    """Standard deviation of the melody, semitones."""
    formants: tuple[Spread, ...]
    """F1 … F4, Hz, of steady vowels."""
    cepstra: tuple[float, ...]
    """Means of 13 mel-frequency cepstral coefficients over speech (40 bands to 8 kHz, natural log, orthonormal DCT)."""
    thirds: tuple[tuple[float, float], ...]
    """Long-term average spectrum of speech: middle of a third of an octave, Hz, and its level below the whole, dB."""
    evenness: Evenness
    tracks: Tracks

    def record(self) -> dict[str, object]:
        """For JSON: every unit is in the name; figures that could not be had are null."""
        return {
            "seconds": round(self.seconds, 3),
            "begins_s": round(float(self.begins), 3),
            "level_dbfs": _round(self.level_db, 1),
            "f0_hz": _spread(self.f0),
            "f0_std_semitones": _round(self.f0_semitones, 2),
            "formants_hz": {f"F{index}": _spread(spread) for index, spread in enumerate(self.formants, 1)},
            "mfcc_means": [_round(value, 3) for value in self.cepstra],
            "spectrum_db": {f"{hertz:.0f}": _round(level, 1) for hertz, level in self.thirds},
            "jitter": _round(self.evenness.jitter, 4),
            "shimmer": _round(self.evenness.shimmer, 4),
            "hnr_db": _round(self.evenness.hnr_db, 1),
        }


def of_file(path: Path) -> VoiceFeatures:
    """Features of the voice in a sound or video file: of the minute with the most speech where it is longer.

    Raises:
        FileUnreadable: missing, damaged, or no media file.
        AudioUnusable: no sound track, or hardly any voice in it.
        EngineUnavailable: silero-vad is not installed.
    """
    begins = Fraction(0)
    best: tuple[float, Fraction, F32] | None = None
    for block in file_blocks(path, SAMPLE_RATE, seconds=LONGEST_S):
        spoken = _spoken_s(block)
        if best is None or spoken > best[0]:
            best = spoken, begins, block
        begins += Fraction(len(block), SAMPLE_RATE)
    if best is None:
        raise AudioUnusable(f"{path} has a sound track without a single sample in it.")
    return of_clip(AudioClip(best[2][None], SAMPLE_RATE), begins=best[1])


def of_clip(clip: AudioClip, *, begins: Fraction = Fraction(0)) -> VoiceFeatures:
    """Features of the voice in at most a minute of sound; of the first minute where it is longer.

    Raises:
        AudioUnusable: hardly any voice in it.
    """
    cut = AudioClip(clip.mono()[None, : LONGEST_S * clip.sample_rate], clip.sample_rate)
    sound = np.ascontiguousarray(resample(cut, SAMPLE_RATE).mono())
    parts = features.analyse(AudioClip(sound[None], SAMPLE_RATE), careful=True)
    pitch = _pitch(parts)
    voiced = pitch[pitch > 0]
    if len(voiced) * features.FRAME_S < _LEAST_VOICED_S:
        raise AudioUnusable("There is hardly any voice in the recording. Choose one in which the person speaks.")
    tracks = _tracks(sound, pitch, float(voiced.mean()))
    spoken = tracks.formants[tracks.steady]
    return VoiceFeatures(
        seconds=len(sound) / SAMPLE_RATE,
        begins=begins,
        level_db=level_db(sound, SAMPLE_RATE),
        f0=_spread_of(voiced),
        f0_semitones=float(12 * np.log2(voiced).std()),
        formants=tuple(_spread_of(spoken[:, index]) for index in range(spoken.shape[1])),
        cepstra=_cepstra(sound),
        thirds=_thirds(sound),
        evenness=evenness(sound, SAMPLE_RATE, pitch, features.FRAME_S),
        tracks=tracks,
    )


def spectrum(sound: F32) -> tuple[F64, F64]:
    """Hz float64 (F,), and the mean power of speech there in dB, float64 (F,); of float32 (T,) at 24 kHz."""
    power = powers(sound)
    loudness = 10 * np.log10(power.sum(axis=1) + 1e-20)
    spoken = loudness > np.percentile(loudness, 95) - 30
    return np.fft.rfftfreq(_SIZE, 1 / SAMPLE_RATE), 10 * np.log10(power[spoken].mean(axis=0) + 1e-14)


def powers(sound: F32, *, size: int = _SIZE, hop: int = _SIZE // 2) -> F64:
    """Power spectra float64 (N, size/2 + 1) in full scale² per bin, Hann window; frame n is centred at n·hop."""
    padded = np.pad(sound, (size // 2, size))
    frames = np.lib.stride_tricks.sliding_window_view(padded, size)[::hop][: len(sound) // hop + 1]
    spectra = np.abs(np.fft.rfft(frames * np.hanning(size), axis=1))
    return np.asarray(np.square(spectra) / (0.375 * size * size / 2))


def _spoken_s(block: F32) -> float:
    spans = activity.spans(AudioClip(block[None], SAMPLE_RATE))
    return float(sum((end - start for start, end in spans), Fraction(0)))


def _pitch(parts: features.Features) -> F64:
    """float64 (N,) Hz: only where the voice is loud enough to be one, and not an octave away from the rest."""
    from scipy.ndimage import median_filter

    level = 10 * np.log10(parts.envelope.sum(axis=1) + 1e-16)
    # In the pauses of an old tape it is the mains that has a pitch.
    pitch = np.where(features.loud(parts) & (level > np.percentile(level, 95) - _SOFTEST_DB), parts.f0, 0.0)
    if pitch.any():
        middle = np.median(pitch[pitch > 0])
        pitch = np.where((pitch > middle / _OUTLIER) & (pitch < middle * _OUTLIER), pitch, 0.0)
        # Where a consonant begins the tracker slips for a few frames.
        about = median_filter(pitch, 2 * round(_SLIP_S / features.FRAME_S) + 1)
        pitch = np.where(np.abs(pitch - about) < _SLIP * about, pitch, 0.0)
    return np.asarray(pitch)


def _tracks(sound: F32, pitch: F64, mean_f0: float) -> Tracks:
    places = formants(AudioClip(sound[None], SAMPLE_RATE), ceiling(mean_f0))
    step = round(HOP_S / features.FRAME_S)
    at = np.minimum(np.arange(len(places)) * step, len(pitch) - 1)
    size = 2 * round(0.0125 * SAMPLE_RATE)
    level = 10 * np.log10(powers(sound, size=size, hop=round(HOP_S * SAMPLE_RATE)).sum(axis=1) + 1e-14)[: len(places)]
    voiced = pitch[at] > 0
    if voiced.any():
        voiced &= level > np.percentile(level[voiced], 90) - _SOFTEST_DB
    places = np.where(voiced[:, None], places, np.nan)
    logs = np.log(places[:, :2])
    change = np.full(len(places), np.inf)
    change[1:-1] = np.abs(logs[2:] - logs[:-2]).max(axis=1)
    steady = np.nan_to_num(change, nan=np.inf) < _STEADY
    return Tracks(sound, pitch, places, steady)


def _cepstra(sound: F32) -> tuple[float, ...]:
    """Davis and Mermelstein, "Comparison of parametric representations for monosyllabic word recognition", 1980."""
    from scipy.fft import dct

    bands = mel(resample(AudioClip(sound[None], SAMPLE_RATE), _MEL_RATE).mono()).astype(np.float64)
    loudness = bands.sum(axis=1)
    spoken = bands[loudness > 1e-3 * np.percentile(loudness, 95)]
    return tuple(dct(np.log(spoken + 1e-10), norm="ortho", axis=1)[:, :CEPSTRA].mean(axis=0).tolist())


def _thirds(sound: F32) -> tuple[tuple[float, float], ...]:
    hertz, level = spectrum(sound)
    power = 10 ** (level / 10)
    found = []
    for middle in _THIRDS:
        band = (hertz >= middle * 2 ** (-1 / 6)) & (hertz < middle * 2 ** (1 / 6))
        # Low bands are narrower than a bin: they take the nearest one's density.
        width = middle * (2 ** (1 / 6) - 2 ** (-1 / 6)) / hertz[1]
        share = power[band].mean() if band.any() else power[round(middle / hertz[1])]
        found.append((float(middle), float(10 * np.log10(width * share / power.sum()))))
    return tuple(found)


def _spread_of(values: F64) -> Spread:
    known = values[np.isfinite(values)]
    if not len(known):
        return Spread(float("nan"), float("nan"), float("nan"))
    return Spread(*(float(value) for value in np.percentile(known, (50, 5, 95))))


def _spread(spread: Spread) -> dict[str, float | None]:
    return {"median": _round(spread.median, 1), "p5": _round(spread.low, 1), "p95": _round(spread.high, 1)}


def _round(value: float, digits: int) -> float | None:
    return round(float(value), digits) if np.isfinite(value) else None
