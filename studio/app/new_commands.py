"""`studio templates` and `studio new`: what films there are, what each of them takes, and how one is begun."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from typer.core import TyperCommand

from studio.app.console import running
from studio.app.options import FaceOption, Json, Lang, Language, OwnVoice, parse_face

if TYPE_CHECKING:
    from studio.templates import Slot

NEW_EPILOG = (
    'Examples:  studio new tribute-classic --name "Ruth Weber" --photo ruth.jpg --recording tape1.wav '
    '--chapter "Childhood: photos/1930s: I was born by the sea." --out ruth   ·   '
    'studio new tribute-slideshow --name "Ruth Weber" --album photos   ·   studio new letter --help'
)
TEMPLATES_EPILOG = "Examples:  studio templates --lang zh   ·   studio templates tribute-classic"

_NAMED = "studio.template"
_KINDS: dict[str, tuple[str, str]] = {
    "text[]": ("texts", "若干文字"),
    "image": ("a photo", "一张照片"),
    "image[]": ("photos", "照片"),
    "audio": ("a recording", "一段录音"),
    "audio[]": ("recordings", "录音"),
    "lines": ("lines", "若干句"),
    "music": ("or a file", "或文件"),
    "chapters": ("chapters", "篇章"),
    "table[]": ("a list", "列表"),
}
"""What a slot takes, in words; texts and numbers speak for themselves."""


class TemplateCommand(TyperCommand):
    """A command whose help also tells what the template takes that was named before --help."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Remembers the template for the help, which is written before anything else is read."""
        ctx.meta[_NAMED] = next((word for word in args[:1] if not word.startswith("-")), None)
        return super().parse_args(ctx, args)

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """The options, then the slots of the template."""
        super().format_options(ctx, formatter)
        if not (name := ctx.meta.get(_NAMED)):
            return
        from studio import templates
        from studio.errors import StudioError

        try:
            slots = templates.slots(name)
        except StudioError as error:
            raise typer.BadParameter(str(error), ctx=ctx, param_hint="TEMPLATE") from None
        with formatter.section(f"What {templates.called(name)} takes"):
            formatter.write_dl(list(told(slots, "en")))


def told(slots: Sequence[Slot], language: Lang) -> Iterator[tuple[str, str]]:
    """Every slot, as (how it is given, what it is)."""
    for slot in slots:
        if slot.type == "person":
            yield from told(_of_person(slot), language)
            continue
        notes = [_KINDS[slot.type][language == "zh"]] if slot.type in _KINDS else []
        if slot.choices:
            chosen = (f"{key} {words.zh}" if language == "zh" else key for key, words in slot.choices.items())
            notes.insert(0, ", ".join(chosen))
        notes += [bounds] if (bounds := _bounds(slot)) else []
        if slot.required:
            notes.append(("required", "必填")[language == "zh"])
        default = slot.default_in(language)
        if default not in (None, ""):
            shown = ", ".join(default) if isinstance(default, list) else str(default)
            notes.append(f"{('default', '默认')[language == 'zh']}: {shown}")
        explained = (" ", "")[language == "zh"].join(filter(None, (slot.help[language], slot.typed[language])))
        words = (": ", "：")[language == "zh"].join(filter(None, (slot.title[language], explained)))
        yield slot.flag, f"{words} [{'; '.join(notes)}]" if notes else words


def _of_person(person: Slot) -> list[Slot]:
    """The parts that have an option; its first photo is needed where the person's are."""
    needed = {"photos"} if person.min else set()
    return [
        part.model_copy(update={"required": part.required or part.name in needed})
        for part in person.parts
        if part.option
    ]


def _bounds(slot: Slot) -> str:
    if slot.type == "text" or (slot.min is None and slot.max is None):
        return ""
    if slot.min is None:
        return f"≤ {slot.max:g}"
    return f"{slot.min:g} … {slot.max:g}" if slot.max is not None else f"≥ {slot.min:g}"


def templates(
    name: Annotated[str, typer.Argument(metavar="TEMPLATE", help="One of them; left out, all are listed.")] = "",
    lang: Language = "en",
    as_json: Json = False,
) -> None:
    """List the templates that `studio new` knows, or show what one of them takes."""
    with running("templates", cancellable=False):
        from studio import templates as known

        if not name:
            found = [_summary(each, lang) for each in known.names()]
            _print_json(found) if as_json else _show([(each["name"], each["about"]) for each in found])
            return
        summary = _summary(name, lang)
        if as_json:
            slots = [slot.model_dump(mode="json", exclude_defaults=True) for slot in known.slots(name)]
            _print_json({**summary, "slots": slots, "schema": known.fields(name, lang)})
            return
        sys.stdout.write(f"{summary['name']} · {summary['title']}\n{summary['about']}\n\n")
        _show(list(told(known.slots(name), lang)))


def _summary(name: str, language: Lang) -> dict[str, Any]:
    from studio import templates as known

    picture = known.picture(name)
    return {
        "name": known.called(name),
        "title": known.title(name, language),
        "about": known.describe(name, language),
        "picture": str(picture) if picture else None,
    }


def _print_json(value: object) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")


