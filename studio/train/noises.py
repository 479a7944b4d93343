"""Noise of every kind, made by rule: what lies under voices on tapes, in kitchens, in cars and at weddings.

Nothing is recorded and nobody holds rights in it. Every kind draws anew from chance, so no two are alike; a cleaner
that learned from them has seen no noise twice. All sounds are float32 (length,) at `SAMPLE_RATE`.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d
from scipy.signal import butter, lfilter, oaconvolve, sosfilt

from studio.types import F32

SAMPLE_RATE = 16_000  # Hz

F64 = NDArray[np.float64]
Noise = Callable[[int, np.random.Generator], F32]


def noise(length: int, rng: np.random.Generator, babble: Noise | None = None) -> F32:
    """One to three kinds at once, of RMS 1; some of them come and go.

    Args:
        babble: many people at once, of the voices at hand; None leaves that kind out.
    """
    kinds, weights = list(_KINDS), list(_KINDS.values())
    if babble is not None:
        kinds, weights = [*kinds, babble], [*weights, 1.5]
    count = int(rng.choice((1, 2, 3), p=(0.5, 0.35, 0.15)))
    chosen = rng.choice(len(kinds), count, replace=False, p=np.array(weights) / sum(weights))
    total = np.zeros(length, np.float32)
    for place, number in enumerate(chosen):
        sound = _even(kinds[number](length, rng))
        if rng.random() < 0.3:
            sound = sound * _gate(length, rng)
        if rng.random() < 0.4:
            sound = coloured_by(sound, rng, spread_db=5.0)
        if rng.random() < 0.3:
            sound = in_room(sound, rng)
        total += _even(sound) * np.float32(10 ** (-rng.uniform(0, 12) / 20 if place else 0))
    return _even(total)


def coloured(length: int, rng: np.random.Generator) -> F32:
    """Steady noise of any colour: hiss, rumble, wind in a microphone, a room."""
    slope = rng.uniform(-9, 3)  # dB an octave
    hertz = np.maximum(np.fft.rfftfreq(length, 1 / SAMPLE_RATE), 20)
    gain = slope * np.log2(hertz / 1000) + _bumps(hertz, rng, rng.uniform(0, 6))
    return _filtered(rng.standard_normal(length, dtype=np.float32), gain)


def hum(length: int, rng: np.random.Generator) -> F32:
    """Mains hum: 50 or 60 Hz and what stands above it, on a tape that wavers a little."""
    base = rng.choice((50.0, 60.0)) * rng.uniform(0.98, 1.02)
    return _comb(np.full(length, base), int(rng.integers(3, 40)), rng.uniform(0.5, 2.0), rng)


def engine(length: int, rng: np.random.Generator) -> F32:
    """Engines, ships and machines: a comb of tones whose pitch drifts, over a rough noise that beats with it."""
    base = rng.uniform(18, 180) * np.exp(0.2 * _drift(length, rng, rng.uniform(0.05, 1.0)))
    tones = _even(_comb(base, int(rng.integers(8, 50)), rng.uniform(0.3, 1.5), rng))
    phase = 2 * np.pi * np.cumsum(base) / SAMPLE_RATE
    rough = coloured(length, rng) * (1 + rng.uniform(0, 1) * np.sin(phase)).astype(np.float32)
    return _even(tones + np.float32(rng.uniform(0.1, 1.5)) * _even(rough))


def fan(length: int, rng: np.random.Generator) -> F32:
    """Air that blades cut: coloured noise that swells many times a second."""
    rate = rng.uniform(3, 60)
    swell = 1 + rng.uniform(0.1, 0.9) * np.sin(2 * np.pi * rate * np.arange(length) / SAMPLE_RATE)
    return np.asarray(coloured(length, rng) * swell, np.float32)


def crackle(length: int, rng: np.random.Generator) -> F32:
    """Dust and scratches: clicks of all heights, each ringing in the pickup."""
    count = rng.poisson(rng.uniform(2, 200) * length / SAMPLE_RATE)
    clicks = np.zeros(length, np.float32)
    clicks[rng.integers(0, length, count)] = rng.standard_t(2.0, count).clip(-30, 30)
    pole = rng.uniform(0.5, 0.95) * np.exp(1j * rng.uniform(0.1, 2.8))
    return np.asarray(lfilter([1.0], [1.0, -2 * pole.real, abs(pole) ** 2], clicks), np.float32)


def impacts(length: int, rng: np.random.Generator) -> F32:
    """Dishes, doors, keys, steps: things that are struck and ring for a moment."""
    sound = np.zeros(length, np.float32)
    bodies = [_struck(rng) for _ in range(int(rng.integers(1, 5)))]
    for _ in range(1 + rng.poisson(rng.uniform(0.5, 10) * length / SAMPLE_RATE)):
        body = bodies[int(rng.integers(len(bodies)))]
        at = int(rng.integers(0, length))
        size = min(len(body), length - at)
        sound[at : at + size] += np.float32(np.exp(rng.normal(0, 0.8))) * body[:size]
    return sound + np.float32(1e-4) * rng.standard_normal(length, dtype=np.float32)


def water(length: int, rng: np.random.Generator) -> F32:
    """A tap, a stream, rain: drops that each sing upwards for some milliseconds, over a rushing."""
    drop_count = int(rng.uniform(20, 300) * length / SAMPLE_RATE)
    sound = np.zeros(length, np.float32)
    for at in rng.integers(0, length, drop_count):
        size = min(int(rng.uniform(0.004, 0.04) * SAMPLE_RATE), length - at)
        time = np.arange(size) / SAMPLE_RATE
        start = np.exp(rng.uniform(np.log(300), np.log(5000)))
        phase = 2 * np.pi * start * (time + rng.uniform(0, 8) * np.square(time))
        sound[at : at + size] += np.float32(rng.exponential()) * np.sin(phase) * np.exp(-time * rng.uniform(80, 600))
    return _even(sound) + np.float32(rng.uniform(0.1, 2.0)) * _even(texture(length, rng))


def texture(length: int, rng: np.random.Generator) -> F32:
    """Rustling, breathing, streets, crowds: bands of noise that swell and fade, some together, some alone."""
    edges = np.exp(np.linspace(np.log(60), np.log(7800), int(rng.integers(4, 14))))
    together = _drift(length, rng, rng.uniform(0.3, 12))
    depth, shared = rng.uniform(0.2, 1.6), rng.uniform(0, 1)
    tilt = rng.uniform(-9, 3)
    sound = np.zeros(length, np.float32)
    white = rng.standard_normal(length, dtype=np.float32)
    for low, high in pairwise(edges):
        alone = _drift(length, rng, rng.uniform(0.5, 25))
        level = tilt * np.log2(low / 1000) + rng.normal(0, 4)
        swell = np.exp(depth * (shared * together + (1 - shared) * alone)) * 10 ** (level / 20)
        sound += _between(white, low, high) * swell.astype(np.float32)
    return sound


def calls(length: int, rng: np.random.Generator) -> F32:
    """Birds, sirens, telephones, squeaks: single tones that glide, here and there."""
    sound = np.zeros(length, np.float32)
    for _ in range(int(rng.integers(1, 12))):
        size = int(rng.uniform(0.05, 0.8) * SAMPLE_RATE)
        at = int(rng.integers(0, max(1, length - size)))
        size = min(size, length - at)
        middle = np.exp(rng.uniform(np.log(300), np.log(6000)))
        glide = rng.uniform(-1, 1) * np.linspace(-1, 1, size)
        trill = rng.uniform(0, 0.1) * np.sin(2 * np.pi * rng.uniform(4, 40) * np.arange(size) / SAMPLE_RATE)
        base = np.clip(middle * np.exp2(glide + trill), 50, 7500)
        sound[at : at + size] += _comb(base, int(rng.integers(1, 5)), 1.0, rng) * np.hanning(size).astype(np.float32)
    return sound + np.float32(1e-4) * rng.standard_normal(length, dtype=np.float32)


def music(length: int, rng: np.random.Generator) -> F32:
    """Chords and a melody on instruments that never were: plucked, bowed or blown."""
    sound = np.zeros(length, np.float32)
    at, root = 0, int(rng.integers(36, 60))
    beat = int(rng.uniform(0.12, 0.7) * SAMPLE_RATE)
    decay, fall, partials = rng.uniform(0, 6), rng.uniform(0.6, 2.0), int(rng.integers(3, 16))
    while at < length:
        size = min(int(beat * rng.choice((1, 1, 2, 4))), length - at)
        scale = np.array((0, 2, 4, 5, 7, 9, 11, 12, 14, 16, 19, 24))
        for note in root + rng.choice(scale, int(rng.integers(1, 5)), replace=False):
            held = min(size + beat, length - at)
            time = np.arange(held) / SAMPLE_RATE
            vibrato = 1 + rng.uniform(0, 0.008) * np.sin(2 * np.pi * rng.uniform(4, 7) * time)
            tone = _comb(440 * 2 ** ((note - 69) / 12) * vibrato, partials, fall, rng)
            shape = np.minimum(1, time / rng.uniform(0.003, 0.08)) * np.exp(-decay * time) * _release(held)
            sound[at : at + held] += tone * shape.astype(np.float32)
        if rng.random() < 0.4:  # a drum
            hit = _struck(rng)[: length - at]
            sound[at : at + len(hit)] += np.float32(rng.uniform(0, 2)) * hit
        at += size
    return sound


_KINDS: dict[Noise, float] = {
    coloured: 3.0,
    texture: 2.0,
    impacts: 1.5,
    engine: 1.0,
    fan: 0.7,
    water: 1.0,
    music: 1.5,
    crackle: 0.8,
    hum: 0.7,
    calls: 0.6,
}
"""How often each is heard."""


def coloured_by(sound: F32, rng: np.random.Generator, spread_db: float = 4.0) -> F32:
    """The sound through another microphone: a smooth random colour, in which an octave is about `spread_db` off."""
    hertz = np.maximum(np.fft.rfftfreq(len(sound), 1 / SAMPLE_RATE), 20)
    return _filtered(sound, _bumps(hertz, rng, spread_db))


def in_room(sound: F32, rng: np.random.Generator) -> F32:
    """The sound in a room of its own: reflections that die away in 0.1 to 0.9 s, later than the sound itself."""
    seconds = rng.uniform(0.1, 0.9)
    time = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    reflections = rng.standard_normal(len(time)) * 10 ** (-3 * time / seconds)
    reflections[: int(rng.uniform(0.001, 0.02) * SAMPLE_RATE)] = 0
    reflections *= 10 ** (rng.uniform(-18, 3) / 20) / np.sqrt(np.square(reflections).sum() + 1e-9)
    reflections[0] = 1.0
    return np.asarray(oaconvolve(sound, reflections.astype(np.float32))[: len(sound)], np.float32)


def _even(sound: F32) -> F32:
    """Of RMS 1."""
    return np.asarray(sound / np.sqrt(np.square(sound, dtype=np.float64).mean() + 1e-12), np.float32)


def _filtered(sound: F32, gain_db: F64) -> F32:
    spectrum = np.fft.rfft(sound) * 10 ** (gain_db / 20)
    return np.asarray(np.fft.irfft(spectrum, len(sound)), np.float32)


def _bumps(hertz: F64, rng: np.random.Generator, spread_db: float) -> F64:
    """A smooth random curve over the octaves, dB."""
    knots = np.arange(np.log2(20), np.log2(SAMPLE_RATE / 2) + 1)
    return np.interp(np.log2(hertz), knots, rng.normal(0, 1, len(knots)) * spread_db)


def _between(sound: F32, low: float, high: float) -> F32:
    sections = butter(2, (low, min(high, 7900.0)), "bandpass", fs=SAMPLE_RATE, output="sos")
    return np.asarray(sosfilt(sections, sound), np.float32)


def _drift(length: int, rng: np.random.Generator, rate: float) -> F64:
    """A slow random curve of mean 0 and spread 1 that turns `rate` times in `SAMPLE_RATE` values, float64 (length,)."""
    count = max(8, int(np.ceil(length / SAMPLE_RATE * rate * 8)) + 8)
    knots = gaussian_filter1d(rng.standard_normal(count), 3.0)
    knots = (knots - knots.mean()) / (knots.std() + 1e-9)
    return np.interp(np.linspace(0, count - 1, length), np.arange(count), knots)


def _gate(length: int, rng: np.random.Generator) -> F32:
    """1 where the noise is heard, less where it is not, with soft edges."""
    rate = 500  # Hz, at which it is drawn
    curve = _drift(length * rate // SAMPLE_RATE, rng, rng.uniform(0.2, 2) * SAMPLE_RATE / rate) > rng.uniform(-0.8, 0.5)
    soft = gaussian_filter1d(curve.astype(np.float64), rng.uniform(0.002, 0.1) * rate)
    least = rng.choice((0.0, 0.1, 0.3))
    drawn = np.interp(np.linspace(0, len(soft) - 1, length), np.arange(len(soft)), soft)
    return np.asarray(least + (1 - least) * drawn + 1e-3, np.float32)


def _comb(base: F64, tones: int, fall: float, rng: np.random.Generator) -> F32:
    """Tones at all multiples of `base` (Hz, one per sample) that a sample rate holds; the n-th about n^-fall loud."""
    phase = 2 * np.pi * np.cumsum(base) / SAMPLE_RATE
    most = int(min(tones, 7900 / max(1.0, float(base.max()))))
    sound = np.zeros(len(base), np.float32)
    for number in range(1, max(1, most) + 1):
        height = number**-fall * np.exp(rng.normal(0, 0.6))
        sound += (height * np.sin(number * phase + rng.uniform(0, 2 * np.pi))).astype(np.float32)
    return sound


def _struck(rng: np.random.Generator) -> F32:
    """One blow: a handful of modes that ring, and the noise of the contact."""
    time = np.arange(int(0.5 * SAMPLE_RATE)) / SAMPLE_RATE
    sound = rng.uniform(0, 1) * rng.standard_normal(len(time)) * np.exp(-time * rng.uniform(60, 800))
    for _ in range(int(rng.integers(2, 12))):
        hertz = np.exp(rng.uniform(np.log(120), np.log(7500)))
        sound += (
            rng.exponential()
            * np.sin(2 * np.pi * hertz * time + rng.uniform(0, 6))
            * np.exp(-time * rng.uniform(8, 150))
        )
    return _even(sound.astype(np.float32))


def _release(size: int) -> F64:
    """A fade at the end, so that no note ends with a click."""
    return np.minimum(1.0, np.arange(size, 0, -1) / (0.03 * SAMPLE_RATE))
