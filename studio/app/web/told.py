"""What the film tells: the lines that are said, and what the chosen template asks for besides.

The fields are made anew for every template, from its JSON schema and in the language of the page; what was typed
before stays, since every field is remembered by its name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import gradio as gr

from studio import templates
from studio.app.web import deeds, form, notes, words
from studio.app.web.errors import shown_to_user
from studio.app.web.form import Field, Schema
from studio.app.web.texts import MOST_LINES, label, language_of, say
from studio.app.web.wish import SpokenLine
from studio.types import Language

_WIDE = 7  # shares of a row
_SHORT, _LONG = 120, 500  # characters; up to which a text is short, and from which on it gets two rows
QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}


@dataclass(frozen=True)
class Told:
    """What was filled in."""

    template: str
    lines: tuple[SpokenLine, ...]
    slots: Mapping[str, Any]
    """Those that only this template has."""


Read = Callable[[Sequence[Any]], Told]
"""Makes the values of the fields into what was filled in."""


def build() -> gr.Column:
    """Add the panel, and give the place in it for the fields."""
    with gr.Column(elem_classes="card"):
        gr.Markdown(label("told_heading"))
        return gr.Column(elem_id="told")


def fill(page: gr.Blocks, place: gr.Column, kind: gr.Radio, attach: Callable[[list[Any], Read], None]) -> None:
    """Fill the place with the fields of the chosen template, and again whenever another one is chosen.

    Args:
        kind: the template.
        attach: told of the fields every time, so that whatever needs their values listens to these.
    """
    with place:
        counts = gr.State({})

        def fields(name: str, asked: dict[str, int], request: gr.Request) -> None:
            sheet = _Sheet(language_of(request), notes.load(), asked, counts)
            sheet.build(templates.fields(name, sheet.language))
            sheet.remember()
            attach(sheet.components, lambda values: sheet.read(name, values))

        gr.render([kind, counts], [page.load, kind.change, counts.change], show_progress="hidden")(fields)


class _Sheet:
    """The fields of one template while they are being made."""

    def __init__(self, language: Language, kept: Mapping[str, Any], asked: Mapping[str, int], counts: gr.State) -> None:
        self.language = language
        self._kept, self._asked, self._counts = kept, asked, counts
        self._lines: dict[str, Any] = {}
        self._fields: list[tuple[Field, Any]] = []

    @property
    def components(self) -> list[Any]:
        """Everything that can be filled in."""
        return [*self._lines.values(), *(component for _, component in self._fields)]

    def read(self, template: str, values: Sequence[Any]) -> Told:
        """What the values of `components` say."""
        spoken = words.read(values[: len(self._lines)])
        return Told(template, spoken, form.given([field for field, _ in self._fields], values[len(self._lines) :]))

    def build(self, schema: Schema) -> None:
        """Add everything, in the order in which the template asks."""
        plain: list[Field] = []
        own = form.own(schema)
        for name, slot in schema["properties"].items():
            if name in own and not form.is_table(slot):
                plain.append(form.field(name, schema))
                continue
            if name == "words" or name in own:
                self._rows(plain)
                plain = []
            if name == "words":
                self._script()
            elif name in own:
                self._table(name, slot, needed=name in schema["required"])
        self._rows(plain)

    def remember(self) -> None:
        """Keep what a person fills in."""
        keys = [*self._lines, *(field.key for field, _ in self._fields)]

        def save(*values: Any) -> None:
            notes.keep(dict(zip(keys, values, strict=True)))

        gr.on(
            deeds.of(self.components), shown_to_user(save), self.components, None, trigger_mode="always_last", **QUIET
        )

    def _script(self) -> None:
        count = words.shown(self._kept, self._asked.get("words", 0))
        gr.Markdown(say("words_help", self.language), elem_classes="help")
        for number in range(count):
            self._lines |= zip(
                (words.key(number, part) for part in words.PARTS),
                words.build(number, self._kept, self.language),
                strict=True,
            )
        if count < MOST_LINES:
            self._more("words", count, "add_line", "add-line")

    def _table(self, name: str, slot: Schema, *, needed: bool) -> None:
        filled = form.rows_filled(name, slot, self._kept)
        most = form.most_rows(slot)
        count = min(max(filled + 1 if needed else filled, 1, self._asked.get(name, 0)), most)
        is_open = filled > 0 or name in self._asked
        title = slot["title"] if needed else say("optional", self.language, slot=slot["title"])
        with _unfolded(title) if needed else gr.Accordion(title, open=is_open, elem_id=f"table-{name}"):
            if told := slot.get("description"):
                gr.Markdown(told, elem_classes="help")
            for number in range(count):
                with gr.Column(elem_classes="line"):
                    gr.Markdown(f"{number + 1}", elem_classes="row-number")
                    self._rows(form.row(name, slot, number))
            if count < most:
                self._more(name, count, "add_row", f"add-{name}")

    def _rows(self, fields: Sequence[Field]) -> None:
        for row in _packed(fields):
            with gr.Row(elem_classes="fields"):
                for field in row:
                    self._fields.append((field, self._component(field)))

    def _more(self, name: str, count: int, words: str, elem_id: str) -> None:
        more = gr.Button(say(words, self.language), size="sm", elem_id=elem_id, elem_classes="more")
        more.click(lambda asked: {**asked, name: count + 1}, self._counts, self._counts, **QUIET)

    def _component(self, field: Field) -> Any:
        schema, kept = field.schema, self._kept.get(field.key)
        default, told = schema.get("default"), schema.get("description")
        title = schema["title"]
        if not field.needed and default is None:
            title = say("optional", self.language, slot=title)
        share = _share(field)
        common: dict[str, Any] = {"label": title, "elem_id": field.key, "interactive": True}
        common |= {"scale": share, "min_width": 75 * share}  # px; on a telephone long texts stand alone
        if field.kind != "choice":  # see words.build
            common |= {"key": field.key}
        match field.kind:
            case "number":
                return gr.Number(kept if kept is not None else default, info=told, elem_classes="short", **common)
            case "choice":
                choices = list(zip(schema["x-titles"], schema["enum"], strict=True))
                return gr.Dropdown(choices, value=kept or default, info=told, **common)
            case "image" | "image[]" | "audio" | "audio[]":
                several = field.kind.endswith("[]")
                types = ["image"] if field.kind.startswith("image") else ["audio", "video"]
                many = "multiple" if several else "single"
                return gr.File(
                    kept or None, file_count=many, file_types=types, height=150, elem_classes="drop", **common
                )
        long = field.kind != "text" or _longest(field) > _LONG
        if field.kind != "text":
            told = (" ", "")[self.language == "zh"].join(filter(None, (told, say("one_a_line", self.language))))
        shown = "\n".join(default) if isinstance(default, list) else default
        return gr.Textbox(
            kept or "",
            info=told,
            placeholder=shown,
            lines=2 if long else 1,
            max_length=schema.get("maxLength"),
            **common,
        )


@contextmanager
def _unfolded(title: str) -> Iterator[None]:
    with gr.Column(elem_classes="unfolded"):
        gr.Markdown(f"### {title}")
        yield


def _share(field: Field) -> int:
    """How much of a row a field takes, of _WIDE."""
    match field.kind:
        case "text":
            return 2 if _longest(field) <= _SHORT else 3
        case "text[]" | "lines":
            return 3
    return 2


def _longest(field: Field) -> int:
    """Characters of a text."""
    return int(field.schema.get("maxLength", _LONG + 1))


def _packed(fields: Sequence[Field]) -> Iterator[list[Field]]:
    """The fields in rows, in order, no row fuller than it may be."""
    row: list[Field] = []
    for field in fields:
        if row and sum(map(_share, row)) + _share(field) > _WIDE:
            yield row
            row = []
        row.append(field)
    if row:
        yield row
