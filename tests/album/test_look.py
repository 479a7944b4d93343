"""What is measured of one picture."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from studio.album import look
from studio.album.record import GREY
from studio.media.preview import preview
from studio.types import U8


@pytest.fixture(scope="module")
def portrait(hopper: Path) -> U8:
    return preview(hopper, look.SIDE).image


def test_a_portrait_has_one_face_with_open_eyes(portrait: U8) -> None:
    looked = look.look(portrait, (512, 600))
    assert len(looked.faces) == 1
    face = looked.faces[0]
    assert face.eyes > 0.1
    assert abs(face.turned) < 15
    assert 0.2 < face.tall < 0.6
    assert face.features
    assert looked.sharp > 0.6
    assert 40 < looked.light < 150
    assert looked.colour > GREY


def test_blur_is_seen_and_grows(portrait: U8) -> None:
    grey = cv2.cvtColor(portrait, cv2.COLOR_RGB2GRAY)
    found = [look.sharpness(cv2.GaussianBlur(grey, (0, 0), sigma) if sigma else grey) for sigma in (0, 1.5, 3, 6)]
    assert found == sorted(found, reverse=True)
    assert found[0] - found[3] > 0.4
    shaken = cv2.filter2D(grey, -1, np.full((1, 21), 1 / 21, np.float32))
    assert look.sharpness(shaken) < 0.5 * found[0], "a camera that moves blurs one way only"


def test_nothing_is_not_sharp() -> None:
    assert look.sharpness(np.full((400, 600), 128, np.uint8)) == 0


def test_size_hardly_changes_how_sharp_a_picture_is(scene: Callable[..., U8]) -> None:
    grey = cv2.cvtColor(scene(3, (1200, 900)), cv2.COLOR_RGB2GRAY)
    half = cv2.resize(grey, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    assert look.sharpness(half) >= look.sharpness(grey) - 0.1


def test_sepia_and_grey_are_no_colour(portrait: U8) -> None:
    grey = np.repeat(cv2.cvtColor(portrait, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2)
    sepia = np.clip(grey * np.array([1.0, 0.88, 0.7]), 0, 255).astype(np.uint8)
    assert look.chroma(grey) < 0.5
    assert look.chroma(sepia) < GREY
    assert look.chroma(portrait) > GREY


def test_turned_and_mirrored_pictures_share_a_hash(portrait: U8) -> None:
    grey = cv2.cvtColor(portrait, cv2.COLOR_RGB2GRAY)
    own = look.hashes(grey)
    for form in (np.rot90(grey), np.rot90(grey, 2), grey[:, ::-1]):
        other = look.hashes(np.ascontiguousarray(form))
        assert min((int(one, 16) ^ int(own[0], 16)).bit_count() for one in other) <= 2
        assert (int(other[0], 16) ^ int(own[0], 16)).bit_count() > 14
