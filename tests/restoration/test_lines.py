"""Thin lines: followed over dark and light, across each other and over gaps; marked as broad as they are."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from studio.restoration import lines
from studio.restoration.people import Zones
from studio.restoration.scratches import SURE_LINE, TOLD_LINE, find
from studio.types import F32

SIDE = 640
LIT = np.float32(0.9)


def drawn(scene: F32, *courses: list[tuple[int, int]], broad: int = 2, light: F32 | None = None) -> tuple[F32, F32]:
    """A scene with lines on it, and how much of each pixel they cover."""
    cover = np.zeros(scene.shape[:2], np.float32)
    for course in courses:
        cv2.polylines(cover, [np.array(course, np.int32)], False, 1.0, broad, cv2.LINE_AA)
    above = LIT if light is None else light
    return (scene[:, :, 0] * (1 - cover) + above * cover).astype(np.float32), cover


def followed(light: F32) -> list[lines.Line]:
    """The lines of a scene, the furthest first."""
    return sorted(lines.follow(light, np.full(light.shape, 0.02, np.float32)), key=lambda line: -line.reach)


@pytest.mark.parametrize("broad", [1, 2, 4])
@pytest.mark.parametrize("end", [(560, 400), (80, 430), (560, 52), (84, 300)])
def test_a_line_is_followed_from_end_to_end(soft_scene: F32, broad: int, end: tuple[int, int]) -> None:
    light, cover = drawn(soft_scene, [(80, 40), end], broad=broad)
    line = followed(light)[0]
    assert line.reach == pytest.approx(np.hypot(end[0] - 80, end[1] - 40), abs=14)
    assert line.peak == pytest.approx(LIT, abs=0.06)
    assert TOLD_LINE.takes(line, SIDE, 0.95)
    mask = np.zeros(light.shape, np.uint8)
    lines.draw(mask, line, light)
    assert (mask[cover > 0.5] > 0).mean() > 0.97
    beside = cv2.dilate((cover > 0).astype(np.uint8), np.ones((5, 5), np.uint8)) == 0
    assert not mask[beside].any()


def test_lines_that_cross_are_two(soft_scene: F32) -> None:
    light, _ = drawn(soft_scene, [(60, 60), (580, 420)], [(580, 60), (60, 400)])
    found = followed(light)
    assert [line.reach > 560 for line in found] == [True, True]


def test_a_line_goes_on_beyond_what_is_as_light_as_itself(soft_scene: F32) -> None:
    light, _ = drawn(soft_scene, [(60, 240), (580, 240)])
    light[:, 300:330] = LIT
    line = followed(light)[0]
    assert line.reach > 480
    mask = np.zeros(light.shape, np.uint8)
    lines.draw(mask, line, light)
    assert not mask[:, 306:324].any()  # nothing stands out there, so nothing is to be filled


def test_a_hair_that_catches_the_light_is_no_scratch(soft_scene: F32) -> None:
    shine = (0.72 + 0.2 * np.sin(np.arange(640) / 30)).astype(np.float32)[None, :].repeat(480, axis=0)
    light, _ = drawn(soft_scene, [(60, 240), (580, 250)], light=shine)
    for line in followed(light):
        assert not SURE_LINE.takes(line, SIDE, 0.95)
        assert not TOLD_LINE.takes(line, SIDE, 0.95)


def test_what_a_scratch_runs_into_is_not_filled(soft_scene: F32) -> None:
    light, cover = drawn(soft_scene, [(60, 60), (580, 420)])
    cuff = cv2.ellipse(np.zeros(light.shape, np.uint8), (330, 240), (20, 26), 0, 0, 360, 255, -1) > 0
    light[cuff] = LIT
    nobody = np.zeros(light.shape, np.uint8)
    found = find(light, Zones(*[nobody] * 6), told=True).lines > 0
    assert found[(cover > 0.5) & ~cuff].mean() > 0.9
    inside = cv2.erode(cuff.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    assert found[inside].mean() < 0.1


def test_edges_and_dark_lines_are_no_light_lines(soft_scene: F32) -> None:
    step = soft_scene[:, :, 0].copy()
    step[:, 320:] += 0.3
    assert not followed(step)
    dark, _ = drawn(soft_scene, [(60, 240), (580, 250)], light=np.zeros((480, 640), np.float32))
    assert not followed(dark)
