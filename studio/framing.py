"""How a photo sits in the picture, and where the camera goes: pure arithmetic, so that one film recuts to any shape.

Whatever the shape of the canvas, the heads of those who matter lie inside the picture at both ends of every move; and
as a move takes its four corners straight from one box to the other, at every moment between.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from studio.edit.timeline import FULL, Fit, Move, Rect
from studio.people import Point
from studio.storyboard import Placing, Target
from studio.types import Face

Box = tuple[float, float, float, float]
"""x0, y0, x1, y1 as shares of a picture's width and height."""

MOST_LOST = 0.3  # share of a photo that may be cut away to fill the canvas; beyond, it is shown whole over a blur
PUSH = 0.06  # share of the canvas by which the camera comes closer to somebody who speaks
DRIFT = 0.05  # and by which it comes closer to a photo behind words
CAPTION_TOP = 0.745  # of the canvas height: above it burnt captions never reach
THIRD_TOP = 0.63  # and above it neither do two lines at the left, such as a name and a role
TALKING_FACE = 0.36  # of the canvas height, forehead to chin: head and shoulders, with air above
INSET_FACE = 0.48  # of a picture within the picture, which is small
_MOVE_FACE = 0.42  # at the end of a move; closer is uncomfortable, and grain becomes the subject
_MOVE_WIDE = 0.8  # of the canvas width, for a group
_AIR = 0.015  # of the canvas, between a head and the edge of the picture
# From the mesh of a face, which ends below the hair, to the whole head, in heights of the face.
_CROWN, _EARS, _CHIN = 0.5, 0.12, 0.08

_SITTER = 0.5  # a face less than half as high as the largest is a passer-by

_MARGIN = 0.045  # of the canvas, between a corner and its edge
_CORNER = (0.38, 0.44)  # W, H of a portrait in a corner, as shares of the canvas's short side
_CORNER_SIZES = (1.0, 0.85, 0.72)  # of it, where it would hide somebody
_BELOW_LABEL = 0.13  # of the height: where labels and marks along the top have ended
_UPRIGHT = 0.7  # a canvas narrower than this share of its height has no room beside anything


