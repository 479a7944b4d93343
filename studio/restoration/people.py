"""Where the people are in a photo, and what of them no automatic repair may touch."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from studio.head import matte, mesh
from studio.head.mesh import F64
from studio.restoration.photo import View, as_rgb8
from studio.types import U8

# In eye distances, about 63 mm of a face.
FEATURE_GROWN = 0.14  # lashes, lid creases, the rim of the lips
BROW_GROWN = 0.10
EAR = 0.55  # around the ear and what hangs from it
HEAD_UP, HEAD_WIDE, HEAD_DOWN = 1.9, 1.9, 2.6  # hair and hat, from between the eyes
TORSO_WIDE = 3.4
NECK_WIDE, NECK_DOWN = 1.5, 1.6  # collar and necklace, from the chin
SEEN = 0.6  # of the matte: from here on a pixel is a person's
HAIR = 0.012  # of the long side: loose strands around a head
# Bridge, tip, wings and nostrils: what a nose is known by.
# fmt: off
NOSE = (
    168, 193, 245, 188, 174, 217, 126, 209, 49, 48, 64, 98, 97, 2, 326, 327, 294, 278, 279, 429, 355, 437,
    399, 412, 465, 417,
)
# fmt: on


@dataclass(frozen=True, eq=False)
class Zones:
    """Masks over the small view, uint8 (h, w), 255 inside."""

    features: U8
    """Eyes with lashes and brows, nose, mouth: never touched."""
    adorned: U8
    """Ears, neck and collar, where jewellery is worn."""
    faces: U8
    """From forehead to chin."""
    heads: U8
    """Faces with ears and hair."""
    people: U8
    """Everybody, with hair and clothes."""
    unknown: U8
    """People whose face was not found: nobody knows where their eyes are."""


def zones(seen: View) -> Zones:
    """Find them in the small view of a photo."""
    shape = seen.light.shape
    features, adorned, ovals, heads, people = (np.zeros(shape, np.uint8) for _ in range(5))
    for found in seen.meshes:
        points = found * seen.scale
        _draw_features(features, points)
        cv2.fillConvexPoly(ovals, cv2.convexHull(_px(points[list(mesh.OVAL)])), 255)
        _draw_body(heads, people, adorned, points)
    known = people.copy()
    top = np.round(seen.small * 255).astype(np.uint8)
    person = matte.person(as_rgb8(top)) > SEEN
    people[person] = 255
    wide = max(3, round(HAIR * max(shape))) | 1
    people = np.asarray(cv2.dilate(people, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (wide, wide))), np.uint8)
    # A body that stands under a known head belongs to it; the rest is somebody else's.
    unknown = _without(np.where(person, 255, 0).astype(np.uint8), known)
    return Zones(features, adorned, ovals, heads, people, unknown)


def feature_mask(points: F64, shape: tuple[int, int]) -> U8:
    """Eyes, brows, nose and mouth of one face, uint8 (h, w), 255 inside."""
    mask = np.zeros(shape, np.uint8)
    _draw_features(mask, points)
    return mask


def _draw_features(mask: U8, points: F64) -> None:
    unit = mesh.eye_distance(points)
    drawn = np.zeros_like(mask)
    for upper, lower in zip(mesh.UPPER_LIDS, mesh.LOWER_LIDS, strict=True):
        cv2.fillPoly(drawn, [_px(points[[*upper, *lower[::-1]]])], 255)
    lips = [*mesh.OUTER_UPPER, *mesh.OUTER_LOWER[-2:0:-1]]
    cv2.fillPoly(drawn, [_px(points[lips])], 255)
    cv2.fillConvexPoly(drawn, cv2.convexHull(_px(points[list(NOSE)])), 255)
    np.maximum(mask, _grown(drawn, FEATURE_GROWN * unit), out=mask)
    brows = np.zeros_like(mask)
    for brow in mesh.BROWS:
        cv2.fillConvexPoly(brows, cv2.convexHull(_px(points[list(brow)])), 255)
    np.maximum(mask, _grown(brows, BROW_GROWN * unit), out=mask)


def _draw_body(heads: U8, people: U8, adorned: U8, points: F64) -> None:
    """Head, hair and torso as far as they follow from a face."""
    unit = mesh.eye_distance(points)
    left, right = (eye[:2] for eye in mesh.middle_of_eyes(points))
    middle, chin = (left + right) / 2, points[152, :2]
    roll = float(np.degrees(np.arctan2(*(right - left)[::-1])))
    head = middle + (chin - middle) * 0.25
    axes = (round(HEAD_WIDE * unit), round((HEAD_UP + HEAD_DOWN) / 2 * unit))
    for zone in (heads, people):
        cv2.ellipse(zone, _at(head), axes, roll, 0, 360, 255, -1)
    height = people.shape[0]
    torso = np.array([[-0.5, 0.2], [0.5, 0.2], [1, 0], [-1, 0]]) * [TORSO_WIDE * unit, unit] + chin
    torso[2:, 1] = max(height, chin[1])
    cv2.fillConvexPoly(people, _px(torso), 255)
    for ear in (points[[234, 132]], points[[454, 361]]):
        cv2.circle(adorned, _at(ear[:, :2].mean(axis=0)), round(EAR * unit), 255, -1)
    neck = chin + np.array([0, 0.4 * NECK_DOWN * unit])
    cv2.ellipse(adorned, _at(neck), (round(NECK_WIDE * unit), round(NECK_DOWN * unit)), roll, 0, 360, 255, -1)


def _without(person: U8, known: U8) -> U8:
    """The parts of `person` that hold no known face's body."""
    count, parts = cv2.connectedComponents(person, connectivity=4)
    held = np.zeros(count, bool)
    held[np.unique(parts[known > 0])] = True
    held[0] = True
    return np.where(held[parts], 0, 255).astype(np.uint8)


def _grown(mask: U8, by: float) -> U8:
    side = max(1, round(by)) * 2 + 1
    return np.asarray(cv2.dilate(mask, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))), np.uint8)


def _px(points: F64) -> NDArray[np.int32]:
    return np.asarray(np.round(points[:, :2]), np.int32)


def _at(point: F64) -> tuple[int, int]:
    return round(float(point[0])), round(float(point[1]))
