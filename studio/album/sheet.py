"""Two pictures to look at: what was chosen, in order and numbered, and the faces of who is who."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from studio.album.draft import TITLES, full
from studio.album.movements import MOVEMENTS, Placed
from studio.album.people import Person
from studio.album.record import Picture
from studio.edit.fonts import font_for
from studio.errors import FontMissing
from studio.media.files import writing
from studio.types import Language

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

_CELL, _GAP, _COLUMNS = 208, 10, 9  # px
_HEAD = 54  # px above each movement
_GROUND, _INK, _SOFT = (24, 24, 27), (236, 232, 224), (160, 154, 144)
_FACE, _FACES, _PEOPLE = 132, 8, 12  # px of a face, faces of a person, people on the strip
_AROUND = 0.35  # of a face's height is shown around it


def album(path: Path, placed: Sequence[Placed], language: Language, on_each: Callable[[], None]) -> None:
    """The contact sheet: every chosen picture in order, with its number and year.

    Args:
        path: a .jpg.
        on_each: called after every picture.

    Raises:
        OutputUnwritable: it cannot be written.
    """
    from PIL import Image, ImageDraw

    parts = [(movement, [one.picture for one in placed if one.movement == movement]) for movement in MOVEMENTS]
    parts = [(movement, own) for movement, own in parts if own]
    step = _CELL + _GAP
    rows = sum(-(-len(own) // _COLUMNS) for _, own in parts)
    sheet = Image.new("RGB", (_COLUMNS * step + _GAP, rows * step + len(parts) * _HEAD + _GAP), _GROUND)
    pen = ImageDraw.Draw(sheet)
    top, number = 0, 0
    for movement, own in parts:
        _write(pen, (_GAP + 2, top + 14), TITLES[movement][language], 26, _INK)
        top += _HEAD
        for place, picture in enumerate(own):
            number += 1
            x, y = _GAP + place % _COLUMNS * step, top + place // _COLUMNS * step
            small = _thumb(picture)
            sheet.paste(small, (x + (_CELL - small.width) // 2, y + (_CELL - small.height) // 2))
            _tag(pen, (x, y), str(number))
            if picture.when is not None and (year := shown(picture)):
                _tag(pen, (x, y + _CELL - 24), year, ink=_SOFT)
            on_each()
        top += -(-len(own) // _COLUMNS) * step
    with writing(path) as temporary:
        sheet.save(temporary, format="JPEG", quality=88)


def shown(picture: Picture) -> str:
    """The time of a picture as few letters: 1958, 1950s, 1949–52; "" where nobody knows."""
    when = picture.when
    if when is None or when.decade is None:
        return ""
    if when.first == when.last:
        return str(when.first)
    return f"{when.decade}s" if when.last - when.first == 9 else f"{when.first}–{when.last % 100:02d}"


def faces_shown(who: Sequence[Person]) -> int:
    """How many faces the strip has."""
    return sum(len(person.faces[:_FACES]) for person in who[:_PEOPLE])


def people(path: Path, pictures: Sequence[Picture], who: Sequence[Person], on_each: Callable[[], None]) -> None:
    """The strip of faces: a row for each person, with the number that `--person` takes and how often they are seen.

    Args:
        path: a .png.
        on_each: called after every face.

    Raises:
        OutputUnwritable: it cannot be written.
    """
    from PIL import Image, ImageDraw

    step = _FACE + _GAP
    rows = who[:_PEOPLE]
    strip = Image.new("RGB", (_HEAD * 2 + _FACES * step + _GAP, max(1, len(rows)) * step + _GAP), _GROUND)
    pen = ImageDraw.Draw(strip)
    for row, person in enumerate(rows):
        y = _GAP + row * step
        _write(pen, (_GAP + 6, y + 30), str(person.number), 44, _INK)
        _write(pen, (_GAP + 8, y + 86), f"×{person.pictures}", 20, _SOFT)
        for column, (place, number) in enumerate(person.faces[:_FACES]):
            strip.paste(_head(pictures[place], number), (_HEAD * 2 + column * step, y))
            on_each()
    with writing(path) as temporary:
        strip.save(temporary, format="PNG", compress_level=6)


def _thumb(picture: Picture) -> Image:
    from PIL import Image

    small = Image.fromarray(full(picture, 2 * _CELL))
    small.thumbnail((_CELL, _CELL), Image.Resampling.LANCZOS)
    return small


def _head(picture: Picture, number: int) -> Image:
    from PIL import Image

    image = Image.fromarray(full(picture, 1280))
    x0, y0, x1, y1 = picture.looked.faces[number].box
    middle = ((x0 + x1) / 2 * image.width, (y0 + y1) / 2 * image.height)
    half = (0.5 + _AROUND) * max((x1 - x0) * image.width, (y1 - y0) * image.height)
    box = (middle[0] - half, middle[1] - 1.1 * half, middle[0] + half, middle[1] + 0.9 * half)
    cut = image.crop(tuple(round(side) for side in box))  # type: ignore[arg-type]  # four stay four
    return cut.resize((_FACE, _FACE), Image.Resampling.LANCZOS)


def _tag(pen: ImageDraw, at: tuple[int, int], text: str, *, ink: tuple[int, int, int] = _INK) -> None:
    """Small words on a dark ground, so that they can be read on any picture."""
    wide = 8 + 10 * len(text)
    pen.rectangle((at[0], at[1], at[0] + wide, at[1] + 23), fill=_GROUND)
    _write(pen, (at[0] + 5, at[1] + 2), text, 17, ink)


def _write(pen: ImageDraw, at: tuple[int, int], text: str, pixels: int, ink: tuple[int, int, int]) -> None:
    from PIL import ImageFont

    try:
        face = ImageFont.truetype(str(font_for(text).path), pixels)
    except FontMissing:
        return  # numbers and our own titles: a machine without a font still gets the pictures
    pen.text(at, text, font=face, fill=ink)
