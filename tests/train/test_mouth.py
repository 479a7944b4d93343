from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from studio.errors import FileUnreadable
from studio.head.closeup import HEIGHT, SIDE
from studio.head.lipsync import painter
from studio.train import expert, mouth, mouths, person
from studio.train.batches import ClipPairs, disguised, gather
from studio.train.runs import run
from studio.train.tasks import RunOptions


def test_a_batch_shows_another_view_of_the_same_mouth(clip: ClipPairs) -> None:
    batch = gather([(clip, 0), (clip, 1)], np.random.default_rng(0), views=0.0)
    assert batch.drawn.shape == (2, 3, HEIGHT, SIDE)
    np.testing.assert_allclose(batch.view[0].mean(), clip.crops[clip.reference[0]][16:112].mean() / 255, atol=1e-4)
    viewed = gather([(clip, 0)] * 20, np.random.default_rng(0), views=1.0)
    target = int(clip.target[0])
    rows = [
        row
        for picture in viewed.view
        for row, crop in enumerate(clip.crops)
        if np.abs(crop[16:112].astype(int) - (picture.permute(1, 2, 0).numpy() * 255).round()).max() == 0
    ]
    assert len(rows) >= 20
    assert all(abs(row - target) > 12 and clip.shows[row] for row in rows)


def test_disguises_keep_the_pair_together(clip: ClipPairs) -> None:
    batch = gather([(clip, row) for row in range(16)], np.random.default_rng(0))
    seen = disguised(batch, torch.Generator().manual_seed(3))
    assert not torch.equal(seen.drawn, batch.drawn)
    away = (seen.outer == 0).expand_as(seen.drawn)
    before = (batch.drawn - batch.filmed).abs()[(batch.outer == 0).expand_as(batch.drawn)].mean()
    assert (seen.drawn - seen.filmed).abs()[away].mean() < 2.5 * before
    assert ((seen.sound == 0) | (seen.heard[:, None] == 1)).all()
    again = disguised(batch, torch.Generator().manual_seed(3))
    assert torch.equal(seen.drawn, again.drawn)


def test_the_painter_learns_what_the_rules_do_not_know(clip: ClipPairs, tmp_path: Path) -> None:
    """A film whose mouths are all green inside: after a few steps the painter paints them greener than they came."""
    green = clip.filmed.copy()
    green[clip.inner > 128] = (40, 200, 40)
    taught = replace(clip, filmed=green)
    torch.manual_seed(0)
    task = mouth.MouthTask([taught], [taught], None, critic_from=0.6, batch=4)
    before = mouth.judged(task.painter, taught, 0.0, torch.device("cpu"))["error"]
    output = tmp_path / "mouth.safetensors"
    figures = run(task, RunOptions(steps=16, device="cpu", averaging=0.0, look_every=60), output)
    assert figures["error"] < 0.9 * before
    assert {"texture", "texture_viewed", "error_drawn"} <= figures.keys()
    read = painter.load(output)
    assert not torch.equal(read.out.weight, torch.zeros_like(read.out.weight))
    assert next((tmp_path / "mouth.run").glob("mouths-*.png"), None) is not None


def test_texture_and_error_are_measured_against_the_film(clip: ClipPairs) -> None:
    batch = gather([(clip, row) for row in np.argsort(-clip.inner.sum(axis=(1, 2)))[:4]], np.random.default_rng(0))

    class Copy(torch.nn.Module):
        def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
            return batch.filmed

    found = mouth.measure(Copy(), batch)
    torch.testing.assert_close(found["error"], torch.zeros(4))
    torch.testing.assert_close(found["texture"], torch.ones(4))
    assert (found["size"] > 30).all()


def test_the_expert_learns_which_sound_belongs(clip: ClipPairs, tmp_path: Path) -> None:
    """Sounds that say how bright the mouth is are soon matched to it."""
    light = clip.insides.reshape(len(clip.insides), -1).mean(axis=1)
    sound = np.zeros_like(clip.sound)
    sound[np.arange(len(light)), np.clip((light / light.max() * 20).astype(int), 0, 20)] = 1
    taught = replace(clip, sound=sound)
    torch.manual_seed(0)
    task = expert.ExpertTask([taught], [taught])
    before = task.look(_still(task)).figures["right_of_8"]
    output = tmp_path / "expert.safetensors"
    figures = run(task, RunOptions(steps=60, device="cpu", look_every=60), output)
    assert figures["right_of_8"] > before + 0.1
    fits = expert.agreement(expert.load(output).eval(), *expert.moments(taught, np.random.default_rng(0), 4))
    assert fits.abs().max() <= 1 + 1e-5
    with pytest.raises(FileUnreadable, match="no sync expert"):
        expert.load(tmp_path / "none.safetensors")
    with pytest.raises(FileUnreadable, match="too few"):
        expert.ExpertTask([replace(clip, sound=None)], [taught])


class _Still:
    device = torch.device("cpu")


def _still(task: expert.ExpertTask) -> object:
    task.expert.eval()
    return _Still()


def test_people_are_kept_out_of_the_training(clip: ClipPairs) -> None:
    people = [replace(clip, person=name) for name in "ABCDEFGH"]
    learned, judged = mouths.parted(people)
    assert {one.person for one in judged} == {"D"}
    assert len(learned) == 7
    learned, judged = mouths.parted(people, ["B", "C"])
    assert {one.person for one in judged} == {"B", "C"}
    with pytest.raises(FileUnreadable, match="Nobody in the corpus is called Z"):
        mouths.parted(people, ["Z"])
    with pytest.raises(FileUnreadable, match="several"):
        mouths.parted(people[:1])


def test_one_person_starts_from_the_mouth_that_ships(clip: ClipPairs, tmp_path: Path) -> None:
    from safetensors.torch import save_file

    torch.manual_seed(1)
    start = tmp_path / "start.safetensors"
    network = painter.Painter()
    with torch.no_grad():
        network.out.weight.normal_(std=0.01)
    save_file(network.state_dict(), start)
    task = person.task([clip], start)
    torch.testing.assert_close(task.painter.out.weight, network.out.weight)
    assert task.optimisers["painter"].param_groups[0]["lr"] == person.RATE
    border = int(len(clip.crops) * (1 - person.KEPT))
    assert max(int(one.target.max()) for one in task.clips) < border
    assert min(int(one.target.min()) for one in task.kept_out) >= border
    with pytest.raises(FileUnreadable, match="Ann, Grace"):
        person.task([clip, replace(clip, person="Ann")], start)
