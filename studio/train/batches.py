"""What the mouth's trainings see: pairs of drawn and filmed mouths, as many photographs would show them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from studio.head.closeup import BAND, HEIGHT, SIDE
from studio.head.lipsync.painter import SOUND_SIZE
from studio.head.tone import LUMA
from studio.types import F32, U8

VIEW_SHARE = 0.55  # of the pairs see another moment of the same mouth; the rest see only the photograph
VIEW_AWAY = 12  # rows between the view and the answer, at least
VIEW_TURN = 0.22  # rad between their heads, at most
VIEW_OPEN = 250  # px of the inside that a view must show
DEAF_SHARE = 0.4  # of the pairs are painted without their sound
DROPPED = 0.2  # of the sounds' likelihoods are taken away


@dataclass(frozen=True, eq=False)
class ClipPairs:
    """All pairs of one clip, and all its close-ups to take views from."""

    name: str
    drawn: U8
    """uint8 (P, S, S, 3) RGB."""
    filmed: U8
    inner: U8
    """uint8 (P, S, S)."""
    outer: U8
    reference: NDArray[np.int64]
    """Row of `crops` that stood in for the photograph, for each pair."""
    target: NDArray[np.int64]
    crops: U8
    """uint8 (N, S, S, 3)."""
    insides: U8
    """uint8 (N, S, S): 255 between the lips."""
    angles: F32
    """float32 (N, 2) rad: yaw and pitch."""
    sound: F32 | None
    """float32 (N, SOUND_SIZE): likelihoods of speech sounds; None where the sound does not belong to the picture."""
    person: str = ""
    """Whose mouth it is."""

    @cached_property
    def shows(self) -> NDArray[np.bool_]:
        """bool (N,): close-ups that show enough of the inside of the mouth to be a view."""
        shown = self.insides.reshape(len(self.insides), -1).sum(axis=1, dtype=np.int64) > 255 * VIEW_OPEN
        return np.asarray(shown)

    def weights(self) -> F32:
        """How often each pair shall be seen, float32 (P,): by the size of the open mouth."""
        area = self.inner.reshape(len(self.inner), -1).mean(axis=1) / 255
        weight = np.clip(area, 0.004, 0.06)
        return np.asarray(weight / weight.sum(), np.float32)


class Batch(NamedTuple):
    """What the network sees and what it shall answer; see `Painter.forward`."""

    drawn: Tensor
    inner: Tensor
    outer: Tensor
    view: Tensor
    seen: Tensor
    sound: Tensor
    filmed: Tensor
    heard: Tensor
    """float32 (B,): 1 where the sound is known."""

    def inputs(self) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]:
        """In the order of `Painter.forward`."""
        return self.drawn, self.inner, self.outer, self.view, self.seen, self.sound


def gather(picks: Sequence[tuple[ClipPairs, int]], rng: np.random.Generator, *, views: float = VIEW_SHARE) -> Batch:
    """Put pairs together.

    Args:
        picks: a clip and the number of one of its pairs, B times.
        views: share of the pairs that see another moment of the same mouth.
    """
    rows = []
    for clip, at in picks:
        row = int(clip.reference[at])
        if rng.random() < views:
            row = _view(clip, at, rng, row)
        target = int(clip.target[at])
        known = clip.sound is not None
        sound = clip.sound[target] if clip.sound is not None else np.zeros(SOUND_SIZE, np.float32)
        rows.append(
            (
                clip.drawn[at],
                clip.filmed[at],
                clip.crops[row],
                clip.inner[at],
                clip.outer[at],
                clip.insides[row],
                sound,
                known,
            )
        )
    drawn, filmed, view, inner, outer, seen, sound, known = (np.stack(column) for column in zip(*rows, strict=True))

    def picture(pixels: U8) -> Tensor:
        return torch.from_numpy(pixels[:, BAND]).permute(0, 3, 1, 2).float() / 255

    def mask(pixels: U8) -> Tensor:
        return torch.from_numpy(pixels[:, BAND])[:, None].float() / 255

    return Batch(
        picture(drawn), mask(inner), mask(outer), picture(view), mask(seen), torch.from_numpy(sound).float(),
        picture(filmed), torch.from_numpy(known.astype(np.float32)),
    )  # fmt: skip


def _view(clip: ClipPairs, at: int, rng: np.random.Generator, otherwise: int) -> int:
    """A row of the clip that shows the inside of the mouth at another time, from about the same side."""
    target = int(clip.target[at])
    rows = np.arange(len(clip.crops))
    fits = (
        clip.shows
        & (np.abs(rows - target) > VIEW_AWAY)
        & (np.abs(clip.angles - clip.angles[target]).max(axis=1) < VIEW_TURN)
    )
    fitting = np.flatnonzero(fits)
    return int(rng.choice(fitting)) if fitting.size else otherwise


def disguised(batch: Batch, random: torch.Generator) -> Batch:
    """The same pairs as other photographs would show them: mirrored, grey, toned, soft, grainy, turned a little."""
    count = len(batch.drawn)

    def draw(low: float, high: float, *shape: int) -> Tensor:
        return torch.rand(count, *shape, 1, 1, generator=random) * (high - low) + low

    grey = (draw(0, 1, 1) < 0.35).float()
    gamma, gain = draw(0.6, 1.4, 1), draw(0.7, 1.2, 1)
    cast = draw(0.85, 1.15, 3) * (1 - grey) + grey * torch.where(draw(0, 1, 1) < 0.5, draw(0.9, 1.1, 3), 1.0)
    soft = (torch.rand(count, generator=random) < 0.3).float()[:, None, None, None] * draw(0.2, 1.0, 1)
    grain = (torch.rand(count, generator=random) < 0.3).float()[:, None, None, None] * draw(0, 0.035, 1)
    noise = torch.randn(batch.drawn[:, :1].shape, generator=random) * grain
    warp = _turned(count, random)
    luma = torch.from_numpy(LUMA).view(1, 3, 1, 1)

    def picture(pixels: Tensor, seed_noise: Tensor) -> Tensor:
        pixels = functional.grid_sample(pixels, warp, mode="bilinear", padding_mode="reflection", align_corners=False)
        light = (pixels * luma).sum(1, keepdim=True)
        pixels = pixels * (1 - grey) + light * grey
        pixels = (pixels.clamp(1e-4, 1) ** gamma * gain * cast).clamp(0, 1)
        pixels = pixels + soft * (_blurred(pixels) - pixels)
        return (pixels + seed_noise).clamp(0, 1)

    def mask(pixels: Tensor) -> Tensor:
        return functional.grid_sample(pixels, warp, mode="bilinear", padding_mode="zeros", align_corners=False)

    heard = batch.heard * (torch.rand(count, generator=random) > DEAF_SHARE).float()
    kept = (torch.rand(batch.sound.shape, generator=random) > DROPPED).float()
    return Batch(
        picture(batch.drawn, noise), mask(batch.inner), mask(batch.outer), picture(batch.view, noise.flip(0)),
        mask(batch.seen), batch.sound * kept * heard[:, None], picture(batch.filmed, noise), heard,
    )  # fmt: skip


def _turned(count: int, random: torch.Generator) -> Tensor:
    """Where to read: mirrored half the time, turned, scaled, shifted a little. float32 (B, HEIGHT, SIDE, 2)."""

    def draw(low: float, high: float) -> Tensor:
        return torch.rand(count, generator=random) * (high - low) + low

    angle, scale, squeeze = draw(-0.08, 0.08), draw(0.92, 1.08), draw(0.9, 1.04)
    mirror = torch.where(draw(0, 1) < 0.5, -1.0, 1.0)
    cos, sin = torch.cos(angle), torch.sin(angle)
    top = torch.stack([mirror * scale * cos / squeeze, -scale * sin, draw(-0.04, 0.04)], 1)
    bottom = torch.stack([mirror * scale * sin, scale * cos, draw(-0.04, 0.04)], 1)
    return functional.affine_grid(torch.stack([top, bottom], 1), [count, 1, HEIGHT, SIDE], align_corners=False)


def shifted(pictures: Tensor, random: torch.Generator) -> Tensor:
    """Pictures (B, 3, HEIGHT, SIDE) of one clip, all turned, scaled, mirrored and shifted by the same little."""
    place = _turned(1, random).expand(len(pictures), -1, -1, -1)
    return functional.grid_sample(pictures, place, padding_mode="reflection", align_corners=False)


def _blurred(pixels: Tensor) -> Tensor:
    kernel = torch.tensor([0.06136, 0.24477, 0.38774, 0.24477, 0.06136])
    weight = kernel[:, None] * kernel[None]
    padded = functional.pad(pixels, (2, 2, 2, 2), mode="reflect")
    return functional.conv2d(padded, weight.expand(pixels.shape[1], 1, 5, 5), groups=pixels.shape[1])
