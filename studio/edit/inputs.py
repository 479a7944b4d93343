"""What the graphs of pictures and of sound have in common: numbered inputs, and numbers as ffmpeg reads them."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import ffmpeg

from studio.edit.timeline import Clip
from studio.media.feeds import Feed

Stream = Any
"""An ffmpeg-python stream; the package has no types."""

SEEK = 5  # s: a piece that begins later than this is reached by seeking instead of decoding all before it
SEEK_ROOM = 2  # s decoded before the piece, so that a late key frame or a sound codec's warm-up does no harm


class Inputs:
    """The files of one graph."""

    def __init__(self) -> None:
        self.feeds: dict[str, Feed] = {}
        self._count = 0

    def open(self, name: str, **options: object) -> Stream:
        """One more input, with ffmpeg's own options for it."""
        # ffmpeg-python takes two inputs with equal arguments for one, and two equal clips for one filter used twice.
        # A probe size of its own (the default and a few bytes) makes each input a node of its own.
        self._count += 1
        return ffmpeg.input(name, probesize=5_000_000 + self._count, **options)

    def fed(self, feed: Feed, size: tuple[int, int], rate: Fraction) -> Stream:
        """An input whose frames are made here: yuv420p, BT.709, of `size` px."""
        name = f"feed-{len(self.feeds)}"
        self.feeds[name] = feed
        return self.open(name, f="rawvideo", pixel_format="yuv420p", video_size=size, framerate=text(rate))


def effect_of(clip: Clip, kind: type[Any]) -> Any:
    """The clip's effect of a kind, or None."""
    return next((one for one in clip.effects if isinstance(one, kind)), None)


def text(value: Fraction) -> str:
    """A rate or a time base."""
    return f"{value.numerator}/{value.denominator}"


def seconds(value: Fraction) -> str:
    """A time, to the µs: far below half a frame or half a sample's worth of a frame count."""
    return f"{float(value):.6f}"
