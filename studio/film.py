"""Scenes to film: cross-fades, music that gives way to the voice, captions and labels, the files beside it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

from studio import pictures, recipe, report, scenes, soundtrack, subtitles
from studio.cache import digest
from studio.cast import Heard
from studio.edit import render, sections
from studio.edit.extras import NOTHING_MORE, Chapter, Extras, Subtitles
from studio.edit.loudness import PROFILES, Loudness, levelled
from studio.edit.mix import mixed
from studio.edit.timeline import Clip, Media, Overlay, Timeline, TimelineEffect, TimeRange, Track, Transition
from studio.media.audio import write_wav
from studio.media.files import scratch, sha256_file, unwritable, write_text
from studio.media.workers import at_once
from studio.report import gather
from studio.report.clips import Clip as Measured
from studio.scenes import LABEL_FADE, Plan
from studio.storyboard import ClipScene, IdleScene, TalkingScene, unrolled
from studio.takes import COST, Takes, version
from studio.trust import label
from studio.types import Render

OPENING = Fraction(3)  # s the large label stays; at least 2 by GB 45438-2025
PRODUCER = "Keepsake Studio"

Melt = tuple[Fraction, Fraction]
"""How long a scene melts in before its own time, and out after it, s."""


@dataclass(frozen=True)
class Cut:
    """A film whose scenes are made and whose place on the timeline is known; nothing of it is encoded yet."""

    takes: Takes
    plans: tuple[Plan, ...]
    melts: tuple[Melt, ...]
    shots: tuple[Path, ...]
    """A near-lossless piece of film with sound for each scene."""
    heard: tuple[Heard, ...]
    timeline: Timeline

    @property
    def starts(self) -> tuple[Fraction, ...]:
        """When each scene's own time begins, s of the film."""
        return tuple(_starts(self.plans))


def plan(takes: Takes, only: str | None) -> tuple[tuple[Plan, ...], tuple[Melt, ...]]:
    """Speak every line, and know how long every scene is and how it melts into the next."""
    production = takes.production
    singles = [(scene.id, single) for scene in production.scenes for single in unrolled([scene])]
    rate = production.canvas.fps
    melts = scenes.handles([single for _, single in singles], production.transition, rate)
    # A scene made alone keeps its handles: the film then takes it from the cache.
    wanted = [place for place, (written, single) in enumerate(singles) if only in (None, written, single.id)]
    # Until the lines are spoken nobody knows how long the film is; the letters give a first idea of it.
    letters = sum(len(line.say or "") for place in wanted for line in getattr(singles[place][1], "lines", []))
    takes.meter.expect(letters / 14 * (COST.speak + COST.animate + COST.compose + COST.film) + 20 * len(wanted))
    spare = Fraction(production.outputs.handles) / rate if "pack" in production.outputs.also else Fraction(0)
    plans = []
    with takes.spoken_aside():
        for place in wanted:
            scene, (head, tail) = singles[place][1], melts[place]
            if not isinstance(
                scene, ClipScene
            ):  # an edit suite is handed every shot with something before and after it
                head = max(head, spare if place else head)
                tail = max(tail, spare if place + 1 < len(singles) else tail)
            plans.append(scenes.plan(takes, scene, head, tail))
    return tuple(soundtrack.paced(takes, plans)), tuple(melts[place] for place in wanted)


def units(plans: Sequence[Plan], *, again: bool = False) -> float:
    """How much work it is to make the scenes and the film.

    Args:
        again: in another shape: nobody is measured again.
    """
    return sum(_units(planned, again) + float(planned.own) * COST.film for planned in plans)


def _units(planned: Plan, again: bool) -> float:
    moving = isinstance(planned.scene, TalkingScene | IdleScene)
    measured = gather.COST if isinstance(planned.scene, TalkingScene) and not again else 0.0
    return float(planned.duration) * ((COST.animate if moving else 0.0) + measured + COST.compose)


def shoot(takes: Takes, plans: Sequence[Plan], melts: Sequence[Melt]) -> Cut:
    """Make the scenes, several at once, and cut them."""
    apart = [takes.apart() for _ in plans]
    jobs = [partial(scenes.shoot, own, planned) for own, planned in zip(apart, plans, strict=True)]
    shots = at_once(jobs)
    for own in apart:
        takes.made += own.made
    heard = tuple(_heard(plans))
    return Cut(takes, tuple(plans), tuple(melts), tuple(shots), heard, cut(takes, plans, melts, shots, heard))


