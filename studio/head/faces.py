"""Find the faces in a picture, each with its 478-point mesh, and choose the one that shall speak."""

from __future__ import annotations

import contextlib
import itertools
import os
import re
import sys
import tempfile
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import IO, Any

import cv2
import numpy as np

from studio.errors import FaceNotFound
from studio.head import mesh
from studio.head.mesh import F64
from studio.head.shapes import basis
from studio.types import F32, U8, Face, FrameSource

SEARCH_SIZE = 2048  # px: larger pictures are searched at this size; a 40 px face in them is below use anyway
SMALLEST_TILE = 200  # px
TILE_SHRINK = 0.6  # each round of tiles has this share of the size of the one before
TILE_STEP = 0.6  # of a tile: a face on the edge of one tile is inside the next
CROP = 384  # px: side of the square that FaceMesh sees
CROP_MARGIN = 2.0  # of the detected box

# Measured on 45 portraits of 1855–2020 and on pictures without people: true faces score .73–.99 and agree with the mesh
# of their own mirror picture to .01–.11 eye distances; cats, cups, leaves and lace score less or disagree more.
MIN_SCORE = 0.7
MAX_MIRROR_ERROR = 0.12
MIN_AGREEMENT = 0.5  # overlap of the detected box and the mesh

MAX_YAW = np.radians(48)  # beyond it FaceMesh guesses the far half of the mouth
MIN_FACE = 40  # px, forehead to chin: below it the mouth is a handful of pixels

# mediapipe's C++ side writes these on every start, whatever the log level; errors (E…, F…) are passed on.
CHATTER = re.compile(rb"^(?:[IW]\d{4} |INFO: |WARNING: All log messages before absl::InitializeLog)")

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Detection:
    """Where a detector sees a face: its score in [0, 1] and x0, y0, x1, y1 px."""

    score: float
    box: Box


class _Hush:
    """stderr laid aside while anybody is inside, however many threads that are: the descriptor is the process's own."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._kept: IO[bytes] | None = None
        self._real = -1

    def enter(self) -> None:
        """Lay it aside, unless it is already."""
        with self._lock:
            self._inside += 1
            if self._kept is None:
                sys.stderr.flush()
                self._kept = tempfile.TemporaryFile()  # noqa: SIM115  (`leave` closes it)
                self._real = os.dup(2)
                os.dup2(self._kept.fileno(), 2)

    def leave(self) -> None:
        """The last one out puts it back, and passes on what was no chatter."""
        with self._lock:
            self._inside -= 1
            if self._inside or self._kept is None:
                return
            os.dup2(self._real, 2)
            os.close(self._real)
            with self._kept as kept:
                self._kept = None
                kept.seek(0)
                for line in kept.read().splitlines(keepends=True):
                    if not CHATTER.match(line):
                        os.write(2, line)


_hush = _Hush()


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep mediapipe's start-up chatter off stderr; everything else written there still comes through."""
    _hush.enter()
    try:
        yield
    finally:
        _hush.leave()


@contextlib.contextmanager
def mesher(*, moving: bool = False) -> Iterator[Any]:
    """A FaceMesh with refined lips and irises: for single pictures, or for the frames of a clip."""
    with _mesh(moving=moving) as found:
        yield found


def _mesh(*, moving: bool) -> Any:
    import mediapipe

    return mediapipe.solutions.face_mesh.FaceMesh(
        static_image_mode=not moving, refine_landmarks=True, min_detection_confidence=0.5 if moving else 0.2
    )


@dataclass(frozen=True, eq=False)
class _Finders:
    """What one search needs; opening them takes 40 ms, a third of a search. Not to be shared by threads."""

    far: Any
    """A detector that is trained on whole rooms."""
    near: Any
    """A detector that is trained on arm's length; old prints are often seen by only one of them."""
    mesh: Any


_idle: list[_Finders] = []
"""Those that are open and not in use: as many as there were searches at once."""


@contextlib.contextmanager
def _finders() -> Iterator[_Finders]:
    """Detectors and mesher of one search, taken from those that are open; whatever fails in it ends them."""
    try:
        own = _idle.pop()  # at once, whatever other threads do
    except IndexError:
        own = _opened()
    yield own
    _idle.append(own)


def _opened() -> _Finders:
    import mediapipe

    detector = mediapipe.solutions.face_detection.FaceDetection
    return _Finders(
        far=detector(model_selection=1, min_detection_confidence=MIN_SCORE),
        near=detector(model_selection=0, min_detection_confidence=MIN_SCORE),
        mesh=_mesh(moving=False),
    )


