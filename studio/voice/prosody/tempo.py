"""How fast speech goes, changed in the vocoder's domain: words and sounds move along to the sample."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from studio.types import AudioClip, PhonemeSpan, Speech
from studio.voice.features import FRAME_S, SAMPLE_RATE, Features
from studio.voice.prosody.sounds import kind

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

RATES = (0.25, 4.0)  # what may be asked for; beyond it frames are repeated or skipped and it is heard
HOP = round(FRAME_S * SAMPLE_RATE)  # samples of 24 kHz between two frames

# How far a sound gives way when speech slows down or hurries. Sounds of one syllable are not stretched alike: each has
# its own elasticity, vowels the most and stops the least (Klatt 1976; Campbell & Isard 1991). Shares are set by hand.
ELASTICITY = {"vowel": 1.0, "sonorant": 0.6, "fricative": 0.5, "stop": 0.25, "silence": 1.0}
_BRIEF_S, _SHORT_S = (
    0.015,
    0.045,
)  # a sound of up to the first keeps its length, from the second on it gives way in full
_LEAST = 0.02  # elasticity of a burst; not 0, or a word that is all bursts could not be retimed at all
_BURST_DB = (1.5, 4.0)  # rise of the mean level over the bands within 5 ms: from here it is an onset, from here a burst
_BURST_FRAMES = 3  # 15 ms: a burst with its way in and out
_SOFT_DB = 40.0  # below the loud frames nothing is a burst
_SILENT_DB = -45.0  # of frames with no known sound
_HIGH_BAND = 64  # bins: from 1500 Hz up
_STEEPEST = 4.0  # power of the asked stretch that the softest sounds of a word may take over from the others
_OCTAVE_JUMP = 0.5  # octaves between two frames: a mistake of the pitch tracker, or creak, never a glide
_NEAR, _NEAR_DB = 6, 0.5  # frames around the end of a word in which a quieter place is looked for; dB against each
_FADE_FRAMES = 6  # into and out of a pause that is put where there was none: 30 ms


def retimed(parts: Features, speech: Speech, rate: F64) -> tuple[Features, Speech]:
    """`parts` faster and slower as `rate` says, and `speech` with its times moved along.

    What is asked for a word is given to it as a whole; inside it vowels give way more than consonants, and bursts of
    stops and very short sounds stay as they are. Where a pitch ends it ends: nothing glides into voiceless frames.
    Words and phonemes lie on samples of 24 kHz. A rate of 1 throughout gives back the very same objects.

    Args:
        rate: float64 (N,), 1 as before, 2 twice as fast; in RATES.

    Returns:
        The features, and the speech whose sound is silence of the new length until it is synthesised.

    Raises:
        ValueError: `rate` has another length than `parts` or is out of range.
    """
    if rate.shape != parts.f0.shape:
        raise ValueError(f"rate must be {parts.f0.shape}, got {rate.shape}")
    if not np.all((rate >= RATES[0]) & (rate <= RATES[1])):
        raise ValueError(f"rate must be {RATES[0]} … {RATES[1]}")
    if np.all(rate == 1):
        return parts, speech
    stretch = _shared(1 / rate, elasticity(parts, speech), _units(parts, speech))
    ends = np.concatenate([[0.0], np.cumsum(stretch)]) * HOP
    count = max(1, round(float(ends[-1]) / HOP))
    positions = np.interp(np.arange(count) * HOP, ends, np.arange(len(ends), dtype=np.float64))

    def moved(time: Fraction) -> Fraction:
        at = float(time * SAMPLE_RATE / HOP)
        beyond = max(0.0, at - len(stretch)) * HOP * float(stretch[-1])
        return Fraction(round(float(np.interp(at, np.arange(len(ends)), ends)) + beyond), SAMPLE_RATE)

    return between(parts, positions), _moved(speech, moved, moved, moved(speech.audio.duration))


def paused(parts: Features, speech: Speech, at: Fraction, seconds: Fraction) -> tuple[Features, Speech]:
    """`parts` with `seconds` more of silence at a moment between two sounds, and `speech` with what follows it later.

    Args:
        at: s. In a silence, that is made longer; between two sounds, one is put there, its edges faded.
        seconds: s, above 0; rounded to whole frames.
    """
    count = round(seconds / Fraction(HOP, SAMPLE_RATE))
    if count < 1:
        return parts, speech
    added = Fraction(count * HOP, SAMPLE_RATE)
    place = _quietest(parts, min(round(at * SAMPLE_RATE / HOP), len(parts.f0)))
    length = speech.audio.duration + added
    later = _moved(speech, lambda t: t + added * (t >= at), lambda t: t + added * (t > at), length)
    inside = [sound for sound in speech.phonemes if sound.start <= at <= sound.end and not sound.symbol]
    if inside:
        longer = [replace(inside[0], end=inside[0].end + added)]
    else:
        longer = [PhonemeSpan("", at, at + added)] if speech.phonemes else []
    others = [sound for sound, was in zip(later.phonemes, speech.phonemes, strict=True) if was not in inside[:1]]
    later = replace(later, phonemes=tuple(sorted([*others, *longer], key=lambda sound: sound.start)))
    return _with_silence(parts, place, count), later


def between(parts: Features, positions: F64) -> Features:
    """Frames at positions (M,) between the frames of `parts`: log-linear power, linear noise, pitch where both have it.

    Whole positions give the very frames.
    """
    last = len(parts.f0) - 1
    low = np.clip(np.floor(positions + 1e-9).astype(np.int64), 0, last)
    high = np.minimum(low + 1, last)
    share = np.clip(positions - low, 0.0, 1.0)
    share[share < 1e-6] = 0.0
    return Features(
        _pitch(parts.f0, low, high, share),
        np.where(share[:, None] == 0, parts.envelope[low], _powers(parts.envelope, low, high, share)),
        parts.aperiodicity[low] + share[:, None] * (parts.aperiodicity[high] - parts.aperiodicity[low]),
    )


def elasticity(parts: Features, speech: Speech) -> F64:
    """float64 (N,) in _LEAST … 1: how far each frame gives way when speech is slowed down or hurried."""
    count = len(parts.f0)
    soft = np.where(parts.voiced, ELASTICITY["vowel"], ELASTICITY["fricative"])
    soft[_silent(parts)] = ELASTICITY["silence"]
    for span in speech.phonemes:
        begin, end = frames(span.start, span.end, count)
        own = ELASTICITY[kind(span.symbol)]
        length = float(span.end - span.start)
        brief = float(np.clip((length - _BRIEF_S) / (_SHORT_S - _BRIEF_S), 0.0, 1.0)) if span.symbol else 1.0
        soft[begin:end] = own * brief
    return np.asarray(np.maximum(soft * (1 - bursts(parts)), _LEAST))


def bursts(parts: Features) -> F64:
    """float64 (N,) in 0 … 1: 1 where a stop bursts open, with a few frames around it."""
    from scipy.ndimage import grey_dilation

    logs = 10 * np.log10(parts.envelope)
    level = 10 * np.log10(parts.envelope.sum(axis=1))
    # A burst raises the whole band, a vowel that sets in mostly what lies below.
    rise = np.diff(logs[:, _HIGH_BAND:], axis=0, prepend=logs[:1, _HIGH_BAND:]).mean(axis=1)
    sharp = np.clip((rise - _BURST_DB[0]) / (_BURST_DB[1] - _BURST_DB[0]), 0.0, 1.0)
    sharp[level < np.percentile(level, 95) - _SOFT_DB] = 0.0
    return np.asarray(grey_dilation(sharp, size=_BURST_FRAMES))


def frames(start: Fraction, end: Fraction, count: int) -> tuple[int, int]:
    """First frame of a span in s and the one after its last, of `count` frames."""
    first, last = round(start * SAMPLE_RATE / HOP), round(end * SAMPLE_RATE / HOP)
    return min(first, count), min(last, count)


def _silent(parts: Features) -> NDArray[np.bool_]:
    level = 10 * np.log10(parts.envelope.sum(axis=1))
    return np.asarray(level < np.percentile(level, 95) + _SILENT_DB)


def _units(parts: Features, speech: Speech) -> I64:
    """int64 (N,): which frames share what is asked of them: those of a word, of a pause, of speech between pauses."""
    count = len(parts.f0)
    number = np.zeros(count, np.int64)
    if speech.words:
        for index, word in enumerate(speech.words):
            begin, end = frames(word.start, word.end, count)
            number[begin:end] = index + 1
    else:
        number[~_silent(parts)] = 1
    return np.asarray(np.cumsum(np.diff(number, prepend=number[:1]) != 0), np.int64)


def _shared(asked: F64, soft: F64, units: I64) -> F64:
    """How much longer each frame becomes, (N,): every unit as much as asked of it, its soft frames more than the rest.

    The logarithm of what is asked is weighted with the elasticity and a factor that is found for each unit so that
    its length comes out; slower and faster parts of one unit keep to themselves.
    """
    logs = np.log(asked)
    groups = units * 2 + (logs > 0)
    wanted = np.bincount(groups, asked)
    low, high = np.zeros(len(wanted)), np.full(len(wanted), _STEEPEST)
    slower = np.arange(len(wanted)) % 2 == 1
    for _ in range(40):
        middle = (low + high) / 2
        reached = np.bincount(groups, np.exp(middle[groups] * soft * logs))
        short = (reached < wanted) == slower
        low, high = np.where(short, middle, low), np.where(short, high, middle)
    return np.where(logs == 0, 1.0, np.exp(((low + high) / 2)[groups] * soft * logs))


def _pitch(f0: F64, low: I64, high: I64, share: F64) -> F64:
    """Hz at the places between frames; 0 or the nearer one's where only one has a pitch, or they are far apart."""
    near = np.where(share < 0.5, f0[low], f0[high])
    both = (f0[low] > 0) & (f0[high] > 0)
    logs_low, logs_high = np.log2(np.where(both, f0[low], 1.0)), np.log2(np.where(both, f0[high], 1.0))
    glide = both & (np.abs(logs_high - logs_low) < _OCTAVE_JUMP) & (share > 0)
    return np.asarray(np.where(glide, np.exp2(logs_low + share * (logs_high - logs_low)), near))


