"""Scratches, cracks and dust: found by being thin, sharp, lighter or darker than both sides, and no one's own.

Nothing is taken for damage that lies wholly on a person as a line could (hair, wrinkles, jewellery, seams), that stands
in busy surroundings (lace, feathers, leaves, beards), or that clusters as writing does. What remains is filled from
beside it, with the grain of its neighbourhood.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from studio.restoration import lines as following
from studio.restoration.fill import filled
from studio.restoration.people import Zones, zones
from studio.restoration.photo import Box, Finding, View
from studio.types import F32, U8

Mask = NDArray[np.bool_]

# Of the long side of the small view unless said otherwise.
WIDEST = 0.016  # of a crack
THIN, THINNEST = 0.0055, 3.4  # up to here, or px in a small scan, a line is a scratch; broader ones have to be cracks
LONG, LONGEST_SPECK = 0.07, 0.011
SMALL_SPECK = 9.0  # px: with its soft rim a speck is no smaller, however small the scan
EDGE = 0.012  # the outermost rim: the edge of the print or of the scanner
RELIEF, ACTIVITY = 0.010, 6  # relief is what is narrower than this; around a mark six times as far has to be quiet
QUIET = 0.012  # of the range: relief that grain and JPEG leave anywhere
BOTH_SIDES = 0.45  # the lower step of the two sides as a share of the higher
EVEN = 0.70  # the same along a whole line: beams and hems part two things, a crack runs through one
BARE = 0.82  # of the photo's own white: broad cracks show the paper
OUTSIDE, OFF_HEADS = 0.35, 0.15  # share of a line off the people, or off their heads, before it is followed over them
FAR = 0.15  # a broad line has to reach so far to be a crack: ribbons, poles and the stars of a flag do not
FEWEST, TOGETHER = 2, 0.35  # lines, and their length: less is rather something that was photographed
FAITH = 0.2  # their length where somebody said that there are some
ON_HEADS = 0.95  # share of a line: a line that lies on one head so wholly is a hair, unless it reaches as far as FAITH
OWN = 0.10  # a line on people alone has to reach so far: hair, folds and threads do not
WRITING, NEAR, LETTER = 5, 0.035, 0.004  # so many marks of one size within this reach, larger than this, are writing
DUSTY = 16  # specks off the people, before any are dust
SOFT = 0.30  # flank of a mark, as a share of its height for one px: seams and blurred lights are softer
DENSITY = 2e-5  # of the photo's area: below this there is nothing worth touching
PATCH = 24  # px around a mark, in the small view, from which its filling is taken


@dataclass(frozen=True)
class Eye:
    """How sure one has to be."""

    seed: float
    grow: float
    """How far a mark stands out: multiples of the relief around it."""
    seed_light: float
    grow_light: float
    """And of the whole range."""


SURE = Eye(4.0, 1.8, 0.11, 0.05)
"""Nobody has said that the photo is scratched: only what cannot be anything else."""
TOLD = Eye(3.5, 1.8, 0.10, 0.05)
"""Somebody asked for it by name: fainter marks, and thin lines that lie on the people alone, off heads and throats."""


@dataclass(frozen=True)
class Steady:
    """How long, bright and steady a line has to be for a scratch."""

    reach: float
    """Of the long side."""
    white: float
    """Of the photo's own white."""
    step: float
    """How far it stands out, of the range."""
    relief: float
    """The same in multiples of the relief around it."""
    spread: float
    """How far its brightness may stray, of the range."""

    def takes(self, line: following.Line, side: int, white: float) -> bool:
        """Is that line a scratch?"""
        return (
            line.reach >= self.reach * side
            and line.peak >= self.white * white
            and line.step >= self.step
            and line.relief >= self.relief
            and line.spread <= self.spread
        )


# Measured on 48 photos and frames: of what is light, thin and photographed half strays by more than .037, and of drawn
# scratches nineteen in twenty by less than .012.
SURE_LINE = Steady(0.15, 0.85, 0.15, 5.0, 0.02)
TOLD_LINE = Steady(0.06, 0.85, 0.10, 2.5, 0.02)


