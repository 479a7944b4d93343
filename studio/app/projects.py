"""Where the page and the command line put things: projects, films, the queue."""

from __future__ import annotations

from pathlib import Path

from studio.settings import settings


def free_folder(name: str) -> Path:
    """A folder under the projects for `name` that does not exist yet."""
    from studio.templates import slug

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
