"""Which takes of a film are measured, and by what; each is kept in the cache by what it was made from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from studio import cast, engines
from studio.cache import Cache, Take
from studio.cast import Spoken
from studio.errors import FileUnreadable
from studio.media.audio import read_audio
from studio.media.image import read_image
from studio.media.video import read_video
from studio.people import Point
from studio.report.clips import Clip, Line, examine, load
from studio.storyboard import TalkingScene, speakers
from studio.takes import Takes, version
from studio.types import U8, AudioClip, Language

if TYPE_CHECKING:
    from studio.head.mesh import F64
    from studio.head.quality import Identity, Reference

STAGE = "quality"
COST = 0.35  # units of work per second of a take, where moving the face is 1; see studio/takes.py
ARCFACE = {"insightface": "buffalo_l", "insightface-small": "buffalo_s"}
"""Engines that can tell whose face it is, and their weights."""


def measure(takes: Takes, scene: TalkingScene, spoken: Sequence[Spoken], duration: Fraction) -> tuple[Clip, ...]:
    """Measure everybody who speaks in a scene whose take was made before.

    Args:
        spoken: its lines, on the clock of its file.
        duration: of its file, s.
    """
    production = takes.production
    made = next(one for one in reversed(takes.made) if one["stage"] == "animate" and one["detail"] == scene.id)
    video = takes.cache.folder("animate", str(made["key"])) / "take.mkv"
    file = cast.photo_of(production, scene)
    people = speakers(scene)
    roles = cast.roles(production, scene, spoken, duration)
    alone = len(roles) == 1 and scene.listeners != "all"
    engine = arcface(commercial=takes.commercial)
    clips = []
    for key, role in zip(people, roles, strict=False):
        speech, face = role.part.speech, role.face
        if speech is None:
            continue
        person = production.people[key].name
        lines = [_line(item) for item in spoken if item.key == key]
        where = face.model_dump() if isinstance(face, Point) else face
        made_from = {"take": made["key"], "face": where, "alone": alone, "lines": [vars(line) for line in lines]}
        made_by = {"identity": engine, "version": version("head", "report")}

        def make(
            folder: Path,
            share: Callable[[float], None],
            face: int | Point | None = face,
            audio: AudioClip = speech.audio,
            person: str = person,
            lines: Sequence[Line] = lines,
        ) -> None:
            from studio.head import quality

            image = read_image(takes.input(file))
            frames = read_video(video)
            which = (face.x * image.shape[1], face.y * image.shape[0]) if isinstance(face, Point) else face
            photo = quality.read(image, frames.size, which, alone=alone)
            identity = (engine, compare(engine, photo)) if engine else None
            examine(
                frames, photo, audio, folder,
                scene=scene.id, person=person, lines=lines, identity=identity, on_progress=share,
            )  # fmt: skip

        take: Take = takes.take(STAGE, f"{scene.id}: {person}", made_from | made_by, make, float(duration) * COST)
        clips.append(load(take.folder))
    if engine:
        takes.used("faces", engine)
    return tuple(clips)


def recall(recipe: Mapping[str, Any], cache: Cache) -> tuple[Clip, ...]:
    """What was measured when a film was made.

    Raises:
        FileUnreadable: the cache has been emptied since.
    """
    film = recipe.get("film", {})
    starts = {
        scene["id"]: float(Fraction(scene["start_s"]) - Fraction(scene.get("lead_s", "0")))
        for scene in film.get("scenes", ())
    }
    clips = []
    for made in recipe.get("takes", ()):
        if made["stage"] != STAGE:
            continue
        folder = cache.folder(STAGE, made["key"])
        if not folder.is_dir():
            raise FileUnreadable(
                f"What was measured of {film.get('file', 'this film')} is no longer in the cache. "
                "Render it again: its report is made with it."
            )
        clip = load(folder)
        clips.append(replace(clip, start=starts.get(clip.scene, 0.0)))
    return tuple(clips)


def single(
    video: Path,
    photo: Path,
    folder: Path,
    *,
    face: int | tuple[float, float] | None = None,
    on_progress: Callable[[float], None] | None = None,
) -> Clip:
    """Measure any clip of one person with sound against any photograph of them.

    Raises:
        FaceNotFound, FileUnreadable, AudioUnusable, PhotoUnusable.
    """
    from studio.head import quality

    audio = read_audio(video, mono=True)
    frames = read_video(video)
    reference = quality.read(read_image(photo), frames.size, face, framed=False)
    engine = arcface(commercial=False)
    identity = (engine, compare(engine, reference)) if engine else None
    examine(
        frames, reference, audio, folder,
        scene=video.name, person=photo.stem, identity=identity, on_progress=on_progress,
    )  # fmt: skip
    return load(folder)


def arcface(*, commercial: bool) -> str:
    """The best engine here that can tell whose face it is, and may be used; "" for none."""
    usable = [
        status.spec
        for status in engines.statuses()
        if status.spec.name in ARCFACE and status.usable and (status.spec.commercial or not commercial)
    ]
    return max(usable, key=lambda spec: spec.rank).name if usable else ""


def compare(engine: str, photo: Reference) -> Identity:
    """How one of ARCFACE's engines compares a picture with the photograph."""
    from studio.head.engines import insightface
    from studio.head.engines.landmarks import Seen

    networks = insightface.create(pack=ARCFACE[engine])

    def identity(image: U8, points: F64) -> Any:
        (x0, y0), (x1, y1) = points[:, :2].min(axis=0).tolist(), points[:, :2].max(axis=0).tolist()
        seen = Seen(np.asarray(points[:, :2], np.float32), "facemesh478", (x0, y0, x1, y1), 1.0)
        return networks.identity(image, seen)

    own = identity(photo.image, photo.landmarks)
    return lambda image, points: insightface.likeness(own, identity(image, points))


def _line(item: Spoken) -> Line:
    speech = item.speech
    return Line(speech.text, float(item.start), float(item.end), speech.engine, speech.synthetic)


def language_of(recipe: Mapping[str, Any]) -> Language:
    """The language of a film, by its recipe."""
    return "zh" if recipe.get("production", {}).get("language") == "zh" else "en"
