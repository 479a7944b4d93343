"""Which networks paint the mouth of a speaking portrait, and how they are asked: the one place that knows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from studio import engines, weights
from studio.errors import EngineUnavailable
from studio.types import F32, U8, AudioClip, Cancel, FaceMotion, FrameSource, LipSync, Portrait, Refine, Speech, Views

DUBBING: tuple[LipSync, ...] = ("wav2lip", "wav2lip-gan", "musetalk")
"""The networks that need nothing but frames and a sound, and so can dub a clip."""


@dataclass(frozen=True, eq=False)
class Known:
    """What is known of somebody's mouth besides the photo that speaks."""

    views: Views = ()
    weights: Path | None = None
    """Of the studio's own network, trained for this person (`studio train person`); None: the one that ships."""


NOTHING = Known()


@dataclass(frozen=True)
class Painting:
    """What is painted over a mouth that the mesh has moved."""

    lipsync: LipSync = "own"
    refine: Refine = "none"

    @property
    def engines(self) -> tuple[tuple[str, str], ...]:
        """(stage, name) of every network that has a part in it, as `studio engines` lists them."""
        asked = (("lipsync", self.lipsync), ("refine", self.refine))
        return tuple((stage, name) for stage, name in asked if name != "none")


def fingerprint(painting: Painting, *, commercial: bool) -> list[str]:
    """The networks that would paint, by name and by their weights. Asked before a take is looked up, so that what lies
    in the cache never gets past a licence, and other weights make another take.

    Raises:
        EngineUnavailable: see `paint`.
    """
    marks: list[str] = [painting.lipsync, painting.refine]
    for stage, name in painting.engines:
        spec = engines.find(stage, name, commercial=commercial)
        # What ships with the studio is part of the version of the head's room.
        marks += [weights.fingerprint(known) for known in spec.weights if known not in weights.SHIPPED]
        marks += [weights.fingerprint(known) for known in spec.welcome if weights.usable(known)]
    return marks


def paint(
    sitter: Portrait,
    motion: FaceMotion,
    speech: Speech | None,
    painting: Painting,
    *,
    known: Known = NOTHING,
    seed: int = 0,
    commercial: bool,
    cancel: Cancel | None = None,
) -> FrameSource:
    """The portrait, moving, its mouth painted as asked.

    Args:
        speech: what is said; None for somebody who listens: nothing is painted on closed lips.
        known: further pictures of the same person, to borrow teeth from, and a network that has learned their mouth.
        seed: of the refiner's noise.
        cancel: asked by what is slow, while the frames are read.

    Raises:
        EngineUnavailable: weights are not here, are not what they should be, or may not be used for this film.
    """
    from studio.head import animate, refine

    brush = None
    if speech is not None and painting.lipsync == "own":
        from studio.head.lipsync import own

        brush = own.brush(speech.audio, motion.num_frames, motion.frame_rate, known.views, known.weights)
    frames = animate.animate(sitter, motion, brush)
    if speech is None:
        return frames
    if painting.lipsync in DUBBING:
        x0, y0 = sitter.landmarks[:, :2].min(axis=0)
        x1, y1 = sitter.landmarks[:, :2].max(axis=0)
        box = np.array([x0, y0, x1, y1], np.float32)
        sync = _sync(painting.lipsync, rest_in_silence=True, commercial=commercial)
        frames = sync(frames, speech.audio, boxes=box, reference=(sitter.image, box), cancel=cancel)
    if painting.refine != "none":
        engines.find("refine", painting.refine, commercial=commercial)
        refiner = refine.load(painting.refine)
        frames = refine.refine(frames, sitter, refiner, views=known.views, seed=seed, cancel=cancel)
    return frames


def dub(
    clip: FrameSource, audio: AudioClip, lipsync: LipSync, *, commercial: bool = False, cancel: Cancel | None = None
) -> FrameSource:
    """An existing clip, saying what is heard: its largest face is followed, frames without one pass untouched.

    Raises:
        EngineUnavailable: see `paint`; also for those that cannot dub.
        FaceNotFound: there is no face in any frame.
    """
    if lipsync not in DUBBING:
        raise EngineUnavailable(f"A clip is dubbed by a network that paints whole mouths: {', '.join(DUBBING)}.")
    # In a pause the clip's own mouth would go on saying what it said before.
    return _sync(lipsync, rest_in_silence=False, commercial=commercial)(clip, audio, cancel=cancel)


class Sync(Protocol):
    """Paints the mouths of frames from a sound."""

    def __call__(
        self,
        frames: FrameSource,
        audio: AudioClip,
        *,
        boxes: F32 | None = None,
        reference: tuple[U8, F32] | None = None,
        cancel: Cancel | None = None,
    ) -> FrameSource: ...


def _sync(lipsync: LipSync, *, rest_in_silence: bool, commercial: bool) -> Sync:
    """The network of one of DUBBING, ready."""
    from functools import partial

    from studio.head import lipsync as room

    spec = engines.find("lipsync", lipsync, commercial=commercial)
    file = weights.path(spec.weights[0])
    if lipsync == "musetalk":
        from studio.head.lipsync.musetalk import MuseTalkOptions

        return partial(room.load_musetalk(file).sync, options=MuseTalkOptions(rest_in_silence=rest_in_silence))
    from studio.head.lipsync.wav2lip import Wav2LipOptions

    return partial(room.load(file).sync, options=Wav2LipOptions(rest_in_silence=rest_in_silence))
