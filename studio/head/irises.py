"""Eyes that look elsewhere: the iris of the photograph moves, and what lies around it gives way.

The photograph itself is bent, before anything else moves: wholly on the iris, less and less towards the corners of the
eye and beyond the lids. The upper lid goes up and down with the iris, as lids do. Nothing is cut along the lids, where
a mesh that is a pixel off would show. Light mirrored in the cornea turns less than the iris: it is lifted off first and
put back where it belongs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from studio.head import mesh
from studio.head.openings import Box, Opening
from studio.head.rig import Rig, smooth_step
from studio.head.tone import LUMA
from studio.types import F32, U8

# The iris lies 10 mm in front of the point that an eye turns about (13.5 mm behind the cornea's apex: Fry & Hill 1962),
# the middle of the cornea's curve 5.7 mm (its radius is 7.8 mm), and eyes are 63 mm apart (Dodgson 2004). A mirrored
# lamp goes with the middle of the curve.
TRAVEL = 10.0 / 63.0  # eye distances per unit of sin(look)
GLINT_SHARE = 5.7 / 10.0

SMALLEST = 2.5  # px: radius of an iris that can still be told from its surroundings
_MOVED, _STILL = 1.08, 2.1  # radii: what turns wholly, and from where nothing does
_FREE = 0.85  # radii: how far the lids must be apart in the photograph
_CONTRAST = 0.10  # of the face's range from black to bright: how much lighter the white must be than the iris
# Eye distances beyond the lids over which the turn dies away. Sideways it is only a slant; down, the lower lid gives
# way a little: skin is pushed together by a third at most.
_ASIDE_REACH, _DOWN_REACH = 0.03, 0.08
_SIDES = np.radians(np.concatenate([np.arange(-40, 41, 8), np.arange(140, 221, 8)]))


@dataclass(frozen=True, eq=False)
class Eye:
    """One eye of a portrait. Arrays cover a box of the region at twice the resolution, as Stage.fine does."""

    box: Box
    """x0, y0, x1, y1 px of the region."""
    travel: float
    """px of the region per unit of sin(look)."""
    bare: F32
    """float32 (2h, 2w, C): the photograph without mirrored light."""
    glint: F32
    """float32 (2h, 2w, C): the mirrored light."""
    share: F32
    """float32 (2h, 2w, 2) in [0, 1]: how much of the iris' way each place goes, x and y."""


def prepare(image: U8, fine: U8, rig: Rig, opens: Sequence[Opening]) -> tuple[Eye, ...]:
    """Find both irises; empty where the photograph does not show two eyes well enough to turn them.

    Closed, narrow or tiny eyes, dark glasses and irises as light as the white stay as they are, both together.

    Args:
        image: RGB, uint8 (h, w, 3): the portrait's region.
        fine: uint8 (2h, 2w, 1 or 3): the region at twice the resolution.
        opens: of the eyes, the picture's left one first.
    """
    grey = (image.astype(np.float32) @ LUMA).astype(np.float32)
    dark, bright = np.percentile(grey[_around(rig, grey.shape)], (2, 98))
    found = []
    for opening, points in zip(opens, mesh.IRISES, strict=True):
        centre, radius, contrast = _circle(grey, rig.points[list(points)], opening)
        gap = float(np.median(np.linalg.norm(opening.rest_lower - opening.rest_upper, axis=1)[2:-2]))
        if radius < SMALLEST or gap < _FREE * radius or contrast < _CONTRAST * (bright - dark):
            return ()
        found.append(_eye(fine, opening, centre, radius, rig.stance.scale))
    return tuple(found)


def _around(rig: Rig, shape: tuple[int, ...]) -> tuple[slice, slice]:
    """The face's part of the region."""
    low = np.clip(rig.points.min(axis=0), 0, None).astype(int)
    high = np.minimum(np.ceil(rig.points.max(axis=0)).astype(int), shape[1::-1])
    return slice(low[1], high[1]), slice(low[0], high[0])


