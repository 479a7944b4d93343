"""`studio listen`: what there is in old recordings, and which minutes of whom to learn a voice from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from studio.app.console import running
from studio.app.options import Json, Lang

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
    lang: Annotated[Lang, typer.Option("--lang", help="The language of what is said about them.")] = "en",
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
                raise AudioUnusable(explain.summary(found, lang))
            wanted = found.speakers[0]
        if out is not None and wanted is not None:
            written["chosen"] = [str(path) for path in gathering.write_chosen(found, wanted, out)]
        number = wanted.number if wanted else None
        run.done({**explain.as_data(found, lang), **written}, _lines(found, number, written, lang))


def _lines(found: Intake, wanted: int | None, written: dict[str, Any], lang: Lang) -> list[tuple[str, str]]:
    from studio.voice.recordings import explain

    lines = [
        (source.path.name, ("" if lang == "zh" else " ").join(explain.of_source(source, lang)))
        for source in found.sources
    ]
    for speaker in found.speakers:
        if wanted in (None, speaker.number):
            label = f"Speaker {speaker.number}" if lang == "en" else f"说话人 {speaker.number}"
            lines.append((label, "\n".join(explain.of_speaker(speaker, found, lang))))
    if wanted is None:
        lines.append(("Voices" if lang == "en" else "声音", explain.summary(found, lang)))
    labels = ("Samples", "Written") if lang == "en" else ("样音", "已写出")
    for name, label in zip(("samples", "chosen"), labels, strict=True):
        if name in written:
            lines.append((label, "\n".join(written[name])))
    return lines
