"""When each sound of a corpus is heard: a small network and the order of the sounds teach each other.

From rough times a network learns to tell the sounds apart; the best path through what it hears, in the order that is
written and with pauses wherever the speaker made them, gives better times; and so on (Viterbi training, as for hidden
Markov models; Rabiner 1989).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from studio.train.utterances import BANDS, Utterance
from studio.types import F32
from studio.voice.own.units import PAUSE, Unit

F64 = NDArray[np.float64]

ROUNDS = (500, 400, 400)
"""Steps of the network before each new alignment."""
_CROP, _BATCH = 200, 24  # frames of 5 ms, pieces
_RATE = 2e-3
_CHANNELS = 96
_LEAST = 3  # frames: nothing said is shorter than 15 ms
_PRIOR = 0.6  # share of how frequent a sound is that is taken out of how likely it is
_HURRIED = 0.35  # share of the sounds that are as short as can be, from which nobody can have said them
_PAUSE_COST = 4.0  # of making a pause where none is written: a burst's closure is no pause


class Ear(nn.Module):
    """Tells sounds apart: (B, BANDS, N) → (B, sounds, N)."""

    def __init__(self, sounds: int) -> None:
        super().__init__()
        self.first = nn.Conv1d(BANDS, _CHANNELS, 5, padding=2)
        self.blocks = nn.ModuleList(
            nn.Conv1d(_CHANNELS, _CHANNELS, 5, padding=2 * dilation, dilation=dilation) for dilation in (1, 2, 4)
        )
        self.last = nn.Conv1d(_CHANNELS, sounds, 1)
        self.dropout = nn.Dropout(0.1)

    def forward(self, heard: Tensor) -> Tensor:
        hidden = functional.silu(self.first(heard))
        for block in self.blocks:
            hidden = hidden + self.dropout(functional.silu(block(hidden)))
        result: Tensor = self.last(hidden)
        return result


def aligned(
    corpus: Sequence[Utterance],
    inventory: Sequence[str],
    *,
    seed: int = 0,
    rounds: Sequence[int] = ROUNDS,
    on_round: Callable[[int, float], None] | None = None,
) -> list[Utterance]:
    """The corpus with its pauses found and all sounds timed: the spans of an utterance follow each other without gaps.

    Recordings that do not hold what is written of them are left out.

    Args:
        on_round: told the number of the round and the share of frames that the network hears as they are labelled.
    """
    torch.manual_seed(seed)
    index = {sound: number for number, sound in enumerate(inventory)}
    ear = Ear(len(inventory))
    found = list(corpus)
    for number, steps in enumerate(rounds):
        labels = [_labels(utterance, index) for utterance in found]
        share = _learn(ear, found, labels, steps, np.random.default_rng([seed, number]))
        prior = np.bincount(np.concatenate(labels), minlength=len(inventory)) + 1.0
        known = np.log(prior / prior.sum()) * _PRIOR
        found = [_path(utterance, _likely(ear, utterance.heard) - known, index) for utterance in corpus]
        if on_round is not None:
            on_round(number, share)
    return [utterance for utterance in found if _holds(utterance)]


def _holds(utterance: Utterance) -> bool:
    """Whether what is written is what is said: a recording that was cut short has no time for most of its sounds."""
    lengths = [end - start for unit, (start, end) in zip(utterance.units, utterance.spans, strict=True) if unit.sound]
    return bool(lengths) and float(np.mean(np.array(lengths) <= _LEAST)) < _HURRIED


def _labels(utterance: Utterance, index: dict[str, int]) -> NDArray[np.int64]:
    labels = np.zeros(len(utterance.frames), np.int64)
    for unit, (start, end) in zip(utterance.units, utterance.spans, strict=True):
        labels[start:end] = index[unit.sound]
    return labels


def _learn(
    ear: Ear,
    corpus: Sequence[Utterance],
    labels: Sequence[NDArray[np.int64]],
    steps: int,
    rng: np.random.Generator,
) -> float:
    optimiser = torch.optim.AdamW(ear.parameters(), _RATE, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, _RATE, total_steps=steps)
    lengths = np.array([len(utterance.frames) for utterance in corpus], float)
    ear.train()
    hits: list[float] = []
    for _ in range(steps):
        heard, wanted = np.zeros((_BATCH, _CROP, BANDS), np.float32), np.full((_BATCH, _CROP), -100)
        for row, place in enumerate(rng.choice(len(corpus), _BATCH, p=lengths / lengths.sum())):
            own = corpus[place]
            at = int(rng.integers(max(1, len(own.frames) - _CROP + 1)))
            piece = own.heard[at : at + _CROP]
            heard[row, : len(piece)] = piece
            wanted[row, : len(piece)] = labels[place][at : at + len(piece)]
        target = torch.from_numpy(wanted)
        logits = ear(torch.from_numpy(heard).transpose(1, 2))
        optimiser.zero_grad()
        functional.cross_entropy(logits, target, label_smoothing=0.05).backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        schedule.step()
        hits.append(float((logits.argmax(1) == target)[target >= 0].float().mean()))
    return float(np.mean(hits[-100:]))


@torch.no_grad()
def _likely(ear: Ear, heard: F32) -> F64:
    ear.eval()
    logits = ear(torch.from_numpy(np.ascontiguousarray(heard.T))[None])[0]
    return functional.log_softmax(logits, dim=0).T.numpy().astype(np.float64)


def _path(utterance: Utterance, likely: F64, index: dict[str, int]) -> Utterance:
    """The best order-keeping path: every sound at least `_LEAST` frames, pauses between words where they pay."""
    said = [unit for unit in utterance.units if unit.sound != PAUSE]
    units: list[Unit] = [Unit(PAUSE)]
    for place, unit in enumerate(said):
        units.append(unit)
        if place + 1 == len(said) or said[place + 1].word != unit.word:
            units.append(Unit(PAUSE, mark=utterance.marks.get(unit.word, "")))
    columns = np.repeat([index[unit.sound] for unit in units], _LEAST)
    states = _best(likely[:, columns], [unit.sound == PAUSE for unit in units])
    of_unit = states // _LEAST
    starts = np.flatnonzero(np.diff(of_unit, prepend=-1))
    kept = [units[of_unit[start]] for start in starts]
    ends = np.append(starts[1:], len(of_unit))
    return replace(utterance, units=tuple(kept), spans=np.stack([starts, ends], axis=1))


def _best(scores: F64, pauses: Sequence[bool]) -> NDArray[np.int64]:
    """int64 (N,): the state of each frame on the best path through scores (N, states), `_LEAST` states a unit."""
    count = scores.shape[1]
    first_of_pause = np.flatnonzero(pauses) * _LEAST
    # From the last state before a pause one may also go to the first state after it.
    jumps = first_of_pause[(first_of_pause > 0) & (first_of_pause + _LEAST < count)] + _LEAST
    before = np.full(count, -np.inf)
    before[0] = 0.0
    if pauses[0] and count > _LEAST:
        before[_LEAST] = 0.0
    before += scores[0]
    steps = np.zeros((len(scores), count), np.int8)
    for row in range(1, len(scores)):
        ahead = np.concatenate([[-np.inf], before[:-1]])
        ahead[first_of_pause] -= _PAUSE_COST
        step = (ahead > before).astype(np.int8)
        best = np.maximum(before, ahead)
        leap = before[jumps - _LEAST - 1]
        better = leap > best[jumps]
        best[jumps] = np.where(better, leap, best[jumps])
        step[jumps[better]] = 2
        steps[row] = step
        before = best + scores[row]
    ends = [count - 1, count - 1 - _LEAST] if pauses[-1] else [count - 1]
    state = max(ends, key=lambda end: before[end])
    path = np.zeros(len(scores), np.int64)
    for row in range(len(scores) - 1, -1, -1):
        path[row] = state
        state -= (0, 1, _LEAST + 1)[steps[row][state]]
    return path
