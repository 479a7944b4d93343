"""The command line. Every command calls the same functions as the page; heavy rooms are imported inside commands."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from studio import __version__
from studio.app.console import film, running
from studio.app.weights_commands import weights_app

if TYPE_CHECKING:
    from studio.types import Speech

Lang = Literal["en", "zh"]

app = typer.Typer(
    name="studio",
    no_args_is_help=True,
    add_completion=False,
    # Plain help: the printer for boxes and colours takes three times as long to load as all the rest.
    rich_markup_mode=None,
    # A bug keeps Python's own traceback: it can be searched for, and shows no one's private words.
    pretty_exceptions_enable=False,
    help="A photo, a few recordings and a script become an edited film in which the person speaks again.",
    epilog="Start with studio demo, then studio web. If something is missing, studio doctor says what to do.",
)

app.add_typer(weights_app)

Json = Annotated[bool, typer.Option("--json", help="One event per line on stdout, for programs.")]
Seed = Annotated[int, typer.Option(metavar="NUMBER", help="Same seed and same input: same result.")]
FaceOption = Annotated[
    str,
    typer.Option(
        "--face",
        help="Who speaks in a group photo: a number, counted from the left, or a point x,y in pixels.",
        metavar="N|X,Y",
    ),
]
OwnVoice = Annotated[
    Literal["female", "male"],
    typer.Option("--own-voice", help="Which of the studio's voices speaks where there is no recording."),
]
LipSyncOption = Annotated[
    Literal["none", "wav2lip", "wav2lip-gan"],
    typer.Option("--lipsync", help="A network that paints the mouth; its weights come by `studio weights`."),
]
Language = Annotated[Lang, typer.Option("--lang", help="The language of the words.")]


def parse_face(text: str) -> int | tuple[float, float] | None:
    """A face as the pipeline takes it, from what was typed: "" none, "2" a number, "310,220" a point in px.

    Raises:
        typer.BadParameter: anything else.
    """
    if not text.strip():
        return None
    if re.fullmatch(r"\s*[1-9]\d*\s*", text):
        return int(text)
    numbers = text.split(",")
    try:
        x, y = (float(number) for number in numbers)
    except ValueError:
        raise typer.BadParameter(
            f"{text!r} is neither a number (1 is the leftmost face) nor a point x,y.", param_hint="--face"
        ) from None
    return x, y


def _version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"Keepsake Studio {__version__}\n")
        raise typer.Exit


@app.callback()
def _studio(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say which version.")
    ] = False,
) -> None:
    del version


@app.command(epilog="Example:  studio demo --output outputs/demo")
def demo(
    output: Annotated[Path, typer.Option(metavar="FOLDER", help="Folder for the film and what lies beside it.")] = Path(
        "outputs/demo"
    ),
    as_json: Json = False,
) -> None:
    """Make the example film.

    A museum exhibit of Rear Admiral Grace Hopper, from a photo that comes with the studio.
    """
    with running("demo", as_json=as_json) as run:
        from studio import pipeline

        run.done(*film(pipeline.demo(output, on_progress=run.on_progress, cancel=run.cancel)))


@app.command(
    epilog='Example:  studio new tribute --name "Ruth Weber" --photo ruth.jpg --recording tape1.wav '
    '--words "I was born by the sea." --out ruth'
)
def new(
    template: Annotated[str, typer.Argument(metavar="TEMPLATE", help="A template; `studio templates` lists them.")],
    name: Annotated[str, typer.Option(metavar="NAME", help="The name of the person who speaks.")],
    photo: Annotated[list[Path], typer.Option(metavar="FILE", help="A photo of them. May be given several times.")],
    recording: Annotated[
        list[Path] | None, typer.Option(metavar="FILE", help="A recording of their voice. May be given several times.")
    ] = None,
    words: Annotated[
        list[str] | None, typer.Option(metavar="TEXT", help="A line for them to say. May be given several times.")
    ] = None,
    dates: Annotated[str, typer.Option(metavar="TEXT", help="Their dates, as the title shows them.")] = "",
    own_voice: OwnVoice = "male",
    lang: Language = "en",
    face: FaceOption = "",
    out: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Folder of the new production; by default named after the person."),
    ] = None,
) -> None:
    """Start a production from a template.

    It is a folder with a production.yaml to read and change, and copies of what you gave.
    """
    which = parse_face(face)
    with running("new", cancellable=False) as run:
        from studio import templates
        from studio.app.projects import free_folder

        path = templates.new(
            template,
            out or free_folder(name),
            name=name,
            photos=photo,
            recordings=recording or (),
            words=words or (),
            voice=own_voice,
            dates=dates,
            language=lang,
            face=which,
        )
        run.done(
            {"path": str(path)},
            [("Ready", str(path)), ("Next", f"edit it, then: studio render {path} --draft")],
        )


@app.command(
    epilog="Examples:  studio render ruth/production.yaml --draft   ·   studio render ruth/production.yaml --only end"
)
def render(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A production.yaml.")],
    draft: Annotated[bool, typer.Option("--draft", help="Small and quick, with the timing of the film.")] = False,
    only: Annotated[str | None, typer.Option(metavar="SCENE", help="Only the scene with this name.")] = None,
    output: Annotated[Path | None, typer.Option(metavar="FOLDER", help="Folder for the film.")] = None,
    as_json: Json = False,
) -> None:
    """Make the film of a production.

    Stopped or changed, it goes on from what is finished.
    """
    with running("render", as_json=as_json) as run:
        from studio import pipeline

        made = pipeline.render(file, output, draft=draft, only=only, on_progress=run.on_progress, cancel=run.cancel)
        run.done(*film(made))


@app.command(epilog='Example:  studio speak --voice tape1.wav --voice tape2.wav --text "Good evening." evening.wav')
def speak(
    out: Annotated[Path, typer.Argument(metavar="OUT.wav", help="The sound to write, .wav.")],
    text: Annotated[str, typer.Option(metavar="TEXT", help="What is said.")] = "",
    text_file: Annotated[Path | None, typer.Option(metavar="FILE", help="A file with what is said, UTF-8.")] = None,
    voice: Annotated[
        list[Path] | None, typer.Option(metavar="FILE", help="A recording of the voice. May be given several times.")
    ] = None,
    own_voice: OwnVoice = "male",
    lang: Language = "en",
    speed: Annotated[float, typer.Option(min=0.5, max=2.0, metavar="NUMBER", help="1 is the voice's own pace.")] = 1.0,
    seed: Seed = 0,
    engine: Annotated[str, typer.Option(metavar="NAME", help="A voice engine; `studio engines` lists them.")] = "auto",
    as_json: Json = False,
) -> None:
    """Say a text in the voice of recordings.

    Without any, a voice of the studio speaks.
    """
    if bool(text.strip()) == (text_file is not None):
        raise typer.BadParameter("Give the words once: either --text or --text-file.", param_hint="--text")
    with running("speak", as_json=as_json, cancellable=False) as run:
        from studio import pipeline

        said = _read_text(text_file) if text_file else text
        speech = pipeline.speak(
            said,
            out,
            voice=voice or (),
            stand_in=own_voice,
            language=lang,
            speed=speed,
            seed=seed,
            engine=engine,
            on_progress=run.on_progress,
        )
        run.done(*_heard(out, speech))


def _read_text(path: Path) -> str:
    from studio.errors import FileUnreadable

    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise FileUnreadable(f"There is no file {path}. Check the name after --text-file.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise FileUnreadable(f"{path} cannot be read as UTF-8 text. Save it as UTF-8 and try again.") from error


def _heard(path: Path, speech: Speech) -> tuple[dict[str, object], list[tuple[str, str]]]:
    seconds = float(speech.audio.duration)
    result: dict[str, object] = {"path": str(path), "duration_s": round(seconds, 3), "engine": speech.engine}
    return result, [("Sound", f"{path} ({seconds:.1f} s)"), ("Engine", speech.engine)]


@app.command(epilog="Example:  studio animate --photo ruth.jpg --audio evening.wav ruth.mp4")
def animate(
    out: Annotated[Path, typer.Argument(metavar="OUT.mp4", help="The film to write, .mp4.")],
    photo: Annotated[Path, typer.Option(metavar="FILE", help="A photo with a face.")],
    audio: Annotated[Path, typer.Option(metavar="FILE", help="The sound the face says.")],
    text: Annotated[
        str, typer.Option(metavar="TEXT", help="The words in the sound, where they are known: the mouth gets sharper.")
    ] = "",
    lang: Language = "en",
    face: FaceOption = "",
    amount: Annotated[
        float, typer.Option(min=0.0, max=2.0, metavar="NUMBER", help="How much the head moves; 0 keeps it still.")
    ] = 1.0,
    lipsync: LipSyncOption = "none",
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Make one photo speak one sound."""
    which = parse_face(face)
    with running("animate", as_json=as_json) as run:
        from studio import pipeline

        path = pipeline.animate(
            photo,
            audio,
            out,
            text=text,
            language=lang,
            face=which,
            amount=amount,
            lipsync=lipsync,
            seed=seed,
            on_progress=run.on_progress,
            cancel=run.cancel,
        )
        run.done({"path": str(path)}, [("Film", str(path))])


