"""How a line is said: five feelings, turned into what they do to pace, pitch, loudness and timbre, and laid on a voice.

Directions follow what listeners and actors agree on. Joy is faster, higher, wider in pitch and louder, with more high
frequencies; sadness slower, lower, narrower and softer, with fewer of them, falling, and irregular from period to
period (Murray & Arnott 1993; Scherer 2003; Juslin & Laukka 2003). Tenderness is slow, soft and dark, with a low and
even pitch (Juslin & Laukka 2003); a breathy or lax voice is heard as intimate or sad, a tense one never (Gobl & Ní
Chasaide 2003). A smile makes the vocal tract shorter (Tartter 1980). Solemn is no emotion of theirs: slow, low, even,
with long pauses and full falls, and a clear voice.

Sizes are set by hand, far below an actor's: people listen to somebody they loved. They were looked at on recordings
and judged with DNSMOS (benchmarks/delivery.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from fractions import Fraction
from itertools import pairwise

import numpy as np

from studio.types import Emotion, Feeling, Speech
from studio.voice.features import F64, FRAME_S, Features
from studio.voice.prosody import melody, timbre
from studio.voice.prosody.plan import Plan, Silence
from studio.voice.prosody.sounds import kind
from studio.voice.prosody.tempo import RATES, frames, paused, retimed


@dataclass(frozen=True)
class Delivery:
    """What one feeling does at full strength. Zeros are added, ones multiply."""

    tempo: float = 1.0
    """Of the rate of speech."""
    pauses: float = 1.0
    """Of the length of silences inside the line."""
    pitch: float = 0.0
    """Semitones."""
    melody: float = 1.0
    """Of the pitch's way from the line of its phrase, in semitones; Mandarin tones keep 0.6 of theirs at least."""
    fall: float = 0.0
    """Semitones at the end of a sentence; half of it at other phrase ends; questions keep theirs."""
    energy: float = 0.0
    """dB."""
    dynamics: float = 1.0
    """Of the loudness's way from the phrase's mean, in dB."""
    tilt: float = 0.0
    """dB an octave, above 500 Hz; below 0 is darker. The loudness stays."""
    breath: float = 0.0
    """0 … 1: share of noise in voiced sounds at 4 kHz and above; it fades in from 1 kHz."""
    smile: float = 1.0
    """Of the frequency of the formants."""
    tremor: float = 0.0
    """Semitones: slow waver of the pitch, about 5 Hz."""
    jitter: float = 0.0
    """Semitones, standard deviation: irregularity from one period to the next."""


DELIVERIES: Mapping[Emotion, Delivery] = {
    "neutral": Delivery(),
    "warm": Delivery(
        tempo=0.95,
        pauses=1.1,
        pitch=-0.4,
        melody=1.06,
        fall=-0.3,
        energy=-1.0,
        dynamics=0.95,
        tilt=-0.8,
        breath=0.15,
        smile=1.012,
    ),
    "glad": Delivery(
        tempo=1.06, pauses=0.9, pitch=1.6, melody=1.3, fall=0.6, energy=1.5, dynamics=1.1, tilt=0.6, smile=1.02
    ),
    "sad": Delivery(
        tempo=0.88,
        pauses=1.35,
        pitch=-1.2,
        melody=0.72,
        fall=-0.8,
        energy=-2.5,
        dynamics=0.9,
        tilt=-1.5,
        breath=0.25,
        smile=0.99,
        tremor=0.12,
        jitter=0.06,
    ),
    "solemn": Delivery(
        tempo=0.87, pauses=1.35, pitch=-1.0, melody=0.84, fall=-1.2, energy=-0.5, dynamics=0.95, tilt=-0.2
    ),
}

_REST = DELIVERIES["neutral"]
PASSING_S = 0.5  # in which one feeling passes into the next: a word or two

# A stressed word is longer, most of all its stressed vowel, higher and louder, and those after it are said with less
# melody (Cooper, Eady & Mueller 1985; for Mandarin, where the tone itself grows, Xu 1999). At strength 1:
VOWEL_RATE, WORD_RATE = 1 / 1.28, 1 / 1.08
WORD_GAIN_DB, OTHERS_GAIN_DB = 2.5, -0.7
_GAIN_EDGE_S = 0.04
LAST_RATE = 0.85  # of the vowel before a pause that was put there: phrases end slowly
_GAP_S = Fraction(3, 50)  # shorter silences are closures of stops, not pauses


def deliver(
    parts: Features, speech: Speech, feelings: Sequence[Feeling] = (), planned: Plan | None = None, *, seed: int = 0
) -> tuple[Features, Speech]:
    """`parts` said with these feelings and as the marks ask; words and phonemes move along exactly.

    Neutral throughout and without marks it gives back the very same objects.

    Args:
        feelings: in order of time, on the clock of `speech` as it comes in.
        planned: the marks of the script; of its feelings nothing is read, see `studio.voice.prosody.plan.feelings`.
        seed: of the irregularity of a sad voice.

    Returns:
        The features, and the speech whose sound is silence of the new length until it is synthesised.

    Raises:
        ValueError: feelings are not in order, or a strength is outside 0 … 1.
    """
    _check(feelings)
    planned = planned or Plan()
    count = len(parts.f0)
    curves = controls(feelings, np.arange(count) * FRAME_S)
    gain = _weights_gain(speech, planned, count)
    moved = parts
    if any(np.any(curves[f.name] != getattr(_REST, f.name)) for f in fields(Delivery)) or planned.weights:
        f0 = melody.moved(parts, speech, curves, planned.weights, seed=seed)
        moved = timbre.coloured(Features(f0, parts.envelope, parts.aperiodicity), curves, gain)
    slower, timed = retimed(moved, speech, _rate(parts, speech, curves, planned))
    for silence in reversed(planned.silences):
        slower, timed = _waiting(slower, timed, silence.word, silence.seconds)
    return slower, timed


