"""Is it still the same person? Every face is measured before and after, and a step that fails is not taken.

Four things are looked at: where the features stand (FaceMesh), what eyes, nose and mouth look like (structural
similarity, Wang et al. 2004, on tones matched to each other, so that brightness and contrast may change), the colour of
the irises against the skin, and ArcFace's identity where its weights are here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

import cv2
import numpy as np

from studio.head import faces, mesh
from studio.head.mesh import F64
from studio.head.shapes import basis
from studio.media.scan import Pixels
from studio.restoration.people import NOSE, feature_mask
from studio.restoration.photo import Box, View, around, as_rgb8
from studio.types import F32, U8

UNIT = 56.0  # px between the eyes at which faces are compared: finer is grain, and no one is known by it
WIDE = 3.0  # eye distances across the patch that is compared
MARGIN = 1.6  # of the box of a mesh: what is cut out around a face
REACH = 1.5  # of it: what FaceMesh is shown
SMALLEST = 12.0  # px between the eyes: in smaller faces there is nothing to measure
SMOOTHING, WINDOW = 1.0, 2.2  # px: of both pictures; of the window of SSIM
STABLE = 4.0 / 255  # standard deviation below which a patch of skin has no structure to compare

# From 23 portraits of 1855–2020, each step of this room at full strength against faces whose eyes, nose or mouth were
# moved, exchanged or smoothed away; benchmarks/restoration.py measures both again.
MOST_MOVED = 0.055  # eye distances, mean over brows, eyes, nose and mouth
LEAST_ALIKE = 0.90  # structural similarity of the least similar of eyes, nose and mouth
MOST_COLOUR = 9.0  # Lab units that an iris may shift against the skin
LEAST_IDENTITY = 0.60  # ArcFace's cosine; different people are below .3, two photos of one person above .4
FEATURES = ("eyes", "nose", "mouth")
ARCFACE = ("insightface", "insightface-small")  # the better one first


@dataclass(frozen=True)
class Likeness:
    """One face, after against before."""

    moved: float | None
    """Mean distance of brows, eyes, nose and mouth, eye distances; None where no face is seen any more."""
    eyes: float
    nose: float
    mouth: float
    """Structural similarity, 1 the same."""
    iris: float | None
    """How far the irises shifted against the skin in Lab's a and b; None in photos without colour."""
    identity: float | None
    """ArcFace's cosine; None where its weights are not here."""

    @property
    def objection(self) -> str:
        """Why this is not the same person any more; "" where nothing speaks against it."""
        if self.moved is None:
            return "no face is seen any more"
        if self.moved > MOST_MOVED:
            return f"the features have moved by {self.moved:.3f} eye distances (at most {MOST_MOVED})"
        for name in FEATURES:
            value = getattr(self, name)
            if value < LEAST_ALIKE:
                looks = f"{name} look" if name == "eyes" else f"{name} looks"
                return f"the {looks} different (similarity {value:.2f}, at least {LEAST_ALIKE})"
        if self.iris is not None and self.iris > MOST_COLOUR:
            return f"the irises have changed colour by {self.iris:.1f} Lab units (at most {MOST_COLOUR:.0f})"
        if self.identity is not None and self.identity < LEAST_IDENTITY:
            return f"ArcFace sees another person (cosine {self.identity:.2f}, at least {LEAST_IDENTITY})"
        return ""

    def as_data(self) -> dict[str, float | None]:
        """For the record, rounded."""
        return {name: None if value is None else round(value, 4) for name, value in asdict(self).items()}


@dataclass(frozen=True, eq=False)
class Sitter:
    """One face as it was before anything was done."""

    box: Box
    """px of the photo around the face; what is given to `compare` is this part of it."""
    image: U8
    """RGB, uint8 (h, w, 3): that part."""
    mesh: F64
    """float64 (478, 3) px of it."""
    seen: F64 | None
    """The mesh as it is found in this part alone, the way it is looked for after; None where it is not found again."""
    coloured: bool
    untold: U8 | None
    """uint8 (h, w), 255 where somebody has drawn a tear: there the picture may change."""


Identity = Callable[[U8, F64], F32]
"""(picture, mesh) → whose face it is."""


def sitters(seen: View, drawn: U8 | None = None) -> tuple[Sitter, ...]:
    """The faces of a photo before it is restored.

    Args:
        drawn: a drawn mask of tears, uint8 (H, W) of the photo.
    """
    found = []
    with _looking() as model:
        for points in seen.meshes:
            if mesh.eye_distance(points) < SMALLEST:
                continue
            box = _box(points, seen.size)
            x0, y0, x1, y1 = box
            image = np.ascontiguousarray(as_rgb8(seen.pixels[y0:y1, x0:x1]))
            own = points - [x0, y0, 0]
            untold = None if drawn is None else np.ascontiguousarray(drawn[y0:y1, x0:x1])
            found.append(Sitter(box, image, own, _again(model, image, own), seen.tone == "colour", untold))
    return tuple(found)


