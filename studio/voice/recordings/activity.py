"""Where somebody speaks: silero-vad 6 (MIT), its recurrent network read from the `silero-vad` package.

The network sees 32 ms at a time and remembers; it is fed in blocks, so memory does not grow with the length.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

from studio.media.blocks import clip_blocks
from studio.types import F32, AudioClip
from studio.voice.recordings.wheels import file_inside, session

SAMPLE_RATE = 16_000  # Hz; the network knows no other here
FRAME = 512  # samples, 32 ms, judged together
FRAME_S = Fraction(FRAME, SAMPLE_RATE)
_CONTEXT = 64  # samples of the frame before that the network is shown again
_STATE = (1, 1, 128)
# The package's own defaults for cutting: speech begins at one certainty and ends at a lower one.
BEGIN, END = 0.5, 0.35
_MIN_SPEECH_S = Fraction(1, 4)
_MIN_PAUSE_S = Fraction(1, 10)
_PAD_S = Fraction(3, 100)

Span = tuple[Fraction, Fraction]
"""Start and end, s; end exclusive."""


def _zeros(shape: tuple[int, ...]) -> F32:
    return np.zeros(shape, dtype=np.float32)


@dataclass
class Detector:
    """One stream of sound through the network.

    Raises:
        EngineUnavailable: the package is not installed.
    """

    _hidden: F32 = field(default_factory=lambda: _zeros(_STATE))
    _cell: F32 = field(default_factory=lambda: _zeros(_STATE))
    _context: F32 = field(default_factory=lambda: _zeros((_CONTEXT,)))
    _held: F32 = field(default_factory=lambda: _zeros((0,)))

    def feed(self, samples: F32, *, last: bool = False) -> F32:
        """How sure it is of speech, 0 … 1, float32 (frames,), for every frame of 32 ms that is complete by now.

        Args:
            samples: float32 (T,) at 16 kHz, following what was fed before.
            last: fill the last frame with zeros, so that all sound is judged.
        """
        joined = np.concatenate([self._held, samples])
        if last:
            joined = np.pad(joined, (0, -len(joined) % FRAME))
        whole = len(joined) // FRAME * FRAME
        self._held = joined[whole:].copy()
        if not whole:
            return _zeros((0,))
        frames = joined[:whole].reshape(-1, FRAME)
        before = np.concatenate([self._context[None], frames[:-1, -_CONTEXT:]])
        self._context = frames[-1, -_CONTEXT:].copy()
        name = "data/silero_vad_16k_sequence.onnx"
        network = session(file_inside("silero_vad", name, package="silero-vad", purpose="Finding speech"))
        shown = {"input": np.concatenate([before, frames], axis=1), "h": self._hidden, "c": self._cell}
        certainty, self._hidden, self._cell = network.run(["speech_probs", "hn", "cn"], shown)
        return np.asarray(certainty, dtype=np.float32).reshape(-1)


def certainty(blocks: Iterable[F32]) -> F32:
    """How sure the network is of speech in each frame of 32 ms, 0 … 1, float32 (frames,).

    Args:
        blocks: float32 (T,) each, at 16 kHz, one after the other.
    """
    detector = Detector()
    found = [detector.feed(block) for block in blocks]
    return np.concatenate([*found, detector.feed(_zeros((0,)), last=True)])


def spans(clip: AudioClip) -> tuple[Span, ...]:
    """Where somebody speaks in `clip` (any rate, any number of channels), s, in order; empty where nobody does.

    Raises:
        EngineUnavailable: silero-vad is not installed.
    """
    return spans_of(certainty(clip_blocks(clip, SAMPLE_RATE)), clip.duration)


def spans_of(frames: F32, duration: Fraction) -> tuple[Span, ...]:
    """Spans of speech from the certainty in each frame of 32 ms.

    Speech begins at a certainty of 0.5 and ends after 0.1 s below 0.35; less than 0.25 s of it is no speech; spans
    are 0.03 s wider on both sides than what was found, and never overlap.
    """
    found: list[list[int]] = []
    pause = int(_MIN_PAUSE_S / FRAME_S)  # whole frames
    quiet_since = -1
    speaking = False
    for index, sure in enumerate(frames.tolist()):
        if sure >= BEGIN:
            if not speaking:
                found.append([index, len(frames)])
            speaking, quiet_since = True, -1
        elif speaking and sure < END:
            quiet_since = index if quiet_since < 0 else quiet_since
            if index - quiet_since >= pause:
                found[-1][1], speaking, quiet_since = quiet_since, False, -1
    kept = [(start * FRAME_S, end * FRAME_S) for start, end in found if (end - start) * FRAME_S >= _MIN_SPEECH_S]
    return _padded(kept, duration)


def _padded(found: list[Span], duration: Fraction) -> tuple[Span, ...]:
    spans: list[Span] = []
    for index, (start, end) in enumerate(found):
        # Two that are near share the pause between them.
        before = min(_PAD_S, (start - found[index - 1][1]) / 2) if index else _PAD_S
        after = min(_PAD_S, (found[index + 1][0] - end) / 2) if index + 1 < len(found) else _PAD_S
        first, last = max(Fraction(0), start - before), min(duration, end + after)
        if last > first:
            spans.append((first, last))
    return tuple(spans)
