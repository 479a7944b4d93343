"""Time and memory of one second of film, stage by stage: `uv run python -m benchmarks.speed [SECONDS]`.

The reference is the same seconds of sound and the same still photo through nothing but ffmpeg with the same encoder, in
the same run: machines differ, the ratio tells.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np

FRAME_RATE = Fraction(25)
HEAD_PX = 512
TEXT = "It is a quiet morning by the sea, and I would like to tell you how we came to live in this house. "


def photo() -> np.ndarray:
    """The example's photograph, scaled so that the head that moves is about 512 px high."""
    import cv2
    from matplotlib import cbook

    from studio.head import faces, portrait
    from studio.media.image import read_image

    image = read_image(Path(cbook.get_sample_data("grace_hopper.jpg", asfileobj=False)))
    region = portrait.make(image, faces.find(image)[0], max_size=(4000, 4000)).region
    scale = HEAD_PX / (region[3] - region[1])
    return cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)


def _stages(seconds: float, folder: Path) -> None:
    """Run every stage once on `seconds` of speech and print one JSON line per stage."""
    import cv2

    from studio.head import animate, faces, motion, portrait
    from studio.media import ffmpeg
    from studio.media.audio import write_wav
    from studio.media.image import write_png
    from studio.media.video import write_video
    from studio.types import FrameSource, frames_for
    from studio.voice.speak import speak

    cv2.setNumThreads(2)

    def timed(stage: str, work: Callable[[], object]) -> object:
        began = time.perf_counter()
        result = work()
        print(json.dumps({"stage": stage, "seconds": time.perf_counter() - began}), flush=True)
        return result

    image = photo()
    speech = timed("speak", lambda: speak(TEXT * max(1, round(seconds / 6)), "en", None))
    length = speech.audio.duration
    count = frames_for(length, FRAME_RATE)
    sitter = timed("portrait (once)", lambda: portrait.make(image, faces.find(image)[0]))
    moves = timed("motion", lambda: motion.perform(speech, count, FRAME_RATE, seed=1))
    frames = animate.animate(sitter, moves)
    timed("animate", lambda: sum(1 for _ in frames.open()))
    size = (image.shape[1] // 2 * 2, image.shape[0] // 2 * 2)
    timed("animate + encode", lambda: write_video(folder / "a.mp4", frames, speech.audio))
    write_png(folder / "still.png", image[: size[1], : size[0]])
    write_wav(folder / "sound.wav", speech.audio)
    still = FrameSource(lambda: (image[: size[1], : size[0]] for _ in range(count)), count, FRAME_RATE, size)
    timed("ffmpeg, still photo through the same pipe", lambda: write_video(folder / "s.mp4", still, speech.audio))
    argv = [
        "-loop",
        "1",
        "-framerate",
        "25",
        "-i",
        str(folder / "still.png"),
        "-i",
        str(folder / "sound.wav"),
        "-shortest",
    ]
    argv += ["-c:v", "libx264", "-crf", "16", "-pix_fmt", "yuv420p", "-c:a", "aac", str(folder / "f.mp4")]
    timed("ffmpeg alone (reference)", lambda: ffmpeg.run(argv))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"length": float(length), "peak_mb": peak}), flush=True)


def main(seconds: float) -> None:
    """Print the table."""
    from studio.media.files import scratch

    with scratch() as folder:
        argv = [sys.executable, "-m", "benchmarks.speed", "--stages", str(seconds), str(folder)]
        lines = subprocess.run(argv, check=True, capture_output=True, text=True).stdout.splitlines()
    rows = [json.loads(line) for line in lines if line.startswith("{")]
    length, peak = rows[-1]["length"], rows[-1]["peak_mb"]
    reference = rows[-2]["seconds"]
    print(f"{length:.1f} s of speech, a head of {HEAD_PX} px, {float(FRAME_RATE):g} fps, peak memory {peak:.0f} MB\n")
    print("| stage | s per s of film | frames per s | ÷ ffmpeg alone |\n|---|---|---|---|")
    for row in rows[:-1]:
        per_second = row["seconds"] / length
        pace, ratio = float(FRAME_RATE) / per_second, row["seconds"] / reference
        print(f"| {row['stage']} | {per_second:.3f} | {pace:.0f} | {ratio:.2f} |")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--stages"]:
        _stages(float(sys.argv[2]), Path(sys.argv[3]))
    else:
        main(float(sys.argv[1]) if len(sys.argv) > 1 else 20.0)
