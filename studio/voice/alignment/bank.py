"""The words a person truly said: recordings with known words, kept word by word so that they can be said again."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from studio.errors import AudioUnusable
from studio.media.audio import resample
from studio.types import AudioClip, Language, Speech, WordSpan
from studio.voice.alignment.warping import frame_levels
from studio.voice.features import F64
from studio.voice.language.pinyin import syllables
from studio.voice.language.text import clean as cleaned_text

SAMPLE_RATE = 48_000  # Hz, of everything that is spoken
FRAME_S = 0.01
LONGEST_PAUSE_S = 0.45  # inside a phrase: what was said with a longer pause was two phrases
_SHORTEST_SOUND_S = Fraction(35, 1000)  # on average over a word
_CONFIDENT = 0.25  # of a word's alignment, from which it may be used again
_HANZI = re.compile(r"[\u3400-\u9fff]")


@dataclass(frozen=True, eq=False)
class Tape:
    """One recording whose words are known."""

    speech: Speech
    """Mono, 48 kHz."""
    source: str
    """The file's name."""
    sha256: str
    """Of the file."""
    start: Fraction
    """s, where in the file its sound begins."""
    usable: tuple[bool, ...]
    """For each word whether it is heard where it should be, and without noise."""
    snr_db: float
    """The loud frames over the quietest."""

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """What each word is matched by."""
        return keys(self.speech)

    @cached_property
    def pitch(self) -> F64:
        """float64 (N,): semitones every 10 ms, NaN where there is none."""
        return pitch(self.speech.audio)

    @cached_property
    def levels(self) -> F64:
        """float64 (N,): dBFS every 10 ms."""
        return levels(self.speech.audio)


@dataclass(frozen=True)
class Phrase:
    """Words that follow each other on a tape."""

    tape: int
    """Place in `Bank.tapes`."""
    first: int
    last: int
    """Places of its words; last is exclusive."""
    start: Fraction
    end: Fraction
    """s, on the tape's clock."""
    text: str


@dataclass(frozen=True, eq=False)
class Bank:
    """Everything of one person that can be said again."""

    language: Language
    tapes: tuple[Tape, ...]

    def phrases(self, wanted: Sequence[str]) -> Iterator[Phrase]:
        """Every place where these words (as `keys` gives them) follow each other without a long pause."""
        count = len(wanted)
        for number, tape in enumerate(self.tapes):
            held = tape.keys
            for first in range(len(held) - count + 1):
                if held[first : first + count] == tuple(wanted) and _whole(tape, first, first + count):
                    words = tape.speech.words[first : first + count]
                    gap = "" if self.language == "zh" else " "
                    text = gap.join(word.text for word in words)
                    yield Phrase(number, first, first + count, words[0].start, words[-1].end, text)

    @property
    def seconds(self) -> float:
        """Of usable words, s."""
        return sum(
            float(word.end - word.start)
            for tape in self.tapes
            for word, usable in zip(tape.speech.words, tape.usable, strict=True)
            if usable
        )


def made(tapes: Sequence[Tape]) -> Bank:
    """A bank of tapes.

    Raises:
        AudioUnusable: no tapes, or tapes in several languages.
    """
    languages = {tape.speech.language for tape in tapes}
    if len(languages) != 1:
        raise AudioUnusable(
            "True words can be laid into a line only from recordings of one language whose words are known. "
            "Give the recordings with their transcripts."
        )
    return Bank(languages.pop(), tuple(tapes))


