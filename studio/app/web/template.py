"""Which kind of film it becomes, in which shape, with which music, and what else is made of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import gradio as gr

from studio.app.web.texts import label

SLOTS = ("person", "words", "album")  # of a template that the page's fields can fill
SHAPES = ("16:9", "9:16", "1:1", "4:5")
MOODS = ("calm", "solemn", "warm", "hopeful", "none")
ALSO = ("vertical", "square", "reception", "m4a", "poster")  # what families ask for; production.yaml knows more


@dataclass(frozen=True)
class FilmPanel:
    """What the panel holds."""

    kind: gr.Radio
    shape: gr.Radio
    mood: gr.Dropdown
    also: gr.CheckboxGroup


def keys(names: Sequence[str]) -> dict[str, str]:
    """name → the key of its words among the page's translations."""
    return {name: f"template_{name.replace('-', '_')}" for name in names}


def translations(names: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Title and description of every template in both languages, for the browser."""
    from studio import templates

    words = {}
    for name, key in keys(names).items():
        english, chinese = (
            f"{templates.title(name, language)} — {templates.describe(name, language)}" for language in ("en", "zh")
        )
        words[key] = (english, chinese)
    return words


def build(names: Sequence[str]) -> FilmPanel:
    """Add the panel."""
    # The one for families first; the others as they come.
    names = sorted(names, key=lambda name: name != "tribute-classic")
    with gr.Column(elem_classes="card"):
        gr.Markdown(label("template_heading"))
        kind = gr.Radio(
            label=label("template_label"),
            show_label=False,
            choices=[(label(key), name) for name, key in keys(names).items()],
            value=names[0],
            elem_id="template",
            elem_classes="choices",
        )
        with gr.Row():
            shape = gr.Radio(
                label=label("shape_label"),
                choices=[(label(f"shape_{name.replace(':', '_')}"), name) for name in SHAPES],
                value=SHAPES[0],
                elem_id="shape",
            )
            mood = gr.Dropdown(
                label=label("mood_label"),
                choices=[(label("mood_template"), ""), *((label(f"mood_{name}"), name) for name in MOODS)],
                value="",
                elem_id="mood",
            )
        also = gr.CheckboxGroup(
            label=label("also_label"),
            choices=[(label(f"also_{name}"), name) for name in ALSO],
            value=[],
            elem_id="also",
        )
    return FilmPanel(kind, shape, mood, also)
