"""The sync expert: does this mouth fit this sound? (After SyncNet, Chung & Zisserman 2016, and the expert of Wav2Lip.)

It looks at the lips of one close-up and listens to a fifth of a second around it, as likelihoods of speech sounds, and
puts both into one space. It learns from filmed mouths only: a frame and its own sound belong together, a frame and the
sound of another moment of the same clip do not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from studio.errors import FileUnreadable
from studio.head.closeup import BAND
from studio.head.lipsync.painter import SOUND_SIZE
from studio.train.batches import ClipPairs, shifted
from studio.train.tasks import Look, Turn, halved
from studio.types import F32

if TYPE_CHECKING:
    from studio.train.runs import Run

SPACE = 48  # dimensions both are put into
MOMENTS = 20  # of one clip in a batch
APART = 3  # rows between two of them: neighbours look and sound alike
JUDGED = 8  # moments that the expert has to sort when it is judged
RATE = 1e-3
STEPS = 1500  # more only learns the clips by heart


class Expert(nn.Module):
    """Two small networks that meet."""

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        width_in = 1
        for width in (16, 32, 48, 64):
            layers += [nn.Conv2d(width_in, width, 3, 2, 1), nn.GroupNorm(8, width), nn.SiLU()]
            width_in = width
        self.eye = nn.Sequential(*layers, nn.Flatten(), nn.Dropout(0.3), nn.Linear(width_in * 4 * 4, SPACE))
        self.ear = nn.Sequential(nn.Linear(SOUND_SIZE, 96), nn.SiLU(), nn.Dropout(0.3), nn.Linear(96, SPACE))

    def look(self, picture: Tensor) -> Tensor:
        """(B, 3, HEIGHT, SIDE) in [0, 1] → unit vectors (B, SPACE). Light and colour say nothing: out they go."""
        light = functional.avg_pool2d(picture.mean(1, keepdim=True), 2)
        light = functional.interpolate(light, (64, 64), mode="bilinear", align_corners=False)
        mean, spread = light.mean((2, 3), keepdim=True), light.std((2, 3), keepdim=True)
        return functional.normalize(self.eye((light - mean) / (spread + 0.02)), dim=1)

    def listen(self, sound: Tensor) -> Tensor:
        """(B, SOUND_SIZE) → unit vectors (B, SPACE)."""
        return functional.normalize(self.ear(sound), dim=1)


def agreement(expert: Expert, picture: Tensor, sound: Tensor) -> Tensor:
    """Cosine in [-1, 1] for each pair, float32 (B,)."""
    return (expert.look(picture) * expert.listen(sound)).sum(1)


def contrast(expert: Expert, picture: Tensor, sound: Tensor, temperature: float = 0.1) -> Tensor:
    """InfoNCE (van den Oord et al. 2018) over moments of one clip, both ways."""
    likeness = expert.look(picture) @ expert.listen(sound).T / temperature
    right = torch.arange(len(picture), device=picture.device)
    return (functional.cross_entropy(likeness, right) + functional.cross_entropy(likeness.T, right)) / 2


class ExpertTask:
    """Sorting the moments of a clip: which mouth belongs to which sound."""

    def __init__(self, clips: Sequence[ClipPairs], kept_out: Sequence[ClipPairs]) -> None:
        self.clips, self.kept_out = ([clip for clip in some if clip.sound is not None] for some in (clips, kept_out))
        if not self.clips or not self.kept_out:
            raise FileUnreadable(
                "The expert learns from clips whose sound belongs to their picture: there are too few."
            )
        self.expert = Expert()
        self.modules: Mapping[str, nn.Module] = {"expert": self.expert}
        self.optimisers: Mapping[str, torch.optim.Optimizer] = {
            "expert": torch.optim.AdamW(self.expert.parameters(), RATE, weight_decay=0.05)
        }
        self.averaged: tuple[str, ...] = ()

    def batch(self, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
        """Moments of one clip, all shifted and turned alike: pictures and sounds."""
        lengths = np.array([len(clip.crops) for clip in self.clips], np.float64)
        clip = self.clips[int(rng.choice(len(self.clips), p=lengths / lengths.sum()))]
        picture, sound = moments(clip, rng, MOMENTS)
        random = torch.Generator().manual_seed(int(rng.integers(2**31)))
        return shifted(picture, random), sound * (torch.rand(sound.shape, generator=random) > 0.2)

    def turns(self, batch: tuple[Tensor, Tensor], run: Run) -> Iterator[Turn]:  # noqa: ARG002
        """One turn."""
        yield Turn("expert", contrast(self.expert, *batch))

    def look(self, run: Run) -> Look:
        """How often it finds the sound of a mouth among eight, on kept-out people; chance is 1/8."""
        rng = np.random.default_rng(0)
        right: list[float] = []
        for clip in self.kept_out:
            for _ in range(20):
                picture, sound = (part.to(run.device) for part in moments(clip, rng, JUDGED))
                found = (self.expert.look(picture) @ self.expert.listen(sound).T).argmax(1)
                right.append(float((found.cpu() == torch.arange(len(picture))).float().mean()))
        return Look({"right_of_8": float(np.mean(right))})

    def weights(self, run: Run) -> tuple[Mapping[str, Tensor], Mapping[str, str]]:
        """The expert's weights."""
        return halved(run.best["expert"].state_dict()), {"network": "expert"}


def moments(clip: ClipPairs, rng: np.random.Generator, count: int) -> tuple[Tensor, Tensor]:
    """Up to `count` moments of a clip, apart from each other: pictures (B, 3, HEIGHT, SIDE) and sounds."""
    rows: list[int] = []
    for row in rng.permutation(len(clip.crops)):
        if all(abs(int(row) - other) >= APART for other in rows):
            rows.append(int(row))
        if len(rows) == count:
            break
    sound: F32 = clip.sound[rows] if clip.sound is not None else np.zeros((len(rows), SOUND_SIZE), np.float32)
    picture = torch.from_numpy(clip.crops[rows][:, BAND]).permute(0, 3, 1, 2).float() / 255
    return picture, torch.from_numpy(sound)


def load(path: Path) -> Expert:
    """An expert from a safetensors file.

    Raises:
        FileUnreadable: the file is missing, or holds something else.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    expert = Expert()
    try:
        expert.load_state_dict({name: tensor.float() for name, tensor in load_file(path).items()})
    except (OSError, SafetensorError, RuntimeError) as error:
        raise FileUnreadable(
            f"{path} is no sync expert. Make one: studio train expert CORPUS --output {path}"
        ) from error
    return expert
