"""Frames of a film as one picture: `uv run python -m benchmarks.contact_sheet FILM PICTURE.jpg`. Made the README's."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from PIL import Image

from studio.media.video import read_video

COLUMNS, ROWS, WIDTH = 3, 3, 480  # px of one frame


def sheet(film: Path, *, columns: int = COLUMNS, rows: int = ROWS, width: int = WIDTH) -> Image.Image:
    """Frames of a film, evenly spaced, in reading order."""
    source = read_video(film)
    count = columns * rows
    # The middle of each part of the film: never its very first or last, black, frame.
    wanted = [int((i + 0.5) * source.num_frames / count) for i in range(count)]
    height = round(width * source.size[1] / source.size[0])
    whole = Image.new("RGB", (columns * width, rows * height))
    for index, frame in enumerate(source.open()):
        for place in np.flatnonzero(np.array(wanted) == index):
            small = Image.fromarray(frame).resize((width, height), Image.Resampling.LANCZOS)
            whole.paste(small, (int(place) % columns * width, int(place) // columns * height))
    return whole


def contact_sheet(film: Path, picture: Path) -> None:
    """Nine frames of a film as a file."""
    sheet(film).save(picture, quality=88)


if __name__ == "__main__":
    contact_sheet(Path(sys.argv[1]), Path(sys.argv[2]))
