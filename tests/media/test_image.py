from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import studio
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
    Image.new("1", (25_000, 25_000)).save(huge)
    Image.new("L", (20, 20)).save(tiny)
    with pytest.raises(PhotoUnusable, match="megapixels"):
        read_image(huge)
    with pytest.raises(PhotoUnusable, match="20×20"):
        read_image(tiny)


def test_png_round_trip(tmp_path: Path) -> None:
    image = np.random.default_rng(1).integers(0, 256, (10, 12, 4), np.uint8)
    write_png(tmp_path / "a.png", image)
    assert (np.array(Image.open(tmp_path / "a.png")) == image).all()


@pytest.mark.parametrize(
    ("mode", "suffix"), [("RGB", "jpg"), ("L", "png"), ("1", "png"), ("P", "png"), ("I;16", "png")]
)
def test_a_large_scan_comes_smaller_and_upright(tmp_path: Path, mode: str, suffix: str, monkeypatch: Any) -> None:
    """Left half black, right half white, lying on its side, read where 5,000 pixels are large already."""
    monkeypatch.setattr("studio.media.image.LARGE", 5_000)
    scan = np.zeros((300, 400), np.uint8)
    scan[:, 200:] = 255
    picture = Image.fromarray(scan.astype(np.uint16) * 257) if mode == "I;16" else Image.fromarray(scan).convert(mode)
    exif = Image.Exif()
    exif[274] = 6  # to be turned clockwise: what was left is on top
    picture.save(tmp_path / f"a.{suffix}", exif=exif)
    image = read_image(tmp_path / f"a.{suffix}")
    height, width = image.shape[:2]
    assert height * width <= 5_000 and height / width == pytest.approx(4 / 3, rel=0.05)
    assert image[: height // 2 - 2].max() < 20 and image[height // 2 + 2 :].min() > 235


def test_two_hundred_megapixels_fit_into_memory(tmp_path: Path) -> None:
    """Read in a process of its own: what Pillow needs for the scan once, and no copy of it."""
    file = tmp_path / "scan.png"
    Image.new("RGB", (16_000, 12_500), (120, 90, 60)).save(file, compress_level=1)
    code = (
        "import sys; from pathlib import Path; from studio.media.image import read_image;"
        "image = read_image(Path(sys.argv[1])); most = Path('/proc/self/status').read_text().split('VmHWM:')[1];"
        "print(image.shape, image[9, 9], int(most.split()[0]) // 1024)"
    )
    home = Path(studio.__file__).parent.parent
    done = subprocess.run(
        [sys.executable, "-c", code, str(file)],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(home)},
    )
    shape, pixel, megabytes = done.stdout.strip().replace(") [", ")|[").replace("] ", "]|").split("|")
    assert shape == "(4167, 5334, 3)" and pixel == "[120  90  60]"
    assert int(megabytes) < 1_200


@pytest.mark.parametrize("kind", ["gif", "png", "webp"])
def test_an_animation_is_no_photo(tmp_path: Path, kind: str) -> None:
    frames = [Image.new("RGB", (64, 64), colour) for colour in ("red", "blue")]
    frames[0].save(tmp_path / f"a.{kind}", save_all=True, append_images=frames[1:])
    with pytest.raises(PhotoUnusable, match="2 pictures"):
        read_image(tmp_path / f"a.{kind}")
    frames[0].save(tmp_path / f"still.{kind}")
    assert read_image(tmp_path / f"still.{kind}").shape == (64, 64, 3)


def test_the_first_page_of_a_scan_of_several_is_the_photo(tmp_path: Path) -> None:
    pages = [Image.new("RGB", (64, 64), colour) for colour in ("red", "blue")]
    pages[0].save(tmp_path / "a.tif", save_all=True, append_images=pages[1:])
    assert (read_image(tmp_path / "a.tif")[0, 0] == (255, 0, 0)).all()
