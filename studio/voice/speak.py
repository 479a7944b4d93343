"""A line of text as speech: sentence by sentence, in a person's voice, as it is felt, at one level.

Everything that is done to a voice is done to its features, and they become sound once:
engine → conversion to the person (`convert.py`) → feeling and marks (`delivery.py`) → age and strength (`vitality.py`).
An engine that clones makes sound itself; its takes are checked instead (`check.py`, `retake.py`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cache

import numpy as np

from studio.errors import TextUnspeakable
from studio.media.audio import resample
from studio.types import (
    F32,
    AudioClip,
    EngineSpec,
    Feeling,
    Language,
    PhonemeSpan,
    Speech,
    StandIn,
    VoiceProfile,
    WordSpan,
)
from studio.voice import engines
from studio.voice import features as world
from studio.voice.engines import Reference
from studio.voice.features import Features
from studio.voice.language import script
from studio.voice.language import text as reading
from studio.voice.language.script import Sentence
from studio.voice.loudness import fade, to_level
from studio.voice.person import bases
from studio.voice.person.convert import CLOSENESS, converted
from studio.voice.person.enrol import statistics_of
from studio.voice.prosody.delivery import deliver
from studio.voice.prosody.plan import feelings, plan
from studio.voice.prosody.vitality import Vitality, aged
from studio.voice.prosody.warmth import warm
from studio.voice.recordings.tape import Texture
from studio.voice.recordings.texture import worn
from studio.voice.times import covering

SAMPLE_RATE = 48_000  # Hz of everything that is spoken
LEAD_S = Fraction(1, 20)
TAIL_S = Fraction(1, 5)  # after the last sound, so that no ending is cut short
SPEEDS = (0.5, 2.0)
AS_RECORDED = Vitality()
_EDGE_S = 0.03  # kept around a sentence's first and last sound when its silence is cut
_TAKES_APART = 1000  # between the seeds of two takes of a line: room for the retakes of each


@dataclass(frozen=True, eq=False)
class Voice:
    """Who speaks, and how: everything about a line but its words."""

    language: Language
    spec: EngineSpec
    """The engine that was chosen."""
    profile: VoiceProfile | None = None
    """The person; None: one of the engine's own voices."""
    stand_in: StandIn = "male"
    speed: float = 1.0
    seed: int = 0
    lexicon: Mapping[str, str] = field(default_factory=dict)
    feeling: Feeling | None = None
    """Where no mark of the script says anything else; None is neutral."""
    vitality: Vitality = AS_RECORDED
    reference: Reference | None = None
    """A recording to imitate, for engines that clone."""
    closeness: float = CLOSENESS
    """0 … 1, see `studio.voice.person.convert.converted`."""


def speak(
    text: str,
    language: Language,
    profile: VoiceProfile | None = None,
    *,
    stand_in: StandIn = "male",
    engine: str = "auto",
    speed: float = 1.0,
    seed: int = 0,
    lexicon: Mapping[str, str] | None = None,
    commercial: bool = False,
    feeling: Feeling | None = None,
    vitality: Vitality | None = None,
    reference: Reference | None = None,
    closeness: float = CLOSENESS,
    texture: float = 0.0,
) -> Speech:
    """Say `text`: mono, 48 kHz, −20 dBFS, with 0.05 s of silence before and 0.2 s after.

    Args:
        text: with or without marks, see `studio.voice.language.marks`.
        profile: whose voice; None leaves the engine's own.
        stand_in: which of the engine's own voices, where there is no profile.
        engine: a name of `engines.SPECS`, or "auto" for the best one that may be used.
        speed: 0.5 … 2; 1 is calm, and with a profile the person's own pace.
        seed: which take.
        lexicon: how this person's words are said, see `studio.voice.language.text.read`.
        commercial: only engines whose licence allows it.
        reference: a recording of the person, for engines that clone.
        closeness: 0 … 1: 0 is understood best, 1 is nearest to the person; see `studio.voice.person.convert.converted`.
        texture: 0 … 1, how much of the sound of the person's tape is laid over it.

    Raises:
        TextUnspeakable: see `studio.voice.language.text.check`; also for a speed out of range and for unknown marks.
        EngineUnavailable: no engine is there for this text, or it stopped.
    """
    line, sentences = script.read(text)
    voice = cast_voice(
        line.text, language, profile, stand_in=stand_in, engine=engine, speed=speed, seed=seed, lexicon=lexicon,
        commercial=commercial, feeling=feeling, vitality=vitality, reference=reference, closeness=closeness,
    )  # fmt: skip
    return joined([(say(sentence, voice), sentence.pause) for sentence in sentences], line.text, voice, texture=texture)


