from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from studio.head import animate, faces, lips, mesh, portrait
from studio.head.rig import FIELDS, Grid
from studio.media.image import read_image
from studio.types import MOTION_CURVES, U8, FaceMotion, Portrait


def motion(*frames: dict[str, float], rate: Fraction = Fraction(25)) -> FaceMotion:
    """A motion written out by hand: for each frame the curves that are not 0."""
    curves = np.zeros((len(frames), len(MOTION_CURVES)), np.float32)
    for row, frame in zip(curves, frames, strict=True):
        for name, value in frame.items():
            row[MOTION_CURVES.index(name)] = value
    return FaceMotion(curves, rate)


def drawn(stage: animate.Stage, **curves: float) -> U8:
    """One frame of the region."""
    made = motion(curves)
    return animate.draw(stage, animate.field_amounts(made, stage.rig)[0], made.curves[0])


def measured(stage: animate.Stage, region: U8) -> mesh.F64:
    """The mesh that FaceMesh sees in a drawn region, px of the region."""
    low, high = stage.rig.points.min(axis=0), stage.rig.points.max(axis=0)
    centre, side = (low + high) / 2, 1.7 * float((high - low).max())
    with faces.quiet(), faces.mesher() as model:
        found = faces.measure(model, region, (float(centre[0]), float(centre[1])), side)
    assert found is not None
    return found[0]


LOUD = {"jaw": 0.7, "wide": -0.4, "blink": 0.6, "yaw": 0.08, "pitch": -0.05, "roll": 0.06, "breath": 1.0, "brow": 0.5}


def test_the_frame_source_keeps_its_contract(hopper_portrait: Portrait) -> None:
    made = motion({}, LOUD, {"smile": 1}, rate=Fraction(30000, 1001))
    source = animate.animate(hopper_portrait, made)
    height, width = hopper_portrait.image.shape[:2]
    assert (source.num_frames, source.frame_rate, source.size) == (3, Fraction(30000, 1001), (width, height))
    first, second = list(source.open()), list(source.open())
    assert len(first) == 3
    for frame, again in zip(first, second, strict=True):
        assert frame.shape == (height, width, 3)
        assert frame.dtype == np.uint8
        np.testing.assert_array_equal(frame, again)
    np.testing.assert_array_equal(first[0], hopper_portrait.image)
    assert not np.array_equal(first[1], first[0])


def test_nothing_outside_the_region_changes(hopper_portrait: Portrait) -> None:
    (frame,) = animate.animate(hopper_portrait, motion(LOUD)).open()
    x0, y0, x1, y1 = hopper_portrait.region
    outside = np.ones(frame.shape[:2], bool)
    outside[y0:y1, x0:x1] = hopper_portrait.mask == 0
    np.testing.assert_array_equal(frame[outside], hopper_portrait.image[outside])


def test_a_frame_is_owned_by_its_reader(hopper_portrait: Portrait) -> None:
    frames = animate.animate(hopper_portrait, motion({}, {})).open()
    next(frames)[:] = 0
    np.testing.assert_array_equal(next(frames), hopper_portrait.image)


@pytest.mark.parametrize(("jaw", "gap"), [(0.5, 0.15), (1.0, 0.30)])
def test_the_jaw_opens_the_mouth_as_far_as_the_curve_says(hopper_stage: animate.Stage, jaw: float, gap: float) -> None:
    seen = measured(hopper_stage, drawn(hopper_stage, jaw=jaw))
    assert mesh.inner_lip_gap(seen) == pytest.approx(gap, abs=0.06)


def test_a_blink_closes_the_lids(hopper_stage: animate.Stage) -> None:
    rest = mesh.lid_gap(measured(hopper_stage, hopper_stage.image))
    closed = mesh.lid_gap(measured(hopper_stage, drawn(hopper_stage, blink=1)))
    assert closed < 0.55 * rest


def test_a_smile_lifts_the_corners_and_keeps_the_lips_closed(hopper_stage: animate.Stage) -> None:
    def corners(region: U8) -> float:
        points = measured(hopper_stage, region)
        assert mesh.inner_lip_gap(points) < 0.04
        return float((points[[61, 291], 1] - points[[0, 17], 1]).mean()) / hopper_stage.rig.stance.scale

    glad, rest, sad = (corners(drawn(hopper_stage, smile=smile)) for smile in (0.6, 0.0, -0.3))
    assert glad < rest - 0.01
    assert sad > rest + 0.005


def test_pressed_lips_are_closed_whatever_the_jaw_does(hopper_stage: animate.Stage) -> None:
    seen = measured(hopper_stage, drawn(hopper_stage, jaw=0.8, press=1))
    assert mesh.inner_lip_gap(seen) < 0.04


