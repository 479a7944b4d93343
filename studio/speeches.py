"""Speech as files and as one piece: storing a take, and joining lines to what a scene sounds like."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np

from studio.media.audio import read_audio, resample, write_wav
from studio.types import AudioClip, Language, PhonemeSpan, Speech, WordSpan

SAMPLE_RATE = 48_000  # Hz of everything that reaches the film


def save(folder: Path, speech: Speech) -> None:
    """Write sound and times into a folder."""
    write_wav(folder / "speech.wav", speech.audio)
    table = {
        "text": speech.text,
        "language": speech.language,
        "engine": speech.engine,
        "synthetic": speech.synthetic,
        "doubts": speech.doubts,
        "words": [[word.text, str(word.start), str(word.end), word.recorded] for word in speech.words],
        "phonemes": [[span.symbol, str(span.start), str(span.end), span.stress] for span in speech.phonemes],
    }
    (folder / "speech.json").write_text(json.dumps(table, ensure_ascii=False, indent=1), encoding="utf-8")


def load(folder: Path) -> Speech:
    """What `save` wrote."""
    table = json.loads((folder / "speech.json").read_text(encoding="utf-8"))
    return Speech(
        audio=read_audio(folder / "speech.wav"),
        text=table["text"],
        language=table["language"],
        words=tuple(
            WordSpan(text, Fraction(start), Fraction(end), recorded) for text, start, end, recorded in table["words"]
        ),
        phonemes=tuple(
            PhonemeSpan(s, Fraction(start), Fraction(end), stress) for s, start, end, stress in table["phonemes"]
        ),
        engine=table["engine"],
        synthetic=table["synthetic"],
        doubts=tuple(table["doubts"]),
    )


def sound_digest(clip: AudioClip) -> str:
    """Hash of what is heard."""
    return hashlib.sha256(clip.samples.tobytes() + str(clip.sample_rate).encode()).hexdigest()


def digest(speech: Speech) -> str:
    """Hash of what is heard and when."""
    state = hashlib.sha256(speech.audio.samples.tobytes())
    state.update(repr((speech.audio.sample_rate, speech.phonemes)).encode())
    return state.hexdigest()


def shifted(speech: Speech, by: Fraction) -> Speech:
    """The same words and phonemes, `by` s later; the sound is not touched."""
    return replace(
        speech,
        words=tuple(replace(word, start=word.start + by, end=word.end + by) for word in speech.words),
        phonemes=tuple(PhonemeSpan(p.symbol, p.start + by, p.end + by, p.stress) for p in speech.phonemes),
    )


def join(speeches: Sequence[Speech], starts: Sequence[Fraction], duration: Fraction, language: Language) -> Speech:
    """Lines laid on one clock, with silence between them.

    Args:
        starts: when each line begins, s; in order and without overlap.
        duration: of the whole, s; at least to the end of the last line.

    Returns:
        Mono at 48 kHz. Its phonemes cover the lines whose words are known and the silences between all lines; a line
        that nobody wrote down is left open. Where no line has any, there are none.
    """
    samples = np.zeros(round(duration * SAMPLE_RATE), np.float32)
    words: list[WordSpan] = []
    phonemes: list[PhonemeSpan] = []
    clock = Fraction(0)
    for speech, start in zip(speeches, starts, strict=True):
        line = resample(speech.audio, SAMPLE_RATE).mono()
        at = round(start * SAMPLE_RATE)
        samples[at : at + len(line)] += line[: len(samples) - at]
        moved = shifted(speech, start)
        words += moved.words
        if start > clock:
            phonemes.append(PhonemeSpan("", clock, start))
        phonemes += moved.phonemes
        clock = start + speech.audio.duration
    known = not speeches or any(speech.phonemes for speech in speeches)
    if duration > clock:
        phonemes.append(PhonemeSpan("", clock, duration))
    return Speech(
        audio=AudioClip(samples[None], SAMPLE_RATE),
        text=" ".join(speech.text for speech in speeches),
        language=language,
        words=tuple(words),
        phonemes=tuple(phonemes) if known else (),
        engine=", ".join(dict.fromkeys(speech.engine for speech in speeches)),
        synthetic=any(speech.synthetic for speech in speeches),
        doubts=tuple(doubt for speech in speeches for doubt in speech.doubts),
    )
