"""The one runner of ffmpeg: argv in, progress out, its own words in errors."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

from studio.errors import Cancelled, FFmpegFailed, OutputUnwritable
from studio.media.feeds import Feed, Feeding
from studio.types import Cancel

_LAST_WORDS = 2000  # characters of stderr that go into an error


@cache
def executable() -> str:
    """$STUDIO_FFMPEG, else the static ffmpeg inside the imageio-ffmpeg wheel."""
    if named := os.environ.get("STUDIO_FFMPEG"):
        return named
    import imageio_ffmpeg

    return str(imageio_ffmpeg.get_ffmpeg_exe())


def compile_graph(stream: Any) -> list[str]:
    """argv, without the program's name, of an ffmpeg-python output node."""
    import ffmpeg

    return [str(argument) for argument in ffmpeg.compile(stream)][1:]


def run(
    args: Sequence[str],
    *,
    feeds: Mapping[str, Feed] | None = None,
    duration: Fraction | None = None,
    on_progress: Callable[[float], None] | None = None,
    cancel: Cancel | None = None,
) -> str:
    """Run ffmpeg to the end and give what it wrote to stderr.

    Args:
        args: without the program's name.
        feeds: inputs whose frames are made here, by the names that stand for them in `args`.
        duration: s of output expected, for progress.
        on_progress: gets 0 … 1.

    Raises:
        FFmpegFailed: it did not exit 0, or could not be started; with its own words.
        OutputUnwritable: it ran out of disk.
        Cancelled: `cancel` was set; ffmpeg has ended before this is raised.
        Exception: what a feed raised.
    """
    feeding = Feeding(feeds or {})
    argv = [executable(), "-nostdin", "-hide_banner", "-nostats", "-y", "-progress", "pipe:1", *feeding.arguments(args)]
    try:
        process = subprocess.Popen(
            argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, pass_fds=feeding.ends
        )
    except OSError as error:
        feeding.abandon()
        raise FFmpegFailed(
            f"ffmpeg could not be started ({argv[0]}: {error.strerror}). Run `studio doctor`."
        ) from error
    words: list[bytes] = []
    reader = threading.Thread(target=_drain, args=(process, words), daemon=True)
    reader.start()
    with feeding.into():
        try:
            _follow(process, duration, on_progress, cancel)
        finally:
            end(process)
            reader.join()
    text = b"".join(words).decode("utf-8", "replace")
    check(process.returncode, text)
    return text


def check(returncode: int | None, stderr: str) -> None:
    """Raise what an ffmpeg that ended with `returncode` and said `stderr` deserves; nothing for 0."""
    if returncode == 0:
        return
    last = stderr.strip()[-_LAST_WORDS:]
    if "No space left on device" in stderr or "Disk quota exceeded" in stderr:
        raise OutputUnwritable("The disk is full. Free some space and run again: finished takes are kept.")
    if returncode is not None and returncode < 0:
        name = signal.Signals(-returncode).name
        raise FFmpegFailed(f"ffmpeg was stopped from outside ({name}). Run again: finished takes are kept.")
    raise FFmpegFailed(f"ffmpeg failed (exit {returncode}). It said:\n{last}")


def end(process: subprocess.Popen[bytes]) -> None:
    """Make sure a child has ended."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _drain(process: subprocess.Popen[bytes], words: list[bytes]) -> None:
    # An unread pipe stops ffmpeg when it is full, so stderr is read as it comes.
    while process.stderr is not None and (piece := os.read(process.stderr.fileno(), 65536)):
        words.append(piece)


def _follow(
    process: subprocess.Popen[bytes],
    duration: Fraction | None,
    on_progress: Callable[[float], None] | None,
    cancel: Cancel | None,
) -> None:
    done = threading.Event()

    def watch() -> None:
        while cancel is not None and not done.wait(0.1):
            if cancel.is_set():
                end(process)
                return

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        for line in process.stdout or ():
            key, _, value = line.decode("ascii", "replace").strip().partition("=")
            if key == "out_time_us" and value.lstrip("-").isdigit() and duration and on_progress:
                on_progress(min(1.0, max(0.0, int(value) / 1e6 / float(duration))))
        process.wait()
    finally:
        done.set()
        watcher.join()
    if cancel is not None and cancel.is_set() and process.returncode != 0:
        raise Cancelled("Stopped. Finished takes are kept in the cache.")


def safe_argument(path: Path) -> str:
    """A path as ffmpeg takes it: absolute, so that no name is ever read as an option or a protocol."""
    return str(path.resolve())
