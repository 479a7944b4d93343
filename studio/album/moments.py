"""Calm, sharp moments of home videos: shots by PySceneDetect, movement by optical flow, then each shot's best frame.

A film is read once at a small size, eight frames a second. A long one is looked at in passages spread over it, so that
an hour of tape takes as long as four minutes of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np

from studio.album import look
from studio.album.record import Moment, VideoSeen
from studio.album.sound import heard
from studio.errors import AudioUnusable, FileUnreadable
from studio.media.glance import Passage, frame_at, glances
from studio.media.probe import probe
from studio.types import U8

RATE = Fraction(8)  # frames looked at per s
_SIDE = 320  # px of those frames
_FLOW_SIDE = 160  # px at which movement is measured
WHOLE_S = 240  # films up to this length are looked at from end to end
_PASSAGES, _PASSAGE_S = 40, 6  # of longer ones
_SHORTEST_S = 0.6  # of a shot
_EVERY_S = 15.0  # a shot that lasts gives a moment for each of these
_MOST = 12  # moments of one film
_TRIED = 20  # of which so many are looked at in full
_CALM = 0.15  # widths per s at which half of the worth of stillness is gone: a slow pan
_FROM_CUT_S = 0.2  # a frame next to a cut may be half of it


@dataclass(frozen=True)
class _Glance:
    """What one small frame says."""

    at: Fraction
    passage: int
    sharp: float
    light: float
    motion: float
    """Widths per s since the frame before; inf where there is none."""


def video_seen(path: Path) -> VideoSeen:
    """Look at a film.

    Raises:
        FileUnreadable: it cannot be read from its beginning.
        AudioUnusable: it has no picture.
    """
    info = probe(path)
    if info.video is None:
        raise AudioUnusable(f"{path} has no picture in it.")
    frames, cuts, doubt = _gone_through(path, passages(info.duration))
    if not frames:
        raise FileUnreadable(f"{path} shows no picture that can be decoded. {doubt}".strip())
    shots = _shots(frames, cuts)
    best = _best(frames, shots)
    found = [moment for number, frame in best if (moment := _moment(path, number, frame)) is not None]
    return VideoSeen(
        kind="video",
        seconds=float(info.duration or frames[-1].at),
        width=info.video.width,
        height=info.video.height,
        taken=info.tags.get("creation_time", info.tags.get("com.apple.quicktime.creationdate", "")),
        shots=len(shots),
        moments=tuple(sorted(_kept(found), key=lambda moment: moment.at)),
        sound=heard(path) if info.audio is not None else None,
        doubt=doubt,
    )


def passages(duration: Fraction) -> tuple[Passage, ...]:
    """Which parts of a film are looked at: all of a short one, 40 times 6 s of a longer one, evenly spread."""
    if duration <= 0:
        return ((Fraction(0), Fraction(WHOLE_S)),)  # the file does not say how long it is
    if duration <= WHOLE_S:
        return ((Fraction(0), duration + 1),)
    step = duration / _PASSAGES
    starts = [step * number + (step - _PASSAGE_S) / 2 for number in range(_PASSAGES)]
    return tuple((start, start + _PASSAGE_S) for start in starts)


def _gone_through(path: Path, wanted: Sequence[Passage]) -> tuple[list[_Glance], list[int], str]:
    """Every small frame, the first frame of every shot but the first, and what went wrong."""
    from scenedetect import FrameTimecode
    from scenedetect.detectors import AdaptiveDetector

    # In frames that were looked at, so that it holds for an uneven frame rate too.
    detector = AdaptiveDetector(min_scene_len=max(1, round(_SHORTEST_S * RATE)))
    flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)
    frames: list[_Glance] = []
    cuts: list[int] = []
    before: U8 | None = None
    doubt = ""
    try:
        for passage, at, image in glances(path, wanted, rate=RATE, side=_SIDE):
            grey: U8 = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
            small = look.shrunk(grey, _FLOW_SIDE)
            follows = bool(frames) and frames[-1].passage == passage and before is not None
            motion = _motion(flow, before, small, at - frames[-1].at) if follows else float("inf")
            cuts += [] if follows or not frames else [len(frames)]
            code = FrameTimecode(len(frames), fps=float(RATE))
            image_bgr = np.ascontiguousarray(image[:, :, ::-1])
            cuts += [cut.frame_num for cut in detector.process_frame(code, image_bgr)]
            frames.append(_Glance(at, passage, look.sharpness(grey), float(grey.mean()), motion))
            before = small
    except FileUnreadable as error:
        doubt = f"Only its first part could be read. {error}" if frames else str(error)
    return frames, sorted({cut for cut in cuts if 0 < cut < len(frames)}), doubt


def _motion(flow: cv2.DISOpticalFlow, before: U8 | None, now: U8, apart: Fraction) -> float:
    """How fast the picture moves, widths per s: the mean of all parts, so that one waving hand does not count much."""
    if before is None or before.shape != now.shape or apart <= 0:
        return float("inf")
    moved = flow.calc(before, now, None)
    return float(np.linalg.norm(moved, axis=2).mean() / now.shape[1] / float(apart))


def _shots(frames: Sequence[_Glance], cuts: Sequence[int]) -> list[tuple[int, int]]:
    """First and last-plus-one frame of every shot that lasts."""
    edges = [0, *cuts, len(frames)]
    shots = [(start, end) for start, end in pairwise(edges) if end > start]
    lasting = [(start, end) for start, end in shots if end - start >= _SHORTEST_S * RATE]
    return lasting or shots


def worth(frame: _Glance, after: float) -> float:
    """0 … 1: sharp, calm before and after, neither dark nor washed out."""
    moving = max(0.0 if frame.motion == float("inf") else frame.motion, 0.0 if after == float("inf") else after)
    lit = float(np.clip((frame.light - 15) / 35, 0.05, 1) * np.clip((250 - frame.light) / 25, 0.05, 1))
    return (0.1 + 0.9 * frame.sharp) * lit * _CALM / (_CALM + moving)


def _best(frames: Sequence[_Glance], shots: Sequence[tuple[int, int]]) -> list[tuple[int, _Glance]]:
    """The number of the shot and the frame that is worth most, for each part of each shot; best first."""
    found: list[tuple[float, int, _Glance]] = []
    for number, (start, end) in enumerate(shots):
        parts = max(1, round(float(frames[end - 1].at - frames[start].at) / _EVERY_S))
        margin = round(_FROM_CUT_S * RATE) if end - start > 4 * _FROM_CUT_S * RATE else 0
        inner = range(start + margin, end - margin)
        for part in np.array_split(np.array(inner), parts):
            values = [worth(frames[i], frames[i + 1].motion if i + 1 < end else float("inf")) for i in part]
            if values:
                place = int(np.argmax(values))
                found.append((values[place], number, frames[int(part[place])]))
    found.sort(key=lambda one: -one[0])
    return [(number, frame) for _, number, frame in found[:_TRIED]]


def _moment(path: Path, shot: int, frame: _Glance) -> Moment | None:
    """A frame looked at in full; None where it cannot be decoded once more."""
    try:
        image = frame_at(path, frame.at)
    except FileUnreadable:
        return None
    looked = look.look(look.shrunk(image, look.SIDE), (image.shape[1], image.shape[0]))
    return Moment(frame.at, shot, 0.0 if frame.motion == float("inf") else round(frame.motion, 4), looked)


def _kept(found: Sequence[Moment]) -> Iterator[Moment]:
    """At most _MOST, best first, none twice the same picture."""
    hashes: list[int] = []
    order = sorted(found, key=lambda moment: -moment.looked.sharp - 0.3 * bool(moment.looked.faces))
    for moment in order:
        own = int(moment.looked.hashes[0], 16)
        if len(hashes) < _MOST and all((own ^ other).bit_count() > 8 for other in hashes):
            hashes.append(own)
            yield moment
