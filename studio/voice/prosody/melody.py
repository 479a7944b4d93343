"""The pitch of a line, moved, widened and narrowed around the way it falls through each phrase."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from studio.types import PhonemeSpan, Speech
from studio.voice.features import F64, FRAME_S, Features
from studio.voice.prosody.plan import Weight, places
from studio.voice.prosody.sounds import kind
from studio.voice.prosody.tempo import frames

TONE_KEPT = 0.6  # of the span of a syllable's tone, in semitones: less and tones are taken for one another
_LOWEST_HZ, _HIGH_HZ = 50.0, 430.0  # no feeling takes a voice below the first, or far above the second
_STRAY = 11.0  # semitones from the line: a mistake of the pitch tracker, which is moved but never widened
_SLIP_FRAMES, _SMOOTH_FRAMES = 9, 2  # 45 ms, in which nobody gets anywhere with a pitch; 10 ms
_CEILING = 9.0  # semitones above the median: from here on upwards the melody is bent, so that nobody gets shrill
_BEND = 3.0  # semitones that are left above
_PHRASE_GAP_S = 0.15  # of silence between two phrases
_SLOPES = (-6.0, 1.0)  # semitones a second a phrase may fall or rise; pitch falls through it (Cohen et al. 1982)
_LINE_S = 0.6  # voiced, from which on a phrase has a line and not a mean alone
_FALL_S = 0.5  # the end of a phrase that falls with it
_TREMOR_HZ = 5.0

# Of a stressed word, at strength 1. English: a peak on the stressed vowel; Mandarin: the whole syllable's tone grows.
PEAK, TONE_GROWTH, TONE_LIFT = 2.4, 1.3, 0.8  # semitones, share, semitones
BEFORE, AFTER = 0.95, 0.85  # of the melody of the other words in its phrase
_EDGE_S = 0.06  # before and after the word in which its peak rises and falls


@dataclass(frozen=True)
class Phrase:
    """Frames from one pause to the next."""

    first: int
    last: int
    """Exclusive."""
    ending: float
    """How much of a final fall belongs here: 1 the end of a sentence, 0.5 of a part of one, 0 of a question."""


def moved(
    parts: Features, speech: Speech, curves: Mapping[str, F64], weights: Sequence[Weight] = (), *, seed: int = 0
) -> F64:
    """Hz, float64 (N,), 0 where there was no pitch: the pitch of `parts` as the controls ask.

    Args:
        curves: `pitch`, `melody`, `fall`, `tremor` and `jitter` of `studio.voice.prosody.delivery.Delivery`, (N,) each.
        weights: words that are stressed.
        seed: of tremor and jitter.
    """
    voiced = parts.voiced
    if not voiced.any():
        return parts.f0
    old = np.zeros_like(parts.f0)
    old[voiced] = 12 * np.log2(parts.f0[voiced])
    found = phrases(parts, speech)
    line = lines(old, voiced, found)
    away = old - line
    growth, lift = _stressed(speech, weights, found, len(old))
    widened = away + (curves["melody"] * growth - 1) * _intended(away, voiced)
    new = line + widened + curves["pitch"] + lift + _falls(speech, found, curves["fall"])
    new += _unrest(curves, seed)
    reach = float(np.percentile(old[voiced], 98) - np.median(old[voiced]))
    new = _bent(new, float(np.median(new[voiced])), reach)
    if speech.language == "zh":
        new = _tones_kept(new, old, voiced, speech)
    f0 = np.zeros_like(parts.f0)
    f0[voiced] = np.maximum(np.exp2(new[voiced] / 12), _LOWEST_HZ)
    return f0


def phrases(parts: Features, speech: Speech) -> tuple[Phrase, ...]:
    """The phrases of a line, in order, all frames in one of them."""
    count = len(parts.f0)
    if speech.words:
        quiet = [(one.end, other.start) for one, other in pairwise(speech.words)]
        cuts = [(a, b, index + 1) for index, (a, b) in enumerate(quiet) if float(b - a) >= _PHRASE_GAP_S]
        marks = _endings(speech)
        starts = [frames(a, b, count) for a, b, _ in cuts]
        ends = [(first + last) // 2 for first, last in starts]
        kinds = [marks[index - 1] for _, _, index in cuts] + [marks[-1]]
    else:
        ends = _silent_middles(parts)
        kinds = [0.5] * len(ends) + [1.0]
    bounds = [0, *ends, count]
    return tuple(Phrase(bounds[n], bounds[n + 1], kinds[n]) for n in range(len(kinds)) if bounds[n] < bounds[n + 1])


def lines(semitones: F64, voiced: NDArray[np.bool_], found: Sequence[Phrase]) -> F64:
    """Semitones, float64 (N,): the straight line that each phrase's pitch goes along (Theil 1950, Sen 1968)."""
    from scipy.stats import theilslopes

    line = np.full(len(semitones), float(np.median(semitones[voiced])))
    for phrase in found:
        inside = np.flatnonzero(voiced[phrase.first : phrase.last]) + phrase.first
        if not len(inside):
            continue
        at, values = inside[:: max(1, len(inside) // 150)], semitones[inside]
        slope = 0.0
        if len(inside) * FRAME_S >= _LINE_S:
            slope = float(np.clip(theilslopes(semitones[at], at * FRAME_S)[0], *_SLOPES))
        middle = np.median(values - slope * inside * FRAME_S)
        line[phrase.first : phrase.last] = middle + slope * np.arange(phrase.first, phrase.last) * FRAME_S
    return line


def stressed_vowel(speech: Speech, word: int) -> PhonemeSpan | None:
    """The vowel that carries a word's stress: the one marked so, else its first, or None where no sounds are known."""
    span = speech.words[word]
    inside = [p for p in speech.phonemes if p.end > span.start and p.start < span.end and kind(p.symbol) == "vowel"]
    return max(inside, key=lambda p: p.stress) if inside else None


def _intended(away: F64, voiced: NDArray[np.bool_]) -> F64:
    """What of the way from the line is melody, (N,): no micro-prosody, and no slips of the pitch tracker."""
    from scipy.ndimage import gaussian_filter1d, median_filter

    at = np.flatnonzero(voiced & (np.abs(away) < _STRAY))
    if not len(at):
        return np.zeros_like(away)
    whole = np.interp(np.arange(len(away)), at, away[at])
    # A slip moves along with what is around it, or there would be a step at each of its ends.
    return np.asarray(gaussian_filter1d(median_filter(whole, _SLIP_FRAMES), _SMOOTH_FRAMES))


def _endings(speech: Speech) -> list[float]:
    """For each word how much of a final fall there is if a pause follows it."""
    spans = places(speech.words, speech.text)
    found = []
    for index, (_, end) in enumerate(spans):
        until = spans[index + 1][0] if index + 1 < len(spans) else len(speech.text)
        between = speech.text[end:until]
        question = any(mark in between for mark in "?？")
        closed = not speech.text or until == len(speech.text) or any(mark in between for mark in ".!。！…\n")
        found.append(0.0 if question else 1.0 if closed else 0.5)
    return found


def _silent_middles(parts: Features) -> list[int]:
    """Frames in the middle of long silences, where no words are known."""
    level = 10 * np.log10(parts.envelope.sum(axis=1))
    quiet = np.concatenate([[False], (level < np.percentile(level, 95) - 35) & ~parts.voiced, [False]])
    edges = np.flatnonzero(np.diff(quiet.astype(np.int8)))
    runs = zip(edges[::2], edges[1::2], strict=True)
    return [int(a + b) // 2 for a, b in runs if (b - a) * FRAME_S >= _PHRASE_GAP_S and a > 0 and b < len(level)]


def _stressed(speech: Speech, weights: Sequence[Weight], found: Sequence[Phrase], count: int) -> tuple[F64, F64]:
    """What stressed words do to the melody: its growth (a factor) and its lift (semitones), (N,) each."""
    from scipy.ndimage import gaussian_filter1d

    growth, lift = np.ones(count), np.zeros(count)
    if not weights:
        return growth, lift
    own = {weight.word for weight in weights}
    edge = round(_EDGE_S / FRAME_S)
    for weight in weights:
        first, last = frames(speech.words[weight.word].start, speech.words[weight.word].end, count)
        phrase = next(p for p in found if p.first <= min(first, count - 1) < p.last)
        for index, word in enumerate(speech.words):
            begin, end = frames(word.start, word.end, count)
            if index not in own and phrase.first <= begin < phrase.last:
                # Two stressed words do not flatten what is between them twice.
                growth[begin:end] = np.minimum(growth[begin:end], BEFORE if index < weight.word else AFTER)
        vowel = stressed_vowel(speech, weight.word)
        peak = (first + last) / 2 if vowel is None else float(vowel.start + (vowel.end - vowel.start) / 3) / FRAME_S
        at = np.arange(count, dtype=np.float64)
        if speech.language == "zh":
            growth[first:last] = TONE_GROWTH**weight.strength
            sides: F64 = np.asarray(np.minimum((at - first) / edge + 1, (last - at) / edge + 1), np.float64)
            lift = np.maximum(lift, TONE_LIFT * weight.strength * eased(sides))
        else:
            rise, fall = peak - first + edge, last + edge - peak
            sides = np.asarray(np.where(at < peak, (at - peak) / rise, (peak - at) / fall) + 1, np.float64)
            lift = np.maximum(lift, PEAK * weight.strength * eased(sides))
    return np.asarray(gaussian_filter1d(growth, 3.0)), lift


def _falls(speech: Speech, found: Sequence[Phrase], fall: F64) -> F64:
    """Semitones to add at the ends of phrases, (N,). In Mandarin a syllable falls as a whole and keeps its tone."""
    from scipy.ndimage import gaussian_filter1d

    count = len(fall)
    added = np.zeros(count)
    spans = [frames(word.start, word.end, count) for word in speech.words]
    for phrase in found:
        inside = [span for span in spans if phrase.first <= span[0] < phrase.last]
        end = inside[-1][1] if inside else phrase.last
        at = np.arange(phrase.first, phrase.last, dtype=np.float64)
        if speech.language == "zh":
            for first, last in inside:
                at[first - phrase.first : last - phrase.first] = (first + last) / 2
        share = eased(1 - (end - at) * FRAME_S / _FALL_S)
        added[phrase.first : phrase.last] = phrase.ending * share * fall[phrase.first : phrase.last]
    return np.asarray(gaussian_filter1d(added, 2.0))


def _unrest(curves: Mapping[str, F64], seed: int) -> F64:
    """Tremor and jitter in semitones, (N,)."""
    from scipy.ndimage import gaussian_filter1d

    tremor, jitter = curves["tremor"], curves["jitter"]
    if not tremor.any() and not jitter.any():
        return np.zeros_like(tremor)
    rng = np.random.default_rng(seed)
    wander = gaussian_filter1d(rng.standard_normal(len(tremor)), 0.2 / FRAME_S)
    pace = _TREMOR_HZ * (1 + 0.15 * wander / (wander.std() + 1e-9))
    waver = np.sin(2 * np.pi * np.cumsum(pace) * FRAME_S)
    noise = gaussian_filter1d(rng.standard_normal(len(tremor)), 1.0)
    return np.asarray(tremor * waver + jitter * noise / (noise.std() + 1e-9))


def _bent(semitones: F64, median: float, reach: float) -> F64:
    """With what is far above `median` bent down, unless the speaker was as far above their own and not yet high."""
    ceiling = min(median + max(_CEILING, reach), 12 * float(np.log2(_HIGH_HZ)))
    above = np.maximum(semitones - ceiling, 0.0)
    return np.asarray(np.minimum(semitones, ceiling) + _BEND * np.tanh(above / _BEND))


def _tones_kept(new: F64, old: F64, voiced: NDArray[np.bool_], speech: Speech) -> F64:
    """With the span of every syllable at least TONE_KEPT of what it was."""
    kept = new.copy()
    for word in speech.words:
        first, last = frames(word.start, word.end, len(new))
        inside = np.flatnonzero(voiced[first:last]) + first
        if len(inside) < 2:
            continue
        before, after = np.ptp(np.percentile(old[inside], (5, 95))), np.ptp(np.percentile(new[inside], (5, 95)))
        if before < _STRAY and after < TONE_KEPT * before:
            kept[inside] = new[inside].mean() + TONE_KEPT * (old[inside] - old[inside].mean())
    return kept


def eased(x: F64) -> F64:
    """3x² − 2x³: 0 … 1, flat at both ends; what lies outside is clipped."""
    x = np.clip(x, 0.0, 1.0)
    return np.asarray(x * x * (3 - 2 * x))
