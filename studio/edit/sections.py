"""A film's pictures in sections, encoded one by one and joined as they are: where to part them, and what is in each.

A section whose contents are the same as before need not be encoded again, wherever in the film it has come to lie.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

from studio.edit.timeline import Captions, Clip, Overlay, Placed, Timeline, frame_at

SHORTEST = 2  # s; below it the start of one more ffmpeg costs more than its encode
LONGEST = 30  # s; a speech of minutes is encoded in several pieces, on several cores
BRIEF, BRIEF_LONGEST = 20, 4  # s; of a film as short as this too all cores have a piece
_EVENT = re.compile(r"^Dialogue: (\d+),(\d+):(\d\d):(\d\d)\.(\d\d),(\d+):(\d\d):(\d\d)\.(\d\d),(.*)$")


def parts(timeline: Timeline) -> list[range]:
    """The film's frames in sections, parted where no transition plays: one for each clip, long ones in pieces.

    ffmpeg decodes ahead on every input at once: a film of eighty scenes in HD in one graph would hold 7 GB of pictures.
    """
    rate = timeline.frame_rate
    brief = timeline.num_frames <= BRIEF * rate
    shortest, longest = round(SHORTEST * rate), round((BRIEF_LONGEST if brief else LONGEST) * rate)
    starts = [0]
    for placed in timeline.video[0].placed():
        after = placed.into.out_offset if placed.into else 0
        frame = frame_at(placed.start + after, rate)
        if frame - starts[-1] >= shortest and timeline.num_frames - frame >= shortest:
            starts += range(starts[-1] + longest, frame - shortest, longest)
            starts.append(frame)
    starts += range(starts[-1] + longest, timeline.num_frames - shortest, longest)
    return [range(a, b) for a, b in pairwise([*starts, timeline.num_frames])]


def contents(timeline: Timeline, part: range, name_of: Callable[[Path], str]) -> dict[str, Any]:
    """Everything that is seen in a section, counted from its own first frame: equal contents, equal pictures.

    Args:
        name_of: gives a file's content a name.
    """
    return {
        "frames": len(part),
        "rate": str(timeline.frame_rate),
        "size": timeline.size,
        "tracks": [
            [_clip(placed, timeline, part, name_of) for placed in track.placed() if _seen(placed, timeline, part)]
            for track in timeline.video
        ],
        "effects": [
            _overlay(effect, timeline, part, name_of)
            if isinstance(effect, Overlay)
            else _captions(effect, timeline, part, name_of)
            for effect in timeline.effects
        ],
    }


def _seen(placed: Placed, timeline: Timeline, part: range) -> bool:
    rate = timeline.frame_rate
    start, stop = frame_at(placed.start - placed.head, rate), frame_at(placed.end + placed.tail, rate)
    last = placed.end == timeline.duration  # it covers the rest of the sound
    return start < part.stop and (last or stop > part.start)


def _clip(placed: Placed, timeline: Timeline, part: range, name_of: Callable[[Path], str]) -> dict[str, Any]:
    rate, item = timeline.frame_rate, placed.item
    cuts = (placed.start - placed.head, placed.start, placed.end, placed.end + placed.tail)
    shown: dict[str, Any] = {
        "frames": [frame_at(cut, rate) - part.start for cut in cuts],
        "into": repr(placed.into),
        "last": placed.end == timeline.duration,
    }
    if isinstance(item, Clip):
        media = (item.media.kind, item.media.size, name_of(item.media.path))
        shown |= {"media": media, "from": str(item.source.start), "effects": repr(item.effects)}
    return shown


def _overlay(overlay: Overlay, timeline: Timeline, part: range, name_of: Callable[[Path], str]) -> Any:
    rate = timeline.frame_rate
    start, stop = frame_at(overlay.range.start, rate), frame_at(overlay.range.end, rate)
    if start >= part.stop or stop <= part.start:
        return None
    fades = [frame_at(fade, rate) for fade in (overlay.fade_in, overlay.fade_out)]
    return [start - part.start, stop - part.start, overlay.position, fades, name_of(overlay.path)]


def _captions(captions: Captions, timeline: Timeline, part: range, name_of: Callable[[Path], str]) -> Any:
    """What of an .ass file is seen: its styles, and the lines with their times, exact, for they fade in and out."""
    begin, end = part.start / timeline.frame_rate, part.stop / timeline.frame_rate
    head: list[str] = []
    events: list[Any] = []
    for line in captions.path.read_text(encoding="utf-8").splitlines():
        if (match := _EVENT.match(line)) is None:
            head.append(line)
            continue
        start, stop = (_time(match.groups()[first : first + 4]) for first in (1, 5))
        if start < end and stop > begin:
            events.append([str(start - begin), str(stop - begin), match[1], match[10]])
    if not events:
        return None
    return [head, events, sorted(name_of(font) for font in captions.fonts.iterdir())]


def _time(clock: tuple[str, ...]) -> Fraction:
    hours, minutes, seconds, hundredths = map(int, clock)
    return hours * 3600 + minutes * 60 + seconds + Fraction(hundredths, 100)
