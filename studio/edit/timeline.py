"""The cut of a film as plain, frozen data, in OpenTimelineIO's words.

Times are `Fraction` seconds. A cut at t s falls on frame ⌊t·rate + ½⌋, the film's last one on ⌈duration·rate⌉, each
computed from the start of the film, so nothing drifts at 24000/1001. Later video tracks paint over earlier ones, audio
tracks are summed. A transition takes no time of its own: it plays the outgoing clip `out_offset` s beyond the cut and
the incoming one from `in_offset` s before it, so both need that much more source (handles).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Literal, get_args

from studio.edit.look import Look
from studio.types import frames_for

FitMode = Literal["contain-blur", "cover", "contain"]
Easing = Literal["cosine", "linear"]
MediaKind = Literal["still", "video", "audio"]
TrackKind = Literal["video", "audio"]

# The xfade names that stay calm; the other fifty (wipes, slices, squeezes) have no place in this studio.
TransitionName = Literal[
    "fade", "fadeblack", "fadewhite", "fadegrays", "dissolve", "smoothleft", "smoothright", "hblur"
]
TRANSITIONS: tuple[TransitionName, ...] = get_args(TransitionName)


def frame_at(time: Fraction, rate: Fraction) -> int:
    """Index of the frame (or sample) that a cut at `time` s falls on: the nearest, a half goes up."""
    return int((time * rate + Fraction(1, 2)) // 1)


@dataclass(frozen=True)
class TimeRange:
    """A stretch of time, s."""

    start: Fraction
    duration: Fraction

    def __post_init__(self) -> None:
        if self.start < 0 or self.duration <= 0:
            raise ValueError(f"a range needs start >= 0 and duration > 0, got {self.start} + {self.duration}")

    @property
    def end(self) -> Fraction:
        """First moment after the range, s."""
        return self.start + self.duration


@dataclass(frozen=True)
class Rect:
    """A box in fractions of the canvas, (0, 0) at the top left."""

    x: float
    y: float
    width: float
    height: float

    def __post_init__(self) -> None:
        inside = self.x >= 0 and self.y >= 0 and self.x + self.width <= 1 + 1e-9 and self.y + self.height <= 1 + 1e-9
        if not inside or self.width <= 0 or self.height <= 0:
            raise ValueError(f"{self} is not inside the canvas")


FULL = Rect(0.0, 0.0, 1.0, 1.0)


@dataclass(frozen=True)
class Fit:
    """How a picture of another shape fills its box."""

    mode: FitMode = "contain-blur"
    """contain-blur: whole picture over a blurred copy; cover: fills, edges lost; contain: whole picture, black bars."""
    focus: tuple[float, float] = (0.5, 0.5)
    """For cover: the point of the picture, in fractions, that stays as near the middle as the crop allows."""


@dataclass(frozen=True)
class Move:
    """A slow camera move over the fitted picture, from one box to another, lasting as long as the clip."""

    start: Rect
    end: Rect
    easing: Easing = "cosine"


@dataclass(frozen=True)
class Place:
    """Where on the canvas the clip is shown; the rest of the canvas keeps what lies below. Not on the first track."""

    box: Rect


@dataclass(frozen=True)
class Fade:
    """From and to black at the ends of the clip (to transparent above the first track, to silence for sound), s."""

    start: Fraction = Fraction(0)
    end: Fraction = Fraction(0)


@dataclass(frozen=True)
class Volume:
    """Loudness of an audio clip: straight lines in dB between points of time, flat outside them."""

    points: tuple[tuple[Fraction, float], ...]
    """(s from the start of the clip, dB), in order of time."""

    def __post_init__(self) -> None:
        times = [time for time, _ in self.points]
        if not times or any(b <= a for a, b in pairwise(times)):
            raise ValueError("a volume envelope needs points in order of time")


@dataclass(frozen=True)
class Overlay:
    """An RGBA picture laid over the finished canvas for a while: a title, a lower third, a label."""

    path: Path
    range: TimeRange
    """In timeline time."""
    position: tuple[int, int] = (0, 0)
    """Left, top of the picture, px of the canvas."""
    fade_in: Fraction = Fraction(0)
    fade_out: Fraction = Fraction(0)


@dataclass(frozen=True)
class Captions:
    """An .ass file burnt into the canvas, above everything but the overlays that come after it."""

    path: Path
    fonts: Path
    """Folder of the font file that the styles name."""


ClipEffect = Fit | Move | Place | Fade | Look | Volume
TimelineEffect = Overlay | Captions


@dataclass(frozen=True)
class Media:
    """A file on disk."""

    path: Path
    kind: MediaKind
    available: Fraction | None = None
    """Its length, s; None where unknown, and for a still, which lasts as long as one likes."""
    size: tuple[int, int] | None = None
    """W, H px of its picture where known: one that is as large as the canvas is not fitted at all."""


@dataclass(frozen=True)
class Clip:
    """A piece of a file, shown or heard for exactly as long as the piece is."""

    name: str
    media: Media
    source: TimeRange
    """In the file's own time."""
    effects: tuple[ClipEffect, ...] = ()

    def __post_init__(self) -> None:
        kinds = [type(effect) for effect in self.effects]
        if len(set(kinds)) != len(kinds):
            raise ValueError(f"clip {self.name!r} has the same effect twice")
        available = self.media.available
        if available is not None and self.source.end > available:
            raise ValueError(f"clip {self.name!r} asks for {self.source.end} s of a file of {available} s")

    @property
    def duration(self) -> Fraction:
        """s."""
        return self.source.duration


