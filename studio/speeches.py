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
from studio.types import F32, AudioClip, Language, PhonemeSpan, Speech, WordSpan

SAMPLE_RATE = 48_000  # Hz of everything that reaches the film
EDGE = Fraction(1, 200)  # s over which a line rises from silence and sinks into it: too short to take from a word
_JOINT = Fraction(3, 100)  # s in which a recording and the tone beside it melt into each other
_FAR = Fraction(2)  # s after which a tape's tone has faded where no other recording follows


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
    """Lines laid on one clock, with silence between them; none begins or ends with a step.

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
        line = line[: len(samples) - at]
        samples[at : at + len(line)] += line * _edges(len(line))
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


def room_between(
    speeches: Sequence[Speech], starts: Sequence[Fraction], duration: Fraction, seed: int
) -> AudioClip | None:
    """What the tapes of true recordings sound like, from one recording to the next and around them.

    Between two words of a tape its room is heard; between two recordings of it nothing would be, and the ear takes a
    hole of that kind for a fault. Each recording's own tone, at its own level, runs on until the next one takes over,
    or fades. It is made anew, so no voice is in it.

    Args:
        speeches: a scene's lines, in order.
        starts: when each begins, s.
        duration: of the scene, s.

    Returns:
        Mono at SAMPLE_RATE, to be added to what `join` gives; None where no line is a true recording with a voice.
    """
    total = round(duration * SAMPLE_RATE)
    bed = np.zeros(total, np.float32)
    spans = [(round(start * SAMPLE_RATE), speech) for start, speech in zip(starts, speeches, strict=True)]
    ends = [begin + round(speech.audio.duration * SAMPLE_RATE) for begin, speech in spans]
    for place, (begin, speech) in enumerate(spans):
        tone = None if speech.synthetic else _tone_of(speech, total, seed + place)
        if tone is None:
            continue
        before = (ends[place - 1], not spans[place - 1][1].synthetic) if place else (0, False)
        after = (spans[place + 1][0], not spans[place + 1][1].synthetic) if place + 1 < len(spans) else (total, False)
        bed += tone * _beside(begin, ends[place], before, after, total)
    return AudioClip(bed[None], SAMPLE_RATE) if bed.any() else None


def _tone_of(speech: Speech, total: int, seed: int) -> F32 | None:
    from studio.errors import AudioUnusable
    from studio.voice.loudness import level_db
    from studio.voice.recordings.texture import room_tone, texture_of

    try:
        texture = texture_of([speech.audio])
    except AudioUnusable:  # nobody speaks in it: there is no telling what in it is the room
        return None
    level = level_db(speech.audio.mono(), speech.audio.sample_rate)
    return room_tone(texture, total / SAMPLE_RATE, seed, voice_db=level, sample_rate=SAMPLE_RATE).mono()[:total]


def _beside(begin: int, end: int, before: tuple[int, bool], after: tuple[int, bool], total: int) -> F32:
    """How much of a recording's tone is heard when: none under itself, all at its ends, less and less away from them.

    Args:
        begin, end: of the recording, samples.
        before: where the line before it ends, and whether that is a true recording too.
        after: where the line after it begins, and the same.
    """
    far, joint = round(_FAR * SAMPLE_RATE), round(_JOINT * SAMPLE_RATE)
    share = np.zeros(total, np.float32)
    first = before[0] if before[1] else max(before[0], begin - far)
    last = after[0] if after[1] else min(after[0], end + far)
    # Equal power: where two tones take over from each other, the noise stays as loud as it is.
    for low, high, rising in ((first, begin, True), (end, last, False)):
        if high > low:
            way = np.sin(np.pi / 2 * (np.arange(high - low) + 0.5) / (high - low))
            share[low:high] = way if rising else way[::-1]
    melt = np.cos(np.pi / 2 * (np.arange(joint) + 0.5) / joint).astype(np.float32)
    inside = min(joint, (end - begin) // 2)
    share[begin : begin + inside] = melt[:inside]
    share[end - inside : end] = melt[::-1][joint - inside :]
    return share


def _edges(length: int) -> F32:
    """1 everywhere but in the first and last moment."""
    count = min(round(EDGE * SAMPLE_RATE), length // 2)
    share = np.ones(length, np.float32)
    ramp = (0.5 - 0.5 * np.cos(np.pi * (np.arange(count) + 0.5) / max(1, count))).astype(np.float32)
    share[:count] = ramp
    share[length - count :] = ramp[::-1]
    return share
