"""A voice some years younger or older than it was recorded, stronger or frailer: "as I remember her".

What is known of ageing voices, and what is made of it for each ten years:

- Pitch falls in women: their voices are lower in their thirties already and go on falling into their eighties; men
  show no clear trend, and a slight rise from seventy on (374 readers, Nishio & Niimi 2008; likewise Stathopoulos,
  Huber & Sussman 2011 for ages 4 to 93, and Eichhorn et al. 2018). Here half a semitone down and a quarter up.
- Speech slows: sentences of elderly speakers take 20 to 25 % longer than those of young adults (Smith, Wasowicz &
  Preston 1987). Over the some fifty years between those groups that is 4 % in ten.
- Pitch is less steady (Linville & Fisher 1985; Linville 1988): a slow tremor. It is only ever added.
- The first formant sinks a little in women (Linville & Fisher 1985; along with pitch: Reubold, Harrington & Kleber
  2010), but formants change little over adult life as a whole (Eichhorn et al. 2018): a tract half a percent longer.
- The lowest harmonics gain against the others (Linville 2002), as in a breathier voice. That ageing voices always grow
  noisier is not found (in Stathopoulos et al. 2011 men's do not), so the share of breath is small.

How these are set against each other is our own choice, made gentle: what was recorded stays recognisable.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from studio.types import Speech
from studio.voice import features as world
from studio.voice.features import BINS, FFT_SIZE, FRAME_S, SAMPLE_RATE, Features
from studio.voice.prosody.tempo import retimed

F64 = NDArray[np.float64]

AGES = (-30.0, 30.0)  # years
# For ten years older. Women, men; where it is not known which, pitch is left alone.
_PITCH = {False: -0.5, True: 0.25}
_TRACT = {False: 0.995, True: 0.998}
_SLOWER = 0.96
_BREATH_DB = 1.0
_TREMOR = 0.08
# For a voice that is all frail (−1); a strong one (+1) is the opposite, but never trembles less than it did.
_FRAIL_SLOWER = 0.92
_FRAIL_BREATH_DB = 3.0
_FRAIL_TREMOR = 0.15
_FRAIL_TILT = -1.2
_FRAIL_MELODY = 0.85
_TREMOR_HZ = (4.0, 7.0)  # of voices that tremble (vocal tremor: 4 … 8 Hz)
_TILT_FROM_HZ, _TILT_TO_HZ = 500.0, 6000.0
_BREATH_FROM_HZ = 1000.0  # breath is heard above the lowest formant


@dataclass(frozen=True)
class Vitality:
    """How old and how strong a voice is, compared with its recordings. 0 is as it was recorded."""

    age: float = 0.0
    """Years younger (below 0) or older; −30 … +30."""
    vigour: float = 0.0
    """−1 frail … 0 as recorded … +1 strong."""

    def __post_init__(self) -> None:
        if not AGES[0] <= self.age <= AGES[1]:
            raise ValueError(f"age must be {AGES[0]:g} … {AGES[1]:g} years, got {self.age:g}")
        if not -1 <= self.vigour <= 1:
            raise ValueError(f"vigour must be −1 … 1, got {self.vigour:g}")


@dataclass(frozen=True)
class Controls:
    """What is moved, one by one. The defaults leave a voice as it is."""

    pitch: float = 0.0
    """Semitones up."""
    tract: float = 1.0
    """Formants up by this factor: a vocal tract so much shorter."""
    rate: float = 1.0
    """2 is twice as fast."""
    breath_db: float = 0.0
    """How much stronger the noise in the voice is above 1 kHz."""
    tremor: float = 0.0
    """Semitones to either side, 4 to 7 times a second; 0 or more."""
    tilt: float = 0.0
    """dB per octave between 500 Hz and 6 kHz; below 0 is duller."""
    melody: float = 1.0
    """How far pitch moves around its middle; 1 as before."""


def controls(vitality: Vitality, *, male: bool | None) -> Controls:
    """What a vitality means for a voice.

    Args:
        male: None where nobody knows: then pitch stays.
    """
    decades, frailty = vitality.age / 10, -vitality.vigour
    tremor = _TREMOR * max(decades, 0) + _FRAIL_TREMOR * max(frailty, 0)
    return Controls(
        pitch=0.0 if male is None else _PITCH[male] * decades,
        tract=1.0 if male is None else _TRACT[male] ** decades,
        rate=_SLOWER**decades * _FRAIL_SLOWER**frailty,
        breath_db=_BREATH_DB * decades + _FRAIL_BREATH_DB * frailty,
        tremor=tremor,
        tilt=_FRAIL_TILT * frailty,
        melody=_FRAIL_MELODY**frailty,
    )


def aged(
    parts: Features, speech: Speech, vitality: Vitality, *, male: bool | None, seed: int = 0
) -> tuple[Features, Speech]:
    """`parts` as the person would sound with `vitality`, and `speech` with its times moved along.

    A vitality of 0 and 0 gives back the very same objects.

    Args:
        seed: of the tremor.
    """
    if vitality == Vitality():
        return parts, speech
    return moved(parts, speech, controls(vitality, male=male), seed=seed)


def moved(parts: Features, speech: Speech, by: Controls, *, seed: int = 0) -> tuple[Features, Speech]:
    """`parts` with the controls applied one after the other, and `speech` with its times moved along."""
    envelope, aperiodicity = parts.envelope, parts.aperiodicity
    if by.tract != 1:
        envelope, aperiodicity = world.warped(envelope, by.tract), world.warped(aperiodicity, by.tract)
    if by.tilt:
        tilted = envelope * 10 ** (_tilt(by.tilt) / 10)
        # A stronger voice is brighter, and the line as loud as it was: loudness is decided at the end.
        envelope = tilted * (envelope.sum(axis=1, keepdims=True) / tilted.sum(axis=1, keepdims=True))
    if by.breath_db:
        raised = aperiodicity * 10 ** (_breath(by.breath_db) / 20)
        aperiodicity = np.where(parts.voiced[:, None], np.clip(raised, 1e-4, 1.0), aperiodicity)
    shifted = replace(parts, f0=_melody(parts.f0, by), envelope=envelope, aperiodicity=aperiodicity)
    slower, timed = retimed(shifted, speech, np.full(len(parts.f0), by.rate))
    # Last, so that it trembles as fast in a slow voice.
    return (replace(slower, f0=_trembling(slower.f0, by.tremor, seed)) if by.tremor else slower), timed


def _melody(f0: F64, by: Controls) -> F64:
    voiced = f0 > 0
    if not voiced.any() or (by.pitch == 0 and by.melody == 1):
        return f0
    logs = np.log(f0[voiced])
    middle = np.median(logs)
    shifted = np.zeros_like(f0)
    shifted[voiced] = np.exp(middle + (logs - middle) * by.melody + by.pitch * np.log(2) / 12)
    return shifted


def _trembling(f0: F64, semitones: float, seed: int) -> F64:
    """With a slow tremor, never twice the same: noise around 4 to 7 Hz, `semitones` its usual peak."""
    hertz = np.fft.rfftfreq(2 * len(f0) + 2, FRAME_S)
    spectrum = np.fft.rfft(np.random.default_rng([seed, 3]).standard_normal(2 * len(f0) + 2))
    spectrum[(hertz < _TREMOR_HZ[0]) | (hertz > _TREMOR_HZ[1])] = 0
    wave = np.fft.irfft(spectrum)[: len(f0)]
    wave *= semitones / (np.sqrt(2) * max(float(wave.std()), 1e-9))
    return np.asarray(f0 * 2 ** (np.clip(wave, -2 * semitones, 2 * semitones) / 12))


def _hertz() -> F64:
    return np.arange(BINS) * SAMPLE_RATE / FFT_SIZE


def _tilt(per_octave: float) -> F64:
    """dB, float64 (BINS,)."""
    return np.asarray(per_octave * np.log2(np.clip(_hertz(), _TILT_FROM_HZ, _TILT_TO_HZ) / _TILT_FROM_HZ))


def _breath(decibels: float) -> F64:
    """dB, float64 (BINS,): none at the bottom, all of it from an octave above 1 kHz on."""
    return np.asarray(decibels * np.clip(np.log2(np.maximum(_hertz(), 1.0) / _BREATH_FROM_HZ) + 1, 0, 2) / 2)
