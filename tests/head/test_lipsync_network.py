"""The networks fit the official weights to the last key and compute what the original computes."""

from __future__ import annotations

import hashlib
import zlib
from pathlib import Path

import numpy as np
import pytest
import torch

from studio.head.lipsync.network import SyncNet, Wav2Lip, fused

# sha256 of the sorted key names and shapes, one "name shape" per line: taken from networks whose every key and value
# was found equal to the original's.
LAYOUTS = {
    "Wav2Lip": "ea1a1b1f18bddfb5ac77c3cead5dcbd644de1d444c8288eb32f534b143f38314",
    "SyncNet": "a539139350ae90687d70f135279198117b6b410a014ad1ccaeb1bfecf2c9d5b5",
}


def filled(network: torch.nn.Module) -> torch.nn.Module:
    """Every tensor by a rule that needs nothing but its name and shape."""
    state = {}
    for name, tensor in network.state_dict().items():
        random = np.random.RandomState(zlib.crc32(name.encode()))
        shape = tuple(tensor.shape)
        if name.endswith("num_batches_tracked"):
            values = np.zeros(shape)
        elif name.endswith("running_var"):
            values = 0.5 + random.random_sample(shape)
        elif name.endswith("running_mean"):
            values = 0.1 * random.standard_normal(shape)
        elif len(shape) >= 2:
            values = random.standard_normal(shape) / np.sqrt(np.prod(shape[1:]))
        elif name.endswith("weight"):
            values = 0.5 + random.random_sample(shape)
        else:
            values = 0.05 * random.standard_normal(shape)
        state[name] = torch.as_tensor(np.asarray(values)).to(tensor.dtype)
    network.load_state_dict(state)
    return network.eval().requires_grad_(False)


@pytest.fixture(scope="module")
def generator() -> Wav2Lip:
    network = filled(Wav2Lip())
    assert isinstance(network, Wav2Lip)
    return network


@pytest.fixture(scope="module")
def inputs() -> tuple[torch.Tensor, torch.Tensor]:
    random = np.random.default_rng(5)
    mel = torch.from_numpy(random.uniform(-4, 4, (2, 1, 80, 16)).astype(np.float32))
    return mel, torch.from_numpy(random.random((2, 6, 96, 96), np.float32))


def layout(network: torch.nn.Module) -> str:
    lines = sorted(f"{name} {tuple(tensor.shape)}" for name, tensor in network.state_dict().items())
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def test_the_generator_has_the_official_tensors(generator: Wav2Lip) -> None:
    state = generator.state_dict()
    assert len(state) == 352
    assert sum(weight.numel() for weight in Wav2Lip().parameters()) == 36_298_035
    assert state["face_decoder_blocks.6.0.conv_block.0.weight"].shape == (160, 64, 3, 3)
    assert state["output_block.1.weight"].shape == (3, 32, 1, 1)
    assert layout(generator) == LAYOUTS["Wav2Lip"]


def test_the_expert_has_the_official_tensors() -> None:
    network = SyncNet()
    assert len(network.state_dict()) == 217
    assert network.state_dict()["face_encoder.1.conv_block.0.weight"].shape == (64, 32, 5, 5)
    assert layout(network) == LAYOUTS["SyncNet"]


def test_shapes_and_range(generator: Wav2Lip, inputs: tuple[torch.Tensor, torch.Tensor]) -> None:
    painted = generator(*inputs)
    assert painted.shape == (2, 3, 96, 96)
    assert 0 <= float(painted.min()) < float(painted.max()) <= 1
    assert torch.equal(painted, generator(*inputs))


def test_five_axes_are_the_same_pictures_one_by_one(
    generator: Wav2Lip, inputs: tuple[torch.Tensor, torch.Tensor]
) -> None:
    mel, face = inputs
    two_clips_of_one = generator(mel[:, None], face[:, :, None])
    one_clip_of_two = generator(mel[None], face.transpose(0, 1)[None])
    assert two_clips_of_one.shape == (2, 3, 1, 96, 96)
    assert one_clip_of_two.shape == (1, 3, 2, 96, 96)
    one_by_one = generator(mel, face)
    torch.testing.assert_close(two_clips_of_one[:, :, 0], one_by_one)
    torch.testing.assert_close(one_clip_of_two[0].transpose(0, 1), one_by_one)


def test_the_fused_copy_paints_the_same(generator: Wav2Lip, inputs: tuple[torch.Tensor, torch.Tensor]) -> None:
    made = fused(generator)
    assert not [module for module in made.modules() if isinstance(module, torch.nn.BatchNorm2d)]
    assert len(generator.state_dict()) == 352
    torch.testing.assert_close(made(*inputs), generator(*inputs), atol=1e-5, rtol=0)


def test_the_expert_gives_unit_vectors_that_agree_by_zero_to_one(inputs: tuple[torch.Tensor, torch.Tensor]) -> None:
    expert = filled(SyncNet())
    heard, seen = expert(inputs[0], torch.rand(2, 15, 48, 96, generator=torch.Generator().manual_seed(1)))
    assert heard.shape == seen.shape == (2, 512)
    torch.testing.assert_close(heard.norm(dim=1), torch.ones(2))
    torch.testing.assert_close(seen.norm(dim=1), torch.ones(2))
    assert (((heard * seen).sum(dim=1) >= 0) & ((heard * seen).sum(dim=1) <= 1)).all()


def test_parity_with_the_original(generator: Wav2Lip, shared: Path) -> None:
    golden = np.load(shared / "golden" / "wav2lip.npz")
    assert sorted(generator.state_dict()) == list(golden["keys"])
    mel, face = torch.from_numpy(golden["mel"]), torch.from_numpy(golden["face"])
    np.testing.assert_allclose(generator(mel, face).numpy(), golden["out"], atol=1e-4, rtol=0)
    np.testing.assert_allclose(fused(generator)(mel, face).numpy(), golden["out"], atol=1e-4, rtol=0)

    expert = filled(SyncNet())
    assert sorted(expert.state_dict()) == list(golden["sync_keys"])
    heard, seen = expert(mel, torch.from_numpy(golden["sync_face"]))
    np.testing.assert_allclose(heard.numpy(), golden["sync_audio_emb"], atol=1e-4, rtol=0)
    np.testing.assert_allclose(seen.numpy(), golden["sync_face_emb"], atol=1e-4, rtol=0)
