"""Films that go round and round: the end melts into the beginning, and nobody sees where."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from studio import film, pictures, subtitles
from studio.cast import Heard
from studio.deliverables.order import Order
from studio.edit.timeline import (
    Clip,
    Item,
    Overlay,
    Timeline,
    TimelineEffect,
    TimeRange,
    Track,
    Transition,
    Volume,
    frame_at,
)
from studio.film import OPENING, Cut
from studio.finishing import Music
from studio.scenes import LABEL_FADE
from studio.storyboard import ClipScene, PhotoScene, QuoteScene, SilenceScene, TitleScene
from studio.takes import Takes

MELT = Fraction(1)  # s
_ENOUGH = 3  # photos that make a loop of their own
_QUIET = PhotoScene | QuoteScene | SilenceScene | TitleScene | ClipScene


def kiosk(order: Order) -> tuple[Path, ...]:
    """The whole film as a loop, as loud as a room with other visitors in it takes."""
    timeline = looped(order.takes, order.cut, order.cut.heard)
    return (film.encode(order.takes, timeline, order.beside("kiosk", ".mp4"), quality=order.quality, loudness="kiosk"),)


def reception(order: Order) -> tuple[Path, ...]:
    """The photos of the film as a loop without sound, for a room in which people talk.

    A mouth that moves without a sound says nothing, so those who speak are left out; a film of fewer than three photos
    is shown whole, with its captions.
    """
    cut = order.cut
    quiet = [place for place, planned in enumerate(cut.plans) if isinstance(planned.scene, _QUIET)]
    takes, heard = order.takes, cut.heard
    if sum(isinstance(cut.plans[place].scene, PhotoScene) for place in quiet) >= _ENOUGH:
        mute = [planned.scene.model_copy(update={"lines": []}) for planned in (cut.plans[place] for place in quiet)]
        takes, heard = takes.on(takes.production.model_copy(update={"scenes": mute, "music": Music(mood="none")})), ()
        plans, melts = tuple(cut.plans[place] for place in quiet), tuple(cut.melts[place] for place in quiet)
        shots = tuple(cut.shots[place] for place in quiet)
        cut = replace(
            cut, takes=takes, plans=plans, melts=melts, shots=shots, timeline=film.cut(takes, plans, melts, shots, ())
        )
    timeline = looped(takes, cut, heard)
    silent = replace(timeline, tracks=timeline.video)
    return (film.encode(takes, silent, order.beside("reception", ".mp4"), quality=order.quality),)


def looped(takes: Takes, cut: Cut, heard: Sequence[Heard]) -> Timeline:
    """A film's timeline as a ring, opened in its first scene: its last frame is the one before its first.

    Args:
        heard: whose captions are painted into it, where the production wants any.
    """
    timeline = cut.timeline
    frame = 1 / timeline.frame_rate
    first, last = (next(_clips(items)) for items in (timeline.video[0].items, timeline.video[0].items[::-1]))
    # The first words are not to fall into the joint.
    lengths = (MELT, first.duration / 3, last.duration / 3, *(line.start / 2 for line in heard[:1]))
    melt = max(1, frame_at(min(lengths), timeline.frame_rate)) * frame
    tracks = []
    for track in timeline.tracks:
        whole = track.duration == timeline.duration
        tracks.append(replace(track, items=tuple(ring(track.items, melt, frame))) if whole else track)
    shifted = [replace(line, start=line.start - melt - frame) for line in heard]
    duration = tracks[0].duration
    effects = tuple(_over(takes, shifted, duration, melt))
    tracks = [_no_longer(track, duration) for track in tracks]
    return replace(timeline, tracks=tuple(tracks), effects=effects)


def ring(items: Sequence[Item], melt: Fraction, frame: Fraction) -> Iterator[Item]:
    """A track that begins `melt` and a frame into its first clip, and ends by melting into what was left out there."""
    first = items[0]
    if not isinstance(first, Clip):
        raise TypeError("a ring is opened in a clip")
    left = first.source.start + melt
    yield _shifted(first, TimeRange(left + frame, first.duration - melt - frame))
    yield from items[1:]
    yield Transition(melt, Fraction(0))
    yield _shifted(first, TimeRange(left, frame))


def _shifted(clip: Clip, source: TimeRange) -> Clip:
    """Another piece of a clip, its envelope moved along."""
    shift = source.start - clip.source.start
    effects = tuple(
        Volume(tuple((time - shift, level) for time, level in effect.points)) if isinstance(effect, Volume) else effect
        for effect in clip.effects
    )
    return replace(clip, source=source, effects=effects)


def _no_longer(track: Track, duration: Fraction) -> Track:
    """Music that does not last as long as the film begins with it, and may not end after it."""
    if track.duration <= duration or len(track.items) != 1:
        return track
    only = track.items[0]
    return (
        replace(track, items=(replace(only, source=TimeRange(only.source.start, duration)),))
        if isinstance(only, Clip)
        else track
    )


def _clips(items: Sequence[Item]) -> Iterator[Clip]:
    return (item for item in items if isinstance(item, Clip))


def _over(takes: Takes, heard: Sequence[Heard], duration: Fraction, melt: Fraction) -> Iterator[TimelineEffect]:
    """Captions and marks; the large label of the opening comes up while the end melts into it."""
    if takes.production.captions.burn and any(line.spoken.speech.words for line in heard):
        yield subtitles.burnt(takes, heard)
    marked = not film.allowed(takes)
    if film.anything_made(takes):
        rise = max(melt, LABEL_FADE)
        large = pictures.opening_label(takes, below_mark=marked)
        if duration <= OPENING + rise + 2 * LABEL_FADE:
            yield Overlay(large[0], TimeRange(Fraction(0), duration), large[1])
        else:
            yield Overlay(large[0], TimeRange(Fraction(0), OPENING), large[1], Fraction(0), LABEL_FADE)
            small = pictures.corner_label(takes, below_mark=marked)
            between = TimeRange(OPENING, duration - rise + LABEL_FADE - OPENING)
            yield Overlay(small[0], between, small[1], LABEL_FADE, LABEL_FADE)
            yield Overlay(large[0], TimeRange(duration - rise, rise), large[1], LABEL_FADE, Fraction(0))
    if marked:
        mark, position = pictures.draft_mark(takes)
        yield Overlay(mark, TimeRange(Fraction(0), duration), position)
