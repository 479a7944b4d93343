"""Scans of prints, in and out: as deep as they were made, 8 or 16 bit, grey or colour."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio.errors import FileUnreadable, PhotoUnusable
from studio.media.files import writing
from studio.media.image import MIN_SIDE
from studio.media.probe import check_readable

Pixels = NDArray[np.uint8] | NDArray[np.uint16]

MAX_SCAN_PIXELS = 250_000_000  # a 250-megapixel scan is 750 MB in colour; restoring it takes about three times as much
_PNG, _TIFF = b"\x89PNG\r\n\x1a\n", (b"II*\0", b"MM\0*")
_AFTER_HEADER = 33  # bytes of a PNG: the signature and the chunk IHDR
_ROWS_16 = 4096  # rows whose colours are put in order at a time


@dataclass(frozen=True, eq=False)
class Scan:
    """A scan as its file holds it."""

    pixels: Pixels
    """uint8 or uint16 (H, W, C), upright; C is 1 for grey, 3 for RGB."""
    profile: bytes | None = None
    """The ICC profile that says what its colours mean."""
    dpi: tuple[float, float] | None = None
    """Dots per inch, across and down."""


def read_scan(path: Path) -> Scan:
    """A photo with the depth of its file; grey stays one channel.

    EXIF rotation is applied; CMYK and palettes are converted, transparency is laid on white.

    Raises:
        FileUnreadable: missing, empty, truncated, or not a picture.
        PhotoUnusable: too large (over 250 megapixels) or too small (a side under 48 px).
    """
    from PIL import Image, ImageOps, UnidentifiedImageError

    check_readable(path)
    limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None  # the limit below speaks in the user's words
    try:
        with Image.open(path) as opened:
            _check_size(path, *opened.size)
            profile, dpi = opened.info.get("icc_profile"), _dpi(opened.info.get("dpi"))
            if (deep := _deep(path, opened)) is not None:
                return Scan(deep, profile, dpi)
            picture: Image.Image = opened
            ImageOps.exif_transpose(picture, in_place=True)  # every copy of a large scan is a quarter of a gigabyte
            if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
                layered = picture.convert("RGBA")
                picture = Image.alpha_composite(Image.new("RGBA", layered.size, "white"), layered)
            # A profile made for ink or for grey says nothing about the RGB that is made of it here.
            kept = profile if picture.mode in ("RGB", "L", "RGBA") else None
            mode = "L" if picture.mode in ("1", "L", "LA") else "RGB"
            pixels = np.array(picture if picture.mode == mode else picture.convert(mode), np.uint8)
            return Scan(pixels[:, :, None] if pixels.ndim == 2 else pixels, kept, dpi)
    except UnidentifiedImageError as error:
        raise FileUnreadable(f"{path} is not a picture that can be read here. Use JPEG, PNG, TIFF or WebP.") from error
    except (OSError, SyntaxError, ValueError) as error:
        raise FileUnreadable(f"{path} is damaged or cut short ({error}). Copy or scan it again.") from error
    finally:
        Image.MAX_IMAGE_PIXELS = limit


def _check_size(path: Path, width: int, height: int) -> None:
    if width * height > MAX_SCAN_PIXELS:
        raise PhotoUnusable(
            f"{path} is {width}×{height} px, more than {MAX_SCAN_PIXELS // 10**6} megapixels. "
            "Save it at half the size first."
        )
    if min(width, height) < MIN_SIDE:
        raise PhotoUnusable(f"{path} is only {width}×{height} px. Look for a larger scan or photo.")


def _dpi(said: object) -> tuple[float, float] | None:
    if not isinstance(said, tuple) or len(said) != 2:
        return None
    across, down = float(said[0]), float(said[1])
    return (across, down) if across > 1 and down > 1 else None


def _deep(path: Path, opened: object) -> NDArray[np.uint16] | None:
    """The pixels of a 16-bit PNG or TIFF, uint16 (H, W, 1 or 3), or None for other files.

    Pillow reads 16-bit grey, but cuts 16-bit colour to 8; OpenCV reads both.
    """
    from PIL import Image

    assert isinstance(opened, Image.Image)  # noqa: S101  (Pillow is imported in functions only)
    with path.open("rb") as file:
        head = file.read(26)
    deep_png = head.startswith(_PNG) and head[24] == 16
    if not deep_png and not (head.startswith(_TIFF) and 16 in _bits(opened)):
        return None
    import cv2

    # Read through the bytes: OpenCV cannot open every name that the system can.
    found = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_UNCHANGED)
    if found is None or found.dtype != np.uint16:
        raise OSError("its 16-bit pixels cannot be decoded")
    if found.ndim == 2:
        return np.ascontiguousarray(found[:, :, None])
    colours = found.shape[2]
    if colours == 4:  # transparent scans lie on white
        clear = 1 - found[:, :, 3:].astype(np.float32) / 65535
        found = np.round(found[:, :, :3] * (1 - clear) + 65535 * clear).astype(np.uint16)
    for row in range(0, found.shape[0], _ROWS_16):  # in place: a second copy of a large scan is a gigabyte
        found[row : row + _ROWS_16] = found[row : row + _ROWS_16, :, ::-1].copy()
    return np.ascontiguousarray(found)


def _bits(opened: object) -> tuple[int, ...]:
    """Bits per sample of a TIFF."""
    tags = getattr(opened, "tag_v2", {})
    said = tags.get(258, ())
    return tuple(said) if isinstance(said, tuple) else (said,)


def write_scan(path: Path, scan: Scan) -> None:
    """Write a scan as PNG, as deep as it is, with its profile and its dots per inch; all or nothing.

    Raises:
        OutputUnwritable: the disk is full or the folder may not be written.
    """
    pixels = scan.pixels[:, :, 0] if scan.pixels.shape[2] == 1 else scan.pixels
    with writing(path) as temporary:
        if pixels.dtype == np.uint8:
            from PIL import Image

            Image.fromarray(np.ascontiguousarray(pixels)).save(temporary, format="PNG", compress_level=4)
        else:
            import cv2

            bgr = pixels if pixels.ndim == 2 else np.ascontiguousarray(pixels[:, :, ::-1])
            done, encoded = cv2.imencode(".png", bgr, [cv2.IMWRITE_PNG_COMPRESSION, 4])
            if not done:
                raise ValueError(f"no 16-bit PNG can be made of {pixels.shape}")
            encoded.tofile(temporary)
        _describe(temporary, scan)


def _describe(path: Path, scan: Scan) -> None:
    """Add the chunks pHYs and iCCP to a PNG (PNG specification, 3rd edition, 11.3.2.3 and 11.3.4.3)."""
    chunks = b""
    if scan.profile:
        chunks += _chunk(b"iCCP", b"scan\0\0" + zlib.compress(scan.profile))
    if scan.dpi:
        chunks += _chunk(b"pHYs", struct.pack(">IIB", *(round(dots / 0.0254) for dots in scan.dpi), 1))
    if chunks:
        whole = path.read_bytes()
        path.write_bytes(whole[:_AFTER_HEADER] + chunks + whole[_AFTER_HEADER:])


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
