"""From videos to a corpus: scenes cut apart, the face followed, lips and sound put in time (`studio train prepare`).

Every video becomes a folder of clips (studio/train/clips.py), and `video.json` there is written last: a video that has
one, made from the same bytes, is not done again.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from fractions import Fraction
from itertools import groupby
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from studio.errors import AudioUnusable, Cancelled, FileUnreadable, OutputUnwritable, StudioError
from studio.head import mesh
from studio.head.faces import follow
from studio.media.audio import read_audio
from studio.media.files import scratch, sha256_file, write_text, writing
from studio.media.probe import opened
from studio.media.video import read_video
from studio.train import clips, sync
from studio.train.clips import SAMPLE_RATE, Clip
from studio.types import F32, U8, AudioClip, Cancel, FrameSource, OnProgress, Progress

F64 = NDArray[np.float64]

VERSION = 1  # of what is found in a video; a corpus made by another one is made again
SUFFIXES = frozenset(
    (".3gp", ".avi", ".flv", ".m2ts", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".mts", ".ogv", ".webm", ".wmv")
)
SHORTEST, LONGEST = Fraction(1), Fraction(20)
"""s. Longer clips are parted: each part says for itself whether the person who is seen is the one who is heard."""
MIN_EYES = 20.0  # px between the eyes; below it a mouth is a handful of pixels

# A cut: more than this share of the picture changes its colour at once, and three times what changed just before.
_CUT_SHARE, _CUT_FACTOR, _BEFORE = 0.35, 3.0, 8
_JUMP = 1.2  # eye distances from one frame to the next: another face, or another take; a head swung hard makes .8
_ZOOM = 1.25
_SLIP_S = 0.05  # how far a frame may be from where the frame rate puts it within its clip

TOO_SHORT, TOO_SMALL, NO_FACE = "shorter than 1 s", "face too small", "no face"
NO_SOUND, NOBODY, NO_SYNC, NO_CLOCK = "no sound", "nobody speaks", "no clear sync", "its clock cannot be read"


@dataclass(frozen=True)
class Prepared:
    """What became of one video."""

    video: str
    person: str
    sha256: str = ""
    version: int = VERSION
    clips: tuple[str, ...] = ()
    """Names of their files without suffix."""
    seconds: float = 0.0
    """Of all clips."""
    synced: float = 0.0
    """s of those in which lips and sound belong together."""
    offset: float | None = None
    """s, the median of theirs: how much later than the picture the sound came."""
    unsynced: Mapping[str, float] = field(default_factory=dict)
    """s of the other clips by reason; their pictures are of use."""
    left_out: Mapping[str, float] = field(default_factory=dict)
    """s that are in no clip, by reason."""
    error: str = ""
    """Why nothing, or only the first part, could be read."""


def find(paths: Sequence[Path], person: str = "") -> list[tuple[Path, str]]:
    """The videos that are meant, each with whose face it shows: `person`, or the name of the folder it lies in.

    Args:
        paths: files, or folders that are searched to the bottom.

    Raises:
        FileUnreadable: a path does not exist, or there is no video.
    """
    found: dict[Path, str] = {}
    for path in paths:
        if not path.exists():
            raise FileUnreadable(f"{path} does not exist. Check the name.")
        inside = sorted(p for p in path.rglob("*") if p.suffix.lower() in SUFFIXES) if path.is_dir() else [path]
        for video in inside:
            found[video.resolve()] = person or video.resolve().parent.name
    if not found:
        raise FileUnreadable(
            f"There is no video in {', '.join(map(str, paths))}. Known are {' '.join(sorted(SUFFIXES))}."
        )
    return list(found.items())


def prepare(
    videos: Sequence[tuple[Path, str]],
    corpus: Path,
    *,
    on_progress: OnProgress | None = None,
    cancel: Cancel | None = None,
) -> list[Prepared]:
    """Make clips of all videos. One that cannot be used says why in its `error`, and the others go on.

    Args:
        videos: (file, person) each; see `find`.
        corpus: folder to write to; what is finished there already is kept.

    Raises:
        Cancelled: stopped; finished videos are kept.
        FileUnreadable: not one of them gave a clip.
        OutputUnwritable: the disk is full or the folder may not be written.
    """
    made: list[Prepared] = []
    for place, (video, person) in enumerate(videos):

        def tell(share: float, doing: str, place: int = place, video: Path = video) -> None:
            if cancel is not None and cancel.is_set():
                raise Cancelled("Stopped. Finished videos are kept: the same command goes on from there.")
            if on_progress is not None:
                on_progress(Progress("prepare", f"{video.name}: {doing}", (place + share) / len(videos)))

        try:
            made.append(prepare_one(video, person, corpus, tell))
        except (Cancelled, OutputUnwritable):
            raise
        except StudioError as error:
            made.append(Prepared(str(video), person, error=str(error)))
    if not any(one.clips for one in made):
        whys = dict.fromkeys(one.error or f"{one.video}: {', '.join(one.left_out)}" for one in made)
        raise FileUnreadable("None of the videos shows a face long enough to learn from. " + " ".join(list(whys)[:3]))
    return made


def prepare_one(video: Path, person: str, corpus: Path, tell: Callable[[float, str], None]) -> Prepared:
    """Make the clips of one video."""
    tell(0.0, "reading")
    source = read_video(video)
    sha256 = sha256_file(video)
    folder = corpus / folder_name(person) / f"{folder_name(video.stem)[:80]}-{sha256[:8]}"
    known = _finished(folder / clips.DONE, sha256)
    if known is not None:
        return known
    for old in folder.glob("[0-9]*"):
        old.unlink()
    times, sound_start = clock(video)
    try:
        sound = read_audio(video, sample_rate=SAMPLE_RATE, mono=True)
    except AudioUnusable:
        sound = None
    with scratch() as kept:
        tracker = Tracker(source, times)
        starts: list[tuple[int, Path]] = []
        for first, landmarks in tracker.clips(tell):
            starts.append((first, kept / f"{len(starts)}.npy"))
            with writing(starts[-1][1]) as temporary:
                np.save(temporary, landmarks)
        tell(1.0, "listening")
        offsets, whys = _offsets(starts, times, source.frame_rate, sound, sound_start)
        made = []
        for place, ((first, path), offset, why) in enumerate(zip(starts, offsets, whys, strict=True)):
            landmarks = np.load(path)
            begin = (times[first] if first < len(times) else 0.0) - sound_start + float(offset.lag)
            clip = Clip(
                person=person,
                video=video,
                sha256=sha256,
                first=first,
                frame_rate=source.frame_rate,
                landmarks=landmarks,
                sound=_piece(sound, begin, len(landmarks) / source.frame_rate),
                offset=offset.lag,
                belief=offset.belief,
                synced=not why,
                why=why,
            )
            clips.write(clip, folder / f"{place:04d}.json")
            made.append((f"{place:04d}", clip))
    report = _report(video, person, sha256, made, tracker)
    write_text(folder / clips.DONE, json.dumps(asdict(report), ensure_ascii=False, indent=1) + "\n")
    return report


def folder_name(name: str) -> str:
    """A name as a folder may have it: it leads nowhere else, and hides nothing."""
    return name.replace("/", "∕").replace("\0", "").lstrip(".") or "_"


def _finished(path: Path, sha256: str) -> Prepared | None:
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
        report = Prepared(**{**facts, "clips": tuple(facts["clips"])})
    except (OSError, ValueError, TypeError, KeyError):  # not there, or not by this version
        return None
    return report if (report.sha256, report.version) == (sha256, VERSION) else None


def _report(video: Path, person: str, sha256: str, made: Sequence[tuple[str, Clip]], tracker: Tracker) -> Prepared:
    unsynced: dict[str, float] = {}
    for _, clip in made:
        if not clip.synced:
            unsynced[clip.why] = unsynced.get(clip.why, 0.0) + float(clip.duration)
    lags = [float(clip.offset) for _, clip in made if clip.synced]
    return Prepared(
        video=str(video),
        person=person,
        sha256=sha256,
        clips=tuple(name for name, _ in made),
        seconds=round(float(sum(clip.duration for _, clip in made)), 3),
        synced=round(float(sum(clip.duration for _, clip in made if clip.synced)), 3),
        offset=round(float(np.median(lags)), 3) if lags else None,
        unsynced={why: round(seconds, 3) for why, seconds in unsynced.items()},
        left_out={why: round(seconds, 3) for why, seconds in tracker.left_out.items()},
        error=tracker.error,
    )


def clock(video: Path) -> tuple[F64, float]:
    """When each frame is shown, s, float64 (N,), and when the sound begins, both by the file's own clock.

    Phones and screen recorders drop frames: a constant rate would put the lips where they are not. N is 0 where the
    file does not say.
    """
    with opened(video) as container:
        picture = container.streams.video[0]
        sound = next(iter(container.streams.audio), None)
        start = float(sound.start_time * sound.time_base) if sound is not None and sound.start_time is not None else 0.0
        stamps = [packet.pts for packet in container.demux(picture) if packet.pts is not None and not packet.is_discard]
        times = np.sort(np.array(stamps, np.float64)) * float(picture.time_base)
    return times, start


class Tracker:
    """Follows the face through one video and parts it into clips."""

    def __init__(self, source: FrameSource, times: F64) -> None:
        self.source, self.times = source, times
        self.left_out: dict[str, float] = {}
        """s in no clip, by reason."""
        self.error = ""
        """Why the video could not be read to its end."""

    def clips(self, tell: Callable[[float, str], None]) -> Iterator[tuple[int, F32]]:
        """The place of the first frame and the landmarks, float32 (N, 478, 3) px, of every clip worth keeping."""
        rate = self.source.frame_rate
        longest = int(LONGEST * rate)
        points: list[F64] = []
        scene, at, found = 0, -1, 0
        try:
            for at, (now, seen) in enumerate(followed(self.source.open())):
                if at % 10 == 0:
                    share = min(1.0, at / max(1, self.source.num_frames))
                    tell(share, f"frame {at} of {self.source.num_frames}, {found} clips")
                if points and (
                    seen is None
                    or now != scene
                    or len(points) >= longest
                    or jumps(points[-1], seen)
                    or self._slips(at, len(points))
                ):
                    if self._worth(points):
                        found += 1
                        yield at - len(points), np.array(points, np.float32)
                    points = []
                scene = now
                if seen is None:
                    self._leave_out(NO_FACE, 1)
                else:
                    points.append(seen)
        except FileUnreadable as error:
            if at < rate:
                raise
            # A tape that is torn after an hour is still worth having.
            self.error = f"Only its first {float((at + 1) / rate):.1f} s can be read: {error}"
        if points and self._worth(points):
            yield at + 1 - len(points), np.array(points, np.float32)

    def _slips(self, at: int, length: int) -> bool:
        """Has the clip's clock gone wrong, up to frame `at`, the clip being `length` frames long before it?"""
        if at >= len(self.times):
            return False
        expected = self.times[at - length] + length / float(self.source.frame_rate)
        return bool(abs(self.times[at] - expected) > _SLIP_S)

    def _worth(self, points: Sequence[F64]) -> bool:
        if len(points) < SHORTEST * self.source.frame_rate:
            self._leave_out(TOO_SHORT, len(points))
            return False
        if np.median([mesh.eye_distance(p) for p in points]) < MIN_EYES:
            self._leave_out(TOO_SMALL, len(points))
            return False
        return True

    def _leave_out(self, why: str, frames: int) -> None:
        self.left_out[why] = self.left_out.get(why, 0.0) + float(frames / self.source.frame_rate)


