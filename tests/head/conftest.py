"""Portraits that several tests look at."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio.head import animate, faces, portrait
from studio.media.image import read_image
from studio.types import U8, Portrait


@pytest.fixture(scope="session")
def hopper_photo(hopper: Path) -> U8:
    return read_image(hopper)


@pytest.fixture(scope="session")
def hopper_portrait(hopper_photo: U8) -> Portrait:
    return portrait.make(hopper_photo, faces.choose(faces.find(hopper_photo), None, hopper_photo))


@pytest.fixture(scope="session")
def hopper_stage(hopper_portrait: Portrait) -> animate.Stage:
    return animate.prepare(hopper_portrait)
