"""Somebody's own music made as long as a film: gone round at a musical place, or faded out; never cut off."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import numpy as np

from studio.edit.beats import Beat
from studio.edit.timeline import frame_at
from studio.errors import AudioUnusable
from studio.media import ffmpeg
from studio.media.files import scratch
from studio.media.pcm import channel_blocks, write_blocks
from studio.media.probe import probe
from studio.types import F32, Cancel

RATE = 48_000  # Hz
CLOSING = Fraction(4)  # s of fade where the film ends before the music does
_OPENING = Fraction(1, 50)  # s: no sound begins with a step
_MELT = Fraction(2)  # s of cross-fade where the music goes round
_ENOUGH = Fraction(8)  # s: music that ends this little before the film is left to end
_SHORTEST = Fraction(6)  # s: what is shorter is heard once; it would sound like a stuck record
_ROW = 2400  # samples, 50 ms, of which the level is taken
_BODY_DB = 9.0  # quieter than its usual level by this much, music is dying away or has not begun


@dataclass(frozen=True)
class Round:
    """How a piece of music goes round: played to `end`, then from `start` again, melting over `melt` around both."""

    length: Fraction
    """Of the piece, s."""
    start: Fraction
    end: Fraction
    """s of the piece; equal to start where it does not go round."""
    melt: Fraction

    @property
    def again(self) -> bool:
        """Does it go round at all?"""
        return self.end > self.start

    def times(self, beats: Sequence[Beat], duration: Fraction) -> tuple[Beat, ...]:
        """The beats of the music as it is heard in `duration` s."""
        if not self.again:
            return tuple(beat for beat in beats if beat.time < duration)
        heard = [beat for beat in beats if beat.time < self.end]
        back = [beat for beat in beats if self.start <= beat.time < self.end]
        shift = self.end - self.start
        while back and heard[-1].time < duration:
            heard += [replace(beat, time=beat.time + shift) for beat in back]
            shift += self.end - self.start
        return tuple(beat for beat in heard if beat.time < duration)


def cleaned(path: Path, target: Path, cancel: Cancel | None = None) -> None:
    """Write the sound of a file in stereo at 48 kHz, in 24 bits, without an offset of its middle.

    Mono becomes stereo at -3 dB a side; what is over full scale is brought down.

    Raises:
        AudioUnusable: it has no sound track, or nothing is heard in it.
        FileUnreadable, FFmpegFailed, OutputUnwritable, Cancelled.
    """
    if probe(path).audio is None:
        raise AudioUnusable(f"{path} has no sound track. Choose a file with music in it.")
    with scratch() as folder:
        plain = folder / "plain.wav"
        layout = ["-ar", str(RATE), "-af", "aformat=sample_fmts=flt:channel_layouts=stereo", "-c:a", "pcm_f32le"]
        ffmpeg.run(["-i", ffmpeg.safe_argument(path), "-map", "0:a:0", *layout, str(plain)], cancel=cancel)
        total, count, peak = np.zeros(2), 0, 0.0
        for block in channel_blocks(plain):
            total += block.sum(axis=1, dtype=np.float64)
            count += block.shape[1]
            peak = max(peak, float(np.abs(block).max()))
        middle = (total / max(1, count)).astype(np.float32)[:, None]
        if peak - float(np.abs(middle).max()) < 1e-4:
            raise AudioUnusable(f"{path} is silent. Choose a file with music in it.")
        gain = np.float32(min(1.0, 0.98 / (peak + float(np.abs(middle).max()))))
        write_blocks(target, (gain * (block - middle) for block in channel_blocks(plain)), RATE)


def round_of(path: Path, beats: Sequence[Beat], duration: Fraction) -> Round:
    """How a cleaned piece of music goes round to last `duration` s.

    It goes round from the last bar before it dies away to the first bar after it has begun, where its bars are known;
    else from beat to beat, else wherever its body ends and begins.
    """
    first, last, length = _body(path)
    none = Round(length, Fraction(0), Fraction(0), Fraction(0))
    if length + _ENOUGH >= duration or last - first < _SHORTEST:
        return none
    melt = min(_MELT, (last - first) / 4)
    low, high = max(first, melt / 2), last - melt / 2
    for kind in ([b.time for b in beats if b.bar], [b.time for b in beats]):
        inside = [time for time in kind if low <= time <= high]
        # At least half of the body must be left to go round.
        if len(inside) > 1 and inside[-1] - inside[0] >= (last - first) / 2:
            return Round(length, inside[0], inside[-1], melt)
    return Round(length, low, high, melt)


def _body(path: Path) -> tuple[Fraction, Fraction, Fraction]:
    """(when it has begun, when it begins to die away, its length), s."""
    levels = []
    count = 0
    for block in channel_blocks(path):
        count += block.shape[1]
        rows = block[:, : block.shape[1] // _ROW * _ROW].reshape(2, -1, _ROW)
        levels.append(10 * np.log10((rows.astype(np.float64) ** 2).mean(axis=(0, 2)) + 1e-12))
    level = np.concatenate(levels)
    length = Fraction(count, RATE)
    if not len(level):
        return Fraction(0), length, length
    # Over half a second: between two strokes of a piano music has not ended.
    width = min(10, len(level))
    smooth = np.convolve(level, np.ones(width) / width, "same")
    loud = np.flatnonzero(smooth > np.median(smooth) - _BODY_DB)
    row = Fraction(_ROW, RATE)
    return int(loud[0]) * row, min(length, (int(loud[-1]) + 1) * row), length


def lasting(path: Path, how: Round, duration: Fraction) -> Iterator[F32]:
    """A cleaned piece of music for exactly `duration` s, float32 (2, T), in order.

    It fades out where the film ends before it; where it ends before the film, silence follows it.
    """
    total = frame_at(duration, Fraction(RATE))
    opening = max(1, frame_at(min(_OPENING, duration / 4), Fraction(RATE)))
    early = how.length < duration and not how.again
    closing = max(1, frame_at(min(_OPENING if early else CLOSING, duration / 3), Fraction(RATE)))
    end = frame_at(how.length, Fraction(RATE)) if early else total
    begin = 0
    for longer in _endless(path, how, total):
        piece = longer[:, : total - begin]
        places = np.arange(begin, begin + piece.shape[1])
        rise = np.sin(np.pi / 2 * np.clip(places / opening, 0, 1)) ** 2
        fall = np.sin(np.pi / 2 * np.clip((end - 1 - places) / closing, 0, 1)) ** 2
        begin += piece.shape[1]
        if piece.shape[1]:
            yield (piece * (rise * fall)).astype(np.float32)
    while begin < total:
        step = min(total - begin, 20 * RATE)
        yield np.zeros((2, step), np.float32)
        begin += step


def _endless(path: Path, how: Round, total: int) -> Iterator[F32]:
    """The music going round until at least `total` samples have come, or to its end."""
    if not how.again:
        yield from channel_blocks(path)
        return
    half = frame_at(how.melt / 2, Fraction(RATE))
    start, end = frame_at(how.start, Fraction(RATE)), frame_at(how.end, Fraction(RATE))
    # Equal power: two places of a piece are not the same wave.
    bend = np.sin(np.pi / 2 * (np.arange(2 * half) + 0.5) / (2 * half)).astype(np.float32)
    rounds = math.ceil((total - end) / (end - start)) + 1 if total > end else 1
    tail: F32 | None = None
    for number in range(rounds):
        first = 0 if number == 0 else start - half
        held = np.zeros((2, 0), np.float32)
        for block in _stretch(path, first, end + half):
            held = np.concatenate([held, block], axis=1)
            if tail is not None and held.shape[1] >= 2 * half:
                yield held[:, : 2 * half] * bend + tail
                held, tail = held[:, 2 * half :], None
            # The last of every round is kept back, to melt into the next.
            if tail is None and held.shape[1] > 2 * half:
                yield held[:, : -2 * half]
                held = held[:, -2 * half :]
        tail = held * bend[::-1][-held.shape[1] :]


def _stretch(path: Path, first: int, end: int) -> Iterator[F32]:
    """Samples `first` … `end` of a file, in pieces."""
    begin = 0
    for block in channel_blocks(path):
        part = block[:, max(0, first - begin) : max(0, end - begin)]
        begin += block.shape[1]
        if part.shape[1]:
            yield part
        if begin >= end:
            return
