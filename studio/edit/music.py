"""A soft bed of original music, synthesised: warm pads and a sparse, felt-like piano over slow chords.

Nothing is sampled and nobody holds rights in it. The same seed gives the same samples.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Literal

import numpy as np

from studio.edit.timeline import frame_at
from studio.media.audio import resample
from studio.types import F32, AudioClip

Mood = Literal["calm", "solemn"]

TARGET_LUFS = -20.0  # before ducking: under a voice at -16 it then lies some 16 dB lower
_PEAK = 0.7  # full scale; a bed never needs more
# Nothing in the bed is above 4.5 kHz, so it is made at 12 kHz, for a quarter of the work, and brought to the film's
# rate at the end.
_RATE = 12_000
_TABLE = 2**16  # samples of a pad's loop: 5.5 s, long enough that no repeat is heard
_NOTE_SECONDS = 7.0
_A4 = 69
_PLACES = ((1, 3, 6), (0, 3), (1, 4, 5), (2, 6))  # beats of the bar on which the melody moves
_STEPS = (0.14, 0.40, 0.30, 0.16)  # how often the melody stays, or takes the nearest, second, third nearest chord tone


@dataclass(frozen=True)
class _Style:
    """What a mood is made of."""

    beat: float
    """s."""
    chords: tuple[tuple[int, ...], ...]
    """MIDI notes of the pads, bass first; one chord lasts eight beats."""
    melody: tuple[int, int]
    """Lowest and highest MIDI note of the piano's upper voice."""
    brightness: float
    """How fast the pads' overtones fall: partial n has amplitude n^-(1/brightness)."""


_STYLES: dict[Mood, _Style] = {
    # D major: I add9, vi7, IV maj7, V sus | I/3, IV add9, ii7, V sus-V.
    "calm": _Style(
        0.92,
        (
            (38, 50, 57, 64, 66),
            (35, 47, 57, 62, 66),
            (43, 50, 59, 62, 66),
            (45, 52, 57, 62, 64),
            (42, 50, 57, 62, 69),
            (43, 55, 59, 62, 69),
            (40, 52, 59, 62, 67),
            (45, 52, 57, 61, 64),
        ),
        (69, 83),
        0.62,
    ),
    # D minor: i, VI maj7, III, VII | iv7, i/3, VI, V sus-v.
    "solemn": _Style(
        1.12,
        (
            (38, 50, 57, 62, 65),
            (34, 46, 57, 62, 65),
            (41, 48, 57, 60, 65),
            (36, 48, 55, 62, 64),
            (43, 50, 58, 62, 65),
            (41, 50, 57, 62, 69),
            (46, 53, 58, 62, 65),
            (45, 52, 57, 62, 64),
        ),
        (65, 77),
        0.55,
    ),
}


def bed(duration: Fraction, *, mood: Mood = "calm", seed: int = 0, sample_rate: int = 48_000) -> AudioClip:
    """Stereo music of exactly `duration` s, about -20 LUFS, fading in and out.

    Raises:
        ValueError: no duration.
    """
    total = frame_at(duration, Fraction(sample_rate))
    if total <= 0:
        raise ValueError("music needs a duration")
    style = _STYLES[mood]
    random = np.random.default_rng([seed, 0 if mood == "calm" else 1])
    out = np.zeros((2, int(duration * _RATE) + _RATE), np.float32)
    bar = 8 * style.beat
    last = style.melody[0] + 5
    for number, chord in enumerate(_progression(style, float(duration) / bar)):
        _pads(out, chord, number * bar, bar, style)
        if number * bar < float(duration) - 4:  # no stroke into the closing fade
            last = _piano(out, chord, number, style, random, last)
    _level(out)
    full = resample(AudioClip(out, _RATE), sample_rate).samples[:, :total].copy()
    _fade(full, sample_rate)
    return AudioClip(full, sample_rate)


def _progression(style: _Style, bars: float) -> list[tuple[int, ...]]:
    """The chords, round and round, coming home to the first one for the last bar."""
    count = int(np.ceil(bars))
    chords = [style.chords[number % len(style.chords)] for number in range(count + 1)]
    home = max(0, int(bars) - 1)
    if home >= 2:
        chords[home - 1] = style.chords[-1]
        chords[home:] = [style.chords[0]] * (len(chords) - home)
    return chords


