"""Is a take what was asked for: every word, no other, one voice, one loudness, and the person's?

Engines that imitate a recording leave words out, say them twice, go on speaking after the end, begin with the words of
the recording, and change the speaker half-way. All of it is measured here, on the sound alone.

Its power, on real speech made bad on purpose as benchmarks/takes_check.py does: English is one man reading, Mandarin
one woman's words joined to lines of five. Counted is where the right fault is found. First by likeness to synthetic
speech alone (alignment/follow.py), whose costs were chosen on eight and seven of these very lines; then by models of
people's sounds, which English has besides (alignment/sphinx.py); last by all of it, on three lines kept apart:

                     likeness, English   likeness, Mandarin   models, English   all, English
    word cut out           5 of 8              4 of 7              2 of 2           3 of 3
    word doubled           5 of 8              3 of 7              4 of 4           2 of 3
    foreign tail           7 of 8              7 of 7              4 of 4           2 of 3
    reference leaks in                                                              3 of 3
    18 dB louder                                                                    3 of 3
    1 s of silence                                                                  3 of 3
    good: word missed      4 of 18             0 of 7              0 of 5           0 of 3
    good: speech added     0 of 18             0 of 7              0 of 4           0 of 3

The four of 18 are words of hurried sentences, where the models find no way; those of fewer than five letters are never
called missing in English. So a clean sheet is no proof: of Mandarin's missing and doubled words half pass unnoticed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from studio.errors import AudioUnusable
from studio.media.audio import resample
from studio.types import F32, AudioClip, Language, Speech
from studio.voice.alignment.align import aligned
from studio.voice.alignment.follow import FRAME_S, Followed, apart, follow, likened, loudness
from studio.voice.alignment.warping import SAMPLE_RATE, cepstra
from studio.voice.engines import Reference
from studio.voice.features import F64, analyse, loud

ADDED_S = 0.28  # of speech that is nobody's word: less is a breath, or a word said slowly
TAIL_S = 0.28
PAUSE_S = 0.7  # longer ones inside a sentence are heard as a mistake
JUMP_DB = 11.0
LEAST_LIKENESS = 0.6  # of Resemblyzer's: strangers have .62 on average, two halves of one recording .88
LEAST_HALVES = 0.6
DRIFT_SEMITONES = 7.0  # a sentence falls by 2 to 3 from its first half to its second
LEAK_DISTANCE = 0.95  # of the take's beginning to the reference; 0 a copy, 1.1 other words of the same voice
_HALF_S = 1.5  # a voice cannot be told from less
_WINDOW_S = 0.8  # over which loudness is compared
_GAP_S = 0.2  # of sound between two words: what is less belongs to them
_SPOKEN_OUT = 5  # letters of an English word that is not swallowed whole
_SHOWN = 6  # words named in a sentence


Mask = NDArray[np.bool_]
"""bool (N,), one for every 10 ms."""


@dataclass(frozen=True)
class Verdict:
    """What was measured of a take, and what is wrong with it."""

    missing: tuple[str, ...]
    """Words of the text that are not heard, in order."""
    added_s: float
    """Speech before and between the words that is in none of them, s."""
    tail_s: float
    """Speech after the last word, s."""
    pause_s: float
    """The longest silence between two words, s."""
    loudness: float
    """The largest step of the level inside the take, dB."""
    likeness: float | None
    """Cosine to the reference, see person/likeness.py; None without a reference, or where there is too little."""
    steadiness: float | None
    """Cosine of the first half to the second; None for takes of less than 3 s of speech."""
    f0_drift: float | None
    """Semitones from the first half's median pitch to the second's; None where too little has a pitch."""
    leak: bool
    """Is the beginning taken from the reference?"""
    sentences: tuple[str, ...] = ()
    """What is wrong, for whoever chooses; empty for a good take."""

    @property
    def ok(self) -> bool:
        """Is nothing wrong?"""
        return not self.sentences

    @property
    def badness(self) -> float:
        """For comparing takes of a line: 0 is perfect; a missing word, or a second of what is not in the text, is 1."""
        unlike = max(0.0, 0.9 - self.likeness) if self.likeness is not None else 0.0
        unsteady = max(0.0, 0.8 - self.steadiness) if self.steadiness is not None else 0.0
        faults = len(self.missing) + self.added_s + self.tail_s + 2 * self.leak + max(0.0, self.pause_s - PAUSE_S)
        return float(faults + unlike + unsteady + max(0.0, self.loudness - JUMP_DB) / 10)


def check(take: Speech | AudioClip, text: str, language: Language, reference: Reference | None = None) -> Verdict:
    """Compare a take of one sentence with what was asked for.

    Args:
        text: as written.
        reference: the recording that was imitated, where one was.

    Raises:
        TextUnspeakable: the text cannot be said.
        AudioUnusable: the take is silent.
        ValueError: the take is longer than `studio.voice.alignment.follow.LONGEST_S`.
    """
    clip = take.audio if isinstance(take, Speech) else take
    if not clip.samples.size or float(np.abs(clip.samples).max()) < 1e-4:
        raise AudioUnusable("The take is silent. Make another one.")
    clip = AudioClip(resample(clip, SAMPLE_RATE).mono()[None], SAMPLE_RATE)
    frames = cepstra(clip)
    sounding = loudness(frames) > 0.3
    heard = _heard(clip, text, language, sounding)
    missing = tuple(word for word, span in zip(heard.words, heard.spans, strict=True) if span is None)
    spoken = [span for span in heard.spans if span is not None]
    first, last = (spoken[0][0], spoken[-1][1]) if spoken else (float(clip.duration), float(clip.duration))
    before = [span for span in heard.strange if span[0] < first]
    after = [span for span in heard.strange if span[0] >= last]
    between = [span for span in heard.strange if first <= span[0] < last]
    measured = Verdict(
        missing=missing,
        added_s=_sounding_s(before + between, sounding),
        tail_s=_sounding_s(after, sounding),
        pause_s=_longest_pause(heard, sounding),
        loudness=_step_db(frames, sounding),
        likeness=_likeness(clip, reference),
        steadiness=_steadiness(clip, sounding),
        f0_drift=_drift(clip),
        leak=_leaks(frames, before, sounding, reference),
    )
    return replace(measured, sentences=tuple(_sentences(measured)))


def _heard(clip: AudioClip, text: str, language: Language, sounding: Mask) -> Followed:
    """What became of the words.

    In English models of people's sounds tell which are missing, and what sounds between those that are heard belongs to
    none. Where they find no way, and in Mandarin, which they do not know, likeness to synthetic speech tells. Whichever
    finds more speech that is not in the text is believed: both miss some, and neither finds any in good takes.
    """
    followed = follow(clip, text, language)
    if language != "en":
        return followed
    found = aligned(clip, text, language)
    strange, spans, words = followed.strange, followed.spans, followed.words
    if found.method == "sphinx":
        said = found.speech.words
        doubtful = frozenset(found.doubtful)
        heard = [(float(word.start), float(word.end)) for at, word in enumerate(said) if at not in doubtful]
        edges = [0.0, *(time for span in heard for time in span), len(sounding) * FRAME_S]
        gaps = zip(edges[::2], edges[1::2], strict=True)
        between = tuple(gap for gap in gaps if _sounding_s([gap], sounding) >= _GAP_S)
        strange = max(strange, between, key=lambda places: _sounding_s(places, sounding))
        words = tuple(word.text for word in said)
        spans = tuple(None if at in doubtful else (float(w.start), float(w.end)) for at, w in enumerate(said))
    # Short words are swallowed in good speech too: nobody misses them.
    kept = [at for at, word in enumerate(words) if spans[at] is not None or len(word) >= _SPOKEN_OUT]
    return Followed(tuple(words[at] for at in kept), tuple(spans[at] for at in kept), strange, followed.distance)


def _sounding_s(spans: Sequence[tuple[float, float]], sounding: Mask) -> float:
    frames = [sounding[round(start / FRAME_S) : round(end / FRAME_S)].sum() for start, end in spans]
    return round(float(sum(frames)) * FRAME_S, 3)


def _longest_pause(heard: Followed, sounding: Mask) -> float:
    """Between the first word that is heard and the last, s."""
    spoken = [span for span in heard.spans if span is not None]
    if len(spoken) < 2:
        return 0.0
    inside = sounding[round(spoken[0][0] / FRAME_S) : round(spoken[-1][1] / FRAME_S)]
    edges = np.flatnonzero(np.concatenate([[True], inside, [True]]))
    return round(float(np.diff(edges).max() - 1) * FRAME_S, 3)


def _step_db(frames: F64, sounding: Mask) -> float:
    """The largest difference between neighbouring `_WINDOW_S` of speech, silences left out, dB; 0 for short takes.

    The level of a stretch is that of its louder half: its vowels, so that consonants do not count as a step.
    """
    level = frames[sounding, 0]
    size = round(_WINDOW_S / FRAME_S)
    if len(level) < 2 * size:
        return 0.0
    windows = np.lib.stride_tricks.sliding_window_view(level, size)[::10]
    high = np.sort(windows, axis=1)[:, size // 2 :].mean(axis=1)
    steps = np.abs(high[size // 10 :] - high[: -(size // 10)])
    return round(float(steps.max()), 2) if len(steps) else 0.0


def _likeness(clip: AudioClip, reference: Reference | None) -> float | None:
    from studio.voice.person.likeness import embedding, likeness

    if reference is None or float(clip.duration) < 1.0:
        return None
    return round(likeness(embedding(clip), embedding(reference.clip)), 3)


def _steadiness(clip: AudioClip, sounding: Mask) -> float | None:
    from studio.voice.person.likeness import embedding, likeness

    if float(sounding.sum()) * FRAME_S < 2 * _HALF_S:
        return None
    middle = int(np.searchsorted(np.cumsum(sounding), sounding.sum() / 2)) * round(FRAME_S * SAMPLE_RATE)
    halves = [AudioClip(np.ascontiguousarray(part), SAMPLE_RATE) for part in np.split(clip.samples, [middle], axis=1)]
    return round(likeness(*(embedding(half) for half in halves)), 3)


def _drift(clip: AudioClip) -> float | None:
    parts = analyse(clip)
    f0: F64 = parts.f0[loud(parts)]
    if len(f0) < 100:  # half a second
        return None
    first, second = np.array_split(f0, 2)
    return round(float(12 * np.log2(np.median(second) / np.median(first))), 2)


def _leaks(frames: F64, before: list[tuple[float, float]], sounding: Mask, reference: Reference | None) -> bool:
    """Does what is heard before the first word come out of the reference?"""
    if reference is None or _sounding_s(before, sounding) < ADDED_S:
        return False
    known: F32 | F64 = likened(cepstra(reference.clip))
    start, end = round(before[0][0] / FRAME_S), round(before[-1][1] / FRAME_S)
    return apart(likened(frames)[start:end], np.asarray(known)) < LEAK_DISTANCE


def _sentences(verdict: Verdict) -> list[str]:
    """What is wrong, one sentence each."""
    found: list[str] = []
    if verdict.missing:
        shown = " ".join(verdict.missing[:_SHOWN]) + (" …" if len(verdict.missing) > _SHOWN else "")
        found.append(f'Not heard: "{shown}".')
    if verdict.leak:
        found.append("It begins with words of the recording that it imitates.")
    elif verdict.added_s >= ADDED_S:
        found.append(f"{verdict.added_s:.1f} s of speech are heard that are not in the text.")
    if verdict.tail_s >= TAIL_S:
        found.append(f"It goes on speaking for {verdict.tail_s:.1f} s after the last word.")
    if verdict.pause_s > PAUSE_S:
        found.append(f"It stops for {verdict.pause_s:.1f} s in the middle.")
    if verdict.loudness > JUMP_DB:
        found.append(f"Its loudness jumps by {verdict.loudness:.0f} dB.")
    if verdict.likeness is not None and verdict.likeness < LEAST_LIKENESS:
        found.append(f"It does not sound like the person (likeness {verdict.likeness:.2f}; strangers have 0.62).")
    if verdict.steadiness is not None and verdict.steadiness < LEAST_HALVES:
        found.append(f"The voice changes on the way (likeness of its halves {verdict.steadiness:.2f}).")
    if verdict.f0_drift is not None and abs(verdict.f0_drift) > DRIFT_SEMITONES:
        where = "up" if verdict.f0_drift > 0 else "down"
        found.append(f"Its pitch goes {where} by {abs(verdict.f0_drift):.0f} semitones on the way.")
    return found
