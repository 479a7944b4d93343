"""The cut as data: times, checks, JSON, OpenTimelineIO."""

from __future__ import annotations

import json
from fractions import Fraction as F
from pathlib import Path
from typing import Any

import pytest

from studio.edit import otio, project
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
    Place,
    Rect,
    Timeline,
    TimeRange,
    Track,
    Transition,
    Volume,
    duck,
    frame_at,
)

RATES = (F(24000, 1001), F(25), F(30000, 1001))


def still(seconds: F, *effects: Any, name: str = "still") -> Clip:
    return Clip(name, Media(Path("/p/photo 1.png"), "still"), TimeRange(F(0), seconds), effects)


def film(start: F, seconds: F, *effects: Any, available: F | None = None, name: str = "film") -> Clip:
    return Clip(name, Media(Path("/p/take.mkv"), "video", available), TimeRange(start, seconds), effects)


def timeline(*items: Any, rate: F = F(25), **more: Any) -> Timeline:
    return Timeline(rate, (320, 180), (Track("video", items),), **more)


def everything() -> Timeline:
    dissolve = Transition(F(1, 2), F(1, 4), "fadeblack")
    picture = Track(
        "video",
        (
            still(F(2), Fit("cover", (0.5, 0.3)), Move(FULL, Rect(0.1, 0.1, 0.8, 0.8))),
            dissolve,
            film(F(1), F(3), Look(Path("/p/a.cube"), "faded", grain=0.25, flash_guard=True, seed=3)),
            Gap(F(1)),
        ),
        "picture",
    )
    above = Track("video", (Gap(F(1)), film(F(0), F(1), Place(Rect(0.5, 0.5, 0.4, 0.4)), Fade(F(1, 5), F(1, 5)))))
    voice = Clip(
        "voice",
        Media(Path("/p/声音.wav"), "audio", F(9)),
        TimeRange(F(0), F(3)),
        (Volume(((F(0), -3.0), (F(1), 0.0))),),
    )
    return Timeline(
        F(24000, 1001),
        (1920, 1080),
        (picture, above, Track("audio", (Gap(F(1001, 24000)), voice))),
        effects=(
            Captions(Path("/p/a.ass"), Path("/fonts")),
            Overlay(Path("/p/label.png"), TimeRange(F(1), F(2)), (10, 20), F(1, 2)),
        ),
        name="追思 “one”",
    )


def test_json_gives_the_same_timeline_back() -> None:
    text = project.to_json(everything())
    assert project.from_json(text) == everything()
    plain = json.loads(text)
    assert plain["schema"] == "Timeline.1"
    assert plain["frame_rate"] == "24000/1001"
    assert plain["tracks"][0]["items"][1]["in_offset"] == "1/2"


