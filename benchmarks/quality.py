"""What the quality report's measures say of real people: the numbers in studio/head/bands.py.

    python benchmarks/quality.py FOLDER_OF_CLIPS [FOLDER …]

Every clip is measured against a frame of itself, the one with the most closed mouth of its first two seconds, in the
place of the photograph. Strangers are the references of two clips of one folder and size.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from studio.errors import AudioUnusable
from studio.head import agreement, bands, faces, mesh, quality, verdict
from studio.media.audio import read_audio
from studio.media.video import read_video
from studio.types import F32, AudioClip, FrameSource

FIRST = 50  # frames


def closed(clip: FrameSource) -> quality.Reference | None:
    """The frame of the start with the most closed mouth, as if it were the photograph."""
    seen = [
        (mesh.inner_lip_gap(points), frame, points)
        for frame, points in faces.follow(itertools.islice(clip.open(), FIRST))
        if points is not None
    ]
    return quality.reference(*min(seen, key=lambda one: one[0])[1:]) if seen else None


def spread(values: Sequence[float | None] | F32) -> str:
    known = np.asarray(values, float)
    known = known[np.isfinite(known)]
    return "—" if not known.size else " / ".join(f"{value:.3f}" for value in np.percentile(known, (1, 5, 50, 95, 99)))


def main(folders: list[Path]) -> None:
    for folder in folders:
        photos: list[quality.Reference] = []
        figures: list[dict[str, float | None]] = []
        looks: dict[str, list[F32]] = {}
        told = 0
        for path in sorted(folder.iterdir()):
            clip = read_video(path)
            photo = closed(clip)
            if photo is None:
                continue
            photos.append(photo)
            observed = quality.observe(clip, photo)
            try:
                audio = read_audio(path, mono=True)
            except AudioUnusable:
                audio = AudioClip(np.zeros((1, 48_000), np.float32), 48_000)
            heard = agreement.listen(audio, clip.num_frames, clip.frame_rate)
            figures.append(verdict.figures(observed, heard, photo, clip.frame_rate))
            told += len(verdict.moments(observed, heard, photo, clip.frame_rate))
            for name, curve in verdict.by_frame(observed, heard, photo).items():
                looks.setdefault(name, []).append(curve)
        print(f"\n{folder.name}: {len(figures)} clips, {told} moments told; 1 / 5 / 50 / 95 / 99 %")
        for name in bands.BANDS:
            print(f"  {name:10} {spread([row[name] for row in figures])}")
        print("  single moments")
        for name, curves in looks.items():
            print(f"  {name:10} {spread(np.concatenate(curves))}")
        apart = [
            quality.look(cv2.cvtColor(b.image, cv2.COLOR_RGB2GRAY), b.landmarks, a)
            for a, b in itertools.permutations(photos, 2)
            if a.image.shape == b.image.shape
        ]
        print("  strangers")
        for name in ("geometry", "texture"):
            print(f"  {name:10} {spread([one[name] for one in apart if name in one])}")


if __name__ == "__main__":
    main([Path(argument) for argument in sys.argv[1:]])
