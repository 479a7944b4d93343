"""The cleaner learns: noise made by rule, voices laid into it, and a network that takes it out again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from typer.testing import CliRunner

from studio.app.cli import app
from studio.errors import FileUnreadable
from studio.media.audio import write_wav
from studio.media.image import read_image
from studio.train import cleaner, mixtures, noises
from studio.train.mixtures import CLEAN, DENOISED, LENGTH, MIXED
from studio.train.runs import Run, run
from studio.train.tasks import RunOptions
from studio.types import AudioClip
from studio.voice.engines import load
from studio.voice.person import likeness
from studio.voice.recordings import masks

LINES = ("The water was high above the old house by the sea.", "They danced until the morning came again.")


@pytest.fixture(autouse=True, scope="module")
def lenient() -> Iterator[None]:
    """espeak-ng's background is no better than this; wind's is 1."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mixtures, "_BACKGROUND", 2.5)
        yield


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two people without noise, and one who cannot be heard for it."""
    folder = tmp_path_factory.mktemp("clips")
    for name, base in (("otto", "m3"), ("ruth", "f2")):
        said = [load("espeak").speak(line, "en", base=f"en-us+{base}").audio for line in LINES]
        joined = np.concatenate([one.samples for one in said], axis=1)
        write_wav(folder / f"{name}.wav", AudioClip(joined, said[0].sample_rate))
    noise = np.random.default_rng(0).standard_normal((1, 64_000)).astype(np.float32)
    write_wav(folder / "wind.wav", AudioClip(0.1 * noise, 16_000))
    return folder


@pytest.fixture(scope="module")
def made(clips: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[mixtures.I16, mixtures.I16]:
    return mixtures.prepare(((), (clips,)), tmp_path_factory.mktemp("run"), 6, ["ruth"], seed=2)


@pytest.mark.parametrize("kind", [*noises._KINDS], ids=lambda kind: kind.__name__)
def test_every_noise_is_new_each_time_and_the_same_for_a_seed(kind: noises.Noise) -> None:
    one, again, other = (kind(16_000, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert one.dtype == np.float32 and one.shape == (16_000,) and np.isfinite(one).all()
    assert np.array_equal(one, again) and not np.array_equal(one, other)
    assert one.std() > 1e-3


def test_noises_together_have_one_level() -> None:
    for seed in range(6):
        sound = noises.noise(16_000, np.random.default_rng(seed))
        assert np.sqrt(np.square(sound).mean()) == pytest.approx(1, rel=0.01)


def test_noisy_people_are_left_out(clips: Path) -> None:
    assert [voice.name for voice in mixtures.read((), [clips])] == ["otto", "ruth"]
    with pytest.raises(FileUnreadable, match="two is the least"):
        mixtures.read([clips / "nobody"])


def test_unknown_and_all_voices_cannot_be_kept_out(clips: Path, tmp_path: Path) -> None:
    with pytest.raises(FileUnreadable, match="otto, ruth"):
        mixtures.prepare(((), (clips,)), tmp_path, 2, ["Anna"])
    with pytest.raises(FileUnreadable, match="none to learn from"):
        mixtures.prepare(((), (clips,)), tmp_path, 2, ["otto", "ruth"])
    assert not list(tmp_path.iterdir())


def test_mixtures_hold_the_voice_the_noise_and_what_rnnoise_makes_of_it(
    made: tuple[mixtures.I16, mixtures.I16],
) -> None:
    learned, judged = made
    assert learned.shape == (6, 3, LENGTH) and judged.shape == (2, 3, LENGTH)
    clean, mixed, denoised = (mixtures.sounds(learned)[:, place] for place in (CLEAN, MIXED, DENOISED))
    snr_db = 10 * np.log10(np.square(clean).sum(1) / np.square(mixed - clean).sum(1))
    assert (snr_db > -12).all() and (snr_db < 41).all() and np.ptp(snr_db) > 3
    nearer = np.square(denoised - clean).sum(1) < np.square(mixed - clean).sum(1)
    assert nearer[snr_db < 10].mean() > 0.6


def test_mixtures_are_kept(made: tuple[mixtures.I16, mixtures.I16], tmp_path: Path) -> None:
    for name, part in zip(("learned", "judged"), made, strict=True):
        np.save(tmp_path / f"{name}.npy", part)
    again = mixtures.prepare(((), ()), tmp_path, 6)
    assert all(np.array_equal(one, two) for one, two in zip(made, again, strict=True))
    (tmp_path / "judged.npy").write_bytes(b"?")
    with pytest.raises(FileUnreadable, match="damaged"):
        mixtures.prepare(((), ()), tmp_path, 6)


def test_the_encoder_hears_what_likeness_hears(made: tuple[mixtures.I16, mixtures.I16]) -> None:
    sound = mixtures.sounds(made[0])[0, CLEAN][: round(likeness.WINDOW_S * masks.SAMPLE_RATE)]
    level = 10 ** (likeness.LEVEL_DB / 20) / np.sqrt(np.square(sound).mean())
    known = likeness.encoded(likeness.mel(sound * np.float32(level))[None, : likeness.WINDOW])
    with torch.no_grad():
        found = cleaner.Encoder()(torch.from_numpy(sound)[None])
    assert float((found.numpy() * known).sum()) > 0.9999


def test_the_network_learns(made: tuple[mixtures.I16, mixtures.I16], tmp_path: Path) -> None:
    torch.manual_seed(0)
    task = cleaner.CleanerTask(*made)
    batch = task.batch(np.random.default_rng(0))[:1]
    state = Run(task, RunOptions(steps=1, device="cpu"), tmp_path)
    losses: list[list[float]] = []
    for _ in range(8):
        torch.manual_seed(1)  # the encoder looks at the same window each time
        losses.append([])
        for turn in task.turns(batch, state):
            losses[-1].append(turn.loss.item())
            turn.loss.backward()
            task.optimisers[turn.optimiser].step()
            task.optimisers[turn.optimiser].zero_grad()
    assert all(last < 0.9 * first for first, last in zip(losses[0], losses[-1], strict=True))
    assert all(parameter.grad is None for parameter in task.encoder.parameters())


def test_what_is_written_is_what_the_studio_reads(made: tuple[mixtures.I16, mixtures.I16], tmp_path: Path) -> None:
    task = cleaner.CleanerTask(*made)
    figures = run(task, RunOptions(steps=1, device="cpu", averaging=0), tmp_path / "cleaner.safetensors")
    assert {"likeness", "rnnoise", "mixed", "distance"} == figures.keys()
    assert figures["mixed"] < 1 and 0 < figures["likeness"] <= 1
    assert read_image(tmp_path / "cleaner.run" / "spectra-0000001.png").shape[0] == 2 * masks.BINS
    state = load_file(tmp_path / "cleaner.safetensors")
    masks.Network().load_state_dict({name: tensor.float() for name, tensor in state.items()})
    assert all(tensor.dtype == torch.float16 for tensor in state.values())


def test_one_command_goes_from_recordings_to_weights(clips: Path, tmp_path: Path) -> None:
    weights = tmp_path / "cleaner.safetensors"
    what = ["train", "cleaner", "--clips", clips, "--kept-out", "ruth", "--mixtures", 2, "--output", weights]
    made = CliRunner(env={"COLUMNS": "200"}).invoke(app, [*map(str, what), "--steps", "1", "--device", "cpu"])
    assert made.exit_code == 0, made.output
    assert "likeness" in made.stdout
    masks.Network().load_state_dict(load_file(weights))
