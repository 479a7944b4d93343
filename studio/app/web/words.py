"""Who speaks, what they say, and where each line comes from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from studio.app.web.texts import MOST_LINES, label
from studio.app.web.wish import SpokenLine

SHOWN = 2  # lines on the page at first
PER_LINE = 3  # fields of a line


@dataclass(frozen=True)
class WordsPanel:
    """What the panel holds."""

    name: gr.Textbox
    dates: gr.Textbox
    lines: tuple[Any, ...]
    """Words, source and citation of each line in turn."""


def read(fields: Sequence[str | None]) -> tuple[SpokenLine, ...]:
    """The lines that have words, from the values of `WordsPanel.lines`."""
    lines = []
    for start in range(0, len(fields), PER_LINE):
        say, source, cite = fields[start : start + PER_LINE]
        if say and say.strip():
            lines.append(SpokenLine(" ".join(say.split()), source or "written", (cite or "").strip()))
    return tuple(lines)


def build() -> WordsPanel:
    """Add the panel."""
    with gr.Column(elem_classes="card"):
        gr.Markdown(label("words_heading"))
        gr.Markdown(label("words_help"), elem_classes="help")
        with gr.Row():
            name = gr.Textbox(
                label=label("name_label"),
                placeholder=label("name_placeholder"),
                max_length=120,
                scale=2,
                elem_id="name",
            )
            dates = gr.Textbox(
                label=label("dates_label"), placeholder=label("dates_placeholder"), max_length=60, elem_id="dates"
            )
        rows = []
        fields: list[Any] = []
        for number in range(MOST_LINES):
            with gr.Row(visible=number < SHOWN, elem_classes="line") as row:
                fields += _line(number)
            rows.append(row)
        shown = gr.State(SHOWN)
        more = gr.Button(label("add_line"), size="sm", elem_id="add-line")

    def add(count: int) -> list[Any]:
        count = min(count + 1, MOST_LINES)
        return [count, gr.Button(visible=count < MOST_LINES), *(gr.Row(visible=i < count) for i in range(MOST_LINES))]

    more.click(add, shown, [shown, more, *rows], show_progress="hidden", api_visibility="private")
    return WordsPanel(name, dates, tuple(fields))


def _line(number: int) -> list[Any]:
    say = gr.Textbox(
        label=label(f"line_{number + 1}"),
        placeholder=label("line_placeholder"),
        lines=2,
        max_length=2000,
        scale=5,
        min_width=260,
        elem_id=f"line-{number + 1}",
    )
    source = gr.Dropdown(
        label=label("source_label"),
        choices=[(label(kind), kind) for kind in ("verbatim", "adapted", "written")],
        value="written",
        scale=3,
        min_width=200,
        elem_id=f"source-{number + 1}",
    )
    cite = gr.Textbox(
        label=label("cite_label"),
        placeholder=label("cite_placeholder"),
        max_length=200,
        scale=3,
        min_width=180,
        elem_id=f"cite-{number + 1}",
    )
    return [say, source, cite]
