"""The ear learns from recordings with their sounds beside them, and a causal one never looks ahead."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open

from studio.errors import FileUnreadable
from studio.head import hearing as ears
from studio.head.shapes import basis
from studio.media.audio import write_wav
from studio.train import hearing
from studio.train.clips import Clip
from studio.train.runs import run
from studio.train.tasks import RunOptions
from studio.types import AudioClip

PITCHES = {"a": (700, 1200), "i": (300, 2400), "s": (5000, 6500)}  # Hz: two tones are enough to be told apart


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six of two kinds: a, i, s and silence in random order, 3 s each."""
    folder = tmp_path_factory.mktemp("recordings")
    rng = np.random.default_rng(0)
    for number in range(6):
        at, samples, lines = 0.0, [], []
        while at < 3.0:
            name, length = str(rng.choice(["a", "i", "s", ""])), round(float(rng.uniform(0.1, 0.4)), 3)
            time = np.arange(int(length * 16_000)) / 16_000
            tones = [np.sin(2 * np.pi * hz * time) for hz in PITCHES.get(name, ())]
            samples.append(0.1 * np.sum(tones, axis=0) + 1e-4 * rng.standard_normal(len(time)))
            lines.append(f"{at:.3f} {at + length:.3f} {name}".rstrip())
            at += length
        wav = folder / f"{'old' if number % 2 else 'new'}_{number}.wav"
        write_wav(wav, AudioClip(np.concatenate(samples).astype(np.float32)[None], 16_000))
        wav.with_suffix(".phones").write_text("\n".join(lines) + "\n")
    return folder


def clip(seconds: float = 2.0) -> Clip:
    """Lips that open with a rising tone pair."""
    frames = int(seconds * 25)
    jaw = (np.arange(frames) % 20 >= 10).astype(np.float64)
    landmarks = 60 * (basis().neutral + jaw[:, None, None] * basis().shape("jaw")) + [160, 120, 0]
    time = np.arange(int(seconds * 16_000)) / 16_000
    tones = sum(np.sin(2 * np.pi * hz * time) for hz in PITCHES["a"])
    sound = 0.1 * tones * np.repeat(jaw, 640)
    return Clip(
        "x",
        Path("x.mp4"),
        "",
        0,
        Fraction(25),
        landmarks.astype(np.float32),
        sound.astype(np.float32),
        Fraction(0),
        1.0,
        True,
    )


def test_it_learns_which_sound_is_heard_when(recordings: Path, tmp_path: Path) -> None:
    torch.manual_seed(0)
    corpus = hearing.read_corpus(recordings)
    assert [u.kind for u in corpus] == ["new"] * 3 + ["old"] * 3
    task = hearing.HearingTask(corpus, filmed=[clip()])
    output = tmp_path / "hearing.safetensors"
    figures = run(task, RunOptions(steps=16, device="cpu", averaging=0.0), output)
    assert set(figures) == {"new %", "lips"}
    assert figures["new %"] > 50
    with safe_open(output, framework="np") as file:
        assert file.metadata()["causal"] == "false"
    ear = ears.read(output)
    seen = ears.normalised(corpus[0].power, ear.tensors["average"])
    heard = ear.listen(seen).argmax(axis=1)
    assert 100 * (heard == corpus[0].labels).mean() == pytest.approx(figures["new %"], abs=1.0)


@pytest.mark.parametrize("causal", [True, False])
def test_a_causal_ear_never_looks_ahead(causal: bool) -> None:
    torch.manual_seed(1)
    network = hearing.Network(causal=causal).eval()
    seen = torch.randn(1, ears.BANDS, 200)
    later = seen.clone()
    later[:, :, 120:] += 1.0
    with torch.no_grad():
        change = (network(later) - network(seen)).abs().amax(1)[0]
    assert change[120:].min() > 0
    assert (change[:120].max() == 0) == causal
    assert hearing.metadata(network)["causal"] == str(causal).lower()


def test_how_well_lips_follow_what_is_heard() -> None:
    film = clip()
    rows = np.zeros((201, len(hearing.LETTERS)), np.float32)
    jaw = np.repeat((np.arange(50) % 20 >= 10), 4)
    rows[:200][jaw, hearing.LETTERS.index("a")] = 1.0
    rows[:200][~jaw, 0] = 1.0
    assert hearing.lips_match(film, rows) > 0.9
    assert hearing.lips_match(film, np.roll(rows, 40, axis=0)) < 0


@pytest.mark.parametrize("line", ["0.0 x a", "0.0", "a"])
def test_a_wrong_line_is_named(recordings: Path, tmp_path: Path, line: str) -> None:
    for wav in recordings.glob("*.wav"):
        (tmp_path / wav.name).write_bytes(wav.read_bytes())
        (tmp_path / wav.name).with_suffix(".phones").write_text(line + "\n")
    with pytest.raises(FileUnreadable, match=r"new_0\.phones.*start end IPA"):
        hearing.read_corpus(tmp_path)


def test_a_folder_without_recordings(tmp_path: Path) -> None:
    with pytest.raises(FileUnreadable, match=r"name\.phones"):
        hearing.read_corpus(tmp_path)
