"""Scenes to film: cross-fades, music that gives way to the voice, captions and labels, the files beside it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

from studio import pictures, recipe, report, scenes
from studio.cache import digest
from studio.cast import Spoken
from studio.edit import captions, fonts, music, render
from studio.edit.timeline import (
    Captions,
    Clip,
    Media,
    Overlay,
    Timeline,
    TimelineEffect,
    TimeRange,
    Track,
    Transition,
    duck,
)
from studio.media.audio import write_wav
from studio.media.files import copy, sha256_file, unwritable, write_text
from studio.media.probe import probe
from studio.production import TalkingScene
from studio.report import gather
from studio.report.clips import Clip as Measured
from studio.scenes import LABEL_FADE, Plan
from studio.takes import COST, Takes, version
from studio.trust import label
from studio.types import Render

OPENING = Fraction(3)  # s the large label stays; at least 2 by GB 45438-2025
BED_LUFS = -20.0  # what the music room makes


@dataclass(frozen=True)
class Heard:
    """A line with its place in the film."""

    scene: str
    spoken: Spoken
    start: Fraction
    """s of the film."""


def make(takes: Takes, folder: Path, *, draft: bool, only: str | None) -> Render:
    """Plan, shoot and cut the film; write it, its captions, its recipe and its report into `folder`.

    Raises:
        StudioError: its children; nothing half-written stays.
    """
    began = datetime.now(UTC)
    production = takes.production
    _check_writable(folder)
    takes.cache.sweep()
    plans = _plan(takes, only)
    total = float(sum(planned.own for planned in plans))
    takes.meter.expect(sum(_units(planned) for planned in plans) + total * COST.film)
    shots = [scenes.shoot(takes, planned) for planned in plans]
    heard = tuple(_heard(plans))
    measured = _measure(takes, plans)
    timeline = cut(takes, plans, shots, heard)
    name = production.name + (f"-{only}" if only else "") + ("-draft" if draft else "")
    film = _render(takes, timeline, folder / f"{name}.mp4", draft=draft, units=total * COST.film)
    sidecars = _write_captions(takes, heard, folder / name) if production.captions.sidecar else ()
    written = recipe.describe(
        production,
        takes,
        film={
            "file": film.name,
            "sha256": sha256_file(film),
            "duration_s": str(timeline.duration),
            "frames": timeline.num_frames,
            "frame_rate": str(timeline.frame_rate),
            "size": list(timeline.size),
            "draft": draft,
            "scenes": [
                {"id": p.scene.id, "start_s": str(s), "lead_s": str(p.head)}
                for p, s in zip(plans, _starts(plans), strict=True)
            ],
            "made": began.isoformat(timespec="seconds"),
        },
        words=[_words(takes, line) | _write_takes(takes, line, folder / f"{name}.takes") for line in heard],
        timings=takes.meter.seconds,
    )
    write_text(folder / "recipe.json", json.dumps(written, ensure_ascii=False, indent=1, default=str))
    page = report.write(folder / report.NAME, written, measured, production.language)
    return Render(film, sidecars, folder / "recipe.json", timeline.duration, str(written["film"]["sha256"]), page)


def cut(takes: Takes, plans: Sequence[Plan], shots: Sequence[Path], heard: Sequence[Heard]) -> Timeline:
    """The film's timeline: scenes with cross-fades, music under them, captions and labels over them."""
    production = takes.production
    picture: list[Clip | Transition] = []
    before: Plan | None = None
    for planned, shot in zip(plans, shots, strict=True):
        if before is not None and planned.head + before.tail > 0:
            picture.append(Transition(planned.head, before.tail))
        media = Media(shot, "video", planned.duration)
        picture.append(Clip(planned.scene.id, media, TimeRange(planned.head, planned.own)))
        before = planned
    tracks = [Track("video", tuple(picture), "picture"), Track("audio", tuple(picture), "scenes")]
    duration = tracks[0].duration
    if bed := _music(takes, duration, heard):
        tracks.append(Track("audio", (bed,), "music"))
    effects = tuple(_over(takes, heard, duration))
    return Timeline(production.canvas.fps, production.canvas.size, tuple(tracks), effects=effects, name=production.name)


def _plan(takes: Takes, only: str | None) -> list[Plan]:
    production = takes.production
    ends = scenes.handles(production.scenes, production.transition, production.canvas.fps)
    # A scene made alone keeps its handles: the film then takes it from the cache.
    wanted = [(scene, end) for scene, end in zip(production.scenes, ends, strict=True) if only in (None, scene.id)]
    # Until the lines are spoken nobody knows how long the film is; the letters give a first idea of it.
    letters = sum(len(line.say or "") for scene, _ in wanted for line in getattr(scene, "lines", []))
    takes.meter.expect(letters / 14 * (COST.speak + COST.animate + COST.compose + COST.film) + 20 * len(wanted))
    return [scenes.plan(takes, scene, head, tail) for scene, (head, tail) in wanted]


def _units(planned: Plan) -> float:
    animated = COST.animate + gather.COST if planned.scene.kind == "talking" else 0.0
    return float(planned.duration) * (animated + COST.compose)


def _measure(takes: Takes, plans: Sequence[Plan]) -> tuple[Measured, ...]:
    """What the finished takes are like, each with its place in the film."""
    return tuple(
        replace(clip, start=float(start - planned.head))
        for planned, start in zip(plans, _starts(plans), strict=True)
        if isinstance(planned.scene, TalkingScene)
        for clip in gather.measure(takes, planned.scene, planned.spoken, planned.duration)
    )


