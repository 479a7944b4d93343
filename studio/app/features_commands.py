"""`studio features`: a voice in numbers and in pictures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from studio.app.console import running
from studio.app.options import Json, Language

if TYPE_CHECKING:
    from studio.voice.recordings.spectra import Spread, VoiceFeatures

EPILOG = "Example:  studio features tape.wav --picture voice.png"


def features(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A recording or a video with one voice in it.")],
    picture: Annotated[Path | None, typer.Option(metavar="FILE", help="A page of pictures to write, .png.")] = None,
    lang: Language = "en",
    as_json: Json = False,
) -> None:
    """Show what is typical of a voice: its melody, its resonances, its colour, how even it is.

    Of a long recording the minute with the most speech in it is taken.
    """
    if picture is not None and picture.suffix.lower() != ".png":
        raise typer.BadParameter("The picture is a PNG: give it a name that ends in .png.", param_hint="--picture")
    with running("features", as_json=as_json, cancellable=False) as run:
        from studio.voice.recordings import spectra

        found = spectra.of_file(file)
        lines = _lines(found)
        if picture is not None:
            from studio.voice.recordings import pictures

            pictures.draw(found, picture, title=file.stem, language=lang)
            lines.append(("Picture", str(picture)))
        run.done({**found.record(), "picture": str(picture) if picture else None}, lines)


def _lines(found: VoiceFeatures) -> list[tuple[str, str]]:
    lines = [("Sound", f"{found.seconds:.1f} s from {float(found.begins):.0f} s on, {found.level_db:.0f} dBFS")]
    lines.append(("Pitch", f"{_said(found.f0)}, melody {found.f0_semitones:.1f} semitones"))
    lines += [(f"F{index}", _said(spread)) for index, spread in enumerate(found.formants, 1)]
    even = found.evenness
    lines.append(("Evenness", f"jitter {even.jitter:.1%}, shimmer {even.shimmer:.1%}, harmonics {even.hnr_db:.0f} dB"))
    return lines


def _said(spread: Spread) -> str:
    return f"{spread.median:.0f} Hz ({spread.low:.0f} to {spread.high:.0f})"
