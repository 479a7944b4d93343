"""Tables that were given: chapters, answers, quotations, lines and people, in a file, in one line, or as folders."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from studio.errors import FileUnreadable
from studio.media.probe import check_readable
from studio.people import Line
from studio.spelling import sentences
from studio.templates import given
from studio.templates.given import Place, called, is_empty
from studio.templates.slots import Slot, passed_on

_STRUCTURED = frozenset({".yaml", ".yml", ".json"})
_COLON = re.compile(r"\s*[:：](?!//|\\)\s*")  # not that of https:// or C:\
_NUMBERED = re.compile(r"^\d+[\s._-]+")  # "02 School": the number only orders the folders


def taken(slot: Slot, value: Any, place: Place) -> Any:
    """A value as the template uses it: files are `Input`s, rows of tables have every part of theirs.

    Raises:
        ProductionInvalid: it is not of the slot's type, too much or too little, or an unknown choice.
        FileUnreadable: a file that it names is not there.
    """
    return _READERS[slot.type](slot, value, place)


def closest(word: str, known: Iterable[str]) -> str:
    """What was probably meant, as the end of a sentence."""
    known = list(known)
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    return f"; did you mean {near[0]!r}?" if near else f"; there are {', '.join(known)}."


def _person(slot: Slot, value: Any, place: Place) -> dict[str, Any]:
    table, place = _loaded(value, place)
    if not isinstance(table, Mapping):
        raise place.refuse(f"takes a table with name and photos, or a file that holds one, not {called(value)}.")
    person = _row(slot, table, place)
    given.check_count(slot, len(person["photos"]), "photos of the person", place.inside(".photos"))
    return person


def _lines(slot: Slot, value: Any, place: Place) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for item in [value] if isinstance(value, Mapping) else given.many(value):
        table, inner = _loaded(item, place, {*_STRUCTURED, ".txt"})
        rows = [table] if isinstance(table, Mapping) or not isinstance(table, list) else table
        found += [_line(row, inner.inside(f"[{len(found) + 1}]")) for row in rows if not is_empty(row)]
    given.check_count(slot, len(found), "lines", place)
    return found


def _line(row: Any, place: Place) -> dict[str, Any]:
    """One line as production.yaml has it."""
    if not isinstance(row, Mapping):
        if not isinstance(row, str):
            raise place.refuse(f"takes words, or a table with `say:` or `recording:`, not {called(row)}.")
        row = {"say": str(row).strip()}
    try:
        Line.model_validate({key: str(part) if isinstance(part, Path) else part for key, part in row.items()})
    except ValidationError as error:
        raise place.refuse(f"is no line: {sentences(error, Line)}") from error
    line = dict(row)
    if line.get("recording") is not None:
        line["recording"] = given.audio(_RECORDING, line["recording"], place)
    return line


def _chapters(slot: Slot, value: Any, place: Place) -> list[dict[str, Any]]:
    """Chapters, or a folder of theirs: each has its name, its photos, and its words in a text file."""
    rows: list[Any] = []
    for item in given.many(value):
        folder = place.folder / Path(item).expanduser() if isinstance(item, str | Path) and str(item).strip() else None
        rows += _folders(folder, place) if folder is not None and given.there(folder) and folder.is_dir() else [item]
    return _table(slot, rows, place)


def _folders(folder: Path, place: Place) -> list[dict[str, Any]]:
    inner = sorted((path for path in folder.iterdir() if path.is_dir() and path.name[0] != "."), key=given.order)
    if not inner:
        raise place.refuse(f"names the folder {folder}, which has no folders in it: each is one chapter.")
    chapters = []
    for path in inner:
        files = sorted((file for file in path.iterdir() if file.name[0] != "."), key=given.order)
        photos = [file.absolute() for file in files if file.suffix.lower() in given.PICTURES]
        texts = [_read(file, place) for file in files if file.suffix.lower() == ".txt"]
        words = [line for told in texts for line in told.splitlines() if line.strip()]
        if photos or words:
            chapters.append({"title": _NUMBERED.sub("", path.name), "photos": photos, "words": words})
    return chapters


def _table(slot: Slot, value: Any, place: Place) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for item in given.many(value):
        table, inner = _loaded(item, place)
        for row in [table] if isinstance(table, str | Mapping) else given.many(table):
            where = inner.inside(f"[{len(found) + 1}]")
            found.append(_row(slot, _split(slot, row, where) if isinstance(row, str) else row, where))
    given.check_count(slot, len(found), "entries", place)
    for number, row in enumerate(found, 1):
        row["number"] = f"{number:0{max(2, len(str(len(found))))}d}"
    return found


def _row(slot: Slot, row: Any, place: Place) -> dict[str, Any]:
    if not isinstance(row, Mapping):
        raise place.refuse(f"takes a table with {', '.join(part.name for part in slot.parts)}, not {called(row)}.")
    passed = passed_on(slot)
    found: dict[str, Any] = {}
    for key, value in row.items():
        if slot.part(str(key)) is None:
            if key not in passed:
                raise place.refuse(f"has no part {str(key)!r}{closest(str(key), (part.name for part in slot.parts))}")
            found[str(key)] = value
    for part in slot.parts:
        value = row.get(part.name)
        if is_empty(value):
            if part.required and (not part.unless or is_empty(row.get(part.unless))):
                raise place.refuse(f"needs its {part.name}: {part.help.en or part.title.en}")
            found[part.name] = part.default if part.default is not None else _NOTHING.get(part.type, "")
        else:
            found[part.name] = taken(part, value, place.inside(f".{part.name}"))
    return found


def _split(slot: Slot, row: str, place: Place) -> dict[str, str]:
    """A row that was written in one line."""
    if not slot.inline:
        raise place.refuse("takes a table, or a .yaml or .json file that holds one.")
    pieces = _COLON.split(row.strip(), maxsplit=len(slot.inline) - 1)
    short = len(pieces) < len(slot.inline)
    # "Anna" alone is a title; but with a photo missing in between, words would be taken for photos.
    if short and len(pieces) > 1:
        pattern = ": ".join(name.upper() for name in slot.inline)
        raise place.refuse(f"is written {pattern}, with nothing between two colons where there is none, not {row!r}.")
    return dict(zip(slot.inline, pieces, strict=False))


def _loaded(value: Any, place: Place, suffixes: Collection[str] = _STRUCTURED) -> tuple[Any, Place]:
    """What a file holds, and where its paths start from; everything that is no file as it is."""
    path = _file(value, place, suffixes)
    if path is None:
        return value, place
    words = _read(path, place)
    inner = place.inside("", path.parent)
    if path.suffix.lower() == ".txt":
        return [line.strip() for line in words.splitlines() if line.strip()], inner
    try:
        table = json.loads(words) if path.suffix.lower() == ".json" else yaml.safe_load(words)
    except (yaml.YAMLError, json.JSONDecodeError) as error:
        raise place.refuse(f"names {path}, which is not valid: {' '.join(str(error).split())}") from error
    if not isinstance(table, list | dict):
        raise place.refuse(f"names {path}, which holds no list and no table.")
    return table, inner


def _file(value: Any, place: Place, suffixes: Collection[str]) -> Path | None:
    """The file that a value names; None where it is words."""
    if not isinstance(value, str | Path) or Path(value).suffix.lower() not in suffixes:
        return None
    path = place.folder / Path(value).expanduser()
    # "Anna: read my notes.txt" are words, unless there is such a file.
    return path if isinstance(value, Path) or not re.search(r"\s", value) or given.there(path) else None


def _read(path: Path, place: Place) -> str:
    try:
        check_readable(path)
        return path.read_text(encoding="utf-8-sig")
    except FileUnreadable as error:
        raise FileUnreadable(f"{place.name}: {error}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise FileUnreadable(f"{place.name}: {path} cannot be read as UTF-8 text. Save it as UTF-8.") from error


_RECORDING = Slot.model_validate({"name": "recording", "type": "audio", "title": {"en": "Recording", "zh": "录音"}})
_NOTHING: Mapping[str, Any] = {
    **dict.fromkeys(("text[]", "choice[]", "image[]", "audio[]", "lines", "table[]"), ()),
    **dict.fromkeys(("image", "audio", "face")),
}
_READERS: Mapping[str, Callable[[Slot, Any, Place], Any]] = {
    "text": given.text,
    "text[]": given.texts,
    "number": given.number,
    "choice": given.choice,
    "choice[]": given.choices,
    "image": given.image,
    "image[]": given.images,
    "audio": given.audio,
    "audio[]": given.audios,
    "face": given.face,
    "music": given.music,
    "lines": _lines,
    "person": _person,
    "chapters": _chapters,
    "table[]": _table,
}
