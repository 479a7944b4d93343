from __future__ import annotations

import os
import threading
import time

import pytest

from studio.media import workers
from studio.media.workers import at_once


def test_results_come_in_the_order_of_the_jobs() -> None:
    def job(number: int) -> int:
        time.sleep(0.02 * (4 - number))
        return number

    assert at_once([lambda number=number: job(number) for number in range(4)], 4) == [0, 1, 2, 3]  # type: ignore[misc]
    assert at_once([], 3) == []


def test_as_many_at_once_as_are_asked_for() -> None:
    running, most, lock = 0, 0, threading.Lock()

    def job() -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        time.sleep(0.02)
        with lock:
            running -= 1

    at_once([job] * 12, 3)
    assert most == 3


def test_after_a_failure_nothing_new_begins_and_what_runs_is_finished() -> None:
    done: list[int] = []

    def job(number: int) -> None:
        if number == 1:
            raise ValueError("broken")
        time.sleep(0.1)
        done.append(number)

    with pytest.raises(ValueError, match="broken"):
        at_once([lambda number=number: job(number) for number in range(9)], 2)  # type: ignore[misc]
    assert 0 in done and len(done) < 8


def test_one_for_each_core_unless_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STUDIO_WORKERS", raising=False)
    assert workers.count() == min(workers.MOST, len(os.sched_getaffinity(0)))
    monkeypatch.setenv("STUDIO_WORKERS", "3")
    assert workers.count() == 3


def test_there_is_a_core() -> None:
    assert 1 <= workers.cores() <= (os.cpu_count() or 1)
