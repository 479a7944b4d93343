"""The mean face that descriptions are compared without."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from studio.album import likeness
from studio.train.likeness import LOOKS, described, mean_of


def test_every_clip_counts_the_same(shared: Path) -> None:
    clip = next((shared / "media" / "talking" / "grid_samples").glob("*bbaf2n.mpg"))
    found = list(described(clip))
    assert len(found) == LOOKS
    own = mean_of([found])
    assert own.shape == (likeness.LENGTH,)
    assert np.allclose(mean_of([found, found[:1] * 50]), (own + mean_of([found[:1]])) / 2, atol=1e-6)
    assert np.allclose(mean_of([[], found]), own)


def test_the_mean_that_ships_is_one_of_faces() -> None:
    mean = likeness._mean()
    patterns = mean[: 64 * 59].reshape(64, 59)
    assert mean.min() >= 0
    # Roots of shares, rounded: their squares add up to 1 beyond the rim, where all are alike, and to less within.
    assert (patterns**2).sum(axis=1).max() <= 1.01
    assert 0.5 < (patterns**2).sum(axis=1).min() < 0.99