def followed(frames: Iterable[U8]) -> Iterator[tuple[int, F64 | None]]:
    """For every frame the number of its scene and the mesh of the face, float64 (478, 3) px; None where there is none.

    The tracker begins anew with each scene: it would look for the face where it was in the one before.
    """
    for scene, shot in groupby(scenes(frames), key=lambda pair: pair[0]):
        for _, points in follow(frame for _, frame in shot):
            yield scene, points


def scenes(frames: Iterable[U8]) -> Iterator[tuple[int, U8]]:
    """Every frame with the number of the scene it is in, from 0: colour histograms that change at once."""
    scene = 0
    last: F32 | None = None
    changes: deque[float] = deque(maxlen=_BEFORE)
    for frame in frames:
        small = cv2.resize(frame, (96, 54), interpolation=cv2.INTER_AREA)
        colours = cv2.calcHist([small], [0, 1, 2], None, [8, 8, 8], [0, 256] * 3).ravel() / (96 * 54)
        if last is not None:
            change = 1.0 - float(np.minimum(colours, last).sum())
            usual = float(np.median(changes)) if changes else 0.0
            if change > max(_CUT_SHARE, _CUT_FACTOR * usual):
                scene += 1
                changes.clear()
            else:
                changes.append(change)
        last = colours
        yield scene, frame


