"""What the own voices read: the sounds of a line in order, each with its stress or tone and its place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from studio.types import F32, Language

PAUSE = ""
"""The sound of a pause."""
MARKS = (",", ".", "?", "!")
"""What a pause may stand for."""
PLACES = 12
"""Columns of `places`."""
TONES = 6
"""Stress in English (0 … 2), tone in Mandarin (1 … 5, 5 the neutral one); a pause has 0."""
_FAR = 12.0  # sounds from the edge of a phrase that are told apart


@dataclass(frozen=True)
class Unit:
    """One sound to be spoken."""

    sound: str
    """A name of the language's inventory; PAUSE for a pause."""
    tone: int = 0
    word: int = -1
    """Which word of the line it belongs to; −1 for a pause."""
    mark: str = ""
    """Of a pause: what stands there in writing, one of MARKS; "" where the speaker paused without any."""


def places(units: Sequence[Unit], language: Language) -> F32:
    """Where each sound stands, float32 (U, PLACES).

    A line of English is known by its phrases: how far it is to their edges, and which mark ends them. Mandarin is
    learned from single words, so only what a word can show counts: the first and the last syllable of a phrase.
    """
    found = np.zeros((len(units), PLACES), np.float32)
    for index, unit in enumerate(units):
        before = units[index - 1].word if index else -2
        after = units[index + 1].word if index + 1 < len(units) else -2
        found[index, 0] = unit.word >= 0 and before != unit.word
        found[index, 1] = unit.word >= 0 and after != unit.word
    for start, end, mark in phrases(units):
        words = [unit.word for unit in units[start:end]]
        found[start:end, 2] = [word == words[0] for word in words]
        found[start:end, 3] = [word == words[-1] for word in words]
        if language == "en":
            here = np.arange(end - start)
            found[start:end, 4] = np.minimum(here, _FAR) / _FAR
            found[start:end, 5] = np.minimum(here[::-1], _FAR) / _FAR
            found[start:end, 6] = (here + 0.5) / (end - start)
            found[start:end, 7 + (MARKS.index(mark) if mark in MARKS else 0)] = 1.0
            found[start:end, 11] = np.arange(start, end) / max(len(units) - 1, 1)
    return found


def phrases(units: Sequence[Unit]) -> list[tuple[int, int, str]]:
    """Start and end of every stretch between pauses, and the mark of the pause that ends it."""
    found: list[tuple[int, int, str]] = []
    at = 0
    for silent, group in groupby(units, key=lambda unit: unit.sound == PAUSE):
        members = list(group)
        if silent:
            if found:
                found[-1] = (*found[-1][:2], members[0].mark)
        else:
            found.append((at, at + len(members), ""))
        at += len(members)
    return found


def numbered(units: Sequence[Unit], inventory: Sequence[str]) -> NDArray[np.int64]:
    """int64 (U, 2): place of each sound in the inventory, and its tone.

    Raises:
        KeyError: a sound is none of the inventory's.
    """
    index = {sound: number for number, sound in enumerate(inventory)}
    return np.array([[index[unit.sound], unit.tone] for unit in units], np.int64).reshape(-1, 2)


def within(spans: NDArray[np.int64]) -> tuple[NDArray[np.int64], F32]:
    """For every frame int64 (N,) its unit, and float32 (N, 4) where it stands in it.

    The columns: share gone by, frames since the start and to the end (150 ms are far), and how long the sound is.

    Args:
        spans: int64 (U, 2), frames, one after the other without gaps.
    """
    lengths = spans[:, 1] - spans[:, 0]
    unit = np.repeat(np.arange(len(spans)), lengths)
    gone = np.arange(len(unit)) - (spans[unit, 0] - spans[0, 0])
    length = lengths[unit]
    columns = [(gone + 0.5) / length, np.minimum(gone, 30) / 30, np.minimum(length - 1 - gone, 30) / 30]
    return unit, np.stack([*columns, np.log(length) / 4], axis=1).astype(np.float32)
