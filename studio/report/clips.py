"""Measure one person in one take, and keep what was found as files."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from studio.types import F32, U8, AudioClip, FrameSource

if TYPE_CHECKING:
    from studio.head.agreement import Heard
    from studio.head.quality import Identity, Reference

FILE = "quality.json"
THUMB = 288  # px: side of the picture of a moment
THUMB_ROOM = 1.5  # of the face's height: what is shown of it
_CHEST = 0.08  # of the face's height: the middle of the picture is this far below the middle of the face

Curve = tuple[float | None, ...]


@dataclass(frozen=True)
class Line:
    """One thing that is said in a take."""

    text: str
    start: float
    end: float
    """s of the take."""
    engine: str
    synthetic: bool
    """Was the voice made?"""
    lag_ms: float | None = None
    agreement: float | None = None


@dataclass(frozen=True)
class Shown:
    """A moment that stands out."""

    at: float
    """s of the take."""
    kind: str
    """See studio/head/verdict.py."""
    value: float
    limit: float
    picture: str
    """A file beside the others."""


@dataclass(frozen=True)
class Clip:
    """What was found of one person in one take."""

    scene: str
    person: str
    frame_rate: Fraction
    num_frames: int
    figures: dict[str, float | None]
    """By the keys of studio/head/bands.py."""
    likeness: Curve
    opening: Curve
    heard: Curve
    """One value per frame: 0 … 1; eye distances; how far the sounds ask the mouth to open."""
    silences: tuple[tuple[float, float], ...]
    """s, [from, to)."""
    lines: tuple[Line, ...]
    moments: tuple[Shown, ...]
    photo: str
    """The photograph's face; a file beside the others."""
    identity: str = ""
    """The engine that compared identities; "" for none."""
    start: float = 0.0
    """s of the film at which the take begins; may be negative where a cross-fade leads into it."""
    folder: Path = field(default=Path(), compare=False)

    @property
    def duration(self) -> float:
        """s."""
        return float(self.num_frames / self.frame_rate)


def examine(
    frames: FrameSource,
    photo: Reference,
    audio: AudioClip,
    folder: Path,
    *,
    scene: str,
    person: str,
    lines: Sequence[Line] = (),
    identity: tuple[str, Identity] | None = None,
    on_progress: Callable[[float], None] | None = None,
) -> None:
    """Measure a take and write what was found into a folder; the take is read once, and once more up to its last
    moment that stands out.

    Args:
        audio: what this person says, on the take's clock.
        identity: an engine's name, and how it compares a picture with the photograph.

    Raises:
        FaceNotFound: nobody is to be seen in it.
    """
    from studio.head import agreement, quality, verdict

    observed = quality.observe(frames, photo, identity=identity[1] if identity else None, on_progress=on_progress)
    heard = agreement.listen(audio, frames.num_frames, frames.frame_rate)
    rate = float(frames.frame_rate)
    found = verdict.moments(observed, heard, photo, frames.frame_rate)
    pictures = _pictures(frames, photo, [moment.frame for moment in found], folder)
    _save_picture(folder / "photo.jpg", _around(photo.image, photo))
    clip = Clip(
        scene=scene,
        person=person,
        frame_rate=frames.frame_rate,
        num_frames=frames.num_frames,
        figures=verdict.figures(observed, heard, photo, frames.frame_rate),
        likeness=_curve(verdict.likeness(observed)),
        opening=_curve(observed.opening),
        heard=_curve(heard.jaw),
        silences=tuple((a / rate, b / rate) for a, b in agreement.spans(heard.silent)),
        lines=tuple(_timed(line, observed.opening, heard, frames.frame_rate) for line in lines),
        moments=tuple(
            Shown(moment.frame / rate, moment.kind, moment.value, moment.limit, picture)
            for moment, picture in zip(found, pictures, strict=True)
        ),
        photo="photo.jpg",
        identity=identity[0] if identity else "",
    )
    table = {**asdict(clip), "frame_rate": str(clip.frame_rate)}
    del table["folder"], table["start"]
    (folder / FILE).write_text(json.dumps(table, ensure_ascii=False), encoding="utf-8")


def load(folder: Path, start: float = 0.0) -> Clip:
    """What `examine` wrote."""
    table: dict[str, Any] = json.loads((folder / FILE).read_text(encoding="utf-8"))
    table["frame_rate"] = Fraction(table["frame_rate"])
    table["silences"] = tuple((a, b) for a, b in table["silences"])
    table["lines"] = tuple(Line(**line) for line in table["lines"])
    table["moments"] = tuple(Shown(**moment) for moment in table["moments"])
    for name in ("likeness", "opening", "heard"):
        table[name] = tuple(table[name])
    return Clip(**table, start=start, folder=folder)


def _curve(values: F32) -> Curve:
    return tuple(round(float(value), 4) if math.isfinite(value) else None for value in values)


def _timed(line: Line, opening: F32, heard: Heard, frame_rate: Fraction) -> Line:
    """A line with how the mouth keeps time in it alone."""
    from studio.head import agreement

    first, last = (round(at * float(frame_rate)) for at in (line.start, line.end))
    if last - first < 2:
        return line
    kept = agreement.agree(opening[first:last], heard.part(first, last), frame_rate)
    if kept.lag_s is None:
        return line
    return replace(line, lag_ms=round(1000 * kept.lag_s, 1), agreement=round(kept.correlation, 3))


def _pictures(frames: FrameSource, photo: Reference, wanted: Sequence[int], folder: Path) -> list[str]:
    """Pictures of some frames, in order; their names."""
    names = [f"moment-{number}.jpg" for number in wanted]
    left = set(wanted)
    if not left:
        return names
    for number, frame in enumerate(frames.open()):
        if number in left:
            left.discard(number)
            x0, y0, x1, y1 = photo.window or (0, 0, *frames.size)
            seen = frame[y0:y1, x0:x1]
            _save_picture(folder / f"moment-{number}.jpg", _around(seen, photo) if photo.window else seen)
        if not left:
            break
    return names


def _around(image: U8, photo: Reference) -> U8:
    """The square around the face of a picture that is framed like the photograph."""
    low, high = photo.landmarks[:, :2].min(axis=0), photo.landmarks[:, :2].max(axis=0)
    tall = float(high[1] - low[1])
    middle = (low + high) / 2 + [0, _CHEST * tall]
    half = THUMB_ROOM * tall / 2
    x0, y0 = (max(0, int(at - half)) for at in middle)
    cut: U8 = image[y0 : int(middle[1] + half), x0 : int(middle[0] + half)]
    return cut


def _save_picture(path: Path, image: U8) -> None:
    from PIL import Image

    picture = Image.fromarray(np.ascontiguousarray(image))
    picture.thumbnail((THUMB, THUMB), Image.Resampling.LANCZOS)
    kept = BytesIO()
    picture.save(kept, "JPEG", quality=86)
    path.write_bytes(kept.getvalue())