def cut(
    takes: Takes, plans: Sequence[Plan], melts: Sequence[Melt], shots: Sequence[Path], heard: Sequence[Heard]
) -> Timeline:
    """The film's timeline: scenes with cross-fades, music under them, captions and labels over them."""
    production = takes.production
    picture: list[Clip | Transition] = []
    out = Fraction(0)
    for planned, (into, after), shot in zip(plans, melts, shots, strict=True):
        if picture and into + out > 0:
            picture.append(Transition(into, out, scenes.crossing(planned.scene)))
        media = Media(shot, "video", planned.duration)
        picture.append(Clip(planned.scene.id, media, TimeRange(planned.head, planned.own)))
        out = after
    tracks = [Track("video", tuple(picture), "picture"), Track("audio", tuple(picture), "scenes")]
    duration = tracks[0].duration
    if bed := soundtrack.bed(takes, duration, heard):
        tracks.append(Track("audio", (bed,), "music"))
    effects = tuple(_over(takes, heard, duration))
    return Timeline(production.canvas.fps, production.canvas.size, tuple(tracks), effects=effects, name=production.name)


def write(cut: Cut, path: Path, *, draft: bool) -> Path:
    """Encode the film, with its chapters and the captions that a player switches on."""
    with scratch() as folder:
        soft = tuple(
            Subtitles(track.path, track.iso639_2, track.title) for track in subtitles.soft(cut.takes, cut.heard, folder)
        )
        extras = Extras({}, chapters(cut), cut.timeline.duration, soft, cut.takes.production.captions.shown)
        return encode(cut.takes, cut.timeline, path, quality="draft" if draft else "film", extras=extras)


def encode(
    takes: Takes,
    timeline: Timeline,
    path: Path,
    *,
    quality: render.Quality,
    loudness: Loudness | None = None,
    extras: Extras = NOTHING_MORE,
) -> Path:
    """Encode a timeline of the production: its sections several at once, those that are as before from the cache.

    Args:
        loudness: a profile, instead of the production's.
        extras: what the file carries besides the marks of a film that was made by machine.

    Raises:
        FFmpegFailed, OutputUnwritable, Cancelled. Nothing half-written stays.
    """
    crf = takes.production.outputs.crf if quality == "film" else None
    named = _names(takes)
    with scratch() as folder:
        staged = render.stage(timeline, folder)

        def piece(number: int, part: range, own: Takes) -> tuple[Path, int]:
            name = "section.mkv" if quality == "master" else "section.mp4"

            def make(folder: Path, share: Callable[[float], None]) -> None:
                render.encode(
                    staged, part, folder / name, quality=quality, crf=crf, on_progress=share, cancel=takes.meter.cancel
                )

            seen = sections.contents(staged, part, named)
            key = {"seen": seen, "quality": quality, "crf": crf, "version": version("edit")}
            cost = len(part) / float(timeline.frame_rate) * COST.film
            return own.take("section", f"{path.name} {number + 1}", key, make, cost).folder / name, len(part)

        parts = sections.parts(staged)
        apart = [takes.apart() for _ in parts]
        jobs = [partial(piece, number, part, own) for number, (part, own) in enumerate(zip(parts, apart, strict=True))]
        pieces = at_once(jobs)
        for own in apart:
            takes.made += own.made
        sound = mastered(takes, staged, loudness) if staged.audio else None
        marked = replace(extras, metadata={**tags(takes, timeline), **extras.metadata})
        with takes.meter.stage("film", path.name):
            render.join(pieces, sound, staged, path, quality=quality, extras=marked, cancel=takes.meter.cancel)
    return path


