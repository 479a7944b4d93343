"""Which kind of film it becomes."""

from __future__ import annotations

from collections.abc import Sequence

import gradio as gr

from studio.app.web.texts import label


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


def build(names: Sequence[str]) -> gr.Radio:
    """Add the panel."""
    # The one for families first; the others as they come.
    names = sorted(names, key=lambda name: name != "tribute")
    with gr.Column(elem_classes="card"):
        gr.Markdown(label("template_heading"))
        return gr.Radio(
            label=label("template_label"),
            show_label=False,
            choices=[(label(key), name) for name, key in keys(names).items()],
            value=names[0],
            elem_id="template",
            elem_classes="choices",
        )
