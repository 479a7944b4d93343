"""The commands of one branch alone: a voice without a face, a face without a film."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from studio.app.console import running
from studio.app.options import (
    DubOption,
    EmotionOption,
    FaceOption,
    Json,
    Language,
    LexiconOption,
    LipSyncOption,
    OwnVoice,
    RefineOption,
    Seed,
    parse_face,
)

if TYPE_CHECKING:
    from studio.types import Feeling, Manner, Speech


def speak(
    out: Annotated[Path, typer.Argument(metavar="OUT.wav", help="The sound to write, .wav.")],
    text: Annotated[str, typer.Option(metavar="TEXT", help="What is said.")] = "",
    text_file: Annotated[Path | None, typer.Option(metavar="FILE", help="A file with what is said, UTF-8.")] = None,
    voice: Annotated[
        list[Path] | None, typer.Option(metavar="FILE", help="A recording of the voice. May be given several times.")
    ] = None,
    transcript: Annotated[
        str, typer.Option(metavar="TEXT", help="What is said in the first recording; some engines have to know.")
    ] = "",
    profile: Annotated[str, typer.Option(metavar="NAME", help="An enrolled voice; `studio voice list`.")] = "",
    own_voice: OwnVoice = "male",
    lang: Language = "en",
    speed: Annotated[float, typer.Option(min=0.5, max=2.0, metavar="NUMBER", help="1 is the voice's own pace.")] = 1.0,
    seed: Seed = 0,
    engine: Annotated[str, typer.Option(metavar="NAME", help="A voice engine; `studio engines` lists them.")] = "auto",
    lexicon: LexiconOption = None,
    emotion: EmotionOption = "",
    intensity: Annotated[
        float, typer.Option(min=0.0, max=1.0, metavar="NUMBER", help="How much of that emotion is heard.")
    ] = 1.0,
    age: Annotated[
        float, typer.Option(min=-30, max=30, metavar="YEARS", help="Younger (below 0) or older than recorded.")
    ] = 0.0,
    vigour: Annotated[
        float, typer.Option(min=-1.0, max=1.0, metavar="NUMBER", help="-1 frail, 0 as recorded, 1 strong.")
    ] = 0.0,
    tape: Annotated[
        float, typer.Option(min=0.0, max=1.0, metavar="NUMBER", help="How much of the tape's own sound is laid over.")
    ] = 0.0,
    as_json: Json = False,
) -> None:
    """Say a text in the voice of recordings.

    Without any, a voice of the studio speaks. Marks say how: *word*, [pause 1s], [warm]…[/warm], [slow]…[/slow].
    """
    if profile and voice:
        raise typer.BadParameter("Give either recordings or the name of an enrolled voice.", param_hint="--profile")
    if bool(text.strip()) == (text_file is not None):
        raise typer.BadParameter("Give the words once: either --text or --text-file.", param_hint="--text")
    with running("speak", as_json=as_json, cancellable=False) as run:
        from studio import pipeline
        from studio.voice.language import lexicon as words
        from studio.voice.prosody.vitality import Vitality

        felt = _feelings(emotion, intensity)
        said = read_text(text_file) if text_file else text
        speech = pipeline.speak(
            said,
            out,
            voice=voice or (),
            transcript=transcript,
            profile=profile,
            stand_in=own_voice,
            language=lang,
            speed=speed,
            seed=seed,
            engine=engine,
            lexicon=words.parse(lexicon or ()),
            feeling=felt[0] if felt else None,
            vitality=Vitality(age, vigour),
            tape=tape,
            on_progress=run.on_progress,
        )
        run.done(*heard(out, speech))


def read_text(path: Path) -> str:
    """A text that was given as a file, UTF-8.

    Raises:
        FileUnreadable: it is not there, or no such text.
    """
    from studio.errors import FileUnreadable

    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise FileUnreadable(f"There is no file {path}. Check the name after --text-file.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise FileUnreadable(f"{path} cannot be read as UTF-8 text. Save it as UTF-8 and try again.") from error


def heard(path: Path, speech: Speech) -> tuple[dict[str, object], list[tuple[str, str]]]:
    """What is told of a sound that was made: for programs, and for people."""
    seconds = float(speech.audio.duration)
    result: dict[str, object] = {"path": str(path), "duration_s": round(seconds, 3), "engine": speech.engine}
    return result, [("Sound", f"{path} ({seconds:.1f} s)"), ("Engine", speech.engine)]


def animate(
    out: Annotated[Path, typer.Argument(metavar="OUT.mp4", help="The film to write, .mp4.")],
    photo: Annotated[Path, typer.Option(metavar="FILE", help="A photo with a face.")],
    audio: Annotated[Path, typer.Option(metavar="FILE", help="The sound the face says.")],
    text: Annotated[
        str, typer.Option(metavar="TEXT", help="The words in the sound, where they are known: the mouth gets sharper.")
    ] = "",
    lang: Language = "en",
    face: FaceOption = "",
    listeners: Annotated[
        bool, typer.Option("--listeners", help="Let the others in the photo live and listen; else nobody else moves.")
    ] = False,
    view: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="Another photo of the same person, to borrow teeth from. May be repeated."),
    ] = None,
    mouth: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Weights of this person's own mouth, of `studio train person`.")
    ] = None,
    emotion: EmotionOption = "",
    intensity: Annotated[
        float, typer.Option(min=0.0, max=1.0, metavar="NUMBER", help="How much of that emotion is shown.")
    ] = 1.0,
    smile: Annotated[float, typer.Option(min=0.0, max=1.0, metavar="NUMBER", help="A smile that stays.")] = 0.0,
    gaze: Annotated[
        float, typer.Option(min=0.0, max=1.0, metavar="NUMBER", help="1 holds the viewer's eye, 0 looks past them.")
    ] = 1.0,
    amount: Annotated[
        float, typer.Option(min=0.0, max=2.0, metavar="NUMBER", help="How much the face moves; 0 keeps it still.")
    ] = 1.0,
    lipsync: LipSyncOption = "own",
    refine: RefineOption = "none",
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Make one photo speak one sound."""
    which = parse_face(face)
    manner = _manner(emotion, intensity, smile, gaze, amount)
    with running("animate", as_json=as_json) as run:
        from studio import pipeline

        path = pipeline.animate(
            photo,
            audio,
            out,
            text=text,
            language=lang,
            face=which,
            manner=manner,
            listeners=listeners,
            views=view or (),
            mouth=mouth,
            lipsync=lipsync or "own",
            refine=refine or "none",
            seed=seed,
            on_progress=run.on_progress,
            cancel=run.cancel,
        )
        run.done({"path": str(path)}, [("Film", str(path))])


