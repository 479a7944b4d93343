"""`studio restore`: old photos made whole, as copies, with a record of what was done."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from studio.app.console import running
from studio.app.options import Json

if TYPE_CHECKING:
    from studio.restoration.record import Restored

EPILOG = (
    "Examples:  studio restore grandmother.jpg wedding.tif --out restored   ·   "
    "studio restore cracked.png --steps auto,scratches --mask tear.png --out restored"
)


def restore(
    photos: Annotated[list[Path], typer.Argument(metavar="PHOTO…", help="Photos or scans, 8 or 16 bit.")],
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="Where the copies are written.")],
    steps: Annotated[
        str,
        typer.Option(
            metavar="LIST",
            help="auto does what is measured to be needed; a step that is named is done wherever it finds anything: "
            "tears, descreen, cast, levels, neutral, scratches, grain, sharpen, crop, enlarge. "
            "Amounts like grain=0.4 may be given.",
        ),
    ] = "auto",
    without: Annotated[str, typer.Option(metavar="LIST", help="Steps that are not taken.")] = "",
    mask: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A copy of the photo, white where it is torn, black elsewhere.")
    ] = None,
    amount: Annotated[
        float, typer.Option(min=0.0, max=1.0, metavar="NUMBER", help="How much of everything is laid over the photo.")
    ] = 1.0,
    neutral: Annotated[
        bool, typer.Option("--neutral", help="Take the brown out of sepia, which otherwise stays.")
    ] = False,
    engine: Annotated[
        str,
        typer.Option(metavar="NAME", help="A network whose weights you have added: gfpgan, restoreformer, ddcolor."),
    ] = "none",
    commercial: Annotated[
        bool, typer.Option("--commercial", help="The copies are for something that is sold.")
    ] = False,
    pictures: Annotated[bool, typer.Option(help="Write before and after beside each copy.")] = True,
    as_json: Json = False,
) -> None:
    """Restore old photos into copies: faded, scratched, torn, grainy, printed in dots.

    The photos stay as they are. Faces are measured before and after: a step that changes who somebody is, is not taken.
    """
    with running("restore", as_json=as_json) as run:
        from studio.restoration import record
        from studio.restoration.restore import restore_all
        from studio.restoration.steps import read_list

        found = restore_all(
            photos,
            out,
            steps=read_list(steps),
            without=tuple(read_list(without)),
            strength=amount,
            mask=mask,
            neutral=neutral,
            engine=engine,
            commercial=commercial,
            show=pictures,
            on_progress=run.on_progress,
            cancel=run.cancel,
        )
        lines = [line for done in found.restored for line in _lines(done)]
        lines += [("Skipped", f"{path.name}: {why}") for path, why in found.skipped]
        result = {
            "photos": [{"source": str(done.source), **record.as_data(done)} for done in found.restored],
            "skipped": [{"source": str(path), "why": why} for path, why in found.skipped],
        }
        run.done(result, lines)


def _lines(done: Restored) -> list[tuple[str, str]]:
    """What is told of one photo."""
    from studio.restoration import record

    lines = [("Photo", f"{done.path}")]
    lines += [(one.name, f"{one.why} (amount {one.amount:g})") for one in done.steps]
    if not done.steps:
        lines.append(("Done", "nothing was needed: the copy holds the photo's own pixels"))
    lines += [("Refused", f"{one.name}: {one.why}") for one in done.left if one.refused]
    if done.likeness:
        least = min(min(face.eyes, face.nose, face.mouth) for face in done.likeness)
        people = "1 face" if len(done.likeness) == 1 else f"{len(done.likeness)} faces"
        lines.append(("Likeness", f"{people}, similarity of eyes, nose and mouth at least {least:.3f} of 1"))
    lines += [("Note", text) for text in record.invented(done)]
    lines.append(("Record", str(done.record)))
    if done.pictures:
        lines.append(("Compare", ", ".join(str(path) for path in done.pictures)))
    return lines