def _pads(out: F32, chord: Sequence[int], start_s: float, bar: float, style: _Style) -> None:
    """One chord, swelling in while the last one dies away."""
    rise, fall = 0.42 * bar, 0.55 * bar
    length = round((bar + fall) * _RATE)
    time = np.arange(length, dtype=np.float32) / _RATE
    swell = np.sin(np.pi / 2 * np.clip(time / rise, 0, 1)) ** 2
    swell *= np.cos(np.pi / 2 * np.clip((time - bar) / fall, 0, 1)) ** 2
    begin = round((start_s - rise * 0.5) * _RATE)
    for voice, note in enumerate(chord):
        table = _pad_table(note, style.brightness)
        # The loop is entered elsewhere for each chord, so that a held note does not come back alike.
        offset = (begin * (voice + 3)) % _TABLE
        index = (np.arange(length) + offset) % _TABLE
        loudness = 0.55 if voice < 2 else 0.62
        _mix(out, table[:, index] * (swell * np.float32(loudness)), begin)


def _piano(
    out: F32,
    chord: Sequence[int],
    number: int,
    style: _Style,
    random: np.random.Generator,
    last: int,
) -> int:
    """A few notes over one chord: a broken chord below, a slow melody above. Gives the melody's last note."""
    beats: list[tuple[float, int, float]] = [(0, chord[1], 0.42), (2, chord[2], 0.34), (4, chord[3], 0.32)]
    if number % 2:
        beats.append((5.5, chord[2], 0.26))
    # Every fourth bar the melody rests on one note, as a singer breathes.
    places: tuple[float, ...] = (0.5,) if number % 4 == 3 else _PLACES[int(random.integers(4))]
    low, high = style.melody
    tones = [note for note in range(low, high + 1) if any((note - tone) % 12 == 0 for tone in chord)]
    for place in places:
        near = sorted(tones, key=lambda note: abs(note - last))
        last = near[min(int(random.choice(4, p=_STEPS)), len(near) - 1)]
        beats.append((place, last, float(random.uniform(0.42, 0.58))))
    for beat, note, velocity in beats:
        late = float(random.normal(0, 0.012)) + 0.02
        start = (8 * number + beat) * style.beat + late
        _mix(out, _piano_note(note) * np.float32(velocity), round(start * _RATE))
    return last


def _mix(out: F32, sound: F32, begin: int) -> None:
    """Add `sound` (2, T) to `out` at sample `begin`; what lies outside is cut."""
    first, last = max(0, begin), min(out.shape[1], begin + sound.shape[1])
    if last > first:
        out[:, first:last] += sound[:, first - begin : last - begin]


@lru_cache(maxsize=64)
def _pad_table(note: int, brightness: float) -> F32:
    """float32 (2, _TABLE): a loop of a slowly shimmering tone.

    Nasca Octavian Paul's PADsynth: every partial is a narrow bell in the spectrum with random phases, so that the
    inverse transform sounds like an ensemble and loops without a seam.
    """
    random = np.random.default_rng([note, round(brightness * 1000)])
    frequency = 440.0 * 2 ** ((note - _A4) / 12)
    bins = np.fft.rfftfreq(_TABLE, 1 / _RATE)
    spectrum = np.zeros(bins.shape[0])
    for partial in range(1, 25):
        centre = partial * frequency
        if centre > 4500:
            break
        width = centre * (2 ** (9 / 1200) - 1) + 0.15  # 9 cents of spread
        amplitude = partial ** (-1 / brightness) * np.exp(-centre / 2400)
        spectrum += amplitude / np.sqrt(width) * np.exp(-(((bins - centre) / width) ** 2))
    # Low notes carry more power to the ear of a small loudspeaker than they are worth: gently down below 80 Hz.
    spectrum *= 1 / (1 + (55 / np.maximum(bins, 1)) ** 4)
    phases = random.uniform(0, 2 * np.pi, (2, bins.shape[0]))
    # Left and right share part of their phases: wide, and still whole in mono.
    phases[1] = phases[0] + 0.6 * (phases[1] - np.pi)
    sides = np.fft.irfft(spectrum * np.exp(1j * phases), _TABLE)
    return np.asarray(0.05 * sides / np.sqrt(np.mean(sides**2)), np.float32)


