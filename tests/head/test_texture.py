"""Texture is told from softness, whatever the mouth's edge does."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from studio.head import texture
from studio.types import F32


@pytest.fixture()
def real() -> F32:
    """float32 (64, 64, 3): stripes and grain, a bright frame around the mouth."""
    rng = np.random.default_rng(3)
    picture = 90 + 60 * np.sign(np.sin(np.arange(64) * 0.9))[None, :, None] + rng.normal(0, 6, (64, 64, 1))
    picture = np.repeat(picture, 3, axis=2).astype(np.float32)
    picture[:10] = picture[-10:] = 255
    return np.clip(picture, 0, 255)


@pytest.fixture()
def mask() -> F32:
    inside = np.zeros((64, 64), np.float32)
    inside[12:52, 10:54] = 1
    return inside


def test_a_blurred_mouth_has_less_texture_and_a_noisy_one_more(real: F32, mask: F32) -> None:
    soft = cv2.GaussianBlur(real, (0, 0), 1.5)
    harsh = real + np.random.default_rng(4).normal(0, 40, real.shape).astype(np.float32)
    assert texture.texture_ratio(soft, real, mask) < 0.1
    assert texture.texture_ratio(real, real, mask) == 1.0
    assert texture.texture_ratio(harsh, real, mask) > 1.5


def test_the_energy_of_a_known_picture(mask: F32) -> None:
    chess = (np.indices((64, 64)).sum(axis=0) % 2 * 10.0)[..., None].repeat(3, axis=2).astype(np.float32)
    # Every pixel differs from its four neighbours by 10: the Laplacian is ±40.
    assert texture.laplacian_energy(chess, mask) == pytest.approx(1600, rel=1e-4)


def test_the_edge_of_the_lips_is_no_texture(mask: F32) -> None:
    picture = np.full((64, 64, 3), 200, np.float32)
    picture[mask > 0] = 20
    assert texture.laplacian_energy(picture, mask) == 0.0


def test_two_dark_mouths_without_any_texture_are_alike(mask: F32) -> None:
    dark = np.full((64, 64, 3), 12, np.uint8)
    assert texture.texture_ratio(dark, dark.copy(), mask) == 1.0


def test_error_is_counted_inside_alone(real: F32, mask: F32) -> None:
    painted = real.copy()
    painted[mask > 0] += 7
    painted[mask == 0] = 0
    assert texture.inside_error(painted, real, mask) == pytest.approx(7, abs=1e-4)


@pytest.mark.parametrize("kind", [np.bool_, np.uint8, np.float32])
def test_masks_of_every_kind_say_the_same(real: F32, mask: F32, kind: type) -> None:
    given = (mask * 255).astype(np.uint8) if kind is np.uint8 else mask.astype(kind)
    assert texture.area(given) == 40 * 44
    assert texture.laplacian_energy(real, given) == texture.laplacian_energy(real, mask)


def test_a_closed_mouth_has_no_figure_and_spoils_no_median(real: F32) -> None:
    slit = np.zeros((64, 64), np.float32)
    slit[30, 10:54] = 1
    assert np.isnan(texture.texture_ratio(real, real, slit))
    assert np.isnan(texture.inside_error(real, real, slit))
    assert np.isnan(texture.laplacian_energy(real, slit))
    assert texture.typical([float("nan"), 1.0, 3.0]) == 2.0
    assert np.isnan(texture.typical([float("nan")]))
