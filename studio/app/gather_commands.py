"""`studio gather`: from a folder of everything to a draft of the film, for a person to edit."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from studio.app.console import running
from studio.app.options import Json, Language

if TYPE_CHECKING:
    from studio.album.gather import Album

EPILOG = (
    'Examples:  studio gather ~/Pictures/Mum --name "Ruth Weber" --out outputs/ruth   ·   '
    'studio gather ~/Pictures/Mum --name "Ruth Weber" --out outputs/ruth --person 2'
)


def gather(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Photos, home videos and recordings, in any order.")],
    name: Annotated[str, typer.Option(metavar="NAME", help="The name of the person the film is about.")],
    out: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Folder of the film's draft; by default named after the person."),
    ] = None,
    person: Annotated[
        list[int] | None,
        typer.Option(metavar="N", help="Who it is, by the number in album/people.png. May be given several times."),
    ] = None,
    count: Annotated[int, typer.Option(min=1, max=200, metavar="NUMBER", help="How many pictures are chosen.")] = 70,
    template: Annotated[
        str, typer.Option(metavar="TEMPLATE", help="A template that shows photos; `studio templates` lists them.")
    ] = "tribute-slideshow",
    lang: Language = "en",
    as_json: Json = False,
) -> None:
    """Draft a film from a folder of photos, home videos and recordings.

    Finds what is there twice, who is who, and when it was; chooses the best and puts them in order. Nothing in the
    folder is changed. Stopped, it goes on where it was.
    """
    with running("gather", as_json=as_json) as run:
        from datetime import datetime

        from studio.album.gather import gather as gathered
        from studio.settings import settings
        from studio.templates import slug

        # Not a free folder each time: the next run goes on in the one before.
        target = out or settings().projects_dir / slug(name)
        album = gathered(
            folder,
            target,
            name=name,
            template=template,
            language=lang,
            count=count,
            person=tuple(person or ()),
            today=datetime.now().astimezone().date(),
            on_progress=run.on_progress,
            cancel=run.cancel,
        )
        run.done(_data(album), _lines(album))


def _data(album: Album) -> dict[str, object]:
    from studio.album import gather as places
    from studio.album import report

    return {
        "path": str(album.production),
        "sheet": str(album.out / places.SHEET),
        "faces": str(album.out / places.FACES),
        "report": str(album.out / places.REPORT),
        "summary": str(album.out / places.SUMMARY),
        "counts": report.counts(album),
        "person": list(album.dear),
        "people": [{"number": one.number, "pictures": one.pictures} for one in album.people],
        "skipped": [{"file": report.name_of(one.path), "reason": one.reason} for one in album.skipped],
    }


def _lines(album: Album) -> list[tuple[str, str]]:
    from studio.album import gather as places
    from studio.album import report

    many = report.counts(album)
    lines = [
        ("Found", f"{many['photos']} photos, {many['films']} films, {many['recordings']} recordings"),
        ("Left out", f"{many['duplicates']} twice, {many['poor']} not good enough, {many['skipped']} not usable"),
    ]
    if album.people:
        which = ", ".join(map(str, album.dear)) or "none"
        told = "as you said" if album.asked else "in most pictures; somebody else: --person N"
        told = told if album.dear else "say who it is: --person N"
        lines.append(("Person", f"{which} of {len(album.people)} ({told}), see {album.out / places.FACES}"))
    return [
        *lines,
        ("Chosen", f"{many['chosen']} pictures, see {album.out / places.SHEET}"),
        ("Report", str(album.out / places.REPORT)),
        ("Ready", str(album.production)),
        ("Next", f"edit it, then: studio render {album.production} --draft"),
    ]
