"""What all faces have in common: the mean description that studio/album/likeness.py subtracts.

`python -m studio.train.likeness FOLDER` reads the clips of a folder, one person each, and writes
models/likeness.safetensors; models/likeness.md is its card.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np

from studio import weights
from studio.album import likeness, look
from studio.head import faces
from studio.media.files import writing
from studio.media.video import read_video
from studio.types import F32

LOOKS = 6  # frames of each clip, evenly spaced


def described(clip: Path) -> Iterator[str]:
    """The largest face in some frames of a clip, as `likeness.features` gives it."""
    source = read_video(clip)
    wanted = {int((number + 0.5) * source.num_frames / LOOKS) for number in range(LOOKS)}
    for number, frame in enumerate(source.open()):
        if number in wanted:
            image = look.shrunk(frame, 768)
            for face in faces.find(image)[:1]:
                kept = likeness.features(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), face.landmarks)
                yield from [kept] if kept else []


def mean_of(clips: Sequence[Sequence[str]]) -> F32:
    """float32 (LENGTH,): the mean over clips of the means of their faces, so that none counts more for its length."""
    means = [np.mean([likeness.unpacked(face)[0] for face in clip], axis=0) for clip in clips if clip]
    common: F32 = np.mean(means, axis=0).astype(np.float32)
    return common


def main(folder: Path) -> None:
    """Write the mean of all clips in a folder."""
    from safetensors.numpy import save_file

    clips = sorted(path for path in folder.rglob("*") if path.suffix in {".mp4", ".mpg"})
    common = mean_of([list(described(clip)) for clip in clips])
    with writing(weights.data_dir("models") / likeness.FILE) as temporary:
        save_file({"mean": common}, temporary)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
