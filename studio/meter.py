"""How far the work is, and how long the rest will take."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from studio.errors import Cancelled
from studio.types import Cancel, OnProgress, Progress

_MIN_SHARE = 0.03  # below this an estimate of the rest is a guess


class Meter:
    """Adds up units of work; a stage announces its units and reports its own 0 … 1."""

    def __init__(self, on_progress: OnProgress | None = None, cancel: Cancel | None = None) -> None:
        self.cancel = cancel
        self.seconds: dict[str, float] = {}
        """Wall time spent per stage, s."""
        self._on_progress = on_progress
        self._total = 1.0
        self._done = 0.0
        self._skipped = 0.0
        self._began = time.monotonic()

    def expect(self, units: float) -> None:
        """There are `units` of work left from here."""
        self._total = self._done + max(units, 1e-6)

    @contextmanager
    def stage(self, name: str, detail: str, units: float = 0.0) -> Iterator[Callable[[float], None]]:
        """Time one piece of work; the caller is given a function that takes its own progress, 0 … 1.

        Raises:
            Cancelled: the user stopped the work before this piece began.
        """
        if self.cancel is not None and self.cancel.is_set():
            raise Cancelled("Stopped. Finished takes are kept in the cache.")
        began = time.monotonic()
        self._tell(name, detail, self._done)
        yield lambda share: self._tell(name, detail, self._done + units * share)
        self._done += units
        self.seconds[name] = self.seconds.get(name, 0.0) + time.monotonic() - began

    def skip(self, name: str, detail: str, units: float = 0.0) -> None:
        """That piece came from the cache."""
        self._skipped += units
        self._done += units
        self._tell(name, detail, self._done, cached=True)

    def _tell(self, name: str, detail: str, done: float, *, cached: bool = False) -> None:
        if self._on_progress is None:
            return
        share = min(1.0, done / self._total)
        worked = (done - self._skipped) / self._total
        left = (time.monotonic() - self._began) / worked * (1 - share) if worked > _MIN_SHARE else None
        self._on_progress(Progress(name, detail, share, left, cached))
