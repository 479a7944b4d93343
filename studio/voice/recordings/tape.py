"""What a recording sounds like besides the voice in it: its tone, its band, its noise, its room, its limits.

Everything is measured relative to the level of the voice, so that it can be laid on another voice at any level.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.errors import AudioUnusable
from studio.media.audio import resample
from studio.media.blocks import clip_blocks
from studio.types import F32, AudioClip
from studio.voice.loudness import level_db
from studio.voice.recordings import activity

F64 = NDArray[np.float64]

SAMPLE_RATE = 48_000  # Hz everything is measured at
BANDS_PER_OCTAVE = 12
HERTZ = 40.0 * 2.0 ** (np.arange(108) / BANDS_PER_OCTAVE)
"""Hz, float64 (108,): the middles of the bands, 40 Hz … 19.3 kHz."""
NOTHING_DB = -150.0  # per Hz, below the voice's level: no recording reaches down there
MEASURED_S = 180  # of all recordings together; tone and noise of a tape do not change after that
DRY_S = 0.25  # how fast speech in no room at all dies away (measured: 0.18 … 0.26 s)
_FRAME, _HOP = 4096, 1024  # 85 and 21 ms
_DECAY_RATE = 16_000  # Hz
_SPOKEN, _PAUSE = 0.5, 0.15  # certainty of speech
_FEW_PAUSES = 8  # frames, 0.25 s in all; with fewer the softest moment of each frequency has to do
_SOFTEST, _FREE = 0.05, 0.5  # share of short frames those moments are taken from; share without voice
_SPREAD = 1.5  # by how much the middle of noise may lie above where its softest moments put it
_CLICKS = 0.98  # share of frames that are no clicks
_HEARD_DB = 3.0  # above the noise: where there is voice
_LINE_DB = 10.0  # above its neighbours: hum
_CREST_SHARE = 99.9  # percentile of samples that counts as the top


@dataclass(frozen=True, eq=False)
class Texture:
    """The sound of a tape. Levels are dB relative to the gated level of the voice on it."""

    voice: F32
    """float32 (108,): power per Hz of the voice alone; where it is not heard, at most the noise."""
    noise: F32
    """float32 (108,): power per Hz of what is heard in the pauses, hum left out; NOTHING_DB where it is silent."""
    lines: F32
    """float32 (K, 2): hum, Hz and level; K may be 0."""
    band: tuple[float, float]
    """Hz, from where to where there is voice."""
    decay_s: float
    """How slowly sounds die away, as the time for 60 dB: about DRY_S without a room, longer in a hall."""
    crest_db: float
    """Peaks over the level of the voice: about 13 dB in free speech, less where a tape or a limiter held them down."""

    @property
    def noise_db(self) -> float:
        """Level of the whole floor, hum included; NOTHING_DB or less for none."""
        power = float(np.sum(10 ** (self.noise.astype(np.float64) / 10) * _widths()))
        power += float(np.sum(10 ** (self.lines[:, 1].astype(np.float64) / 10)))
        return float(10 * np.log10(max(power, 1e-30)))

    def tensors(self) -> dict[str, F32]:
        """As a voice profile keeps it: float32 by names that begin with "texture_"."""
        limits = np.array([*self.band, self.decay_s, self.crest_db], dtype=np.float32)
        return {
            "texture_voice": self.voice,
            "texture_noise": self.noise,
            "texture_lines": self.lines,
            "texture_limits": limits,
        }

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, F32]) -> Texture | None:
        """What `tensors` gave; None where a profile holds none."""
        if "texture_limits" not in tensors:
            return None
        low, high, decay_s, crest_db = (float(value) for value in tensors["texture_limits"])
        lines = tensors["texture_lines"].reshape(-1, 2)
        return cls(tensors["texture_voice"], tensors["texture_noise"], lines, (low, high), decay_s, crest_db)


def texture_of(clips: Sequence[AudioClip]) -> Texture:
    """The texture of recordings as they are, not cleaned; the first `MEASURED_S` seconds of them are looked at.

    Raises:
        AudioUnusable: nobody speaks in them.
        EngineUnavailable: silero-vad is not installed.
    """
    samples = _together(clips)
    level = level_db(samples, SAMPLE_RATE)
    spoken = _certainty(samples)
    if not np.isfinite(level) or not (spoken > _SPOKEN).any():
        raise AudioUnusable("Nobody speaks in the recordings: the sound of the tape cannot be told from the voice.")
    power = spectrogram(samples)
    hum = _lines(samples, level)
    fine = _floor(samples, power, spoken)
    noise = to_bands(_without_lines(fine, hum), level)
    voice, heard = _voice(power[spoken > _SPOKEN], fine, level)
    edges = HERTZ[heard] if heard.any() else HERTZ[[0, -1]]
    return Texture(
        voice=voice.astype(np.float32),
        noise=noise.astype(np.float32),
        lines=hum.astype(np.float32),
        band=(float(edges[0]), float(edges[-1])),
        decay_s=decay_s(samples),
        crest_db=crest_db(samples, level),
    )


def voice_spectrum(samples: F32) -> tuple[F64, float]:
    """Power per Hz of the voice in float32 (T,) at 48 kHz, dB relative to its level, float64 (108,); and for how long.

    Raises:
        AudioUnusable: nobody speaks in it.
    """
    spoken = _certainty(samples)
    level = level_db(samples, SAMPLE_RATE)
    if not np.isfinite(level) or not (spoken > _SPOKEN).any():
        raise AudioUnusable("Nobody speaks in the sound.")
    power = spectrogram(samples)
    spectrum, _ = _voice(power[spoken > _SPOKEN], _floor(samples, power, spoken), level)
    return spectrum, float((spoken > _SPOKEN).sum() * _HOP / SAMPLE_RATE)


def crest_db(samples: F32, level: float) -> float:
    """How far the tops of float32 (T,) stand above the voice's level (dBFS), dB."""
    top = float(np.percentile(np.abs(samples), _CREST_SHARE))
    return float(20 * np.log10(max(top, 1e-9)) - level)


