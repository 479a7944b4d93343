"""What was chosen, as files: a sample of each voice to pick by ear, and the best minutes of one, ready to enrol."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np

from studio.errors import AudioUnusable
from studio.media.audio import write_wav
from studio.media.blocks import file_blocks, stretches
from studio.media.files import write_text
from studio.types import F32, AudioClip
from studio.voice.loudness import fade, to_level
from studio.voice.recordings.explain import segment_data
from studio.voice.recordings.intake import Intake, Segment, Speaker

SCHEMA = "voice-intake/1"
LIST = "chosen.json"
_SAMPLE_S = Fraction(8)


def write_samples(intake: Intake, folder: Path) -> tuple[Path, ...]:
    """A WAV of at most 8 s of every voice: speaker-1.wav, speaker-2.wav, …; all equally loud.

    Raises:
        OutputUnwritable: the disk is full or the folder may not be written.
    """
    paths = []
    for speaker in intake.speakers:
        best = speaker.reference or max(speaker.segments, key=lambda segment: segment.score.worth)
        end = min(best.end, best.start + _SAMPLE_S)
        shown = replace(best, end=end)
        rate = _rate(intake, best.source)
        samples = next(_sounds([shown], rate))
        path = folder / f"speaker-{speaker.number}.wav"
        write_wav(path, AudioClip(to_level(samples, rate)[None], rate), pcm16=True)
        paths.append(path)
    return tuple(paths)


def write_chosen(intake: Intake, speaker: Speaker, folder: Path) -> tuple[Path, ...]:
    """The best minutes of one voice, a WAV for each stretch, and chosen.json, which says where each came from.

    The sound is as it was recorded (mono, its own rate, 32-bit float), only set on zero and faded over 5 ms at the
    ends; cleaning is for later. The list is written last, so where it is, everything is.

    Raises:
        AudioUnusable: nothing of this voice can be used.
        OutputUnwritable: the disk is full or the folder may not be written.
    """
    if not speaker.chosen:
        raise AudioUnusable(
            f"Nothing of speaker {speaker.number} is good enough to learn a voice from. Choose another recording."
        )
    digests = {source.path: source.sha256 for source in intake.sources}
    paths: list[Path] = []
    records = []
    for source in dict.fromkeys(segment.source for segment in speaker.chosen):
        own = [segment for segment in speaker.chosen if segment.source == source]
        rate = _rate(intake, source)
        for segment, samples in zip(own, _sounds(own, rate), strict=True):
            path = folder / f"speaker-{speaker.number}-{len(paths) + 1:03d}.wav"
            write_wav(path, AudioClip(samples[None], rate))
            paths.append(path)
            about = {"file": path.name, "source_sha256": digests[source], "reference": segment is speaker.reference}
            records.append({**about, **segment_data(segment)})
    listed = {
        "schema": SCHEMA,
        "speaker": speaker.number,
        "speech_s": round(float(sum(segment.speech for segment in speaker.chosen)), 3),
        "files": records,
    }
    write_text(folder / LIST, json.dumps(listed, ensure_ascii=False, indent=2) + "\n")
    return tuple(paths)


def _rate(intake: Intake, path: Path) -> int:
    return next(source.sample_rate for source in intake.sources if source.path == path)


def _sounds(segments: Sequence[Segment], rate: int) -> Iterator[F32]:
    """Stretches of one file in the order of time, float32 (T,) each, on zero and faded."""
    cuts = [(round(segment.start * rate), round(segment.end * rate)) for segment in segments]
    for samples in stretches(file_blocks(segments[0].source, rate), cuts):
        yield fade(np.asarray(samples - samples.mean(), dtype=np.float32), rate)
