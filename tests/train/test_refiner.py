from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from studio.head.closeup import HEIGHT, SIDE
from studio.head.lipsync.painter import Painter
from studio.head.refine import own
from studio.train import refiner
from studio.train.batches import ClipPairs
from studio.train.refiner import DRAWN_SHARE, SOFT_SHARE, RefinerTask, coarse_of, softened
from studio.train.runs import run
from studio.train.tasks import RunOptions


@pytest.fixture
def task(clip: ClipPairs) -> RefinerTask:
    torch.manual_seed(0)
    return RefinerTask([clip], [clip], Painter(), critic_from=0.6, batch=4)


def test_a_start_is_painted_drawn_or_soft(task: RefinerTask) -> None:
    lesson = task.batch(np.random.default_rng(0))
    kinds = torch.tensor([0.0, SOFT_SHARE + 0.01, SOFT_SHARE + DRAWN_SHARE + 0.01, 0.99])
    # A painter that does something.
    state = task.painter.state_dict()
    task.painter.load_state_dict({**state, "out.bias": torch.full_like(state["out.bias"], 0.2)})
    soft, drawn, *painted = coarse_of(lesson._replace(kind=kinds), task.painter)
    assert torch.equal(drawn, lesson.pairs.drawn[1])
    assert torch.equal(soft, softened(lesson.pairs.filmed[:1], float(lesson.softness[0]))[0])
    with torch.no_grad():
        expected = task.painter(*(part[2:] for part in lesson.pairs.inputs())).clamp(0, 1)
    torch.testing.assert_close(torch.stack(painted), expected, atol=1e-5, rtol=1e-4)
    assert not torch.equal(painted[0], lesson.pairs.drawn[2])


def test_softening_takes_detail_and_leaves_light() -> None:
    noise = torch.rand(1, 3, HEIGHT, SIDE, generator=torch.Generator().manual_seed(0))
    soft = softened(noise, 0.45)
    assert soft.shape == noise.shape
    assert float(soft.std()) < 0.6 * float(noise.std())
    assert float((soft.mean() - noise.mean()).abs()) < 0.01


def test_the_same_chance_gives_the_same_batch(task: RefinerTask) -> None:
    one, again = (task.batch(np.random.default_rng(5)) for _ in range(2))
    other = task.batch(np.random.default_rng(6))
    assert torch.equal(one.pairs.drawn, again.pairs.drawn)
    assert torch.equal(one.sigma, again.sigma)
    assert not torch.equal(one.pairs.drawn, other.pairs.drawn)
    sigmas = {float(task.batch(np.random.default_rng(seed)).sigma.max()) for seed in range(12)}
    assert 1.0 in sigmas
    assert any(sigma < refiner.LATER[1] + 1e-6 for sigma in sigmas)


def test_the_refiner_learns_what_the_painter_does_not_know(
    clip: ClipPairs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A film whose mouths are all green inside: after a few steps the refiner makes them greener than they were
    painted."""
    monkeypatch.setattr(refiner, "SOFT_SHARE", 0.0)
    monkeypatch.setattr(refiner, "RATES", {"refiner": 4e-3, "critic": 2e-4})  # there are only a few steps
    green = clip.filmed.copy()
    green[clip.inner > 128] = (40, 200, 40)
    taught = replace(clip, filmed=green)
    torch.manual_seed(0)
    task = RefinerTask([taught], [taught], Painter(), critic_from=0.8, batch=4)
    output = tmp_path / "refiner.safetensors"
    figures = run(task, RunOptions(steps=24, device="cpu", averaging=0.0, look_every=60), output)
    assert figures["error_painted"] < figures["error_before_painted"]
    assert {"texture_painted", "texture_before_painted", "texture_soft", "error_soft"} <= figures.keys()
    assert output.stat().st_size < 25e6
    assert own.load(output).name == "own"
    assert list(output.with_suffix(".run").glob("refined-*.png"))
