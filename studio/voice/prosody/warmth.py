"""The glare taken off a formant synthesiser."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from studio.types import F32, AudioClip, Speech


def warm(speech: Speech) -> Speech:
    """Speech with the glare taken off: treble falls by 2 dB an octave from 1.5 kHz, and a small room is around it.

    Length and times stay as they are. A formant synthesiser sounds harsh because it has no room and too much treble.
    """
    clip = speech.audio
    samples = np.stack([_in_room(_tilted(channel, clip.sample_rate), clip.sample_rate) for channel in clip.samples])
    return replace(speech, audio=AudioClip(samples.astype(np.float32), clip.sample_rate))


def _tilted(samples: F32, sample_rate: int) -> F32:
    spectrum = np.fft.rfft(samples)
    hertz = np.fft.rfftfreq(len(samples), 1 / sample_rate)
    fall_db = 2.0 * np.log2(np.maximum(hertz, 1500) / 1500)
    return np.asarray(np.fft.irfft(spectrum * 10 ** (-fall_db / 20), len(samples)), dtype=np.float32)


def _in_room(samples: F32, sample_rate: int) -> F32:
    """A hint of a furnished room: 0.12 s of decaying reflections, 20 dB under the voice."""
    from scipy.signal import fftconvolve

    length = round(0.12 * sample_rate)
    time = np.arange(length) / sample_rate
    reflections = np.random.default_rng(1).standard_normal(length) * np.exp(-time / 0.03) * (time > 0.004)
    reflections *= 10 ** (-20 / 20) / np.sqrt(np.square(reflections).sum())
    wet = fftconvolve(samples, reflections)[: len(samples)]
    return np.asarray(samples + wet, dtype=np.float32)
