"""How good speech sounds, without anything to compare it to: DNSMOS P.835.

Reddy, Gopal, Cutler: "DNSMOS P.835: A Non-Intrusive Perceptual Objective Speech Quality Metric to Evaluate Noise
Suppressors", ICASSP 2022. The network is read from the `speechmos` package (MIT), which is not imported.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from studio.errors import AudioUnusable
from studio.media.audio import resample
from studio.types import F32, AudioClip
from studio.voice.recordings.wheels import file_inside, session

SAMPLE_RATE = 16_000  # Hz
WINDOW = 144_160  # samples, 9.01 s, judged together
HOP = SAMPLE_RATE  # a window begins every second
_BATCH = 8  # windows at a time: 60 MB
# From what the network says to the scale of the listeners, as the DNS challenge publishes it for voices in general.
_SIGNAL = (-0.08397278, 1.22083953, 0.0052439)
_BACKGROUND = (-0.13166888, 1.60915514, -0.39604546)
_OVERALL = (-0.06766283, 1.11546468, 0.04602535)


@dataclass(frozen=True)
class Mos:
    """Mean opinion scores, 1 bad … 5 excellent; clean human speech reaches about 3.6, 4.1 and 3.3."""

    signal: float
    """The voice itself."""
    background: float
    """How little the background disturbs."""
    overall: float


def mos(clip: AudioClip) -> Mos:
    """DNSMOS of speech, any rate and number of channels: the mean of windows of 9.01 s that begin every second.

    A shorter clip is repeated until it fills a window, as the authors do.

    Raises:
        AudioUnusable: the clip has no samples.
        EngineUnavailable: speechmos is not installed.
    """
    return mos_of(resample(AudioClip(clip.mono()[None], clip.sample_rate), SAMPLE_RATE).mono())


def mos_of(samples: F32, *, hop: int = HOP) -> Mos:
    """The same of float32 (T,) at 16 kHz.

    Args:
        hop: samples between the beginnings of two windows; larger is faster.

    Raises:
        AudioUnusable: there are no samples.
        EngineUnavailable: speechmos is not installed.
    """
    if not len(samples):
        raise AudioUnusable("There is no sound to be judged.")
    held = np.clip(samples, -1, 1)
    while len(held) < WINDOW:
        held = np.append(held, held)
    name = "dnsmos_models/sig_bak_ovr.onnx"
    network = session(file_inside("speechmos", name, package="speechmos", purpose="Judging how good speech sounds"))
    said = np.concatenate([network.run(None, {"input_1": batch})[0] for batch in _batches(held, hop)])
    return Mos(
        signal=float(np.polyval(_SIGNAL, said[:, 0]).mean()),
        background=float(np.polyval(_BACKGROUND, said[:, 1]).mean()),
        overall=float(np.polyval(_OVERALL, said[:, 2]).mean()),
    )


def _batches(samples: F32, hop: int) -> Iterator[F32]:
    # Whole seconds are counted, as the authors' own script does: a begun last second gets no window of its own.
    last = max(0, len(samples) // SAMPLE_RATE * SAMPLE_RATE - WINDOW)
    starts = range(0, last + 1, hop)
    for first in range(0, len(starts), _BATCH):
        chosen = starts[first : first + _BATCH]
        yield np.stack([samples[start : start + WINDOW] for start in chosen]).astype(np.float32)
