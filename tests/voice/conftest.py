"""Sounds that several tests listen to."""

from __future__ import annotations

import numpy as np
import pytest

from studio.types import AudioClip
from studio.voice import engines


@pytest.fixture(scope="session")
def voice_clip() -> AudioClip:
    """6 s of clean speech, mono, 22.05 kHz."""
    text = "The sun was high above the water, and a young girl thought about her large house by the sea."
    return engines.load("espeak").speak(text, "en", base="f3", speed=1.1).audio


@pytest.fixture(scope="session")
def pink_noise() -> AudioClip:
    """10 s of pink noise with an RMS of 1, mono, 48 kHz."""
    spectrum = np.fft.rfft(np.random.default_rng(7).standard_normal(480_000))
    spectrum /= np.sqrt(np.maximum(np.arange(len(spectrum)), 100))
    noise = np.fft.irfft(spectrum)
    return AudioClip((noise / noise.std()).astype(np.float32)[None], 48_000)
