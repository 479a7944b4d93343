"""A Timeline as JSON and back. Every object names its schema; unknown keys are refused; Fractions are "n/d" strings."""

from __future__ import annotations

import json
import types
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

from studio.edit import timeline as words
from studio.edit.look import Look
from studio.edit.timeline import Timeline

_VERSION = "1"
_CLASSES = (
    words.TimeRange,
    words.Rect,
    words.Fit,
    words.Move,
    words.Place,
    words.Fade,
    Look,
    words.Volume,
    words.Overlay,
    words.Captions,
    words.Media,
    words.Clip,
    words.Gap,
    words.Transition,
    words.Track,
    words.Timeline,
)
_BY_SCHEMA = {f"{cls.__name__}.{_VERSION}": cls for cls in _CLASSES}


def to_json(timeline: Timeline) -> str:
    """The timeline as JSON text; `from_json` gives an equal one back."""
    return json.dumps(_plain(timeline), ensure_ascii=False, indent=1)


def from_json(text: str) -> Timeline:
    """The timeline that `to_json` wrote.

    Raises:
        ValueError: not JSON, an unknown schema or key, a missing key, or a value of the wrong type; says where.
    """
    timeline = _read(Timeline, json.loads(text), "timeline")
    if not isinstance(timeline, Timeline):
        raise ValueError("this is not a timeline")
    return timeline


def _plain(value: object) -> object:
    if is_dataclass(value):
        named = {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
        return {"schema": f"{type(value).__name__}.{_VERSION}", **named}
    if isinstance(value, Fraction):
        return f"{value.numerator}/{value.denominator}"
    if isinstance(value, Path):
        return value.as_posix()
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value


def _read(hint: object, value: object, where: str) -> object:
    """`value` from JSON as the annotated type `hint`."""
    origin = get_origin(hint)
    if origin is types.UnionType:
        return _read_union(hint, value, where)
    if origin is Literal:
        if value not in get_args(hint):
            raise ValueError(f"{where}: {value!r} is none of {get_args(hint)}")
        return value
    if origin is tuple:
        return _read_tuple(get_args(hint), value, where)
    if is_dataclass(hint):
        return _read_object(value, where, (hint,))
    if hint is Fraction or hint is Path:
        if not isinstance(value, str):
            raise ValueError(f"{where}: expected text, got {value!r}")
        return Fraction(value) if hint is Fraction else Path(value)
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if not isinstance(hint, type) or not isinstance(value, hint) or (isinstance(value, bool) and hint is not bool):
        raise ValueError(f"{where}: expected {hint}, got {value!r}")
    return value


def _read_union(hint: object, value: object, where: str) -> object:
    choices = get_args(hint)
    if type(None) in choices:
        return None if value is None else _read(next(c for c in choices if c is not type(None)), value, where)
    return _read_object(value, where, choices)


def _read_tuple(args: tuple[object, ...], value: object, where: str) -> tuple[object, ...]:
    if not isinstance(value, list):
        raise ValueError(f"{where}: expected a list, got {value!r}")
    if len(args) == 2 and args[1] is Ellipsis:
        return tuple(_read(args[0], item, f"{where}[{i}]") for i, item in enumerate(value))
    if len(value) != len(args):
        raise ValueError(f"{where}: expected {len(args)} values, got {len(value)}")
    pairs = zip(args, value, strict=True)
    return tuple(_read(arg, item, f"{where}[{i}]") for i, (arg, item) in enumerate(pairs))


def _read_object(value: object, where: str, choices: tuple[object, ...]) -> object:
    if not isinstance(value, Mapping):
        raise ValueError(f"{where}: expected an object, got {value!r}")
    schema = value.get("schema")
    cls: Any = _BY_SCHEMA.get(str(schema))
    if cls is None or cls not in choices:
        raise ValueError(f"{where}: schema {schema!r} is not understood here")
    known = {field.name: field for field in fields(cls)}
    if unknown := sorted(set(value) - set(known) - {"schema"}):
        raise ValueError(f"{where}: unknown key {unknown[0]!r}; known: {', '.join(known)}")
    if missing := [name for name, field in known.items() if field.default is MISSING and name not in value]:
        raise ValueError(f"{where}: {missing[0]!r} is missing")
    hints = get_type_hints(cls)
    given = {name: _read(hints[name], value[name], f"{where}.{name}") for name in known if name in value}
    return cls(**given)
