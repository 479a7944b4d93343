"""How long a long tribute takes, and how much memory: painted photos, a slideshow, music and a few spoken lines.

Five minutes and seventy photos of twelve megapixels at 1080p are what the README tells of:
`uv run python -m benchmarks.tribute`; smaller ones by `--photos`, `--minutes`, `--height`.

Given are the time of the clock, the processor time of all processes together, both also as multiples of the film's
length, the machine's load before and after, and the largest memory that all processes held at once (PSS: a page that
several share is counted once, on Linux; RSS, which counts it for each of them, is told beside it). Then one photo is
exchanged and the film made again: what was made is counted.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import tempfile
import threading
import time
from collections import Counter
from fractions import Fraction
from pathlib import Path

import numpy as np

LINES = ("We had a garden then.", "Look after one another.", "It was a long summer, and nobody wanted it to end.")
MEGAPIXELS = (4000, 3000)  # W, H of a photo: twelve, as telephones make them
_EVERY_S = 0.4  # between two looks at the memory


def photo(path: Path, seed: int, size: tuple[int, int] = MEGAPIXELS) -> None:
    """Paint something with broad shapes, fine texture and grain, as hard to encode as a photograph."""
    import cv2
    from PIL import Image

    random = np.random.default_rng(seed)
    layers = np.zeros((size[1], size[0], 3), np.float32)
    for cells, weight in ((4, 90.0), (24, 45.0), (160, 22.0)):
        coarse = random.random((cells * 3 // 4, cells, 3), np.float32) * weight
        layers += cv2.resize(coarse, size, interpolation=cv2.INTER_CUBIC)
    layers += random.normal(0, 4, (size[1], size[0], 1)).astype(np.float32)
    Image.fromarray(np.clip(layers + 40, 0, 255).astype(np.uint8)).save(path, quality=90)


def production(folder: Path, photos: int, seconds: float, height: int) -> Path:
    """A tribute of that length: title, slideshow, a few photos with a voice over them, end."""
    import yaml

    for number in range(photos):
        photo(folder / f"{number:03d}.jpg", number)
    spoken = len(LINES)
    slides = photos - spoken
    each = (seconds - 4 - 5 - spoken * 5) / slides
    scenes: list[dict[str, object]] = [{"id": "title", "kind": "title", "heading": "Ruth Weber", "seconds": 4}]
    for part, text in enumerate(LINES):
        begin, end = part * slides // spoken, (part + 1) * slides // spoken
        shown = [{"file": f"{number:03d}.jpg"} for number in range(begin, end)]
        scenes.append({"id": f"show-{part}", "kind": "slideshow", "seconds": round(each, 2), "photos": shown})
        told = {"id": f"words-{part}", "kind": "photo", "file": f"{slides + part:03d}.jpg", "seconds": 5}
        scenes.append({**told, "speaker": "teller", "lines": [{"say": text}]})
    scenes.append({"id": "end", "kind": "end", "seconds": 5})
    table = {
        "schema": "studio/1",
        "title": "Tribute",
        "people": {"teller": {"name": "A teller", "consent": {"granted_by": "nobody is shown", "right": "self"}}},
        "scenes": scenes,
        "canvas": {"height": height},
    }
    path = folder / "production.yaml"
    path.write_text(yaml.safe_dump(table), encoding="utf-8")
    return path


class Memory(threading.Thread):
    """Watches how much memory this process and its children hold together."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.most = self.rss = 0
        self.done = threading.Event()

    def run(self) -> None:
        """Look until told to stop."""
        import psutil

        own = psutil.Process()
        while not self.done.wait(_EVERY_S):
            held = rss = 0
            for process in (own, *own.children(recursive=True)):
                try:
                    told = process.memory_full_info()
                except (psutil.NoSuchProcess, psutil.AccessDenied):
                    continue
                held += getattr(told, "pss", told.rss)
                rss += told.rss
            self.most, self.rss = max(self.most, held), max(self.rss, rss)


def measured(path: Path, out: Path) -> dict[str, object]:
    """Render, and say what it took."""
    from studio import pipeline

    memory = Memory()
    memory.start()
    load, wall, before = os.getloadavg()[0], time.monotonic(), _processor_s()
    film = pipeline.render(path, out)
    wall, used = time.monotonic() - wall, _processor_s() - before
    memory.done.set()
    memory.join()
    length = float(Fraction(film.duration))
    table = json.loads(film.recipe.read_text(encoding="utf-8"))
    made = Counter(take["stage"] for take in table["takes"] if not take["cached"])
    return {
        "film_s": round(length, 2),
        "wall_s": round(wall, 1),
        "wall_x": round(wall / length, 2),
        "cpu_s": round(used, 1),
        "cpu_x": round(used / length, 2),
        "peak_mb": round(memory.most / 1e6),
        "peak_rss_mb": round(memory.rss / 1e6),
        "load": [round(load, 1), round(os.getloadavg()[0], 1)],
        "cores": len(os.sched_getaffinity(0)),
        "made": dict(made),
        "timings_s": table["timings_s"],
        "film_mb": round(film.path.stat().st_size / 1e6, 1),
    }


def _processor_s() -> float:
    """Processor time of this process and of its children that have ended, s."""
    parts = [resource.getrusage(whose) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(part.ru_utime + part.ru_stime for part in parts)


def main() -> None:
    """Print one line of JSON per run."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--photos", type=int, default=70)
    asked.add_argument("--minutes", type=float, default=5.0)
    asked.add_argument("--height", type=int, default=1080)
    given = asked.parse_args()
    if given.photos < 2 * len(LINES) or given.minutes < 0.5:
        asked.error(f"at least {2 * len(LINES)} photos and half a minute, please")
    with tempfile.TemporaryDirectory(prefix="tribute-") as name:
        folder = Path(name)
        os.environ["STUDIO_CACHE_DIR"] = str(folder / "cache")
        path = production(folder, given.photos, given.minutes * 60, given.height)
        print(json.dumps({"run": "first", **measured(path, folder / "film")}), flush=True)
        photo(folder / "001.jpg", 1000)
        print(json.dumps({"run": "one photo changed", **measured(path, folder / "film")}), flush=True)
        taken = sum(file.stat().st_size for file in (folder / "cache").rglob("*") if file.is_file())
        print(json.dumps({"cache_mb": round(taken / 1e6)}), flush=True)


if __name__ == "__main__":
    main()
