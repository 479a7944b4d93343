"""Which speech sound is heard when, and what each sounds like in one voice."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from studio import ear
from studio.media.audio import resample
from studio.types import F32, AudioClip
from studio.voice.features import COEFFICIENTS, F64, FRAME_S, cepstrum

_SOFT = 1e-4  # of the power of loud frames: what is softer is the room


@dataclass(frozen=True, eq=False)
class Sounds:
    """What every sound is like on average; S sounds, in the order of the network's letters."""

    means: F64
    """float64 (S, COEFFICIENTS): cepstra."""
    frames: F64
    """float64 (S,): how many frames each mean stands on."""


def heard(clip: AudioClip, count: int) -> F32:
    """How likely each sound is, float32 (count, S), every 5 ms; rows sum to 1.

    Raises:
        EngineUnavailable: models/hearing.safetensors is missing.
    """
    network = ear.shipped()
    power, _ = ear.spectrum(resample(clip, ear.SAMPLE_RATE).mono())
    likely = network.listen(ear.normalised(power, network.tensors["average"]))
    at = np.clip(np.arange(count) * FRAME_S * ear.SAMPLE_RATE / ear.HOP, 0, len(likely) - 1)
    below = at.astype(np.intp)
    part = (at - below)[:, None].astype(np.float32)
    return np.asarray(likely[below] * (1 - part) + likely[np.minimum(below + 1, len(likely) - 1)] * part, np.float32)


def sums(envelope: F64, likely: F32) -> tuple[F64, F64]:
    """Cepstra added up by sound, float64 (S, COEFFICIENTS), and how many frames each has, float64 (S,)."""
    level = envelope.sum(axis=1)
    said = level > np.percentile(level, 90) * _SOFT
    weight = likely[said].astype(np.float64)
    return weight.T @ cepstrum(envelope[said]), weight.sum(axis=0)


def averaged(total: F64, frames: F64) -> Sounds:
    """The means of what `sums` added up; a sound that was never heard has zeros."""
    means = np.divide(total, frames[:, None], out=np.zeros((len(frames), COEFFICIENTS)), where=frames[:, None] > 0)
    return Sounds(means, frames)
