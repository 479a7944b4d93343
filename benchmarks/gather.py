"""A folder of generated photos from nothing to a draft: `uv run python -m benchmarks.gather [COUNT [WIDTH]]`.

The reference is Pillow decoding every photo once, one after the other, in the same run: machines differ, the ratio
tells.
CPU seconds are told beside wall time, for a machine that has other things to do. Then the same work is killed half-way
and started again.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from datetime import date
from pathlib import Path

import cv2
import numpy as np
import psutil
from PIL import Image

STORE = Path("album") / "looked.jsonl"


def generate(folder: Path, count: int, width: int) -> None:
    """Photos of coloured shapes; in every second one Grace Hopper stands somewhere; every tenth is a smaller copy."""
    from matplotlib import cbook

    woman = cv2.imread(str(cbook.get_sample_data("grace_hopper.jpg", asfileobj=False)))[:, :, ::-1]
    height = width * 3 // 4
    before: np.ndarray | None = None
    for number in range(count):
        random = np.random.default_rng(number)
        image = cv2.resize(random.integers(30, 220, (5, 7, 3)).astype(np.uint8), (1000, 750))
        for _ in range(12):
            middle = (int(random.integers(0, 1000)), int(random.integers(0, 750)))
            colour = tuple(int(value) for value in random.integers(0, 255, 3))
            cv2.circle(image, middle, int(random.integers(15, 130)), colour, -1, cv2.LINE_AA)
        if number % 2:
            tall = int(random.integers(220, 700))
            left = int(random.integers(0, 1000 - tall))
            image[750 - tall :, left : left + tall * 512 // 600] = cv2.resize(woman, (tall * 512 // 600, tall))
        image = cv2.resize(image, (width, height), interpolation=cv2.INTER_CUBIC)
        if number % 10 == 9 and before is not None:
            image = before[::2, ::2]
        before = image
        exif = Image.Exif()
        exif.get_ifd(34665)[36867] = (
            f"{1992 + number * 30 // count}:{number % 12 + 1:02d}:{number % 28 + 1:02d} 10:00:00"
        )
        place = folder / f"{1992 + number * 30 // count}"
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(place / f"IMG_{number:04d}.jpg", quality=88, exif=exif)


class Watch:
    """Peak of the memory of a process and all its children, MB, and of the largest of them alone."""

    def __init__(self, process: psutil.Process) -> None:
        self.together = self.largest = 0.0
        self.by_share: list[float] = []
        self._process = process
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def _look(self) -> None:
        while not self._stop.wait(0.5):
            sizes = []
            try:
                family = [self._process, *self._process.children(recursive=True)]
            except psutil.NoSuchProcess:  # it was killed a moment ago
                return
            for one in family:
                try:
                    sizes.append(one.memory_info().rss / 2**20)
                except psutil.NoSuchProcess:
                    continue
            self.together, self.largest = max(self.together, sum(sizes)), max(self.largest, *sizes)
            self.by_share.append(sum(sizes))

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()


def decode_all(folder: Path) -> tuple[float, float]:
    """Wall and CPU seconds of Pillow reading every photo."""
    wall, cpu = time.perf_counter(), time.process_time()
    for path in sorted(folder.rglob("*.jpg")):
        with Image.open(path) as picture:
            picture.convert("RGB")
    return time.perf_counter() - wall, time.process_time() - cpu


def lines(out: Path) -> int:
    """How many files were looked at."""
    return (out / STORE).read_text().count('"content"') if (out / STORE).is_file() else 0


def child(folder: Path, out: Path) -> None:
    """What is measured, in a process of its own."""
    from studio.album.gather import gather

    gather(folder, out, name="Ruth Weber", today=date(2026, 11, 21))
    used = [os.times().user + os.times().system, os.times().children_user + os.times().children_system]
    print(json.dumps({"cpu": sum(used)}))


def run(folder: Path, out: Path, *, kill_at: int | None = None) -> tuple[float, float, Watch]:
    """Wall and CPU seconds of one run, and its memory; killed once `kill_at` files were looked at."""
    argv = [sys.executable, "-m", "benchmarks.gather", "--child", str(folder), str(out)]
    wall = time.perf_counter()
    process = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    watch = Watch(psutil.Process(process.pid))
    while kill_at is not None and process.poll() is None and lines(out) < kill_at:
        time.sleep(0.2)
    if kill_at is not None:
        process.send_signal(signal.SIGKILL)
    told, _ = process.communicate()
    watch.stop()
    return time.perf_counter() - wall, json.loads(told)["cpu"] if told else float("nan"), watch


def main(count: int, width: int) -> None:
    """Print the table."""
    from studio.media.files import scratch

    with scratch() as folder:
        generate(folder / "in", count, width)
        size = sum(path.stat().st_size for path in (folder / "in").rglob("*.jpg")) / 1e6
        print(f"{count} photos of {width}×{width * 3 // 4} px, {size:.0f} MB, load {os.getloadavg()[0]:.0f}\n")
        wall, cpu = decode_all(folder / "in")
        print("| | wall s | CPU s | ÷ decoding | peak memory, all processes | of one |\n|---|---|---|---|---|---|")
        print(f"| Pillow decodes all, one process (reference) | {wall:.0f} | {cpu:.0f} | 1 | | |", flush=True)
        took, used, watch = run(folder / "in", folder / "out")
        memory = f"{watch.together:.0f} MB | {watch.largest:.0f} MB |"
        print(f"| gather | {took:.0f} | {used:.0f} | {used / cpu:.1f} | {memory}", flush=True)
        third = [max(part) for part in np.array_split(watch.by_share, 3)]
        took, used, watch = run(folder / "in", folder / "again", kill_at=count // 2)
        done = lines(folder / "again")
        print(f"| gather, killed | {took:.0f} | | | {watch.together:.0f} MB | {watch.largest:.0f} MB |", flush=True)
        took, used, watch = run(folder / "in", folder / "again")
        print(f"| the same, after {done} | {took:.0f} | {used:.0f} | {used / cpu:.1f} | | |")
        same = [(folder / name / "production.yaml").read_bytes() for name in ("out", "again")]
        print(f"\nPeak in each third of the run: {', '.join(f'{part:.0f} MB' for part in third)}.")
        print(f"The draft after the kill is {'the same' if same[0] == same[1] else 'ANOTHER ONE'}.")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        child(Path(sys.argv[2]), Path(sys.argv[3]))
    else:
        numbers = [int(value) for value in sys.argv[1:]]
        main(*(numbers + [1000, 4000][len(numbers) :]))
