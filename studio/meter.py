"""How far the work is, and how long the rest will take."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from studio.errors import Cancelled
from studio.types import Cancel, OnProgress, Progress

_MIN_SHARE = 0.03  # below this an estimate of the rest is a guess


class Meter:
    """Adds up units of work; a stage announces its units and reports its own 0 … 1. Stages may run in several threads:
    whoever is told, is told by one at a time."""

    def __init__(self, on_progress: OnProgress | None = None, cancel: Cancel | None = None) -> None:
        self.cancel = cancel
        self.seconds: dict[str, float] = {}
        """Time spent per stage, s: of the clock, added up where several ran at once."""
        self._on_progress = on_progress
        self._total = 1.0
        self._done = 0.0
        self._skipped = 0.0
        self._begun: dict[object, float] = {}
        self._began = time.monotonic()
        self._lock = threading.RLock()

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
        began, piece = time.monotonic(), object()

        def tell(share: float) -> None:
            with self._lock:
                self._begun[piece] = units * share
                self._tell(name, detail)

        try:
            tell(0.0)
            yield tell
        except BaseException:
            with self._lock:
                self._begun.pop(piece, None)
            raise
        with self._lock:
            self._begun.pop(piece, None)
            self._done += units
            self.seconds[name] = self.seconds.get(name, 0.0) + time.monotonic() - began

    def skip(self, name: str, detail: str, units: float = 0.0) -> None:
        """That piece came from the cache."""
        with self._lock:
            self._skipped += units
            self._done += units
            self._tell(name, detail, cached=True)

    def _tell(self, name: str, detail: str, *, cached: bool = False) -> None:
        if self._on_progress is None:
            return
        done = self._done + sum(self._begun.values())
        share = min(1.0, done / self._total)
        worked = (done - self._skipped) / self._total
        left = (time.monotonic() - self._began) / worked * (1 - share) if worked > _MIN_SHARE else None
        self._on_progress(Progress(name, detail, share, left, cached))
