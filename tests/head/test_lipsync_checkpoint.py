"""Weights open from every wrapping they are passed around in, and nothing else is taken for them."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from studio.errors import EngineUnavailable
from studio.head.lipsync import SPEC, checkpoint, load
from studio.head.lipsync.network import SyncNet, Wav2Lip

State = dict[str, torch.Tensor]
ENOUGH = 73_000_000  # bytes: no file of this size is refused as too small


@pytest.fixture(scope="module")
def network() -> Wav2Lip:
    torch.manual_seed(11)
    with torch.device("meta"):
        made = Wav2Lip()
    made.to_empty(device="cpu")
    for name, tensor in made.state_dict().items():
        if tensor.is_floating_point():
            # Values that say where they belong: quick to make, and any mix-up shows.
            tensor.copy_(torch.linspace(-0.02, 0.02, tensor.numel()).reshape(tensor.shape) + len(name) / 1e4)
            if name.endswith("running_var"):
                tensor.fill_(1)
        else:
            tensor.fill_(7)
    return made.eval().requires_grad_(False)


@pytest.fixture
def state(network: Wav2Lip) -> State:
    return dict(network.state_dict())


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Path]:
    """A name for 145 MB that are not kept."""
    made = tmp_path / "wav2lip.pth"
    yield made
    made.unlink(missing_ok=True)


def training_checkpoint(state: State, path: Path) -> None:
    """As the first release: older torch.save, DataParallel's names, the optimizer inside."""
    optimizer = {"state": {0: {"step": 3, "exp_avg": torch.zeros(4)}}, "param_groups": [{"lr": 1e-4, "params": [0]}]}
    kept = {
        "state_dict": {f"module.{name}": tensor for name, tensor in state.items()},
        "optimizer": optimizer,
        "global_step": 1000,
        "global_epoch": 2,
    }
    torch.save(kept, path, _use_new_zipfile_serialization=False)


def torchscript(state: State, path: Path) -> None:
    """As the files on the authors' drive today."""
    network = Wav2Lip().eval()
    network.load_state_dict(state)
    with torch.no_grad():
        traced = torch.jit.trace(network, (torch.zeros(1, 1, 80, 16), torch.zeros(1, 6, 96, 96)), check_trace=False)
    torch.jit.save(traced, str(path))


def bare(state: State, path: Path) -> None:
    torch.save(state, path)


def halved(state: State, path: Path) -> None:
    save_file({name: tensor.half() if tensor.is_floating_point() else tensor for name, tensor in state.items()}, path)


@pytest.mark.parametrize("write", [training_checkpoint, torchscript, bare, save_file])
def test_every_wrapping_gives_the_same_network(
    write: Callable[[State, Path], None], network: Wav2Lip, state: State, file: Path
) -> None:
    write(state, file)
    loaded = checkpoint.load(file)
    assert not loaded.training
    assert not any(weight.requires_grad for weight in loaded.parameters())
    found = loaded.state_dict()
    assert found.keys() == state.keys()
    assert all(torch.equal(found[name], tensor) for name, tensor in state.items())


def test_half_precision_and_files_without_counters_are_taken(state: State, file: Path) -> None:
    halved({name: tensor for name, tensor in state.items() if not name.endswith("num_batches_tracked")}, file)
    found = checkpoint.load(file).state_dict()
    assert len(found) == 352
    assert found["output_block.1.weight"].dtype == torch.float32
    torch.testing.assert_close(found["output_block.1.weight"], state["output_block.1.weight"], atol=1e-4, rtol=0)


def test_converted_weights_are_the_same_and_leave_nothing_behind(state: State, file: Path) -> None:
    bare(state, file)
    made = file.parent / "made" / "wav2lip.safetensors"
    checkpoint.convert(file, made)
    assert list(made.parent.iterdir()) == [made]
    found = checkpoint.load(made).state_dict()
    made.unlink()
    assert all(torch.equal(found[name], tensor) for name, tensor in state.items())


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"<!DOCTYPE html><html><title>Google Drive - Virus scan warning</title>", "web page"),
        (b"\n  <html lang=en>", "web page"),
        (b"<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>", "web page"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 435807851\n", "git lfs pull"),
        (b"", r"0\.0 MB.*at least 69 MB"),
        (b"PK\x03\x04" + bytes(46_000), "cut off"),
    ],
)
def test_what_is_no_checkpoint_is_named(content: bytes, words: str, file: Path) -> None:
    file.write_bytes(content)
    with pytest.raises(EngineUnavailable, match=words) as caught:
        checkpoint.load(file)
    assert str(file) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_long_web_page_is_still_a_web_page(file: Path) -> None:
    with file.open("wb") as out:
        out.write(b"<!doctype html>")
        out.truncate(ENOUGH)
    with pytest.raises(EngineUnavailable, match="web page"):
        checkpoint.load(file)


def test_a_missing_file_and_a_folder_are_named(file: Path) -> None:
    with pytest.raises(EngineUnavailable, match="No such file"):
        checkpoint.load(file)
    with pytest.raises(EngineUnavailable, match="cannot be read"):
        checkpoint.load(file.parent)


