from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from studio.errors import FaceNotFound, PhotoUnusable
from studio.head import faces, portrait
from studio.head.shapes import basis
from studio.media.image import read_image
from studio.types import U8, Portrait


def test_a_portrait_fits_is_even_and_knows_its_face(hopper_portrait: Portrait) -> None:
    height, width = hopper_portrait.image.shape[:2]
    assert width <= 1920
    assert height <= 1080
    assert width % 2 == height % 2 == 0
    x0, y0, x1, y1 = hopper_portrait.region
    assert 0 <= x0 < x1 <= width
    assert 0 <= y0 < y1 <= height
    assert hopper_portrait.mask.shape == (y1 - y0, x1 - x0)
    points = hopper_portrait.landmarks
    assert (points[:, 0] > x0).all()
    assert (points[:, 0] < x1).all()
    assert not hopper_portrait.monochrome


@pytest.mark.parametrize("max_size", [(320, 400), (401, 333)])
def test_a_large_picture_is_made_to_fit(hopper_photo: U8, max_size: tuple[int, int]) -> None:
    made = portrait.make(hopper_photo, max_size=max_size)
    height, width = made.image.shape[:2]
    assert width <= max_size[0]
    assert height <= max_size[1]
    assert width % 2 == height % 2 == 0
    assert max(width / max_size[0], height / max_size[1]) > 0.98
    scale = width / hopper_photo.shape[1]
    np.testing.assert_allclose(made.landmarks[468, :2], np.array([221, 190]) * scale, atol=4 * scale + 1)


def test_a_face_that_is_large_enough_is_not_resampled() -> None:
    image = np.random.default_rng(0).integers(0, 256, (301, 401, 3), dtype=np.uint8)
    np.testing.assert_array_equal(portrait._resized(image, 1.0, (1920, 1080)), image[:300, :400])


def test_the_mask_fades_only_at_sides_inside_the_picture() -> None:
    mask = portrait.feathered((0, 10, 100, 90), (100, 90), 20.0)
    assert mask.shape == (80, 100)
    assert (mask[0] == 0).all()  # above there is more picture
    assert (mask[-1] == mask[40]).all()  # below there is none
    assert (mask[40] == 1).all()
    assert (np.diff(mask[:21, 50]) >= 0).all()


def test_another_face_in_the_region_is_left_alone() -> None:
    face = (basis().neutral * 50 + np.array([150, 150, 0])).astype(np.float32)
    other = face + np.array([170, 0, 0], np.float32)
    region = (0, 0, 400, 350)
    mask = portrait.beside(face, (other,), region)
    assert mask.shape == (350, 400)
    assert mask[150:240, 290:350].max() == 0  # her eyes, nose and mouth
    assert mask[150:240, 120:180].min() > 0.9  # his
    np.testing.assert_array_equal(portrait.beside(face, (), region), np.ones((350, 400)))


def test_one_of_two_people_speaks_and_the_other_keeps_still(shared: Path) -> None:
    image = read_image(shared / "media" / "portraits" / "damaged_old_w_scratch__d.png")
    found = faces.find(image)
    speaking = portrait.make(image, faces.choose(found, 1, image))
    silent = portrait.make(image, faces.choose(found, 2, image))
    x0, y0, x1, y1 = speaking.region
    whole = np.zeros(speaking.image.shape[:2], np.float32)
    whole[y0:y1, x0:x1] = speaking.mask
    scale = speaking.image.shape[1] / silent.image.shape[1]
    eyes_and_lips = (silent.landmarks[[33, 133, 362, 263, 13, 14, 1], :2] * scale).astype(int)
    assert whole[eyes_and_lips[:, 1], eyes_and_lips[:, 0]].max() < 0.05
    own = speaking.landmarks[[33, 133, 362, 263, 13, 14, 1, 152], :2].astype(int)
    assert whole[own[:, 1], own[:, 0]].min() > 0.7


def test_monochrome_is_told_from_sepia(hopper_photo: U8) -> None:
    grey = np.repeat(hopper_photo[..., 1:2], 3, axis=2)
    assert portrait.is_monochrome(grey)
    sepia = np.clip(grey * np.array([1.0, 0.9, 0.7]), 0, 255).astype(np.uint8)
    assert not portrait.is_monochrome(sepia)


def test_a_grey_photo_gives_a_monochrome_portrait(hopper_photo: U8) -> None:
    grey = np.repeat(hopper_photo[..., 1:2], 3, axis=2)
    assert portrait.make(grey).monochrome


def test_no_face_and_no_room() -> None:
    with pytest.raises(FaceNotFound):
        portrait.make(np.full((300, 300, 3), 128, np.uint8))
    with pytest.raises(PhotoUnusable, match="20×20"):
        portrait.make(np.zeros((20, 20, 3), np.uint8))
