"""Keeps one worker alive as long as the page runs, and takes it along when the page ends."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

from studio.app import worker
from studio.settings import settings

LOOK = 1.0  # s between two looks at the child
LONGEST_WAIT = 60.0  # s before a worker that keeps dying is tried again


class Keeper:
    """Starts `studio worker`, starts it again when it died, ends it with `stop`."""

    def __init__(self) -> None:
        self._stopping = threading.Event()
        self._child: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._keep, daemon=True)

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """End the worker. A film in the making goes on at the next start."""
        self._stopping.set()
        self._thread.join()

    @property
    def pid(self) -> int | None:
        """Of the worker, while there is one of ours."""
        child = self._child
        return child.pid if child is not None and child.poll() is None else None

    def _keep(self) -> None:
        wait = LOOK
        while not self._stopping.is_set():
            if not worker.working():
                self._child = _spawn()
                lived = self._follow(self._child)
                # One that dies at once would otherwise be started in a tight ring.
                wait = LOOK if lived else min(wait * 2, LONGEST_WAIT)
            self._stopping.wait(wait)

    def _follow(self, child: subprocess.Popen[bytes]) -> bool:
        """Wait until the child ended or the page ends; did it live long enough to be of use?"""
        rounds = 0
        try:
            while child.poll() is None and not self._stopping.wait(LOOK):
                rounds += 1
        finally:
            _end(child)
        return rounds * LOOK > 10


def _spawn() -> subprocess.Popen[bytes]:
    kept = settings()
    # The child must find the same studio and the same folders, whether installed or run from a checkout.
    package = str(Path(__file__).resolve().parents[2])
    environment = {
        **os.environ,
        "STUDIO_PROJECTS_DIR": str(kept.projects_dir.resolve()),
        "STUDIO_CACHE_DIR": str(kept.cache_dir.resolve()),
        "PYTHONPATH": os.pathsep.join(filter(None, [package, os.environ.get("PYTHONPATH")])),
    }
    # Its stdin is a pipe that closes when this process ends, however it ends; that is how it knows. A session of its
    # own keeps the terminal's Ctrl-C for the page, which then ends the worker in order.
    return subprocess.Popen(
        [sys.executable, "-m", "studio", "worker", "--with-parent"],
        stdin=subprocess.PIPE,
        env=environment,
        start_new_session=True,
    )


def _end(child: subprocess.Popen[bytes]) -> None:
    if child.stdin is not None:
        child.stdin.close()
    try:
        child.wait(timeout=3)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
