"""A Timeline as one ffmpeg filter graph. Pure: nothing is opened or started here.

Pictures are counted in frames and sound in samples, never in seconds, so a cut lies where the timeline says at any
rate. A still is decoded and fitted once and its finished frame repeated (`-loop 1` would do it all for every frame).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

import ffmpeg

from studio.edit.glide import Glide
from studio.edit.grading import looked, steadied
from studio.edit.inputs import SEEK, SEEK_ROOM, Inputs, Stream, effect_of, seconds, text
from studio.edit.look import Look
from studio.edit.sounds import Sounds
from studio.edit.timeline import (
    Captions,
    Clip,
    Fade,
    Fit,
    Gap,
    Move,
    Overlay,
    Place,
    Placed,
    Rect,
    Timeline,
    Track,
    frame_at,
)
from studio.media.feeds import Feed
from studio.media.ffmpeg import safe_argument

_SCALER = "lanczos+accurate_rnd+full_chroma_int+bitexact"


@dataclass(frozen=True)
class Graph:
    """The two ends of the graph."""

    video: Stream
    """yuv420p, BT.709, exactly as many pictures as asked for, the first at 0 s."""
    audio: Stream | None
    """Stereo float, as long as the pictures to the sample; None where the timeline has no audio track."""
    feeds: Mapping[str, Feed]
    """Inputs whose frames are made here, see `studio.media.ffmpeg.run`."""


def graph(timeline: Timeline, part: range | None = None) -> Graph:
    """The filter graph of the timeline; with `part`, its pictures are those frames of the film alone."""
    inputs = Inputs()
    build = _Pictures(timeline, part or range(timeline.num_frames), inputs)
    video = build.base(timeline.video[0])
    for track in timeline.video[1:]:
        video = build.paint(video, track)
    for effect in timeline.effects:
        video = build.overlay(video, effect) if isinstance(effect, Overlay) else build.captions(video, effect)
    if part is not None:
        video = build.clock(video, len(part))
    video = video.filter(
        "setparams", range="tv", color_primaries="bt709", color_trc="bt709", colorspace="bt709"
    ).filter("setsar", "1")
    return Graph(video, Sounds(timeline, inputs).mix() if timeline.audio else None, inputs.feeds)


@dataclass
class _Segment:
    stream: Stream
    length: int


class _Pictures:
    """Builds the pictures of one timeline."""

    def __init__(self, timeline: Timeline, part: range, inputs: Inputs) -> None:
        self.timeline = timeline
        self.part = part
        self.rate = timeline.frame_rate
        self.size = timeline.size
        self.inputs = inputs

    def base(self, track: Track) -> Stream:
        """The first video track, padded with black to the film's length, on the film's clock."""
        done: _Segment | None = None
        begin = 0
        for placed in track.placed():
            start = frame_at(placed.start - placed.head, self.rate)
            length = frame_at(placed.end + placed.tail, self.rate) - start
            if placed.end == self.timeline.duration:  # the film's last frame covers the rest of the sound
                length = self.timeline.num_frames - start
            if not self.shown(start, length):
                continue
            item = placed.item
            picture = self.black() if isinstance(item, Gap) else self.clip(item, placed, length, self.size)
            picture = self.clock(picture.filter("format", "yuv420p"), length)
            if done is None:
                done, begin = _Segment(picture, length), start
            elif placed.into is None:
                joined = ffmpeg.filter([done.stream, picture], "concat", n=2, v=1, a=0)
                done = _Segment(joined.filter("fps", text(self.rate)), done.length + length)
            else:
                overlap = frame_at(placed.start + placed.into.out_offset, self.rate) - start
                offset = Fraction(done.length - overlap) / self.rate
                joined = ffmpeg.filter(
                    [done.stream, picture],
                    "xfade",
                    transition=placed.into.name,
                    duration=seconds(overlap / self.rate),
                    offset=seconds(offset),
                )
                done = _Segment(joined, done.length + length - overlap)
        if done is None:
            return self.clock(self.black(), len(self.part), self.part.start)
        picture = done.stream
        if (rest := self.part.stop - begin - done.length) > 0:
            picture = picture.filter("tpad", stop=rest, stop_mode="add", color="black")
        if self.part.start > begin or self.part.stop < begin + done.length:
            picture = picture.filter("trim", start_frame=self.part.start - begin, end_frame=self.part.stop - begin)
            return self.clock(picture, len(self.part), self.part.start)
        # What is laid over it counts from the film's start, also where a section begins at a cut.
        return self.clock(picture, len(self.part), self.part.start) if self.part.start else picture

    def shown(self, start: int, length: int) -> bool:
        """Is any of these frames asked for?"""
        return start < self.part.stop and start + length > self.part.start

    def paint(self, below: Stream, track: Track) -> Stream:
        """A later video track over what lies below."""
        width, height = self.size
        for placed in track.placed():
            clip = placed.item
            if isinstance(clip, Gap):
                continue
            place = effect_of(clip, Place) or Place(Rect(0.0, 0.0, 1.0, 1.0))
            box = (_even(place.box.width * width), _even(place.box.height * height))
            start = frame_at(placed.start, self.rate)
            length = min(frame_at(placed.end, self.rate), self.timeline.num_frames) - start
            if not self.shown(start, length):
                continue
            picture = self.clip(clip, placed, length, box, alpha=True)
            picture = self.clock(picture, length, start)
            below = self.over(below, picture, _even(place.box.x * width), _even(place.box.y * height))
        return below

    def overlay(self, below: Stream, overlay: Overlay) -> Stream:
        start = frame_at(overlay.range.start, self.rate)
        length = min(frame_at(overlay.range.end, self.rate), self.timeline.num_frames) - start
        if not self.shown(start, length):
            return below
        picture = self.still(overlay.path.absolute(), "yuva420p", length)
        fade = Fade(overlay.fade_in, overlay.fade_out)
        picture = self.clock(self.faded(picture, fade, length, alpha=True), length, start)
        return self.over(below, picture, *overlay.position)

    def over(self, below: Stream, picture: Stream, x: int, y: int) -> Stream:
        return ffmpeg.filter([below, picture], "overlay", x=x, y=y, format="yuv420", eof_action="pass")

    def captions(self, below: Stream, captions: Captions) -> Stream:
        return below.filter("ass", filename=str(captions.path.absolute()), fontsdir=str(captions.fonts.absolute()))

    def clip(self, clip: Clip, placed: Placed, length: int, size: tuple[int, int], *, alpha: bool = False) -> Stream:
        """`length` frames of a clip, handles included, fitted to `size`, effects applied."""
        fit, move, fade = effect_of(clip, Fit) or Fit(), effect_of(clip, Move), effect_of(clip, Fade) or Fade()
        still = clip.media.kind == "still"
        if still and move is not None:
            glide = Glide(clip.media.path, fit, move, size, length)
            picture = self.inputs.fed(glide.frames, size, self.rate).video
        else:
            if still:
                picture = self.still(clip.media.path.absolute(), "yuva444p" if alpha else "yuv444p")
            else:
                picture = self.film(clip, placed, length, "yuva420p" if alpha else "yuv420p")
            if clip.media.size != size:
                picture = fitted(picture, fit, size)
            if still:
                picture = picture.filter("loop", loop=length - 1, size=1, start=0)
            elif move is not None:
                picture = moved(self.clock(picture, length), move, length)
        picture = picture.filter("format", "yuva420p" if alpha else "yuv420p")
        if (look := effect_of(clip, Look)) is not None:
            picture = self.looked(
                picture, replace(look, flash_guard=look.flash_guard and not still), length, size, alpha
            )
        return self.faded(picture, fade, length, alpha=alpha)

    def looked(self, picture: Stream, look: Look, length: int, size: tuple[int, int], alpha: bool) -> Stream:
        picture = self.clock(picture, length)
        if not alpha:
            return looked(picture, look, size, length, self.rate, self.inputs)
        # Most filters of a look know no transparency: it goes round them.
        picture, kept = (picture.filter_multi_output("split")[index] for index in range(2))
        picture = looked(picture.filter("format", "yuv420p"), look, size, length, self.rate, self.inputs)
        return ffmpeg.filter([picture, kept.filter("alphaextract")], "alphamerge")

    def still(self, path: object, pixels: str, length: int = 1) -> Stream:
        # pattern_type: a "%d" in the name is a name, not a numbered sequence.
        picture = self.inputs.open(str(path), f="image2", pattern_type="none", framerate=text(self.rate)).video
        picture = picture.filter("scale", out_color_matrix="bt709", out_range="tv", flags=_SCALER)
        picture = picture.filter("format", pixels)
        return picture if length == 1 else picture.filter("loop", loop=length - 1, size=1, start=0)

    def film(self, clip: Clip, placed: Placed, length: int, pixels: str) -> Stream:
        first = frame_at(clip.source.start - placed.head, self.rate)
        skipped = max(0, first - int(SEEK_ROOM * self.rate)) if first > SEEK * self.rate else 0
        seek = {"ss": seconds(skipped / self.rate)} if skipped else {}
        # Every input decodes ahead, one frame per thread: with the default of one per core a film of forty scenes in HD
        # would hold gigabytes of them. Scenes and sections are made side by side instead.
        picture = self.inputs.open(safe_argument(clip.media.path), an=None, threads=1, **seek).video
        picture = picture.filter("fps", text(self.rate), start_time=0)
        picture = picture.filter("tpad", stop=-1, stop_mode="clone")
        picture = picture.filter("trim", start_frame=first - skipped, end_frame=first - skipped + length)
        if (look := effect_of(clip, Look)) is not None:
            picture = steadied(picture, look)
        picture = picture.filter("scale", out_color_matrix="bt709", out_range="tv", flags=_SCALER)
        return picture.filter("format", pixels)

    def black(self) -> Stream:
        width, height = self.size
        source = f"color=c=black:s={width}x{height}:r={text(self.rate)}"
        return self.inputs.open(source, f="lavfi").video.filter("format", "yuv420p")

    def clock(self, picture: Stream, length: int, start: int = 0) -> Stream:
        """Exactly `length` frames, numbered from `start`, on the film's own time base."""
        picture = picture.filter("trim", end_frame=length).filter("settb", text(1 / self.rate))
        picture = picture.filter("setpts", f"N+{start}" if start else "N")
        return picture if start else picture.filter("fps", text(self.rate))

    def faded(self, picture: Stream, fade: Fade, length: int, *, alpha: bool) -> Stream:
        channel = {"alpha": 1} if alpha else {}
        if frames := frame_at(fade.start, self.rate):
            picture = picture.filter("fade", type="in", start_frame=0, nb_frames=frames, **channel)
        if frames := frame_at(fade.end, self.rate):
            picture = picture.filter(
                "fade", type="out", start_frame=max(0, length - frames), nb_frames=frames, **channel
            )
        return picture