@app.command(epilog="Example:  studio dub --video wedding.mp4 --audio evening.wav dubbed.mp4")
def dub(
    out: Annotated[Path, typer.Argument(metavar="OUT.mp4", help="The film to write, .mp4.")],
    video: Annotated[Path, typer.Option(metavar="FILE", help="A clip with a face.")],
    audio: Annotated[Path, typer.Option(metavar="FILE", help="The sound the face says.")],
    lipsync: LipSyncOption = "wav2lip",
    as_json: Json = False,
) -> None:
    """Make an existing clip say another sound, by a lip-sync network whose weights you have added."""
    with running("dub", as_json=as_json) as run:
        from studio import pipeline

        path = pipeline.dub(video, audio, out, lipsync=lipsync, on_progress=run.on_progress, cancel=run.cancel)
        run.done({"path": str(path)}, [("Film", str(path))])


@app.command(epilog="Example:  studio doctor --json")
def doctor(as_json: Json = False) -> None:
    """Say what is missing here and what to do about it.

    Exit code 0 when films can be made, 1 when not.
    """
    import studio.app.doctor as checks

    found = checks.examine()
    if as_json:
        sys.stdout.write(json.dumps(checks.as_dict(found), ensure_ascii=False) + "\n")
    else:
        checks.show(found)
    raise typer.Exit(0 if checks.usable(found) else 1)


