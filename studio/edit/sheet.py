"""Drawing on a sheet the size of the canvas: grounds, veils, letters, boxes, hairlines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from studio.edit.typeset import Block, features, typeface
from studio.types import F32, U8

if TYPE_CHECKING:
    from PIL.Image import Image

Size = tuple[int, int]
Colour = tuple[int, int, int]

IVORY: Colour = (240, 232, 218)
STONE: Colour = (196, 186, 171)
GOLD: Colour = (190, 160, 108)
_CENTRE = np.array([62, 50, 42], np.float32)
_EDGE = np.array([19, 16, 15], np.float32)


def ground(size: Size, seed: int) -> Image:
    """A warm dark ground, lighter around the middle, with a grain that also keeps the gradient from banding."""
    from PIL import Image

    width, height = size
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    far = np.hypot((x / width - 0.5) / 0.72, (y / height - 0.46) / 0.78)
    light = ease(1 - far)[..., None]
    grain = np.random.default_rng(seed).normal(0, 1.5, (height, width, 1)).astype(np.float32)
    pixels = np.clip(_EDGE + (_CENTRE - _EDGE) * light + grain + 0.5, 0, 255).astype(np.uint8)
    return Image.fromarray(pixels).convert("RGBA")


def clear(size: Size) -> Image:
    from PIL import Image

    return Image.new("RGBA", size, (0, 0, 0, 0))


def veil(size: Size, alpha: F32) -> Image:
    """A dark veil: alpha float32 (H, W) in [0, 1]."""
    from PIL import Image

    pixels = np.empty((size[1], size[0], 4), np.uint8)
    pixels[..., :3] = (14, 11, 10)
    pixels[..., 3] = np.clip(alpha * 255 + 0.5, 0, 255)
    return Image.fromarray(pixels)


def ease(value: F32) -> F32:
    """0 … 1 with soft ends."""
    clipped = np.clip(value, 0, 1)
    return clipped * clipped * (3 - 2 * clipped)


def write(
    sheet: Image,
    block: Block,
    at: tuple[float, float],
    colour: Colour,
    *,
    opacity: float = 1.0,
    align: str = "centre",
    shadow: float = 0.0,
) -> None:
    """Draw a block; `at` is its top middle, or its top left, px; `shadow` 0 … 1 darkens what is behind."""
    from PIL import Image, ImageDraw, ImageFilter

    mask = Image.new("L", sheet.size, 0)
    draw = ImageDraw.Draw(mask)
    face: Any = typeface(block.font, block.pixels)
    for number, line in enumerate(block.lines):
        x = at[0] - (block.advance(line) / 2 if align == "centre" else 0)
        baseline = at[1] + block.pixels * (0.95 + block.leading * number)
        if not block.tracking:
            draw.text((x, baseline), line, fill=255, font=face, anchor="ls", features=features(line))
            continue
        for char in line:
            draw.text((x, baseline), char, fill=255, font=face, anchor="ls", features=features(line))
            x += face.getlength(char, features=features(line)) + block.tracking * block.pixels
    if shadow:
        soft = mask.filter(ImageFilter.GaussianBlur(block.pixels * 0.16))
        lay(sheet, soft.point(lambda value: min(255, round(value * 1.6))), (10, 8, 7), shadow)
    lay(sheet, mask, colour, opacity)


def filled(
    sheet: Image, box: tuple[int, int, int, int], colour: Colour, *, opacity: float = 1.0, radius: int = 0
) -> None:
    """A filled box x0, y0, x1, y1 px, ends exclusive, drawn at four times the size for smooth corners."""
    from PIL import Image, ImageDraw

    width, height = box[2] - box[0], box[3] - box[1]
    big = Image.new("L", (4 * width, 4 * height), 0 if radius else 255)
    if radius:
        ImageDraw.Draw(big).rounded_rectangle((0, 0, 4 * width - 1, 4 * height - 1), 4 * radius, fill=255)
    mask = Image.new("L", sheet.size, 0)
    mask.paste(big.resize((width, height), Image.Resampling.BOX), box[:2])
    lay(sheet, mask, colour, opacity)


def rule(sheet: Image, x: float, y: float, length: float) -> None:
    """A hairline around x, fading out at both ends."""
    from PIL import Image

    thick = max(1, round(min(sheet.size) * 0.0022))
    across = np.linspace(-1, 1, round(length))
    row = (255 * (1 - np.abs(across) ** 3)).astype(np.uint8)
    mask = Image.new("L", sheet.size, 0)
    mask.paste(Image.fromarray(np.tile(row, (thick, 1))), (round(x - length / 2), round(y)))
    lay(sheet, mask, GOLD, 0.9)


def lay(sheet: Image, mask: Image, colour: Colour, opacity: float) -> None:
    # Not drawn on the sheet itself: Pillow would mix the letters' edges with the colour of the empty pixels, black.
    from PIL import Image

    layer = Image.new("RGBA", sheet.size, (*colour, 0))
    layer.putalpha(mask.point(lambda value: round(value * opacity)))
    sheet.alpha_composite(layer)


def rgb(sheet: Image) -> U8:
    return np.asarray(sheet.convert("RGB"))
