"""The page: its panels in order, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import gradio as gr

from studio import pipeline, templates
from studio import voices as shelf
from studio.app.web import consent, deeds, notes, photo, render, template, told, voice
from studio.app.web.errors import shown_to_user
from studio.app.web.texts import TEXTS, language_of
from studio.app.web.wish import Finer, Wish
from studio.media.image import read_image

KEPT = 24 * 3600  # s that uploads are kept; what a film needs is copied into its project


def build() -> gr.Blocks:
    """The whole page, not yet served."""
    # analytics_enabled False: not one look-up of a name, not even at the start.
    with gr.Blocks(
        analytics_enabled=False, title=TEXTS["page_title"][0], delete_cache=(3600, KEPT), fill_width=False
    ) as page:
        gr.HTML(_header())
        kind = template.build(page, templates.names())
        person = photo.build(photo.Reader(faces=pipeline.faces, image=read_image, remembered=_remembered))
        voices = voice.build(shelf.listed())
        place = told.build()
        finish = template.build_finish(page, kind)
        record = consent.build()
        attach = render.build(page)
        fields: dict[str, Any] = {
            "template": kind,
            "name": person.name,
            "dates": person.dates,
            "photo": person.photo,
            "further": person.further,
            "recordings": voices.recordings,
            "microphone": voices.microphone,
            "language": voices.language,
            "voice": voices.own_voice,
            **voices.finer,
            "shape": finish.shape,
            "mood": finish.mood,
            "music": finish.music,
            "licence": finish.licence,
            "also": finish.also,
            "granted_by": record.granted_by,
            "right": record.right,
            "scope": record.scope,
            "confirmed": record.confirmed,
        }
        names = tuple(fields)

        def listen(components: list[Any], read: told.Read) -> None:
            def wish(chosen: photo.Chosen | None, *values: Any) -> Wish:
                return _wish(chosen, dict(zip(names, values, strict=False)), read(values[len(names) :]))

            attach([person.chosen, *fields.values(), *components], wish)

        told.fill(page, place, kind, listen)
        _remember(page, person.chosen, fields)
    return page


def _remember(page: gr.Blocks, chosen: gr.State, fields: Mapping[str, Any]) -> None:
    """Keep what is filled in, and fill it in again when the page is opened."""
    names = tuple(fields)

    def save(face: photo.Chosen | None, *values: Any) -> None:
        notes.keep({"face": face.point if face else None, **dict(zip(names, values, strict=True))})

    def restore(request: gr.Request) -> list[Any]:
        kept = notes.load()
        # Who reads the page in Chinese most likely wants Chinese to be spoken; a guess that can be changed.
        kept["language"] = kept.get("language") or language_of(request)
        if kept.get("profile") not in shelf.listed():
            kept["profile"] = None
        if kept.get("template") not in templates.names():
            kept["template"] = None
        kept["confirmed"] = False  # a promise is made anew for each sitting
        return [kept[name] if kept.get(name) not in (None, "", []) else gr.skip() for name in names]

    filled = [field for name, field in fields.items() if name != "photo"]  # its face is what is kept of it
    quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    triggers = [chosen.change, *deeds.of(filled)]
    gr.on(triggers, shown_to_user(save), [chosen, *fields.values()], None, trigger_mode="always_last", **quiet)
    page.load(shown_to_user(restore), None, list(fields.values()), **quiet)


def _remembered(path: Path) -> tuple[float, float] | None:
    """The face chosen before in the photo of this name."""
    kept = notes.load()
    if not kept.get("face") or Path(kept.get("photo") or "").name != path.name:
        return None
    x, y = kept["face"]
    return float(x), float(y)


def _wish(chosen: photo.Chosen | None, values: Mapping[str, Any], filled: told.Told) -> Wish:
    """What the fields of `build` hold, and what was filled in for the template."""
    sounds = [*(values["recordings"] or ()), *([values["microphone"]] if values["microphone"] else ())]
    return Wish(
        template=filled.template,
        name=values["name"],
        dates=values["dates"],
        language=values["language"],
        voice=values["voice"],
        photo=chosen.photo if chosen else None,
        face=chosen.point if chosen else None,
        further=tuple(Path(path) for path in values["further"] or ()),
        recordings=tuple(Path(sound) for sound in sounds),
        lines=filled.lines,
        slots=filled.slots,
        granted_by=values["granted_by"],
        right=values["right"],
        scope=values["scope"],
        confirmed=values["confirmed"],
        shape=values["shape"],
        mood=values["mood"] or "",
        music=Path(values["music"]) if values["music"] else None,
        licence=values["licence"] or "",
        also=tuple(values["also"] or ()),
        finer=Finer(
            profile=values["profile"] or "",
            **{name: float(values[name]) for name in ("closeness", "tape", "age", "vigour")},
        ),
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