def controls(feelings: Sequence[Feeling], times: F64) -> dict[str, F64]:
    """What the feelings ask for at these times (s): for every field of Delivery a float64 (N,).

    A feeling begins at its moment and has come PASSING_S later; one from 0 s or before is there from the start. What
    multiplies passes in its logarithm.
    """
    asked = {f.name: np.full(times.shape, getattr(_REST, f.name)) for f in fields(Delivery)}
    for feeling in feelings:
        come = np.ones_like(times) if feeling.at <= 0 else melody.eased((times - float(feeling.at)) / PASSING_S)
        for field in fields(Delivery):
            full, now = getattr(DELIVERIES[feeling.emotion], field.name), asked[field.name]
            if getattr(_REST, field.name) == 1.0:
                now *= (full**feeling.strength / now) ** come
            else:
                now += come * (feeling.strength * full - now)
    return asked


def gaps(speech: Speech) -> list[tuple[Fraction, Fraction]]:
    """The pauses inside a line, s: silences between its words, or, where no words are known, between its sounds."""
    if speech.words:
        ends = [(one.end, other.start) for one, other in pairwise(speech.words)]
    else:
        ends = [(p.start, p.end) for p in speech.phonemes[1:-1] if not p.symbol]
    return [(start, end) for start, end in ends if end - start >= _GAP_S]


def _check(feelings: Sequence[Feeling]) -> None:
    if any(later.at < earlier.at for earlier, later in pairwise(feelings)):
        raise ValueError("feelings must be in order of time")
    for feeling in feelings:
        if not 0.0 <= feeling.strength <= 1.0:
            raise ValueError(f"strength must be 0 … 1, got {feeling.strength}")


def _rate(parts: Features, speech: Speech, curves: Mapping[str, F64], planned: Plan) -> F64:
    """Of every frame, (N,), for `retimed`: feelings, marks of pace, stressed words, and pauses that are to be short."""
    count = len(parts.f0)
    rate = curves["tempo"].copy()
    for stretch in planned.tempos:
        begin, end = frames(speech.words[stretch.first].start, speech.words[stretch.last - 1].end, count)
        rate[begin:end] *= stretch.rate
    for weight in planned.weights:
        word, vowel = speech.words[weight.word], melody.stressed_vowel(speech, weight.word)
        begin, end = frames(word.start, word.end, count)
        rate[begin:end] *= WORD_RATE**weight.strength
        if vowel is not None:
            first, last = frames(max(vowel.start, word.start), min(vowel.end, word.end), count)
            rate[first:last] *= (VOWEL_RATE / WORD_RATE) ** weight.strength
    # Silence before and after a line is not of the line.
    heard = [(word.start, word.end) for word in speech.words] or [
        (sound.start, sound.end) for sound in speech.phonemes if sound.symbol
    ]
    if heard:
        rate[: frames(heard[0][0], heard[0][1], count)[0]] = 1.0
        rate[frames(heard[-1][0], heard[-1][1], count)[1] :] = 1.0
    for start, stop in gaps(speech):
        begin, end = frames(start, stop, count)
        rate[begin:end] = 1 / curves["pauses"][begin:end]
    for silence in planned.silences:
        _make_room(rate, speech, silence)
    return np.clip(rate, *RATES)


def _make_room(rate: F64, speech: Speech, silence: Silence) -> None:
    """In `rate`: a pause longer than asked is shortened to it; the vowel before one that is put there is slowed."""
    count = len(rate)
    if not 0 < silence.word < len(speech.words):
        return
    before, after = speech.words[silence.word - 1], speech.words[silence.word]
    gap = after.start - before.end
    if gap >= _GAP_S:
        begin, end = frames(before.end, after.start, count)
        rate[begin:end] = max(1.0, float(gap / silence.seconds))
        return
    vowels = [p for p in speech.phonemes if before.start <= p.start < before.end and kind(p.symbol) == "vowel"]
    if vowels:
        begin, end = frames(vowels[-1].start, vowels[-1].end, count)
        rate[begin:end] *= LAST_RATE


def _waiting(parts: Features, speech: Speech, word: int, seconds: Fraction) -> tuple[Features, Speech]:
    """The silence before a word, or after the last one, made `seconds` long where it is shorter."""
    words = speech.words
    before = words[word - 1].end if word else Fraction(0)
    after = words[word].start if word < len(words) else max(speech.audio.duration, before)
    if 0 < word < len(words):
        at = (before + after) / 2 if after - before >= _GAP_S else after
    else:
        at = before if word else Fraction(0)
    return paused(parts, speech, at, seconds - (after - before))


def _weights_gain(speech: Speech, planned: Plan, count: int) -> F64:
    """dB, (N,): stressed words a little louder, the others a little softer."""
    from scipy.ndimage import gaussian_filter1d

    gain = np.zeros(count)
    if not planned.weights:
        return gain
    for word in speech.words:
        begin, end = frames(word.start, word.end, count)
        gain[begin:end] = OTHERS_GAIN_DB
    for weight in planned.weights:
        begin, end = frames(speech.words[weight.word].start, speech.words[weight.word].end, count)
        gain[begin:end] = WORD_GAIN_DB * weight.strength
    return np.asarray(gaussian_filter1d(gain, _GAIN_EDGE_S / FRAME_S))
