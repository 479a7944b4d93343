"""Bringing large files into place, from the network or by hand: resumable, checked, never half-written."""

from __future__ import annotations

import errno
import http.client
import json
import shutil
import tarfile
import time
import zipfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path, PurePosixPath
from typing import IO, Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen
from uuid import uuid4

from studio.errors import Cancelled, EngineUnavailable, FileUnreadable, OutputUnwritable
from studio.media.files import sha256_file, unwritable, writing
from studio.types import Cancel, OnProgress, Progress

CHUNK = 1 << 18  # bytes between two looks at `cancel`
TIMEOUT = 30.0  # s without a single byte
FULL = (errno.ENOSPC, errno.EDQUOT)


class _CutOff(ConnectionError):
    """The connection ended before the file did."""


def unlike_weights(path: Path) -> str:
    """What a file is that is no weights at all: "" for nothing known.

    Servers answer with a page where the file has moved or a login is asked for, and a Git checkout without LFS holds
    pointers of 130 bytes; both get saved under the name of the weights.
    """
    with path.open("rb") as file:
        start = file.read(512).lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype", b"<html", b"<?xml", b"<head")):
        return "a web page"
    if start.startswith(b"version https://git-lfs"):
        return "a Git LFS pointer"
    return ""


def wrong(path: Path, sha256: Sequence[str], size: tuple[int, int]) -> str:
    """Why a file cannot be the one that was wanted; "" where it can.

    Args:
        sha256: hex digests, any of which will do; empty where none is published.
        size: bytes, the least and the most it may have.
    """
    length = path.stat().st_size
    if kind := unlike_weights(path):
        return f"it is {kind}"
    if why := _wrong_size(length, size):
        return why
    if sha256 and (found := sha256_file(path)) not in sha256:
        return f"its SHA-256 is {found}, not {' or '.join(sha256)}"
    return ""


def _wrong_size(length: int, size: tuple[int, int]) -> str:
    if size[0] <= length <= size[1]:
        return ""
    wanted = f"{size[0]:,}" if size[0] == size[1] else f"{size[0]:,} to {size[1]:,}"
    return f"it has {length:,} bytes instead of {wanted}"


def place_copy(source: Path, target: Path, sha256: Sequence[str], size: tuple[int, int]) -> None:
    """Copy a checked file to `target`; where it is that file already, only check it.

    Raises:
        FileUnreadable: there is no `source`.
        EngineUnavailable: it is not what was wanted.
        OutputUnwritable: the disk is full or the folder may not be written.
    """
    if not source.is_file():
        raise FileUnreadable(f"There is no file {source}. Check the name.")
    if why := wrong(source, sha256, size):
        raise EngineUnavailable(f"{source} is not {target.name}: {why}. Download it again.")
    if target.exists() and source.samefile(target):
        return
    with writing(target) as temporary:
        shutil.copyfile(source, temporary)


def unpack(archive: Path, folder: Path, wanted: Mapping[str, tuple[str, int]]) -> None:
    """Take the wanted files, and only them, out of a .zip into `folder`, wherever in the .zip they lie.

    Args:
        wanted: SHA-256 and bytes by file name.

    Raises:
        EngineUnavailable: the .zip is damaged or holds other files.
        OutputUnwritable: the disk is full or the folder may not be written.
    """
    try:
        with zipfile.ZipFile(archive) as packed:
            inside = {PurePosixPath(member.filename).name: member for member in packed.infolist()}
            for name, (sha256, size) in wanted.items():
                member = inside.get(name)
                if member is None or member.file_size != size:
                    raise EngineUnavailable(f"{archive} holds no {name} of {size:,} bytes. Download it again.")
                with writing(folder / name) as temporary:
                    with packed.open(member) as source, temporary.open("wb") as file:
                        shutil.copyfileobj(source, file)
                    if why := wrong(temporary, (sha256,), (size, size)):
                        raise EngineUnavailable(f"{name} in {archive} is another file: {why}. Download it again.")
    except zipfile.BadZipFile as error:
        raise EngineUnavailable(f"{archive} is damaged or no .zip ({error}). Download it again.") from error