@dataclass(frozen=True, eq=False)
class Marks:
    """What was found on the small view."""

    lines: U8
    """uint8 (h, w), 255 on scratches and cracks."""
    specks: U8
    """uint8 (h, w), 255 on dust."""
    num_lines: int
    num_specks: int

    @property
    def both(self) -> U8:
        """uint8 (h, w)."""
        return np.maximum(self.lines, self.specks)


def look(seen: View, *, told: bool = False) -> Finding:
    """Find the scratches and the dust of a photo.

    Args:
        told: has a person said that there are any?
    """
    marks = find(seen.light, zones(seen), told=told)
    area = float((marks.both > 0).mean())
    figures = {"area": round(area, 6), "scratches": float(marks.num_lines), "specks": float(marks.num_specks)}
    if not marks.both.any():
        return Finding(False, "no scratches or dust were found", figures)
    why = f"{marks.num_lines} scratches and {marks.num_specks} specks cover {100 * area:.2f} % of the picture"

    def repair(tile: F32, box: Box) -> F32:
        return filled(tile, _on(marks.both, seen, box))

    return Finding(area > DENSITY, why, figures, repair, halo=round(PATCH / seen.scale))


def _on(mask: U8, seen: View, box: Box) -> U8:
    """A mask of the small view on one tile of the photo, uint8 (h, w), 255 inside, a little wider."""
    x0, y0, x1, y1 = box
    scale = seen.scale
    move = np.array([[1 / scale, 0, (0.5 / scale - 0.5) - x0], [0, 1 / scale, (0.5 / scale - 0.5) - y0]])
    how = cv2.INTER_NEAREST if scale == 1 else cv2.INTER_LINEAR
    soft = cv2.warpAffine(mask, move, (x1 - x0, y1 - y0), flags=how)
    return np.where(soft > 60, 255, 0).astype(np.uint8)


def find(light: F32, where: Zones, *, told: bool = False) -> Marks:
    """Scratches and dust.

    Args:
        light: luminance of the small view, float32 (h, w) in [0, 1].
        where: the people in it.
        told: has a person said that there are any?
    """
    side, eye = max(light.shape), TOLD if told else SURE
    usual = _relief(light, side)
    lines, specks = np.zeros(light.shape, np.uint8), np.zeros(light.shape, np.uint8)
    counts = [0, 0]
    for dark, (step, even) in zip((False, True), _steps(light, side), strict=True):
        found = _sorted_marks(1 - light if dark else light, step, even, usual, eye)
        # A dark line may be a branch, a rope or a person far away; only specks are told by their looks.
        kept_lines = [] if dark else [mark for mark in found[0] if _is_damage(mark, where, side, told)]
        together = sum(mark.length for mark in kept_lines)
        if not told and (len(kept_lines) < FEWEST or together < TOGETHER * side):
            kept_lines = []
        kept_specks = _dust(found[1], where, side, dark, told)
        if not dark:
            scratches = _scratches(light, usual, where, told)
            counts[0] += len(scratches)
            for scratch in scratches:
                following.draw(lines, scratch, light)
        for drawn, kept, index in ((lines, kept_lines, 0), (specks, kept_specks, 1)):
            for mark in kept:
                drawn[mark.box][_slender(mark, side) if drawn is lines else mark.shape] = 255
            counts[index] += len(kept)
    grown = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (3, 3))
    lines, specks = cv2.dilate(lines, grown), cv2.dilate(specks, grown)
    for drawn in (lines, specks):
        drawn[where.features > 0] = 0
    return Marks(lines, specks, counts[0], counts[1])


def _scratches(light: F32, usual: F32, where: Zones, told: bool) -> list[following.Line]:
    """Thin lines of one brightness that run over whatever was photographed."""
    side, white = max(light.shape), float(np.percentile(light, 99.7))
    sure = TOLD_LINE if told else SURE_LINE
    found = [
        line
        for line in following.follow(light, usual)
        if sure.takes(line, side, white)
        and line.share(where.features) < OUTSIDE
        and (line.reach >= FAITH * side or max(line.share(where.heads), line.share(where.unknown)) < ON_HEADS)
    ]
    # One short bright line in a photo is a chain or a hem; several, or a long one, make a scratched photo.
    together = sum(line.reach for line in found)
    enough = together >= FAITH * side if told else len(found) >= FEWEST and together >= TOGETHER * side
    return found if enough else []


