"""Frames in and out of video files, one at a time."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from pathlib import Path

import numpy as np

from studio.errors import AudioUnusable, Cancelled, FFmpegFailed
from studio.media import ffmpeg
from studio.media.audio import write_wav
from studio.media.files import scratch, unwritable, writing
from studio.media.probe import opened, probe
from studio.types import U8, AudioClip, Cancel, FrameSource

# The picture is made in RGB and stored in the colours every player expects for HD.
TO_BT709 = "scale=out_color_matrix=bt709:out_range=tv:flags=accurate_rnd+full_chroma_int,format=yuv420p"
BT709_TAGS = (
    "-colorspace",
    "bt709",
    "-color_primaries",
    "bt709",
    "-color_trc",
    "bt709",
    "-color_range",
    "tv",
)
BITEXACT = ("-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact")


def read_video(path: Path) -> FrameSource:
    """The frames of a video, decoded when asked for.

    Raises:
        FileUnreadable: missing, damaged, or no media file.
        AudioUnusable: the file has no picture.
    """
    info = probe(path)
    if info.video is None:
        raise AudioUnusable(f"{path} has no picture in it.")
    rate = info.video.frame_rate
    count = info.video.num_frames or round(info.duration * rate)

    def frames() -> Iterator[U8]:
        with opened(path) as container:
            container.streams.video[0].thread_type = "AUTO"
            for frame in container.decode(video=0):
                picture = frame.to_ndarray(format="rgb24")
                # Telephones film sideways and write down how to hold the picture: degrees, counter-clockwise.
                yield np.ascontiguousarray(np.rot90(picture, round(frame.rotation / 90))) if frame.rotation else picture

    return FrameSource(frames, count, rate, (info.video.width, info.video.height))


def write_video(
    path: Path,
    frames: FrameSource,
    audio: AudioClip | None = None,
    *,
    lossless: bool = False,
    crf: int = 16,
    metadata: Mapping[str, str] | None = None,
    on_progress: Callable[[float], None] | None = None,
    cancel: Cancel | None = None,
) -> None:
    """Encode frames and sound as they come: H.264 yuv420p + AAC 48 kHz (.mp4), or x264 lossless + PCM (.mkv).

    Args:
        lossless: keep every value of the yuv420p picture; for takes that are composed further.
        crf: x264 quality of the lossy encode.
        metadata: container tags.
        on_progress: gets 0 … 1.

    Raises:
        FFmpegFailed, OutputUnwritable, Cancelled; whatever `frames` raises. Nothing half-written stays.
    """
    width, height = frames.size
    with writing(path) as temporary, scratch() as folder:
        sound: list[str] = []
        if audio is not None:
            write_wav(folder / "sound.wav", audio)
            sound = ["-i", str(folder / "sound.wav"), "-map", "0:v", "-map", "1:a"]
        argv = [
            ffmpeg.executable(), "-hide_banner", "-nostats", "-loglevel", "error", "-y",
            "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", _rate(frames.frame_rate),
            "-i", "pipe:0",
            *sound, "-vf", TO_BT709, *BT709_TAGS, *_codecs(lossless, crf, audio is not None), *BITEXACT,
            *_tags(metadata or {}), str(temporary),
        ]  # fmt: skip
        _pump(argv, frames, path, on_progress, cancel)


def _rate(rate: Fraction) -> str:
    return f"{rate.numerator}/{rate.denominator}"


def _codecs(lossless: bool, crf: int, sound: bool) -> list[str]:
    if lossless:
        return [
            "-c:v",
            "libx264",
            "-preset",
            "ultrafast",
            "-qp",
            "0",
            *(["-c:a", "pcm_s24le"] if sound else []),
        ]
    audio = ["-c:a", "aac", "-b:a", "192k", "-ar", "48000"] if sound else []
    return [
        "-c:v",
        "libx264",
        "-preset",
        "medium",
        "-crf",
        str(crf),
        *audio,
        "-movflags",
        "+faststart+use_metadata_tags",
    ]


def _tags(metadata: Mapping[str, str]) -> list[str]:
    return [argument for key, value in metadata.items() for argument in ("-metadata", f"{key}={value}")]


def _pump(
    argv: list[str],
    frames: FrameSource,
    path: Path,
    on_progress: Callable[[float], None] | None,
    cancel: Cancel | None,
) -> None:
    process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    words: list[bytes] = []
    reader = threading.Thread(
        target=lambda: words.append(process.stderr.read() if process.stderr else b""), daemon=True
    )
    reader.start()
    broken: OSError | None = None
    written = 0
    try:
        assert process.stdin is not None  # noqa: S101  (it was asked for)
        try:
            for frame in frames.open():
                if cancel is not None and cancel.is_set():
                    raise Cancelled("Stopped. Finished takes are kept in the cache.")
                process.stdin.write(np.ascontiguousarray(frame).data)
                written += 1
                if on_progress is not None:
                    on_progress(written / max(1, frames.num_frames))
            process.stdin.close()
        except BrokenPipeError as error:
            broken = error  # ffmpeg has ended early; its own words below say why
        else:
            process.wait()
    finally:
        if process.poll() is None and broken is None:
            process.kill()  # stopped half-way: what it has written so far is thrown away
        process.wait()
        reader.join()
    ffmpeg.check(process.returncode, b"".join(words).decode("utf-8", "replace"))
    if broken is not None:
        raise unwritable(path, broken)
    if written != frames.num_frames:
        raise FFmpegFailed(
            f"{path.name}: {written} frames came where {frames.num_frames} were announced. "
            "This is a bug; please report it."
        )
