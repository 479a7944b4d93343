"""The refine stage around any refiner: frames of a speaking portrait → the same frames, their painted mouths finer.

Only the change that a refiner makes is taken over, and only on the lips: the frame keeps its own grain and whatever it
shows more finely than the close-up. The change is held still where the mouth holds still, its colour is the photo's,
and a frame in which it moves the lips is left as it was: a refiner hears nothing and must not speak.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import islice

import cv2
import numpy as np

from studio.errors import Cancelled
from studio.head import faces, mesh
from studio.head.closeup import INNER_RING, SIDE
from studio.head.mesh import F64
from studio.head.refine import crops, surface
from studio.head.refine.crops import Crops, Engine
from studio.head.tone import LUMA
from studio.types import F32, U8, Cancel, FrameSource, Portrait

log = logging.getLogger(__name__)

AT_ONCE = 8  # frames that are held and refined together
SHUT, OPEN = 0.03, 0.06  # eye distances between the lips: below the one nothing is refined, above the other all of it
MESH_ROOM = 1.7  # side of the square that the mesh is measured in, in sizes of the face
MOST_MOVED = 0.02  # eye distances that the inner rim of the lips may move on average …
MOST_OPENED = 0.25  # … and the share by which the mouth may open or close
LEAST_OPENED = 0.02  # eye distances: gaps are not measured more exactly
STILL = 2.5 / 255  # a close-up that changes by this from one frame to the next moves
FOLLOW = 0.25  # how much of a new change is taken over where nothing moves
MOTION_REACH = 2.5  # px of a close-up of SIDE over which motion is averaged
RETURN = 0.5  # of the change that is back in the first frame after one that was left as it was
SAME = 2  # levels: lips that differ from the photograph's by no more are the photograph's

Measure = Callable[[U8], F64 | None]
"""A picture → the mesh of the sitter's face in it, float64 (478, 3) px, or None."""


@dataclass
class Tally:
    """What became of the frames."""

    refined: int = 0
    untouched: int = 0
    """Closed lips, the photograph itself, or no face."""
    fallen_back: int = 0
    """The refiner had moved the lips: shown as they were."""


@dataclass(frozen=True)
class Refined(FrameSource):
    """Frames that are refined while they are read."""

    tally: Tally = field(default_factory=Tally)
    """Of all frames read so far."""


@dataclass(eq=False)
class _Mouth:
    """A mouth that is to be refined."""

    points: F64
    """float64 (478, 3) px of the frame."""
    amount: float
    """0 … 1 of the change."""
    picture: F32
    """float32 (3, S, S)."""
    inner: F32
    """float32 (S, S), as `reach` and `outer`."""
    outer: F32
    reach: F32


def refine(
    frames: FrameSource,
    sitter: Portrait,
    engine: Engine,
    *,
    views: Sequence[tuple[U8, F32]] = (),
    seed: int = 0,
    cancel: Cancel | None = None,
) -> Refined:
    """The same frames with finer mouths; they are made while they are read.

    Closed lips, frames without a face and all that is not lips come through untouched, to the last bit.

    Args:
        frames: of `sitter`, moved and painted, of the size of its picture.
        engine: of `studio.head.refine.load`.
        views: further pictures of the same person, RGB uint8 (H, W, 3), each with the mesh of their face.
        seed: of the noise, the same for every frame.

    Raises:
        Cancelled, EngineUnavailable: while the frames are read.
    """
    size = (sitter.image.shape[1], sitter.image.shape[0])
    if frames.size != size:
        raise ValueError(f"frames are {frames.size}, the portrait is {size}")
    tally = Tally()

    def made() -> Iterator[U8]:
        before = tally.fallen_back
        with ExitStack() as kept:
            work = _Work(sitter, engine, views, seed, tally, _measure(sitter, kept))
            coming = frames.open()
            while several := list(islice(coming, AT_ONCE)):
                if cancel is not None and cancel.is_set():
                    raise Cancelled("Stopped while mouths were refined.")
                yield from work.finish(several)
        if tally.fallen_back > before:
            log.warning(
                "%s moved the lips in %d of %d frames; those are shown as they were before it",
                engine.name,
                tally.fallen_back - before,
                frames.num_frames,
            )

    return Refined(made, frames.num_frames, frames.frame_rate, frames.size, tally)


