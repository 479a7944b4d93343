"""The refine stage by the studio's own diffusion model: a small U-Net that goes once more over a painted mouth.

It starts from the painted mouth with a little noise on it, not from noise alone (SDEdit, Meng et al. 2022,
arXiv:2108.01073), and walks from there to a filmed one along straight lines (stochastic interpolants, Albergo et al.
2023, arXiv:2303.08797; flow matching, Lipman et al. 2023, arXiv:2210.02747). It is trained on the very steps it takes
here, with a critic, so that one or two of them are enough (as in adversarial distillation, Sauer et al. 2023,
arXiv:2311.17042). Where there are no lips nothing changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import torch
from diffusers import FlowMatchEulerDiscreteScheduler, UNet2DModel
from torch import Tensor, nn
from torch.nn import functional

from studio.errors import EngineUnavailable
from studio.head.closeup import BAND, SIDE
from studio.head.lipsync.painter import reach
from studio.head.refine.crops import Crops
from studio.types import F32

WIDTHS = (32, 64, 128)  # channels at 52 × 40 px and its half and quarter
BOX = (12, 12, 116, 92)  # x0, y0, x1, y1 px of the close-up's band: lips in all their shapes, what the network sees
EDGE = 4  # px at the border of the box over which changes fade
INPUTS = 12  # now 3, coarse 3, view 3, inner 1, outer 1, inside of the view 1
NOISE = 0.15  # standard deviation at the start, of a picture in [0, 1]
SIGMAS = (1.0,)  # where the steps begin: 1 is the painted mouth under all the noise, 0 the finished one
MODEL_STEPS = 1000  # how diffusers counts the way from 0 to 1


class Mouths(NamedTuple):
    """What is known of some mouths: all float32, of the close-up's band or of BOX in it."""

    coarse: Tensor
    """(B, 3, H, W) RGB in [0, 1]: as they were painted."""
    inner: Tensor
    """(B, 1, H, W): 1 between the lips."""
    outer: Tensor
    """(B, 1, H, W): 1 within the outer rim of the lips."""
    view: Tensor
    """(B, 3, H, W): another look at the same mouth, best with its teeth."""
    seen: Tensor
    """(B, 1, H, W): 1 where the view shows the inside of the mouth."""

    def boxed(self) -> Mouths:
        """What lies in BOX of the bands of close-ups."""
        return Mouths(*(boxed(part) for part in self))


