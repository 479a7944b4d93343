"""One loop for every training: it learns, stops, goes on exactly, and writes nothing half."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors import safe_open
from torch import Tensor, nn

from studio.errors import Cancelled, EngineUnavailable, FileUnreadable
from studio.media.image import read_image
from studio.train.runs import Run, TrainingLost, run, run_folder
from studio.train.tasks import Look, RunOptions, Turn, halved
from studio.types import Progress

TRUE = torch.tensor([[1.0, -2.0, 0.5]])


class Line:
    """Learns a line through noise; dropout draws from torch's own chance."""

    averaged: tuple[str, ...] = ("line",)

    def __init__(self, rate: float = 0.03, spoil_at: int | None = None) -> None:
        torch.manual_seed(3)
        self.line = nn.Linear(3, 1)
        self.modules = {"line": self.line}
        self.optimisers: dict[str, torch.optim.Optimizer] = {"line": torch.optim.AdamW(self.line.parameters(), rate)}
        self.dropout = nn.Dropout(0.1)
        self.spoil_at = spoil_at
        self.rates: list[float] = []
        self.dtypes: list[torch.dtype] = []

    def batch(self, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
        seen = torch.from_numpy(rng.standard_normal((8, 3)).astype(np.float32))
        return seen, seen @ TRUE.T

    def turns(self, batch: Any, run: Run) -> Iterator[Turn]:
        seen, wanted = batch
        guess = self.line(self.dropout(seen) * 0.9)
        self.dtypes.append(guess.dtype)
        loss = (guess - wanted).square().mean()
        if run.step == self.spoil_at:
            loss = loss * math.nan
        yield Turn("line", loss, {"bias": self.line.bias.abs().sum()})
        self.rates.append(self.optimisers["line"].param_groups[0]["lr"])

    def look(self, run: Run) -> Look:
        assert not torch.is_grad_enabled() and not self.line.training
        error = float((run.best["line"].weight - TRUE).abs().max())  # type: ignore[operator]
        return Look({"error": error}, {"sheet": np.full((60, 60, 3), run.step % 256, np.uint8)})

    def weights(self, run: Run) -> tuple[dict[str, Tensor], dict[str, str]]:
        return halved(run.best["line"].state_dict()), {"steps": str(run.step)}


class StopAt:
    """Somebody stops the work after some steps."""

    def __init__(self, task: Line, steps: int) -> None:
        self.task, self.steps = task, steps

    def is_set(self) -> bool:
        return len(self.task.rates) >= self.steps


def cpu(**options: Any) -> RunOptions:
    return RunOptions(**({"device": "cpu"} | options))


def rows(output: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in (run_folder(output) / "figures.jsonl").read_text().splitlines()]


def test_it_learns_and_writes_weights_figures_and_pictures(tmp_path: Path) -> None:
    output = tmp_path / "line.safetensors"
    told: list[Progress] = []
    figures = run(Line(), cpu(steps=400, averaging=0.9), output, on_progress=told.append)
    assert figures["error"] < 0.15
    with safe_open(output, framework="pt") as file:
        assert file.metadata() == {"steps": "400"}
        weight = file.get_tensor("weight")
    assert weight.dtype == torch.float16
    assert float((weight - TRUE).abs().max()) == pytest.approx(figures["error"], abs=2e-3)
    (row,) = rows(output)
    assert row["step"] == 400 and row["error"] == figures["error"] and 0 < row["line"] < 10
    assert read_image(run_folder(output) / "sheet-0000400.png")[0, 0, 0] == 400 % 256
    assert all("line" in one.detail and 0 < one.done <= 1 for one in told)


def test_a_stopped_training_goes_on_exactly_where_it_was(tmp_path: Path) -> None:
    whole, halves = tmp_path / "whole.safetensors", tmp_path / "halves.safetensors"
    run(Line(), cpu(steps=50, accumulate=2), whole)
    task = Line()
    with pytest.raises(Cancelled, match="step 23"):
        run(task, cpu(steps=50, accumulate=2), halves, cancel=StopAt(task, 46))
    assert not halves.exists()
    run(Line(), cpu(steps=50, accumulate=2, workers=3), halves)
    assert halves.read_bytes() == whole.read_bytes()
    run(Line(), cpu(steps=50, accumulate=2, seed=1, resume=False), halves)
    assert halves.read_bytes() != whole.read_bytes()


def test_what_is_finished_or_foreign_is_not_trained_over(tmp_path: Path) -> None:
    output = tmp_path / "line.safetensors"
    run(Line(), cpu(steps=5), output)
    with pytest.raises(FileUnreadable, match=r"finished, after 5 steps.*--fresh"):
        run(Line(), cpu(steps=5), output)
    run(Line(), cpu(steps=9), output)
    assert [row["step"] for row in rows(output)] == [5, 9]
    other = Line()
    other.line = nn.Linear(3, 2)
    other.modules = {"line": other.line}
    with pytest.raises(FileUnreadable, match="another training"):
        run(other, cpu(steps=20), output)
    (run_folder(output) / "checkpoint.pt").write_bytes(b"half a file")
    with pytest.raises(FileUnreadable, match=r"damaged"):
        run(Line(), cpu(steps=20), output)
    run(Line(), cpu(steps=3, resume=False), output)
    assert [row["step"] for row in rows(output)] == [3]


def test_a_lost_training_writes_nothing(tmp_path: Path) -> None:
    output = tmp_path / "line.safetensors"
    with pytest.raises(TrainingLost, match="no number"):
        run(Line(spoil_at=7), cpu(steps=20), output)
    assert not output.exists() and not run_folder(output).joinpath("checkpoint.pt").exists()
    task = Line(spoil_at=7)
    with pytest.raises(TrainingLost):
        run(task, cpu(steps=20), output, cancel=StopAt(task, 10))
    assert not run_folder(output).joinpath("checkpoint.pt").exists()


def test_gradients_of_several_batches_are_averaged(tmp_path: Path) -> None:
    class Plain(Line):
        averaged = ()

        def __init__(self) -> None:
            super().__init__()
            self.dropout = nn.Dropout(0.0)
            self.optimisers = {"line": torch.optim.SGD(self.line.parameters(), 6.0)}  # a tenth of it: warm-up
            self.batches: list[tuple[Tensor, Tensor]] = []

        def turns(self, batch: Any, run: Run) -> Iterator[Turn]:
            self.batches.append(batch)
            yield from super().turns(batch, run)

    task, twin = Plain(), Plain()
    run(task, cpu(steps=1, accumulate=3, clip=0.0), tmp_path / "line.safetensors")
    assert len(task.batches) == 3
    seen, wanted = (torch.cat(parts) for parts in zip(*task.batches, strict=True))
    (twin.line(seen * 0.9) - wanted).square().mean().backward()
    expected = twin.line.weight - 6.0 / 60 * twin.line.weight.grad
    torch.testing.assert_close(task.line.weight, expected)


def test_a_turn_moves_the_parameters_of_its_own_optimiser_only(tmp_path: Path) -> None:
    class Rivals(Line):
        """The painter's loss looks through the critic; the critic's does not reach the painter."""

        averaged = ()

        def __init__(self) -> None:
            super().__init__()
            self.critic = nn.Linear(1, 1)
            self.modules = {"line": self.line, "critic": self.critic}
            self.optimisers["critic"] = torch.optim.SGD(self.critic.parameters(), 0.0)
            self.between: list[bool] = []

        def turns(self, batch: Any, run: Run) -> Iterator[Turn]:
            before = self.line.weight.detach().clone()
            yield Turn("critic", self.critic(self.line(batch[0])).mean())
            self.between.append(torch.equal(before, self.line.weight))
            yield Turn("line", self.critic(self.line(batch[0])).square().mean())
            assert not torch.equal(before, self.line.weight)
            assert self.critic.weight.grad is None

    task = Rivals()
    critic = task.critic.weight.detach().clone()
    run(task, cpu(steps=4), tmp_path / "line.safetensors")
    assert task.between == [True] * 4
    assert torch.equal(task.critic.weight, critic)  # its rate is 0
    assert set(rows(tmp_path / "line.safetensors")[0]) == {"step", "minutes", "critic", "line", "error"}


def test_the_average_follows_the_weights(tmp_path: Path) -> None:
    class Watched(Line):
        def turns(self, batch: Any, run: Run) -> Iterator[Turn]:
            if run.step == 0:
                self.expected = self.line.weight.detach().clone()
            yield from super().turns(batch, run)
            keep = min(0.8, (run.step + 1) / (run.step + 11))
            self.expected = keep * self.expected + (1 - keep) * self.line.weight.detach()

        def weights(self, run: Run) -> tuple[dict[str, Tensor], dict[str, str]]:
            return {"weight": run.best["line"].weight.detach()}, {}  # type: ignore[dict-item]

    task = Watched()
    run(task, cpu(steps=60, averaging=0.8), tmp_path / "line.safetensors")
    with safe_open(tmp_path / "line.safetensors", framework="pt") as file:
        torch.testing.assert_close(file.get_tensor("weight"), task.expected)
    assert not torch.allclose(task.expected, task.line.weight, atol=1e-6)


def test_the_rate_warms_up_and_falls_along_a_cosine(tmp_path: Path) -> None:
    task = Line(rate=0.01)
    run(task, cpu(steps=200, floor=0.1), tmp_path / "line.safetensors")
    assert task.rates[0] == pytest.approx(0.01 / 60)
    assert task.rates[100] == pytest.approx(0.01 * 0.55)
    assert task.rates[-1] == pytest.approx(0.001, rel=0.01)


def test_a_limit_in_minutes(tmp_path: Path) -> None:
    output = tmp_path / "line.safetensors"
    told: list[Progress] = []
    run(Line(), cpu(minutes=1.2 / 60, look_every=0.5 / 60), output, on_progress=told.append)
    found = rows(output)
    assert len(found) >= 2 and found[-1]["minutes"] == pytest.approx(0.02, abs=0.01)
    assert told and told[0].remaining_s is not None and 0 <= told[0].remaining_s < 5
    with pytest.raises(ValueError, match="needs an end"):
        RunOptions()


def test_half_the_bits_for_the_forward_pass_only(tmp_path: Path) -> None:
    task = Line()
    run(task, cpu(steps=2, bf16=True), tmp_path / "line.safetensors")
    assert set(task.dtypes) == {torch.bfloat16} and task.line.weight.dtype == torch.float32


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is one here")
def test_a_device_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(EngineUnavailable, match="no CUDA device"):
        run(Line(), cpu(steps=2, device="cuda"), tmp_path / "line.safetensors")
