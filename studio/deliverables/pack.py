"""A folder for an edit suite: the cut as three lists, every shot as a plate with timecode, masks, stems, the log.

FILM-pack/ holds FILM.otio, FILM.xml, FILM.edl, plates/, masks/, stems/, ai-use.csv, ai-use.txt and README.txt. It is
built under another name and takes its own when it is whole.
"""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from functools import partial
from pathlib import Path
from uuid import uuid4

from studio import film, scenes, soundtrack
from studio.deliverables import mattes, uselog
from studio.deliverables.order import Order
from studio.edit import conform, render, timecode
from studio.edit.conform import Clock, Plate
from studio.edit.extras import Extras
from studio.edit.timeline import Clip, Fade, Fit, Gap, Item, Media, Move, Place, Timeline, TimeRange, Track, frame_at
from studio.media.files import scratch, unwritable, write_text
from studio.media.workers import at_once
from studio.scenes import Plan
from studio.storyboard import IdleScene, Scene, TalkingScene
from studio.takes import COST

_REEL = "KS{:03d}"


def make(order: Order) -> tuple[Path, ...]:
    """Write the pack; one that was there before gives way to it.

    Raises:
        FFmpegFailed, OutputUnwritable, Cancelled. An unfinished pack does not stay.
    """
    folder = order.film.with_name(f"{order.film.stem}-pack")
    unfinished = folder.with_name(f".{folder.name}.{uuid4().hex[:8]}")
    try:
        unfinished.mkdir(parents=True)
        _fill(order, unfinished, folder)
        if folder.exists():
            shutil.rmtree(folder)
        unfinished.rename(folder)
    except OSError as error:
        raise unwritable(folder, error) from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return tuple(sorted(path for path in folder.rglob("*") if path.is_file()))


def _fill(order: Order, folder: Path, final: Path) -> None:
    takes, cut = order.takes, order.cut
    outputs, rate = takes.production.outputs, cut.timeline.frame_rate
    clock = Clock(timecode.frames(outputs.timecode, rate), ";" in outputs.timecode)
    jobs = [partial(_plate, order, place, clock, folder) for place in range(len(cut.plans))]
    plates = at_once(jobs)
    masks = {
        cut.plans[place].scene.id: _mask(order, place, plates[place], clock, folder)
        for place in range(len(cut.plans))
        if isinstance(cut.plans[place].scene, TalkingScene | IdleScene)
    }
    stems = soundtrack.stems(takes.production, cut.timeline, folder / "stems" / order.film.stem, takes.meter.cancel)
    # The lists name the media where they are going to be.
    placed = {
        planned.scene.id: replace(plate, path=final / plate.path.relative_to(folder))
        for planned, plate in zip(cut.plans, plates, strict=True)
    }
    sounds = [(stem.stem.removeprefix(f"{order.film.stem}-"), final / stem.relative_to(folder)) for stem in stems]
    whole = [sound for sound in sounds if sound[0] in ("dialogue", "music", "effects")]
    conformed = conform.conformed(cut.timeline, placed, whole, clock, cut.timeline.num_frames)
    conform.write(conformed, folder / order.film.stem, cut.timeline, clock)
    rows = uselog.rows(cut, plates, clock)
    write_text(folder / "ai-use.csv", uselog.as_csv(rows))
    write_text(folder / "ai-use.txt", uselog.as_text(cut, rows))
    write_text(folder / "README.txt", uselog.readme(order, plates, masks, clock))


