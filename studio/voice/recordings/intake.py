"""Listening to what a family hands in: who speaks where, how well it was recorded, and what to learn a voice from.

Every file is read as a stream, three times (where somebody speaks, who it is, how good it is), so memory does not grow
with its length beyond two numbers for each 32 ms and a voice for each 0.4 s of speech.

Two people who speak at once are found, mostly, where each is heard alone for longer. Where they do so throughout,
nothing tells them from one voice with other sounds behind it, and that is what is said then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from studio.errors import AudioUnusable, Cancelled, FileUnreadable, StudioError
from studio.media.audio import resample
from studio.media.blocks import file_blocks, stretches
from studio.media.files import sha256_file
from studio.types import F32, AudioClip, Cancel, OnProgress, Progress
from studio.voice.recordings import scoring
from studio.voice.recordings.activity import FRAME_S, SAMPLE_RATE
from studio.voice.recordings.hum import Hum, hum
from studio.voice.recordings.quality import mos_of
from studio.voice.recordings.scoring import Score, Verdict
from studio.voice.recordings.speakers import told_apart
from studio.voice.recordings.turns import Heard, Pieces, Turn, gone_through, looked_at, turns

REFERENCE_S = (Fraction(3), Fraction(15))
"""How long a reference may be, s."""
LONGEST_S = REFERENCE_S[1]  # of a segment
LEAST_S = Fraction(1)  # of a segment, and of usable voice
BEST_S = Fraction(180)
"""How much speech of one voice is chosen, s; more of it hardly teaches anything new."""
_JOIN_S = Fraction(12, 10)  # pauses within a segment
_GOOD_REFERENCE_S = 10.0  # s from which a reference need not be longer
_PER_SECOND = 0.06  # what each second up to that is worth
_MOS_HOP = 4 * SAMPLE_RATE
_STAGES = 3


@dataclass(frozen=True)
class Segment:
    """A stretch of one voice in one file, at most 15 s."""

    source: Path
    start: Fraction
    end: Fraction
    """s of the file; end exclusive."""
    speech: Fraction
    """How much of that is speech, not pause, s."""
    score: Score

    @property
    def seconds(self) -> Fraction:
        """Its length, pauses included, s."""
        return self.end - self.start

    @property
    def verdict(self) -> Verdict:
        """Whether it can be learned from."""
        return self.score.verdict


@dataclass(frozen=True, eq=False)
class Speaker:
    """One voice, in all files."""

    number: int
    """From 1; who is heard longest comes first."""
    voice: F32
    """float32 (256,): what the speaker encoder says of it."""
    segments: tuple[Segment, ...]
    """In the order of the files and of time."""
    reference: Segment | None
    """The best 3 to 15 s; None where no stretch is long and good enough."""
    chosen: tuple[Segment, ...]
    """The best minutes, at most `BEST_S`, in the order of the files and of time; the reference is among them."""

    @property
    def heard(self) -> Fraction:
        """How long this voice speaks, s."""
        return sum((segment.speech for segment in self.segments), Fraction(0))

    @property
    def usable(self) -> Fraction:
        """How much of that can be learned from, s."""
        return sum((segment.speech for segment in self.segments if segment.verdict != "poor"), Fraction(0))


@dataclass(frozen=True)
class Source:
    """One file that was listened to."""

    path: Path
    sha256: str
    """"" where the file could not be read."""
    duration: Fraction
    """s; 0 where nothing was found."""
    speech: Fraction
    """How long somebody speaks, s."""
    sample_rate: int
    """Hz."""
    offset: float
    """Mean of the samples, −1 … 1; it should be 0."""
    hum: Hum | None
    unusable: str = ""
    """Why nothing of it can be used, as a sentence; "" where something may."""


@dataclass(frozen=True, eq=False)
class Intake:
    """What was found in all files."""

    sources: tuple[Source, ...]
    speakers: tuple[Speaker, ...]
    """At least one."""

    @property
    def duration(self) -> Fraction:
        """Of all files, s."""
        return sum((source.duration for source in self.sources), Fraction(0))

    def speaker(self, number: int) -> Speaker:
        """The voice with this number.

        Raises:
            AudioUnusable: there is none.
        """
        if 1 <= number <= len(self.speakers):
            return self.speakers[number - 1]
        count = "only one voice was" if len(self.speakers) == 1 else f"{len(self.speakers)} voices were"
        raise AudioUnusable(f"There is no speaker {number}: {count} found. Choose one from 1 to {len(self.speakers)}.")


def listen(files: Sequence[Path], *, on_progress: OnProgress | None = None, cancel: Cancel | None = None) -> Intake:
    """Goes through recordings and films: who speaks where, and what of it can be learned from.

    A file of which nothing can be used is named in the result, with the reason, as long as another one has a voice.

    Raises:
        AudioUnusable: no file has a second of speech in it.
        FileUnreadable: so too, and the first one cannot be read.
        EngineUnavailable: a package that listens is not installed.
        Cancelled: `cancel` was set.
    """
    if not files:
        raise AudioUnusable("No recordings were given. Add at least one in which the person speaks.")
    unique = tuple(dict.fromkeys(files))
    found: list[Pieces] = []
    refused: dict[Path, StudioError] = {}
    for index, path in enumerate(unique):
        step = _steps(on_progress, cancel, path, index, len(unique))
        try:
            found.append(looked_at(gone_through(path, step(0)), step(1)))
        except (AudioUnusable, FileUnreadable) as error:
            refused[path] = error
    if not found:
        raise next(iter(refused.values()))
    labels, voices = told_apart([windows.voices for pieces in found for windows in pieces.windows])
    rest = iter(labels)
    segments: list[list[Segment]] = [[] for _ in voices]
    for pieces in found:
        own = [next(rest) for _ in pieces.windows]
        step = _steps(on_progress, cancel, pieces.heard.path, unique.index(pieces.heard.path), len(unique))
        for voice, segment in _scored(pieces.heard, turns(pieces, own, voices), step(2)):
            segments[voice].append(segment)
    if not any(segments):
        raise _too_short(found)
    heard = {pieces.heard.path: pieces.heard for pieces in found}
    sources = tuple(_source(path, heard.get(path), refused.get(path)) for path in unique)
    return Intake(sources, _speakers(segments, voices))


def _steps(
    on_progress: OnProgress | None, cancel: Cancel | None, path: Path, index: int, files: int
) -> Callable[[int], Callable[[float], None]]:
    """For each of the three passes over a file, what is told how far it has come."""

    def step(stage: int) -> Callable[[float], None]:
        def wanted(done: float) -> None:
            if cancel is not None and cancel.is_set():
                raise Cancelled("Stopped. Nothing was written.")
            if on_progress is not None:
                # The first two passes go file by file, the third over all files again.
                parts = (index * 2 + stage if stage < 2 else files * 2 + index) + done
                on_progress(Progress("listen", path.name, min(1.0, parts / (_STAGES * files))))

        return wanted

    return step


def _too_short(found: Sequence[Pieces]) -> AudioUnusable:
    seconds = float(sum(pieces.heard.speech for pieces in found))
    return AudioUnusable(
        f"Only {seconds:.1f} s of speech were found, in bits of less than a second; at least 1 s in one piece is "
        "needed, 30 s is good. Choose a longer recording."
    )


def _scored(heard: Heard, spoken: Sequence[Turn], wanted: Callable[[float], None]) -> Iterator[tuple[int, Segment]]:
    """Every stretch of at least a second, with what was measured of it, and whose it is."""
    groups = [group for group in _grouped(spoken) if group[-1].end - group[0].start >= LEAST_S]
    rate = heard.sample_rate
    cuts = [(round(group[0].start * rate), round(group[-1].end * rate)) for group in groups]
    for group, samples in zip(groups, stretches(file_blocks(heard.path, rate), cuts), strict=True):
        start, end = group[0].start, group[-1].end
        weights = [float(turn.end - turn.start) for turn in group]
        yield (
            group[0].voice,
            Segment(
                heard.path,
                start,
                end,
                sum(
                    (min(end, last) - max(start, first) for first, last in heard.spans if first < end and last > start),
                    Fraction(0),
                ),
                Score(
                    snr_db=scoring.snr(
                        heard.levels, heard.certainty, int(start / FRAME_S), int(end / FRAME_S), frame_s=float(FRAME_S)
                    ),
                    clipped=scoring.clipped(samples),
                    bandwidth_hz=scoring.bandwidth(samples - samples.mean(), rate),
                    mos=mos_of(_for_mos(samples, rate), hop=_MOS_HOP),
                    likeness=float(np.average([turn.likeness for turn in group], weights=weights)),
                    overlap=float(np.average([turn.overlap for turn in group], weights=weights)),
                ),
            ),
        )
        wanted(float(end / heard.duration))


def _for_mos(samples: F32, rate: int) -> F32:
    return resample(AudioClip((samples - samples.mean())[None], rate), SAMPLE_RATE).mono()


def _grouped(spoken: Sequence[Turn]) -> list[list[Turn]]:
    """Turns of one voice that follow one another after a short pause, together at most 15 s long."""
    groups: list[list[Turn]] = []
    for turn in (part for whole in spoken for part in _cut(whole)):
        last = groups[-1] if groups else None
        if (
            last is not None
            and last[-1].voice == turn.voice
            and turn.start - last[-1].end <= _JOIN_S
            and turn.end - last[0].start <= LONGEST_S
        ):
            last.append(turn)
        else:
            groups.append([turn])
    return groups


def _cut(turn: Turn) -> list[Turn]:
    """A turn of more than 15 s in even parts."""
    count = -(-(turn.end - turn.start) // LONGEST_S)
    edges = [turn.start + (turn.end - turn.start) * index / count for index in range(count + 1)]
    return [
        Turn(edges[index], edges[index + 1], turn.voice, turn.likeness, turn.overlap) for index in range(int(count))
    ]


def _speakers(segments: Sequence[Sequence[Segment]], voices: F32) -> tuple[Speaker, ...]:
    kept = [index for index, own in enumerate(segments) if own]
    kept.sort(key=lambda index: -sum(segment.speech for segment in segments[index]))
    found = []
    for number, index in enumerate(kept, start=1):
        own = tuple(segments[index])
        reference = best_reference(own)
        found.append(Speaker(number, voices[index], own, reference, best_minutes(own, reference)))
    return tuple(found)


def best_reference(segments: Sequence[Segment]) -> Segment | None:
    """The stretch of 3 to 15 s that is worth most; a longer one is worth more, up to 10 s. None where none is fit."""
    fit = [segment for segment in segments if segment.verdict != "poor" and segment.seconds >= REFERENCE_S[0]]
    return max(
        fit,
        key=lambda segment: segment.score.worth + _PER_SECOND * min(float(segment.seconds), _GOOD_REFERENCE_S),
        default=None,
    )


def best_minutes(segments: Sequence[Segment], reference: Segment | None) -> tuple[Segment, ...]:
    """The stretches that are worth most, good before fair, up to `BEST_S`, in the order they came in."""
    fit = [segment for segment in segments if segment.verdict != "poor"]
    fit.sort(key=lambda segment: (segment is not reference, segment.verdict != "good", -segment.score.worth))
    chosen: set[int] = set()
    seconds = Fraction(0)
    for segment in fit:
        if seconds + segment.speech <= BEST_S:
            chosen.add(id(segment))
            seconds += segment.speech
    return tuple(segment for segment in segments if id(segment) in chosen)


def _source(path: Path, heard: Heard | None, refused: StudioError | None) -> Source:
    if heard is None:
        return Source(path, "", Fraction(0), Fraction(0), 0, 0.0, None, str(refused))
    return Source(
        path=path,
        sha256=sha256_file(path),
        duration=heard.duration,
        speech=heard.speech,
        sample_rate=heard.sample_rate,
        offset=heard.offset,
        hum=hum(file_blocks(path, SAMPLE_RATE), SAMPLE_RATE),
    )
