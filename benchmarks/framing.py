"""Do moved photos keep their heads? `uv run python -m benchmarks.framing PHOTO_OR_FOLDER…`

Every photo is moved over in every shape of film, small: from the face to the whole, and from a point beside each of
two faces to the face. In every tenth frame the face detector looks again, as if it had never seen the photo. A head is
the detected face with room for hair, ears and chin; the margin is its distance to the nearest edge of the picture that
is not an edge of the photo itself, in heights of the face: below 0, a head is cut.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import numpy as np

from studio.edit.render import render
from studio.edit.timeline import Clip, Media, Move, Rect, Timeline, TimeRange, Track
from studio.framing import Box, Framing, sitters
from studio.head import faces
from studio.media.image import read_image
from studio.media.video import read_video
from studio.people import Point
from studio.types import U8

SHAPES = {"16:9": (640, 360), "9:16": (360, 640), "1:1": (400, 400), "4:5": (384, 480)}
FRAMES, STEP = 41, 10
SEEN = 44  # px: height of a face that the detector sees for sure
SAME = 0.3  # overlap from which a detected face is taken for one that is known


@dataclass(frozen=True)
class Watched:
    """What was seen of one move over one photo."""

    looked: int
    """Faces times frames."""
    found: int
    """How often the detector found the face where the framing says it is."""
    margin: float
    """The least distance of a detected head to the edge of the picture, in heights of the face; inf if none was."""
    planned: float
    """The same by the framing's own arithmetic, of every sitter in every frame."""


def framings(image: U8) -> dict[str, Framing]:
    """A photo, its faces found, in every shape."""
    size = (image.shape[1], image.shape[0])
    known = sitters(faces.find(image), size)
    return {shape: _large_enough(Framing(size, canvas, known)) for shape, canvas in SHAPES.items()}


def _large_enough(framing: Framing) -> Framing:
    """The same on a larger canvas, where the detector would not see the smallest face on this one."""
    smallest = min((y1 - y0 for _, y0, _, y1 in framing.faces), default=1.0) * framing.shown[1]
    scale = max(1.0, SEEN / smallest)
    width, height = (2 * round(side * scale / 2) for side in framing.canvas)
    return replace(framing, canvas=(width, height))


def moves(framing: Framing) -> dict[str, Move]:
    """The moves that a person can ask for; a point is taken beside the first face and beside the last."""
    full, face = framing.view("full"), framing.view("face")
    asked = {"face → full": Move(face, full)}  # its mirror image in time is full → face
    for x0, y0, x1, y1 in dict.fromkeys((framing.faces[0], framing.faces[-1])):
        beside = Point(x=min(1.0, max(0.0, x1 + 0.6 * (x1 - x0))), y=min(1.0, y1 + 0.5 * (y1 - y0)))
        asked[f"point {len(asked)} → face"] = Move(framing.view(beside), face)
    return asked


def watch(photo: Path, framing: Framing, move: Move) -> Watched:
    """Render a move and look for the faces in every tenth frame."""
    rate = Fraction(25)
    clip = Clip("p", Media(photo, "still"), TimeRange(Fraction(0), FRAMES / rate), (framing.fit, move))
    with tempfile.TemporaryDirectory() as folder:
        film = Path(folder) / "move.mkv"
        render(Timeline(rate, framing.canvas, (Track("video", (clip,)),)), film, quality="scene")
        pictures = list(read_video(film).open())
    found, margins, planned = 0, [np.inf], [np.inf]
    for number in range(0, FRAMES, STEP):
        seen = [face.box for face in faces.find(pictures[number])]
        whole = framing.seen((0.0, 0.0, 1.0, 1.0), _view(move, number))
        for face in framing.faces:
            expected = framing.seen(face, _view(move, number))
            planned.append(_margin(_head(expected, framing.canvas), whole, expected, framing.canvas))
            here = [tuple(np.array(box) / np.tile(framing.canvas, 2)) for box in seen]
            same = max(here, key=lambda box: _overlap(box, expected), default=None)
            if same is not None and _overlap(same, expected) >= SAME:
                found += 1
                margins.append(_margin(_head(same, framing.canvas), whole, same, framing.canvas))
    looked = len(framing.faces) * len(range(0, FRAMES, STEP))
    return Watched(looked, found, float(min(margins)), float(min(planned)))


def _view(move: Move, number: int) -> Rect:
    """Where the camera is in a frame."""
    part = (1 - np.cos(np.pi * number / (FRAMES - 1))) / 2
    corners = [np.array([box.x, box.y, box.x + box.width, box.y + box.height]) for box in (move.start, move.end)]
    x0, y0, x1, y1 = corners[0] + part * (corners[1] - corners[0])
    return Rect(x0, y0, x1 - x0, y1 - y0)


def _head(box: Sequence[float], canvas: tuple[int, int]) -> Box:
    """Room for hair, ears and chin around a detected face: the forehead's is a quarter of the face."""
    x0, y0, x1, y1 = box
    tall = y1 - y0
    aside = 0.08 * tall * canvas[1] / canvas[0]
    return x0 - aside, y0 - 0.25 * tall, x1 + aside, y1 + 0.04 * tall


def _margin(head: Box, photo: Box, face: Sequence[float], canvas: tuple[int, int]) -> float:
    """Least distance of a head to an edge, in heights of the face; where the photo itself ends, nothing is cut."""
    tall = (face[3] - face[1]) * canvas[1]
    low = [max(value, edge) for value, edge in zip(head[:2], photo[:2], strict=True)]
    high = [min(value, edge) for value, edge in zip(head[2:], photo[2:], strict=True)]
    inside = [*low, *(1 - value for value in high)]
    # A pixel of the render is within rounding.
    return min((share * side + 1) / tall for share, side in zip(inside, (*canvas, *canvas), strict=True))


def _overlap(a: Sequence[float], b: Sequence[float]) -> float:
    across, down = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    both = max(0.0, across) * max(0.0, down)
    return both / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - both)


def _photos(named: Sequence[str]) -> Iterator[Path]:
    for path in map(Path, named):
        yield from sorted(path.iterdir()) if path.is_dir() else [path]


def main(named: Sequence[str]) -> int:
    """Print the table; 1 where a head is cut."""
    print(f"{'photo':36} {'faces':>5} {'shape':>5}  {'move':16} {'fit':>12} {'found':>9} {'margin':>7} {'planned':>7}")
    cut = looked = found = 0
    for photo in _photos(named):
        for shape, framing in framings(read_image(photo)).items():
            if not framing.faces:
                print(f"{photo.name[:36]:36} {0:>5} {shape:>5}  no face")
                continue
            for name, move in moves(framing).items():
                seen = watch(photo, framing, move)
                looked, found = looked + seen.looked, found + seen.found
                cut += min(seen.margin, seen.planned) < 0
                print(
                    f"{photo.name[:36]:36} {len(framing.faces):>5} {shape:>5}  {name:16} {framing.fit.mode:>12} "
                    f"{seen.found:>4}/{seen.looked:<4} {seen.margin:>7.2f} {seen.planned:>7.2f}",
                    flush=True,
                )
    print(f"{cut} moves cut a head; {found} of {looked} faces found again")
    return 1 if cut else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