def _plate(order: Order, place: int, clock: Clock, folder: Path) -> Plate:
    """A shot with its handles as DNxHR HQ: as many frames before and after it as are asked for, or as there are."""
    takes, cut = order.takes, order.cut
    planned, rate = cut.plans[place], cut.timeline.frame_rate
    most = takes.production.outputs.handles
    head, tail = (min(most, frame_at(part, rate)) for part in (planned.head, planned.tail))
    source = TimeRange(planned.head - head / rate, planned.own + (head + tail) / rate)
    clip = Clip(planned.scene.id, Media(cut.shots[place], "video", planned.duration), source)
    timeline = Timeline(rate, cut.timeline.size, (Track("video", (clip,)),), name=planned.scene.id)
    shown = takes.on(takes.production.model_copy(update={"scenes": [_unheard(planned)]}))
    timeline = replace(timeline, effects=tuple(film.marks(shown, timeline.duration, opening=False)))
    start = clock.start + frame_at(cut.starts[place], rate) - head
    plate = Plate(
        folder / "plates" / f"{_file_name(place, planned)}.mov", _REEL.format(place + 1), start, timeline.num_frames
    )
    _write(order, timeline, plate, clock)
    return plate


def _unheard(planned: Plan) -> Scene:
    """A scene as far as it is seen: plates have no sound."""
    scene = planned.scene
    return scene if isinstance(scene, TalkingScene | IdleScene) else scene.model_copy(update={"lines": []})


def _mask(order: Order, place: int, plate: Plate, clock: Clock, folder: Path) -> Path:
    """White where the plate's pixels were made by machine, black where they are the photo's own or drawn."""
    takes, cut = order.takes, order.cut
    planned, rate = cut.plans[place], cut.timeline.frame_rate
    take = mattes.take_of(takes, planned)
    white = mattes.synthetic(takes, planned, take)
    staged = scenes.staged(takes, planned)
    tracks = tuple(Track("video", tuple(_masked(item, take, white) for item in track.items)) for track in staged.video)
    tracks = tuple(track for number, track in enumerate(tracks) if number == 0 or not _empty(track))
    with scratch() as aside:
        whole = Timeline(rate, staged.size, tracks, name=planned.scene.id)
        # First the whole scene, for its camera moves over all of it; then the piece that the plate shows.
        render.render(whole, aside / "mask.mkv", quality="scene", cancel=takes.meter.cancel)
        before = frame_at(planned.head, rate) - (clock.start + frame_at(cut.starts[place], rate) - plate.start)
        piece = TimeRange(before / rate, plate.num_frames / rate)
        clip = Clip(planned.scene.id, Media(aside / "mask.mkv", "video", planned.duration), piece)
        timeline = Timeline(rate, staged.size, (Track("video", (clip,)),), name=planned.scene.id)
        path = folder / "masks" / f"{_file_name(place, planned)}-mask.mov"
        _write(order, timeline, replace(plate, path=path), clock)
    return path


def _masked(item: Item, take: Path, white: Path) -> Clip | Gap:
    """A clip of the scene with the mask in place of the take, whole on black; nothing in place of anything else."""
    if not isinstance(item, Clip) or item.media.path != take:
        return Gap(item.duration)
    effects = tuple(
        Fit("contain") if isinstance(effect, Fit) and effect.mode == "contain-blur" else effect
        for effect in item.effects
        if isinstance(effect, Fit | Move | Place | Fade)  # no look: it is a mask
    )
    return replace(item, media=replace(item.media, path=white), effects=effects)


def _empty(track: Track) -> bool:
    return all(isinstance(item, Gap) for item in track.items)


def _write(order: Order, timeline: Timeline, plate: Plate, clock: Clock) -> None:
    takes, rate = order.takes, timeline.frame_rate
    plate.path.parent.mkdir(parents=True, exist_ok=True)
    first = timecode.code(plate.start, rate, drop=clock.drop)
    tags = film.tags(takes, timeline) | {"timecode": first, "reel_name": plate.reel}
    units = float(timeline.duration) * COST.film
    with scratch() as folder, takes.meter.stage("plate", plate.path.name, units) as share:
        staged = render.stage(timeline, folder)
        render.encode(
            staged, range(timeline.num_frames), plate.path,
            quality="plate", extras=Extras(tags), on_progress=share, cancel=takes.meter.cancel,
        )  # fmt: skip


def _file_name(place: int, planned: Plan) -> str:
    return f"{place + 1:03d}-{re.sub(r'[^A-Za-z0-9_-]', '_', planned.scene.id)}"
