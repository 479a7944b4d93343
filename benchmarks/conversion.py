"""How like a person converted speech is, how good it sounds and how well it is understood, by length of the recording.

    python -m benchmarks.conversion FOLDER [--engine own] [--seconds 3 10 60] [--lines 4] [--closeness 0.3]

FOLDER holds recordings of one speaker each; `NAME.zh.wav` is spoken to in Mandarin, everything else in English. Of each
recording the first part is learned from (at most --seconds, at most half) and the last half is compared with. Both
sides of a comparison are brought to one loudness first, because the speaker encoder hears a louder voice as another.

Columns: likeness of the lines together (cosine of Resemblyzer's embeddings) before and after conversion, beside that of
the two parts of the recording; DNSMOS of what is said; words missed in English; distance of the mean pitch, semitones;
seconds that learning took, and seconds of conversion and synthesis for a second of speech.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.intelligibility import LINES, word_error
from studio.media.audio import read_audio
from studio.types import F32, AudioClip, Language, Speech
from studio.voice import engines
from studio.voice import features as world
from studio.voice.features import Features
from studio.voice.loudness import to_level
from studio.voice.person import bases
from studio.voice.person.convert import CLOSENESS, converted
from studio.voice.person.enrol import enrol, statistics_of
from studio.voice.person.likeness import embedding, likeness
from studio.voice.recordings.quality import mos

LEVEL_DB = -30.0  # the speaker encoder's own


def halves(clip: AudioClip, seconds: float) -> tuple[AudioClip, AudioClip]:
    """What is learned from, and what is compared with."""
    samples, rate = clip.mono(), clip.sample_rate
    middle = len(samples) // 2
    first = samples[: min(middle, round(seconds * rate))]
    return AudioClip(first[None].copy(), rate), AudioClip(samples[middle:][None].copy(), rate)


def voice_of(clips: Sequence[AudioClip]) -> F32:
    """One embedding of several clips at one loudness."""
    levelled = [embedding(AudioClip(to_level(c.mono(), c.sample_rate, LEVEL_DB)[None], c.sample_rate)) for c in clips]
    return np.asarray(np.mean(levelled, axis=0), np.float32)


def said(engine: str, base: str, language: Language, count: int) -> list[tuple[Speech, Features]]:
    """The test's lines in a base voice."""
    speaker = engines.load(engine)
    if isinstance(speaker, engines.Vocoded):
        return [speaker.perform(line, language, base=base) for line in LINES[language][:count]]
    spoken = [speaker.speak(line, language, base=base) for line in LINES[language][:count]]
    return [(speech, world.analyse(speech.audio)) for speech in spoken]


def sound(features: Features) -> AudioClip:
    samples = world.synthesise(features, round(len(features.f0) * world.FRAME_S * world.SAMPLE_RATE))
    return AudioClip(to_level(samples, world.SAMPLE_RATE)[None], world.SAMPLE_RATE)


def measure(path: Path, engine: str, seconds: float, count: int, closeness: float) -> dict[str, float]:
    """All figures of one recording."""
    language: Language = "zh" if path.stem.endswith(".zh") else "en"
    learned, kept = halves(read_audio(path, mono=True), seconds)
    started = time.perf_counter()
    profile = enrol([learned], person=path.stem, hashes=[])
    took = time.perf_counter() - started
    person = statistics_of(profile)
    base = bases.nearest(engine, person, language)
    typical = bases.typical(engine, base, language)
    lines = said(engine, base, language, count)
    started = time.perf_counter()
    made = [sound(converted(parts, speech, profile, typical, closeness=closeness)) for speech, parts in lines]
    pace = (time.perf_counter() - started) / sum(float(clip.duration) for clip in made)
    raw = [sound(parts) for _, parts in lines]
    target = voice_of([kept])
    figures = {
        "halves": likeness(voice_of([learned]), target),
        "raw": likeness(voice_of(raw), target),
        "like": likeness(voice_of(made), target),
        "mos": float(np.mean([mos(clip).overall for clip in made])),
        "raw mos": float(np.mean([mos(clip).overall for clip in raw])),
        "pitch": abs(float(world.statistics([world.analyse(c) for c in made]).log_f0[0] - person.log_f0[0]))
        * 12
        / float(np.log(2)),
        "enrol s": took,
        "s per s": pace,
    }
    if language == "en":
        texts = [speech.text for speech, _ in lines]
        figures["missed"] = float(np.mean([word_error(c, t) for c, t in zip(made, texts, strict=True)]))
        figures["raw missed"] = float(np.mean([word_error(c, t) for c, t in zip(raw, texts, strict=True)]))
    return figures


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--engine", default="own")
    parser.add_argument("--seconds", type=float, nargs="+", default=[3.0, 10.0, 60.0])
    parser.add_argument("--lines", type=int, default=4)
    parser.add_argument("--closeness", type=float, default=CLOSENESS)
    given = parser.parse_args()
    for seconds in given.seconds:
        rows: list[dict[str, float]] = []
        for path in sorted(given.folder.iterdir()):
            rows.append(measure(path, given.engine, seconds, given.lines, given.closeness))
            print(f"{seconds:g} s  {path.stem:24}", "  ".join(f"{n} {v:.2f}" for n, v in rows[-1].items()), flush=True)
        names = list(dict.fromkeys(name for row in rows for name in row))
        means = {name: float(np.mean([row[name] for row in rows if name in row])) for name in names}
        print(f"{seconds:g} s  {'mean':24}", "  ".join(f"{name} {value:.3f}" for name, value in means.items()))


if __name__ == "__main__":
    main()
