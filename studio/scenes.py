"""From one scene of production.yaml to a finished piece of film, with what a cross-fade needs at both ends."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from studio import cast, pictures, speeches, voicing
from studio.cast import Spoken
from studio.edit import render
from studio.edit.project import to_json
from studio.edit.timeline import Clip, Fade, Fit, Media, Move, Overlay, Timeline, TimeRange, Track
from studio.framing import Box, Framing
from studio.media.audio import write_wav
from studio.media.files import sha256_file
from studio.media.image import read_image
from studio.media.probe import probe
from studio.production import ClipScene, EndScene, PhotoScene, Scene, SilenceScene, TalkingScene, speaker
from studio.takes import COST, Takes, version
from studio.types import U8, AudioClip, frames_for

LEAD_IN = Fraction(6, 10)  # s from the cut to the first word: the picture is seen before it speaks
LEAD_OUT = Fraction(9, 10)  # s from the last word to the cut
THIRD_AT, THIRD_FOR = Fraction(8, 10), Fraction(5)  # s: when the lower third comes, and how long it stays
_SITTER = 0.5  # a face less than half as high as the largest is a passer-by
LABEL_FADE = Fraction(4, 10)  # s


@dataclass(frozen=True)
class Plan:
    """A scene whose length is known."""

    scene: Scene
    head: Fraction
    """Handle before its own time, s: the cross-fade into it begins there."""
    tail: Fraction
    """Handle after its own time, s."""
    duration: Fraction
    """Of the file with both handles, s; whole frames."""
    spoken: tuple[Spoken, ...]

    @property
    def own(self) -> Fraction:
        """Length without the handles, s: what it adds to the film."""
        return self.duration - self.head - self.tail


def handles(scenes: Sequence[Scene], transition: float, frame_rate: Fraction) -> tuple[tuple[Fraction, Fraction], ...]:
    """(head, tail) of every scene, s: half of the cross-fade on either side of each cut, in whole frames."""
    frames = [0] + [
        round((transition if scene.transition is None else scene.transition) * frame_rate) for scene in scenes[1:]
    ]
    heads = [Fraction(count // 2) / frame_rate for count in frames]
    tails = [Fraction(count - count // 2) / frame_rate for count in frames[1:]] + [Fraction(0)]
    return tuple(zip(heads, tails, strict=True))


def plan(takes: Takes, scene: Scene, head: Fraction, tail: Fraction) -> Plan:
    """Speak the scene's lines, and know how long it is."""
    spoken, end = _speak(takes, scene, head)
    wanted = Fraction(0)
    if isinstance(scene, ClipScene):
        wanted = probe(takes.input(scene.file)).duration
    elif not isinstance(scene, TalkingScene):
        wanted = head + Fraction(str(scene.seconds)) + tail
    if spoken:
        wanted = max(wanted, end + LEAD_OUT + tail)
    rate = takes.production.canvas.fps
    return Plan(scene, head, tail, frames_for(wanted, rate) / rate, spoken)


def _speak(takes: Takes, scene: Scene, head: Fraction) -> tuple[tuple[Spoken, ...], Fraction]:
    if not isinstance(scene, TalkingScene | PhotoScene):
        return (), Fraction(0)
    spoken: list[Spoken] = []
    clock = head + LEAD_IN
    for line in scene.lines:
        if spoken:
            clock += Fraction(str(spoken[-1].line.pause))
        key = speaker(scene, line)
        speech = takes.line(key, line)
        spoken.append(Spoken(key, line, speech, clock))
        clock += speech.audio.duration
    return tuple(spoken), clock


def shoot(takes: Takes, planned: Plan) -> Path:
    """Make the scene: a near-lossless piece of film with sound."""
    scene = planned.scene
    canvas = takes.production.canvas
    if isinstance(scene, ClipScene) and probe(takes.input(scene.file)).audio is not None:
        clip, overlays = _picture(takes, planned)
        heard = Clip("sound", clip.media, clip.source)
    else:
        path = _sound(takes, planned)
        clip, overlays = _picture(takes, planned)
        heard = Clip("voice", Media(path, "audio", planned.duration), TimeRange(Fraction(0), planned.duration))
    tracks = (Track("video", (clip,)), Track("audio", (heard,)))
    timeline = Timeline(canvas.fps, canvas.size, tracks, effects=tuple(overlays), name=scene.id)
    return compose(takes, timeline, "scene.mkv", "scene", scene.id, float(planned.duration) * COST.compose)


def compose(takes: Takes, timeline: Timeline, name: str, quality: render.Quality, detail: str, units: float) -> Path:
    """Render a timeline into the cache, known by its own text and by the content of every file it names."""
    text = to_json(timeline)
    root = str(takes.cache.root)
    files = {str(path): sha256_file(path) for path in named_files(timeline) if not str(path).startswith(root)}
    # Files inside the cache are named by their content already; only the cache's own place must not matter.
    key = {"timeline": text.replace(root, ""), "files": files, "quality": quality, "version": version("edit")}

    def make(folder: Path, share: Callable[[float], None]) -> None:
        render.render(timeline, folder / name, quality=quality, on_progress=share, cancel=takes.meter.cancel)

    return takes.take("compose", detail, key, make, units).folder / name


