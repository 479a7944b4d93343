"""What a film's file carries besides picture and sound: tags, chapters, captions that a player switches on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

_TEXT_CODECS = {".mp4": "mov_text", ".mov": "mov_text", ".m4v": "mov_text", ".mkv": "srt"}


@dataclass(frozen=True)
class Chapter:
    """A part of the film that a player can jump to."""

    name: str
    start: Fraction
    """s of the film."""


@dataclass(frozen=True)
class Subtitles:
    """Captions inside the file, off until somebody switches them on."""

    path: Path
    """An .srt."""
    language: str
    """ISO 639-2, as containers write it: eng, zho."""
    title: str


@dataclass(frozen=True)
class Extras:
    """Everything of the kind."""

    metadata: Mapping[str, str] = field(default_factory=dict)
    """Container tags, any names."""
    chapters: tuple[Chapter, ...] = ()
    """In order of time."""
    duration: Fraction = Fraction(0)
    """Of the film, s: where the last chapter ends."""
    subtitles: tuple[Subtitles, ...] = ()

    def arguments(self, folder: Path, inputs: int, suffix: str) -> tuple[list[str], list[str]]:
        """What ffmpeg is to be told: further inputs, and options of the output.

        Args:
            folder: a scratch folder for the list of chapters.
            inputs: how many inputs come before these.
            suffix: of the file that is written; it decides how captions are stored.
        """
        given: list[str] = []
        options: list[str] = []
        for number, track in enumerate(self.subtitles):
            given += ["-i", str(track.path)]
            options += ["-map", f"{inputs + number}:s", f"-metadata:s:s:{number}", f"language={track.language}"]
            options += [f"-metadata:s:s:{number}", f"title={track.title}", f"-disposition:s:{number}", "0"]
        if self.subtitles:
            options += ["-c:s", _TEXT_CODECS[suffix]]
        if self.chapters:
            listed = folder / "chapters.txt"
            listed.write_text(_ffmetadata(self.chapters, self.duration), encoding="utf-8")
            given += ["-f", "ffmetadata", "-i", str(listed)]
            options += ["-map_chapters", str(inputs + len(self.subtitles))]
        for key, value in self.metadata.items():
            options += ["-metadata", f"{key}={value}"]
        return given, options


NOTHING_MORE = Extras()


def _ffmetadata(chapters: tuple[Chapter, ...], duration: Fraction) -> str:
    """ffmpeg's own text format for chapters, in ms."""
    lines = [";FFMETADATA1"]
    for chapter, end in pairwise([*chapters, Chapter("", duration)]):
        name = re.sub(r"([=;#\\\n])", r"\\\1", chapter.name)
        times = [f"START={round(chapter.start * 1000)}", f"END={round(end.start * 1000)}"]
        lines += ["[CHAPTER]", "TIMEBASE=1/1000", *times, f"title={name}"]
    return "\n".join(lines) + "\n"