def _manner(word: str, intensity: float, smile: float, gaze: float, amount: float) -> Manner:
    """How the words are said, from what was typed.

    Raises:
        typer.BadParameter: there is no such feeling.
    """
    from studio.types import Manner

    return Manner(amount, smile, gaze, _feelings(word, intensity))


def _feelings(word: str, intensity: float) -> tuple[Feeling, ...]:
    """What was typed after --emotion, from the beginning on; () for nothing.

    Raises:
        typer.BadParameter: there is no such feeling.
    """
    from fractions import Fraction

    from studio.people import emotion
    from studio.types import Feeling

    if not word.strip():
        return ()
    try:
        return (Feeling(Fraction(0), emotion(word.strip()), intensity),)
    except ValueError as error:
        raise typer.BadParameter(f"{error}.", param_hint="--emotion") from None


def dub(
    out: Annotated[Path, typer.Argument(metavar="OUT.mp4", help="The film to write, .mp4.")],
    video: Annotated[Path, typer.Option(metavar="FILE", help="A clip with a face.")],
    audio: Annotated[Path, typer.Option(metavar="FILE", help="The sound the face says.")],
    lipsync: DubOption = "wav2lip",
    as_json: Json = False,
) -> None:
    """Make an existing clip say another sound, by a lip-sync network whose weights you have added."""
    with running("dub", as_json=as_json) as run:
        from studio import pipeline

        path = pipeline.dub(video, audio, out, lipsync=lipsync, on_progress=run.on_progress, cancel=run.cancel)
        run.done({"path": str(path)}, [("Film", str(path))])
