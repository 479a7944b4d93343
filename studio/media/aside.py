"""Work done aside, in a process of its own: what it has to load goes when it ends.

A voice that speaks holds half a gigabyte (PyTorch, its weights), long after its last line. Where nothing else in a film
needs that, the lines are spoken aside, and the memory is there for the pictures.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any, BinaryIO, TypeVar, cast

from studio.errors import EngineUnavailable

T = TypeVar("T")


class Aside:
    """A process that is started by the first thing it is asked to do."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    def __call__(self, work: Callable[..., T], *args: object) -> T:
        """Call a function of a module with arguments that can be pickled, there, and give what it gives.

        Raises:
            Exception: what the function raised.
            EngineUnavailable: the process cannot be started, or has died.
        """
        with self._lock:
            try:
                process = self._running()
                assert process.stdin is not None and process.stdout is not None  # noqa: S101  both are pipes
                pickle.dump((work, args), process.stdin)
                process.stdin.flush()
                failed, result = pickle.load(process.stdout)  # noqa: S301  from our own process
            except (OSError, EOFError, pickle.UnpicklingError) as error:
                self.end()
                raise EngineUnavailable(
                    "The voice stopped in the middle of its work. Is there enough memory? Run the same again: what is "
                    "finished is kept."
                ) from error
        if failed:
            raise result
        return cast(T, result)

    def end(self) -> None:
        """Let the process go; it is started again when it is needed again."""
        process, self._process = self._process, None
        if process is None:
            return
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "studio.media.aside"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
        return self._process


def serve(asked: BinaryIO, told: BinaryIO) -> None:
    """Answer until nobody asks any more."""
    while True:
        try:
            work, args = pickle.load(asked)  # noqa: S301  from the process that started this one
        except EOFError:
            return
        try:
            reply: tuple[bool, Any] = (False, work(*args))
        except Exception as error:  # noqa: BLE001  raised again by who has asked
            reply = (True, error)
        pickle.dump(reply, told)
        told.flush()


if __name__ == "__main__":
    # Whatever a library prints must not come between the answers.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    serve(sys.stdin.buffer, answers)