def _landmarks(model: Any, image: U8) -> F64 | None:
    """The mesh of the one face in a crop, float64 (478, 3) px, or None."""
    found = model.process(np.ascontiguousarray(image)).multi_face_landmarks
    if not found:
        return None
    height, width = image.shape[:2]
    points = np.array([[p.x, p.y, p.z] for p in found[0].landmark], np.float64)
    scaled: F64 = points * [width, height, width]
    return scaled


def _overlap(a: Box, b: Box) -> float:
    """Intersection over union of two boxes."""
    width = max(0.0, min(a[2], b[2]) - max(a[0], b[0]))
    height = max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
    both = width * height
    either = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - both
    return both / either if either > 0 else 0.0


def _starts(length: int, tile: int) -> list[int]:
    """Where tiles of `tile` px begin along `length` px, so that they overlap and touch both ends."""
    if tile >= length:
        return [0]
    count = int(np.ceil((length - tile) / (TILE_STEP * tile))) + 1
    return [round((length - tile) * i / (count - 1)) for i in range(count)]


def _tiles(width: int, height: int) -> Iterator[tuple[int, int, int, int]]:
    """x, y, w, h of the whole picture, then of smaller and smaller overlapping squares."""
    yield 0, 0, width, height
    side = min(width, height)
    if side == max(width, height):
        side = round(side * TILE_SHRINK)
    while side >= SMALLEST_TILE:
        for x in _starts(width, side):
            for y in _starts(height, side):
                yield x, y, side, side
        side = round(side * TILE_SHRINK)