@pytest.mark.parametrize(("curve", "axis"), [("yaw", 0), ("pitch", 1)])
@pytest.mark.parametrize("sign", [-1, 1])
def test_the_nose_goes_where_the_head_turns(hopper_stage: animate.Stage, curve: str, axis: int, sign: int) -> None:
    before = measured(hopper_stage, hopper_stage.image)[1, axis]
    after = measured(hopper_stage, drawn(hopper_stage, **{curve: 0.1 * sign}))[1, axis]
    assert sign * (after - before) > 0.05 * hopper_stage.rig.stance.scale


def test_positive_roll_tilts_clockwise(hopper_stage: animate.Stage) -> None:
    def tilt(region: U8) -> float:
        left, right = mesh.middle_of_eyes(measured(hopper_stage, region))
        return float(np.arctan2(*(right - left)[1::-1]))

    turned = tilt(drawn(hopper_stage, roll=0.08)) - tilt(hopper_stage.image)
    assert turned == pytest.approx(0.08, abs=0.025)


def test_a_monochrome_photo_gives_a_monochrome_film(hopper_photo: U8) -> None:
    made = portrait.make(np.repeat(hopper_photo[..., 1:2], 3, axis=2))
    assert made.monochrome
    for frame in animate.animate(made, motion(LOUD, {"jaw": 1, "upper": 1, "lower": 1, "tongue": 1})).open():
        np.testing.assert_array_equal(frame[..., 0], frame[..., 1])
        np.testing.assert_array_equal(frame[..., 0], frame[..., 2])


def test_a_sepia_photo_keeps_its_tone_inside_the_mouth(hopper_photo: U8) -> None:
    grey = hopper_photo[..., 1:2].astype(np.float32)
    sepia = np.clip(grey * np.array([1.0, 0.86, 0.62], np.float32) + [12, 6, 0], 0, 255).astype(np.uint8)
    stage = animate.prepare(portrait.make(sepia))
    assert stage.inside.tone.curve is not None
    region = drawn(stage, jaw=1, upper=1, lower=1)
    x0, y0, x1, y1 = stage.lips.box
    new = region[y0:y1, x0:x1].astype(np.float32)
    expected_green = (new[..., 0] - 12) * 0.86 + 6
    assert np.abs(new[..., 1] - expected_green).mean() < 2.5


def test_teeth_are_darker_than_the_highlights_of_the_skin(hopper_stage: animate.Stage) -> None:
    region = drawn(hopper_stage, jaw=0.4, upper=1, lower=1)
    edges = animate.edges_at(
        hopper_stage.lips,
        animate.field_amounts(motion({"jaw": 0.4, "upper": 1, "lower": 1}), hopper_stage.rig)[0],
        hopper_stage.rig,
        {"yaw": 0.0, "pitch": 0.0, "roll": 0.0, "breath": 0.0},
    )
    canvas = np.zeros(region.shape[:2], np.uint8)
    outline = np.concatenate([edges.upper + np.array([0, 2]), (edges.lower - np.array([0, 2]))[::-1]])
    cv2.fillPoly(canvas, [np.round(outline).astype(np.int32)], 1)
    inside = region[canvas > 0] @ np.array([0.299, 0.587, 0.114])
    assert np.percentile(inside, 99) < hopper_stage.inside.tone.bright
    assert np.percentile(inside, 5) < 0.5 * hopper_stage.inside.tone.skin


def test_small_motion_is_small_everywhere(hopper_stage: animate.Stage) -> None:
    """No seam, no jump: a hair's breadth of every curve changes no pixel of smooth skin much."""
    soft = cv2.GaussianBlur(hopper_stage.image, (0, 0), 3).astype(np.float32)
    moved = drawn(hopper_stage, jaw=0.02, wide=0.02, smile=0.02, blink=0.02, yaw=0.002, pitch=0.002, brow=0.02)
    change = np.abs(cv2.GaussianBlur(moved, (0, 0), 3).astype(np.float32) - soft)
    assert change.max() < 14


def test_a_field_is_inverted(hopper_stage: animate.Stage) -> None:
    made = hopper_stage.rig
    for name, amount in (("jaw", 1.0), ("blink", 1.0), ("purse", 1.0), ("smile", 1.0)):
        for fields in (made.upper, made.lower):
            field = amount * fields[FIELDS.index(name)]
            back = animate.inverted(field, made)
            nodes = made.grid.nodes
            source = nodes + back
            arrived = source + made.grid.sample(field, source)
            error = np.linalg.norm(arrived - nodes, axis=-1)
            assert np.percentile(error, 99) < 0.35, name


