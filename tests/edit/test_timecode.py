"""Timecode: counted as SMPTE ST 12-1 counts, and as OpenTimelineIO does."""

from __future__ import annotations

from fractions import Fraction as F

import pytest

from studio.edit import timecode

NTSC = F(30000, 1001)


@pytest.mark.parametrize(
    ("number", "said"),
    [(0, "00:00:00;00"), (1799, "00:00:59;29"), (1800, "00:01:00;02"), (17981, "00:09:59;29"), (17982, "00:10:00;00"),
     (107892, "01:00:00;00"), (-1, "23:59:59;29")],
)  # fmt: skip
def test_numbers_are_dropped_every_minute_but_the_tenth(number: int, said: str) -> None:
    assert timecode.code(number, NTSC, drop=True) == said


def test_one_hour_of_drop_frame_is_one_hour() -> None:
    assert abs(timecode.frames("01:00:00;00", NTSC) / NTSC - 3600) < 1 / NTSC
    assert timecode.frames("01:00:00:00", NTSC) == 108_000
    assert timecode.frames("01:00:00:00", F(24000, 1001)) == 86_400


@pytest.mark.parametrize(("rate", "drop"), [(F(25), False), (F(24000, 1001), False), (NTSC, False), (NTSC, True)])
def test_there_and_back_and_as_opentimelineio_counts(rate: F, drop: bool) -> None:
    import opentimelineio as otio

    counted = float(rate) if drop else timecode.nominal(rate)
    for number in range(0, 2_000_000, 1777):
        said = timecode.code(number, rate, drop=drop)
        assert timecode.frames(said, rate) == number
        assert otio.opentime.to_timecode(otio.opentime.RationalTime(number, counted), counted) == said
