"""Photos in, pictures out."""

from __future__ import annotations

import math
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from studio.errors import FileUnreadable, PhotoUnusable
from studio.media.files import writing
from studio.media.probe import check_readable
from studio.types import U8

if TYPE_CHECKING:
    from PIL.Image import Image

MAX_PIXELS = 250_000_000  # Pillow holds four bytes for each: 1 GB
LARGE = 40_000_000  # px; a larger scan is brought below this while it is read: no screen and no face needs more
MIN_SIDE = 48  # px; below this nothing can be shown, let alone animated
_TOO_LARGE = f"{{path}}: {{size}} is more than {MAX_PIXELS // 10**6} megapixels. Save it at half the size first."
_REDUCIBLE = frozenset({"L", "LA", "RGB", "RGBA", "CMYK", "YCbCr", "I", "F"})
_PLAIN = {"1": "L", "I;16": "I", "I;16B": "I", "I;16L": "I", "I;16N": "I", "PA": "RGBA"}
_MOVING = {"GIF": "GIF", "PNG": "APNG", "WEBP": "WebP", "AVIF": "AVIF"}
"""Formats whose further frames are an animation; in others (TIFF, the JPEGs of telephones) they are something else."""


def read_image(path: Path) -> U8:
    """A photo as RGB uint8 (H, W, 3), upright.

    EXIF rotation is applied; CMYK, palette, grey and 16-bit pictures are converted, transparency is laid on white. One
    of more than 40 megapixels comes at a half, a third … of its size: 200 megapixels take 0.8 GB while they are read.

    Raises:
        FileUnreadable: missing, empty, truncated, or not a picture.
        PhotoUnusable: too large (over 250 megapixels), too small (a side under 48 px), or an animation.
    """
    from PIL import Image, ImageOps, UnidentifiedImageError

    check_readable(path)
    try:
        with warnings.catch_warnings():
            # Our own limit below speaks in the user's words; Pillow's would only warn, and refuse above 179 megapixels.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            Image.MAX_IMAGE_PIXELS = MAX_PIXELS
            with Image.open(path) as opened:
                _check(path, opened)
                picture = _smaller(opened) if opened.width * opened.height > LARGE else opened
                ImageOps.exif_transpose(picture, in_place=True)
                return _as_rgb(picture)
    except Image.DecompressionBombError as error:
        raise PhotoUnusable(_TOO_LARGE.format(path=path, size="Its picture")) from error
    except UnidentifiedImageError as error:
        raise FileUnreadable(f"{path} is not a picture that can be read here. Use JPEG, PNG, TIFF or WebP.") from error
    except (OSError, SyntaxError, ValueError) as error:
        raise FileUnreadable(f"{path} is damaged or cut short ({error}). Copy or scan it again.") from error


def _check(path: Path, opened: Image) -> None:
    """Refuse what is too large, too small, or moves."""
    width, height = opened.size
    if width * height > MAX_PIXELS:
        raise PhotoUnusable(_TOO_LARGE.format(path=path, size=f"{width}×{height} px"))
    if min(width, height) < MIN_SIDE:
        raise PhotoUnusable(f"{path} is only {width}×{height} px. Look for a larger scan or photo.")
    frames = getattr(opened, "n_frames", 1)
    if frames > 1 and opened.format in _MOVING:
        raise PhotoUnusable(
            f"{path} is an animated {_MOVING[opened.format]} of {frames} pictures, not a photo. Save the picture you "
            "want from it as PNG, or turn it into a video and use that as a clip."
        )


def _smaller(opened: Image) -> Image:
    """A large scan at a half, a third … of its size, with as few copies of it as can be."""

    def factor() -> int:
        return math.ceil(math.sqrt(opened.width * opened.height / LARGE))

    # A JPEG is decoded at half, a quarter or an eighth of its size at once, in that much memory; others are not.
    opened.draft(None, (opened.width // factor(), opened.height // factor()))
    other = "RGBA" if "transparency" in opened.info else _PLAIN.get(opened.mode, "RGB")
    plain = opened if opened.mode in _REDUCIBLE else opened.convert(other)
    return plain.reduce(factor())


def _as_rgb(picture: Image) -> U8:
    from PIL import Image

    if picture.mode in ("I", "F") or picture.mode.startswith("I;16"):
        grey = np.asarray(picture, dtype=np.float64)
        # 16-bit scans use the whole range; 32-bit modes are what Pillow makes of them.
        top = 65535.0 if grey.max() > 255 else 255.0
        plane = np.clip(grey / top * 255 + 0.5, 0, 255).astype(np.uint8)
        return np.repeat(plane[:, :, None], 3, axis=2)
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        layered = picture.convert("RGBA")
        white = Image.new("RGBA", layered.size, "white")
        picture = Image.alpha_composite(white, layered)
    return np.array(picture if picture.mode == "RGB" else picture.convert("RGB"), dtype=np.uint8)


def write_png(path: Path, image: U8) -> None:
    """Write RGB or RGBA uint8 (H, W, 3 or 4) as PNG, all or nothing."""
    from PIL import Image

    with writing(path) as temporary:
        Image.fromarray(image).save(temporary, format="PNG", compress_level=1)
