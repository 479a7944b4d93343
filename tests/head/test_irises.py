"""The eyes of a photograph look elsewhere: the iris moves, the rest of the face does not."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from studio.head import animate, faces, mesh, portrait
from studio.media.image import read_image
from studio.types import MOTION_CURVES, U8, FaceMotion, Portrait


def drawn(stage: animate.Stage, **curves: float) -> U8:
    row = np.zeros((1, len(MOTION_CURVES)), np.float32)
    for name, value in curves.items():
        row[0, MOTION_CURVES.index(name)] = value
    return animate.draw(stage, animate.field_amounts(FaceMotion(row, Fraction(25)), stage.rig)[0], row[0])


def irises(stage: animate.Stage, region: U8) -> mesh.F64:
    """Middles of both irises as FaceMesh sees them, less the corners of the eyes, eye distances."""
    low, high = stage.rig.points.min(axis=0), stage.rig.points.max(axis=0)
    centre, side = (low + high) / 2, 1.7 * float((high - low).max())
    with faces.quiet(), faces.mesher() as model:
        found = faces.measure(model, region, (float(centre[0]), float(centre[1])), side)
    assert found is not None
    points = found[0]
    away = [points[468, :2] - points[[33, 133], :2].mean(0), points[473, :2] - points[[362, 263], :2].mean(0)]
    return np.asarray(np.mean(away, axis=0)) / stage.rig.stance.scale


def test_both_eyes_are_found(hopper_stage: animate.Stage) -> None:
    assert len(hopper_stage.eyes) == 2


def test_no_look_is_the_photograph(hopper_stage: animate.Stage) -> None:
    np.testing.assert_array_equal(drawn(hopper_stage), hopper_stage.image)
    np.testing.assert_array_equal(drawn(hopper_stage, look_x=0.001), hopper_stage.image)


@pytest.mark.parametrize(("name", "axis", "least"), [("look_x", 0, 0.010), ("look_y", 1, 0.003)])
def test_the_eyes_turn_where_they_are_told(hopper_stage: animate.Stage, name: str, axis: int, least: float) -> None:
    there, back = (irises(hopper_stage, drawn(hopper_stage, **{name: angle}))[axis] for angle in (0.12, -0.12))
    # FaceMesh draws eyes towards their usual place, up and down most of all: it sees less than the .038 that is drawn.
    assert there - back > least


def test_only_the_eyes_change(hopper_stage: animate.Stage) -> None:
    changed = np.abs(drawn(hopper_stage, look_x=0.12, look_y=0.08).astype(int) - hopper_stage.image).max(axis=2) > 0
    assert changed.any()
    for eye in hopper_stage.eyes:
        x0, y0, x1, y1 = eye.box
        changed[y0:y1, x0:x1] = False
    assert not changed.any()


def test_the_head_turns_and_the_eyes_stay(hopper_stage: animate.Stage) -> None:
    along = irises(hopper_stage, drawn(hopper_stage, yaw=0.08))[0]
    against = irises(hopper_stage, drawn(hopper_stage, yaw=0.08, look_x=-0.08))[0]
    assert against < along - 0.004


def test_small_looks_change_little(hopper_stage: animate.Stage) -> None:
    soft = cv2.GaussianBlur(hopper_stage.image, (0, 0), 2).astype(np.float32)
    looked = cv2.GaussianBlur(drawn(hopper_stage, look_x=0.01), (0, 0), 2).astype(np.float32)
    assert np.abs(looked - soft).max() < 12


def test_dark_glasses_stay_dark(hopper_portrait: Portrait) -> None:
    image = hopper_portrait.image.copy()
    for lids in mesh.LOWER_LIDS:
        middle = hopper_portrait.landmarks[list(lids), :2].mean(axis=0)
        cv2.circle(
            image,
            tuple(int(v) for v in middle),
            int(0.33 * mesh.eye_distance(hopper_portrait.landmarks)),
            (9, 8, 8),
            -1,
        )
    stage = animate.prepare(replace(hopper_portrait, image=image))
    assert stage.eyes == ()
    np.testing.assert_array_equal(drawn(stage, look_x=0.1, look_y=0.1), stage.image)


def test_a_monochrome_photograph_looks_in_monochrome(hopper_portrait: Portrait) -> None:
    grey = np.repeat(hopper_portrait.image[..., 1:2], 3, axis=2)
    stage = animate.prepare(replace(hopper_portrait, image=grey, monochrome=True))
    looked = drawn(stage, look_x=0.1, blink=0.3)
    assert len(stage.eyes) == 2
    np.testing.assert_array_equal(looked[..., 0], looked[..., 2])


@pytest.mark.parametrize(("name", "seen"), [("historical_einstein_portrait.jpg", 2), ("historical_w-b-yeats.jpg", 0)])
def test_real_eyes_and_a_lens_full_of_light(shared: Path, name: str, seen: int) -> None:
    image = read_image(shared / "media/portraits" / name)
    stage = animate.prepare(portrait.make(image, faces.choose(faces.find(image), None, image)))
    assert len(stage.eyes) == seen
