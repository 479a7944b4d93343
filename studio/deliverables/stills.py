"""Single pictures of a film: a poster, and a sheet of all its scenes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from pathlib import Path

import numpy as np

from studio import film, pictures
from studio.deliverables.order import Order
from studio.edit import fonts
from studio.errors import FaceNotFound
from studio.media import ffmpeg
from studio.media.files import scratch, writing
from studio.media.image import read_image
from studio.media.workers import at_once
from studio.scenes import THIRD_AT, THIRD_FOR, Plan
from studio.storyboard import PhotoScene, TalkingScene
from studio.takes import Takes
from studio.trust import label
from studio.types import F32, U8

_LOOKS = 6  # frames of a scene that are looked at
_SCENES = 8  # scenes that are looked at; of more, evenly spread
_EDGE = Fraction(1, 2)  # s from a scene's ends in which nothing has settled yet
_CELLS = 48
_COLUMNS = 4
_CELL = 400  # px across
_GAP = 14  # px
_JPEG = 92

# The lids' points in FaceMesh: outer corner, two on the upper lid, inner corner, two on the lower lid. The eye aspect
# ratio is their height by their width (Soukupová & Čech 2016): about .3 open, below .2 closed.
_EYES = ((33, 160, 158, 133, 153, 144), (362, 385, 387, 263, 373, 380))
_OPEN = 0.25


@dataclass(frozen=True, eq=False)
class _Look:
    """A frame that might be the poster."""

    picture: U8
    score: float
    synthetic: bool


def poster(order: Order) -> tuple[Path, ...]:
    """FILM-poster.jpg: of the frames in which somebody speaks, the one with the largest, sharpest face and open eyes.

    No caption and no lower third is in it. Without anybody who speaks the photos are looked at, without a face in them
    the middle of the film is taken.
    """
    cut, takes = order.cut, order.takes
    for kind in (TalkingScene, PhotoScene):
        places = [place for place, planned in enumerate(cut.plans) if isinstance(planned.scene, kind)]
        jobs = [partial(_looks, cut.shots[place], cut.plans[place]) for place in _spread(places, _SCENES)]
        looks = [look for found in at_once(jobs, 1) for look in found]
        if looks:
            break
    else:
        middle = _frames(order.film, [cut.timeline.duration / 2])
        looks = [_Look(middle[0], 0.0, film.anything_made(takes))]
    best = max(looks, key=lambda look: look.score)
    path = order.beside("poster", ".jpg")
    _write(takes, order, path, _marked(takes, best.picture, synthetic=best.synthetic), synthetic=best.synthetic)
    return (path,)


def contact_sheet(order: Order) -> tuple[Path, ...]:
    """FILM-contact-sheet.jpg: a frame of every scene of the finished film with its name and when it is seen."""
    cut, takes = order.cut, order.takes
    places = _spread(list(range(len(cut.plans))), _CELLS)
    moments = [cut.starts[place] + cut.plans[place].own / 2 for place in places]
    cells = _frames(order.film, moments, width=_CELL)
    names = [f"{_clock(cut.starts[place])}  {cut.plans[place].scene.id}" for place in places]
    path = order.beside("contact-sheet", ".jpg")
    _write(takes, order, path, _sheet(cells, names), synthetic=film.anything_made(takes))
    return (path,)


def _looks(shot: Path, planned: Plan) -> list[_Look]:
    """Frames of a scene with a face in them, scored."""
    first, last = planned.head + _EDGE, planned.duration - planned.tail - _EDGE
    if isinstance(planned.scene, TalkingScene) and planned.scene.lower_third is not None:
        after = planned.head + THIRD_AT + THIRD_FOR
        first, last = (after, last) if last - after > _EDGE else (first, planned.head + THIRD_AT)
    if isinstance(planned.scene, PhotoScene) and planned.scene.caption:
        return []
    moments = [first + (last - first) * place / (_LOOKS - 1) for place in range(_LOOKS)] if last > first else [first]
    synthetic = isinstance(planned.scene, TalkingScene)
    found = [(picture, _score(picture)) for picture in _frames(shot, moments)]
    return [_Look(picture, score, synthetic) for picture, score in found if score > 0]


def _score(picture: U8) -> float:
    """How good a portrait this is: 0 without a face; grows with its size, its sharpness, and how open the eyes are."""
    import cv2

    from studio.head import faces

    try:
        seen = faces.find(picture)
    except FaceNotFound:
        return 0.0
    if not seen:
        return 0.0
    x0, y0, x1, y1 = seen[0].box
    face = cv2.cvtColor(picture[max(y0, 0) : y1, max(x0, 0) : x1], cv2.COLOR_RGB2GRAY)
    sharp = float(cv2.Laplacian(face, cv2.CV_64F).var()) ** 0.5
    opened = min(1.0, min(_aspect(seen[0].landmarks, eye) for eye in _EYES) / _OPEN)
    tall = (y1 - y0) / picture.shape[0]
    return float(tall * (5.0 + sharp) * opened**2)


def _aspect(landmarks: F32, eye: Sequence[int]) -> float:
    """Eye aspect ratio."""
    a, b, c, d, e, f = landmarks[list(eye), :2]
    return float((np.linalg.norm(b - f) + np.linalg.norm(c - e)) / (2 * np.linalg.norm(a - d)))


def _marked(takes: Takes, picture: U8, *, synthetic: bool) -> U8:
    """The picture with the marks that the film carries at its opening."""
    from PIL import Image

    marked = not film.allowed(takes)
    drawn = [pictures.opening_label(takes, below_mark=marked)] if synthetic else []
    drawn += [pictures.draft_mark(takes)] if marked else []
    sheet = Image.fromarray(picture).convert("RGBA")
    for mark, position in drawn:
        sheet.alpha_composite(Image.open(mark).convert("RGBA"), position)
    return np.asarray(sheet.convert("RGB"))


def _frames(path: Path, moments: Sequence[Fraction], width: int | None = None) -> list[U8]:
    """Single frames of a video, s from its start."""
    scale = f"scale={width}:-2:flags=lanczos," if width else ""

    def frame(number: int, moment: Fraction) -> U8:
        # A little early: the frame that is on the screen at that moment, not the one after it.
        target = folder / f"{number}.png"
        args = ["-ss", f"{max(0.0, float(moment) - 0.005):.6f}", "-i", str(path), "-frames:v", "1", "-update", "1"]
        ffmpeg.run([*args, "-vf", f"{scale}format=rgb24", str(target)])
        return read_image(target)

    with scratch() as folder:
        return at_once([partial(frame, number, moment) for number, moment in enumerate(moments)])


def _sheet(cells: Sequence[U8], names: Sequence[str]) -> U8:
    """Pictures in rows with a line of text under each, on a dark ground."""
    from PIL import Image, ImageDraw, ImageFont

    height = cells[0].shape[0]
    size, columns = max(12, _CELL // 24), min(_COLUMNS, len(cells))
    step = height + 2 * size + _GAP
    rows = -(-len(cells) // columns)
    sheet = Image.new("RGB", (columns * (_CELL + _GAP) + _GAP, rows * step + _GAP), (18, 17, 16))
    pen = ImageDraw.Draw(sheet)
    typeface = ImageFont.truetype(str(fonts.font_for("".join(names)).path), size)
    for number, (cell, name) in enumerate(zip(cells, names, strict=True)):
        left, top = _GAP + (number % columns) * (_CELL + _GAP), _GAP + (number // columns) * step
        sheet.paste(Image.fromarray(cell), (left, top))
        while typeface.getlength(name) > _CELL:
            name = name[:-2] + "…"  # noqa: PLW2901  (a letter less, until it fits)
        pen.text((left, top + height + size // 4), name, fill=(214, 208, 196), font=typeface)
    return np.asarray(sheet)


def _write(takes: Takes, order: Order, path: Path, picture: U8, *, synthetic: bool) -> None:
    from PIL import Image

    tags = film.tags(takes, order.cut.timeline)
    packet = {"xmp": label.xmp(tags)} if synthetic else {}
    with writing(path) as draft:
        Image.fromarray(picture).save(draft, format="JPEG", quality=_JPEG, subsampling=0, **packet)


def _spread(places: Sequence[int], most: int) -> list[int]:
    """At most so many of them, evenly spread."""
    if len(places) <= most:
        return list(places)
    return [places[round(number * (len(places) - 1) / (most - 1))] for number in range(most)]


def _clock(time: Fraction) -> str:
    minutes, seconds = divmod(int(time), 60)
    return f"{minutes}:{seconds:02d}"