def unpack_tree(archive: Path, folder: Path) -> None:
    """Unpack a .tar.bz2, without the one folder it has around everything, so that it becomes `folder`, or nothing does.

    Raises:
        EngineUnavailable: it is damaged, or would write elsewhere.
        OutputUnwritable: the disk is full or the folder may not be written.
    """
    room = folder.with_name(f".{folder.name}.{uuid4().hex[:8]}")
    try:
        with tarfile.open(archive, "r:bz2") as packed:
            packed.extractall(room, filter="data")
        inside = list(room.iterdir())
        place_tree(inside[0] if len(inside) == 1 and inside[0].is_dir() else room, folder)
    except (tarfile.TarError, EOFError) as error:
        raise EngineUnavailable(f"{archive} is damaged or no .tar.bz2 ({error}). Download it again.") from error
    except OSError as error:
        if error.errno is None:  # what bz2 raises for data that is none
            raise EngineUnavailable(f"{archive} is damaged or no .tar.bz2 ({error}). Download it again.") from error
        raise unwritable(folder, error) from error
    finally:
        shutil.rmtree(room, ignore_errors=True)


def place_tree(source: Path, target: Path) -> None:
    """Move the folder `source` to `target` on the same disk, in place of what is there.

    Raises:
        OutputUnwritable: the folder may not be written.
    """
    try:
        if target.exists():
            shutil.rmtree(target)
        source.replace(target)
    except OSError as error:
        raise unwritable(target, error) from error


class Ledger:
    """Digests of files on disk, kept in a JSON file: 300 MB are read when they changed, not at every start."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def digests(self, file: Path) -> tuple[str, str]:
        """Hex SHA-256 of a file as it is now, and as it was when it was first asked for."""
        stat = file.stat()
        mark = [stat.st_size, stat.st_mtime_ns]
        entries = self._read()
        entry = entries.get(str(file))
        if entry is not None and entry["mark"] == mark:
            return entry["now"], entry["first"]
        now = sha256_file(file)
        first = now if entry is None else entry["first"]
        self._write({**entries, str(file): {"mark": mark, "now": now, "first": first}})
        return now, first

    def forget(self, file: Path) -> None:
        """Look at `file` next time as at one never seen."""
        entries = self._read()
        if entries.pop(str(file), None) is not None:
            self._write(entries)

    def _read(self) -> dict[str, Any]:
        try:
            entries = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}  # not written yet, or cut off: everything is looked at again
        return entries if isinstance(entries, dict) else {}

    def _write(self, entries: Mapping[str, Any]) -> None:
        # Where the cache may not be written, files are read again each time; nothing else is lost.
        with suppress(OutputUnwritable), writing(self._path) as temporary:
            temporary.write_text(json.dumps(entries, indent=1), encoding="utf-8")


def download(
    url: str,
    target: Path,
    *,
    sha256: Sequence[str],
    size: tuple[int, int],
    by_hand: str,
    on_progress: OnProgress | None = None,
    cancel: Cancel | None = None,
) -> None:
    """Bring the file at `url` to `target`; a download that was cut off or stopped goes on from where it was.

    Args:
        sha256: hex digests, any of which will do; empty where none is published.
        size: bytes, the least and the most it may have.
        by_hand: what a person without a connection can do; the last sentence of every error of the network.

    Raises:
        EngineUnavailable: no connection, no such file there, or what came is not what was wanted.
        OutputUnwritable: the disk is full or the folder may not be written.
        Cancelled: asked to stop; what has come so far is kept beside `target`.
    """
    part = target.with_name(f".{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _receive(url, part, size, _Meter(target.name, on_progress), cancel)
        if why := wrong(part, sha256, size):
            part.unlink()
            raise EngineUnavailable(f"What {url} gave is not {target.name}: {why}. It was thrown away; fetch again.")
        part.replace(target)
    except (URLError, http.client.HTTPException, TimeoutError, ConnectionError) as error:
        raise EngineUnavailable(f"{_trouble(url, error)}. {by_hand}") from error
    except OSError as error:
        if error.errno in FULL:
            part.unlink(missing_ok=True)
        raise unwritable(target, error) from error


def _receive(url: str, part: Path, size: tuple[int, int], meter: _Meter, cancel: Cancel | None) -> None:
    have = part.stat().st_size if part.exists() else 0
    if have and have == size[1]:
        return  # cut off between the last byte and the check
    if have >= size[1]:
        part.unlink()
        have = 0
    if shutil.disk_usage(part.parent).free < size[0] - have:
        raise OSError(errno.ENOSPC, "No space left on device")
    with _open(url, have) as answer:
        if answer.headers.get_content_type() == "text/html":
            raise EngineUnavailable(
                f"{url} answers with a web page instead of {meter.name}: the file has moved, or a login is in the way."
            )
        # A server that knows no ranges sends everything again, from the first byte.
        resumed = answer.status == HTTPStatus.PARTIAL_CONTENT and _starts_at(answer, have)
        have = have if resumed else 0
        length = answer.headers.get("Content-Length")
        total = have + int(length) if length else None
        if total is not None and (why := _wrong_size(total, size)):
            part.unlink(missing_ok=True)
            raise EngineUnavailable(f"{answer.url} is not {meter.name}: {why}. The file there has been replaced.")
        with part.open("ab" if resumed else "wb") as file:
            have = _pour(answer, file, have, size[1], meter.start(have, total or size[1]), cancel)
    if total is not None and have < total:
        raise _CutOff(f"cut off after {have:,} of {total:,} bytes")


def _open(url: str, have: int) -> Any:
    """The server's answer, from byte `have` on where it can."""
    request = Request(url, headers={"User-Agent": "keepsake-studio"})  # noqa: S310  (addresses are our own constants)
    if have:
        request.add_header("Range", f"bytes={have}-")
    try:
        return urlopen(request, timeout=TIMEOUT)  # noqa: S310
    except HTTPError as error:
        if have and error.code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            return _open(url, 0)  # the part is no beginning of what lies there now
        raise


