"""The offset between lips and sound is found where there is one."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import numpy as np
import pytest
import torch

from studio.errors import FaceNotFound
from studio.head.lipsync import expert, mel
from studio.head.lipsync.network import SyncNet
from studio.types import U8, AudioClip, FrameSource

BOX = np.array([0, 0, 96, 96], np.float32)


class Beats(torch.nn.Module):
    """Sees a bright mouth, hears a loud sound: (yes, no) for the first 40 ms of each window."""

    def __init__(self, first: tuple[slice, ...], bright: float) -> None:
        super().__init__()
        self.first, self.bright = first, bright

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        yes = (x[self.first].flatten(1).amax(dim=1) > self.bright).float()
        return torch.stack([yes, 1 - yes], dim=1)


class FakeExpert:
    face_encoder = Beats((slice(None), slice(0, 3)), 0.5)
    audio_encoder = Beats((slice(None), slice(None), slice(None), slice(2, 3)), 0.0)  # the middle of the 40 ms


@pytest.fixture
def fake() -> SyncNet:
    return FakeExpert()  # type: ignore[return-value]


def clip(beats: np.ndarray, rate: Fraction, late: int = 0) -> FrameSource:
    """Bright while there is a beat; `late` frames of 25 fps behind."""
    count = int(len(beats) * rate / 25)

    def frames() -> Iterator[U8]:
        for i in range(count):
            at = int(i * 25 / rate) - late
            yield np.full((96, 96, 3), 255 if 0 <= at < len(beats) and beats[at] else 0, np.uint8)

    return FrameSource(frames, count, rate, (96, 96))


@pytest.fixture(scope="module")
def beats() -> np.ndarray:
    return np.repeat(np.random.default_rng(6).integers(0, 2, 25), 5)


@pytest.fixture(scope="module")
def sound(beats: np.ndarray) -> AudioClip:
    noise = np.random.default_rng(7).normal(0, 0.2, len(beats) * 640)
    return AudioClip((noise * np.repeat(beats, 640)).astype(np.float32)[None], mel.SAMPLE_RATE)


@pytest.mark.parametrize("late", [-6, 0, 4])
@pytest.mark.parametrize("rate", [Fraction(25), Fraction(50)])
def test_a_planted_offset_is_found(
    fake: SyncNet, beats: np.ndarray, sound: AudioClip, late: int, rate: Fraction
) -> None:
    frames = clip(beats, rate, late)
    found = expert.measure(fake, frames, sound, np.tile(BOX, (frames.num_frames, 1)))
    assert found.offset == Fraction(late, 25)
    assert found.agreement > 0.9
    assert found.confidence > 0.2


def test_lips_that_do_not_belong_give_no_confidence(fake: SyncNet, beats: np.ndarray, sound: AudioClip) -> None:
    frames = clip(np.ones_like(beats), Fraction(25))
    found = expert.measure(fake, frames, sound, np.tile(BOX, (frames.num_frames, 1)))
    assert found.confidence < 0.1


def test_frames_without_a_face_are_left_out(fake: SyncNet, beats: np.ndarray, sound: AudioClip) -> None:
    frames = clip(beats, Fraction(25), 2)
    boxes = np.tile(BOX, (frames.num_frames, 1))
    boxes[40:60] = np.nan
    assert expert.measure(fake, frames, sound, boxes).offset == Fraction(2, 25)
    boxes[:] = np.nan
    with pytest.raises(FaceNotFound, match="nowhere seen"):
        expert.measure(fake, frames, sound, boxes)


def test_the_real_network_fits() -> None:
    torch.manual_seed(1)
    frames = clip(np.ones(7), Fraction(25))
    quiet = AudioClip(np.zeros((1, 4480), np.float32), mel.SAMPLE_RATE)
    found = expert.measure(SyncNet().eval(), frames, quiet, np.tile(BOX, (7, 1)))
    assert 0 <= found.agreement <= 1.0001
    assert found.confidence == pytest.approx(0, abs=1e-5)