def compare(people: Sequence[Sitter], after: Sequence[Pixels]) -> tuple[Likeness, ...]:
    """Measure faces against what they were.

    Args:
        after: for each sitter the part of the restored photo in their box, uint8 or uint16 (h, w, C).
    """
    with _looking() as model:
        return tuple(_compared(model, one, pixels) for one, pixels in zip(people, after, strict=True))


def _compared(model: Any, sitter: Sitter, after: Pixels) -> Likeness:
    image = np.ascontiguousarray(as_rgb8(after))
    look = identifier()
    if np.array_equal(image, sitter.image):
        return Likeness(0.0, 1.0, 1.0, 1.0, 0.0 if sitter.coloured else None, None if look is None else 1.0)
    again = _again(model, image, sitter.mesh)
    # A face that FaceMesh did not see in the damaged photo cannot be lost by it.
    before = sitter.seen if sitter.seen is not None else again
    moved = 0.0 if before is None else None if again is None else _moved(before, again)
    iris = None
    if sitter.coloured and not _is_grey(image):
        expected = _recoloured(sitter.image, image)
        iris = float(np.linalg.norm(_iris(image, sitter.mesh) - _iris(expected, sitter.mesh)))
    cosine = None if look is None else float(look(sitter.image, sitter.mesh) @ look(image, sitter.mesh))
    return Likeness(moved, *_alike(sitter, image), iris, cosine)


@cache
def identifier() -> Identity | None:
    """ArcFace, where its weights are here: unit vectors."""
    from studio.head import engines
    from studio.head.engines.landmarks import Seen

    usable = [name for name in ARCFACE if not engines.obstacle(engines.find(name), commercial=False)]
    if not usable:
        return None
    engine: Any = engines.load(usable[0])

    def look(image: U8, points: F64) -> F32:
        low, high = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
        box = float(low[0]), float(low[1]), float(high[0]), float(high[1])
        vector: F32 = engine.identity(image, Seen(points[:, :2].astype(np.float32), "facemesh478", box, 1.0))
        return vector

    return look


def _box(points: F64, size: tuple[int, int]) -> Box:
    low, high = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
    spare = round((MARGIN - 1) / 2 * float(max(high - low)))
    whole = int(low[0]), int(low[1]), int(np.ceil(high[0])), int(np.ceil(high[1]))
    return around(whole, spare, size)


@contextmanager
def _looking() -> Iterator[Any]:
    """FaceMesh, started once for all the faces of a photo."""
    with faces.quiet(), faces.mesher() as model:
        yield model


def _again(model: Any, image: U8, points: F64) -> F64 | None:
    """The mesh as FaceMesh sees it in a part of the photo: (478, 3) px, or None."""
    low, high = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
    centre = float((low[0] + high[0]) / 2), float((low[1] + high[1]) / 2)
    found = faces.measure(model, image, centre, REACH * float(max(high - low)))
    return None if found is None else found[0]


def _moved(before: F64, after: F64) -> float:
    """Mean distance of the features between two meshes of one picture, eye distances.

    In each face's own upright frame: a mesh that turned as a whole is not another face.
    """
    neutral = basis().neutral
    picked = [*mesh.OUTER_UPPER, *mesh.OUTER_LOWER, *NOSE]
    for rows in (*mesh.UPPER_LIDS, *mesh.LOWER_LIDS, *mesh.BROWS):
        picked += list(rows)
    a, b = (mesh.upright(points.astype(np.float32), neutral).own(points)[picked, :2] for points in (before, after))
    away = a - b
    return float(np.linalg.norm(away - away.mean(axis=0), axis=1).mean())


def _upright(points: F64) -> F64:
    """float64 (2, 3): px of the picture → px of the patch that is compared."""
    left, right = (eye[:2] for eye in mesh.middle_of_eyes(points))
    across = right - left
    unit = float(np.hypot(*across))
    c, s = across / unit * (UNIT / unit)
    turn = np.array([[c, s], [-s, c]])
    middle = turn @ ((left + right) / 2)
    placed: F64 = np.column_stack([turn, np.array([WIDE * UNIT / 2, WIDE * UNIT * 0.32]) - middle])
    return placed


