"""The filter graph as text: known graphs for known cuts, no ffmpeg started."""

from __future__ import annotations

from fractions import Fraction as F
from pathlib import Path

from studio.edit.graph import graph
from studio.edit.look import Look
from studio.edit.timeline import (
    FULL,
    Captions,
    Clip,
    Fade,
    Fit,
    Gap,
    Media,
    Move,
    Overlay,
    Rect,
    Timeline,
    TimeRange,
    Track,
    Transition,
    Volume,
)
from studio.media.ffmpeg import compile_graph

NTSC = F(24000, 1001)


def argv(timeline: Timeline) -> list[str]:
    import ffmpeg

    parts = graph(timeline)
    streams = [parts.video] if parts.audio is None else [parts.video, parts.audio]
    return compile_graph(ffmpeg.output(*streams, "out.mkv"))


def filters(timeline: Timeline) -> str:
    args = argv(timeline)
    return args[args.index("-filter_complex") + 1]


def still(seconds: F, *effects: object) -> Clip:
    return Clip("s", Media(Path("/p/100%d.png"), "still", size=(320, 180)), TimeRange(F(0), seconds), effects)  # type: ignore[arg-type]


def sound(seconds: F, *effects: object) -> Clip:
    return Clip("a", Media(Path("/p/a.wav"), "audio"), TimeRange(F(1), seconds), effects)  # type: ignore[arg-type]


def test_a_still_of_the_canvas_size_is_decoded_once_and_repeated() -> None:
    args = argv(Timeline(NTSC, (320, 180), (Track("video", (still(F(2)),)),)))
    assert args[: args.index("-filter_complex")] == [
        *("-f", "image2", "-framerate", "24000/1001", "-pattern_type", "none", "-probesize", "5000001"),
        *("-i", "/p/100%d.png"),
    ]
    steps = args[args.index("-filter_complex") + 1].split(";")
    names = [step.split("]")[1].split("[")[0].split("=")[0] for step in steps]
    expected = "scale format loop format trim settb setpts fps trim settb setpts fps setparams setsar"
    assert names[:3] == expected.split()[:3]
    assert "loop=loop=47:size=1:start=0" in ";".join(steps)  # ⌈2·24000/1001⌉ = 48 frames
    assert "settb=1001/24000" in ";".join(steps)
    assert "gblur" not in ";".join(steps)


def test_cross_fades_are_placed_by_frames() -> None:
    items = (
        still(F(2)),
        Transition(F(1, 2), F(1, 2)),
        still(F(2)),
        Transition(F(1, 5), F(2, 5), "dissolve"),
        still(F(2)),
    )
    text = filters(Timeline(F(25), (320, 180), (Track("video", items),)))
    # Cut at 50: from frame ⌊37.5 + ½⌋ = 38 to 63. Cut at 100: from 95 to 110.
    assert "xfade=duration=1.000000:offset=1.520000:transition=fade" in text
    assert "xfade=duration=0.600000:offset=3.800000:transition=dissolve" in text


def test_equal_clips_stay_two_inputs() -> None:
    args = argv(Timeline(F(25), (320, 180), (Track("video", (still(F(1)), still(F(1)), Gap(F(1)), Gap(F(1)))),)))
    assert args.count("-i") == 4


def test_a_cut_deep_in_a_film_is_sought() -> None:
    clip = Clip("f", Media(Path("/p/f.mp4"), "video"), TimeRange(F(100), F(1)))
    args = argv(Timeline(F(25), (320, 180), (Track("video", (clip,)),)))
    assert args[args.index("-ss") + 1] == "98.000000"
    assert "trim=end_frame=75:start_frame=50" in args[args.index("-filter_complex") + 1]


def film(seconds: F, *effects: object) -> Clip:
    return Clip("f", Media(Path("/p/f.mp4"), "video", size=(320, 180)), TimeRange(F(0), seconds), effects)  # type: ignore[arg-type]


def test_a_move_over_a_film_is_written_in_frames_and_eased() -> None:
    text = filters(Timeline(F(25), (320, 180), (Track("video", (film(F(4), Move(FULL, Rect(0.1, 0.2, 0.6, 0.6))),)),)))
    assert "perspective=eval=frame:interpolation=cubic:sense=source" in text
    assert "cos(PI*min(1\\,max(0\\,(on-1)/99)))" in text.replace("\\\\", "\\")
    assert "zoompan" not in text


