"""All sound of a timeline as one file, in float, before anything is done to its loudness."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ffmpeg as builder

from studio.edit.graph import graph
from studio.edit.timeline import Timeline
from studio.media import ffmpeg
from studio.types import Cancel

_LONGEST_ARGUMENT = 100_000  # Linux takes 131 072 bytes per argument; a longer graph goes through a file


def mixed(timeline: Timeline, target: Path, cancel: Cancel | None = None) -> Path:
    """Write the timeline's sound as a stereo WAV of 32-bit floats, as long as its pictures to the sample.

    Raises:
        ValueError: the timeline has no audio track.
        FFmpegFailed, OutputUnwritable, Cancelled. A graph too long for a command is written beside `target`.
    """
    sound = graph(timeline).audio
    if sound is None:
        raise ValueError("there is no audio track to mix")
    options = {"acodec": "pcm_f32le", "rf64": "auto", "ar": timeline.sample_rate}
    ffmpeg.run(argv(builder.output(sound, str(target), **options), target.parent), cancel=cancel)
    return target


def argv(output: Any, folder: Path) -> list[str]:
    """The command of an output node; a graph too long for it is written into `folder`."""
    args = ffmpeg.compile_graph(output)
    if "-filter_complex" in args and len(args[args.index("-filter_complex") + 1]) > _LONGEST_ARGUMENT:
        at = args.index("-filter_complex")
        script = folder / "graph.txt"
        script.write_text(args[at + 1], encoding="utf-8")
        args[at : at + 2] = ["-/filter_complex", str(script)]
    return args
