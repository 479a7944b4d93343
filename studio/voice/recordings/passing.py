"""Sound on its way through a row of repairs, block after block, so that three hours need no more memory than one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import numpy as np

from studio.types import F32


def locally(blocks: Iterable[F32], repair: Callable[[F32], F32], *, margin: int, grid: int = 1) -> Iterator[F32]:
    """Every block repaired with `margin` samples of what lies around it in view.

    What comes out is as long as what went in and does not depend on where the blocks were cut, as long as `repair`
    looks no further than `margin` and works on windows that begin every `grid` samples.

    Args:
        blocks: float32 (T,) or (T, C), one after the other.
        repair: gives as many samples as it is shown; never changes its input.
        margin: samples of context on both sides, a multiple of `grid`.
        grid: all pieces shown to `repair` begin at a multiple of this many samples of the whole.
    """
    if margin % grid:
        raise ValueError(f"margin must be a multiple of {grid}, got {margin}")
    before: F32 | None = None  # context that has been given out already
    held: F32 | None = None
    for block in blocks:
        held = block if held is None else np.concatenate([held, block])
        before = block[:0] if before is None else before
        ready = (len(held) - margin) // grid * grid
        if ready <= 0:
            continue
        piece = np.concatenate([before, held[: ready + margin]])
        yield repair(piece)[len(before) : len(before) + ready]
        known = np.concatenate([before, held[:ready]])
        before = known[max(0, len(known) - margin) :]
        held = held[ready:]
    if held is not None and before is not None and len(held):
        yield repair(np.concatenate([before, held]))[len(before) :]


def evened(blocks: Iterable[F32], size: int) -> Iterator[F32]:
    """The same sound in blocks of a multiple of `size` samples; the last one is filled with zeros."""
    held = np.zeros(0, dtype=np.float32)
    for block in blocks:
        held = np.concatenate([held, block])
        whole = len(held) // size * size
        if whole:
            yield held[:whole]
        held = held[whole:]
    if len(held):
        yield np.pad(held, (0, -len(held) % size))
