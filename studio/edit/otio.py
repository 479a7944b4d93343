"""The timeline as OpenTimelineIO's own objects, so that Resolve, Premiere and others can open the cut."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

from studio.edit.timeline import Clip, Gap, Timeline, Track, Transition, frame_at
from studio.media.files import writing


def to_otio(timeline: Timeline) -> Any:
    """An `opentimelineio.schema.Timeline` whose cuts lie on the same frames as the rendered film's.

    Overlays and captions are burnt in by the render, so they are named in the metadata only.
    """
    import opentimelineio as otio

    result = otio.schema.Timeline(name=timeline.name)
    result.global_start_time = otio.opentime.RationalTime(0, float(timeline.frame_rate))
    for track in timeline.tracks:
        result.tracks.append(_track(track, timeline.frame_rate))
    result.metadata["studio"] = {
        "frame_rate": str(timeline.frame_rate),
        "size": list(timeline.size),
        "overlays": [effect.path.name for effect in timeline.effects],
    }
    return result


def write_otio(timeline: Timeline, path: Path) -> None:
    """Write the cut as a .otio file.

    Raises:
        OutputUnwritable: the disk is full or the folder may not be written.
    """
    import opentimelineio as otio

    text = otio.adapters.write_to_string(to_otio(timeline), "otio_json")
    with writing(path) as draft:
        draft.write_text(text, encoding="utf-8")


def _track(track: Track, rate: Fraction) -> Any:
    import opentimelineio as otio

    def frames(count: int) -> Any:
        return otio.opentime.RationalTime(count, float(rate))

    kind = otio.schema.TrackKind.Video if track.kind == "video" else otio.schema.TrackKind.Audio
    result = otio.schema.Track(name=track.name, kind=kind)
    position = Fraction(0)
    for item in track.items:
        if isinstance(item, Transition):
            # Both offsets are counted from the cut's own frame: rounding one of them alone would move the cut.
            cut = frame_at(position, rate)
            before = cut - frame_at(position - item.in_offset, rate)
            after = frame_at(position + item.out_offset, rate) - cut
            result.append(
                otio.schema.Transition(
                    name=item.name, transition_type="SMPTE_Dissolve", in_offset=frames(before), out_offset=frames(after)
                )
            )
            continue
        length = frame_at(position + item.duration, rate) - frame_at(position, rate)
        position += item.duration
        start = frame_at(item.source.start, rate) if isinstance(item, Clip) else 0
        source = otio.opentime.TimeRange(frames(start), frames(length))
        if isinstance(item, Gap):
            result.append(otio.schema.Gap(source_range=source))
        else:
            result.append(_clip(item, source, rate))
    return result


def _clip(clip: Clip, source: Any, rate: Fraction) -> Any:
    import opentimelineio as otio

    media = otio.schema.ExternalReference(target_url=clip.media.path.absolute().as_uri())
    if clip.media.available is not None:
        last = frame_at(clip.media.available, rate)
        media.available_range = otio.opentime.TimeRange(
            otio.opentime.RationalTime(0, float(rate)), otio.opentime.RationalTime(last, float(rate))
        )
    effects = [otio.schema.Effect(effect_name=type(effect).__name__) for effect in clip.effects]
    return otio.schema.Clip(name=clip.name, media_reference=media, source_range=source, effects=effects)