@dataclass(frozen=True)
class Framing:
    """One photo on one canvas."""

    photo: tuple[int, int]
    """W, H px."""
    canvas: tuple[int, int]
    """W, H px."""
    faces: tuple[Box, ...] = ()
    """Of those who matter, forehead to chin, as shares of the photo."""
    most_lost: float = MOST_LOST
    """Share of the photo that may be cut away to fill the canvas."""

    @property
    def face(self) -> Box | None:
        """The box around all faces; None where there is none."""
        return around(self.faces) if self.faces else None

    @property
    def each_head(self) -> tuple[Box, ...]:
        """Every head, hair, ears and chin included, as far as the photo shows it."""
        grown = []
        for x0, y0, x1, y1 in self.faces:
            tall = y1 - y0
            aside = tall * self.photo[1] / self.photo[0] * _EARS
            left, top, right, bottom = x0 - aside, y0 - _CROWN * tall, x1 + aside, y1 + _CHIN * tall
            grown.append((max(0.0, left), max(0.0, top), min(1.0, right), min(1.0, bottom)))
        return tuple(grown)

    @property
    def heads(self) -> Box | None:
        """The box around all heads; None where there is none."""
        return around(self.each_head) if self.faces else None

    @property
    def fit(self) -> Fit:
        """The whole photo over a blur of itself, or, where little is lost, the canvas filled around the heads."""
        ratio = self.photo[0] * self.canvas[1] / (self.photo[1] * self.canvas[0])
        kept = min(ratio, 1 / ratio)
        axis = 0 if ratio > 1 else 1  # the one that is cut
        heads = self.heads
        wide = heads[axis + 2] - heads[axis] if heads else 0.0
        return Fit("cover", self._focus) if kept >= 1 - self.most_lost and wide <= kept else Fit()

    @property
    def shown(self) -> tuple[int, int]:
        """W, H px of the whole photo at the scale of the film, what lies outside the canvas included."""
        scales = [side / own for side, own in zip(self.canvas, self.photo, strict=True)]
        scale = max(scales) if self.fit.mode == "cover" else min(scales)
        return round(self.photo[0] * scale), round(self.photo[1] * scale)

    def view(self, target: Target, floor: float = 1.0) -> Rect:
        """The part of the fitted photo that the camera looks at.

        Args:
            target: a point is looked at as closely as the heads allow.
            floor: share of the picture's height below which no chin should lie, where the photo allows it.
        """
        if target == "full":
            return FULL
        if isinstance(target, Point):
            return self._around(target.x, target.y, 0.62, floor)
        if self.face is None:
            return self._around(0.5, 0.45, 0.8)
        x0, y0, x1, y1 = self.face
        share = max(0.5, self._tall / _MOVE_FACE, self._wide / _MOVE_WIDE)
        return self._around((x0 + x1) / 2, (y0 + y1) / 2, share, floor)

    def drift(self) -> Move:
        """Hardly a move at all, for a photo behind something else: it only must not stand still."""
        x, y = self._focus
        return Move(FULL, self._around(x, y, 1 - DRIFT))

    def closer(self, floor: float = 1.0, face: float = TALKING_FACE) -> Move:
        """A few per cent towards the face while it speaks: the picture lives, and the eye stays on it.

        Args:
            floor: see `view`.
            face: how high the face is to be at the end, as a share of the canvas.
        """
        if self.face is None:
            return Move(FULL, self._around(0.5, 0.45, 1 - PUSH))
        share = min(1 - PUSH, max(0.55, self._tall / face, self._wide / _MOVE_WIDE, *self._least))
        x, y = (self.face[0] + self.face[2]) / 2, self.face[1] + 0.62 * (self.face[3] - self.face[1])
        return Move(self._around(x, y, share + PUSH, floor), self._around(x, y, share, floor))

    def seen(self, box: Box, view: Rect = FULL) -> Box:
        """A box of the photo as it is seen on the canvas, as shares of it; beyond 0 … 1 where it lies outside."""
        x0, y0, x1, y1 = self._placed(box)
        return (
            (x0 - view.x) / view.width,
            (y0 - view.y) / view.height,
            (x1 - view.x) / view.width,
            (y1 - view.y) / view.height,
        )

    def kept_free(self, move: Move) -> tuple[float, float] | None:
        """From where to where, as shares of the canvas height, heads are seen in a move; None without any."""
        if (heads := self.heads) is None:
            return None
        ends = [self.seen(heads, view) for view in (move.start, move.end)]
        return min(box[1] for box in ends), max(box[3] for box in ends)

    @property
    def _focus(self) -> tuple[float, float]:
        heads = self.heads
        return ((heads[0] + heads[2]) / 2, (heads[1] + heads[3]) / 2) if heads else (0.5, 0.4)

    @property
    def _tall(self) -> float:
        """Height of the faces as a share of the canvas."""
        return (self.face[3] - self.face[1]) * self.shown[1] / self.canvas[1] if self.face else 0.0

    @property
    def _wide(self) -> float:
        """Width of the faces as a share of the canvas."""
        return (self.face[2] - self.face[0]) * self.shown[0] / self.canvas[0] if self.face else 0.0

    @property
    def _least(self) -> tuple[float, float]:
        """Width and height of the smallest view that holds all heads."""
        if (heads := self.heads) is None:
            return 0.0, 0.0
        x0, y0, x1, y1 = self._placed(heads)
        return x1 - x0 + 2 * _AIR, y1 - y0 + 2 * _AIR

    def _around(self, x: float, y: float, share: float, floor: float = 1.0) -> Rect:
        """A view at least `share` of the canvas wide and high, its middle as near to a point of the photo as can be so
        that it lies inside the canvas and all heads inside it."""
        share = min(1.0, max(share, *self._least))
        middle = self._placed((x, y, x, y))
        heads = self._placed(self.heads) if self.heads else (*middle[:2], *middle[:2])
        chin = self._placed(self.face)[3] if self.face else 0.0
        starts = []
        for axis in (0, 1):
            first, last = heads[axis] - _AIR, heads[axis + 2] + _AIR
            low, high = max(0.0, min(last - share, 1 - share)), min(1 - share, max(first, 0.0))
            start = min(max(middle[axis] - share / 2, low), high)
            starts.append(min(max(start, chin - floor * share), high) if axis else start)
        return Rect(starts[0], starts[1], share, share)

    def _placed(self, box: Box) -> Box:
        """A box of the photo as it lies on the canvas without a move, as shares of the canvas."""
        x0, y0, x1, y1 = (self._place(place % 2, point) for place, point in enumerate(box))
        return x0, y0, x1, y1

    def _place(self, axis: int, point: float) -> float:
        shown, canvas = self.shown[axis], self.canvas[axis]
        spare = shown - canvas
        cut = min(max(0.0, shown * self._focus[axis] - canvas / 2), spare) if spare > 0 else spare / 2
        return (point * shown - cut) / canvas


