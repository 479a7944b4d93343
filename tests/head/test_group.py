from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from studio.errors import FaceNotFound
from studio.head import faces, group
from studio.head.shapes import basis
from studio.media.image import read_image
from studio.types import U8, Face, FrameSource, Portrait


@pytest.fixture(scope="module")
def photo(couple: Path) -> U8:
    return read_image(couple)


@pytest.fixture(scope="module")
def found(photo: U8) -> tuple[Face, ...]:
    return tuple(sorted(faces.find(photo), key=lambda face: face.box[0]))


@pytest.fixture(scope="module")
def sitters(photo: U8, found: tuple[Face, ...]) -> tuple[Portrait, ...]:
    return group.make(photo, found[::-1], max_size=(480, 480))


def held(one: Portrait) -> U8:
    """1 where a portrait holds the picture."""
    x0, y0, x1, y1 = one.region
    everywhere = np.zeros(one.image.shape[:2], np.uint8)
    everywhere[y0:y1, x0:x1] = one.mask > 0
    return everywhere


def test_portraits_come_in_the_order_asked_and_share_one_picture(
    photo: U8, found: tuple[Face, ...], sitters: tuple[Portrait, ...]
) -> None:
    assert len(found) == 2
    right, left = sitters
    np.testing.assert_array_equal(left.image, right.image)
    assert left.image.shape[1] == 480
    assert left.landmarks[:, 0].max() < 240 < right.landmarks[:, 0].min()
    scale = 480 / photo.shape[1]
    for one, face in zip((left, right), found, strict=True):
        middle = face.landmarks[:, :2].mean(axis=0) * scale
        np.testing.assert_allclose(one.landmarks[:, :2].mean(axis=0), middle, atol=3)


def test_no_pixel_belongs_to_two_people(sitters: tuple[Portrait, ...]) -> None:
    assert sum(held(one) for one in sitters).max() == 1
    for one in sitters:
        x0, y0 = one.region[:2]
        nose = np.round(one.landmarks[1, :2]).astype(int) - (x0, y0)
        assert one.mask[nose[1], nose[0]] == 1


@pytest.mark.parametrize("gap", [4.0, 2.2])
def test_heads_that_touch_keep_their_faces(gap: float) -> None:
    """Even cheek by cheek each face keeps its eyes and its mouth, and the line between them is nobody's."""
    image = np.zeros((400, 600, 3), np.uint8)
    neutral = basis().neutral * 50
    made = []
    for x in (200, 200 + gap * 50):
        points = (neutral + np.array([x, 150, 0])).astype(np.float32)
        made.append(Portrait(image, points, (0, 0, 600, 400), np.ones((400, 600), np.float32), True))
    left, right = group.apart(made)
    assert (held(left) + held(right)).max() == 1
    for one in (left, right):
        for place in (33, 263, 61, 291, 1):
            x, y = np.round(one.landmarks[place, :2]).astype(int)
            assert one.mask[y, x] > 0.5


def test_the_same_face_twice_is_refused(photo: U8, found: tuple[Face, ...]) -> None:
    with pytest.raises(FaceNotFound, match="same face"):
        group.make(photo, (found[0], found[0]))


def test_each_pixel_is_taken_from_the_one_who_holds_it(sitters: tuple[Portrait, ...]) -> None:
    height, width = sitters[0].image.shape[:2]

    def source(level: int) -> FrameSource:
        def frames() -> Iterator[U8]:
            for number in range(3):
                yield np.full((height, width, 3), level + number, np.uint8)

        return FrameSource(frames, 3, Fraction(25), (width, height))

    both = group.together(sitters, [source(10), source(100)])
    assert (both.num_frames, both.size) == (3, (width, height))
    for _ in range(2):  # it starts from the first frame each time
        shown = list(both.open())
        assert len(shown) == 3
        assert (shown[2][held(sitters[1]) == 1] == 102).all()
        assert (shown[2][held(sitters[1]) == 0] == 12).all()


def test_one_person_alone_passes_through(sitters: tuple[Portrait, ...]) -> None:
    source = FrameSource(lambda: iter(()), 0, Fraction(25), (8, 8))
    assert group.together(sitters[:1], [source]) is source
