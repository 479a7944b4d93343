"""A corpus: clips of one face each, followed and put in time with their sound, as files that every training reads."""

from __future__ import annotations

import json
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from studio.errors import FileUnreadable
from studio.head.mesh import F64, NUM_POINTS
from studio.head.shapes import basis
from studio.media.files import write_text, writing
from studio.train.shapes import stand_up
from studio.types import F32

SAMPLE_RATE = 16_000  # Hz
DONE = "video.json"
"""In the folder of every video that is finished: what became of it."""


@dataclass(frozen=True, eq=False)
class Clip:
    """Part of a video in which one face is seen all the time."""

    person: str
    """Whose face; clips of one person are kept apart from those of others when a training is judged."""
    video: Path
    """The file it was cut from. Pictures are taken from there: `studio.media.video.read_video`, from frame `first`."""
    sha256: str
    """Of that file."""
    first: int
    """Place of its first frame in the video, from 0."""
    frame_rate: Fraction
    landmarks: F32
    """float32 (N, 478, 3): FaceMesh points, px of the video's pictures."""
    sound: F32
    """float32 (T,) in [-1, 1], SAMPLE_RATE, beginning with the first frame, `offset` taken out; empty without sound."""
    offset: Fraction
    """s: how much later than its picture the sound came in the file."""
    belief: float
    """0 … 1: how sure lips and sound belong together."""
    synced: bool
    """Lips and sound belong together; where not, only the pictures are of use."""
    why: str = ""
    """Why not."""

    @property
    def num_frames(self) -> int:
        """N."""
        return len(self.landmarks)

    @property
    def duration(self) -> Fraction:
        """s."""
        return self.num_frames / self.frame_rate

    def upright(self) -> F64:
        """float64 (N, 478, 3): every frame in the face's own upright frame, eye distances; head pose taken out."""
        return stand_up(self.landmarks.astype(np.float64), basis().neutral.astype(np.float64))


def write(clip: Clip, path: Path) -> None:
    """Write a clip as two files: `path` (.json), and the arrays beside it (.safetensors)."""
    from safetensors.numpy import save

    arrays = {
        "landmarks": np.ascontiguousarray(clip.landmarks, np.float32),
        "sound": np.round(np.clip(clip.sound, -1, 1) * 32767).astype(np.int16),
    }
    with writing(path.with_suffix(".safetensors")) as temporary:
        temporary.write_bytes(save(arrays))
    facts = {
        "person": clip.person,
        "video": str(clip.video),
        "sha256": clip.sha256,
        "first": clip.first,
        "frames": clip.num_frames,
        "frame_rate": str(clip.frame_rate),
        "offset": str(clip.offset),
        "belief": round(clip.belief, 4),
        "synced": clip.synced,
        "why": clip.why,
    }
    write_text(path, json.dumps(facts, ensure_ascii=False, indent=1) + "\n")


def read(path: Path) -> Clip:
    """Read a clip from its .json and the arrays beside it.

    Raises:
        FileUnreadable: one of them is missing, damaged or something else.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
        arrays = load_file(path.with_suffix(".safetensors"))
        landmarks, sound = arrays["landmarks"], arrays["sound"]
        if landmarks.shape != (facts["frames"], NUM_POINTS, 3) or sound.ndim != 1:
            raise ValueError(f"landmarks are {landmarks.shape}")
        return Clip(
            person=facts["person"],
            video=Path(facts["video"]),
            sha256=facts["sha256"],
            first=int(facts["first"]),
            frame_rate=Fraction(facts["frame_rate"]),
            landmarks=landmarks,
            sound=(sound / 32767).astype(np.float32),
            offset=Fraction(facts["offset"]),
            belief=float(facts["belief"]),
            synced=bool(facts["synced"]),
            why=facts["why"],
        )
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
        raise FileUnreadable(
            f"{path} is not a clip of a corpus, or is damaged ({error}). Prepare its video again: delete {path.parent} "
            "and run studio train prepare."
        ) from error


def corpus(folder: Path) -> list[Path]:
    """The clips (.json) of all finished videos in a corpus, in a fixed order.

    Raises:
        FileUnreadable: there are none.
    """
    found = [path for done in sorted(folder.rglob(DONE)) for path in sorted(done.parent.glob("[0-9]*.json"))]
    if not found:
        raise FileUnreadable(f"{folder} holds no clips. Make them first: studio train prepare VIDEOS --output {folder}")
    return found
