"""What a training of the studio consists of: a `Task` says what is learned, `RunOptions` how it is run.

`studio.train.runs` is the loop between them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol

import numpy as np
import torch
from torch import Tensor, nn

from studio.types import U8

if TYPE_CHECKING:
    from studio.train.runs import Run


class Turn(NamedTuple):
    """One descent of one optimiser: most tasks take one turn a step, adversaries take two."""

    optimiser: str
    loss: Tensor
    """Scalar; reported under the optimiser's name."""
    values: Mapping[str, Tensor] = {}
    """What else to report: scalars."""


@dataclass(frozen=True, eq=False)
class Look:
    """How good the networks are now, on what they never see in training."""

    figures: Mapping[str, float]
    pictures: Mapping[str, U8] = field(default_factory=dict)
    """RGB uint8 (H, W, 3) by name: contact sheets."""


class Task(Protocol):
    """What is learned. Networks are built on the CPU, seeded by `torch.manual_seed`; the loop moves them."""

    @property
    def modules(self) -> Mapping[str, nn.Module]:
        """Everything that is trained, by name; also frozen networks, in eval mode, that only bring losses."""

    @property
    def optimisers(self) -> Mapping[str, torch.optim.Optimizer]:
        """By name; their rates are the highest ones. A turn moves the parameters of its optimiser and no others."""

    @property
    def averaged(self) -> tuple[str, ...]:
        """Modules of which a running average is kept (`Run.best`)."""

    def batch(self, rng: np.random.Generator) -> Any:
        """Tensors on the CPU, in tuples or dicts. Called in threads: all chance must come from `rng`."""

    def turns(self, batch: Any, run: Run) -> Iterator[Turn]:
        """The losses of one batch, on `run.device`. What follows a `yield` sees the parameters moved by it."""

    def look(self, run: Run) -> Look:
        """Figures and pictures of what was kept out; networks are in eval mode, no gradients are kept."""

    def weights(self, run: Run) -> tuple[Mapping[str, Tensor], Mapping[str, str]]:
        """Tensors and metadata as the studio reads them; take them from `run.best`."""


@dataclass(frozen=True)
class RunOptions:
    """How a training is run, whatever it learns."""

    steps: int | None = None
    minutes: float | None = None
    """The end, whichever comes first; at least one is given. The rate falls along a cosine until there."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    bf16: bool = False
    """Forward passes in bfloat16; weights and optimisers stay float32."""
    accumulate: int = 1
    """Batches per step."""
    seed: int = 0
    resume: bool = True
    """Go on from the checkpoint where there is one; False starts over."""
    look_every: float = 10.0
    """Minutes between two looks; each also writes a checkpoint and the weights."""
    averaging: float = 0.999
    """Share of the old in the averaged weights, each step; 0 takes the last ones."""
    clip: float = 1.0
    """Longest gradient, 2-norm; 0 leaves it."""
    floor: float = 0.0
    """Share of the rate that is left at the end."""
    workers: int = 1
    """Threads that make batches ahead."""

    def __post_init__(self) -> None:
        if self.steps is None and self.minutes is None:
            raise ValueError("a training needs an end: steps or minutes")


def halved(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Weights for the disk: floats as float16, everything on the CPU in one piece."""
    return {
        name: (tensor.half() if tensor.is_floating_point() else tensor).detach().cpu().contiguous()
        for name, tensor in state.items()
    }
