"""Sound as Wav2Lip hears it: 80 mel bands, 80 times a second, and the window that belongs to each picture."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from studio.errors import AudioUnusable
from studio.media.audio import resample
from studio.types import F32, AudioClip

# All as the official weights were trained (Prajwal et al. 2020, hparams).
SAMPLE_RATE = 16_000  # Hz
PRE_EMPHASIS = 0.97
FFT_SIZE = 800  # samples, 50 ms
HOP = 200  # samples between two mel frames
MEL_RATE = Fraction(SAMPLE_RATE, HOP)  # 80 mel frames per second
BANDS = 80
LOWEST, HIGHEST = 55.0, 7600.0  # Hz
FLOOR_DB, REFERENCE_DB = -100.0, 20.0
SILENCE = -4.0  # the value of every band where nothing is heard; the loudest is +4
WINDOW = 16  # mel frames for each picture
TRAINED_RATE = Fraction(25)  # pictures per second

BLOCK = 4096  # mel frames worked on at a time: spectra of hours of sound are never held at once

# Slaney's Auditory Toolbox (1998): linear below 1 kHz, logarithmic above.
LINEAR_HZ = 200 / 3  # Hz per mel
BREAK_HZ = 1000.0
BREAK_MEL = BREAK_HZ / LINEAR_HZ
LOG_STEP = np.log(6.4) / 27  # per mel


def _mel_of(hz: float) -> float:
    return hz / LINEAR_HZ if hz < BREAK_HZ else BREAK_MEL + float(np.log(hz / BREAK_HZ)) / LOG_STEP


@functools.cache
def filters() -> F32:
    """Triangles of equal area on Slaney's mel scale: float32 (80, 401), one row per band, one column per FFT bin."""
    mels = np.linspace(_mel_of(LOWEST), _mel_of(HIGHEST), BANDS + 2)
    hz = np.where(mels < BREAK_MEL, mels * LINEAR_HZ, BREAK_HZ * np.exp(LOG_STEP * (mels - BREAK_MEL)))
    bins = np.arange(FFT_SIZE // 2 + 1) * SAMPLE_RATE / FFT_SIZE
    low, middle, high = hz[:-2, None], hz[1:-1, None], hz[2:, None]
    triangles = np.maximum(0, np.minimum((bins - low) / (middle - low), (high - bins) / (high - middle)))
    made: F32 = (triangles * 2 / (high - low)).astype(np.float32)
    made.flags.writeable = False
    return made


def heard(clip: AudioClip) -> F32:
    """The samples of a clip as speech networks take them: float32 (T,), one channel at 16 kHz.

    Raises:
        AudioUnusable: there is no sample in it, or one is not a number.
    """
    samples = resample(clip, SAMPLE_RATE).mono()
    if not samples.size:
        raise AudioUnusable("The sound has no samples in it. Choose a recording with a voice in it.")
    if not np.isfinite(samples).all():
        raise AudioUnusable("The sound has samples that are not numbers. Save it again as a WAV file, or make it anew.")
    return samples


def spectrogram(clip: AudioClip) -> F32:
    """The mel spectrogram of a clip: float32 (80, F) in [-4, 4], F = 1 + samples at 16 kHz // 200.

    Raises:
        AudioUnusable: there is no sample in it, or one is not a number.
    """
    from scipy.signal import get_window

    samples = heard(clip)
    sharpened = samples.copy()
    sharpened[1:] -= np.float32(PRE_EMPHASIS) * samples[:-1]
    # Reflected, as the weights were trained; librosa ≥ 0.9 pads with zeros, which changes the first and last frames.
    padded = np.pad(sharpened, FFT_SIZE // 2, mode="reflect")
    pieces = np.lib.stride_tricks.sliding_window_view(padded, FFT_SIZE)[::HOP]
    bell = get_window("hann", FFT_SIZE).astype(np.float32)
    made = np.empty((BANDS, len(pieces)), np.float32)
    for start in range(0, len(pieces), BLOCK):
        spectra = np.abs(np.fft.rfft(pieces[start : start + BLOCK] * bell, axis=1)).astype(np.float32)
        made[:, start : start + BLOCK] = filters() @ spectra.T
    level = 20 * np.log10(np.maximum(10 ** (FLOOR_DB / 20), made)) - REFERENCE_DB
    scaled: F32 = np.clip(8 * (level - FLOOR_DB) / -FLOOR_DB + SILENCE, SILENCE, -SILENCE).astype(np.float32)
    return scaled


def window_starts(num_frames: int, frame_rate: Fraction, lead: Fraction) -> NDArray[np.int64]:
    """First mel frame of each picture's window: int64 (N,); negative before the sound begins.

    Args:
        lead: s that a window begins before its picture.
    """
    # From the index, never by adding a step: at 30000/1001 fps a running sum drifts.
    step = MEL_RATE / frame_rate
    ahead = lead * MEL_RATE
    below = step.denominator * ahead.denominator
    shift = ahead.numerator * step.denominator
    return (np.arange(num_frames, dtype=np.int64) * (step.numerator * ahead.denominator) - shift) // below


def windows(mel: F32, num_frames: int, frame_rate: Fraction, *, audio_lead_frames: Fraction | int = 0) -> Iterator[F32]:
    """The sound that belongs to each picture, exactly `num_frames` windows float32 (80, 16), views.

    Before and after the sound there is silence: no picture is left without a window, whatever the frame rate.

    Args:
        mel: float32 (80, F), from `spectrogram`.
        audio_lead_frames: how far a window begins before its picture, in frames of the 25 fps that the network was
            trained at. The published inference takes 0; in training it was 1.

    Raises:
        ValueError: mel has another number of bands.
    """
    if mel.ndim != 2 or mel.shape[0] != BANDS:
        raise ValueError(f"mel must be ({BANDS}, F), got {mel.shape}")
    starts = window_starts(num_frames, frame_rate, Fraction(audio_lead_frames) / TRAINED_RATE)
    before = max(0, -int(starts.min(initial=0)))
    after = max(0, int(starts.max(initial=0)) + WINDOW - mel.shape[1])
    padded = np.pad(mel, ((0, 0), (before, after)), constant_values=SILENCE)
    return (padded[:, start + before : start + before + WINDOW] for start in starts)
