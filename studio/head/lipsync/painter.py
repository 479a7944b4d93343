"""The studio's own lip-sync network: it paints over the mouth that the mesh has moved and the rules have filled.

In Wav2Lip (Prajwal et al. 2020, arXiv:2008.10010) a network sees a face without its lower half, a reference and a
window of sound, and paints all that is missing. Here geometry stands in front of it: lips, skin and light are there
already, moved from the photograph, and the inside of the mouth is sketched, tooth by tooth. What is left is small, and
a small network that learned from minutes of film can do it: where it is light and where dark, in what colour, and how
clearly each part is seen. It answers with a soft correction, with how much more or less detail the sketch shall show,
and with how much of another picture's teeth to lay over it; edges stay as sharp as they were sketched or photographed.
Painted pixel by pixel, teeth came out as a bright haze: nothing in a photograph tells where exactly they end.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from studio.errors import EngineUnavailable

WIDTHS = (48, 96, 160, 224)  # channels at 64, 32, 16 and 8 px
SOUND_ROWS = 5  # likelihoods of speech sounds are seen at so many moments …
SOUND_STEP_S = 0.04  # … this far apart, the middle one being the frame's
SOUND_SIZE = 44 * SOUND_ROWS
SOUND_WIDTH = 64
INPUTS = 9  # drawn 3, inner 1, outer 1, view 3, inside of the view 1
RIM = 9  # px around the lips that the network may change
CLARITY = (-3.0, 0.7)  # logarithm of how many times as clear the sketch may be shown
COARSE = 4  # px of the close-up per px of the correction
FILE = "mouth.safetensors"


class Block(nn.Module):
    """A residual block (He et al. 2016) with group norm and SiLU; before it, if asked for, a step to half the size."""

    def __init__(self, width: int, width_in: int | None = None) -> None:
        super().__init__()
        self.step = nn.Conv2d(width_in or width, width, 3, 1 if width_in is None else 2, 1)
        self.norm = nn.GroupNorm(8, width)
        self.inner = nn.Conv2d(width, width, 3, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.step(x)
        more: Tensor = self.inner(functional.silu(self.norm(x)))
        return x + more


class Painter(nn.Module):
    """A U-Net (Ronneberger et al. 2015) over the close-up that comes back to a quarter of its resolution.

    The sound steers its two coarsest levels by scale and shift (FiLM, Perez et al. 2018).
    """

    def __init__(self, widths: tuple[int, int, int, int] = WIDTHS) -> None:
        super().__init__()
        a, b, c, d = widths
        self.coarse = (c, d)
        self.stem = nn.Conv2d(4 * INPUTS, a, 3, 1, 1)
        self.down = nn.ModuleList([Block(b, a), Block(c, b), Block(d, c)])
        steer = nn.Linear(SOUND_WIDTH, 2 * (c + d))
        self.sound = nn.Sequential(nn.Linear(SOUND_SIZE, SOUND_WIDTH), nn.SiLU(), steer)
        self.narrow = nn.ModuleList([nn.Conv2d(d, c, 1), nn.Conv2d(c, b, 1)])
        self.up = nn.ModuleList([Block(c), Block(b)])
        self.out = nn.Conv2d(b, 5, 3, 1, 1)
        for begun in (*self.out.parameters(), steer.weight):
            nn.init.zeros_(begun)

    def forward(self, drawn: Tensor, inner: Tensor, outer: Tensor, view: Tensor, seen: Tensor, sound: Tensor) -> Tensor:
        """Paint.

        Args:
            drawn: float32 (B, 3, HEIGHT, SIDE) RGB in [0, 1]: the moved portrait with its sketched mouth.
            inner: float32 (B, 1, HEIGHT, SIDE): 1 between the lips.
            outer: float32 (B, 1, HEIGHT, SIDE): 1 within the outer rim of the lips.
            view: float32 (B, 3, HEIGHT, SIDE): another look at the same mouth, best with its teeth.
            seen: float32 (B, 1, HEIGHT, SIDE): 1 where the view shows the inside of the mouth.
            sound: float32 (B, SOUND_SIZE): likelihoods of speech sounds around this frame; all 0 where unknown.

        Returns:
            float32 (B, 3, HEIGHT, SIDE), about [0, 1]; `drawn` itself away from the lips.
        """
        c, d = self.coarse
        everything = torch.cat([drawn - 0.5, inner, outer, view - 0.5, seen], 1)
        x = self.stem(functional.pixel_unshuffle(everything, 2))
        scale_c, shift_c, scale_d, shift_d = self.sound(sound)[:, :, None, None].split([c, c, d, d], 1)
        skips = []
        x = self.down[0](x)
        skips.append(x)
        x = self.down[1](x) * (1 + scale_c) + shift_c
        skips.append(x)
        x = self.down[2](x) * (1 + scale_d) + shift_d
        for narrow, block in zip(self.narrow, self.up, strict=True):
            x = block(functional.interpolate(narrow(x), scale_factor=2.0, mode="nearest") + skips.pop())
        answer = smooth(self.out(functional.silu(x)).float())
        light, clarity, borrowed = answer[:, :3], answer[:, 3:4], answer[:, 4:]
        # Close-ups stand on the skull, and so do upper teeth: those of the view lie where these must.
        teeth = (view - soft(view)) * seen * inner
        # Detail is made fainter or clearer, never turned inside out, as dark teeth with light gaps.
        clarity = clarity.clamp(*CLARITY).exp() - 1
        painted: Tensor = drawn + (light + clarity * (drawn - soft(drawn)) + borrowed.clamp(0, 1) * teeth) * reach(
            outer
        )
        return painted


def smooth(answer: Tensor) -> Tensor:
    """An answer (B, 5, HEIGHT / COARSE, SIDE / COARSE) at the close-up's resolution, without steps or corners."""
    fine = functional.interpolate(answer, scale_factor=float(COARSE), mode="bilinear", align_corners=False)
    return soft(fine)


def soft(picture: Tensor) -> Tensor:
    """A picture without its fine detail: the mean of COARSE + 1 px, twice."""
    for _ in range(2):
        picture = functional.avg_pool2d(picture, COARSE + 1, 1, COARSE // 2, count_include_pad=False)
    return picture


def reach(outer: Tensor) -> Tensor:
    """Where the network may change the picture: float32 (B, 1, H, W), 1 over the lips, fading out around them."""
    grown = functional.max_pool2d(outer, RIM, 1, RIM // 2)
    return functional.avg_pool2d(functional.avg_pool2d(grown, 7, 1, 3), 5, 1, 2)


def load(path: Path) -> Painter:
    """The network with the weights of a safetensors file.

    Raises:
        EngineUnavailable: the file is missing, or holds another network.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    if not path.is_file():
        raise EngineUnavailable(f"{path} is missing. It ships with the studio: install it again.")
    network = Painter()
    try:
        network.load_state_dict({name: tensor.float() for name, tensor in load_file(path).items()})
    except SafetensorError as error:
        raise EngineUnavailable(f"{path} is damaged. Install the studio, or train this mouth, again.") from error
    except RuntimeError as error:
        raise EngineUnavailable(f"{path} holds another network than this version's. Train it again.") from error
    network.eval().requires_grad_(False)
    return network.to(memory_format=torch.channels_last)
