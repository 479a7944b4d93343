"""Frames of a film as one picture: `uv run python -m benchmarks.contact_sheet FILM PICTURE.jpg`. Made the README's."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from PIL import Image

from studio.media.video import read_video

COLUMNS, ROWS, WIDTH = 3, 3, 480  # px of one frame


def contact_sheet(film: Path, picture: Path) -> None:
    """Nine frames, evenly spaced, in reading order."""
    source = read_video(film)
    count = COLUMNS * ROWS
    # The middle of each ninth of the film: never its very first or last, black, frame.
    wanted = [int((i + 0.5) * source.num_frames / count) for i in range(count)]
    height = round(WIDTH * source.size[1] / source.size[0])
    sheet = Image.new("RGB", (COLUMNS * WIDTH, ROWS * height))
    for index, frame in enumerate(source.open()):
        for place in np.flatnonzero(np.array(wanted) == index):
            small = Image.fromarray(frame).resize((WIDTH, height), Image.Resampling.LANCZOS)
            sheet.paste(small, (int(place) % COLUMNS * WIDTH, int(place) // COLUMNS * height))
    sheet.save(picture, quality=88)


if __name__ == "__main__":
    contact_sheet(Path(sys.argv[1]), Path(sys.argv[2]))
