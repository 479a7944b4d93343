"""The shape basis is found again in faces that were moved by it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from studio.errors import FaceNotFound
from studio.head import shapes
from studio.train import shapes as learning
from studio.types import F32


def speaker(seed: int, frames: int = 90) -> F32:
    """A face that talks, nods and blinks at random, px."""
    rng = np.random.default_rng(seed)
    mean = shapes.basis()
    own = np.repeat(mean.neutral[None].astype(np.float64), frames, axis=0)
    for name in ("jaw", "spread", "purse", "upper", "smile", "blink", "raise", "frown"):
        amount = np.clip(np.convolve(rng.standard_normal(frames + 8), np.ones(9) / 3, "valid"), 0, 1)
        own += amount[:, None, None] * mean.shape(name)
    own += 0.002 * rng.standard_normal(own.shape)
    return (own * (50 + 3 * seed) + [150, 120, 0]).astype(np.float32)


def test_what_moved_the_faces_is_found(tmp_path: Path) -> None:
    output = tmp_path / "shapes.safetensors"
    report = learning.train([(f"speaker {seed}", speaker(seed)) for seed in range(4)], output)
    assert report["clips"] == 4 and report["frames"] == 360
    assert report["lips x y, unseen"] > 0.9
    found, true = shapes.read(output), shapes.basis()
    jaw = found.shape("jaw")
    assert jaw[14, 1] - jaw[13, 1] == pytest.approx(0.30, abs=0.002)
    assert np.corrcoef(jaw[:, 1], true.shape("jaw")[:, 1])[0, 1] > 0.95
    assert found.shape("smile")[61, 1] < -0.04


def test_too_little_to_learn_from(tmp_path: Path) -> None:
    with pytest.raises(FaceNotFound, match="for a second"):
        learning.train([("short", speaker(0)[:20])], tmp_path / "shapes.safetensors")
    turn = np.array([[np.cos(0.6), 0, np.sin(0.6)], [0, 1, 0], [-np.sin(0.6), 0, np.cos(0.6)]])
    with pytest.raises(FaceNotFound, match="second: 0"):
        learning.train([("aside", (speaker(1) @ turn.T).astype(np.float32))], tmp_path / "shapes.safetensors")
    assert not list(tmp_path.iterdir())