def _measure(sitter: Portrait, kept: ExitStack) -> Measure:
    """A mesh for single pictures: the same picture always gives the same points, whatever came before it."""
    low, high = sitter.landmarks[:, :2].min(axis=0), sitter.landmarks[:, :2].max(axis=0)
    x, y = ((low + high) / 2).tolist()
    side = MESH_ROOM * float((high - low).max())
    # The models start with the first picture; after it stderr is free again for whoever takes the frames.
    with faces.quiet():
        model = kept.enter_context(faces.mesher())
        faces.measure(model, sitter.image, (x, y), side)

    def measured(image: U8) -> F64 | None:
        found = faces.measure(model, image, (x, y), side)
        return None if found is None or found[1] > faces.MAX_MIRROR_ERROR else found[0]

    return measured


class _Work:
    """Refining the frames of one sitter, in their order."""

    def __init__(
        self,
        sitter: Portrait,
        engine: Engine,
        views: Sequence[tuple[U8, F32]],
        seed: int,
        tally: Tally,
        measure: Measure,
    ) -> None:
        height, width = sitter.image.shape[:2]
        self._engine, self._seed, self._tally, self._measure = engine, seed, tally, measure
        self._place = crops.place(sitter.landmarks, (width, height), engine.size)
        self._photo = self._place.take(sitter.image)
        self._view = crops.view([*views, (sitter.image, sitter.landmarks)], engine.size)
        self._surface = surface.measure(sitter, self._place)
        self._fine = engine.size / SIDE
        self._shown: tuple[F32, F32] | None = None
        """The close-up before the last one and the change that was made to it; None where there was none."""
        self._return = 1.0

    def finish(self, frames: list[U8]) -> Iterator[U8]:
        """The next frames as they are shown."""
        mouths = [self._look(frame) for frame in frames]
        found = [mouth for mouth in mouths if mouth is not None]
        changes = iter(self._changes(found))
        for frame, mouth in zip(frames, mouths, strict=True):
            if mouth is None:
                self._shown, self._return = None, 1.0
                self._tally.untouched += 1
                yield frame
                continue
            laid = self._laid(frame, mouth, next(changes))
            kept = self._lips_stayed(mouth.points, laid)
            self._tally.refined += kept
            self._tally.fallen_back += not kept
            if not kept:
                self._shown = None
            self._return = min(1.0, self._return + RETURN) if kept else RETURN
            yield laid if kept else frame

    def _look(self, frame: U8) -> _Mouth | None:
        """The mouth of a frame, where there is one to refine."""
        picture = self._place.take(frame)
        if float(np.abs(picture - self._photo).max()) * 255 <= SAME:
            return None
        points = self._measure(frame)
        if points is None:
            return None
        amount = crops.openness(points, SHUT, OPEN)
        return _Mouth(points, amount, picture, *self._place.masks(points)) if amount > 0 else None

    def _changes(self, mouths: list[_Mouth]) -> F32:
        """What the refiner adds to each mouth: float32 (N, S, S), lightness in levels."""
        if not mouths:
            return np.empty((0, self._engine.size, self._engine.size), np.float32)
        pictures = np.stack([mouth.picture for mouth in mouths])
        inner, outer, reach = (
            np.stack([getattr(mouth, name) for mouth in mouths])[:, None] for name in ("inner", "outer", "reach")
        )
        made = self._engine.refine(Crops(pictures, inner, outer, reach, *self._view), self._seed)
        changes: F32 = np.tensordot(made - pictures, LUMA * 255, axes=([1], [0])).astype(np.float32)
        changes *= reach[:, 0]
        return changes

    def _laid(self, frame: U8, mouth: _Mouth, change: F32) -> U8:
        """The frame with its refined mouth."""
        if self._shown is not None:
            before, last = self._shown
            moved = cv2.GaussianBlur(np.abs(mouth.picture - before).mean(axis=0), (0, 0), MOTION_REACH * self._fine)
            # Where the mouth stands still, so does what is new in it; a mouth that moves takes its change along.
            follow = np.clip(moved / STILL, FOLLOW, 1)
            change = last + follow * (change - last)
        self._shown = (mouth.picture, change)
        amount = mouth.amount * self._return
        inner = np.clip(self._place.put(mouth.inner), 0, 1) * amount
        return self._surface.lay(frame, self._place.put(change * amount), inner)

    def _lips_stayed(self, before: F64, laid: U8) -> bool:
        """Are the lips of a refined frame where they were?"""
        after = self._measure(laid)
        if after is None:
            return False
        unit = mesh.eye_distance(before)
        ring = list(INNER_RING)
        moved = float(np.linalg.norm(after[ring, :2] - before[ring, :2], axis=1).mean()) / unit
        was = mesh.inner_lip_gap(before)
        opened = abs(mesh.inner_lip_gap(after) - was)
        return moved <= MOST_MOVED and opened <= max(LEAST_OPENED, MOST_OPENED * was)