def mastered(takes: Takes, timeline: Timeline, loudness: Loudness | None = None) -> Path:
    """The sound of a timeline as loud as it shall be: a WAV of floats in the cache."""
    profile = PROFILES[loudness or takes.production.sound.loudness]
    named = _names(takes)
    key = {
        "tracks": [[repr(item).replace(str(takes.cache.root), "") for item in track.items] for track in timeline.audio],
        "files": sorted(
            {named(item.media.path) for track in timeline.audio for item in track.items if isinstance(item, Clip)}
        ),
        "length": str(timeline.num_frames / timeline.frame_rate),
        "profile": repr(profile),
        "version": version("edit"),
    }

    def make(folder: Path, _: Callable[[float], None]) -> None:
        mix = mixed(timeline, folder / "mix.wav", takes.meter.cancel)
        levelled(mix, folder / "levelled.wav", profile, timeline.sample_rate, takes.meter.cancel).rename(
            folder / "sound.wav"
        )
        mix.unlink(missing_ok=True)

    return takes.take("master", "sound", key, make).folder / "sound.wav"


def tags(takes: Takes, timeline: Timeline) -> dict[str, str]:
    """What the container says: the title, and that it was made by machine, where anything in it was."""
    production = takes.production
    named = {"title": production.title}
    if anything_made(takes):
        # By content alone: the same film made in another folder has the same name.
        content = sorted(sha256_file(file) for file in scenes.named_files(timeline))
        produce_id = digest([content, str(timeline.duration), timeline.size])[:32]
        comment = f"{label.LABEL[production.language]}. {' '.join(pictures.what_was_made(takes))}".strip()
        named |= label.metadata(PRODUCER, produce_id, comment)
    return named


def chapters(cut: Cut) -> tuple[Chapter, ...]:
    """Where a player can jump to; none where no scene names one."""
    found = [
        Chapter(planned.scene.chapter, start)
        for planned, start in zip(cut.plans, cut.starts, strict=True)
        if planned.scene.chapter
    ]
    # Players want the first one to begin with the film.
    return (Chapter(cut.takes.production.title, Fraction(0)), *found) if found and found[0].start else tuple(found)


def measure(cut: Cut) -> tuple[Measured, ...]:
    """What the finished takes are like, each with its place in the film."""
    takes = cut.takes
    return tuple(
        replace(clip, start=float(start - planned.head))
        for planned, start in zip(cut.plans, cut.starts, strict=True)
        if isinstance(planned.scene, TalkingScene)
        for clip in gather.measure(takes, planned.scene, planned.spoken, planned.duration)
    )


def record(
    cut: Cut, film: Path, measured: Sequence[Measured], further: Sequence[Path], *, began: datetime, draft: bool
) -> Render:
    """Write what lies beside a finished film: captions, recipe, report.

    Args:
        measured: of the film's takes, by `measure`.
        further: what else was handed out.
        began: when the work did.
    """
    takes, folder, stem = cut.takes, film.parent, film.with_suffix("")
    sidecars = subtitles.write(takes, cut.heard, stem) if takes.production.captions.sidecar else ()
    sha256 = sha256_file(film)
    written = recipe.describe(
        takes.production,
        takes,
        film={
            "file": film.name,
            "sha256": sha256,
            "duration_s": str(cut.timeline.duration),
            "frames": cut.timeline.num_frames,
            "frame_rate": str(cut.timeline.frame_rate),
            "size": list(cut.timeline.size),
            "draft": draft,
            "scenes": [
                {"id": planned.scene.id, "start_s": str(start), "lead_s": str(planned.head)}
                for planned, start in zip(cut.plans, cut.starts, strict=True)
            ],
            "chapters": [{"name": part.name, "start_s": str(part.start)} for part in chapters(cut)],
            "loudness": soundtrack.loudness_of(takes.production, film),
            "made": began.isoformat(timespec="seconds"),
        },
        deliverables=[{"file": str(path.relative_to(folder)), "sha256": sha256_file(path)} for path in further],
        music=soundtrack.credit(takes),
        words=[_words(takes, line) | _write_takes(takes, line, folder / f"{stem.name}.takes") for line in cut.heard],
        timings=takes.meter.seconds,
    )
    write_text(folder / "recipe.json", json.dumps(written, ensure_ascii=False, indent=1, default=str))
    page = report.write(folder / report.NAME, written, measured, takes.production.language)
    return Render(film, sidecars, folder / "recipe.json", cut.timeline.duration, sha256, page, tuple(further))


def check_writable(folder: Path) -> None:
    """Find out before an hour of work, not after, that the film has nowhere to go."""
    try:
        write_text(folder / ".keepsake-check", "")
        (folder / ".keepsake-check").unlink()
    except OSError as error:
        raise unwritable(folder / "film", error) from error


