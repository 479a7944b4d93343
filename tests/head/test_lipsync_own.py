from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from studio.errors import EngineUnavailable
from studio.head import animate, portrait
from studio.head.lipsync import own, painter
from studio.head.lipsync.own import Artist, Brush
from studio.types import MOTION_CURVES, U8, AudioClip, FaceMotion, Portrait, Views

RATE = Fraction(25)


def motion(*jaws: float, **curves: float) -> FaceMotion:
    rows = np.zeros((len(jaws), len(MOTION_CURVES)), np.float32)
    rows[:, MOTION_CURVES.index("jaw")] = jaws
    for name, value in curves.items():
        rows[:, MOTION_CURVES.index(name)] = value
    return FaceMotion(rows, RATE)


def brush(frames: int, path: Path, views: Views = ()) -> Brush:
    return Brush(np.zeros((frames, painter.SOUND_SIZE), np.float32), views, path)


@pytest.fixture(scope="module")
def loud(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A painter that brightens everything it may touch by a tenth."""
    from safetensors.torch import save_file

    network = painter.Painter()
    with torch.no_grad():
        network.out.bias.fill_(0.1)
    path = tmp_path_factory.mktemp("weights") / "mouth.safetensors"
    save_file(network.state_dict(), path)
    return path


@pytest.fixture(scope="module")
def silent(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A painter that has learned nothing: its corrections are 0."""
    from safetensors.torch import save_file

    path = tmp_path_factory.mktemp("weights") / "mouth.safetensors"
    save_file(painter.Painter().state_dict(), path)
    return path


def test_a_painter_that_knows_nothing_changes_nothing(hopper_portrait: Portrait, silent: Path) -> None:
    moves = motion(0.6, 1.0)
    plain = list(animate.animate(hopper_portrait, moves).open())
    painted = list(animate.animate(hopper_portrait, moves, brush(2, silent)).open())
    for a, b in zip(plain, painted, strict=True):
        np.testing.assert_array_equal(a, b)


def test_only_the_mouth_is_painted(hopper_portrait: Portrait, loud: Path) -> None:
    moves = motion(0.8, yaw=0.08, roll=0.05)
    (plain,) = animate.animate(hopper_portrait, moves).open()
    (painted,) = animate.animate(hopper_portrait, moves, brush(1, loud)).open()
    change = painted.astype(int) - plain
    lips = hopper_portrait.landmarks[[61, 291, 0, 17], :2]
    unit = np.linalg.norm(hopper_portrait.landmarks[33, :2] - hopper_portrait.landmarks[263, :2]) / 1.45
    y, x = np.nonzero(np.abs(change).max(axis=2))
    assert change.max() >= 20
    assert x.min() > lips[:, 0].min() - 0.35 * unit
    assert x.max() < lips[:, 0].max() + 0.35 * unit
    assert y.min() > lips[:, 1].min() - 0.35 * unit
    assert y.max() < lips[:, 1].max() + 0.75 * unit


def test_closed_lips_stay_the_photograph(hopper_portrait: Portrait, loud: Path) -> None:
    (frame,) = animate.animate(hopper_portrait, motion(0.0), brush(1, loud)).open()
    np.testing.assert_array_equal(frame, hopper_portrait.image)


def test_painting_fades_in_with_the_opening(hopper_portrait: Portrait, loud: Path) -> None:
    moves = motion(0.02, 0.05, 0.5)
    plain = animate.animate(hopper_portrait, moves).open()
    painted = animate.animate(hopper_portrait, moves, brush(3, loud)).open()
    strongest = [int((b.astype(int) - a).max()) for a, b in zip(plain, painted, strict=True)]
    assert strongest == sorted(strongest)
    assert strongest[0] < strongest[2] / 2


@pytest.mark.parametrize("print_", ["monochrome", "sepia"])
def test_prints_keep_their_tone(hopper_photo: U8, loud: Path, print_: str) -> None:
    grey = cv2.cvtColor(hopper_photo, cv2.COLOR_RGB2GRAY)
    rgb: U8 = cv2.merge([grey] * 3)
    if print_ == "sepia":
        rgb = np.clip(rgb * np.array([1.0, 0.86, 0.66]) + np.array([18, 10, 0]), 0, 255).astype(np.uint8)
    sitter = portrait.make(rgb)
    moves = motion(0.8)
    (plain,) = animate.animate(sitter, moves).open()
    (painted,) = animate.animate(sitter, moves, brush(1, loud)).open()
    changed = np.abs(painted.astype(int) - plain).max(axis=2) > 8
    assert changed.any()
    tone = painted[changed].astype(int)
    if print_ == "monochrome":
        assert (tone == tone[:, :1]).all()
    else:
        light = tone @ np.array([0.299, 0.587, 0.114])
        usual = rgb.reshape(-1, 3).astype(int)
        levels = usual @ np.array([0.299, 0.587, 0.114])
        for value, colour in zip(light[::97], tone[::97], strict=True):
            nearest = usual[np.abs(levels - value).argmin()]
            assert np.abs(colour - nearest).max() < 12


def test_an_open_mouth_is_the_view_that_is_taken(hopper_portrait: Portrait, silent: Path) -> None:
    stage = animate.prepare(hopper_portrait)
    closed = Artist(stage, brush(1, silent))
    assert float(closed._seen.sum()) == 0
    (laughing,) = animate.animate(hopper_portrait, motion(1.0)).open()
    landmarks = hopper_portrait.landmarks.copy()
    landmarks[[*range(14, 18), 87, 178, 88, 95, 317, 402, 318, 324], 1] += 30
    shown = Artist(stage, brush(1, silent, ((hopper_portrait.image, hopper_portrait.landmarks), (laughing, landmarks))))
    assert float(shown._seen.sum()) > own.LEAST_VIEW
    assert not torch.equal(shown._view, closed._view)


def test_the_square_goes_with_the_head(hopper_portrait: Portrait, silent: Path) -> None:
    artist = Artist(animate.prepare(hopper_portrait), brush(1, silent))
    still = artist._follow({"yaw": 0.0, "pitch": 0.0, "roll": 0.0})
    np.testing.assert_allclose(still.matrix, artist._square.matrix, atol=1e-6)
    rolled = artist._follow({"yaw": 0.0, "pitch": 0.0, "roll": 0.1})
    angle = [np.arctan2(square.matrix[1, 0], square.matrix[0, 0]) for square in (still, rolled)]
    # The neck takes less part in a tilt than the crown.
    assert 0.05 < angle[0] - angle[1] < 0.11
    assert rolled.scale == pytest.approx(still.scale, rel=0.05)


def test_sounds_are_in_time_and_silence_outside_is_unknown() -> None:
    rate = 16_000
    noise = np.random.default_rng(0).standard_normal(rate).astype(np.float32) * 0.1
    clip = AudioClip(np.concatenate([np.zeros(rate, np.float32), noise])[None], rate)
    heard = own.sounds(clip, 60, RATE).reshape(60, painter.SOUND_ROWS, -1)
    assert heard.shape[2] * painter.SOUND_ROWS == painter.SOUND_SIZE
    np.testing.assert_allclose(heard[10].sum(axis=1), 1, atol=1e-3)
    np.testing.assert_array_equal(heard[0, :2], 0)
    np.testing.assert_array_equal(heard[-1, 2:], 0)
    # The middle row of one frame is the row before it in the next.
    np.testing.assert_allclose(heard[30, 2], heard[31, 1], atol=1e-6)


def test_other_weights_are_refused(tmp_path: Path) -> None:
    with pytest.raises(EngineUnavailable, match="missing"):
        painter.load(tmp_path / "none.safetensors")
    damaged = tmp_path / "mouth.safetensors"
    damaged.write_bytes(b"<html>")
    with pytest.raises(EngineUnavailable, match="damaged"):
        painter.load(damaged)


def test_the_painter_answers_away_from_the_lips_with_what_it_saw() -> None:
    torch.manual_seed(0)
    network = painter.Painter()
    with torch.no_grad():
        network.out.weight.normal_()
    shape = (2, 1, 96, 128)
    outer = torch.zeros(shape)
    outer[:, :, 40:56, 40:88] = 1
    drawn = torch.rand(2, 3, 96, 128)
    with torch.no_grad():
        painted = network(drawn, outer, outer, drawn, torch.zeros(shape), torch.zeros(2, painter.SOUND_SIZE))
    assert not torch.equal(painted, drawn)
    far = torch.nn.functional.max_pool2d(outer, 2 * 14 + 1, 1, 14) == 0
    assert torch.equal(painted[far.expand_as(painted)], drawn[far.expand_as(drawn)])
