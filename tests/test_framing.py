from __future__ import annotations

import pytest

from studio.edit.timeline import FULL, Fit, Rect
from studio.framing import Framing
from studio.people import Point

FACE = (0.4, 0.2, 0.6, 0.45)
CANVASES = [(1280, 720), (720, 1280), (720, 720), (576, 720)]
PHOTOS = [(700, 820), (1600, 1000), (300, 1500), (3000, 400)]


def on_canvas(framing: Framing, x: float, y: float) -> tuple[float, float]:
    """A point of the photo as it is seen without a move."""
    width, height = framing.shown
    cut_x = min(max(0, width * framing.fit.focus[0] - framing.canvas[0] / 2), max(0, width - framing.canvas[0]))
    cut_y = min(max(0, height * framing.fit.focus[1] - framing.canvas[1] / 2), max(0, height - framing.canvas[1]))
    pad_x, pad_y = max(0, framing.canvas[0] - width) / 2, max(0, framing.canvas[1] - height) / 2
    return (x * width - cut_x + pad_x) / framing.canvas[0], (y * height - cut_y + pad_y) / framing.canvas[1]


@pytest.mark.parametrize("canvas", CANVASES)
@pytest.mark.parametrize("photo", PHOTOS)
def test_the_face_stays_whole_wherever_the_camera_goes(photo: tuple[int, int], canvas: tuple[int, int]) -> None:
    framing = Framing(photo, canvas, FACE)
    move = framing.closer()
    for view in (framing.view("face"), move.start, move.end):
        for x, y in ((FACE[0], FACE[1]), (FACE[2], FACE[3])):
            at_x, at_y = on_canvas(framing, x, y)
            assert view.x - 1e-6 <= at_x <= view.x + view.width + 1e-6
            assert view.y - 1e-6 <= at_y <= view.y + view.height + 1e-6


def test_a_photo_of_nearly_the_canvas_shape_fills_it_and_another_is_shown_whole() -> None:
    assert Framing((600, 800), (576, 720)).fit.mode == "cover"
    assert Framing((700, 820), (1280, 720)).fit == Fit()
    assert Framing((1000, 500), (1000, 500)).shown == (1000, 500)


def test_a_face_at_the_edge_is_the_focus_of_the_crop() -> None:
    framing = Framing((1000, 800), (576, 720), (0.8, 0.3, 1.0, 0.6))
    assert framing.fit == Fit() or framing.fit.focus[0] > 0.85


def test_a_group_is_not_cut() -> None:
    group = (0.05, 0.2, 0.95, 0.5)
    assert Framing((1200, 1000), (720, 720), group).fit == Fit()
    assert Framing((1200, 1000), (720, 720), FACE).fit.mode == "cover"
    assert Framing((1200, 1000), (720, 720), group).view("face").width == 1.0


def test_full_is_full_and_a_point_is_looked_at() -> None:
    framing = Framing((1280, 720), (1280, 720))
    assert framing.view("full") == FULL
    assert framing.view(Point(x=0.5, y=0.5)) == Rect(0.19, 0.19, 0.62, 0.62)
    corner = framing.view(Point(x=0, y=0))
    assert (corner.x, corner.y) == (0, 0)


def test_the_camera_comes_closer() -> None:
    move = Framing((700, 820), (1280, 720), FACE).closer()
    assert move.end.width == pytest.approx(move.start.width - 0.06)
