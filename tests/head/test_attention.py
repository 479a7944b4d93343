from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from studio.head import attention, gaze, motion
from studio.head.attention import Turn
from studio.head.shapes import basis
from studio.types import F32, FaceMotion

RATE = Fraction(25)


def listening(seconds: int = 12) -> FaceMotion:
    return motion.listen(seconds * 25, RATE, seed=3)


def turned(turns: list[Turn], own: list[tuple[Fraction, Fraction]] | None = None, **how: float) -> dict[str, F32]:
    """What attention adds to each curve."""
    still = listening()
    curves = attention.attend(still, turns, own or [], seed=3, **how)
    return {
        name: curves.curve(name) - still.curve(name) for name in ("yaw", "pitch", "look_x", "look_y", "blink", "jaw")
    }


def turn(start: int, end: int, x: float = 1.0, y: float = 0.0) -> Turn:
    return Turn(Fraction(start), Fraction(end), x, y)


@pytest.mark.parametrize("side", [-1.0, 1.0])
def test_eyes_go_first_the_head_follows_less_and_both_come_back(side: float) -> None:
    added = turned([turn(2, 6, side)])
    yaw, look = added["yaw"] * side, added["look_x"] * side
    assert not yaw[:50].any() and not look[:50].any()
    first_look = int(np.argmax(look > 0.05))
    first_yaw = int(np.argmax(yaw > 0.015))
    assert 50 < first_look < first_yaw < 50 + 40
    assert 0.02 < yaw.max() < 0.04
    assert abs(yaw[-25:]).max() < 1e-3 and abs(look[-25:]).max() < 1e-3
    assert not added["blink"].any() and not added["jaw"].any()


def test_who_speaks_next_looks_at_the_viewer_when_they_begin() -> None:
    own = [(Fraction(6), Fraction(9))]
    added = turned([turn(2, 5)], own)
    # The head is still on its way back; the eyes are with the viewer already.
    assert abs((added["look_x"] + added["yaw"])[6 * 25 : 9 * 25]).max() < 1e-3
    assert abs(added["yaw"][7 * 25 : 9 * 25]).max() < 2e-3


def test_a_listener_nods_once_it_is_said_and_not_before_their_own_words() -> None:
    after = turned([turn(2, 6)])["pitch"]
    assert 0.01 < after[6 * 25 :].max() < 0.02
    assert np.argmax(after) > 6 * 25
    soon = turned([turn(2, 6)], [(Fraction(13, 2), Fraction(9))])["pitch"]
    assert soon.max() < 1e-3


def test_a_long_listener_glances_back_at_the_viewer() -> None:
    look = turned([turn(0, 12)])["look_x"][25:]
    away = look > 0.03
    assert 0.5 < away.mean() < 0.95
    assert np.count_nonzero(np.diff(away.astype(int)) < 0) >= 2


def test_eyes_are_never_turned_further_than_a_photograph_allows() -> None:
    curves = attention.attend(listening(), [turn(0, 12)], [], seed=1, amount=2.0)
    assert abs(curves.curve("look_x")).max() <= gaze.LARGEST + 1e-6


def test_nobody_to_attend_to_or_no_wish_to_move() -> None:
    still = listening()
    assert attention.attend(still, [], [], seed=1) is still
    assert attention.attend(still, [turn(1, 2)], [], seed=1, amount=0.0) is still


def test_same_seed_same_bytes() -> None:
    first, again = (attention.attend(listening(), [turn(1, 9)], [], seed=5) for _ in range(2))
    np.testing.assert_array_equal(first.curves, again.curves)


def test_direction_is_where_the_other_is_in_the_picture() -> None:
    face = (basis().neutral * 50).astype(np.float32)
    x, y = attention.direction(face, face + np.array([300, -400, 0], np.float32))
    assert (x, y) == pytest.approx((0.6, -0.8))
