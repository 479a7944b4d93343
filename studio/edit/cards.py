"""The studio's drawn pictures: title, quotation, lower third, end card, label, draft mark.

Every size is a share of the canvas, so that one design serves 16:9, 9:16, 1:1 and 4:5.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from studio.edit.typeset import Block, features, fit, typeface
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


def title_card(size: Size, name: str, *, dates: str = "", subtitle: str = "", seed: int = 0) -> U8:
    """RGB (H, W, 3): a name, dates and a line below it, on a warm dark ground.

    Raises:
        FontMissing: no font covers the text.
    """
    sheet = _ground(size, seed)
    _draw_title(sheet, size, name, dates, subtitle)
    return _rgb(sheet)


def title_overlay(size: Size, name: str, *, dates: str = "", subtitle: str = "") -> U8:
    """RGBA (H, W, 4): the same title to lay over a photo; the middle of the picture is darkened behind it."""
    width, height = size
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    shade = 0.66 * np.exp(-(((y / height - 0.5) / 0.30) ** 2)) * np.exp(-(((x / width - 0.5) / 0.62) ** 4))
    sheet = _shade(size, shade)
    _draw_title(sheet, size, name, dates, subtitle, shadow=0.6)
    return np.asarray(sheet)


def quote_card(size: Size, text: str, *, attribution: str = "", seed: int = 0) -> U8:
    """RGB (H, W, 3): a quotation with its source."""
    width, height = size
    short = min(size)
    sheet = _ground(size, seed)
    room = (round(width * (0.66 if width >= height else 0.8)), round(height * 0.52))
    words = fit(
        text, room, pixels=round(short * 0.066), floor=round(short * 0.058), serif=True, leading=1.6, max_lines=6
    )
    source = _line(attribution, size, 0.034, tracking=0.04)
    total = words.height + (source.height + round(short * 0.09) if source else 0)
    # Room for the mark above the words, also where they are many.
    top = max((height - total) // 2 + round(short * 0.02), round(short * 0.2))
    mark = fit("“", (short, short), pixels=round(short * 0.2), floor=8, serif=True)
    _write(sheet, mark, (width / 2, top - short * 0.155), GOLD, opacity=0.75)
    _write(sheet, words, (width / 2, top), IVORY)
    if source:
        _rule(sheet, width / 2, top + words.height + short * 0.05, short * 0.11)
        _write(sheet, source, (width / 2, top + words.height + short * 0.09), STONE)
    return _rgb(sheet)


def lower_third(size: Size, name: str, *, role: str = "") -> U8:
    """RGBA (H, W, 4): who speaks, at the left, above the captions' place."""
    width, height = size
    short = min(size)
    left = round(width * 0.065)
    room = round(width * (0.5 if width > height else 0.8))
    title = fit(
        name, (room, short // 3), pixels=round(short * 0.058), floor=round(short * 0.042), serif=True, max_lines=2
    )
    below = _line(role, size, 0.032, width=room, lines=2)
    gap = round(short * 0.018)
    total = title.height + (below.height + gap if below else 0)
    bottom = round(height * (0.775 if width >= height else 0.735))
    top = bottom - total
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    middle, reach = (top + bottom) / 2, total / 2 + short * 0.10
    end = left + max(title.width, below.width if below else 0)
    # Full behind the text, then out over a quarter of the short side.
    across = _ease(1 - (x - end) / (short * 0.3)) * _ease(0.35 + x / left)
    shade = 0.60 * np.exp(-(np.abs((y - middle) / reach) ** 2.6)) * across
    sheet = _shade(size, shade)
    bar = round(max(2, short * 0.0035))
    _box(sheet, (left, top + round(short * 0.012), left + bar, bottom - round(short * 0.004)), GOLD)
    inset = left + bar + short * 0.022
    _write(sheet, title, (inset, top), IVORY, align="left", shadow=0.55)
    if below:
        _write(sheet, below, (inset, top + title.height + gap), IVORY, align="left", shadow=0.55, opacity=0.88)
    return np.asarray(sheet)


def end_card(
    size: Size,
    *,
    heading: str,
    explanation: str = "",
    sections: Sequence[tuple[str, Sequence[str]]] = (),
    seed: int = 0,
) -> U8:
    """RGB (H, W, 3): what the film is, what it was made from, who made it.

    Args:
        heading: what the film is, in its language.
        explanation: one or two sentences below it.
        sections: (title, lines), such as sources and credits; all of it is set, in smaller letters when there is much.

    Raises:
        FontMissing: no font covers the text.
        ValueError: far more text than a card can hold.
    """
    width, height = size
    short = min(size)
    sheet = _ground(size, seed)
    room = round(width * (0.62 if width > height else 0.8))
    for scale in np.linspace(1.0, 0.3, 15):
        # An upright film is seen on a phone: larger letters.
        shown = float(scale) * (1.25 if width < height else 1.0)
        parts = _end_parts(short, room, shown, heading, explanation, sections)
        total = sum(block.height + space for block, space, _ in parts)
        if total <= height * 0.86:
            break
    else:
        raise ValueError("the end card holds too much text: give fewer sources or credits")
    y = (height - total) / 2
    for index, (block, space, colour) in enumerate(parts):
        _write(sheet, block, (width / 2, y), colour)
        y += block.height + space
        if index == 0:
            _rule(sheet, width / 2, y - space / 2, short * 0.14)
    return _rgb(sheet)


def corner_label(size: Size, text: str, *, text_height: float = 0.026) -> U8:
    """RGBA (H, W, 4): a small pill at the top right that stays for the whole film.

    Args:
        text_height: height of a capital, as a share of the short side; 0.05 for the opening label that China asks
            for (GB 45438-2025).
    """
    width, short = size[0], min(size)
    block = fit(text, (width, short // 3), pixels=_for_capitals(text, text_height * short), floor=8, tracking=0.03)
    while block.width > width * 0.86:
        block = fit(text, (width, short // 3), pixels=block.pixels - 1, floor=8, tracking=0.03)
    margin = round(short * 0.042)
    pad = (round(block.pixels * 0.62), round(block.pixels * 0.26))
    box = (width - margin - block.width - 2 * pad[0], margin, width - margin, margin + block.height + 2 * pad[1])
    sheet = _clear(size)
    _box(sheet, box, (16, 13, 12), opacity=0.55, radius=(box[3] - box[1]) // 2)
    _write(sheet, block, ((box[0] + box[2]) / 2, box[1] + pad[1]), IVORY, opacity=0.94)
    return np.asarray(sheet)


def draft_mark(size: Size, text: str) -> U8:
    """RGBA (H, W, 4): a red bar along the top and the same words across the picture, which stays visible below."""
    from PIL import Image

    width, height = size
    short = min(size)
    sheet = _clear(size)
    block = fit(
        text, (round(width * 0.9), short // 8), pixels=round(short * 0.05), floor=round(short * 0.03), tracking=0.08
    )
    bar = block.height + round(short * 0.03)
    diagonal = round((width**2 + height**2) ** 0.5)
    across = fit(text, (round(diagonal * 0.66), short // 4), pixels=round(short * 0.13), floor=8, tracking=0.06)
    strip = Image.new("RGBA", (diagonal, diagonal), (0, 0, 0, 0))
    middle = (diagonal / 2, diagonal / 2 - across.height / 2)
    _write(strip, across, (middle[0] + short * 0.004, middle[1] + short * 0.004), (0, 0, 0), opacity=0.30)
    _write(strip, across, middle, (255, 255, 255), opacity=0.34)
    angle = float(np.degrees(np.arctan2(height, width)))
    turned = strip.rotate(angle, Image.Resampling.BICUBIC)
    left, top = (diagonal - width) // 2, (diagonal - height) // 2
    sheet.alpha_composite(turned.crop((left, top, left + width, top + height)))
    _box(sheet, (0, 0, width, bar), (150, 22, 22), opacity=0.90)
    _write(sheet, block, (width / 2, (bar - block.height) / 2), (255, 255, 255))
    return np.asarray(sheet)


def trimmed(picture: U8) -> tuple[U8, tuple[int, int]]:
    """An RGBA picture cut to what is visible, on even px, and its (left, top): a smaller overlay renders faster."""
    rows, columns = (np.flatnonzero(picture[..., 3].any(axis=axis)) for axis in (1, 0))
    if not rows.size:
        raise ValueError("nothing is visible in the picture")
    top, left = int(rows[0]) // 2 * 2, int(columns[0]) // 2 * 2
    bottom, right = -(-(int(rows[-1]) + 1) // 2) * 2, -(-(int(columns[-1]) + 1) // 2) * 2
    return np.ascontiguousarray(picture[top:bottom, left:right]), (left, top)


def _draw_title(sheet: Image, size: Size, name: str, dates: str, subtitle: str, shadow: float = 0.0) -> None:
    width, height = size
    short = min(size)
    room = (round(width * 0.84), round(height * 0.4))
    large = round(short * (0.112 if width >= height else 0.125))
    title = fit(name, room, pixels=large, floor=round(short * 0.07), serif=True, leading=1.25, max_lines=3)
    years = _line(dates, size, 0.042, tracking=0.12)
    below = _line(subtitle, size, 0.036, tracking=0.02, lines=3)
    gap = round(short * 0.055)
    total = title.height + gap + sum(block.height + gap // 2 for block in (years, below) if block)
    # A little above the middle: the eye's centre of a page.
    y = (height - total) / 2 - height * 0.015
    _write(sheet, title, (width / 2, y), IVORY, shadow=shadow)
    y += title.height + gap * 0.55
    if years or below:
        _rule(sheet, width / 2, y, short * 0.16)
    y += gap * 0.6
    if years:
        _write(sheet, years, (width / 2, y), GOLD, shadow=shadow)
        y += years.height + gap // 2
    if below:
        _write(sheet, below, (width / 2, y), STONE, shadow=shadow)


def _end_parts(
    short: int,
    room: int,
    scale: float,
    heading: str,
    explanation: str,
    sections: Sequence[tuple[str, Sequence[str]]],
) -> list[tuple[Block, float, Colour]]:
    """(text, space below it, colour) from the top down, at one scale."""

    def block(text: str, share: float, *, serif: bool = False, tracking: float = 0.0, lines: int = 99) -> Block:
        pixels = max(8, round(short * share * scale))
        # A heading would rather be smaller than broken; running text keeps one size.
        floor = round(pixels * 0.7) if lines == 1 else pixels
        box = (room, 100 * short)
        return fit(text, box, pixels=pixels, floor=floor, serif=serif, tracking=tracking, max_lines=lines, leading=1.5)

    parts = [(block(heading, 0.072, serif=True, tracking=0.02, lines=1), short * 0.07 * scale, IVORY)]
    if explanation:
        parts.append((block(explanation, 0.034), short * 0.05 * scale, STONE))
    for title, lines in sections:
        parts.append((block(title, 0.027, tracking=0.14), short * 0.006 * scale, GOLD))
        for n, line in enumerate(lines):
            space = 0.04 if n == len(lines) - 1 else 0.014
            parts.append((block(line, 0.031), short * space * scale, IVORY))
    return parts


def _line(
    text: str, size: Size, share: float, *, tracking: float = 0.0, lines: int = 1, width: int | None = None
) -> Block | None:
    if not text.strip():
        return None
    short = min(size)
    room = (width or round(size[0] * 0.8), round(size[1] * 0.3))
    return fit(
        text, room, pixels=round(short * share), floor=round(short * share * 0.7), tracking=tracking, max_lines=lines
    )


def _for_capitals(text: str, height: float) -> int:
    """Font size, px per em, at which the lowest of the text's capitals or Chinese characters is `height` px high."""
    probe = fit(text, (100_000, 10_000), pixels=200, floor=200)
    face = typeface(probe.font, 200)
    tall = [char for char in text if char.isupper() or char > "⺀"] or list(text.strip())
    lowest = min(face.getbbox(char)[3] - face.getbbox(char)[1] for char in tall)
    return int(np.ceil(200 * height / max(1, lowest)))


def _ground(size: Size, seed: int) -> Image:
    """A warm dark ground, lighter around the middle, with a grain that also keeps the gradient from banding."""
    from PIL import Image

    width, height = size
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    far = np.hypot((x / width - 0.5) / 0.72, (y / height - 0.46) / 0.78)
    light = _ease(1 - far)[..., None]
    grain = np.random.default_rng(seed).normal(0, 1.5, (height, width, 1)).astype(np.float32)
    pixels = np.clip(_EDGE + (_CENTRE - _EDGE) * light + grain + 0.5, 0, 255).astype(np.uint8)
    return Image.fromarray(pixels).convert("RGBA")


def _clear(size: Size) -> Image:
    from PIL import Image

    return Image.new("RGBA", size, (0, 0, 0, 0))


def _shade(size: Size, alpha: F32) -> Image:
    """A dark veil: alpha float32 (H, W) in [0, 1]."""
    from PIL import Image

    pixels = np.empty((size[1], size[0], 4), np.uint8)
    pixels[..., :3] = (14, 11, 10)
    pixels[..., 3] = np.clip(alpha * 255 + 0.5, 0, 255)
    return Image.fromarray(pixels)


def _ease(value: F32) -> F32:
    """0 … 1 with soft ends."""
    clipped = np.clip(value, 0, 1)
    return clipped * clipped * (3 - 2 * clipped)


def _write(
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
        _lay(sheet, soft.point(lambda value: min(255, round(value * 1.6))), (10, 8, 7), shadow)
    _lay(sheet, mask, colour, opacity)


def _box(
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
    _lay(sheet, mask, colour, opacity)


def _rule(sheet: Image, x: float, y: float, length: float) -> None:
    """A hairline around x, fading out at both ends."""
    from PIL import Image

    thick = max(1, round(min(sheet.size) * 0.0022))
    across = np.linspace(-1, 1, round(length))
    row = (255 * (1 - np.abs(across) ** 3)).astype(np.uint8)
    mask = Image.new("L", sheet.size, 0)
    mask.paste(Image.fromarray(np.tile(row, (thick, 1))), (round(x - length / 2), round(y)))
    _lay(sheet, mask, GOLD, 0.9)


def _lay(sheet: Image, mask: Image, colour: Colour, opacity: float) -> None:
    # Not drawn on the sheet itself: Pillow would mix the letters' edges with the colour of the empty pixels, black.
    from PIL import Image

    layer = Image.new("RGBA", sheet.size, (*colour, 0))
    layer.putalpha(mask.point(lambda value: round(value * opacity)))
    sheet.alpha_composite(layer)


def _rgb(sheet: Image) -> U8:
    return np.asarray(sheet.convert("RGB"))
