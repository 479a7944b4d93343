"""Time of one second of a talking portrait: `uv run python -m benchmarks.lipsync_speed [SECONDS] [--refine own]`.

The reference, on the same seconds, the same frames and the same threads of the same run, is Wav2Lip as it was published
(Prajwal et al. 2020): S3FD finds the face in every frame at the frame's own size, then the network paints 96 px of it.
Both reference networks have random weights: what they cost does not depend on them. Of S3FD the network alone is timed,
without the search through its answers, and the frames to paint are given to Wav2Lip for nothing. Of a still photo it
looks for the face once; what that leaves is in the table as well. Where other programs run, trust the CPU times.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar, get_args

from benchmarks.portraits import speaking
from benchmarks.speed import FRAME_RATE, HEAD_PX, TEXT, photo
from studio.painting import Painting
from studio.types import U8, LipSync, Portrait, Refine, Speech, frames_for

BATCH = 16  # pictures at a time, for Wav2Lip
BOX_SHARE = 0.9  # of the head's height: about what S3FD calls a face

Made = TypeVar("Made")


@dataclass(frozen=True)
class Spent:
    """Time of one stage on all frames, s."""

    wall: float
    cpu: float
    """Of all threads of this process: hardly depends on what else the machine does."""

    def __add__(self, other: Spent) -> Spent:
        return Spent(self.wall + other.wall, self.cpu + other.cpu)

    def times(self, factor: float) -> Spent:
        """For more or fewer frames."""
        return Spent(self.wall * factor, self.cpu * factor)


def timed(work: Callable[[], Made]) -> tuple[Made, Spent]:
    """What `work` gives, and what it took."""
    wall, cpu = time.perf_counter(), time.process_time()
    made = work()
    return made, Spent(time.perf_counter() - wall, time.process_time() - cpu)


def studio_s(sitter: Portrait, speech: Speech, painted: Painting, mouth: Path | None = None) -> Spent:
    """From the sound to the last frame, without the encoder and without loading libraries."""
    from studio.head import motion

    count = frames_for(speech.audio.duration, FRAME_RATE)

    def work() -> int:
        moves = motion.perform(speech, count, FRAME_RATE, seed=1)
        return sum(1 for _ in speaking(sitter, speech, moves, painted, mouth).open())

    next(speaking(sitter, speech, motion.perform(speech, count, FRAME_RATE, seed=1), painted, mouth).open())
    made, spent = timed(work)
    assert made == count
    return spent


def detector_s(frames: Iterator[U8], sample: int) -> Spent:
    """S3FD on one frame."""
    import torch
    from face_alignment.detection.sfd.net_s3fd import s3fd

    torch.manual_seed(1)
    network = s3fd().eval()

    def look(frame: U8) -> Any:
        with torch.inference_mode():
            return network(torch.from_numpy(frame[..., ::-1].copy()).permute(2, 0, 1)[None].float() - 117.0)

    shown = [frame.copy() for frame in islice(frames, sample + 1)]
    look(shown[0])  # the first call also allocates
    _, spent = timed(lambda: [look(frame) for frame in shown[1:]])
    return spent.times(1 / len(shown[1:]))


def wav2lip_s(frames: Iterator[U8], speech: Speech, count: int) -> Spent:
    """The published inference with the boxes known: mel, crops, network, crops laid back."""
    import cv2
    import numpy as np
    import torch

    from studio.head.lipsync import mel
    from studio.head.lipsync.network import FACE_SIZE, Wav2Lip

    torch.manual_seed(1)
    network = Wav2Lip().eval()
    kept = [frame.copy() for frame in islice(frames, count)]
    side = round(BOX_SHARE * HEAD_PX)
    height, width = kept[0].shape[:2]
    y0, x0 = (height - side) // 2 if height > side else 0, (width - side) // 2 if width > side else 0
    y1, x1 = min(height, y0 + side), min(width, x0 + side)

    def paint(part: list[U8], sounds: list[Any]) -> None:
        faces = np.stack([cv2.resize(frame[y0:y1, x0:x1], (FACE_SIZE, FACE_SIZE)) for frame in part])
        masked = faces.copy()
        masked[:, FACE_SIZE // 2 :] = 0
        seen = torch.from_numpy(np.concatenate([masked, faces], axis=3).astype(np.float32).transpose(0, 3, 1, 2) / 255)
        with torch.inference_mode():
            painted = network(torch.from_numpy(np.stack(sounds)[:, None]), seen).numpy()
        for frame, square in zip(part, painted.transpose(0, 2, 3, 1) * 255, strict=True):
            frame[y0:y1, x0:x1] = cv2.resize(square.astype(np.uint8), (x1 - x0, y1 - y0))

    def work() -> None:
        windows = list(mel.windows(mel.spectrogram(speech.audio), count, FRAME_RATE))
        for first in range(0, count, BATCH):
            paint(kept[first : first + BATCH], windows[first : first + BATCH])

    return timed(work)[1]


def main(seconds: float, lipsync: LipSync, refine: Refine, sample: int, mouth: Path | None) -> None:
    """Print the table."""
    import cv2
    import torch

    from studio.head import faces, motion, portrait
    from studio.voice.speak import speak

    cv2.setNumThreads(torch.get_num_threads())
    image = photo()
    speech = speak(TEXT * max(1, round(seconds / 6)), "en", None)
    length, count = float(speech.audio.duration), frames_for(speech.audio.duration, FRAME_RATE)
    sitter, once = timed(lambda: portrait.make(image, faces.find(image)[0]))
    moves = motion.perform(speech, count, FRAME_RATE, seed=1)
    plain = speaking(sitter, speech, moves, Painting("none"))
    detector = detector_s(plain.open(), sample)
    network = wav2lip_s(plain.open(), speech, count)
    reference = detector.times(count) + network
    rows = {
        "portrait made ready (once)": once,
        "studio, mouth by the rules": studio_s(sitter, speech, Painting("none")),
    }
    if lipsync != "none":
        rows[f"studio, lipsync {lipsync}"] = studio_s(sitter, speech, Painting(lipsync), mouth)
    if refine != "none":
        rows[f"studio, lipsync {lipsync}, refine {refine}"] = studio_s(sitter, speech, Painting(lipsync, refine), mouth)
    rows["Wav2Lip as published, moving face (reference)"] = reference
    rows["of it, S3FD"] = detector.times(count)
    rows["of it, all but S3FD"] = network
    rows["Wav2Lip as published, still photo"] = detector + network
    size = f"{sitter.image.shape[1]}×{sitter.image.shape[0]} px"
    print(
        f"{length:.1f} s, {count} frames of {size}, a head of {HEAD_PX} px, {torch.get_num_threads()} threads of torch"
    )
    print(f"S3FD was timed on {sample} frames. No row holds the encoder.\n")
    print("| | s per s of film | CPU s per s of film | frames per s | reference ÷ it | by CPU |\n" + "|---" * 6 + "|")
    for name, spent in rows.items():
        print(
            f"| {name} | {spent.wall / length:.2f} | {spent.cpu / length:.2f} | {count / spent.wall:.1f} | "
            f"{reference.wall / spent.wall:.1f} | {reference.cpu / spent.cpu:.1f} |"
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("seconds", type=float, nargs="?", default=6.0, help="of speech, about")
    parser.add_argument("--lipsync", choices=get_args(LipSync), default="own")
    parser.add_argument("--refine", choices=get_args(Refine), default="none")
    parser.add_argument("--mouth", type=Path, help="other weights for lipsync own")
    parser.add_argument("--sample", type=int, default=8, help="frames that S3FD is timed on")
    given = parser.parse_args()
    if given.mouth is not None and Painting(given.lipsync, given.refine) != Painting("own", "none"):
        parser.error("--mouth is for --lipsync own without --refine")
    main(given.seconds, given.lipsync, given.refine, given.sample, given.mouth)
