"""Closed eyes: the skin of the upper lid, which an open eye keeps folded away, and the line of its lashes.

What lies above an open eye in a photograph is a crease, lashes and their shadow; stretched over the eye they make a
dark smear. So the lid is painted: from the skin of the crease to the skin under the eye, with the photograph's grain.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from studio.head.openings import Along, Edges, Opening
from studio.head.rig import LID_ROWS, Rig, smooth_step
from studio.head.tone import LUMA, TILE, Tone
from studio.types import F32, U8

# Rows of points under each eye, corner to corner.
UNDER_EYES = ((25, 110, 24, 23, 22, 26, 112), (341, 256, 252, 253, 254, 339, 255))
LASH_WIDTH = 0.02  # eye distances
COVERING = 0.94  # of the stretched skin is hidden by the painted one


@dataclass(frozen=True, eq=False)
class Lid:
    """What is constant about one upper lid."""

    opening: Opening
    crease: F32
    """float32 (7, 2) px of the region: the row of points along the crease, left to right."""
    crease_moves: F32
    """float32 (F, 7, 2) px: what each field does to them."""
    top: F32
    """float32 (7, 3): RGB of the lid at the crease."""
    bottom: F32
    """float32 (7, 3): RGB at the lashes."""
    lash: F32
    """float32 (3,): RGB of the lashes."""
    reach: float
    """How far above the crease the painted skin begins, in heights of the closed lid."""
    unit: float
    """Eye distance, px."""


def prepare(image: U8, rig: Rig, opening: Opening, eye: int) -> Lid:
    """Prepare the upper lid of the picture's left (0) or right (1) eye.

    Args:
        image: RGB, uint8: the portrait's region.
    """
    unit = rig.stance.scale
    row, over, under = (
        sorted(points[eye], key=lambda i: rig.points[i, 0])
        for points in (LID_ROWS[0].points, LID_ROWS[1].points, UNDER_EYES)
    )
    soft = cv2.GaussianBlur(image, (0, 0), max(1.0, 0.035 * unit))
    crease, fold, below = (_along(_read(soft, rig.points[which])) for which in (row, over, under))
    # Deep-set and painted eyes have their lashes where the mesh has the crease: the skin is further up.
    light, lighter = crease @ LUMA, fold @ LUMA
    skin = np.where((light >= lighter)[:, None], crease, fold)
    spoilt = float(np.clip((lighter - light) / np.maximum(0.3 * lighter, 1), 0, 1).mean())
    near = _read(cv2.GaussianBlur(image, (0, 0), max(0.8, 0.012 * unit)), opening.rest_upper)
    darkest = near[np.argsort(near @ LUMA)[: max(2, len(near) // 3)]].mean(axis=0)
    points = rig.points[row]
    return Lid(
        opening=opening,
        crease=points,
        crease_moves=np.stack([rig.grid.sample(field, points) for field in rig.upper]),
        top=0.35 * crease + 0.35 * skin + 0.3 * below,
        bottom=0.25 * crease + 0.2 * skin + 0.55 * below,
        lash=np.minimum(darkest, below.mean(axis=0) * 0.55).astype(np.float32),
        reach=0.6 + 1.0 * spoilt,
        unit=unit,
    )


def _read(image: U8, points: F32) -> F32:
    """RGB at points (P, 2) px → float32 (P, 3)."""
    at = points.reshape(1, -1, 2).astype(np.float32)
    found: F32 = cv2.remap(image, at, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)[0].astype(np.float32)
    return found


def _along(colours: F32) -> F32:
    """Colours along a row (P, 3), without the odd glint or hair: running median of three, then a running mean."""
    padded = np.pad(colours, ((1, 1), (0, 0)), mode="edge")
    steady = np.median(np.stack([padded[:-2], padded[1:-1], padded[2:]]), axis=0)
    padded = np.pad(steady, ((1, 1), (0, 0)), mode="edge")
    even: F32 = ((padded[:-2] + 2 * padded[1:-1] + padded[2:]) / 4).astype(np.float32)
    return even


def draw(frame: F32, lid: Lid, edges: Edges, at: Along, crease: F32, blink: float, tone: Tone) -> None:
    """Paint the lid and its lashes into a frame's box (float32 (h, w, 3) RGB, changed).

    Args:
        edges: of the eye's opening in this frame.
        at: the pixels of the box along them.
        crease: float32 (7, 2) px of the region: where the crease is in this frame.
        blink: 0 … 1.
    """
    unit = lid.unit
    x0, y0, x1, y1 = lid.opening.box
    x = np.arange(x0, x1, dtype=np.float32)
    y = np.arange(y0, y1, dtype=np.float32)[:, None]
    order = np.argsort(edges.upper[:, 0])
    bottom = np.interp(x, edges.upper[order, 0], edges.upper[order, 1]).astype(np.float32)
    # The crease runs into the corners of the eye.
    row = np.concatenate([edges.upper[:1], crease, edges.upper[-1:]])
    row = row[np.argsort(row[:, 0])]
    top = np.minimum(np.interp(x, row[:, 0], row[:, 1]), bottom - 0.5).astype(np.float32)
    down = (y - top) / np.maximum(bottom - top, 1.0)
    inside = np.minimum(smooth_step(-lid.reach, 0.25, down), 1 - smooth_step(1.0, 1.0 + 0.02 * unit / 8, down))
    # Softly into the corners: within a few lashes at the rim, over a third of the lid at the crease.
    soft = (0.07 + 0.17 * np.clip(1 - down, 0, 1)) * unit
    ends = np.minimum(x - edges.upper[0, 0], edges.upper[-1, 0] - x) / soft - 0.25 * np.maximum(-down, 0)
    weight = (
        inside * smooth_step(0.0, 1.0, ends) * float(smooth_step(0.12, 0.6, np.array(blink, np.float32))) * COVERING
    )
    upper, lower = (
        np.stack([np.interp(x, crease[:, 0], row[:, c]) for c in range(3)], axis=-1).astype(np.float32)[None]
        for row in (lid.top, lid.bottom)
    )
    t = np.clip(down, 0, 1)[..., None]
    # A lid is a ball: a little lighter in its middle, darker where it turns under to the lashes.
    skin = (upper + t * (lower - upper)) * (0.97 + 0.10 * np.sin(np.pi * t) - 0.10 * t**3)
    skin = skin + _grain(lid.opening, tone)[..., None]
    frame += weight[..., None] * (skin - frame)
    line = _line(at, LASH_WIDTH * unit)[..., None] * float(smooth_step(0.0, 0.7, np.array(blink, np.float32)))
    frame += 0.85 * line * (np.minimum(lid.lash, frame) - frame)


def _grain(opening: Opening, tone: Tone) -> F32:
    x0, y0, x1, y1 = opening.box
    grain: F32 = tone.grain[(np.arange(y0, y1) % TILE)[:, None], (np.arange(x0, x1) % TILE)[None]]
    return grain


def _line(at: Along, width: float) -> F32:
    """A soft line along the upper edge: float32 (h, w) in [0, 1], thinner towards the corners."""
    ends = np.clip(np.minimum(at.a, at.length - at.a) / (0.3 * at.length), 0, 1)
    half = 0.5 * width * np.sqrt(ends) + 1e-3
    # A hair above the edge: lashes stand on the lid, not on the eye.
    line: F32 = np.exp(-0.5 * ((at.b - at.upper + 0.3 * width) / (half + 0.35)) ** 2) * ends.astype(np.float32)
    thin: F32 = (line * np.clip(2 * half / (2 * half + 0.7), 0, 1)).astype(np.float32)
    return thin
