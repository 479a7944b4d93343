"""How loud a finished mix is, after ITU-R BS.1770, and bringing it to what its listeners are used to.

One gain brings a mix to its loudness, which is all that ffmpeg's loudnorm does in its linear mode. Where peaks would go
over the ceiling, loudnorm would turn to riding the gain; here a limiter that looks ahead takes the peaks alone. What it
does is kept as a curve, so that stems can be given exactly what the film was given.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from studio.ear import F64
from studio.errors import Cancelled
from studio.media import ffmpeg
from studio.media.pcm import channel_blocks, write_blocks
from studio.types import F32, Cancel

Loudness = Literal["web", "streaming", "broadcast", "kiosk"]


@dataclass(frozen=True)
class Profile:
    """What a mix is held to."""

    integrated: float
    """LUFS, over the whole film."""
    true_peak: float
    """dBTP that is never passed, not even between samples."""


PROFILES: Mapping[Loudness, Profile] = {
    "web": Profile(-16.0, -1.5),  # phones and pages; AES TD1008 gives -16 for speech
    "streaming": Profile(-14.0, -1.0),  # what the large services play music and film at
    "broadcast": Profile(-23.0, -1.0),  # EBU R 128
    "kiosk": Profile(-20.0, -1.5),  # a room with other visitors in it
}

TOLERANCE_LU = 0.5  # R 128: what a finished programme may be off by
CLOSE_LU = 0.1  # what is aimed at here
_CODEC_ROOM = 0.3  # dB: AAC adds its own overshoot on top of what the limiter let through
_TRIALS = 8
_AAC_KBPS = 256  # of films; what is tried here before it is encoded for good
_SILENT_LUFS = -69.0  # ebur128 gives -70 or -inf where there is nothing to hear
_STEP = 48  # samples of the mix per point of the limiter's curve
_LOOK = 5  # points, 5 ms at 48 kHz: the gain has gone down before the peak comes
_RELEASE = 80.0  # points until the gain has come back by 63 %
_OVERSAMPLING = 4  # BS.1770-5, annex 2: the peaks between the samples show at four times the rate


@dataclass(frozen=True)
class Measured:
    """What a listener gets."""

    integrated: float
    """LUFS; -inf where nothing is heard."""
    true_peak: float
    """dBTP; -inf for silence."""
    range: float
    """Loudness range after EBU Tech 3342, LU; says little of less than a minute."""

    def meets(self, profile: Profile) -> bool:
        """Is this what the profile asks for? Silence is."""
        if self.integrated == -math.inf:
            return True
        return abs(self.integrated - profile.integrated) <= TOLERANCE_LU and self.true_peak <= profile.true_peak


@dataclass(frozen=True, eq=False)
class Levelling:
    """What is done to a mix."""

    gain: float
    """dB."""
    dips: F32 | None = None
    """float32 (K,), a factor up to 1 for every _STEP samples, straight lines between; None where nothing is limited."""


def measure(path: Path) -> Measured:
    """Loudness of a file's sound.

    Raises:
        FFmpegFailed: the file has no sound, or cannot be read.
    """
    text = ffmpeg.run(
        ["-i", ffmpeg.safe_argument(path), "-map", "0:a:0", "-af", "ebur128=peak=true", "-f", "null", "-"]
    )
    summary = text[text.rindex("Summary:") :]
    found = {key: re.search(rf"{key}:\s+(-?[\d.]+|-?inf|nan)", summary) for key in ("I", "Peak", "LRA")}
    integrated, peak, spread = (float(match.group(1)) if match else -math.inf for match in found.values())
    return Measured(integrated if integrated > _SILENT_LUFS else -math.inf, peak, max(0.0, spread))


def levelled(mix: Path, target: Path, profile: Profile, sample_rate: int, cancel: Cancel | None = None) -> Path:
    """A mix in float brought to the profile: written to `target` in 24 bits.

    Args:
        sample_rate: of the mix, Hz.

    Raises:
        FFmpegFailed, OutputUnwritable, Cancelled.
    """
    _found(mix, target, profile, sample_rate, cancel)
    return target


def levelling(mix: Path, scratch: Path, profile: Profile, sample_rate: int, cancel: Cancel | None = None) -> Levelling:
    """What `levelled` does to this mix.

    Args:
        scratch: a folder to write trials to.
    """
    return _found(mix, scratch / "trial.wav", profile, sample_rate, cancel)


def _found(mix: Path, target: Path, profile: Profile, sample_rate: int, cancel: Cancel | None) -> Levelling:
    """Try, measure, and try again until the trial at `target` is what the profile asks for, also as AAC."""
    heard = measure(mix)
    if heard.integrated == -math.inf:
        apply(Levelling(0.0), mix, target, sample_rate)
        return Levelling(0.0)
    gain, ceiling = profile.integrated - heard.integrated, profile.true_peak - _CODEC_ROOM
    too_quiet, too_loud = -math.inf, math.inf
    peaks, best, least = None, Levelling(gain), math.inf
    for number in range(_TRIALS):
        if cancel is not None and cancel.is_set():
            raise Cancelled("Stopped. Finished takes are kept in the cache.")
        done = Levelling(gain)
        if heard.true_peak + gain > ceiling:
            peaks = _peaks(mix) if peaks is None else peaks
            done = Levelling(gain, _dips(peaks, gain, ceiling))
        apply(done, mix, target, sample_rate)
        reached = _coded(target, sample_rate, cancel)
        # The file that is encoded may be handed out as it is, too.
        plain = heard.true_peak + gain if done.dips is None else measure(target).true_peak
        missing, over = profile.integrated - reached.integrated, max(reached.true_peak, plain) - profile.true_peak
        if abs(missing) + max(0.0, over) < least:
            best, least = done, abs(missing) + max(0.0, over)
        if least < (CLOSE_LU if number < _TRIALS // 2 else TOLERANCE_LU / 2):
            break
        if over > 0:
            ceiling, too_quiet, too_loud = ceiling - over - 0.1, -math.inf, math.inf
        too_quiet, too_loud = (gain, too_loud) if missing > 0 else (too_quiet, gain)
        # The limiter takes some loudness with the peaks: given back until nothing is missing. The gates of BS.1770 let
        # loudness jump where a quiet stretch begins to count; there the jump is closed in on from both sides.
        gain += missing
        if not too_quiet < gain < too_loud:
            gain = (too_quiet + too_loud) / 2
    if best is not done:
        apply(best, mix, target, sample_rate)
    return best


def _coded(sound: Path, sample_rate: int, cancel: Cancel | None) -> Measured:
    """What is heard of it once it has been AAC."""
    coded = sound.with_name(sound.stem + "-coded.m4a")
    command = ["-i", str(sound), "-c:a", "aac", "-b:a", f"{_AAC_KBPS}k", "-ar", str(sample_rate), str(coded)]
    try:
        ffmpeg.run(command, cancel=cancel)
        return measure(coded)
    finally:
        coded.unlink(missing_ok=True)


def apply(done: Levelling, source: Path, target: Path, sample_rate: int) -> None:
    """Write `source` with what was done to a mix of the same length, as WAV in 24 bits."""
    write_blocks(target, _applied(done, source), sample_rate)


def _applied(done: Levelling, source: Path) -> Iterator[F32]:
    gain = np.float32(10 ** (done.gain / 20))
    begin = 0
    for block in channel_blocks(source):
        end = begin + block.shape[1]
        curve: F32 | np.float32 = gain
        if done.dips is not None:
            places = np.arange(begin, end) / _STEP - 0.5
            curve = gain * np.interp(places, np.arange(len(done.dips)), done.dips).astype(np.float32)
        yield block * curve
        begin = end


def _peaks(mix: Path) -> F32:
    """float32 (K,): the largest magnitude in each step of the mix, between its samples too, in any channel."""
    found: list[F32] = []
    taps = _interpolator()
    reach = taps.shape[1] // 2
    tail = np.zeros((0, 0), np.float32)
    for block in channel_blocks(mix):
        if not tail.size:
            tail = np.zeros((block.shape[0], reach), np.float32)
        held = np.concatenate([tail, block], axis=1)
        whole = (held.shape[1] - 2 * reach) // _STEP * _STEP
        if whole > 0:
            found.append(_largest(held[:, : whole + 2 * reach], taps))
        tail = held[:, max(0, whole) :]
    rest = np.pad(tail, ((0, 0), (0, reach + _STEP)))
    whole = (rest.shape[1] - 2 * reach) // _STEP * _STEP
    found.append(_largest(rest[:, : whole + 2 * reach], taps))
    return np.concatenate(found)


def _largest(held: F32, taps: F32) -> F32:
    """float32 (T / _STEP,) of float32 (C, T + 2 · reach)."""
    from scipy.signal import oaconvolve

    reach = taps.shape[1] // 2
    top = np.abs(held[:, reach : held.shape[1] - reach]).max(axis=0)
    for phase in taps:
        between = oaconvolve(held, phase[None], mode="valid", axes=1)[:, : top.shape[0]]
        top = np.maximum(top, np.abs(between).max(axis=0))
    return np.asarray(top.reshape(-1, _STEP).max(axis=1), np.float32)


@lru_cache(maxsize=1)
def _interpolator() -> F32:
    """float32 (3, 48): sinc filters under a Kaiser window, for a quarter, a half and three quarters of a sample."""
    half = 24
    places = np.arange(-half, half)[None] + 1 - np.arange(1, _OVERSAMPLING)[:, None] / _OVERSAMPLING
    window = np.i0(7.0 * np.sqrt(np.maximum(0, 1 - (places / half) ** 2))) / np.i0(7.0)
    taps = np.sinc(places) * window
    return np.asarray(taps / taps.sum(axis=1, keepdims=True), np.float32)


def _dips(peaks: F32, gain: float, ceiling: float) -> F32:
    """The limiter's curve: down before each peak, held over it, and slowly back."""
    from scipy.ndimage import minimum_filter1d

    limit = 10 ** (ceiling / 20)
    allowed = np.minimum(1.0, limit / np.maximum(peaks * 10 ** (gain / 20), limit)).astype(np.float64)
    # One point more on either side: between two points the curve is a straight line.
    allowed = minimum_filter1d(allowed, 2 * _LOOK + 3, mode="nearest")
    back = 1 - math.exp(-1 / _RELEASE)
    level = 1.0
    for point in np.flatnonzero(_touched(allowed)):
        level = min(float(allowed[point]), level + (1 - level) * back)
        allowed[point] = level
    bell = np.hanning(2 * _LOOK + 3)[1:-1]
    padded = np.pad(allowed, _LOOK, mode="edge")
    return np.asarray(np.convolve(padded, bell / bell.sum(), "valid"), np.float32)


def _touched(allowed: F64) -> NDArray[np.bool_]:
    """Where the limiter works or has not quite come back: everywhere else the curve is 1 already."""
    after = round(12 * _RELEASE)  # then 6 millionths are missing
    low = np.flatnonzero(allowed < 1)
    marks = np.zeros(len(allowed) + after + 1, np.int64)
    np.add.at(marks, low, 1)
    np.add.at(marks, low + after, -1)
    return np.asarray(marks[: len(allowed)].cumsum() > 0)
