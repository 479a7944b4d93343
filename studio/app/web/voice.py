"""The recordings of the voice, and the language that is spoken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from studio.app.web.texts import label
from studio.people import Person

KINDS = ["audio", "video"]
DEFAULT_CLOSENESS = float(Person.model_fields["closeness"].default)


@dataclass(frozen=True)
class VoicePanel:
    """What the panel holds."""

    recordings: gr.Files
    microphone: gr.Audio
    language: gr.Radio
    own_voice: gr.Radio
    finer: dict[str, Any]
    """What most people leave as it is, by the names of `wish.Voice`."""


def build(enrolled: Sequence[str]) -> VoicePanel:
    """Add the panel.

    Args:
        enrolled: names of the voices on the shelf.
    """
    with gr.Column(elem_classes="card"):
        gr.Markdown(label("voice_heading"))
        gr.Markdown(label("voice_help"), elem_classes="help")
        with gr.Row():
            recordings = gr.Files(
                label=label("recordings_label"),
                file_types=KINDS,
                height=170,
                min_width=280,
                elem_id="recordings",
            )
            microphone = gr.Audio(
                label=label("microphone_label"),
                sources=["microphone"],
                type="filepath",
                min_width=280,
                buttons=[],
                elem_id="microphone",
            )
        language = gr.Radio(
            label=label("language_label"),
            choices=[(label("english"), "en"), (label("mandarin"), "zh")],
            value="en",
            elem_id="language",
        )
        own_voice = gr.Radio(
            label=label("own_voice_label"),
            choices=[(label("female"), "female"), (label("male"), "male")],
            value="female",
            elem_id="own-voice",
        )
        finer = _finer(enrolled)
    return VoicePanel(recordings, microphone, language, own_voice, finer)


def _finer(enrolled: Sequence[str]) -> dict[str, Any]:
    with gr.Accordion(label("finer_label"), open=False, elem_id="finer"):
        gr.Markdown(label("finer_help"), elem_classes="help")
        profile = gr.Dropdown(
            label=label("profile_label"),
            choices=[(label("profile_none"), ""), *((name, name) for name in enrolled)],
            value="",
            visible=bool(enrolled),
            elem_id="profile",
        )
        with gr.Row():
            closeness = _slider("closeness", 0, 1, 0.05, DEFAULT_CLOSENESS)
            tape = _slider("tape", 0, 1, 0.05, 0)
        with gr.Row():
            age = _slider("age", -30, 30, 1, 0)
            vigour = _slider("vigour", -1, 1, 0.1, 0)
    return {"profile": profile, "closeness": closeness, "tape": tape, "age": age, "vigour": vigour}


def _slider(name: str, least: float, most: float, step: float, value: float) -> gr.Slider:
    return gr.Slider(
        least, most, value, step=step, label=label(f"{name}_label"), info=label(f"{name}_info"), elem_id=name
    )