def _patch(image: U8, place: F64) -> F32:
    """The face upright at the scale of comparison, float32 (h, w, 3) in [0, 1]."""
    scale = float(np.sqrt(abs(np.linalg.det(place[:, :2]))))
    shown = image.astype(np.float32) / 255
    if scale < 0.9:
        shown = cv2.GaussianBlur(shown, (0, 0), 0.45 / scale)
    side = round(WIDE * UNIT)
    taken = cv2.warpAffine(shown, place, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(taken, np.float32)


def _alike(sitter: Sitter, image: U8) -> tuple[float, float, float]:
    """Structural similarity of eyes, nose and mouth."""
    place = _upright(sitter.mesh)
    a, b = (cv2.cvtColor(_patch(one, place), cv2.COLOR_RGB2GRAY) for one in (sitter.image, image))
    a, b = (cv2.GaussianBlur(one, (0, 0), SMOOTHING) for one in (a, b))
    points = sitter.mesh.copy()
    points[:, :2] = points[:, :2] @ place[:, :2].T + place[:, 2]
    similar = _structure(a, b)
    told = np.ones(a.shape, bool)
    if sitter.untold is not None:
        drawn = cv2.warpAffine(sitter.untold, place, a.shape[1::-1])
        told = cv2.dilate(drawn, np.ones((9, 9), np.uint8)) == 0
    values = []
    for where in _parts(points, a.shape):
        inside = (where > 0) & told
        values.append(float(similar[inside].mean()) if inside.sum() > 20 else 1.0)
    return values[0], values[1], values[2]


def _parts(points: F64, shape: tuple[int, int]) -> tuple[U8, U8, U8]:
    """Eyes with brows, nose, mouth: uint8 (h, w) each."""
    whole = feature_mask(points, shape)
    nose, mouth = np.zeros(shape, np.uint8), np.zeros(shape, np.uint8)
    for drawn, ring in ((nose, NOSE), (mouth, (*mesh.OUTER_UPPER, *mesh.OUTER_LOWER))):
        hull = cv2.convexHull(np.round(points[list(ring), :2]).astype(np.int32))
        cv2.fillConvexPoly(drawn, hull, 255)
    around_mouth = cv2.dilate(mouth, np.ones((13, 13), np.uint8))
    below = round(float(points[[33, 133, 362, 263], 1].mean() + 0.28 * UNIT))
    eyes = whole.copy()
    eyes[below:] = 0
    return eyes, nose, around_mouth


def _structure(a: F32, b: F32) -> F32:
    """Local correlation of two patches, float32 (h, w): SSIM's structure, which light and contrast leave alone.

    Where neither has any structure, they agree.
    """

    def mean(x: F32) -> F32:
        return np.asarray(cv2.GaussianBlur(x, (0, 0), WINDOW), np.float32)

    m_a, m_b = mean(a), mean(b)
    v_a, v_b = np.maximum(mean(a * a) - m_a**2, 0), np.maximum(mean(b * b) - m_b**2, 0)
    both = mean(a * b) - m_a * m_b
    # Contrast may have been stretched everywhere alike; what was flattened against the rest of the face counts.
    gain = float(np.sqrt(np.median(v_b) / max(float(np.median(v_a)), 1e-9)))
    gain = float(np.clip(gain, 0.4, 2.5))
    floor = STABLE**2
    structure = (both + floor) / (np.sqrt(v_a * v_b) + floor)
    contrast = (2 * gain * np.sqrt(v_a * v_b) + floor) / (gain**2 * v_a + v_b + floor)
    return np.asarray(structure * contrast, np.float32)


def _is_grey(image: U8) -> bool:
    return bool(np.ptp(image, axis=2).max() == 0)


def _recoloured(before: U8, after: U8) -> U8:
    """A face in the light of another picture of it: what was done to all colours alike is done to these too."""
    a, b = before.reshape(-1, 3).astype(np.float64), after.reshape(-1, 3).astype(np.float64)
    spread = np.maximum(a.std(axis=0), 1e-3)
    moved = (a - a.mean(axis=0)) * (b.std(axis=0) / spread) + b.mean(axis=0)
    return np.asarray(np.clip(np.round(moved), 0, 255), np.uint8).reshape(before.shape)


def _iris(image: U8, points: F64) -> F64:
    """Colour of the irises against the skin below the eyes, (a, b) of Lab."""
    lab = cv2.cvtColor(image.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    unit = mesh.eye_distance(points)
    iris, skin = np.zeros(image.shape[:2], np.uint8), np.zeros(image.shape[:2], np.uint8)
    for ring in mesh.IRISES:
        centre = points[ring[0], :2]
        radius = 0.75 * float(np.linalg.norm(points[list(ring[1:]), :2] - centre, axis=1).mean())
        cv2.circle(iris, (round(centre[0]), round(centre[1])), max(1, round(radius)), 255, -1)
    for cheek in (205, 425):
        at = points[cheek, :2]
        cv2.circle(skin, (round(at[0]), round(at[1])), max(2, round(0.18 * unit)), 255, -1)
    found: F64 = np.median(lab[iris > 0][:, 1:], axis=0) - np.median(lab[skin > 0][:, 1:], axis=0)
    return found.astype(np.float64)
