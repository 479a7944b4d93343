"""How a photo sits in the picture, and where the camera goes: pure arithmetic, so that one film recuts to any shape."""

from __future__ import annotations

from dataclasses import dataclass

from studio.edit.timeline import FULL, Fit, Move, Rect
from studio.people import Point
from studio.production import Target

Box = tuple[float, float, float, float]
"""x0, y0, x1, y1 as shares of a photo's width and height."""

MOST_LOST = 0.3  # share of a photo that may be cut away to fill the canvas; beyond, it is shown whole over a blur
PUSH = 0.06  # share of the canvas by which the camera comes closer to somebody who speaks
_TALKING_FACE = 0.36  # of the canvas height, forehead to chin: head and shoulders, with air above
_MOVE_FACE = 0.42  # at the end of a move; closer is uncomfortable, and grain becomes the subject
_MOVE_WIDE = 0.8  # of the canvas width, for a group


@dataclass(frozen=True)
class Framing:
    """One photo on one canvas."""

    photo: tuple[int, int]
    """W, H px."""
    canvas: tuple[int, int]
    """W, H px."""
    face: Box | None = None
    """The face that matters, or the box around all of them in a group; None where there is none."""

    @property
    def fit(self) -> Fit:
        """The whole photo over a blur of itself, or, where little is lost, the canvas filled around the face."""
        ratio = self.photo[0] * self.canvas[1] / (self.photo[1] * self.canvas[0])
        kept = min(ratio, 1 / ratio)
        axis = 0 if ratio > 1 else 1  # the one that is cut
        wide = self.face[axis + 2] - self.face[axis] if self.face else 0.0
        return Fit("cover", self._focus) if kept >= 1 - MOST_LOST and wide <= kept else Fit()

    @property
    def shown(self) -> tuple[int, int]:
        """W, H px of the whole photo at the scale of the film, what lies outside the canvas included."""
        scales = [side / own for side, own in zip(self.canvas, self.photo, strict=True)]
        scale = max(scales) if self.fit.mode == "cover" else min(scales)
        return round(self.photo[0] * scale), round(self.photo[1] * scale)

    def view(self, target: Target) -> Rect:
        """The part of the fitted photo that the camera looks at."""
        if target == "full":
            return FULL
        if isinstance(target, Point):
            return self._around(target.x, target.y, 0.62)
        if self.face is None:
            return self._around(0.5, 0.45, 0.8)
        x0, y0, x1, y1 = self.face
        wide = (x1 - x0) * self.shown[0] / self.canvas[0]
        share = min(1.0, max(0.5, self._tall / _MOVE_FACE, wide / _MOVE_WIDE))
        return self._around((x0 + x1) / 2, (y0 + y1) / 2, share)

    def closer(self) -> Move:
        """A few per cent towards the face while it speaks: the picture lives, and the eye stays on it."""
        if self.face is None:
            return Move(FULL, self._around(0.5, 0.45, 1 - PUSH))
        wide = (self.face[2] - self.face[0]) * self.shown[0] / self.canvas[0]
        share = min(1 - PUSH, max(0.55, self._tall / _TALKING_FACE, wide / _MOVE_WIDE))
        x, y = (self.face[0] + self.face[2]) / 2, self.face[1] + 0.62 * (self.face[3] - self.face[1])
        return Move(self._around(x, y, share + PUSH), self._around(x, y, share))

    @property
    def _focus(self) -> tuple[float, float]:
        if self.face is None:
            return 0.5, 0.4
        return (self.face[0] + self.face[2]) / 2, (self.face[1] + self.face[3]) / 2

    @property
    def _tall(self) -> float:
        """Height of the face as a share of the canvas."""
        assert self.face is not None  # noqa: S101  (both callers have looked)
        return (self.face[3] - self.face[1]) * self.shown[1] / self.canvas[1]

    def _around(self, x: float, y: float, share: float) -> Rect:
        """A view `share` of the canvas wide and high, its middle on a point of the photo, kept inside the canvas."""
        left, top = (
            self._place(self.shown[axis], self.canvas[axis], self._focus[axis], point) - share / 2
            for axis, point in enumerate((x, y))
        )
        return Rect(min(max(0.0, left), 1 - share), min(max(0.0, top), 1 - share), share, share)

    @staticmethod
    def _place(shown: int, canvas: int, focus: float, point: float) -> float:
        """Where a point of the photo lies on the canvas, as a share of it, along one axis."""
        spare = shown - canvas
        cut = min(max(0.0, shown * focus - canvas / 2), spare) if spare > 0 else spare / 2
        return (point * shown - cut) / canvas
