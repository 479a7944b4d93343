"""True words laid into a synthetic line: where the person said these very words on tape, their own voice is heard.

Only where it is asked for, only the same words in the same order with the same reading, and only where pitch, pace and
level go on as they were: a word that jumps out is worse than a synthetic one. Unit selection (Hunt and Black 1996) with
one candidate line and a person's own recordings as its inventory.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from studio.media.audio import resample
from studio.types import F32, AudioClip, PhonemeSpan, Speech, WordSpan
from studio.voice.alignment.bank import SAMPLE_RATE, Bank, Phrase, Tape, keys, pitch
from studio.voice.alignment.joining import crossfaded, tone, toned
from studio.voice.alignment.warping import frame_levels
from studio.voice.features import F64
from studio.voice.loudness import level_db, limit
from studio.voice.times import covering

# What a phrase may differ by from the synthetic words it stands for. Measured on a man's read sentences (about 100
# words): 95 % of words lie within 3.5 semitones of their sentence's median and within 4.7 of the word before them; 80 %
# of the boundaries between words lie 12 dB and more below the loud part of the word that follows, 50 % 26 dB.
MEDIAN_SEMITONES = 4.0
EDGE_SEMITONES = 7.0
PACES = (0.6, 1.7)
LEVEL_DB = 9.0
JOIN_DB = 12.0  # a joint lies this far below the loud parts of the words on both sides
GAIN_DB = 4.0  # as much a phrase is made louder or softer
SHORTEST_S = Fraction(3, 10)  # of a single word
_REACH_S, _INTO_S = 0.12, 0.015  # a joint is looked for so far outside the words, and so far inside
_FINE_S = 0.0025  # steps in which the quietest moment is looked for
_SILENT_FADE_S, _SOUND_FADE_S = 0.03, 0.01
_SILENT_DB = 35.0  # below the loud parts: a joint in silence
_EDGE_S = 0.12  # of pitch looked at beside a joint
_FINAL = 1.0  # what it counts, where 1 is refusal, that a phrase ended a sentence and this one does not
_FUNCTION_WORDS = frozenset(
    re.findall(
        r"\S+",
        "a an the and or but nor so yet if as at by for from in into of off on onto out over to up with than then "
        "that this these those there here i me my you your he him his she her it its we us our they them their "
        "who whom which what is am are was were be been being do does did has have had will would shall should "
        "can could may might must not no it's i'm i've i'll don't",
    )
)


@dataclass(frozen=True)
class TrueWords:
    """Words of a line that are the person's own recording."""

    first: int
    last: int
    """Places in the line; last is exclusive."""
    text: str
    start: Fraction
    end: Fraction
    """s of the line."""
    source: str
    sha256: str
    """The recording they are from."""
    taken_from: Fraction
    taken_to: Fraction
    """s of that recording."""


@dataclass(frozen=True)
class LeftSynthetic:
    """Words that are on tape and were not used."""

    text: str
    reason: str


@dataclass(frozen=True, eq=False)
class Spliced:
    """A line with true words in it, and which they are."""

    speech: Speech
    true: tuple[TrueWords, ...]
    left: tuple[LeftSynthetic, ...]


@dataclass(frozen=True)
class _Joint:
    """A phrase of the tape in place of words of the line; samples at 48 kHz."""

    phrase: Phrase
    first: int
    last: int
    line: tuple[int, int]
    """From where to where the line is taken out."""
    tape: tuple[int, int]
    """From where to where the tape is put in."""
    fades: tuple[int, int]
    gain: float
    cost: float


class _Unfit(Exception):
    """Why a phrase is not used."""


