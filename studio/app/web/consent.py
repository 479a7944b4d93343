"""Who allows the film, and in what right."""

from __future__ import annotations

from dataclasses import dataclass

import gradio as gr

from studio.app.web.texts import label

RIGHTS = ("heir", "self", "executor", "rights-holder", "guardian", "public-domain")


@dataclass(frozen=True)
class ConsentPanel:
    """What the panel holds."""

    granted_by: gr.Textbox
    right: gr.Dropdown
    scope: gr.Textbox
    confirmed: gr.Checkbox


def build() -> ConsentPanel:
    """Add the panel."""
    with gr.Column(elem_classes="card"):
        gr.Markdown(label("consent_heading"))
        gr.Markdown(label("consent_help"), elem_classes="help")
        with gr.Row():
            granted_by = gr.Textbox(
                label=label("granted_label"),
                placeholder=label("granted_placeholder"),
                max_length=200,
                elem_id="granted-by",
            )
            right = gr.Dropdown(
                label=label("right_label"),
                choices=[(label(right), right) for right in RIGHTS],
                value=RIGHTS[0],
                elem_id="right",
            )
            scope = gr.Textbox(
                label=label("scope_label"), placeholder=label("scope_placeholder"), max_length=300, elem_id="scope"
            )
        confirmed = gr.Checkbox(label=label("confirm_label"), value=False, elem_id="confirmed")
    return ConsentPanel(granted_by, right, scope, confirmed)
