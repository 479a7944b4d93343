"""The parts of the intelligibility benchmarks that turn what was heard into figures."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import syllables
from benchmarks.intelligibility import LINES, distance

ROAD, RODE = ("R", "OW", "D"), ("R", "IY", "D")


@pytest.mark.parametrize(
    ("heard", "expected"),
    [("we rode home", 0), ("we home", 1), ("we rode right home", 1), ("be read home", 2), ("", 3), ("we road home", 0)],
)
def test_words_missed_mistaken_and_added_are_counted(heard: str, expected: int) -> None:
    known = {"rode": (ROAD,), "road": (ROAD,), "read": (RODE,)}
    assert distance(["we", "rode", "home"], heard.split(), known) == expected


def test_the_lines_are_as_many_as_is_said() -> None:
    assert len(LINES["en"]) == 20
    assert sum(len(line.split()) for line in LINES["en"]) == 242
    assert sum("\u4e00" <= char <= "\u9fff" for line in LINES["zh"] for char in line) == 167


def test_a_syllable_is_nearest_to_itself_said_more_slowly() -> None:
    rng = np.random.default_rng(4)
    shapes = np.cumsum(rng.standard_normal((20, syllables.POINTS, 12)), axis=1)
    places = np.linspace(0, 1, syllables.POINTS) ** 1.3 * (syllables.POINTS - 1)
    steps = np.arange(syllables.POINTS)
    slower = np.stack([np.interp(places, steps, column) for column in shapes[7].T], axis=1)
    assert int(np.argmin(syllables.warped(slower, shapes))) == 7
    assert syllables.warped(shapes[3], shapes)[3] == pytest.approx(0)
