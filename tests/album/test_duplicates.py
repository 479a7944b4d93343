"""The same picture twice, and pictures that only resemble one another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from studio.album import look
from studio.album.duplicates import twins
from studio.album.record import Looked, Picture
from studio.media.preview import preview
from studio.types import U8


def measured(image: U8) -> Looked:
    """All that duplicates are found by; faces are left out, for they take time."""
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    small = cv2.resize(grey, (look.SMALL, look.SMALL), interpolation=cv2.INTER_AREA)
    tones = cv2.resize(image, (look.TONES, look.TONES), interpolation=cv2.INTER_AREA)
    import base64

    return Looked(
        image.shape[1], image.shape[0], look.sharpness(grey), float(grey.mean()), float(grey.std()), 0.0,
        look.chroma(image), tuple(look.hashes(grey)), base64.b64encode(small.tobytes()).decode(),
        base64.b64encode(tones.tobytes()).decode(),
    )  # fmt: skip


def jpeg(image: U8, quality: int) -> U8:
    held = BytesIO()
    Image.fromarray(image).save(held, "JPEG", quality=quality)
    return np.asarray(Image.open(held))


def copies(image: U8) -> dict[str, U8]:
    height, width = image.shape[:2]
    return {
        "small": cv2.resize(image, (width // 4, height // 4), interpolation=cv2.INTER_AREA),
        "jpeg": jpeg(image, 25),
        "turned": np.ascontiguousarray(np.rot90(image)),
        "mirrored": np.ascontiguousarray(image[:, ::-1]),
        "cut": image[round(0.06 * height) : round(0.96 * height), round(0.05 * width) : round(0.97 * width)],
        "brighter": np.clip(image * 1.15 + 12, 0, 255).astype(np.uint8),
        "grey": np.repeat(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2),
    }


@pytest.mark.parametrize("of", ["portrait", "scene"])
def test_every_copy_is_found_and_the_best_is_kept(hopper: Path, scene: Callable[..., U8], of: str) -> None:
    image = preview(hopper, 1280).image if of == "portrait" else scene(11, (900, 700))
    pictures = [Picture(Path("best.jpg"), measured(image), None, "")]
    pictures += [Picture(Path(f"{name}.jpg"), measured(copy), None, "") for name, copy in copies(image).items()]
    pictures += [Picture(Path(f"other{seed}.jpg"), measured(scene(seed)), None, "") for seed in range(20, 40)]
    found = twins(pictures)
    assert len(found) == 1
    names = {pictures[place].path.stem for place in (found[0].kept, *found[0].others)}
    assert names == {"best", *copies(image)}
    assert pictures[found[0].kept].path.stem in ("best", "turned", "mirrored", "brighter")


def test_different_pictures_stay_apart(scene: Callable[..., U8]) -> None:
    pictures = [Picture(Path(f"{seed}.jpg"), measured(scene(seed, (320, 240))), None, "") for seed in range(120)]
    assert twins(pictures) == ()


def test_colour_goes_before_grey_and_size_before_name(scene: Callable[..., U8]) -> None:
    image = scene(5)
    colour, grey = measured(image), measured(copies(image)["grey"])
    kept = twins([Picture(Path("a.jpg"), replace(grey, width=4000, height=3000), None, ""),
                  Picture(Path("b.jpg"), colour, None, "")])  # fmt: skip
    assert kept[0].kept == 1
    large = twins([Picture(Path("a.jpg"), colour, None, ""),
                   Picture(Path("b.jpg"), replace(colour, width=4000, height=3000), None, "")])  # fmt: skip
    assert large[0].kept == 1


def test_real_portraits_are_all_different(shared: Path) -> None:
    files = sorted((shared / "media" / "portraits").iterdir())
    assert twins([Picture(file, measured(preview(file, 640).image), None, "") for file in files]) == ()