def jumps(before: F64, after: F64) -> bool:
    """Whether the face is somewhere else, or of another size, from one frame to the next."""
    size, now = mesh.eye_distance(before), mesh.eye_distance(after)
    moved = np.linalg.norm(
        np.mean(mesh.middle_of_eyes(after), axis=0)[:2] - np.mean(mesh.middle_of_eyes(before), axis=0)[:2]
    )
    return bool(moved > _JUMP * size or not 1 / _ZOOM < now / size < _ZOOM)


def _offsets(
    starts: Sequence[tuple[int, Path]], times: F64, rate: Fraction, sound: AudioClip | None, sound_start: float
) -> tuple[list[sync.Offset], list[str]]:
    """Of every clip: how its sound lies to its picture, and why they do not belong together ("" where they do)."""
    unknown = sync.Offset(Fraction(0), 0.0)
    if sound is None or not starts:
        return [unknown] * len(starts), [NO_SOUND] * len(starts)
    heard = sync.listen(sound)
    found: list[F64 | None] = []
    whys: list[str] = []
    for first, path in starts:
        landmarks = np.load(path)
        if first + len(landmarks) > len(times):
            found.append(None)
            whys.append(NO_CLOCK)
            continue
        found.append(sync.evidence(sync.watch(landmarks, rate), heard, times[first] - sound_start))
        whys.append(NOBODY if found[-1] is None else NO_SYNC)
    offsets = sync.decide(found)
    return offsets, ["" if offset.sure else why for offset, why in zip(offsets, whys, strict=True)]


def _piece(sound: AudioClip | None, begin: float, duration: Fraction) -> F32:
    """float32 (T,): `duration` s from `begin` s on, silent where there is no sound."""
    if sound is None:
        return np.zeros(0, np.float32)
    piece = np.zeros(round(duration * SAMPLE_RATE), np.float32)
    first = round(begin * SAMPLE_RATE)
    there = sound.samples[0][max(0, first) : max(0, first + len(piece))]
    piece[max(0, -first) :][: len(there)] = there
    return piece
