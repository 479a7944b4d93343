"""Who speaks, what they say, and where each line comes from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from studio.app.web.texts import MOST_LINES, label
from studio.app.web.wish import SpokenLine

SHOWN = 2  # lines on the page at first
PER_LINE = 4  # fields of a line
FEELINGS = ("", "neutral", "warm", "glad", "sad", "solemn")  # "": as the recordings sound


@dataclass(frozen=True)
class Rows:
    """The lines, of which only some are on the page."""

    fields: tuple[Any, ...]
    """Words, source, citation and feeling of each line in turn."""
    outputs: tuple[Any, ...]
    """What has to be set to show some of them."""

    def shown(self, count: int) -> list[Any]:
        """Values of `outputs` that show `count` lines."""
        count = min(max(count, SHOWN), MOST_LINES)
        return [count, gr.Button(visible=count < MOST_LINES), *(gr.Row(visible=i < count) for i in range(MOST_LINES))]

    def shown_for(self, values: Sequence[str | None]) -> list[Any]:
        """Values of `outputs` that show every line that has words in `values` of `fields`."""
        filled = [start // PER_LINE for start in range(0, len(values), PER_LINE) if values[start]]
        return self.shown(max(filled, default=0) + 1)


@dataclass(frozen=True)
class WordsPanel:
    """What the panel holds."""

    name: gr.Textbox
    dates: gr.Textbox
    rows: Rows

    @property
    def lines(self) -> tuple[Any, ...]:
        """Words, source, citation and feeling of each line in turn."""
        return self.rows.fields


def read(fields: Sequence[str | None]) -> tuple[SpokenLine, ...]:
    """The lines that have words, from the values of `WordsPanel.lines`."""
    lines = []
    for start in range(0, len(fields), PER_LINE):
        say, source, cite, feeling = fields[start : start + PER_LINE]
        if say and say.strip():
            words = " ".join(say.split())
            lines.append(SpokenLine(words, source or "written", (cite or "").strip(), feeling or ""))
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
        lines = []
        fields: list[Any] = []
        for number in range(MOST_LINES):
            with gr.Row(visible=number < SHOWN, elem_classes="line") as line:
                fields += _line(number)
            lines.append(line)
        count = gr.State(SHOWN)
        more = gr.Button(label("add_line"), size="sm", elem_id="add-line")
    rows = Rows(tuple(fields), (count, more, *lines))
    more.click(
        lambda shown: rows.shown(shown + 1),
        count,
        list(rows.outputs),
        show_progress="hidden",
        api_visibility="private",
    )
    return WordsPanel(name, dates, rows)


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
    feeling = gr.Dropdown(
        label=label("feeling_label"),
        choices=[(label(f"feeling_{name or 'heard'}"), name) for name in FEELINGS],
        value="",
        scale=2,
        min_width=140,
        elem_id=f"feeling-{number + 1}",
    )
    return [say, source, cite, feeling]
