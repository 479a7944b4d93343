"""The captions of a film: painted into it, beside it, and inside it to be switched on; in every language there is."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from studio.cast import Heard
from studio.edit import captions, fonts
from studio.edit.captions import Cue, Tag
from studio.edit.fonts import Font
from studio.edit.timeline import Captions
from studio.edit.translation import translated
from studio.errors import FontMissing
from studio.media.files import copy, sha256_file, write_text
from studio.production import Production
from studio.takes import Takes
from studio.trust.label import SOURCES, WordSource
from studio.types import Language, Speech

MARKS: Mapping[WordSource, str] = {"verbatim": "●", "adapted": "◎", "written": "○"}
"""The fuller, the more the words are the person's own."""
_ISO_639_2: Mapping[Language, str] = {"en": "eng", "zh": "zho"}
_OWN_NAMES: Mapping[Language, str] = {"en": "English", "zh": "中文"}


@dataclass(frozen=True)
class Soft:
    """Captions for inside the film."""

    language: Language
    iso639_2: str
    """As containers want it: eng, zho."""
    title: str
    """The language by its own name."""
    path: Path
    """An .srt."""


def burnt(takes: Takes, heard: Sequence[Heard]) -> Captions:
    """Captions to be painted into the picture, as an .ass file with its font beside it."""
    production = takes.production
    cues = _cues(production, heard, production.language)
    cues, font = _drawable(cues)
    text = captions.to_ass(cues, size=production.canvas.size, family=font.family)

    def save(folder: Path, _: Callable[[float], None]) -> None:
        (folder / "captions.ass").write_text(text, encoding="utf-8")
        copy(font.path, folder / "fonts" / font.path.name)

    folder = takes.take("captions", "captions", {"ass": text, "font": sha256_file(font.path)}, save).folder
    return Captions(folder / "captions.ass", folder / "fonts")


def write(takes: Takes, heard: Sequence[Heard], stem: Path) -> tuple[Path, ...]:
    """Captions as files beside the film: STEM.srt and STEM.vtt, for further languages STEM.zh.srt and so on.

    None where nobody says anything that is known.
    """
    production = takes.production
    files: list[Path] = []
    for language, cues in _all(production, heard).items():
        middle = "" if language == production.language else f".{language}"
        srt, vtt = (stem.with_name(f"{stem.name}{middle}{suffix}") for suffix in (".srt", ".vtt"))
        write_text(srt, captions.to_srt(cues))
        write_text(vtt, captions.to_vtt(cues, legend(language) if production.captions.marks else ""))
        files += [srt, vtt]
    return tuple(files)


def soft(takes: Takes, heard: Sequence[Heard], folder: Path) -> tuple[Soft, ...]:
    """Captions as .srt in `folder`, to be put into the film, its own language first; none unless they are wanted."""
    if not takes.production.captions.soft:
        return ()
    tracks = []
    for language, cues in _all(takes.production, heard).items():
        tracks.append(Soft(language, _ISO_639_2[language], _OWN_NAMES[language], folder / f"captions.{language}.srt"))
        write_text(tracks[-1].path, captions.to_srt(cues))
    return tuple(tracks)


def legend(language: Language) -> str:
    """What the marks at captions mean: "● verbatim · ◎ adapted · ○ written for this film"."""
    return " · ".join(f"{MARKS[source]} {words}" for source, words in SOURCES[language].items())


def _all(production: Production, heard: Sequence[Heard]) -> dict[Language, tuple[Cue, ...]]:
    """By language, the film's first; those in which there is nothing to read are left out."""
    languages = dict.fromkeys([production.language, *production.captions.languages])
    every = {language: _cues(production, heard, language) for language in languages}
    return {language: cues for language, cues in every.items() if cues}


def _cues(production: Production, heard: Sequence[Heard], language: Language) -> tuple[Cue, ...]:
    lines, tags = [], []
    before = ""
    for line in heard:
        speech = _in(line, language, own=language == production.language)
        if speech is None:
            continue
        turn, before = line.spoken.key != before, line.spoken.key
        lines.append((line.start, speech))
        tags.append(_tag(production, line, turn))
    canvas = production.canvas
    return captions.cues(lines, frame_rate=canvas.fps, size=canvas.size, tags=tags)


def _in(line: Heard, language: Language, *, own: bool) -> Speech | None:
    """The line in a language; in the film's own, what was said goes where nobody translated it."""
    speech = line.spoken.speech
    text = line.spoken.line.translations.get(language, "").strip()
    if speech.language == language or not text:
        return speech if own or speech.language == language else None
    return translated(speech, text, language)


def _tag(production: Production, line: Heard, turn: bool) -> Tag:
    wanted = production.captions
    said = line.spoken.line
    source: WordSource = "verbatim" if said.recording is not None else said.source
    name = production.people[line.spoken.key].name
    return Tag(name if wanted.speakers and turn else "", MARKS[source] if wanted.marks else "")


def _drawable(cues: Sequence[Cue]) -> tuple[tuple[Cue, ...], Font]:
    """Captions and a font for them; emoji that no font here can draw are left out of the picture.

    Raises:
        FontMissing: no font covers the words.
    """
    try:
        return tuple(cues), fonts.font_for("".join(cue.text for cue in cues))
    except FontMissing:
        plain = [Cue(cue.start, cue.end, tuple(filter(None, map(_plain, cue.lines)))) for cue in cues]
        left = tuple(cue for cue in plain if cue.lines)
        return left, fonts.font_for("".join(cue.text for cue in left))


def _plain(text: str) -> str:
    """Text without emoji and what joins and colours them."""
    return " ".join("".join(char for char in text if not _pictured(char)).split())


def _pictured(char: str) -> bool:
    """Is it an emoji, a part of one, or a sign of the same kind? Rare Chinese characters lie beyond them and stay."""
    code, kind = ord(char), unicodedata.category(char)
    joins = kind == "Cf" or 0xFE00 <= code <= 0xFE0F
    return joins or 0x1F000 <= code < 0x20000 or (kind == "So" and code >= 0x2600)
