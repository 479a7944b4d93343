"""Photos read small: hundreds of them, or one of two hundred megapixels, in little memory."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from studio.errors import FileUnreadable, PhotoUnusable
from studio.media.files import writing
from studio.media.image import MIN_SIDE
from studio.media.probe import check_readable
from studio.types import U8

if TYPE_CHECKING:
    from PIL.Image import Image

HEIC = {".heic", ".heif", ".hif"}
LIGHT = 256 * 10**6  # bytes: several such pictures may be decoded at once
MOST = 1600 * 10**6  # bytes: beyond it no picture is decoded; 200 megapixels of PNG take 800 MB
_BYTES = {"1": 1, "L": 1, "P": 5, "LA": 6, "PA": 6, "I;16": 6, "I;16B": 6, "I": 8, "F": 8}
"""Per pixel while decoding and converting, by Pillow's mode; 4 for RGB, which Pillow pads, and CMYK."""
_COEFFICIENTS = 6  # bytes per pixel: a progressive JPEG is held whole before any of it is seen
_DATE, _DIGITISED, _CHANGED, _MAKE, _MODEL, _SOFTWARE, _EXIF = 36867, 36868, 306, 271, 272, 305, 34665
_ORIENTATION = 274


class PictureHeavy(PhotoUnusable):
    """The picture needs more memory than was allowed; alone and with more of it, it may be read."""


@dataclass(frozen=True, eq=False)
class Preview:
    """A photo at a reduced size, and what its file says of it."""

    image: U8
    """RGB, uint8 (h, w, 3), upright, no side longer than was asked for and never enlarged."""
    size: tuple[int, int]
    """W, H px of the photo itself, upright."""
    taken: str
    """When, as EXIF says: "1999:12:31 23:59:59"; "" where it does not."""
    device: str
    """Camera, scanner and program, as EXIF names them; "" where it does not."""
    pictures: int
    """1; more in an animation or a scan of several pages, of which `image` is the first."""


def preview(path: Path, side: int, *, memory: int = LIGHT) -> Preview:
    """A photo no larger than `side` px, upright and in RGB; JPEG is decoded at the small size.

    Args:
        memory: bytes that decoding may take.

    Raises:
        FileUnreadable: missing, empty, truncated, not a picture, or HEIC without the package that reads it.
        PhotoUnusable: a side under 48 px, or so large that `MOST` would not do.
        PictureHeavy: it needs more than `memory`.
    """
    from PIL import Image, UnidentifiedImageError

    check_readable(path)
    _know_heic(path)
    try:
        with _any_size(), Image.open(path) as opened:
            size = opened.size
            if min(size) < MIN_SIDE:
                raise PhotoUnusable(f"{path} is only {size[0]}×{size[1]} px. Look for a larger scan or photo.")
            taken, device, orientation = _exif(opened)
            pictures = int(getattr(opened, "n_frames", 1))
            _check_memory(path, opened, side, memory)
            image = _small(opened, side, orientation)
    except UnidentifiedImageError as error:
        raise FileUnreadable(f"{path} is not a picture that can be read here. Use JPEG, PNG, TIFF or WebP.") from error
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise FileUnreadable(f"{path} is damaged or cut short ({error}). Copy or scan it again.") from error
    return Preview(image, size[::-1] if orientation > 4 else size, taken, device, pictures)


def write_jpeg(path: Path, image: U8, *, quality: int = 93) -> None:
    """Write RGB uint8 (H, W, 3) as JPEG, all or nothing."""
    from PIL import Image

    with writing(path) as temporary:
        Image.fromarray(image).save(temporary, format="JPEG", quality=quality, subsampling=0, optimize=True)


def _know_heic(path: Path) -> None:
    """Let Pillow read what iPhones write, where the package for it is installed."""
    if path.suffix.lower() not in HEIC:
        return
    try:
        import pillow_heif
    except ImportError as error:
        raise FileUnreadable(
            f"{path} is a HEIC photo. Install pillow-heif, which reads it (pip install 'keepsake-studio[heic]'), "
            "or save the photo as JPEG."
        ) from error
    pillow_heif.register_heif_opener()


