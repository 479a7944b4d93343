"""What each feeling does to real voices, and what it costs: `uv run python -m benchmarks.delivery FOLDER [--count N]`.

FOLDER holds recordings of one person, and beside them may lie a table with their words, metadata.csv or transcript.csv
(name|…|text). Every recording is taken apart and put together again by the vocoder: as it is (the copy all figures
compare with), and with every feeling. The first columns say what was asked for and reached; DNSMOS, how natural it
sounds; the last, how often `studio.voice.recordings.mood` hears the feeling, beside the copy.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import get_args

import numpy as np

from studio.types import AudioClip, Emotion, Feeling, Language, Speech
from studio.voice import features as world
from studio.voice.alignment.align import align
from studio.voice.features import SAMPLE_RATE, Features
from studio.voice.prosody.delivery import deliver
from studio.voice.recordings import mood
from studio.voice.recordings.quality import mos

SOUNDS = (".flac", ".wav", ".mp3", ".ogg", ".m4a")
LONGEST_S = 20


@dataclass(frozen=True)
class Row:
    """One feeling on one recording."""

    emotion: Emotion
    seconds: float
    """s."""
    overall: float
    """DNSMOS OVRL."""
    cues: mood.Cues
    heard: Emotion


def spoken(folder: Path, count: int, language: Language) -> Iterator[tuple[Features, Speech]]:
    """Recordings with a voice, taken apart, with the times of their words where those are known."""
    from studio.media.audio import read_audio

    words = transcripts(folder)
    files = sorted(path for path in folder.iterdir() if path.suffix.lower() in SOUNDS)
    # Evenly through the folder: neighbours are often one chapter.
    for path in files[:: max(1, len(files) // count)][:count]:
        clip = read_audio(path, mono=True)
        clip = AudioClip(clip.samples[:, : LONGEST_S * clip.sample_rate], clip.sample_rate)
        text = words.get(path.stem, "") if clip.duration < LONGEST_S else ""
        unknown = Speech(clip, "", language, (), (), engine="recording", synthetic=False)
        yield world.analyse(clip, careful=True), align(clip, text, language) if text else unknown


def transcripts(folder: Path) -> dict[str, str]:
    """What is said in which file, by its name without ending; empty where no table lies in the folder."""
    found = {}
    for table in (folder / "metadata.csv", folder / "transcript.csv"):
        for line in table.read_text(encoding="utf-8").splitlines() if table.is_file() else []:
            name, *columns = line.strip().split("|")
            if columns:
                found[Path(name).stem] = columns[-1]
    return found


def rows(said: Sequence[tuple[Features, Speech]]) -> list[Row]:
    """Every feeling on every recording."""
    found = []
    for parts, speech in said:
        copy: mood.Cues | None = None
        for emotion in get_args(Emotion):
            moved, timed = deliver(parts, speech, [Feeling(Fraction(0), emotion)])
            samples = world.synthesise(moved, round(timed.audio.duration * SAMPLE_RATE))
            clip = AudioClip(samples[None], SAMPLE_RATE)
            cues = mood.cues(world.analyse(clip))
            if cues is not None:
                copy = copy or cues
                heard = mood.against(cues, copy, same_words=True).emotion
                found.append(Row(emotion, float(timed.audio.duration), mos(clip).overall, cues, heard))
    return found


def table(found: Sequence[Row]) -> str:
    """Markdown: means over the recordings, each compared with its own copy."""
    lines = [
        "| feeling | length | pitch (st) | span | tilt (dB) | harmonics (dB) | DNSMOS | less the copy | heard as it |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    copies = [row for row in found if row.emotion == "neutral"]
    for emotion in get_args(Emotion):
        own = [row for row in found if row.emotion == emotion]
        pairs = list(zip(own, copies, strict=True))
        change = [
            np.mean([row.seconds / copy.seconds for row, copy in pairs]),
            np.mean([row.cues.pitch - copy.cues.pitch for row, copy in pairs]),
            np.mean([row.cues.span / copy.cues.span for row, copy in pairs]),
            np.mean([row.cues.tilt - copy.cues.tilt for row, copy in pairs]),
            np.mean([row.cues.harmonicity - copy.cues.harmonicity for row, copy in pairs]),
            np.mean([row.overall for row in own]),
            np.mean([row.overall - copy.overall for row, copy in pairs]),
            np.mean([row.heard == emotion for row in own]),
        ]
        lines.append(f"| {emotion} | " + " | ".join(f"{value:.2f}" for value in change) + " |")
    return "\n".join(lines)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=8, help="how many recordings")
    parser.add_argument("--language", choices=get_args(Language), default="en")
    asked = parser.parse_args()
    print(table(rows(list(spoken(asked.folder, asked.count, asked.language)))))


if __name__ == "__main__":
    main()
