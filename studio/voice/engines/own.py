"""The studio's own base voices: sounds from espeak-ng's dictionary or from pinyin, everything else learned.

Nothing has to be downloaded. Besides sound it gives its features directly (`perform`), so that a voice may be
converted, paced and coloured before it is synthesised for the first and only time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from studio.types import F32, AudioClip, Language, PhonemeSpan, Speech, StandIn, WordSpan
from studio.voice import features as world
from studio.voice.engines import Reference, espeak
from studio.voice.features import Features
from studio.voice.language import text as reading
from studio.voice.language.tokens import Token
from studio.voice.own import english, mandarin
from studio.voice.own.speaker import EDGE, speaker
from studio.voice.own.units import PAUSE, Unit
from studio.voice.own.voice import PITCH, VOICED, decoded
from studio.voice.times import covering

FRAME = Fraction(1, round(1 / world.FRAME_S))
_HUSH_DB, _HUSH_FRAMES = 40.0, 3.0  # pauses are so much softer; standard deviation of the way there, frames
_JOIN = 8  # frames of silence between an English and a Mandarin stretch of one sentence


@dataclass(frozen=True)
class Base:
    """One of the voices that speak: who says it in each language, and what is changed about them."""

    names: Mapping[Language, str]
    pitch: Mapping[Language, float]
    """Of ln Hz, up."""
    tract: Mapping[Language, float]
    """How much shorter the vocal tract is made."""
    melody: Mapping[Language, float]
    """How much further the pitch moves from its middle."""


BASES: Mapping[StandIn, Base] = {
    "male": Base(
        {"en": "en_philipp", "zh": "zh_audio_cmn"},
        # The Mandarin voice is a woman's: a man's is 10 semitones lower, his vocal tract 15 % longer (Fant 1966).
        {"en": 0.0, "zh": -10 / 12 * float(np.log(2))},
        {"en": 1.0, "zh": 0.87},
        {"en": 1.0, "zh": 1.0},
    ),
    "female": Base(
        # The woman who reads English was heard for four minutes only: a man's voice made a woman's is better understood
        # (word error .36 against .50) and sounds better (DNSMOS 3.11 against 2.69). Five semitones up is a low
        # woman's voice. Her melody moves as far as that of the woman who reads, 0.27 of ln Hz a line where he moves
        # 0.17: raised alone it is a man's, flat for a woman, and DNSMOS says 3.00. Faster movements made wider than
        # that are better still (3.14), but they squeak where a sound begins. The woman who reads Mandarin says single
        # words, high: a semitone lower, at 230 Hz, DNSMOS says 3.05, not 2.98.
        {"en": "en_philipp", "zh": "zh_audio_cmn"},
        {"en": 5 / 12 * float(np.log(2)), "zh": -1 / 12 * float(np.log(2))},
        {"en": 1.08, "zh": 1.0},
        {"en": 1.58, "zh": 1.0},
    ),
}


class Own:
    """The `SpeechEngine` own; see studio/voice/engines/__init__.py. `base` is "male" or "female"."""

    name = "own"
    sample_rate = world.SAMPLE_RATE

    def speak(
        self,
        text: str,
        language: Language,
        *,
        speed: float = 1.0,
        seed: int = 0,
        lexicon: Mapping[str, str] | None = None,
        base: str = "",
        reference: Reference | None = None,  # noqa: ARG002  it imitates nobody
    ) -> Speech:
        """See `SpeechEngine.speak`."""
        speech, features = self.perform(text, language, speed=speed, seed=seed, lexicon=lexicon, base=base)
        samples = world.synthesise(features, speech.audio.samples.shape[1])
        return replace(speech, audio=AudioClip(samples[None], self.sample_rate))

    def perform(
        self,
        text: str,
        language: Language,
        *,
        speed: float = 1.0,
        seed: int = 0,
        lexicon: Mapping[str, str] | None = None,
        base: str = "",
    ) -> tuple[Speech, Features]:
        """What `speak` says before it is sound: times, silence in place of the sound, and the features.

        Raises:
            TextUnspeakable, EngineUnavailable: as `speak`.
        """
        line = reading.read(text, language, lexicon)
        groups = [list(group) for _, group in groupby(enumerate(line.tokens), key=lambda pair: pair[1].language)]
        groups = [group for group in groups if not all(token.pause for _, token in group)]
        who = _who(base)
        parts: list[Features] = []
        words: list[WordSpan] = []
        phonemes: list[PhonemeSpan] = []
        at = 0
        for number, group in enumerate(groups):
            spoken = group[0][1].language
            units = _units(group, spoken)
            edges = Unit(PAUSE), Unit(PAUSE, mark=_ending(line.text, group, number == len(groups) - 1))
            spans, frames = speaker(spoken).say((edges[0], *units, edges[1]), who.names[spoken], speed=speed, seed=seed)
            cut = slice(EDGE - _JOIN if number else 0, len(frames) - (0 if number == len(groups) - 1 else EDGE))
            parts.append(_hushed(_changed(frames[cut], who, spoken), (edges[0], *units, edges[1]), spans - cut.start))
            spans = spans[1:-1] - cut.start + at
            words += _words(units, spans, line)
            phonemes += _phonemes(units, spans, spoken)
            at += len(parts[-1].f0)
        samples = np.zeros((1, round(at * FRAME * self.sample_rate)), np.float32)
        speech = Speech(
            AudioClip(samples, self.sample_rate), line.text, language, tuple(words), (), self.name, synthetic=True
        )
        return replace(speech, phonemes=covering(phonemes, speech.audio.duration)), _joined(parts)

    def tract(self, base: str, language: Language) -> float:
        """See `Vocoded.tract`."""
        return _who(base).tract[language]


def create() -> Own:
    """The engine."""
    return Own()


def _who(base: str) -> Base:
    return BASES["female" if base == "female" else "male"]


def _units(group: Sequence[tuple[int, Token]], language: Language) -> tuple[Unit, ...]:
    if language == "en":
        return english.units(espeak.say(group, "en", base="en-us"), group)
    return mandarin.units(group)


def _ending(text: str, group: Sequence[tuple[int, Token]], last: bool) -> str:
    if not last:
        return ""
    token = group[-1][1]
    return token.said if token.pause else english.last_mark(text)


def _changed(frames: F32, who: Base, language: Language) -> Features:
    moved = frames.copy()
    if (voiced := moved[:, VOICED] > 0).any():
        middle = np.median(moved[voiced, PITCH])
        moved[:, PITCH] = middle + who.melody[language] * (moved[:, PITCH] - middle) + who.pitch[language]
    features = decoded(moved)
    tract = who.tract[language]
    return features if tract == 1 else replace(features, envelope=world.warped(features.envelope, tract))


def _hushed(features: Features, units: Sequence[Unit], spans: NDArray[np.int64]) -> Features:
    """Pauses as silence: what was learned there is the room of the recordings, without its voice a hiss."""
    from scipy.ndimage import gaussian_filter1d

    quiet = np.zeros(len(features.f0))
    for unit, (start, end) in zip(units, spans.tolist(), strict=True):
        if unit.sound == PAUSE:
            quiet[max(start, 0) : max(end, 0)] = 1.0
    gain = 10 ** (-_HUSH_DB / 10 * gaussian_filter1d(quiet, _HUSH_FRAMES))
    return replace(features, envelope=features.envelope * gain[:, None])


def _words(units: Sequence[Unit], spans: NDArray[np.int64], line: reading.Line) -> list[WordSpan]:
    found: dict[int, tuple[int, int]] = {}
    for unit, (start, end) in zip(units, spans.tolist(), strict=True):
        if unit.word >= 0:
            found[unit.word] = (found.get(unit.word, (start, end))[0], end)
    return [
        WordSpan(line.text[line.tokens[word].start : line.tokens[word].end], start * FRAME, end * FRAME)
        for word, (start, end) in found.items()
    ]


def _phonemes(units: Sequence[Unit], spans: NDArray[np.int64], language: Language) -> list[PhonemeSpan]:
    found: list[PhonemeSpan] = []
    for unit, (start, end) in zip(units, spans.tolist(), strict=True):
        parts = mandarin.IPA[unit.sound] if language == "zh" and unit.sound else ((unit.sound, 1.0),)
        at = start * FRAME
        for place, (symbol, share) in enumerate(parts):
            until = end * FRAME if place == len(parts) - 1 else at + (end - start) * FRAME * Fraction(share)
            found.append(PhonemeSpan(symbol, at, until, unit.tone if language == "en" else 0))
            at = until
    return found


def _joined(parts: Sequence[Features]) -> Features:
    return Features(
        np.concatenate([part.f0 for part in parts]),
        np.concatenate([part.envelope for part in parts]),
        np.concatenate([part.aperiodicity for part in parts]),
    )