@pytest.mark.parametrize("write", [training_checkpoint, bare, save_file])
def test_a_truncated_file_is_named(write: Callable[[State, Path], None], state: State, file: Path) -> None:
    write(state, file)
    with file.open("r+b") as out:
        out.truncate(file.stat().st_size * 3 // 4)
    with pytest.raises(EngineUnavailable, match=r"cannot be opened as weights .*download it again"):
        checkpoint.load(file)


class Trap:
    """What a malicious pickle would call."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (Path("sprung"),))


def test_a_pickle_that_would_run_something_is_refused(file: Path) -> None:
    torch.save({"state_dict": {}, "extra": Trap()}, file, _use_new_zipfile_serialization=False)
    with file.open("r+b") as out:
        out.truncate(ENOUGH)
    with pytest.raises(EngineUnavailable, match="Python objects"):
        checkpoint.load(file)
    assert not Path("sprung").exists()


def test_a_pickle_of_something_else_is_named(file: Path) -> None:
    with file.open("wb") as out:
        pickle.dump(list(range(10)), out, protocol=2)
        out.truncate(ENOUGH)
    with pytest.raises(EngineUnavailable, match="cannot be opened as weights"):
        checkpoint.load(file)


def fork_288(state: State) -> None:
    state["face_encoder_blocks.1.0.conv_block.0.weight"] = torch.zeros(32, 16, 5, 5)
    state["face_encoder_blocks.8.0.conv_block.0.weight"] = torch.zeros(512, 512, 3, 3)


def fork_256(state: State) -> None:
    state["face_encoder_blocks.7.0.conv_block.0.weight"] = torch.zeros(512, 512, 3, 3)
    state["face_decoder_blocks.7.0.conv_block.0.weight"] = torch.zeros(160, 64, 3, 3)


def fork_384(state: State) -> None:
    state["face_encoder_blocks.0.0.conv_block.0.weight"] = torch.zeros(8, 6, 7, 7)
    state["face_encoder_blocks.8.0.conv_block.0.weight"] = torch.zeros(512, 512, 3, 3)


def fork_384_refined(state: State) -> None:
    state["audio_refine.0.conv_block.0.weight"] = torch.zeros(512, 512, 1, 1)


def cut_short(state: State) -> None:
    del state["output_block.1.bias"]


def reshaped(state: State) -> None:
    state["output_block.1.weight"] = torch.zeros(4, 32, 1, 1)


def with_more(state: State) -> None:
    state["mouth.weight"] = torch.zeros(3)


def not_a_number(state: State) -> None:
    state["output_block.1.bias"] = torch.tensor([0.0, float("nan"), 0.0])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (fork_288, "Wav2Lip 288 px, a larger fork"),
        (fork_256, "Wav2Lip 256 px or larger, a larger fork"),
        (fork_384, "Wav2Lip 384 px, a larger fork"),
        (fork_384_refined, "Wav2Lip 384 px, a larger fork"),
        (cut_short, r"1 tensors are missing \(first output_block\.1\.bias\)"),
        (reshaped, r"output_block\.1\.weight is \(4, 32, 1, 1\), not \(3, 32, 1, 1\)"),
        (with_more, r"1 tensors are unknown \(first mouth\.weight\)"),
        (not_a_number, "not numbers"),
    ],
)
def test_other_networks_are_refused_by_name(
    change: Callable[[State], None],
    words: str,
    state: State,
    file: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    change(state)
    # The wrappings have their own tests; writing 145 MB once more for each network would show nothing new.
    monkeypatch.setattr(checkpoint, "_read", lambda *_: state)
    with pytest.raises(EngineUnavailable, match=words):
        checkpoint.load(file)


@pytest.mark.parametrize(
    ("kept", "words"),
    [
        ({"state_dict": SyncNet}, "sync expert"),
        ({"state_dict": {"binary_pred.0.weight": torch.zeros(1)}}, "discriminator"),
        ({"state_dict": [1, 2]}, "no named tensors"),
        ({"conv1_1.weight": torch.zeros(1)}, "352 tensors are missing|does not hold"),
    ],
)
def test_the_other_files_of_the_release_are_refused(
    kept: dict[str, Any], words: str, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if kept.get("state_dict") is SyncNet:
        kept = {"state_dict": {f"module.{name}": value for name, value in SyncNet().state_dict().items()}}
    monkeypatch.setattr(checkpoint, "_read", lambda *_: kept)
    with pytest.raises(EngineUnavailable, match=words):
        checkpoint.load(file)


def test_the_expert_opens_too_and_is_not_taken_for_the_generator(state: State, file: Path) -> None:
    expert = SyncNet().state_dict()
    training_checkpoint(dict(expert), file)
    loaded = checkpoint.load_expert(file).state_dict()
    assert all(torch.equal(loaded[name], tensor) for name, tensor in expert.items())
    bare(state, file)
    with pytest.raises(EngineUnavailable, match="the generator, which paints"):
        checkpoint.load_expert(file)


def test_the_engine_is_listed_as_not_for_commerce() -> None:
    assert SPEC.stage == "lipsync"
    assert SPEC.name == "wav2lip"
    assert not SPEC.commercial
    assert "non-commercial" in SPEC.licence
    assert SPEC.weights == ("wav2lip",)


def test_the_door_says_what_is_wrong(file: Path) -> None:
    with pytest.raises(EngineUnavailable, match="No such file"):
        load(file)