@app.command()
def engines(as_json: Json = False) -> None:
    """List the engines of every stage.

    Which can be used here, which `auto` takes, and their licences.
    """
    with running("engines", cancellable=False):
        from studio import pipeline
        from studio.app import listing

        listing.engines(pipeline.engines(), as_json=as_json)


@app.command()
def templates(lang: Language = "en", as_json: Json = False) -> None:
    """List the templates that `studio new` knows."""
    with running("templates", cancellable=False):
        from studio import templates as known
        from studio.app import listing

        listing.templates([(name, known.describe(name, lang)) for name in known.names()], as_json=as_json)


@app.command(epilog="Example:  studio schema > production.schema.json")
def schema() -> None:
    """Print the JSON schema of production.yaml.

    For editors that check and complete it.
    """
    with running("schema", cancellable=False):
        from studio.production import Production

        sys.stdout.write(json.dumps(Production.model_json_schema(), ensure_ascii=False, indent=2) + "\n")


@app.command(epilog="Example:  studio web --port 8080 --no-browser")
def web(
    port: Annotated[int, typer.Option(min=0, max=65535, metavar="NUMBER", help="0 takes any free port.")] = 7860,
    browser: Annotated[bool, typer.Option(help="Open the page in the browser.")] = True,
) -> None:
    """Open the page, on this machine only.

    Films are made in a process of their own: closing the page stops nothing.
    """
    with running("web", cancellable=False):
        from studio.app.web.server import serve

        serve(port=port, open_browser=browser)


@app.command()
def worker(
    with_parent: Annotated[bool, typer.Option("--with-parent", hidden=True, help="End when stdin closes.")] = False,
) -> None:
    """Make the films that wait in the queue.

    `studio web` starts it by itself.
    """
    with running("worker", cancellable=False):
        from studio.app.worker import work

        work(with_parent=with_parent)


def main() -> None:
    """The `studio` command."""
    app()
