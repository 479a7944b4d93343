"""Moments that a person really spoke, found for each moment of another voice and followed in runs.

Taking the mean of the nearest moments blurs the spectrum, and taking the nearest one alone makes it jump from frame to
frame. So a whole line is looked at at once: what is like the line, and goes on as the person went on, is cheapest
(unit selection; Hunt and Black 1996).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.voice.features import F64

CANDIDATES = 16  # nearest moments of each frame, besides those that go on from the candidates of the frame before
JOIN, LEAP = 1.0, 0.3  # price of a change of spectrum where a run ends, and of ending one at all
_CONTEXT = (-6, -3, 0, 3, 6)  # frames of 5 ms looked at together: a sound and its way in and out
_MATCHED = slice(1, 24)  # coefficients that tell sounds apart; loudness is the line's, and more tell voices apart
_VOICING = 4.0  # weight of having a pitch, in typical distances of one coefficient
_BLOCK = 500  # frames compared with all moments at a time


@dataclass(frozen=True, eq=False)
class Moments:
    """Frames in the order in which they were said."""

    cepstra: F64
    """float64 (M, COEFFICIENTS)."""
    voiced: NDArray[np.bool_]
    """bool (M,)."""
    follows: NDArray[np.bool_]
    """bool (M,): said right after the one before it."""


def path(line: F64, voiced: NDArray[np.bool_], moments: Moments) -> NDArray[np.int64]:
    """Which moment stands for each frame of a line: int64 (N,).

    Args:
        line: float64 (N, COEFFICIENTS), cepstra already brought to the mean and spread of the moments.
        voiced: bool (N,).
    """
    mean = moments.cepstra.mean(axis=0)
    spread = float(np.sqrt(np.square(moments.cepstra.std(axis=0)[_MATCHED]).mean())) + 1e-9
    keys = _keys((moments.cepstra - mean)[:, _MATCHED] / spread, moments.voiced)
    queries = _keys((line - mean)[:, _MATCHED] / spread, voiced)
    near = _nearest(queries, keys)
    after = np.minimum(np.vstack([near[:1], near[:-1]]) + 1, len(keys) - 1)
    choices = np.concatenate([near, after], axis=1)
    costs = np.stack([np.square(keys[c] - q).mean(axis=1) for c, q in zip(choices, queries, strict=True)])
    seen = moments.cepstra[:, _MATCHED]
    return _cheapest(choices, costs, (seen - seen.mean(axis=0)) / (seen.std(axis=0) + 1e-9), moments.follows)


def _keys(cepstra: F64, voiced: NDArray[np.bool_]) -> F64:
    rows = np.arange(len(cepstra))
    stacked = [cepstra[np.clip(rows + shift, 0, len(cepstra) - 1)] for shift in _CONTEXT]
    return np.concatenate([*stacked, _VOICING * voiced[:, None]], axis=1)


def _nearest(queries: F64, keys: F64) -> NDArray[np.int64]:
    count = min(CANDIDATES, len(keys))
    square = np.square(keys).sum(axis=1)
    found = np.empty((len(queries), count), np.int64)
    for at in range(0, len(queries), _BLOCK):
        # The queries' own length is the same for every key.
        distance = square - 2 * queries[at : at + _BLOCK] @ keys.T
        found[at : at + _BLOCK] = np.argpartition(distance, count - 1, axis=1)[:, :count]
    return found


def _cheapest(choices: NDArray[np.int64], costs: F64, seen: F64, follows: NDArray[np.bool_]) -> NDArray[np.int64]:
    """The path of least cost through (N, K) choices (Viterbi 1967)."""
    square = np.square(seen).sum(axis=1)
    total = costs[0]
    back = np.zeros(choices.shape, np.int64)
    for frame in range(1, len(choices)):
        before, here = choices[frame - 1], choices[frame]
        # What the person said next is compared with what would be said instead.
        following = np.minimum(before + 1, len(seen) - 1)
        change = (square[following][:, None] + square[here] - 2 * seen[following] @ seen[here].T) / seen.shape[1]
        goes_on = (here == before[:, None] + 1) & follows[here]
        price = total[:, None] + np.where(goes_on, 0.0, JOIN * np.maximum(change, 0.0) + LEAP)
        back[frame] = price.argmin(axis=0)
        total = price.min(axis=0) + costs[frame]
    chosen = np.empty(len(choices), np.int64)
    place = int(total.argmin())
    for frame in range(len(choices) - 1, -1, -1):
        chosen[frame] = choices[frame, place]
        place = int(back[frame, place])
    return chosen