@dataclass(frozen=True, eq=False)
class _Mark:
    """One connected mark."""

    box: tuple[slice, slice]
    shape: Mask
    length: float
    """px."""
    width: float
    """px."""
    middle: tuple[float, float]


def _sorted_marks(shown: F32, step: F32, even: F32, usual: F32, eye: Eye) -> tuple[list[_Mark], list[_Mark]]:
    """The lines and the specks of one polarity that look like damage, wherever they lie."""
    side = max(shown.shape)
    seeds = (step > eye.seed_light) & (step > eye.seed * usual)
    grown = (step > eye.grow_light) & (step > eye.grow * usual)
    paper = BARE * float(np.percentile(shown, 99.7))
    lines, specks = [], []
    for mark in _marks(grown, seeds):
        if _is_rim(mark, shown.shape) or not _is_sharp(shown, mark, step):
            continue
        if mark.length <= max(LONGEST_SPECK * side, SMALL_SPECK):
            specks.append(mark)
        elif mark.length >= LONG * side and mark.width <= WIDEST * side and mark.length > 4 * mark.width:
            bare = mark.length >= FAR * side and float(np.median(shown[mark.box][mark.shape])) >= paper
            alike = float(np.median(even[mark.box][mark.shape])) >= EVEN
            if alike and (bare or mark.width <= thin(side)):
                lines.append(mark)
    return lines, specks


def _steps(light: F32, side: int) -> tuple[tuple[F32, F32], tuple[F32, F32]]:
    """Of lighter and of darker marks: how far each pixel stands out from both of its sides, and how even these are."""
    fine = cv2.GaussianBlur(light, (0, 0), 0.6)
    reach = max(3, round(WIDEST * side)) + 2
    padded = cv2.copyMakeBorder(fine, reach, reach, reach, reach, cv2.BORDER_REPLICATE)
    lighter, darker = ((np.zeros_like(fine), np.zeros_like(fine)) for _ in range(2))
    for width in sorted({2, max(2, round(THIN * side)), max(3, round(WIDEST * side))}):
        for angle in np.arange(8) * np.pi / 8:
            dx, dy = round(np.cos(angle) * (width + 1)), round(np.sin(angle) * (width + 1))
            a, b = _shifted(padded, reach, dx, dy), _shifted(padded, reach, -dx, -dy)
            low, high = np.minimum(a, b), np.maximum(a, b)
            for (best, even), near, far in ((lighter, fine - high, fine - low), (darker, low - fine, high - fine)):
                ratio = near / np.maximum(far, 1e-4)
                better = (near > best) & (ratio >= BOTH_SIDES)
                np.copyto(best, near, where=better)
                np.copyto(even, ratio, where=better)
    return lighter, darker


def _shifted(padded: F32, reach: int, dx: int, dy: int) -> F32:
    height, width = padded.shape[0] - 2 * reach, padded.shape[1] - 2 * reach
    return padded[reach + dy : reach + dy + height, reach + dx : reach + dx + width]


def thin(side: int) -> float:
    """How broad a scratch is at most, px of a small view of that long side."""
    return max(THIN * side, THINNEST)


def _relief(light: F32, side: int) -> F32:
    """How much stands out around each pixel, lighter or darker, float32 (h, w)."""
    across = max(5, round(RELIEF * side)) | 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (across, across))
    # Closing less opening: everything narrower than the disc.
    relief = cv2.morphologyEx(light, cv2.MORPH_CLOSE, disc) - cv2.morphologyEx(light, cv2.MORPH_OPEN, disc)
    window = ACTIVITY * across | 1
    level = cv2.blur(relief, (window, window))
    for _ in range(3):  # the marks themselves do not make their surroundings busy
        usual = (relief < 3 * level + 0.02).astype(np.float32)
        level = cv2.blur(relief * usual, (window, window)) / np.maximum(cv2.blur(usual, (window, window)), 1e-3)
    return np.asarray(level + QUIET, np.float32)


