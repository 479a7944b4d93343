"""What can be measured of a talking face, frame by frame, against the photograph it was made from.

Nothing here says what is good: studio/head/bands.py does. Every measure works on any clip of one face, so the same
figures can be had from a film of a real person.

Likeness looks only at what speech leaves alone: eyes, nose and temples in the face's own upright frame, and the skin
between them after it was laid on the photograph's. Mouth, jaw and lids are left out, for they are meant to move.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from studio.errors import FaceNotFound
from studio.head import faces, mesh, portrait, traces
from studio.head.mesh import F64
from studio.head.shapes import basis
from studio.head.traces import Box
from studio.types import F32, U8, FrameSource

LOOKS_PER_S = 8  # likeness, texture and seams change slowly; the mouth's opening is measured in every frame
AROUND = 0.5  # eye distances around the moving region that are looked at too
SKIN = 96  # px: side of the patch of skin that is compared
SKIN_LEFT, SKIN_TOP, SKIN_WIDE = -1.05, -0.85, 2.1  # of it, in eye distances from the middle of the eyes
SKIN_DOWN = 0.82  # eye distances: the upper lip begins below
EDGE, LIGHT = 1.0, 9.0  # px of the patch: finer is grain, coarser is light
AWAKE = 0.8  # of the photograph's lids: FaceMesh shifts brows and corners of eyes that are closing
OPEN = 0.06  # eye distances between the inner lips from which there is an inside to look at
SETTLING = 3  # frames until FaceMesh's own window around a face stands still
SAME_FACE = 0.3  # eye distances: two meshes further apart are two people's
SPARE = 2  # px around the region: the encoder stores one colour for two pixels
# What speech and expression leave alone, with the wings of the nose and the corners of the eyes.
STEADY = tuple(sorted({*mesh.SKULL, *(i for lids in mesh.UPPER_LIDS for i in (lids[0], lids[-1])), 98, 327, 2, 9, 8}))


@dataclass(frozen=True, eq=False)
class Reference:
    """What every frame is held against; its px are those of `window`."""

    image: U8
    """RGB, uint8 (h, w, 3): the photograph as large as the frames, cut to the window."""
    landmarks: F64
    """float64 (478, 3), px."""
    own: F64
    """float64 (S, 2): its steady points in the upright frame, eye distances."""
    skin: F32
    """float32 (SKIN, SKIN): its skin without light and grain."""
    skin_mask: F32
    """float32 (SKIN, SKIN), 1 where skin is compared."""
    rings: dict[str, float]
    """Gradient across each ring, grey levels."""
    lips: float
    """Fine detail of its lips, grey levels."""
    inside: float | None
    """Fine detail of its open mouth, grey levels; None where its lips are closed."""
    gap: float
    """How far its lips are apart, eye distances."""
    lids: float
    """How far its lids are apart, eye distances."""
    grain: float
    """Standard deviation of its grain, grey levels."""
    window: Box | None
    """x0, y0, x1, y1 px of the frames that are looked at; None for everything, wherever the face may be."""
    region: Box | None
    """x0, y0, x1, y1 px of the frames outside of which nothing may change; None where that was never promised."""


@dataclass(frozen=True, eq=False)
class Observed:
    """Curves over a clip, float32 (N,) each; NaN where a thing was not looked at, or no face was seen."""

    opening: F32
    """How far the inner lips are apart, eye distances."""
    shake: F32
    """Second difference of the skin's place over three frames, eye distances."""
    flicker: F32
    """Second difference over three frames of the lightness of the face below the eyes, grey levels."""
    outside: F32
    """Largest change of lightness outside the region since the frame before, grey levels."""
    geometry: F32
    """Mean distance of the steady points from the photograph's, eye distances."""
    texture: F32
    """Correlation of the skin with the photograph's, −1 … 1."""
    seam: F32
    """Gradient across the ring around the mouth where it has grown most, as a multiple of the photograph's."""
    border: F32
    """The same across the border of the moving region."""
    lips: F32
    """Fine detail of the lips as a multiple of the photograph's."""
    inside: F32
    """Fine detail of the open mouth as a multiple of that of the photograph's lips."""
    identity: F32
    """ArcFace's cosine with the photograph, where that engine was given."""

    @property
    def num_frames(self) -> int:
        """N."""
        return int(self.opening.size)


