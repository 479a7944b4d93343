"""When each known sound of a recording is heard: times that came from elsewhere, put right by the ear.

Times found by warping synthetic speech onto a recording are off by a sound here and there. The network of
studio/head/hearing.py says how likely every sound is at every moment; the best way through the known sounds in their
order is found by Viterbi's algorithm (forced alignment: Viterbi 1967; Rabiner 1989), near where they were said to be.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from studio.head.visemes import letters
from studio.types import F32, PhonemeSpan

F64 = NDArray[np.float64]

ROWS = 100  # per second
_STRAY_S = 0.6  # how far a sound may move
_FLOOR = 0.01  # likelihood of what is not heard at all
_PAUSE_COST = 2.0  # nats, of a silence between two sounds
# Sounds that the ear does not tell from others.
HEARD_AS = {
    "ᵻ": "ɪ",
    "ɨ": "ɪ",
    "ɐ": "ə",
    "ʌ": "ə",
    "ɜ": "ɚ",
    "ɝ": "ɚ",
    "ɾ": "t",
    "ʔ": "t",
    "r": "ɹ",
    "ɒ": "ɑ",
    "χ": "x",
}


@dataclass(frozen=True, eq=False)
class _Path:
    """The states a recording passes through, in order: every letter of every sound, and a pause before each sound."""

    sound: NDArray[np.int64]
    """int64 (S,): which sound, −1 for a pause."""
    column: NDArray[np.int64]
    """int64 (S,): which likelihood."""
    first: NDArray[np.int64]
    """int64 (S,): the earliest row it may take."""
    last: NDArray[np.int64]
    """int64 (S,): the latest."""


def retimed(likely: F32, names: Sequence[str], phonemes: Sequence[PhonemeSpan]) -> tuple[PhonemeSpan, ...]:
    """The same sounds in the same order, where they are heard; what they leave uncovered is silence.

    Args:
        likely: float32 (n, len(names)), rows sum to 1, ROWS per second.
        names: IPA letters that the columns stand for; "" is silence.
        phonemes: in order; silent ones are found anew.
    """
    said = [span for span in phonemes if span.symbol]
    if not said or len(likely) == 0:
        return tuple(said)
    path = _path(said, list(names), len(likely))
    # What does not fit into the recording, sound by sound and row by row, cannot be put right.
    if np.count_nonzero(path.sound >= 0) > len(likely):
        return tuple(said)
    state = _best(np.log(likely.astype(np.float64) + _FLOOR), path)
    found = []
    for place, span in enumerate(said):
        rows = np.flatnonzero(path.sound[state] == place)
        if rows.size == 0:
            return tuple(said)
        found.append(
            PhonemeSpan(span.symbol, Fraction(int(rows[0]), ROWS), Fraction(int(rows[-1]) + 1, ROWS), span.stress)
        )
    return tuple(found)


def _path(said: Sequence[PhonemeSpan], names: list[str], length: int) -> _Path:
    silence, schwa = names.index(""), names.index("ə")
    states: list[tuple[int, int, float, float]] = []
    for place, span in enumerate(said):
        start, end = float(span.start), float(span.end)
        before = float(said[place - 1].end) if place else 0.0
        states.append((-1, silence, before, start))
        for letter, _ in letters(span.symbol) or [("ə", 1.0)]:
            heard = HEARD_AS.get(letter, letter)
            states.append((place, names.index(heard) if heard in names else schwa, start, end))
    states.append((-1, silence, float(said[-1].end), length / ROWS))
    sound, column, starts, ends = (np.array(values) for values in zip(*states, strict=True))
    # Windows that never go back, so that there is always a way through.
    first = np.maximum.accumulate(((starts - _STRAY_S) * ROWS).astype(np.int64))
    last = np.minimum.accumulate(((ends + _STRAY_S) * ROWS).astype(np.int64)[::-1])[::-1]
    first[0], last[-1] = 0, length
    return _Path(sound.astype(np.int64), column.astype(np.int64), first, last)


def _best(logs: F64, path: _Path) -> NDArray[np.int64]:
    """The likeliest state in every row: int64 (n,). Memory grows with the rows times what lies within _STRAY_S."""
    count, total = len(logs), len(path.sound)
    pause = path.sound < 0
    # The states that are open in each row are neighbours.
    low = np.searchsorted(path.last, np.arange(count), side="left")
    high = np.searchsorted(path.first, np.arange(count), side="right")
    low, high = np.minimum(low, total - 1), np.maximum(high, np.minimum(low, total - 1) + 1)
    width = int((high - low).max())
    steps = np.zeros((count, width), np.int8)
    score = np.full(total, -np.inf)
    score[0] = logs[0, path.column[0]]
    score[1] = logs[0, path.column[1]]
    for row in range(1, count):
        here = np.arange(low[row], high[row])
        one = np.where(here >= 1, score[np.maximum(here - 1, 0)], -np.inf) - _PAUSE_COST * pause[here]
        # Only a pause may be left out.
        over = (here >= 2) & ~pause[here] & pause[np.maximum(here - 1, 0)]
        two = np.where(over, score[np.maximum(here - 2, 0)], -np.inf)
        ways = np.stack([score[here], one, two])
        best = ways.argmax(axis=0)
        steps[row, : len(here)] = best
        reached = ways[best, np.arange(len(here))] + logs[row, path.column[here]]
        score[low[row - 1] : high[row - 1]] = -np.inf
        score[here] = reached
    state = np.empty(count, np.int64)
    at = total - 1 if score[total - 1] >= score[total - 2] else total - 2
    for row in range(count - 1, -1, -1):
        state[row] = at
        at -= int(steps[row, at - low[row]])
    return state
