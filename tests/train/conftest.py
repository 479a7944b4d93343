"""A tiny filmed person for trainings: a photograph that the studio itself makes speak."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from studio.head import animate, faces, portrait
from studio.media.image import read_image
from studio.train import pairs
from studio.train.batches import ClipPairs
from studio.types import MOTION_CURVES, FaceMotion, FrameSource

RATE = Fraction(25)


@pytest.fixture(scope="session")
def talking(hopper: Path) -> FrameSource:
    """Thirty frames of a mouth that opens, closes, spreads and rounds, 25 a second."""
    image = read_image(hopper)
    sitter = portrait.make(image, faces.choose(faces.find(image), None, image))
    at = np.arange(30)
    rows = np.zeros((30, len(MOTION_CURVES)), np.float32)
    rows[:, MOTION_CURVES.index("jaw")] = np.clip(np.sin(at / 3), 0, 1)
    rows[:, MOTION_CURVES.index("wide")] = 0.6 * np.sin(at / 5)
    rows[:, MOTION_CURVES.index("upper")] = 0.3 * np.clip(np.sin(at / 4), 0, 1)
    frames = list(animate.animate(sitter, FaceMotion(rows, RATE)).open())
    height, width = frames[0].shape[:2]
    return FrameSource(lambda: iter([frame.copy() for frame in frames]), len(frames), RATE, (width, height))


@pytest.fixture(scope="session")
def film(talking: FrameSource) -> pairs.Clip:
    """The same, followed."""
    landmarks = faces.track(talking)
    return pairs.follow(talking, landmarks, tuple(range(len(landmarks))))


@pytest.fixture(scope="session")
def drawn(talking: FrameSource, film: pairs.Clip) -> list[pairs.Pair]:
    """Pairs of it."""
    return list(pairs.make(talking, film, np.random.default_rng(0)))


@pytest.fixture(scope="session")
def clip(film: pairs.Clip, drawn: list[pairs.Pair]) -> ClipPairs:
    """Pairs of it, for a training."""
    from studio.head import closeup
    from studio.head.lipsync.painter import SOUND_SIZE

    rng = np.random.default_rng(0)
    return ClipPairs(
        name="hopper",
        drawn=np.stack([pair.drawn for pair in drawn]),
        filmed=np.stack([pair.filmed for pair in drawn]),
        inner=np.stack([pair.inner for pair in drawn]),
        outer=np.stack([pair.outer for pair in drawn]),
        reference=np.array([pair.reference for pair in drawn], np.int64),
        target=np.array([pair.target for pair in drawn], np.int64),
        crops=film.crops,
        insides=np.stack([closeup.filled(points[list(closeup.INNER_RING)]) for points in film.points]),
        angles=np.zeros((len(film.crops), 2), np.float32),
        sound=rng.random((len(film.crops), SOUND_SIZE), np.float32),
        person="Grace",
    )
