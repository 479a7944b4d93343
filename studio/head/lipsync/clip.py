"""A clip brought to the length of a sound."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from studio.errors import PhotoUnusable
from studio.types import U8, FrameSource

TAIL_S = 1  # of the clip, played back and forth where the sound is longer
TAIL_BYTES = 256_000_000  # and no more than fits in this


def lengthened(frames: FrameSource, count: int) -> Iterator[tuple[int, U8]]:
    """Exactly `count` frames with their numbers in the clip: cut, or with the last second backwards and forwards.

    Raises:
        PhotoUnusable: not one frame came.
    """
    width, height = frames.size
    tail = min(round(TAIL_S * frames.frame_rate), TAIL_BYTES // (width * height * 3), frames.num_frames)
    # A file may hold fewer frames than it says; the last one is kept for that.
    kept: deque[tuple[int, U8]] = deque(maxlen=max(1, tail) if count > frames.num_frames else 1)
    given = 0
    if count:
        for index, image in enumerate(frames.open()):
            kept.append((index, image.copy()))
            yield index, image
            given += 1
            if given == count:
                return
    if not kept and count:
        raise PhotoUnusable("There is no picture in the clip that shall speak. Choose another one.")
    for step in range(count - given):
        index, image = kept[_swing(step, len(kept))]
        yield index, image.copy()


def _swing(step: int, length: int) -> int:
    """Places in a row of `length` that has been walked to its end: back to its start, forth to its end, and so on."""
    if length == 1:
        return 0
    period = 2 * (length - 1)
    at = (length + step) % period
    return at if at < length else period - at