@contextmanager
def _any_size() -> Iterator[None]:
    """Pillow without its own limit on pixels: ours goes by memory, for a JPEG can be decoded small."""
    from PIL import Image

    before = Image.MAX_IMAGE_PIXELS
    Image.MAX_IMAGE_PIXELS = None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a damaged EXIF block says nothing of the picture
            yield
    finally:
        Image.MAX_IMAGE_PIXELS = before


def _exif(picture: Image) -> tuple[str, str, int]:
    """When it was taken, with what, and how it is to be turned: 1 as it is, from 5 on it lies on its side."""
    if picture.format == "PNG" and "exif" not in picture.info:
        return "", "", 1  # Pillow would decode all of it to look whether there is some at its end
    try:
        exif = picture.getexif()
        inner = exif.get_ifd(_EXIF)
    except (OSError, SyntaxError, ValueError, KeyError, TypeError):
        return "", "", 1  # the picture may be sound all the same
    taken = inner.get(_DATE) or inner.get(_DIGITISED) or exif.get(_CHANGED) or ""
    named = [exif.get(tag) for tag in (_MAKE, _MODEL, _SOFTWARE)]
    device = " ".join(part.strip("\x00 ") for part in named if isinstance(part, str))
    orientation = exif.get(_ORIENTATION, 1)
    return str(taken).strip("\x00 "), device, orientation if orientation in range(1, 9) else 1


def _check_memory(path: Path, picture: Image, side: int, memory: int) -> None:
    """Raise unless decoding stays within `memory` bytes."""
    width, height = picture.size
    whole = width * height
    needed = whole * _BYTES.get(picture.mode, 4)
    if picture.format == "JPEG":
        shrink = next((by for by in (8, 4, 2) if min(width, height) // by >= 1 and max(width, height) // by >= side), 1)
        needed = needed // shrink**2 + (whole * _COEFFICIENTS if picture.info.get("progressive") else 0)
    if needed > MOST:
        raise PhotoUnusable(
            f"{path} is {width}×{height} px and would take {needed / 1e9:.1f} GB to open. Save it at half the size."
        )
    if needed > memory:
        raise PictureHeavy(f"{path} is {width}×{height} px and takes {needed / 1e9:.1f} GB to open.")


def _small(opened: Image, side: int, orientation: int) -> U8:
    from PIL import Image

    turn = Image.Transpose
    how = [None, turn.FLIP_LEFT_RIGHT, turn.ROTATE_180, turn.FLIP_TOP_BOTTOM]
    how += [turn.TRANSPOSE, turn.ROTATE_270, turn.TRANSVERSE, turn.ROTATE_90]
    opened.draft("RGB", (side, side))
    picture: Image.Image = opened
    if picture.mode in ("I", "F") or picture.mode.startswith("I;16"):
        picture = _eight_bit(picture)
    elif picture.mode in ("P", "1"):
        picture = picture.convert("RGBA" if "transparency" in picture.info else "RGB")
    elif picture.mode not in ("RGB", "RGBA", "L", "LA", "CMYK"):
        picture = picture.convert("RGB")
    picture.thumbnail((side, side), Image.Resampling.BICUBIC, reducing_gap=2.0)
    if picture.mode in ("RGBA", "LA"):
        layered = picture.convert("RGBA")
        picture = Image.alpha_composite(Image.new("RGBA", layered.size, "white"), layered)
    upright = how[orientation - 1]
    picture = picture.convert("RGB")
    return np.array(picture if upright is None else picture.transpose(upright), dtype=np.uint8)


def _eight_bit(picture: Image) -> Image:
    """A deep grey scan with 256 greys, from row to row: 16-bit scans use the whole range, as `read_image` has it."""
    from PIL import Image

    tall = picture.height
    rows = [picture.crop((0, y, picture.width, min(y + 256, tall))) for y in range(0, tall, 256)]
    deep = [np.asarray(row, np.float32) for row in rows]
    top = 65535.0 if max(float(row.max()) for row in deep) > 255 else 255.0
    return Image.fromarray(np.concatenate([np.clip(row / top * 255 + 0.5, 0, 255).astype(np.uint8) for row in deep]))
