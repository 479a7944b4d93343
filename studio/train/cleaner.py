"""Teach the cleaner which part of a recording is voice (models/cleaner.safetensors).

    studio train cleaner FOLDER … --clips FOLDER --output cleaner.safetensors

Each folder is one voice; of the files in a folder of clips each is one. They are laid into noise that is made by rule
(studio/train/mixtures.py, noises.py). What is learned is to give back the spectrum of the voice alone (compressed, in
part with its phase: Braun and Tashev, 2021), and that a speaker encoder takes the result for the same person: the
encoder of Resemblyzer is looked through, it learns nothing.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from studio.train import mixtures
from studio.train.mixtures import CLEAN, DENOISED, MIXED
from studio.train.tasks import Look, Turn, halved
from studio.types import U8
from studio.voice.person import likeness
from studio.voice.recordings import masks

if TYPE_CHECKING:
    from studio.train.runs import Run

STEPS = 7000
_BATCH, _CROP = 4, 160 * masks.HOP  # 2.6 s
_RATE = 2.5e-3
_POWER, _PHASED = 0.3, 0.3  # of the compression; share of the loss that sees phases
_WHO = (
    0.25,
    1.0,
)  # weight of the encoder's loss, at first and at last: its gradients are ten times as long as the other's
_SILENT = 0.1  # of the piece's RMS: whose voice a softer window holds nobody can tell
_SHOWN = 4  # mixtures, as pictures
_SPAN = round(likeness.WINDOW_S * masks.SAMPLE_RATE)


class Encoder(nn.Module):
    """The speaker encoder of studio/voice/person/likeness.py, through which gradients pass: (B, T) → (B, 256)."""

    filters: Tensor
    window: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.lstm, self.linear = copy.deepcopy(likeness.network())
        self.register_buffer("filters", torch.from_numpy(likeness.filters().astype(np.float32)))
        self.register_buffer("window", torch.hann_window(likeness.N_FFT))
        self.requires_grad_(False)
        self.train()  # the LSTM of a GPU passes gradients in this mode only; it holds no dropout

    def forward(self, sound: Tensor) -> Tensor:
        level = sound.square().mean(1, keepdim=True).sqrt() + 1e-6
        even = sound * (10 ** (likeness.LEVEL_DB / 20) / level)
        spectrum = torch.stft(
            even, likeness.N_FFT, likeness.HOP, window=self.window, pad_mode="constant", return_complex=True
        )
        power = spectrum.real.square() + spectrum.imag.square()
        mel = (self.filters @ power)[:, :, : likeness.WINDOW].transpose(1, 2)
        _, (hidden, _) = self.lstm(mel)
        return functional.normalize(torch.relu(self.linear(hidden[-1])).float(), dim=1, eps=1e-6)


class CleanerTask:
    """What RNNoise leaves, taken out; what it took along, given back."""

    averaged = ("cleaner",)

    def __init__(self, learned: NDArray[np.int16], judged: NDArray[np.int16]) -> None:
        """Mixtures int16 (M, 3, LENGTH), see `mixtures.prepare`."""
        self.learned, self.judged = learned, judged
        self.network = masks.Network()
        self.encoder = Encoder()

    @property
    def modules(self) -> Mapping[str, nn.Module]:
        return {"cleaner": self.network}

    @cached_property
    def optimisers(self) -> Mapping[str, torch.optim.Optimizer]:
        return {"cleaner": torch.optim.AdamW(self.network.parameters(), _RATE, betas=(0.9, 0.98), weight_decay=0.02)}

    def batch(self, rng: np.random.Generator) -> Tensor:
        chosen = rng.integers(len(self.learned), size=_BATCH)
        starts = rng.integers(mixtures.LENGTH - _CROP + 1, size=_BATCH)
        parts = [self.learned[one, :, at : at + _CROP] for one, at in zip(chosen, starts, strict=True)]
        return torch.from_numpy(mixtures.sounds(np.stack(parts)))

    def turns(self, batch: Tensor, run: Run) -> Iterator[Turn]:
        clean, both = batch[:, CLEAN], batch[:, [MIXED, DENOISED]]
        first = int(torch.randint(batch.shape[2] - _SPAN + 1, ()))
        window = slice(first, first + _SPAN)
        spectrum = masks.voice(self.network, both)
        made = masks.sound(spectrum, clean.shape[1])
        distance = _distance(spectrum, masks.spectrum(clean))
        other = self._other(made[:, window], clean[:, window])
        weight = _WHO[0] + (_WHO[1] - _WHO[0]) * run.share
        yield Turn("cleaner", distance + weight * other, {"distance": distance, "other": other})

    def look(self, run: Run) -> Look:
        """Of voices kept out: how far the spectra are off, and likeness and what it was with RNNoise alone."""
        network = run.best["cleaner"]
        sums: dict[str, list[float]] = {"distance": [], "likeness": [], "rnnoise": [], "mixed": []}
        sheet: list[U8] = []
        for one in self.judged:
            batch = torch.from_numpy(mixtures.sounds(one[None])).to(run.device)
            clean, spectrum = batch[:, CLEAN], masks.voice(network, batch[:, [MIXED, DENOISED]])
            made = masks.sound(spectrum, clean.shape[1])
            sums["distance"].append(float(_distance(spectrum, masks.spectrum(clean))))
            for name, part in (("likeness", made), ("rnnoise", batch[:, DENOISED]), ("mixed", batch[:, MIXED])):
                windows = [slice(at, at + _SPAN) for at in (0, batch.shape[2] - _SPAN)]
                others = [float(self._other(part[:, window], clean[:, window])) for window in windows]
                sums[name].append(1 - float(np.mean(others)))
            if len(sheet) < _SHOWN:
                sheet.append(_picture([batch[:, MIXED], batch[:, DENOISED], made, clean]))
        figures = {name: round(float(np.mean(values)), 4) for name, values in sums.items()}
        return Look(figures, {"spectra": np.concatenate(sheet)})

    def weights(self, run: Run) -> tuple[Mapping[str, Tensor], Mapping[str, str]]:
        return halved(run.best["cleaner"].state_dict()), {}

    def _other(self, made: Tensor, clean: Tensor) -> Tensor:
        """1 − likeness of what was made to the voice alone, where there is a voice."""
        self.encoder.to(made.device)
        with torch.no_grad():
            true = self.encoder(clean)
        level = clean.square().mean(1).sqrt()
        there = (level > _SILENT * level.max()).float()
        far = 1 - (self.encoder(made) * true).sum(1)
        loss: Tensor = (far * there).sum() / there.sum().clamp_min(1)
        return loss


def _distance(made: Tensor, clean: Tensor) -> Tensor:
    """Mean square of the difference of compressed spectra, complex (B, BINS, N), at the level of the clean one."""
    level = clean.abs().square().mean((1, 2), keepdim=True).sqrt() + 1e-6
    made, clean = made / level, clean / level
    heights = [(one.real.square() + one.imag.square() + 1e-8).sqrt() for one in (made, clean)]
    soft = [height**_POWER for height in heights]
    plain = (soft[0] - soft[1]).square().mean()
    turned = [one * (low / height) for one, low, height in zip((made, clean), soft, heights, strict=True)]
    phased = (turned[0] - turned[1]).abs().square().mean()
    return (1 - _PHASED) * plain + _PHASED * phased


def _picture(sounds: Sequence[Tensor]) -> U8:
    """Spectrograms side by side, 80 dB from black to white: RGB uint8 (bins, 4N, 3)."""
    levels = [20 * torch.log10(masks.spectrum(sound)[0].abs() + 1e-6) for sound in sounds]
    top = max(float(level.max()) for level in levels)
    grey = [((level - top) / 80 + 1).clamp(0, 1).flip(0) for level in levels]
    pixels = (torch.cat(grey, dim=1) * 255).byte().cpu().numpy()
    return np.repeat(pixels[:, :, None], 3, axis=2)