def named_files(timeline: Timeline) -> set[Path]:
    """Every file a timeline names."""
    clips = {item.media.path for track in timeline.tracks for item in track.items if isinstance(item, Clip)}
    return clips | {effect.path for effect in timeline.effects}


def _sound(takes: Takes, planned: Plan) -> Path:
    """The scene's voices as one file; silence where nobody speaks."""
    lines = [item.speech for item in planned.spoken]
    starts = [item.start for item in planned.spoken]
    whole = speeches.join(lines, starts, planned.duration, takes.production.language)
    # New words beside true ones: the noise of their tapes does not come and go with them.
    synthetic = {item.key for item in planned.spoken if item.speech.synthetic}
    bed = voicing.room(takes, sorted(synthetic), planned.duration, version("voice"))
    key = {
        "sound": speeches.digest(whole),
        "room": speeches.sound_digest(bed) if bed else None,
        "version": version(),
    }

    def make(folder: Path, _: Callable[[float], None]) -> None:
        heard = whole.audio if bed is None else AudioClip(whole.audio.samples + bed.samples, bed.sample_rate)
        write_wav(folder / "voice.wav", heard)

    return takes.take("mix", planned.scene.id, key, make).folder / "voice.wav"


def _picture(takes: Takes, planned: Plan) -> tuple[Clip, list[Overlay]]:
    scene, duration = planned.scene, planned.duration
    whole = TimeRange(Fraction(0), duration)
    if isinstance(scene, TalkingScene):
        production = takes.production
        roles = cast.roles(production, scene, planned.spoken, duration)
        others = cast.stranger(production, scene) if scene.listeners == "all" else None
        path, framing = takes.talking(scene.id, cast.photo_of(production, scene), roles, others, duration)
        camera = (framing.closer(),) if scene.framing == "face" else ()
        effects = (framing.fit, *camera)
        return Clip(scene.id, Media(path, "video", duration), whole, effects), _lower_third(takes, planned)
    if isinstance(scene, PhotoScene):
        still = takes.still(scene.file)
        image = read_image(still)
        photo_size = (image.shape[1], image.shape[0])
        framing = Framing(photo_size, takes.production.canvas.size, _faces_box(takes, still, image))
        effects = (framing.fit, Move(framing.view(scene.move.start), framing.view(scene.move.end)))
        return Clip(scene.id, Media(still, "still"), whole, effects), _caption(takes, planned, scene.caption)
    if isinstance(scene, ClipScene):
        path = takes.input(scene.file)
        return Clip(scene.id, Media(path, "video", probe(path).duration), whole, (Fit(),)), []
    if isinstance(scene, SilenceScene):
        card = pictures.dark(takes)
    elif isinstance(scene, EndScene):
        card = pictures.end(takes, scene.text)
    else:
        card = pictures.title(takes, scene.heading, scene.subheading)
    return Clip(scene.id, Media(card, "still"), whole, _first_and_last(takes, scene)), []


def _first_and_last(takes: Takes, scene: Scene) -> tuple[Fade, ...]:
    """Cards rise from black at the film's start and sink into it at its end."""
    scenes = takes.production.scenes
    start = Fraction(4, 5) if scene is scenes[0] else Fraction(0)
    end = Fraction(1) if scene is scenes[-1] else Fraction(0)
    return (Fade(start, end),) if start or end else ()


def _lower_third(takes: Takes, planned: Plan) -> list[Overlay]:
    scene = planned.scene
    if not isinstance(scene, TalkingScene) or scene.lower_third is None:
        return []
    start = planned.head + THIRD_AT
    length = min(THIRD_FOR, planned.duration - planned.tail - start)
    if length < 4 * LABEL_FADE:
        return []
    picture, position = pictures.lower_third(takes, scene.lower_third.name, scene.lower_third.role)
    return [Overlay(picture, TimeRange(start, length), position, LABEL_FADE, LABEL_FADE)]


def _caption(takes: Takes, planned: Plan, text: str) -> list[Overlay]:
    if not text:
        return []
    picture, position = pictures.lower_third(takes, text, "")
    return [Overlay(picture, TimeRange(Fraction(0), planned.duration), position)]


def _faces_box(takes: Takes, still: Path, image: U8) -> Box | None:
    """The box around the faces of a photo, small ones in the background aside; None where it shows none."""
    from studio.errors import FaceNotFound
    from studio.head import faces

    def make(folder: Path, _: Callable[[float], None]) -> None:
        try:
            boxes = np.array([face.box for face in faces.find(image)], float)
            sides = np.tile(image.shape[1::-1], 2)
            boxes = boxes[boxes[:, 3] - boxes[:, 1] >= _SITTER * (boxes[0, 3] - boxes[0, 1])] / sides
            found = [*boxes[:, :2].min(axis=0).tolist(), *boxes[:, 2:].max(axis=0).tolist()]
        except FaceNotFound:
            found = []
        (folder / "face.json").write_text(json.dumps(found))

    takes.used("faces", "mediapipe-facemesh")
    # The still lies in the cache, in a folder named by its content.
    key = {"photo": still.parent.name, "version": version("head")}
    found = json.loads((takes.take("faces", "faces", key, make).folder / "face.json").read_text())
    return tuple(found) or None
