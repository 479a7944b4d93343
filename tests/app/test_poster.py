"""Which picture stands for a film."""

from __future__ import annotations

import json
from fractions import Fraction

import numpy as np
import pytest

from studio.app import poster
from studio.media.image import read_image
from studio.media.video import write_video
from studio.types import FrameSource, Render


def film(folder, seconds=4, scenes=None) -> Render:
    recipe = folder / "recipe.json"
    recipe.write_text(json.dumps({"film": {"scenes": scenes}} if scenes else {}), encoding="utf-8")
    return Render(folder / "film.mp4", (), recipe, Fraction(seconds), "")


@pytest.mark.parametrize(
    ("seconds", "scenes", "when"),
    [
        (9, None, 3),
        (9, [{"id": "only", "start_s": "0"}], 3),
        (9, [{"id": "title", "start_s": "0"}, {"id": "a", "start_s": "7/2"}], 5),
        (4, [{"id": "title", "start_s": "0"}, {"id": "a", "start_s": "7/2"}], Fraction(4, 3)),
        (900, [{"id": "title", "start_s": "0"}, {"id": "a", "start_s": "600"}], 60),
        (9, [{"id": "title"}, {"id": "a", "start_s": "soon"}], 3),
    ],
)
def test_the_moment(tmp_path, seconds, scenes, when):
    assert poster.moment(film(tmp_path, seconds, scenes)) == when


def test_the_frame_of_that_moment_is_written(tmp_path):
    render = film(tmp_path, 4, [{"id": "title", "start_s": "0"}, {"id": "a", "start_s": "1"}])
    # Each frame is as bright as its number: 25 fps, so 2.5 s is frame 62.
    frames = FrameSource(
        lambda: (np.full((48, 64, 3), 2 * i, np.uint8) for i in range(100)), 100, Fraction(25), (64, 48)
    )
    write_video(render.path, frames)
    picture = read_image(poster.make(render))
    assert picture.shape == (48, 64, 3)
    assert abs(int(picture.mean()) - 2 * 62) <= 3