def _starts(plans: Sequence[Plan]) -> list[Fraction]:
    """When each scene's own time begins, s of the film."""
    return [sum((earlier.own for earlier in plans[:i]), Fraction(0)) for i in range(len(plans))]


def _heard(plans: Sequence[Plan]) -> Iterator[Heard]:
    for planned, start in zip(plans, _starts(plans), strict=True):
        for spoken in planned.spoken:
            yield Heard(planned.scene.id, spoken, start - planned.head + spoken.start)


def _music(takes: Takes, duration: Fraction, heard: Sequence[Heard]) -> Clip | None:
    wanted = takes.production.music
    if wanted.file is not None:
        path = takes.input(wanted.file)
        length = min(duration, probe(path).duration)
        loudness = render.measure_loudness(path).integrated
    elif wanted.mood == "none":
        return None
    else:
        path, length, loudness = _bed(takes, wanted.mood, duration), duration, BED_LUFS
    speech = tuple(TimeRange(line.start, line.spoken.speech.audio.duration) for line in heard)
    ducked = duck(speech, depth_db=wanted.duck, base_db=wanted.level - loudness)
    return Clip("music", Media(path, "audio", length), TimeRange(Fraction(0), length), (ducked,))


def _bed(takes: Takes, mood: Literal["calm", "solemn"], duration: Fraction) -> Path:
    seed = takes.production.seed

    def save(folder: Path, _: Callable[[float], None]) -> None:
        write_wav(folder / "music.wav", music.bed(duration, mood=mood, seed=seed))

    key = {"mood": mood, "seed": seed, "duration": duration, "version": version("edit")}
    return takes.take("music", mood, key, save).folder / "music.wav"


def _over(takes: Takes, heard: Sequence[Heard], duration: Fraction) -> Iterator[TimelineEffect]:
    """Captions, labels and marks, from the lowest up."""
    production = takes.production
    if production.captions.burn and any(line.spoken.speech.words for line in heard):
        yield _captions(takes, heard)
    marked = not _allowed(takes)
    if _anything_made(takes):
        opening = min(OPENING, duration)
        picture, position = pictures.opening_label(takes, below_mark=marked)
        yield Overlay(picture, TimeRange(Fraction(0), opening), position, Fraction(0), LABEL_FADE)
        if duration > opening:
            picture, position = pictures.corner_label(takes, below_mark=marked)
            yield Overlay(picture, TimeRange(opening, duration - opening), position, LABEL_FADE, Fraction(0))
    if marked:
        picture, position = pictures.draft_mark(takes)
        yield Overlay(picture, TimeRange(Fraction(0), duration), position)


def _anything_made(takes: Takes) -> bool:
    """Is anything in this film synthetic: a moving portrait, or a line nobody spoke?"""
    return any(
        scene.kind == "talking" or any(line.say for line in getattr(scene, "lines", []))
        for scene in takes.production.scenes
    )


def _allowed(takes: Takes) -> bool:
    """Does every person in the film have a consent record that stands today?"""
    today = date.today()
    records = [person.consent for person in takes.production.people.values()]
    return all(record is not None and record.covers(today) for record in records)


def _cues(takes: Takes, heard: Sequence[Heard]) -> tuple[captions.Cue, ...]:
    canvas = takes.production.canvas
    lines = [(line.start, line.spoken.speech) for line in heard]
    return captions.cues(lines, frame_rate=canvas.fps, size=canvas.size)


def _captions(takes: Takes, heard: Sequence[Heard]) -> Captions:
    cues = _cues(takes, heard)
    font = fonts.font_for("".join(cue.text for cue in cues))
    text = captions.to_ass(cues, size=takes.production.canvas.size, family=font.family)

    def save(folder: Path, _: Callable[[float], None]) -> None:
        (folder / "captions.ass").write_text(text, encoding="utf-8")
        copy(font.path, folder / "fonts" / font.path.name)

    folder = takes.take("captions", "captions", {"ass": text, "font": sha256_file(font.path)}, save).folder
    return Captions(folder / "captions.ass", folder / "fonts")


def _write_captions(takes: Takes, heard: Sequence[Heard], stem: Path) -> tuple[Path, ...]:
    cues = _cues(takes, heard)
    if not cues:
        return ()
    srt, vtt = stem.with_name(stem.name + ".srt"), stem.with_name(stem.name + ".vtt")
    write_text(srt, captions.to_srt(cues))
    write_text(vtt, captions.to_vtt(cues))
    return srt, vtt


def _render(takes: Takes, timeline: Timeline, path: Path, *, draft: bool, units: float) -> Path:
    production = takes.production
    # By content alone: the same film made in another folder has the same name.
    content = sorted(sha256_file(file) for file in scenes.named_files(timeline))
    produce_id = digest([content, str(timeline.duration), timeline.size])[:32]
    language = production.language
    comment = f"{label.LABEL[language]}. {' '.join(pictures.what_was_made(takes))}".strip()
    tags = {"title": production.title}
    if _anything_made(takes):
        tags |= label.metadata("Keepsake Studio", produce_id, comment)
    with takes.meter.stage("film", path.name, units) as share:
        render.render(
            timeline,
            path,
            quality="draft" if draft else "film",
            metadata=tags,
            on_progress=share,
            cancel=takes.meter.cancel,
        )
    return path


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


def _check_writable(folder: Path) -> None:
    """Find out before an hour of work, not after, that the film has nowhere to go."""
    try:
        write_text(folder / ".keepsake-check", "")
        (folder / ".keepsake-check").unlink()
    except OSError as error:
        raise unwritable(folder / "film", error) from error
