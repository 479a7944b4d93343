"""Frames that are made here, on their way into ffmpeg: a pipe and a thread for each of its inputs."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

Feed = Callable[[], Iterable[memoryview]]
"""Makes the frames of one input, one after the other; each may be overwritten by the next."""

_PIPE = 1 << 20  # bytes: the most that Linux gives everybody, so that a frame of HD wakes ffmpeg three times, not fifty


class Feeding:
    """The inputs that one run of ffmpeg is fed with."""

    def __init__(self, feeds: Mapping[str, Feed]) -> None:
        """
        Args:
            feeds: by the name that stands for the input in ffmpeg's arguments.
        """
        self._pipes = {name: os.pipe() for name in feeds}
        self._threads = [
            threading.Thread(target=self._feed, args=(feed, self._pipes[name][1]), daemon=True)
            for name, feed in feeds.items()
        ]
        self._failed: list[Exception] = []

    @property
    def ends(self) -> tuple[int, ...]:
        """The descriptors that ffmpeg reads from."""
        return tuple(reading for reading, _ in self._pipes.values())

    def arguments(self, args: Sequence[str]) -> list[str]:
        """ffmpeg's arguments with the names of the feeds replaced by what it opens."""
        return [f"pipe:{self._pipes[argument][0]}" if argument in self._pipes else argument for argument in args]

    @contextlib.contextmanager
    def into(self) -> Iterator[None]:
        """Feed a program that has been started and that has ended when this is left.

        Raises:
            Exception: whatever a feed raised.
        """
        for end in self.ends:  # the program has its own; ours would keep a pipe open that nobody reads
            os.close(end)
        for thread in self._threads:
            thread.start()
        try:
            yield
        finally:
            for thread in self._threads:
                thread.join()
        if self._failed:
            raise self._failed[0]

    def abandon(self) -> None:
        """Close the pipes of a program that could not be started."""
        for both in self._pipes.values():
            for end in both:
                os.close(end)

    def _feed(self, feed: Feed, end: int) -> None:
        try:
            _widen(end)
            for frame in feed():
                _write(end, frame)
        except BrokenPipeError:
            pass  # the program has all it wants, or has ended: it says so itself
        except Exception as error:  # noqa: BLE001  raised again in the thread that waits
            self._failed.append(error)
        finally:
            os.close(end)


def _write(end: int, frame: memoryview) -> None:
    while frame:
        frame = frame[os.write(end, frame) :]


def _widen(end: int) -> None:
    with contextlib.suppress(ImportError, AttributeError, OSError):  # only Linux knows how
        import fcntl

        fcntl.fcntl(end, fcntl.F_SETPIPE_SZ, _PIPE)
