"""Stable Diffusion refines a mouth and nothing else, with the same noise for every frame.

The networks are a few channels wide and random: what they paint is meaningless, where and how it is laid is not.
"""

from __future__ import annotations

import functools
import json
import string
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from studio import weights
from studio.errors import EngineUnavailable, ProductionInvalid
from studio.head.refine import lora, sd
from studio.types import F32

pytest.importorskip("transformers")

SMALL = sd.SdOptions(size=64)


def tokenizer(folder: Path) -> int:
    """CLIP's two files, with single letters only; how many there are."""
    folder.mkdir(parents=True)
    vocabulary = ["<|startoftext|>", "<|endoftext|>"]
    for letter in string.ascii_lowercase + ",-":
        vocabulary += [letter, f"{letter}</w>"]
    (folder / "vocab.json").write_text(json.dumps({piece: at for at, piece in enumerate(vocabulary)}))
    (folder / "merges.txt").write_text("#version: 0.2\n")
    return len(vocabulary)


def unet(channels: int) -> Any:
    from diffusers import UNet2DConditionModel

    torch.manual_seed(channels)
    return UNet2DConditionModel(
        in_channels=channels,
        out_channels=4,
        block_out_channels=(8, 16),
        layers_per_block=1,
        sample_size=64,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=16,
        norm_num_groups=4,
        attention_head_dim=2,
    )


def pipeline(folder: Path, channels: int) -> Path:
    """A whole Stable Diffusion as it lies on the hub, a few channels wide."""
    from diffusers import AutoencoderKL, PNDMScheduler
    from transformers import CLIPTextConfig, CLIPTextModel

    torch.manual_seed(2)
    words = tokenizer(folder / "tokenizer")
    text = CLIPTextConfig(
        vocab_size=words,
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        bos_token_id=0,
        eos_token_id=1,
        pad_token_id=1,
    )
    CLIPTextModel(text).save_pretrained(folder / "text_encoder")
    coder = AutoencoderKL(
        block_out_channels=(8, 8, 8, 8),
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        latent_channels=4,
        norm_num_groups=4,
        sample_size=64,
    )
    coder.save_pretrained(folder / "vae")
    unet(channels).save_pretrained(folder / "unet")
    # As Stable Diffusion 1.5 brings it: of another kind, and with its own table of noise.
    PNDMScheduler(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", steps_offset=1).save_pretrained(
        folder / "scheduler"
    )
    return folder


@pytest.fixture(scope="module", params=[4, 9], ids=["4 channels", "9 channels"])
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return pipeline(tmp_path_factory.mktemp("sd") / "sd-inpaint", request.param)