def spliced(speech: Speech, bank: Bank) -> Spliced:
    """`speech` with every phrase of it that is on tape and goes in unheard.

    Longer phrases go first. Times of words and sounds after a phrase move with it, to the sample; a phrase's own are
    those of its recording.

    Args:
        speech: synthetic, with its words' times.
        bank: of the same language; otherwise nothing is done.
    """
    line = _at_rate(speech)
    if bank.language != line.language or not line.words:
        return Spliced(line, (), ())
    ear = _Line(line)
    chosen: list[_Joint] = []
    left: dict[str, str] = {}
    covered = np.zeros(len(line.words), dtype=bool)
    for first, last in _stretches(ear):
        if covered[first:last].any():
            continue
        joints: list[_Joint] = []
        for phrase in bank.phrases(ear.keys[first:last]):
            try:
                joints.append(_judged(ear, bank.tapes[phrase.tape], phrase, first, last))
            except _Unfit as why:
                left.setdefault(phrase.text, str(why))
        if joints:
            chosen.append(min(joints, key=lambda joint: joint.cost))
            covered[first:last] = True
    chosen.sort(key=lambda joint: joint.first)
    if not chosen:
        return Spliced(line, (), _left(left, ()))
    said, true = _laid(line, bank, chosen)
    return Spliced(said, true, _left(left, true))


def _left(reasons: dict[str, str], true: Sequence[TrueWords]) -> tuple[LeftSynthetic, ...]:
    """The longest of what was not used; parts of it, and of what was, say nothing new."""
    told: list[str] = [f" {phrase.text} " for phrase in true]
    found = []
    for text, reason in sorted(reasons.items(), key=lambda pair: -len(pair[0])):
        if not any(text in other for other in told):
            told.append(f" {text} ")
            found.append(LeftSynthetic(text, reason))
    return tuple(found)


class _Line:
    """What is looked up again and again of the line."""

    def __init__(self, speech: Speech) -> None:
        self.speech = speech
        self.keys = keys(speech)
        self.pitch = pitch(speech.audio)
        self.marks = _marks(speech)
        self.samples = speech.audio.mono()
        self.fine = frame_levels(self.samples, SAMPLE_RATE, _FINE_S)
        self.level = level_db(self.samples, SAMPLE_RATE)


def _at_rate(speech: Speech) -> Speech:
    clip = resample(speech.audio, SAMPLE_RATE)
    return replace(speech, audio=AudioClip(clip.mono()[None], SAMPLE_RATE))


def _stretches(ear: _Line) -> list[tuple[int, int]]:
    """Runs of words worth looking for, the longest first."""
    count = len(ear.keys)
    found = []
    for length in range(count, 0, -1):
        for first in range(count - length + 1):
            words = ear.speech.words[first : first + length]
            held = ear.keys[first : first + length]
            if ear.speech.language == "zh":
                worth = length >= 2
            elif length == 1:
                worth = held[0] not in _FUNCTION_WORDS and words[0].end - words[0].start >= SHORTEST_S
            else:
                worth = any(key not in _FUNCTION_WORDS for key in held)
            if worth and all(held):
                found.append((first, first + length))
    return found


def _marks(speech: Speech) -> tuple[str, ...]:
    """For each word the mark after it: "", or one of , . ? !"""
    found = []
    at = 0
    places = []
    for word in speech.words:
        place = speech.text.find(word.text, at)
        at = (place if place >= 0 else at) + len(word.text)
        places.append((place, at))
    starts = [place for place, _ in places[1:]] + [len(speech.text)]
    for (_, end), following in zip(places, starts, strict=True):
        between = speech.text[end : max(end, following)]
        marks = re.findall(r"[,.?!，。？！、；：;:…—\n]", between)
        plain = {"，": ",", "。": ".", "？": "?", "！": "!", "\n": ".", "…": "."}
        found.append(plain.get(marks[-1], marks[-1] if marks[-1] in ".?!" else ",") if marks else "")
    if found and not found[-1]:
        found[-1] = "."
    return tuple(found)