@lru_cache(maxsize=64)
def _piano_note(note: int) -> F32:
    """float32 (2, T): one soft hammer stroke in its own room."""
    from scipy.signal import fftconvolve

    frequency = 440.0 * 2 ** ((note - _A4) / 12)
    time = np.arange(round(_NOTE_SECONDS * _RATE)) / _RATE
    sound = np.zeros(time.shape[0])
    for partial in range(1, 13):
        stiff = partial * frequency * np.sqrt(1 + 0.00035 * partial**2)  # strings are a little sharp in the overtones
        if stiff > 4200:
            break
        amplitude = partial**-1.25 * np.exp(-stiff / 1300)  # felt takes the brightness
        decay = 0.45 + 0.22 * partial + frequency / 900
        # Two strings a hair apart: the tone breathes as it dies.
        for detune, share in ((1 - 0.00025, 0.55), (1 + 0.0003, 0.45)):
            sound += share * amplitude * np.sin(2 * np.pi * stiff * detune * time) * np.exp(-decay * time)
    attack = np.sin(np.pi / 2 * np.clip(time / 0.012, 0, 1)) ** 2
    end = np.cos(np.pi / 2 * np.clip((time - _NOTE_SECONDS + 1.5) / 1.5, 0, 1)) ** 2
    sound *= attack * end
    sound *= 0.36 / np.abs(sound).max()
    side = np.clip((note - 64) / 40, -0.5, 0.5)  # low strings at the left, high at the right, as from the bench
    dry = np.stack([sound * np.sqrt(0.5 - side / 2), sound * np.sqrt(0.5 + side / 2)])
    room = _room()
    wet = np.stack([fftconvolve(channel, room[n]) for n, channel in enumerate(np.stack([sound, sound]))])
    result = 0.42 * wet
    result[:, : dry.shape[1]] += dry
    return np.asarray(result, np.float32)


@lru_cache(maxsize=1)
def _room() -> F32:
    """float32 (2, T): the echo of a large quiet room, 2.6 s, whose high tones die first."""
    from scipy.signal import butter, sosfilt

    random = np.random.default_rng(1906)
    time = np.arange(round(2.6 * _RATE)) / _RATE
    echo = np.zeros((2, time.shape[0]))
    for low, high, reverberation in ((150, 600, 2.6), (600, 1800, 2.0), (1800, 5000, 1.1)):
        noise = random.normal(0, 1, echo.shape)
        band = butter(2, (low, high), "bandpass", fs=_RATE, output="sos")
        # -60 dB after `reverberation` s.
        echo += sosfilt(band, noise) * np.exp(-6.9 * time / reverberation)
    echo *= np.clip((time - 0.018) / 0.03, 0, 1) * np.clip((2.6 - time) / 0.3, 0, 1)
    return np.asarray(echo / np.sqrt((echo**2).sum(axis=1, keepdims=True)), np.float32)


def _level(out: F32) -> None:
    """Bring to the target loudness, in place; never over the peak."""
    gain = 10 ** ((TARGET_LUFS - _loudness(out)) / 20)
    peak = float(np.abs(out).max())
    out *= np.float32(min(gain, _PEAK / peak if peak else 1.0))


def _loudness(samples: F32) -> float:
    """Loudness of the middle minute, LUFS without gates, by ITU-R BS.1770's two filters."""
    from scipy.signal import bilinear, lfilter

    middle = samples.shape[1] // 2
    part = samples[:, max(0, middle - 30 * _RATE) : middle + 30 * _RATE].astype(np.float64)
    # The analogue prototypes behind the standard's 48 kHz table (De Man 2014): high shelf +4 dB, high pass 38 Hz.
    shelf, quality, low, low_quality = 2 * np.pi * 1681.97, 0.70718, 2 * np.pi * 38.135, 0.50033
    gain = 10 ** (3.99984 / 20)
    prototypes = (
        ([gain, shelf * gain**0.49967 / quality, shelf**2], [1, shelf / quality, shelf**2]),
        ([1, 0, 0], [1, low / low_quality, low**2]),
    )
    for above, below in prototypes:
        part = lfilter(*bilinear(above, below, _RATE), part, axis=1)
    power = float((part**2).mean(axis=1).sum())
    return -0.691 + 10 * math.log10(max(power, 1e-12))


def _fade(out: F32, rate: int) -> None:
    """Two seconds in, four out, less where there is less; in place. Begins and ends on exact silence."""
    total = out.shape[1]
    opening, closing = min(2 * rate, total // 4), min(4 * rate, total // 3)
    out[:, :opening] *= (np.sin(np.linspace(0, np.pi / 2, opening)) ** 2).astype(np.float32)
    out[:, total - closing :] *= (np.sin(np.linspace(np.pi / 2, 0, closing)) ** 2).astype(np.float32)
