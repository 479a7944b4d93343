"""Teach a base voice of the studio to speak (models/voice-en.safetensors, models/voice-zh.safetensors).

    studio train voice FOLDER … --lang en --output voice-en.safetensors

Each folder is one voice, its recordings with known words (`studio/train/utterances.py`). Sounds are timed by
`aligner.py`; then one network learns how long they are and what they sound like (studio/voice/own/network.py). A critic
that sees patches of timbre keeps them from being averaged into a blur (Saito, Takamichi and Saruwatari 2018).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from studio.train import aligner, utterances
from studio.train.tasks import Look, Turn, halved
from studio.train.utterances import Utterance
from studio.types import F32, Language, OnProgress, Progress
from studio.voice.own import english, mandarin
from studio.voice.own.network import Network
from studio.voice.own.units import numbered, places, within
from studio.voice.own.voice import PITCH, TIMBRE, VOICED, WIDTH

if TYPE_CHECKING:
    from studio.train.runs import Run

STEPS = 4000
INVENTORIES: Mapping[Language, tuple[str, ...]] = {"en": english.INVENTORY, "zh": mandarin.INVENTORY}
_CROP, _BATCH = 320, 12  # frames of 5 ms, pieces
_HELD_OUT = 25  # every 25th utterance of a voice
_RATE, _CRITIC_RATE = 1.2e-3, 3e-4
_CRITIC_FROM = 0.35  # share of the training after which the critic has a say
_CRITIC, _FEATURES = 0.06, 0.5  # weights of its losses beside the distance's 1


@dataclass(frozen=True, eq=False)
class _Sample:
    """An utterance as the network sees it."""

    speaker: int
    numbers: NDArray[np.int64]
    places: F32
    spans: NDArray[np.int64]
    unit: NDArray[np.int64]
    within: F32
    frames: F32
    """float32 (N, WIDTH), mean and spread of its speaker taken out, but for VOICED."""


class Critic(nn.Module):
    """Judges patches of timbre over what is said: (B, TIMBRE, N), (B, width, N) → patches, and what it saw."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.said = nn.Conv1d(width, TIMBRE, 1)
        sizes = (2, 24, 48, 64)
        self.layers = nn.ModuleList(
            nn.utils.parametrizations.spectral_norm(nn.Conv2d(before, after, (5, 5), (2, 2), 2))
            for before, after in pairwise(sizes)
        )
        self.last = nn.Conv2d(sizes[-1], 1, 3, padding=1)

    def forward(self, timbre: Tensor, said: Tensor) -> tuple[Tensor, list[Tensor]]:
        hidden = torch.stack([timbre, self.said(said)], dim=1)
        seen = []
        for layer in self.layers:
            hidden = functional.leaky_relu(layer(hidden), 0.2)
            seen.append(hidden)
        return self.last(hidden), seen


