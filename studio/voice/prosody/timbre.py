"""The colour of a voice and how loud it is, changed in the vocoder's domain."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from studio.voice.features import BINS, F64, FFT_SIZE, FRAME_S, SAMPLE_RATE, Features, warped

_PIVOT_HZ = 500.0  # below it a tilt changes nothing: there lie the first harmonics, which carry the pitch
_TILT_END_HZ = 8000.0  # and from here on nothing more
_BREATH_HZ = (1000.0, 4000.0)  # noise of breath is heard where the harmonics get weak
_VOICELESS_TILT = 0.5  # share of a tilt that voiceless sounds follow: an s has to stay one
_WARP = 1.03  # the shift of formants that is computed; less is a mixture with none
_SMOOTH_S = 0.03
_QUIET_DB = (-38.0, -28.0)  # below the loud frames: from here on down loudness is left alone, up to here in part
_REACH_DB = (-15.0, 8.0)  # what of the way from the mean loudness is scaled


def coloured(parts: Features, curves: Mapping[str, F64], gain_db: F64) -> Features:
    """`parts` with tilt, smile, breath and loudness of each frame changed; pitch and length stay.

    Args:
        curves: `tilt`, `smile`, `breath`, `energy` and `dynamics` of `prosody.delivery.Delivery`, (N,) each.
        gain_db: further gain, (N,) dB.
    """
    voiced = parts.voiced
    logs = np.log(_smiling(parts.envelope, curves["smile"]))
    hertz = np.arange(BINS) * SAMPLE_RATE / FFT_SIZE
    octaves = np.log2(np.clip(hertz, _PIVOT_HZ, _TILT_END_HZ) / _PIVOT_HZ)
    tilt = curves["tilt"] * np.where(voiced, 1.0, _VOICELESS_TILT)
    logs += (np.log(10) / 10) * tilt[:, None] * octaves
    envelope = np.exp(logs)
    envelope *= parts.envelope.sum(axis=1, keepdims=True) / envelope.sum(axis=1, keepdims=True)
    level = gain_db + _loudness(parts, curves)
    envelope *= 10 ** (level[:, None] / 10)
    low, high = np.log2(_BREATH_HZ)
    heard = np.clip((np.log2(np.maximum(hertz, 1.0)) - low) / (high - low), 0.0, 1.0)
    breath = np.where(voiced, curves["breath"], 0.0)[:, None] * heard
    return Features(parts.f0, envelope, 1 - (1 - parts.aperiodicity) * (1 - breath))


def _smiling(envelope: F64, smile: F64) -> F64:
    """Formants of each frame moved by a factor near 1."""
    if np.all(smile == 1):
        return envelope
    logs = np.log(envelope)
    for factor in (_WARP, 1 / _WARP):
        share = np.clip(np.log(smile) / np.log(factor), 0.0, 1.0)
        if share.any():
            logs += share[:, None] * (np.log(warped(envelope, factor)) - np.log(envelope))
    return np.asarray(np.exp(logs))


def _loudness(parts: Features, curves: Mapping[str, F64]) -> F64:
    """dB to add to each frame, (N,): silence is never made louder or softer."""
    from scipy.ndimage import gaussian_filter1d

    level = gaussian_filter1d(10 * np.log10(parts.envelope.sum(axis=1)), _SMOOTH_S / FRAME_S)
    loud = np.percentile(level, 95)
    spoken = np.clip((level - loud - _QUIET_DB[0]) / (_QUIET_DB[1] - _QUIET_DB[0]), 0.0, 1.0)
    mean = level[level > loud + _QUIET_DB[1]].mean()
    away = np.clip(level - mean, *_REACH_DB)
    return np.asarray(curves["energy"] + spoken * (curves["dynamics"] - 1) * away)
