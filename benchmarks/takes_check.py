"""How well a bad take is told from a good one: takes made bad on purpose, out of real speech.

    python -m benchmarks.takes_check ../shared/media/train --sentences 12

English: sentences read by one man. Mandarin: words read by one woman, five after the other. Each is checked as it is
and with a word cut out, a word said twice, a stranger's speech after the end, another sentence of the same voice before
the start (which is also the reference, so it is a leak), the second half 18 dB louder, 1 s of silence inside, and the
second half spoken by somebody else. Prints what share of each is found fault with, and what share of that is the
right fault.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from studio.media.audio import read_audio, resample
from studio.types import F32, AudioClip, Language
from studio.voice.alignment.check import ADDED_S, JUMP_DB, PAUSE_S, Verdict, check
from studio.voice.alignment.follow import follow
from studio.voice.engines import Reference
from studio.voice.recordings.activity import spans

RATE = 16_000  # Hz
EDGE = 80  # samples, 5 ms, faded at every cut


@dataclass(frozen=True)
class Case:
    """A sentence and where its words are."""

    text: str
    language: Language
    sound: F32
    words: list[tuple[int, int]]
    """Samples; of the words that may be cut or doubled."""
    other: F32
    """Another sentence of the same voice."""
    other_text: str


def joined(*parts: F32, pause_s: float = 0.0) -> F32:
    """Pieces of sound after each other, faded at their edges."""
    ramp = np.linspace(0, 1, EDGE, dtype=np.float32)
    found: list[F32] = []
    for own in [part.copy() for part in parts if len(part) > 2 * EDGE]:
        own[:EDGE] *= ramp
        own[-EDGE:] *= ramp[::-1]
        found += [own, np.zeros(round(pause_s * RATE), np.float32)]
    return np.concatenate(found[:-1])


def loaded(path: Path) -> F32:
    """The voice in a file, without silence around it."""
    clip = resample(read_audio(path, mono=True), RATE)
    found = spans(clip)
    first, last = (found[0][0], found[-1][1]) if found else (0, clip.duration)
    return np.ascontiguousarray(clip.mono()[round(first * RATE) : round(last * RATE)])


def english(folder: Path, count: int, seed: int) -> Iterator[Case]:
    """Sentences of 2 to 6 s; their words where the good take is followed."""
    rows = [line.split("|", 1) for line in (folder / "transcript.csv").read_text(encoding="utf-8").splitlines()]
    np.random.default_rng(seed).shuffle(rows)
    ready = [(text.strip(), loaded(folder / f"{name}.flac")) for name, text in rows[: 3 * count]]
    ready = [(text, sound) for text, sound in ready if 2 * RATE < len(sound) < 6 * RATE][: count + 1]
    for (text, sound), (other_text, other) in zip(ready, [*ready[1:], ready[0]], strict=True):
        found = follow(AudioClip(sound[None], RATE), text, "en")
        long = [
            (round(span[0] * RATE), round(span[1] * RATE))
            for word, span in zip(found.words, found.spans, strict=True)
            if span is not None and len(word) >= 5
        ]
        yield Case(text, "en", sound, long, other, other_text)


def mandarin(folder: Path, count: int, seed: int) -> Iterator[Case]:
    """Five words each."""
    files = [file for file in sorted(folder.iterdir()) if 2 <= len(file.stem) <= 3 and file.stem.isalpha()]
    np.random.default_rng(seed).shuffle(files)
    lines: list[tuple[str, list[F32]]] = []
    for number in range(count + 1):
        chosen = files[5 * number : 5 * number + 5]
        lines.append(("".join(file.stem for file in chosen) + "。", [loaded(file) for file in chosen]))
    for (text, sounds), (other_text, other) in zip(lines, [*lines[1:], lines[0]], strict=True):
        ends = np.cumsum([len(sound) + round(0.02 * RATE) for sound in sounds])
        words = [(int(end - len(sound) - 320), int(end - 320)) for end, sound in zip(ends, sounds, strict=True)]
        yield Case(text, "zh", joined(*sounds, pause_s=0.02), words, joined(*other, pause_s=0.02), other_text)


def made_bad(case: Case, stranger: F32, rng: np.random.Generator) -> Iterator[tuple[str, F32]]:
    """Kinds of bad takes and one of each."""
    sound = case.sound
    if case.words:
        first, last = case.words[int(rng.integers(len(case.words)))]
        yield "word cut out", joined(sound[:first], sound[last:])
        yield "word doubled", joined(sound[:last], sound[first:])
    level = np.float32(sound.std() / stranger.std())
    at = int(rng.integers(len(stranger) - 2 * RATE))
    yield "foreign tail", joined(sound, level * stranger[at : at + round(rng.uniform(0.7, 1.3) * RATE)], pause_s=0.15)
    yield "reference leaks in", joined(case.other, sound, pause_s=0.2)
    middle = len(sound) // 2
    louder = np.concatenate([sound[:middle] * np.float32(0.125), sound[middle:]])
    yield "18 dB louder half-way", louder
    quiet = middle + int(np.argmin(np.convolve(np.square(sound[middle : middle + RATE]), np.ones(400), "valid")))
    yield "1 s of silence inside", joined(sound[:quiet], sound[quiet:], pause_s=1.0)


RIGHT: dict[str, Callable[[Verdict], bool]] = {
    "good": lambda verdict: verdict.ok,
    "word cut out": lambda verdict: bool(verdict.missing),
    "word doubled": lambda verdict: verdict.added_s + verdict.tail_s >= ADDED_S,
    "foreign tail": lambda verdict: verdict.tail_s >= ADDED_S,
    "reference leaks in": lambda verdict: verdict.leak,
    "18 dB louder half-way": lambda verdict: verdict.loudness > JUMP_DB,
    "1 s of silence inside": lambda verdict: verdict.pause_s > PAUSE_S,
}


def main() -> None:
    """Make them, check them, print the table."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("train", type=Path, help="holds en_philipp and zh_audio_cmn")
    asked.add_argument("--sentences", type=int, default=12)
    asked.add_argument("--seed", type=int, default=11)
    how = asked.parse_args()
    strangers = {
        "en": loaded(how.train.parent / "speech" / "en_f5_main.flac"),
        "zh": loaded(how.train.parent / "speech" / "drive_chinese_news.flac"),
    }
    sources = (
        english(how.train / "en_philipp", how.sentences, how.seed),
        mandarin(how.train / "zh_audio_cmn" / "words", how.sentences, how.seed),
    )
    counts: dict[tuple[str, str], list[tuple[bool, bool]]] = defaultdict(list)
    rng = np.random.default_rng(how.seed)
    for source in sources:
        for case in source:
            clip = AudioClip(case.other[None], RATE)
            reference = Reference(clip, case.language, case.other_text) if 3 <= clip.duration <= 15 else None
            for kind, sound in [("good", case.sound), *made_bad(case, strangers[case.language], rng)]:
                verdict = check(AudioClip(sound[None], RATE), case.text, case.language, reference)
                right = RIGHT[kind](verdict) or (kind == "reference leaks in" and reference is None)
                counts[case.language, kind].append((not verdict.ok, right))
                print(case.language, kind, verdict, flush=True)
    print(f"{'':26}{'English':>22}{'Mandarin':>22}")
    for kind in RIGHT:
        row = f"{kind:26}"
        for language in ("en", "zh"):
            found = counts[language, kind]
            faults, rights = (sum(pair[place] for pair in found) for place in (0, 1))
            row += f"{faults:>6} of {len(found):<3}{f'({rights} right)':>11}" if found else f"{'—':>22}"
        print(row)


if __name__ == "__main__":
    main()