CURVES = tuple(Observed.__dataclass_fields__)
Identity = Callable[[U8, F64], float]
"""(picture, landmarks) → cosine with the photograph."""


def reference(image: U8, landmarks: F32 | F64, *, window: Box | None = None, region: Box | None = None) -> Reference:
    """Measure the photograph.

    Args:
        image: RGB, uint8 (H, W, 3): as large as the frames of the clip.
        landmarks: (478, 3) px of it.
        window: x0, y0, x1, y1 px that are looked at; None for everything.
        region: x0, y0, x1, y1 px that may move, where the clip promises that nothing else does.
    """
    x0, y0, x1, y1 = window or (0, 0, image.shape[1], image.shape[0])
    image = np.ascontiguousarray(image[y0:y1, x0:x1])
    points = _settled(image, np.asarray(landmarks, np.float64) - [x0, y0, 0])
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    lips, inside = traces.detail(grey, points)
    gap = mesh.inner_lip_gap(points)
    rings = traces.rings(points, _moved(region, window), grey.shape)
    return Reference(
        image=image,
        landmarks=points,
        own=_own(points),
        skin=_skin(grey, points, _to_skin(points)),
        skin_mask=_skin_mask(points),
        rings={name: traces.across(grey, ring) for name, ring in rings.items()},
        lips=lips,
        inside=inside if gap >= OPEN else None,
        gap=gap,
        lids=mesh.lid_gap(points),
        grain=traces.grain(grey, points),
        window=window,
        region=region,
    )


def read(
    image: U8,
    size: tuple[int, int],
    which: int | tuple[float, float] | None = None,
    *,
    framed: bool = True,
    alone: bool = True,
) -> Reference:
    """Measure one face of a photograph.

    Args:
        image: RGB, uint8 (H, W, 3).
        size: W, H px of the clip.
        which: whose face; see `faces.choose`.
        framed: was the clip made from this photograph, so that its face is where the photograph's is?
        alone: does nobody else move in it?

    Raises:
        FaceNotFound: there is no such face in it.
    """
    face = faces.choose(faces.find(image), which, image)
    scale = np.array([size[0] / image.shape[1], size[1] / image.shape[0]])
    if not framed:
        scale[:] = scale.min()
    wanted = tuple(round(side * by) for side, by in zip(image.shape[1::-1], scale, strict=True))
    how = cv2.INTER_AREA if scale[0] < 1 else cv2.INTER_CUBIC
    resized = image if wanted == image.shape[1::-1] else cv2.resize(image, wanted, interpolation=how)
    points = face.landmarks * np.array([*scale, scale.mean()], np.float32)
    if not framed:
        return reference(resized.astype(np.uint8), points)
    region = portrait.region_of(points, size)
    spare = round(AROUND * mesh.eye_distance(points))
    low, high = np.array(region[:2]) - spare, np.array(region[2:]) + spare
    window = (max(0, int(low[0])), max(0, int(low[1])), min(size[0], int(high[0])), min(size[1], int(high[1])))
    return reference(resized.astype(np.uint8), points, window=window, region=region if alone else None)


