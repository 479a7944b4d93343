from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from studio.errors import FileUnreadable, PhotoUnusable
from studio.media.image import read_image, write_png


def left_red(size: tuple[int, int] = (80, 60)) -> Image.Image:
    """Red left half, blue right half."""
    picture = Image.new("RGB", size, "blue")
    picture.paste("red", (0, 0, size[0] // 2, size[1]))
    return picture


def test_a_turned_phone_photo_is_upright(tmp_path: Path) -> None:
    file = tmp_path / "turned.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned by 90°
    left_red().save(file, exif=exif, quality=95)
    image = read_image(file)
    assert image.shape == (80, 60, 3)
    assert image[5, 30, 0] > 200 and image[75, 30, 2] > 200  # red is on top now


@pytest.mark.parametrize("mode", ["CMYK", "P", "L", "LA", "RGBA", "1"])
def test_every_common_kind_becomes_rgb(tmp_path: Path, mode: str) -> None:
    file = tmp_path / ("photo.tif" if mode == "CMYK" else "photo.png")
    left_red().convert(mode).save(file)
    image = read_image(file)
    assert image.shape == (60, 80, 3) and image.dtype == np.uint8


def test_sixteen_bit_keeps_its_greys(tmp_path: Path) -> None:
    file = tmp_path / "scan.png"
    ramp = np.tile(np.linspace(0, 65535, 64).astype(np.uint16), (64, 1))
    Image.fromarray(ramp).save(file)
    image = read_image(file)
    assert image[0, 0, 0] == 0 and image[0, -1, 0] == 255
    assert abs(int(image[0, 32, 1]) - 130) <= 2


def test_transparency_is_laid_on_white(tmp_path: Path) -> None:
    file = tmp_path / "cut-out.png"
    Image.new("RGBA", (64, 64), (255, 0, 0, 0)).save(file)
    assert (read_image(file) == 255).all()


def test_a_truncated_photo_is_refused(tmp_path: Path, hopper: Path) -> None:
    file = tmp_path / "cut short.jpg"
    file.write_bytes(hopper.read_bytes()[:20_000])
    with pytest.raises(FileUnreadable, match="damaged or cut short"):
        read_image(file)


def test_what_is_no_picture_is_refused(tmp_path: Path) -> None:
    text, empty = tmp_path / "note.jpg", tmp_path / "empty.jpg"
    text.write_text("this is not a photo")
    empty.touch()
    with pytest.raises(FileUnreadable, match="not a picture"):
        read_image(text)
    with pytest.raises(FileUnreadable, match="empty"):
        read_image(empty)
    with pytest.raises(FileUnreadable, match="does not exist"):
        read_image(tmp_path / "奶奶 'old'.jpg")


def test_far_too_large_and_far_too_small_are_refused(tmp_path: Path) -> None:
    huge, tiny = tmp_path / "huge.png", tmp_path / "tiny.png"
    Image.new("1", (20_000, 20_000)).save(huge)
    Image.new("L", (20, 20)).save(tiny)
    with pytest.raises(PhotoUnusable, match="megapixels"):
        read_image(huge)
    with pytest.raises(PhotoUnusable, match="20×20"):
        read_image(tiny)


def test_png_round_trip(tmp_path: Path) -> None:
    image = np.random.default_rng(1).integers(0, 256, (10, 12, 4), np.uint8)
    write_png(tmp_path / "a.png", image)
    assert (np.array(Image.open(tmp_path / "a.png")) == image).all()
