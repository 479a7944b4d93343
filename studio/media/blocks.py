"""Sound read piece by piece, so that three hours need no more memory than a minute."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from studio.errors import AudioUnusable, FileUnreadable
from studio.media.probe import opened
from studio.types import F32, AudioClip

BLOCK_S = 30.0  # s of sound held at a time


def file_blocks(path: Path, sample_rate: int, *, seconds: float = BLOCK_S) -> Iterator[F32]:
    """The sound of a file, also of a video, mono (the mean of the channels) at `sample_rate` Hz, float32 (T,).

    Every block but the last has round(seconds · sample_rate) samples. A damaged file gives what can be decoded of it.

    Raises:
        FileUnreadable: missing, empty, damaged from the start, or no media file.
        AudioUnusable: the file has no sound track, or the track has no samples.
    """
    any_came = False
    for block in _evened(_resampled(_decoded(path), sample_rate), round(seconds * sample_rate)):
        any_came = True
        yield block
    if not any_came:
        raise AudioUnusable(f"{path} has a sound track without a single sample in it.")


def clip_blocks(clip: AudioClip, sample_rate: int, *, seconds: float = BLOCK_S) -> Iterator[F32]:
    """The same of sound that is held in memory."""
    step = max(1, round(seconds * clip.sample_rate))

    def pieces() -> Iterator[tuple[F32, int]]:
        for start in range(0, clip.samples.shape[1], step):
            piece = clip.samples[:, start : start + step].mean(axis=0, dtype=np.float32)
            yield np.nan_to_num(piece), clip.sample_rate

    return _evened(_resampled(pieces(), sample_rate), round(seconds * sample_rate))


def _decoded(path: Path) -> Iterator[tuple[F32, int]]:
    """Mono float32 (T,) as the decoder gives it, and its rate in Hz, which never changes within a file."""
    import av

    with opened(path) as container:
        if not container.streams.audio:
            raise AudioUnusable(f"{path} has no sound track. Choose a recording with a voice in it.")
        stream = container.streams.audio[0]
        rate = int(stream.rate)
        even = av.AudioResampler(format="fltp", layout=stream.layout.name, rate=rate)
        any_came = False
        try:
            for frame in container.decode(stream):
                for out in even.resample(frame):
                    any_came = True
                    yield _mono(out), rate
        except av.error.InvalidDataError as error:
            # A truncated tape is still worth having; one that gave nothing is not.
            if not any_came:
                raise FileUnreadable(f"{path} holds no sound that can be decoded. It may be damaged.") from error
        for out in even.resample(None):
            yield _mono(out), rate


def _mono(frame: Any) -> F32:
    mono = np.asarray(frame.to_ndarray(), np.float32).mean(axis=0, dtype=np.float32)
    return np.asarray(np.nan_to_num(mono), np.float32)


def _resampled(pieces: Iterator[tuple[F32, int]], sample_rate: int) -> Iterator[F32]:
    import soxr

    stream: Any = None
    for piece, rate in pieces:
        if rate == sample_rate:
            yield piece
            continue
        if stream is None:
            stream = soxr.ResampleStream(rate, sample_rate, 1, dtype="float32", quality="HQ")
        yield stream.resample_chunk(piece)
    if stream is not None:
        yield stream.resample_chunk(np.zeros(0, dtype=np.float32), last=True)


def _evened(pieces: Iterator[F32], size: int) -> Iterator[F32]:
    held: list[F32] = []
    count = 0
    for piece in pieces:
        held.append(piece)
        count += len(piece)
        if count < size:
            continue
        joined = np.concatenate(held)
        whole = count // size * size
        for start in range(0, whole, size):
            yield joined[start : start + size].copy()
        held, count = [joined[whole:].copy()], count - whole
    if count:
        yield np.concatenate(held)


def stretches(blocks: Iterator[F32], spans: Sequence[tuple[int, int]]) -> Iterator[F32]:
    """The sound of each span, float32 (T,), from blocks of sound that follow one another; held no longer than needed.

    Args:
        spans: first sample and the one after the last, in order, not overlapping; what lies beyond the end is left out.
    """
    held = np.zeros(0, dtype=np.float32)
    begins = 0  # the sample `held` starts with
    for first, end in spans:
        parts, have = [held], begins + len(held)
        while have < end and (block := next(blocks, None)) is not None:
            if have + len(block) <= first:
                parts = []  # nothing of it is wanted
            else:
                parts.append(block)
            have += len(block)
        held = np.concatenate([*parts, np.zeros(0, dtype=np.float32)])
        begins = have - len(held)
        yield held[max(0, first - begins) : max(0, end - begins)].copy()
        dropped = min(max(0, end - begins), len(held))
        held, begins = held[dropped:].copy(), begins + dropped
