"""When somebody speaks: the mouth of the picture itself is shown wherever nothing is said."""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np

from studio.types import F32, AudioClip

QUIET_DB = -60.0  # dBFS: below it there is no voice, whatever the rest is like
BELOW_VOICE_DB = 40.0  # a clean recording's pauses lie further below the loud parts than any speech sound
ABOVE_NOISE_DB = 8.0
LEAST_BELOW_DB = 18.0  # weak consonants lie up to here below the vowels: never higher than this
REACH_S = 0.12  # lips part before the sound and close after it; shorter pauses do not rest
FADE_S = 0.06


def speaking(clip: AudioClip, num_frames: int, frame_rate: Fraction) -> F32:
    """How much of each frame belongs to speech: float32 (N,), 1 while somebody speaks, 0 in silence, eased between."""
    if not num_frames:
        return np.zeros(0, np.float32)
    level = _levels(clip.mono(), clip.sample_rate, num_frames, frame_rate)
    loud, noise = (float(value) for value in np.percentile(level, [95, 10]))
    least = max(QUIET_DB, loud - BELOW_VOICE_DB, min(noise + ABOVE_NOISE_DB, loud - LEAST_BELOW_DB))
    heard = (level > least).astype(np.float64)
    reach = max(1, round(REACH_S * frame_rate))
    held = (np.convolve(heard, np.ones(2 * reach + 1))[reach : reach + num_frames] > 0).astype(np.float64)
    # The fade lies inside the reach: frames with sound keep all of the painted mouth.
    fade = min(reach, max(1, round(FADE_S * frame_rate)))
    edges = np.pad(held, fade, mode="edge")
    eased = np.convolve(edges, np.full(2 * fade + 1, 1 / (2 * fade + 1)), mode="valid")
    return np.clip(np.round(eased, 6), 0, 1).astype(np.float32)


def _levels(samples: F32, sample_rate: int, num_frames: int, frame_rate: Fraction) -> F32:
    """dBFS of the sound under each frame, float32 (N,)."""
    step = sample_rate / frame_rate
    edges = np.arange(num_frames + 1, dtype=np.int64) * step.numerator // step.denominator
    pieces = [samples[start:end] for start, end in itertools.pairwise(edges)]
    mean = np.array([float(np.dot(piece, piece)) / max(1, piece.size) for piece in pieces], np.float64)
    level: F32 = (10 * np.log10(np.maximum(mean, 1e-12))).astype(np.float32)
    return level
