"""The command line. Every command calls the same functions as the page; heavy rooms are imported inside commands."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from studio import __version__
from studio.app import (
    align_commands,
    branches,
    features_commands,
    gather_commands,
    listen_commands,
    new_commands,
    restore_commands,
    say_commands,
)
from studio.app.console import film, running
from studio.app.options import FaceOption, Json, LipSyncOption, RefineOption, parse_face
from studio.app.train_commands import train_app
from studio.app.voice_commands import voice_app
from studio.app.weights_commands import weights_app

if TYPE_CHECKING:
    from studio.production import Production

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

app.add_typer(train_app)
app.add_typer(voice_app)
app.add_typer(weights_app)


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


app.command(cls=new_commands.TemplateCommand, epilog=new_commands.NEW_EPILOG)(new_commands.new)
app.command(epilog=new_commands.TEMPLATES_EPILOG)(new_commands.templates)
app.command(epilog=gather_commands.EPILOG)(gather_commands.gather)


@app.command(
    epilog="Examples:  studio render ruth/production.yaml --draft   ·   studio render ruth/production.yaml --only end"
    "   ·   studio render ruth/production.yaml --also vertical,poster"
)
def render(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A production.yaml.")],
    draft: Annotated[bool, typer.Option("--draft", help="Small and quick, with the timing of the film.")] = False,
    only: Annotated[str | None, typer.Option(metavar="SCENE", help="Only the scene with this name.")] = None,
    output: Annotated[Path | None, typer.Option(metavar="FOLDER", help="Folder for the film.")] = None,
    also: Annotated[
        str,
        typer.Option(metavar="NAMES", help="What else to make of it, as under `outputs.also`: vertical,poster,pack"),
    ] = "",
    lipsync: LipSyncOption = None,
    refine: RefineOption = None,
    as_json: Json = False,
) -> None:
    """Make the film of a production.

    Stopped or changed, it goes on from what is finished.
    """
    with running("render", as_json=as_json) as run:
        from studio import pipeline

        asked = {name: value for name, value in (("lipsync", lipsync), ("refine", refine)) if value}
        names = [name.strip() for name in also.split(",") if name.strip()]
        of = _changed(file, asked, names) if asked or names else file
        made = pipeline.render(of, output, draft=draft, only=only, on_progress=run.on_progress, cancel=run.cancel)
        run.done(*film(made))


def _changed(file: Path, asked: Mapping[str, str], also: Sequence[str]) -> Production:
    """A production with other engines than it names, and more made of it, for once."""
    from studio import deliverables
    from studio.production import Production

    production = Production.load(file)
    production = production.with_engines(production.engines.model_copy(update=asked))
    return deliverables.ordered(production, also)


@app.command(
    epilog="Examples:  studio report outputs/ruth   ·   studio report clip.mp4 --photo ruth.jpg --out clip.html"
)
def report(
    target: Annotated[
        Path, typer.Argument(metavar="FOLDER|CLIP", help="The folder of a film, or a clip of one person with sound.")
    ],
    photo: Annotated[Path | None, typer.Option(metavar="FILE", help="For a clip: a photo of the person.")] = None,
    face: FaceOption = "",
    out: Annotated[Path | None, typer.Option(metavar="FILE.html", help="The page to write.")] = None,
    as_json: Json = False,
) -> None:
    """Say how well a film came out.

    Likeness, lips against sound, silence, seams, texture and flicker, and the five worst moments: one page.
    """
    with running("report", as_json=as_json, cancellable=False) as run:
        from studio import pipeline

        page = pipeline.report(target, out, photo=photo, face=parse_face(face), on_progress=run.on_progress)
        run.done({"path": str(page)}, [("Report", str(page))])


app.command(epilog='Example:  studio speak --voice tape1.wav --voice tape2.wav --text "Good evening." evening.wav')(
    branches.speak
)
app.command(epilog=say_commands.EPILOG)(say_commands.say)
app.command(epilog=listen_commands.EPILOG)(listen_commands.listen)
app.command(epilog=restore_commands.EPILOG)(restore_commands.restore)
app.command(epilog=features_commands.EPILOG)(features_commands.features)
app.command(epilog=align_commands.EPILOG)(align_commands.align)
app.command(
    epilog="Examples:  studio animate --photo ruth.jpg --audio evening.wav ruth.mp4   ·   "
    "studio animate --photo wedding.jpg --face 2 --listeners --emotion warm --audio evening.wav wedding.mp4"
)(branches.animate)
app.command(epilog="Example:  studio dub --video wedding.mp4 --audio evening.wav dubbed.mp4")(branches.dub)


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
