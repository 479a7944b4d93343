"""From a corpus to pairs of drawn and filmed mouths, kept beside the clips they were made from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from studio.errors import Cancelled, FileUnreadable
from studio.head import closeup, mesh
from studio.head.lipsync.own import sounds
from studio.head.shapes import basis
from studio.media.files import writing
from studio.media.video import read_video
from studio.train import clips, pairs
from studio.train.batches import ClipPairs
from studio.train.clips import SAMPLE_RATE, Clip
from studio.types import F32, U8, AudioClip, Cancel, FrameSource, OnProgress, Progress

VERSION = "1"  # of how pairs are drawn: those of another version are made again
FEWEST = 24  # pairs of a clip that are worth anything
KEPT_OUT_EACH = 7  # one person of so many is kept out where nobody is named


def read(folder: Path, *, on_progress: OnProgress | None = None, cancel: Cancel | None = None) -> list[ClipPairs]:
    """The pairs of every clip of a corpus, made where they are not there yet.

    Raises:
        FileUnreadable: the corpus holds no clips, one is damaged, or none has a mouth that opens.
        Cancelled: stopped; what was made stays.
    """
    paths = clips.corpus(folder)
    found = []
    for done, path in enumerate(paths):
        if cancel is not None and cancel.is_set():
            raise Cancelled("Stopped. The same command goes on from there.")
        if on_progress is not None:
            on_progress(Progress("train", f"mouths of {path.parent.name}", done / len(paths)))
        made = _read_or_make(path)
        if made is not None:
            found.append(made)
    if not found:
        raise FileUnreadable(f"No clip of {folder} shows a mouth that opens. Add videos of somebody who talks.")
    return found


def parted(every: Sequence[ClipPairs], kept_out: Sequence[str] = ()) -> tuple[list[ClipPairs], list[ClipPairs]]:
    """Clips to learn from, and clips of other people to judge by.

    Args:
        kept_out: names of people; where empty, one person of seven.

    Raises:
        FileUnreadable: nobody would be left to learn from, or to judge by.
    """
    people = sorted({clip.person for clip in every})
    unknown = sorted(set(kept_out) - set(people))
    if unknown:
        raise FileUnreadable(f"Nobody in the corpus is called {', '.join(unknown)}. There are: {', '.join(people)}.")
    away = set(kept_out) or set(people[KEPT_OUT_EACH // 2 :: KEPT_OUT_EACH])
    learned = [clip for clip in every if clip.person not in away]
    judged = [clip for clip in every if clip.person in away]
    if not learned or not judged:
        raise FileUnreadable(
            f"The corpus shows {len(people)} people; training takes several, and one more to judge by. Add videos of "
            "others, or use studio train person for one person's own."
        )
    return learned, judged


def _read_or_make(path: Path) -> ClipPairs | None:
    """The pairs of one clip; None where it holds too few."""
    from safetensors import SafetensorError, safe_open
    from safetensors.numpy import save

    clip = clips.read(path)
    kept = path.with_suffix(".mouths")
    try:
        with safe_open(kept, framework="numpy") as file:
            metadata = file.metadata() or {}
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (OSError, SafetensorError):
        metadata, arrays = {}, {}
    if metadata.get("version") != VERSION or metadata.get("sha256") != clip.sha256:
        arrays = _made(clip)
        with writing(kept) as temporary:
            temporary.write_bytes(save(arrays, {"version": VERSION, "sha256": clip.sha256}))
    if len(arrays["drawn"]) < FEWEST:
        return None
    insides, angles, sound = _seen(clip)
    return ClipPairs(name=path.stem, **arrays, insides=insides, angles=angles, sound=sound, person=clip.person)


def _made(clip: Clip) -> dict[str, Any]:
    """Arrays of `ClipPairs` that take time to make."""
    source = read_video(clip.video)
    part = FrameSource(lambda: _part(source, clip), clip.num_frames, clip.frame_rate, source.size)
    film = pairs.follow(part, clip.landmarks, tuple(range(clip.num_frames)))
    made = list(pairs.make(part, film, np.random.default_rng(0)))
    size = (0, closeup.SIDE, closeup.SIDE)

    def stacked(name: str, empty: tuple[int, ...]) -> U8:
        return np.stack([getattr(pair, name) for pair in made]) if made else np.zeros(empty, np.uint8)

    return {
        "drawn": stacked("drawn", (*size, 3)),
        "filmed": stacked("filmed", (*size, 3)),
        "inner": stacked("inner", size),
        "outer": stacked("outer", size),
        "reference": np.array([pair.reference for pair in made], np.int64),
        "target": np.array([pair.target for pair in made], np.int64),
        "crops": film.crops,
    }


def _part(source: FrameSource, clip: Clip) -> Iterator[U8]:
    for at, frame in enumerate(source.open()):
        if at >= clip.first + clip.num_frames:
            return
        if at >= clip.first:
            yield frame


def _seen(clip: Clip) -> tuple[U8, F32, F32 | None]:
    """The insides of the close-ups, the head's angles and the sound: what follows from the landmarks at once."""
    neutral = basis().neutral
    rings = [closeup.place(points, neutral).points(points)[list(closeup.INNER_RING)] for points in clip.landmarks]
    angles = np.array([mesh.upright(points, neutral).angles[:2] for points in clip.landmarks], np.float32)
    heard = None
    if clip.synced and clip.sound.size:
        heard = sounds(AudioClip(clip.sound[None], SAMPLE_RATE), clip.num_frames, clip.frame_rate)
    return np.stack([closeup.filled(ring) for ring in rings]), angles, heard
