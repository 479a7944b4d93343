"""The network behind RNNoise: how much of a recording, and of what RNNoise made of it, is voice.

RNNoise decides in 22 bands. This network sees both sounds in bins of 31 Hz, and what each bin is like over the whole
piece: steady noise has little spread. It gives two gains to every bin of every moment, one for the recording, one for
RNNoise's sound. It steps down to bands of 250 Hz, where six dilated convolutions look at half a second to either side,
and back up to the bins, with what was seen on the way down laid beside it (U-Net: Ronneberger, Fischer, Brox, MICCAI
2015). All bins share its weights: one voice teaches as much about harmonics and gaps as many would. It was taught to
keep the voice recognisable (studio/train/cleaner.py).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

SAMPLE_RATE = 16_000  # Hz; what is above 8 kHz it never sees
SIZE, HOP = 512, 256  # samples: 32 ms, 16 ms
BINS = SIZE // 2 + 1
REACHES = (1, 2, 4, 8, 16, 1)  # moments between what a block looks at
_WIDTHS = (16, 32, 64)  # of what it makes of bins of 31 Hz, of 125 Hz, and of 250 Hz
_FLOOR = 1e-4  # of the level: nothing is heard 80 dB below it
_MOST = 1.5  # a gain: a little of what RNNoise took may be given back


class Network(nn.Module):
    """Gains for two sounds: B pieces of N moments."""

    def __init__(self) -> None:
        super().__init__()
        fine, middle, coarse = _WIDTHS
        self.first = nn.Conv2d(7, fine, (5, 3), padding=(2, 1))
        wider = ((fine, fine), (fine, middle), (middle, coarse))
        self.down = nn.ModuleList(nn.Conv2d(one, two, 3, stride=(2, 1), padding=1) for one, two in wider)
        self.blocks = nn.ModuleList(
            nn.Conv2d(coarse, coarse, 3, dilation=(1, reach), padding=(1, reach)) for reach in REACHES
        )
        self.up = nn.ModuleList(nn.Conv2d(two, one, 3, padding=1) for one, two in reversed(wider))
        self.fine = nn.Conv2d(fine, fine, 3, padding=1)
        self.last = nn.Conv2d(fine, 2, 1)
        with torch.no_grad():  # it begins as RNNoise
            assert self.last.bias is not None  # noqa: S101
            self.last.bias.copy_(torch.tensor([-3.0, 0.7]))

    def forward(self, recorded: Tensor, denoised: Tensor) -> Tensor:
        """Magnitudes float32 (B, BINS, N) each, at any one scale → gains (B, 2, BINS, N)."""
        hidden: Tensor = self.first(_seen(recorded, denoised))
        passed = [hidden]
        for layer in self.down:
            hidden = layer(functional.silu(_even(hidden)))
            passed.append(hidden)
        for layer in self.blocks:
            hidden = hidden + layer(functional.silu(_even(hidden)))
        for layer, beside in zip(self.up, passed[-2::-1], strict=True):
            raised = layer(functional.silu(_even(hidden))).repeat_interleave(2, dim=2)
            hidden = raised[:, :, : beside.shape[2]] + beside
        hidden = hidden + self.fine(functional.silu(_even(hidden)))
        return _MOST * torch.sigmoid(self.last(functional.silu(hidden)).float())


def _seen(recorded: Tensor, denoised: Tensor) -> Tensor:
    """What the network sees, (B, 7, BINS, N): both sounds in logarithms, what steadily lies there, and where it is."""
    level = recorded.square().mean((1, 2), keepdim=True).sqrt() + 1e-9
    one, two = (1 + torch.log(sound / level + _FLOOR) / 2.5 for sound in (recorded, denoised))
    steady = (one.mean(2, keepdim=True), one.std(2, keepdim=True), two.mean(2, keepdim=True))
    loud = two.mean(1, keepdim=True)
    place = torch.linspace(-1, 1, BINS, device=one.device)[None, :, None]
    return torch.stack([part.expand_as(one) for part in (one, two, *steady, loud, place)], dim=1)


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
