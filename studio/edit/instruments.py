"""The instruments of the music bed, each note synthesised: a felt piano, a plucked string, a bowed one, a bell, pads.

Nothing is sampled. A note is made once and kept; its room is part of it.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from studio.ear import F64
from studio.types import F32

RATE = 16_000  # Hz: nothing in a bed is above 6 kHz, so it is made at a third of the film's rate
_TABLE = 2**17  # samples of a pad's loop: 8 s, long enough that no repeat is heard
_A4 = 69
_KEPT = 48  # notes of each instrument


def hertz(note: int) -> float:
    """Frequency of a MIDI note, equal temperament, A4 = 440 Hz."""
    return float(440.0 * 2 ** ((note - _A4) / 12))


@lru_cache(maxsize=_KEPT)
def piano(note: int) -> F32:
    """float32 (2, T): one soft hammer stroke."""
    frequency, seconds = hertz(note), 7.0
    time = np.arange(round(seconds * RATE)) / RATE
    sound = np.zeros(time.shape[0])
    for partial in range(1, 15):
        stiff = partial * frequency * np.sqrt(1 + 0.00035 * partial**2)  # strings are a little sharp in the overtones
        if stiff > 5200:
            break
        amplitude = partial**-1.25 * np.exp(-stiff / 1400)  # felt takes the brightness
        decay = 0.45 + 0.22 * partial + frequency / 900
        # Two strings a hair apart: the tone breathes as it dies.
        for detune, share in ((1 - 0.00025, 0.55), (1 + 0.0003, 0.45)):
            sound += share * amplitude * np.sin(2 * np.pi * stiff * detune * time) * np.exp(-decay * time)
    return _in_room(0.36 * _shaped(sound, time, 0.012, 1.5), note, wet=0.42)


@lru_cache(maxsize=_KEPT)
def plucked(note: int) -> F32:
    """float32 (2, T): a nylon string, plucked a quarter of its length from the bridge by the flesh of a thumb."""
    frequency, seconds = hertz(note), 3.5
    time = np.arange(round(seconds * RATE)) / RATE
    sound = np.zeros(time.shape[0])
    for partial in range(1, 24):
        place = partial * frequency * np.sqrt(1 + 0.00008 * partial**2)
        if place > 5800:
            break
        # Where the finger is, an overtone with a node there is missing.
        amplitude = np.abs(np.sin(np.pi * partial * 0.27)) * partial**-1.35 * np.exp(-place / 2100)
        decay = 1.1 + frequency / 420 + 0.55 * partial
        sound += amplitude * np.sin(2 * np.pi * place * time) * np.exp(-decay * time)
    # The body of the instrument answers to every stroke, short and low.
    for body, share in ((112.0, 0.10), (205.0, 0.06)):
        sound += share * np.sin(2 * np.pi * body * time) * np.exp(-22 * time)
    return _in_room(0.34 * _shaped(sound, time, 0.004, 0.8), note, wet=0.3)


@lru_cache(maxsize=_KEPT)
def zither(note: int) -> F32:
    """float32 (2, T): a long wound string, plucked near its end. The tone sinks into its place, then trembles under the
    hand that presses behind the bridge."""
    frequency, seconds = hertz(note), 5.0
    time = np.arange(round(seconds * RATE)) / RATE
    cents = 16 * np.exp(-time / 0.05) + 7 * np.clip((time - 0.35) / 0.5, 0, 1) * np.sin(2 * np.pi * 4.6 * time)
    phase = 2 * np.pi * np.cumsum(2 ** (cents / 1200)) / RATE
    sound = np.zeros(time.shape[0])
    for partial in range(1, 30):
        place = partial * frequency * np.sqrt(1 + 0.00012 * partial**2)
        if place > 5600:
            break
        amplitude = np.abs(np.sin(np.pi * partial * 0.11)) * partial**-0.95 * np.exp(-place / 2000)
        decay = 0.75 + frequency / 520 + 0.34 * partial
        sound += amplitude * np.sin(place * phase) * np.exp(-decay * time)
    return _in_room(0.34 * _shaped(sound, time, 0.003, 1.0), note, wet=0.4)


@lru_cache(maxsize=_KEPT)
def flute(note: int, milliseconds: int) -> F32:
    """float32 (2, T): an end-blown bamboo flute, breath in it, that reaches its tone from just below."""
    frequency, seconds = hertz(note), milliseconds / 1000
    time = np.arange(round((seconds + 0.5) * RATE)) / RATE
    random = np.random.default_rng([note, milliseconds, 7])
    tremble = np.clip((time - 0.6) / 0.9, 0, 1) * np.sin(2 * np.pi * np.cumsum(4.3 + 0.3 * np.sin(1.7 * time)) / RATE)
    cents = -70 * np.exp(-time / 0.06) + 9 * tremble + 3 * np.sin(2 * np.pi * 0.23 * time)
    phase = 2 * np.pi * np.cumsum(frequency * 2 ** (cents / 1200)) / RATE
    tone = sum(
        share * np.sin(partial * phase) for partial, share in ((1, 1.0), (2, 0.22), (3, 0.12), (4, 0.03), (5, 0.015))
    )
    breath = _breath(time.shape[0], frequency, random)
    sound = (tone + 0.05 * breath) * (1 + 0.10 * tremble)
    sound *= np.sin(np.pi / 2 * np.clip(time / min(0.22, 0.4 * seconds), 0, 1)) ** 2
    sound *= np.cos(np.pi / 2 * np.clip((time - seconds + 0.25) / 0.7, 0, 1)) ** 2
    return _in_room(0.2 * sound / np.abs(sound).max(), note, wet=0.6)


def _breath(length: int, frequency: float, random: np.random.Generator) -> F64:
    """Noise as loud as a sine, around a tone and an octave above it."""
    from scipy.signal import butter, sosfilt

    band = butter(2, (0.9 * frequency, min(2.3 * frequency, 0.45 * RATE)), "bandpass", fs=RATE, output="sos")
    noise: F64 = sosfilt(band, random.normal(0, 1, length))
    return np.asarray(noise / (np.sqrt(2 * np.mean(noise**2)) + 1e-12))


@lru_cache(maxsize=_KEPT)
def bell(note: int) -> F32:
    """float32 (2, T): a celesta: steel bars over wooden boxes, struck softly."""
    frequency, seconds = hertz(note), 4.0
    time = np.arange(round(seconds * RATE)) / RATE
    sound = np.zeros(time.shape[0])
    for ratio, share, decay in ((1.0, 1.0, 1.5), (2.0, 0.10, 2.4), (4.02, 0.14, 5.0), (6.3, 0.04, 9.0)):
        if ratio * frequency < 6000:
            sound += share * np.sin(2 * np.pi * ratio * frequency * time) * np.exp(-decay * time)
    return _in_room(0.2 * _shaped(sound, time, 0.006, 1.0), note, wet=0.6)


@lru_cache(maxsize=_KEPT)
def bowed(note: int, milliseconds: int) -> F32:
    """float32 (2, T): a cello, bowed slowly for as long as asked, its vibrato coming with the tone."""
    frequency, seconds = hertz(note), milliseconds / 1000
    time = np.arange(round((seconds + 0.6) * RATE)) / RATE
    random = np.random.default_rng([note, milliseconds])
    # No hand shakes evenly: the vibrato is 5 times a second, more or less, ±14 cents, after the tone has settled.
    speed = 5.1 + 0.35 * np.sin(2 * np.pi * 0.31 * time + random.uniform(0, 6.28))
    depth = 14 * np.clip((time - 0.5) / 0.8, 0, 1)
    cents = depth * np.sin(2 * np.pi * np.cumsum(speed) / RATE) + 3 * np.sin(2 * np.pi * 0.17 * time)
    phase = 2 * np.pi * np.cumsum(frequency * 2 ** (cents / 1200)) / RATE
    sound = np.zeros(time.shape[0])
    for partial in range(1, 22):
        place = partial * frequency
        if place > 4600:
            break
        # A bowed string is a saw; the body lifts what lies near 220, 420 and 900 Hz and takes the top.
        body = 1 + sum(1.1 * np.exp(-(((place - peak) / (0.3 * peak)) ** 2)) for peak in (220.0, 420.0, 900.0))
        sound += body * partial**-1.15 * np.exp(-place / 1500) * np.sin(partial * phase + random.uniform(0, 6.28))
    swell = np.sin(np.pi / 2 * np.clip(time / min(0.9, 0.4 * seconds), 0, 1)) ** 2
    swell *= np.cos(np.pi / 2 * np.clip((time - seconds + 0.2) / 0.8, 0, 1)) ** 2
    return _in_room(0.2 * sound * swell / np.abs(sound).max(), note, wet=0.5)


@lru_cache(maxsize=_KEPT)
def pad(note: int, brightness: float) -> F32:
    """float32 (2, T): a loop without a seam of a slowly shimmering tone, as of many strings.

    Nasca Octavian Paul's PADsynth: every partial is a narrow bell in the spectrum with random phases, so that the
    inverse transform sounds like an ensemble.

    Args:
        brightness: how fast the overtones fall: partial n has amplitude n^(-1/brightness).
    """
    random = np.random.default_rng([note, round(brightness * 1000)])
    frequency = hertz(note)
    bins = np.fft.rfftfreq(_TABLE, 1 / RATE)
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


def _shaped(sound: F64, time: F64, attack: float, release: float) -> F64:
    """At full scale, its beginning and its last moments rounded, s."""
    rise = np.sin(np.pi / 2 * np.clip(time / attack, 0, 1)) ** 2
    fall = np.cos(np.pi / 2 * np.clip((time - time[-1] + release) / release, 0, 1)) ** 2
    sound = sound * rise * fall
    return np.asarray(sound / np.abs(sound).max())


def _in_room(sound: F64, note: int, *, wet: float) -> F32:
    from scipy.signal import fftconvolve

    side = np.clip((note - 64) / 40, -0.5, 0.5)  # low strings at the left, high at the right, as from the bench
    dry = np.stack([sound * np.sqrt(0.5 - side / 2), sound * np.sqrt(0.5 + side / 2)])
    result = wet * np.stack([fftconvolve(sound, channel) for channel in _room()])
    result[:, : dry.shape[1]] += dry
    return np.asarray(result, np.float32)


@lru_cache(maxsize=1)
def _room() -> F32:
    """float32 (2, T): the echo of a large quiet room, 2.6 s, whose high tones die first."""
    from scipy.signal import butter, sosfilt

    random = np.random.default_rng(1906)
    time = np.arange(round(2.6 * RATE)) / RATE
    echo = np.zeros((2, time.shape[0]))
    for low, high, reverberation in ((150, 600, 2.6), (600, 1800, 2.0), (1800, 5000, 1.1)):
        noise = random.normal(0, 1, echo.shape)
        band = butter(2, (low, high), "bandpass", fs=RATE, output="sos")
        # -60 dB after `reverberation` s.
        echo += sosfilt(band, noise) * np.exp(-6.9 * time / reverberation)
    echo *= np.clip((time - 0.018) / 0.03, 0, 1) * np.clip((2.6 - time) / 0.3, 0, 1)
    return np.asarray(echo / np.sqrt((echo**2).sum(axis=1, keepdims=True)), np.float32)
