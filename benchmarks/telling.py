"""Who speaks, told without the speaker encoder: Gaussian mixtures over cepstra, and the mean colour of a voice.

The studio chooses a voice's equaliser by Resemblyzer's network, so that network alone cannot say whether the voice is
nearer to the person or only to the network. This is the measure of the generation before it, which knows nothing of
it: a mixture for everybody, moved to each person by what they said, and the likelihood of what is heard under the one
over that under the other (Reynolds, Quatieri and Dunn: "Speaker Verification Using Adapted Gaussian Mixture Models",
2000). The mean of the cepstra is left in: a recording's colour is part of it, as it is of what is compared here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio import ear
from studio.media.audio import resample
from studio.types import AudioClip

F64 = NDArray[np.float64]

_BANDS, _CEPSTRA = 30, 19
_WINDOW, _HOP = 400, 160  # samples: 25 ms, 10 ms
_SPEECH_DB = 30.0  # below the loud frames
_COMPONENTS, _ROUNDS = 64, 25
_RELEVANCE = 8.0  # frames that weigh as much as everybody's mean
_LEAST_VARIANCE = 0.05  # of everybody's


@dataclass(frozen=True, eq=False)
class Mixture:
    """C Gaussians with their own spread in each of D directions."""

    means: F64
    """float64 (C, D)."""
    variances: F64
    """float64 (C, D)."""
    weights: F64
    """float64 (C,)."""

    def likely(self, rows: F64) -> F64:
        """ln of the likelihood of rows (N, D) with each component, float64 (N, C)."""
        constant = np.log(self.weights) - 0.5 * np.log(2 * np.pi * self.variances).sum(axis=1)
        inverse = 1 / self.variances
        square = rows**2 @ inverse.T - 2 * rows @ (self.means * inverse).T + (self.means**2 * inverse).sum(axis=1)
        return np.asarray(constant - 0.5 * square)


def cepstra(clip: AudioClip) -> F64:
    """float64 (N, 19) of the frames in which somebody speaks, level taken out."""
    from scipy.fft import dct

    return np.asarray(dct(_bands(clip), norm="ortho", axis=1)[:, 1 : _CEPSTRA + 1])


def colour_distance(clips: Sequence[AudioClip], other: AudioClip) -> float:
    """dB between the mean spectra of speech, 100 Hz to 7 kHz in mel bands, level taken out (root mean square)."""
    one, two = (np.concatenate([_bands(clip) for clip in side]).mean(axis=0) for side in (clips, [other]))
    return float(np.std(one - two))


def _bands(clip: AudioClip) -> F64:
    """float64 (N, 30) dB."""
    samples = np.pad(resample(clip, ear.SAMPLE_RATE).mono(), _WINDOW // 2)
    frames = np.lib.stride_tricks.sliding_window_view(samples, _WINDOW)[::_HOP] * np.hanning(_WINDOW)
    power = np.square(np.abs(np.fft.rfft(frames, 512, axis=1))) @ ear.mel_filters(_BANDS, (100.0, 7000.0), 512)
    level = 10 * np.log10(power.sum(axis=1) + 1e-12)
    return np.asarray(10 * np.log10(power[level > np.percentile(level, 95) - _SPEECH_DB] + 1e-12))


class Company:
    """People who are told apart."""

    def __init__(self, learned: Sequence[AudioClip], kept: Mapping[str, AudioClip]) -> None:
        """Everybody's mixture from `learned`, one of each person from what was `kept` of them."""
        self._everybody = _trained(np.concatenate([cepstra(clip) for clip in learned]))
        self._people = {name: _adapted(self._everybody, cepstra(clip)) for name, clip in kept.items()}

    def told(self, clips: Sequence[AudioClip], name: str) -> tuple[float, float]:
        """How much likelier it is this person than anybody, nats a frame; share of the others that are likelier yet."""
        rows = np.concatenate([cepstra(clip) for clip in clips])
        anybody = _mean_likelihood(self._everybody, rows)
        found = {other: _mean_likelihood(mixture, rows) - anybody for other, mixture in self._people.items()}
        others = [value for other, value in found.items() if other != name]
        return found[name], float(np.mean([value > found[name] for value in others])) if others else 0.0


def _mean_likelihood(mixture: Mixture, rows: F64) -> float:
    return float(np.logaddexp.reduce(mixture.likely(rows), axis=1).mean())


def _shares(mixture: Mixture, rows: F64) -> F64:
    found = mixture.likely(rows)
    return np.asarray(np.exp(found - np.logaddexp.reduce(found, axis=1)[:, None]))


def _trained(rows: F64) -> Mixture:
    """Expectation maximisation from frames drawn at random; the same each time."""
    rng = np.random.default_rng(0)
    everybody = rows.var(axis=0)
    means = rows[rng.choice(len(rows), _COMPONENTS, replace=False)]
    mixture = Mixture(means, np.tile(everybody, (_COMPONENTS, 1)), np.full(_COMPONENTS, 1 / _COMPONENTS))
    for _ in range(_ROUNDS):
        share = _shares(mixture, rows)
        count = share.sum(axis=0) + 1e-6
        means = share.T @ rows / count[:, None]
        spread = np.maximum(share.T @ rows**2 / count[:, None] - means**2, _LEAST_VARIANCE * everybody)
        mixture = Mixture(means, spread, count / count.sum())
    return mixture


def _adapted(mixture: Mixture, rows: F64) -> Mixture:
    """Its means moved to what one person said, as far as they said enough there (maximum a posteriori)."""
    share = _shares(mixture, rows)
    count = share.sum(axis=0)[:, None]
    means = (share.T @ rows + _RELEVANCE * mixture.means) / (count + _RELEVANCE)
    return Mixture(means, mixture.variances, mixture.weights)
