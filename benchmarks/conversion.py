"""How like a person converted speech is, how good it sounds and how well it is understood, by length of the recording.

    python -m benchmarks.conversion FOLDER [--engine own] [--seconds 3 10 60] [--lines 4] [--closeness 0 0.5 1]

FOLDER holds recordings of one speaker each; `NAME.zh.wav` is spoken to in Mandarin, everything else in English. Of each
recording the first part is learned from (at most --seconds, at most --share of it) and all after it is compared with.
Both sides of a comparison are brought to one loudness first, because the speaker encoder hears a louder voice as
another.

Columns: likeness of the lines together (cosine of Resemblyzer's embeddings), beside that of the two parts of the
recording; `told`, how much likelier it is this person than anybody by a measure that knows nothing of that encoder,
nats a frame, and `behind`, the share of the other people in FOLDER that are likelier still (benchmarks/telling.py);
dB between the mean spectra; DNSMOS of what is said; words missed in English, syllables and tones missed in Mandarin;
distance of the mean pitch, semitones; seconds that learning took, and seconds of conversion and synthesis for a second
of speech. The first row of each length is the base voice as it is, paced as the person.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.intelligibility import LINES, word_error
from benchmarks.syllables import understood
from benchmarks.telling import Company, colour_distance
from studio.media.audio import read_audio
from studio.types import F32, AudioClip, Language, Speech, VoiceProfile
from studio.voice import engines
from studio.voice import features as world
from studio.voice.features import Features
from studio.voice.loudness import to_level
from studio.voice.person import bases
from studio.voice.person.convert import CLOSENESS, converted
from studio.voice.person.enrol import enrol, statistics_of
from studio.voice.person.likeness import embedding, likeness
from studio.voice.recordings.clean import clean
from studio.voice.recordings.quality import mos

LEVEL_DB = -30.0  # the speaker encoder's own


@dataclass(frozen=True, eq=False)
class Known:
    """One recording's two parts, and what was learned of the first."""

    name: str
    language: Language
    learned: AudioClip
    """Cleaned, as it was learned from."""
    kept: AudioClip
    profile: VoiceProfile
    took_s: float


def known(path: Path, seconds: float, share: float) -> Known:
    """Learns from the beginning of a recording."""
    clip = read_audio(path, mono=True)
    samples, rate = clip.mono(), clip.sample_rate
    end = min(round(len(samples) * share), round(seconds * rate))
    first, rest = (AudioClip(part[None].copy(), rate) for part in (samples[:end], samples[end:]))
    started = time.perf_counter()
    profile = enrol([first], person=path.stem, hashes=[])
    took = time.perf_counter() - started
    return Known(path.stem, "zh" if path.stem.endswith(".zh") else "en", clean(first), rest, profile, took)


def voice_of(clips: Sequence[AudioClip]) -> F32:
    """One embedding of several clips at one loudness."""
    levelled = [embedding(AudioClip(to_level(c.mono(), c.sample_rate, LEVEL_DB)[None], c.sample_rate)) for c in clips]
    return np.asarray(np.mean(levelled, axis=0), np.float32)


def said(engine: str, base: str, language: Language, count: int, pace: float) -> list[tuple[Speech, Features]]:
    """The test's lines in a base voice."""
    speaker = engines.load(engine)
    if isinstance(speaker, engines.Vocoded):
        return [speaker.perform(line, language, speed=pace, base=base) for line in LINES[language][:count]]
    spoken = [speaker.speak(line, language, speed=pace, base=base) for line in LINES[language][:count]]
    return [(speech, world.analyse(speech.audio)) for speech in spoken]


def sound(features: Features) -> AudioClip:
    samples = world.synthesise(features, round(len(features.f0) * world.FRAME_S * world.SAMPLE_RATE))
    return AudioClip(to_level(samples, world.SAMPLE_RATE)[None], world.SAMPLE_RATE)


def measure(
    one: Known, company: Company, engine: str, count: int, closeness: Sequence[float]
) -> dict[str, dict[str, float]]:
    """All figures of one recording, of the base voice and by closeness."""
    person = statistics_of(one.profile)
    base = bases.nearest(engine, person, one.language)
    typical = bases.typical(engine, base, one.language)
    lines = said(engine, base, one.language, count, bases.pace(person, typical))
    target = voice_of([one.kept])
    rows = {"base": figures([sound(parts) for _, parts in lines], lines, one, company, target)}
    rows["base"] |= {"halves": likeness(voice_of([one.learned]), target), "enrol s": one.took_s}
    for share in closeness:
        started = time.perf_counter()
        made = [sound(converted(parts, speech, one.profile, typical, closeness=share)) for speech, parts in lines]
        pace = (time.perf_counter() - started) / sum(float(clip.duration) for clip in made)
        row = figures(made, lines, one, company, target)
        pitch = float(world.statistics([world.analyse(clip) for clip in made]).log_f0[0] - person.log_f0[0])
        rows[f"{share:g}"] = row | {"pitch": abs(pitch) * 12 / float(np.log(2)), "s per s": pace}
    return rows


def figures(
    made: Sequence[AudioClip], lines: Sequence[tuple[Speech, Features]], one: Known, company: Company, target: F32
) -> dict[str, float]:
    """How like, how good and how clear some lines are."""
    told, behind = company.told(made, one.name)
    row = {
        "like": likeness(voice_of(made), target),
        "told": told,
        "behind": behind,
        "colour dB": colour_distance(made, one.kept),
        "mos": float(np.mean([mos(clip).overall for clip in made])),
    }
    if one.language == "en":
        missed = [word_error(clip, speech.text) for clip, (speech, _) in zip(made, lines, strict=True)]
        return row | {"missed": float(np.mean(missed))}
    heard = [understood(clip, speech.text, speech) for clip, (speech, _) in zip(made, lines, strict=True)]
    return row | {
        "syllables": float(np.mean([line.syllable_error for line in heard])),
        "tones": float(np.mean([line.tone_error for line in heard])),
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--engine", default="own")
    parser.add_argument("--seconds", type=float, nargs="+", default=[3.0, 10.0, 60.0])
    parser.add_argument("--share", type=float, default=0.5)
    parser.add_argument("--lines", type=int, default=4)
    parser.add_argument("--closeness", type=float, nargs="+", default=[CLOSENESS])
    given = parser.parse_args()
    for seconds in given.seconds:
        people = [known(path, seconds, given.share) for path in sorted(given.folder.iterdir())]
        company = Company([one.learned for one in people], {one.name: one.kept for one in people})
        found = []
        for one in people:
            found.append(measure(one, company, given.engine, given.lines, given.closeness))
            for label, row in found[-1].items():
                print(f"{seconds:g} s  {one.name:24} {label:5}", shown(row), flush=True)
        for label in found[0]:
            rows = [rows[label] for rows in found]
            names = list(dict.fromkeys(name for row in rows for name in row))
            means = {name: float(np.mean([row[name] for row in rows if name in row])) for name in names}
            print(f"{seconds:g} s  {'mean':24} {label:5}", shown(means), flush=True)


def shown(row: dict[str, float]) -> str:
    return "  ".join(f"{name} {value:.3f}" for name, value in row.items())


if __name__ == "__main__":
    main()
