"""moviepy both ways, with frames that can be told apart."""

from __future__ import annotations

from fractions import Fraction as F
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from studio.edit.interchange import clip_to_source, film_to_clip, source_to_clip, timeline_to_clip
from studio.edit.timeline import Clip, Media, Timeline, TimeRange, Track
from studio.media.image import write_png
from studio.media.video import read_video, write_video
from studio.types import AudioClip, FrameSource

NTSC = F(24000, 1001)


def numbered(count: int, rate: F) -> FrameSource:
    """Frame n is a flat grey of 20 + 5n."""
    return FrameSource(
        lambda: (np.full((36, 64, 3), 20 + 5 * n, np.uint8) for n in range(count)), count, rate, (64, 36)
    )


def ramp(count: int, rate: F) -> AudioClip:
    total = round(count / rate * 48_000)
    return AudioClip(np.stack([np.linspace(-0.5, 0.5, total), np.zeros(total)]).astype(np.float32), 48_000)


@pytest.mark.parametrize("rate", [NTSC, F(25), F(30000, 1001)])
def test_there_and_back_is_the_same(rate: F) -> None:
    clip = source_to_clip(numbered(30, rate), ramp(30, rate))
    assert clip.duration == pytest.approx(float(30 / rate))
    source, sound = clip_to_source(clip, frame_rate=rate)
    assert (source.num_frames, source.size, source.frame_rate) == (30, (64, 36), rate)
    assert [int(frame[0, 0, 0]) for frame in source.open()] == [20 + 5 * n for n in range(30)]
    assert sound is not None
    assert np.abs(sound.samples - ramp(30, rate).samples).max() < 1e-4


def test_moviepy_effects_come_through() -> None:
    """The 2nd second played backwards at double speed, then resized: known grey values come out."""
    from moviepy import vfx

    clip = source_to_clip(numbered(40, F(20))).subclipped(1, 2)
    changed = clip.with_effects([vfx.MultiplySpeed(2), vfx.Resize((32, 18)), vfx.MirrorX()])
    source, sound = clip_to_source(changed, frame_rate=F(10))
    assert (source.num_frames, source.size, sound) == (5, (32, 18), None)
    assert [int(frame[0, 0, 0]) for frame in source.open()] == [20 + 5 * n for n in (22, 26, 30, 34, 38)]


def test_a_moviepy_clip_without_an_end_is_refused() -> None:
    from moviepy import ColorClip

    with pytest.raises(ValueError, match="no duration"):
        clip_to_source(ColorClip((10, 10), color=(1, 2, 3)), frame_rate=F(25))


def test_a_film_opens_in_moviepy(tmp_path: Path) -> None:
    path = tmp_path / "片 1.mkv"
    write_video(path, numbered(30, NTSC), ramp(30, NTSC), lossless=True)
    clip = film_to_clip(path)
    assert clip.duration == pytest.approx(float(30 / NTSC), abs=0.002)
    assert clip.fps == pytest.approx(float(NTSC))
    frames = list(read_video(path).open())
    for n in (0, 3, 29, 10):  # backwards too
        assert np.array_equal(clip.get_frame(n / float(NTSC)), frames[n])
    assert clip.audio.get_frame(0.5)[0] == pytest.approx(0.5 / (30 / float(NTSC)) - 0.5, abs=1e-3)


def test_a_timeline_opens_in_moviepy(tmp_path: Path) -> None:
    items: list[Any] = []
    for n, level in enumerate((60, 120, 180)):
        path = tmp_path / f"{n}.png"
        write_png(path, np.full((48, 64, 3), level, np.uint8))
        items.append(Clip(str(n), Media(path, "still"), TimeRange(F(0), F(1))))
    timeline = Timeline(F(25), (64, 48), (Track("video", tuple(items)),))
    clip = timeline_to_clip(timeline, tmp_path)
    assert clip.duration == pytest.approx(3)
    for moment, level in ((0.5, 60), (1.5, 120), (2.5, 180), (0.98, 60), (1.02, 120)):
        assert abs(float(clip.get_frame(moment).mean()) - level) < 3
