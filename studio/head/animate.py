"""Move a portrait: FaceMotion in, frames out, one at a time.

Each frame the fields of the rig are added up as the curves say, the head's pose is put on top, and the sum is inverted
on the grid: for every pixel of the frame, where in the photograph it comes from. The photograph is read there once.
Between the lips and between the lids another layer is seen: the inside of the mouth, and the eye itself, which stays
where it is while the lid slides over it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import cv2
import numpy as np

from studio.head import irises, lids, mouth, openings, rig, tone
from studio.head.openings import Edges, Opening
from studio.head.paste import paste
from studio.head.rig import FIELDS, Rig, turn
from studio.head.shapes import amounts
from studio.types import F32, MOTION_CURVES, U8, FaceMotion, FrameSource, Portrait

if TYPE_CHECKING:
    from studio.head.lipsync.own import Artist, Brush

Paint = Callable[[U8, Edges, F32, dict[str, float]], None]
"""Paints over the mouth of a frame in place; it is told the lips' edges, the amounts of the fields and the pose."""

INVERSIONS = 6  # Newton steps: the error is far below a pixel after them
STILL = 0.02  # px: fields weaker than this move nothing
SEAM = 0.35  # px at each lip: openings narrower than twice this are closed
LEAST_BLINK = 0.01
LEAST_LOOK = 0.002  # rad: a tenth of a pixel on a large portrait

SPEECH = ("jaw", "wide", "upper", "lower", "press", "tuck", "tongue")
TALKING = 0.06  # a speech curve beyond this means that the person is speaking
SETTLE_S = 0.28  # how long a smile takes to leave before speech, and to come back after it
PAUSE_S = 0.9  # pauses shorter than this do not bring the smile back


@dataclass(frozen=True, eq=False)
class Stage:
    """A portrait with everything that does not change from frame to frame."""

    portrait: Portrait
    image: U8
    """RGB, uint8 (h, w, 3): the region of the photograph."""
    fine: U8
    """uint8 (2h, 2w, 3 or 1): the region at twice the resolution; one channel where the photograph has no colour."""
    pixels: F32
    """float32 (h, w, 2): x, y of every pixel, px of the region."""
    rig: Rig
    lips: Opening
    lids: tuple[lids.Lid, lids.Lid]
    eyes: tuple[irises.Eye, ...]
    """Both, or none where they cannot be turned."""
    inside: mouth.Inside
    mask: F32
    """float32 (h, w): the portrait's mask, made hard inside, where frames are taken as they are."""


def prepare(portrait: Portrait) -> Stage:
    """Make a portrait ready to be moved: about a second, once."""
    x0, y0, x1, y1 = portrait.region
    image = np.ascontiguousarray(portrait.image[y0:y1, x0:x1])
    made = rig.make(portrait)
    lips = openings.mouth(made)
    measured = tone.measure(image, made)
    inside = mouth.prepare(image, made, lips, measured)
    eyes = openings.eyes(made)
    left, right = (lids.prepare(image, made, eye, i) for i, eye in enumerate(eyes))
    width, height = x1 - x0, y1 - y0
    pixels = np.stack(np.meshgrid(np.arange(width), np.arange(height)), axis=-1).astype(np.float32)
    # The fields fade with the mask already; mixing a moved and a still picture on top would show both.
    mask = np.clip(portrait.mask * 8, 0, 1).astype(np.float32)
    fine = doubled(image[..., :1] if portrait.monochrome else image)
    irises_found = irises.prepare(image, fine, made, eyes)
    return Stage(portrait, image, fine, pixels, made, lips, (left, right), irises_found, inside, mask)


