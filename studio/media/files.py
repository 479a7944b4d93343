"""Writing files so that nothing is ever half-written, and knowing them by their content."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

from studio.errors import OutputUnwritable

_FULL = {errno.ENOSPC, errno.EDQUOT}
_REFUSED = {errno.EACCES, errno.EPERM, errno.EROFS}
_IN_THE_WAY = {errno.EEXIST, errno.ENOTDIR}


def unwritable(path: Path, error: OSError) -> OutputUnwritable:
    """The sentence for `error`, met while writing `path`."""
    if error.errno in _FULL:
        return OutputUnwritable(
            f"The disk that holds {path.parent} is full. Free some space and run again: finished takes are kept."
        )
    if error.errno in _REFUSED:
        return OutputUnwritable(f"{path.parent} may not be written. Choose another folder or change its permissions.")
    if error.errno in _IN_THE_WAY:
        return OutputUnwritable(
            f"{error.filename or path.parent} is a file where a folder is needed. Choose another one."
        )
    return OutputUnwritable(f"{path} could not be written: {error.strerror or error}.")


@contextmanager
def writing(path: Path) -> Iterator[Path]:
    """A temporary name beside `path` to write to; it becomes `path` on success and vanishes on failure.

    Raises:
        OutputUnwritable: the disk is full or the folder may not be written.
    """
    # The suffix stays last: ffmpeg and others choose the format by it.
    temporary = path.with_name(f".{path.stem[:80]}.{uuid4().hex[:8]}{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        temporary.replace(path)
    except OSError as error:
        raise unwritable(path, error) from error
    finally:
        with suppress(NotADirectoryError):  # then there is nothing to remove either
            temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write `text` as UTF-8, all or nothing."""
    with writing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def copy(source: Path, target: Path) -> None:
    """Copy a file, all or nothing; `source` is not changed."""
    with writing(target) as temporary:
        shutil.copyfile(source, temporary)


@contextmanager
def scratch() -> Iterator[Path]:
    """A temporary folder, private to this user, gone afterwards."""
    try:
        folder = Path(tempfile.mkdtemp(prefix="keepsake-"))
    except OSError as error:
        raise unwritable(Path(tempfile.gettempdir()) / "keepsake", error) from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def sha256_file(path: Path) -> str:
    """Hex SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def free_bytes(path: Path) -> int:
    """Free space on the disk that holds `path`, or would."""
    while not path.exists():
        path = path.parent
    stat = os.statvfs(path)
    return stat.f_bavail * stat.f_frsize
