"""Each step finds its own damage, lessens it, and leaves alone what is not damaged."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from benchmarks.restoration import dusted, faded, grainy, printed, psnr, scratched, veiled
from studio.restoration import grain, halftone, levels, scratches, sharpness, tears
from studio.restoration.people import zones
from studio.restoration.photo import Finding, View, apply, as_pixels, as_values, tone_of
from studio.types import F32

EIGHT = np.zeros((1, 1, 1), np.uint8)


def seen(values: F32) -> View:
    return View(as_pixels(values.astype(np.float32), EIGHT), tone_of(values.astype(np.float32)), ())


def repaired(view: View, finding: Finding) -> F32:
    return as_values(apply(view, finding, 1.0))


def test_a_faded_print_gets_its_tones_back(hopper_view: View) -> None:
    whole = as_values(hopper_view.pixels)
    old = seen(faded(whole, np.random.default_rng(1)))
    finding = levels.look(old)
    assert finding.needed
    assert psnr(repaired(old, finding), whole) > psnr(as_values(old.pixels), whole) + 6
    assert not levels.look(hopper_view).needed


def test_sepia_stays_sepia_when_it_is_stretched(soft_scene: F32) -> None:
    sepia = faded(soft_scene * np.array([1.0, 0.86, 0.68], np.float32), np.random.default_rng(1))
    old = seen(sepia)
    assert old.tone == "toned"
    assert not levels.look_cast(old).needed
    after = repaired(old, levels.look(old))
    assert (after[..., 0] >= after[..., 2]).all()
    plain = repaired(old, levels.look_neutral(old))
    assert np.ptp(plain, axis=2).max() < 1e-6


def test_a_veil_is_lifted_and_a_blue_sky_is_none(hopper_view: View) -> None:
    whole = as_values(hopper_view.pixels)
    old = seen(veiled(whole, np.random.default_rng(1)))
    finding = levels.look_cast(old)
    assert finding.needed
    veil = np.abs(np.diff(as_values(old.pixels).mean(axis=(0, 1)))).sum()
    lifted = np.abs(np.diff(repaired(old, finding).mean(axis=(0, 1)))).sum()
    assert lifted < 0.75 * veil
    assert not levels.look_cast(hopper_view).needed


@pytest.mark.parametrize("sigma", [8.0, 16.0])
def test_grain_is_lowered_further_than_a_median_does(soft_scene: F32, sigma: float) -> None:
    old = seen(grainy(soft_scene, np.random.default_rng(2), sigma))
    finding = grain.look(old)
    assert finding.needed
    assert finding.figures["grain"] == pytest.approx(sigma, rel=0.35)
    median = as_values(cv2.medianBlur(old.pixels, 3)[:, :, None])
    assert psnr(repaired(old, finding), soft_scene) > psnr(median, soft_scene) + 2
    assert not grain.look(seen(soft_scene)).needed


def test_a_monochrome_photo_stays_monochrome(soft_scene: F32) -> None:
    old = seen(np.repeat(grainy(soft_scene, np.random.default_rng(2)), 3, axis=2))
    assert old.tone == "grey"
    for look in (grain.look, sharpness.look, levels.look):
        finding = look(old)
        if finding.repair is not None:
            assert np.ptp(apply(old, finding, 1.0), axis=2).max() == 0


def test_a_screen_is_found_by_its_pitch_and_lowered(hopper_view: View) -> None:
    whole = np.repeat(as_values(hopper_view.pixels).mean(axis=2, keepdims=True), 1, axis=2)
    old = seen(printed(whole, np.random.default_rng(3), pitch=4.0))
    finding = halftone.look(old)
    assert finding.needed
    assert finding.figures["pitch"] == pytest.approx(4.0, rel=0.1)
    assert psnr(repaired(old, finding), whole) > psnr(as_values(old.pixels), whole) + 3
    assert not halftone.look(hopper_view).needed


def test_cloth_in_one_corner_is_no_screen(soft_scene: F32) -> None:
    y, x = np.mgrid[:240, :320]
    cloth = soft_scene.copy()
    cloth[:240, :320, 0] += 0.1 * (np.cos(x * 1.6) * np.cos(y * 1.6))
    assert not halftone.look(seen(cloth)).needed


def test_scratches_and_dust_are_filled(soft_scene: F32) -> None:
    for damage in (scratched, dusted):
        old = seen(damage(soft_scene, np.random.default_rng(4)))
        finding = scratches.look(old, told=True)
        assert finding.needed
        assert psnr(repaired(old, finding), soft_scene) > psnr(as_values(old.pixels), soft_scene) + 3


def test_a_clean_photo_has_no_scratches(hopper_view: View, soft_scene: F32) -> None:
    for clean in (hopper_view, seen(soft_scene)):
        assert not scratches.look(clean).needed


def test_eyes_and_mouth_are_never_filled(hopper_view: View) -> None:
    where = zones(hopper_view)
    broken = scratched(as_values(hopper_view.pixels), np.random.default_rng(5), count=25)
    old = hopper_view.changed(as_pixels(broken.astype(np.float32), EIGHT))
    marks = scratches.find(old.light, where, told=True)
    assert marks.both.any()
    assert not marks.both[where.features > 0].any()


def test_a_drawn_tear_is_filled_with_grain_and_nothing_else_changes(soft_scene: F32) -> None:
    old = seen(grainy(soft_scene, np.random.default_rng(6), 6.0))
    mask = np.zeros((480, 640), np.uint8)
    cv2.line(mask, (300, 20), (340, 460), 255, 24)
    finding = tears.look(mask)
    after = apply(old, finding, 1.0)
    assert np.array_equal(after[mask == 0], old.pixels[mask == 0])
    filled = as_values(after)[mask > 0]
    assert np.abs(filled - soft_scene[mask > 0]).mean() < 0.05
    inside = cv2.erode(mask, np.ones((9, 9), np.uint8)) > 0
    high = as_values(after)[:, :, 0] - cv2.GaussianBlur(as_values(after)[:, :, 0], (0, 0), 2)
    assert high[inside].std() > 0.4 * high[~inside].std()


def test_tiles_leave_no_seams(monkeypatch: pytest.MonkeyPatch, soft_scene: F32) -> None:
    from studio.restoration import photo

    old = seen(grainy(soft_scene, np.random.default_rng(7)))
    finding = grain.look(old)
    whole = apply(old, finding, 1.0)
    monkeypatch.setattr(photo, "TILE", 128)
    assert np.abs(apply(old, finding, 1.0).astype(int) - whole.astype(int)).max() <= 2


def test_sharpening_leaves_no_halos(soft_scene: F32) -> None:
    soft = cv2.GaussianBlur(soft_scene[:, :, 0], (0, 0), 1.6)
    after = sharpness.sharpened(soft[:, :, None].astype(np.float32), 0.001)[:, :, 0]
    near = np.ones((3, 3), np.uint8)
    assert (after <= cv2.dilate(soft, near) + 0.013).all()
    assert (after >= cv2.erode(soft, near) - 0.013).all()
    assert np.abs(np.diff(after)).max() > 1.05 * np.abs(np.diff(soft)).max()
