"""The last part of a base voice's training: life in what was learned as an average.

    studio train voice FOLDER … --lang en --finish voice-en.safetensors --output finished.safetensors

A network that is asked for the nearest frame draws the middle of all likely ones: above 8 Hz its melody and its timbre
move a half to a fifth as much as people's. Pitched as it was recorded, a voice hides that; raised, it is heard as
buzz. Here the sounds and their lengths stay as they are, and two critics, which see the spectrum as a picture and the
melody as a line, ask for movement as in the recordings (Saito, Takamichi and Saruwatari 2018).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from studio.errors import FileUnreadable
from studio.train import voice
from studio.train.tasks import Turn, halved
from studio.train.utterances import Utterance
from studio.types import Language
from studio.voice.own import speaker
from studio.voice.own.voice import NOISE, PITCH, TIMBRE, VOICED

if TYPE_CHECKING:
    from studio.train.runs import Run

STEPS = 800
_DRAWING = ("within", "timbre", "timbre_out", "melody_in", "melody", "melody_out")
"""What is trained on; what reads the sounds and knows their lengths is not."""
_MELODY = ("melody_in", "melody", "melody_out")
_BANDS = 80  # of the picture, in mel
_RATE, _CRITIC_RATE = 3e-4, 3e-4
_DISTANCE, _VERDICT, _SEEN = 0.5, 0.2, 1.0  # weights of the losses
_SHARE = 0.5
"""Of the way gone by everything but the melody: all of it costs words (.46 of those in 12 lines missed, .39 before,
.40 half-way), and half of it already sounds better (weights of two trainings averaged: Wortsman et al. 2022)."""
_STEP = 8.0  # a melody's change from frame to frame is so much smaller than the melody


class PictureCritic(nn.Module):
    """Judges patches of the spectrum: (B, 1, _BANDS, N) beside voicing (B, N) and what is said (B, width, N)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.said = nn.Conv1d(width, _BANDS // 4, 1)
        self.layers = nn.ModuleList(
            nn.utils.parametrizations.spectral_norm(nn.Conv2d(before, after, 5, (2, 2), 2))
            for before, after in pairwise((4, 32, 64, 96))
        )
        self.last = nn.Conv2d(96, 1, 3, padding=1)

    def forward(self, picture: Tensor, voiced: Tensor, said: Tensor) -> tuple[Tensor, list[Tensor]]:
        change = functional.pad(picture.diff(dim=3), (1, 0))
        words = self.said(said).repeat_interleave(4, 1)[:, None]
        return _judged(self, torch.cat([picture, change, voiced[:, None, None].expand_as(picture), words], dim=1))


class MelodyCritic(nn.Module):
    """Judges pitch, breath and loudness of frames (B, WIDTH, N), pitch where there is one, beside what is said."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.said = nn.Conv1d(width, 16, 1)
        first = nn.Conv1d(16 + 4 + NOISE, 64, 5, padding=2)
        norm = nn.utils.parametrizations.spectral_norm
        rest = [norm(nn.Conv1d(64, 64, 5, padding=2 * dilation, dilation=dilation)) for dilation in (1, 2, 4, 8)]
        self.layers = nn.ModuleList([first, *rest])
        self.last = nn.Conv1d(64, 1, 3, padding=1)

    def forward(self, frames: Tensor, voiced: Tensor, said: Tensor) -> tuple[Tensor, list[Tensor]]:
        pitch = frames[:, PITCH]
        change = _STEP * functional.pad(pitch.diff(dim=1) * voiced[:, 1:] * voiced[:, :-1], (1, 0))
        lines = torch.stack([pitch * voiced, change, voiced], dim=1)
        return _judged(self, torch.cat([lines, frames[:, TIMBRE:PITCH], frames[:, :1], self.said(said)], dim=1))


def _judged(critic: PictureCritic | MelodyCritic, hidden: Tensor) -> tuple[Tensor, list[Tensor]]:
    seen = []
    for layer in critic.layers:
        hidden = functional.leaky_relu(layer(hidden), 0.2)
        seen.append(hidden)
    return critic.last(hidden), seen


class FinishTask(voice.VoiceTask):
    """A trained voice, trained on.

    Raises:
        EngineUnavailable: `start` holds no voice.
        FileUnreadable: it holds other speakers or another language than the recordings.
    """

    def __init__(self, corpus: Sequence[Utterance], language: Language, start: Path) -> None:
        super().__init__(corpus, language)
        known = speaker.load(start)
        if (known.language, list(known.names)) != (language, self.speakers):
            raise FileUnreadable(
                f"{start.name} speaks as {', '.join(known.names)} ({known.language}), the recordings are of "
                f"{', '.join(self.speakers)} ({language}). Give the folders it was trained from."
            )
        self.network.load_state_dict(known.network.state_dict())
        self._start = {name: value.clone() for name, value in self.network.state_dict().items()}
        for name, parameter in self.network.named_parameters():
            parameter.requires_grad_(name.split(".")[0] in _DRAWING)
        width = self.network.speaker.embedding_dim
        self.picture, self.melody = PictureCritic(width), MelodyCritic(width)
        # From frames to the spectrum in mel, each band as wide as it usually is: what is taken out of them is put back.
        waves = np.cos(np.pi * np.arange(TIMBRE)[:, None] * (np.arange(_BANDS) + 0.5) / _BANDS)
        waves[0] *= np.sqrt(0.5)
        spreads = np.stack([self.moments[name][1][:TIMBRE] for name in self.speakers])
        real = np.concatenate([s.frames[:, :TIMBRE] * spreads[s.speaker] for s in self.samples]) @ waves
        self._spreads = torch.from_numpy(spreads.astype(np.float32))
        self._waves = torch.from_numpy((waves / real.std(axis=0)).astype(np.float32))

    @property
    def modules(self) -> Mapping[str, nn.Module]:
        return {"voice": self.network, "picture": self.picture, "melody": self.melody}

    @cached_property
    def optimisers(self) -> Mapping[str, torch.optim.Optimizer]:
        learned = [parameter for parameter in self.network.parameters() if parameter.requires_grad]
        critics = [*self.picture.parameters(), *self.melody.parameters()]
        return {
            "voice": torch.optim.AdamW(learned, _RATE, betas=(0.5, 0.9), weight_decay=0.01),
            "critic": torch.optim.AdamW(critics, _CRITIC_RATE, betas=(0.5, 0.9)),
        }

    def turns(self, batch: dict[str, Tensor], run: Run) -> Iterator[Turn]:  # noqa: ARG002  it learns at one pace
        target, there = batch["frames"], batch["there"]
        with torch.no_grad():
            read = self.network.read(batch["numbers"], batch["places"], batch["speaker"])
        drawn = self.network.draw(read, batch["unit"], batch["within"], batch["speaker"]).float()
        distance, voicing = voice.distance_of(drawn, target, there)
        said = read.gather(2, batch["unit"][:, None].expand(-1, read.shape[1], -1)).float()
        voiced = target[:, VOICED] * there
        fake, real = drawn * there[:, None], target * there[:, None]

        def judged(frames: Tensor) -> tuple[list[Tensor], list[Tensor]]:
            picture, one = self.picture(self._picture(frames, batch["speaker"]), voiced, said)
            melody, other = self.melody(frames, voiced, said)
            return [picture.float(), melody.float()], [*one, *other]

        true, false = judged(real)[0], judged(fake.detach())[0]
        told = [(a - 1).square().mean() + b.square().mean() for a, b in zip(true, false, strict=True)]
        yield Turn("critic", torch.stack(told).sum())
        verdicts, seen = judged(fake)
        with torch.no_grad():
            truth = judged(real)[1]
        close = torch.stack([(a - b).abs().float().mean() for a, b in zip(seen, truth, strict=True)]).sum()
        verdict = torch.stack([(a - 1).square().mean() for a in verdicts]).sum()
        loss = _DISTANCE * distance + 0.3 * voicing + _VERDICT * verdict + _SEEN * close
        yield Turn("voice", loss, {"distance": distance, "voicing": voicing, "close": close, "verdict": verdict})

    def weights(self, run: Run) -> tuple[Mapping[str, Tensor], Mapping[str, str]]:
        tensors, record = super().weights(run)
        gone = {
            name: (value if name.split(".")[0] in _MELODY else torch.lerp(self._start[name], value.cpu(), _SHARE))
            for name, value in run.best["voice"].state_dict().items()
        }
        return {**tensors, **halved(gone)}, record

    def _picture(self, frames: Tensor, who: Tensor) -> Tensor:
        """float32 (B, 1, _BANDS, N)."""
        timbre = frames[:, :TIMBRE] * self._spreads.to(frames.device)[who][:, :, None]
        return torch.einsum("bkn,km->bmn", timbre, self._waves.to(frames.device))[:, None]
