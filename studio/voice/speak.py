"""A line of text as speech: sentence by sentence, with pauses, at one level, in a person's voice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import cache

import numpy as np

from studio.errors import TextUnspeakable
from studio.media.audio import resample
from studio.types import F32, AudioClip, Language, PhonemeSpan, Speech, StandIn, VoiceProfile, WordSpan
from studio.voice import engines
from studio.voice import text as reading
from studio.voice.convert import convert
from studio.voice.loudness import fade, to_level
from studio.voice.profile import base_of, base_statistics, statistics_of

SAMPLE_RATE = 48_000  # Hz of everything that is spoken
LEAD_S = Fraction(1, 20)
TAIL_S = Fraction(1, 5)  # after the last sound, so that no ending is cut short
PARAGRAPH_PAUSE_S, SENTENCE_PAUSE_S, CLAUSE_PAUSE_S = Fraction(7, 10), Fraction(9, 20), Fraction(1, 5)
SPEEDS = (0.5, 2.0)
_RATES = (0.88, 1.15)  # how far a person's own pace is followed
_EDGE_S = 0.03  # kept around a sentence's first and last sound when its silence is cut


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
) -> Speech:
    """Say `text`: mono, 48 kHz, −20 dBFS, with 0.05 s of silence before and 0.2 s after.

    Args:
        profile: whose voice; None leaves the engine's own, made a little warmer.
        stand_in: which of the engine's own voices, where there is no profile.
        engine: a name of `engines.SPECS`, or "auto" for the best one that may be used.
        speed: 0.5 … 2; 1 is calm, and with a profile the person's own pace.
        lexicon: how this person's words are said, see `studio.voice.text.read`.
        commercial: only engines whose licence allows it.

    Raises:
        TextUnspeakable: see `studio.voice.text.check`; also for a speed out of range.
        EngineUnavailable: no engine is there for this text, or it stopped.
    """
    if not SPEEDS[0] <= speed <= SPEEDS[1]:
        raise TextUnspeakable(f"A speed of {speed:g} cannot be spoken. Choose one from {SPEEDS[0]:g} to {SPEEDS[1]:g}.")
    reading.check(text, language)
    shown = reading.clean(text)
    spec = engines.choose(engine, languages_of(shown, language), commercial=commercial)
    speaker = _speaker(spec.name)
    base = base_of(profile) if profile else engines.STAND_INS[stand_in]
    pace = speed * (_own_pace(profile, language) if profile else 1.0)
    said: list[tuple[Speech, Fraction]] = []
    for sentence, pause in _with_pauses(shown):
        spoken = speaker.speak(sentence, language, speed=pace, seed=seed, lexicon=lexicon, base=base)
        spoken = convert(spoken, profile, base=base_statistics(base, language)) if profile else warm(spoken)
        said.append((_trimmed(spoken), pause / Fraction(speed).limit_denominator(100)))
    return _joined(said, shown, language, spec.name)


def languages_of(text: str, language: Language) -> frozenset[Language]:
    """The languages that are needed to say `text`."""
    return frozenset(token.language for token in reading.read(text, language).tokens if not token.pause)


def warm(speech: Speech) -> Speech:
    """Speech with the glare taken off: treble falls by 2 dB an octave from 1.5 kHz, and a small room is around it.

    Length and times stay as they are. A formant synthesiser sounds harsh because it has no room and too much treble.
    """
    clip = speech.audio
    samples = np.stack([_in_room(_tilted(channel, clip.sample_rate), clip.sample_rate) for channel in clip.samples])
    return replace(speech, audio=AudioClip(samples.astype(np.float32), clip.sample_rate))


@cache
def _speaker(name: str) -> engines.SpeechEngine:
    return engines.load(name)


def _own_pace(profile: VoiceProfile, language: Language) -> float:
    """How much faster than its base the person speaks, within bounds: a short recording says little about pace."""
    base = base_statistics(base_of(profile), language).rate
    return float(np.clip(statistics_of(profile).rate / base, *_RATES)) if base else 1.0


def _tilted(samples: F32, sample_rate: int) -> F32:
    spectrum = np.fft.rfft(samples)
    hertz = np.fft.rfftfreq(len(samples), 1 / sample_rate)
    fall_db = 2.0 * np.log2(np.maximum(hertz, 1500) / 1500)
    return np.asarray(np.fft.irfft(spectrum * 10 ** (-fall_db / 20), len(samples)), dtype=np.float32)


def _in_room(samples: F32, sample_rate: int) -> F32:
    """A hint of a furnished room: 0.12 s of decaying reflections, 20 dB under the voice."""
    from scipy.signal import fftconvolve

    length = round(0.12 * sample_rate)
    time = np.arange(length) / sample_rate
    reflections = np.random.default_rng(1).standard_normal(length) * np.exp(-time / 0.03) * (time > 0.004)
    reflections *= 10 ** (-20 / 20) / np.sqrt(np.square(reflections).sum())
    wet = fftconvolve(samples, reflections)[: len(samples)]
    return np.asarray(samples + wet, dtype=np.float32)


def _with_pauses(text: str) -> list[tuple[str, Fraction]]:
    """Sentences, and how long to wait after each, s."""
    found: list[tuple[str, Fraction]] = []
    paragraphs = text.split("\n")
    for paragraph in paragraphs:
        sentences = reading.sentences(paragraph)
        for sentence in sentences:
            ended = sentence.rstrip("\"'”’」』)]）")[-1:] in ".!?…。！？"
            found.append((sentence, SENTENCE_PAUSE_S if ended else CLAUSE_PAUSE_S))
        if sentences:
            found[-1] = (found[-1][0], PARAGRAPH_PAUSE_S)
    return found


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
    words = [WordSpan(w.text, max(w.start - gone, Fraction(0)), min(w.end - gone, length)) for w in speech.words]
    sounds = [
        PhonemeSpan(p.symbol, max(p.start - gone, Fraction(0)), min(p.end - gone, length), p.stress)
        for p in speech.phonemes
        if p.end > gone and p.start - gone < length
    ]
    return replace(speech, audio=AudioClip(faded[None], SAMPLE_RATE), words=tuple(words), phonemes=tuple(sounds))


def _joined(said: Sequence[tuple[Speech, Fraction]], text: str, language: Language, engine: str) -> Speech:
    words: list[WordSpan] = []
    phonemes: list[PhonemeSpan] = []
    parts: list[F32] = [_silence(LEAD_S)]
    for number, (speech, pause) in enumerate(said):
        offset = Fraction(sum(len(part) for part in parts), SAMPLE_RATE)
        words += [WordSpan(w.text, w.start + offset, w.end + offset) for w in speech.words]
        phonemes += [PhonemeSpan(p.symbol, p.start + offset, p.end + offset, p.stress) for p in speech.phonemes]
        last = number == len(said) - 1
        parts += [speech.audio.samples[0], _silence(TAIL_S if last else pause)]
    samples = to_level(np.concatenate(parts), SAMPLE_RATE)
    audio = AudioClip(samples[None], SAMPLE_RATE)
    return Speech(
        audio, text, language, tuple(words), covering(phonemes, audio.duration), engine=engine, synthetic=True
    )


def _silence(seconds: Fraction) -> F32:
    return np.zeros(round(seconds * SAMPLE_RATE), dtype=np.float32)


def covering(phonemes: Sequence[PhonemeSpan], duration: Fraction) -> tuple[PhonemeSpan, ...]:
    """Spans in order from 0 to `duration` without gaps; what is missing is silence."""
    found: list[PhonemeSpan] = []
    at = Fraction(0)
    for span in [*phonemes, PhonemeSpan("", duration, duration)]:
        start, end = max(span.start, at), min(max(span.end, at), duration)
        if start > at:
            found.append(PhonemeSpan("", at, start))
        if end > start:
            found.append(replace(span, start=start, end=end))
        at = max(at, end, start)
    joined: list[PhonemeSpan] = []
    for span in found:
        if joined and not span.symbol and not joined[-1].symbol:
            joined[-1] = PhonemeSpan("", joined[-1].start, span.end)
        else:
            joined.append(span)
    return tuple(joined)
