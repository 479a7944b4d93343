"""The drawn pictures of a film, in the cache: cards, lower thirds, labels, marks."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from studio import subtitles
from studio.edit import cards
from studio.media.image import write_png
from studio.people import Line
from studio.storyboard import IdleScene, PhotoScene, SlateScene, TalkingScene, speaker
from studio.takes import Takes, version
from studio.trust import label
from studio.types import U8

MARK_HEIGHT = 0.09  # share of the short side that the bar of the draft mark takes
OPENING_TEXT_HEIGHT = 0.05  # share of the short side: the least that GB 45438-2025 asks of the opening label
_SYNTHETIC_VOICE = {
    "en": "{name} is heard in a synthetic voice. No recording of {name} was used.",
    "zh": "{name}的声音由机器合成，未使用其本人录音。",
}
_CLONED_VOICE = {
    "en": "New words of {name} are spoken by a synthetic voice made from recordings.",
    "zh": "{name}的新台词由根据其录音合成的声音说出。",
}
_MOVING = {"en": "The moving portrait was made from a photograph.", "zh": "会动的肖像由照片生成。"}
_WRITTEN = {
    "en": "Words without a source were written for this film.",
    "zh": "未注明出处的文字为本片撰写。",
}
_SLATE = {
    "en": ("SCENE", "TAKE", "FRAME RATE", "PICTURE", "FIRST FRAME", "NOTES"),
    "zh": ("场", "次", "帧率", "画面", "首帧时码", "备注"),
}
_RATE = {"en": "{rate} fps", "zh": "{rate} 帧/秒"}
_RECORDING = {"en": "An original recording", "zh": "原声录音"}
_WORDS = {"en": "THE WORDS", "zh": "文字出处"}


def title(takes: Takes, heading: str, subheading: str) -> Path:
    """A title card."""
    size = takes.production.canvas.size
    return _opaque(takes, "title", [heading, subheading], lambda: cards.title_card(size, heading, dates=subheading))


def title_over(
    takes: Takes, heading: str, subheading: str, heads: tuple[float, float] | None
) -> tuple[Path, tuple[int, int]]:
    """The words of a title to lay over a photo, and where they go.

    Args:
        heads: from where to where, as shares of the height, there are heads that the words should not hide.
    """
    size = takes.production.canvas.size
    return _overlay(
        takes,
        "title-over",
        [heading, subheading, heads],
        lambda: cards.title_overlay(size, heading, dates=subheading, clear_of=heads),
    )


def quote(takes: Takes, text: str, by: str) -> Path:
    """A card with words to read."""
    size = takes.production.canvas.size
    return _opaque(takes, "quote", [text, by], lambda: cards.quote_card(size, text, attribution=by))


def slate(takes: Takes, scene: SlateScene) -> Path:
    """What an edit suite wants to read first. A date is shown only where `notes:` gives one: the same production makes
    the same film on any day."""
    production, canvas = takes.production, takes.production.canvas
    written = (
        scene.scene or scene.id,
        str(scene.take),
        _RATE[production.language].format(rate=_rate(canvas.fps)),
        f"{canvas.size[0]} × {canvas.size[1]}",
        production.outputs.timecode,
        scene.notes,
    )
    rows = [pair for pair in zip(_SLATE[production.language], written, strict=True) if pair[1]]
    return _opaque(
        takes, "slate", [production.title, rows], lambda: cards.slate_card(canvas.size, production.title, rows)
    )


def inset_frame(takes: Takes, box: tuple[int, int, int, int]) -> tuple[Path, tuple[int, int]]:
    """Shadow and edge around a picture over another, and where they go; `box` is x0, y0, x1, y1 px."""
    size = takes.production.canvas.size
    return _overlay(takes, "inset", [box], lambda: cards.inset_frame(size, box))


def end(takes: Takes, text: str) -> Path:
    """The end card: what was made by machine, and where the words come from."""
    production, size = takes.production, takes.production.canvas.size
    language = production.language
    explanation = " ".join(what_was_made(takes) + _unsourced(takes))
    sources = [_entry(takes, line) for line in _lines(takes) if _has_source(line)]
    sections = [(_WORDS[language], sources)] if sources else []
    heading = label.LABEL[language] if what_was_made(takes) else production.title
    if production.captions.marks:
        sections.append(("", [subtitles.legend(language)]))
    credits = [*sections, ("", [text])] if text else sections
    parts = [heading, explanation, credits]
    return _opaque(
        takes,
        "end",
        parts,
        lambda: cards.end_card(size, heading=heading, explanation=explanation, sections=credits),
    )


def dark(takes: Takes) -> Path:
    """Nothing but the dark."""
    width, height = takes.production.canvas.size
    return _opaque(takes, "dark", [], lambda: np.zeros((height, width, 3), np.uint8))


def lower_third(takes: Takes, name: str, role: str, room: int | None = None) -> tuple[Path, tuple[int, int]]:
    """Name and role, and where they go; within `room` px from the left where less is free than usual."""
    size = takes.production.canvas.size
    parts = [name, role, room]
    return _overlay(takes, "lower-third", parts, lambda: cards.lower_third(size, name, role=role, room=room))


def opening_label(takes: Takes, *, below_mark: bool) -> tuple[Path, tuple[int, int]]:
    """The label in the size the opening asks for; lower where the draft mark's bar is above it."""
    text, size = label.LABEL[takes.production.language], takes.production.canvas.size
    drawn = _overlay(takes, "opening", [text], lambda: cards.corner_label(size, text, text_height=OPENING_TEXT_HEIGHT))
    return _lowered(drawn, size) if below_mark else drawn


