"""What a person's recordings sound like: neutral, warm, glad, sad or solemn, by their prosody, and how sure that is.

Pitch, its span, pace, loudness, tilt and noise are compared with what is usual, and with what each feeling is known to
do to them (Murray & Arnott 1993; Scherer 2003; Juslin & Laukka 2003), in the sizes that `prosody.delivery` gives
them. Where a person's recordings are compared with one another, each has that person's own median to be held against.
What the recordings have in common can only be held against other people, whose voices differ more than feelings do:
that answer is careful, and often "calm".

No corpus of labelled feelings was at hand: nobody has measured how often this agrees with listeners. What was checked:
nine sentences of five people, English and Mandarin, copied by the vocoder and delivered by the studio at full
strength, beside a neutral copy of the same words. Glad was heard as glad 8 times (the ninth left the pitch tracker's
range), sad as sad 7 times (else solemn or warm), warm as warm 4 times (else neutral), solemn as solemn 5 times (else
sad or neutral), every copy as neutral. Sixteen stretches of two people reading calmly, beside their own median: all
neutral. And 26 recordings of others (references, news, poems, an old speech, two of acted surprise) by themselves:
none was given a feeling, eight were called calm, of eighteen it was said to be unclear. The strays and medians below
come from these same recordings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import get_args

import numpy as np

from studio.errors import AudioUnusable
from studio.types import AudioClip, Emotion
from studio.voice import features as world
from studio.voice.features import FFT_SIZE, FRAME_S, SAMPLE_RATE, Features
from studio.voice.prosody.delivery import DELIVERIES

CLEAR = 0.5
"""From this probability on a feeling is offered as how new lines are said."""
PIECE_S, PIECES = 8.0, 24  # looked at of each recording: at most three minutes of it

_LOW_HZ, _HIGH_HZ = (100.0, 1000.0), (1000.0, 5000.0)
_NOISE_HZ = (1000.0, 4000.0)

# How far the cues of one speaker's calm sentences stray (standard deviations over stretches of 7 s, two people
# reading), and how far those of other people's recordings do, with their medians (26 recordings, English and
# Mandarin). Pitch itself says nothing there, it is the speaker's own; and tilt is the microphone's more than anybody's.
_WITHIN = {"pitch": 1.1, "span": 0.15, "rate": 0.1, "dynamics": 0.4, "tilt": 1.8, "harmonicity": 0.8}
_AMONG = {"span": 0.35, "rate": 0.2, "dynamics": 0.7, "tilt": 4.5, "harmonicity": 1.3}
_OTHERS = {"span": 1.95, "rate": 1.3, "dynamics": 8.1, "tilt": -10.0, "harmonicity": 7.2}

_SPAN_SHARE = 0.75  # of a span that a melody's growth reaches: the rest is the way a phrase falls, which stays
_TILT_OCTAVES = 1.8  # between the middles of both bands, as far as the tilt of a delivery reaches into them
_DYNAMICS_DB = 3.0  # usual distance of a sound's loudness from the mean
_BREATH_DB = -1.0  # harmonicity lost by a breath of 1
_STRENGTHS = (0.5, 1.0, 1.5, 2.0)  # feelings that are lived are stronger than those that are laid on
_PRIOR: Mapping[Emotion, float] = {"neutral": 0.4, "warm": 0.15, "glad": 0.15, "sad": 0.15, "solemn": 0.15}
_TEMPER = 0.7  # of the weight of each cue: they are not independent of one another
_FAR = 9.0  # squared standard deviations beyond which a cue is a mistake of measuring
_STRETCH_S = 3.5  # voiced, of the stretches that strayed so far; longer ones stray less, but never less than half
_SAME_WORDS = 0.45  # of the stray is left where the same words are compared


@dataclass(frozen=True)
class Cues:
    """The prosody of a stretch of speech."""

    pitch: float
    """Median, semitones over 1 Hz."""
    span: float
    """From the 10th to the 90th percentile of the pitch, semitones."""
    rate: float
    """Syllables a second while speaking."""
    dynamics: float
    """Standard deviation of the loudness while speaking, dB."""
    tilt: float
    """Level of 1 to 5 kHz over that of 0.1 to 1 kHz, dB."""
    harmonicity: float
    """Harmonics over noise from 1 to 4 kHz, dB."""
    seconds: float
    """Voiced, s."""


@dataclass(frozen=True)
class Mood:
    """How speech sounds."""

    probabilities: Mapping[Emotion, float]
    """They sum to 1."""

    @property
    def emotion(self) -> Emotion:
        """The most probable one."""
        return max(self.probabilities, key=lambda emotion: self.probabilities[emotion])

    @property
    def confidence(self) -> float:
        """0 … 1: the probability of `emotion`."""
        return self.probabilities[self.emotion]

    @property
    def offered(self) -> Emotion:
        """How new lines are best said by default: as the recordings sound where that is clear, else neutral."""
        return self.emotion if self.confidence >= CLEAR else "neutral"

    def about(self) -> str:
        """One sentence on what was heard."""
        ranked = sorted(self.probabilities, key=lambda emotion: -self.probabilities[emotion])
        if self.confidence < CLEAR:
            first, second = (f"{emotion} ({self.probabilities[emotion]:.2f})" for emotion in ranked[:2])
            return f"It is not clear how the recordings sound: {first} or {second}."
        if self.emotion == "neutral":
            return f"The recordings sound calm (confidence {self.confidence:.2f}): no feeling stands out."
        return f"The recordings sound {self.emotion} (confidence {self.confidence:.2f})."


def cues(parts: Features) -> Cues | None:
    """The prosody of one stretch of speech, or None where less than half a second of it is voiced."""
    keep = world.loud(parts)
    if keep.sum() * FRAME_S < 0.5:
        return None
    semitones = 12 * np.log2(parts.f0[keep])
    # Jumps of an octave are mistakes of the pitch tracker, not melody.
    semitones = semitones[np.abs(semitones - np.median(semitones)) < 11]
    level = 10 * np.log10(parts.envelope.sum(axis=1))
    speaking = level > np.percentile(level, 95) - 30
    hertz = np.arange(parts.envelope.shape[1]) * SAMPLE_RATE / FFT_SIZE

    def band(low: float, high: float) -> float:
        inside = (hertz >= low) & (hertz < high)
        return float(10 * np.log10(parts.envelope[keep][:, inside].sum(axis=1).mean()))

    noise = parts.aperiodicity[keep][:, (hertz >= _NOISE_HZ[0]) & (hertz < _NOISE_HZ[1])]
    power = np.clip(np.square(noise).mean(), 1e-4, 1 - 1e-4)
    low, high = np.percentile(semitones, (10, 90))
    return Cues(
        pitch=float(np.median(semitones)),
        span=float(high - low),
        rate=world.statistics([parts]).rate,
        dynamics=float(level[speaking].std()),
        tilt=band(*_HIGH_HZ) - band(*_LOW_HZ),
        harmonicity=float(10 * np.log10((1 - power) / power)),
        seconds=float(keep.sum() * FRAME_S),
    )


def usual(found: Sequence[Cues | None]) -> Cues:
    """A speaker's own median, from all there is of them.

    Raises:
        ValueError: there is nothing.
    """
    known = [one for one in found if one is not None]
    if not known:
        raise ValueError("no cues")
    return Cues(**{field.name: float(np.median([getattr(one, field.name) for one in known])) for field in fields(Cues)})


def against(heard: Cues, own: Cues, *, same_words: bool = False) -> Mood:
    """How one stretch of speech sounds beside its speaker's usual way.

    Args:
        same_words: both are the same line, so that nothing but its delivery can differ.
    """
    now, then = _measures(heard), _measures(own)
    share = _SAME_WORDS if same_words else 1.0
    spread = {name: share * stray for name, stray in _WITHIN.items()}
    prior = dict.fromkeys(_PRIOR, 0.2) if same_words else _PRIOR
    return _mood({name: now[name] - then[name] for name in spread}, spread, heard.seconds, prior)


def recognised(recordings: Sequence[AudioClip]) -> Mood:
    """How a person sounds in all their recordings together, held against other people.

    Raises:
        AudioUnusable: there is less than half a second of voice in them.
    """
    found = [one for clip in recordings for one in _pieces(clip)]
    if not found:
        raise AudioUnusable("There is too little voice in the recordings to hear a feeling in it. Add a longer one.")
    own = _measures(usual(found))
    away = {name: own[name] - _OTHERS[name] for name in _AMONG}
    # People differ however long one listens: nothing is gained by hours of tape.
    return _mood(away, _AMONG, min(sum(one.seconds for one in found), _STRETCH_S))


def each(recordings: Sequence[AudioClip]) -> tuple[Mood | None, ...]:
    """How each recording sounds beside all of the same person's; None where it has too little voice.

    One recording alone is beside itself, and so calm.
    """
    found = [_pieces(clip) for clip in recordings]
    every = [one for pieces in found for one in pieces]
    if not every:
        return (None,) * len(recordings)
    own = usual(every)
    return tuple(against(_whole(pieces), own) if pieces else None for pieces in found)


def _whole(pieces: Sequence[Cues]) -> Cues:
    return replace(usual(pieces), seconds=sum(one.seconds for one in pieces))


def _measures(heard: Cues) -> dict[str, float]:
    """What is compared: spans and rates by their ratio."""
    return {
        "pitch": heard.pitch,
        "span": float(np.log(max(heard.span, 0.1))),
        "rate": float(np.log(max(heard.rate, 0.1))),
        "dynamics": heard.dynamics,
        "tilt": heard.tilt,
        "harmonicity": heard.harmonicity,
    }


def _effects(emotion: Emotion) -> dict[str, float]:
    """What a feeling at full strength does to the measures."""
    asked = DELIVERIES[emotion]
    return {
        "pitch": asked.pitch,
        "span": _SPAN_SHARE * float(np.log(asked.melody)),
        "rate": float(np.log(asked.tempo)),
        "dynamics": (asked.dynamics - 1) * _DYNAMICS_DB,
        "tilt": asked.tilt * _TILT_OCTAVES,
        "harmonicity": asked.breath * _BREATH_DB,
    }


def _mood(
    away: Mapping[str, float],
    spread: Mapping[str, float],
    seconds: float,
    prior: Mapping[Emotion, float] = _PRIOR,
) -> Mood:
    """Probabilities by Bayes: each feeling as weak or strong as it may be, cues as if independent, and tempered."""
    wider = 0.25 + 0.75 * _STRETCH_S / max(seconds, 0.5)
    likely: dict[Emotion, float] = {}
    for emotion in get_args(Emotion):
        effects = _effects(emotion)
        misfits = [
            sum(
                min((away[name] - strength * effects[name]) ** 2 / (spread[name] ** 2 * wider), _FAR) for name in spread
            )
            for strength in (_STRENGTHS if emotion != "neutral" else (0.0,))
        ]
        likely[emotion] = prior[emotion] * float(np.mean(np.exp(-0.5 * _TEMPER * np.array(misfits))))
    total = sum(likely.values())
    return Mood({emotion: value / total for emotion, value in likely.items()})


def _pieces(clip: AudioClip) -> list[Cues]:
    """Cues of stretches of a recording, evenly through it, so that long ones cost no more."""
    size, length = round(PIECE_S * clip.sample_rate), clip.samples.shape[1]
    count = max(1, min(PIECES, length // size))
    found = []
    for start in np.linspace(0, max(length - size, 0), count).round().astype(int):
        piece = np.ascontiguousarray(clip.samples[:, start : start + size])
        heard = cues(world.analyse(AudioClip(piece, clip.sample_rate))) if piece.any() else None
        if heard is not None:
            found.append(heard)
    return found
