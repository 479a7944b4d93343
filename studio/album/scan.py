"""What lies in a folder: photos, films and recordings by their endings, and what is left out and why.

Links are never followed, so nothing outside the folder is read and no loop can be entered. What is hidden stays so.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from studio.album.record import Found, Kind, Skipped
from studio.errors import FileUnreadable

PHOTOS = {
    ".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".tif", ".tiff", ".webp", ".bmp", ".gif", ".heic", ".heif", ".hif",
    ".avif", ".jp2", ".ppm", ".pgm", ".tga",
}  # fmt: skip
VIDEOS = {
    ".mp4", ".m4v", ".mov", ".avi", ".mkv", ".webm", ".mpg", ".mpeg", ".mts", ".m2ts", ".vob", ".wmv", ".flv", ".3gp",
    ".3g2", ".ts", ".mod", ".dv", ".ogv", ".asf",
}  # fmt: skip
RECORDINGS = {
    ".wav", ".mp3", ".m4a", ".aac", ".flac", ".ogg", ".oga", ".opus", ".wma", ".aif", ".aiff", ".amr", ".caf", ".silk",
}  # fmt: skip
RAW = {".dng", ".cr2", ".cr3", ".nef", ".arw", ".orf", ".rw2", ".raf", ".pef", ".srw"}
_KINDS: dict[str, Kind] = {
    **dict.fromkeys(PHOTOS, "photo"),
    **dict.fromkeys(VIDEOS, "video"),
    **dict.fromkeys(RECORDINGS, "recording"),
}
# Folders that programs keep for themselves, mostly full of small copies.
_PRIVATE = {"@eadir", "__macosx", "$recycle.bin", "system volume information", "lost+found", ".thumbnails"}
DEEPEST = 40  # folders within folders


@dataclass(frozen=True)
class Plan:
    """Everything that is there, in order of the names."""

    folder: Path
    found: tuple[Found, ...]
    skipped: tuple[Skipped, ...]
    hidden: int
    """How many hidden files and folders were passed by."""

    def of(self, kind: Kind) -> tuple[Found, ...]:
        """The files of one kind."""
        return tuple(file for file in self.found if file.kind == kind)


def scan(folder: Path, *, leave_out: tuple[Path, ...] = ()) -> Plan:
    """Go through a folder and all folders inside it.

    Args:
        leave_out: folders inside it that are not looked into, such as the one that is written to.

    Raises:
        FileUnreadable: it is not there, is no folder, or may not be read.
    """
    if not folder.is_dir():
        raise FileUnreadable(f"{folder} is not a folder. Name the folder in which the photos lie.")
    try:
        next(os.scandir(folder), None)
    except OSError as error:
        raise FileUnreadable(f"{folder} cannot be read: {error.strerror}.") from error
    walk = _Walk(frozenset(path.resolve() for path in leave_out))
    found = tuple(sorted(walk.through(folder, 0), key=lambda file: _natural(file.path.relative_to(folder))))
    return Plan(folder, found, tuple(walk.skipped), walk.hidden)


def _natural(path: Path) -> list[tuple[str, int, str]]:
    """A name with its numbers as numbers: scan2 comes before scan10."""
    key: list[tuple[str, int, str]] = []
    for part in path.parts:
        word = ""
        number = ""
        for char in [*part.casefold(), ""]:
            if char.isascii() and char.isdigit():
                number += char
                continue
            if number:
                key.append((word, int(number[:18]), ""))
                word = number = ""
            word += char
        key.append((word, -1, part))
    return key


class _Walk:
    def __init__(self, leave_out: frozenset[Path]) -> None:
        self.skipped: list[Skipped] = []
        self.hidden = 0
        self._leave_out = leave_out

    def through(self, folder: Path, depth: int) -> Iterator[Found]:
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            self.skipped.append(Skipped(folder, f"The folder cannot be read: {error.strerror}."))
            return
        for entry in entries:
            path = Path(entry.path)
            if entry.name.startswith(".") or entry.name.lower() in _PRIVATE:
                self.hidden += 1
            elif entry.is_symlink():
                self.skipped.append(Skipped(path, "It is a link; only what lies in the folder itself is looked at."))
            elif entry.is_dir(follow_symlinks=False):
                if path.resolve() in self._leave_out:
                    continue
                if depth < DEEPEST:
                    yield from self.through(path, depth + 1)
                else:
                    self.skipped.append(Skipped(path, f"It lies more than {DEEPEST} folders deep."))
            elif (file := self._file(entry, path)) is not None:
                yield file

    def _file(self, entry: os.DirEntry[str], path: Path) -> Found | None:
        ending = path.suffix.lower()
        kind = _KINDS.get(ending)
        try:
            stat = entry.stat(follow_symlinks=False)
        except OSError as error:
            self.skipped.append(Skipped(path, f"It cannot be read: {error.strerror}."))
            return None
        if not entry.is_file(follow_symlinks=False):
            self.skipped.append(Skipped(path, "It is neither a file nor a folder."))
        elif kind is None:
            self.skipped.append(Skipped(path, _unknown(ending)))
        elif not stat.st_size:
            self.skipped.append(Skipped(path, "It is empty (0 bytes). Copy it again from where it came from."))
        else:
            return Found(path, kind, stat.st_size, stat.st_mtime_ns)
        return None


def _unknown(ending: str) -> str:
    if ending in RAW:
        return f"It is a camera's raw file ({ending}). Save it as JPEG or TIFF to have it in the film."
    return f"No photo, film or recording by its name ({ending or 'no ending'})."
