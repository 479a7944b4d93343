"""Pairs for the mouth network: a filmed frame, and the same moment as the studio draws it from another frame.

From every clip a few frames are taken as if they were photographs. Each is made a portrait and moved, by the curves
that fit best, to the mouth shapes of other frames of the same person; what those frames really show is the answer. The
answer is moved by the little that the curves could not reach, so that the network never learns to shift a lip.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from studio.head import animate, closeup, mesh, portrait, rig
from studio.head.closeup import SIDE
from studio.head.mesh import F64
from studio.head.rig import FIELDS
from studio.head.shapes import basis
from studio.types import F32, MOTION_CURVES, U8, FrameSource, Portrait

UNIT = SIDE / closeup.REACH  # px per eye distance: a reference is brought to the size of the close-up
REFERENCES = 6  # frames of a clip that stand in for photographs
CLOSED_SHARE = 0.7  # of them show closed lips, as most photographs do
TARGETS = 44  # frames that each of them is moved to
MAX_TURN = np.radians(11)  # between the two frames: the warp does not turn heads
MAX_MISFIT = 0.055  # eye distances between the lips as drawn and as filmed
LIPS = (*closeup.INNER_RING, *closeup.OUTER_RING)
MOVABLE = (*LIPS, 152, 148, 377, 176, 400, 205, 425, 50, 280, 2, 98, 327, 164, 18, 200, 199, 202, 422, 57, 287, 43, 273)
"""Points that carry the filmed frame onto the drawn one: lips, chin, cheeks, the foot of the nose."""
FITTED = tuple(FIELDS.index(name) for name in ("jaw", "spread", "purse", "upper", "lower", "press", "tuck", "smile"))
# How far the mouth stands open counts most.
MIDDLE = {*mesh.INNER_UPPER[3:8], *mesh.INNER_LOWER[3:8]}
WEIGHTS = np.array([*(3.0 if point in MIDDLE else 1.0 for point in LIPS), 0.5, 0.5])
MAX_AMOUNT = 1.6


@dataclass(frozen=True, eq=False)
class Clip:
    """One person on film, as far as the mouth is concerned."""

    landmarks: F32
    """float32 (N, 478, 3) px of the video's pictures."""
    frames: tuple[int, ...]
    """Which picture of the video each row belongs to."""
    crops: U8
    """uint8 (N, SIDE, SIDE, 3): the close-ups, RGB."""
    points: F32
    """float32 (N, 478, 2) px of the close-ups."""


@dataclass(frozen=True, eq=False)
class Pair:
    """A drawn mouth and the filmed one."""

    drawn: U8
    """uint8 (SIDE, SIDE, 3): the close-up as the studio draws it, RGB."""
    filmed: U8
    """uint8 (SIDE, SIDE, 3)."""
    inner: U8
    """uint8 (SIDE, SIDE): 255 between the drawn lips."""
    outer: U8
    """uint8 (SIDE, SIDE): 255 within the drawn lips' outer rim."""
    reference: int
    """Row of the clip that stood in for the photograph."""
    target: int
    """Row of the clip that was filmed."""


def follow(frames: FrameSource, landmarks: F32, rows: tuple[int, ...]) -> Clip:
    """Take the close-ups of a clip.

    Args:
        landmarks: float32 (N, 478, 3) px.
        rows: which picture of `frames` each row of the landmarks belongs to, increasing.
    """
    neutral = basis().neutral
    places = {frame: row for row, frame in enumerate(rows)}
    crops = np.zeros((len(rows), SIDE, SIDE, 3), np.uint8)
    points = np.zeros((len(rows), mesh.NUM_POINTS, 2), np.float32)
    for at, frame in enumerate(frames.open()):
        row = places.get(at)
        if row is None:
            continue
        square = closeup.place(landmarks[row], neutral)
        crops[row], points[row] = square.take(frame), square.points(landmarks[row])
    return Clip(landmarks, rows, crops, points)


