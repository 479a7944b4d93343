"""moviepy both ways: a moviepy clip as frames and sound, and a film or a timeline as a moviepy clip.

moviepy only composes here; files are read and written by studio/media. Its own writer rounds 23.976 to 23.98 and its
TextClip cuts descenders, so neither is used.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from studio.edit.timeline import Timeline
from studio.media.audio import read_audio
from studio.media.probe import probe
from studio.media.video import read_video
from studio.types import U8, AudioClip, FrameSource, frames_for


def clip_to_source(
    clip: Any, *, frame_rate: Fraction, sample_rate: int = 48_000
) -> tuple[FrameSource, AudioClip | None]:
    """A moviepy clip as frames at `frame_rate`, asked for one by one, and its sound (None where it has none).

    Args:
        clip: any moviepy VideoClip with a duration. Odd sides lose their last row or column.

    Raises:
        ValueError: the clip has no duration.
    """
    if clip.duration is None:
        raise ValueError("the moviepy clip has no duration: give it one with .with_duration(seconds)")
    # moviepy keeps floats; a thousandth of a frame is not another frame.
    count = frames_for(
        Fraction(clip.duration).limit_denominator(1_000_000) - Fraction(1, 1000) / frame_rate, frame_rate
    )
    width, height = (int(side) // 2 * 2 for side in clip.size)

    def frames() -> Iterator[U8]:
        for index in range(count):
            # The middle of the frame's time: a cut that falls on a float a hair late is still seen on its own frame.
            moment = min(float((index + Fraction(1, 2)) / frame_rate), clip.duration - 1e-6)
            picture = np.asarray(clip.get_frame(moment))[:height, :width, :3]
            yield np.ascontiguousarray(np.clip(picture, 0, 255).astype(np.uint8))

    return FrameSource(frames, count, frame_rate, (width, height)), _sound(clip.audio, clip.duration, sample_rate)


def source_to_clip(frames: FrameSource, audio: AudioClip | None = None) -> Any:
    """Frames and sound as a moviepy VideoClip of exactly their length.

    Frames are read forward; asking for an earlier one starts again from the first, so play it in order.
    """
    from moviepy import AudioClip as MoviepySound
    from moviepy import VideoClip

    reader = _Reader(frames)
    clip = VideoClip(frame_function=reader.at, duration=float(frames.duration)).with_fps(float(frames.frame_rate))
    if audio is None:
        return clip
    samples, rate, total = audio.samples, audio.sample_rate, audio.samples.shape[1]

    def heard(moment: Any) -> Any:
        index = np.floor(np.asarray(moment) * rate + 1e-6).astype(np.int64)
        values = samples[:, np.clip(index, 0, total - 1)] * ((index >= 0) & (index < total))
        return values.T

    return clip.with_audio(MoviepySound(heard, duration=float(audio.duration), fps=rate))


def film_to_clip(path: Path) -> Any:
    """A film file as a moviepy VideoClip, with its sound where it has one.

    Raises:
        FileUnreadable: missing, damaged, or no media file.
    """
    sound = read_audio(path) if probe(path).audio is not None else None
    return source_to_clip(read_video(path), sound)


def timeline_to_clip(timeline: Timeline, folder: Path) -> Any:
    """A timeline as a moviepy VideoClip: rendered near-lossless into `folder`, then opened.

    Raises:
        What `render` and `film_to_clip` raise.
    """
    from studio.edit.render import render

    path = folder / "timeline.mkv"
    render(timeline, path, quality="scene")
    return film_to_clip(path)


class _Reader:
    """Random access over a source that only runs forward, holding one frame."""

    def __init__(self, source: FrameSource) -> None:
        self.source = source
        self.index = -1
        self.frames: Iterator[U8] = iter(())
        self.current: U8 | None = None

    def at(self, moment: float) -> U8:
        # moviepy asks at k/rate as a float; the nudge keeps it on frame k.
        wanted = int(moment * float(self.source.frame_rate) + 1e-4)
        wanted = min(max(wanted, 0), self.source.num_frames - 1)
        if self.current is None or wanted < self.index:
            self.frames, self.index = self.source.open(), -1
        while self.index < wanted:
            following = next(self.frames, None)
            if following is None:  # the container promised more frames than it holds: the last one stays
                break
            self.current, self.index = following, self.index + 1
        if self.current is None:
            raise ValueError("the source has no frames")
        return self.current


def _sound(audio: Any, duration: float, sample_rate: int) -> AudioClip | None:
    if audio is None:
        return None
    total = round(duration * sample_rate)
    pieces = []
    for start in range(0, total, sample_rate * 10):  # ten seconds at a time: moviepy makes float64 of all it is asked
        moments = np.arange(start, min(start + sample_rate * 10, total)) / sample_rate
        values = np.asarray(audio.get_frame(moments), np.float32)
        pieces.append(np.atleast_2d(values.T if values.ndim == 2 else values))
    return AudioClip(np.ascontiguousarray(np.concatenate(pieces, axis=1), np.float32), sample_rate)
