"""`studio listen`: what there is in old recordings, and which minutes of whom to learn a voice from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from studio.app.console import running
from studio.app.options import Json

if TYPE_CHECKING:
    from studio.voice.recordings.intake import Intake

EPILOG = (
    "Examples:  studio listen tape1.wav wedding.mp4 --samples voices   ·   "
    "studio listen tape1.wav wedding.mp4 --speaker 2 --out ruth-voice"
)


def listen(
    files: Annotated[list[Path], typer.Argument(metavar="FILES…", help="Recordings, or films with sound.")],
    samples: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Write a short sample of every voice there, to pick by ear.")
    ] = None,
    speaker: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Whose voice is wanted, by the number of the sample.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Write the best minutes of that voice there, ready to enrol.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Find the voices in recordings and films, and the best minutes of each.

    Says how much of it can be learned from, and why the rest cannot.
    """
    with running("listen", as_json=as_json) as run:
        from studio.errors import AudioUnusable
        from studio.voice.recordings import explain, gathering, intake

        found = intake.listen(files, on_progress=run.on_progress, cancel=run.cancel)
        wanted = None if speaker is None else found.speaker(speaker)
        written: dict[str, Any] = {}
        if samples is not None:
            written["samples"] = [str(path) for path in gathering.write_samples(found, samples)]
        if out is not None and wanted is None:
            # The samples are there by now: whose voice it is, is for the user to say.
            if len(found.speakers) > 1:
                raise AudioUnusable(explain.summary(found))
            wanted = found.speakers[0]
        if out is not None and wanted is not None:
            written["chosen"] = [str(path) for path in gathering.write_chosen(found, wanted, out)]
        run.done({**explain.as_data(found), **written}, _lines(found, wanted.number if wanted else None, written))


def _lines(found: Intake, wanted: int | None, written: dict[str, Any]) -> list[tuple[str, str]]:
    from studio.voice.recordings import explain

    lines = [(source.path.name, " ".join(explain.of_source(source))) for source in found.sources]
    for speaker in found.speakers:
        if wanted in (None, speaker.number):
            lines.append((f"Speaker {speaker.number}", "\n".join(explain.of_speaker(speaker, found))))
    if wanted is None:
        lines.append(("Voices", explain.summary(found)))
    for name, label in (("samples", "Samples"), ("chosen", "Written")):
        if name in written:
            lines.append((label, "\n".join(written[name])))
    return lines