class VoiceTask:
    """One language, one or several speakers."""

    averaged = ("voice",)

    def __init__(self, corpus: Sequence[Utterance], language: Language) -> None:
        self.language = language
        self.inventory = INVENTORIES[language]
        self.speakers = sorted({utterance.speaker for utterance in corpus})
        self.moments = {name: _moments([u.frames for u in corpus if u.speaker == name]) for name in self.speakers}
        samples = [self._sample(utterance) for utterance in corpus]
        self.kept_out = samples[::_HELD_OUT]
        self.samples = [sample for place, sample in enumerate(samples) if place % _HELD_OUT]
        lengths = np.array([len(sample.frames) for sample in self.samples], float)
        # A voice of four minutes is heard as often as a quarter of one of thirty, not an eighth.
        totals = {s: sum(n for n, o in zip(lengths, self.samples, strict=True) if o.speaker == s) for s in range(9)}
        chances = np.array([n / totals[o.speaker] ** 0.5 for n, o in zip(lengths, self.samples, strict=True)])
        self._chances = chances / chances.sum()
        self.network = Network(len(self.inventory), len(self.speakers))
        self.critic = Critic(self.network.speaker.embedding_dim)

    @property
    def modules(self) -> Mapping[str, nn.Module]:
        return {"voice": self.network, "critic": self.critic}

    @cached_property
    def optimisers(self) -> Mapping[str, torch.optim.Optimizer]:
        return {
            "voice": torch.optim.AdamW(self.network.parameters(), _RATE, betas=(0.9, 0.98), weight_decay=0.01),
            "critic": torch.optim.AdamW(self.critic.parameters(), _CRITIC_RATE, betas=(0.5, 0.9)),
        }

    def _sample(self, utterance: Utterance) -> _Sample:
        speaker = self.speakers.index(utterance.speaker)
        mean, spread = self.moments[utterance.speaker]
        unit, place = within(utterance.spans)
        frames = utterance.frames[utterance.spans[0, 0] : utterance.spans[-1, 1]]
        numbers = numbered(utterance.units, self.inventory)
        return _Sample(
            speaker,
            numbers,
            places(utterance.units, self.language),
            utterance.spans,
            unit[: len(frames)],
            place[: len(frames)],
            (frames - mean) / spread,
        )

    def batch(self, rng: np.random.Generator) -> dict[str, Tensor]:
        chosen = [self.samples[place] for place in rng.choice(len(self.samples), _BATCH, p=self._chances)]
        return _collated(chosen, [int(rng.integers(max(1, len(s.frames) - _CROP + 1))) for s in chosen], _CROP)

    def turns(self, batch: dict[str, Tensor], run: Run) -> Iterator[Turn]:
        read = self.network.read(batch["numbers"], batch["places"], batch["speaker"])
        lengths = functional.smooth_l1_loss(
            self.network.durations(read)[batch["said"]], batch["lengths"][batch["said"]], beta=0.1
        )
        drawn = self.network.draw(read, batch["unit"], batch["within"], batch["speaker"]).float()
        target, there = batch["frames"], batch["there"]
        distance, voicing = distance_of(drawn, target, there)
        loss = distance + 0.3 * voicing + 0.5 * lengths
        values = {"distance": distance, "voicing": voicing, "lengths": lengths}
        judged = run.share > _CRITIC_FROM
        said = read.detach().gather(2, batch["unit"][:, None].expand(-1, read.shape[1], -1))
        if judged:
            # Patches need whole pieces: the filled-up ends of short ones look the same on both sides.
            real, fake = target[:, :TIMBRE] * there[:, None], drawn[:, :TIMBRE] * there[:, None]
            verdict, seen = self.critic(fake, said)
            with torch.no_grad():
                _, truth = self.critic(real, said)
            close = torch.stack([(a - b).abs().mean() for a, b in zip(seen, truth, strict=True)]).sum()
            loss = loss + _CRITIC * (verdict - 1).square().mean() + _FEATURES * close
            values["close"] = close
        yield Turn("voice", loss, values)
        if judged:
            true, false = self.critic(real, said)[0], self.critic(fake.detach(), said)[0]
            yield Turn("critic", (true - 1).square().mean() + false.square().mean())

    def look(self, run: Run) -> Look:
        """Distances on utterances kept out, and the liveliness of what is drawn beside the real."""
        network = run.best["voice"]
        assert isinstance(network, Network)  # noqa: S101
        sums: dict[str, list[float]] = {
            "distance": [],
            "lengths": [],
            "pitch_cents": [],
            "spread": [],
            "liveliness": [],
        }
        for sample in self.kept_out[:40]:
            batch = {name: part.to(run.device) for name, part in _collated([sample], [0], len(sample.frames)).items()}
            read = network.read(batch["numbers"], batch["places"], batch["speaker"])
            drawn = network.draw(read, batch["unit"], batch["within"], batch["speaker"]).float()
            target = batch["frames"]
            sums["distance"].append(float(distance_of(drawn, target, batch["there"])[0]))
            if bool(batch["said"].any()):
                off = (network.durations(read) - batch["lengths"])[batch["said"]]
                sums["lengths"].append(float(off.abs().mean()))
            voiced = target[0, VOICED] > 0.5
            if int(voiced.sum()) > 20:
                spread = float(self.moments[self.speakers[sample.speaker]][1][PITCH]) * 1200 / np.log(2)
                away = (drawn[0, PITCH] - target[0, PITCH])[voiced]
                sums["pitch_cents"].append(float(away.abs().mean()) * spread)
                sums["liveliness"].append(
                    float(drawn[0, PITCH][voiced].std() / (target[0, PITCH][voiced].std() + 1e-6))
                )
                sums["spread"].append(float((drawn[0, 1:TIMBRE].std(1) / target[0, 1:TIMBRE].std(1)).mean()))
        return Look({name: round(float(np.mean(values)), 4) for name, values in sums.items()})

    def weights(self, run: Run) -> tuple[Mapping[str, Tensor], Mapping[str, str]]:
        tensors = halved(run.best["voice"].state_dict())
        for name, (mean, spread) in self.moments.items():
            tensors[f"mean.{name}"], tensors[f"spread.{name}"] = torch.from_numpy(mean), torch.from_numpy(spread)
            lively = [
                s.frames[s.frames[:, VOICED] > 0.5].std(0)
                for s in self.samples
                if s.speaker == self.speakers.index(name)
            ]
            tensors[f"lively.{name}"] = torch.from_numpy(np.median(lively, axis=0).astype(np.float32))
        record = {"language": self.language, "speakers": self.speakers, "inventory": self.inventory}
        return tensors, {"studio": json.dumps(record, ensure_ascii=False)}