@pytest.fixture(scope="module")
def of_four(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return pipeline(tmp_path_factory.mktemp("sd") / "sd-inpaint", 4)


@pytest.fixture
def copy(of_four: Path, tmp_path: Path) -> Path:
    """A folder to spoil."""
    import shutil

    return shutil.copytree(of_four, tmp_path / "sd-inpaint")


@pytest.fixture(scope="module")
def refiner(folder: Path) -> sd.SdRefiner:
    return sd.load(folder, options=SMALL, device="cpu")


def pictures(count: int, side: int = 48) -> F32:
    """Different ones."""
    return np.random.default_rng(5).random((count, 3, side, side), np.float32)


def spot(count: int, side: int = 48) -> F32:
    """A soft mouth in the middle."""
    at = (np.arange(side) + 0.5) / side - 0.5
    away = np.hypot(at[:, None] / 0.2, at[None] / 0.3)
    return np.tile(np.clip(1.5 - away, 0, 1).astype(np.float32), (count, 1, 1, 1))


def test_only_what_is_masked_changes(refiner: sd.SdRefiner) -> None:
    crops, masks = pictures(2), spot(2)
    kept = crops.copy(), masks.copy()
    made = refiner.refine(crops, masks, seed=1)
    assert made.shape == crops.shape and made.dtype == np.float32
    outside = np.broadcast_to(masks == 0, crops.shape)
    assert np.array_equal(made[outside], crops[outside])
    assert np.abs(made - crops)[np.broadcast_to(masks == 1, crops.shape)].mean() > 0.02
    assert made.min() >= 0 and made.max() <= 1
    assert np.array_equal(crops, kept[0]) and np.array_equal(masks, kept[1])


def test_the_faint_edge_of_the_mask_is_painted_too(refiner: sd.SdRefiner) -> None:
    crops = pictures(1)
    whole, faint = (refiner.refine(crops, np.full((1, 1, 48, 48), value, np.float32), seed=1) for value in (1, 0.1))
    np.testing.assert_allclose(faint - crops, 0.1 * (whole - crops), atol=1e-5)


def test_every_frame_gets_the_same_noise_and_each_seed_its_own(refiner: sd.SdRefiner) -> None:
    crops, masks = np.repeat(pictures(1), 3, axis=0), spot(3)
    made = refiner.refine(crops, masks, seed=7)
    assert np.array_equal(made[0], made[1]) and np.array_equal(made[0], made[2])
    assert refiner.refine(crops, masks, seed=7).tobytes() == made.tobytes()
    assert not np.array_equal(refiner.refine(crops, masks, seed=8)[0], made[0])


def test_frames_are_the_same_alone_and_together(refiner: sd.SdRefiner, monkeypatch: pytest.MonkeyPatch) -> None:
    crops, masks = pictures(3), spot(3)
    alone = refiner.refine(crops, masks, seed=7)
    monkeypatch.setattr(sd.SdRefiner, "_at_once", lambda *_: 2)
    np.testing.assert_allclose(refiner.refine(crops, masks, seed=7), alone, atol=1e-4)


@pytest.mark.parametrize(("side", "size", "works_at"), [(48, 64, 64), (80, 64, 80), (70, 8, 80), (64, 512, 512)])
def test_crops_are_never_made_smaller(of_four: Path, side: int, size: int, works_at: int) -> None:
    made = sd.load(of_four, options=sd.SdOptions(size=size), device="cpu")
    assert made._side(side) == works_at
    assert works_at % 8 == 0


def test_the_network_runs_as_often_as_steps_and_strength_say(of_four: Path) -> None:
    for steps, strength, runs in ((4, 0.25, 1), (8, 0.25, 2), (10, 0.3, 3), (4, 0.49, 1)):
        options = sd.SdOptions(steps, strength, 64)
        assert options.network_steps == runs
        made = sd.load(of_four, options=options, device="cpu")
        seen: list[float] = []
        made._pipeline.unet.register_forward_pre_hook(lambda _, args, seen=seen: seen.append(float(args[1])))
        made.refine(pictures(1), spot(1), seed=1)
        assert len(seen) == runs
        assert max(seen) < 1000 * strength + 20  # low noise only: the lips' shape must live through it


@pytest.mark.parametrize(
    ("steps", "strength", "words"),
    [
        (4, 0.2, r"4 steps at strength 0\.2 .* not even once .* at least 5 steps, or a strength of 0\.25"),
        (1, 0.9, "not even once"),
        (0, 0.5, "1 to 50 steps"),
        (51, 0.5, "1 to 50 steps"),
        (4, 1.0, "between 0 and 1"),
        (4, 0.0, "between 0 and 1"),
    ],
)
def test_settings_that_would_do_nothing_are_refused(steps: int, strength: float, words: str) -> None:
    with pytest.raises(ProductionInvalid, match=words):
        sd.SdOptions(steps, strength)


def test_the_prompt_is_read_once_and_no_checker_is_loaded(refiner: sd.SdRefiner) -> None:
    assert refiner._pipeline.text_encoder is None
    assert refiner._pipeline.safety_checker is None
    assert refiner._prompt.shape == (1, 77, 16)


def test_nothing_to_do_is_nothing_done_and_other_shapes_are_a_bug(refiner: sd.SdRefiner) -> None:
    assert refiner.refine(pictures(0), spot(0), seed=1).shape == (0, 3, 48, 48)
    with pytest.raises(ValueError, match="masks"):
        refiner.refine(pictures(2), spot(1), seed=1)
    with pytest.raises(ValueError, match="crops"):
        refiner.refine(np.zeros((1, 3, 48, 40), np.float32), np.zeros((1, 1, 48, 40), np.float32), seed=1)


def test_numbers_that_are_none_are_refused(of_four: Path) -> None:
    made = sd.load(of_four, options=SMALL, device="cpu")
    with torch.no_grad():
        made._pipeline.vae.decoder.conv_out.bias.fill_(float("nan"))
    with pytest.raises(EngineUnavailable, match="not numbers"):
        made.refine(pictures(1), spot(1), seed=1)


def web_page(folder: Path) -> None:
    (folder / "unet" / "diffusion_pytorch_model.safetensors").write_bytes(b"<!DOCTYPE html>" + bytes(500))


def cut_off(folder: Path) -> None:
    file = folder / "vae" / "diffusion_pytorch_model.safetensors"
    file.write_bytes(file.read_bytes()[:-100])


def forgotten(folder: Path) -> None:
    (folder / "tokenizer" / "vocab.json").unlink()


def hollow(folder: Path) -> None:
    file = folder / "text_encoder" / "model.safetensors"
    state = load_file(file)
    del state[sorted(state)[0]]
    save_file(state, file, metadata={"format": "pt"})


def of_other_channels(folder: Path) -> None:
    unet(5).save_pretrained(folder / "unet")


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (web_page, r"unet/diffusion_pytorch_model\.safetensors is a web page"),
        (cut_off, r"vae/diffusion_pytorch_model\.safetensors cannot be opened"),
        (forgotten, r"lacks tokenizer/vocab\.json \(or tokenizer/tokenizer\.json\)"),
        (hollow, r"text_encoder/model\.safetensors lacks 1 tensors"),
        (of_other_channels, "takes 5 channels, not 4 or 9"),
    ],
)
def test_a_folder_that_is_not_whole_is_refused_by_name(copy: Path, spoil: Callable[[Path], None], words: str) -> None:
    spoil(copy)
    with pytest.raises(EngineUnavailable, match=words) as told:
        sd.load(copy, options=SMALL, device="cpu")
    assert "studio weights add sd-inpaint FOLDER" in str(told.value)


