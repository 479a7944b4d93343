"""Thin light lines followed over a photo: their course, their brightness and how steady it is.

A scratch goes through to one layer of the print: it is as bright over a dark coat as over a pale face, and runs on
across whatever was photographed. Hair, seams and twigs catch the light here and lose it there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from studio.types import F32, U8

Mask = NDArray[np.bool_]
F64 = NDArray[np.float64]

TURNS = 16  # directions that are looked along
ALONG, SHORTEST, LONGEST = 0.013, 9.0, 21.0  # of the long side, px: what is averaged along a line before it is judged
WIDTHS = (0.004, 0.010)  # of the long side, beside 2 px
BOTH_SIDES = 0.45  # the lower step of the two sides as a share of the higher
LOW, LOW_RELIEF = 0.05, 1.3  # a line goes on where it stands out so far, of the range and of the relief around it
HIGH, HIGH_RELIEF = 0.10, 2.5  # and has to stand out so far somewhere
ITS_OWN = 0.8  # of the strongest direction: from here on a pixel belongs to a line of this direction
SLENDER = 4  # times as long as broad
GAP, TURN, BEND = 0.08, 24.0, 20.0  # of the long side; degrees between two parts of one line, and from them to the gap
ALIKE = 0.2  # of the range: two parts of one line are not further apart in brightness
SEEN = 0.2  # of a line's own step: what stands out so far beside its middle is part of it


@dataclass(frozen=True, eq=False)
class _Part:
    """One straight piece."""

    ys: NDArray[np.intp]
    xs: NDArray[np.intp]
    ends: F64
    """(2, 2): x, y px of both."""
    length: float
    width: float
    """px."""
    peak: float
    spread: float
    step: float
    relief: float


@dataclass(frozen=True, eq=False)
class Line:
    """A line of one or more straight pieces."""

    parts: tuple[_Part, ...]
    reach: float
    """px between its two furthest ends."""
    peak: float
    """How bright it is, of the range."""
    spread: float
    """How far it strays from that brightness: median, of the range."""
    step: float
    """How far it stands out from its brighter side, of the range."""
    relief: float
    """The same in multiples of the relief around it."""
    width: float
    """px."""

    def share(self, zone: U8) -> float:
        """How much of it lies in a zone, 0 … 1."""
        on = np.concatenate([zone[part.ys, part.xs] > 0 for part in self.parts])
        return float(on.mean())


def along(side: int) -> float:
    """How much of a line is averaged before it is judged, px."""
    return float(np.clip(ALONG * side, SHORTEST, LONGEST))


def follow(light: F32, relief: F32) -> list[Line]:
    """Every thin line that is lighter than both of its sides.

    Args:
        light: luminance, float32 (h, w) in [0, 1].
        relief: how much stands out around each pixel in any case, float32 (h, w).
    """
    side = max(light.shape)
    steps = _steps(light, sorted({2, *(max(3, round(share * side)) for share in WIDTHS)}), along(side))
    return _joined(_parts(light, steps, relief, along(side)), side)


def _kernel(angle: float, length: float) -> F32:
    """The mean along `length` px in one direction."""
    half = int(np.ceil(length / 2))
    drawn = np.zeros((2 * half + 1,) * 2, np.float32)
    reach = np.array([np.cos(angle), np.sin(angle)]) * length / 2
    start, end = (np.round((half + sign * reach) * 16).astype(int) for sign in (-1, 1))
    cv2.line(drawn, (int(start[0]), int(start[1])), (int(end[0]), int(end[1])), 1.0, 1, cv2.LINE_AA, 4)
    return np.asarray(drawn / drawn.sum(), np.float32)


def _steps(light: F32, widths: Sequence[int], length: float) -> F32:
    """How far each pixel stands out from both sides of a line in each direction, float32 (TURNS, h, w)."""
    height, width = light.shape
    fine = cv2.GaussianBlur(light, (0, 0), 0.5)
    found = np.zeros((TURNS, height, width), np.float32)
    for turn in range(TURNS):
        angle = np.pi * turn / TURNS
        mean = cv2.filter2D(fine, cv2.CV_32F, _kernel(angle, length), borderType=cv2.BORDER_REPLICATE)
        for broad in widths:
            away = broad / 2 + 1.5
            dx, dy = round(-np.sin(angle) * away), round(np.cos(angle) * away)
            rim = max(abs(dx), abs(dy))
            padded = cv2.copyMakeBorder(mean, rim, rim, rim, rim, cv2.BORDER_REPLICATE)
            a = padded[rim + dy : rim + dy + height, rim + dx : rim + dx + width]
            b = padded[rim - dy : rim - dy + height, rim - dx : rim - dx + width]
            near, far = mean - np.maximum(a, b), mean - np.minimum(a, b)
            np.copyto(found[turn], near, where=(near > found[turn]) & (near >= BOTH_SIDES * far))
    return found


def _parts(light: F32, steps: F32, relief: F32, length: float) -> list[_Part]:
    """Straight pieces, each pixel in one of them, longest first."""
    best = steps.max(axis=0)
    pieces: list[tuple[float, int, NDArray[np.intp], NDArray[np.intp], F64]] = []
    for turn in range(TURNS):
        step = steps[turn]
        mask = (step > LOW) & (step > LOW_RELIEF * relief) & (step >= ITS_OWN * best)
        count, marked, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
        seeded = np.zeros(count, bool)
        seeded[np.unique(marked[mask & (step > HIGH) & (step > HIGH_RELIEF * relief)])] = True
        seeded[0] = False
        for index in np.flatnonzero(seeded & (np.hypot(stats[:, 2], stats[:, 3]) >= 1.5 * length)):
            x, y, w, h, area = (int(value) for value in stats[index])
            ys, xs = np.nonzero(marked[y : y + h, x : x + w] == index)
            points = np.stack([xs + x, ys + y], axis=1).astype(np.float64)
            course = np.linalg.eigh(np.cov(points.T))[1][:, 1]
            at = (points - points.mean(axis=0)) @ course
            long = float(np.ptp(at))
            if long >= 1.5 * length and long**2 >= SLENDER * area:
                ends = np.stack([points[sign * at >= (sign * at).max() - 2].mean(axis=0) for sign in (-1, 1)])
                pieces.append((long, turn, ys + y, xs + x, ends))
    pieces.sort(key=lambda piece: -piece[0])
    # A thin line lies between two pixels here and on one there.
    bright = cv2.dilate(light, np.ones((3, 3), np.uint8))
    taken, parts = np.zeros(light.shape, bool), []
    for long, turn, ys, xs, ends in pieces:
        if taken[ys, xs].mean() > 0.4:
            continue
        taken[ys, xs] = True
        step = steps[turn, ys, xs]
        core = step >= np.median(step)
        peaks = bright[ys, xs][core]
        peak = float(np.median(peaks))
        parts.append(
            _Part(
                ys=ys,
                xs=xs,
                ends=ends,
                length=long,
                width=len(ys) / long,
                peak=peak,
                spread=float(np.median(np.abs(peaks - peak))),
                step=float(np.median(step[core])),
                relief=float(np.median((step / relief[ys, xs])[core])),
            )
        )
    return parts


def _joined(parts: Sequence[_Part], side: int) -> list[Line]:
    """Pieces that go on in one another, as lines; each end goes on in one other at most."""
    links = []
    for i, a in enumerate(parts):
        for j, b in enumerate(parts[:i]):
            apart = np.linalg.norm(a.ends[:, None] - b.ends[None], axis=2)
            p, q = (int(value) for value in np.unravel_index(int(apart.argmin()), (2, 2)))
            gap = float(apart[p, q])
            if gap < min(GAP * side, (a.length + b.length) / 2) and _goes_on(a, p, b, q, gap):
                links.append((gap, (i, p), (j, q)))
    whose = list(range(len(parts)))
    used: set[tuple[int, int]] = set()
    for _, one, other in sorted(links):
        if one not in used and other not in used:
            used |= {one, other}
            old, new = whose[one[0]], whose[other[0]]
            whose = [new if owner == old else owner for owner in whose]
    return [_line([part for part, own in zip(parts, whose, strict=True) if own == owner]) for owner in sorted({*whose})]


def _goes_on(a: _Part, p: int, b: _Part, q: int, gap: float) -> bool:
    """Whether one piece is the continuation of another, over the gap between two of their ends."""
    if abs(a.peak - b.peak) > ALIKE:
        return False
    out, onward = a.ends[p] - a.ends[1 - p], b.ends[1 - q] - b.ends[q]
    out, onward = out / np.linalg.norm(out), onward / np.linalg.norm(onward)
    if float(out @ onward) < np.cos(np.radians(TURN)):
        return False
    if gap <= 6:  # px: too short to have a direction
        return True
    over = (b.ends[q] - a.ends[p]) / gap
    return bool(min(float(out @ over), float(onward @ over)) >= np.cos(np.radians(BEND)))


def _line(parts: Sequence[_Part]) -> Line:
    ends = np.concatenate([part.ends for part in parts])
    weights = np.array([part.length for part in parts])

    def mean(values: Sequence[float]) -> float:
        return float(np.average(values, weights=weights))

    return Line(
        parts=tuple(parts),
        reach=float(np.linalg.norm(ends[:, None] - ends[None], axis=2).max()),
        peak=mean([part.peak for part in parts]),
        spread=mean([part.spread for part in parts]),
        step=mean([part.step for part in parts]),
        relief=mean([part.relief for part in parts]),
        width=mean([part.width for part in parts]),
    )


def draw(mask: U8, line: Line, light: F32) -> None:
    """Mark a line, with its soft rim and over its gaps, wherever it stands out.

    Args:
        mask: uint8 (h, w); changed in place, 255 on the line.
        light: what it was found in.
    """
    course = np.zeros(mask.shape, np.uint8)
    on = along(max(mask.shape)) / 2
    for part in line.parts:
        course[part.ys, part.xs] = 255
        beyond = (part.ends[1] - part.ends[0]) / part.length * on
        cv2.line(course, _px(part.ends[0] - beyond), _px(part.ends[1] + beyond), 255, 1)
    for a, b in _gaps(line):
        cv2.line(course, _px(a), _px(b), 255, 1)
    broad = max(1, round(line.width / 2)) * 2
    x, y, w, h = cv2.boundingRect(course)
    rim = 2 * broad + 6
    box = slice(max(0, y - rim), y + h + rim), slice(max(0, x - rim), x + w + rim)
    near = cv2.dilate(course[box], cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (broad + 3, broad + 3)))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * broad + 5, 2 * broad + 5))
    above = light[box] - cv2.morphologyEx(light[box], cv2.MORPH_OPEN, disc)
    mask[box][(near > 0) & (above > SEEN * line.step)] = 255


def _gaps(line: Line) -> list[tuple[F64, F64]]:
    """The ends of neighbouring pieces."""
    order = sorted(line.parts, key=lambda part: float(part.ends.mean(axis=0) @ _course(line)))
    found = []
    for a, b in pairwise(order):
        apart = np.linalg.norm(a.ends[:, None] - b.ends[None], axis=2)
        p, q = (int(value) for value in np.unravel_index(int(apart.argmin()), (2, 2)))
        found.append((a.ends[p], b.ends[q]))
    return found


def _course(line: Line) -> F64:
    """Its direction on the whole."""
    ends = np.concatenate([part.ends for part in line.parts])
    course: F64 = np.linalg.eigh(np.cov(ends.T))[1][:, 1]
    return course


def _px(point: F64) -> tuple[int, int]:
    return round(float(point[0])), round(float(point[1]))