def test_the_frames_of_a_moved_still_are_fed() -> None:
    moved = still(F(4), Move(FULL, Rect(0.1, 0.2, 0.6, 0.6)))
    timeline = Timeline(NTSC, (320, 180), (Track("video", (moved, Transition(F(1, 5), F(1, 5)), moved)),))
    assert list(graph(timeline).feeds) == ["feed-0", "feed-1"]
    args = argv(timeline)
    assert args[args.index("-i") + 1] == "feed-0"
    assert args[args.index("-video_size") + 1] == "320x180" and args[args.index("-framerate") + 1] == "24000/1001"
    # Its frames are counted with the handle: 4 s and a fifth.
    feed = graph(timeline).feeds["feed-0"]
    assert feed.__self__.length == 101  # type: ignore[attr-defined]


def test_sound_is_counted_in_samples() -> None:
    tracks = (
        Track("video", (still(F(1001, 500)),)),
        Track("audio", (sound(F(1)), Transition(F(1, 10), F(1, 10)), sound(F(1)))),
        Track("audio", (Gap(F(1)),)),
    )
    text = filters(Timeline(F(30000, 1001), (320, 180), tracks))
    assert "atrim=end_sample=100800:start_sample=48000" in text
    assert "acrossfade=c1=qsin:c2=qsin:ns=9600" in text
    assert "amix=duration=longest:inputs=2:normalize=0" in text
    assert "apad=whole_len=96096" in text  # 60 frames at 30000/1001


def test_an_envelope_is_a_sum_of_ramps() -> None:
    volume = Volume(((F(1), 0.0), (F(3, 2), -12.0), (F(2), -12.0), (F(3), 0.0)))
    text = filters(
        Timeline(F(25), (320, 180), (Track("video", (still(F(4)),)), Track("audio", (sound(F(4), volume),))))
    )
    plain = text.replace("\\", "")
    assert "pow(10,(0+(-12)*clip((t-1.000000)/0.500000,0,1)+(12)*clip((t-2.000000)/1.000000,0,1))/20)" in plain
    assert plain.index("asetnsamples=n=48:p=0") < plain.index("volume=") < plain.index("asetnsamples=n=1024:p=0")


def test_captions_and_overlays_lie_in_the_given_order() -> None:
    effects = (
        Captions(Path("/p/c.ass"), Path("/fonts")),
        Overlay(Path("/p/l.png"), TimeRange(F(1), F(9)), (12, 8), F(1, 5), F(2, 5)),
    )
    text = filters(Timeline(F(25), (320, 180), (Track("video", (still(F(2)),)),), effects=effects))
    assert text.index("ass=") < text.index("overlay=")
    assert "overlay=eof_action=pass:format=yuv420:x=12:y=8" in text
    assert "setpts=N+25" in text  # begins with frame 25 and is cut at the film's end, frame 50
    assert "fade=alpha=1:nb_frames=5:start_frame=0:type=in" in text
    assert "fade=alpha=1:nb_frames=10:start_frame=15:type=out" in text


def test_a_look_comes_after_the_move_and_before_the_fade_and_a_still_needs_no_guard() -> None:
    look = Look(lut=Path("/p/a b.cube"), print="sepia", grain=0.3, vignette=0.5, deflicker=True, flash_guard=True)
    text = filters(
        Timeline(
            F(25),
            (320, 180),
            (Track("video", (still(F(1), Move(FULL, Rect(0.1, 0.1, 0.8, 0.8)), look, Fade(F(1, 5))),)),),
        )
    )
    order = [text.index(name) for name in ("lut3d=", "curves=", "vignette=", "blend=", "fade=")]
    assert order == sorted(order)
    assert "interp=tetrahedral" in text
    assert "photosensitivity" not in text and "deflicker" not in text
    moved = film(F(1), look, Move(FULL, Rect(0.1, 0.1, 0.8, 0.8)))
    text = filters(Timeline(F(50), (320, 180), (Track("video", (moved,)),)))
    names = ("deflicker=", "perspective=", "photosensitivity=frames=50:threshold=1", "lut3d=")
    order = [text.index(name) for name in names]
    assert order == sorted(order)


def test_without_a_look_nothing_is_graded() -> None:
    text = filters(Timeline(F(25), (320, 180), (Track("video", (still(F(1)),)),)))
    assert not any(name in text for name in ("lut3d", "curves", "vignette", "noise", "lutyuv"))


def test_a_long_film_still_compiles() -> None:
    items: list[Clip | Transition] = [still(F(3), Fit(), Move(FULL, Rect(0.1, 0.1, 0.8, 0.8)))]
    for _ in range(79):
        items += [Transition(F(2, 5), F(2, 5)), still(F(3), Fit(), Move(FULL, Rect(0.1, 0.1, 0.8, 0.8)))]
    args = argv(Timeline(F(25), (320, 180), (Track("video", tuple(items)),)))
    assert args.count("-i") == 80
