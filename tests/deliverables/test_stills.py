from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PIL import Image

from studio.deliverables.stills import _score
from studio.media.image import read_image


def test_a_large_sharp_face_scores_more_than_a_small_or_a_blurred_one(hopper: object) -> None:
    import cv2

    image = read_image(hopper)  # type: ignore[arg-type]
    small = np.full_like(image, 90)
    half = cv2.resize(image, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    small[: half.shape[0], : half.shape[1]] = half
    blurred = cv2.GaussianBlur(image, (0, 0), 3)
    assert _score(image) > _score(small) > 0 and _score(image) > _score(blurred) > 0
    assert _score(np.full((200, 200, 3), 90, np.uint8)) == 0


@pytest.mark.film
def test_the_poster_shows_the_face_with_label_and_mark(handed_out: Any) -> None:
    poster = read_image(handed_out.file("p-poster.jpg"))
    assert poster.shape == (240, 426, 3) and _score(poster) > 0
    assert poster[4, :, 0].mean() > 100 > 3 * poster[4, :, 2].mean() - 100  # the red bar: nobody has agreed
    packet = Image.open(handed_out.file("p-poster.jpg")).info["xmp"].decode()
    assert "TC260:AIGC" in packet and "compositeWithTrainedAlgorithmicMedia" in packet


@pytest.mark.film
def test_the_contact_sheet_has_a_cell_for_every_scene(handed_out: Any) -> None:
    sheet = read_image(handed_out.file("p-contact-sheet.jpg"))
    assert sheet.shape[1] == 4 * (400 + 14) + 14  # seven scenes in rows of four
    assert sheet[100, 200].max() > 20 and sheet[-60, -200].max() < 40  # the last place stays dark