def test_half_precision_files_and_pickles_are_taken(copy: Path, of_four: Path) -> None:
    """As the hub has them: fp16 variants, old torch files, old names."""
    small = copy / "unet" / "diffusion_pytorch_model.safetensors"
    save_file(
        {name: tensor.half() for name, tensor in load_file(small).items()}, small.with_suffix(".fp16.safetensors")
    )
    small.with_suffix(".fp16.safetensors").rename(small.with_name("diffusion_pytorch_model.fp16.safetensors"))
    small.unlink()
    old = copy / "vae" / "diffusion_pytorch_model.safetensors"
    was = {"to_q": "query", "to_k": "key", "to_v": "value", "to_out.0": "proj_attn"}
    state = {
        functools.reduce(lambda known, new: known.replace(new, was[new]), was, name): tensor
        for name, tensor in load_file(old).items()
    }
    torch.save(state, old.with_suffix(".bin"))
    old.unlink()
    text = copy / "text_encoder" / "model.safetensors"
    state = {f"text_model.{name}": tensor for name, tensor in load_file(text).items()}
    save_file({**state, "text_model.embeddings.position_ids": torch.arange(77)[None]}, text, metadata={"format": "pt"})

    crops, masks = pictures(1), spot(1)
    made = sd.load(copy, options=SMALL, device="cpu").refine(crops, masks, seed=3)
    whole = sd.load(of_four, options=SMALL, device="cpu").refine(crops, masks, seed=3)
    np.testing.assert_allclose(made, whole, atol=0.01)