def test_json_defaults_may_be_left_out() -> None:
    plain = json.loads(project.to_json(timeline(still(F(1)))))
    for key in ("effects", "name", "sample_rate"):
        del plain[key]
    assert project.from_json(json.dumps(plain)) == timeline(still(F(1)))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda t: t.update(colour=1), "unknown key 'colour'"),
        (lambda t: t.pop("size"), "'size' is missing"),
        (lambda t: t.update(schema="Timeline.9"), "Timeline.9"),
        (lambda t: t.update(frame_rate=25), "frame_rate"),
        (lambda t: t["tracks"][0].update(kind="film"), "tracks\\[0\\].kind"),
        (lambda t: t["tracks"][0]["items"].append({"schema": "Fit.1"}), "items\\[1\\]"),
    ],
)
def test_json_that_is_not_understood_is_refused_with_its_place(change: Any, says: str) -> None:
    plain = json.loads(project.to_json(timeline(still(F(1)))))
    change(plain)
    with pytest.raises(ValueError, match=says):
        project.from_json(json.dumps(plain))


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Timeline(F(25), (321, 180), (Track("video", (still(F(1)),)),)), "even"),
        (lambda: Timeline(F(25), (320, 180), ()), "video track"),
        (lambda: timeline(Transition(F(1), F(1)), still(F(1))), "between two clips"),
        (lambda: timeline(still(F(1)), Transition(F(1, 5), F(1, 5)), Gap(F(1))), "between two clips"),
        (lambda: timeline(still(F(1)), Transition(F(2), F(0)), still(F(3))), "longer than the clips"),
        (lambda: timeline(still(F(1)), Transition(F(1, 2), F(0)), film(F(0), F(2))), "before its start"),
        (lambda: timeline(film(F(0), F(2), available=F(2)), Transition(F(0), F(1)), still(F(2))), "after its end"),
        (lambda: film(F(1), F(2), available=F(2)), "asks for 3 s"),
        (
            lambda: timeline(
                still(F(1)), Transition(F(0), F(3, 5)), still(F(1)), Transition(F(3, 5), F(0)), still(F(1))
            ),
            "overlap",
        ),
        (lambda: timeline(still(F(1, 100))), "shorter than one frame"),
        (lambda: timeline(still(F(1), Place(FULL))), "above the first"),
        (lambda: still(F(1), Fit(), Fit()), "twice"),
        (lambda: Track("audio", (still(F(1)),)), "still in a sound track"),
        (lambda: Volume(((F(1), 0.0), (F(1), 1.0))), "order of time"),
        (lambda: Rect(0.5, 0, 0.6, 1), "inside"),
        (lambda: TimeRange(F(-1), F(1)), "start"),
        (lambda: Transition(F(1), F(1), "wipeleft"), "unknown transition"),
        (
            lambda: timeline(still(F(1)), effects=(Overlay(Path("a.png"), TimeRange(F(1), F(1))),)),
            "after the film's end",
        ),
    ],
)
def test_a_cut_that_cannot_be_made_is_refused(make: Any, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        make()


@pytest.mark.parametrize("rate", RATES)
def test_frames_are_counted_from_the_start_so_nothing_drifts(rate: F) -> None:
    scenes = tuple(still(F(1001, 1000)) for _ in range(1000))
    cut = timeline(*scenes, rate=rate)
    assert cut.duration == 1001
    assert cut.num_frames == -(-(1001 * rate) // 1)
    starts = [frame_at(placed.start, rate) for placed in cut.video[0].placed()]
    assert starts[500] == (F(1001, 2) * rate + F(1, 2)) // 1


def test_a_transition_takes_no_time() -> None:
    joined = timeline(still(F(2)), Transition(F(1, 2), F(1, 2)), still(F(3)))
    assert joined.duration == 5
    first, second = joined.video[0].placed()
    assert (first.head, first.tail, second.head, second.tail) == (0, F(1, 2), F(1, 2), 0)


@pytest.mark.parametrize("rate", RATES)
def test_otio_opens_again_with_the_same_cuts(rate: F, tmp_path: Path) -> None:
    import opentimelineio

    lengths = [F(17, 10), F(1001, 600), F(3), F(7, 9), F(2)]
    items: list[Any] = [film(F(2), lengths[0], available=F(60), name="0")]
    for number, length in enumerate(lengths[1:], 1):
        items += [Transition(F(2, 5), F(1, 3)), film(F(2), length, available=F(60), name=str(number))]
    cut = timeline(*items, rate=rate)
    otio.write_otio(cut, tmp_path / "cut.otio")
    opened = opentimelineio.adapters.read_from_file(str(tmp_path / "cut.otio"))
    (track,) = opened.video_tracks()
    clips = [item for item in track if isinstance(item, opentimelineio.schema.Clip)]
    expected = [frame_at(placed.start, rate) for placed in cut.video[0].placed()]
    assert [clip.range_in_parent().start_time.to_frames() for clip in clips] == expected
    assert opened.duration().rate == pytest.approx(float(rate))
    fades = [item for item in track if isinstance(item, opentimelineio.schema.Transition)]
    for fade, start in zip(fades, expected[1:], strict=True):
        position = sum(lengths[: expected.index(start)], F(0))
        assert start - fade.in_offset.to_frames() == frame_at(position - F(2, 5), rate)
        assert start + fade.out_offset.to_frames() == frame_at(position + F(1, 3), rate)


def test_handles_may_be_longer_than_their_clip() -> None:
    cut = timeline(still(F(3)), Transition(F(1), F(1, 5)), still(F(1, 2)), Transition(F(1, 5), F(1)), still(F(3)))
    assert [placed.head + placed.tail for placed in cut.video[0].placed()] == [F(1, 5), F(2), F(1, 5)]


def test_ducking_is_down_before_the_first_word_and_bridges_short_pauses() -> None:
    speech = (TimeRange(F(2), F(1)), TimeRange(F(7, 2), F(1)), TimeRange(F(10), F(1)))
    points = duck(speech, depth_db=-12, base_db=-3, attack=F(1, 2), release=F(1)).points
    assert points == (
        (F(3, 2), -3),
        (F(2), -15),
        (F(9, 2), -15),
        (F(11, 2), -3),
        (F(19, 2), -3),
        (F(10), -15),
        (F(11), -15),
        (F(12), -3),
    )
    assert duck((), base_db=-6).points == ((0, -6),)
    assert duck((TimeRange(F(0), F(1)),)).points[0] == (0, -12)
