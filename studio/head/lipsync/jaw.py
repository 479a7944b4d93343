"""The lower face by its mesh: the square that MuseTalk sees, and the shape in which its mouth is laid back."""

from __future__ import annotations

import contextlib
import itertools
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

import cv2
import numpy as np

from studio.head import faces, mesh
from studio.head.easing import eased
from studio.head.engines.landmarks import MESH_68
from studio.head.lipsync import boxes as faces_in
from studio.types import F32, U8

# Of the 68 points that MuseTalk's authors cut by: jaw from ear to ear, and the third of the bridge of the nose, which
# lies in the middle of their square.
EARS_AND_CHIN = MESH_68[:17]
BRIDGE = MESH_68[29]
# Of the mesh's oval, the part from one ear over the chin to the other.
_RIGHT_EAR, _LEFT_EAR = mesh.OVAL.index(454), mesh.OVAL.index(234)
OUTLINE = mesh.OVAL[_RIGHT_EAR : _LEFT_EAR + 1]
LIPS = (*mesh.OUTER_UPPER, *mesh.OUTER_LOWER)
KEPT = (*EARS_AND_CHIN, BRIDGE, *OUTLINE, *LIPS)
"""The points that are kept of a face, in this order."""
GROWTH = 1.05  # the shape reaches a little beyond the jaw, which may open further than the frame's own
FEATHER = 0.09  # of the square's side: from nothing to all of the painted face

Thing = TypeVar("Thing")


@contextlib.contextmanager
def mesher() -> Iterator[Any]:
    """FaceMesh for single pictures, started without its chatter; what is written to stderr later is not touched."""
    with contextlib.ExitStack() as stack:
        with faces.quiet():
            model = stack.enter_context(faces.mesher())
            model.process(np.zeros((faces.CROP, faces.CROP, 3), np.uint8))  # it goes on chattering until it has worked
        yield model


def find(model: Any, image: U8, box: F32) -> F32 | None:
    """The points of the face in a box: float32 (len(KEPT), 2) px; None where the mesh finds none there.

    Args:
        box: float32 (4,) x0 y0 x1 y1 px from forehead to chin.
    """
    x0, y0, x1, y1 = (float(value) for value in box)
    measured = faces.measure(model, image, ((x0 + x1) / 2, (y0 + y1) / 2), faces.CROP_MARGIN * max(x1 - x0, y1 - y0))
    if measured is None:
        return None
    points, error = measured
    whole = np.concatenate([points[:, :2].min(axis=0), points[:, :2].max(axis=0)]).astype(np.float32)
    # As for a face that is followed: it need not prove itself as strictly as a new one.
    if error > 2 * faces.MAX_MIRROR_ERROR or faces_in.overlap(whole, box) < faces_in.SAME_FACE:
        return None
    kept: F32 = points[list(KEPT), :2].astype(np.float32)
    return kept


def square(points: F32, chin_margin: float) -> F32:
    """The part of a frame that MuseTalk sees: float32 (4,) x0 y0 x1 y1 px, the bridge of the nose at half its height.

    Args:
        points: of `find`.
        chin_margin: how far it goes on below the chin, a share of its height.
    """
    jaw, middle = points[: len(EARS_AND_CHIN)], points[len(EARS_AND_CHIN)]
    chin = jaw[:, 1].max()
    half = max(float(chin - middle[1]), 1.0)
    made = [jaw[:, 0].min(), middle[1] - half, jaw[:, 0].max(), chin + chin_margin * 2 * half]
    return np.array(made, np.float32)


def shape(points: F32, box: F32, side: int) -> F32:
    """How far each place of the square is laid back: float32 (side, side) in [0, 1].

    The lower face from under the bridge of the nose to the jaw, fading out towards its rim; 0 above and on the border.

    Args:
        points: of `find`.
        box: of `square`.
    """
    at = (points - box[:2]) * (side / (box[2:] - box[:2]))
    lips = at[-len(LIPS) :].mean(axis=0)
    rim = at[len(EARS_AND_CHIN) + 1 : -len(LIPS)]
    drawn = np.zeros((side, side), np.uint8)
    cv2.fillPoly(drawn, [np.rint((lips + GROWTH * (rim - lips)) * 16).astype(np.int32)], 1, shift=4)
    drawn[: side // 2] = 0  # the network saw the upper half and has nothing to add to it
    drawn[[0, -1]] = drawn[:, [0, -1]] = 0
    mask: F32 = eased(cv2.distanceTransform(drawn, cv2.DIST_L2, 5) / (FEATHER * side)).astype(np.float32)
    return mask


def steadied(found: Iterable[tuple[Thing, F32 | None]], radius: int) -> Iterator[tuple[Thing, F32 | None]]:
    """Points without the tremble of the mesh: the mean of as many frames before as after, never across a cut.

    Holds `radius` frames, however long the clip.

    Args:
        found: frames, or what travels with them, and their points, None where there is no face.
        radius: frames to each side.
    """
    source = iter(found)
    before: deque[F32] = deque(maxlen=radius)
    ahead: deque[tuple[Thing, F32 | None]] = deque()
    while True:
        ahead.extend(itertools.islice(source, radius + 1 - len(ahead)))
        if not ahead:
            return
        thing, points = ahead.popleft()
        if points is None:
            before.clear()
            yield thing, None
            continue
        if before and not _near(before[-1], points):
            before.clear()
        after: list[F32] = []
        for _, later in ahead:
            if later is None or not _near(after[-1] if after else points, later):
                break
            after.append(later)
        reach = min(len(before), len(after))
        window = [*list(before)[len(before) - reach :], points, *after[:reach]]
        yield thing, np.mean(window, axis=0, dtype=np.float32)
        before.append(points)


def _near(a: F32, b: F32) -> bool:
    """Are these points in following frames one face in one shot?"""
    one, other = (np.concatenate([points.min(axis=0), points.max(axis=0)]) for points in (a, b))
    return faces_in.overlap(one, other) >= faces_in.SAME_FACE