def _judged(ear: _Line, tape: Tape, phrase: Phrase, first: int, last: int) -> _Joint:
    """The phrase fitted in.

    Raises:
        _Unfit: it would be heard as a jump.
    """
    words, held = ear.speech.words[first:last], tape.speech.words[phrase.first : phrase.last]
    ours, theirs = (words[0].start, words[-1].end), (phrase.start, phrase.end)
    marks = ear.marks[last - 1], _marks(tape.speech)[phrase.last - 1]
    if ("?" in marks) and marks[0] != marks[1]:
        raise _Unfit("it ends a question in one place and not in the other")
    pace = sum(float(w.end - w.start) for w in held) / max(sum(float(w.end - w.start) for w in words), 1e-3)
    if not PACES[0] <= pace <= PACES[1]:
        faster = f"{1 / pace:.1f} times as fast" if pace < 1 else f"{pace:.1f} times as slowly"
        raise _Unfit(f"it was said {faster} as the line around it")
    jumps = _jumps(ear.pitch, ours, tape.pitch, theirs)
    if jumps[0] > MEDIAN_SEMITONES or max(jumps[1:]) > EDGE_SEMITONES:
        raise _Unfit(f"its pitch is {max(jumps):.0f} semitones from the line around it")
    gain = ear.level - level_db(tape.speech.audio.mono(), SAMPLE_RATE)
    softer = _loud(ear.samples, ours) - _loud(tape.speech.audio.mono(), theirs) - gain
    if abs(softer) > LEVEL_DB:
        raise _Unfit(f"it is {abs(softer):.0f} dB {'softer' if softer > 0 else 'louder'} than the line around it")
    fine = frame_levels(tape.speech.audio.mono(), SAMPLE_RATE, _FINE_S)
    a, fade_a = _cut(ear.fine, ear.speech.words, first, last, leading=True)
    b, fade_b = _cut(ear.fine, ear.speech.words, first, last, leading=False)
    p, fade_p = _cut(fine, tape.speech.words, phrase.first, phrase.last, leading=True)
    q, fade_q = _cut(fine, tape.speech.words, phrase.first, phrase.last, leading=False)
    final = (marks[0] in (".", "!")) != (marks[1] in (".", "!"))
    cost = jumps[0] / MEDIAN_SEMITONES + max(jumps[1:]) / EDGE_SEMITONES + abs(np.log(pace)) / 0.5
    cost += abs(softer) / LEVEL_DB + _FINAL * final - min(tape.snr_db, 50) / 100
    total = gain + float(np.clip(softer, -GAIN_DB, GAIN_DB)) * 0.5
    return _Joint(phrase, first, last, (a, b), (p, q), (min(fade_a, fade_p), min(fade_b, fade_q)), total, float(cost))


def _jumps(
    ours: F64, where: tuple[Fraction, Fraction], theirs: F64, there: tuple[Fraction, Fraction]
) -> tuple[float, float, float]:
    """Semitones between the two: over all of the words, their beginning, their end; 0 where one has no pitch."""

    def part(track: F64, start: Fraction, end: Fraction) -> F64:
        own = track[round(start * 100) : max(round(end * 100), round(start * 100) + 1)]
        return np.asarray(own[np.isfinite(own)])

    mine, tapes = part(ours, *where), part(theirs, *there)
    if len(mine) < 3 or len(tapes) < 3:
        return 0.0, 0.0, 0.0
    edge = round(_EDGE_S * 100)
    return (
        float(abs(np.median(mine) - np.median(tapes))),
        float(abs(np.median(mine[:edge]) - np.median(tapes[:edge]))),
        float(abs(np.median(mine[-edge:]) - np.median(tapes[-edge:]))),
    )


def _loud(samples: F32, span: tuple[Fraction, Fraction]) -> float:
    """dBFS of the louder half of a stretch."""
    own = frame_levels(samples[round(span[0] * SAMPLE_RATE) : round(span[1] * SAMPLE_RATE)], SAMPLE_RATE, 0.01)
    return float(10 * np.log10(np.mean(10 ** (own[own >= np.median(own)] / 10))))