def _starts_at(answer: Any, have: int) -> bool:
    return str(answer.headers.get("Content-Range", "")).startswith(f"bytes {have}-")


def _pour(answer: Any, file: IO[bytes], have: int, most: int, meter: _Meter, cancel: Cancel | None) -> int:
    """Write what comes to `file`; how many bytes it has then."""
    while chunk := _next(answer, have):
        if cancel is not None and cancel.is_set():
            raise Cancelled("Stopped. What has come so far is kept: the same command goes on from there.")
        file.write(chunk)
        have += len(chunk)
        if have > most:
            break  # the check that follows says so
        meter.tell(have)
    return have


def _next(answer: Any, have: int) -> bytes:
    """The next bytes. An OSError of the network must not be taken for one of the disk."""
    try:
        chunk: bytes = answer.read(CHUNK)
    except (OSError, http.client.HTTPException) as error:
        raise _CutOff(f"cut off after {have:,} bytes ({error})") from error
    return chunk


def _trouble(url: str, error: Exception) -> str:
    """What failed on the way to `url`, without a full stop."""
    host = urlsplit(url).hostname
    if isinstance(error, HTTPError):
        return f"{host} answers {error.code} {error.reason} for {url}"
    if isinstance(error, _CutOff):
        return f"The connection to {host} was {error}; fetch again and it goes on from there"
    return f"There is no connection to {host} ({getattr(error, 'reason', None) or error})"


class _Meter:
    """Tells how far a download is, at most ten times a second."""

    def __init__(self, name: str, on_progress: OnProgress | None) -> None:
        self.name = name
        self._on_progress = on_progress
        self._first = self._total = 0
        self._began = self._told = time.monotonic()

    def start(self, have: int, total: int) -> _Meter:
        self._first, self._total = have, max(total, 1)
        self._began, self._told = time.monotonic(), 0.0
        self.tell(have)
        return self

    def tell(self, have: int) -> None:
        now = time.monotonic()
        if self._on_progress is None or (now - self._told < 0.1 and have < self._total):
            return
        self._told = now
        rate = (have - self._first) / max(now - self._began, 1e-3)
        detail = f"{self.name}, {have / 1e6:.0f} of {self._total / 1e6:.0f} MB"
        left = (self._total - have) / rate if rate > 0 else None
        self._on_progress(Progress("weights", detail, min(1.0, have / self._total), left))