def sitters(faces: Sequence[Face], size: tuple[int, int]) -> tuple[Box, ...]:
    """The faces of a photo of W, H px that matter: small ones in the background are passers-by."""
    width, height = size
    tallest = max((face.box[3] - face.box[1] for face in faces), default=0)
    return tuple(
        (x0 / width, y0 / height, x1 / width, y1 / height)
        for x0, y0, x1, y1 in (face.box for face in faces)
        if y1 - y0 >= _SITTER * tallest
    )


def around(boxes: Sequence[Box]) -> Box:
    """The box around at least one box."""
    x0, y0, x1, y1 = zip(*boxes, strict=True)
    return min(x0), min(y0), max(x1), max(y1)


@dataclass(frozen=True)
class Inset:
    """A portrait and the photo behind it on one canvas, as shares of it."""

    portrait: Rect
    behind: Rect
    """The part of the canvas that the photo fills: where the portrait is not, or all of it under a corner."""


def inset(canvas: tuple[int, int], place: Placing, behind: Framing) -> Inset:
    """Where a portrait is seen beside or over a photo.

    A third of a wide canvas. A canvas that is not wide is shared half and half: beside each other, or, where the photo
    lies across or the canvas stands upright, the portrait above, as the captions are below. A corner is the one that
    hides least of the people behind, above the captions and below the labels.

    Args:
        canvas: W, H px.
        place: left, right or corner.
        behind: the photo, as it sits on the whole canvas.
    """
    width, height = canvas
    if place == "corner":
        boxes = list(_corners(canvas))
        heads = [behind.seen(head) for head in behind.each_head]
        return Inset(min(boxes, key=lambda box: sum(_shared(box, head) for head in heads)), FULL)
    across = behind.photo[0] > behind.photo[1]
    if width < _UPRIGHT * height or (width <= height and across):
        return Inset(Rect(0.0, 0.0, 1.0, 0.48), Rect(0.0, 0.48, 1.0, 0.52))
    share = 0.36 if width > height else 0.48
    if place == "left":
        return Inset(Rect(0.0, 0.0, share, 1.0), Rect(share, 0.0, 1 - share, 1.0))
    return Inset(Rect(1 - share, 0.0, share, 1.0), Rect(0.0, 0.0, 1 - share, 1.0))


def _corners(canvas: tuple[int, int]) -> Iterator[Rect]:
    """Places of a portrait in a corner, the most usual first: at the right, then at the left, low, then higher; and the
    same again a little smaller."""
    for size in _CORNER_SIZES:
        wide, tall = (share * size * min(canvas) / side for share, side in zip(_CORNER, canvas, strict=True))
        # At the left a name may come below it.
        for x, lowest in ((1 - wide - _MARGIN, CAPTION_TOP - tall), (_MARGIN, THIRD_TOP - tall)):
            for step in range(4):
                yield Rect(x, lowest + (_BELOW_LABEL - lowest) * step / 3, wide, tall)


def _shared(box: Rect, other: Box) -> float:
    """Area of what two boxes have in common."""
    across = min(box.x + box.width, other[2]) - max(box.x, other[0])
    down = min(box.y + box.height, other[3]) - max(box.y, other[1])
    return max(0.0, across) * max(0.0, down)
