"""Blocks in, the same sound out, wherever it was cut."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import uniform_filter1d

from studio.types import F32
from studio.voice.recordings.passing import evened, locally

SOUND = np.random.default_rng(5).standard_normal(10_000).astype(np.float32)


def smoothed(samples: F32) -> F32:
    return np.asarray(uniform_filter1d(samples, 101), dtype=np.float32)


def cut(sizes: list[int]) -> list[F32]:
    pieces, at = [], 0
    for size in sizes:
        pieces.append(SOUND[at : at + size])
        at += size
    return [*pieces, SOUND[at:]]


@pytest.mark.parametrize("sizes", [[], [10], [3000, 1, 0, 40, 5000], [100] * 90])
def test_a_repair_does_not_depend_on_where_the_sound_was_cut(sizes: list[int]) -> None:
    got = np.concatenate(list(locally(cut(sizes), smoothed, margin=60, grid=20)))
    assert np.allclose(got, smoothed(SOUND), atol=1e-6)


def test_a_margin_off_the_grid_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="multiple of 20"):
        list(locally([SOUND], smoothed, margin=50, grid=20))


def test_blocks_are_evened_and_the_last_one_is_filled() -> None:
    blocks = list(evened(cut([7, 500, 3]), 480))
    assert all(len(block) % 480 == 0 for block in blocks)
    joined = np.concatenate(blocks)
    assert len(joined) == 10_080
    assert np.array_equal(joined[:10_000], SOUND)
    assert not joined[10_000:].any()
