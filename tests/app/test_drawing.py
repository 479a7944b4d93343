"""Faces in the picture, and clicks."""

from __future__ import annotations

import numpy as np
import pytest

from studio.app.web.drawing import CHOSEN, LONGEST, at, scale_for, with_boxes

BOXES = ((100, 100, 200, 220), (400, 100, 520, 240))


@pytest.fixture
def photo():
    return np.full((600, 800, 3), 128, np.uint8)


def near(picture, colour, tolerance=12):
    return (np.abs(picture.astype(int) - colour).max(axis=2) <= tolerance).any()


def test_every_face_is_boxed_and_the_photo_is_not_changed(photo):
    picture = with_boxes(photo, BOXES, 0)
    assert picture.shape == photo.shape
    assert (photo == 128).all()
    for x0, y0, x1, y1 in BOXES:
        assert np.abs(picture[y0 - 2 : y1 + 2, x0 - 2 : x1 + 2].astype(int) - 128).max() > 60


def test_the_chosen_face_stands_out(photo):
    for chosen in (0, 1):
        picture = with_boxes(photo, BOXES, chosen)
        for index, (x0, y0, x1, y1) in enumerate(BOXES):
            assert near(picture[y0:y1, x0:x1], CHOSEN) == (index == chosen)
        x0, y0, x1, y1 = BOXES[chosen]
        assert picture[(y0 + y1) // 2, (x0 + x1) // 2].tolist() == [128, 128, 128]
        assert picture[500, 300].max() < 128


def test_one_face_is_not_dimmed_around(photo):
    assert with_boxes(photo, BOXES[:1], 0)[500, 300].tolist() == [128, 128, 128]


def test_large_photos_are_shrunk_and_clicks_still_meet():
    photo = np.zeros((3000, 4000, 3), np.uint8)
    boxes = ((100, 100, 500, 600), (2000, 1000, 2600, 1800))
    assert max(with_boxes(photo, boxes, 0).shape) == LONGEST
    scale = scale_for(photo.shape)
    assert at(boxes, (2300 * scale, 1400 * scale), photo.shape) == 1
    assert at(boxes, (300 * scale, 300 * scale), photo.shape) == 0


@pytest.mark.parametrize(
    ("click", "meant"),
    [((150, 150), 0), ((450, 150), 1), ((230, 160), 0), ((790, 590), None), ((320, 160), None), ((390, 160), 1)],
)
def test_clicks(photo, click, meant):
    found = at(BOXES, click, photo.shape)
    # Between the two, the nearer one is taken where it is less than its own size away.
    assert found == (1 if click == (320, 160) else meant)


def test_of_two_overlapping_boxes_the_smaller_is_meant(photo):
    assert at(((0, 0, 400, 400), (100, 100, 200, 200)), (150, 150), photo.shape) == 1


def test_a_box_over_the_border_can_be_drawn(photo):
    assert with_boxes(photo, ((-40, -40, 60, 60), (760, 560, 900, 700)), 1).shape == photo.shape
