from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from studio.errors import EngineUnavailable
from studio.head import mesh, shapes
from studio.types import MOTION_CURVES


@pytest.fixture(scope="module")
def found() -> shapes.Basis:
    return shapes.basis()


def gap(shape: shapes.F32) -> float:
    return float(shape[14, 1] - shape[13, 1])


def test_a_full_jaw_opens_the_lips_by_three_tenths_of_an_eye_distance(found: shapes.Basis) -> None:
    assert gap(found.shape("jaw")) == pytest.approx(0.30, abs=0.002)


def test_the_jaw_carries_chin_and_lower_lip_and_leaves_the_upper_lip_and_the_eyes(found: shapes.Basis) -> None:
    jaw = found.shape("jaw")
    assert jaw[152, 1] > 0.12
    assert jaw[17, 1] > 0.2
    assert abs(jaw[0, 1]) < 0.04
    assert np.abs(jaw[list(mesh.UPPER_LIDS[0])]).max() < 0.01


def test_only_jaw_upper_and_lower_open_the_mouth(found: shapes.Basis) -> None:
    for name in ("spread", "purse", "press", "smile"):
        assert abs(gap(found.shape(name))) < 0.02, name
    assert gap(found.shape("upper")) == pytest.approx(0.07, abs=0.01)
    assert gap(found.shape("lower")) == pytest.approx(0.08, abs=0.01)


def test_purse_draws_the_corners_together_and_spread_draws_them_apart(found: shapes.Basis) -> None:
    def width(shape: shapes.F32) -> float:
        return float(shape[291, 0] - shape[61, 0])

    assert width(found.shape("purse")) < -0.12
    assert width(found.shape("spread")) > 0.08
    assert found.shape("purse")[0, 2] < 0  # towards the viewer


def test_a_smile_lifts_the_corners(found: shapes.Basis) -> None:
    assert found.shape("smile")[61, 1] < -0.06


def test_brows_go_up_and_down(found: shapes.Basis) -> None:
    assert found.shape("raise")[105, 1] < -0.05
    assert found.shape("frown")[105, 1] > 0.03


def test_every_shape_is_the_same_on_both_sides(found: shapes.Basis) -> None:
    partner = mesh.partners(found.neutral)
    mirrored = found.shapes[:, partner] * np.array([-1, 1, 1], np.float32)
    np.testing.assert_allclose(mirrored, found.shapes, atol=2e-3)


def test_curves_call_for_the_shape_of_their_sign() -> None:
    curves = np.zeros((2, len(MOTION_CURVES)), np.float32)
    curves[0, MOTION_CURVES.index("wide")] = -0.5
    curves[1, MOTION_CURVES.index("brow")] = 0.25
    wanted = shapes.amounts(curves)
    expected = np.zeros_like(wanted)
    expected[0, shapes.SHAPE_NAMES.index("purse")] = 0.5
    expected[1, shapes.SHAPE_NAMES.index("raise")] = 0.25
    np.testing.assert_array_equal(wanted, expected)


def test_written_and_read_back(found: shapes.Basis, tmp_path: Path) -> None:
    shapes.write(tmp_path / "basis.safetensors", found)
    again = shapes.read(tmp_path / "basis.safetensors")
    np.testing.assert_array_equal(again.shapes, found.shapes)
    np.testing.assert_array_equal(again.neutral, found.neutral)


def test_a_missing_or_foreign_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(EngineUnavailable, match="missing"):
        shapes.read(tmp_path / "none.safetensors")
    (tmp_path / "text.safetensors").write_text("no tensors here")
    with pytest.raises(EngineUnavailable, match=r"text\.safetensors"):
        shapes.read(tmp_path / "text.safetensors")
