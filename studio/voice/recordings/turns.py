"""Who speaks when in one file, read as a stream: speech, windows of the speaker encoder, turns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio.errors import AudioUnusable
from studio.media.blocks import file_blocks, stretches
from studio.media.probe import probe
from studio.types import F32
from studio.voice.recordings.activity import FRAME, FRAME_S, SAMPLE_RATE, Detector, Span, spans_of
from studio.voice.recordings.speakers import Windows, blends, windows_of

_PIECE_S = Fraction(20)  # speech that is looked at together, at most
_PIECE_GAP_S = Fraction(3, 10)  # pauses within it
_LEAST_S = Fraction(4, 10)  # of a piece; less tells nothing of who speaks
_SNAP_S = 0.6  # a change of speaker is put into the least certain moment this near
_SILENT_DB = -60.0  # dBFS of the loudest moment; no voice was ever recorded so softly
_HIGH_PASS_HZ = 80.0  # below lies rumble and no voice
_NOTHING_DB = -120.0

StillWanted = Callable[[float], None]
"""Told how far a file has been gone through, 0 … 1; raises where the work is to stop."""


@dataclass(frozen=True, eq=False)
class Heard:
    """A file after it was gone through once."""

    path: Path
    sample_rate: int
    """Hz, as recorded."""
    duration: Fraction
    """s, of the sound that could be decoded."""
    certainty: F32
    """float32 (frames,) of speech, 0 … 1, every 32 ms."""
    levels: F32
    """float32 (frames,) dBFS, of what lies above 80 Hz."""
    offset: float
    """Mean of the samples, −1 … 1."""
    spans: tuple[Span, ...]
    """Where somebody speaks, s."""

    @property
    def speech(self) -> Fraction:
        """How long somebody speaks, s."""
        return sum((end - start for start, end in self.spans), Fraction(0))


@dataclass(frozen=True, eq=False)
class Pieces:
    """The speech of one file in pieces of at most 20 s, and what the speaker encoder says of each."""

    heard: Heard
    spans: tuple[Span, ...]
    windows: tuple[Windows, ...]


@dataclass(frozen=True)
class Turn:
    """A stretch in which one voice speaks."""

    start: Fraction
    end: Fraction
    """s of the file; end exclusive."""
    voice: int
    likeness: float
    """Cosine to that voice, the mean of its windows."""
    overlap: float
    """Share of the windows that are more like this voice and another together than like this one, 0 … 1."""


def gone_through(path: Path, wanted: StillWanted) -> Heard:
    """Where somebody speaks in a file, and how loud it is there.

    Raises:
        FileUnreadable: missing, damaged, or no media file.
        AudioUnusable: no sound track, silent, or nobody speaks.
        EngineUnavailable: silero-vad is not installed.
    """
    info = probe(path)
    if info.audio is None:
        raise AudioUnusable(f"{path} has no sound track. Choose a recording with a voice in it.")
    detector = Detector()
    meter = _Meter()
    certainty: list[F32] = []
    total, done, count = 0.0, 0.0, 0
    for block in file_blocks(path, SAMPLE_RATE):
        certainty.append(detector.feed(block - block.mean()))
        meter.feed(block)
        total, count = total + float(block.sum(dtype=np.float64)), count + len(block)
        done = count / SAMPLE_RATE / float(info.duration) if info.duration else 0.0
        wanted(min(1.0, done))
    certainty.append(detector.feed(np.zeros(0, np.float32), last=True))
    levels = meter.levels()
    if not len(levels) or levels.max() < _SILENT_DB:
        raise AudioUnusable(f"{path} is silent. Choose a recording in which the person speaks.")
    duration = Fraction(count, SAMPLE_RATE)
    sure = np.concatenate(certainty)
    spans = spans_of(sure, duration)
    if not spans:
        raise AudioUnusable(
            f"Nobody speaks in {path}, as far as can be heard: it may be music or noise alone. "
            "Choose a recording in which the person speaks."
        )
    return Heard(path, info.audio.sample_rate, duration, sure, levels, total / max(count, 1), spans)


class _Meter:
    """Levels of frames of 32 ms, without rumble and offset."""

    def __init__(self) -> None:
        from scipy.signal import butter

        self._sections = butter(4, _HIGH_PASS_HZ, "highpass", fs=SAMPLE_RATE, output="sos")
        self._state: NDArray[np.float64] | None = None
        self._held = np.zeros(0, np.float32)
        self._found: list[F32] = []

    def feed(self, samples: F32) -> None:
        from scipy.signal import sosfilt, sosfilt_zi

        if self._state is None:  # settled on the first sample: an offset must not ring
            self._state = sosfilt_zi(self._sections) * (float(samples[0]) if len(samples) else 0.0)
        out, self._state = sosfilt(self._sections, samples, zi=self._state)
        joined = np.concatenate([self._held, out.astype(np.float32)])
        whole = len(joined) // FRAME * FRAME
        frames, self._held = joined[:whole].reshape(-1, FRAME), joined[whole:].copy()
        power = np.einsum("ij,ij->i", frames, frames) / FRAME
        self._found.append(np.asarray(10 * np.log10(power + 10 ** (_NOTHING_DB / 10)), dtype=np.float32))

    def levels(self) -> F32:
        """float32 (frames,) dBFS; a last frame that is not full counts as it is."""
        if len(self._held):
            self.feed(np.zeros(FRAME - len(self._held), np.float32))
        return np.concatenate([*self._found, np.zeros(0, np.float32)])


def looked_at(heard: Heard, wanted: StillWanted) -> Pieces:
    """What the speaker encoder says of the speech in a file.

    Raises:
        AudioUnusable: there is too little of it.
        EngineUnavailable: Resemblyzer is not installed.
    """
    spans = tuple((start, end) for start, end in joined(heard.spans, heard.certainty) if end - start >= _LEAST_S)
    if not spans:
        raise AudioUnusable(
            f"Only {float(heard.speech):.1f} s of speech were found in {heard.path}; at least 1 s is needed, "
            "30 s is good. Choose a longer recording."
        )
    cuts = [(round(start * SAMPLE_RATE), round(end * SAMPLE_RATE)) for start, end in spans]
    windows = []
    for (_, end), samples in zip(spans, stretches(file_blocks(heard.path, SAMPLE_RATE), cuts), strict=True):
        windows.append(windows_of(samples - samples.mean()))
        wanted(float(end / heard.duration))
    return Pieces(heard, spans, tuple(windows))


def joined(spans: Sequence[Span], certainty: F32) -> list[Span]:
    """Spans with short pauses between them as one, and long ones cut where it is least certain that somebody speaks."""
    found: list[Span] = []
    for start, end in spans:
        near = found and start - found[-1][1] <= _PIECE_GAP_S and end - found[-1][0] <= _PIECE_S
        begins = found.pop()[0] if near else start
        while end - begins > _PIECE_S:
            cut = softest(certainty, begins + _PIECE_S / 2, begins + _PIECE_S)
            found.append((begins, cut))
            begins = cut
        found.append((begins, end))
    return found


def softest(certainty: F32, start: Fraction, end: Fraction) -> Fraction:
    """The moment between `start` and `end` at which it is least certain that somebody speaks, s."""
    first, last = int(start / FRAME_S), max(int(start / FRAME_S) + 1, int(end / FRAME_S))
    frame = first + int(np.argmin(certainty[first:last])) if first < len(certainty) else first
    return min(max(start, (frame + Fraction(1, 2)) * FRAME_S), end)


def turns(pieces: Pieces, labels: Sequence[NDArray[np.int64]], voices: F32) -> list[Turn]:
    """Who speaks when, in the order of time; a change is put into the softest moment near it.

    Args:
        labels: int64 (n,) for each piece, the voice in every window.
        voices: float32 (voices, 256).
    """
    found = []
    mixed = blends(voices)
    for (start, end), windows, label in zip(pieces.spans, pieces.windows, labels, strict=True):
        changes = np.flatnonzero(np.diff(label)) + 1
        edges = [start]
        for change in changes:
            middle = float(start) + float(windows.times[change - 1] + windows.times[change]) / 2
            low, high = (Fraction(round(middle * 1000) + sign * round(_SNAP_S * 1000), 1000) for sign in (-1, 1))
            edges.append(softest(pieces.heard.certainty, max(edges[-1], low), max(edges[-1], min(end, high))))
        edges.append(end)
        for index, one in enumerate(np.split(windows.voices, changes)):
            if edges[index + 1] > edges[index]:
                voice = int(label[0 if index == 0 else changes[index - 1]])
                found.append(_turn(edges[index], edges[index + 1], voice, one, voices, mixed, bool(len(changes))))
    return found


def _turn(
    start: Fraction, end: Fraction, voice: int, windows: F32, voices: F32, mixed: Mapping[int, int], changes: bool
) -> Turn:
    alike = windows @ voices.T
    own = alike[:, voice]
    if voice in mixed:
        return Turn(start, end, mixed[voice], float(own.mean()), 1.0)
    others = [other for other in range(len(voices)) if other != voice and other not in mixed]
    overlap = 0.0
    if others:
        # Where the speaker changes, a window holds something of both: that is no overlap.
        inner = slice(1, -1) if changes and len(own) > 4 else slice(None)
        pairs = (own[:, None] + alike[:, others]) / np.sqrt(2 + 2 * (voices[others] @ voices[voice]))
        overlap = float((pairs.max(axis=1) > own)[inner].mean())
    return Turn(start, end, voice, float(own.mean()), overlap)
