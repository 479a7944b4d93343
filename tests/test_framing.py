from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import framing as benchmark
from studio.edit.timeline import FULL, Fit, Move, Rect
from studio.framing import CAPTION_TOP, THIRD_TOP, Box, Framing, inset, sitters
from studio.media.image import read_image
from studio.people import Point
from studio.types import Face

FACE = (0.4, 0.2, 0.6, 0.45)
CANVASES = [(1280, 720), (720, 1280), (720, 720), (576, 720)]
PHOTOS = [(700, 820), (1600, 1000), (300, 1500), (3000, 400)]
FACES = [
    (FACE,),
    ((0.05, 0.02, 0.25, 0.2), (0.7, 0.5, 0.95, 0.9)),
    ((0.0, 0.6, 0.15, 0.8), (0.3, 0.55, 0.45, 0.75), (0.85, 0.6, 1.0, 0.8)),
]
NEAR = [Point(x=0, y=0), Point(x=1, y=1), Point(x=0.62, y=0.5), Point(x=0.3, y=0.1)]


def on_canvas(framing: Framing, x: float, y: float) -> tuple[float, float]:
    """A point of the photo as it is seen without a move."""
    width, height = framing.shown
    cut_x = min(max(0, width * framing.fit.focus[0] - framing.canvas[0] / 2), max(0, width - framing.canvas[0]))
    cut_y = min(max(0, height * framing.fit.focus[1] - framing.canvas[1] / 2), max(0, height - framing.canvas[1]))
    pad_x, pad_y = max(0, framing.canvas[0] - width) / 2, max(0, framing.canvas[1] - height) / 2
    return (x * width - cut_x + pad_x) / framing.canvas[0], (y * height - cut_y + pad_y) / framing.canvas[1]


def views(framing: Framing) -> list[Rect]:
    """Everywhere the camera can come to rest."""
    closer, drift = framing.closer(), framing.drift()
    points = [framing.view(point) for point in NEAR]
    return [framing.view("full"), framing.view("face"), closer.start, closer.end, drift.start, drift.end, *points]


@pytest.mark.parametrize("canvas", CANVASES)
@pytest.mark.parametrize("photo", PHOTOS)
@pytest.mark.parametrize("faces", FACES)
def test_no_head_is_cut_wherever_the_camera_goes(
    photo: tuple[int, int], canvas: tuple[int, int], faces: tuple[Box, ...]
) -> None:
    framing = Framing(photo, canvas, faces)
    for view in views(framing):
        for x0, y0, x1, y1 in faces:
            tall = y1 - y0
            for x, y in ((x0, max(0.0, y0 - 0.45 * tall)), (x1, min(1.0, y1 + 0.05 * tall))):
                at_x, at_y = on_canvas(framing, x, y)
                assert view.x - 1e-6 <= at_x <= view.x + view.width + 1e-6
                assert view.y - 1e-6 <= at_y <= view.y + view.height + 1e-6


@pytest.mark.parametrize("canvas", CANVASES)
def test_a_box_of_the_photo_is_known_on_the_canvas(canvas: tuple[int, int]) -> None:
    framing = Framing((1600, 1000), canvas, (FACE,))
    seen = framing.seen(FACE)
    assert seen == pytest.approx((*on_canvas(framing, *FACE[:2]), *on_canvas(framing, *FACE[2:])), abs=2e-3)
    closer = framing.seen(FACE, framing.view("face"))
    assert closer[3] - closer[1] > seen[3] - seen[1]


def test_a_photo_of_nearly_the_canvas_shape_fills_it_and_another_is_shown_whole() -> None:
    assert Framing((600, 800), (576, 720)).fit.mode == "cover"
    assert Framing((700, 820), (1280, 720)).fit == Fit()
    assert Framing((1000, 500), (1000, 500)).shown == (1000, 500)
    assert Framing((700, 820), (1280, 720), most_lost=0.6).fit.mode == "cover"


def test_a_face_at_the_edge_is_the_focus_of_the_crop() -> None:
    framing = Framing((1000, 800), (576, 720), ((0.8, 0.3, 1.0, 0.6),))
    assert framing.fit == Fit() or framing.fit.focus[0] > 0.85


def test_a_group_is_not_cut() -> None:
    group = (0.05, 0.2, 0.95, 0.5)
    assert Framing((1200, 1000), (720, 720), (group,)).fit == Fit()
    assert Framing((1200, 1000), (720, 720), (FACE,)).fit.mode == "cover"
    assert Framing((1200, 1000), (720, 720), (group,)).view("face").width == 1.0


def test_full_is_full_and_a_point_is_looked_at() -> None:
    framing = Framing((1280, 720), (1280, 720))
    assert framing.view("full") == FULL
    assert framing.view(Point(x=0.5, y=0.5)) == Rect(0.19, 0.19, 0.62, 0.62)
    corner = framing.view(Point(x=0, y=0))
    assert (corner.x, corner.y) == (0, 0)


