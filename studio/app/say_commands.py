"""`studio say`: a line spoken, or shown as it will be read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from studio.app.branches import heard
from studio.app.console import running
from studio.app.options import Json, Language, LexiconOption, OwnVoice, Seed

if TYPE_CHECKING:
    from studio.voice.language.reading import Preview

EPILOG = (
    'Examples:  studio say "She sailed in 1943." --preview --lexicon Nguyen=/wɪn/   ·   '
    'studio say "他是银行的行长。" line.wav --lang zh'
)


def say(
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What is said.")],
    out: Annotated[Path | None, typer.Argument(metavar="OUT.wav", help="The sound to write, .wav.")] = None,
    preview: Annotated[
        bool, typer.Option("--preview", help="Show how it will be read, and what is doubtful; makes nothing.")
    ] = False,
    lexicon: LexiconOption = None,
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
    """Say a line, or show how it will be read.

    With --preview every word is shown with what is said for it, its sounds, and what decided them.
    """
    if not preview and out is None:
        raise typer.BadParameter("Name the sound to write, or ask for --preview.", param_hint="OUT.wav")
    with running("say", as_json=as_json, cancellable=False) as run:
        from studio.voice.language import lexicon as words

        own = words.parse(lexicon or ())
        if preview or out is None:
            from studio.voice.language import reading

            read = reading.preview(text, lang, own)
            if not as_json:
                _show(read)
            run.done(_record(read), _doubts(read))
            return
        from studio import pipeline

        speech = pipeline.speak(
            text,
            out,
            voice=voice or (),
            stand_in=own_voice,
            language=lang,
            speed=speed,
            seed=seed,
            engine=engine,
            lexicon=own,
            on_progress=run.on_progress,
        )
        run.done(*heard(out, speech))


def _show(read: Preview) -> None:
    """The reading as a table; hanzi take two columns each, which rich knows."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False)
    for title in ("Written", "Said", "Sounds", "Why"):
        table.add_column(title, style="bold" if title == "Written" else "", overflow="fold")
    for piece in read.pieces:
        if piece.sounds:
            why = f"{piece.why} (?)".strip() if piece.doubt else piece.why
            table.add_row(*(Text(cell) for cell in (piece.written, piece.said, piece.sounds, why)))
    Console().print(table)


def _doubts(read: Preview) -> list[tuple[str, str]]:
    said = dict.fromkeys(piece.doubt for piece in read.doubtful)
    return [("Doubtful", doubt) for doubt in said] or [("Doubtful", "nothing")]


def _record(read: Preview) -> dict[str, Any]:
    return {
        "text": read.text,
        "language": read.language,
        "pieces": [
            {
                "start": piece.start,
                "end": piece.end,
                "written": piece.written,
                "said": piece.said,
                "sounds": piece.sounds,
                "language": piece.language,
                "why": piece.why,
                "doubt": piece.doubt,
            }
            for piece in read.pieces
        ],
    }
