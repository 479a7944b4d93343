"""Moments followed in runs."""

from __future__ import annotations

import numpy as np

from studio.voice.features import COEFFICIENTS
from studio.voice.person.exemplars import Moments, path


def spoken(length: int, seed: int = 5) -> np.ndarray:  # type: ignore[type-arg]
    """Cepstra that wander as speech does."""
    steps = np.random.default_rng(seed).standard_normal((length + 40, COEFFICIENTS))
    return np.asarray(np.stack([np.convolve(c, np.ones(12) / 12, "valid")[:length] for c in steps.T], axis=1))


def moments(length: int = 400) -> Moments:
    follows = np.ones(length, np.bool_)
    follows[[0, length // 2]] = False
    voiced = np.arange(length) % 100 < 70
    return Moments(spoken(length), voiced, follows)


def test_what_was_said_is_found_again_in_one_run() -> None:
    said = moments()
    found = path(said.cepstra[100:160], said.voiced[100:160], said)
    assert np.array_equal(found[6:-6], np.arange(106, 154))


def test_other_lines_come_in_runs_and_keep_to_what_is_voiced() -> None:
    said = moments()
    voiced = np.arange(200) % 90 < 60
    found = path(spoken(200, seed=9), voiced, said)
    runs = np.count_nonzero(np.diff(found) != 1) + 1
    assert 200 / runs > 2.5
    assert (said.voiced[found] == voiced).mean() > 0.8
    assert found.min() >= 0
    assert found.max() < 400


def test_few_moments_and_single_frames_do() -> None:
    said = moments(400)
    few = Moments(said.cepstra[:3], said.voiced[:3], said.follows[:3])
    assert len(path(spoken(50), np.ones(50, np.bool_), few)) == 50
    assert len(path(spoken(1), np.ones(1, np.bool_), said)) == 1