def taped(clip: AudioClip, transcript: str, language: Language, *, source: str, sha256: str) -> Tape:
    """A recording whose words can be said again. The sound is only cleaned of rumble and hiss as `clean` does.

    Args:
        source: the file's name, for the record.

    Raises:
        AudioUnusable: silent, too short, or it says something else than the transcript.
        TextUnspeakable: the transcript cannot be read.
    """
    from studio.voice.alignment.align import aligned, refuse
    from studio.voice.recordings.clean import clean

    usable = clean(clip)
    alignment = aligned(usable, transcript, language)
    refuse(alignment)
    loud = levels(alignment.speech.audio)
    snr = float(np.percentile(loud, 90) - np.percentile(loud, 5)) if len(loud) else 0.0
    doubtful = set(alignment.doubtful)
    words = alignment.speech.words
    fit = tuple(
        sure >= _CONFIDENT and place not in doubtful and _long_enough(alignment.speech, word)
        for place, (word, sure) in enumerate(zip(words, alignment.confidence, strict=True))
    )
    start = _offset(clip, usable)
    return Tape(alignment.speech, source, sha256, start, fit, snr)


def keys(speech: Speech) -> tuple[str, ...]:
    """For each word what it is matched by: its letters, and for hanzi the syllable as well, for 行 is two words."""
    words = [_plain(word.text) for word in speech.words]
    if speech.language != "zh":
        return tuple(words)
    hanzi = [place for place, word in enumerate(words) if len(word) == 1 and _HANZI.match(word)]
    read = syllables("".join(words[place] for place in hanzi))
    for place, syllable in zip(hanzi, read, strict=True):
        words[place] += syllable
    return tuple(words)


def pitch(clip: AudioClip) -> F64:
    """float64 (N,): semitones above 1 Hz every 10 ms, NaN where there is no pitch (DIO and StoneMask, Morise 2016)."""
    import pyworld

    samples = np.ascontiguousarray(resample(clip, 16_000).mono(), dtype=np.float64)
    f0, times = pyworld.dio(samples, 16_000, f0_floor=65.0, f0_ceil=500.0, frame_period=1000 * FRAME_S)
    f0 = pyworld.stonemask(samples, f0, times, 16_000)
    return np.where(f0 > 0, 12 * np.log2(np.maximum(f0, 1)), np.nan)


def levels(clip: AudioClip) -> F64:
    """float64 (N,): dBFS every 10 ms, of 20 ms."""
    return frame_levels(clip.mono(), clip.sample_rate, FRAME_S)


def _long_enough(speech: Speech, word: WordSpan) -> bool:
    """Can the word have been said in that time? Its times are wrong where it cannot."""
    sounds = sum(bool(p.symbol) and word.start <= p.start < word.end for p in speech.phonemes)
    return word.end - word.start >= max(sounds, 1) * _SHORTEST_SOUND_S


def _plain(word: str) -> str:
    return re.sub(r"[^\w']", "", cleaned_text(word).casefold()).strip("'")


def _whole(tape: Tape, first: int, last: int) -> bool:
    words = tape.speech.words[first:last]
    pauses: NDArray[np.float64] = np.array([float(b.start - a.end) for a, b in pairwise(words)])
    return all(tape.usable[first:last]) and bool((pauses <= LONGEST_PAUSE_S).all())


def _offset(clip: AudioClip, kept: AudioClip) -> Fraction:
    """Where in `clip` its cleaned and trimmed copy begins, s, to 10 ms: where their levels run together best."""
    whole, part = levels(AudioClip(clip.mono()[None], clip.sample_rate)), levels(kept)
    room = len(whole) - len(part)
    if room <= 0:
        return Fraction(0)
    whole, part = np.maximum(whole, -60), np.maximum(part, -60)
    from scipy.signal import fftconvolve

    # Correlation over every place at once; the mean is taken out of the part, so that loud stretches do not win.
    score = fftconvolve(whole, (part - part.mean())[::-1], mode="valid")
    sums = np.cumsum(np.insert(whole, 0, 0)), np.cumsum(np.insert(np.square(whole), 0, 0))
    mean = (sums[0][len(part) :] - sums[0][: -len(part)]) / len(part)
    spread = np.sqrt(np.maximum((sums[1][len(part) :] - sums[1][: -len(part)]) / len(part) - mean**2, 1e-6))
    return Fraction(int(np.argmax(score / spread)), round(1 / FRAME_S))
