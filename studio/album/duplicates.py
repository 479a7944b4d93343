"""The same picture twice: copies, smaller ones, other formats, slightly cut, turned or mirrored.

Perceptual hashes say which two may be the same; small greys, laid over one another, say whether they are.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from studio.album.look import SMALL, forms
from studio.album.record import Picture
from studio.types import F32, U8

NEAR = (
    18  # bits of 64 by which the hashes of two copies may differ: one cut by 6 % on all sides differs by 11, at most 18
)
# Correlation of the small greys from which two pictures are one. Copies at a tenth of the size and JPEG 30 keep .99;
# what was taken a second later and shows the same stance reaches it too, and only one of those is wanted either.
SAME = 0.97
_LAID = 0.955  # the same after one was moved over the other; of 630 pairs of different portraits none comes near
_SAME_LIGHT = 0.6  # contrasts of two copies differ less than this, as a ratio: flat pictures all correlate
_ZOOM = (0.75, 1.34)  # how much larger a cut copy may show its part
_ROWS = 512  # of the table of distances held at a time


@dataclass(frozen=True)
class Twins:
    """One picture that is there several times."""

    kept: int
    """Which of them is the best: its place in the list that was given."""
    others: tuple[int, ...]


def twins(pictures: Sequence[Picture]) -> tuple[Twins, ...]:
    """Every picture that is there more than once, in the order of the first of each."""
    leader = list(range(len(pictures)))

    def lead(place: int) -> int:
        while leader[place] != place:
            leader[place] = leader[leader[place]]
            place = leader[place]
        return place

    greys = [_greys(picture) for picture in pictures]
    for first, second, form in _candidates(pictures):
        a, b = lead(first), lead(second)
        if a != b and alike(greys[first], forms(greys[second])[form]):
            leader[max(a, b)] = min(a, b)
    groups: dict[int, list[int]] = {}
    for place in range(len(pictures)):
        groups.setdefault(lead(place), []).append(place)
    found = []
    for group in groups.values():
        if len(group) > 1:
            best = max(group, key=lambda place: _worth(pictures[place]))
            found.append(Twins(best, tuple(place for place in group if place != best)))
    return tuple(found)


def alike(one: U8, other: U8) -> bool:
    """Do two small greys, uint8 (SMALL, SMALL), show the same picture, one of them perhaps cut a little?"""
    if correlation(one, other) >= SAME:
        return _same_light(one, other)
    if correlation(one, other) < 0.5:
        return False
    stop = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 40, 1e-4)
    start = np.eye(2, 3, dtype=np.float32)
    try:
        _, moved = cv2.findTransformECC(one, other, start, cv2.MOTION_AFFINE, stop, None, 3)
    except cv2.error:
        return False  # they cannot be laid over one another at all
    zoom = float(np.sqrt(abs(np.linalg.det(moved[:, :2]))))
    if not _ZOOM[0] <= zoom <= _ZOOM[1]:
        return False
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    laid = cv2.warpAffine(other, moved, (SMALL, SMALL), flags=flags)
    shown = cv2.warpAffine(np.ones_like(other), moved, (SMALL, SMALL), flags=flags) > 0
    # Two faces before one wall can be drawn over one another; then little of either is left, or it is bent.
    bent = float(np.linalg.norm(moved[:, :2] / max(zoom, 1e-6) - np.eye(2)))
    return bent < 0.15 and float(shown.mean()) > 0.6 and correlation(one[shown], laid[shown]) >= _LAID


def _same_light(one: U8, other: U8) -> bool:
    spread = sorted((float(one.std()) + 1, float(other.std()) + 1))
    return spread[0] / spread[1] >= 1 - _SAME_LIGHT


def correlation(one: U8 | F32, other: U8 | F32) -> float:
    """Normalised correlation of two pictures of the same shape, −1 … 1; 0 where one is quite flat."""
    a, b = one.astype(np.float32).ravel(), other.astype(np.float32).ravel()
    a, b = a - a.mean(), b - b.mean()
    size = float(np.sqrt((a * a).sum() * (b * b).sum()))
    return float((a * b).sum() / size) if size > 0 else 0.0


def _candidates(pictures: Sequence[Picture]) -> Iterator[tuple[int, int, int]]:
    """Two places, and in which form the second may be the same picture as the first."""
    if len(pictures) < 2:
        return
    # Every bit as ±1: then a product of matrices counts how many differ.
    bits = np.stack([[_bits(form) for form in picture.looked.hashes] for picture in pictures])
    for start in range(0, len(pictures), _ROWS):
        rows = bits[start : start + _ROWS, 0]
        best = np.full((len(rows), len(pictures)), 65.0, np.float32)
        form = np.zeros(best.shape, np.int8)
        for number in range(bits.shape[1]):
            apart = (64 - rows @ bits[:, number].T) / 2
            nearer = apart < best
            best[nearer], form[nearer] = apart[nearer], number
        for row, column in np.argwhere(best <= NEAR):
            if start + row < column:
                yield int(start + row), int(column), int(form[row, column])


def _bits(digits: str) -> F32:
    raw = np.unpackbits(np.frombuffer(bytes.fromhex(digits), np.uint8))
    return (raw.astype(np.float32) * 2 - 1).astype(np.float32)


def _greys(picture: Picture) -> U8:
    return np.frombuffer(base64.b64decode(picture.looked.small), np.uint8).reshape(SMALL, SMALL)


def _worth(picture: Picture) -> tuple[bool, bool, float, str]:
    """The largest copy is kept, in colour rather than without, dated rather than not."""
    looked = picture.looked
    detail = min(looked.width, looked.height) * (0.5 + 0.5 * looked.sharp)
    return not picture.grey, picture.at is None, detail * (1.05 if picture.when else 1.0), str(picture.path)
