"""The one module that knows models/: name → file, where it comes from, how large it is, under which licence.

The studio's own weights ship in models/. Those of others are fetched only when the user asks (`studio weights fetch`),
or put by hand into the folder STUDIO_WEIGHTS_DIR names; a file is used only after its size and SHA-256 were looked at.
studio/catalogue.py is the list itself.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from studio.catalogue import ANY_SIZE as ANY_SIZE  # also known here: this is the module that is asked
from studio.catalogue import FETCHED as FETCHED
from studio.catalogue import SHIPPED as SHIPPED
from studio.catalogue import Part as Part
from studio.catalogue import Weights as Weights
from studio.downloads import Ledger, download, place_copy, place_tree, unpack, unpack_tree, wrong
from studio.errors import EngineUnavailable, FileUnreadable
from studio.media.files import unwritable
from studio.settings import settings
from studio.types import Cancel, OnProgress

_PACKAGE = Path(__file__).resolve().parent
FOLDER_VARIABLE = "STUDIO_WEIGHTS_DIR"
TEXTS = (".json", ".txt")


def data_dir(name: str) -> Path:
    """The folder `models` or `templates`: inside an installed package, or beside it in a checkout."""
    installed = _PACKAGE / "data" / name
    return installed if installed.is_dir() else _PACKAGE.parent / name


@dataclass(frozen=True)
class State:
    """Weights on this machine."""

    name: str
    weights: Weights
    path: Path | None
    """Where they lie, usable or not; None where they are not here."""
    why: str
    """Why they cannot be used, and what to do; "" where they can."""


def record(name: str) -> Weights:
    """What is known of the weights called `name`.

    Raises:
        EngineUnavailable: nothing is.
    """
    known = SHIPPED.get(name) or FETCHED.get(name)
    if known is None:
        raise EngineUnavailable(
            f"There are no weights called {name!r}. Known: {', '.join(sorted({**SHIPPED, **FETCHED}))}."
        )
    return known


def folders() -> tuple[Path, ...]:
    """Where fetched weights are looked for, the first being where they are put."""
    named = os.environ.get(FOLDER_VARIABLE, "")
    own = settings().cache_dir / "weights"
    return (Path(named).expanduser().absolute(), own) if named else (own,)


def place(name: str) -> Path:
    """Where the file, or the folder of the set, called `name` is put.

    Raises:
        EngineUnavailable: the name is unknown.
    """
    return folders()[0] / record(name).file


def path(name: str) -> Path:
    """Where the weights called `name` lie: a file, or the folder of a set. Never fetches anything.

    Raises:
        EngineUnavailable: the name is unknown, or the weights are not there, or are not what they should be.
    """
    known = record(name)
    if name in SHIPPED:
        file = data_dir("models") / known.file
        if not file.is_file():
            raise EngineUnavailable(f"{file} is missing. It ships with the studio: install it again.")
        return file
    found = _find(known)
    if found is None:
        raise EngineUnavailable(_absent(name))
    for file in held(name, found):
        _vouch(name, file, (), ANY_SIZE, others=True)
    if found.is_file():
        _vouch(name, found, known.sha256, known.size, others=known.open)
    for part in known.parts:
        if not (found / part.file).is_file():
            raise EngineUnavailable(f"{found} lacks {part.file}. Fetch the set again with: studio weights fetch {name}")
        _vouch(name, found / part.file, (part.sha256,), (part.size, part.size), others=False)
    return found


def held(name: str, folder: Path) -> tuple[Path, ...]:
    """The files of a set brought by hand, as they lie in `folder`, in the order of `Weights.holds`; none for others.

    Raises:
        EngineUnavailable: the name is unknown, or a file is missing.
    """
    found = []
    for names in record(name).holds:
        file = next((folder / one for one in names if (folder / one).is_file()), None)
        if file is None:
            others = f" (or {', '.join(names[1:])})" if names[1:] else ""
            raise EngineUnavailable(f"{folder} lacks {names[0]}{others}. {by_hand(name)}")
        found.append(file)
    return tuple(found)


def fingerprint(name: str) -> str:
    """SHA-256 of the weights called `name`; of a set, of the names and digests of its files.

    Raises:
        EngineUnavailable: see `path`.
    """
    found, known = path(name), record(name)
    if found.is_file():
        return _ledger().digests(found)[0]
    files = [*held(name, found), *(found / part.file for part in known.parts)]
    lines = [f"{file.relative_to(found).as_posix()} {_ledger().digests(file)[0]}" for file in files]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def usable(name: str) -> bool:
    """Whether the weights called `name` are here, and are what they should be."""
    try:
        path(name)
    except EngineUnavailable:
        return False
    return True


def states() -> tuple[State, ...]:
    """All weights there are, and where they are here."""
    found = []
    for name, known in {**SHIPPED, **FETCHED}.items():
        try:
            found.append(State(name, known, path(name), ""))
        except EngineUnavailable as error:
            found.append(State(name, known, None if name in SHIPPED else _find(known), str(error)))
    return tuple(found)


def fetch(name: str, on_progress: OnProgress | None = None, cancel: Cancel | None = None) -> Path:
    """Bring the weights called `name` to this machine, unless they are here; where they lie then.

    Raises:
        EngineUnavailable: unknown, no lasting address, no connection, or not what was wanted came.
        OutputUnwritable: the disk is full or the folder may not be written.
        Cancelled: asked to stop.
    """
    known = record(name)
    with contextlib.suppress(EngineUnavailable):
        return path(name)
    if not known.url:
        raise EngineUnavailable(_absent(name))
    target = place(name)
    kind = ".zip" if known.parts else ".tar.bz2" if known.holds else ""
    brought = target.with_name(f"{known.file}{kind}")
    download(
        known.url,
        brought,
        sha256=known.sha256,
        size=known.size,
        by_hand=by_hand(name),
        on_progress=on_progress,
        cancel=cancel,
    )
    if known.parts:
        unpack(brought, target, {part.file: (part.sha256, part.size) for part in known.parts})
    elif known.holds:
        _forget(name, target)
        unpack_tree(brought, target)
    if kind:
        brought.unlink()
    return path(name)


def add(name: str, source: Path) -> Path:
    """Copy weights that were brought by hand into their place; where they lie then. `source` is not changed.

    Args:
        source: the file; for a set, its .zip or .tar.bz2, or the folder it was unpacked to or was brought as.

    Raises:
        EngineUnavailable: unknown, or `source` is not what it should be.
        FileUnreadable: there is no `source`.
        OutputUnwritable: the disk is full or the folder may not be written.
    """
    known = record(name)
    if name in SHIPPED:
        raise EngineUnavailable(f"The weights {name} ship with the studio; nothing has to be added.")
    if not source.exists():
        raise FileUnreadable(f"There is no file {source}. Check the name.")
    if known.holds:
        return _add_tree(name, source) if known.url else _add_folder(name, source)
    if known.parts:
        target = place(name)
        if source.is_dir():
            for part in known.parts:
                place_copy(source / part.file, target / part.file, (part.sha256,), (part.size, part.size))
        else:
            unpack(source, target, {part.file: (part.sha256, part.size) for part in known.parts})
        return path(name)
    target = folders()[0] / _name_for(source, known)
    standing = _find(known)
    if standing is not None and standing.parent == target.parent and standing.name != target.name:
        raise EngineUnavailable(f"{standing} is used for {name} already. Move it away, then add {source} again.")
    place_copy(source, target, () if known.open else known.sha256, known.size)
    _ledger().forget(target)
    return path(name)


def _add_tree(name: str, source: Path) -> Path:
    """Take over a whole folder, or unpack the archive it comes in."""
    known, target = record(name), place(name)
    if source.is_file():
        if why := wrong(source, known.sha256, known.size):
            raise EngineUnavailable(f"{source} is not the archive of {name}: {why}. Download it again.")
        _forget(name, target)
        unpack_tree(source, target)
        return path(name)
    held(name, source)
    if not (target.exists() and source.samefile(target)):
        room = target.with_name(f".{target.name}.{uuid4().hex[:8]}")
        try:
            shutil.copytree(source, room)
            place_tree(room, target)
        except OSError as error:
            raise unwritable(target, error) from error
        finally:
            shutil.rmtree(room, ignore_errors=True)
    _forget(name, target)
    return path(name)


def _forget(name: str, folder: Path) -> None:
    """Look at the files of a set next time as at ones never seen."""
    for one in itertools.chain.from_iterable(record(name).holds):
        _ledger().forget(folder / one)


def _add_folder(name: str, source: Path) -> Path:
    """Copy what a set needs out of a folder."""
    files, target = held(name, source), place(name)
    wanted = [file.relative_to(source) for file in files]
    for one in itertools.chain.from_iterable(record(name).holds):
        if (target / one).is_file() and Path(one) not in wanted:
            raise EngineUnavailable(
                f"{target / one} is used for {name} already. Move it away, then add {source} again."
            )
    for file in (*files, *_beside(files)):
        copy = target / file.relative_to(source)
        place_copy(file, copy, (), ANY_SIZE)
        _ledger().forget(copy)
    return path(name)


def _names(known: Weights) -> tuple[str, ...]:
    return (known.file, *known.also)


def _find(known: Weights) -> Path | None:
    for folder in folders():
        for file in _names(known):
            found = folder / file
            if found.is_dir() if known.parts or known.holds else found.is_file():
                return found
    return None


def _beside(files: Sequence[Path]) -> list[Path]:
    """The small texts in the folders of a set that say how its files are meant: settings, vocabularies, licences."""
    folders = dict.fromkeys(file.parent for file in files)
    texts = [file for folder in folders for file in sorted(folder.iterdir()) if file.suffix in TEXTS and file.is_file()]
    return [file for file in texts if file not in files]


def _name_for(source: Path, known: Weights) -> str:
    """The name under which `source` is kept: loaders tell formats apart by the ending."""
    for name in _names(known):
        if source.name == name:
            return name
    return next((name for name in _names(known) if Path(name).suffix == source.suffix), known.file)


def by_hand(name: str) -> str:
    """What a person can do without a connection."""
    known = record(name)
    add_it = f"studio weights add {name} {'FOLDER' if known.holds and not known.url else 'FILE'}"
    if known.holds and not known.url:
        return f"By hand: {known.by_hand}. Put it at {place(name)}, or: {add_it}"
    if not known.url:
        return f"By hand: {known.by_hand}; then: {add_it}"
    if known.parts or known.holds:
        return f"By hand: download {known.url} and unpack it into {place(name)}, or: {add_it}"
    return f"By hand: download {known.url} and put it at {place(name)}, or: {add_it}"


def _absent(name: str) -> str:
    known = record(name)
    if known.holds and not known.url:
        return f"The weights {name} are not here, and the studio fetches nothing it cannot check. {by_hand(name)}"
    if not known.url:
        return f"The weights {name} are not here, and have no lasting address. {by_hand(name)}"
    # The address stands in what `fetch` says where there is no connection.
    return f"The weights {name} are not here. Fetch them: studio weights fetch {name}"


def _refused(name: str, file: Path, why: str) -> EngineUnavailable:
    return EngineUnavailable(f"{file} is not the weights {name}: {why}. {by_hand(name)}")


def _vouch(name: str, file: Path, sha256: Sequence[str], size: tuple[int, int], *, others: bool) -> None:
    """Refuse a file that is not what it should be.

    Where no digest is published, or `others` may serve too, the file that was seen first is held on to.
    """
    if why := wrong(file, (), size):
        raise _refused(name, file, why)
    now, first = _ledger().digests(file)
    if now in sha256:
        return
    if sha256 and not others:
        raise _refused(name, file, f"its SHA-256 is {now}, not {' or '.join(sha256)}")
    if now != first:
        raise EngineUnavailable(
            f"{file} has changed since it was first used. If that is meant: studio weights add {name} {file}"
        )


def _ledger() -> Ledger:
    return Ledger(settings().cache_dir / "weights" / "checked.json")
