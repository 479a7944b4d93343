"""How well lips and sound agree, and how far they lie apart, by Wav2Lip's sync expert.

After Chung & Zisserman 2016, "Out of Time": compare what is seen with what is heard at many shifts; the best
is the offset.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import torch
from torch import Tensor

from studio.errors import FaceNotFound
from studio.head.lipsync import boxes as faces_in
from studio.head.lipsync import crop, mel
from studio.head.lipsync.network import FACE_SIZE, SYNC_FRAMES, SyncNet
from studio.types import F32, U8, AudioClip, FrameSource

REACH = 15  # frames of 25 fps to each side, as SyncNet's own evaluation
BATCH = 32


@dataclass(frozen=True)
class Sync:
    """How lips and sound of a clip belong together."""

    offset: Fraction
    """s that the lips come after their sound; below 0 where they come before it. In steps of 40 ms."""
    agreement: float
    """Mean cosine of what is seen and heard at that offset, 0 … 1."""
    confidence: float
    """How far that lies above the median of all offsets; near 0 where lips and sound have nothing to do with each
    other."""


def measure(expert: SyncNet, frames: FrameSource, audio: AudioClip, boxes: F32) -> Sync:
    """Listen and look: the offset between the lips of a clip and a sound.

    The offset of a clip painted with `audio_lead_frames` 0 and 1 says which of the two suits the weights.

    Args:
        boxes: float32 (N, 4) px of the face, as for the engine; windows in which it is not seen throughout do not
            count.

    Raises:
        FaceNotFound: the face is nowhere seen for long enough.
    """
    seen, at = _seen(expert, frames, boxes)
    spectrum = mel.spectrogram(audio)
    count = int(at[-1]) + 1
    starts = range(-REACH, count + REACH)
    windows = list(mel.windows(spectrum, len(starts), mel.TRAINED_RATE, audio_lead_frames=REACH))
    with torch.inference_mode():
        parts = [torch.from_numpy(np.stack(windows[i : i + BATCH])[:, None]) for i in range(0, len(windows), BATCH)]
        heard = torch.cat([_heard(expert, part) for part in parts])
    # Row s: the sound `s − REACH` frames later than the picture.
    shifts = torch.stack([(seen * heard[at + shift]).sum(dim=1).mean() for shift in range(2 * REACH + 1)])
    best = int(shifts.argmax())
    # The picture agrees with later sound: the lips come before theirs.
    offset = (REACH - best) / mel.TRAINED_RATE
    return Sync(offset, float(shifts[best]), float(shifts[best] - shifts.median()))


def _heard(expert: SyncNet, sound: Tensor) -> Tensor:
    return torch.nn.functional.normalize(expert.audio_encoder(sound).flatten(1), dim=1)


def _seen(expert: SyncNet, frames: FrameSource, boxes: F32) -> tuple[Tensor, Tensor]:
    """Unit vectors (W, 512) of all windows that show the face throughout, and the frame of 25 fps each begins at."""
    steady = faces_in.smooth(boxes)
    last: deque[F32 | None] = deque(maxlen=SYNC_FRAMES)
    pictures = 0  # of 25 fps
    found: list[F32] = []
    at: list[int] = []
    vectors: list[Tensor] = []
    for index, image in enumerate(frames.open()):
        # Every picture of 25 fps is the latest one of the clip's own: repeated or dropped, never mixed.
        while index == int(pictures * frames.frame_rate / mel.TRAINED_RATE):
            last.append(_half_bgr(crop.cut(image, steady[index])) if np.isfinite(steady[index]).all() else None)
            pictures += 1
            window = [half for half in last if half is not None]
            if len(window) == SYNC_FRAMES:
                found.append(np.concatenate(window))
                at.append(pictures - SYNC_FRAMES)
        if len(found) >= BATCH:
            vectors.append(_looked(expert, found))
            found = []
    if found:
        vectors.append(_looked(expert, found))
    if not vectors:
        raise FaceNotFound(
            f"The face is nowhere seen for {SYNC_FRAMES} frames of 1/25 s in a row, so the lips cannot be compared "
            "with the sound. Use a longer clip."
        )
    return torch.cat(vectors), torch.tensor(at)


def _half_bgr(face: U8) -> F32:
    """The lower half as the expert sees it: BGR, float32 (3, 48, 96) in [0, 1]."""
    half: F32 = face[FACE_SIZE // 2 :, :, ::-1].astype(np.float32).transpose(2, 0, 1) / 255
    return half


def _looked(expert: SyncNet, faces: list[F32]) -> Tensor:
    with torch.inference_mode():
        return torch.nn.functional.normalize(expert.face_encoder(torch.from_numpy(np.stack(faces))).flatten(1), dim=1)
