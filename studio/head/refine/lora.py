"""Low-rank additions to a UNet (LoRA, Hu et al. 2021, arXiv:2106.09685), worked into its weights for good."""

from __future__ import annotations

import re
from pathlib import Path

import torch
from torch import Tensor, nn

from studio.errors import EngineUnavailable
from studio.head import stored

WHERE = "Use pytorch_lora_weights.safetensors of latent-consistency/lcm-lora-sdv1-5"
# The two halves under the names that kohya's scripts, diffusers and PEFT give them.
DOWN = re.compile(r"(.+)\.(lora_down|lora\.down|lora_A)\.weight$")
UP = {"lora_down": "lora_up", "lora.down": "lora.up", "lora_A": "lora_B"}
PREFIX = re.compile(r"^(lora_unet_|unet\.|base_model\.model\.)")


def merge(unet: nn.Module, path: Path) -> None:
    """Add what a file says to the weights of a UNet, in place: W + alpha / rank · up · down.

    Done by hand because diffusers asks for another package for it, and frames are quicker without a second branch.

    Raises:
        EngineUnavailable: the file is no LoRA, or belongs to another network.
    """
    state = stored.bare(stored.read(path, 1, WHERE), path, WHERE)
    # kohya's scripts write every dot as an underscore.
    layers = {
        name.replace(".", "_"): module
        for name, module in unet.named_modules()
        if isinstance(module, nn.Linear | nn.Conv2d)
    }
    matches = [found for name in state if (found := DOWN.match(name))]
    if not matches:
        raise EngineUnavailable(f"{path} holds no LoRA. {WHERE}.")
    for found in matches:
        base, kind = found[1], found[2]
        layer = layers.get(PREFIX.sub("", base).replace(".", "_"))
        up = state.get(f"{base}.{UP[kind]}.weight")
        if layer is None or up is None:
            raise EngineUnavailable(f"{path} belongs to another network: {base} has no place in this one. {WHERE}.")
        down = state[found[0]].float()
        alpha = state.get(f"{base}.alpha")
        scale = float(alpha) / len(down) if alpha is not None else 1.0
        added = scale * _product(up.float(), down)
        if added.shape != layer.weight.shape:
            raise EngineUnavailable(
                f"{path} belongs to another network: {base} is {tuple(added.shape)} there and "
                f"{tuple(layer.weight.shape)} here. {WHERE}."
            )
        with torch.no_grad():
            layer.weight += added.to(layer.weight)


def _product(up: Tensor, down: Tensor) -> Tensor:
    """up · down, of matrices or of a convolution followed by one of 1×1."""
    rank = down.shape[0]
    flat = up.reshape(up.shape[0], rank) @ down.reshape(rank, -1)
    return flat.reshape(up.shape[0], *down.shape[1:])
