"""The head branch in a few lines: people in a photo sit, act what they say, and networks may paint their mouths."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from studio import painting
from studio.errors import FaceNotFound
from studio.framing import Box
from studio.painting import Known, Painting
from studio.types import F32, U8, Cancel, Face, FaceMotion, FrameSource, Manner, Portrait, Speech, Views

Which = int | tuple[float, float] | None
"""Whose face: a number counted from the left, a point in px, or None for the largest."""

GENTLE = Manner()
SITTER = 0.5  # a face less than half as high as the largest is a passer-by
VIEW_MARGIN = 0.6  # of the face's height around it: what a mouth is borrowed from is kept, the rest of the photo let go
CHANGE_S = 1.0  # how long one manner takes to pass into the next
SEEDS_APART = 7919  # people in one photo do not blink together


@dataclass(frozen=True)
class Part:
    """What one person does in a take."""

    speech: Speech | None = None
    """All they say in it, on its clock; None: they listen."""
    manner: Manner = GENTLE
    changes: tuple[tuple[Fraction, Manner], ...] = ()
    """From s on another amount, smile and gaze, in order of time; the feelings are those of `manner` throughout."""
    lines: tuple[tuple[Fraction, Fraction], ...] = ()
    """s, [from, to): when they speak, in order."""


def sit(image: U8, whom: Sequence[Which], size: tuple[int, int], *, everyone: bool = False) -> tuple[Portrait, ...]:
    """A photo made ready to speak: one portrait for each person asked for, in that order.

    Args:
        image: RGB, uint8 (H, W, 3).
        whom: the faces that are asked for.
        size: W, H px the picture is scaled down to fit into.
        everyone: after them, also every other face that can speak and is no passer-by, from the left.

    Raises:
        FaceNotFound: no face, not that one, one that cannot speak, or one for two people.
    """
    from studio.head import faces, group, portrait

    found = faces.find(image)
    chosen = [faces.choose(found, which, image) for which in whom]
    if everyone:
        others = [face for face in found if face not in chosen and _tall(face) >= SITTER * _tall(found[0])]
        chosen += sorted((face for face in others if _can_act(face, image)), key=lambda face: face.box[0])
    if len(chosen) == 1:
        return (portrait.make(image, chosen[0], max_size=size),)
    return group.make(image, chosen, max_size=size)


def seen(photos: Sequence[tuple[U8, Which]]) -> Views:
    """What further photos of one person show of their face, for the mouth to borrow from.

    A photo that shows no face that can speak, or several people without saying which, lends nothing: nobody is to get
    another's teeth.
    """
    from studio.head import faces

    seen = []
    for image, which in photos:
        found = faces.find(image)
        if which is None and len(found) > 1 and _tall(found[1]) >= SITTER * _tall(found[0]):
            continue
        try:
            face = faces.choose(found, which, image)
        except FaceNotFound:
            continue
        x0, y0, x1, y1 = face.box
        margin = round(VIEW_MARGIN * _tall(face))
        left, top = max(x0 - margin, 0), max(y0 - margin, 0)
        crop = np.ascontiguousarray(image[top : y1 + margin, left : x1 + margin])
        seen.append((crop, face.landmarks - np.array([left, top, 0], np.float32)))
    return tuple(seen)


def perform(part: Part, num_frames: int, frame_rate: Fraction, *, seed: int) -> FaceMotion:
    """How one person moves through a take."""
    from studio.head import motion
    from studio.head.easing import eased

    def moved(manner: Manner) -> F32:
        if part.speech is None:
            return motion.listen(num_frames, frame_rate, seed=seed, manner=manner).curves
        return motion.perform(part.speech, num_frames, frame_rate, seed=seed, manner=manner).curves

    curves, current = moved(part.manner), part.manner
    times = (np.arange(num_frames) + 0.5) / float(frame_rate)
    for at, asked in part.changes:
        wanted = replace(asked, feelings=part.manner.feelings)
        if wanted != current:
            come = eased((times - float(at)) / CHANGE_S)[:, None].astype(np.float32)
            curves, current = curves + come * (moved(wanted) - curves), wanted
    return FaceMotion(curves, frame_rate)


def play(
    sitters: Sequence[Portrait],
    parts: Sequence[Part],
    num_frames: int,
    frame_rate: Fraction,
    *,
    seed: int,
    painted: Painting,
    known: Sequence[Known] = (),
    commercial: bool = False,
    cancel: Cancel | None = None,
) -> FrameSource:
    """Everybody in the photo acts their part, and attends to whoever else speaks.

    Args:
        sitters: of `sit`.
        parts: one for each; sitters beyond them listen.
        painted: the networks that paint the mouths of those who speak.
        known: what is known of their mouths, for each part; left out, nothing.
        commercial: is it a commercial film, for which some networks may not be used?
        cancel: asked between frames by what is slow.

    Raises:
        EngineUnavailable: see `painting.paint`.
    """
    from studio.head import group

    everyone = [*parts, *(Part() for _ in sitters[len(parts) :])]
    acted = []
    for place, (sitter, part) in enumerate(zip(sitters, everyone, strict=True)):
        own_seed = seed + SEEDS_APART * place
        motion = perform(part, num_frames, frame_rate, seed=own_seed)
        motion = _attentive(motion, place, sitters, everyone, own_seed)
        lips = known[place] if place < len(known) else painting.NOTHING
        acted.append(
            painting.paint(
                sitter, motion, part.speech, painted, known=lips, seed=own_seed, commercial=commercial, cancel=cancel
            )
        )
    return group.together(sitters, acted)


def _attentive(
    motion: FaceMotion, place: int, sitters: Sequence[Portrait], parts: Sequence[Part], seed: int
) -> FaceMotion:
    """The motion of one of several people, turned a little to whoever else speaks."""
    from studio.head import attention

    turns = [
        attention.Turn(start, end, *attention.direction(sitters[place].landmarks, sitters[other].landmarks))
        for other, part in enumerate(parts)
        for start, end in part.lines
        if other != place
    ]
    own = parts[place]
    in_order = sorted(turns, key=lambda turn: turn.start)
    return attention.attend(motion, in_order, own.lines, seed=seed, amount=own.manner.amount)


def face_box(sitters: Sequence[Portrait]) -> Box:
    """The box around faces of one picture, as shares of it."""
    height, width = sitters[0].image.shape[:2]
    points = np.concatenate([sitter.landmarks[:, :2] for sitter in sitters]) / (width, height)
    (x0, y0), (x1, y1) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
    return x0, y0, x1, y1


def _can_act(face: Face, image: U8) -> bool:
    """Is a face large enough and turned to the viewer?"""
    from studio.head import faces

    try:
        faces.choose((face,), None, image)
    except FaceNotFound:
        return False
    return True


def _tall(face: Face) -> int:
    """Height of a face, px."""
    return face.box[3] - face.box[1]
