"""What a recording is good for and what is wrong with it, measured block by block: three hours need no more memory."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from studio.errors import AudioUnusable
from studio.types import F32
from studio.voice.loudness import fade, level_db
from studio.voice.recordings import clicks, clipping, hum, sibilance
from studio.voice.recordings.passing import evened
from studio.voice.recordings.rnnoise import FRAME, SAMPLE_RATE, Denoiser

F64 = NDArray[np.float64]

MIN_VOICED_S = 1.0
HIGH_PASS_HZ = 40.0  # below lies rumble and no voice
VOICE = 0.5  # RNNoise's certainty from which a frame counts as voice
EXCERPT_S = 60  # s of a recording that are looked at closely: those with the most voice in them
_PIECE_S = 10
_SILENT_DB = -60.0  # dBFS; no voice was ever recorded so softly that 16 bits still held it
_HIDDEN_CUT = 0.2  # of all samples: nothing can be put back any more
_QUIET_SHARE, _LOUD_SHARE = 5, 90  # percentiles of frame levels taken as noise and as voice
_BANDWIDTH_DROP_DB = 55.0  # below the strongest band: nothing of the voice is heard there any more
OFFSET = 0.003  # of full scale, from which it is a fault; a sound card's own is smaller
_CLICKS = 0.2  # certain ones a second, from which there is a fault
CLEAN_DB = 40.0  # the voice over the pauses, from which a recording is clean
_RUMBLE_DB = -20.0  # of what lies below 40 Hz under the voice: there it can be heard, and moves the loudspeaker
# Without any other noise that much is part of the recording. The speaker encoder hears it too: taken out, it costs .01.
_RUMBLE_ALONE_DB = -10.0

Source = Callable[[], Iterator[F32]]
"""Opens a recording from its beginning: mono blocks, float32 (T,), always at the same rate."""


@dataclass(frozen=True)
class VoiceReport:
    """How good a recording is for learning a voice."""

    snr_db: float
    """Level of the voice over that of the pauses; too small where nobody ever pauses."""
    clipped: float
    """Share of samples cut off at the top, 0 … 1."""
    bandwidth_hz: float
    """Up to where there is voice: about 3400 from a telephone, 8000 and more from a good microphone."""
    voiced_s: float
    """How long somebody speaks, s."""
    level_db: float
    """Gated RMS, dBFS."""

    def advice(self) -> tuple[str, ...]:
        """What the recording lacks, in sentences; empty where it is good."""
        said = []
        if self.snr_db < 15:
            said.append(f"The recording is noisy (the voice is {self.snr_db:.0f} dB above the noise; 25 is good).")
        if self.clipped > 0.001:
            said.append(f"{self.clipped:.1%} of the sound is cut off because it was recorded too loudly.")
        if self.bandwidth_hz < 5000:
            said.append(f"There is no voice above {self.bandwidth_hz:.0f} Hz: it sounds like a telephone.")
        if self.voiced_s < 10:
            said.append(f"Only {self.voiced_s:.0f} s of voice; from 30 s on the likeness is better.")
        return tuple(said)


@dataclass(frozen=True)
class Faults:
    """What is wrong with a recording and can be mended; 0 and None where nothing is."""

    offset: float = 0.0
    """Of the zero line, of full scale; always taken out, and worth a word from `OFFSET` on."""
    cut: clipping.Cut | None = None
    clicks: float = 0.0
    """A second."""
    hum: hum.Hum | None = None
    rumble: bool = False
    sharpness_db: float = 0.0
    """By which the s is sharper than it may be."""
    vowels: float = 0.0
    """Mean square of the loud vowels."""


@dataclass(frozen=True, eq=False)
class Condition:
    """A recording, listened to once."""

    report: VoiceReport
    faults: Faults
    span: tuple[float, float]
    """s, from a little before the first voice to a little after the last."""
    excerpt: F32
    """float32 (T,) at the recording's own rate: at most `EXCERPT_S` s of it, those with the most voice."""
    whole: bool
    """True where the excerpt is the whole recording."""


def refuse(report: VoiceReport) -> None:
    """Raises AudioUnusable where no voice can be had from what was measured."""
    if report.level_db < _SILENT_DB:
        raise AudioUnusable("The recording is silent. Choose one in which the person speaks.")
    if report.clipped > _HIDDEN_CUT:
        raise AudioUnusable(
            f"{report.clipped:.0%} of the recording is cut off because it was recorded too loudly. Choose another one."
        )
    if report.voiced_s < MIN_VOICED_S:
        raise AudioUnusable(
            f"Only {report.voiced_s:.1f} s of voice were found in the recording; at least {MIN_VOICED_S:.0f} s "
            "is needed, 30 s is good. Choose a longer one, with nobody else and no music in it."
        )


