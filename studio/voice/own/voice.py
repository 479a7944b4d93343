"""What an own voice learns and gives back, frame by frame: envelope, breath and pitch in a compact code."""

from __future__ import annotations

import numpy as np

from studio.types import F32
from studio.voice.features import FFT_SIZE, SAMPLE_RATE, Features

TIMBRE = 60  # coefficients of the mel-scaled cepstrum of the envelope; the first is the loudness
NOISE = 3  # bands of aperiodicity, WORLD's own number at 24 kHz
PITCH, VOICED = TIMBRE + NOISE, TIMBRE + NOISE + 1
WIDTH = TIMBRE + NOISE + 2
"""Columns of a frame: timbre, noise in dB, ln of the pitch in Hz (drawn through where there is none), 1 for a pitch."""


def coded(features: Features) -> F32:
    """float32 (N, WIDTH) from WORLD's features."""
    import pyworld

    timbre = pyworld.code_spectral_envelope(np.ascontiguousarray(features.envelope), SAMPLE_RATE, TIMBRE)
    noise = pyworld.code_aperiodicity(np.ascontiguousarray(features.aperiodicity), SAMPLE_RATE)
    voiced = features.voiced
    here = np.arange(len(voiced))
    pitch = np.interp(here, here[voiced], np.log(features.f0[voiced])) if voiced.any() else np.zeros(len(voiced))
    return np.asarray(np.concatenate([timbre, noise, pitch[:, None], voiced[:, None]], axis=1), np.float32)


def decoded(frames: F32) -> Features:
    """WORLD's features from float32 (N, WIDTH)."""
    import pyworld

    wide = frames.astype(np.float64)
    envelope = pyworld.decode_spectral_envelope(np.ascontiguousarray(wide[:, :TIMBRE]), SAMPLE_RATE, FFT_SIZE)
    noise = np.minimum(wide[:, TIMBRE:PITCH], 0.0)
    aperiodicity = pyworld.decode_aperiodicity(np.ascontiguousarray(noise), SAMPLE_RATE, FFT_SIZE)
    voiced = wide[:, VOICED] > 0.5
    return Features(np.where(voiced, np.exp(wide[:, PITCH]), 0.0), envelope, np.clip(aperiodicity, 1e-4, 1.0))
