"""Where the page and the command line put things: projects, films, the queue."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

from studio.settings import settings

_LONGEST = 48  # characters of a folder's name; Windows allows 260 for a whole path


def slug(name: str) -> str:
    """A folder name for a person's name: letters, digits and Chinese characters, joined by "-"; "film" for nothing."""
    plain = unicodedata.normalize("NFKC", name).casefold()
    return re.sub(r"[\W_]+", "-", plain)[:_LONGEST].strip("-") or "film"


def free_folder(name: str) -> Path:
    """A folder under the projects for `name` that does not exist yet."""
    root = settings().projects_dir
    wanted = root / slug(name)
    number = 2
    while wanted.exists():
        wanted = root / f"{slug(name)}-{number}"
        number += 1
    return wanted


def films_dir() -> Path:
    """The only folder whose files the page hands out."""
    return settings().projects_dir / "films"


def queue_dir() -> Path:
    """Where the queue and the state of every job are kept."""
    return settings().projects_dir / "queue"
