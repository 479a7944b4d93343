"""The colour of a voice: a smooth equaliser for vowels, for other voiced sounds and for the rest, chosen by the ear
that tells voices apart.

Means and spreads say what a spectrum is like; they do not say what of it makes a person known. The speaker encoder
(person/likeness.py) was trained to hear just that, and it can be asked which way to go: its gradient with respect to
the gains of the equaliser is followed for a few steps, on what the base voice says to be known by, until that is as
like the person's own embedding as a handful of gains can make it. A price on every gain keeps it near the plain match
of the statistics. What is done to all moments alike takes no words away; what sets vowels apart takes a few.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from studio.media.audio import resample
from studio.types import F32, AudioClip, Speech
from studio.voice import features as world
from studio.voice.features import BINS, F64, FFT_SIZE, FRAME_S, Features
from studio.voice.person import likeness
from studio.voice.prosody.sounds import kind

if TYPE_CHECKING:
    from torch import Tensor

KNOTS = 16
"""Gains of one equaliser, evenly spaced in mel up to the end of what the encoder hears."""
GROUPS = 3
"""Vowels, other voiced sounds, the rest."""
MOST_DB = 12.0
# Of the mean square of the gains, in parts of MOST_DB, beside one minus the likeness. Measured on eight people: these
# .750 with .31 of the words missed, 0.05 and 0.15 .748 with .31, 0.04 and 0.1 in 44 steps .749 with .38.
_PRICE, _PRICE_APART = 0.04, 0.1
_STEPS, _STEP = 36, 0.2
_MEMORY = 0.9, 0.999  # of Adam, for slopes and their squares
_GLANCE = 5  # steps after which ways are compared: for eight people at most 4 % of a tract beside the best of 36 steps
_WINDOWS = 6  # of 1.6 s, listened to together
_SOFT = 2.0  # frames over which one group fades into another


def groups(parts: Features, speech: Speech) -> F64:
    """How far each frame belongs to each group: float64 (N, GROUPS), rows sum to 1."""
    from scipy.ndimage import gaussian_filter1d

    found = np.zeros((len(parts.f0), GROUPS))
    found[np.arange(len(found)), np.where(parts.voiced, 1, 2)] = 1.0
    for span in speech.phonemes:
        if kind(span.symbol) == "vowel":
            first, last = (round(float(time) / FRAME_S) for time in (span.start, span.end))
            found[first:last] = (1.0, 0.0, 0.0)
    return np.asarray(gaussian_filter1d(found, _SOFT, axis=0))


def coloured(parts: Features, speech: Speech, gains: F64) -> Features:
    """`parts` through the equaliser; pitch, breath and the loudness of every frame stay.

    Args:
        gains: float64 (GROUPS, KNOTS) dB.
    """
    hertz = np.arange(BINS) * world.SAMPLE_RATE / FFT_SIZE
    envelope = parts.envelope * 10 ** (groups(parts, speech) @ gains @ _knots(hertz).T / 10)
    envelope *= parts.envelope.sum(axis=1, keepdims=True) / envelope.sum(axis=1, keepdims=True)
    return Features(parts.f0, envelope, parts.aperiodicity)


def fitted(parts: Features, speech: Speech, who: F32) -> F64:
    """The equaliser that brings speech nearest to a person: float64 (GROUPS, KNOTS) dB, ± MOST_DB.

    The network looks at the sound of `parts` through the gains, without synthesising anew: an equaliser as smooth as
    this one does the same to a power spectrum of 25 ms as to the envelope. 2 s of one core, however long the line.

    Args:
        parts: speech already brought to the person's pitch and statistics; at least a second of it voiced.
        who: float32 (256,), the person's embedding.

    Raises:
        EngineUnavailable: Resemblyzer is not installed.
    """
    return _descended(parts, speech, who, _STEPS)[0]


def costs(ways: Sequence[Features], speech: Speech, who: F32) -> list[float]:
    """How far several ways to say the same stay from a person, after the first steps of the equaliser of each.

    Args:
        ways: each as `fitted` takes it.

    Raises:
        EngineUnavailable: Resemblyzer is not installed.
    """
    return [_descended(parts, speech, who, _GLANCE)[1] for parts in ways]


def _descended(parts: Features, speech: Speech, who: F32, steps: int) -> tuple[F64, float]:
    """The equaliser after some steps, and what it costs."""
    import torch

    heard, share = _heard(parts, speech)
    hertz = np.arange(heard.shape[1]) * likeness.SAMPLE_RATE / likeness.N_FFT
    knots = torch.from_numpy(_knots(hertz).T.astype(np.float32))
    bands = torch.from_numpy(likeness.filters().T.astype(np.float32))
    starts = np.linspace(0, len(heard) - likeness.WINDOW, _WINDOWS).round().astype(int)
    level = heard.sum(dim=1, keepdim=True)
    target = torch.from_numpy(who / np.linalg.norm(who))
    # First what all share; of what sets groups apart the last, which the encoder hardly hears, has nothing.
    drawn = torch.zeros(GROUPS, KNOTS, requires_grad=True)
    spread = torch.tensor([[1.0, 1.0, 0.0], [1.0, 0.0, 1.0], [1.0, 0.0, 0.0]])
    prices = torch.tensor([[_PRICE], [_PRICE_APART], [_PRICE_APART]])
    # Adam in full (Kingma and Ba 2015): torch.optim takes 4 s of one core to be imported.
    mean, square = torch.zeros_like(drawn), torch.zeros_like(drawn)
    for step in range(1, steps + 1):
        power = heard * 10 ** (share @ (MOST_DB * torch.tanh(spread @ drawn)) @ knots / 10)
        power = power * (level / (power.sum(dim=1, keepdim=True) + 1e-20))
        said = _said(power @ bands, starts.tolist())
        cost = 1 - torch.dot(said, target) + (prices * drawn.square()).mean()
        (slope,) = torch.autograd.grad(cost, drawn)
        with torch.no_grad():
            mean.lerp_(slope, 1 - _MEMORY[0])
            square.lerp_(slope.square(), 1 - _MEMORY[1])
            root = (square / (1 - _MEMORY[1] ** step)).sqrt() + 1e-8
            drawn -= _STEP * mean / (1 - _MEMORY[0] ** step) / root
    gains = np.asarray((MOST_DB * torch.tanh(spread @ drawn)).detach().numpy(), np.float64)
    return gains, float(cost.detach())


def _heard(parts: Features, speech: Speech) -> tuple[Tensor, Tensor]:
    """Power spectrum as the encoder makes it, float32 (T, N_FFT // 2 + 1), and the groups, float32 (T, GROUPS)."""
    import torch

    samples = world.synthesise(parts, round(len(parts.f0) * FRAME_S * world.SAMPLE_RATE))
    samples = resample(AudioClip(samples[None], world.SAMPLE_RATE), likeness.SAMPLE_RATE).mono()
    # The encoder knows no other level, and looks at no less than a window.
    samples *= 10 ** (likeness.LEVEL_DB / 20) / np.sqrt(np.square(samples, dtype=np.float64).mean() + 1e-12)
    samples = np.pad(samples, (0, max(0, likeness.WINDOW * likeness.HOP - len(samples))))
    frames = np.lib.stride_tricks.sliding_window_view(np.pad(samples, likeness.N_FFT // 2), likeness.N_FFT)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(likeness.N_FFT) / likeness.N_FFT)
    power = np.square(np.abs(np.fft.rfft(frames[:: likeness.HOP] * window, axis=1)))
    share = groups(parts, speech)
    at = np.round(np.arange(len(power)) * likeness.HOP / likeness.SAMPLE_RATE / FRAME_S).astype(int)
    share = share[np.minimum(at, len(share) - 1)]
    return torch.from_numpy(power.astype(np.float32)), torch.from_numpy(share.astype(np.float32))


def _said(mels: Tensor, starts: Sequence[int]) -> Tensor:
    """What the encoder says of float32 (T, 40), windows together: float32 (256,) of unit length."""
    import torch

    lstm, linear = likeness.network()
    _, (hidden, _) = lstm(torch.stack([mels[start : start + likeness.WINDOW] for start in starts]))
    raw = torch.relu(linear(hidden[-1]))
    mean: Tensor = (raw / raw.norm(dim=1, keepdim=True).clamp_min(1e-9)).mean(dim=0)
    unit: Tensor = mean / mean.norm().clamp_min(1e-9)
    return unit


def _knots(hertz: F64) -> F64:
    """float64 (F, KNOTS): how much of each gain is felt at each frequency; rows sum to 1 (raised cosines)."""
    top = likeness.SAMPLE_RATE / 2
    place = np.log1p(np.minimum(hertz, top) / 700) / np.log1p(top / 700) * (KNOTS - 1)
    return np.asarray(0.5 + 0.5 * np.cos(np.pi * np.clip(np.abs(place[:, None] - np.arange(KNOTS)), 0, 1)))
