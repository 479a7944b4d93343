"""The one module that knows models/: name → file, where it comes from, how large it is, under which licence."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from studio.errors import EngineUnavailable

_PACKAGE = Path(__file__).resolve().parent


def data_dir(name: str) -> Path:
    """The folder `models` or `templates`: inside an installed package, or beside it in a checkout."""
    installed = _PACKAGE / "data" / name
    return installed if installed.is_dir() else _PACKAGE.parent / name


@dataclass(frozen=True)
class Weights:
    """One file of weights."""

    file: str
    """Name inside models/."""
    licence: str
    """Of the weights, data included."""


SHIPPED: dict[str, Weights] = {}


def path(name: str) -> Path:
    """Where the weights called `name` lie.

    Raises:
        EngineUnavailable: the name is unknown, or the file is not there.
    """
    if name not in SHIPPED:
        raise EngineUnavailable(f"There are no weights called {name!r}. Known: {', '.join(sorted(SHIPPED)) or 'none'}.")
    file = data_dir("models") / SHIPPED[name].file
    if not file.is_file():
        raise EngineUnavailable(f"{file} is missing. It ships with the studio: install it again.")
    return file