def decay_s(samples: F32) -> float:
    """How slowly sounds die away in float32 (T,) at 48 kHz, s for 60 dB; `DRY_S` where too few of them end freely.

    The falls of loudness between 0.5 and 4 kHz that go on for 80 ms and 10 dB are looked at; the quarter of them that
    fall fastest shows the room, the others are speech that fades by itself (blind estimates from free decays: Ratnam
    et al. 2003). Measured on dry speech in made-up rooms: 0.18 … 0.26 s dry; 0.3, 0.4 and 0.5 s in rooms of 0.3, 0.5
    and 0.8 s that are as loud as half the voice.
    """
    from scipy.ndimage import gaussian_filter1d
    from scipy.signal import butter, sosfilt

    hop = _DECAY_RATE // 100
    quick = resample(AudioClip(samples[None], SAMPLE_RATE), _DECAY_RATE).mono()
    whole = len(quick) // hop
    if whole < 50:
        return DRY_S
    sections = butter(4, (500, 4000), "bandpass", fs=_DECAY_RATE, output="sos")
    blocks = sosfilt(sections, quick)[: whole * hop].reshape(whole, hop)
    power = np.convolve(np.square(blocks).mean(axis=1), (0.25, 0.5, 0.25), "same")
    floor = float(np.percentile(power, 5))
    level = gaussian_filter1d(10 * np.log10(np.maximum(power - floor, 1e-12)), 1.0)
    top = float(np.percentile(level, 95))
    lowest = max(10 * np.log10(floor + 1e-12) + 6, top - 45)
    falling = (np.diff(level) < 0) & (level[1:] > lowest)
    edges = np.flatnonzero(np.diff(falling.astype(np.int8), prepend=0, append=0))
    found = []
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        if end - start >= 8 and level[start] - level[end] > 10 and level[start] > top - 20:
            # Its beginning is the voice itself, which may end softly.
            slope = np.polyfit(np.arange(start + 2, end + 1) * 0.01, level[start + 2 : end + 1], 1)[0]
            found.append(-60 / slope)
    return float(np.clip(np.percentile(found, 25), 0.1, 2.0)) if len(found) >= 4 else DRY_S