def _circle(grey: F32, points: F32, opening: Opening) -> tuple[F32, float, float]:
    """Middle and radius of an iris, px, and how much lighter its surroundings are at its sides.

    FaceMesh is off by a pixel or two: of the circles near its own the one with the steepest edge to the left and right
    is taken (Daugman's integro-differential operator, 1993, on the arcs that lids leave free).

    Args:
        points: float32 (5, 2) px: middle and rim of the mesh's iris.
    """
    rim = float(np.linalg.norm(points[1:] - points[0], axis=1).mean())
    soft = cv2.GaussianBlur(grey, (0, 0), max(0.6, 0.08 * rim))
    dx, dy, grow = np.meshgrid(np.linspace(-0.2, 0.2, 9), np.linspace(-0.1, 0.1, 5), np.linspace(0.9, 1.1, 5))
    middle = points[0] + rim * np.stack([dx.ravel(), dy.ravel()], axis=-1)
    radius = rim * grow.ravel()
    arms = np.stack([np.cos(_SIDES), np.sin(_SIDES)], axis=-1)

    def ring(share: float) -> tuple[F32, F32]:
        at = (middle[:, None] + share * radius[:, None, None] * arms).astype(np.float32)
        light: F32 = cv2.remap(soft, at, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return light, at

    inner, _ = ring(0.85)
    outer, at = ring(1.18)
    above, below = _beyond(at, opening)
    seen = ((above < 0) & (below < 0)).astype(np.float32)
    edge = ((outer - inner) * seen).sum(axis=1) / np.maximum(seen.sum(axis=1), 1e-6)
    # Not far from where the mesh has it, unless there is a reason.
    far = (dx**2 + dy**2).ravel() / 0.2**2 + ((grow - 1) ** 2).ravel() / 0.1**2
    best = int(np.argmax(edge - 0.15 * np.abs(edge).max() * far))
    return middle[best].astype(np.float32), float(radius[best]), float(edge[best])


def _beyond(at: F32, opening: Opening) -> tuple[F32, F32]:
    """How far places (..., 2) px lie above the upper lid and below the lower one of the photograph, px.

    Past the corners of the eye the lids go on as they end.
    """
    rest = opening.rest()
    top, bottom = (edge[np.argsort(edge[:, 0])] for edge in (rest.upper, rest.lower))
    above = np.interp(at[..., 0], top[:, 0], top[:, 1]) - at[..., 1]
    below = at[..., 1] - np.interp(at[..., 0], bottom[:, 0], bottom[:, 1])
    return above.astype(np.float32), below.astype(np.float32)


def _eye(fine: U8, opening: Opening, centre: F32, radius: float, unit: float) -> Eye:
    height, width = fine.shape[0] // 2, fine.shape[1] // 2
    reach = (_STILL + 0.2) * radius + TRAVEL * unit * 0.15
    x0, y0 = np.maximum(np.floor(centre - reach), 0).astype(int)
    x1, y1 = np.minimum(np.ceil(centre + reach), [width, height]).astype(int)
    crop = fine[2 * y0 : 2 * y1, 2 * x0 : 2 * x1].astype(np.float32)
    grid = np.stack(np.meshgrid(np.arange(crop.shape[1]), np.arange(crop.shape[0])), axis=-1)
    at = (grid / 2 + [x0, y0]).astype(np.float32)
    away = (np.linalg.norm(at - centre, axis=-1) / radius).astype(np.float32)
    above, below = _beyond(at, opening)
    turns = 1 - smooth_step(_MOVED, _STILL, away)
    aside = turns * (1 - smooth_step(0, _ASIDE_REACH * unit, np.maximum(above, below)))
    down = turns * (1 - smooth_step(0, _DOWN_REACH * unit, below))
    glint = _mirrored(crop, (np.maximum(above, below) < -0.5) & (away < 0.9), radius)
    box = (int(x0), int(y0), int(x1), int(y1))
    return Eye(box, TRAVEL * unit, crop - glint, glint, np.stack([aside, down], axis=-1))


def _mirrored(crop: F32, inside: NDArray[np.bool_], radius: float) -> F32:
    """Small bright spots on the iris: float32 (2h, 2w, C) ≥ 0, what to lift off.

    A spot that reaches the rim or a lid is left where it is: half of it lifted would be two.

    Args:
        inside: bool (2h, 2w): on the iris and between the lids.
    """
    side = 1 + 2 * round(0.6 * radius)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    spot = np.maximum(crop - cv2.morphologyEx(crop, cv2.MORPH_OPEN, disc).reshape(crop.shape), 0)
    light = spot.mean(axis=2)
    # The grain of the photograph is no mirrored light.
    noise = float(np.median(light[inside])) if inside.any() else 0.0
    _, spots = cv2.connectedComponents((light > 3 * noise + 12).astype(np.uint8))
    whole = np.setdiff1d(np.unique(spots), [0, *np.unique(spots[~inside])])
    kept = np.isin(spots, whole).astype(np.uint8)
    soft = cv2.GaussianBlur(cv2.dilate(kept, np.ones((3, 3), np.uint8)).astype(np.float32), (0, 0), 0.8)
    lifted: F32 = (spot * soft[..., None]).astype(np.float32)
    return lifted


def turned(fine: U8, eyes: Sequence[Eye], look: tuple[float, float]) -> U8:
    """The photograph as if these eyes looked elsewhere: a copy of `fine`.

    Args:
        fine: uint8 (2h, 2w, 1 or 3).
        look: rad, x and y.
    """
    other = fine.copy()
    for eye in eyes:
        x0, y0, x1, y1 = eye.box
        height, width = eye.share.shape[:2]
        grid = np.stack(np.meshgrid(np.arange(width), np.arange(height)), axis=-1).astype(np.float32)
        way = (2 * eye.travel * np.sin(np.asarray(look))).astype(np.float32)
        # Where does this place come from? One step of a fixed-point iteration is exact to a hundredth of the way.
        shift = way * _read(eye.share, grid - way * eye.share)
        drawn = _read(eye.bare, grid - shift) + _read(eye.glint, grid - np.float32(GLINT_SHARE) * shift)
        other[2 * y0 : 2 * y1, 2 * x0 : 2 * x1] = np.clip(np.rint(drawn), 0, 255).astype(np.uint8)
    return other


def _read(layer: F32, at: F32) -> F32:
    read: F32 = cv2.remap(layer, at, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE).reshape(layer.shape)
    return read
