"""Photos in, pictures out."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np

from studio.errors import FileUnreadable, PhotoUnusable
from studio.media.files import writing
from studio.media.probe import check_readable
from studio.types import U8

MAX_PIXELS = 120_000_000  # a 120-megapixel scan is 360 MB as RGB
MIN_SIDE = 48  # px; below this nothing can be shown, let alone animated


def read_image(path: Path) -> U8:
    """A photo as RGB uint8 (H, W, 3), upright.

    EXIF rotation is applied; CMYK, palette, grey and 16-bit pictures are converted, transparency is laid on white.

    Raises:
        FileUnreadable: missing, empty, truncated, or not a picture.
        PhotoUnusable: too large (over 120 megapixels) or too small (a side under 48 px).
    """
    from PIL import Image, ImageOps, UnidentifiedImageError

    check_readable(path)
    try:
        with warnings.catch_warnings():
            # Our own limit below speaks in the user's words; Pillow's would only warn.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(path) as opened:
                width, height = opened.size
                if width * height > MAX_PIXELS:
                    raise PhotoUnusable(
                        f"{path} is {width}×{height} px, more than {MAX_PIXELS // 10**6} megapixels. "
                        "Save it at half the size first."
                    )
                if min(width, height) < MIN_SIDE:
                    raise PhotoUnusable(f"{path} is only {width}×{height} px. Look for a larger scan or photo.")
                picture = ImageOps.exif_transpose(opened)
                return _as_rgb(picture)
    except Image.DecompressionBombError as error:
        raise PhotoUnusable(f"{path} has more than {MAX_PIXELS // 10**6} megapixels. Save it smaller first.") from error
    except UnidentifiedImageError as error:
        raise FileUnreadable(f"{path} is not a picture that can be read here. Use JPEG, PNG, TIFF or WebP.") from error
    except (OSError, SyntaxError, ValueError) as error:
        raise FileUnreadable(f"{path} is damaged or cut short ({error}). Copy or scan it again.") from error


def _as_rgb(picture: object) -> U8:
    from PIL import Image

    assert isinstance(picture, Image.Image)  # noqa: S101  (exif_transpose is typed as optional)
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
    return np.array(picture.convert("RGB"), dtype=np.uint8)


def write_png(path: Path, image: U8) -> None:
    """Write RGB or RGBA uint8 (H, W, 3 or 4) as PNG, all or nothing."""
    from PIL import Image

    with writing(path) as temporary:
        Image.fromarray(image).save(temporary, format="PNG", compress_level=1)
