"""Recordings of one voice reading known words, as the own voices learn from them: sounds, their times, features.

A corpus is a folder. It holds either `transcript.csv` (or `metadata.csv`), one line "name|what is said" per recording,
or recordings whose names are what is said in them ("图书馆.mp3").
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from studio.ear import mel_filters
from studio.errors import AudioUnusable, FileUnreadable, StudioError
from studio.media.audio import read_audio, resample
from studio.media.files import writing
from studio.types import F32, AudioClip, Language
from studio.voice import features as world
from studio.voice.alignment.align import align
from studio.voice.engines import espeak
from studio.voice.language import text as reading
from studio.voice.loudness import to_level
from studio.voice.own import english, mandarin, voice
from studio.voice.own.units import PAUSE, Unit

SOUNDS = (".flac", ".wav", ".mp3", ".ogg", ".m4a")
FRAME_S = world.FRAME_S
MEL_RATE = 16_000
_MEL_HOP, _MEL_WINDOW, _MEL_FFT, BANDS = 80, 400, 512, 40
_EDGE_S = 0.1  # of silence kept around what is said
_SILENT_DB = -40.0  # below the loud parts


@dataclass(frozen=True, eq=False)
class Utterance:
    """One recording, in frames of 5 ms; N frames, U sounds."""

    speaker: str
    name: str
    text: str
    units: tuple[Unit, ...]
    """Its sounds; pauses are among them only where they are heard (`aligner.aligned`)."""
    marks: Mapping[int, str]
    """What is written after a word, by its number: one of units.MARKS."""
    spans: NDArray[np.int64]
    """int64 (U, 2): first frame of each sound and the one after its last, as far as they are known."""
    heard: F32
    """float32 (N, BANDS): log-mel spectrum, by which sounds are told apart."""
    frames: F32
    """float32 (N, voice.WIDTH): what is learned, see studio/voice/own/voice.py."""


def read(folder: Path, language: Language, on_each: Callable[[float], None] | None = None) -> list[Utterance]:
    """Every recording of a corpus whose words can be said, analysed.

    Args:
        on_each: told the share that is done.

    Raises:
        FileUnreadable: there are no recordings with known words in the folder.
    """
    listed = list(_listed(folder))
    found = []
    for place, (file, text) in enumerate(listed):
        try:
            found.append(_utterance(folder.name, file, text, language))
        except (StudioError, ValueError):
            # One recording that is silent or cannot be read aloud must not end hours of work; too few of them do.
            continue
        if on_each is not None:
            on_each((place + 1) / len(listed))
    if len(found) < 8 or len(found) < 0.8 * len(listed):
        raise FileUnreadable(
            f"{folder} holds {len(listed)} recordings with known words, of which {len(found)} can be used. "
            "Put recordings there and a transcript.csv with lines such as: name|what is said in it"
        )
    return found


def save(path: Path, corpus: Sequence[Utterance]) -> None:
    """Keep an analysed corpus, so that a training that goes on need not hear it all again.

    Raises:
        OutputUnwritable: the disk is full or the folder may not be written.
    """
    table = [
        [u.speaker, u.name, u.text, [[x.sound, x.tone, x.word, x.mark] for x in u.units], list(u.marks.items())]
        for u in corpus
    ]
    lengths = np.array([[len(u.frames), len(u.spans)] for u in corpus])
    with writing(path) as temporary, temporary.open("wb") as file:
        np.savez(
            file,
            table=np.frombuffer(json.dumps(table, ensure_ascii=False).encode(), np.uint8),
            lengths=lengths,
            spans=np.concatenate([u.spans for u in corpus]),
            heard=np.concatenate([u.heard for u in corpus]),
            frames=np.concatenate([u.frames for u in corpus]),
        )


def load(path: Path) -> list[Utterance]:
    """What `save` wrote.

    Raises:
        FileUnreadable: it is damaged.
    """
    try:
        with np.load(path) as held:
            table = json.loads(held["table"].tobytes().decode())
            rows, sounds = (np.cumsum(column)[:-1] for column in held["lengths"].T)
            parts = zip(
                table,
                np.split(held["spans"], sounds),
                np.split(held["heard"], rows),
                np.split(held["frames"], rows),
                strict=True,
            )
            return [
                Utterance(speaker, name, text, tuple(Unit(*unit) for unit in units), dict(marks), spans, heard, frames)
                for (speaker, name, text, units, marks), spans, heard, frames in parts
            ]
    except (OSError, ValueError, KeyError, BadZipFile) as error:
        raise FileUnreadable(f"{path} is damaged. Delete it, and the recordings are analysed anew.") from error


def _listed(folder: Path) -> Iterator[tuple[Path, str]]:
    table = next((folder / name for name in ("transcript.csv", "metadata.csv") if (folder / name).is_file()), None)
    if table is None:
        for file in sorted(folder.iterdir()) if folder.is_dir() else ():
            if file.suffix in SOUNDS:
                yield file, file.stem
        return
    for line in table.read_text(encoding="utf-8").splitlines():
        name, *said = line.split("|")
        found = [folder / (name + kind) for kind in SOUNDS if (folder / (name + kind)).is_file()]
        if said and found:
            yield found[0], said[-1]


def _utterance(speaker: str, file: Path, text: str, language: Language) -> Utterance:
    clip = _trimmed(read_audio(file, mono=True))
    frames = voice.coded(world.analyse(clip, careful=True))
    if language == "en":
        units, marks, spans = _english(text, clip)
    else:
        units, marks = _mandarin(text), {}
        spans = _spread(units, len(frames))
    marks = {**marks, units[-1].word: english.last_mark(text)}
    return Utterance(speaker, file.stem, text, units, marks, spans, spectrum(clip)[: len(frames)], frames)


def _trimmed(clip: AudioClip) -> AudioClip:
    """At the vocoder's rate and one level, with a little silence around what is said."""
    samples = resample(clip, world.SAMPLE_RATE).mono()
    hop = world.SAMPLE_RATE // 100
    power = np.square(samples[: len(samples) // hop * hop]).reshape(-1, hop).mean(axis=1)
    if not len(power) or power.max() < 1e-8:
        raise AudioUnusable("The recording is silent.")
    loud = np.flatnonzero(10 * np.log10(power + 1e-12) > 10 * np.log10(np.percentile(power, 95)) + _SILENT_DB)
    edge = round(_EDGE_S * world.SAMPLE_RATE)
    start, end = max(0, loud[0] * hop - edge), min(len(samples), (loud[-1] + 1) * hop + edge)
    return AudioClip(to_level(samples[start:end], world.SAMPLE_RATE)[None], world.SAMPLE_RATE)


def _english(text: str, clip: AudioClip) -> tuple[tuple[Unit, ...], dict[int, str], NDArray[np.int64]]:
    """Units without pauses, the marks between them, and roughly when they are heard: int64 (U, 2), frames."""
    tokens = [(place, token) for place, token in enumerate(reading.read(text, "en").tokens) if token.language == "en"]
    stretch = espeak.say(tokens, "en", base="en-us")
    timed = english.timed(stretch, tokens)
    said = [entry for entry in timed if entry[0].sound != PAUSE]
    marks = {
        before.word: unit.mark for (before, *_), (unit, *_) in pairwise(timed) if unit.sound == PAUSE != before.sound
    }
    heard = align(clip, text, "en").words
    if len(heard) != len(stretch.words):
        raise ValueError("words were lost on the way")
    there = [float(sample) for _, start, end in stretch.words for sample in (start, end)]
    here = [float(time) / FRAME_S for word in heard for time in (word.start, word.end)]
    spans = np.interp(np.array([times for _, *times in said]), there, here)
    return tuple(unit for unit, *_ in said), marks, spans.round().astype(np.int64)


def _mandarin(text: str) -> tuple[Unit, ...]:
    """The units of a word or sentence of hanzi, or of one toned syllable ("ba1")."""
    if re.fullmatch(r"_?[a-zü]+[1-5]", text):
        return mandarin.syllable_units(text.strip("_"), 0)
    return tuple(u for u in mandarin.units(list(enumerate(reading.read(text, "zh").tokens))) if u.sound != PAUSE)


def _spread(units: Sequence[Unit], length: int) -> NDArray[np.int64]:
    """All syllables equally long, a third for the initial: where nothing better is known."""
    edge = round(_EDGE_S / FRAME_S)
    weights = np.array([0.5 if unit.sound in mandarin.INITIALS else 1.0 for unit in units])
    cuts = edge + np.concatenate([[0], np.cumsum(weights)]) / weights.sum() * max(length - 2 * edge, len(units))
    return np.asarray(np.stack([cuts[:-1], cuts[1:]], axis=1).round(), np.int64)


def spectrum(clip: AudioClip) -> F32:
    """float32 (N, BANDS): log-mel spectrum every 5 ms, its mean over the recording taken out."""
    samples = resample(clip, MEL_RATE).mono()
    samples = np.append(samples[:1], samples[1:] - np.float32(0.97) * samples[:-1])
    padded = np.pad(samples, (_MEL_WINDOW // 2, _MEL_WINDOW))
    frames = np.lib.stride_tricks.sliding_window_view(padded, _MEL_WINDOW)[::_MEL_HOP][: len(samples) // _MEL_HOP + 1]
    power = np.square(np.abs(np.fft.rfft(frames * np.hanning(_MEL_WINDOW), _MEL_FFT, axis=1)))
    mel = np.log(power @ mel_filters(BANDS, (60.0, 7800.0), _MEL_FFT) + 1e-7)
    return np.asarray(mel - mel.mean(axis=0), np.float32)
