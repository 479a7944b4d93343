"""Eyes hold the viewer against the head's movement, or wander off and come back in jumps, and never too far."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from studio.head.gaze import LARGEST, held, turned
from studio.head.motion import listen
from studio.types import Manner


def test_a_steady_gaze_stays_on_the_viewer() -> None:
    motion = listen(3000, Fraction(25), seed=1)
    for look, head in (("look_x", "yaw"), ("look_y", "pitch")):
        assert motion.curve(head).std() > 0.004
        assert np.abs(motion.curve(look) + motion.curve(head)).max() < 1e-6


@pytest.mark.parametrize("gaze", [0.2, 0.5, 0.8])
def test_the_share_of_time_on_the_viewer(gaze: float) -> None:
    times = np.arange(0, 1200, 0.02)
    x, _ = turned(times, 1200.0, gaze, np.random.default_rng(0))
    assert np.mean(np.abs(x) < 0.035) == pytest.approx(gaze, abs=0.12)


def test_eyes_move_in_jumps() -> None:
    times = np.arange(0, 120, 0.005)
    x, y = turned(times, 120.0, 0.5, np.random.default_rng(1))
    speed = np.hypot(np.diff(x), np.diff(y)) / 0.005
    moving = speed > 1e-6
    assert moving.mean() < 0.12
    jumps = np.count_nonzero(np.diff(moving.astype(int)) == 1) / 120
    assert 1.0 < jumps < 3.5  # a second
    assert np.degrees(speed.max()) > 100  # degrees a second


def test_the_extremes() -> None:
    times = np.arange(0, 60, 0.04)
    x, y = turned(times, 60.0, 1.0, np.random.default_rng(0))
    assert not x.any() and not y.any()
    x, y = turned(times, 60.0, 0.0, np.random.default_rng(0))
    assert np.mean(np.abs(x) > 0.03) > 0.9
    far = np.linspace(-1, 1, 101)
    for look in held(far, far, 0 * far, 0 * far):
        assert np.abs(look).max() <= LARGEST
        assert np.all(np.diff(look) >= 0)


def test_a_take_of_one_frame() -> None:
    motion = listen(1, Fraction(25), seed=0, manner=Manner(gaze=0.0))
    assert np.isfinite(motion.curves).all()


def test_the_seed_decides() -> None:
    one, again, other = (listen(500, Fraction(25), seed=s, manner=Manner(gaze=0.4)).curve("look_x") for s in (3, 3, 4))
    assert one.tobytes() == again.tobytes()
    assert not np.array_equal(one, other)