def _cut(fine: F64, words: Sequence[WordSpan], first: int, last: int, *, leading: bool) -> tuple[int, int]:
    """The quietest sample beside the words, and how long a fade may be there.

    Raises:
        _Unfit: they run into their neighbour without a quiet moment.
    """
    begin, end = float(words[first].start), float(words[last - 1].end)
    inside = fine[int(begin / _FINE_S) : int(end / _FINE_S) + 1]
    loud = float(np.percentile(inside, 90))
    heard = np.flatnonzero(inside > loud - _SILENT_DB)
    if leading:
        # Silence that the alignment counted to the word is not laid in with it.
        edge = begin + float(heard[0]) * _FINE_S
        free = float(words[first - 1].end) if first else edge - _REACH_S
        low, high = max(edge - _REACH_S, min(free, edge) - _INTO_S, 0.0), edge + _INTO_S
    else:
        edge = begin + float(heard[-1] + 1) * _FINE_S
        free = float(words[last].start) if last < len(words) else edge + _REACH_S
        low, high = edge - _INTO_S, min(edge + _REACH_S, max(free, edge) + _INTO_S)
    start = min(int(low / _FINE_S), len(fine) - 1)
    part = fine[start : max(int(high / _FINE_S) + 1, start + 1)]
    place = start + int(np.argmin(part))
    below = loud - float(part.min())
    if below < JOIN_DB:
        raise _Unfit("it runs into the word beside it without a quiet moment to join at")
    fade = _SILENT_FADE_S if below >= _SILENT_DB else _SOUND_FADE_S
    # A level at i is that of the steps i and i + 1: their middle is one step on.
    return round((place + 1) * _FINE_S * SAMPLE_RATE), round(fade * SAMPLE_RATE)


def _laid(line: Speech, bank: Bank, chosen: Sequence[_Joint]) -> tuple[Speech, tuple[TrueWords, ...]]:
    """Sound, words and phonemes with the chosen phrases in."""
    samples = line.audio.samples[0]
    average = tone(samples)
    parts: list[tuple[F32, int, int, int]] = []  # sound, from, to, fade into it
    words: list[WordSpan] = []
    sounds: list[PhonemeSpan] = []
    true: list[TrueWords] = []
    at = kept = place = 0  # sample of the new line, of the old one, and the word
    fade = 0
    for joint in chosen:
        tape = bank.tapes[joint.phrase.tape]
        (a, b), (p, q) = joint.line, joint.tape
        q = min(q, tape.speech.audio.samples.shape[1])
        a = max(a, kept)
        _move(line, (place, joint.first), (kept, a), at - kept, words, sounds)
        if a > kept:
            parts.append((samples, kept, a, fade))
            fade = joint.fades[0]
        at += a - kept
        taped = toned(tape.speech.audio.samples[0], (p, q), tone(tape.speech.audio.samples[0]), average)
        parts.append((taped * np.float32(10 ** (joint.gain / 20)), p, q, fade))
        before = len(words)
        _move(tape.speech, (joint.phrase.first, joint.phrase.last), (p, q), at - p, words, sounds)
        words[before:] = [
            replace(word, text=own.text, recorded=True)
            for word, own in zip(words[before:], line.words[joint.first : joint.last], strict=True)
        ]
        true.append(
            TrueWords(
                joint.first,
                joint.last,
                joint.phrase.text,
                words[before].start,
                words[-1].end,
                tape.source,
                tape.sha256,
                tape.start + joint.phrase.start,
                tape.start + joint.phrase.end,
            )
        )
        at += q - p
        kept, place, fade = b, joint.last, joint.fades[1]
    _move(line, (place, len(line.words)), (kept, len(samples)), at - kept, words, sounds)
    if kept < len(samples):
        parts.append((samples, kept, len(samples), fade))
    audio = AudioClip(limit(crossfaded(parts), SAMPLE_RATE)[None], SAMPLE_RATE)
    said = replace(line, audio=audio, words=tuple(words), phonemes=covering(sounds, audio.duration))
    return said, tuple(true)


def _move(
    speech: Speech,
    which: tuple[int, int],
    window: tuple[int, int],
    shift: int,
    words: list[WordSpan],
    sounds: list[PhonemeSpan],
) -> None:
    """Adds the words `which` and the sounds inside `window` (samples of `speech`), `shift` samples later."""
    low, high = Fraction(window[0], SAMPLE_RATE), Fraction(window[1], SAMPLE_RATE)
    later = Fraction(shift, SAMPLE_RATE)
    for word in speech.words[which[0] : which[1]]:
        words.append(replace(word, start=max(word.start, low) + later, end=min(word.end, high) + later))
    for span in speech.phonemes:
        start, end = max(span.start, low), min(span.end, high)
        if span.symbol and end > start:
            sounds.append(replace(span, start=start + later, end=end + later))
