"""Faces drawn into a photo, and clicks found in them again. Pure: arrays in, arrays out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from studio.types import U8

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw

LONGEST = 1280  # px of the picture sent to the page
CHOSEN = (214, 120, 54)  # the accent of the page
OTHER = (255, 250, 240)
DARK = (43, 33, 24)

Box = tuple[int, int, int, int]


def scale_for(shape: Sequence[int]) -> float:
    """By how much a photo of `shape` (H, W, …) is shrunk for the page."""
    return min(1.0, LONGEST / max(shape[:2]))


def with_boxes(photo: U8, boxes: Sequence[Box], chosen: int) -> U8:
    """The photo, shrunk for the page, every face boxed and numbered from 1, the chosen one filled.

    Args:
        photo: RGB uint8 (H, W, 3). Not changed.
        boxes: x0, y0, x1, y1 px of the photo.
        chosen: index into `boxes`.
    """
    from PIL import Image, ImageDraw

    scale = scale_for(photo.shape)
    height, width = photo.shape[:2]
    picture = Image.fromarray(photo).resize((max(1, round(width * scale)), max(1, round(height * scale))))
    if len(boxes) > 1:
        # The others step back, so that the choice is seen without reading numbers.
        shade = Image.new("L", picture.size, 90)
        ImageDraw.Draw(shade).rounded_rectangle([side * scale for side in boxes[chosen]], radius=8, fill=255)
        picture = Image.composite(picture, Image.eval(picture, lambda value: value * 2 // 3), shade)
    draw = ImageDraw.Draw(picture)
    # The chosen one last: it lies on top where boxes overlap.
    for index in sorted(range(len(boxes)), key=lambda i: i == chosen):
        _draw(draw, [side * scale for side in boxes[index]], index, picture.size, index == chosen)
    return np.asarray(picture, dtype=np.uint8)


def _draw(draw: ImageDraw, box: Sequence[float], index: int, size: tuple[int, int], is_chosen: bool) -> None:
    from PIL import ImageFont

    unit = max(size) / 640  # px; 1 on a picture of the usual size
    colour = CHOSEN if is_chosen else OTHER
    thick = max(2, round((4 if is_chosen else 2) * unit))
    draw.rounded_rectangle(box, radius=8 * unit, outline=DARK, width=thick + 2)
    draw.rounded_rectangle(
        [box[0] + 1, box[1] + 1, box[2] - 1, box[3] - 1], radius=8 * unit, outline=colour, width=thick
    )
    radius = 13 * unit
    x = min(max(box[0], radius + 2), size[0] - radius - 2)
    y = min(max(box[1], radius + 2), size[1] - radius - 2)
    draw.ellipse([x - radius, y - radius, x + radius, y + radius], fill=colour, outline=DARK, width=max(1, round(unit)))
    font = ImageFont.load_default(size=16 * unit)
    draw.text((x, y), str(index + 1), fill=DARK, font=font, anchor="mm")


def at(boxes: Sequence[Box], click: tuple[float, float], shape: Sequence[int]) -> int | None:
    """Which face was clicked: the smallest box that holds the click, else the nearest one within its own size.

    Args:
        boxes: px of the photo.
        click: x, y px of the picture that `with_boxes` gave.
        shape: (H, W, …) of the photo.
    """
    scale = scale_for(shape)
    x, y = click[0] / scale, click[1] / scale
    inside = [i for i, (x0, y0, x1, y1) in enumerate(boxes) if x0 <= x < x1 and y0 <= y < y1]
    if inside:
        return min(inside, key=lambda i: (boxes[i][2] - boxes[i][0]) * (boxes[i][3] - boxes[i][1]))
    best: int | None = None
    least = float("inf")
    for index, (x0, y0, x1, y1) in enumerate(boxes):
        away = float(np.hypot(max(x0 - x, 0, x - x1), max(y0 - y, 0, y - y1)))
        if away < min(least, max(x1 - x0, y1 - y0)):
            best, least = index, away
    return best
