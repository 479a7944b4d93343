"""`studio align`: when each word of a recording is said."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from studio.app.branches import read_text
from studio.app.console import running
from studio.app.options import Json, Language

if TYPE_CHECKING:
    from studio.voice.alignment.align import Alignment

EPILOG = 'Example:  studio align tape.wav --text "It was a cold morning." --out tape.srt'
FORMATS = (".json", ".srt", ".vtt", ".textgrid")


def align(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A recording, or a video with sound.")],
    out: Annotated[
        Path, typer.Option("--out", metavar="FILE", help="What to write: .json, .srt, .vtt or .TextGrid (Praat).")
    ],
    text: Annotated[str, typer.Option(metavar="TEXT", help="What is said in it, word for word.")] = "",
    text_file: Annotated[Path | None, typer.Option(metavar="FILE", help="A file with what is said, UTF-8.")] = None,
    lang: Language = "en",
    as_json: Json = False,
) -> None:
    """Find when each word and sound of a known text is said: captions for true recordings.

    A text that the recording does not say is refused; single words that are not heard are named.
    """
    if bool(text.strip()) == (text_file is not None):
        raise typer.BadParameter("Give the words once: either --text or --text-file.", param_hint="--text")
    if out.suffix.lower() not in FORMATS:
        raise typer.BadParameter(f"Give it a name that ends in one of: {', '.join(FORMATS)}.", param_hint="--out")
    with running("align", as_json=as_json, cancellable=False) as run:
        from studio.media.audio import read_audio
        from studio.media.files import write_text
        from studio.voice.alignment.align import aligned, refuse

        said = read_text(text_file) if text_file else text
        found = aligned(read_audio(file, mono=True), said, lang)
        refuse(found)
        write_text(out, _written(found, out.suffix.lower()))
        run.done(*_shown(out, found))


def _written(found: Alignment, suffix: str) -> str:
    from fractions import Fraction

    from studio.edit import captions
    from studio.voice.alignment import textgrid

    if suffix == ".json":
        return textgrid.to_json(found)
    if suffix == ".textgrid":
        return textgrid.to_textgrid(found)
    cues = captions.cues([(Fraction(0), found.speech)], frame_rate=Fraction(1000))
    return captions.to_srt(cues) if suffix == ".srt" else captions.to_vtt(cues)


def _shown(out: Path, found: Alignment) -> tuple[dict[str, object], list[tuple[str, str]]]:
    words = found.speech.words
    unheard = [words[place].text for place in found.doubtful]
    result: dict[str, object] = {
        "path": str(out),
        "words": len(words),
        "method": found.method,
        "not_heard": unheard,
    }
    how = {"sphinx": "by models of English sounds", "warping": "by laying synthetic speech over it"}[found.method]
    lines = [("Words", f"{len(words)}, timed {how}"), ("File", str(out))]
    if unheard:
        lines.append(
            ("Not heard", ", ".join(f"{words[p].text} ({float(words[p].start):.1f} s)" for p in found.doubtful))
        )
    return result, lines