def fitted(picture: Stream, fit: Fit, size: tuple[int, int]) -> Stream:
    """The picture, of whatever shape, filling `size` px."""
    width, height = size
    if fit.mode == "contain-blur":
        back, front = (picture.filter_multi_output("split")[index] for index in range(2))
        # The copy is blurred at an eighth of the size: the same look for a sixtieth of the work.
        small = (max(2, _even(width / 8)), max(2, _even(height / 8)))
        back = _cover(back, small, (0.5, 0.5)).filter("gblur", sigma=max(small) / 30)
        back = back.filter("scale", width, height, flags="bicubic+accurate_rnd+bitexact")
        back = back.filter("eq", brightness=-0.10, saturation=0.75)
        front = _shrunk(front, size)
        picture = ffmpeg.filter([back, front], "overlay", x="(W-w)/2", y="(H-h)/2", format="yuv444")
    elif fit.mode == "cover":
        picture = _cover(picture, size, fit.focus)
    else:
        picture = _shrunk(picture, size).filter("pad", width, height, "(ow-iw)/2", "(oh-ih)/2")
    return picture.filter("setsar", "1")


def moved(picture: Stream, move: Move, length: int) -> Stream:
    """A camera move over a fitted film, by sub-pixel steps; for a still see `studio.edit.glide`.

    `perspective` takes real-numbered corners; `zoompan` and `crop` round to whole pixels and tremble (0.6 px per frame²
    on a 10 % zoom over 200 frames, against 0.02 here).
    """
    last = max(1, length - 1)
    part = f"min(1,max(0,(on-1)/{last}))"
    eased = part if move.easing == "linear" else f"(1-cos(PI*{part}))/2"

    def path(side: str, begin: float, finish: float) -> str:
        return f"{side}*({begin:.9g}+({finish - begin:.9g})*{eased})"

    a, b = move.start, move.end
    left, right = path("W", a.x, b.x), path("W", a.x + a.width, b.x + b.width)
    top, bottom = path("H", a.y, b.y), path("H", a.y + a.height, b.y + b.height)
    corners = {"x0": left, "y0": top, "x1": right, "y1": top, "x2": left, "y2": bottom, "x3": right, "y3": bottom}
    return picture.filter("perspective", **corners, interpolation="cubic", sense="source", eval="frame")


def _cover(picture: Stream, size: tuple[int, int], focus: tuple[float, float]) -> Stream:
    width, height = size
    picture = picture.filter("scale", width, height, force_original_aspect_ratio="increase", flags=_SCALER, reset_sar=1)
    x = f"min(max(iw*{focus[0]:.6g}-ow/2,0),iw-ow)"
    y = f"min(max(ih*{focus[1]:.6g}-oh/2,0),ih-oh)"
    return picture.filter("crop", width, height, x, y)


def _shrunk(picture: Stream, size: tuple[int, int]) -> Stream:
    width, height = size
    return picture.filter(
        "scale",
        width,
        height,
        force_original_aspect_ratio="decrease",
        force_divisible_by=2,
        flags=_SCALER,
        reset_sar=1,
    )


def _even(value: float) -> int:
    return 2 * round(value / 2)