def observe(
    frames: FrameSource,
    photo: Reference,
    *,
    identity: Identity | None = None,
    on_progress: Callable[[float], None] | None = None,
) -> Observed:
    """Look through a clip once, holding three frames at a time.

    Raises:
        FaceNotFound: there is no face in any frame.
    """
    every = max(1, round(frames.frame_rate / LOOKS_PER_S))
    curves = {name: np.full(frames.num_frames, np.nan, np.float32) for name in CURVES}
    greys: list[U8] = []
    windows = _windows(frames, photo, every, curves["outside"])
    for number, (frame, seen) in enumerate(faces.follow(windows)):
        greys = [*greys[-2:], cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY)]
        if seen is not None:
            row = {"opening": mesh.inner_lip_gap(seen)}
            if number % every == 0 and number >= SETTLING:
                row |= look(greys[-1], seen, photo) | _changes(greys, seen)
            if identity is not None and number % (LOOKS_PER_S * every) == 0:
                row["identity"] = identity(frame, seen)
            for name, value in row.items():
                curves[name][number] = value
        if on_progress is not None:
            on_progress((number + 1) / frames.num_frames)
    if not np.isfinite(curves["opening"]).any():
        raise FaceNotFound("No face is to be seen in any frame of this clip; there is nothing to measure.")
    return Observed(**curves)


def _windows(frames: FrameSource, photo: Reference, every: int, outside: F32) -> Iterator[U8]:
    """The frames cut to the window; meanwhile what changes outside the region is written into `outside`."""
    x0, y0, x1, y1 = photo.window or (0, 0, *frames.size)
    outer = _outer(photo.region, frames.size)
    before: U8 | None = None
    for number, frame in zip(range(frames.num_frames), frames.open(), strict=False):
        if outer is not None and number % every in (0, every - 1):
            grey: U8 = cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY)
            if number % every == 0 and before is not None:
                outside[number] = cv2.minMaxLoc(cv2.absdiff(grey, before), mask=outer)[1]
            before = grey
        yield np.ascontiguousarray(frame[y0:y1, x0:x1])


def _settled(image: U8, points: F64) -> F64:
    """The mesh of a picture as it is followed in a clip, so that frames are not held against another way of looking."""
    seen = [found for _, found in faces.follow([image] * SETTLING)][-1]
    if seen is None:
        return points
    apart = np.linalg.norm((seen - points)[:, :2].mean(axis=0)) / mesh.eye_distance(points)
    return seen if apart < SAME_FACE else points


def look(grey: U8, points: F64, photo: Reference) -> dict[str, float]:
    """What one frame shows next to the photograph: values of Observed's curves.

    Args:
        grey: uint8 (h, w), cut to the window.
        points: its mesh.
    """
    found: dict[str, float] = {}
    if mesh.lid_gap(points) >= AWAKE * photo.lids:
        away = _own(points) - photo.own
        steady = list(STEADY)
        laid = _affine(points[steady, :2], photo.landmarks[steady, :2])
        found["geometry"] = float(np.linalg.norm(away - away.mean(axis=0), axis=1).mean())
        skin = _skin(grey, points, _after(_to_skin(photo.landmarks), laid))
        found["texture"] = _correlation(skin, photo.skin, photo.skin_mask)
    rings = traces.rings(points, _moved(photo.region, photo.window), grey.shape)
    grown = {name: (traces.across(grey, ring) + 1) / (photo.rings[name] + 1) for name, ring in rings.items()}
    if "border" in grown:
        found["border"] = grown.pop("border")
    found["seam"] = max(grown.values())
    lips, inside = traces.detail(grey, points)
    found["lips"] = lips / photo.lips
    if mesh.inner_lip_gap(points) >= OPEN:
        found["inside"] = inside / photo.lips
    return found


def _own(points: F64) -> F64:
    """The steady points in the face's upright frame, float64 (S, 2)."""
    return mesh.upright(points.astype(np.float32), basis().neutral).own(points)[list(STEADY), :2]


def _moved(region: Box | None, window: Box | None) -> Box | None:
    """A box of the frames in px of the window."""
    if region is None or window is None:
        return None
    x0, y0 = window[:2]
    return region[0] - x0, region[1] - y0, region[2] - x0, region[3] - y0


def _affine(points: F64, goal: F64) -> F64:
    """float64 (2, 3): the affine map that lays points (L, 2) on others."""
    known = np.column_stack([points, np.ones(len(points))])
    solved: F64 = np.linalg.lstsq(known, goal, rcond=None)[0].T
    return solved


def _after(second: F64, first: F64) -> F64:
    """float64 (2, 3): one affine map after another."""
    both: F64 = np.column_stack([second[:, :2] @ first[:, :2], second[:, :2] @ first[:, 2] + second[:, 2]])
    return both


