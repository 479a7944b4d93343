"""How the page looks: warm paper by day, warm dark by night. Fonts are those in Gradio's wheel and on the machine."""

from __future__ import annotations

import gradio as gr
from gradio.themes.utils.fonts import Font, LocalFont

PAPER = gr.themes.Color(
    name="paper",
    c50="#fbf7f0",
    c100="#f5eee2",
    c200="#e8dcc8",
    c300="#d6c5aa",
    c400="#a8957a",
    c500="#7d6b53",
    c600="#62533f",
    c700="#4a3e2f",
    c800="#332a20",
    c900="#241d16",
    c950="#1a1510",
)
AMBER = gr.themes.Color(
    name="amber",
    c50="#fdf4ea",
    c100="#fae3cb",
    c200="#f3c699",
    c300="#e9a565",
    c400="#d67836",
    c500="#a4501c",
    c600="#8f4416",
    c700="#743713",
    c800="#5a2c12",
    c900="#45230f",
    c950="#2b150a",
)
SANS = ("Noto Sans SC", "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", "system-ui", "sans-serif")
MONO = ("Noto Sans Mono CJK SC", "monospace")


def theme() -> gr.themes.Base:
    """The theme of the page; an object, since a name would be looked up on a hub."""
    look = gr.themes.Base(
        primary_hue=AMBER,
        secondary_hue=AMBER,
        neutral_hue=PAPER,
        font=[LocalFont("Source Sans Pro"), *(Font(name) for name in SANS)],
        font_mono=[LocalFont("IBM Plex Mono"), *(Font(name) for name in MONO)],
        text_size=gr.themes.sizes.text_lg,
        spacing_size=gr.themes.sizes.spacing_lg,
        radius_size=gr.themes.sizes.radius_md,
    )
    return look.set(
        body_background_fill="*neutral_50",
        body_background_fill_dark="*neutral_950",
        body_text_color="*neutral_800",
        body_text_color_dark="*neutral_100",
        body_text_color_subdued="*neutral_600",
        body_text_color_subdued_dark="*neutral_300",
        block_background_fill="transparent",
        block_background_fill_dark="transparent",
        block_border_width="0px",
        block_border_width_dark="0px",
        block_shadow="none",
        block_label_text_color="*neutral_700",
        block_label_text_color_dark="*neutral_200",
        block_title_text_color="*neutral_700",
        block_title_text_color_dark="*neutral_200",
        block_title_text_weight="600",
        block_info_text_color="*neutral_600",
        block_info_text_color_dark="*neutral_300",
        input_background_fill="white",
        input_background_fill_dark="*neutral_900",
        input_border_width="1px",
        input_border_color="*neutral_300",
        input_border_color_dark="*neutral_700",
        input_border_color_focus="*primary_500",
        input_border_color_focus_dark="*primary_300",
        input_placeholder_color="*neutral_500",
        input_placeholder_color_dark="*neutral_400",
        button_primary_background_fill="*primary_500",
        button_primary_background_fill_hover="*primary_600",
        button_primary_background_fill_dark="*primary_500",
        button_primary_background_fill_hover_dark="*primary_600",
        button_primary_text_color="white",
        button_primary_text_color_dark="white",
        button_secondary_background_fill="*neutral_100",
        button_secondary_background_fill_hover="*neutral_200",
        button_secondary_background_fill_dark="*neutral_800",
        button_secondary_background_fill_hover_dark="*neutral_700",
        button_secondary_border_color="*neutral_300",
        button_secondary_border_color_dark="*neutral_600",
        button_secondary_text_color="*neutral_800",
        button_secondary_text_color_dark="*neutral_100",
        checkbox_label_background_fill="transparent",
        checkbox_label_background_fill_dark="transparent",
        checkbox_background_color_selected="*primary_500",
        checkbox_background_color_selected_dark="*primary_400",
        checkbox_border_color_selected="*primary_500",
    )
