from __future__ import annotations

import numpy as np
import pytest

from studio.head.closeup import SIDE
from studio.head.rig import FIELDS
from studio.train import pairs


def test_pairs_show_the_same_moment_twice(film: pairs.Clip, drawn: list[pairs.Pair]) -> None:
    assert len(drawn) > 40
    apart = []
    for pair in drawn:
        assert pair.reference != pair.target
        skin = pair.outer == 0
        skin[: SIDE // 6] = skin[-SIDE // 6 :] = False
        apart.append(np.abs(pair.drawn[skin].astype(int) - pair.filmed[skin]).mean())
        # What lies between the lips is inside their rim.
        assert (pair.outer[pair.inner > 200] > 100).mean() > 0.95
    # The film is a moved photograph of the same face: around the lips both agree closely.
    assert float(np.median(apart)) < 9


def test_lips_of_both_lie_in_the_same_place(drawn: list[pairs.Pair]) -> None:
    wide_open = max(drawn, key=lambda pair: pair.inner.sum())
    filmed, drawn_ = (
        picture[wide_open.inner > 200].astype(float).mean() for picture in (wide_open.filmed, wide_open.drawn)
    )
    ring = (wide_open.outer > 200) & (wide_open.inner == 0)
    lips = wide_open.filmed[ring].astype(float).mean()
    # The dark between the lips is dark in both, and lips are not.
    assert filmed < 0.75 * lips
    assert drawn_ < 0.75 * lips


def test_open_mouths_come_more_often_than_closed_ones(film: pairs.Clip, drawn: list[pairs.Pair]) -> None:
    gaps = np.linalg.norm(film.points[:, 13] - film.points[:, 14], axis=1)
    targets = gaps[[pair.target for pair in drawn]]
    assert targets.mean() > gaps.mean() * 0.95
    assert targets.min() < 4


def test_the_amounts_that_were_used_are_found_again() -> None:
    rng = np.random.default_rng(1)
    moves = rng.standard_normal((478, len(FIELDS), 2))
    amounts = np.zeros(len(FIELDS))
    amounts[FIELDS.index("jaw")], amounts[FIELDS.index("spread")] = 0.8, 0.4
    change = np.tensordot(moves, amounts, axes=([1], [0]))
    np.testing.assert_allclose(pairs.fitted(moves, change, shut=False), amounts, atol=0.03)
    amounts[FIELDS.index("shut")] = 1
    change = np.tensordot(moves, amounts, axes=([1], [0]))
    np.testing.assert_allclose(pairs.fitted(moves, change, shut=True), amounts, atol=0.03)


@pytest.mark.parametrize("shift", [(3.0, 0.0), (0.0, -4.0)])
def test_a_filmed_mouth_is_carried_to_where_it_was_drawn(film: pairs.Clip, shift: tuple[float, float]) -> None:
    crop, points = film.crops[8], film.points[8]
    moved = pairs.carried(crop, points, points + np.array(shift, np.float32))
    middle = points[[13, 14]].mean(axis=0).round().astype(int)
    x, y = middle
    dx, dy = int(shift[0]), int(shift[1])
    patch = crop[y - 12 : y + 12, x - 20 : x + 20].astype(int)
    there = moved[y + dy - 12 : y + dy + 12, x + dx - 20 : x + dx + 20].astype(int)
    here = moved[y - 12 : y + 12, x - 20 : x + 20].astype(int)
    assert np.abs(patch - there).mean() < 0.35 * np.abs(patch - here).mean()
    np.testing.assert_array_equal(pairs.carried(crop, points, points), crop)