def test_missing_weights_say_how_they_get_here() -> None:
    with pytest.raises(
        EngineUnavailable, match=r"sd-inpaint are not here.*Put it at .*/sd-inpaint, or: studio weights"
    ):
        weights.path(*sd.SPEC.weights)
    assert sd.SPEC.commercial and "OpenRAIL" in sd.SPEC.licence


def kohya(name: str) -> tuple[str, str, str]:
    base = f"lora_unet_{name.replace('.', '_')}"
    return f"{base}.lora_down.weight", f"{base}.lora_up.weight", f"{base}.alpha"


def of_diffusers(name: str) -> tuple[str, str, str]:
    return f"unet.{name}.lora.down.weight", f"unet.{name}.lora.up.weight", f"unet.{name}.alpha"


def of_peft(name: str) -> tuple[str, str, str]:
    return f"unet.{name}.lora_A.weight", f"unet.{name}.lora_B.weight", f"unet.{name}.alpha"


LINEAR = "down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_q"
CONVOLUTION = "down_blocks.0.resnets.0.conv1"


@pytest.mark.parametrize("names", [kohya, of_diffusers, of_peft])
def test_a_lora_is_added_to_the_weights(names: Callable[[str], tuple[str, str, str]], tmp_path: Path) -> None:
    random = torch.Generator().manual_seed(1)
    plain, merged = unet(4), unet(4)
    state = {}
    for name, (down, up) in {LINEAR: ((2, 16), (16, 2)), CONVOLUTION: ((2, 8, 3, 3), (8, 2, 1, 1))}.items():
        keys = names(name)
        state[keys[0]] = torch.randn(down, generator=random)
        state[keys[1]] = torch.randn(up, generator=random)
        state[keys[2]] = torch.tensor(1.0)  # of rank 2: one half
    save_file(state, tmp_path / "lora.safetensors")
    lora.merge(merged, tmp_path / "lora.safetensors")
    for name, layer in merged.named_modules():
        if not hasattr(layer, "weight"):
            continue
        before = plain.get_submodule(name).weight
        if name in (LINEAR, CONVOLUTION):
            x = (
                torch.randn(1, 8, 6, 6, generator=random)
                if name == CONVOLUTION
                else torch.randn(3, 16, generator=random)
            )
            down, up = (state[key] for key in names(name)[:2])
            if name == CONVOLUTION:
                branch = torch.nn.functional.conv2d(torch.nn.functional.conv2d(x, down, padding=1), up)
            else:
                branch = x @ down.T @ up.T
            torch.testing.assert_close(layer(x), plain.get_submodule(name)(x) + 0.5 * branch, atol=1e-4, rtol=1e-4)
        else:
            assert torch.equal(layer.weight, before), name


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ({"nothing.weight": torch.zeros(2)}, "holds no LoRA"),
        ({"lora_unet_elsewhere.lora_down.weight": torch.zeros(2, 3)}, "elsewhere has no place"),
        (
            {f"unet.{LINEAR}.lora_A.weight": torch.zeros(2, 320), f"unet.{LINEAR}.lora_B.weight": torch.zeros(320, 2)},
            r"is \(320, 320\) there and \(16, 16\) here",
        ),
    ],
)
def test_other_loras_are_refused(state: dict[str, torch.Tensor], words: str, tmp_path: Path) -> None:
    save_file(state, tmp_path / "lora.safetensors")
    with pytest.raises(EngineUnavailable, match=words):
        lora.merge(unet(4), tmp_path / "lora.safetensors")


def test_the_lora_changes_what_is_painted(of_four: Path, tmp_path: Path) -> None:
    keys = kohya(CONVOLUTION)
    save_file({keys[0]: torch.ones(2, 8, 3, 3), keys[1]: torch.ones(8, 2, 1, 1)}, tmp_path / "lcm.safetensors")
    crops, masks = pictures(1), spot(1)
    plain = sd.load(of_four, options=SMALL, device="cpu").refine(crops, masks, seed=1)
    with_it = sd.load(of_four, lora=tmp_path / "lcm.safetensors", options=SMALL, device="cpu")
    assert not np.array_equal(with_it.refine(crops, masks, seed=1), plain)
