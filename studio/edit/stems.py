"""The parts of a film's sound as files of their own, so that somebody else can mix it again.

Dialogue, music and effects add up to the film's sound; M&E, music and effects together, is what a film is dubbed over.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Literal

from studio.edit import loudness
from studio.edit.loudness import Profile
from studio.edit.mix import mixed
from studio.edit.timeline import Clip, Gap, Timeline, Track, Volume
from studio.media.files import scratch
from studio.types import Cancel

Stem = Literal["dialogue", "music", "effects", "m-and-e"]
STEMS: tuple[Stem, ...] = ("dialogue", "music", "effects", "m-and-e")

_SILENT = -1000.0  # dB: far below what 32-bit floats hold


def write(
    timeline: Timeline, part: Callable[[Track, Clip], Stem], stem: Path, profile: Profile, cancel: Cancel | None = None
) -> tuple[Path, ...]:
    """Write STEM-dialogue.wav and so on: stereo, 24 bits, each exactly as long as the film, parts that are silent too.

    Each is given what the film's whole mix was given to reach its profile, limiter and all: what adds up before still
    adds up.

    Args:
        part: which of dialogue, music and effects a clip of a track belongs to.
        stem: folder and the beginning of the names.

    Raises:
        ValueError: the timeline has no sound.
        FFmpegFailed, OutputUnwritable, Cancelled.
    """
    written = []
    with scratch() as folder:
        mix = mixed(timeline, folder / "mix.wav", cancel)
        done = loudness.levelling(mix, folder, profile, timeline.sample_rate, cancel)
        for name in STEMS:
            kept = ("music", "effects") if name == "m-and-e" else (name,)
            alone = mixed(_only(timeline, part, kept), folder / "stem.wav", cancel)
            written.append(stem.with_name(f"{stem.name}-{name}.wav"))
            loudness.apply(done, alone, written[-1], timeline.sample_rate)
    return tuple(written)


def _only(timeline: Timeline, part: Callable[[Track, Clip], Stem], kept: tuple[str, ...]) -> Timeline:
    """The timeline with every sound silenced but those of the parts that are kept; joints stay where they are."""
    tracks = tuple(
        replace(
            track,
            items=tuple(
                _silenced(item) if isinstance(item, Clip) and part(track, item) not in kept else item
                for item in track.items
            ),
        )
        for track in timeline.audio
    )
    nothing = Track("video", (Gap(timeline.duration),))
    return replace(timeline, tracks=(nothing, *tracks), effects=())


def _silenced(clip: Clip) -> Clip:
    others = tuple(effect for effect in clip.effects if not isinstance(effect, Volume))
    return replace(clip, effects=(*others, Volume(((Fraction(0), _SILENT),))))
