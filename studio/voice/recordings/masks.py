"""The network behind RNNoise: how much of a recording, and of what RNNoise made of it, is voice.

RNNoise decides in 22 bands. This network sees both sounds in bins of 31 Hz, and what each bin is like over the whole
piece: steady noise has little spread. It gives two gains to every bin of every moment, one for the recording, one for
RNNoise's sound. The same few dilated convolutions look at every bin, and half a second and 500 Hz around it: one voice
teaches them as much about harmonics and gaps as many would. It was taught to keep the voice recognisable
(studio/train/cleaner.py).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

SAMPLE_RATE = 16_000  # Hz; what is above 8 kHz it never sees
SIZE, HOP = 512, 256  # samples: 32 ms, 16 ms
BINS = SIZE // 2 + 1
DILATIONS = ((1, 1), (2, 2), (4, 4), (8, 8), (1, 16))  # bins, moments
_WIDTH = 16
_FLOOR = 1e-4  # of the level: nothing is heard 80 dB below it
_MOST = 1.5  # a gain: a little of what RNNoise took may be given back


class Network(nn.Module):
    """Gains for two sounds: B pieces of N moments."""

    def __init__(self, width: int = _WIDTH) -> None:
        super().__init__()
        self.first = nn.Conv2d(7, width, (5, 3), padding=(2, 1))
        self.blocks = nn.ModuleList(nn.Conv2d(width, width, 3, dilation=d, padding=d) for d in DILATIONS)
        self.last = nn.Conv2d(width, 2, 1)
        with torch.no_grad():  # it begins as RNNoise
            assert self.last.bias is not None  # noqa: S101
            self.last.bias.copy_(torch.tensor([-3.0, 0.7]))

    def forward(self, recorded: Tensor, denoised: Tensor) -> Tensor:
        """Magnitudes float32 (B, BINS, N) each, at any one scale → gains (B, 2, BINS, N)."""
        level = recorded.square().mean((1, 2), keepdim=True).sqrt() + 1e-9
        one, two = (1 + torch.log(sound / level + _FLOOR) / 2.5 for sound in (recorded, denoised))
        steady = (one.mean(2, keepdim=True), one.std(2, keepdim=True), two.mean(2, keepdim=True))
        loud = two.mean(1, keepdim=True)
        place = torch.linspace(-1, 1, BINS, device=one.device)[None, :, None]
        seen = torch.stack([part.expand_as(one) for part in (one, two, *steady, loud, place)], dim=1)
        hidden: Tensor = self.first(seen)
        for block in self.blocks:
            hidden = hidden + block(functional.silu(_even(hidden)))
        return _MOST * torch.sigmoid(self.last(functional.silu(hidden)).float())


def voice(network: nn.Module, both: Tensor, scale: int = 1) -> Tensor:
    """What the network takes for voice, complex (B, F, N), of the recording and RNNoise's sound, float32 (B, 2, T).

    Above what it sees, RNNoise's sound is lowered as it was in the highest quarter of what it sees.

    Args:
        scale: of the sounds' rate to `SAMPLE_RATE`; F is BINS at 1, and grows with it.
    """
    recorded, denoised = (spectrum(both[:, place], scale) for place in (0, 1))
    gains = network(recorded[:, :BINS].abs(), denoised[:, :BINS].abs())
    below = gains[:, 0] * recorded[:, :BINS] + gains[:, 1] * denoised[:, :BINS]
    top = slice(3 * BINS // 4, BINS)
    powers = [part[:, top].abs().square().sum(1, keepdim=True) + 1e-12 for part in (below, denoised)]
    lowered = (powers[0] / powers[1]).sqrt().clamp(max=1)
    return torch.cat([below, denoised[:, BINS:] * lowered], dim=1)


def spectrum(samples: Tensor, scale: int = 1) -> Tensor:
    """Complex (B, F, N) of float32 (B, T)."""
    size = SIZE * scale
    return torch.stft(samples, size, HOP * scale, window=_window(size, samples), return_complex=True)


def sound(spectra: Tensor, length: int, scale: int = 1) -> Tensor:
    """float32 (B, length) of complex (B, F, N)."""
    size = SIZE * scale
    return torch.istft(spectra, size, HOP * scale, window=_window(size, spectra), length=length)


def _window(size: int, like: Tensor) -> Tensor:
    """The root of a Hann window, before and behind the gains."""
    return torch.hann_window(size, device=like.device).sqrt()


def _even(hidden: Tensor) -> Tensor:
    return hidden * torch.rsqrt(hidden.square().mean(1, keepdim=True) + 1e-5)
