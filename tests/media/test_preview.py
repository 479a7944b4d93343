"""Photos read small: upright, in colour, and within their memory."""

from __future__ import annotations

import struct
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from studio.errors import FileUnreadable, PhotoUnusable
from studio.media.image import read_image
from studio.media.preview import MOST, PictureHeavy, preview, write_jpeg


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_way_a_camera_is_held(hopper: Path, tmp_path: Path, orientation: int) -> None:
    exif = Image.Exif()
    exif[274] = orientation
    exif[271] = "Nikon\x00"
    exif.get_ifd(34665)[36867] = "1999:12:31 23:59:59"
    Image.open(hopper).save(tmp_path / "a.jpg", exif=exif, quality=95)
    small, whole = preview(tmp_path / "a.jpg", 300), read_image(tmp_path / "a.jpg")
    assert small.size == whole.shape[1::-1]
    assert max(small.image.shape[:2]) == 300
    expected = np.asarray(Image.fromarray(whole).resize(small.image.shape[1::-1], Image.Resampling.BICUBIC))
    assert np.abs(expected.astype(int) - small.image).mean() < 1.5
    assert (small.taken, small.device) == ("1999:12:31 23:59:59", "Nikon")


@pytest.mark.parametrize("kind", ["grey16", "palette", "cmyk", "alpha", "bilevel", "tiff", "webp"])
def test_every_kind_of_picture_looks_as_it_does_whole(hopper: Path, tmp_path: Path, kind: str) -> None:
    image = Image.open(hopper).convert("RGB")
    path = tmp_path / {"cmyk": "a.jpg", "tiff": "a.tif", "webp": "a.webp"}.get(kind, "a.png")
    made = {
        "grey16": lambda: Image.fromarray(np.asarray(image.convert("L")).astype(np.uint16) * 257),
        "palette": lambda: image.quantize(64),
        "cmyk": lambda: image.convert("CMYK"),
        "alpha": lambda: image.convert("RGBA"),
        "bilevel": lambda: image.convert("1"),
    }.get(kind, lambda: image)()
    made.save(path)
    small, whole = preview(path, 256).image, read_image(path)
    assert small.shape == (256, 218, 3)
    assert np.abs(small.mean(axis=(0, 1)) - whole.mean(axis=(0, 1))).max() < 2


def test_a_small_photo_is_not_enlarged(tmp_path: Path) -> None:
    Image.new("RGB", (60, 50), "red").save(tmp_path / "a.png")
    assert preview(tmp_path / "a.png", 900).image.shape == (50, 60, 3)
    Image.new("RGB", (30, 50), "red").save(tmp_path / "b.png")
    with pytest.raises(PhotoUnusable, match="only 30×50"):
        preview(tmp_path / "b.png", 900)


def test_an_animation_is_its_first_picture(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (80, 60), colour) for colour in ("red", "green", "blue")]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    found = preview(tmp_path / "a.gif", 200)
    assert found.pictures == 3
    assert found.image[30, 40].tolist() == [255, 0, 0]


def huge_png(path: Path, width: int, height: int) -> Path:
    """A PNG that says how large it is, and holds nothing: whoever opens it has to look before they leap."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", b"") + chunk(b"IEND", b""))
    return path


def test_what_needs_much_memory_is_told_before_it_is_opened(tmp_path: Path) -> None:
    with pytest.raises(PictureHeavy, match=r"16000×12500 px and takes 0\.8 GB"):
        preview(huge_png(tmp_path / "a.png", 16000, 12500), 1024)
    with pytest.raises(PhotoUnusable, match="half the size") as refused:
        preview(huge_png(tmp_path / "b.png", 40000, 30000), 1024, memory=MOST)
    assert not isinstance(refused.value, PictureHeavy)


def test_a_jpeg_of_two_hundred_megapixels_is_decoded_small(tmp_path: Path) -> None:
    Image.new("L", (16000, 12500), 90).save(tmp_path / "a.jpg", quality=30)
    found = preview(tmp_path / "a.jpg", 1024)
    assert found.size == (16000, 12500)
    assert found.image.shape == (800, 1024, 3)
    assert np.abs(found.image.astype(int) - 90).max() <= 2


@pytest.mark.parametrize("body", [b"", b"no picture at all", b"\xff\xd8\xff\xe0 cut"])
def test_what_is_no_picture_is_one_sentence(tmp_path: Path, body: bytes) -> None:
    (tmp_path / "a.jpg").write_bytes(body)
    with pytest.raises(FileUnreadable, match=r"a\.jpg"):
        preview(tmp_path / "a.jpg", 900)


def test_a_photo_that_was_cut_short_is_damaged(hopper: Path, tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(hopper.read_bytes()[:20_000])
    with pytest.raises(FileUnreadable, match="damaged or cut short"):
        preview(tmp_path / "a.jpg", 900)


def test_heic_without_its_package_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.HEIC").write_bytes(b"\x00\x00\x00\x18ftypheic" + bytes(64))
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    with pytest.raises(FileUnreadable, match="pillow-heif"):
        preview(tmp_path / "a.HEIC", 900)


def test_heic_with_its_package_is_read(hopper: Path, tmp_path: Path) -> None:
    pillow_heif = pytest.importorskip("pillow_heif")
    pillow_heif.register_heif_opener()
    Image.open(hopper).save(tmp_path / "a.heic", quality=90)
    found = preview(tmp_path / "a.heic", 300)
    assert found.size == (512, 600)
    assert np.abs(found.image.mean(axis=(0, 1)) - preview(hopper, 300).image.mean(axis=(0, 1))).max() < 2


def test_a_jpeg_keeps_its_colours(tmp_path: Path) -> None:
    image = np.full((60, 80, 3), (200, 40, 90), np.uint8)
    write_jpeg(tmp_path / "a.jpg", image)
    assert np.abs(read_image(tmp_path / "a.jpg").astype(int) - image).max() <= 3
