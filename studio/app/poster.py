"""The picture a film shows before it is played: films fade in from black, and black tells nobody which film it is."""

from __future__ import annotations

import itertools
import json
from fractions import Fraction
from pathlib import Path

from studio.types import Render

SETTLED = Fraction(3, 2)  # s into a scene: its cross-fade is over and its words have begun
AIM_S = 60.0  # s; further in, decoding up to the frame would keep people waiting


def make(render: Render) -> Path:
    """Write a frame of the first scene after the title beside the film, as PNG.

    Raises:
        FileUnreadable: the film cannot be read.
        OutputUnwritable: its folder may not be written or its disk is full.
    """
    from studio.media.image import write_png
    from studio.media.video import read_video

    film = read_video(render.path)
    index = min(int(moment(render) * film.frame_rate), max(film.num_frames - 1, 0))
    target = render.path.with_suffix(".png")
    for frame in itertools.islice(film.open(), index, index + 1):
        write_png(target, frame)
    return target


def moment(render: Render) -> Fraction:
    """When that frame is, s: a little into the second scene, or a third into a film of one scene or unknown scenes."""
    third = Fraction(render.duration) / 3
    try:
        scenes = json.loads(render.recipe.read_text(encoding="utf-8"))["film"]["scenes"]
        start = Fraction(scenes[1]["start_s"])
    except (OSError, ValueError, LookupError, TypeError):
        return min(third, Fraction(AIM_S))
    return start + SETTLED if start + SETTLED < render.duration and start < AIM_S else min(third, Fraction(AIM_S))
