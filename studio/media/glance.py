"""A film looked at in passing: small frames with their true times, of passages, and single frames at full size."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from studio.errors import AudioUnusable, FileUnreadable
from studio.media.probe import opened
from studio.types import U8

BACK_S = (Fraction(0), Fraction(2), Fraction(10))
"""How far before a time is sought, s: files without an index (MPEG) lead to some place after it."""

Passage = tuple[Fraction, Fraction]
"""Start and end, s; end exclusive."""


def glances(
    path: Path, passages: Sequence[Passage], *, rate: Fraction, side: int
) -> Iterator[tuple[int, Fraction, U8]]:
    """Frames of some passages: the passage's number, the time in s, and the picture, RGB uint8 (h, w, 3), upright.

    Times are those written in the file, so a telephone's uneven frame rate is told as it is.

    Args:
        passages: in order.
        rate: at most so many frames per second are given.
        side: px that the longer side shall have; smaller films are not enlarged.

    Raises:
        FileUnreadable: missing, no film, or damaged; what could be decoded before that has been given.
        AudioUnusable: the file has no picture.
    """
    with opened(path) as container:
        stream = _picture(container, path)
        for number, (start, end) in enumerate(passages):
            after = start
            for frame in _decoded(container, stream, start, fresh=number == 0):
                at = _time(frame)
                if at >= end:
                    break
                if at >= after:
                    after = max(after + 1 / rate, at)  # as many as asked for on the whole, however uneven they come
                    yield number, at, _upright(frame, side)


def frame_at(path: Path, at: Fraction, *, side: int | None = None) -> U8:
    """The frame that is shown at `at` s, RGB uint8 (H, W, 3), upright.

    Raises:
        FileUnreadable: missing, no film, damaged there, or over before.
        AudioUnusable: the file has no picture.
    """
    with opened(path) as container:
        shown = None
        for frame in _decoded(container, _picture(container, path), at, fresh=True):
            if shown is not None and _time(frame) > at:
                break
            shown = frame
        if shown is None:
            raise FileUnreadable(f"{path} has no picture at {float(at):.2f} s.")
        return _upright(shown, side)


def _picture(container: Any, path: Path) -> Any:
    stream = next(iter(container.streams.video), None)
    if stream is None:
        raise AudioUnusable(f"{path} has no picture in it.")
    # One thread: several films are looked at side by side, each on a core of its own.
    stream.thread_count = 1
    return stream


def _decoded(container: Any, stream: Any, start: Fraction, *, fresh: bool) -> Iterator[Any]:
    """Frames from the last one at or before `start` s on, their times counted from the first frame of the film."""
    first = round(Fraction(stream.start_time or 0))
    held = None
    for frame in _sought(container, stream, start, fresh=fresh):
        frame.pts -= first
        if _time(frame) < start:
            held = frame
            continue
        if held is not None and _time(frame) > start:
            yield held
        held = None
        yield frame
    if held is not None:
        yield held


def _sought(container: Any, stream: Any, start: Fraction, *, fresh: bool) -> Iterator[Any]:
    """Frames that have a time, beginning before `start` s where the file can be sought that exactly."""
    first = Fraction(stream.start_time or 0) * stream.time_base
    if fresh and start <= BACK_S[1]:
        yield from (frame for frame in container.decode(stream) if frame.pts is not None)
        return
    for back in BACK_S:
        container.seek(round((max(start - back, Fraction(0)) + first) / stream.time_base), stream=stream, backward=True)
        frames = (frame for frame in container.decode(stream) if frame.pts is not None)
        begun = next(frames, None)
        if begun is not None and _time(begun) - first <= start:
            yield begun
            yield from frames
            return
    container.seek(0, backward=True)
    yield from (frame for frame in container.decode(stream) if frame.pts is not None)


def _time(frame: Any) -> Fraction:
    return Fraction(frame.pts) * Fraction(frame.time_base)


def _upright(frame: Any, side: int | None) -> U8:
    shrink = 1.0 if side is None else min(1.0, side / max(frame.width, frame.height))
    size = [max(2, round(length * shrink)) for length in (frame.width, frame.height)]
    picture = frame.to_ndarray(format="rgb24", width=size[0], height=size[1])
    return np.ascontiguousarray(np.rot90(picture, round(frame.rotation / 90))) if frame.rotation else picture