def listened(source: Source, sample_rate: int, *, closely: bool = True) -> Condition:
    """Listens to a recording once and measures it; never refuses.

    Args:
        closely: look for every fault that can be mended; else only for what the report needs.
    """
    first = _First(sample_rate)
    for block in source():
        first.hear(block)
    first.end()
    levels, voice = np.concatenate(first.levels), np.concatenate(first.voice)
    chosen = first.excerpt()
    centred = chosen - np.float32(first.offset)
    snr = snr_db(levels)
    rumble_db = _RUMBLE_DB if snr < CLEAN_DB else _RUMBLE_ALONE_DB
    faults = _faults(chosen, centred, first.cut, sample_rate, rumble_db) if closely else Faults(cut=first.cut)
    voiced = np.flatnonzero(voice > VOICE)
    ends = (voiced[0], voiced[-1] + 1) if len(voiced) else (0, 0)
    report = VoiceReport(
        snr_db=snr,
        clipped=faults.cut.share if faults.cut else 0.0,
        bandwidth_hz=_bandwidth(centred, first.of_excerpt(first.levels), first.of_excerpt(first.voice), sample_rate),
        voiced_s=len(voiced) * FRAME / SAMPLE_RATE,
        level_db=level_db(centred, sample_rate),
    )
    span = ends[0] * FRAME / SAMPLE_RATE, ends[1] * FRAME / SAMPLE_RATE
    return Condition(report, replace(faults, offset=first.offset), span, chosen, first.whole)


def snr_db(levels: F32) -> float:
    """Level of the voice over that of the pauses, from levels of frames of 10 ms, dB; 0 where nothing sounds."""
    sounding = levels[levels > -90]  # digital silence says nothing of the room's noise
    if not len(sounding):
        return 0.0
    return float(np.percentile(sounding, _LOUD_SHARE) - np.percentile(sounding, _QUIET_SHARE))


def frame_levels(samples: F32) -> F32:
    """dBFS of every whole frame of 10 ms of float32 (T,) at 48 kHz, float32 (frames,)."""
    frames = samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME)
    power = np.einsum("ij,ij->i", frames, frames) / FRAME
    return np.asarray(10 * np.log10(power + 1e-10), dtype=np.float32)


def resampled(blocks: Iterable[F32], sample_rate: int) -> Iterator[F32]:
    """Mono blocks at 48 kHz."""
    import soxr

    if sample_rate == SAMPLE_RATE:
        yield from blocks
        return
    stream = soxr.ResampleStream(sample_rate, SAMPLE_RATE, 1, dtype="float32", quality="VHQ")
    for block in blocks:
        yield stream.resample_chunk(block)
    yield stream.resample_chunk(np.zeros(0, dtype=np.float32), last=True)


def high_passed(blocks: Iterable[F32]) -> Iterator[F32]:
    """Blocks at 48 kHz without what lies below `HIGH_PASS_HZ`."""
    from scipy.signal import butter, sosfilt, sosfilt_zi

    sections = butter(4, HIGH_PASS_HZ, "highpass", fs=SAMPLE_RATE, output="sos")
    state = None
    for block in blocks:
        if state is None and len(block):
            # As if the sound had stood at its first value for ever: an offset does not ring where it starts.
            state = sosfilt_zi(sections) * block[0]
        if state is not None:
            out, state = sosfilt(sections, block, zi=state)
            yield np.asarray(out, dtype=np.float32)


@dataclass(eq=False)
class _First:
    """What is gathered while a recording goes by, in pieces of `_PIECE_S`."""

    sample_rate: int
    levels: list[F32] = field(default_factory=list)
    """Of each piece."""
    voice: list[F32] = field(default_factory=list)
    """Of each piece."""
    _tops: clipping.Tops = field(default_factory=clipping.Tops)
    _sum: float = 0.0
    _count: int = 0
    _best: list[tuple[int, int, F32]] = field(default_factory=list)  # voiced frames, −which piece, its sound
    _held: F32 = field(default_factory=lambda: np.zeros(0, np.float32))

    def hear(self, block: F32) -> None:
        self._tops.hear(block)
        self._sum += float(block.sum(dtype=np.float64))
        self._count += len(block)
        joined = np.concatenate([self._held, block])
        size = _PIECE_S * self.sample_rate
        whole = len(joined) // size * size
        for start in range(0, whole, size):
            self._weigh(joined[start : start + size])
        self._held = joined[whole:]

    def end(self) -> None:
        if len(self._held) or not self.levels:
            self._weigh(self._held)

    def _weigh(self, piece: F32) -> None:
        """Where in these seconds is somebody speaking? The best pieces are kept."""
        levels, voice = _voice_in(piece, self.sample_rate)
        entry = (int((voice > VOICE).sum()), -len(self.voice), piece.copy())
        self.levels.append(levels)
        self.voice.append(voice)
        if len(self._best) < EXCERPT_S // _PIECE_S:
            heapq.heappush(self._best, entry)
        else:
            heapq.heappushpop(self._best, entry)

    @property
    def offset(self) -> float:
        """Mean of all samples."""
        return self._sum / max(self._count, 1)

    @property
    def cut(self) -> clipping.Cut | None:
        return self._tops.cut()

    @property
    def whole(self) -> bool:
        """Does the excerpt leave nothing out?"""
        return len(self._best) == len(self.voice)

    def excerpt(self) -> F32:
        """The pieces with the most voice in order of time, their edges faded where they do not belong together."""
        pieces = [piece for _, _, piece in self._in_order()]
        return np.concatenate(pieces if self.whole else [fade(piece, self.sample_rate) for piece in pieces])

    def of_excerpt(self, frames: list[F32]) -> F32:
        """Only those of `levels` or `voice` that belong to the excerpt."""
        return np.concatenate([frames[-index] for _, index, _ in self._in_order()])

    def _in_order(self) -> list[tuple[int, int, F32]]:
        return sorted(self._best, key=lambda entry: -entry[1])


