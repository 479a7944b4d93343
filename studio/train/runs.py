"""The loop that every training of the studio goes through: motion, mouth, refiner, person.

A `Task` (studio/train/tasks.py) says what is learned: its networks, their optimisers, what a batch is and which losses
it brings. `run` does the rest: the device or several of them, mixed precision, accumulation, the falling rate, averaged
weights, checkpoints from which a stopped training goes on exactly, figures and pictures along the way, and the weights
at the end. On several GPUs:

    accelerate launch -m studio train mouth …
"""

from __future__ import annotations

import copy
import io
import json
import math
import time
from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from studio.errors import Cancelled, EngineUnavailable, FileUnreadable, StudioError
from studio.media.files import unwritable, writing
from studio.media.image import write_png
from studio.train.tasks import RunOptions, Task
from studio.types import Cancel, OnProgress, Progress

CHECKPOINT, FIGURES, WEIGHTS = "checkpoint.pt", "figures.jsonl", "weights.safetensors"
WARM_UP = 60  # steps until the full rate: AdamW's first estimates of the variance are poor
_TELL_EVERY = 0.5  # s between two lines of progress


class TrainingLost(StudioError):
    """A loss is no number any more: going on would only spoil the weights."""


def run_folder(output: Path) -> Path:
    """Where a training keeps its checkpoint, figures and pictures: beside its weights."""
    return output.with_suffix(".run")


def run(
    task: Task,
    options: RunOptions,
    output: Path,
    *,
    on_progress: OnProgress | None = None,
    cancel: Cancel | None = None,
) -> dict[str, float]:
    """Train, and write the weights to `output` (.safetensors). Returns the figures of the last look.

    The same seed and steps give the same weights on the same machine, stopped and resumed or not; with a limit in
    minutes they depend on how fast it is.

    Raises:
        Cancelled: stopped; the same call goes on from the step it came to.
        TrainingLost, OutputUnwritable; EngineUnavailable: there is no such device.
        FileUnreadable: the checkpoint is damaged, finished, or of another training.
    """
    return Run(task, options, run_folder(output)).go(output, on_progress, cancel)


