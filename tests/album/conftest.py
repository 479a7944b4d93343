"""Photos made up for the tests: scenes of coloured shapes that differ from one another, and faces from one portrait."""

from __future__ import annotations

import base64
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from studio.album import look
from studio.album.dates import When
from studio.album.record import FaceSeen, Looked, Picture
from studio.types import U8


def _scene(seed: int, size: tuple[int, int] = (640, 480)) -> U8:
    """A picture like no other: a sky, a ground, and shapes with fine texture."""
    random = np.random.default_rng(seed)
    width, height = size
    top, ground = random.integers(40, 220, (2, 3))
    slope = np.linspace(0, 1, height)[:, None, None]
    image = (top * (1 - slope) + ground * slope) * np.ones((1, width, 1))
    for _ in range(9):
        middle = (int(random.integers(0, width)), int(random.integers(0, height)))
        reach = int(random.integers(width // 20, width // 5))
        colour = tuple(int(value) for value in random.integers(0, 255, 3))
        if random.random() < 0.5:
            cv2.circle(image, middle, reach, colour, -1)
        else:
            cv2.rectangle(image, middle, (middle[0] + reach, middle[1] + reach // 2), colour, -1)
    fine = cv2.resize(random.normal(0, 14, (height // 3, width // 3)), (width, height))
    return np.clip(image + fine[..., None], 0, 255).astype(np.uint8)


def _save(path: Path, image: U8, *, taken: str = "", device: str = "", **options: object) -> Path:
    """Write a picture with what a camera says of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    exif = Image.Exif()
    if taken:
        exif.get_ifd(34665)[36867] = taken
    if device:
        exif[271] = device
    Image.fromarray(image).save(path, exif=exif, **options)
    return path


def _face(
    box: tuple[float, float, float, float] = (0.4, 0.3, 0.6, 0.6),
    *,
    eyes: float = 0.13,
    smile: float = 0.3,
    turned: float = 0.0,
) -> FaceSeen:
    """A face that is seen well."""
    return FaceSeen(box, turned, eyes, smile, "")


@pytest.fixture(scope="session")
def scene() -> Callable[..., U8]:
    """Makes a picture like no other from a number."""
    return _scene


@pytest.fixture(scope="session")
def save() -> Callable[..., Path]:
    """Writes a picture with what a camera says of it."""
    return _save


@pytest.fixture(scope="session")
def face() -> Callable[..., FaceSeen]:
    """Makes up a face that is seen well."""
    return _face


@pytest.fixture(scope="session")
def picture() -> Callable[..., Picture]:
    """Pictures that were never taken: only what was measured of them, each unlike the others."""

    def made(
        number: int,
        *,
        like: int | None = None,
        years: tuple[int, int] | None = None,
        event: str = "",
        faces: tuple[FaceSeen, ...] = (),
        people: tuple[int, ...] = (),
        sharp: float = 0.9,
        light: float = 120.0,
        size: tuple[int, int] = (1600, 1200),
        colour: float = 20.0,
        at: Fraction | None = None,
        name: str = "",
    ) -> Picture:
        random = np.random.default_rng(number if like is None else like)
        small = cv2.resize(random.integers(0, 256, (6, 6)).astype(np.uint8), (look.SMALL, look.SMALL))
        tones = random.integers(0, 256, (look.TONES, look.TONES, 3)).astype(np.uint8)
        looked = Looked(
            width=size[0],
            height=size[1],
            sharp=sharp,
            light=light,
            contrast=50.0,
            lost=0.01,
            colour=colour,
            hashes=(f"{int(random.integers(0, 2**63)):016x}",) * 8,
            small=base64.b64encode(small.tobytes()).decode(),
            tones=base64.b64encode(tones.tobytes()).decode(),
            faces=faces,
        )
        when = None if years is None else When(*years, "folder")
        return Picture(Path(name or f"{number:04d}.jpg"), looked, when, event or f"event {number}", at, people)

    return made
