"""The slots of a template: what may be given for it, of which type, and how much of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field, model_validator

from studio.people import Model, Person
from studio.types import Language

SlotType = Literal[
    "text", "text[]", "number", "choice", "choice[]", "image", "image[]", "audio", "audio[]", "face", "lines", "music",
    "person", "chapters", "table[]",
]  # fmt: skip
TABLES: tuple[SlotType, ...] = ("person", "chapters", "table[]")
CHOSEN: tuple[SlotType, ...] = ("choice", "choice[]", "music")
LISTS: tuple[SlotType, ...] = ("text[]", "choice[]", "image[]", "audio[]", "lines", "chapters", "table[]")


class Bilingual(Model):
    """The same words in both languages."""

    en: str = ""
    zh: str = ""

    model_config = ConfigDict(frozen=True)

    def __getitem__(self, language: Language) -> str:
        return self.zh if language == "zh" else self.en


NO_WORDS = Bilingual()


def _named(table: Any) -> Any:
    """Slots as a file writes them, name → the rest, in a list in which each knows its name."""
    if isinstance(table, Mapping):
        return [{"name": name, **(slot or {})} for name, slot in table.items()]
    return table


class Slot(Model):
    """One thing that a template takes."""

    name: str
    type: SlotType
    title: Bilingual
    help: Bilingual = NO_WORDS
    """What it is, wherever it is asked for."""
    typed: Bilingual = NO_WORDS
    """How it is written on the command line, where that has to be told."""
    required: bool = False
    unless: str = ""
    """A slot that, once filled, makes this one unnecessary."""
    min: float | None = None
    """Of a number: the least; of a list: how many; of a person: photos."""
    max: float | None = None
    """The most; of text: characters."""
    default: Any = None
    """What is taken where nothing is given; {en, zh} where it is words."""
    choices: dict[str, Bilingual] = Field(default_factory=dict)
    parts: Slots = ()
    """What one row of a table holds, or a person."""
    inline: tuple[str, ...] = ()
    """The parts that may be written in one line, with colons between them; the last takes what is left."""
    option: str = ""
    """The option of `studio new` that fills it; left out, `--set NAME=…`."""
    lends: bool = False
    """Of photos: they show the person who speaks, who may borrow from them what the portrait does not show."""

    model_config = ConfigDict(frozen=True)

    @model_validator(mode="after")
    def _whole(self) -> Slot:
        if bool(self.choices) != (self.type in CHOSEN):
            raise ValueError(f"slot {self.name!r}: `choices:` are for the types {', '.join(CHOSEN)}")
        if bool(self.parts) != (self.type in TABLES):
            raise ValueError(f"slot {self.name!r}: `parts:` are for the types {', '.join(TABLES)}")
        unknown = set(self.inline) - {part.name for part in self.parts}
        if unknown:
            raise ValueError(f"slot {self.name!r}: `inline:` names {', '.join(sorted(unknown))}, which are no parts")
        return self

    def default_in(self, language: Language) -> Any:
        """What is taken where nothing is given."""
        if isinstance(self.default, Mapping) and set(self.default) == {"en", "zh"}:
            return self.default[language]
        return self.default

    def part(self, name: str) -> Slot | None:
        """The part of that name."""
        return next((part for part in self.parts if part.name == name), None)

    @property
    def flag(self) -> str:
        """How it is given on the command line."""
        return self.option or f"--set {self.name}=…"


Slots = Annotated[tuple[Slot, ...], BeforeValidator(_named)]


class Recipe(Model):
    """A template, as its file says it."""

    title: Bilingual
    about: Bilingual
    aliases: tuple[str, ...] = ()
    """Names that it had before."""
    slots: Slots
    production: dict[str, Any]

    model_config = ConfigDict(frozen=True)


Slot.model_rebuild()


def json_schema(slots: tuple[Slot, ...], language: Language) -> dict[str, Any]:
    """What may be given, as a JSON Schema (2020-12) of one table, its words in one language."""
    return {
        "type": "object",
        "properties": {slot.name: _property(slot, language) for slot in slots},
        "required": [slot.name for slot in slots if slot.required and not slot.unless],
        "additionalProperties": False,
    }


def _property(slot: Slot, language: Language) -> dict[str, Any]:
    found: dict[str, Any] = {"title": slot.title[language], "x-slot": slot.type}
    if slot.help[language]:
        found["description"] = slot.help[language]
    if slot.required and slot.unless:
        found["x-unless"] = slot.unless
    default = slot.default_in(language)
    if default is not None:
        found["default"] = default
    return {**found, **_shape(slot, language)}


def _shape(slot: Slot, language: Language) -> dict[str, Any]:
    bounds = {key: value for key, value in (("min", slot.min), ("max", slot.max)) if value is not None}
    match slot.type:
        case "number":
            return {"type": "number", **{f"{key}imum": value for key, value in bounds.items()}}
        case "text":
            return {"type": "string", **{f"{key}Length": int(value) for key, value in bounds.items()}}
        case "choice":
            return {"type": "string", **_choice(slot, language)}
        case "image" | "audio":
            return {"type": "string", "format": "path"}
        case "face":
            return {"type": ["integer", "string"]}
        case "music":
            words = [f"{key}: {told[language]}" for key, told in slot.choices.items()]
            return {"type": "string", "format": "path", "examples": list(slot.choices), "x-titles": words}
        case "person":
            # What production.yaml knows of a person besides is taken as it is.
            return {**json_schema(slot.parts, language), "additionalProperties": True}
    many = {f"{key}Items": int(value) for key, value in bounds.items()}
    return {"type": "array", "items": _item(slot, language), **many}


def _item(slot: Slot, language: Language) -> dict[str, Any]:
    match slot.type:
        case "choice[]":
            return {"type": "string", **_choice(slot, language)}
        case "image[]" | "audio[]":
            return {"type": "string", "format": "path"}
        case "lines":
            return {"type": ["string", "object"]}
        case "chapters" | "table[]":
            return json_schema(slot.parts, language)
    return {"type": "string"}


def _choice(slot: Slot, language: Language) -> dict[str, Any]:
    return {"enum": list(slot.choices), "x-titles": [words[language] for words in slot.choices.values()]}


def passed_on(slot: Slot) -> frozenset[str]:
    """Keys that a value may have besides the slot's parts: what production.yaml knows of a person."""
    return frozenset(Person.model_fields) if slot.type == "person" else frozenset()
