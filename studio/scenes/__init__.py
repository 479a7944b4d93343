"""From one scene of production.yaml to a finished piece of film, with what a cross-fade needs at both ends."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

from studio import speeches, voicing
from studio.edit import render
from studio.edit.look import Look
from studio.edit.project import to_json
from studio.edit.timeline import Clip, Media, Timeline, TimeRange, Track
from studio.media.audio import write_wav
from studio.media.files import sha256_file
from studio.media.probe import probe
from studio.scenes.plans import LEAD_IN, LEAD_OUT, Plan, crossing, handles, plan, reading_time
from studio.scenes.shots import LABEL_FADE, THIRD_AT, THIRD_FOR, picture
from studio.storyboard import ClipScene
from studio.takes import COST, Takes, version
from studio.types import AudioClip

__all__ = [
    "LABEL_FADE", "LEAD_IN", "LEAD_OUT", "THIRD_AT", "THIRD_FOR",
    "Plan", "compose", "crossing", "handles", "named_files", "plan", "reading_time", "shoot", "staged",
]  # fmt: skip


def shoot(takes: Takes, planned: Plan) -> Path:
    """Make the scene: a near-lossless piece of film with sound."""
    units = float(planned.duration) * COST.compose
    return compose(takes, staged(takes, planned), "scene.mkv", "scene", planned.scene.id, units)


def staged(takes: Takes, planned: Plan) -> Timeline:
    """Everything that is seen and heard in a scene, with what a cross-fade needs at both ends."""
    scene = planned.scene
    canvas = takes.production.canvas
    whole = TimeRange(Fraction(0), planned.duration)
    if isinstance(scene, ClipScene) and (found := probe(file := takes.input(scene.file))).audio is not None:
        heard = Clip("sound", Media(file, "video", found.duration), whole)
    else:
        heard = Clip("voice", Media(_sound(takes, planned), "audio", planned.duration), whole)
    shot = picture(takes, planned)
    tracks = (*(Track("video", clips) for clips in shot.clips), Track("audio", (heard,)))
    return Timeline(canvas.fps, canvas.size, tracks, effects=shot.overlays, name=scene.id)


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
    clips = [item for track in timeline.tracks for item in track.items if isinstance(item, Clip)]
    looks = [effect.lut for clip in clips for effect in clip.effects if isinstance(effect, Look) and effect.lut]
    return {clip.media.path for clip in clips} | {effect.path for effect in timeline.effects} | set(looks)


def _sound(takes: Takes, planned: Plan) -> Path:
    """The scene's voices as one file; silence where nobody speaks and no tape is heard."""
    lines = [item.speech for item in planned.spoken]
    starts = [item.start for item in planned.spoken]
    whole = speeches.join(lines, starts, planned.duration, takes.production.language)
    # New words beside true ones: the noise of their tapes does not come and go with them.
    synthetic = {item.key for item in planned.spoken if item.speech.synthetic}
    bed = voicing.room(takes, sorted(synthetic), planned.duration, version("voice"))
    seed = takes.production.seed
    key = {
        "sound": speeches.digest(whole),
        "lines": [(item.start, item.end, item.speech.synthetic) for item in planned.spoken],
        "room": speeches.sound_digest(bed) if bed else None,
        "seed": seed,
        "version": version("voice"),
    }

    def make(folder: Path, _: Callable[[float], None]) -> None:
        heard = whole.audio.samples
        for tone in (bed, speeches.room_between(lines, starts, planned.duration, seed)):
            heard = heard if tone is None else heard + tone.samples
        write_wav(folder / "voice.wav", AudioClip(heard, whole.audio.sample_rate))

    return takes.take("mix", planned.scene.id, key, make).folder / "voice.wav"
