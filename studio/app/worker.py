"""Films are made here, in a process of their own: closing the page or restarting it loses nothing.

The queue is on disk (huey on SQLite), the state of every job in its own file (studio/app/jobs.py). One worker at a
time, one film at a time: two renders on one machine only make both slower. A worker that was killed leaves its job
marked as running; the next one puts it back in line, and the pipeline's cache gives back what was finished.
"""

from __future__ import annotations

import json
import logging
import math
import os
import signal
import sqlite3
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.app import jobs, poster
from studio.app.jobs import JobStatus
from studio.app.projects import queue_dir
from studio.errors import Cancelled, OutputUnwritable, StudioError

if TYPE_CHECKING:
    from types import FrameType

    from studio.types import Progress, Render

log = logging.getLogger(__name__)

PAUSE = 0.3  # s between two looks into an empty queue
TELL = 0.25  # s between two writings of the progress
MOST_ATTEMPTS = 3  # a film that takes the worker down three times would do so for ever
LOCK_PATIENCE = 5.0  # s a new worker waits for an ending one

_KILLED = (
    f"The work on this film was cut off {MOST_ATTEMPTS} times, most likely because memory ran out. "
    "Close other programs, or use a smaller photo, and make it again."
)


class WorkerBusy(StudioError):
    """Another worker already makes the films of this projects folder."""


# ---- asked by the page and by programs


def submit(production: Path, output: Path, *, draft: bool = False, name: str = "") -> str:
    """Put a film in the queue and give the id of its job.

    Args:
        production: production.yaml.
        output: folder of the film.
        draft: small and quick.
        name: how the film is called in lists; by default the folder of the production.

    Raises:
        OutputUnwritable: the projects folder may not be written.
    """
    job = jobs.new(name or production.resolve().parent.name, production, output, draft=draft)
    _enqueue(job.id)
    return job.id


def status(job_id: str) -> JobStatus:
    """How far a film is.

    Raises:
        JobUnknown: there is no such job.
    """
    return jobs.load(job_id)


def listing() -> list[JobStatus]:
    """Every film that was asked for, newest first."""
    return jobs.every()


def cancel(job_id: str) -> None:
    """Stop a film: at once while it waits, within a moment while it is being made; an ended one stays as it is.

    Raises:
        JobUnknown: there is no such job.
    """
    job = jobs.load(job_id)
    if not job.active:
        return
    # The note comes first: a worker that takes the job at this moment will find it.
    jobs.ask_to_stop(job_id)
    if job.state == "queued":
        jobs.save(replace(job, state="cancelled"))


def working() -> bool:
    """Is there a worker for this projects folder?"""
    try:
        with _only_worker(patience=0.0):
            return False
    except WorkerBusy:
        return True


# ---- the queue


class _Json:
    """What lies in the queue file is data; huey's own pickles could be code."""

    def serialize(self, message: Any) -> bytes:
        return json.dumps(message).encode()

    def deserialize(self, data: bytes) -> Any:
        from huey.registry import Message

        return Message(*json.loads(data))


@cache
def _queue(path: Path) -> tuple[Any, Any]:
    """The queue in the file at `path`, and the call that puts a job's id into it."""
    from huey import SqliteHuey

    queue = SqliteHuey("studio", filename=str(path), results=False, fsync=True, serializer=_Json())
    return queue, queue.task(name="film")(make)


def _enqueue(job_id: str) -> None:
    _queue(queue_dir() / "queue.db")[1](job_id)


@contextmanager
def _only_worker(*, patience: float) -> Iterator[None]:
    # A lock of SQLite ends with its process, on every system and however the process ended: no stale lock file.
    path = queue_dir() / "worker.lock"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(path, timeout=patience, isolation_level=None)
    except (OSError, sqlite3.OperationalError) as error:
        raise OutputUnwritable(f"{queue_dir()} may not be written. Choose another projects folder.") from error
    try:
        connection.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        connection.close()
        raise WorkerBusy("Films of this folder are already being made by another process.") from error
    try:
        yield
    finally:
        connection.close()


def _recover() -> None:
    """Put back in line what a killed worker, or a crash between two writes, left behind. The lock must be held."""
    queue, _ = _queue(queue_dir() / "queue.db")
    waiting = {task.args[0] for task in queue.pending()}
    for job in reversed(jobs.every()):
        if not job.active or job.id in waiting:
            continue
        if job.state == "queued" and not job.attempts and time.time() - job.created < jobs.LOST:
            continue  # its submitter is just about to queue it
        if job.stopping:
            jobs.save(replace(job, state="cancelled"))
        elif job.attempts >= MOST_ATTEMPTS:
            jobs.save(replace(job, state="failed", error=_KILLED))
        else:
            jobs.save(replace(job, state="queued"))
            _enqueue(job.id)


# ---- the worker itself


