"""The templates there are: their files, their words, their slots, their pictures."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from studio.errors import ProductionInvalid
from studio.spelling import sentences
from studio.templates.rows import closest
from studio.templates.slots import Recipe, Slot, json_schema
from studio.types import Language
from studio.weights import data_dir

_SHARED = Path("common") / "slots.yaml"


def names(*, only: Collection[str] | None = None) -> tuple[str, ...]:
    """The templates there are.

    Args:
        only: slots that can be given; templates that need others are left out.
    """
    found = sorted(path.stem for path in data_dir("templates").glob("*.yaml"))
    if only is None:
        return tuple(found)
    return tuple(name for name in found if all(slot.name in only for slot in slots(name) if slot.required))


def aliases() -> dict[str, str]:
    """Former names of templates, and what they are called now."""
    return {former: name for name in names() for former in recipe(name).aliases}


def title(name: str, language: Language) -> str:
    """A template's title."""
    return recipe(name).title[language]


def describe(name: str, language: Language) -> str:
    """A template in one or two sentences."""
    return recipe(name).about[language]


def picture(name: str) -> Path | None:
    """Some frames of a film that the template gives, as a .jpg; None where nobody made them yet."""
    path = data_dir("templates") / f"{called(name)}.jpg"
    return path if path.is_file() else None


def slots(name: str) -> tuple[Slot, ...]:
    """What a template takes, in the order in which a person would be asked.

    Raises:
        ProductionInvalid: there is no such template.
    """
    return recipe(name).slots


def slot(name: str, key: str) -> Slot:
    """One of them.

    Raises:
        ProductionInvalid: there is no such template, or it has no such slot.
    """
    known = {each.name: each for each in slots(name)}
    if key not in known:
        raise ProductionInvalid(f"{called(name)} has no slot {key!r}{closest(key, known)}")
    return known[key]


def fields(name: str, language: Language = "en") -> dict[str, Any]:
    """What a template takes, as a JSON Schema with its words in one language: what a form is made from.

    `x-slot` is the type of each slot, `x-titles` the words for the values of `enum`; what has `x-unless` is required
    where the slot or part of that name is empty.

    Raises:
        ProductionInvalid: there is no such template.
    """
    known = recipe(name)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": known.title[language],
        "description": known.about[language],
        **json_schema(known.slots, language),
    }


def called(name: str) -> str:
    """The name of a template now, where it had another one before.

    Raises:
        ProductionInvalid: there is no such template.
    """
    if name in names():
        return name
    former = aliases()
    if name not in former:
        raise ProductionInvalid(f"There is no template called {name!r}{closest(name, (*names(), *former))}")
    return former[name]


def recipe(name: str) -> Recipe:
    """A template as its file says it.

    Raises:
        ProductionInvalid: there is no such template, or its file is not what a template looks like.
    """
    path = data_dir("templates") / f"{name}.yaml"
    return _read(path) if name in names() else _read(path.with_stem(called(name)))


@cache
def _read(path: Path) -> Recipe:
    shared = yaml.safe_load((path.parent / _SHARED).read_text(encoding="utf-8"))
    table = yaml.safe_load(path.read_text(encoding="utf-8"))
    table["slots"] = {key: {**shared.get(key, {}), **(own or {})} for key, own in table["slots"].items()}
    try:
        return Recipe.model_validate(table)
    except ValidationError as error:
        raise ProductionInvalid(f"{path}: {sentences(error, Recipe)}") from error
