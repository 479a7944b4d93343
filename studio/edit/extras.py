"""What a film's file carries besides picture and sound: tags, chapters, captions that a player switches on."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO

_TEXT_CODECS = {".mp4": "mov_text", ".mov": "mov_text", ".m4v": "mov_text", ".mkv": "srt"}


@dataclass(frozen=True)
class Chapter:
    """A part of the film that a player can jump to."""

    name: str
    start: Fraction
    """s of the film."""


@dataclass(frozen=True)
class Subtitles:
    """Captions inside the file."""

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
    shown: bool = False
    """The player shows the first of them by itself; else they are off until somebody switches them on."""

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
            options += [f"-metadata:s:s:{number}", f"title={track.title}"]
            options += [f"-disposition:s:{number}", "default" if self.shown and number == 0 else "0"]
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

    def settle(self, path: Path) -> None:
        """Switch off the captions of a finished file that nobody asked to be shown.

        Of every kind of track that has none enabled, ffmpeg enables the first in .mp4 and .mov, whatever `-disposition`
        says (libavformat/movenc.c, enable_tracks), and players show what is enabled. So the flag is cleared in place;
        the file keeps its length.
        """
        if not self.subtitles or self.shown or _TEXT_CODECS[path.suffix] != "mov_text":
            return
        with path.open("r+b") as file:
            for flags in _caption_flags(file):
                file.seek(flags)
                kept = file.read(1)[0] & ~_ENABLED
                file.seek(flags)
                file.write(bytes([kept]))


NOTHING_MORE = Extras()


_ENABLED = 0x01  # of the flags of a track header (ISO/IEC 14496-12, 8.3.2)
_CAPTIONS = frozenset({b"sbtl", b"subt", b"text"})  # handlers of tracks with captions, of MP4 and of QuickTime


def _caption_flags(file: BinaryIO) -> Iterator[int]:
    """Where the lowest byte of the flags of every track with captions is, in bytes from the start."""
    size = file.seek(0, 2)
    for moov in _boxes(file, 0, size, b"moov"):
        for trak in _boxes(file, *moov, b"trak"):
            kinds = [
                _handler(file, hdlr[0])
                for mdia in _boxes(file, *trak, b"mdia")
                for hdlr in _boxes(file, *mdia, b"hdlr")
            ]
            if _CAPTIONS & set(kinds):
                # A version of one byte, then flags of three.
                yield from (start + 3 for start, _ in _boxes(file, *trak, b"tkhd"))


def _handler(file: BinaryIO, start: int) -> bytes:
    file.seek(start + 8)  # after version, flags and four bytes that mean nothing
    return file.read(4)


def _boxes(file: BinaryIO, start: int, end: int, kind: bytes) -> list[tuple[int, int]]:
    """Where the content of every box of a kind begins and ends, among those that lie one after the other."""
    found = []
    while start + 8 <= end:
        file.seek(start)
        size, name, large = struct.unpack(">I4sQ", file.read(16).ljust(16, b"\0"))
        header = 16 if size == 1 else 8
        size = large if size == 1 else size or end - start
        if size < header:
            break
        if name == kind:
            found.append((start + header, start + size))
        start += size
    return found


def _ffmetadata(chapters: tuple[Chapter, ...], duration: Fraction) -> str:
    """ffmpeg's own text format for chapters, in ms."""
    lines = [";FFMETADATA1"]
    for chapter, end in pairwise([*chapters, Chapter("", duration)]):
        name = re.sub(r"([=;#\\\n])", r"\\\1", chapter.name)
        times = [f"START={round(chapter.start * 1000)}", f"END={round(end.start * 1000)}"]
        lines += ["[CHAPTER]", "TIMEBASE=1/1000", *times, f"title={name}"]
    return "\n".join(lines) + "\n"