@dataclass(frozen=True)
class Gap:
    """Nothing for a while: black on the first video track, see-through above it, silence in sound."""

    duration: Fraction

    def __post_init__(self) -> None:
        if self.duration <= 0:
            raise ValueError("a gap needs a length")


@dataclass(frozen=True)
class Transition:
    """One clip melts into the next, around their cut."""

    in_offset: Fraction
    """How long before the cut it begins, s."""
    out_offset: Fraction
    """How long after the cut it ends, s."""
    name: TransitionName = "fade"
    """One of TRANSITIONS; sound always cross-fades."""

    def __post_init__(self) -> None:
        if self.in_offset < 0 or self.out_offset < 0 or self.duration <= 0:
            raise ValueError("a transition needs a length")
        if self.name not in TRANSITIONS:
            raise ValueError(f"unknown transition {self.name!r}; known: {', '.join(TRANSITIONS)}")

    @property
    def duration(self) -> Fraction:
        """s."""
        return self.in_offset + self.out_offset


Item = Clip | Gap | Transition


@dataclass(frozen=True)
class Placed:
    """A clip or gap with its place on the timeline, handles included: what a renderer needs to know of it."""

    item: Clip | Gap
    start: Fraction
    """Where its own time begins on the timeline, s, without the handle."""
    head: Fraction
    """Handle before its start, s: it is already seen melting in."""
    tail: Fraction
    """Handle after its end, s."""
    into: Transition | None
    """The transition that leads into it."""

    @property
    def end(self) -> Fraction:
        """End of its own time on the timeline, s."""
        return self.start + self.item.duration


@dataclass(frozen=True)
class Track:
    """Items one after the other."""

    kind: TrackKind
    items: tuple[Item, ...]
    name: str = ""

    def __post_init__(self) -> None:
        for index, item in enumerate(self.items):
            if isinstance(item, Clip) and (item.media.kind == "still") and self.kind == "audio":
                raise ValueError(f"clip {item.name!r} is a still in a sound track")
            if isinstance(item, Clip) and (item.media.kind == "audio") and self.kind == "video":
                raise ValueError(f"clip {item.name!r} is sound in a picture track")
            if isinstance(item, Transition):
                self._check_transition(index, item)
        for before, clip, after in zip(self.items, self.items[1:], self.items[2:], strict=False):
            if not (isinstance(before, Transition) and isinstance(clip, Clip) and isinstance(after, Transition)):
                continue
            if before.out_offset + after.in_offset > clip.duration:
                raise ValueError(f"the transitions into and out of clip {clip.name!r} overlap")

    def _check_transition(self, index: int, transition: Transition) -> None:
        around = self.items[index - 1 : index] + self.items[index + 1 : index + 2]
        if index == 0 or len(around) != 2 or not all(isinstance(item, Clip) for item in around):
            raise ValueError(f"transition {index} of track {self.name!r} must stand between two clips")
        before, after = around
        if not isinstance(before, Clip) or not isinstance(after, Clip):
            return
        if transition.in_offset > before.duration or transition.out_offset > after.duration:
            raise ValueError(f"the transition from {before.name!r} to {after.name!r} is longer than the clips")
        if after.media.kind != "still" and after.source.start < transition.in_offset:
            raise ValueError(f"clip {after.name!r} has no {transition.in_offset} s before its start to melt in")
        available = before.media.available
        if available is not None and before.source.end + transition.out_offset > available:
            raise ValueError(f"clip {before.name!r} has no {transition.out_offset} s after its end to melt out")

    @property
    def duration(self) -> Fraction:
        """s; transitions take none."""
        return sum((i.duration for i in self.items if not isinstance(i, Transition)), Fraction(0))

    def placed(self) -> Iterator[Placed]:
        """The clips and gaps with their times."""
        start = Fraction(0)
        for index, item in enumerate(self.items):
            if isinstance(item, Transition):
                continue
            before = self.items[index - 1] if index else None
            after = self.items[index + 1] if index + 1 < len(self.items) else None
            into = before if isinstance(before, Transition) else None
            yield Placed(
                item,
                start,
                into.in_offset if into else Fraction(0),
                after.out_offset if isinstance(after, Transition) else Fraction(0),
                into,
            )
            start += item.duration


