"""Several pieces of work at once, on the cores there are."""

from __future__ import annotations

import ctypes
import gc
import os
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

MOST = 8  # ffmpeg has threads of its own; more of them at once only take memory

T = TypeVar("T")


def count() -> int:
    """How many pieces of work are done at once here: $STUDIO_WORKERS, else one per core, up to MOST."""
    if (named := os.environ.get("STUDIO_WORKERS", "")).isdigit():
        return max(1, int(named))
    return min(MOST, cores())


def cores() -> int:
    """How many processors this program may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def at_once(jobs: Sequence[Callable[[], T]], workers: int | None = None) -> list[T]:
    """Do all jobs in threads, the first ones first, and give their results in the order of the jobs.

    When one fails, those that have not begun never do, those that have are waited for, so that what they make is kept,
    and the first failure in the order of the jobs is raised.

    Args:
        workers: how many at once; left out, `count()`.
    """
    _give_back()
    with ThreadPoolExecutor(min(workers or count(), max(1, len(jobs)))) as pool:
        running = [pool.submit(job) for job in jobs]
        try:
            return [future.result() for future in running]
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _give_back() -> None:
    """Return memory that pictures have left behind to the system: glibc keeps it, and ffmpeg is about to need it."""
    gc.collect()
    if sys.platform == "linux" and (trim := getattr(ctypes.CDLL(None), "malloc_trim", None)) is not None:
        trim(0)