def spectrogram(samples: F32, frame: int = _FRAME) -> F32:
    """Power per Hz of float32 (T,) at 48 kHz, frames of 85 ms every 21 ms, float32 (N, frame / 2 + 1)."""
    window = np.hanning(frame).astype(np.float32)
    padded = np.pad(samples, (0, max(0, frame - len(samples))))
    frames = np.lib.stride_tricks.sliding_window_view(padded, frame)[:: frame // 4]
    scale = np.float32(2 / (SAMPLE_RATE * float(np.square(window).sum())))
    blocks = [
        np.square(np.abs(np.fft.rfft(frames[at : at + 500] * window, axis=1))).astype(np.float32) * scale
        for at in range(0, len(frames), 500)
    ]
    return np.concatenate(blocks)


def to_bands(power: F64, level: float) -> F64:
    """Power per Hz (2049,) as dB relative to `level` dBFS in each band, float64 (108,)."""
    return np.asarray(np.maximum(10 * np.log10(_weights() @ power + 1e-30) - level, NOTHING_DB))


def _together(clips: Sequence[AudioClip]) -> F32:
    """Mono at 48 kHz, each recording brought to one level: a soft one would else count as a pause of a loud one."""
    parts: list[F32] = []
    left = MEASURED_S * SAMPLE_RATE
    for clip in clips:
        short = AudioClip(clip.samples[:, : MEASURED_S * clip.sample_rate].mean(axis=0)[None], clip.sample_rate)
        samples = resample(short, SAMPLE_RATE).mono()[:left]
        level = level_db(samples, SAMPLE_RATE)
        if np.isfinite(level):
            parts.append((samples - samples.mean()) * np.float32(10 ** ((-20 - level) / 20)))
        left -= len(samples)
        if left <= 0:
            break
    return np.concatenate(parts) if parts else np.zeros(0, np.float32)


def _certainty(samples: F32) -> F32:
    """Of speech, for each frame of `spectrogram`: the greatest anywhere in it, so that a pause is a pause all over."""
    count = max(1, (len(samples) - _FRAME) // _HOP + 1)
    sure = activity.certainty(clip_blocks(AudioClip(samples[None], SAMPLE_RATE), activity.SAMPLE_RATE))
    if not len(sure):
        return np.zeros(count, np.float32)
    frame_s = float(activity.FRAME_S)
    starts = np.arange(count) * _HOP / SAMPLE_RATE
    first = np.minimum((starts / frame_s).astype(int), len(sure) - 1)
    steps = range(int(_FRAME / SAMPLE_RATE / frame_s) + 2)
    return np.asarray(np.max([sure[np.minimum(first + step, len(sure) - 1)] for step in steps], axis=0))


def _floor(samples: F32, power: F32, spoken: F32) -> F64:
    """Power per Hz of what sounds while nobody speaks, float64 (2049,)."""
    pauses = power[spoken < _PAUSE]
    if len(pauses) >= _FEW_PAUSES:
        loudness = pauses.sum(axis=1)
        # Breaths, clicks and the ends of words are louder than the room; the quieter half is the room.
        pauses = pauses[loudness <= np.median(loudness)] if len(pauses) >= 2 * _FEW_PAUSES else pauses
        # The median of noise lies at ln 2 of its mean, and no single event can move it.
        return np.asarray(np.median(pauses, axis=0) / np.log(2), np.float64)
    # Nobody ever pauses: then the softest moments of each frequency are noise (after Martin 2001), whose power is
    # distributed exponentially. Where there is voice, about half of the time is free of it even in fluent speech
    # (measured on six voices over known noise: without that half, 3.2 dB too much; with it, none).
    short = spectrogram(samples, _FRAME // 4)
    lowest, middle = np.quantile(short, (_SOFTEST, 0.5), axis=0)
    always = middle / np.log(2)
    sometimes = lowest / -np.log(1 - _SOFTEST / _FREE)
    # Noise alone keeps to its distribution; a voice in it lifts the middle.
    alone = always < _SPREAD * lowest / -np.log(1 - _SOFTEST)
    bins = np.arange(_FRAME // 2 + 1)
    return np.asarray(np.interp(bins / 4, np.arange(len(lowest)), np.where(alone, always, sometimes)), np.float64)


def _voice(power: F32, floor: F64, level: float) -> tuple[F64, NDArray[np.bool_]]:
    """The voice's spectrum in bands, and in which bands it is heard."""
    # A click on the tape is louder than any voice, and short.
    power = np.minimum(power, np.quantile(power, _CLICKS, axis=0))
    both = to_bands(power.mean(axis=0, dtype=np.float64), level)
    noise = to_bands(floor, level)
    clear = (both > noise + _HEARD_DB) & (both > both.max() - 70)
    # Single bands that stand out are chance or hum; the voice is one region.
    heard = _longest(clear)
    clear &= heard
    if not clear.any():
        return np.minimum(both, noise), heard
    alone = 10 * np.log10(np.maximum(10 ** (both[clear] / 10) - 10 ** (noise[clear] / 10), 1e-30))
    within = np.interp(np.arange(len(both)), np.flatnonzero(clear), alone)
    return np.where(heard, within, np.minimum(both, noise)), heard


def _longest(heard: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Only the longest run, gaps of up to half an octave bridged."""
    from scipy.ndimage import binary_closing

    closed = binary_closing(heard, np.ones(BANDS_PER_OCTAVE // 2 + 1))
    edges = np.flatnonzero(np.diff(closed.astype(np.int8), prepend=0, append=0))
    if not len(edges):
        return heard
    starts, ends = edges[::2], edges[1::2]
    best = int(np.argmax(ends - starts))
    inside = np.zeros_like(heard)
    inside[starts[best] : ends[best]] = True
    return inside


def _lines(samples: F32, level: float) -> F64:
    """Mains hum: float64 (K, 2), Hz and dB relative to the voice; multiples of 50 or 60 Hz up to 1 kHz."""
    size = SAMPLE_RATE  # 1 s: bins of 1 Hz; a hum is narrower, a voice never is
    if len(samples) < 2 * size:
        return np.zeros((0, 2))
    frames = np.lib.stride_tricks.sliding_window_view(samples, size)[:: size // 4]
    window = np.hanning(size)
    spectrum = np.square(np.abs(np.fft.rfft(frames * window, axis=1)[:, :1100]))
    # A steady tone is there in the softest moments too; a voice that passes by is not.
    steady = np.quantile(spectrum, 0.2, axis=0)
    found: list[tuple[float, float]] = []
    for base in (50, 60):
        tall = []
        for line in range(base, 1001, base):
            near = np.concatenate([steady[line - 12 : line - 3], steady[line + 4 : line + 13]])
            peak = line - 2 + int(np.argmax(steady[line - 2 : line + 3]))
            height = 10 * np.log10(steady[peak] / (np.median(near) + 1e-30) + 1e-30)
            if height > _LINE_DB:
                whole = float(steady[peak - 2 : peak + 3].sum()) * 2 / (size * float(np.square(window).sum()))
                tall.append((float(peak), 10 * np.log10(whole + 1e-30) - level))
        found += tall if len(tall) >= 2 else []
    unique = {round(hertz): db for hertz, db in found}
    return np.array(sorted(unique.items()), dtype=np.float64).reshape(-1, 2)


def _without_lines(floor: F64, lines: F64) -> F64:
    """The floor with its hum taken out: what is left is noise all over."""
    held = floor.copy()
    for hertz, _ in lines:
        middle = round(hertz * _FRAME / SAMPLE_RATE)
        around = [max(middle - 5, 1), max(middle - 4, 1), middle + 4, middle + 5]
        held[max(middle - 3, 0) : middle + 4] = np.minimum(
            held[max(middle - 3, 0) : middle + 4], np.median(held[around])
        )
    return held


def _widths() -> F64:
    """Of the bands, Hz."""
    half = 2.0 ** (0.5 / BANDS_PER_OCTAVE)
    return np.asarray(HERTZ * (half - 1 / half))


def _weights() -> F64:
    """float64 (108, 2049): triangles an octave's twelfth to either side, at least two bins wide; rows sum to 1."""
    bins = np.arange(_FRAME // 2 + 1) * SAMPLE_RATE / _FRAME
    reach = np.maximum(HERTZ * (2.0 ** (1 / BANDS_PER_OCTAVE) - 1), SAMPLE_RATE / _FRAME * 1.01)
    weights = np.maximum(0, 1 - np.abs(bins - HERTZ[:, None]) / reach[:, None])
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))