def _powers(envelope: F64, low: I64, high: I64, share: F64) -> F64:
    logs = np.log(envelope)
    return np.asarray(np.exp(logs[low] + share[:, None] * (logs[high] - logs[low])))


def _quietest(parts: Features, place: int) -> int:
    """The quietest frame near one: where words are known to a few hundredths of a second, none is cut into."""
    first, last = max(0, place - _NEAR), min(len(parts.f0), place + _NEAR + 1)
    if not 0 < place < len(parts.f0):
        return place
    level = 10 * np.log10(parts.envelope[first:last].sum(axis=1))
    return first + int(np.argmin(level + _NEAR_DB * np.abs(np.arange(first, last) - place)))


def _with_silence(parts: Features, place: int, count: int) -> Features:
    """`count` frames of silence before the frame `place`: as quiet as the quietest, the edges fading into it."""
    quiet = parts.envelope[np.argmin(parts.envelope.sum(axis=1))]
    # The edges are the neighbours' own spectra, on the way down.
    before, after = parts.envelope[max(place - 1, 0)], parts.envelope[min(place, len(parts.f0) - 1)]
    steps = np.arange(count)
    share = np.clip(np.minimum(steps + 1, count - steps) / min(_FADE_FRAMES, (count + 1) / 2), 0.0, 1.0)[:, None]
    edge = np.where((steps < count / 2)[:, None], np.log(before), np.log(after))
    silence = np.exp(edge + share * (np.log(quiet) - edge))
    return Features(
        np.insert(parts.f0, place, np.zeros(count)),
        np.concatenate([parts.envelope[:place], silence, parts.envelope[place:]]),
        np.concatenate([parts.aperiodicity[:place], np.ones_like(silence), parts.aperiodicity[place:]]),
    )


def _moved(
    speech: Speech, starts: Callable[[Fraction], Fraction], ends: Callable[[Fraction], Fraction], length: Fraction
) -> Speech:
    """`speech` with every start and end moved, its sound silence of `length` s."""
    return replace(
        speech,
        audio=AudioClip(np.zeros((1, round(length * SAMPLE_RATE)), np.float32), SAMPLE_RATE),
        words=tuple(replace(word, start=starts(word.start), end=ends(word.end)) for word in speech.words),
        phonemes=tuple(replace(sound, start=starts(sound.start), end=ends(sound.end)) for sound in speech.phonemes),
    )
