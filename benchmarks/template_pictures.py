"""The picture of every template: `uv run python -m benchmarks.template_pictures [NAME …]`, or `--to FOLDER`.

Every template is filled with the portrait of Grace Hopper that comes with matplotlib (U.S. Navy, public domain) and
with painted landscapes, its film made as a draft, and six of its frames put into templates/NAME.jpg.
"""

from __future__ import annotations

import argparse
import io
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import cbook
from PIL import Image, ImageFilter

from benchmarks.contact_sheet import sheet
from studio import pipeline, templates
from studio.media.files import writing
from studio.production import Production
from studio.weights import data_dir

COLUMNS, ROWS, WIDTH = 3, 2, 288  # px of one frame
LARGEST = 60_000  # bytes of a picture
PORTRAIT = Path(cbook.get_sample_data("grace_hopper.jpg", asfileobj=False))
NAVY = {"granted_by": "Official U.S. Navy photograph, a work of the federal government", "right": "public-domain"}
SKIES = (
    ((0.42, 0.57, 0.76), (0.86, 0.92, 0.94)),  # noon
    ((0.58, 0.62, 0.72), (0.98, 0.87, 0.73)),  # morning
    ((0.63, 0.66, 0.68), (0.88, 0.88, 0.85)),  # rain
    ((0.38, 0.43, 0.58), (0.95, 0.76, 0.60)),  # evening
)
"""RGB from 0 to 1: overhead, and above the hills."""
GOOD = "I taught computers to understand words."
SAID = "Humans are allergic to change. They love to say, we've always done it this way."
CITE = "OCLC Newsletter No. 167, 1987"


def landscape(path: Path, seed: int, size: tuple[int, int] = (1200, 900)) -> Path:
    """Paint a view: a sky, ranges of hills one behind the other, haze between them, a little grain."""
    random = np.random.default_rng(seed)
    width, height = size
    x = np.linspace(0, 1, width)
    down = np.linspace(0, 1, height)[:, None, None]
    high, low = (np.array(colour) for colour in SKIES[seed % len(SKIES)])
    picture = np.repeat(high * (1 - down) + low * down, width, axis=1)
    sun = np.exp(-(((x - random.uniform(0.2, 0.8)) ** 2)[None, :] + (down[:, :, 0] - 0.35) ** 2) / 0.02)
    picture += 0.35 * sun[:, :, None]
    for depth in range(5):
        waves = sum(
            np.sin(2 * np.pi * (x * frequency + random.uniform())) / frequency**1.1
            for frequency in (0.7, 1.9, 4.3, 9.7, 23.0)
        )
        ridge = 0.42 + 0.12 * depth + 0.055 * waves * (1 + 0.3 * depth)
        near = (depth + 1) / 5
        colour = low * (1 - near) + np.array([0.19, 0.22, 0.15]) * random.uniform(0.9, 1.2) * near
        picture = np.where((down[:, :, 0] > ridge[None, :])[:, :, None], colour, picture)
    picture = np.clip(picture + random.normal(0, 0.015, (height, width, 1)), 0, 1)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray((picture * 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(0.8)).save(path, quality=92)
    return path


def given(name: str, folder: Path) -> dict[str, Any]:
    """What the template is filled with."""
    views = [landscape(folder / "views" / f"{number}.jpg", number) for number in range(8)]
    lines = [{"say": GOOD}, {"say": SAID, "source": "verbatim", "cite": CITE}]
    return {
        "tribute-classic": {
            "words": [GOOD],
            "chapters": [{"title": "Childhood", "when": "New York, 1906", "photos": views[:2]}],
            "quotes": "In the Navy: They called her Amazing Grace.",
        },
        "tribute-slideshow": {"album": [views[0], PORTRAIT, *views[1:5], PORTRAIT, views[5]], "music": "warm"},
        "letter": {"to": "a young programmer", "words": [GOOD], "album": views[2:4], "keepsake": "Go ahead and do it."},
        "museum-exhibit": {"words": lines, "role": "Computer scientist and rear admiral", "idle": 6},
        "museum-answers": {
            "answers": [
                {"questions": "What did you do?", "text": GOOD},
                {"questions": "Why do they resist?", "text": SAID, "source": "verbatim", "cite": CITE},
            ],
            "idle": 6,
        },
        "corporate-history": {
            "company": "The Compiler",
            "years": "1952 – today",
            "role": "Wrote the first one",
            "words": [GOOD],
            "behind": views[4],
            "milestones": [
                {"when": "1952", "photo": views[5], "text": "A-0, the first compiler"},
                {"when": "1959", "photo": views[6], "text": "COBOL, in words that people read"},
            ],
        },
        "film-draft": {"words": lines, "production": "The Compiler", "scene": "12A", "take": 2},
    }[name]


def film_of(name: str, folder: Path) -> Path:
    """A draft of a film that the template gives."""
    person = {"name": "Grace Hopper", "dates": "1906 – 1992", "voice": "female", "photos": PORTRAIT, "consent": NAVY}
    path = templates.new(name, folder / name, person=person, **given(name, folder))
    production = Production.load(path)
    production.outputs.also.clear()
    return pipeline.render(production, folder / f"{name}-film", draft=True).path


def picture(film: Path, path: Path) -> None:
    """Six frames of a film, as small as a list of templates needs them."""
    whole = sheet(film, columns=COLUMNS, rows=ROWS, width=WIDTH)
    for quality in range(86, 40, -4):
        stream = io.BytesIO()
        whole.save(stream, "JPEG", quality=quality, optimize=True, progressive=True)
        if stream.tell() <= LARGEST:
            break
    with writing(path) as temporary:
        temporary.write_bytes(stream.getvalue())


def main() -> None:
    """Make those that were asked for, or all."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("names", nargs="*", metavar="NAME")
    asked.add_argument("--to", type=Path, default=data_dir("templates"))
    options = asked.parse_args()
    for name in options.names or templates.names():
        with tempfile.TemporaryDirectory(prefix="template-") as folder:
            film = film_of(name, Path(folder))
            picture(film, options.to / f"{name}.jpg")
        sys.stdout.write(f"{options.to / name}.jpg\n")


if __name__ == "__main__":
    main()
