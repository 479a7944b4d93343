from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from studio.errors import Cancelled, FFmpegFailed, OutputUnwritable
from studio.media import ffmpeg
from studio.media.probe import probe
from studio.media.video import read_video, write_video
from studio.types import U8, AudioClip, FrameSource

NTSC = Fraction(30000, 1001)


def greys(count: int, rate: Fraction = Fraction(25)) -> FrameSource:
    """Frame i is grey level 8·i."""

    def frames() -> Iterator[U8]:
        for i in range(count):
            yield np.full((64, 80, 3), 8 * i % 256, np.uint8)

    return FrameSource(frames, count, rate, (80, 64))


@pytest.mark.parametrize("rate", [Fraction(25), NTSC, Fraction(24000, 1001)])
def test_frames_come_back_in_order_at_their_rate(tmp_path: Path, rate: Fraction) -> None:
    write_video(tmp_path / "a.mkv", greys(20, rate), lossless=True)
    source = read_video(tmp_path / "a.mkv")
    assert source.frame_rate == rate and source.num_frames == 20
    levels = [frame.mean() for frame in source.open()]
    np.testing.assert_allclose(levels, [8 * i for i in range(20)], atol=1.5)
    assert len(list(source.open())) == 20  # it opens again from the start


def test_sound_and_tags_travel_along(tmp_path: Path) -> None:
    sound = AudioClip(np.zeros((1, 44_100), np.float32), 44_100)
    write_video(tmp_path / "a.mp4", greys(25), sound, metadata={"AIGC": '{"Label":"1"}', "comment": "奶奶 'x'"})
    info = probe(tmp_path / "a.mp4")
    assert info.audio is not None and info.audio.sample_rate == 48_000
    assert info.tags["AIGC"] == '{"Label":"1"}' and info.tags["comment"] == "奶奶 'x'"


def test_the_same_frames_give_the_same_file(tmp_path: Path) -> None:
    for name in ("a.mp4", "b.mp4"):
        write_video(tmp_path / name, greys(10))
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()


def test_cancel_leaves_nothing(tmp_path: Path) -> None:
    cancel = threading.Event()
    source = greys(1000)
    with pytest.raises(Cancelled):
        write_video(
            tmp_path / "a.mp4", source, cancel=cancel, on_progress=lambda share: cancel.set() if share > 0.01 else None
        )
    assert list(tmp_path.iterdir()) == []


def test_an_error_among_the_frames_leaves_nothing(tmp_path: Path) -> None:
    def frames() -> Iterator[U8]:
        yield np.zeros((64, 80, 3), np.uint8)
        raise ValueError("broken frame")

    with pytest.raises(ValueError, match="broken frame"):
        write_video(tmp_path / "a.mp4", FrameSource(frames, 2, Fraction(25), (80, 64)))
    assert list(tmp_path.iterdir()) == []


def test_a_missing_frame_is_not_hidden(tmp_path: Path) -> None:
    short = FrameSource(greys(5).open, 6, Fraction(25), (80, 64))
    with pytest.raises(FFmpegFailed, match="5 frames"):
        write_video(tmp_path / "a.mp4", short)
    assert list(tmp_path.iterdir()) == []


def test_ffmpeg_fails_in_its_own_words(tmp_path: Path) -> None:
    with pytest.raises(FFmpegFailed, match="Error parsing filterchain"):
        ffmpeg.run(["-f", "lavfi", "-i", "nonsense=1", str(tmp_path / "a.mp4")])


def test_ffmpeg_cancelled_and_killed(tmp_path: Path) -> None:
    endless = ["-re", "-f", "lavfi", "-i", "color=size=64x64", "-t", "60", str(tmp_path / "a.mp4")]
    cancel = threading.Event()
    threading.Timer(0.5, cancel.set).start()
    began = time.monotonic()
    with pytest.raises(Cancelled):
        ffmpeg.run(endless, cancel=cancel)
    assert time.monotonic() - began < 10

    def kill() -> None:
        import psutil

        for child in psutil.Process(os.getpid()).children(recursive=True):
            if "ffmpeg" in child.name():
                child.send_signal(signal.SIGKILL)

    threading.Timer(0.5, kill).start()
    with pytest.raises(FFmpegFailed, match="SIGKILL"):
        ffmpeg.run(endless)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_a_full_disk_under_ffmpeg() -> None:
    with pytest.raises(OutputUnwritable, match="full"):
        ffmpeg.run(["-f", "lavfi", "-i", "color=size=640x640", "-t", "2", "-f", "mpegts", "/dev/full"])


def test_progress_goes_from_little_to_all(tmp_path: Path) -> None:
    seen: list[float] = []
    argv = ["-f", "lavfi", "-i", "color=size=64x64", "-t", "2", str(tmp_path / "a.mp4")]
    ffmpeg.run(argv, duration=Fraction(2), on_progress=seen.append)
    assert seen == sorted(seen) and seen[-1] > 0.9


def test_a_telephone_film_is_turned_upright(tmp_path: Path) -> None:
    """Telephones film sideways and write down how to hold the picture."""
    plain, turned = tmp_path / "plain.mp4", tmp_path / "turned.mp4"
    picture = np.zeros((64, 96, 3), np.uint8)
    picture[:16, :, 0] = 255  # red on top
    write_video(plain, FrameSource(lambda: iter([picture] * 3), 3, Fraction(25), (96, 64)))
    ffmpeg.run(["-display_rotation", "90", "-i", str(plain), "-c", "copy", str(turned)])
    assert probe(turned).video is not None
    source = read_video(turned)
    frame = next(source.open())
    assert source.size == (64, 96) == (frame.shape[1], frame.shape[0])
    assert frame[:, :8, 0].mean() > 200  # a quarter turn to the left: what was on top is at the left
    assert frame[:, -16:, 0].mean() < 40
