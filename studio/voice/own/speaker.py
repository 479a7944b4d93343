"""An own voice ready to speak: weights read once, units in, frames out."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from studio import weights
from studio.errors import EngineUnavailable
from studio.types import F32, Language
from studio.voice.own.units import PAUSE, Unit, numbered, phrases, places, within
from studio.voice.own.voice import PITCH, TIMBRE, VOICED

if TYPE_CHECKING:
    from studio.voice.own.network import Network

EDGE = 12  # frames of silence before and after a line
_LEAST = 4  # frames: a sound that is heard at all lasts 20 ms
_PAUSES = {",": (30, 60), "": (20, 50), ".": (60, 110), "?": (60, 110), "!": (60, 110)}  # frames, shortest and longest
_LIVELIER = (1.0, 1.5)  # how far the spread of a drawn line is brought to that of real ones
# Of the melody of single words: in a sentence tones keep their shape and a smaller range (Shih 1988).
_RANGE: Mapping[Language, float] = {"en": 1.0, "zh": 0.8}
_FALL = 0.18  # of ln Hz over a Mandarin phrase: its words were learned one by one and know no phrase (Shih 2000)
_CHANCE_TEMPO, _CHANCE_PITCH = 0.035, 0.025  # spread of one take beside another: of ln s a word, of ln Hz a phrase


@dataclass(frozen=True, eq=False)
class Speaker:
    """The voices of one language."""

    language: Language
    names: tuple[str, ...]
    inventory: tuple[str, ...]
    network: Network
    numbers: Mapping[str, F32]
    """`mean.NAME`, `spread.NAME` and `lively.NAME` of each voice, see studio/train/voice.py."""

    def say(
        self, units: Sequence[Unit], name: str, *, speed: float = 1.0, seed: int = 0
    ) -> tuple[NDArray[np.int64], F32]:
        """Times and frames of a line: int64 (U, 2) frames, float32 (N, voice.WIDTH).

        Args:
            units: with a pause at both ends; the last one's mark says how the line ends.
            seed: which take; each paces and tunes its words a little otherwise.
        """
        import torch

        numbers = torch.from_numpy(numbered(units, self.inventory))[None]
        where = torch.from_numpy(places(units, self.language))[None]
        who = torch.tensor([self.names.index(name)])
        rng = np.random.default_rng([seed, zlib.crc32("".join(unit.sound for unit in units).encode())])
        with torch.inference_mode():
            read = self.network.read(numbers, where, who)
            lengths = self._lengths(units, self.network.durations(read)[0].numpy(), speed, rng)
            ends = np.cumsum(lengths)
            spans = np.stack([ends - lengths, ends], axis=1)
            unit, place = within(spans)
            drawn = self.network.draw(read, torch.from_numpy(unit)[None], torch.from_numpy(place)[None], who)[0].T
        return spans, self._frames(drawn.numpy(), units, spans, name, rng)

    def _lengths(self, units: Sequence[Unit], logs: F32, speed: float, rng: np.random.Generator) -> NDArray[np.int64]:
        lengths = np.exp(logs.astype(np.float64)) / speed
        for word, group in groupby(range(len(units)), key=lambda index: units[index].word):
            own = list(group)
            if word >= 0:
                lengths[own] *= np.exp(rng.normal(0, _CHANCE_TEMPO))
        for index, unit in enumerate(units):
            if unit.sound == PAUSE:
                lengths[index] = float(np.clip(lengths[index] * speed, *_PAUSES[unit.mark])) / speed
        found: NDArray[np.int64] = np.maximum(np.round(lengths), _LEAST).astype(np.int64)
        found[[0, -1]] = EDGE
        return found

    def _frames(
        self, drawn: F32, units: Sequence[Unit], spans: NDArray[np.int64], name: str, rng: np.random.Generator
    ) -> F32:
        voiced = drawn[:, VOICED] > 0
        for index, unit in enumerate(units):
            if unit.sound == PAUSE:
                voiced[slice(*spans[index])] = False
        if voiced.sum() > 20:
            columns = slice(1, TIMBRE)
            spread = drawn[voiced, columns].std(axis=0) + 1e-6
            more = np.clip(self.numbers[f"lively.{name}"][columns] / spread, *_LIVELIER)
            middle = drawn[voiced, columns].mean(axis=0)
            drawn[:, columns] = (drawn[:, columns] - middle) * more + middle
            middle = drawn[voiced, PITCH].mean()
            more = np.clip(self.numbers[f"lively.{name}"][PITCH] / (drawn[voiced, PITCH].std() + 1e-6), *_LIVELIER)
            drawn[:, PITCH] = (drawn[:, PITCH] - middle) * more * _RANGE[self.language] + middle
        frames = drawn * self.numbers[f"spread.{name}"] + self.numbers[f"mean.{name}"]
        for start, end, mark in phrases(units):
            own = slice(spans[start, 0], spans[end - 1, 1])
            frames[own, PITCH] += rng.normal(0, _CHANCE_PITCH)
            if self.language == "zh":
                gone = np.linspace(0, 1, own.stop - own.start)
                fall = _FALL if mark in ("", ",", ".", "!") else 0.3 * _FALL
                frames[own, PITCH] += (0.5 - gone) * fall
        frames[:, VOICED] = voiced
        return np.asarray(frames, np.float32)


def load(path: Path) -> Speaker:
    """The voices in a file that studio/train/voice.py wrote.

    Raises:
        EngineUnavailable: it cannot be read.
    """
    import torch
    from safetensors import SafetensorError, safe_open

    from studio.voice.own.network import Network

    try:
        with safe_open(path, framework="np") as file:
            record = json.loads((file.metadata() or {})["studio"])
            tensors = {name: file.get_tensor(name).astype(np.float32) for name in file.keys()}  # noqa: SIM118
    except (OSError, SafetensorError, KeyError, ValueError) as error:
        raise EngineUnavailable(f"{path} holds no voice of this version. Install the studio again.") from error
    network = Network(len(record["inventory"]), len(record["speakers"]))
    own = network.state_dict()
    network.load_state_dict({name: torch.from_numpy(tensors[name]) for name in own})
    return Speaker(
        record["language"],
        tuple(record["speakers"]),
        tuple(record["inventory"]),
        network.eval(),
        {name: value for name, value in tensors.items() if name not in own},
    )


@cache
def speaker(language: Language) -> Speaker:
    """The studio's own voices of a language.

    Raises:
        EngineUnavailable: the weights are missing or damaged.
    """
    return load(weights.path(f"voice-{language}"))