def doubled(image: U8) -> U8:
    """A picture at twice the resolution: pixel (x, y) is pixel (2x, 2y) of it, unchanged, those between by Lanczos.

    Read bilinearly, it is as sharp as the picture read bicubically, and three times as fast.
    """
    height, width = image.shape[:2]
    halve = np.array([[0.5, 0, 0], [0, 0.5, 0]])
    flags = cv2.INTER_LANCZOS4 | cv2.WARP_INVERSE_MAP
    twice = cv2.warpAffine(image, halve, (2 * width, 2 * height), flags=flags, borderMode=cv2.BORDER_REFLECT_101)
    twice = twice.reshape(2 * height, 2 * width, -1)
    twice[::2, ::2] = image
    doubled_picture: U8 = twice
    return doubled_picture


def animate(portrait: Portrait, motion: FaceMotion, brush: Brush | None = None) -> FrameSource:
    """The portrait, moving: one frame for each row of the motion, of the size of the portrait's picture.

    At rest (all curves 0) a frame is the photograph itself. Nothing outside the portrait's region ever changes.
    """
    height, width = portrait.image.shape[:2]

    def frames() -> Iterator[U8]:
        stage = prepare(portrait)
        wanted = field_amounts(motion, stage.rig)
        artist = _artist(stage, brush) if brush is not None else None
        for index, (row, curves) in enumerate(zip(wanted, motion.curves, strict=True)):
            paint = partial(artist.paint, index=index) if artist is not None else None
            yield paste(portrait, draw(stage, row, curves, paint), stage.mask)

    return FrameSource(frames, motion.num_frames, motion.frame_rate, (width, height))


def field_amounts(motion: FaceMotion, made: Rig) -> F32:
    """How much of each field each frame needs: float32 (N, len(FIELDS))."""
    curves = motion.curves
    shapes = amounts(curves)
    press, tuck = np.clip(motion.curve("press"), 0, 1), np.clip(motion.curve("tuck"), 0, 1)
    # Pressed lips are closed and a tucked lip is nearly so, whatever the jaw does meanwhile.
    for name, left in (
        ("jaw", (1 - press) * (1 - 0.7 * tuck)),
        ("upper", 1 - press),
        ("lower", (1 - press) * (1 - tuck)),
    ):
        shapes[:, FIELDS.index(name)] *= left
    shut = closing(motion) if made.open_gap else np.zeros(len(curves))
    # Corners go down as they go up: a basis of people talking has no shape of its own for it.
    shapes[:, FIELDS.index("smile")] = np.clip(motion.curve("smile"), -1, 1)
    every: F32 = np.concatenate([shapes, shut[:, None]], axis=1).astype(np.float32)
    return every


def closing(motion: FaceMotion) -> F32:
    """How far an open or smiling mouth is first brought to rest in each frame: float32 (N,) in [0, 1].

    Who speaks starts from closed lips, or every m and b would show teeth; who is silent keeps the photograph's smile.
    """
    from scipy.ndimage import binary_closing, gaussian_filter1d, maximum_filter1d

    rate = float(motion.frame_rate)
    columns = [MOTION_CURVES.index(name) for name in SPEECH]
    talking = (np.abs(motion.curves[:, columns]) > TALKING).any(axis=1)
    frames = max(1, round(PAUSE_S * rate))
    padded = np.pad(talking, frames)
    bridged = binary_closing(padded, np.ones(frames, bool))[frames : frames + len(talking)] | talking
    settle = SETTLE_S * rate / 2
    held = maximum_filter1d(bridged.astype(np.float32), 2 * round(1.5 * settle) + 1)
    closed: F32 = np.clip(gaussian_filter1d(held, settle, mode="nearest"), 0, 1).astype(np.float32)
    return closed


def _artist(stage: Stage, brush: Brush) -> Artist:
    # torch takes seconds to load, and is not needed to move a face.
    from studio.head.lipsync.own import Artist

    return Artist(stage, brush)


