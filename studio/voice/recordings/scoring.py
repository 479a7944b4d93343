"""How fit a stretch of speech is to learn a voice from: measured, and judged in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from studio.types import F32
from studio.voice.recordings.quality import Mos

F64 = NDArray[np.float64]

Verdict = Literal["good", "fair", "poor"]
"""good: as it is; fair: usable, and cleaning helps; poor: left out."""
SURE, UNSURE = 0.5, 0.1  # certainty of speech: a frame of it, and a frame of pause
_NEAR_S = 20.0  # the noise is measured in pauses within this distance
_AWAY = 3  # frames from speech: soft consonants and the room's echo are no pause
_SILENCE_DB = -85.0  # dBFS; softer is digital silence, which says nothing of the room
_FEWEST = 10  # frames of pause needed
TELEPHONE_HZ = 4000.0  # a voice with nothing above this sounds like a telephone
SNR_DB = (-10.0, 60.0)  # no more can be told
_FRAME_S = 0.04  # s, of the spectra for the bandwidth
_REACH_DB = 55.0  # below the strongest band: nothing of the voice is heard there any more
_STANDS_OUT_DB = 3.0  # above what is heard between the words
_SOFTEST = 0.1  # a soft recording has a top too, but nothing was cut there
_FLAT = 0.002  # of the top: samples this near are equal
_RUN = 3  # equal samples in a row
_PILED = 4.0  # times as many at the very top as in a band as wide below
# What is judged; the first limit is for good, the second for fair.
_SNR, _CLIPPED = (20.0, 5.0), (0.001, 0.05)
_BEHIND = 2.3  # DNSMOS of the background; music, or a second voice throughout, gives about 2
_SIGNAL, _OVERLAP, _LIKENESS = (2.6, 1.8), 0.3, 0.6


@dataclass(frozen=True)
class Score:
    """What was measured of a stretch of speech."""

    snr_db: float
    """Level of the voice over the pauses around it, dB, −10 … 60."""
    clipped: float
    """Share of samples cut off at the top, 0 … 1."""
    bandwidth_hz: float
    """Up to where there is voice: about 3400 from a telephone, 8000 and more from a good microphone."""
    mos: Mos
    """DNSMOS P.835."""
    likeness: float
    """Cosine to the mean of this voice in all recordings, 0 … 1."""
    overlap: float
    """Share of it in which somebody else seems to speak at the same time, 0 … 1."""

    def reasons(self) -> tuple[tuple[str, bool], ...]:
        """What is wrong with it, in words, and whether that alone makes it useless."""
        found: list[tuple[str, bool]] = []
        if self.overlap > _OVERLAP:
            found.append(("two people at once", True))
        noisy = self.snr_db < _SNR[0]
        if self.mos.background < _BEHIND:
            found.append(("other sounds", self.snr_db < _SNR[1]))
        elif noisy:
            found.append(("noise", self.snr_db < _SNR[1]))
        # Noise alone makes DNSMOS call a voice unclear, and noise can be taken away.
        if not noisy and self.mos.signal < _SIGNAL[0]:
            found.append(("an unclear voice", self.mos.signal < _SIGNAL[1]))
        if self.clipped > _CLIPPED[0]:
            found.append(("recorded too loudly", self.clipped > _CLIPPED[1]))
        if self.bandwidth_hz <= TELEPHONE_HZ:
            found.append(("a narrow sound, as from a telephone", False))
        if self.likeness < _LIKENESS:
            found.append(("not surely the same person", True))
        return tuple(found)

    @property
    def verdict(self) -> Verdict:
        """Whether it can be learned from."""
        reasons = self.reasons()
        return "poor" if any(fatal for _, fatal in reasons) else "fair" if reasons else "good"

    @property
    def worth(self) -> float:
        """One number to choose by: DNSMOS of the voice and overall count most, then noise, likeness and width."""
        quality = self.mos.overall + 0.5 * self.mos.signal + 0.02 * min(self.snr_db, 40.0)
        return (
            quality + 2 * self.likeness + 0.3 * min(self.bandwidth_hz, 8000.0) / 8000 - 20 * self.clipped - self.overlap
        )


def snr(levels: F32, certainty: F32, first: int, end: int, *, frame_s: float) -> float:
    """Level of the voice in the frames `first` to `end` over that of the pauses around it, dB within `SNR_DB`.

    Where nobody pauses, or pauses are digital silence, the softest frames between the words stand for the noise: the
    result is then too small rather than too large.

    Args:
        levels: float32 (frames,) dBFS, of the whole recording.
        certainty: float32 (frames,) of speech, 0 … 1.
    """
    from scipy.ndimage import maximum_filter1d

    near = round(_NEAR_S / frame_s)
    low, high = max(0, first - near), min(len(levels), end + near)
    around = levels[low:high]
    pause = (maximum_filter1d(certainty[low:high], 2 * _AWAY + 1) < UNSURE) & (around > _SILENCE_DB)
    own = levels[first:end]
    spoken = own[certainty[first:end] > SURE]
    if not len(spoken):
        return SNR_DB[0]
    sounding = own[own > _SILENCE_DB]
    noise_db = (
        np.median(around[pause]) if pause.sum() >= _FEWEST else np.percentile(sounding, 5) if len(sounding) else -85
    )
    noise = 10 ** (float(noise_db) / 10)
    voice = max(float((10 ** (spoken.astype(np.float64) / 10)).mean()) - noise, 1e-12)
    return float(np.clip(10 * np.log10(voice / noise), *SNR_DB))


def clipped(samples: F32) -> float:
    """Share of float32 (T,), at the rate it was recorded with, that was cut off at the top, 0 … 1.

    What was cut off lies in flat runs at the very top, and in a heap: of a loud voice that was not cut, far fewer
    samples lie at its top than in a band of the same width below. Either side alone may have been cut.
    """
    share = 0.0
    for side in (samples, -samples):
        top = float(side.max(initial=0.0))
        if top < _SOFTEST:
            continue
        flat = side >= (1 - _FLAT) * top
        edges = np.flatnonzero(np.diff(flat.astype(np.int8), prepend=0, append=0))
        runs = edges[1::2] - edges[::2]
        heap = int(runs[runs >= _RUN].sum())
        below = int(((side < (1 - 4 * _FLAT) * top) & (side >= (1 - 5 * _FLAT) * top)).sum())
        if heap > _PILED * below:
            share += heap / len(samples)
    return share


def bandwidth(samples: F32, sample_rate: int) -> float:
    """Highest frequency, Hz, at which the loud half of float32 (T,) stands out of its softest tenth; 0 for silence."""
    size = round(_FRAME_S * sample_rate)
    if len(samples) < 10 * size:
        return 0.0
    frames = samples[: len(samples) // size * size].reshape(-1, size)
    power = np.square(np.abs(np.fft.rfft(frames * np.hanning(size).astype(np.float32), axis=1)))
    order = np.argsort(np.square(frames).mean(axis=1))
    loud = _smoothed(power[order[len(order) // 2 :]])
    soft = _smoothed(power[order[: max(1, len(order) // 10)]])
    heard = (loud > loud.max() - _REACH_DB) & (loud > soft + _STANDS_OUT_DB) & (loud > -110)
    return float(np.flatnonzero(heard).max(initial=0) * sample_rate / size)


def _smoothed(power: F32) -> F64:
    """Mean spectrum in dB, over five bins, so that no single line decides."""
    mean = np.convolve(power.mean(axis=0, dtype=np.float64), np.full(5, 0.2), "same")
    return np.asarray(10 * np.log10(mean + 1e-14))
