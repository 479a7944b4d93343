from __future__ import annotations

import threading

import pytest

from studio.errors import Cancelled
from studio.meter import Meter
from studio.types import Progress


def test_progress_only_goes_up_and_ends_at_one() -> None:
    told: list[Progress] = []
    meter = Meter(told.append)
    meter.expect(4)
    with meter.stage("speak", "line 1", 1) as share:
        share(0.5)
    meter.skip("speak", "line 2", 1)
    with meter.stage("animate", "scene", 2) as share:
        share(0.25)
        share(1.0)
    done = [p.done for p in told]
    assert done == sorted(done) and done[-1] == 1.0
    assert [p.cached for p in told if p.detail == "line 2"] == [True]
    assert told[-1].remaining_s == 0
    assert set(meter.seconds) == {"speak", "animate"}


def test_what_came_from_the_cache_does_not_promise_speed() -> None:
    told: list[Progress] = []
    meter = Meter(told.append)
    meter.expect(100)
    meter.skip("animate", "scene", 99)
    assert told[-1].remaining_s is None


def test_cancelled_before_the_next_piece() -> None:
    cancel = threading.Event()
    meter = Meter(None, cancel)
    cancel.set()
    with pytest.raises(Cancelled), meter.stage("speak", "line"):
        raise AssertionError("must not begin")