def _show(rows: list[tuple[str, str]]) -> None:
    """Two columns: a word, and what it is."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column()
    for word, about in rows:
        table.add_row(Text(word), Text(about))
    Console(highlight=False, markup=False).print(table)


TemplateName = Annotated[str, typer.Argument(metavar="TEMPLATE", help="A template; `studio templates` lists them.")]
NameOption = Annotated[str, typer.Option("--name", metavar="NAME", help="The name of the person who speaks.")]
PhotoOption = Annotated[
    list[Path] | None,
    typer.Option("--photo", metavar="FILE", help="A photo of them. May be given several times: the first speaks."),
]
RecordingOption = Annotated[
    list[Path] | None,
    typer.Option("--recording", metavar="FILE", help="A recording of their voice. May be given several times."),
]
WordsOption = Annotated[
    list[str] | None,
    typer.Option("--words", metavar="TEXT|FILE", help="A line for them to say, or a file. May be given several times."),
]
DatesOption = Annotated[str, typer.Option("--dates", metavar="TEXT", help="Their dates, as the title shows them.")]
AlbumOption = Annotated[
    list[str] | None,
    typer.Option(
        "--album", metavar="FOLDER|FILE", help="Photos that are shown: a folder, a pattern, a file. Repeatable."
    ),
]
ChapterOption = Annotated[
    list[str] | None,
    typer.Option(
        "--chapter", metavar="TITLE: PHOTOS: WORDS", help="A chapter; or a folder or file of them. Repeatable."
    ),
]
MusicOption = Annotated[
    str,
    typer.Option("--music", metavar="MOOD|FILE", help="calm, solemn, warm, hopeful, moonlit, none, or a sound file."),
]
LicenceOption = Annotated[str, typer.Option("--licence", metavar="TEXT", help="By what right your music is used.")]
AspectOption = Annotated[
    Literal["16:9", "9:16", "1:1", "4:5"] | None, typer.Option("--aspect", help="The shape of the picture.")
]
SetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="SLOT=VALUE",
        help="Anything else that the template takes; `studio templates TEMPLATE` shows it. Repeatable.",
    ),
]
OutOption = Annotated[
    Path | None,
    typer.Option("--out", metavar="FOLDER", help="Folder of the new production; by default named after the person."),
]


def new(
    template: TemplateName,
    name: NameOption = "",
    photo: PhotoOption = None,
    recording: RecordingOption = None,
    words: WordsOption = None,
    dates: DatesOption = "",
    album: AlbumOption = None,
    chapter: ChapterOption = None,
    music: MusicOption = "",
    licence: LicenceOption = "",
    aspect: AspectOption = None,
    setting: SetOption = None,
    own_voice: OwnVoice = "male",
    lang: Language = "en",
    face: FaceOption = "",
    out: OutOption = None,
    as_json: Json = False,
) -> None:
    """Start a production from a template.

    It is a folder with a production.yaml to read and change, and copies of what you gave. With the name of a template,
    --help also tells what that one takes.
    """
    which = parse_face(face)
    settings = _settings(setting or ())
    with running("new", as_json=as_json, cancellable=False) as run:
        from studio import templates as known
        from studio.app.projects import free_folder

        named: dict[str, Any] = {"words": words, "album": album, "chapters": chapter}
        named |= {"music": music, "licence": licence, "aspect": aspect}
        slots = _slots(template, settings, {key: value for key, value in named.items() if value})
        heard = known.mood(recording or ())
        path = known.new(
            template,
            out or free_folder(name or known.called(template)),
            name=name,
            photos=photo or (),
            recordings=recording or (),
            voice=own_voice,
            dates=dates,
            language=lang,
            face=which,
            emotion=heard.offered if heard else "neutral",
            **slots,
        )
        feeling = [("Heard", heard.about())] if heard else []
        run.done(
            {"path": str(path), "mood": dict(heard.probabilities) if heard else None},
            [("Ready", str(path)), *feeling, ("Next", f"edit it, then: studio render {path} --draft")],
        )


def _settings(typed: Sequence[str]) -> dict[str, list[str]]:
    """What was typed after --set, by slot.

    Raises:
        typer.BadParameter: it has no name or no "=".
    """
    found: dict[str, list[str]] = {}
    for text in typed:
        key, equals, value = text.partition("=")
        if not equals or not key.strip():
            raise typer.BadParameter(f"{text!r} is not written SLOT=VALUE.", param_hint="--set")
        found.setdefault(key.strip(), []).append(value.strip())
    return found


def _slots(template: str, settings: dict[str, list[str]], named: dict[str, Any]) -> dict[str, Any]:
    """Every slot that was filled, by its own option or by --set; lists may be filled bit by bit.

    Raises:
        ProductionInvalid: there is no such template or slot, or something of which there is one was given twice.
    """
    from studio import templates as known
    from studio.errors import ProductionInvalid
    from studio.templates.slots import LISTS

    values = dict(named)
    for key, given in settings.items():
        if known.slot(template, key).type in LISTS:
            values[key] = [*values.get(key, ()), *given]
        elif key in values or len(given) > 1:
            raise ProductionInvalid(f"{key} is given twice; it takes one value.")
        else:
            values[key] = given[0]
    return values
