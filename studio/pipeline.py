"""The recipe: calls the stages in order. The command line, the page and Python all come in through here."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio import acting, deliverables, film, painting, speeches
from studio import engines as _engines
from studio import report as page
from studio.cache import Cache
from studio.errors import FileUnreadable, ProductionInvalid
from studio.media import files
from studio.media.audio import read_audio, resample, write_wav
from studio.media.image import read_image
from studio.media.probe import check_readable
from studio.media.video import read_video, write_video
from studio.meter import Meter
from studio.painting import Known, Painting
from studio.production import Production
from studio.recipe import SCHEMA
from studio.report import gather
from studio.settings import settings
from studio.storyboard import unrolled
from studio.takes import Takes
from studio.trust import label
from studio.types import (
    AudioClip,
    Cancel,
    Face,
    Feeling,
    Language,
    LipSync,
    Manner,
    OnProgress,
    Refine,
    Render,
    Speech,
    StandIn,
    frames_for,
)

if TYPE_CHECKING:
    from studio.voice.prosody.vitality import Vitality
from studio.weights import data_dir

EngineStatus = _engines.EngineStatus
engines = _engines.statuses

DRAFT_HEIGHT = 360  # px
FRAME_RATE = Fraction(25)  # of `animate`, where nobody asks for another
MAX_SIZE = (1920, 1080)  # px of an animated photo


def render(
    production: Path | Production,
    output: Path | None = None,
    *,
    draft: bool = False,
    only: str | None = None,
    on_progress: OnProgress | None = None,
    cancel: Cancel | None = None,
) -> Render:
    """Make the film of a production, with captions, recipe and whatever its `outputs.also` asks for beside it.

    Args:
        production: a production.yaml, or one held in memory.
        output: folder to write to; left out, `film/` beside the production.yaml.
        draft: 360 lines high and coarse, with the timing of the film.
        only: id of one scene, or of one photo of a slideshow, to make alone; nothing else is then made of it.

    Raises:
        StudioError: its children say what is wrong with which input; nothing half-written stays.
    """
    if not isinstance(production, Production):
        production = Production.load(production)
    if only is not None and only not in [scene.id for scene in (*production.scenes, *unrolled(production.scenes))]:
        known = ", ".join(scene.id for scene in production.scenes)
        raise ProductionInvalid(f"There is no scene called {only!r}. There are: {known}.")
    if draft:
        canvas = production.canvas.model_copy(update={"height": DRAFT_HEIGHT})
        production = production.with_canvas(canvas)
    folder = (output if output is not None else production.resolve(Path("film"))).resolve()
    name = production.name + (f"-{only}" if only else "") + ("-draft" if draft else "")
    takes = Takes(production, Cache(settings().takes_dir), Meter(on_progress, cancel))
    began = datetime.now(UTC)
    film.check_writable(folder)
    takes.cache.sweep()
    plans, melts = film.plan(takes, only)
    takes.meter.expect(film.units(plans) + (0 if only else deliverables.units(production, plans)))
    cut = film.shoot(takes, plans, melts)
    measured = film.measure(cut)
    made = film.write(cut, folder / f"{name}.mp4", draft=draft)
    further = () if only else deliverables.write(cut, made, draft=draft)
    return film.record(cut, made, measured, further, began=began, draft=draft)


def speak(
    text: str,
    out: Path,
    *,
    voice: Sequence[Path] = (),
    transcript: str = "",
    profile: str = "",
    stand_in: StandIn = "male",
    language: Language = "en",
    speed: float = 1.0,
    seed: int = 0,
    engine: str = "auto",
    lexicon: Mapping[str, str] | None = None,
    feeling: Feeling | None = None,
    vitality: Vitality | None = None,
    tape: float = 0.0,
    on_progress: OnProgress | None = None,
) -> Speech:
    """The voice branch alone: write a WAV in which `text` is said.

    Args:
        text: with or without marks: *word*, [pause 1s], [warm]…[/warm].
        voice: recordings of the person; without any, and without a profile, one of the studio's own voices speaks.
        transcript: what is said in the first of them, for engines that imitate and have to know.
        profile: the name of an enrolled voice.
        stand_in: which of the studio's own.
        speed: 1 is the voice's own pace.
        tape: 0 … 1, how much of the sound of the recordings is laid over it.

    Raises:
        TextUnspeakable, AudioUnusable, FileUnreadable, EngineUnavailable, OutputUnwritable.
    """
    from studio import voices
    from studio.voice import engines as speakers
    from studio.voice.person.enrol import enrol
    from studio.voice.person.profile import described
    from studio.voice.speak import speak as say

    meter = Meter(on_progress)
    meter.expect(2)
    person = voices.find(profile) if profile else None
    reference = None
    if voice:
        with meter.stage("enrol", ", ".join(path.name for path in voice), 1):
            clips = [read_audio(path, mono=True) for path in voice]
            person = enrol(clips, person="voice", hashes=[files.sha256_file(path) for path in voice])
            person = described(person, clips) if tape > 0 else person
            reference = speakers.reference_of(clips, language, [transcript])
    with meter.stage("speak", text[:60], 1):
        speech = say(
            text, language, person, stand_in=stand_in, engine=engine, speed=speed, seed=seed, lexicon=lexicon,
            feeling=feeling, vitality=vitality, reference=reference, texture=tape,
        )  # fmt: skip
    write_wav(out, speech.audio, pcm16=True)
    return speech


def animate(
    photo: Path,
    audio: Path,
    out: Path,
    *,
    text: str = "",
    language: Language = "en",
    face: int | tuple[float, float] | None = None,
    manner: Manner = acting.GENTLE,
    listeners: bool = False,
    views: Sequence[Path] = (),
    mouth: Path | None = None,
    lipsync: LipSync = "own",
    refine: Refine = "none",
    frame_rate: Fraction = FRAME_RATE,
    seed: int = 0,
    on_progress: OnProgress | None = None,
    cancel: Cancel | None = None,
) -> Path:
    """The head branch alone: write an MP4 in which the photo says the recording, as long as it, to the frame.

    Args:
        text: what is said in the recording; with it the lips are better.
        face: whose face: a number counted from the left, or a point in px; None takes the largest.
        manner: how the words are said: feelings, smile, gaze, and how much of everything.
        listeners: whether every other face in the photo lives too: blinks, breathes, attends to who speaks. Left out,
            nobody moves but the one who was asked for.
        views: further photos of the same person, from which the mouth borrows what this one does not show.
        mouth: weights that were trained for this person (`studio train person`).
        lipsync: a network that paints the mouth after the mesh has moved it.
        refine: a diffusion model that goes over the painted mouth.

    Raises:
        FaceNotFound, PhotoUnusable, AudioUnusable, FileUnreadable, EngineUnavailable, OutputUnwritable, Cancelled.
    """
    meter = Meter(on_progress, cancel)
    clip = resample(read_audio(audio), speeches.SAMPLE_RATE)
    meter.expect(float(clip.duration))
    speech = _heard(clip, text, language)
    sitters = acting.sit(read_image(photo), [face], MAX_SIZE, everyone=listeners)
    whole = (Fraction(0), speech.audio.duration)
    frames = acting.play(
        sitters,
        [acting.Part(speech, manner, lines=(whole,))],
        frames_for(speech.audio.duration, frame_rate),
        frame_rate,
        seed=seed,
        painted=Painting(lipsync, refine),
        known=[Known(acting.seen([(read_image(view), None) for view in views]), mouth)],
        cancel=cancel,
    )
    comment = f"{label.LABEL[language]}. The moving picture was made by Keepsake Studio from a photograph."
    with meter.stage("animate", photo.name, float(clip.duration)) as share:
        tags = label.metadata("Keepsake Studio", files.sha256_file(photo)[:32], comment)
        write_video(out, frames, clip, metadata=tags, on_progress=share, cancel=cancel)
    return out


def dub(
    video: Path,
    audio: Path,
    out: Path,
    *,
    lipsync: LipSync = "wav2lip",
    on_progress: OnProgress | None = None,
    cancel: Cancel | None = None,
) -> Path:
    """Write an MP4 in which an existing clip says the recording, as long as the recording, to the frame.

    Raises:
        EngineUnavailable: the network's weights are not here.
        FaceNotFound, AudioUnusable, FileUnreadable, OutputUnwritable, Cancelled.
    """
    meter = Meter(on_progress, cancel)
    clip = resample(read_audio(audio), speeches.SAMPLE_RATE)
    meter.expect(float(clip.duration))
    with meter.stage("dub", video.name, float(clip.duration)) as share:
        frames = painting.dub(read_video(video), AudioClip(clip.mono()[None], clip.sample_rate), lipsync, cancel=cancel)
        tags = label.metadata("Keepsake Studio", files.sha256_file(video)[:32], f"{label.LABEL['en']}: dubbed.")
        write_video(out, frames, clip, metadata=tags, on_progress=share, cancel=cancel)
    return out


def _heard(clip: AudioClip, text: str, language: Language) -> Speech:
    """A recording as speech on its own clock, untouched: aligned where the words are known."""
    mono = AudioClip(clip.mono()[None], clip.sample_rate)
    if text.strip():
        from studio.voice.alignment.align import align

        return align(mono, text, language)
    return Speech(mono, "", language, (), (), "recording", synthetic=False)


def report(
    target: Path,
    out: Path | None = None,
    *,
    photo: Path | None = None,
    face: int | tuple[float, float] | None = None,
    language: Language | None = None,
    on_progress: OnProgress | None = None,
) -> Path:
    """Write the quality report of a film made here, or of any clip of one person against a photograph of them.

    Args:
        target: the film's folder, or a clip with sound.
        out: the page; left out, report.html in the folder, or the clip's name with .report.html beside it.
        photo: of the person, for a clip; what their face is held against.
        face: whose face in it: a number counted from the left, or a point in px; None takes the largest.
        language: of the page; left out, the film's, or English.

    Raises:
        FileUnreadable: there is no recipe, no clip or no photo there, or what was measured is no longer kept.
        FaceNotFound, PhotoUnusable, AudioUnusable, OutputUnwritable.
    """
    if target.is_dir():
        table = _recipe(target / "recipe.json")
        clips = gather.recall(table, Cache(settings().takes_dir))
        return page.write(out or target / page.NAME, table, clips, language or gather.language_of(table))
    if photo is None:
        raise FileUnreadable(
            f"{target} is no film's folder. For a single clip also give a photo of the person: --photo FILE."
        )
    meter = Meter(on_progress)
    meter.expect(1)
    with meter.stage(gather.STAGE, target.name, 1) as share, files.scratch() as folder:
        clip = gather.single(target, photo, folder, face=face, on_progress=share)
        return page.write(out or target.with_suffix(".report.html"), {}, [clip], language or "en")


def _recipe(path: Path) -> dict[str, Any]:
    """A recipe.json.

    Raises:
        FileUnreadable: it is missing, or is none.
    """
    check_readable(path)
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise FileUnreadable(f"{path} is damaged. Render the film again.") from error
    if not isinstance(table, dict) or table.get("schema") != SCHEMA or "film" not in table:
        raise FileUnreadable(f"{path} is no film's recipe. Give the folder that a film was rendered to.")
    return table


def faces(photo: Path) -> tuple[Face, ...]:
    """Every face in a photo, the largest first.

    Raises:
        FaceNotFound: there is none; FileUnreadable, PhotoUnusable.
    """
    from studio.head.faces import find

    return find(read_image(photo))


def demo(output: Path, *, on_progress: OnProgress | None = None, cancel: Cancel | None = None) -> Render:
    """The example: a museum exhibit of Rear Admiral Grace Hopper, from matplotlib's sample photograph."""
    from matplotlib import cbook

    production = output / "production.yaml"
    photo = Path(cbook.get_sample_data("grace_hopper.jpg", asfileobj=False))
    files.copy(photo, output / "photos" / photo.name)
    files.copy(data_dir("templates") / "demo" / "production.yaml", production)
    return render(production, output, on_progress=on_progress, cancel=cancel)
