"""The page: its panels in order, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr

from studio import pipeline, templates
from studio.app.web import consent, photo, render, template, voice, words
from studio.app.web.texts import TEXTS, language_of
from studio.app.web.wish import Wish
from studio.media.image import read_image
from studio.types import Language

KEPT = 24 * 3600  # s that uploads are kept; what a film needs is copied into its project


def build() -> gr.Blocks:
    """The whole page, not yet served."""
    # analytics_enabled False: not one look-up of a name, not even at the start.
    with gr.Blocks(
        analytics_enabled=False, title=TEXTS["page_title"][0], delete_cache=(3600, KEPT), fill_width=False
    ) as page:
        gr.HTML(_header())
        chosen = photo.build(photo.Reader(faces=pipeline.faces, image=read_image))
        voices = voice.build()
        spoken = words.build()
        kind = template.build(templates.names())
        record = consent.build()
        fields = [
            chosen,
            voices.recordings,
            voices.microphone,
            voices.language,
            spoken.name,
            spoken.dates,
            kind,
            record.granted_by,
            record.right,
            record.scope,
            record.confirmed,
            *spoken.lines,
        ]
        render.build(page, fields, _wish)
        # Who reads the page in Chinese most likely wants Chinese to be spoken; a guess that can be changed.
        page.load(_language, None, voices.language, show_progress="hidden", api_visibility="private")
    return page


def _language(request: gr.Request) -> Language:
    return language_of(request)


def _wish(
    chosen: photo.Chosen | None,
    recordings: list[str] | None,
    microphone: str | None,
    language: Language,
    name: str,
    dates: str,
    kind: str,
    granted_by: str,
    right: Any,
    scope: str,
    confirmed: bool,
    *lines: str | None,
) -> Wish:
    """What the fields of `build` hold, in their order."""
    sounds = [*(recordings or ()), *([microphone] if microphone else ())]
    return Wish(
        template=kind,
        name=name,
        dates=dates,
        language=language,
        photo=chosen.photo if chosen else None,
        face=chosen.point if chosen else None,
        recordings=tuple(Path(sound) for sound in sounds),
        lines=words.read(lines),
        granted_by=granted_by,
        right=right,
        scope=scope,
        confirmed=confirmed,
    )


def _header() -> str:
    # Both languages lie in the page; the style sheet shows the one that was chosen.
    def both(key: str) -> str:
        english, chinese = TEXTS[key]
        return f'<span lang="en">{english}</span><span lang="zh-CN">{chinese}</span>'

    return (
        '<header class="masthead"><nav aria-label="Language / 语言">'
        '<a href="?lang=en" lang="en" hreflang="en">English</a>'
        '<a href="?lang=zh" lang="zh-CN" hreflang="zh-CN">中文</a>'
        f"</nav><h1>{both('page_title')}</h1><p>{both('tagline')}</p>"
        f'<p class="private">{both("private")}</p></header>'
    )
