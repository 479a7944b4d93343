"""Answers to questions, each a clip of its own, and the portrait that waits between them.

All clips of one photo are framed alike and begin and end in the same rest, so that a player may cut from any one to any
other. The label stays where it is through all of them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from studio import cast, film, pictures, scenes, subtitles
from studio.cast import Heard
from studio.deliverables import mattes
from studio.deliverables.order import Order
from studio.edit.look import Look
from studio.edit.timeline import Clip, Media, Move, Overlay, Timeline, TimelineEffect, TimeRange, Track
from studio.framing import Framing
from studio.media.files import sha256_file, write_text
from studio.scenes import Plan
from studio.storyboard import IdleScene, TalkingScene
from studio.takes import Takes
from studio.types import frames_for

SCHEMA = "answers/1"
IDLE_S = 8.0  # where the production has no idle scene of the photo

Seat = tuple[str, int]
"""A person and which of their photos they speak in."""


def make(order: Order) -> tuple[Path, ...]:
    """FILM-answers/: ID.mp4 with its captions for every talking scene that has questions, an idle loop for every photo,
    and answers.json."""
    takes, cut = order.takes, order.cut
    folder = order.film.with_name(f"{order.film.stem}-answers")
    asked = [
        (planned, planned.scene, shot)
        for planned, shot in zip(cut.plans, cut.shots, strict=True)
        if isinstance(planned.scene, TalkingScene) and planned.scene.questions
    ]
    look = tuple(_look(takes, asked[0][0]))
    seats: dict[Seat, Framing] = {}
    files: list[Path] = []
    idles: list[dict[str, Any]] = []
    for _, scene, _ in asked:
        seat = (scene.person, scene.photo)
        if seat not in seats:
            path, length, seats[seat] = _idle(order, seat, look, folder)
            files.append(path)
            idles.append({"person": seat[0], "photo": seat[1], **_file(path, length)})
    told = []
    for planned, scene, shot in asked:
        seat = (scene.person, scene.photo)
        path, sidecars = _answer(order, planned, shot, seats[seat], look, folder)
        files += [path, *sidecars]
        captions = [sidecar.name for sidecar in sidecars if sidecar.suffix == ".vtt"]
        idle = next(one["file"] for one in idles if (one["person"], one["photo"]) == seat)
        told.append(
            {"id": scene.id, "person": scene.person, "questions": scene.questions, "idle": idle, "captions": captions}
            | _said(planned)
            | _file(path, planned.duration)
        )
    table = {
        "schema": SCHEMA,
        "title": takes.production.title,
        "language": takes.production.language,
        "idle": idles,
        "answers": told,
    }
    write_text(folder / "answers.json", json.dumps(table, ensure_ascii=False, indent=1))
    return (*files, folder / "answers.json")


def _look(takes: Takes, planned: Plan) -> Iterator[Look]:
    """The look that the film gives its portraits."""
    for track in scenes.staged(takes, planned).video:
        for item in track.items:
            if isinstance(item, Clip):
                yield from (effect for effect in item.effects if isinstance(effect, Look))
                return


def _idle(order: Order, seat: Seat, look: tuple[Look, ...], folder: Path) -> tuple[Path, Fraction, Framing]:
    takes, production = order.takes, order.takes.production
    written = [
        scene for scene in production.scenes if isinstance(scene, IdleScene) and (scene.person, scene.photo) == seat
    ]
    person, photo = seat
    scene = (
        written[0]
        if written
        else IdleScene(kind="idle", id=f"idle-{person}-{photo}", person=person, photo=photo, seconds=IDLE_S)
    )
    rate = production.canvas.fps
    length = frames_for(Fraction(str(scene.seconds)), rate) / rate
    file = cast.photo_of(production, scene)
    take, framing = takes.talking(scene.id, file, cast.waiting(production, scene), None, length)
    path = folder / f"{scene.id}.mp4"
    film.encode(takes, _framed(takes, scene.id, take, length, framing, look, ()), path, quality=order.quality)
    return path, length, framing


def _answer(
    order: Order, planned: Plan, shot: Path, framing: Framing, look: tuple[Look, ...], folder: Path
) -> tuple[Path, tuple[Path, ...]]:
    """One answer: the whole take of its scene, from rest to rest, seen as the portrait that waits is seen."""
    takes, scene = order.takes, planned.scene
    heard = tuple(Heard(scene.id, spoken, spoken.start) for spoken in planned.spoken)
    burnt = takes.production.captions.burn and any(line.spoken.speech.words for line in heard)
    over = (subtitles.burnt(takes, heard),) if burnt else ()
    timeline = _framed(takes, scene.id, mattes.take_of(takes, planned), planned.duration, framing, look, over)
    sound = Clip(scene.id, Media(shot, "video", planned.duration), TimeRange(Fraction(0), planned.duration))
    timeline = replace(timeline, tracks=(*timeline.tracks, Track("audio", (sound,), "scenes")))
    path = film.encode(takes, timeline, folder / f"{scene.id}.mp4", quality=order.quality, loudness="kiosk")
    return path, subtitles.write(takes, heard, folder / scene.id)


def _framed(
    takes: Takes,
    name: str,
    take: Path,
    length: Fraction,
    framing: Framing,
    look: tuple[Look, ...],
    over: tuple[TimelineEffect, ...],
) -> Timeline:
    """A take with a camera that does not move, under the marks of the film."""
    canvas = takes.production.canvas
    rest = framing.closer().start
    clip = Clip(
        name, Media(take, "video", length), TimeRange(Fraction(0), length), (framing.fit, Move(rest, rest), *look)
    )
    marked = not film.allowed(takes)
    drawn = [pictures.opening_label(takes, below_mark=marked)]
    drawn += [pictures.draft_mark(takes)] if marked else []
    marks = tuple(Overlay(path, TimeRange(Fraction(0), length), position) for path, position in drawn)
    return Timeline(canvas.fps, canvas.size, (Track("video", (clip,)),), effects=(*over, *marks), name=name)


def _said(planned: Plan) -> dict[str, Any]:
    lines = [
        {
            "text": spoken.speech.text,
            "source": spoken.line.source,
            "cite": spoken.line.cite,
            "start_s": round(float(spoken.start), 3),
            "end_s": round(float(spoken.end), 3),
            "synthetic_voice": spoken.speech.synthetic,
        }
        for spoken in planned.spoken
    ]
    cites = list(dict.fromkeys(line["cite"] for line in lines if line["cite"]))
    return {"text": " ".join(str(line["text"]) for line in lines), "cite": cites, "lines": lines}


def _file(path: Path, length: Fraction) -> dict[str, Any]:
    return {"file": path.name, "length_s": round(float(length), 3), "sha256": sha256_file(path)}
