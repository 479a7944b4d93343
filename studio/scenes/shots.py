"""What is seen in a scene: its clips on one or more picture tracks, and what lies over them."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from studio import cast, pictures
from studio.edit.cards import LOWER_THIRD_FOOT
from studio.edit.look import Look
from studio.edit.timeline import (
    FULL,
    Clip,
    ClipEffect,
    Fade,
    Fit,
    Gap,
    Media,
    Move,
    Overlay,
    Place,
    Rect,
    TimeRange,
)
from studio.framing import CAPTION_TOP, INSET_FACE, THIRD_TOP, Box, Framing, inset, sitters
from studio.media.image import read_image
from studio.media.probe import probe
from studio.scenes.plans import Plan
from studio.storyboard import (
    ClipScene,
    EndScene,
    IdleScene,
    PhotoScene,
    QuoteScene,
    Scene,
    SilenceScene,
    SlateScene,
    TalkingScene,
    TitleScene,
)
from studio.takes import Takes, version
from studio.types import U8

THIRD_AT, THIRD_FOR = Fraction(8, 10), Fraction(5)  # s: when the lower third comes, and how long it stays
_ABOVE_THIRD = 0.66  # of a portrait above a photo: no chin lies lower where a name stands over its foot
_INSET_LOST = 0.8  # share of a portrait's photo that may be cut away to fill a third with it
LABEL_FADE = Fraction(4, 10)  # s


@dataclass(frozen=True)
class Shot:
    """What is seen in a scene."""

    clips: tuple[tuple[Clip | Gap, ...], ...]
    """One row for each picture track, the lowest first."""
    overlays: tuple[Overlay, ...] = ()

    @classmethod
    def of(cls, clip: Clip, overlays: Sequence[Overlay] = ()) -> Shot:
        """One clip and what lies over it."""
        return cls(((clip,),), tuple(overlays))


def picture(takes: Takes, planned: Plan) -> Shot:
    """What is seen in a scene."""
    scene = planned.scene
    if isinstance(scene, TalkingScene):
        return _talking(takes, planned, scene)
    if isinstance(scene, IdleScene):
        return _idle(takes, planned, scene)
    if isinstance(scene, PhotoScene):
        clip, framing = _photo(takes, planned, scene.file)
        # Words under a photo keep off the faces, where the photo allows it.
        floor = THIRD_TOP if scene.caption else CAPTION_TOP if scene.lines else 1.0
        move = Move(framing.view(scene.move.start, floor), framing.view(scene.move.end, floor))
        return Shot.of(_with(clip, framing.fit, move, *_look(takes)), _caption(takes, planned, scene.caption))
    if isinstance(scene, ClipScene):
        path = takes.input(scene.file)
        whole = TimeRange(Fraction(0), planned.duration)
        return Shot.of(
            Clip(scene.id, Media(path, "video", probe(path).duration), whole, (Fit(), *_look(takes, filmed=True)))
        )
    if isinstance(scene, TitleScene) and scene.photo is not None:
        return _title_over(takes, planned, scene, scene.photo)
    start, end = _first_and_last(takes, scene)
    fades = (Fade(start, end),) if start or end else ()
    return Shot.of(_with(_still(planned, _card(takes, scene)), *fades))


def _card(takes: Takes, scene: Scene) -> Path:
    """The drawn picture of a scene that is nothing but one."""
    if isinstance(scene, TitleScene):
        return pictures.title(takes, scene.heading, scene.subheading)
    if isinstance(scene, QuoteScene):
        return pictures.quote(takes, scene.text, scene.by)
    if isinstance(scene, SlateScene):
        return pictures.slate(takes, scene)
    if isinstance(scene, SilenceScene):
        return pictures.dark(takes)
    if isinstance(scene, EndScene):
        return pictures.end(takes, scene.text)
    raise TypeError(f"scene {scene.id!r}: {scene.kind} is not filmed as one scene")


def _still(planned: Plan, path: Path) -> Clip:
    return Clip(planned.scene.id, Media(path, "still"), TimeRange(Fraction(0), planned.duration))


def _look(takes: Takes, *, filmed: bool = False) -> tuple[Look, ...]:
    """What lies over photos, portraits and clips; `filmed`: only what a camera has filmed can flicker and flash."""
    look = takes.production.look
    asked = Look(
        lut=takes.cube(look.lut) if look.lut else None,
        print=look.print,
        grain=look.grain,
        vignette=look.vignette,
        deflicker=look.deflicker and filmed,
        flash_guard=look.flash_guard and filmed,
        seed=takes.production.seed,
    )
    return () if asked == Look(seed=asked.seed) else (asked,)


def _with(clip: Clip, *effects: ClipEffect) -> Clip:
    return replace(clip, effects=(*clip.effects, *effects))


def _photo(takes: Takes, planned: Plan, file: Path) -> tuple[Clip, Framing]:
    """A photo for the whole of a scene, and how it sits on the canvas."""
    still = takes.still(file)
    image = read_image(still)
    size = (image.shape[1], image.shape[0])
    return _still(planned, still), Framing(size, takes.production.canvas.size, _sitters(takes, still, image))


def _title_over(takes: Takes, planned: Plan, scene: TitleScene, file: Path) -> Shot:
    """A title over a photo that hardly moves; the words stand where they hide no face."""
    clip, framing = _photo(takes, planned, file)
    start, end = _first_and_last(takes, scene)
    heads = framing.kept_free(framing.drift())
    picture, position = pictures.title_over(takes, scene.heading, scene.subheading, heads)
    words = Overlay(picture, TimeRange(Fraction(0), planned.duration), position, start, end)
    return Shot.of(_with(clip, framing.fit, framing.drift(), Fade(start, end), *_look(takes)), [words])


def _talking(takes: Takes, planned: Plan, scene: TalkingScene) -> Shot:
    production, duration = takes.production, planned.duration
    roles = cast.roles(production, scene, planned.spoken, duration)
    others = cast.stranger(production, scene) if scene.listeners == "all" else None
    path, framing = takes.talking(scene.id, cast.photo_of(production, scene), roles, others, duration)
    clip = Clip(scene.id, Media(path, "video", duration), TimeRange(Fraction(0), duration))
    if scene.place != "full" and scene.behind is not None:
        return _inset(takes, planned, scene, scene.behind, (clip, framing))
    floor = THIRD_TOP if scene.lower_third else CAPTION_TOP
    camera = (framing.closer(floor),) if scene.framing == "face" else ()
    return Shot.of(_with(clip, framing.fit, *camera, *_look(takes)), _lower_third(takes, planned))


def _inset(takes: Takes, planned: Plan, scene: TalkingScene, behind: Path, portrait: tuple[Clip, Framing]) -> Shot:
    """A portrait beside a photo, or in a corner over it."""
    canvas = takes.production.canvas.size
    clip, framing = _photo(takes, planned, behind)
    layout = inset(canvas, scene.place, framing)
    framing = replace(framing, canvas=_pixels(layout.behind, canvas)[1])
    ground = _with(clip, framing.fit, framing.drift(), *_look(takes))
    place, size = _pixels(layout.portrait, canvas)
    speaking, seen = portrait
    seen = replace(seen, canvas=size, most_lost=_INSET_LOST)
    # The name stands where it hides nobody: over the photo, or, where that shows people, over the portrait's chest.
    beside, named = layout.portrait.height == 1, layout.behind != FULL and bool(framing.faces)
    left, up, floor = 0, 0, CAPTION_TOP if beside else 1.0
    if named:
        left, floor = place[0], THIRD_TOP if beside else _ABOVE_THIRD
        up = (
            0
            if beside
            else round(canvas[1] * (LOWER_THIRD_FOOT[canvas[0] >= canvas[1]] - layout.portrait.height + 0.02))
        )
    elif beside and place[0] == 0:
        left = size[0]
    over = _with(speaking, seen.fit, seen.closer(floor, INSET_FACE), Place(layout.portrait), *_look(takes))
    frame, position = pictures.inset_frame(takes, (*place, place[0] + size[0], place[1] + size[1]))
    edge = Overlay(frame, TimeRange(Fraction(0), planned.duration), position)
    effects = (edge, *_lower_third(takes, planned, (left, -up), size[0] if named and beside else None))
    if layout.behind == FULL:
        return Shot(((ground,), (over,)), effects)
    return Shot(((Gap(planned.duration),), (_with(ground, Place(layout.behind)),), (over,)), effects)


def _pixels(box: Rect, canvas: tuple[int, int]) -> tuple[tuple[int, int], tuple[int, int]]:
    """Left and top, width and height of a part of the canvas, px, as the graph rounds them."""
    x, y, width, height = (
        2 * round(share * side / 2)
        for share, side in zip((box.x, box.y, box.width, box.height), (*canvas, *canvas), strict=True)
    )
    return (x, y), (width, height)


def _idle(takes: Takes, planned: Plan, scene: IdleScene) -> Shot:
    """Somebody who waits. The take is as long as the scene's own time and ends as it begins, at rest; the handles show
    what comes before its first frame and after its last where it goes round and round."""
    production, own = takes.production, planned.own
    file = cast.photo_of(production, scene)
    path, framing = takes.talking(scene.id, file, cast.waiting(production, scene), None, own)
    # Seen as a talking scene from the same photo begins: one can be shown after the other.
    talks = [other for other in production.scenes if isinstance(other, TalkingScene)]
    near = not any(cast.photo_of(production, talk) == file and talk.framing == "full" for talk in talks)
    at_rest = framing.closer().start
    camera = (Move(at_rest, at_rest),) if near and at_rest != FULL else ()
    effects: tuple[ClipEffect, ...] = (framing.fit, *camera, *_look(takes))
    clips, clock = [], -planned.head
    while clock < own + planned.tail:
        start = clock % own
        length = min(own - start, own + planned.tail - clock)
        clips.append(Clip(scene.id, Media(path, "video", own), TimeRange(start, length), effects))
        clock += length
    return Shot((tuple(clips),))


def _first_and_last(takes: Takes, scene: Scene) -> tuple[Fraction, Fraction]:
    """s in which a card rises from black at the film's start and sinks into it at its end."""
    scenes = takes.production.scenes
    return (
        Fraction(4, 5) if scene is scenes[0] else Fraction(0),
        Fraction(1) if scene is scenes[-1] else Fraction(0),
    )


