"""The Wav2Lip generator and its sync expert, to the last key of their state dicts.

After Prajwal et al. 2020, "A Lip Sync Expert Is All You Need for Speech to Lip Generation In the Wild". Written from
the list of layers; weights of the official release fit without renaming.

Torch is imported here at the top: this module is nothing but networks, and is itself imported only by what runs them.
"""

from __future__ import annotations

import copy
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

FACE_SIZE = 96  # px, side of the face that the generator sees and paints
SYNC_FRAMES = 5  # pictures that the sync expert compares with one window of sound

Pair = int | tuple[int, int]


class Block(nn.Module):
    """Convolution, batch norm, ReLU; with `residual`, the input is added before the ReLU."""

    def __init__(
        self,
        channels: tuple[int, int],
        kernel: int = 3,
        stride: Pair = 1,
        padding: int = 1,
        *,
        residual: bool = False,
    ) -> None:
        super().__init__()
        self.conv_block = nn.Sequential(nn.Conv2d(*channels, kernel, stride, padding), nn.BatchNorm2d(channels[1]))
        self.residual = residual

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) → (B, C', H', W')."""
        y: Tensor = self.conv_block(x)
        return torch.relu(y + x if self.residual else y)


class UpBlock(nn.Module):
    """Transposed convolution, batch norm, ReLU."""

    def __init__(self, channels: tuple[int, int], stride: int = 2, padding: int = 1, output_padding: int = 1) -> None:
        super().__init__()
        self.conv_block = nn.Sequential(
            nn.ConvTranspose2d(*channels, 3, stride, padding, output_padding), nn.BatchNorm2d(channels[1])
        )

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) → (B, C', H', W')."""
        return torch.relu(self.conv_block(x))


def _same(channels: int, count: int) -> list[nn.Module]:
    """`count` residual blocks that keep the size."""
    return [Block((channels, channels), residual=True) for _ in range(count)]


def _down(channels: tuple[int, int], count: int, *, kernel: int = 3, stride: Pair = 2) -> list[nn.Module]:
    """One block that halves the picture, then `count` residual ones."""
    return [Block(channels, kernel, stride), *_same(channels[1], count)]


def _up(channels: tuple[int, int]) -> nn.Sequential:
    """One block that doubles the picture, then two residual ones."""
    return nn.Sequential(UpBlock(channels), *_same(channels[1], 2))


def _to_point(channels: int) -> list[nn.Module]:
    """3×3 → 1×1."""
    return [Block((channels, 512), padding=0), Block((512, 512), 1, padding=0)]


def _audio_encoder(last: int) -> nn.Sequential:
    """A window of the mel spectrogram (B, 1, 80, 16) → (B, 512, 1, 1).

    Args:
        last: residual blocks at 256 channels: the generator has one, the expert two.
    """
    return nn.Sequential(
        Block((1, 32)),
        *_same(32, 2),
        *_down((32, 64), 2, stride=(3, 1)),
        *_down((64, 128), 2, stride=3),
        *_down((128, 256), last, stride=(3, 2)),
        *_to_point(256),
    )


class Wav2Lip(nn.Module):
    """Paints the lower half of a face so that it says what is heard."""

    def __init__(self) -> None:
        super().__init__()
        self.face_encoder_blocks = nn.ModuleList(
            [
                nn.Sequential(Block((6, 16), 7, padding=3)),  # 96
                nn.Sequential(*_down((16, 32), 2)),  # 48
                nn.Sequential(*_down((32, 64), 3)),  # 24
                nn.Sequential(*_down((64, 128), 2)),  # 12
                nn.Sequential(*_down((128, 256), 2)),  # 6
                nn.Sequential(*_down((256, 512), 1)),  # 3
                nn.Sequential(*_to_point(512)),  # 1
            ]
        )
        self.audio_encoder = _audio_encoder(1)
        # Each takes what the one before gave and the encoder's picture of that size.
        self.face_decoder_blocks = nn.ModuleList(
            [
                nn.Sequential(Block((512, 512), 1, padding=0)),  # 1
                nn.Sequential(UpBlock((512 + 512, 512), 1, 0, 0), *_same(512, 1)),  # 3
                _up((512 + 512, 512)),  # 6
                _up((512 + 256, 384)),  # 12
                _up((384 + 128, 256)),  # 24
                _up((256 + 64, 128)),  # 48
                _up((128 + 32, 64)),  # 96
            ]
        )
        self.output_block = nn.Sequential(Block((64 + 16, 32)), nn.Conv2d(32, 3, 1), nn.Sigmoid())

    def forward(self, mel: Tensor, face: Tensor) -> Tensor:
        """The face as it says the sound.

        Args:
            mel: (B, 1, 80, 16), or (B, T, 1, 80, 16) for T pictures each.
            face: (B, 6, 96, 96) or (B, 6, T, 96, 96), BGR in [0, 1]: first the face with its lower half black, then a
                whole face of the same person.

        Returns:
            (B, 3, 96, 96) or (B, 3, T, 96, 96), BGR in [0, 1].
        """
        if face.dim() == 5:
            batch, frames = face.shape[0], face.shape[2]
            folded: Tensor = self(mel.flatten(0, 1), face.transpose(1, 2).flatten(0, 1))
            return folded.reshape(batch, frames, *folded.shape[1:]).transpose(1, 2)
        seen = []
        x = face
        for block in self.face_encoder_blocks:
            x = block(x)
            seen.append(x)
        x = self.audio_encoder(mel)
        for block in self.face_decoder_blocks:
            x = torch.cat([block(x), seen.pop()], dim=1)
        painted: Tensor = self.output_block(x)
        return painted


class SyncNet(nn.Module):
    """The expert: do five pictures of a mouth and a window of sound belong together?"""

    def __init__(self) -> None:
        super().__init__()
        self.face_encoder = nn.Sequential(
            Block((3 * SYNC_FRAMES, 32), 7, padding=3),
            *_down((32, 64), 2, kernel=5, stride=(1, 2)),
            *_down((64, 128), 3),
            *_down((128, 256), 2),
            *_down((256, 512), 2),
            Block((512, 512), stride=2),
            *_to_point(512),
        )
        self.audio_encoder = _audio_encoder(2)

    def forward(self, mel: Tensor, face: Tensor) -> tuple[Tensor, Tensor]:
        """What is heard and what is seen, as unit vectors; their dot product in [0, 1] says how well they agree.

        Args:
            mel: (B, 1, 80, 16).
            face: (B, 15, 48, 96): the lower halves of five pictures one after the other, BGR in [0, 1].

        Returns:
            (B, 512) of the sound and (B, 512) of the face.
        """
        heard = nn.functional.normalize(self.audio_encoder(mel).flatten(1), dim=1)
        looked = nn.functional.normalize(self.face_encoder(face).flatten(1), dim=1)
        return heard, looked


def fused(network: Wav2Lip) -> Wav2Lip:
    """A copy for use only, with every batch norm worked into its convolution: same pictures, less to compute."""
    made = copy.deepcopy(network).eval()
    for block in made.modules():
        if isinstance(block, Block | UpBlock):
            conv: Any = block.conv_block[0]
            norm: Any = block.conv_block[1]
            block.conv_block = nn.Sequential(fuse_conv_bn_eval(conv, norm, transpose=isinstance(block, UpBlock)))
    return made.requires_grad_(False)
