"""The parts of the benchmarks that turn curves and pictures into figures."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from benchmarks import motion, mouth, portraits
from studio.types import MOTION_CURVES, AudioClip, FaceMotion


@pytest.mark.parametrize(
    ("stem", "words"),
    [
        ("evaluation__samples__GRID__bbaf2n", "bin blue at f two now"),
        ("swwp2s", "set white with p two soon"),
        ("lwbsza", "lay white by s zero again"),
        ("sbia1a", "set blue in ay one again"),
        ("xbbaf2n", None),
        ("demo1_video", None),
    ],
)
def test_the_words_of_a_grid_clip_are_in_its_name(stem: str, words: str | None) -> None:
    assert motion.grid_words(stem) == words


@pytest.mark.parametrize("early", [-4, 0, 3])
def test_a_lag_is_found_with_its_sign(early: int) -> None:
    filmed = np.random.default_rng(1).normal(size=200).cumsum()
    curve = np.roll(filmed, -early)
    best, lag = motion.best_lag(curve, filmed)
    assert lag == early
    assert best > 0.99


def test_unseen_frames_do_not_count() -> None:
    filmed = np.random.default_rng(2).normal(size=100)
    curve = filmed * 3 + 1
    filmed[:20] = np.nan
    curve[:20] = -50
    assert motion.correlation(curve, filmed) == pytest.approx(1.0)
    assert motion.correlation(np.ones(100), filmed) == 0.0


def test_only_a_long_quiet_is_silence() -> None:
    level = np.full(100, -20.0)
    level[10:13] = level[40:60] = level[95:] = -70
    silent = motion.silences(level, Fraction(25))
    assert not silent[:40].any()
    assert silent[40:60].all()
    assert silent[95:].all()


def test_an_opening_is_compared_in_its_range_and_in_silence() -> None:
    filmed = np.tile([0.02, 0.22], 50)
    silent = np.zeros(100, bool)
    silent[::2] = True
    half = motion.agreement(motion.Moves(filmed * 7, filmed / 2), filmed, silent)
    assert half.same == pytest.approx(1.0)
    assert half.reach == pytest.approx(0.5)
    assert half.silent == pytest.approx(0.0)
    assert np.isnan(motion.agreement(motion.Moves(filmed, None), filmed, silent).reach)


def test_a_mean_over_all_needs_every_group() -> None:
    def clip(name: str, group: str, seconds: int) -> motion.Clip:
        return motion.Clip(
            name, group, AudioClip(np.zeros((1, 100 * seconds), np.float32), 100), Fraction(25), np.ones(5)
        )

    clips = [clip("a", "one", 1), clip("b", "one", 3), clip("c", "two", 4)]
    assert motion.means(clips, {"a": 0.0, "b": 1.0, "c": 0.25}) == [0.75, 0.25, 0.5]
    left = motion.means(clips, {"a": 0.0, "b": 1.0})
    assert left[0] == 0.75
    assert np.isnan(left[1:]).all()


def test_a_close_up_goes_back_to_where_it_was_taken() -> None:
    frame = np.zeros((200, 200, 3), np.uint8)
    square = np.full((128, 128, 3), 250, np.uint8)
    matrix = np.array([[2.0, 0, -100], [0, 2.0, -160]])  # its corner lies at (50, 80), a px of the frame is two of it
    back = mouth.laid_back(frame, square, matrix)
    assert back[112, 82].min() == 250
    assert back[:79].max() == back[:, :49].max() == back[146:].max() == 0
    assert not frame.any()


def test_moments_are_found_where_the_mouth_makes_them() -> None:
    curves = np.zeros((50, len(MOTION_CURVES)), np.float32)
    for name, at, value in (
        ("press", 5, 1),
        ("tuck", 12, 0.9),
        ("jaw", 20, 0.8),
        ("wide", 30, 0.7),
        ("wide", 40, -0.6),
    ):
        curves[at, MOTION_CURVES.index(name)] = value
    found = portraits.moments(FaceMotion(curves, Fraction(25)))
    places = {name: at for name, (at, _) in found.items()}
    assert (places[portraits.CLOSED], places["f v"], places[portraits.WIDEST]) == (5, 12, 20)
    assert (places["ee"], places["oo"]) == (30, 40)
    assert found["oo"][1] == pytest.approx(-0.6)