def _lower_third(
    takes: Takes, planned: Plan, shift: tuple[int, int] = (0, 0), room: int | None = None
) -> list[Overlay]:
    """Who speaks, for its first seconds.

    Args:
        shift: x, y px from its usual place.
        room: px from the left that it is to stay within.
    """
    scene = planned.scene
    if not isinstance(scene, TalkingScene) or scene.lower_third is None:
        return []
    start = planned.head + THIRD_AT
    length = min(THIRD_FOR, planned.duration - planned.tail - start)
    if length < 4 * LABEL_FADE:
        return []
    picture, (x, y) = pictures.lower_third(takes, scene.lower_third.name, scene.lower_third.role, room)
    return [Overlay(picture, TimeRange(start, length), (x + shift[0], y + shift[1]), LABEL_FADE, LABEL_FADE)]


def _caption(takes: Takes, planned: Plan, text: str) -> list[Overlay]:
    if not text:
        return []
    picture, position = pictures.lower_third(takes, text, "")
    return [Overlay(picture, TimeRange(Fraction(0), planned.duration), position)]


def _sitters(takes: Takes, still: Path, image: U8) -> tuple[Box, ...]:
    """The faces of a photo as shares of it, small ones in the background aside."""
    from studio.head import faces

    def make(folder: Path, _: Callable[[float], None]) -> None:
        found = sitters(faces.find(image), (image.shape[1], image.shape[0]))
        (folder / "faces.json").write_text(json.dumps(found))

    takes.used("faces", "mediapipe-facemesh")
    # The still lies in the cache, in a folder named by its content.
    key = {"photo": still.parent.name, "boxes": "of every sitter", "version": version("head")}
    boxes = json.loads((takes.take("faces", "faces", key, make).folder / "faces.json").read_text())
    return tuple((x0, y0, x1, y1) for x0, y0, x1, y1 in boxes)