class Run:
    """One training under way."""

    def __init__(self, task: Task, options: RunOptions, folder: Path) -> None:
        self.task, self.options, self.folder = task, options, folder
        self.accelerator = _accelerator(options)
        self.device: torch.device = self.accelerator.device
        self.step = 0
        """Steps done."""
        self.share = 0.0
        """0 … 1 of the whole training."""
        self._seconds = 0.0
        self._recent, self._since_look = _Means(), _Means()
        for module in task.modules.values():
            module.to(self.device)
            self._agree(module)
        averaged = task.averaged if options.averaging > 0 else ()
        self.best: dict[str, nn.Module] = dict(task.modules)
        """The modules to judge and keep: the averaged ones where there are any."""
        self.best |= {name: copy.deepcopy(task.modules[name]).requires_grad_(False).eval() for name in averaged}

    def go(self, output: Path, on_progress: OnProgress | None, cancel: Cancel | None) -> dict[str, float]:
        """Train to the end."""
        self._load()
        began = told = looked = time.monotonic()
        before, at_first = self._seconds, self._done()
        with self._batches() as batches:
            while True:
                now = time.monotonic()
                self._seconds = before + now - began
                due = now - looked > 60 * self.options.look_every
                self.share, due, stop = self._agreed(self._done(), due, cancel is not None and cancel.is_set())
                if self.share >= 1.0:
                    break
                if stop:
                    self._losses()
                    self._save()
                    raise Cancelled(f"Stopped after step {self.step}. The same command goes on from there.")
                if due:
                    self._look()
                    looked = now
                for part in range(self.options.accumulate):
                    torch.manual_seed(int(self._chance(self.step, part).generate_state(1)[0]))
                    self._take(next(batches), last=part == self.options.accumulate - 1)
                self.step += 1
                self._follow()
                if on_progress is not None and now - told > _TELL_EVERY and self.accelerator.is_main_process:
                    told = now
                    left = (now - began) * (1 - self.share) / max(1e-9, self.share - at_first)
                    on_progress(Progress("train", self._line(), self.share, left))
        figures = self._look()
        if self.accelerator.is_main_process:
            self._write_weights(output)
        return figures

    @contextmanager
    def _batches(self) -> Iterator[Iterator[Any]]:
        """Batches made ahead in threads; which one comes at which step depends on the seed alone."""
        places = ((step, part) for step in count(self.step) for part in range(self.options.accumulate))

        def make(place: tuple[int, int]) -> Any:
            return self.task.batch(np.random.default_rng(self._chance(*place)))

        pool = ThreadPoolExecutor(self.options.workers)
        waiting: deque[Future[Any]] = deque()

        def batches() -> Iterator[Any]:
            while True:
                while len(waiting) < 2 * self.options.workers:
                    waiting.append(pool.submit(make, next(places)))
                yield waiting.popleft().result()

        try:
            yield batches()
        finally:
            pool.shutdown(cancel_futures=True)

    def _chance(self, step: int, part: int) -> np.random.SeedSequence:
        """Chance begins anew with every batch, so that a resumed training needs to remember no state of it."""
        return np.random.SeedSequence([self.options.seed, self.accelerator.process_index, step, part])

    def _take(self, batch: Any, *, last: bool) -> None:
        from accelerate.utils import send_to_device

        turns = self.task.turns(send_to_device(batch, self.device), self)
        while True:
            with self.accelerator.autocast():
                turn = next(turns, None)
            if turn is None:
                return
            for means in (self._recent, self._since_look):
                means.add({turn.optimiser: turn.loss, **turn.values})
            self._descend(self.task.optimisers[turn.optimiser], turn.loss, move=last)

    def _descend(self, optimiser: torch.optim.Optimizer, loss: Tensor, *, move: bool) -> None:
        parameters = [p for group in optimiser.param_groups for p in group["params"] if p.requires_grad]
        # Only these get gradients: a critic that is looked through collects none from the other's turn.
        self.accelerator.backward(loss, inputs=parameters)
        if not move:
            return
        if self.accelerator.num_processes > 1:
            gradients = [p.grad for p in parameters if p.grad is not None]
            mean = self.accelerator.reduce(torch.cat([g.flatten() for g in gradients]), "mean")
            for gradient, part in zip(gradients, mean.split([g.numel() for g in gradients]), strict=True):
                gradient.copy_(part.view_as(gradient))
        if self.options.clip:
            nn.utils.clip_grad_norm_(parameters, self.options.clip)
        warm = min(1.0, (self.step + 1) / WARM_UP)
        falling = 0.5 * (1 + math.cos(math.pi * min(1.0, self.share)))  # Loshchilov & Hutter 2017
        for group in optimiser.param_groups:
            group.setdefault("initial_lr", group["lr"])
            group["lr"] = group["initial_lr"] * warm * (self.options.floor + (1 - self.options.floor) * falling)
        optimiser.step()
        optimiser.zero_grad()

    @torch.no_grad()
    def _follow(self) -> None:
        """Draw the averaged weights towards the present ones; early on they follow closely."""
        keep = min(self.options.averaging, self.step / (self.step + 10))
        for name, average in self.best.items():
            module = self.task.modules[name]
            if average is module:
                continue
            for old, new in zip(average.state_dict().values(), module.state_dict().values(), strict=True):
                if old.is_floating_point():
                    old.lerp_(new, 1 - keep)
                else:
                    old.copy_(new)

    def _done(self) -> float:
        shares = [self.step / self.options.steps] if self.options.steps is not None else []
        if self.options.minutes is not None:
            shares.append(self._seconds / (60 * self.options.minutes))
        return max(shares)

    def _look(self) -> dict[str, float]:
        """Judge, note the figures, keep pictures, a checkpoint and the weights as they are."""
        losses = self._losses()
        figures: dict[str, float] = {}
        if self.accelerator.is_main_process:
            parts = [part for module in self.task.modules.values() for part in module.modules()]
            modes = [part.training for part in parts]
            for module in self.task.modules.values():
                module.eval()
            with torch.no_grad():
                look = self.task.look(self)
            for part, training in zip(parts, modes, strict=True):
                part.training = training
            figures = dict(look.figures)
            for name, picture in look.pictures.items():
                write_png(self.folder / f"{name}-{self.step:07d}.png", picture)
            self._note({"step": self.step, "minutes": round(self._seconds / 60, 2), **losses, **figures})
            self._write_weights(self.folder / WEIGHTS)
            self._save()
        self.accelerator.wait_for_everyone()
        return figures

    def _losses(self) -> dict[str, float]:
        """Means since the last look, before anything is written."""
        losses = self._since_look.take()
        if not all(math.isfinite(value) for value in losses.values()):
            raise TrainingLost(
                f"The training got lost before step {self.step}: a loss is no number any more. "
                f"What {self.folder} holds is from before. Try again with another --seed, or without --bf16."
            )
        return losses

    def _note(self, row: Mapping[str, float]) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with (self.folder / FIGURES).open("a", encoding="utf-8") as file:
                file.write(json.dumps(row) + "\n")
        except OSError as error:
            raise unwritable(self.folder / FIGURES, error) from error

    def _line(self) -> str:
        return f"step {self.step}: " + ", ".join(f"{name} {value:.4g}" for name, value in self._recent.take().items())

    def _write_weights(self, path: Path) -> None:
        from safetensors.torch import save

        tensors, metadata = self.task.weights(self)
        with writing(path) as temporary:
            temporary.write_bytes(save(dict(tensors), dict(metadata)))

    def _save(self) -> None:
        if not self.accelerator.is_main_process:
            return
        state = {
            "step": self.step,
            "seconds": self._seconds,
            "modules": {name: module.state_dict() for name, module in self.task.modules.items()},
            "best": {name: module.state_dict() for name, module in self.best.items()},
            "optimisers": {name: optimiser.state_dict() for name, optimiser in self.task.optimisers.items()},
        }
        # torch tells of a full disk in its own words; bytes written here become a sentence.
        packed = io.BytesIO()
        torch.save(state, packed)
        with writing(self.folder / CHECKPOINT) as temporary:
            temporary.write_bytes(packed.getbuffer())

    def _load(self) -> None:
        path = self.folder / CHECKPOINT
        if not self.options.resume:
            self.folder.joinpath(FIGURES).unlink(missing_ok=True)
        elif path.exists():
            try:
                state = torch.load(path, map_location=self.device, weights_only=True)
                for name, module in self.task.modules.items():
                    module.load_state_dict(state["modules"][name])
                    self.best[name].load_state_dict(state["best"][name])
                for name, optimiser in self.task.optimisers.items():
                    optimiser.load_state_dict(state["optimisers"][name])
                self.step, self._seconds = state["step"], state["seconds"]
            except (RuntimeError, KeyError, ValueError, EOFError, OSError, UnpicklingError) as error:
                raise FileUnreadable(
                    f"{path} is damaged, or of another training. Choose another --output, or start over with --fresh."
                ) from error
            if self._done() >= 1.0:
                raise FileUnreadable(
                    f"{self.folder} holds a training that is finished, after {self.step} steps. Give it more --steps "
                    "or --minutes, choose another --output, or start over with --fresh."
                )

    def _agree(self, module: nn.Module) -> None:
        """All processes start from the weights of the first."""
        if self.accelerator.num_processes > 1:
            from accelerate.utils import broadcast

            for tensor in module.state_dict().values():
                tensor.copy_(broadcast(tensor.clone()))

    def _agreed(self, share: float, due: bool, stop: bool) -> tuple[float, bool, bool]:
        """Clocks differ: what the first process says, all do."""
        if self.accelerator.num_processes == 1:
            return share, due, stop
        from accelerate.utils import broadcast

        said = broadcast(torch.tensor([share, due, stop], dtype=torch.float32, device=self.device)).tolist()
        return said[0], bool(said[1]), bool(said[2])


class _Means:
    """Running means of what is reported, kept on the device until somebody asks."""

    def __init__(self) -> None:
        self._sums: dict[str, tuple[Tensor, int]] = {}

    def add(self, values: Mapping[str, Tensor]) -> None:
        for name, value in values.items():
            total, number = self._sums.get(name, (torch.zeros(()), 0))
            self._sums[name] = (value.detach().float() + total.to(value.device), number + 1)

    def take(self) -> dict[str, float]:
        """The means since the last time."""
        means = {name: float(total) / number for name, (total, number) in self._sums.items()}
        self._sums.clear()
        return means


def _accelerator(options: RunOptions) -> Any:
    from accelerate import Accelerator
    from accelerate.state import AcceleratorState, PartialState

    if options.device == "cuda" and not torch.cuda.is_available():
        raise EngineUnavailable("There is no CUDA device here. Train with --device auto, or install its driver.")
    # accelerate keeps the first device and precision of a process for good; a page or a test trains more than once.
    AcceleratorState._reset_state(reset_partial_state=PartialState().num_processes == 1)
    return Accelerator(
        cpu=options.device == "cpu",
        mixed_precision="bf16" if options.bf16 else "no",
        gradient_accumulation_steps=options.accumulate,
    )
