"""Noise taken out of a voice: RNNoise, and two ways of putting right what it leaves, of which a mean is taken.

RNNoise decides in bands that are wider than the distance of two harmonics, and what it leaves of the noise lies
between them. By rule: where the lowest harmonics are, five neighbouring vibrations of the voice are averaged: the voice
repeats, noise does not (adaptive comb filtering: Frazier, Samsam, Braida, Oppenheim, ICASSP 1976). Above, what is left
is known: RNNoise's own gain in the band, times the noise it took out elsewhere. Half of that is subtracted from the
power of what came out (Wiener gain), and the band gets its level back. By learning: a small network of the studio's own
sees the recording and what RNNoise made of it, and says of every bin and moment how much of each is voice (masks.py,
models/cleaner.md). They err in different places: three parts of the network and two of the rules are nearer to the
voice of real recordings than either.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from studio import weights
from studio.errors import EngineUnavailable
from studio.types import F32
from studio.voice.recordings.passing import evened
from studio.voice.recordings.rnnoise import DELAY, FRAME, SAMPLE_RATE, Denoiser

if TYPE_CHECKING:
    from studio.voice.recordings.masks import Network

F64 = NDArray[np.float64]

_SIZE = 3072  # samples, 64 ms: harmonics 80 Hz apart are told apart
_HOP = _SIZE // 4
_PIECE = 640 * _HOP  # samples, 10 s in which the noise is taken to stay the same; whole steps of the network, too
_MARGIN = 80 * _HOP  # samples, 1.3 s to either side that is looked at besides
_COMBED_HZ = 400.0  # up to here the comb works, above it the Wiener gain
_PITCH_RATE = 8000  # Hz; pitch needs no more
_LOWEST_F0, _HIGHEST_F0 = 60.0, 400.0  # Hz
_BAND_HZ = 150.0  # about as wide as RNNoise's own bands where the harmonics lie
_TAKEN = 0.5  # of the power of the noise that is left; all of it takes soft harmonics along
_LEAST = 0.05  # of the power of a moment, that is always left
# Share of the network. With more, noise like that of its training goes further (likeness .921 with it alone, .905 with
# half of it); with less it sounds better, and on real noise all shares from a half to three quarters are alike.
_LEARNED = 0.6
_BACK = 2.0  # times, by which a band is raised again at most


def denoised(blocks: Iterable[F32], share: float) -> Iterator[F32]:
    """Blocks at 48 kHz, float32 (T,), without noise and without delay; all together as long as what went in.

    Args:
        share: 0 … 1 of the denoised sound; the rest is the sound as it was.

    Raises:
        EngineUnavailable: RNNoise is not installed, or the studio's own weights are missing.
    """
    kept = np.float32(share)
    for pair, first, last in _pieces(_pairs(blocks)):
        yield kept * _refined(pair)[first:last] + (1 - kept) * pair[first:last, 0]


def _pairs(blocks: Iterable[F32]) -> Iterator[F32]:
    """The sound, and RNNoise's, at the same moments: float32 (T, 2)."""
    count = given = 0
    waiting = np.zeros(0, dtype=np.float32)  # sound whose denoised form has not come yet
    early = DELAY  # samples that RNNoise still owes from before the beginning

    def flushed() -> Iterator[F32]:
        nonlocal count
        for block in blocks:
            count += len(block)
            yield block

    with Denoiser() as denoiser:

        def worked() -> Iterator[F32]:
            yield from evened(flushed(), FRAME)
            yield np.zeros(DELAY, dtype=np.float32)

        for block in worked():
            out = denoiser.process(block)[0]
            skipped = min(early, len(out))
            early, out = early - skipped, out[skipped:]
            waiting = np.concatenate([waiting, block])
            size = min(len(out), count - given)  # what was filled in at the end belongs to nobody
            given += size
            yield np.stack([waiting[:size], out[:size]], axis=1)
            waiting = waiting[len(out) :]


def _pieces(pairs: Iterable[F32]) -> Iterator[tuple[F32, int, int]]:
    """Pieces of `_PIECE`, the last up to twice as long, with what lies around them; and which part is the piece.

    Wherever the blocks were cut, the pieces are the same.
    """
    held, before = np.zeros((0, 2), dtype=np.float32), 0
    for pair in pairs:
        held = np.concatenate([held, pair])
        while len(held) >= before + 2 * _PIECE + _MARGIN:
            end = before + _PIECE
            yield held[: end + _MARGIN], before, end
            held, before = held[end - _MARGIN :], _MARGIN
    if len(held) > before:
        yield held, before, len(held)


def _refined(pair: F32) -> F32:
    """What both ways make of a recording and RNNoise's sound, float32 (T, 2) → (T,)."""
    if len(pair) <= _SIZE:
        return np.ascontiguousarray(pair[:, 1])  # too short to tell harmonics apart
    return np.float32(1 - _LEARNED) * _filtered(pair) + np.float32(_LEARNED) * _masked(pair)


