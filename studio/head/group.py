"""Several people in one photograph: a portrait of each, no pixel of which belongs to two, and their frames in one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import cv2
import numpy as np

from studio.errors import FaceNotFound
from studio.head import mesh, portrait
from studio.head.easing import eased
from studio.types import F32, U8, Face, FrameSource, Portrait

FEATHER = 0.6  # eye distances over which a person's share of the picture fades towards the line between two people


def make(image: U8, faces: Sequence[Face], *, max_size: tuple[int, int] = (1920, 1080)) -> tuple[Portrait, ...]:
    """Portraits of several faces in one picture, in the order given: they share its pixels at one size.

    Args:
        image: RGB, uint8 (H, W, 3). Not changed.
        faces: of `faces.find(image)`, each fit to speak; at least one.
        max_size: W, H px.

    Raises:
        FaceNotFound: one face is named twice.
        PhotoUnusable: the picture is too small.
    """
    if len({face.box for face in faces}) < len(faces):
        raise FaceNotFound(
            "Two people are at the same face in this picture. Give each their own, counted from the left, or a point."
        )
    # The smallest face decides how far the picture is enlarged: every mouth has room then.
    smallest = min(faces, key=lambda face: face.box[3] - face.box[1])
    first = portrait.make(image, smallest, max_size=max_size)
    height, width = first.image.shape[:2]
    ratio = np.array([width / image.shape[1], height / image.shape[0]])
    if np.abs(ratio - 1).max() * max(image.shape[:2]) < 2:  # a row or column less, to be even: nothing was scaled
        ratio = np.ones(2)
    scale = np.array([*ratio, ratio.mean()], np.float32)

    def seated(face: Face) -> Portrait:
        points = (face.landmarks * scale).astype(np.float32)
        return portrait.make(first.image, Face(points, face.box), max_size=(width, height))

    return apart([first if face is smallest else seated(face) for face in faces])


def apart(portraits: Sequence[Portrait]) -> tuple[Portrait, ...]:
    """The same portraits, their masks faded out towards each other: where one is above 0, all others are 0.

    A place belongs to the nearest face, measured in that face's own eye distances: whoever is larger reaches further.
    """
    away = [_distance(one) for one in portraits]
    made = []
    for i, one in enumerate(portraits):
        x0, y0, x1, y1 = one.region
        others = [distance[y0:y1, x0:x1] for j, distance in enumerate(away) if j != i]
        if not others:
            return (one,)
        share = eased((np.min(others, axis=0) - away[i][y0:y1, x0:x1]) / FEATHER)
        made.append(replace(one, mask=(one.mask * share).astype(np.float32)))
    return tuple(made)


def _distance(one: Portrait) -> F32:
    """How far each pixel of the picture is from a face, eye distances of that face: float32 (H, W), 0 on it."""
    free = np.ones(one.image.shape[:2], np.uint8)
    hull = cv2.convexHull(np.round(one.landmarks[:, :2]).astype(np.int32))
    cv2.fillConvexPoly(free, hull, 0)
    distance: F32 = cv2.distanceTransform(free, cv2.DIST_L2, 5) / np.float32(mesh.eye_distance(one.landmarks))
    return distance


def together(portraits: Sequence[Portrait], acted: Sequence[FrameSource]) -> FrameSource:
    """One picture in which all of them move: each pixel is taken from the one whose mask holds it.

    Args:
        portraits: of `make`.
        acted: frames of the whole picture, one source a portrait, all of one length and rate.
    """
    if len(acted) == 1:
        return acted[0]
    boxes = [one.region for one in portraits]
    held = [(one.mask > 0).astype(np.uint8) for one in portraits]

    def frames() -> Iterator[U8]:
        for shown in zip(*(source.open() for source in acted), strict=True):
            frame = shown[0]
            for (x0, y0, x1, y1), mask, other in zip(boxes[1:], held[1:], shown[1:], strict=True):
                cv2.copyTo(other[y0:y1, x0:x1], mask, frame[y0:y1, x0:x1])
            yield frame

    return replace(acted[0], open=frames)