def draw(stage: Stage, wanted: F32, curves: F32, paint: Paint | None = None) -> U8:
    """One frame of the region: RGB, uint8 (h, w, 3), owned by the caller.

    Args:
        wanted: float32 (F,): how much of each field.
        curves: float32 (K,): the row of the motion.
        paint: what a network does to the mouth that has been sketched, in place.
    """
    made = stage.rig
    look = (float(curves[MOTION_CURVES.index("look_x")]), float(curves[MOTION_CURVES.index("look_y")]))
    looking = bool(stage.eyes) and float(np.hypot(look[0], look[1])) >= LEAST_LOOK
    stage = replace(stage, fine=irises.turned(stage.fine, stage.eyes, look)) if looking else stage
    pose = {name: float(curves[MOTION_CURVES.index(name)]) for name in ("yaw", "pitch", "roll", "breath")}
    turned = turn(made.grid.nodes, made.depth, made.head, made, pose) + np.float32(pose["breath"]) * made.chest
    upper, lower = (np.tensordot(wanted, fields, 1) + turned for fields in (made.upper, made.lower))
    if max(float(np.abs(upper).max()), float(np.abs(lower).max())) < STILL:
        # Every other pixel of the doubled picture is the photograph's own.
        return np.repeat(stage.fine[::2, ::2], 3 // stage.fine.shape[2], axis=2)
    back_upper, back_lower = (inverted(field, made) for field in (upper, lower))
    back_skull = inverted(turned, made, steps=2)
    both = back_lower + made.side[..., None] * (back_upper - back_lower)
    frame = read(stage, made.grid.spread(both), (0, 0, made.grid.width, made.grid.height))
    cuts = (stage.lips, *(lid.opening for lid in stage.lids))
    moved = [edges_at(opening, wanted, made, pose) for opening in cuts]
    blinking = wanted[FIELDS.index("blink")] >= LEAST_BLINK
    for opening, edges in zip(cuts if blinking else cuts[:1], moved, strict=False):
        _cut(frame, stage, opening, edges, back_upper, back_lower)
    for lid, edges in zip(stage.lids if blinking else (), moved[1:], strict=False):
        _close_eye(frame, stage, lid, edges, back_skull, wanted, pose)
    _open_mouth(frame, stage, moved[0], back_skull, wanted, curves)
    if paint is not None:
        paint(frame, moved[0], wanted, pose)
    return frame


def _cut(frame: U8, stage: Stage, opening: Opening, edges: Edges, back_upper: F32, back_lower: F32) -> None:
    """Around an opening, read what lies above its line and what lies below it each by its own field.

    The two pictures are mixed, not the two fields: half way between the lips' places in the photograph lie the teeth.
    """
    x0, y0, x1, y1 = opening.box
    columns, rows = stage.pixels[y0:y1, x0:x1, 0], stage.pixels[y0:y1, x0:x1, 1]
    pictures = []
    for back, limit, clamp in (
        (back_upper, opening.lowest, np.minimum),
        (back_lower, opening.highest, np.maximum),
    ):
        away = stage.rig.grid.spread(back, opening.box)
        # Where a strong field folds over, its inverse may land beyond the cut: never read eye as lid or lip as lip.
        edge = np.interp(columns + away[..., 0], np.arange(len(limit)), limit).astype(np.float32)
        away[..., 1] = clamp(rows + away[..., 1], edge) - rows
        pictures.append(read(stage, away, opening.box))
    above, below = pictures
    side = openings.sides(openings.along(opening.box, edges))
    frame[y0:y1, x0:x1] = cv2.blendLinear(above, below, side, 1 - side)


def inverted(field: F32, made: Rig, steps: int = INVERSIONS) -> F32:
    """For each node, the displacement back to the place that `field` brings there: float32 (rows, columns, 2) px.

    Newton's method on y + field(y) = node with the vertical slope alone: a closing lid stretches its skin more than
    twofold from top to bottom, where a plain fixed-point iteration runs away.
    """
    grid = made.grid
    slope = np.gradient(field[..., 1], axis=0) / grid.cell[1]
    known = cv2.merge([field[..., 0], field[..., 1], 1 / np.clip(1 + slope, 0.5, 4.0).astype(np.float32)])
    per_cell = 1 / grid.cell
    back: F32 = -field
    for _ in range(steps):
        seen = cv2.remap(known, grid.index + back * per_cell, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        back[..., 0] = -seen[..., 0]
        back[..., 1] -= (seen[..., 1] + back[..., 1]) * seen[..., 2]
    return back


def edges_at(opening: Opening, wanted: F32, made: Rig, pose: dict[str, float]) -> Edges:
    """The edges of an opening in one frame."""
    found = []
    for i, (rest, moves) in enumerate(
        ((opening.rest_upper, opening.moves_upper), (opening.rest_lower, opening.moves_lower))
    ):
        posed = turn(rest, opening.depth[i], opening.head[i], made, pose)
        found.append(rest + np.tensordot(wanted, moves, 1).astype(np.float32) + posed)
    free = openings.uncrossed(found[0], found[1])
    return openings.uncrossed(opening.spline @ free.upper, opening.spline @ free.lower)


def read(stage: Stage, back: F32, box: tuple[int, int, int, int]) -> U8:
    """Read the photograph at pixel + displacement, for a box of the region: RGB, uint8 (h, w, 3).

    Args:
        back: float32 (h, w, 2) px.
    """
    x0, y0, x1, y1 = box
    at = (stage.pixels[y0:y1, x0:x1] + back) * np.float32(2)
    taken: U8 = cv2.remap(stage.fine, at, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    return cv2.merge([taken] * 3) if taken.ndim == 2 else taken


def _close_eye(
    frame: U8, stage: Stage, lid: lids.Lid, edges: Edges, back_skull: F32, wanted: F32, pose: dict[str, float]
) -> None:
    """Show the eye between the lids, which turns with the head only, and the skin of the closing lid over it."""
    blink = min(float(wanted[FIELDS.index("blink")]), 1.0)
    made, box = stage.rig, lid.opening.box
    x0, y0, x1, y1 = box
    ball = read(stage, made.grid.spread(back_skull, box), box).astype(np.float32)
    below = frame[y0:y1, x0:x1].astype(np.float32)
    # The lid throws a little shadow on the eye below it.
    at = openings.along(box, edges)
    below += openings.coverage(at)[..., None] * (ball * (1 - 0.25 * blink) - below)
    posed = turn(
        lid.crease, made.grid.sample(made.depth, lid.crease), made.grid.sample(made.head, lid.crease), made, pose
    )
    crease = lid.crease + np.tensordot(wanted, lid.crease_moves, 1).astype(np.float32) + posed
    lids.draw(below, lid, edges, at, crease, blink, stage.inside.tone)
    frame[y0:y1, x0:x1] = np.clip(np.rint(below), 0, 255).astype(np.uint8)


def _open_mouth(frame: U8, stage: Stage, edges: Edges, back_skull: F32, wanted: F32, curves: F32) -> None:
    """Show the inside of the mouth between the lips."""
    if edges.widest < 2 * SEAM:
        return
    if stage.rig.open_gap and float(np.abs(wanted).max()) == 0:
        return  # the photograph's own open mouth, at rest
    x0, y0, x1, y1 = stage.lips.box
    back = stage.rig.grid.spread(back_skull, stage.lips.box)
    lips = openings.along(stage.lips.box, openings.tightened(edges, SEAM))
    drop = mouth.jaw_drop(stage.rig, wanted, FIELDS.index("jaw"))
    tongue = float(np.clip(curves[MOTION_CURVES.index("tongue")], 0, 1))
    painted = mouth.paint(stage.inside, stage.pixels[y0:y1, x0:x1] + back, lips, drop, tongue)
    between = openings.coverage(lips)
    soft = cv2.GaussianBlur(between, (0, 0), max(0.45, 0.5 * stage.inside.tone.blur))[..., None]
    below = frame[y0:y1, x0:x1].astype(np.float32)
    mixed = below + soft * (painted - below)
    frame[y0:y1, x0:x1] = np.clip(np.rint(mixed), 0, 255).astype(np.uint8)