def test_the_camera_comes_closer() -> None:
    framing = Framing((700, 820), (1280, 720), (FACE,))
    move = framing.closer()
    assert move.end.width == pytest.approx(move.start.width - 0.06)
    assert framing.closer(face=0.6).end.width < move.end.width
    assert 0.9 < framing.drift().end.width < 1


def test_words_below_a_face_do_not_lie_on_it() -> None:
    low = (0.4, 0.55, 0.6, 0.8)
    framing = Framing((1600, 900), (1280, 720), (low,))
    for floor in (CAPTION_TOP, THIRD_TOP):
        move = framing.closer(floor)
        for view in (move.start, move.end, framing.view("face", floor)):
            chin = framing.seen(low, view)[3]
            assert chin <= floor + 1e-6 or view.y + view.height == pytest.approx(1)
    assert framing.seen(low, framing.view("face"))[3] > framing.seen(low, framing.view("face", THIRD_TOP))[3]


def test_passers_by_do_not_count() -> None:
    def face(x0: int, y0: int, x1: int, y1: int) -> Face:
        return Face(None, (x0, y0, x1, y1))  # type: ignore[arg-type]

    found = [face(10, 10, 50, 60), face(60, 10, 90, 40), face(0, 0, 10, 12)]
    assert sitters(found, (100, 200)) == ((0.1, 0.05, 0.5, 0.3), (0.6, 0.05, 0.9, 0.2))
    assert sitters([], (100, 200)) == ()


@pytest.mark.parametrize("canvas", CANVASES)
@pytest.mark.parametrize("photo", [(1600, 1000), (700, 820)])
@pytest.mark.parametrize("place", ["left", "right"])
def test_a_portrait_and_the_photo_beside_it_share_the_canvas(
    canvas: tuple[int, int], photo: tuple[int, int], place: str
) -> None:
    layout = inset(canvas, place, Framing(photo, canvas))  # type: ignore[arg-type]
    one, other = layout.portrait, layout.behind
    assert one.width * one.height + other.width * other.height == pytest.approx(1)
    if one.height == 1:
        assert (one.x == 0) == (place == "left")
        assert other.x == pytest.approx(one.width if place == "left" else 0)
    else:
        assert one.y == 0 and other.y == one.height and canvas[0] <= canvas[1]
    assert (one.height == 1) == (canvas[0] > canvas[1] or (photo[0] < photo[1] and canvas[0] > 0.7 * canvas[1]))


@pytest.mark.parametrize("canvas", CANVASES)
def test_a_corner_hides_nobody_and_lies_between_labels_and_captions(canvas: tuple[int, int]) -> None:
    right = Framing(canvas, canvas, ((0.7, 0.3, 0.85, 0.55),))
    left = Framing(canvas, canvas, ((0.1, 0.2, 0.25, 0.4),))
    for framing in (right, left):
        corner = inset(canvas, "corner", framing).portrait
        assert inset(canvas, "corner", framing).behind == FULL
        assert corner.y >= 0.13 and corner.y + corner.height <= CAPTION_TOP + 1e-9
        x0, y0, x1, y1 = framing.each_head[0]
        apart = corner.x >= x1 or corner.x + corner.width <= x0 or corner.y >= y1 or corner.y + corner.height <= y0
        assert apart
    assert inset(canvas, "corner", left).portrait.x > 0.5


@pytest.mark.parametrize("shape", benchmark.SHAPES)
def test_the_detector_finds_the_head_whole_in_every_tenth_frame(hopper: Path, shape: str) -> None:
    framing = benchmark.framings(read_image(hopper))[shape]
    asked = benchmark.moves(framing)
    seen = benchmark.watch(hopper, framing, asked["face → full" if shape in ("16:9", "1:1") else "point 1 → face"])
    assert seen.found == seen.looked == 5
    assert min(seen.margin, seen.planned) >= 0


@pytest.mark.parametrize(("name", "shape"), [("two_people.jpg", "9:16"), ("historical_NativeAmericans.jpg", "1:1")])
def test_no_head_of_a_group_is_cut(shared: Path, name: str, shape: str) -> None:
    photo = shared / "media" / "portraits" / name
    framing = benchmark.framings(read_image(photo))[shape]
    assert len(framing.faces) in (2, 4)
    seen = benchmark.watch(photo, framing, benchmark.moves(framing)["point 1 → face"])
    assert seen.found == seen.looked
    assert min(seen.margin, seen.planned) >= 0


def test_the_benchmark_sees_a_cut_head(hopper: Path) -> None:
    """A move that cuts the head on purpose: the figures say so."""
    framing = benchmark.framings(read_image(hopper))["1:1"]
    x0, y0, x1, _ = framing.seen(framing.faces[0])
    low = Rect((x0 + x1) / 2 - 0.3, y0 - 0.02, 0.6, 0.6)
    seen = benchmark.watch(hopper, framing, Move(low, FULL))
    assert seen.planned < 0
    assert seen.margin < 0
