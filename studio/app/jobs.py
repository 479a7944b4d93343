"""The state of every film that was asked for, one JSON file each: whoever reads them sees the truth, after any crash.

Only this module knows how a job is written down. A file is replaced whole, never edited in place.
"""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal
from uuid import uuid4

from studio.app.projects import queue_dir
from studio.errors import StudioError
from studio.media.files import write_text

State = Literal["queued", "running", "done", "failed", "cancelled"]
ENDED: tuple[State, ...] = ("done", "failed", "cancelled")
LOST = 10.0  # s; a job file older than this without an entry in the queue lost it in a crash


class JobUnknown(StudioError):
    """There is no job of that name, or its file was removed."""


@dataclass(frozen=True)
class JobStatus:
    """One film that was asked for, as far as it is."""

    id: str
    name: str
    """What the film is called on the page."""
    production: str
    """production.yaml."""
    output: str
    """Folder of the film."""
    draft: bool
    state: State
    created: float
    """s since 1970; also the order in which films are made."""
    stage: str = ""
    detail: str = ""
    done: float = 0.0
    """0 … 1."""
    remaining_s: float | None = None
    error: str = ""
    """What went wrong, for the user; "" unless failed."""
    film: str = ""
    poster: str = ""
    captions: tuple[str, ...] = ()
    recipe: str = ""
    report: str = ""
    duration_s: float = 0.0
    attempts: int = 0
    """How often a worker began it; more than one where a worker died."""
    stopping: bool = False
    """The user asked to stop and the worker has not yet done so. Never written down."""

    @property
    def active(self) -> bool:
        """Is it still to be finished?"""
        return self.state not in ENDED


def new(name: str, production: Path, output: Path, *, draft: bool) -> JobStatus:
    """A job that waits, written down.

    Raises:
        OutputUnwritable: the projects folder may not be written or its disk is full.
    """
    job = JobStatus(
        id=uuid4().hex[:12],
        name=name,
        production=str(production.resolve()),
        output=str(output.resolve()),
        draft=draft,
        state="queued",
        created=time.time(),
    )
    save(job)
    return job


def save(job: JobStatus) -> None:
    """Write a job down, all or nothing."""
    fields = asdict(job)
    del fields["stopping"]
    write_text(_path(job.id), json.dumps(fields, ensure_ascii=False, indent=1))


def load(job_id: str) -> JobStatus:
    """A job as it was last written down.

    Raises:
        JobUnknown: there is none.
    """
    path = _path(job_id)
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
        fields["captions"] = tuple(fields["captions"])
        job = JobStatus(**fields)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise JobUnknown(f"The film {job_id!r} is not in the list any more. Make it again.") from error
    return replace(job, stopping=job.active and asked_to_stop(job_id))


def every() -> list[JobStatus]:
    """All jobs, newest first; files that cannot be read are left out."""
    found = []
    for path in queue_dir().glob("*.job.json"):
        try:
            found.append(load(path.name.removesuffix(".job.json")))
        except JobUnknown:
            continue
    return sorted(found, key=lambda job: job.created, reverse=True)


def ask_to_stop(job_id: str) -> None:
    """Leave a note for whoever works on the job."""
    write_text(_stop_path(job_id), "")


def asked_to_stop(job_id: str) -> bool:
    """Is there such a note?"""
    return _stop_path(job_id).exists()


def _path(job_id: str) -> Path:
    # Ids come back from the page: only what `new` makes is ever a file name.
    if not (job_id.isalnum() and job_id.isascii()):
        raise JobUnknown("That film is not in the list.")
    return queue_dir() / f"{job_id}.job.json"


def _stop_path(job_id: str) -> Path:
    return _path(job_id).with_name(f"{job_id}.stop")
