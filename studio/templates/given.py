"""What was given for a slot, read and checked: texts, numbers, choices, photos and sounds."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal

from studio.errors import FileUnreadable, ProductionInvalid
from studio.media.probe import check_readable
from studio.templates.slots import Slot

Kind = Literal["photos", "recordings", "music"]
"""What a file is, and the folder it is copied to."""

PICTURES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp", ".gif", ".heic", ".heif"})
SOUNDS = frozenset({".wav", ".flac", ".mp3", ".m4a", ".aac", ".ogg", ".opus", ".aif", ".aiff", ".wma"})
LONGEST_TEXT = 20_000  # characters, where a slot says nothing; as much as a line may hold
_LONGEST_NAME = 255  # bytes, on the file systems there are
_CALLED: Mapping[type, str] = {bool: "yes or no", dict: "a table", list: "a list", tuple: "a list"}


@dataclass(frozen=True)
class Input:
    """A file that was given; it is copied beside the production."""

    source: Path
    kind: Kind


@dataclass(frozen=True)
class Place:
    """Where a value stands: for sentences, and for paths that are relative to a file."""

    name: str
    folder: Path = Path()

    def inside(self, part: str, folder: Path | None = None) -> Place:
        """The place of a part of this one."""
        return Place(f"{self.name}{part}", self.folder if folder is None else folder)

    def refuse(self, words: str) -> ProductionInvalid:
        """The error that says `words` of this place."""
        return ProductionInvalid(f"{self.name} {words}")


def is_empty(value: object) -> bool:
    """Was nothing given?"""
    return value is None or (isinstance(value, str) and not value.strip()) or value in ([], (), {})


def many(value: Any) -> list[Any]:
    """A value as the list it is, or the only one of a list."""
    return list(value) if isinstance(value, Iterable) and not isinstance(value, str | Mapping) else [value]


def text(slot: Slot, value: Any, place: Place) -> str:
    """Words; numbers and days are written out."""
    if isinstance(value, bool) or not isinstance(value, str | int | float | date):
        raise place.refuse(f"takes text, not {called(value)}.")
    words = str(value).strip()
    most = int(slot.max or LONGEST_TEXT)
    if len(words) > most:
        raise place.refuse(f"takes at most {most} characters; these are {len(words)}.")
    return words


def texts(slot: Slot, value: Any, place: Place) -> list[str]:
    """Several texts, each of any length."""
    single = slot.model_copy(update={"min": None, "max": None})
    found = [text(single, item, place) for item in many(value) if not is_empty(item)]
    check_count(slot, len(found), "texts", place)
    return found


def number(slot: Slot, value: Any, place: Place) -> float:
    """A number within the bounds of the slot; whole ones stay whole."""
    try:
        found = float(value) if isinstance(value, int | float | str) and not isinstance(value, bool) else math.nan
    except ValueError:
        found = math.nan
    if not math.isfinite(found):
        raise place.refuse(f"takes a number, not {called(value)}.")
    if (slot.min is not None and found < slot.min) or (slot.max is not None and found > slot.max):
        raise place.refuse(f"takes a number {_span(slot)}, not {found:g}.")
    return int(found) if found.is_integer() else found


def choice(slot: Slot, value: Any, place: Place) -> str:
    """One of the choices, by its key or its words in either language."""
    word = str(value).strip().casefold()
    for key, words in slot.choices.items():
        if word in (key.casefold(), words.en.casefold(), words.zh.casefold()):
            return key
    raise place.refuse(f"is one of {', '.join(slot.choices)}, not {called(value)}.")


def choices(slot: Slot, value: Any, place: Place) -> list[str]:
    """Several of them, each once; they may be written in one text, with commas."""
    items = [word for item in many(value) for word in (re.split(r"[,，、]", item) if isinstance(item, str) else [item])]
    return list(dict.fromkeys(choice(slot, item, place) for item in items if not is_empty(item)))


def face(slot: Slot, value: Any, place: Place) -> Any:
    """Which face is theirs: a number from 1, (x, y) in px of the photo, or {x, y} as shares of it."""
    del slot
    if isinstance(value, str) and re.fullmatch(r"\s*\d+\s*", value):
        value = int(value)
    elif isinstance(value, str) and re.fullmatch(r"\s*[\d.]+\s*,\s*[\d.]+\s*", value):
        value = value.split(",")
    if isinstance(value, int) and not isinstance(value, bool) and value >= 1:
        return value
    if isinstance(value, Mapping) and set(value) == {"x", "y"}:
        return dict(value)
    if isinstance(value, list | tuple) and len(value) == 2:
        try:
            return float(value[0]), float(value[1])
        except (TypeError, ValueError):
            pass
    raise place.refuse(f"takes a number, counted from the left, or a point x,y in px, not {called(value)}.")


def image(slot: Slot, value: Any, place: Place) -> Input:
    """One photo."""
    found = images(slot.model_copy(update={"min": None, "max": None}), value, place)
    if len(found) != 1:
        raise place.refuse(f"takes one photo; these are {len(found)}.")
    return found[0]


def images(slot: Slot, value: Any, place: Place) -> list[Input]:
    """Photos: files, folders and patterns such as photos/19*.jpg, in the order of their names."""
    found = list(dict.fromkeys(path for item in many(value) for path in _files(item, PICTURES, "photo", place)))
    check_count(slot, len(found), "photos", place)
    return [Input(path, "photos") for path in found]


def audios(slot: Slot, value: Any, place: Place) -> list[Input]:
    """Recordings, in the same ways."""
    found = list(dict.fromkeys(path for item in many(value) for path in _files(item, SOUNDS, "recording", place)))
    check_count(slot, len(found), "recordings", place)
    return [Input(path, "recordings") for path in found]


def audio(slot: Slot, value: Any, place: Place) -> Input:
    """One recording."""
    found = audios(slot.model_copy(update={"min": None, "max": None}), value, place)
    if len(found) != 1:
        raise place.refuse(f"takes one recording; these are {len(found)}.")
    return found[0]


def music(slot: Slot, value: Any, place: Place) -> dict[str, Any]:
    """{mood, file}: one of the moods of the slot, or a file."""
    if not isinstance(value, str | Path):
        raise place.refuse(f"takes one of {', '.join(slot.choices)}, or a sound file, not {called(value)}.")
    path = place.folder / Path(value).expanduser()
    if isinstance(value, Path) or there(path):
        check_readable(path)
        return {"mood": None, "file": Input(path, "music")}
    try:
        return {"mood": choice(slot, value, place), "file": None}
    except ProductionInvalid:
        moods = ", ".join(slot.choices)
        raise place.refuse(f"is one of {moods}, or a sound file; {value!r} is neither.") from None


def check_count(slot: Slot, count: int, what: str, place: Place) -> None:
    """Raise ProductionInvalid where a list is too short or too long."""
    if (slot.min is not None and count < slot.min) or (slot.max is not None and count > slot.max):
        raise place.refuse(f"takes {_span(slot)} {what}; these are {count}.")


def there(path: Path) -> bool:
    """Is there anything of that name? Words that are far too long for one are no path."""
    try:
        return path.exists()
    except OSError:
        return False


def called(value: Any) -> str:
    """A value as a sentence names it."""
    if isinstance(value, str | Path):
        shown = str(value)
        return repr(shown if len(shown) <= 60 else f"{shown[:59]}…")
    return _CALLED.get(type(value), repr(value))


def order(path: Path) -> list[tuple[int, int, str]]:
    """Sorts names as people count them: photo 2 before photo 10."""
    parts = re.findall(r"\d+|\D+", path.name.casefold())
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts]


def _files(value: Any, suffixes: frozenset[str], what: str, place: Place) -> list[Path]:
    """The files that one path stands for: itself, what a folder holds, or what a pattern matches.

    Raises:
        ProductionInvalid: it is no path, or matches nothing.
        FileUnreadable: the file is not there, empty, or may not be read.
    """
    if not isinstance(value, str | Path):
        raise place.refuse(f"takes files, folders or patterns, not {called(value)}.")
    path = place.folder / Path(value).expanduser()
    if there(path) and path.is_dir():
        found = sorted(_fitting(path.iterdir(), suffixes), key=order)
        if not found:
            raise place.refuse(f"names the folder {path}, but there is no {what} in it.")
    elif there(path) or not re.search(r"[*?\[]", str(value)):
        found = [path]
    else:
        root = Path(path.anchor)
        found = sorted(_fitting(root.glob(str(path.relative_to(root))), suffixes), key=order)
        if not found:
            raise place.refuse(f"names {path}, but no {what} matches that.")
    for file in found:
        if len(file.name.encode()) > _LONGEST_NAME:
            raise place.refuse(f"takes files, folders or patterns, not {called(value)}.")
        try:
            check_readable(file)
        except FileUnreadable as error:
            raise FileUnreadable(f"{place.name}: {error}") from error
    return found


def _fitting(paths: Iterable[Path], suffixes: frozenset[str]) -> list[Path]:
    return [
        path for path in paths if path.suffix.lower() in suffixes and not path.name.startswith(".") and path.is_file()
    ]


def _span(slot: Slot) -> str:
    """1–80, at least 1, at most 80."""
    least, most = (None if bound is None else f"{bound:g}" for bound in (slot.min, slot.max))
    if least is not None and most is not None:
        return f"from {least} to {most}"
    return f"of at least {least}" if least is not None else f"of at most {most}"
