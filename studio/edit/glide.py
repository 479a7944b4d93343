"""A slow camera move over a still, by parts of a pixel: its frames, made here and piped into ffmpeg.

The still is laid out once, on a plate that holds two pixels for each of the film's, and every frame is read from it.
Held against a Lanczos resampling of the whole photo for every frame, this is 1 … 4 dB nearer on photos of 2 … 12
megapixels than ffmpeg's `perspective` over a picture of the film's size, for half of the work; and `zoompan` and `crop`
round to whole pixels and tremble.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL.Image import Resampling

from studio.edit.timeline import FULL, Fit, Move, Rect
from studio.media.image import read_image
from studio.types import U8

if TYPE_CHECKING:
    from PIL.Image import Image

F64 = NDArray[np.float64]
OVER = 2.0  # pixels of the plate for one of the film
SOFT = 0.45  # px of the plate, sigma: as much as keeps fine texture from flickering under linear interpolation
_STRIP = 256  # rows, even
_WIDEST = 2**14  # px: OpenCV reads from pictures up to 2¹⁵; a move from the whole to a detail gets a coarser plate
DARKER, PALER = 0.10, 0.75  # of the blurred copy behind a photo of another shape
# RGB 0 … 255 to Y, Cb, Cr of 16 … 235 and 16 … 240 (ITU-R BT.709-6, sections 3 and 4).
_KR, _KB = 0.2126, 0.0722
_LUMA = np.array([_KR, 1 - _KR - _KB, _KB])
_YUV = np.stack(
    [
        _LUMA * 219 / 255,
        (np.array([0, 0, 1]) - _LUMA) / (2 * (1 - _KB)) * 224 / 255,
        (np.array([1, 0, 0]) - _LUMA) / (2 * (1 - _KR)) * 224 / 255,
    ]
)
_OFFSET = np.array([[16.0], [128.0], [128.0]])


@dataclass(frozen=True)
class Glide:
    """A move over a still: `length` frames of `size` px, W and H even."""

    path: Path
    fit: Fit
    move: Move
    size: tuple[int, int]
    length: int

    def frames(self) -> Iterator[memoryview]:
        """Every frame as planes of 4:2:0, BT.709 of limited range; each is overwritten by the next.

        Raises:
            FileUnreadable, PhotoUnusable.
        """
        width, height = self.size
        buffer = np.empty(width * height * 3 // 2, np.uint8)
        cuts = np.cumsum([width * height, width * height // 4])
        shapes = ((height, width), (height // 2, width // 2), (height // 2, width // 2))
        targets = [part.reshape(shape) for part, shape in zip(np.split(buffer, cuts), shapes, strict=True)]
        planes = self._planes()
        last: Rect | None = None
        for number in range(self.length):
            if (view := self.view(number)) != last:
                last = view
                for target, plane, fine in zip(targets, planes, (1, 2, 2), strict=True):
                    _read(plane, self._to_plate(view, fine), target)
            yield buffer.data

    def view(self, number: int) -> Rect:
        """What is seen in a frame."""
        part = number / max(1, self.length - 1)
        eased = part if self.move.easing == "linear" else (1 - np.cos(np.pi * part)) / 2
        a, b = self.move.start, self.move.end
        return Rect(
            *(p + (q - p) * eased for p, q in ((a.x, b.x), (a.y, b.y), (a.width, b.width), (a.height, b.height)))
        )

    @cached_property
    def _seen(self) -> Rect:
        """What is seen at one time or another."""
        a, b = self.move.start, self.move.end
        x, y = min(a.x, b.x), min(a.y, b.y)
        right, foot = max(a.x + a.width, b.x + b.width), max(a.y + a.height, b.y + b.height)
        return Rect(x, y, min(1.0, right) - x, min(1.0, foot) - y)

    @cached_property
    def _plate(self) -> tuple[int, int]:
        """W, H px of the plate, even: of what is seen alone, and finer for a near view."""
        a, b = self.move.start, self.move.end
        sides = zip(
            self.size, (self._seen.width, self._seen.height), ((a.width, b.width), (a.height, b.height)), strict=True
        )
        width, height = (side * seen * OVER / (one * two) ** 0.5 for side, seen, (one, two) in sides)
        return min(_WIDEST, 2 * round(width / 2)), min(_WIDEST, 2 * round(height / 2))

    def _to_plate(self, view: Rect, fine: int) -> F64:
        """From a pixel of a frame to one of the plate, float64 (2, 3).

        Args:
            fine: luma pixels for one of this plane. A frame's chroma lies over the left one of its two (MPEG-2), the
                plate's over the middle of both.
        """
        rows = []
        frame = (view.x, view.width, self._seen.x, self._seen.width)
        upright = (view.y, view.height, self._seen.y, self._seen.height)
        middles = (0.5, fine / 2)
        for axis, (start, share, seen, whole) in enumerate((frame, upright)):
            side, plate = self.size[axis], self._plate[axis]
            step = share / whole * plate / side  # px of the plate for one luma px of the frame
            at = (start - seen) / whole * plate + middles[axis] * step
            rows.append([step if axis == 0 else 0.0, step if axis == 1 else 0.0, at / fine - 0.5])
        return np.array(rows)

    def _planes(self) -> tuple[U8, U8, U8]:
        """The plate, luma and chroma, drawn strip by strip: all of it in RGB would take five times the memory."""
        sheet = Sheet.of(read_image(self.path), self.fit, self.size)
        width, height = self._plate
        y, u, v = (np.empty((height // fine, width // fine), np.uint8) for fine in (1, 2, 2))
        to_yuv = np.hstack([_YUV, _OFFSET])
        for top in range(0, height, _STRIP):
            foot = min(height, top + _STRIP)
            share = self._seen.height / height
            strip = Rect(self._seen.x, self._seen.y + share * top, self._seen.width, share * (foot - top))
            y[top:foot], *chroma = cv2.split(cv2.transform(sheet.drawn(strip, (width, foot - top)), to_yuv))
            half = (width // 2, (foot - top) // 2)
            for plane, part in zip((u, v), chroma, strict=True):
                plane[top // 2 : foot // 2] = cv2.resize(part, half, interpolation=cv2.INTER_AREA)
        return cv2.GaussianBlur(y, (0, 0), SOFT), u, v


def _read(plane: U8, to_plate: F64, target: U8) -> None:
    size = (target.shape[1], target.shape[0])
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    cv2.warpAffine(plane, to_plate, size, dst=target, flags=how, borderMode=cv2.BORDER_REPLICATE)


@dataclass(frozen=True, eq=False)
class Sheet:
    """A photo on the canvas, to be drawn in parts and at any size."""

    photo: Image
    """RGB."""
    place: tuple[float, float, float, float]
    """Left, top, width, height of the photo, px of the canvas."""
    behind: U8
    """What lies around it, RGB uint8 (h, w, 3), over the whole canvas."""
    size: tuple[int, int]
    """W, H px of the canvas."""

    @classmethod
    def of(cls, photo: U8, fit: Fit, size: tuple[int, int]) -> Sheet:
        """Lay a photo, RGB uint8 (h, w, 3), on a canvas of W, H px."""
        from PIL import Image

        height, width = photo.shape[:2]
        shares = (size[0] / width, size[1] / height)
        behind = np.zeros((1, 1, 3), np.uint8)
        if fit.mode == "cover":
            scale = max(shares)
            wide, high = width * scale, height * scale
            corner = [
                -min(max(side * at - whole / 2, 0.0), max(0.0, side - whole))
                for side, at, whole in zip((wide, high), fit.focus, size, strict=True)
            ]
        else:
            wide, high = (2 * round(side * min(shares) / 2) for side in (width, height))
            corner = [2 * ((whole - side) // 4) for whole, side in zip(size, (wide, high), strict=True)]
            if fit.mode == "contain-blur" and (wide, high) != size:
                behind = _blurred(photo, size)
        return cls(Image.fromarray(photo), (corner[0], corner[1], wide, high), behind, size)

    def drawn(self, seen: Rect, pixels: tuple[int, int]) -> U8:
        """A part of the canvas, RGB uint8 (H, W, 3).

        Args:
            pixels: W, H px in which it is drawn.
        """
        laid = self._around(seen, pixels)
        spans, box = [], [0.0] * 4
        for axis, (start, share) in enumerate(((seen.x, seen.width), (seen.y, seen.height))):
            at, fine = start * self.size[axis], pixels[axis] / (share * self.size[axis])
            left, length = self.place[axis], self.place[axis + 2]
            first = round(max(0.0, (left - at) * fine))
            last = round(min(float(pixels[axis]), (left + length - at) * fine))
            own = self.photo.size[axis]
            for side, edge in ((axis, first), (axis + 2, last)):
                box[side] = min(max(0.0, (edge / fine + at - left) / length * own), own)
            spans.append(slice(first, max(first, last)))
        wide, high = (span.stop - span.start for span in spans)
        if wide and high:
            cut = (box[0], box[1], box[2], box[3])
            laid[spans[1], spans[0]] = np.asarray(
                self.photo.resize((wide, high), Resampling.LANCZOS, cut, reducing_gap=3.0)
            )
        return laid

    def _around(self, seen: Rect, pixels: tuple[int, int]) -> U8:
        height, width = self.behind.shape[:2]
        if height == 1:
            return np.full((pixels[1], pixels[0], 3), self.behind, np.uint8)
        step = (seen.width * width / pixels[0], seen.height * height / pixels[1])
        corner = (seen.x * width + step[0] / 2 - 0.5, seen.y * height + step[1] / 2 - 0.5)
        to_small = np.array([[step[0], 0, corner[0]], [0, step[1], corner[1]]])
        how = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
        return np.asarray(cv2.warpAffine(self.behind, to_small, pixels, flags=how, borderMode=cv2.BORDER_REPLICATE))


def _blurred(photo: U8, size: tuple[int, int]) -> U8:
    """A blurred, darker, paler copy of a photo that fills the canvas, at an eighth of its size: the same look."""
    small = (max(2, 2 * round(size[0] / 16)), max(2, 2 * round(size[1] / 16)))
    soft = cv2.GaussianBlur(Sheet.of(photo, Fit("cover"), small).drawn(FULL, small), (0, 0), max(small) / 30)
    grey = (soft @ _LUMA)[..., None]
    made: U8 = np.clip(grey + PALER * (soft - grey) - DARKER * 255 * 255 / 219, 0, 255).astype(np.uint8)
    return made
