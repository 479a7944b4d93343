from __future__ import annotations

import numpy as np
import pytest

from studio.head.paste import paste
from studio.types import Portrait


def photo(region: tuple[int, int, int, int], mask: list[list[float]]) -> Portrait:
    """A 4×6 photograph whose pixel at x, y is 10·y + x."""
    values = (10 * np.arange(4)[:, None] + np.arange(6)).astype(np.uint8)
    image = np.repeat(values[..., None], 3, axis=2)
    return Portrait(image, np.zeros((478, 3), np.float32), region, np.array(mask, np.float32), True)


def test_drawing() -> None:
    made = photo((1, 1, 4, 3), [[0, 0.5, 1], [0, 1, 1]])
    region = np.full((2, 3, 3), 200, np.uint8)
    # fmt: off
    expected = [
        [0,  1,  2,   3,   4,  5],
        [10, 11, 106, 200, 14, 15],
        [20, 21, 200, 200, 24, 25],
        [30, 31, 32,  33,  34, 35],
    ]
    # fmt: on
    frame = paste(made, region)
    np.testing.assert_array_equal(frame, np.repeat(np.array(expected, np.uint8)[..., None], 3, axis=2))
    assert made.image[1, 3, 0] == 13  # the photograph itself is not changed


def test_another_mask() -> None:
    made = photo((1, 1, 4, 3), [[0, 0.5, 1], [0, 1, 1]])
    frame = paste(made, np.full((2, 3, 3), 200, np.uint8), np.zeros((2, 3), np.float32))
    np.testing.assert_array_equal(frame, made.image)


def test_the_wrong_size_is_refused() -> None:
    made = photo((1, 1, 4, 3), [[0, 0.5, 1], [0, 1, 1]])
    with pytest.raises(ValueError, match="region"):
        paste(made, np.zeros((3, 3, 3), np.uint8))
