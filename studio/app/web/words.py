"""The lines that are said, and where the words of each come from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import gradio as gr

from studio.app.web.texts import MOST_LINES, say
from studio.app.web.wish import SpokenLine
from studio.types import Language

SHOWN = 2  # lines on the page at first
PARTS = ("say", "source", "cite", "feeling")
SOURCES = ("verbatim", "adapted", "written")
FEELINGS = ("", "neutral", "warm", "glad", "sad", "solemn")  # "": as the recordings sound


def key(number: int, part: str) -> str:
    """Under which a field of a line is remembered; `number` from 0."""
    return f"line-{number + 1}-{part}"


def shown(kept: Mapping[str, Any], asked: int = 0) -> int:
    """How many lines are on the page: one more than have words, and as many as were asked for.

    Args:
        kept: values by the keys of their fields.
    """
    filled = [number + 1 for number in range(MOST_LINES) if kept.get(key(number, "say"))]
    return min(max(max(filled, default=0) + 1, SHOWN, asked), MOST_LINES)


def read(values: Sequence[str | None]) -> tuple[SpokenLine, ...]:
    """The lines that have words, from the PARTS of each line in turn."""
    lines = []
    for start in range(0, len(values), len(PARTS)):
        said, source, cite, feeling = values[start : start + len(PARTS)]
        if said and said.strip():
            words = " ".join(said.split())
            lines.append(SpokenLine(words, source or "written", (cite or "").strip(), feeling or ""))
    return tuple(lines)


def build(number: int, kept: Mapping[str, Any], language: Language) -> list[Any]:
    """Add a line and give its PARTS.

    Args:
        number: from 0.
        kept: values by the keys of their fields.
    """
    keys = {part: key(number, part) for part in PARTS}
    with gr.Row(elem_classes="line"):
        said = gr.Textbox(
            value=kept.get(keys["say"]) or "",
            label=say(f"line_{number + 1}", language),
            placeholder=say("line_placeholder", language),
            lines=2,
            max_length=2000,
            scale=5,
            min_width=260,
            elem_id=f"line-{number + 1}",
            key=keys["say"],
        )
        # No key: a dropdown that is kept through a change of the page may show nothing (Gradio 6.31).
        source = gr.Dropdown(
            label=say("source_label", language),
            choices=[(say(kind, language), kind) for kind in SOURCES],
            value=kept.get(keys["source"]) or "written",
            scale=3,
            min_width=200,
            interactive=True,
            elem_id=f"source-{number + 1}",
        )
        cite = gr.Textbox(
            value=kept.get(keys["cite"]) or "",
            label=say("cite_label", language),
            placeholder=say("cite_placeholder", language),
            max_length=200,
            scale=3,
            min_width=180,
            elem_id=f"cite-{number + 1}",
            key=keys["cite"],
        )
        feeling = gr.Dropdown(
            label=say("feeling_label", language),
            choices=[(say(f"feeling_{name or 'heard'}", language), name) for name in FEELINGS],
            value=kept.get(keys["feeling"]) or "",
            scale=2,
            min_width=140,
            interactive=True,
            elem_id=f"feeling-{number + 1}",
        )
    return [said, source, cite, feeling]
