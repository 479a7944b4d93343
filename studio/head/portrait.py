"""Make a photograph ready to speak: its size, the mesh of the face, and the region that may move."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from studio.errors import PhotoUnusable
from studio.head import faces, mesh
from studio.head.easing import eased
from studio.types import F32, U8, Face, Portrait

GOOD_FACE = 280  # px, forehead to chin: smaller faces are enlarged to it, as far as MAX_ENLARGE goes
MAX_ENLARGE = 3.0

# The region around the point between the eyes, in eye distances: crown, hair and hat, neck and shoulders.
REACH_X, REACH_UP, REACH_DOWN = 2.8, 2.6, 4.4
NEIGHBOUR_FEATHER = 0.6  # eye distances from another face to where everything may move
FEATHER = 0.4  # eye distances from the border of the region to where everything may move


def make(image: U8, face: Face | None = None, *, max_size: tuple[int, int] = (1920, 1080)) -> Portrait:
    """Make a portrait of one face in a picture.

    A picture larger than `max_size` is scaled down to fit it; one with a small face is enlarged a little, so that there
    is room for a mouth. Otherwise its pixels stay as they are, less one row or column where the size is odd.

    Args:
        image: RGB, uint8 (H, W, 3). Not changed.
        face: one of `faces.find(image)`; the largest where None.
        max_size: W, H px.

    Raises:
        FaceNotFound: no face that can speak.
        PhotoUnusable: the picture is too small to hold one.
    """
    height, width = image.shape[:2]
    if min(height, width) < faces.MIN_FACE:
        raise PhotoUnusable(f"The picture is only {width}×{height} px. Scan it again at a higher resolution.")
    if face is None:
        face = faces.choose(faces.find(image), None, image)
    scale = _scale(face, (width, height), max_size)
    scaled = _resized(image, scale, max_size)
    ratio = np.array([scaled.shape[1] / width, scaled.shape[0] / height]) if scale != 1 else np.ones(2)
    landmarks = face.landmarks * np.array([ratio[0], ratio[1], ratio.mean()], np.float32)
    landmarks = _refined(scaled, landmarks.astype(np.float32))
    region = region_of(landmarks, (scaled.shape[1], scaled.shape[0]))
    mask = feathered(region, (scaled.shape[1], scaled.shape[0]), FEATHER * mesh.eye_distance(landmarks))
    mask = np.minimum(mask, beside(landmarks, neighbours(scaled, landmarks, region), region))
    return Portrait(scaled, landmarks, region, mask, is_monochrome(scaled))


def is_monochrome(image: U8) -> bool:
    """Whether R = G = B everywhere. A sepia print is no monochrome picture: its tone is a colour."""
    return bool(np.array_equal(image[..., 0], image[..., 1]) and np.array_equal(image[..., 1], image[..., 2]))


def _scale(face: Face, size: tuple[int, int], max_size: tuple[int, int]) -> float:
    """Factor from the picture to the portrait; exactly 1 where nothing is gained by another."""
    fit = min(max_size[0] / size[0], max_size[1] / size[1])
    if fit <= 1:
        return fit
    wanted = GOOD_FACE / max(face.box[3] - face.box[1], 1)
    return float(np.clip(wanted, 1.0, min(fit, MAX_ENLARGE)))


def _resized(image: U8, scale: float, max_size: tuple[int, int]) -> U8:
    """The picture at `scale`, both sides even and within `max_size`."""
    height, width = image.shape[:2]
    if scale == 1:
        return np.ascontiguousarray(image[: height - height % 2, : width - width % 2])
    even = [
        int(np.clip(2 * round(side * scale / 2), 2, limit - limit % 2))
        for side, limit in zip((width, height), max_size, strict=True)
    ]
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    resized: U8 = cv2.resize(image, (even[0], even[1]), interpolation=how)
    return resized


def _refined(image: U8, landmarks: F32) -> F32:
    """Measure the mesh again in a crop that fits the face; the given one where that fails."""
    low, high = landmarks[:, :2].min(axis=0), landmarks[:, :2].max(axis=0)
    centre, side = (low + high) / 2, 1.7 * float((high - low).max())
    with faces.quiet(), faces.mesher() as model:
        measured = faces.measure(model, image, (float(centre[0]), float(centre[1])), side)
    if measured is None:
        return landmarks
    points, error = measured
    moved = np.linalg.norm(points[:, :2] - landmarks[:, :2], axis=1).mean() / mesh.eye_distance(landmarks)
    trusted = error <= faces.MAX_MIRROR_ERROR and moved < 0.2
    return points.astype(np.float32) if trusted else landmarks


def region_of(landmarks: F32, size: tuple[int, int]) -> tuple[int, int, int, int]:
    """x0, y0, x1, y1 px: head, neck and shoulders, cut at the picture's border.

    Args:
        landmarks: (478, 3) px.
        size: W, H px of the picture.
    """
    left, right = mesh.middle_of_eyes(landmarks)
    unit = mesh.eye_distance(landmarks)
    x, y = ((left + right) / 2)[:2]
    reach = np.array([x - REACH_X * unit, y - REACH_UP * unit, x + REACH_X * unit, y + REACH_DOWN * unit])
    x0, y0, x1, y1 = np.round(reach).astype(int)
    return int(max(x0, 0)), int(max(y0, 0)), int(min(x1, size[0])), int(min(y1, size[1]))


def neighbours(image: U8, landmarks: F32, region: tuple[int, int, int, int]) -> tuple[F32, ...]:
    """The meshes of other people's faces inside the region, float32 (478, 3) px of `image` each."""
    x0, y0, x1, y1 = region
    middle = landmarks[:, :2].mean(axis=0)
    unit = mesh.eye_distance(landmarks)
    found = []
    for face in faces.find(np.ascontiguousarray(image[y0:y1, x0:x1])):
        points = face.landmarks + np.array([x0, y0, 0], np.float32)
        if np.linalg.norm(points[:, :2].mean(axis=0) - middle) > unit:
            found.append(points)
    return tuple(found)


