"""Levels with known answers."""

from __future__ import annotations

import numpy as np
import pytest

from studio.voice.loudness import fade, level_db, limit, to_level

SINE = (0.1 * np.sin(2 * np.pi * 440 * np.arange(96_000) / 48_000)).astype(np.float32)


def test_level_of_a_sine_is_three_decibels_under_its_top() -> None:
    assert level_db(SINE, 48_000) == pytest.approx(-23.01, abs=0.05)
    half_silent = np.concatenate([SINE, np.zeros_like(SINE)])
    assert level_db(half_silent, 48_000) == pytest.approx(-23.1, abs=0.5)
    assert level_db(np.zeros(48_000, np.float32), 48_000) == float("-inf")


def test_any_level_can_be_asked_for_and_nothing_clips() -> None:
    assert level_db(to_level(SINE, 48_000, -30), 48_000) == pytest.approx(-30, abs=0.05)
    click = SINE.copy()
    click[48_000] = 0.9
    loud = to_level(click, 48_000, -12)
    assert np.abs(loud).max() <= 10 ** (-1 / 20) + 1e-6
    assert not to_level(np.zeros(100, np.float32), 48_000).any()


def test_the_limiter_leaves_alone_what_is_soft() -> None:
    assert np.array_equal(limit(SINE, 48_000), SINE)
    held = limit(20 * SINE, 48_000)
    assert np.abs(held).max() <= 10 ** (-1 / 20) + 1e-6


def test_fades_start_and_end_at_nothing() -> None:
    ones = np.ones(48_000, np.float32)
    faded = fade(ones, 48_000, 0.01)
    assert abs(faded[0]) < 1e-3
    assert abs(faded[-1]) < 1e-3
    assert (faded[480:-480] == 1).all()
    assert len(fade(np.ones(3, np.float32), 48_000)) == 3
