"""The refine stage by Stable Diffusion: inpainting of a mouth at low strength, in one or a few steps.

The painted mouth is noised a little and cleaned again by a network that has seen millions of photographs (SDEdit, Meng
et al. 2022, arXiv:2108.01073), with the consistency scheduler of Luo et al. 2023 (arXiv:2310.04378), which needs one to
four steps. Every frame gets the same noise, so that what is invented does not flicker.

The safety checker is left out: it judges whole pictures, blackens what it mistakes, and is shown nothing here but the
crop of one mouth that was there before.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from studio import weights
from studio.errors import EngineUnavailable, ProductionInvalid
from studio.types import F32, EngineSpec

if TYPE_CHECKING:
    import torch

WEIGHTS = "sd-inpaint"
LORA = "lcm-lora"
SPEC = EngineSpec(
    name="sd-lcm",
    stage="refine",
    licence="CreativeML OpenRAIL-M: commercial use is allowed, harmful uses that it lists are not",
    commercial=True,
    weights=(WEIGHTS,),
    welcome=(LORA,),
    modules=("diffusers", "transformers"),
    extra="diffusion",
    rank=1,
    about="Stable Diffusion inpainting at low strength: sharper teeth and lips; about a minute a frame without a GPU.",
)

# The same for every film: the words shall not lead, only say what kind of picture it is.
PROMPT = "photograph of a face, close-up of the mouth, natural lips and teeth, sharp focus"
TRAINED_SIZE = 512  # px, side of the pictures that Stable Diffusion 1.x was trained on
MOST_STEPS = 50  # of the schedule that consistency models are distilled on
# For the batch on a GPU: half-precision activations of the UNet, guarded upwards; the decoder works frame by frame.
BYTES_PER_PIXEL = 4000
SPARED = 0.6  # of the free memory that a batch may take
MOST_AT_ONCE = 16


@dataclass(frozen=True)
class SdOptions:
    """How the network is used."""

    steps: int = 4
    """Of the whole way from noise to picture; only a share of `strength` of them is really run."""
    strength: float = 0.25
    """0 … 1: how much of a crop is noise at the start. Lips drift from what they say above .4: the network is deaf."""
    size: int = TRAINED_SIZE
    """px, side that crops are enlarged to."""

    def __post_init__(self) -> None:
        if not 1 <= self.steps <= MOST_STEPS or not 0 < self.strength < 1:
            raise ProductionInvalid(
                f"Refining takes 1 to {MOST_STEPS} steps and a strength between 0 and 1, got {self.steps} steps and "
                f"strength {self.strength:g}. Use 4 steps and strength 0.25."
            )
        if self.network_steps < 1:
            raise ProductionInvalid(
                f"{self.steps} steps at strength {self.strength:g} would run the network not even once "
                f"({self.steps} × {self.strength:g}, rounded down, is 0). Use at least {math.ceil(1 / self.strength)} "
                f"steps, or a strength of {1 / self.steps:g} or more."
            )

    @property
    def network_steps(self) -> int:
        """How often the network is run for a crop."""
        return int(self.steps * self.strength)


class SdRefiner:
    """Stable Diffusion, loaded. Same input, same seed, same machine, same bytes."""

    name = SPEC.name

    def __init__(self, pipeline: Any, *, options: SdOptions | None = None, device: str = "auto") -> None:
        """Make a pipeline ready.

        Args:
            pipeline: a `StableDiffusionInpaintPipeline` with a UNet of 4 or 9 input channels and an `LCMScheduler`.
            device: cpu, cuda, cuda:1 …; auto takes a GPU where there is one. In half precision on a GPU.
        """
        import torch

        from studio.head import stored

        self._options = options or SdOptions()
        chosen = ("cuda" if torch.cuda.is_available() else "cpu") if device == "auto" else device
        self._device = torch.device(chosen)
        dtype = torch.float16 if self._device.type == "cuda" else torch.float32
        with stored.quietly():
            self._pipeline = pipeline.to(device=self._device, dtype=dtype)
        self._pipeline.set_progress_bar_config(disable=True)
        self._pipeline.vae.enable_slicing()
        with torch.inference_mode():
            self._prompt, _ = self._pipeline.encode_prompt(
                PROMPT, self._device, num_images_per_prompt=1, do_classifier_free_guidance=False
            )
        # Never asked again: its memory is better used for frames.
        self._pipeline.register_modules(text_encoder=None, tokenizer=None)

    def refine(self, crops: F32, masks: F32, seed: int) -> F32:
        """The crops, painted anew where their masks say: float32 (N, 3, S, S), RGB 0 … 1.

        Args:
            crops: float32 (N, 3, S, S), RGB in [0, 1].
            masks: float32 (N, 1, S, S) in [0, 1]: how much of what is painted is shown. Where it is 0 no value changes.
            seed: of the noise, the same for every crop.

        Raises:
            EngineUnavailable: the network gave values that are not numbers.
            ValueError: the shapes do not fit.
        """
        sides = crops.shape[2:]
        if crops.shape != (len(crops), 3, *sides[:1] * 2) or masks.shape != (len(crops), 1, *sides):
            raise ValueError(f"crops must be (N, 3, S, S) and masks (N, 1, S, S), got {crops.shape} and {masks.shape}")
        made = np.empty(crops.shape, np.float32)
        side = self._side(sides[0])
        at_once = self._at_once(side)
        for start in range(0, len(crops), at_once):
            part = slice(start, start + at_once)
            made[part] = self._painted(crops[part], masks[part], side, seed)
        return made

    def _side(self, size: int) -> int:
        """px that the network works at: never fewer than the crop has, and a whole number of latents."""
        step = self._pipeline.vae_scale_factor * 2 ** (len(self._pipeline.unet.config.block_out_channels) - 1)
        return int(step * math.ceil(max(size, self._options.size) / step))

    def _at_once(self, side: int) -> int:
        import torch

        if self._device.type != "cuda":
            return 1  # a processor gains nothing from more
        free, _ = torch.cuda.mem_get_info(self._device)
        return int(np.clip(SPARED * free // (BYTES_PER_PIXEL * side * side), 1, MOST_AT_ONCE))

    def _painted(self, crops: F32, masks: F32, side: int, seed: int) -> F32:
        """A few crops, refined."""
        import torch
        from torch.nn import functional

        own, shown = torch.from_numpy(crops).float(), torch.from_numpy(masks).float()
        large = functional.interpolate(own, (side, side), mode="bicubic", antialias=True).clamp(0, 1)
        # All that will be seen of the new picture has to be painted, the faint edge of the mask too.
        where = (functional.interpolate(shown, (side, side), mode="bilinear") > 0).float()
        # One generator for each crop, all with one seed; on the CPU, whose numbers are the same on every machine.
        noise = [torch.Generator().manual_seed(seed) for _ in crops]
        with torch.inference_mode(), torch.backends.cudnn.flags(benchmark=False, deterministic=True):
            painted: torch.Tensor = self._pipeline(
                prompt_embeds=self._prompt.expand(len(crops), -1, -1),
                image=large,
                mask_image=where,
                height=side,
                width=side,
                strength=self._options.strength,
                num_inference_steps=self._options.steps,
                guidance_scale=1.0,
                generator=noise,
                output_type="pt",
            ).images
        back = functional.interpolate(painted.float().cpu(), crops.shape[2:], mode="bicubic", antialias=True)
        if not bool(torch.isfinite(back).all()):
            raise EngineUnavailable(
                f"{self.name} gave values that are not numbers. Its weights are damaged or made for other software: "
                f"add {WEIGHTS} again."
            )
        new = back.clamp(0, 1).numpy()
        mixed: F32 = (crops + masks * (new - crops)).astype(np.float32)
        return mixed


def load(
    folder: Path, *, lora: Path | None = None, options: SdOptions | None = None, device: str = "auto"
) -> SdRefiner:
    """The refiner with the weights of a folder in diffusers' layout. Nothing is fetched.

    Args:
        folder: `studio.weights.path("sd-inpaint")`.
        lora: `studio.weights.path("lcm-lora")`, where it is there: without it one step leaves the mouth softer.

    Raises:
        EngineUnavailable: a package or a file is missing, or a file is not what it should be.
        ProductionInvalid: the options run the network not even once.
    """
    from studio.head import stored

    options = options or SdOptions()
    stored.need(SPEC)
    with stored.quietly():
        from diffusers import AutoencoderKL, LCMScheduler, StableDiffusionInpaintPipeline, UNet2DConditionModel
        from transformers import CLIPTextModel, CLIPTokenizer

        hint = weights.by_hand(WEIGHTS)
        files = weights.held(WEIGHTS, folder)[1:6:2]
        kinds = (UNet2DConditionModel, AutoencoderKL, CLIPTextModel)
        unet, vae, text_encoder = (stored.pretrained(kind, file, hint) for kind, file in zip(kinds, files, strict=True))
        words = text_encoder.config.max_position_embeddings
        try:
            tokenizer = CLIPTokenizer.from_pretrained(
                folder / "tokenizer", local_files_only=True, model_max_length=words
            )
            scheduler = LCMScheduler.from_pretrained(folder / "scheduler", local_files_only=True)
        except stored.DAMAGE as error:
            raise EngineUnavailable(f"{folder} is damaged ({stored.first_line(error)}). {hint}") from error
    if unet.config.in_channels not in (4, 9):
        raise EngineUnavailable(f"{files[0]} takes {unet.config.in_channels} channels, not 4 or 9. {hint}")
    if lora is not None:
        from studio.head.refine import lora as adapter

        adapter.merge(unet, lora)
    pipeline = StableDiffusionInpaintPipeline(
        vae=vae,
        text_encoder=text_encoder,
        tokenizer=tokenizer,
        unet=unet,
        scheduler=scheduler,
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    return SdRefiner(pipeline, options=options, device=device)