def corner_label(takes: Takes, *, below_mark: bool) -> tuple[Path, tuple[int, int]]:
    """The label that stays; lower where the draft mark's bar is above it."""
    text, size = label.LABEL[takes.production.language], takes.production.canvas.size
    drawn = _overlay(takes, "label", [text], lambda: cards.corner_label(size, text))
    return _lowered(drawn, size) if below_mark else drawn


def draft_mark(takes: Takes) -> tuple[Path, tuple[int, int]]:
    """What a film without a consent record carries in every frame."""
    text, size = label.DRAFT[takes.production.language], takes.production.canvas.size
    return _overlay(takes, "draft", [text], lambda: cards.draft_mark(size, text))


def what_was_made(takes: Takes) -> list[str]:
    """Which parts of this very film are synthetic, in sentences."""
    production, language = takes.production, takes.production.language
    sentences = []
    if any(isinstance(scene, TalkingScene | IdleScene) for scene in production.scenes):
        sentences.append(_MOVING[language])
    for key, person in production.people.items():
        if any(line.say for scene in production.scenes for line in _said_by(scene, key)):
            voice = _CLONED_VOICE if person.recordings else _SYNTHETIC_VOICE
            sentences.append(voice[language].format(name=person.name))
    return sentences


def _has_source(line: Line) -> bool:
    return bool(line.cite) or line.source != "written"


def _unsourced(takes: Takes) -> list[str]:
    language = takes.production.language
    return [] if all(_has_source(line) for line in _lines(takes)) else [_WRITTEN[language]]


def _lines(takes: Takes) -> list[Line]:
    return [line for scene in takes.production.scenes for line in getattr(scene, "lines", [])]


def _said_by(scene: Any, key: str) -> list[Line]:
    if not isinstance(scene, TalkingScene | PhotoScene):
        return []
    return [line for line in scene.lines if speaker(scene, line) == key]


def _shortened(line: Line, limit: int = 64) -> str:
    text = line.say or line.transcript
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def _entry(takes: Takes, line: Line) -> str:
    """One line of the list of sources."""
    text = _shortened(line)
    # A recording without a transcript has no words to show.
    quoted = f"“{text}”" if text else _RECORDING[takes.production.language]
    return f"{quoted}  {_source(takes, line)}"


def _source(takes: Takes, line: Line) -> str:
    words = label.SOURCES[takes.production.language][line.source]
    return f"{words}: {line.cite}" if line.cite else words


def _rate(rate: Fraction) -> str:
    """25, or 23.976: as it is written on slates."""
    return f"{float(rate):.3f}".rstrip("0").rstrip(".")


def _lowered(drawn: tuple[Path, tuple[int, int]], size: tuple[int, int]) -> tuple[Path, tuple[int, int]]:
    path, (left, top) = drawn
    return path, (left, top + round(MARK_HEIGHT * min(size)))


def _opaque(takes: Takes, kind: str, parts: list[Any], draw: Callable[[], U8]) -> Path:
    def make(folder: Path, _: Callable[[float], None]) -> None:
        write_png(folder / f"{kind}.png", draw())

    return takes.take("card", kind, _key(takes, kind, parts), make).folder / f"{kind}.png"


def _overlay(takes: Takes, kind: str, parts: list[Any], draw: Callable[[], U8]) -> tuple[Path, tuple[int, int]]:
    def make(folder: Path, _: Callable[[float], None]) -> None:
        picture, position = cards.trimmed(draw())
        write_png(folder / f"{kind}.png", picture)
        (folder / "position.json").write_text(json.dumps(position))

    folder = takes.take("card", kind, _key(takes, kind, parts), make).folder
    left, top = json.loads((folder / "position.json").read_text())
    return folder / f"{kind}.png", (left, top)


def _key(takes: Takes, kind: str, parts: list[Any]) -> dict[str, Any]:
    return {"kind": kind, "parts": parts, "size": takes.production.canvas.size, "version": version("edit")}
