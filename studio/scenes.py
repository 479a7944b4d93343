"""From one scene of production.yaml to a finished piece of film, with what a cross-fade needs at both ends."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from studio import pictures, speeches
from studio.edit import render
from studio.edit.project import to_json
from studio.edit.timeline import FULL, Clip, Fade, Fit, Media, Move, Overlay, Rect, Timeline, TimeRange, Track
from studio.media.audio import write_wav
from studio.media.files import sha256_file
from studio.media.image import read_image
from studio.media.probe import probe
from studio.production import ClipScene, EndScene, Line, PhotoScene, Point, Scene, SilenceScene, TalkingScene, Target
from studio.takes import COST, Box, Takes, version
from studio.types import Speech, frames_for

LEAD_IN = Fraction(6, 10)  # s from the cut to the first word: the picture is seen before it speaks
LEAD_OUT = Fraction(9, 10)  # s from the last word to the cut
THIRD_AT, THIRD_FOR = Fraction(8, 10), Fraction(5)  # s: when the lower third comes, and how long it stays
_PUSH = 0.06  # share of the canvas by which the camera comes closer
LABEL_FADE = Fraction(4, 10)  # s


@dataclass(frozen=True)
class Spoken:
    """A line and when it is heard."""

    key: str
    """Who says it: a key of `people`."""
    line: Line
    speech: Speech
    start: Fraction
    """s of the scene's own file."""


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
    key = scene.person if isinstance(scene, TalkingScene) else (scene.speaker or "")
    spoken: list[Spoken] = []
    clock = head + LEAD_IN
    for line in scene.lines:
        if spoken:
            clock += Fraction(str(spoken[-1].line.pause))
        speech = takes.line(key, line)
        spoken.append(Spoken(key, line, speech, clock))
        clock += speech.audio.duration
    return tuple(spoken), clock


def shoot(takes: Takes, planned: Plan) -> Path:
    """Make the scene: a near-lossless piece of film with sound."""
    scene = planned.scene
    canvas = takes.production.canvas
    if isinstance(scene, ClipScene) and probe(takes.input(scene.file)).audio is not None:
        clip, overlays = _picture(takes, planned, None)
        heard = Clip("sound", clip.media, clip.source)
    else:
        path, speech = _sound(takes, planned)
        clip, overlays = _picture(takes, planned, speech)
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


def _sound(takes: Takes, planned: Plan) -> tuple[Path, Speech]:
    """The scene's voices as one file, and as one piece of speech; silence where nobody speaks."""
    lines = [item.speech for item in planned.spoken]
    starts = [item.start for item in planned.spoken]
    whole = speeches.join(lines, starts, planned.duration, takes.production.language)
    key = {"sound": speeches.digest(whole), "version": version()}

    def make(folder: Path, _: Callable[[float], None]) -> None:
        write_wav(folder / "voice.wav", whole.audio)

    return takes.take("mix", planned.scene.id, key, make).folder / "voice.wav", whole


def _picture(takes: Takes, planned: Plan, speech: Speech | None) -> tuple[Clip, list[Overlay]]:
    scene, duration = planned.scene, planned.duration
    whole = TimeRange(Fraction(0), duration)
    if isinstance(scene, TalkingScene):
        assert speech is not None  # noqa: S101  (a talking scene has lines)
        photo = takes.production.people[scene.person].photos[scene.photo]
        path, face = takes.talking(scene.id, photo, speech, takes.production.canvas.size, scene.amount)
        framing = (_closer(takes, path, face),) if scene.framing == "face" else ()
        return Clip(scene.id, Media(path, "video", duration), whole, (Fit(), *framing)), _lower_third(takes, planned)
    if isinstance(scene, PhotoScene):
        still = takes.still(scene.file)
        move = Move(_view(takes, still, scene.move.start), _view(takes, still, scene.move.end))
        return Clip(scene.id, Media(still, "still"), whole, (Fit(), move)), _caption(takes, planned, scene.caption)
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


def _view(takes: Takes, still: Path, target: Target) -> Rect:
    """The part of the fitted photo that the camera looks at."""
    if target == "full":
        return FULL
    image = read_image(still)
    height, width = image.shape[:2]
    if isinstance(target, Point):
        return _around(takes, target.x, target.y, 0.62, (width, height))
    box = _largest_face(takes, still, image)
    if box is None:
        return _around(takes, 0.5, 0.45, 0.8, (width, height))
    x0, y0, x1, y1 = box
    # The face fills less than half of the height: closer is uncomfortable, and grain becomes the subject.
    share = max((y1 - y0) / height / 0.42, (x1 - x0) / width / 0.42)
    return _around(takes, (x0 + x1) / 2 / width, (y0 + y1) / 2 / height, min(0.9, max(0.5, share)), (width, height))


def _closer(takes: Takes, take: Path, face: Box) -> Move:
    """A few per cent towards the face while it speaks: the picture lives, and the eye stays on it."""
    video = probe(take).video
    assert video is not None  # noqa: S101  (it was written a moment ago)
    photo = (video.width, video.height)
    scale = min(takes.production.canvas.size[0] / photo[0], takes.production.canvas.size[1] / photo[1])
    tall = (face[3] - face[1]) * photo[1] * scale / takes.production.canvas.size[1]
    # Forehead to chin fills about 0.36 of the height at the end: head and shoulders, with air above.
    share = min(1 - _PUSH, max(0.55, tall / 0.36))
    x, y = (face[0] + face[2]) / 2, face[1] + 0.62 * (face[3] - face[1])
    return Move(_around(takes, x, y, share + _PUSH, photo), _around(takes, x, y, share, photo))


def _around(takes: Takes, x: float, y: float, share: float, photo: tuple[int, int]) -> Rect:
    """A view `share` of the canvas wide and high, its middle on a point of the photo, kept inside the canvas."""
    across, down = takes.production.canvas.size
    scale = min(across / photo[0], down / photo[1])
    shown_x, shown_y = photo[0] * scale / across, photo[1] * scale / down
    centre_x, centre_y = 0.5 + (x - 0.5) * shown_x, 0.5 + (y - 0.5) * shown_y
    return Rect(
        min(max(0.0, centre_x - share / 2), 1 - share), min(max(0.0, centre_y - share / 2), 1 - share), share, share
    )


def _largest_face(takes: Takes, still: Path, image: Any) -> tuple[int, int, int, int] | None:
    from studio.errors import FaceNotFound
    from studio.head import faces

    def make(folder: Path, _: Callable[[float], None]) -> None:
        try:
            boxes = [face.box for face in faces.find(image)]
        except FaceNotFound:
            boxes = []
        (folder / "faces.json").write_text(json.dumps(boxes))

    takes.used("faces", "mediapipe-facemesh")
    take = takes.take(
        "faces", still.parent.name[:8], {"photo": str(still.parent.name), "version": version("head")}, make
    )
    boxes = json.loads((take.folder / "faces.json").read_text())
    return (boxes[0][0], boxes[0][1], boxes[0][2], boxes[0][3]) if boxes else None
