"""Speech of a base voice made to sound like a person, frame for frame as long as before.

Three steps, each nearer to the person: their pitch and the mean and spread of their spectrum; then every speech sound
brought to what that sound is like in their voice, as far as both were heard; then, as far as is asked, towards moments
that they really spoke.

Measured from the studio's own base voices, on eight people whose recordings were learned by 3 to 10 s (three of them
Mandarin), three lines each: cosine of Resemblyzer's embeddings to the rest of the recording (its two parts: .79 … .95),
DNSMOS overall, and in English the share of words PocketSphinx misses (base voices: .36).

| | likeness | DNSMOS | words missed |
|---|---|---|---|
| pitch, mean and spread alone (five people, English) | .635 | 3.12 | .35 |
| and every sound brought to theirs: closeness 0 | .692 | 3.13 | .39 |
| closeness 0.3, the default | .694 | 3.15 | .41 |
| closeness 0.6 | .701 | 3.16 | .45 |
| closeness 1 | .755 | 3.09 | .79 |

Sounds are told by the network of studio/ear.py, which was trained to hear through voices. Taking moments for what they
are (unit selection, closeness 1) is nearest, and breaks words: six seconds of speech hold too few ways into a sound.
"""

from __future__ import annotations

import numpy as np

from studio.types import Speech, VoiceProfile
from studio.voice import features as world
from studio.voice.features import F64, FRAME_S, Features, Statistics
from studio.voice.person.bases import Base, sound
from studio.voice.person.enrol import sounds_of, statistics_of
from studio.voice.person.exemplars import Moments, path
from studio.voice.person.phones import heard
from studio.voice.prosody.sounds import kind

CLOSENESS = 0.3
CONSONANT_SHARE = 0.3  # of that, in stops and fricatives: a voice is in what is voiced, a word in its consonants
_TRUST = 5.0  # frames of a sound that weigh as much as knowing nothing of it
_SLOW = 16.0  # frames: what is drawn towards spoken moments changes this slowly, and transitions stay the base's
_SPREAD = (0.5, 2.0)  # how much livelier or duller a coefficient may become
_PITCH_SPREAD = (0.6, 2.2)  # how much livelier the melody may become; espeak-ng's own is flat
_PITCH_ROOM = 0.15  # of ln Hz beyond what the person was heard to reach


def converted(
    parts: Features, speech: Speech, profile: VoiceProfile, base: Base, *, closeness: float = CLOSENESS
) -> Features:
    """The features of base speech moved to the person's; as many frames, and the same ones voiced.

    Args:
        parts: N frames.
        speech: whose phonemes say what is heard in each frame; its sound is not looked at. Without phonemes the
            frames' own voicing is gone by.
        base: what is typical of the voice that speaks.
        closeness: 0 … 1, how far the spectrum is drawn to moments that the person really spoke. At 0 every sound is
            brought to what the person's is like on average and moves as the base moves: best understood. At 1 the
            moments follow each other as they were found: nearest to the person, and words suffer.
    """
    person, typical = statistics_of(profile), base.statistics
    spread = np.clip(person.std / typical.std, *_SPREAD)
    target = (world.cepstrum(parts.envelope) - typical.mean) * spread + person.mean
    own, theirs = sounds_of(profile), base.sounds
    trust = np.minimum(own.frames, theirs.frames)[:, None]
    shift = own.means - ((theirs.means - typical.mean) * spread + person.mean)
    likely = heard(sound(parts, speech), len(target)).astype(np.float64)
    target[:, 1:] += _smoothed(likely @ (shift * trust / (trust + _TRUST)), 1.0)[:, 1:]
    if closeness > 0:
        moments = moments_of(profile)
        spoken = _smoothed(moments.cepstra[path(target, parts.voiced, moments)], 1.0)
        towards = (closeness * _shares(parts, speech))[:, None] * (spoken - target)
        target[:, 1:] += _smoothed(towards, closeness + (1 - closeness) * _SLOW)[:, 1:]
    envelope = world.uncepstrum(target)
    # Loudness stays the line's own, or some words would shout and others fade.
    envelope *= parts.envelope.sum(axis=1, keepdims=True) / envelope.sum(axis=1, keepdims=True)
    noise = np.log(parts.aperiodicity + 1e-6) + np.where(parts.voiced[:, None], person.noise - typical.noise, 0.0)
    return Features(_melody(parts.f0, person, typical), envelope, np.clip(np.exp(noise), 1e-4, 1.0))


def moments_of(profile: VoiceProfile) -> Moments:
    """What the person really said, frame by frame."""
    tensors = profile.tensors
    cepstra = tensors["exemplars"].astype(np.float64)
    follows = np.ones(len(cepstra), np.bool_)
    follows[tensors["exemplar_breaks"].astype(np.int64)] = False
    # Profiles of the first kind did not say what was voiced: then everything may stand for everything.
    voiced = tensors.get("exemplar_voiced", np.ones(len(cepstra), np.float32)) > 0
    return Moments(cepstra, voiced, follows)


def _shares(parts: Features, speech: Speech) -> F64:
    """How far each frame may be taken from elsewhere, float64 (N,): 1 in vowels, less in consonants that hiss."""
    share = np.where(parts.voiced, 1.0, CONSONANT_SHARE)
    for span in speech.phonemes:
        first, last = (round(float(time) / FRAME_S) for time in (span.start, span.end))
        sound = kind(span.symbol)
        if sound != "silence":
            share[first:last] = CONSONANT_SHARE if sound in ("fricative", "stop") else 1.0
    return _smoothed(share, 1.0)


def _smoothed(rows: F64, frames: float) -> F64:
    """Without what changes faster than a few frames (standard deviation)."""
    from scipy.ndimage import gaussian_filter1d

    return np.asarray(gaussian_filter1d(rows, frames, axis=0))


def _melody(f0: F64, person: Statistics, base: Statistics) -> F64:
    """Pitch with the person's mean and liveliness, inside what the person was heard to reach."""
    spread = float(np.clip(person.log_f0[1] / max(float(base.log_f0[1]), 1e-3), *_PITCH_SPREAD))
    voiced = f0 > 0
    moved = np.zeros_like(f0)
    logs = (np.log(f0[voiced]) - base.log_f0[0]) * spread + person.log_f0[0]
    low, high = person.log_f0[2] - _PITCH_ROOM, person.log_f0[3] + _PITCH_ROOM
    moved[voiced] = np.exp(np.clip(logs, low, high))
    return moved
