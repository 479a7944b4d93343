"""Processes that work through a list side by side, and outlive a file that kills one of them.

A damaged file can make a decoder crash or run for ever. Then its process is ended, the file is named, and a new process
takes its place; each process is replaced after some hundreds of files, so that memory stays flat whatever leaks.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import Any, Generic, TypeVar

from studio.errors import Cancelled, EngineUnavailable
from studio.types import Cancel

T = TypeVar("T")
R = TypeVar("R")
FILES_EACH = 150  # then a process is replaced; starting one takes about 2 s
_WORTH_ONE = 4  # files that are worth a process
_LOOK_UP_S = 0.2  # how often it is asked whether the user stopped the work
_READY = "ready"


@dataclass(frozen=True)
class Lost:
    """What came of a task that ended its process."""

    reason: str


@dataclass
class _Worker:
    process: Any
    line: Connection
    task: Any = None
    busy: bool = False
    ready: bool = False
    since: float = 0.0
    done: int = 0


class Crew(Generic[T, R]):
    """Some processes that all do the same work."""

    def __init__(self, work: Callable[[T], R], size: int, *, seconds: float, files_each: int = FILES_EACH) -> None:
        """Start nothing yet.

        Args:
            work: a function of a module, called in other processes; it must not raise.
            size: how many processes.
            seconds: longer than this no task may take.
            files_each: tasks after which a process is replaced.
        """
        self._work = work
        self._size = max(1, size)
        self._seconds = seconds
        self._files_each = files_each
        # A process that is forked from one with threads may hang; a fresh one costs a second.
        self._context = multiprocessing.get_context("spawn")

    def run(self, tasks: Sequence[T], cancel: Cancel | None = None) -> Iterator[tuple[T, R | Lost]]:
        """Every task with what came of it, as they are finished.

        Raises:
            Cancelled: the user stopped the work.
            EngineUnavailable: no process can be started.
        """
        waiting = deque(tasks)
        # A process takes a second to start: a handful of files is not worth many.
        workers = [self._start() for _ in range(min(self._size, -(-len(tasks) // _WORTH_ONE)))]
        left = len(tasks)
        try:
            while left:
                if cancel is not None and cancel.is_set():
                    raise Cancelled("Stopped. What was looked at is kept: the same command goes on from here.")
                for place, worker in enumerate(workers):
                    if worker.ready and not worker.busy and waiting:
                        if worker.done >= self._files_each:
                            self._end(worker)
                            workers[place] = self._start()
                            continue
                        self._give(worker, waiting.popleft())
                lines = [worker.line for worker in workers]
                heard = wait(lines, timeout=_LOOK_UP_S)
                for place, worker in enumerate(workers):
                    found = self._listen(worker, worker.line in heard)
                    if isinstance(found, Lost):
                        workers[place] = self._start()
                    if found is not None:
                        left -= 1
                        yield worker.task, found
        finally:
            for worker in workers:
                self._end(worker)

    def _start(self) -> _Worker:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=_serve, args=(theirs, self._work), daemon=True)
        process.start()
        theirs.close()
        return _Worker(process, ours)

    def _give(self, worker: _Worker, task: T) -> None:
        worker.task, worker.busy, worker.since = task, True, time.monotonic()
        worker.line.send(task)

    def _listen(self, worker: _Worker, spoke: bool) -> Any:
        """What a worker says; Lost where it has died or has to; None while there is nothing to tell."""
        if spoke:
            try:
                said = worker.line.recv()
            except (EOFError, ConnectionResetError):
                return self._died(worker)
            if not worker.ready:
                worker.ready = True
                return None
            worker.busy = False
            worker.done += 1
            return said
        if worker.busy and time.monotonic() - worker.since > self._seconds:
            self._end(worker)
            return Lost(f"Reading it took longer than {self._seconds / 60:.0f} minutes and was given up.")
        return None

    def _died(self, worker: _Worker) -> Lost:
        worker.process.join()
        code = worker.process.exitcode
        self._end(worker)
        if not worker.ready or not worker.busy:
            raise EngineUnavailable(
                f"A process that looks at files ended as it started (exit code {code}). Where the studio is called "
                'from a script of your own, its first call has to stand under: if __name__ == "__main__":'
            )
        return Lost(f"Reading it ended the process that tried (exit code {code}): the file is damaged, or too large.")

    @staticmethod
    def _end(worker: _Worker) -> None:
        worker.line.close()
        if worker.process.is_alive():
            worker.process.kill()
        worker.process.join()


def _serve(line: Connection, work: Callable[[Any], Any]) -> None:
    """Work until the line is cut, which also happens when whoever holds the other end is killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the one who gives the work
    os.environ["OMP_NUM_THREADS"] = "1"  # the processes share the cores, not their threads
    line.send(_READY)
    while True:
        try:
            task = line.recv()
        except (EOFError, OSError):
            return
        result = work(task)
        try:
            line.send(result)
        except OSError:
            return
