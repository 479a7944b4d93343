"""A base voice trained on: livelier, and as long as before."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from studio.errors import FileUnreadable
from studio.train import finish
from studio.train import voice as voices
from studio.train.runs import run
from studio.train.tasks import RunOptions
from studio.train.utterances import Utterance
from studio.voice.own import speaker
from studio.voice.own.units import PAUSE, Unit
from studio.voice.own.voice import PITCH, TIMBRE, VOICED, WIDTH

SOUNDS = ("h", "ə", "l", "oʊ")
UNITS = (Unit(PAUSE), *(Unit(sound, 1, 0) for sound in SOUNDS), Unit(PAUSE, mark="."))


def _corpus(name: str) -> list[Utterance]:
    """Eight lines of one word, in frames that are drawn by lot around what each sound is."""
    rng = np.random.default_rng(0)
    sounds = rng.normal(size=(len(UNITS), WIDTH))
    found = []
    for number in range(8):
        lengths = rng.integers(15, 30, len(UNITS))
        ends = np.cumsum(lengths)
        frames = sounds[np.repeat(np.arange(len(UNITS)), lengths)] + 0.3 * rng.normal(size=(ends[-1], WIDTH))
        frames[:, PITCH] = 5 + 0.1 * frames[:, PITCH]
        frames[:, VOICED] = 1.0
        spans = np.stack([ends - lengths, ends], axis=1)
        heard = np.zeros((ends[-1], 40), np.float32)
        line = Utterance(name, str(number), "Hello.", UNITS, {0: "."}, spans, heard, frames.astype(np.float32))
        found.append(line)
    return found


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("start") / "voice.safetensors"
    run(voices.VoiceTask(_corpus("ruth"), "en"), RunOptions(steps=3, workers=1, averaging=0.0), path)
    return path


def test_finishing_keeps_the_lengths_and_moves_what_is_drawn(start: Path, tmp_path: Path) -> None:
    torch.manual_seed(0)
    task = finish.FinishTask(_corpus("ruth"), "en", start)
    with torch.no_grad():  # as if it had been trained for long
        for parameter in task.network.parameters():
            parameter.add_(0.02 * parameter.requires_grad)
    output = tmp_path / "finished.safetensors"
    figures = run(task, RunOptions(steps=4, workers=1, averaging=0.0, look_every=1e-9), output)
    assert np.isfinite(list(figures.values())).all()
    before, after = speaker.load(start), speaker.load(output)
    spans, frames = before.say(UNITS, "ruth", seed=1)
    same, livelier = after.say(UNITS, "ruth", seed=1)
    assert np.array_equal(spans, same)
    assert np.abs(livelier - frames)[:, :TIMBRE].max() > 1e-4 and np.abs(livelier - frames)[:, PITCH].max() > 1e-6
    trained, kept = task.network.state_dict(), before.network.state_dict()
    for name, written in after.network.state_dict().items():
        part = name.split(".")[0]
        share = 1.0 if part.startswith("melody") else finish._SHARE if part in finish._DRAWING else 0.0
        wanted = torch.lerp(kept[name], trained[name], share)
        assert torch.allclose(written, wanted, atol=2e-3), name
    assert float((trained["timbre_out.bias"] - kept["timbre_out.bias"]).abs().max()) > 0.015


def test_a_voice_of_others_is_not_finished(start: Path) -> None:
    with pytest.raises(FileUnreadable, match="ruth"):
        finish.FinishTask(_corpus("otto"), "en", start)