def _voice_in(piece: F32, sample_rate: int) -> tuple[F32, F32]:
    """Levels and certainty of voice in frames of 10 ms, float32 (frames,) both, without rumble."""
    levels, voice = [], []
    with Denoiser() as denoiser:
        for block in evened(high_passed(resampled([piece], sample_rate)), FRAME):
            levels.append(frame_levels(block))
            voice.append(denoiser.process(block)[1])
        late = 2  # frames that RNNoise looks ahead
        rest = denoiser.process(np.zeros(late * FRAME, dtype=np.float32))[1]
    if not voice:
        return np.zeros(0, np.float32), np.zeros(0, np.float32)
    count = round(len(piece) / sample_rate * SAMPLE_RATE / FRAME)
    certain = np.concatenate([*voice, rest])[late:]
    return np.concatenate(levels)[:count], certain[:count]


def _faults(excerpt: F32, sound: F32, cut: clipping.Cut | None, sample_rate: int, rumble_db: float) -> Faults:
    """Of the excerpt as it is, and without its offset; rumble is a fault from `rumble_db` on."""
    if len(sound) < sample_rate // 2:
        return Faults(cut=cut)
    mended = sound
    if cut and cut.share < _HIDDEN_CUT:
        # The corners of cut tops look like clicks: only those that are left when the tops are back count.
        mended = clipping.declipped(excerpt, cut, sample_rate)
    seconds = len(sound) / sample_rate
    clicking = len(clicks.clicks(mended, sample_rate, certain=True)) / seconds > _CLICKS
    sharp = sibilance.sharpness_db(sound, sample_rate) - sibilance.LIMIT_DB
    return Faults(
        cut=cut,
        clicks=len(clicks.clicks(mended, sample_rate)) / seconds if clicking else 0.0,
        hum=hum.hum([sound], sample_rate),
        rumble=_rumble_db(sound, sample_rate) > rumble_db,
        sharpness_db=max(0.0, sharp),
        vowels=sibilance.vowel_power(sound, sample_rate) if sharp > 0 else 0.0,
    )


def _rumble_db(sound: F32, sample_rate: int) -> float:
    """Level of what lies below 40 Hz over that of everything, dB."""
    size = sample_rate // 5
    frames = sound[: len(sound) // size * size].reshape(-1, size)
    if not len(frames):
        return float("-inf")
    power = np.square(np.abs(np.fft.rfft(frames * np.hanning(size).astype(np.float32), axis=1))).mean(axis=0)
    low = int(40 * size / sample_rate)
    return float(10 * np.log10((power[1:low].sum() + 1e-20) / (power.sum() + 1e-20)))


def _bandwidth(sound: F32, levels: F32, voice: F32, sample_rate: int) -> float:
    """Highest frequency at which speaking is louder than not speaking and within reach of the strongest band, Hz."""
    size = sample_rate // 100
    starts = np.rint(np.arange(len(levels)) * sample_rate * FRAME / SAMPLE_RATE).astype(int)
    starts = starts[starts + size <= len(sound)]
    levels, voiced = levels[: len(starts)], voice[: len(starts)] > VOICE
    if voiced.sum() < 10:
        return 0.0
    frames = np.lib.stride_tricks.sliding_window_view(sound, size)[starts]
    window = np.hanning(size).astype(np.float32)

    def spectrum(chosen: NDArray[np.bool_]) -> F64:
        power = np.square(np.abs(np.fft.rfft(frames[chosen] * window, axis=1)))
        return np.asarray(10 * np.log10(power.mean(axis=0) + 1e-12))

    quiet = levels <= np.percentile(levels, _QUIET_SHARE)
    speech = spectrum(voiced & ~quiet) if (voiced & ~quiet).any() else spectrum(voiced)
    heard = (speech > speech.max() - _BANDWIDTH_DROP_DB) & (speech > spectrum(quiet) + 3)
    hertz = np.arange(len(heard)) * sample_rate / size
    return float(min(hertz[heard].max(initial=0.0), min(sample_rate, SAMPLE_RATE) / 2))