def cast_voice(
    text: str,
    language: Language,
    profile: VoiceProfile | None,
    *,
    stand_in: StandIn = "male",
    engine: str = "auto",
    speed: float = 1.0,
    seed: int = 0,
    lexicon: Mapping[str, str] | None = None,
    commercial: bool = False,
    feeling: Feeling | None = None,
    vitality: Vitality | None = None,
    reference: Reference | None = None,
    closeness: float = CLOSENESS,
) -> Voice:
    """Who says a line, its engine chosen. Arguments and errors as of `speak`, `text` without marks."""
    if not SPEEDS[0] <= speed <= SPEEDS[1]:
        raise TextUnspeakable(f"A speed of {speed:g} cannot be spoken. Choose one from {SPEEDS[0]:g} to {SPEEDS[1]:g}.")
    reading.check(text, language)
    spec = engines.choose(engine, languages_of(text, language), commercial=commercial, reference=reference)
    vitality, words = vitality or AS_RECORDED, lexicon or {}
    return Voice(language, spec, profile, stand_in, speed, seed, words, feeling, vitality, reference, closeness)


def languages_of(text: str, language: Language) -> frozenset[Language]:
    """The languages that are needed to say `text`."""
    return frozenset(token.language for token in reading.read(text, language).tokens if not token.pause)


def say(sentence: Sentence, voice: Voice) -> Speech:
    """One sentence: mono, 48 kHz, without silence at its ends, at the level its engine gave it.

    Raises:
        TextUnspeakable, EngineUnavailable: as `speak`.
    """
    if voice.spec.clones:
        return _trimmed(_imitated(sentence, voice))
    base, parts = _base_speech(sentence, voice)
    planned = plan(base, sentence.marked)
    felt = feelings(planned, base, voice.feeling)
    made, speech = parts, base
    if voice.profile is not None:
        typical = bases.typical(voice.spec.name, _base(voice), voice.language)
        made = converted(parts, base, voice.profile, typical, closeness=voice.closeness)
    made, speech = deliver(made, speech, felt, planned, seed=voice.seed)
    made, speech = aged(made, speech, voice.vitality, male=_male(voice), seed=voice.seed)
    if made is not parts or not base.audio.samples.any():
        speech = replace(speech, audio=bases.sound(made, speech))
    # Sound that came from an engine and was not touched stays as it was.
    return _trimmed(warm(speech) if voice.spec.name == "espeak" and voice.profile is None else speech)


def joined(
    said: Sequence[tuple[Speech, Fraction]], text: str, voice: Voice, *, texture: float = 0.0, floor: bool = True
) -> Speech:
    """Sentences and the pauses after them as one line, see `speak`.

    Args:
        texture: 0 … 1, how much of the sound of the person's tape is laid over it.
        floor: its noise too; False where that runs under the whole scene.
    """
    words: list[WordSpan] = []
    phonemes: list[PhonemeSpan] = []
    parts: list[F32] = [_silence(LEAD_S)]
    pace = Fraction(voice.speed).limit_denominator(100)
    for number, (speech, pause) in enumerate(said):
        offset = Fraction(sum(len(part) for part in parts), SAMPLE_RATE)
        words += [replace(word, start=word.start + offset, end=word.end + offset) for word in speech.words]
        phonemes += [replace(sound, start=sound.start + offset, end=sound.end + offset) for sound in speech.phonemes]
        last = number == len(said) - 1
        parts += [speech.audio.samples[0], _silence(TAIL_S if last else pause / pace)]
    audio = AudioClip(to_level(np.concatenate(parts), SAMPLE_RATE)[None], SAMPLE_RATE)
    tape = Texture.from_tensors(voice.profile.tensors) if voice.profile is not None and texture > 0 else None
    if tape is not None:
        audio = worn(audio, tape, texture, floor=floor, seed=voice.seed)
    spans = covering(phonemes, audio.duration)
    return Speech(audio, text, voice.language, tuple(words), spans, engine=voice.spec.name, synthetic=True)


