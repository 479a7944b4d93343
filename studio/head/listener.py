"""A mouth that follows a voice while it speaks: sound in, curves out, a fixed moment later.

Each frame is decided once, from the sound up to `look_ahead` after its middle, and never changed. However the sound is
cut into pieces, the curves are the same.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from studio import ear
from studio.head import hearing
from studio.head.motion import mouth_at, pauses_of
from studio.head.visemes import MOUTH, SCORE_RATE
from studio.types import F32

_SPAN_S = 0.6  # of score around a frame: coarticulation and the closing of the mouth reach no further back


class Listener:
    """Moves a mouth to a voice as it comes in.

    Example:
        >>> listener = Listener(48_000, Fraction(25))
        >>> curves = listener.feed(chunk)  # (n, 7): the frames that this chunk decided, columns as in visemes.MOUTH

    Args:
        sample_rate: Hz, of what is fed.
        frame_rate: frames per second.
        look_ahead_s: how long after a frame's middle its curves are decided. Resampling adds a few ms.

    Raises:
        EngineUnavailable: models/hearing.safetensors is missing.
        ValueError: a rate that is not positive, or a look-ahead below 20 ms or over 0.5 s.
    """

    def __init__(self, sample_rate: int, frame_rate: Fraction, *, look_ahead_s: float = hearing.LOOK_AHEAD_S) -> None:
        if sample_rate <= 0 or frame_rate <= 0:
            raise ValueError(f"need positive rates, got {sample_rate} Hz and {frame_rate} frames per second")
        if not 0.02 <= look_ahead_s <= 0.5:
            raise ValueError(f"look_ahead_s must be 0.02 … 0.5, got {look_ahead_s}")
        import soxr

        self.frame_rate = frame_rate
        self.look_ahead_s = look_ahead_s
        self._resampler = soxr.ResampleStream(sample_rate, ear.SAMPLE_RATE, 1, dtype="float32", quality="HQ")
        self._stream = hearing.Stream()
        self._frame = 0

    def feed(self, samples: F32) -> F32:
        """Hear float32 (T,) more; float32 (n, len(MOUTH)): the curves of the frames decided by it, maybe none."""
        return self._hear(self._resampler.resample_chunk(np.ascontiguousarray(samples, np.float32)))

    def finish(self) -> F32:
        """The voice has stopped: the curves of the frames that are left, up to the end of the sound."""
        rest = self._resampler.resample_chunk(np.zeros(0, np.float32), last=True)
        curves = self._hear(rest)
        end = self._stream.rows
        silence = np.zeros(round((self.look_ahead_s + 0.1) * ear.SAMPLE_RATE), np.float32)
        return np.concatenate([curves, self._hear(silence, before=end)])

    def _hear(self, samples: F32, *, before: int | None = None) -> F32:
        """Curves of the frames that `samples` at the ear's own rate decide, those in the middle of sound `before`."""
        self._stream.add(np.asarray(samples, np.float32))
        decided = [np.zeros((0, len(MOUTH)), np.float32)]
        while True:
            middle = float((self._frame + Fraction(1, 2)) * SCORE_RATE / self.frame_rate)
            end = int(middle + self.look_ahead_s * SCORE_RATE) + 1
            if end > self._stream.rows or (before is not None and middle >= before):
                return np.concatenate(decided)
            decided.append(self._decided(middle, end))
            self._frame += 1

    def _decided(self, middle: float, end: int) -> F32:
        """float32 (1, len(MOUTH)): the mouth at row `middle`, by the sound before row `end`."""
        first, part = self._stream.score(end, round((self.look_ahead_s + _SPAN_S) * SCORE_RATE))
        pauses = pauses_of(part.silent, goes_on=True)
        mouth = mouth_at(part, pauses, np.array([middle - first]), float(SCORE_RATE / self.frame_rate))
        return np.array([[mouth[name][0] for name in MOUTH]], np.float32)
