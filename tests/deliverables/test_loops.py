"""Rings: what comes after the last frame is the first."""

from __future__ import annotations

from fractions import Fraction as F
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from studio.deliverables.loops import ring
from studio.edit.render import render
from studio.edit.timeline import Clip, Media, Timeline, TimeRange, Track, Transition, Volume
from studio.media.probe import probe
from studio.media.video import read_video, write_video
from studio.types import FrameSource

FRAME = F(1, 25)


def test_a_ring_is_shorter_by_its_melt_and_ends_one_frame_before_it_begins(tmp_path: Path) -> None:
    """A clip that grows brighter by four every frame: the ring begins at frame 6 and its last frame is frame 5."""
    source = FrameSource(lambda: (np.full((90, 160, 3), 20 + 4 * n, np.uint8) for n in range(40)), 40, F(25), (160, 90))
    write_video(tmp_path / "a.mkv", source, lossless=True)
    clip = Clip("a", Media(tmp_path / "a.mkv", "video", F(40, 25)), TimeRange(F(0), F(40, 25)))
    items = tuple(ring([clip], 5 * FRAME, FRAME))
    timeline = Timeline(F(25), (160, 90), (Track("video", items),))
    assert timeline.num_frames == 35
    render(timeline, tmp_path / "o.mkv", quality="scene")
    levels = [float(frame.mean()) for frame in read_video(tmp_path / "o.mkv").open()]
    assert levels[0] == pytest.approx(20 + 4 * 6, abs=2) and levels[-1] == pytest.approx(20 + 4 * 5, abs=2)
    assert levels[20] == pytest.approx(20 + 4 * 26, abs=2)


def test_a_ring_takes_its_music_along() -> None:
    music = Clip(
        "m", Media(Path("m.wav"), "audio", F(10)), TimeRange(F(0), F(10)), (Volume(((F(4), -3.0), (F(5), -9.0))),)
    )
    first, melt, rest = ring([music], F(1), FRAME)
    assert isinstance(first, Clip) and isinstance(rest, Clip) and isinstance(melt, Transition)
    assert first.source == TimeRange(F(1) + FRAME, F(9) - FRAME) and rest.source == TimeRange(F(1), FRAME)
    assert first.effects == (Volume(((F(3) - FRAME, -3.0), (F(4) - FRAME, -9.0))),)
    assert rest.effects == (Volume(((F(3), -3.0), (F(4), -9.0))),)


@pytest.mark.film
@pytest.mark.parametrize("name", ["p-kiosk.mp4", "p-reception.mp4"])
def test_nobody_sees_where_a_loop_begins(handed_out: Any, name: str) -> None:
    frames = [frame.astype(int) for frame in read_video(handed_out.file(name)).open()]
    steps = [np.abs(a - b).mean() for a, b in pairwise(frames)]
    assert np.abs(frames[-1] - frames[0]).mean() <= np.percentile(steps, 90) + 0.5


@pytest.mark.film
def test_a_loop_for_a_room_has_no_sound_and_nobody_who_speaks(handed_out: Any) -> None:
    loop, film = probe(handed_out.file("p-reception.mp4")), probe(handed_out.render.path)
    assert loop.audio is None and "AIGC" not in loop.tags
    assert float(loop.duration) < float(film.duration) - 2.5
    kiosk = probe(handed_out.file("p-kiosk.mp4"))
    assert kiosk.audio is not None and kiosk.tags["AIGC"] and kiosk.duration < film.duration