def anything_made(takes: Takes) -> bool:
    """Is anything in this film synthetic: a moving portrait, or a line nobody spoke?"""
    return any(
        isinstance(scene, TalkingScene | IdleScene) or any(line.say for line in getattr(scene, "lines", []))
        for scene in takes.production.scenes
    )


def allowed(takes: Takes) -> bool:
    """Does every person in the film have a consent record that stands today?"""
    today = date.today()
    records = [person.consent for person in takes.production.people.values()]
    return all(record is not None and record.covers(today) for record in records)


def marks(takes: Takes, duration: Fraction, *, opening: bool = True) -> Iterator[Overlay]:
    """The marks of a film that was made by machine, and the one where nobody has agreed to that, from the lowest up.

    Args:
        duration: of the film, s.
        opening: first the large label; without it the small one is there from the first frame.
    """
    made = anything_made(takes)
    # Photos that follow each other, and what somebody truly said, put no word into anybody's mouth.
    marked = made and not allowed(takes)
    if made:
        large = min(OPENING, duration) if opening else Fraction(0)
        if large:
            picture, position = pictures.opening_label(takes, below_mark=marked)
            yield Overlay(picture, TimeRange(Fraction(0), large), position, Fraction(0), LABEL_FADE)
        if duration > large:
            picture, position = pictures.corner_label(takes, below_mark=marked)
            fade = LABEL_FADE if large else Fraction(0)
            yield Overlay(picture, TimeRange(large, duration - large), position, fade, Fraction(0))
    if marked:
        picture, position = pictures.draft_mark(takes)
        yield Overlay(picture, TimeRange(Fraction(0), duration), position)


def _over(takes: Takes, heard: Sequence[Heard], duration: Fraction) -> Iterator[TimelineEffect]:
    """Captions, labels and marks, from the lowest up."""
    if takes.production.captions.burn and any(line.spoken.speech.words for line in heard):
        yield subtitles.burnt(takes, heard)
    yield from marks(takes, duration)


def _names(takes: Takes) -> Callable[[Path], str]:
    """Gives a file's content a name: files inside the cache have one already, only its own place must not matter."""
    root, known = str(takes.cache.root), dict[Path, str]()

    def name_of(path: Path) -> str:
        if path not in known:
            inside = str(path).startswith(root)
            known[path] = str(path).removeprefix(root) if inside else sha256_file(path)
        return known[path]

    return name_of


def _starts(plans: Sequence[Plan]) -> list[Fraction]:
    return [sum((earlier.own for earlier in plans[:i]), Fraction(0)) for i in range(len(plans))]


def _heard(plans: Sequence[Plan]) -> Iterator[Heard]:
    for planned, start in zip(plans, _starts(plans), strict=True):
        for spoken in planned.spoken:
            yield Heard(planned.scene.id, spoken, start - planned.head + spoken.start)


def _words(takes: Takes, line: Heard) -> dict[str, Any]:
    speech = line.spoken.speech
    made = takes.told_of(speech)
    return {
        "scene": line.scene,
        "person": line.spoken.key,
        "text": speech.text,
        "source": line.spoken.line.source,
        "cite": line.spoken.line.cite,
        "start_s": round(float(line.start), 3),
        "end_s": round(float(line.start + speech.audio.duration), 3),
        "engine": speech.engine,
        "synthetic_voice": speech.synthetic,
        "true_words": list(made.true_words) if made else [],
        "left_on_tape": list(made.left) if made else [],
        "doubts": list(speech.doubts),
    }


def _write_takes(takes: Takes, line: Heard, folder: Path) -> dict[str, Any]:
    """Where there are several takes of a line: each as a WAV beside the film, to compare and to choose from."""
    made = takes.told_of(line.spoken.speech)
    if made is None or len(made.takes) < 2:
        return {}
    files = []
    for number, take in enumerate(made.takes, start=1):
        path = folder / f"{line.scene}-{round(float(line.start) * 1000):07d}-take-{number}.wav"
        write_wav(path, take.audio, pcm16=True)
        files.append({"number": number, "file": f"{folder.name}/{path.name}", "used": number == made.chosen + 1})
    return {"takes": files}
