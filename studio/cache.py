"""Takes, kept by the hash of everything they were made from."""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from studio.media.files import unwritable

_A_DAY = 24 * 3600  # s


def digest(key: Any) -> str:
    """Hex SHA-256 of a JSON value; the same for equal values on every machine."""
    text = json.dumps(key, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class Take:
    """One finished piece of work: a folder that never changes again."""

    folder: Path
    key: str
    cached: bool
    """True where it was made in an earlier run."""


@dataclass(frozen=True)
class Cache:
    """A folder of takes. May be deleted at any time; two renders may use it at once."""

    root: Path

    def sweep(self) -> None:
        """Remove what killed renders left unfinished, once it is a day old: nobody is working on it any more."""
        for unfinished in self.root.glob("*/*/.*"):
            if time.time() - unfinished.stat().st_mtime > _A_DAY:
                shutil.rmtree(unfinished, ignore_errors=True)

    def has(self, stage: str, key: Mapping[str, Any]) -> bool:
        """Is the take for `key` there already?"""
        return self._place(stage, digest({"stage": stage, **key})).is_dir()

    def folder(self, stage: str, name: str) -> Path:
        """Where the take lies that is called `name`, the key on record; it may have been deleted."""
        return self._place(stage, name)

    def take(self, stage: str, key: Mapping[str, Any], make: Callable[[Path], None]) -> Take:
        """The take for `key`, made by `make(folder)` unless it is there already.

        The folder gets its final name only when `make` has returned: whatever kills it half-way leaves no take.

        Raises:
            OutputUnwritable: the disk is full or the cache may not be written; whatever `make` raises.
        """
        name = digest({"stage": stage, **key})
        folder = self._place(stage, name)
        if folder.is_dir():
            return Take(folder, name, cached=True)
        unfinished = folder.with_name(f".{name[:16]}.{uuid4().hex[:8]}")
        try:
            unfinished.mkdir(parents=True)
            make(unfinished)
            unfinished.rename(folder)
        except OSError as error:
            if folder.is_dir():  # another was faster
                return Take(folder, name, cached=True)
            raise unwritable(unfinished, error) from error
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
        return Take(folder, name, cached=False)

    def _place(self, stage: str, name: str) -> Path:
        return self.root / stage / name[:2] / name
