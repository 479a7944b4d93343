"""Frames piped into ffmpeg: all arrive, a failing maker is heard, a stopped run leaves nothing hanging."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from studio.errors import Cancelled, FFmpegFailed, FileUnreadable
from studio.media import ffmpeg
from studio.media.video import read_video

WIDTH, HEIGHT = 64, 32


def frame(level: int) -> memoryview:
    planes = np.full(WIDTH * HEIGHT * 3 // 2, 128, np.uint8)
    planes[: WIDTH * HEIGHT] = level
    return planes.data


def arguments(name: str, out: Path) -> list[str]:
    raw = ["-f", "rawvideo", "-pixel_format", "yuv420p", "-video_size", f"{WIDTH}x{HEIGHT}", "-framerate", "25"]
    return [*raw, "-i", name, "-c:v", "ffv1", str(out)]


def test_every_frame_arrives(tmp_path: Path) -> None:
    levels = [40, 90, 140, 190] * 30
    ffmpeg.run(arguments("a", tmp_path / "o.mkv"), feeds={"a": lambda: map(frame, levels)})
    seen = [int(picture[..., 1].mean()) for picture in read_video(tmp_path / "o.mkv").open()]
    assert len(seen) == len(levels)
    assert len(set(seen)) == 4 and seen[:4] == sorted(seen[:4]) and seen[4:8] == seen[:4]


def test_several_at_once(tmp_path: Path) -> None:
    one, two = (arguments(name, tmp_path / "o.mkv") for name in ("a", "b"))
    args = [*one[:-3], *two[:-3], "-filter_complex", "[0:v][1:v]concat", *one[-3:]]
    ffmpeg.run(args, feeds={"a": lambda: map(frame, [30] * 50), "b": lambda: map(frame, [200] * 50)})
    seen = [int(picture[..., 1].mean()) for picture in read_video(tmp_path / "o.mkv").open()]
    assert len(seen) == 100 and seen[49] < seen[50]


def test_what_a_feed_raises_is_raised(tmp_path: Path) -> None:
    def broken() -> Iterator[memoryview]:
        yield frame(30)
        raise FileUnreadable("The photo is gone.")

    with pytest.raises(FileUnreadable, match="gone"):
        ffmpeg.run(arguments("a", tmp_path / "o.mkv"), feeds={"a": broken})


def test_an_ffmpeg_that_takes_nothing_leaves_no_thread(tmp_path: Path) -> None:
    def endless() -> Iterator[memoryview]:
        while True:
            yield frame(30)

    before = threading.active_count()
    with pytest.raises(FFmpegFailed):
        ffmpeg.run([*arguments("a", tmp_path / "o.mkv")[:-3], "-c:v", "nothing", "o.mkv"], feeds={"a": endless})
    ffmpeg.run(
        [*arguments("a", tmp_path / "o.mkv")[:-1], "-frames:v", "3", str(tmp_path / "o.mkv")], feeds={"a": endless}
    )
    stop = threading.Event()
    threading.Timer(0.5, stop.set).start()
    with pytest.raises(Cancelled):
        ffmpeg.run(arguments("a", tmp_path / "p.mkv"), feeds={"a": endless}, cancel=stop)
    assert threading.active_count() <= before + 1  # the timer may still be ending


def test_an_ffmpeg_that_is_not_there_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ffmpeg, "executable", lambda: str(tmp_path / "none"))
    with pytest.raises(FFmpegFailed, match="could not be started"):
        ffmpeg.run(arguments("a", tmp_path / "o.mkv"), feeds={"a": lambda: map(frame, [30])})