class Refiner(nn.Module):
    """A `UNet2DModel` without attention over the lips, that says what the finished mouth looks like."""

    def __init__(self, widths: Sequence[int] = WIDTHS) -> None:
        super().__init__()
        x0, y0, x1, y1 = BOX
        self.unet = UNet2DModel(
            sample_size=((y1 - y0) // 2, (x1 - x0) // 2),
            in_channels=4 * INPUTS,
            out_channels=12,
            block_out_channels=tuple(widths),
            down_block_types=("DownBlock2D",) * len(widths),
            up_block_types=("UpBlock2D",) * len(widths),
            layers_per_block=1,
            add_attention=False,
            norm_num_groups=8,
        )
        nn.init.zeros_(self.unet.conv_out.weight)
        nn.init.zeros_(self.unet.conv_out.bias)

    def forward(self, now: Tensor, sigma: Tensor, known: Mouths) -> Tensor:
        """Say what the finished mouths look like.

        Args:
            now: (B, 3, h, w), of the size of BOX: somewhere on the way.
            sigma: (B,) in (0, 1]: how much of the way is left.
            known: the same mouths, cut to BOX.

        Returns:
            (B, 3, h, w), about [0, 1]; `known.coarse` itself away from the lips.
        """
        everything = torch.cat(
            [now - 0.5, known.coarse - 0.5, known.view - 0.5, known.inner, known.outer, known.seen], 1
        )
        packed = functional.pixel_unshuffle(everything, 2).contiguous(memory_format=torch.channels_last)
        answer = self.unet(packed, sigma * MODEL_STEPS).sample
        return known.coarse + functional.pixel_shuffle(answer, 2) * touched(known.outer)


def boxed(part: Tensor) -> Tensor:
    """(B, C, HEIGHT, SIDE) → (B, C, h, w): what lies in BOX."""
    x0, y0, x1, y1 = BOX
    return part[..., y0:y1, x0:x1]


def touched(outer: Tensor) -> Tensor:
    """Where the network may change the picture: (B, 1, h, w), 1 over the lips, fading out around them and at the edge.

    Args:
        outer: (B, 1, h, w), of the size of BOX.
    """
    height, width = outer.shape[-2:]
    down, across = (
        torch.minimum(at, at.flip(0)).clamp(max=1) for at in (torch.arange(n) / EDGE for n in (height, width))
    )
    return reach(outer) * (down[:, None] * across[None]).to(outer)


def noise_like(pictures: Tensor, random: torch.Generator) -> Tensor:
    """Noise of lightness for pictures (B, 3, h, w), on their device: (B, 1, h, w). Colour is not invented."""
    drawn = torch.randn(len(pictures), 1, *pictures.shape[2:], generator=random, device=random.device)
    return drawn.to(pictures) * NOISE


def walk(network: Refiner, known: Mouths, noise: Tensor, sigmas: Sequence[float] = SIGMAS) -> Tensor:
    """The finished mouths: (B, 3, h, w), in so many steps.

    Args:
        known: cut to BOX.
        noise: (B or 1, 1, h, w), `noise_like`.
    """
    scheduler = FlowMatchEulerDiscreteScheduler(num_train_timesteps=MODEL_STEPS)
    scheduler.set_timesteps(sigmas=list(sigmas), device=known.coarse.device)
    now = known.coarse + noise
    for time in scheduler.timesteps:
        sigma = time / MODEL_STEPS
        finished = network(now, sigma.expand(len(now)), known)
        # On a straight line the way that is left is what divides here from there.
        now = scheduler.step((now - finished) / sigma, time, now).prev_sample
    return now


class OwnRefiner:
    """The refiner, loaded. Same input, same seed, same machine, same bytes."""

    name = "own"

    def __init__(self, network: Refiner, *, device: str = "auto", bfloat16: bool = False) -> None:
        """Make a network ready.

        Args:
            network: with its weights, in float32.
            device: cpu, cuda, cuda:1 …; auto takes a GPU where there is one.
            bfloat16: compute in half the bits: quicker where the processor has them (AVX-512 BF16, AMX, GPUs).
        """
        chosen = ("cuda" if torch.cuda.is_available() else "cpu") if device == "auto" else device
        self._device = torch.device(chosen)
        self._bfloat16 = bfloat16
        self._network = network.to(self._device).to(memory_format=torch.channels_last).eval().requires_grad_(False)

    def refine(self, crops: Crops, seed: int) -> F32:
        """The crops, refined: float32 (N, 3, SIDE, SIDE), RGB in [0, 1]; as they were away from the lips, to the bit.

        Args:
            crops: of SIDE px.
            seed: of the noise, which is the same for every mouth.

        Raises:
            EngineUnavailable: the network gave values that are not numbers.
            ValueError: the crops have another size.
        """
        if crops.pictures.shape[1:] != (3, SIDE, SIDE):
            raise ValueError(f"crops must be (N, 3, {SIDE}, {SIDE}), got {crops.pictures.shape}")
        parts = (crops.pictures, crops.inner, crops.outer, crops.view, crops.seen)
        bands = (torch.from_numpy(part[..., BAND, :]).to(self._device) for part in parts)
        coarse, inner, outer, view, seen = (boxed(band.expand(len(crops.pictures), -1, -1, -1)) for band in bands)
        lips = Mouths(coarse, inner, outer, view, seen)
        with (
            torch.inference_mode(),
            torch.backends.cudnn.flags(benchmark=False, deterministic=True),
            torch.autocast(self._device.type, torch.bfloat16, enabled=self._bfloat16),
        ):
            noise = noise_like(coarse[:1], torch.Generator().manual_seed(seed))
            made = walk(self._network, lips, noise).float().clamp(0, 1)
            made = torch.where(touched(outer) > 0, made, coarse).cpu()
        if not bool(torch.isfinite(made).all()):
            raise EngineUnavailable("The refiner gave values that are not numbers. Install the studio again.")
        whole = crops.pictures.copy()
        boxed(torch.from_numpy(whole)[..., BAND, :]).copy_(made)
        return whole


def load(path: Path, *, device: str = "auto", bfloat16: bool = False) -> OwnRefiner:
    """The refiner with the weights of a safetensors file.

    Raises:
        EngineUnavailable: the file is missing, or holds another network.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    if not path.is_file():
        raise EngineUnavailable(f"{path} is missing. It ships with the studio: install it again.")
    network = Refiner()
    try:
        network.load_state_dict({name: tensor.float() for name, tensor in load_file(path).items()})
    except (SafetensorError, RuntimeError) as error:
        raise EngineUnavailable(f"{path} is damaged. It ships with the studio: install it again.") from error
    return OwnRefiner(network, device=device, bfloat16=bfloat16)
