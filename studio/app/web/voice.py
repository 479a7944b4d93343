"""The recordings of the voice, and the language that is spoken."""

from __future__ import annotations

from dataclasses import dataclass

import gradio as gr

from studio.app.web.texts import label

KINDS = ["audio", "video"]


@dataclass(frozen=True)
class VoicePanel:
    """What the panel holds."""

    recordings: gr.Files
    microphone: gr.Audio
    language: gr.Radio
    own_voice: gr.Radio


def build() -> VoicePanel:
    """Add the panel."""
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
    return VoicePanel(recordings, microphone, language, own_voice)
