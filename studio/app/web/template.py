"""Which kind of film it becomes; and in which shape, with which music, and what else is made of it."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import gradio as gr

from studio import templates
from studio.app.web.texts import label, language_of, say
from studio.app.web.wish import OWN_MUSIC
from studio.types import Language

SHAPES = ("16:9", "9:16", "1:1", "4:5")
MOODS = ("calm", "solemn", "warm", "hopeful", "moonlit", "none")
ALSO = ("vertical", "square", "reception", "m4a", "poster")  # what families ask for; production.yaml knows more
FIRST = ("tribute-classic", "tribute-slideshow", "letter")  # those for families


@dataclass(frozen=True)
class FinishPanel:
    """How the film looks and sounds."""

    shape: gr.Radio
    mood: gr.Dropdown
    music: gr.File
    licence: gr.Textbox
    also: gr.CheckboxGroup


def keys(names: Sequence[str]) -> dict[str, str]:
    """name → the key of its words among the page's translations."""
    return {name: f"template_{name.replace('-', '_')}" for name in names}


def translations(names: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Title of every template in both languages, for the browser."""
    return {key: (templates.title(name, "en"), templates.title(name, "zh")) for name, key in keys(names).items()}


def about(name: str, language: Language) -> str:
    """A template as HTML: some frames of a film that it gives, and what it is."""
    words = escape(templates.describe(name, language))
    picture = templates.picture(name)
    image = ""
    if picture is not None:
        # Inside the page: only films are handed out as files.
        data = base64.b64encode(picture.read_bytes()).decode("ascii")
        image = f'<img src="data:image/jpeg;base64,{data}" alt="{escape(say("template_picture", language))}">'
    return f'<div class="kind"><p>{words}</p>{image}</div>'


def build(page: gr.Blocks, names: Sequence[str]) -> gr.Radio:
    """Add the panel in which the template is chosen."""
    names = [*FIRST, *(name for name in names if name not in FIRST)]
    with gr.Column(elem_classes="card"):
        gr.Markdown(label("template_heading"))
        kind = gr.Radio(
            label=label("template_label"),
            choices=[(label(key), name) for name, key in keys(names).items()],
            value=names[0],
            elem_id="template",
        )
        shown = gr.HTML(elem_id="kind")

    def tell(name: str, request: gr.Request) -> str:
        return about(name, language_of(request))

    gr.on([page.load, kind.change], tell, kind, shown, show_progress="hidden", api_visibility="private")
    return kind


def build_finish(page: gr.Blocks, kind: gr.Radio) -> FinishPanel:
    """Add the panel in which picture and music are chosen."""
    with gr.Column(elem_classes="card"):
        gr.Markdown(label("finish_heading"))
        shape = gr.Radio(
            label=label("shape_label"),
            choices=[(label(f"shape_{name.replace(':', '_')}"), name) for name in SHAPES],
            value=SHAPES[0],
            elem_id="shape",
        )
        with gr.Row(elem_id="music-row") as sounds:
            mood = gr.Dropdown(
                label=label("mood_label"),
                choices=[
                    (label("mood_template"), ""),
                    *((label(f"mood_{name}"), name) for name in (*MOODS, OWN_MUSIC)),
                ],
                value="",
                elem_id="mood",
            )
            with gr.Column(visible=False, scale=2, elem_id="own-music") as own:
                music = gr.File(
                    label=label("music_label"), file_types=["audio"], height=150, elem_id="music", elem_classes="drop"
                )
                licence = gr.Textbox(
                    label=label("licence_label"),
                    placeholder=label("licence_placeholder"),
                    max_length=500,
                    elem_id="licence",
                )
        also = gr.CheckboxGroup(
            label=label("also_label"),
            choices=[(label(f"also_{name}"), name) for name in ALSO],
            value=[],
            elem_id="also",
        )
    quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    mood.change(lambda chosen: gr.Column(visible=chosen == OWN_MUSIC), mood, own, **quiet)
    # A template without a slot for it has no music.
    gr.on([page.load, kind.change], lambda name: gr.Row(visible=takes(name, "music")), kind, sounds, **quiet)
    return FinishPanel(shape, mood, music, licence, also)


def takes(name: str, slot: str) -> bool:
    """Has the template that slot?"""
    return any(each.name == slot for each in templates.slots(name))