def prepare(
    folders: Sequence[Path], language: Language, kept: Path, *, on_progress: OnProgress | None = None, seed: int = 0
) -> list[Utterance]:
    """The corpora analysed and aligned; kept in a file from which the next call reads them.

    Raises:
        FileUnreadable: a folder holds no recordings with known words, or the kept file is damaged.
        OutputUnwritable: the disk is full.
    """
    if kept.exists():
        return utterances.load(kept)

    def tell(detail: str, done: float) -> None:
        if on_progress is not None:
            on_progress(Progress("prepare", detail, done))

    corpus: list[Utterance] = []
    for number, folder in enumerate(folders):

        def heard(share: float, number: int = number, folder: Path = folder) -> None:
            tell(f"listening to {folder.name}", 0.7 * (number + share) / len(folders))

        corpus += utterances.read(folder, language, heard)
    found = aligner.aligned(
        corpus,
        INVENTORIES[language],
        seed=seed,
        on_round=lambda number, share: tell(f"{share:.0%} of the frames are heard right", 0.8 + 0.1 * min(number, 2)),
    )
    utterances.save(kept, found)
    return found


def _moments(parts: Sequence[F32]) -> tuple[F32, F32]:
    """Mean and spread of each column of a speaker's frames: float32 (WIDTH,); pitch where there is one."""
    every = np.concatenate(parts)
    mean, spread = every.mean(0), every.std(0) + 1e-3
    pitch = every[every[:, VOICED] > 0.5, PITCH]
    mean[PITCH], spread[PITCH] = pitch.mean(), pitch.std()
    mean[VOICED], spread[VOICED] = 0.0, 1.0
    return mean, spread


def distance_of(drawn: Tensor, target: Tensor, there: Tensor) -> tuple[Tensor, Tensor]:
    """How far the frames and their changes are off, and how badly the voicing is told; where `there` is 1."""
    total = there.sum() + 1e-6
    weight = torch.ones(WIDTH - 1, device=drawn.device)
    weight[PITCH] = 6.0
    off = (drawn[:, :VOICED] - target[:, :VOICED]).abs() * weight[None, :, None]
    # Pitch is drawn through where there is none; nobody hears it there.
    heard = torch.ones_like(off)
    heard[:, PITCH] = 0.1 + 0.9 * target[:, VOICED]
    off = (off * heard * there[:, None]).sum() / total / weight.sum()
    step, true = drawn[:, :VOICED].diff(dim=2), target[:, :VOICED].diff(dim=2)
    changes = ((step - true).abs() * weight[None, :, None] * there[:, None, 1:]).sum() / total / weight.sum()
    voicing = functional.binary_cross_entropy_with_logits(drawn[:, VOICED], target[:, VOICED], reduction="none")
    return off + 0.5 * changes, (voicing * there).sum() / total


def _collated(samples: Sequence[_Sample], starts: Sequence[int], crop: int) -> dict[str, Tensor]:
    """Pieces of `crop` frames, with all sounds of their lines; what is missing is zero."""
    most = max(len(sample.numbers) for sample in samples)
    width, count = samples[0].places.shape[1], len(samples)
    batch: dict[str, NDArray[Any]] = {
        "numbers": np.zeros((count, most, 2), np.int64),
        "places": np.zeros((count, most, width), np.float32),
        "lengths": np.zeros((count, most), np.float32),
        "said": np.zeros((count, most), bool),
        "speaker": np.array([sample.speaker for sample in samples]),
        "unit": np.zeros((count, crop), np.int64),
        "within": np.zeros((count, crop, samples[0].within.shape[1]), np.float32),
        "frames": np.zeros((count, crop, WIDTH), np.float32),
        "there": np.zeros((count, crop), np.float32),
    }
    for row, (sample, start) in enumerate(zip(samples, starts, strict=True)):
        units, length = len(sample.numbers), min(crop, len(sample.frames) - start)
        batch["numbers"][row, :units] = sample.numbers
        batch["places"][row, :units] = sample.places
        batch["lengths"][row, :units] = np.log(sample.spans[:, 1] - sample.spans[:, 0])
        batch["said"][row, :units] = True
        batch["said"][row, [0, units - 1]] = False  # the silence around a recording is of any length
        piece = slice(start, start + length)
        batch["unit"][row, :length] = sample.unit[piece]
        batch["unit"][row, length:] = sample.unit[piece][-1]
        batch["within"][row, :length] = sample.within[piece]
        batch["frames"][row, :length] = sample.frames[piece]
        batch["there"][row, :length] = 1.0
    batch["frames"] = np.ascontiguousarray(batch["frames"].transpose(0, 2, 1))
    return {name: torch.from_numpy(np.asarray(part)) for name, part in batch.items()}