def _to_skin(points: F64) -> F64:
    """float64 (2, 3): px of the picture → px of the patch of skin, upright."""
    turn = traces.upright(points, SKIN, SKIN_WIDE)
    left, right = mesh.middle_of_eyes(points)
    corner = np.array([SKIN_LEFT, SKIN_TOP]) * (SKIN / SKIN_WIDE)
    placed: F64 = np.column_stack([turn, -corner - turn @ ((left + right)[:2] / 2)])
    return placed


def _skin_mask(points: F64) -> F32:
    """float32 (SKIN, SKIN): 1 on brow, nose and cheeks; 0 on lids, which blink, and outside the face."""
    to_skin = _to_skin(points)
    own = points[:, :2] @ to_skin[:, :2].T + to_skin[:, 2]
    mask = np.zeros((SKIN, SKIN), np.uint8)
    cv2.fillConvexPoly(mask, cv2.convexHull(np.round(own[list(mesh.OVAL)]).astype(np.int32)), 1)
    mask[round((SKIN_DOWN - SKIN_TOP) * SKIN / SKIN_WIDE) :] = 0
    lids = np.zeros_like(mask)
    for upper, lower in zip(mesh.UPPER_LIDS, mesh.LOWER_LIDS, strict=True):
        cv2.fillPoly(lids, [np.round(own[[*upper, *lower[::-1]]]).astype(np.int32)], 1)
    mask[cv2.dilate(lids, np.ones((9, 9), np.uint8)) > 0] = 0
    kept: F32 = cv2.erode(mask, np.ones((5, 5), np.uint8)).astype(np.float32)
    return kept


def _skin(grey: U8, points: F64, place: F64) -> F32:
    """float32 (SKIN, SKIN): the skin of a face, without light and grain.

    Args:
        place: px of the picture → px of the patch.
    """
    seen = cv2.GaussianBlur(traces.taken(grey, points, place, (SKIN, SKIN)), (0, 0), EDGE)
    skin: F32 = seen - cv2.GaussianBlur(seen, (0, 0), LIGHT)
    return skin


def _correlation(a: F32, b: F32, mask: F32) -> float:
    """Normalised correlation of two patches under a mask, −1 … 1."""
    inside = mask > 0
    x, y = a[inside] - a[inside].mean(), b[inside] - b[inside].mean()
    size = float(np.sqrt((x * x).sum() * (y * y).sum()))
    return float((x * y).sum() / size) if size > 0 else 0.0


def _outer(region: Box | None, size: tuple[int, int]) -> U8 | None:
    """uint8 (H, W): 255 where nothing may ever change; None where that is nowhere, or was never promised."""
    if region is None:
        return None
    x0, y0, x1, y1 = region
    mask: U8 = np.full(size[::-1], 255, np.uint8)
    mask[max(0, y0 - SPARE) : y1 + SPARE, max(0, x0 - SPARE) : x1 + SPARE] = 0
    return mask if mask.any() else None


def _changes(greys: list[U8], points: F64) -> dict[str, float]:
    """What changes over three frames: lightness, and the place of the skin."""
    found: dict[str, float] = {}
    low = np.maximum(points[:, :2].min(axis=0), 0).astype(int)
    high = np.maximum(points[:, :2].max(axis=0), 0).astype(int)
    near = [np.ascontiguousarray(grey[low[1] : high[1], low[0] : high[0]]) for grey in greys]
    if len(near) < 3 or not near[0].size:
        return found
    nose = max(0, int(points[197, 1]) - low[1])  # eyes blink; below them a face in a pause hardly changes
    a, b, c = (face[nose:].astype(np.int16) for face in near)
    if a.size:
        found["flicker"] = float(np.sqrt(((a - 2 * b + c).astype(np.float32) ** 2).mean() / 6))
    shake = traces.shake(near, points - [*low, 0], mesh.eye_distance(points))
    return found if shake is None else found | {"shake": shake}
