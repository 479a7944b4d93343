"""The form of a template, from its JSON schema: its fields, what they hold, and what is still missing. No Gradio here.

What every film needs is asked for in panels of its own, once for all templates; the form has what remains.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from studio.app.web.texts import say
from studio.types import Language

ELSEWHERE = frozenset({"person", "words", "album", "music", "licence", "aspect", "also"})
"""Slots that other panels fill."""
TABLES = frozenset({"chapters", "table[]"})
MOST_ROWS = 40  # of a table on the page; files and the command line know no limit
_ALBUM = "album"

Schema = Mapping[str, Any]


@dataclass(frozen=True)
class Field:
    """One field of the form."""

    slot: str
    schema: Schema
    needed: bool
    """Has it to be filled in, unless something else is?"""
    row: int | None = None
    """From 0, in a table."""
    part: str = ""

    @property
    def key(self) -> str:
        """Under which the field is remembered, and found on the page."""
        return f"slot-{self.slot}" if self.row is None else f"slot-{self.slot}-{self.row + 1}-{self.part}"

    @property
    def kind(self) -> str:
        """The type of its slot, as templates write it."""
        return str(self.schema["x-slot"])


def own(schema: Schema) -> dict[str, Schema]:
    """The slots that only this template has, in the order in which a person is asked."""
    return {name: slot for name, slot in schema["properties"].items() if name not in ELSEWHERE}


def is_table(slot: Schema) -> bool:
    """Does it have rows?"""
    return slot["x-slot"] in TABLES


def parts(slot: Schema) -> dict[str, Schema]:
    """What a row of a table holds."""
    return dict(slot["items"]["properties"])


def most_rows(slot: Schema) -> int:
    """How many rows of a table the page shows."""
    return min(MOST_ROWS, int(slot.get("maxItems", MOST_ROWS)))


def field(name: str, schema: Schema) -> Field:
    """The field of a slot that is no table."""
    return Field(name, schema["properties"][name], name in schema["required"])


def row(name: str, slot: Schema, number: int) -> list[Field]:
    """The fields in a row of a table; `number` from 0."""
    needed = slot["items"]["required"]
    return [Field(name, part, key in needed or "x-unless" in part, number, key) for key, part in parts(slot).items()]


def rows_filled(name: str, slot: Schema, kept: Mapping[str, Any]) -> int:
    """Up to which row something is filled in.

    Args:
        kept: values by the keys of their fields.
    """
    filled = [
        number + 1
        for number in range(most_rows(slot))
        if any(not _says_nothing(each, kept.get(each.key)) for each in row(name, slot, number))
    ]
    return max(filled, default=0)


def given(fields: Sequence[Field], values: Sequence[Any]) -> dict[str, Any]:
    """What was filled in, as `studio.templates.new` takes it; empty fields and empty rows are left out.

    Args:
        values: of the fields, as the page has them.
    """
    found: dict[str, Any] = {}
    rows: dict[str, dict[int, list[tuple[Field, Any]]]] = {}
    for each, value in zip(fields, values, strict=True):
        read = _read(each.kind, value)
        if read in (None, "", []):
            continue
        if each.row is None:
            found[each.slot] = read
        else:
            rows.setdefault(each.slot, {}).setdefault(each.row, []).append((each, read))
    for slot, table in rows.items():
        # A choice is always made; a row in which nothing else is said is an empty one.
        told = [cells for cells in table.values() if any(each.kind != "choice" for each, _ in cells)]
        if told:
            found[slot] = [{each.part: read for each, read in cells} for cells in told]
    return found


def _says_nothing(each: Field, value: Any) -> bool:
    return each.kind == "choice" or _read(each.kind, value) in (None, "", [])


def _read(kind: str, value: Any) -> Any:
    if value is None:
        return None
    match kind:
        case "text[]":
            return [line.strip() for line in str(value).splitlines() if line.strip()]
        case "lines":
            # As tables: "notes.txt" are words here, and no file.
            return [{"say": line.strip()} for line in str(value).splitlines() if line.strip()]
        case "number":
            return float(value) if math.isfinite(float(value)) else None
        case "image" | "audio":
            return Path(value)
        case "image[]" | "audio[]":
            return [Path(path) for path in value]
    return value.strip() if isinstance(value, str) else value


def lacking(schema: Schema, values: Mapping[str, Any], language: Language) -> list[str]:
    """What is still missing or out of bounds, each in a sentence in the language of the page.

    Args:
        schema: of the template, in that language.
        values: of its slots, those that other panels filled among them.
    """
    found = []
    for name, slot in schema["properties"].items():
        if name == "person":
            continue
        value = values.get(name)
        if _missing(name, slot, schema, values):
            key = "need_album" if name == _ALBUM else "need_slot"
            found.append(say(key, language, slot=slot["title"]))
        elif is_table(slot):
            for number, cells in enumerate(value or (), 1):
                found += _lacking_in(slot, cells, number, language)
        elif slot["x-slot"] == "number" and value is not None:
            found += _bounds(slot, value, language)
    return found


def _missing(name: str, slot: Schema, table: Schema, values: Mapping[str, Any]) -> bool:
    instead = slot.get("x-unless")
    required = name in table["required"] or (instead is not None and not values.get(instead))
    return required and not values.get(name)


def _lacking_in(slot: Schema, cells: Mapping[str, Any], number: int, language: Language) -> Iterator[str]:
    for name, part in parts(slot).items():
        if _missing(name, part, slot["items"], cells):
            yield say("need_part", language, slot=slot["title"], part=part["title"], number=number)


def _bounds(slot: Schema, value: float, language: Language) -> Iterator[str]:
    least, most = float(slot.get("minimum", -math.inf)), float(slot.get("maximum", math.inf))
    if not least <= value <= most:
        yield say("need_bounds", language, slot=slot["title"], least=f"{least:g}", most=f"{most:g}")
