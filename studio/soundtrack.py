"""The sound of a film around its voices: music that gives way to them, cuts on its beats, loudness, stems."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

from studio.cast import Heard
from studio.edit import beats as tracker
from studio.edit import looping, loudness, music
from studio.edit import stems as parts
from studio.edit.beats import Beat
from studio.edit.stems import Stem
from studio.edit.timeline import Clip, Media, Timeline, TimeRange, Track, duck
from studio.media.pcm import write_blocks
from studio.production import Production
from studio.scenes import Plan
from studio.storyboard import ClipScene, PhotoScene, unrolled
from studio.takes import Takes, version
from studio.types import F32, Cancel, frames_for

MOST = Fraction(1, 5)  # of its length that a photo may stay longer or shorter for a beat
MOST_S = Fraction(1)
_BAR = 1  # a beat that begins no bar is as bad as one as far away as is allowed
_AHEAD = Fraction(3, 2)  # a film may get longer for its beats


def bed(takes: Takes, duration: Fraction, heard: Sequence[Heard]) -> Clip | None:
    """The music of a film, as long as the film and giving way to the voices; None where there is none.

    Raises:
        AudioUnusable: the production's own music has no sound in it, or is silent.
        FileUnreadable, FFmpegFailed, OutputUnwritable, Cancelled.
    """
    made = _made(takes, duration)
    if made is None:
        return None
    wanted = takes.production.music
    level = json.loads((made / "level.json").read_text(encoding="utf-8"))
    speech = tuple(TimeRange(line.start, line.spoken.speech.audio.duration) for line in heard)
    ducked = duck(speech, depth_db=wanted.duck, base_db=wanted.level - level)
    return Clip("music", Media(made / "music.wav", "audio", duration), TimeRange(Fraction(0), duration), (ducked,))


def credit(takes: Takes) -> dict[str, Any] | None:
    """What the music of a film is and by what right it is there; None where there is none."""
    wanted = takes.production.music
    if wanted.file is not None:
        takes.input(wanted.file)
        return {"file": str(wanted.file), "sha256": takes.inputs[str(wanted.file)], "licence": wanted.licence}
    if wanted.mood == "none":
        return None
    return {"mood": wanted.mood, "seed": takes.production.seed, "licence": "made for this film; nobody's recording"}


def beats(takes: Takes, duration: Fraction) -> tuple[Beat, ...]:
    """The beats of the music of a film of about `duration` s, and of half as long again; none where it has none."""
    wanted = takes.production.music
    if wanted.file is not None:
        folder = _cleaned(takes, wanted.file)
        known = _beats_of(folder)
        return looping.round_of(folder / "clean.wav", known, duration).times(known, duration * _AHEAD)
    if wanted.mood == "none":
        return ()
    return music.beats(wanted.mood, duration * _AHEAD)


def paced(takes: Takes, plans: Sequence[Plan]) -> list[Plan]:
    """The scenes of a whole film, those that are free a little longer or shorter so that cuts fall on beats.

    A part of a film made by itself is left as it is: where its music will be nobody knows.
    """
    production = takes.production
    movable = any(_free(planned) for planned in plans)
    if not production.music.on_beat or not movable or len(plans) < len(unrolled(production.scenes)):
        return list(plans)
    total = sum((planned.own for planned in plans), Fraction(0))
    return on_beats(plans, beats(takes, total), production.canvas.fps)


def on_beats(plans: Sequence[Plan], beats: Sequence[Beat], rate: Fraction) -> list[Plan]:
    """Plans whose free scenes last a little longer or shorter, so that cross-fades have their middle on a beat.

    A photo without words may change by a fifth of its length and by a second at most, in whole frames; a bar's first
    beat is preferred to one that is nearer. Everything else keeps its length and moves along. Cuts stay near where they
    were, so the film as a whole hardly changes its length.

    Args:
        beats: of the film's music, in order.
        rate: frames per second.
    """
    moved: list[Plan] = []
    clock = early = Fraction(0)  # what is moved, and how much sooner than it would have been
    for place, planned in enumerate(plans):
        after = plans[place + 1] if place + 1 < len(plans) else None
        if after is not None and _free(planned):
            before = moved[-1] if moved else None
            moved.append(_on_beat(planned, before, after, (clock, early), beats, rate))
        else:
            moved.append(planned)
        clock += moved[-1].own
        early += planned.own - moved[-1].own
    return moved


def _free(planned: Plan) -> bool:
    return isinstance(planned.scene, PhotoScene) and not planned.spoken


def _on_beat(
    planned: Plan,
    before: Plan | None,
    after: Plan,
    begins: tuple[Fraction, Fraction],
    beats: Sequence[Beat],
    rate: Fraction,
) -> Plan:
    """The plan with the length at which the cross-fade out of it has its middle on the beat that suits best.

    Args:
        begins: when it begins, s, and how much sooner that is than it would have been.
    """
    clock, early = begins
    most = min(MOST * planned.own, MOST_S)
    # Both of its cross-fades must find room in it.
    least = (before.tail if before else Fraction(0)) + after.head + 1 / rate
    middle = clock + planned.own + (planned.tail - after.head) / 2
    choices = []
    for beat in beats:
        frames = round((beat.time - middle) * rate)
        change = frames / rate
        if abs(change) <= most and planned.own + change >= least:
            choices.append((((change - early) / most) ** 2 + (0 if beat.bar else _BAR), change))
    return replace(planned, duration=planned.duration + min(choices)[1]) if choices else planned


def stems(production: Production, timeline: Timeline, stem: Path, cancel: Cancel | None = None) -> tuple[Path, ...]:
    """Dialogue, music, effects and M&E of a film as WAVs beside each other, at the gain the film got.

    Args:
        timeline: of the film: its tracks named "scenes" and "music", its clips by their scenes.
        stem: folder and the beginning of the names.

    Raises:
        ValueError: the timeline has no sound.
        FFmpegFailed, OutputUnwritable, Cancelled.
    """
    filmed = {scene.id for scene in production.scenes if isinstance(scene, ClipScene)}

    def part(track: Track, clip: Clip) -> Stem:
        if track.name == "music":
            return "music"
        return "effects" if clip.name in filmed else "dialogue"

    return parts.write(timeline, part, stem, loudness.PROFILES[production.sound.loudness], cancel)


def loudness_of(production: Production, film: Path) -> dict[str, Any]:
    """How loud an encoded film is, beside what its profile asks for; JSON values, None where nothing is heard.

    Raises:
        FFmpegFailed: it has no sound.
    """
    name = production.sound.loudness
    profile = loudness.PROFILES[name]
    found = loudness.measure(film)
    silent = found.integrated == float("-inf")
    return {
        "profile": name,
        "target_lufs": profile.integrated,
        "limit_dbtp": profile.true_peak,
        "integrated_lufs": None if silent else found.integrated,
        "true_peak_dbtp": None if silent else found.true_peak,
        "range_lu": None if silent else found.range,
        "within": found.meets(profile),
    }


def _made(takes: Takes, duration: Fraction) -> Path | None:
    """The folder with music.wav, exactly as long as asked, and level.json, its loudness in LUFS."""
    wanted, seed = takes.production.music, takes.production.seed
    # Whole frames of 48 kHz sound: what is written is never shorter than what the timeline asks for.
    length = Fraction(frames_for(duration, Fraction(looping.RATE)), looping.RATE)
    if wanted.file is None:
        if wanted.mood == "none":
            return None
        blocks: partial[Iterator[F32]] = partial(music.blocks, length, mood=wanted.mood, seed=seed)
        key: dict[str, Any] = {"mood": wanted.mood, "seed": seed}
        name: str = wanted.mood
    else:
        folder = _cleaned(takes, wanted.file)
        how = looping.round_of(folder / "clean.wav", _beats_of(folder), duration)
        blocks = partial(looping.lasting, folder / "clean.wav", how, length)
        key = {"music": takes.inputs[str(wanted.file)]}
        name = wanted.file.name

    def save(folder: Path, _: Callable[[float], None]) -> None:
        write_blocks(folder / "music.wav", blocks(), looping.RATE)
        heard = loudness.measure(folder / "music.wav").integrated
        # A second of music is too short to be measured: it is as loud as a longer piece would be.
        level = heard if heard > float("-inf") else music.TARGET_LUFS
        (folder / "level.json").write_text(json.dumps(level), encoding="utf-8")

    return takes.take("music", name, {**key, "duration": duration, "version": version("edit")}, save).folder


def _cleaned(takes: Takes, file: Path) -> Path:
    """The folder with clean.wav, the production's own music, and beats.json, what was found in it."""
    path = takes.input(file)

    def save(folder: Path, _: Callable[[float], None]) -> None:
        looping.cleaned(path, folder / "clean.wav", takes.meter.cancel)
        found = [[str(beat.time), beat.bar] for beat in tracker.found(folder / "clean.wav")]
        (folder / "beats.json").write_text(json.dumps(found), encoding="utf-8")

    return takes.take("music", file.name, {"clean": takes.inputs[str(file)], "version": version("edit")}, save).folder


def _beats_of(folder: Path) -> tuple[Beat, ...]:
    table = json.loads((folder / "beats.json").read_text(encoding="utf-8"))
    return tuple(Beat(Fraction(time), bar) for time, bar in table)
