"""A cut of plates as an edit suite opens it: OpenTimelineIO, Final Cut Pro 7 XML and CMX3600, frame for frame the same.

Everything is counted in frames of the film's rate. Plates carry timecode; the timecode of a plate's frame is that of
the moment of the film in which it is seen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from studio.edit import timecode
from studio.edit.otio import to_otio
from studio.edit.timeline import Timeline
from studio.media.files import write_text


@dataclass(frozen=True)
class Plate:
    """A shot on its own, with something before and after it."""

    path: Path
    reel: str
    """Its name on tape, at most eight capital letters and digits: all that an EDL has room for."""
    start: int
    """The timecode of its first frame, as a count of frames."""
    num_frames: int


@dataclass(frozen=True)
class Clock:
    """How the film's frames are numbered."""

    start: int
    """Of its first frame, as a count of frames."""
    drop: bool
    """Are numbers left out, so that timecode keeps up with the clock? At 29.97 and 59.94 only."""


def conformed(
    cut: Timeline, plates: Mapping[str, Plate], sounds: Sequence[tuple[str, Path]], clock: Clock, num_frames: int
) -> Any:
    """An `opentimelineio.schema.Timeline`: one picture track of plates with their dissolves, and a track per sound.

    Args:
        cut: its first video track names the clips.
        plates: by the names of those clips; a plate's own clip begins where the film's does.
        sounds: (name, file) of sounds as long as the film.
        num_frames: of the film.
    """
    import opentimelineio as otio

    rate = float(cut.frame_rate)
    result = to_otio(Timeline(cut.frame_rate, cut.size, cut.video[:1], name=cut.name))
    result.global_start_time = otio.opentime.RationalTime(clock.start, rate)
    position = 0
    for item in result.tracks[0]:
        if not isinstance(item, otio.schema.Clip):
            continue
        plate = plates[item.name]
        length = item.source_range.duration
        item.source_range = otio.opentime.TimeRange(
            otio.opentime.RationalTime(clock.start + position, rate), otio.opentime.RationalTime(length.value, rate)
        )
        position += round(length.value)
        item.media_reference = _reference(plate.path, plate.start, plate.num_frames, rate)
        item.media_reference.name = plate.path.name
        item.metadata["cmx_3600"] = {"reel": plate.reel}
        item.media_reference.metadata["fcp_xml"] = {"timecode": {"reel": {"name": plate.reel}}}
    for name, path in sounds:
        track = otio.schema.Track(name=name, kind=otio.schema.TrackKind.Audio)
        whole = otio.opentime.TimeRange(
            otio.opentime.RationalTime(0, rate), otio.opentime.RationalTime(num_frames, rate)
        )
        track.append(otio.schema.Clip(name, _reference(path, 0, num_frames, rate), whole))
        result.tracks.append(track)
    return result


def write(conformed: Any, stem: Path, cut: Timeline, clock: Clock) -> tuple[Path, ...]:
    """STEM.otio, STEM.xml and STEM.edl.

    Raises:
        OutputUnwritable: the disk is full or the folder may not be written.
    """
    import opentimelineio as otio

    texts = {
        ".otio": otio.adapters.write_to_string(conformed, "otio_json"),
        ".xml": _xml(otio.adapters.write_to_string(conformed, "fcp_xml"), cut, clock),
        ".edl": edl(conformed, cut.frame_rate, clock),
    }
    paths = []
    for suffix, text in texts.items():
        write_text(stem.with_name(stem.name + suffix), text)
        paths.append(stem.with_name(stem.name + suffix))
    return tuple(paths)


def edl(conformed: Any, rate: Fraction, clock: Clock) -> str:
    """The picture track as CMX3600, its record side numbered as the film is.

    A list knows no rate: one without dropped numbers counts whole frames, so it is written at the whole rate.
    """
    import opentimelineio as otio

    counted = float(rate) if clock.drop else float(timecode.nominal(rate))
    copy = otio.schema.Timeline(name=conformed.name)
    track = otio.schema.Track(kind=otio.schema.TrackKind.Video)
    # The adapter numbers from 0: a gap before the film brings it to its own first number.
    before = otio.opentime.TimeRange(duration=otio.opentime.RationalTime(clock.start, counted))
    track.append(otio.schema.Gap(source_range=before))
    for item in conformed.tracks[0]:
        track.append(_recounted(item.deepcopy(), counted))
    copy.tracks.append(track)
    text = otio.adapters.write_to_string(copy, "cmx_3600", rate=counted)
    title, rest = text.split("\n", 1)
    return f"{title}\nFCM: {'DROP FRAME' if clock.drop else 'NON-DROP FRAME'}\n{rest}"


def _recounted(item: Any, rate: float) -> Any:
    """The same numbers of frames at another rate."""
    import opentimelineio as otio

    def time(value: Any) -> Any:
        return otio.opentime.RationalTime(round(value.value), rate)

    def span(value: Any) -> Any:
        return otio.opentime.TimeRange(time(value.start_time), time(value.duration))

    if isinstance(item, otio.schema.Transition):
        item.in_offset, item.out_offset = time(item.in_offset), time(item.out_offset)
        return item
    item.source_range = span(item.source_range)
    if isinstance(item, otio.schema.Clip):
        item.media_reference.available_range = span(item.media_reference.available_range)
    return item


def _reference(path: Path, start: int, num_frames: int, rate: float) -> Any:
    import opentimelineio as otio

    return otio.schema.ExternalReference(
        path.absolute().as_uri(),
        otio.opentime.TimeRange(otio.opentime.RationalTime(start, rate), otio.opentime.RationalTime(num_frames, rate)),
    )


def _xml(text: str, cut: Timeline, clock: Clock) -> str:
    """The adapter's text, made complete: the size of the picture, each rate once, and timecode counted as the film's.

    By itself the adapter drops numbers wherever the rate would allow it.
    """
    root = ElementTree.fromstring(text)  # noqa: S314  (it was written a moment ago)
    for element in root.iter("timecode"):
        count, string, shown = element.find("frame"), element.find("string"), element.find("displayformat")
        if count is not None and count.text and string is not None and shown is not None:
            string.text = timecode.code(int(count.text), cut.frame_rate, drop=clock.drop)
            shown.text = "DF" if clock.drop else "NDF"
    for element in root.iter("clipitem"):
        for again in element.findall("rate")[1:]:
            element.remove(again)
    for element in root.iter("format"):
        picture = ElementTree.SubElement(element, "samplecharacteristics")
        for name, side in zip(("width", "height"), cut.size, strict=True):
            ElementTree.SubElement(picture, name).text = str(side)
    ElementTree.indent(root)
    body = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE xmeml>\n{body}\n'
