"""From a Timeline to a file: stage the inputs, set the loudness, run one ffmpeg graph."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Literal

import ffmpeg as builder
import numpy as np

from studio.edit.extras import NOTHING_MORE, Extras
from studio.edit.graph import graph
from studio.edit.loudness import PROFILES, Loudness, levelled
from studio.edit.mix import argv, mixed
from studio.edit.sections import parts
from studio.edit.timeline import Clip, Media, Move, Overlay, Timeline, Track
from studio.errors import FileUnreadable
from studio.media import ffmpeg
from studio.media.files import scratch, writing
from studio.media.image import read_image, write_png
from studio.media.probe import check_readable, probe
from studio.media.workers import at_once
from studio.types import U8, Cancel

Quality = Literal["film", "draft", "scene", "master", "plate"]
"""film: what is handed out; draft: the same film, coarse and quick; scene: near-lossless, to be cut into a film;
master: the film without loss; plate: a shot for an edit suite."""

_CLIPS_AT_ONCE = 6
# With two, x264 gives other bytes for the same pictures now and then on a busy machine, and every thread holds frames
# of its own (HD scene: 390 MB with eight). Scenes and sections are encoded side by side instead.
_THREADS = 1

_PICTURE: Mapping[Quality, Mapping[str, object]] = {
    # Measured on a tribute at 720p: medium at crf 18 looks the same (SSIM .994, this .993) for 2.3 times the work.
    "film": {"vcodec": "libx264", "preset": "veryfast", "crf": 16},
    "draft": {"vcodec": "libx264", "preset": "veryfast", "crf": 27},
    "scene": {"vcodec": "libx264", "preset": "ultrafast", "crf": 6},
    "master": {"vcodec": "ffv1", "level": 3, "g": 1, "slices": 12, "slicecrc": 1, "context": 0},
    "plate": {"vcodec": "dnxhd", "profile:v": "dnxhr_hq", "pix_fmt": "yuv422p"},
}


def render(
    timeline: Timeline,
    path: Path,
    *,
    quality: Quality = "film",
    loudness: Loudness = "web",
    extras: Extras = NOTHING_MORE,
    on_progress: Callable[[float], None] | None = None,
    cancel: Cancel | None = None,
) -> None:
    """Render the timeline to `path`: .mp4 for films and drafts, .mkv for scenes and masters.

    Films and drafts are brought to the loudness of a profile; scenes keep their levels, in float. The same timeline and
    the same files give the same bytes.

    Args:
        loudness: which of studio.edit.loudness.PROFILES.
        extras: what else the file of a film carries.
        on_progress: gets 0 … 1.

    Raises:
        FileUnreadable: a picture or sound that the timeline names is missing, damaged, or too short.
        FFmpegFailed, OutputUnwritable, Cancelled. Nothing half-written stays.
    """
    with scratch() as folder:
        staged = stage(timeline, folder)
        if quality == "scene" and sum(1 for _ in staged.video[0].placed()) <= _CLIPS_AT_ONCE:
            _at_a_stroke(staged, folder, path, on_progress, cancel)
            return
        sound = mixed(staged, folder / "mix.wav", cancel) if staged.audio else None
        if sound is not None and quality != "scene":
            sound = levelled(sound, folder / "levelled.wav", PROFILES[loudness], staged.sample_rate, cancel)
        pieces = _in_sections(staged, parts(staged), folder, quality, on_progress, cancel)
        join(pieces, sound, staged, path, quality=quality, extras=extras, cancel=cancel)


def _at_a_stroke(
    timeline: Timeline,
    folder: Path,
    path: Path,
    on_progress: Callable[[float], None] | None,
    cancel: Cancel | None,
) -> None:
    """Pictures and sound of a scene in one run of ffmpeg."""
    both = graph(timeline)
    with writing(path) as draft:
        args = argv(_output(both.video, both.audio, timeline, draft, "scene"), folder)
        length = timeline.num_frames / timeline.frame_rate
        ffmpeg.run(args, feeds=both.feeds, duration=length, on_progress=on_progress, cancel=cancel)


def stage(timeline: Timeline, folder: Path) -> Timeline:
    """The same timeline with every input checked, and each still turned into an upright RGB .png of sensible size.

    One that the camera moves over is read by itself when its frames are made.
    """
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
    if media.kind == "still" and any(isinstance(effect, Move) for effect in clip.effects):
        check_readable(media.path)
        return media
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


def encode(
    timeline: Timeline,
    part: range,
    path: Path,
    *,
    quality: Quality,
    crf: int | None = None,
    extras: Extras = NOTHING_MORE,
    on_progress: Callable[[float], None] | None = None,
    cancel: Cancel | None = None,
) -> None:
    """Encode some of a staged timeline's frames, without sound, into a file that `join` takes.

    Args:
        part: of the film's frames.
        crf: x264's quality, instead of the one that belongs to `quality`.
        extras: tags of the file.
    """
    pictures = graph(timeline, part)
    output = _output(pictures.video, None, timeline, path, quality, crf)
    length = len(part) / timeline.frame_rate
    *args, target = argv(output, path.parent)
    tags = extras.arguments(path.parent, 0, path.suffix)[1]
    ffmpeg.run([*args, *tags, target], feeds=pictures.feeds, duration=length, on_progress=on_progress, cancel=cancel)


def join(
    pieces: Sequence[tuple[Path, int]],
    sound: Path | None,
    timeline: Timeline,
    path: Path,
    *,
    quality: Quality,
    extras: Extras = NOTHING_MORE,
    cancel: Cancel | None = None,
) -> None:
    """Put encoded pictures together as they are, with the sound and whatever else the file carries.

    Args:
        pieces: files of `encode` and the number of frames in each, in order.
        sound: as loud as it shall be; None: the film is silent.

    Raises:
        FFmpegFailed, OutputUnwritable, Cancelled. Nothing half-written stays.
    """
    with scratch() as folder, writing(path) as draft:
        lines = ["ffconcat version 1.0"]
        for piece, count in pieces:
            quoted = str(piece.resolve()).replace("'", r"'\''")
            lines += [f"file '{quoted}'", f"duration {float(count / timeline.frame_rate):.6f}"]
        listed = folder / "sections.ffconcat"
        listed.write_text("\n".join(lines) + "\n", encoding="utf-8")
        inputs, mapped = ["-f", "concat", "-safe", "0", "-i", str(listed)], ["-map", "0:v", "-c:v", "copy"]
        if sound is not None:
            inputs += ["-i", str(sound)]
            mapped += ["-map", "1:a", *_flat(_sound_options(timeline, quality))]
        carried, more = extras.arguments(folder, 1 + (sound is not None), path.suffix)
        args = [*inputs, *carried, *mapped, *_flat(_container_options(path, timeline)), *more, str(draft)]
        ffmpeg.run(args, cancel=cancel)
        extras.settle(draft)


def _in_sections(
    timeline: Timeline,
    sections: Sequence[range],
    folder: Path,
    quality: Quality,
    on_progress: Callable[[float], None] | None,
    cancel: Cancel | None,
) -> list[tuple[Path, int]]:
    """Encode the pictures section by section, several at once."""
    shares = [0.0] * len(sections)
    telling = threading.Lock()

    def job(number: int, part: range) -> tuple[Path, int]:
        piece = folder / f"section-{number}{'.mp4' if quality in ('film', 'draft') else '.mkv'}"

        def told(share: float) -> None:
            with telling:
                shares[number] = share * len(part)
                if on_progress is not None:
                    on_progress(sum(shares) / timeline.num_frames)

        encode(timeline, part, piece, quality=quality, on_progress=told, cancel=cancel)
        told(1.0)  # ffmpeg's own last word comes before its last frames
        return piece, len(part)

    return at_once([partial(job, number, part) for number, part in enumerate(sections)])


def _output(video: Any, sound: Any, timeline: Timeline, path: Path, quality: Quality, crf: int | None = None) -> Any:
    options: dict[str, object] = {
        "pix_fmt": "yuv420p",
        **_PICTURE[quality],
        **({} if crf is None else {"crf": crf}),
        "threads:v": _THREADS,
        # The graph numbers the frames. `-r` would count again, and `-frames:v` cuts the sound's last piece off.
        "fps_mode": "passthrough",
        "colorspace": "bt709",
        "color_primaries": "bt709",
        "color_trc": "bt709",
        "color_range": "tv",
        "flags:v": "+bitexact",
    }
    options |= _container_options(path, timeline)
    if sound is None:
        return builder.output(video, str(path), **options)
    return builder.output(video, sound, str(path), **options, **_sound_options(timeline, quality))


def _container_options(path: Path, timeline: Timeline) -> dict[str, object]:
    options: dict[str, object] = {"map_metadata:g": -1, "fflags": "+bitexact"}
    if path.suffix in {".mp4", ".mov", ".m4v"}:
        # Without use_metadata_tags any name that QuickTime does not know (AIGC among them) is dropped.
        options["movflags"] = "+faststart+use_metadata_tags"
        options["video_track_timescale"] = timeline.frame_rate.numerator
    return options


def _sound_options(timeline: Timeline, quality: Quality) -> dict[str, object]:
    codecs: Mapping[Quality, dict[str, object]] = {
        "scene": {"c:a": "pcm_f32le"},
        "master": {"c:a": "pcm_s24le"},
        "film": {"c:a": "aac", "b:a": "256k"},
        "draft": {"c:a": "aac", "b:a": "256k"},
    }
    return {"ar": timeline.sample_rate, "flags:a": "+bitexact", **codecs[quality]}


def _flat(options: Mapping[str, object]) -> list[str]:
    return [text for name, value in options.items() for text in (f"-{name}", str(value))]
