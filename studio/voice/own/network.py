"""The networks of an own voice: from sounds to how long each is, and to frames of timbre, breath and pitch.

A stack of convolutions reads the sounds, so that each knows its neighbours; one number is how long it is. Laid out in
time, a second stack draws timbre and breath, and a third the melody, which looks further. All at once, as FastSpeech
does (Ren et al. 2019): nothing is ever skipped or said twice.
"""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from studio.voice.own.units import PLACES, TONES
from studio.voice.own.voice import PITCH, WIDTH

WITHIN = 4
"""Columns that say where in its sound a frame stands, see `within`."""


class Network(nn.Module):
    """One or several speakers of one language; B lines, U sounds, N frames of 5 ms."""

    def __init__(self, sounds: int, speakers: int, *, width: int = 192, melody: int = 128) -> None:
        super().__init__()
        self.sound = nn.Embedding(sounds, width)
        self.tone = nn.Embedding(TONES, width)
        self.place = nn.Linear(PLACES, width)
        self.speaker = nn.Embedding(speakers, width)
        self.reading = nn.ModuleList(_conv(width, dilation) for dilation in (1, 2, 4, 1, 2))
        self.duration = nn.Sequential(nn.Conv1d(width, width, 3, padding=1), nn.SiLU(), nn.Conv1d(width, 1, 1))
        self.within = nn.Linear(WITHIN, width)
        self.timbre = nn.ModuleList(_conv(width, dilation) for dilation in (1, 2, 4, 8, 1, 2, 4, 8))
        self.timbre_out = nn.Conv1d(width, PITCH + 1, 1)
        self.melody_in = nn.Conv1d(width, melody, 1)
        self.melody = nn.ModuleList(_conv(melody, dilation) for dilation in (1, 4, 16, 1, 4, 16))
        self.melody_out = nn.Conv1d(melody, 1, 1)
        self.dropout = nn.Dropout(0.1)

    def read(self, numbers: Tensor, places: Tensor, speaker: Tensor) -> Tensor:
        """float32 (B, width, U): each sound as it is among its neighbours.

        Args:
            numbers: int64 (B, U, 2), of `units.numbered`.
            places: float32 (B, U, PLACES).
            speaker: int64 (B,).
        """
        hidden = self.sound(numbers[..., 0]) + self.tone(numbers[..., 1]) + self.place(places)
        hidden = (hidden + self.speaker(speaker)[:, None]).transpose(1, 2)
        return self._stack(self.reading, hidden)

    def durations(self, read: Tensor) -> Tensor:
        """float32 (B, U): ln of the number of frames."""
        return cast(Tensor, self.duration(_even(read)))[:, 0]

    def draw(self, read: Tensor, unit: Tensor, within: Tensor, speaker: Tensor) -> Tensor:
        """float32 (B, WIDTH, N): frames as in `voice.coded`, mean and spread taken out; last the logit of a pitch.

        Args:
            unit: int64 (B, N), which sound each frame belongs to.
            within: float32 (B, N, WITHIN).
        """
        index = unit[:, None].expand(-1, read.shape[1], -1)
        hidden = read.gather(2, index) + self.within(within).transpose(1, 2) + self.speaker(speaker)[:, :, None]
        timbre = self.timbre_out(_even(self._stack(self.timbre, hidden)))
        melody = self.melody_out(_even(self._stack(self.melody, self.melody_in(_even(hidden)))))
        return torch.cat([timbre[:, :PITCH], melody, timbre[:, PITCH:]], dim=1)

    def _stack(self, blocks: nn.ModuleList, hidden: Tensor) -> Tensor:
        for block in blocks:
            hidden = hidden + self.dropout(block(functional.silu(_even(hidden))))
        return hidden


def _conv(width: int, dilation: int) -> nn.Conv1d:
    return nn.Conv1d(width, width, 5, padding=2 * dilation, dilation=dilation)


def _even(hidden: Tensor) -> Tensor:
    """Root-mean-square normalisation over the channels, frame by frame: the length of a line plays no part."""
    return hidden * torch.rsqrt(hidden.square().mean(1, keepdim=True) + 1e-5)


assert WIDTH == PITCH + 2  # noqa: S101  the order of `draw`'s channels
