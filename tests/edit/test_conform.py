"""The cut as three lists: opened again by OpenTimelineIO's adapters, they show the same pictures in the same frames."""

from __future__ import annotations

from fractions import Fraction as F
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import opentimelineio as otio
import pytest

from studio.edit import conform, timecode
from studio.edit.conform import Clock, Plate
from studio.edit.timeline import Clip, Media, Timeline, TimeRange, Track, Transition

LENGTHS = (100, 73, 211, 1850, 50)
MELTS = ((9, 10), (0, 0), (12, 12), (5, 6))
HANDLE = 20
RATES = [
    (F(24000, 1001), "01:00:00:00"), (F(25), "10:00:00:00"), (F(30000, 1001), "01:00:00:00"),
    (F(30000, 1001), "01:00:00;00"), (F(30000, 1001), "00:59:55;00"),
]  # fmt: skip
Shown = dict[int, tuple[str, int]]
"""Frame of the film → name of the clip that is seen by itself there, and the number of its frame."""


def cut_of(rate: F, clock: Clock, folder: Path) -> tuple[Timeline, dict[str, Plate], Shown, set[int]]:
    """A cut of five shots, their plates, what is seen in every frame, and the frames in which two are."""
    items: list[Any] = []
    plates: dict[str, Plate] = {}
    shown: Shown = {}
    mixed: set[int] = set()
    position = 0
    for number, length in enumerate(LENGTHS):
        before = MELTS[number - 1] if number else (0, 0)
        if sum(before):
            items.append(Transition(before[0] / rate, before[1] / rate))
            mixed |= set(range(position - before[0], position + before[1]))
        media = Media(folder / f"scene-{number}.mkv", "video", (length + 2 * HANDLE) / rate)
        items.append(Clip(f"shot {number}", media, TimeRange(HANDLE / rate, length / rate)))
        plate = folder / "plates" / f"{number:03d} 奶奶.mov"
        start = clock.start + position - HANDLE
        plates[f"shot {number}"] = Plate(plate, f"KS{number:03d}", start, length + 2 * HANDLE)
        shown |= {position + frame: (f"shot {number}", clock.start + position + frame) for frame in range(length)}
        position += length
    timeline = Timeline(rate, (640, 360), (Track("video", tuple(items), "picture"),), name="A film")
    return timeline, plates, {frame: what for frame, what in shown.items() if frame not in mixed}, mixed


def read(track: Any) -> tuple[Shown, set[int]]:
    """The same of a track that was opened again."""
    shown: Shown = {}
    mixed: set[int] = set()
    position = 0
    for item in track:
        if isinstance(item, otio.schema.Transition):
            begin, end = position - round(item.in_offset.value), position + round(item.out_offset.value)
            mixed |= set(range(begin, end))
            continue
        first, length = round(item.source_range.start_time.value), round(item.source_range.duration.value)
        shown |= {position + frame: (item.name, first + frame) for frame in range(length)}
        position += length
    return {frame: what for frame, what in shown.items() if frame not in mixed}, mixed


@pytest.mark.parametrize(("rate", "code"), RATES)
def test_all_three_lists_open_again_with_the_same_cuts(rate: F, code: str, tmp_path: Path) -> None:
    clock = Clock(timecode.frames(code, rate), ";" in code)
    timeline, plates, shown, mixed = cut_of(rate, clock, tmp_path)
    total = sum(LENGTHS)
    made = conform.conformed(timeline, plates, [("dialogue", tmp_path / "d.wav")], clock, total)
    paths = conform.write(made, tmp_path / "film", timeline, clock)
    assert [path.suffix for path in paths] == [".otio", ".xml", ".edl"]
    for path in paths[:2]:
        opened = otio.adapters.read_from_file(str(path))
        picture, sound = opened.tracks
        assert read(picture) == (shown, mixed), path
        assert opened.global_start_time.value == clock.start
        assert [clip.media_reference.target_url for clip in picture.find_clips()] == [
            plate.path.as_uri() for plate in plates.values()
        ]
        for clip, plate in zip(picture.find_clips(), plates.values(), strict=True):
            available = clip.media_reference.available_range
            assert (available.start_time.value, available.duration.value) == (plate.start, plate.num_frames)
        assert sound[0].source_range.duration.value == total
    counted = float(rate) if clock.drop else timecode.nominal(rate)
    opened = otio.adapters.read_from_file(str(paths[2]), rate=counted)
    assert read(opened.tracks[0]) == (shown, mixed)
    # The reader keeps where the record side began as what is to be skipped before it.
    assert -opened.tracks[0].source_range.start_time.value == clock.start
    assert [clip.metadata["cmx_3600"]["reel"] for clip in opened.find_clips()] == [p.reel for p in plates.values()]


def test_the_list_for_tape_says_how_it_counts(tmp_path: Path) -> None:
    rate = F(30000, 1001)
    for code, said, mark in (("01:00:00;00", "DROP FRAME", ";"), ("01:00:00:00", "NON-DROP FRAME", ":")):
        clock = Clock(timecode.frames(code, rate), mark == ";")
        timeline, plates, _, _ = cut_of(rate, clock, tmp_path)
        lines = conform.edl(conform.conformed(timeline, plates, (), clock, sum(LENGTHS)), rate, clock).splitlines()
        assert lines[:2] == ["TITLE: A film", f"FCM: {said}"]
        first = next(line for line in lines if line.startswith("001"))
        assert first.split() == ["001", "KS000", "V", "C", code, f"01:00:03{mark}01", code, f"01:00:03{mark}01"]
        assert sum(" D " in line for line in lines) == 3


def test_the_xml_is_complete(tmp_path: Path) -> None:
    rate = F(30000, 1001)
    clock = Clock(108_000, drop=False)
    timeline, plates, _, _ = cut_of(rate, clock, tmp_path)
    made = conform.conformed(timeline, plates, (), clock, sum(LENGTHS))
    root = ElementTree.parse(conform.write(made, tmp_path / "film", timeline, clock)[1]).getroot()  # noqa: S314  (our own)
    assert {shown.text for shown in root.iter("displayformat")} == {"NDF"}
    assert all(":" in (code.text or "") for code in root.iter("string"))
    assert [side.text for side in root.findall(".//format/samplecharacteristics/*")] == ["640", "360"]
    assert all(len(clip.findall("rate")) == 1 for clip in root.iter("clipitem"))
    assert [name.text for name in root.findall(".//timecode/reel/name")] == [plate.reel for plate in plates.values()]