def beside(landmarks: F32, others: tuple[F32, ...], region: tuple[int, int, int, int]) -> F32:
    """0 over the faces of `others`, rising to 1 with the distance from them, and 1 over the face itself.

    Returns:
        float32 (y1-y0, x1-x0).
    """
    x0, y0, x1, y1 = region
    unit = mesh.eye_distance(landmarks)
    free = np.ones((y1 - y0, x1 - x0), np.uint8)
    if not others:
        return free.astype(np.float32)
    for points in others:
        cv2.fillConvexPoly(free, _outline(points, region, 1.15), 0)
    distance = cv2.distanceTransform(free, cv2.DIST_L2, 5) / (NEIGHBOUR_FEATHER * unit)
    own = np.zeros_like(free)
    cv2.fillConvexPoly(own, _outline(landmarks, region, 1.0), 1)
    own_soft = cv2.GaussianBlur(own.astype(np.float32), (0, 0), 0.08 * unit) * free
    mask: F32 = np.maximum(eased(distance), own_soft).astype(np.float32)
    return mask


def _outline(landmarks: F32, region: tuple[int, int, int, int], grow: float) -> NDArray[np.int32]:
    """The convex outline of a mesh in px of the region, grown about its middle: int32 (P, 1, 2)."""
    points = landmarks[:, :2] - np.array(region[:2], np.float32)
    middle = points.mean(axis=0)
    grown = np.round(middle + (points - middle) * grow).astype(np.int32)
    hull: NDArray[np.int32] = cv2.convexHull(grown)
    return hull


def feathered(region: tuple[int, int, int, int], size: tuple[int, int], feather: float) -> F32:
    """1 inside the region, falling to 0 over `feather` px at the sides of it that lie inside the picture.

    Returns:
        float32 (y1-y0, x1-x0).
    """
    x0, y0, x1, y1 = region

    def ramp(start: int, stop: int, limit: int) -> F32:
        at = np.arange(stop - start, dtype=np.float32)
        low = at / feather if start > 0 else np.full_like(at, np.inf)
        high = (stop - start - 1 - at) / feather if stop < limit else np.full_like(at, np.inf)
        smooth: F32 = eased(np.minimum(low, high)).astype(np.float32)
        return smooth

    mask: F32 = np.outer(ramp(y0, y1, size[1]), ramp(x0, x1, size[0])).astype(np.float32)
    return mask
