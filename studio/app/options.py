"""Options that several commands share, and how what was typed is read."""

from __future__ import annotations

import re
from typing import Annotated, Literal

import typer

Lang = Literal["en", "zh"]

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
    Literal["own", "none", "wav2lip", "wav2lip-gan", "musetalk"] | None,
    typer.Option(
        "--lipsync",
        help="A network that paints the mouth; own is the studio's, the others' weights come by `studio weights`.",
    ),
]
DubOption = Annotated[
    Literal["wav2lip", "wav2lip-gan", "musetalk"],
    typer.Option("--lipsync", help="A network that paints the mouth; its weights come by `studio weights`."),
]
RefineOption = Annotated[
    Literal["none", "own", "sd-lcm"] | None,
    typer.Option("--refine", help="A diffusion model that goes over the painted mouth; slow without a GPU."),
]
EmotionOption = Annotated[
    str,
    typer.Option(
        "--emotion",
        metavar="WORD",
        help="What face and voice show: neutral, warm, glad, sad, solemn; 平静 温暖 喜悦 悲伤 庄重.",
    ),
]
LexiconOption = Annotated[
    list[str] | None,
    typer.Option(
        "--lexicon",
        metavar="FILE.yaml|WORD=READING",
        help="How names are said: plain letters, /IPA/, {ARPAbet} or pinyin. May be given several times.",
    ),
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