def _marks(grown: Mask, seeds: Mask) -> list[_Mark]:
    count, parts, stats, centres = cv2.connectedComponentsWithStats(grown.astype(np.uint8), connectivity=8)
    seeded = np.zeros(count, bool)
    seeded[np.unique(parts[seeds & grown])] = True
    found = []
    for index in np.flatnonzero(seeded):
        x, y, w, h, area = (int(value) for value in stats[index])
        if index == 0 or area < 2:
            continue
        box = slice(y, y + h), slice(x, x + w)
        shape = parts[box] == index
        # Of a line of area A and length L that bends and branches, the thickness says more than the box.
        inner = cv2.distanceTransform(np.pad(shape, 1).astype(np.uint8), cv2.DIST_L2, 3)
        width = 2 * float(np.percentile(inner[inner > 0], 90)) - 0.6
        middle = float(centres[index][0]), float(centres[index][1])
        found.append(_Mark(box, shape, float(np.hypot(w, h)), max(1.0, width), middle))
    return found


def _is_rim(mark: _Mark, shape: tuple[int, ...]) -> bool:
    """Whether a mark runs along the edge of the picture."""
    rim = max(3, round(EDGE * max(shape)))
    ys, xs = np.nonzero(mark.shape)
    ys, xs = ys + mark.box[0].start, xs + mark.box[1].start
    near = (ys < rim) | (xs < rim) | (ys >= shape[0] - rim) | (xs >= shape[1] - rim)
    return float(near.mean()) > 0.4


def _is_sharp(shown: F32, mark: _Mark, step: F32) -> bool:
    """Whether a mark has the hard flanks of a break in the surface, not those of something that was photographed."""
    y, x = (slice(max(0, part.start - 2), part.stop + 2) for part in mark.box)
    near = shown[y, x]
    if min(near.shape) < 2:
        return False
    slope = np.hypot(*np.gradient(near))
    around = cv2.dilate(np.pad(mark.shape, 2).astype(np.uint8), np.ones((3, 3), np.uint8))
    around = around[2 - (mark.box[0].start - y.start) :, 2 - (mark.box[1].start - x.start) :][
        : near.shape[0], : near.shape[1]
    ]
    height = float(np.median(step[mark.box][mark.shape]))
    return float(np.percentile(slope[around > 0], 75)) > SOFT * height


def _is_damage(mark: _Mark, where: Zones, side: int, told: bool) -> bool:
    """Whether a line can be no one's own; one that lies on a person alone may be hair, a seam, a chain."""

    def on(zone: U8) -> float:
        return float((zone[mark.box][mark.shape] > 0).mean())

    if told and mark.width <= thin(side):
        if on(where.people) > 0.9 and mark.length < OWN * side:
            return False
        return on(where.adorned) < OUTSIDE and on(where.heads) < 1 - OFF_HEADS and on(where.unknown) < 1 - OUTSIDE
    return on(where.people) < 1 - OUTSIDE


def _slender(mark: _Mark, side: int) -> Mask:
    """A thin line without what it runs into: a tie, a cuff, a window that is as light as itself."""
    if mark.width > thin(side):
        return mark.shape
    across = 2 * round(thin(side)) + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (across, across))
    shape = np.pad(mark.shape, across).astype(np.uint8)
    broad = cv2.morphologyEx(shape, cv2.MORPH_OPEN, disc)[across:-across, across:-across]
    return np.asarray(mark.shape & (broad == 0), bool)


def _dust(specks: list[_Mark], where: Zones, side: int, dark: bool, told: bool) -> list[_Mark]:
    """The specks that are dust: not writing, not on faces and jewellery, on people only in a dusty photo."""
    if not specks:
        return []
    middles = np.array([mark.middle for mark in specks])
    lengths = np.array([mark.length for mark in specks])
    off = np.array([not where.people[mark.box][mark.shape].any() for mark in specks])
    own = np.maximum.reduce([where.features, where.adorned, where.unknown])
    kept = []
    for index, mark in enumerate(specks):
        # Moles and freckles are dark; nobody's are taken away.
        if own[mark.box][mark.shape].any() or (dark and not off[index]):
            continue
        if mark.length > LETTER * side:
            near = np.hypot(*(middles - mark.middle).T) < NEAR * side
            # Letters are all of one size; dust is of every size.
            if int((near & (lengths > max(0.6 * mark.length, LETTER * side))).sum()) > WRITING:
                continue
            if dark or (where.faces[mark.box][mark.shape].any() and mark.length > 0.6 * LONGEST_SPECK * side):
                continue
        kept.append(index)
    dusty = told or int(off[kept].sum()) >= DUSTY
    return [specks[index] for index in kept] if dusty else []