def _masked(pair: F32) -> F32:
    """What the network makes of the same."""
    import torch

    from studio.voice.recordings import masks

    with torch.inference_mode():
        both = torch.from_numpy(np.ascontiguousarray(pair.T))
        scale = SAMPLE_RATE // masks.SAMPLE_RATE
        spectra = masks.voice(_network(), both[None], scale)
        return np.asarray(masks.sound(spectra, len(pair), scale)[0].numpy(), np.float32)


def _filtered(pair: F32) -> F32:
    """What the rules make of a recording and RNNoise's sound, float32 (T, 2) → (T,)."""
    from scipy.ndimage import uniform_filter
    from scipy.signal import istft, stft

    told = {"fs": SAMPLE_RATE, "window": "hann", "nperseg": _SIZE, "noverlap": _SIZE - _HOP}
    noisy, voice = (stft(sound, **told)[2] for sound in (pair[:, 0], _combed(pair[:, 1])))
    before, after = np.square(np.abs(noisy)), np.square(np.abs(voice))
    wide = max(3, round(_BAND_HZ * _SIZE / SAMPLE_RATE) | 1)
    level = uniform_filter(after, (wide, 3))
    gain = np.clip(level / (uniform_filter(before, (wide, 3)) + 1e-14), 0, 1)
    # What RNNoise lets through least is noise alone.
    weight = np.square(1 - gain)
    noise = (weight * before).sum(axis=1) / (weight.sum(axis=1) + 1e-9)
    left = gain * noise[:, None]
    kept = np.clip(1 - _TAKEN * left / (uniform_filter(after, (1, 3)) + 1e-14), _LEAST, 1)
    lowered = np.maximum(uniform_filter(kept * after, (wide, 3)), 1e-14)
    raised = np.clip(np.sqrt(np.maximum(level, 1e-14) / lowered), 1, _BACK)
    finer = np.sqrt(kept) * raised
    finer[: round(_COMBED_HZ * _SIZE / SAMPLE_RATE)] = 1
    return np.asarray(istft(voice * finer, **told)[1][: len(pair)], np.float32)


def _combed(samples: F32) -> F32:
    """float32 (T,), its lowest harmonics averaged over five vibrations where there is a pitch."""
    import pyworld
    import soxr
    from scipy.ndimage import gaussian_filter1d
    from scipy.signal import butter, sosfiltfilt

    slow = soxr.resample(samples, SAMPLE_RATE, _PITCH_RATE, quality="HQ").astype(np.float64)
    f0, times = pyworld.dio(slow, _PITCH_RATE, f0_floor=_LOWEST_F0, f0_ceil=_HIGHEST_F0)
    f0 = pyworld.stonemask(slow, f0, times, _PITCH_RATE)
    pitched = np.flatnonzero(f0 > 0)
    if not len(pitched):
        return samples
    at = np.arange(len(samples))
    seconds = at / SAMPLE_RATE
    period = SAMPLE_RATE / np.interp(seconds, times[pitched], f0[pitched])
    # In and out over some milliseconds: a voice does not begin with a switch.
    fine = np.arange(len(slow)) / _PITCH_RATE
    soft = gaussian_filter1d(np.interp(fine, times, (f0 > 0).astype(np.float64)), 0.004 * _PITCH_RATE)
    voiced = np.interp(seconds, fine, soft)
    low = sosfiltfilt(butter(4, _COMBED_HZ, fs=SAMPLE_RATE, output="sos"), samples)
    near = _at(low, at + period) + _at(low, at - period)
    far = _at(low, at + 2 * period) + _at(low, at - 2 * period)
    averaged = (3 * low + 2 * near + far) / 9
    return np.asarray(samples + voiced * (averaged - low), dtype=np.float32)


def _at(samples: F64, places: F64) -> F64:
    """The sound between its samples, on straight lines; beyond the ends as at the ends."""
    inside = np.clip(places, 0, len(samples) - 1)
    below = np.minimum(inside.astype(np.intp), len(samples) - 2)
    part = inside - below
    return np.asarray(samples[below] * (1 - part) + samples[below + 1] * part)


@cache
def _network() -> Network:
    """The shipped network, loaded once.

    Raises:
        EngineUnavailable: its weights are missing or damaged.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    from studio.voice.recordings.masks import Network

    path = weights.path("cleaner")
    network = Network()
    try:
        network.load_state_dict({name: tensor.float() for name, tensor in load_file(path).items()})
    except (OSError, SafetensorError, RuntimeError) as error:
        raise EngineUnavailable(f"{path} holds no cleaner of this version. Install the studio again.") from error
    return network.eval()