def work(*, with_parent: bool = False) -> None:
    """Make the films in the queue, one after the other, until stopped.

    Args:
        with_parent: end as soon as stdin closes, which it does when the process that started this one ends, however
            it ends. The film in the making goes on at the next start.

    Raises:
        WorkerBusy: another worker is at it.
        KeyboardInterrupt: Ctrl-C; the film in the making is back in line.
    """
    desk = _Desk()
    with _only_worker(patience=LOCK_PATIENCE), desk.interrupts():
        if with_parent:
            threading.Thread(target=desk.leave_with_stdin, daemon=True).start()
        queue, _ = _queue(queue_dir() / "queue.db")
        looked = -math.inf
        while not desk.leaving.is_set():
            if time.monotonic() - looked > jobs.LOST:
                _recover()
                looked = time.monotonic()
            if (task := queue.dequeue()) is not None:
                make(task.args[0], desk)
            else:
                desk.leaving.wait(PAUSE)
    raise KeyboardInterrupt


def make(job_id: str, desk: _Desk | None = None) -> None:
    """Make one film and write down what becomes of it; nothing for a job that no longer waits."""
    desk = desk or _Desk()
    try:
        job = jobs.load(job_id)
    except jobs.JobUnknown:
        return
    if job.state != "queued":
        return
    desk.take(replace(job, state="running", attempts=job.attempts + 1, done=0.0, error=""))
    try:
        from studio import pipeline

        made = pipeline.render(
            Path(job.production), Path(job.output), draft=job.draft, on_progress=desk.tell, cancel=desk
        )
        picture = poster.make(made)
    except StudioError as error:
        if desk.leaving.is_set():
            desk.put_back()
        elif isinstance(error, Cancelled) or desk.is_set():
            desk.end(state="cancelled")
        else:
            desk.end(state="failed", error=str(error))
    except Exception as error:
        # The page must not show a film that runs for ever, and the next film must be made. The log has the traceback.
        log.exception("A film could not be made: %s", job.production)
        desk.end(
            state="failed",
            error=f"Something went wrong that should not have ({type(error).__name__}: {error}). "
            "The window in which the studio was started says more.",
        )
    else:
        desk.end(state="done", **_results(made, picture))


def _results(made: Render, picture: Path) -> dict[str, Any]:
    return {
        "done": 1.0,
        "remaining_s": 0.0,
        "film": str(made.path),
        "poster": str(picture),
        "captions": tuple(str(path) for path in made.captions),
        "recipe": str(made.recipe),
        "report": str(made.report) if made.report else "",
        "duration_s": float(made.duration),
    }


class _Desk:
    """The job being worked on: writes its progress down and finds out whether it is to stop."""

    def __init__(self) -> None:
        self.leaving = threading.Event()
        """The worker itself is to end."""
        self._job: JobStatus | None = None
        self._writing = threading.RLock()
        self._told = self._asked = -math.inf
        self._stop = False

    def take(self, job: JobStatus) -> None:
        """Begin with a job."""
        self._told = self._asked = -math.inf
        self._stop = False
        self._write(job)

    def tell(self, progress: Progress) -> None:
        """Keep the page informed, without wearing out the disk."""
        now = time.monotonic()
        job = self._job
        if job is None or (progress.stage == job.stage and now - self._told < TELL):
            return
        self._told = now
        self._write(
            replace(
                job,
                stage=progress.stage,
                detail=progress.detail,
                done=progress.done,
                remaining_s=progress.remaining_s,
            )
        )

    def end(self, **changes: Any) -> None:
        """The job is over."""
        if self._job is not None:
            self._write(replace(self._job, **changes))
            self._job = None

    def put_back(self) -> None:
        """The worker ends before the job does; that it was begun does not count against it."""
        with self._writing:
            if self._job is not None:
                jobs.save(replace(self._job, state="queued", attempts=self._job.attempts - 1))
                _enqueue(self._job.id)
                self._job = None

    def is_set(self) -> bool:
        """Is the work to stop? Asked per frame, so the disk is only looked at now and then."""
        now = time.monotonic()
        if not self._stop and self._job is not None and now - self._asked > TELL:
            self._asked = now
            self._stop = jobs.asked_to_stop(self._job.id)
        return self._stop or self.leaving.is_set()

    def _write(self, job: JobStatus) -> None:
        with self._writing:
            self._job = job
            jobs.save(job)

    def leave_with_stdin(self) -> None:
        """Wait until stdin closes, then end the process at once."""
        while sys.stdin.buffer.read(4096):
            pass
        with self._writing:
            self.put_back()
            # Not sys.exit: this is not the main thread. What the film was writing carries a temporary name.
            os._exit(0)

    @contextmanager
    def interrupts(self) -> Iterator[None]:
        """Ctrl-C ends the worker after putting the film back; a second one ends it at once."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return

        def leave(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
            if self.leaving.is_set():
                raise KeyboardInterrupt
            self.leaving.set()

        before = signal.signal(signal.SIGINT, leave)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)