def _base_speech(sentence: Sentence, voice: Voice) -> tuple[Speech, Features]:
    """What the engine's own voice says, and its features."""
    speaker = _speaker(voice.spec.name)
    pace = voice.speed * (_own_pace(voice) if voice.profile is not None else 1.0)
    text, language, seed, words, base = sentence.text, voice.language, voice.seed, voice.lexicon, _base(voice)
    if isinstance(speaker, engines.Vocoded):
        return speaker.perform(text, language, speed=pace, seed=seed, lexicon=words, base=base)
    speech = speaker.speak(text, language, speed=pace, seed=seed, lexicon=words, base=base)
    return speech, world.analyse(speech.audio)


def _imitated(sentence: Sentence, voice: Voice) -> Speech:
    """The best of a few takes of an engine that clones, see `studio.voice.alignment.retake`."""
    from studio.voice.alignment.check import check
    from studio.voice.alignment.retake import MOST, best_take

    speaker = _speaker(voice.spec.name)
    first = voice.seed * _TAKES_APART
    take = best_take(
        lambda seed: speaker.speak(
            sentence.text,
            voice.language,
            speed=voice.speed,
            seed=seed,
            lexicon=voice.lexicon,
            reference=voice.reference,
        ),
        lambda speech: check(speech, sentence.text, voice.language, voice.reference),
        range(first, first + MOST),
    )
    return replace(take.speech, doubts=() if take.verdict.ok else take.sentences)


@cache
def _speaker(name: str) -> engines.SpeechEngine:
    return engines.load(name)


def _base(voice: Voice) -> str:
    """The engine's own voice to start from: the one nearest to the person."""
    if voice.profile is None:
        return bases.stand_in(voice.spec.name, voice.stand_in)
    return bases.nearest(voice.spec.name, statistics_of(voice.profile), voice.language)


def _own_pace(voice: Voice) -> float:
    if voice.profile is None:
        return 1.0
    return bases.pace(statistics_of(voice.profile), bases.typical(voice.spec.name, _base(voice), voice.language))


def _male(voice: Voice) -> bool:
    """By pitch, where there are recordings: men speak below 165 Hz, women above (Titze 1994)."""
    if voice.profile is None:
        return voice.stand_in == "male"
    return bool(statistics_of(voice.profile).log_f0[0] < np.log(165))


def _trimmed(speech: Speech) -> Speech:
    """Without the silence at its ends, edges faded, at 48 kHz."""
    rate = speech.audio.sample_rate
    heard = [span for span in speech.phonemes if span.symbol]
    if not heard:
        return replace(speech, audio=resample(speech.audio, SAMPLE_RATE))
    start = max(0, round((float(heard[0].start) - _EDGE_S) * rate))
    end = min(speech.audio.samples.shape[1], round((float(heard[-1].end) + _EDGE_S) * rate))
    cut = np.ascontiguousarray(speech.audio.samples[:, start:end])
    wide = resample(AudioClip(cut, rate), SAMPLE_RATE)
    faded = fade(wide.mono(), SAMPLE_RATE, 0.008)
    gone, length = Fraction(start, rate), Fraction(len(faded), SAMPLE_RATE)
    words = [
        replace(word, start=max(word.start - gone, Fraction(0)), end=min(word.end - gone, length))
        for word in speech.words
    ]
    sounds = [
        replace(sound, start=max(sound.start - gone, Fraction(0)), end=min(sound.end - gone, length))
        for sound in speech.phonemes
        if sound.end > gone and sound.start - gone < length
    ]
    return replace(speech, audio=AudioClip(faded[None], SAMPLE_RATE), words=tuple(words), phonemes=tuple(sounds))


def _silence(seconds: Fraction) -> F32:
    return np.zeros(round(seconds * SAMPLE_RATE), dtype=np.float32)
