"""From a Timeline to a file: stage the inputs, set the loudness, run one ffmpeg graph."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import ffmpeg as builder
import numpy as np

from studio.edit.graph import Graph, graph
from studio.edit.timeline import Clip, Media, Overlay, Timeline, Track, frame_at
from studio.errors import FileUnreadable
from studio.media import ffmpeg
from studio.media.files import scratch, writing
from studio.media.image import read_image, write_png
from studio.media.probe import check_readable, probe
from studio.types import U8, Cancel

Quality = Literal["film", "draft", "scene"]
"""film: what is handed out; draft: the same film, coarse and quick; scene: near-lossless, to be cut into a film."""

TARGET_LUFS = -16.0  # integrated loudness of film on the web and on phones (AES TD1008 gives -16 for speech)
CEILING_DBTP = -1.5
_CODEC_ROOM = 0.5  # dB: AAC adds its own overshoot on top of what the limiter let through
_TRIALS = 4
_CLIPS_AT_ONCE = 6
_SILENT_LUFS = -69.0  # loudnorm and ebur128 give -70 or -inf where there is nothing to hear
# x264 with another number of threads is another film, bit for bit. Fixed, so that machines agree.
_THREADS = 8
_LONGEST_ARGUMENT = 100_000  # Linux takes 131 072 bytes per argument; a longer graph goes through a file

_PICTURE: Mapping[Quality, Mapping[str, object]] = {
    # Measured on a tribute at 720p: medium at crf 18 looks the same (SSIM .994, this .993) for 2.3 times the work.
    "film": {"preset": "veryfast", "crf": 16},
    "draft": {"preset": "veryfast", "crf": 27},
    "scene": {"preset": "ultrafast", "crf": 6},
}


@dataclass(frozen=True)
class Loudness:
    """What a listener gets, after ITU-R BS.1770."""

    integrated: float
    """LUFS; -inf where nothing is heard."""
    true_peak: float
    """dBTP."""


def render(
    timeline: Timeline,
    path: Path,
    *,
    quality: Quality = "film",
    metadata: Mapping[str, str] | None = None,
    on_progress: Callable[[float], None] | None = None,
    cancel: Cancel | None = None,
) -> None:
    """Render the timeline to `path`: .mp4 for films and drafts, .mkv or .mov for scenes.

    Films and drafts are brought to -16 LUFS and at most -1.5 dBTP; scenes keep their levels, in float. The same
    timeline and the same files give the same bytes.

    Args:
        metadata: container tags, any names.
        on_progress: gets 0 … 1.

    Raises:
        FileUnreadable: a picture or sound that the timeline names is missing, damaged, or too short.
        FFmpegFailed, OutputUnwritable, Cancelled. Nothing half-written stays.
    """
    with scratch() as folder, writing(path) as draft:
        staged = _stage(timeline, folder)
        parts = graph(staged)
        sound = parts.audio
        if sound is not None and quality != "scene":
            sound = _levelled(parts, staged, folder, cancel)
        args = _argv(_output(parts.video, sound, staged, draft, quality), folder)
        sections = _sections(staged)
        if len(sections) > 1:
            pictures = _in_sections(staged, sections, folder, quality, on_progress, cancel)
            args = _argv(_joined(pictures, sound, staged, draft, quality), folder)
            on_progress = None
        for key, value in (metadata or {}).items():
            # ffmpeg-python gives each option once, and there is one -metadata per tag.
            args[-1:-1] = ["-metadata", f"{key}={value}"]
        ffmpeg.run(args, duration=timeline.num_frames / timeline.frame_rate, on_progress=on_progress, cancel=cancel)


def measure_loudness(path: Path) -> Loudness:
    """Loudness of a file's sound.

    Raises:
        FFmpegFailed: the file has no sound, or cannot be read.
    """
    text = ffmpeg.run(
        ["-i", ffmpeg.safe_argument(path), "-map", "0:a:0", "-af", "ebur128=peak=true", "-f", "null", "-"]
    )
    summary = text[text.rindex("Summary:") :]
    found = {key: re.search(rf"{key}:\s+(-?[\d.]+|-?inf|nan)", summary) for key in ("I", "Peak")}
    integrated, peak = (float(match.group(1)) if match else float("-inf") for match in found.values())
    return Loudness(integrated if integrated > _SILENT_LUFS else float("-inf"), peak)


def _stage(timeline: Timeline, folder: Path) -> Timeline:
    """The same timeline with every input checked, and each still turned into an upright RGB .png of sensible size."""
    tracks = tuple(
        replace(
            track,
            items=tuple(
                replace(item, media=_staged_media(item, track, timeline, folder / f"{t}-{i}.png"))
                if isinstance(item, Clip)
                else item
                for i, item in enumerate(track.items)
            ),
        )
        for t, track in enumerate(timeline.tracks)
    )
    for effect in timeline.effects:
        check_readable(effect.path)
        if isinstance(effect, Overlay) and effect.path.suffix.lower() != ".png":
            raise ValueError(f"an overlay must be a .png, got {effect.path.name}")
    return replace(timeline, tracks=tracks)


def _staged_media(clip: Clip, track: Track, timeline: Timeline, png: Path) -> Media:
    media = clip.media
    if media.kind == "still":
        image = _sensible(read_image(media.path), timeline.size)
        write_png(png, image)
        return replace(media, path=png, size=(image.shape[1], image.shape[0]))
    info = probe(media.path)
    stream = info.video if track.kind == "video" else info.audio
    if stream is None:
        kind = "picture" if track.kind == "video" else "sound"
        raise FileUnreadable(f"{media.path} has no {kind} in it. Check the file that clip {clip.name!r} names.")
    # One frame of grace: containers round their lengths.
    if info.duration and clip.source.end > info.duration + 1 / timeline.frame_rate:
        raise FileUnreadable(
            f"{media.path} lasts {float(info.duration):.2f} s, but clip {clip.name!r} needs it to "
            f"{float(clip.source.end):.2f} s. Shorten the clip or give a longer file."
        )
    return media if info.video is None else replace(media, size=(info.video.width, info.video.height))


def _sensible(image: U8, canvas: tuple[int, int]) -> U8:
    """A photo no larger than twice the canvas: more pixels only cost time."""
    from PIL import Image

    height, width = image.shape[:2]
    shrink = max(2 * canvas[0] / width, 2 * canvas[1] / height)
    if shrink >= 1:
        return image
    small = Image.fromarray(image).resize((round(width * shrink), round(height * shrink)), Image.Resampling.LANCZOS)
    return np.asarray(small)


def _levelled(parts: Graph, timeline: Timeline, folder: Path, cancel: Cancel | None) -> Any:
    """The film's sound at its target loudness, as a new input.

    The mix is made once, in float, and measured. One gain brings it to the target, which is all that loudnorm does in
    its linear mode. Where peaks would go over the ceiling, loudnorm would turn to riding the gain; here a limiter that
    looks ahead takes the peaks alone, at four times the rate, where the peaks between samples show.
    """
    mix = folder / "mix.wav"
    options = {"acodec": "pcm_f32le", "rf64": "auto", "ar": timeline.sample_rate}
    ffmpeg.run(_argv(builder.output(parts.audio, str(mix), **options), folder), cancel=cancel)
    heard = measure_loudness(mix)
    sound = builder.input(str(mix)).audio
    if heard.integrated == float("-inf"):
        return sound
    gain = TARGET_LUFS - heard.integrated
    if heard.true_peak + gain <= CEILING_DBTP - _CODEC_ROOM:
        return sound.filter("volume", f"{gain:.3f}dB", precision="float")
    # The limiter takes some loudness with the peaks: measured, and given back until nothing is missing.
    trial = folder / "limited.wav"
    for _ in range(_TRIALS):
        limited = builder.output(_limited(sound, gain, timeline), str(trial), **options)
        ffmpeg.run(_argv(limited, folder), cancel=cancel)
        missing = TARGET_LUFS - measure_loudness(trial).integrated
        if abs(missing) < 0.1:
            break
        gain += missing
    return builder.input(str(trial)).audio


def _limited(sound: Any, gain: float, timeline: Timeline) -> Any:
    ceiling = 10 ** ((CEILING_DBTP - _CODEC_ROOM) / 20)
    sound = sound.filter("volume", f"{gain:.3f}dB", precision="float").filter("aresample", 4 * timeline.sample_rate)
    sound = sound.filter("alimiter", limit=f"{ceiling:.6f}", level=0, attack=5, release=80, latency=1)
    return sound.filter("aresample", timeline.sample_rate)


def _sections(timeline: Timeline) -> list[range]:
    """The film's frames in runs of a few clips each, parted where no transition plays.

    ffmpeg decodes ahead on every input at once: a film of eighty scenes in HD in one graph would hold 7 GB of pictures.
    """
    starts = [0]
    for number, placed in enumerate(timeline.video[0].placed()):
        after = placed.into.out_offset if placed.into else 0
        frame = frame_at(placed.start + after, timeline.frame_rate)
        if number and number % _CLIPS_AT_ONCE == 0 and frame < timeline.num_frames:
            starts.append(frame)
    return [range(a, b) for a, b in pairwise([*starts, timeline.num_frames])]


def _in_sections(
    timeline: Timeline,
    sections: Sequence[range],
    folder: Path,
    quality: Quality,
    on_progress: Callable[[float], None] | None,
    cancel: Cancel | None,
) -> Path:
    """Encode the pictures section by section; gives a list of them that ffmpeg reads as one film."""
    lines = ["ffconcat version 1.0"]
    for number, part in enumerate(sections):
        piece = folder / f"section-{number}.mp4"
        length = len(part) / timeline.frame_rate

        def told(share: float, part: range = part) -> None:
            if on_progress is not None:
                on_progress((part.start + share * len(part)) / timeline.num_frames)

        args = _argv(_output(graph(timeline, part).video, None, timeline, piece, quality), folder)
        ffmpeg.run(args, duration=length, on_progress=told, cancel=cancel)
        lines += [f"file {piece.name}", f"duration {float(length):.6f}"]
    listed = folder / "sections.ffconcat"
    listed.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return listed


def _joined(pictures: Path, sound: Any, timeline: Timeline, path: Path, quality: Quality) -> Any:
    """Encoded pictures put together as they are, and the sound."""
    video = builder.input(str(pictures), f="concat").video
    options = {"vcodec": "copy", **_container_options(path, timeline), **_sound_options(sound, timeline, quality)}
    return builder.output(*([video] if sound is None else [video, sound]), str(path), **options)


def _output(video: Any, sound: Any, timeline: Timeline, path: Path, quality: Quality) -> Any:
    options: dict[str, object] = {
        "vcodec": "libx264",
        **_PICTURE[quality],
        "pix_fmt": "yuv420p",
        "threads:v": _THREADS,
        # The graph numbers the frames. `-r` would count again, and `-frames:v` cuts the sound's last piece off.
        "fps_mode": "passthrough",
        "colorspace": "bt709",
        "color_primaries": "bt709",
        "color_trc": "bt709",
        "color_range": "tv",
        "flags:v": "+bitexact",
    }
    options |= {**_container_options(path, timeline), **_sound_options(sound, timeline, quality)}
    return builder.output(*([video] if sound is None else [video, sound]), str(path), **options)


def _container_options(path: Path, timeline: Timeline) -> dict[str, object]:
    options: dict[str, object] = {"map_metadata": -1, "fflags": "+bitexact"}
    if path.suffix in {".mp4", ".mov", ".m4v"}:
        # Without use_metadata_tags any name that QuickTime does not know (AIGC among them) is dropped.
        options["movflags"] = "+faststart+use_metadata_tags"
        options["video_track_timescale"] = timeline.frame_rate.numerator
    return options


def _sound_options(sound: Any, timeline: Timeline, quality: Quality) -> dict[str, object]:
    if sound is None:
        return {}
    options: dict[str, object] = {"ar": timeline.sample_rate, "flags:a": "+bitexact"}
    codec = {"acodec": "pcm_f32le"} if quality == "scene" else {"acodec": "aac", "audio_bitrate": "256k"}
    return options | codec


def _argv(output: Any, folder: Path) -> list[str]:
    args = ffmpeg.compile_graph(output)
    if "-filter_complex" in args and len(args[args.index("-filter_complex") + 1]) > _LONGEST_ARGUMENT:
        at = args.index("-filter_complex")
        script = folder / "graph.txt"
        script.write_text(args[at + 1], encoding="utf-8")
        args[at : at + 2] = ["-/filter_complex", str(script)]
    return args