def make(frames: FrameSource, clip: Clip, rng: np.random.Generator) -> Iterator[Pair]:
    """Make the pairs of one clip, reference by reference."""
    neutral = basis().neutral
    angles = np.array([mesh.upright(points, neutral).angles for points in clip.landmarks])
    gaps = np.array([mesh.inner_lip_gap(points) for points in clip.landmarks])
    chosen = _references(gaps, rng)
    wanted = {clip.frames[row]: row for row in chosen}
    for at, frame in enumerate(frames.open()):
        if at not in wanted:
            continue
        row = wanted[at]
        near = np.abs(angles[:, :2] - angles[row, :2]).max(axis=1) < MAX_TURN
        near[row] = False
        targets = np.flatnonzero(near)
        if not targets.size:
            continue
        # Open mouths are what is to be learned; a quarter are taken as they come.
        weight = np.maximum(gaps[targets], 0.02) ** 0.8
        weight = 0.75 * weight / weight.sum() + 0.25 / targets.size
        count = min(TARGETS, targets.size)
        picked = rng.choice(targets, count, replace=False, p=weight)
        yield from _drawn(_stood(frame, clip.landmarks[row]), clip, row, picked, rng)


def _references(gaps: F32, rng: np.random.Generator) -> list[int]:
    """Rows that stand in for photographs: mostly closed lips, some not."""
    order = np.argsort(gaps)
    closed = order[: max(3, len(order) // 5)]
    rest = order[len(closed) :]
    count = min(REFERENCES, len(order))
    few = min(round(CLOSED_SHARE * count), len(closed))
    rows = [*rng.choice(closed, few, replace=False)]
    if rest.size >= count - few:
        rows += [*rng.choice(rest, count - few, replace=False)]
    return [int(row) for row in rows]


def _stood(frame: U8, landmarks: F32) -> Portrait:
    """A frame of a clip as a portrait whose eye distance is UNIT px."""
    scale = UNIT / mesh.eye_distance(landmarks)
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    image = cv2.resize(frame, None, fx=scale, fy=scale, interpolation=how)
    image = np.ascontiguousarray(image[: image.shape[0] // 2 * 2, : image.shape[1] // 2 * 2])
    points = (landmarks * scale).astype(np.float32)
    size = (image.shape[1], image.shape[0])
    region = portrait.region_of(points, size)
    mask = portrait.feathered(region, size, portrait.FEATHER * UNIT)
    return Portrait(image, points, region, mask, portrait.is_monochrome(image))


def _drawn(sitter: Portrait, clip: Clip, row: int, targets: F32, rng: np.random.Generator) -> Iterator[Pair]:
    """The portrait, moved to the mouth of every target."""
    stage = animate.prepare(sitter)
    made = stage.rig
    offset = np.array([*sitter.region[:2], 0], np.float32)
    square = closeup.place(sitter.landmarks - offset, basis().neutral)
    upright = sitter.landmarks.astype(np.float64) - offset
    moves = rig.displacements(upright, made.stance, basis(), made.open_gap)
    moves = moves.reshape(mesh.NUM_POINTS, len(FIELDS), 2)
    curves = np.zeros(len(MOTION_CURVES), np.float32)
    for target in targets:
        # Both close-ups stand on the skull: what is left between them is the expression.
        change = (clip.points[target] - clip.points[row]) @ np.linalg.inv(square.matrix[:, :2]).T
        amounts = fitted(moves, change, shut=made.open_gap > 0)
        shape = square.points(made.points + np.tensordot(moves, amounts, axes=([1], [0])))
        lips = list(LIPS)
        misfit = np.linalg.norm(shape[lips] - clip.points[target][lips], axis=1).mean() / UNIT
        if misfit > MAX_MISFIT:
            continue
        curves[MOTION_CURVES.index("tongue")] = rng.choice([0.0, rng.uniform(0, 0.6)])
        picture = animate.draw(stage, amounts, curves)
        edges = animate.edges_at(stage.lips, amounts, made, {"yaw": 0.0, "pitch": 0.0, "roll": 0.0})
        yield Pair(
            drawn=square.take(picture),
            filmed=carried(clip.crops[target], clip.points[target], shape),
            inner=closeup.filled(square.points(np.concatenate([edges.upper, edges.lower[::-1]]))),
            outer=closeup.filled(shape[list(closeup.OUTER_RING)]),
            reference=row,
            target=int(target),
        )


def fitted(moves: F32 | F64, change: F32 | F64, *, shut: bool) -> F32:
    """The amounts of the fields that bring the lips where they were filmed.

    Args:
        moves: (478, F, 2) px: what each field does to each point.
        change: (478, 2) px: what was filmed.
        shut: the reference's mouth is open and is brought to rest first.

    Returns:
        float32 (F,), none below 0.
    """
    from scipy.optimize import lsq_linear

    points = [*LIPS, 152, 17]
    weight = np.repeat(WEIGHTS, 2)
    rest = change[points].astype(np.float64)
    if shut:
        rest = rest - moves[points, FIELDS.index("shut")]
    columns = moves[points][:, list(FITTED)].transpose(0, 2, 1).reshape(-1, len(FITTED))
    # A little of ridge: shapes that nearly cancel each other shall not both be large.
    ridge = 0.02 * np.linalg.norm(columns[:, 0]) * np.eye(len(FITTED))
    system = np.concatenate([columns * weight[:, None], ridge])
    answer = np.concatenate([rest.reshape(-1) * weight, np.zeros(len(FITTED))])
    found = lsq_linear(system, answer, bounds=(0, MAX_AMOUNT), tol=1e-3).x
    amounts = np.zeros(len(FIELDS), np.float32)
    amounts[list(FITTED)] = found
    amounts[FIELDS.index("shut")] = float(shut)
    return amounts


def carried(crop: U8, points: F32, shape: F32) -> U8:
    """A filmed close-up, moved so that its lips lie where they were drawn: thin-plate splines (Duchon 1977).

    Args:
        points: float32 (478, 2) px: where the filmed points are.
        shape: float32 (478, 2) px: where they shall be.
    """
    frame = np.linspace(-12, SIDE + 11, 6)
    border = np.array(
        [[x, y] for x in frame for y in (frame[0], frame[-1])] + [[x, y] for y in frame for x in frame[::5]]
    )
    at = np.concatenate([shape[list(MOVABLE)], border])
    to = np.concatenate([points[list(MOVABLE)], border])
    count = len(at)
    system = np.zeros((count + 3, count + 3))
    system[:count, :count] = rig.thin_plate(at / SIDE, at / SIDE) + 2e-3 * np.eye(count)
    system[:count, count:] = np.concatenate([np.ones((count, 1)), at / SIDE], axis=1)
    system[count:, :count] = system[:count, count:].T
    weights = np.linalg.solve(system, np.concatenate([to - at, np.zeros((3, 2))]))
    nodes = np.stack(np.meshgrid(*[np.linspace(0, SIDE - 1, 33)] * 2), axis=-1).reshape(-1, 2)
    field = (
        rig.thin_plate(nodes / SIDE, at / SIDE) @ weights[:count] + weights[count] + nodes / SIDE @ weights[count + 1 :]
    )
    corner = (SIDE - 1) / 32
    to_grid = np.array([[1 / corner, 0, 0], [0, 1 / corner, 0]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    away = cv2.warpAffine(
        field.reshape(33, 33, 2).astype(np.float32), to_grid, (SIDE, SIDE), flags=flags, borderMode=cv2.BORDER_REPLICATE
    )
    place = np.stack(np.meshgrid(np.arange(SIDE), np.arange(SIDE)), axis=-1).astype(np.float32) + away
    moved: U8 = cv2.remap(crop, place, None, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
    return moved
