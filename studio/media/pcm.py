"""Many-channel sound piece by piece, in and out, so that an hour of a film's mix needs no more memory than a minute."""

from __future__ import annotations

import wave
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from studio.errors import AudioUnusable
from studio.media.files import writing
from studio.media.probe import opened
from studio.types import F32

BLOCK_S = 20.0  # s of sound held at a time
_STEPS = 2**23  # of a 24-bit sample on either side of zero


def channel_blocks(path: Path, *, seconds: float = BLOCK_S) -> Iterator[F32]:
    """The sound of a file with all its channels at its own rate, float32 (C, T), in order, about `seconds` long each.

    Raises:
        FileUnreadable: missing, empty, damaged, or no media file.
        AudioUnusable: the file has no sound track.
    """
    import av

    with opened(path) as container:
        if not container.streams.audio:
            raise AudioUnusable(f"{path} has no sound track. Choose a file with sound in it.")
        stream = container.streams.audio[0]
        size = max(1, round(seconds * stream.rate))
        even = av.AudioResampler(format="fltp", layout=stream.layout.name, rate=stream.rate)
        held: list[F32] = []
        count = 0
        for frame in container.decode(stream):
            for out in even.resample(frame):
                held.append(np.asarray(out.to_ndarray(), np.float32))
                count += held[-1].shape[1]
            if count >= size:
                yield np.concatenate(held, axis=1)
                held, count = [], 0
        held += [np.asarray(out.to_ndarray(), np.float32) for out in even.resample(None)]
        if held:
            yield np.concatenate(held, axis=1)


def write_blocks(path: Path, blocks: Iterable[F32], sample_rate: int) -> None:
    """Write a WAV of 24-bit integers from pieces of float32 (C, T); samples beyond ±1 are clipped.

    Raises:
        ValueError: there is no piece at all.
        OutputUnwritable: the disk is full or the folder may not be written.
    """
    with writing(path) as temporary:
        file: wave.Wave_write | None = None
        try:
            for block in blocks:
                if file is None:
                    file = wave.open(str(temporary), "wb")  # noqa: SIM115  (closed below; its shape comes with a block)
                    file.setparams((block.shape[0], 3, sample_rate, 0, "NONE", "not compressed"))
                steps = np.rint(np.clip(block.T.astype(np.float64) * _STEPS, -_STEPS, _STEPS - 1)).astype("<i4")
                # The lower three of each four bytes.
                file.writeframesraw(np.ascontiguousarray(steps).view(np.uint8).reshape(-1, 4)[:, :3].tobytes())
        finally:
            if file is not None:
                file.close()
        if file is None:
            raise ValueError("there is no sound to write")