def _detect(models: _Finders, image: U8) -> list[Detection]:
    """Boxes of everything that looks like a face at any scale, best first, one per place."""
    height, width = image.shape[:2]
    found: list[Detection] = []
    for x, y, w, h in _tiles(width, height):
        tile = image[y : y + h, x : x + w]
        shrink = min(1.0, 512 / max(w, h))
        if shrink < 1:
            tile = cv2.resize(tile, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
        tile = np.ascontiguousarray(tile)
        for model in (models.far, models.near):
            for seen in model.process(tile).detections or []:
                box = seen.location_data.relative_bounding_box
                left, top = x + box.xmin * w, y + box.ymin * h
                found.append(Detection(float(seen.score[0]), (left, top, left + box.width * w, top + box.height * h)))
    kept: list[Detection] = []
    for one in sorted(found, key=lambda d: -d.score):
        if all(_overlap(one.box, other.box) < 0.3 for other in kept):
            kept.append(one)
    return kept


@cache
def _partners() -> list[int]:
    """Each point's partner on the other side: the same for every face, and 7 ms to find."""
    return mesh.partners(basis().neutral)


def measure(model: Any, image: U8, centre: tuple[float, float], side: float) -> tuple[F64, float] | None:
    """The mesh in a square of the picture, averaged with that of its mirror picture.

    Args:
        centre: x, y px of the square's middle.
        side: px.

    Returns:
        float64 (478, 3) px of `image`, and how far the two meshes lie apart in eye distances; None without a face.
    """
    scale = CROP / side
    shift = CROP / 2 - np.array(centre) * scale
    to_crop = np.array([[scale, 0, shift[0]], [0, scale, shift[1]]])
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    crop = cv2.warpAffine(image, to_crop, (CROP, CROP), flags=how, borderMode=cv2.BORDER_REPLICATE)
    seen = _landmarks(model, crop)
    mirror = _landmarks(model, crop[:, ::-1])
    if seen is None or mirror is None:
        return None
    # Pixel centres: column x of the crop is column CROP − 1 − x of its mirror, x in FaceMesh is the pixel's left edge.
    mirror[:, 0] = CROP - mirror[:, 0]
    mirror = mirror[_partners()]
    error = float(np.linalg.norm(seen[:, :2] - mirror[:, :2], axis=1).mean()) / mesh.eye_distance(seen)
    points = (seen + mirror) / 2
    points[:, :2] -= shift
    return points / scale, error


def _box(points: F64) -> Box:
    """x0, y0, x1, y1 px around a mesh."""
    low, high = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def _face(points: F64) -> Face:
    x0, y0, x1, y1 = _box(points)
    box = (int(np.floor(x0)), int(np.floor(y0)), int(np.ceil(x1)), int(np.ceil(y1)))
    return Face(points.astype(np.float32), box)


def find(image: U8) -> tuple[Face, ...]:
    """Every human face in a picture, largest first; empty where there is none.

    Several threads may search at once.

    Args:
        image: RGB, uint8 (H, W, 3).
    """
    shrink = min(1.0, SEARCH_SIZE / max(image.shape[:2]))
    small = cv2.resize(image, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA) if shrink < 1 else image
    meshes: list[F64] = []
    with quiet(), _finders() as models:  # they chatter over their first picture and their first face too
        for seen in _detect(models, small):
            x0, y0, x1, y1 = (value / shrink for value in seen.box)
            side = CROP_MARGIN * max(x1 - x0, y1 - y0)
            measured = measure(models.mesh, image, ((x0 + x1) / 2, (y0 + y1) / 2), side)
            if measured is None:
                continue
            points, error = measured
            box = _box(points)
            if error > MAX_MIRROR_ERROR or _overlap(box, (x0, y0, x1, y1)) < MIN_AGREEMENT:
                continue
            if all(_overlap(box, _box(other)) < 0.3 for other in meshes):
                meshes.append(points)
    faces = [_face(points) for points in meshes]
    return tuple(sorted(faces, key=lambda f: -(f.box[2] - f.box[0]) * (f.box[3] - f.box[1])))


def yaw(face: Face) -> float:
    """How far a face is turned, rad, positive towards the picture's right."""
    return mesh.upright(face.landmarks, basis().neutral).angles[0]


def _middle(face: Face) -> tuple[float, float]:
    x0, y0, x1, y1 = face.box
    return (x0 + x1) / 2, (y0 + y1) / 2


def _pick(faces: tuple[Face, ...], which: int | tuple[float, float] | None) -> Face:
    if which is None:
        return faces[0]
    if isinstance(which, int):
        if not 1 <= which <= len(faces):
            there = "there is 1" if len(faces) == 1 else f"there are {len(faces)}"
            raise FaceNotFound(
                f"Face {which} was asked for, but {there} in this picture, counted from the left, from 1."
            )
        return sorted(faces, key=lambda f: _middle(f)[0])[which - 1]
    x, y = which

    def distance(face: Face) -> tuple[float, float]:
        x0, y0, x1, y1 = face.box
        outside = np.hypot(max(x0 - x, 0, x - x1), max(y0 - y, 0, y - y1))
        middle = _middle(face)
        return float(outside), float(np.hypot(middle[0] - x, middle[1] - y))

    return min(faces, key=distance)


def choose(faces: tuple[Face, ...], which: int | tuple[float, float] | None, image: U8) -> Face:
    """Take the face that shall speak.

    Args:
        faces: what `find` gave, largest first.
        which: None for the largest; n for the n-th from the left, counted from 1; (x, y) px for the face there, or the
            one nearest to it.
        image: the picture they were found in.

    Raises:
        FaceNotFound: there is no face, or not that many, or the chosen one is in profile or too small.
    """
    height, width = image.shape[:2]
    if not faces:
        raise FaceNotFound(
            f"No human face was found in this picture ({width}×{height} px). "
            "Use a photo that shows the face from the front, larger and in focus, or crop it around the head."
        )
    face = _pick(faces, which)
    tall = face.box[3] - face.box[1]
    if tall < MIN_FACE:
        raise FaceNotFound(
            f"The face is only {tall} px tall from forehead to chin; it needs {MIN_FACE}, and 150 looks good. "
            f"Scan the photo again at {int(np.ceil(150 / tall))} times the resolution, or use another one."
        )
    turned = abs(yaw(face))
    if turned > MAX_YAW:
        raise FaceNotFound(
            f"The face is turned away by about {np.degrees(turned):.0f}°, almost a profile: half of the mouth is "
            "hidden. Use a photo taken from the front or in three-quarter view."
        )
    return face


def track(frames: FrameSource) -> F32:
    """The mesh in every frame of a clip that shows one face: float32 (N, 478, 3) px, N 0 where none was seen.

    Frames in which the face is lost repeat the one before.
    """
    points: list[F64] = []
    with quiet(), mesher(moving=True) as model:
        for frame in frames.open():
            seen = _landmarks(model, frame)
            if seen is not None:
                points.append(seen)
            elif points:
                points.append(points[-1])
    return np.array(points, np.float32).reshape(-1, mesh.NUM_POINTS, 3)


def follow(frames: Iterable[U8]) -> Iterator[tuple[U8, F64 | None]]:
    """Each frame of a clip that shows one face, with its mesh, float64 (478, 3) px, or None where none is seen."""
    with contextlib.ExitStack() as kept:
        # The models start with the first frame; after it stderr is free again for whoever takes the frames.
        with quiet():
            model = kept.enter_context(mesher(moving=True))
            coming = iter(frames)
            opened = [(frame, _landmarks(model, frame)) for frame in itertools.islice(coming, 1)]
        yield from opened
        for frame in coming:
            yield frame, _landmarks(model, frame)
