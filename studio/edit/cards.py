"""The studio's drawn pictures: title, quotation, lower third, end card, label, draft mark.

Every size is a share of the canvas, so that one design serves 16:9, 9:16, 1:1 and 4:5.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from studio.edit.sheet import GOLD, IVORY, STONE, Colour, Size, clear, ease, filled, ground, rgb, rule, veil, write
from studio.edit.typeset import Block, fit, typeface
from studio.types import U8

if TYPE_CHECKING:
    from PIL.Image import Image


LOWER_THIRD_FOOT = {True: 0.775, False: 0.735}
"""Where a lower third ends, as a share of the height: on a canvas that is wide or square, and on an upright one."""


def title_card(size: Size, name: str, *, dates: str = "", subtitle: str = "", seed: int = 0) -> U8:
    """RGB (H, W, 3): a name, dates and a line below it, on a warm dark ground.

    Raises:
        FontMissing: no font covers the text.
    """
    sheet = ground(size, seed)
    title = _title(size, name, dates, subtitle)
    # A little above the middle: the eye's centre of a page.
    _draw_title(sheet, size, title, size[1] * 0.485 - title.height / 2)
    return rgb(sheet)


def title_overlay(
    size: Size, name: str, *, dates: str = "", subtitle: str = "", clear_of: tuple[float, float] | None = None
) -> U8:
    """RGBA (H, W, 4): the same title to lay over a photo, which is darkened behind it.

    Args:
        clear_of: from where to where, as shares of the height, there are heads that the words should not hide: they
            stand below them, or above them where there is more room.
    """
    width, height = size
    title = _title(size, name, dates, subtitle)
    middle, top, bottom = height * 0.485, height * 0.06, height * 0.94
    if clear_of is not None:
        above, below = clear_of[0] * height - top, bottom - clear_of[1] * height
        room = min(max(above, below, title.height), bottom - top)
        middle = bottom - room / 2 if below >= above or max(above, below) < title.height else top + room / 2
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    reach = max(0.24, 0.8 * title.height / height)
    shade = 0.66 * np.exp(-(((y - middle) / height / reach) ** 2)) * np.exp(-(((x / width - 0.5) / 0.62) ** 4))
    sheet = veil(size, shade)
    _draw_title(sheet, size, title, middle - title.height / 2, shadow=0.75)
    return np.asarray(sheet)


def quote_card(size: Size, text: str, *, attribution: str = "", seed: int = 0) -> U8:
    """RGB (H, W, 3): a quotation with its source."""
    width, height = size
    short = min(size)
    sheet = ground(size, seed)
    room = (round(width * (0.66 if width >= height else 0.8)), round(height * 0.52))
    words = fit(
        text, room, pixels=round(short * 0.066), floor=round(short * 0.058), serif=True, leading=1.6, max_lines=6
    )
    source = _line(attribution, size, 0.034, tracking=0.04)
    total = words.height + (source.height + round(short * 0.09) if source else 0)
    # Room for the mark above the words, also where they are many.
    top = max((height - total) // 2 + round(short * 0.02), round(short * 0.2))
    mark = fit("“", (short, short), pixels=round(short * 0.2), floor=8, serif=True)
    write(sheet, mark, (width / 2, top - short * 0.155), GOLD, opacity=0.75)
    write(sheet, words, (width / 2, top), IVORY)
    if source:
        rule(sheet, width / 2, top + words.height + short * 0.05, short * 0.11)
        write(sheet, source, (width / 2, top + words.height + short * 0.09), STONE)
    return rgb(sheet)


def lower_third(size: Size, name: str, *, role: str = "", room: int | None = None) -> U8:
    """RGBA (H, W, 4): who speaks, at the left, above the captions' place.

    Args:
        room: px from the left edge of the canvas that it is to stay within; left out, half of a wide canvas.
    """
    width, height = size
    short = min(size)
    left = round(width * 0.065)
    inner = round(short * 0.04)  # for the bar, and before the end of the room
    room = round(width * (0.5 if width > height else 0.8)) if room is None else max(short // 6, room - left - 2 * inner)
    title = fit(
        name, (room, short // 3), pixels=round(short * 0.058), floor=round(short * 0.042), serif=True, max_lines=2
    )
    below = _line(role, size, 0.032, width=room, lines=2)
    gap = round(short * 0.018)
    total = title.height + (below.height + gap if below else 0)
    bottom = round(height * LOWER_THIRD_FOOT[width >= height])
    top = bottom - total
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    middle, reach = (top + bottom) / 2, total / 2 + short * 0.10
    end = left + max(title.width, below.width if below else 0)
    # Full behind the text, then out over a quarter of the short side.
    across = ease(1 - (x - end) / (short * 0.3)) * ease(0.35 + x / left)
    shade = 0.60 * np.exp(-(np.abs((y - middle) / reach) ** 2.6)) * across
    sheet = veil(size, shade)
    bar = round(max(2, short * 0.0035))
    filled(sheet, (left, top + round(short * 0.012), left + bar, bottom - round(short * 0.004)), GOLD)
    inset = left + bar + short * 0.022
    write(sheet, title, (inset, top), IVORY, align="left", shadow=0.55)
    if below:
        write(sheet, below, (inset, top + title.height + gap), IVORY, align="left", shadow=0.55, opacity=0.88)
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
    sheet = ground(size, seed)
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
        write(sheet, block, (width / 2, y), colour)
        y += block.height + space
        if index == 0:
            rule(sheet, width / 2, y - space / 2, short * 0.14)
    return rgb(sheet)


def slate_card(size: Size, heading: str, rows: Sequence[tuple[str, str]]) -> U8:
    """RGB (H, W, 3): what an edit suite wants to read before the first picture.

    Args:
        heading: the production.
        rows: (what, value), one below the other, in two columns where the canvas is wide.

    Raises:
        FontMissing: no font covers the text.
    """
    width, height = size
    short = min(size)
    sheet = ground(size, 0)
    left, right = round(width * 0.08), round(width * 0.92)
    columns = 2 if width > 0.7 * height else 1
    room = (right - left) // columns
    title = fit(
        heading, (right - left, height // 4), pixels=round(short * 0.09), floor=round(short * 0.05), max_lines=2
    )
    pitch = min(short * 0.17, height * 0.62 / -(-len(rows) // columns))
    top = round((height - title.height - short * 0.07 - pitch * -(-len(rows) // columns)) / 2)
    write(sheet, title, (left, top), IVORY, align="left")
    thick = max(2, round(short * 0.004))
    line = top + title.height + round(short * 0.03)
    filled(sheet, (left, line, right, line + thick), GOLD)
    for place, (what, value) in enumerate(rows):
        x, y = left + room * (place % columns), line + short * 0.045 + pitch * (place // columns)
        small = fit(what, (round(room * 0.92), short // 10), pixels=round(pitch * 0.19), floor=8, tracking=0.1)
        large = fit(value, (round(room * 0.92), round(pitch * 0.62)), pixels=round(pitch * 0.4), floor=8, max_lines=2)
        write(sheet, small, (x, y), GOLD, align="left")
        write(sheet, large, (x, y + small.height), IVORY, align="left")
    return rgb(sheet)


def inset_frame(size: Size, box: tuple[int, int, int, int]) -> U8:
    """RGBA (H, W, 4): the soft shadow and the fine edge around a picture that lies over another.

    Args:
        box: of the picture, x0, y0, x1, y1 px, ends exclusive; an edge at the canvas's own border gets neither.
    """
    width, height = size
    x0, y0, x1, y1 = box
    short = min(size)
    # A picture that ends where the canvas ends goes on beyond it: no edge is drawn there.
    far = 4 * short
    left, top = x0 if x0 > 0 else -far, y0 if y0 > 0 else -far
    right, bottom = x1 if x1 < width else width + far, y1 if y1 < height else height + far
    y, x = np.mgrid[0:height, 0:width].astype(np.float32) + 0.5
    away = np.hypot(np.maximum(np.maximum(left - x, x - right), 0), np.maximum(np.maximum(top - y, y - bottom), 0))
    sheet = veil(size, np.where(away > 0, 0.6 * np.exp(-away / (short * 0.022)), 0.0).astype(np.float32))
    inside = np.minimum(np.minimum(x - left, right - x), np.minimum(y - top, bottom - y))
    thick = max(1.0, short * 0.0022)
    edge = np.zeros((height, width, 4), np.uint8)
    edge[..., :3] = IVORY
    edge[..., 3] = np.where((inside > 0) & (inside < thick), 130, 0)
    return np.where(edge[..., 3:] > 0, edge, np.asarray(sheet)).astype(np.uint8)


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
    sheet = clear(size)
    filled(sheet, box, (16, 13, 12), opacity=0.55, radius=(box[3] - box[1]) // 2)
    write(sheet, block, ((box[0] + box[2]) / 2, box[1] + pad[1]), IVORY, opacity=0.94)
    return np.asarray(sheet)


def draft_mark(size: Size, text: str) -> U8:
    """RGBA (H, W, 4): a red bar along the top and the same words across the picture, which stays visible below."""
    from PIL import Image

    width, height = size
    short = min(size)
    sheet = clear(size)
    block = fit(
        text, (round(width * 0.9), short // 8), pixels=round(short * 0.05), floor=round(short * 0.03), tracking=0.08
    )
    bar = block.height + round(short * 0.03)
    diagonal = round((width**2 + height**2) ** 0.5)
    across = fit(text, (round(diagonal * 0.66), short // 4), pixels=round(short * 0.13), floor=8, tracking=0.06)
    strip = Image.new("RGBA", (diagonal, diagonal), (0, 0, 0, 0))
    middle = (diagonal / 2, diagonal / 2 - across.height / 2)
    write(strip, across, (middle[0] + short * 0.004, middle[1] + short * 0.004), (0, 0, 0), opacity=0.30)
    write(strip, across, middle, (255, 255, 255), opacity=0.34)
    angle = float(np.degrees(np.arctan2(height, width)))
    turned = strip.rotate(angle, Image.Resampling.BICUBIC)
    left, top = (diagonal - width) // 2, (diagonal - height) // 2
    sheet.alpha_composite(turned.crop((left, top, left + width, top + height)))
    filled(sheet, (0, 0, width, bar), (150, 22, 22), opacity=0.90)
    write(sheet, block, (width / 2, (bar - block.height) / 2), (255, 255, 255))
    return np.asarray(sheet)


def trimmed(picture: U8) -> tuple[U8, tuple[int, int]]:
    """An RGBA picture cut to what is visible, on even px, and its (left, top): a smaller overlay renders faster."""
    rows, columns = (np.flatnonzero(picture[..., 3].any(axis=axis)) for axis in (1, 0))
    if not rows.size:
        raise ValueError("nothing is visible in the picture")
    top, left = int(rows[0]) // 2 * 2, int(columns[0]) // 2 * 2
    bottom, right = -(-(int(rows[-1]) + 1) // 2) * 2, -(-(int(columns[-1]) + 1) // 2) * 2
    return np.ascontiguousarray(picture[top:bottom, left:right]), (left, top)


@dataclass(frozen=True)
class _Title:
    """A title set, ready to draw."""

    name: Block
    dates: Block | None
    below: Block | None
    gap: int
    """px, from which all distances are made."""

    @property
    def height(self) -> float:
        """px, from the top of the name to the foot of the last line."""
        further = [block for block in (self.dates, self.below) if block]
        return self.name.height + (1.15 * self.gap if further else 0) + sum(b.height + self.gap // 2 for b in further)


def _title(size: Size, name: str, dates: str, subtitle: str) -> _Title:
    width, height = size
    short = min(size)
    room = (round(width * 0.84), round(height * 0.4))
    large = round(short * (0.112 if width >= height else 0.125))
    return _Title(
        fit(name, room, pixels=large, floor=round(short * 0.07), serif=True, leading=1.25, max_lines=3),
        _line(dates, size, 0.042, tracking=0.12),
        _line(subtitle, size, 0.036, tracking=0.02, lines=3),
        round(short * 0.055),
    )


def _draw_title(sheet: Image, size: Size, title: _Title, top: float, shadow: float = 0.0) -> None:
    middle, y = size[0] / 2, top
    write(sheet, title.name, (middle, y), IVORY, shadow=shadow)
    y += title.name.height + title.gap * 0.55
    if title.dates or title.below:
        rule(sheet, middle, y, min(size) * 0.16)
    y += title.gap * 0.6
    if title.dates:
        write(sheet, title.dates, (middle, y), GOLD, shadow=shadow)
        y += title.dates.height + title.gap // 2
    if title.below:
        write(sheet, title.below, (middle, y), STONE, shadow=shadow)


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
