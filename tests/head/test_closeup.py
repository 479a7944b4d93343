from __future__ import annotations

import cv2
import numpy as np
import pytest

from studio.head import closeup, mesh
from studio.head.closeup import REACH, SIDE
from studio.head.shapes import basis
from studio.types import U8, Portrait


def test_lips_stand_where_the_square_says(hopper_portrait: Portrait) -> None:
    square = closeup.place(hopper_portrait.landmarks, basis().neutral)
    points = square.points(hopper_portrait.landmarks)
    lips = (points[13] + points[14]) / 2  # faces differ by some hundredths of the side
    np.testing.assert_allclose(lips, np.array(closeup.LIPS_AT) * SIDE, atol=0.08 * SIDE)
    eyes = mesh.middle_of_eyes(np.pad(points, ((0, 0), (0, 1))))
    assert np.linalg.norm(eyes[1] - eyes[0]) == pytest.approx(SIDE / REACH, rel=0.06)
    assert points[308, 0] > points[78, 0]


@pytest.mark.parametrize("degrees", [-20, 15])
def test_a_tilted_and_scaled_picture_gives_the_same_square(hopper_portrait: Portrait, degrees: float) -> None:
    height, width = hopper_portrait.image.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.3)
    tilted: U8 = cv2.warpAffine(hopper_portrait.image, turn, (width, height), flags=cv2.INTER_CUBIC)
    landmarks = hopper_portrait.landmarks.copy()
    landmarks[:, :2] = landmarks[:, :2] @ turn[:, :2].T + turn[:, 2]
    landmarks[:, 2] *= 1.3
    neutral = basis().neutral
    there, here = (closeup.place(points, neutral) for points in (landmarks, hopper_portrait.landmarks))
    np.testing.assert_allclose(there.points(landmarks), here.points(hopper_portrait.landmarks), atol=0.8)
    difference = np.abs(there.take(tilted).astype(int) - here.take(hopper_portrait.image)).mean()
    assert difference < 6
    assert there.angle == pytest.approx(here.angle, abs=0.02)


def test_a_mask_is_full_inside_and_empty_outside() -> None:
    outline = np.array([[30, 40], [90, 40], [90, 70], [30, 70]], np.float32)
    mask = closeup.filled(outline)
    assert mask[50, 60] == 255
    assert mask[30, 60] == 0
    assert mask.sum() / 255 == pytest.approx(60 * 30, rel=0.08)


def test_a_finer_picture_is_averaged_in_place(hopper_portrait: Portrait) -> None:
    twice: U8 = cv2.resize(hopper_portrait.image, None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC)
    landmarks = hopper_portrait.landmarks * 3
    landmarks[:, :2] += 1  # middles of pixels
    neutral = basis().neutral
    fine, plain = (closeup.place(points, neutral) for points in (landmarks, hopper_portrait.landmarks))
    assert fine.scale < closeup.FINER
    difference = np.abs(fine.take(twice).astype(int) - plain.take(hopper_portrait.image)).mean()
    assert difference < 4
    shifted = np.abs(np.roll(fine.take(twice), 1, axis=1).astype(int) - plain.take(hopper_portrait.image)).mean()
    assert difference < shifted