@dataclass(frozen=True)
class Timeline:
    """A film, cut and ready to render."""

    frame_rate: Fraction
    """Frames per second."""
    size: tuple[int, int]
    """W, H px of the canvas, even."""
    tracks: tuple[Track, ...]
    sample_rate: int = 48_000
    """Hz."""
    effects: tuple[TimelineEffect, ...] = ()
    """Laid over the finished canvas in this order."""
    name: str = ""

    def __post_init__(self) -> None:
        if self.frame_rate <= 0 or self.sample_rate <= 0:
            raise ValueError("rates must be positive")
        if any(side <= 0 or side % 2 for side in self.size):
            raise ValueError(f"the canvas needs even sides, got {self.size[0]}×{self.size[1]}")
        if not self.video or not self.duration:
            raise ValueError("a timeline needs a video track with something in it")
        for track in self.video[1:]:
            if any(isinstance(item, Transition) for item in track.items):
                raise ValueError("transitions belong on the first video track; use Fade above it")
        self._check_frames()
        for effect in self.effects:
            if isinstance(effect, Overlay) and effect.range.start >= self.duration:
                raise ValueError(f"overlay {effect.path.name} begins after the film's end")

    def _check_frames(self) -> None:
        for number, track in enumerate(self.video):
            for placed in track.placed():
                item = placed.item
                if frame_at(placed.start, self.frame_rate) == frame_at(placed.end, self.frame_rate):
                    raise ValueError(f"an item at {placed.start} s is shorter than one frame")
                if isinstance(item, Clip) and number == 0 and any(isinstance(e, Place) for e in item.effects):
                    raise ValueError(f"clip {item.name!r}: Place belongs above the first video track")

    @property
    def video(self) -> tuple[Track, ...]:
        """The picture tracks, lowest first."""
        return tuple(track for track in self.tracks if track.kind == "video")

    @property
    def audio(self) -> tuple[Track, ...]:
        """The sound tracks."""
        return tuple(track for track in self.tracks if track.kind == "audio")

    @property
    def duration(self) -> Fraction:
        """Length of the longest track, s."""
        return max((track.duration for track in self.tracks), default=Fraction(0))

    @property
    def num_frames(self) -> int:
        """How many pictures the film has."""
        return frames_for(self.duration, self.frame_rate)


def duck(
    speech: tuple[TimeRange, ...],
    *,
    depth_db: float = -12.0,
    base_db: float = 0.0,
    attack: Fraction = Fraction(3, 10),
    release: Fraction = Fraction(9, 10),
) -> Volume:
    """Envelope that takes music down under known speech and brings it back after.

    Args:
        speech: when somebody speaks, in the music clip's time, in order. Pauses too short to come back are bridged.
        depth_db: how far the music goes down, dB.
        base_db: its level without speech, dB.
        attack: the way down, s; it is finished when the first word begins.
        release: the way up, s; it begins when the last word ends.
    """
    spans: list[tuple[Fraction, Fraction]] = []
    for part in speech:
        if spans and part.start - attack <= spans[-1][1] + release:
            spans[-1] = (spans[-1][0], max(spans[-1][1], part.end))
        else:
            spans.append((part.start, part.end))
    points: list[tuple[Fraction, float]] = []
    for start, end in spans:
        if start > attack:
            points.append((start - attack, base_db))
        points += [(start, base_db + depth_db), (end, base_db + depth_db), (end + release, base_db)]
    return Volume(tuple(points) or ((Fraction(0), base_db),))
