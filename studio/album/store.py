"""What was found out about files, kept by their content: one JSON line each, added as soon as it is known.

Whatever kills the work, the lines before stay; a line that was cut off is passed over. Files that were renamed, moved
or copied are known again.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from pydantic import TypeAdapter, ValidationError

from studio.album.record import Found, Seen
from studio.media.files import sha256_file, unwritable

VERSION = 1
"""Of what is measured; lines of another version are not used."""
_WHOLE = 64 * 2**20  # bytes: larger files are known by their size and three parts of them
_PART = 4 * 2**20  # bytes
_SEEN: TypeAdapter[Seen] = TypeAdapter(Seen)


def fingerprint(path: Path) -> str:
    """What a file is known by: SHA-256 of its bytes, or of a large one's size, beginning, middle and end.

    Raises:
        OSError: it cannot be read.
    """
    size = path.stat().st_size
    if size <= _WHOLE:
        return sha256_file(path)
    parts = hashlib.sha256(str(size).encode())
    with path.open("rb") as file:
        for start in (0, size // 2, size - _PART):
            file.seek(start)
            parts.update(file.read(_PART))
    return parts.hexdigest()


class Store:
    """The lines of one folder; a context manager that holds the file open."""

    def __init__(self, path: Path) -> None:
        """Read what is there.

        Raises:
            OutputUnwritable: the file cannot be read or written.
        """
        self._path = path
        self._digests: dict[str, str] = {}
        self._seen: dict[str, Seen] = {}
        self._file: IO[str] | None = None
        try:
            if path.is_file():
                for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
                    self._take(line)
        except OSError as error:
            raise unwritable(path, error) from error

    def __enter__(self) -> Store:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._path.open("a", encoding="utf-8")
            self._file.write("\n")  # ends a line that was cut off
        except OSError as error:
            raise unwritable(self._path, error) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            try:
                self._file.close()
            except OSError as error:
                raise unwritable(self._path, error) from error

    def digest(self, found: Found) -> str | None:
        """The fingerprint of a file that is as it was when it was taken."""
        return self._digests.get(_name(found))

    def seen(self, digest: str) -> Seen | None:
        """What is known of a content."""
        return self._seen.get(digest)

    def keep_digest(self, found: Found, digest: str) -> None:
        """Remember which content a file has."""
        self._digests[_name(found)] = digest
        self._write({"file": _name(found), "digest": digest})

    def keep(self, digest: str, seen: Seen) -> None:
        """Remember what was found out about a content."""
        self._seen[digest] = seen
        self._write({"version": VERSION, "content": digest, "seen": _SEEN.dump_python(seen, mode="json")})

    def _write(self, line: dict[str, Any]) -> None:
        if self._file is None:
            raise ValueError("the store is written to inside its `with` block")
        try:
            self._file.write(json.dumps(line, separators=(",", ":")) + "\n")
            self._file.flush()
        except OSError as error:
            raise unwritable(self._path, error) from error

    def _take(self, line: str) -> None:
        try:
            table = json.loads(line)
            if "digest" in table:
                self._digests[str(table["file"])] = str(table["digest"])
            elif table["version"] == VERSION:
                self._seen[str(table["content"])] = _SEEN.validate_python(table["seen"])
        except (ValueError, KeyError, TypeError, ValidationError):
            return  # cut off, or of another version: it is found out again


def _name(found: Found) -> str:
    return f"{found.size} {found.changed} {found.path.as_posix()}"