def test_the_grid_reads_a_ramp_back() -> None:
    grid = Grid(width=90, height=60, columns=12, rows=9)
    nodes = grid.nodes
    ramp = np.stack([2 * nodes[..., 0] + 1, nodes[..., 0] - nodes[..., 1]], axis=-1)
    inside = np.array([[20.0, 13.5], [44.25, 30.0], [70.0, 50.0]], np.float32)
    expected = np.stack([2 * inside[:, 0] + 1, inside[:, 0] - inside[:, 1]], axis=-1)
    np.testing.assert_allclose(grid.sample(ramp, inside), expected, atol=0.3)
    whole, box = grid.spread(ramp), grid.spread(ramp, (20, 10, 50, 40))
    np.testing.assert_allclose(whole[10:40, 20:50], box, atol=0.3)
    np.testing.assert_allclose(whole[30, 45], [91, 15], atol=0.1)


def test_speech_brings_a_smile_to_rest_and_short_pauses_keep_it_there() -> None:
    talk, rest = {"jaw": 0.4}, dict[str, float]()
    closed = animate.closing(motion(*[rest] * 50, *[talk] * 25, *[rest] * 12, *[talk] * 25, *[rest] * 60))
    assert closed[0] == pytest.approx(0, abs=1e-3)
    assert closed[50:112].min() > 0.85
    assert closed[-1] == pytest.approx(0, abs=1e-3)
    assert np.abs(np.diff(closed)).max() < 0.25


def test_a_laughing_photo_closes_its_lips_to_speak_and_keeps_its_own_teeth(shared: Path) -> None:
    image = read_image(shared / "media" / "portraits" / "face_240p.jpg")
    stage = animate.prepare(portrait.make(image))
    assert stage.rig.open_gap > 0.1
    wanted = np.zeros(len(FIELDS), np.float32)
    still = np.zeros(len(MOTION_CURVES), np.float32)
    wanted[FIELDS.index("shut")] = 1
    seen = measured(stage, animate.draw(stage, wanted, still))
    assert mesh.inner_lip_gap(seen) < 0.4 * stage.rig.open_gap
    np.testing.assert_array_equal(animate.draw(stage, np.zeros_like(wanted), still), stage.image)


@pytest.mark.parametrize("name", ["historical_WaltWhitman.jpg", "historical_Chief.jpg", "liveportrait_s10.jpg"])
def test_beards_and_three_quarter_views(shared: Path, name: str) -> None:
    stage = animate.prepare(portrait.make(read_image(shared / "media" / "portraits" / name)))
    np.testing.assert_array_equal(drawn(stage), stage.image)
    x0, y0, x1, y1 = stage.lips.box
    change = drawn(stage, jaw=1)[y0:y1, x0:x1].astype(np.float32) - stage.image[y0:y1, x0:x1]
    assert np.abs(change).mean() > 4


def test_the_lip_line_is_found_where_it_was_drawn() -> None:
    """A face of one grey with a dark line a little above the mesh's lips."""
    from studio.head.shapes import basis

    points = basis().neutral.astype(np.float64) * 100 + [200, 150, 0]
    image = np.full((420, 400, 3), 150, np.uint8)
    left, right = points[78, :2], points[308, :2]
    cv2.line(image, (int(left[0]), int(left[1]) - 4), (int(right[0]), int(right[1]) - 4), (60, 60, 60), 2)
    stance = mesh.upright(points, basis().neutral)
    moved = lips.on_lip_line(points, image, stance)
    for i in (13, 14, 81, 402):
        assert moved[i, 1] == pytest.approx(left[1] - 4, abs=1.5)
    np.testing.assert_array_equal(moved[0], points[0])


def test_the_lips_of_a_smile_are_found_around_its_teeth() -> None:
    """White teeth reach further down than the mesh says; the lower contour moves to their edge."""
    from studio.head.shapes import basis

    points = basis().neutral.astype(np.float64) * 100 + [200, 150, 0]
    points[list(mesh.INNER_LOWER[1:-1]), 1] += 6
    image = np.full((420, 400, 3), 110, np.uint8)
    top, bottom = int(points[13, 1]), int(points[13, 1]) + 13
    cv2.rectangle(image, (int(points[78, 0]), top), (int(points[308, 0]), bottom), (220, 220, 220), -1)
    moved = lips.around_teeth(points, image, mesh.upright(points, basis().neutral))
    for i in (14, 87, 317):
        assert moved[i, 1] == pytest.approx(bottom, abs=2)
    dark = np.full_like(image, 110)
    np.testing.assert_array_equal(lips.around_teeth(points, dark, mesh.upright(points, basis().neutral)), points)
