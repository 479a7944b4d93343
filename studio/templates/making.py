"""What was given for a template, put in its places and written down as a production."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from studio.errors import AudioUnusable, OutputUnwritable, ProductionInvalid
from studio.media import files
from studio.media.audio import read_audio
from studio.media.image import read_image
from studio.media.probe import probe
from studio.media.workers import at_once
from studio.production import SCHEMA, Production
from studio.spelling import sentences
from studio.templates import library, rows
from studio.templates.filling import fill
from studio.templates.given import Input, Place, is_empty, many
from studio.templates.slots import LISTS, Recipe, Slot
from studio.types import Emotion, Language, StandIn

LENDING = 5  # further photos that may lend the portrait what it does not show; more would only take time
CARD = 240  # characters of a quotation that is still read with ease from a card
PACE_S, QUICKEST_S, SLOWEST_S = 4.5, 3.0, 8.0  # of each photo of a slideshow
AROUND_S = 10.0  # of a slideshow's length that its cards take


def new(
    template: str,
    out: Path,
    *,
    name: str = "",
    photos: Sequence[Path] = (),
    recordings: Sequence[Path] = (),
    words: Sequence[str | Mapping[str, Any]] = (),
    dates: str = "",
    voice: StandIn = "male",
    language: Language = "en",
    face: int | tuple[float, float] | None = None,
    emotion: Emotion = "neutral",
    **slots: Any,
) -> Path:
    """Fill a template and give the path of its production.yaml; the inputs are copied beside it, never moved.

    What every film needs has an argument of its own; the rest are the template's slots, by their names (`slots(name)`
    lists them). Without words, the recordings themselves are the lines: their true words come first.

    Args:
        out: folder of the production; made if needed. A production.yaml that is there already is not overwritten.
        photos: first the portrait, then what is shown: the first of the slot `album`, where the template has one.
        voice: which of the studio's own voices speaks where there is no recording.
        face: whose face in the first photo: a number counted from the left, or a point in px.
        emotion: what their face and their new words show, unless a line says otherwise; see `mood`.
        slots: values as a person would write them: texts, numbers, paths, folders, patterns, tables, or files that
            hold tables.

    Raises:
        ProductionInvalid: unknown template or slot, something is missing or of the wrong type, or a production is
            there already.
        FileUnreadable, PhotoUnusable, AudioUnusable: an input cannot be used.
        OutputUnwritable: `out` cannot be written.
    """
    template = library.called(template)
    recipe = library.recipe(template)
    target = out / "production.yaml"
    if target.exists():
        raise ProductionInvalid(f"{target} is there already. Choose another --out, or edit that file.")
    person = {"name": name.strip(), "dates": dates, "face": face, "recordings": many(recordings)}
    person |= {"voice": voice} if voice != "male" else {}
    person |= {"emotion": emotion} if emotion != "neutral" else {}
    given = _together(recipe, person, many(photos), many(words), slots)
    values = _values(template, recipe, given, language)
    table = _table(recipe, values, language)
    kept = _kept(table)
    try:
        production = Production.model_validate(_renamed(table, kept))
    except ValidationError as error:
        raise ProductionInvalid(f"{template}: {sentences(error, Production)}") from error
    # A template counts the lines of a wide picture; an upright one is as sharp where its short side has as many.
    wide = production.canvas.model_copy(update={"aspect": "16:9"})
    production.canvas = wide.reshaped(production.canvas.aspect)
    _write(production, target, kept)
    return target


def slug(name: str, otherwise: str = "person") -> str:
    """A name as a key and folder: letters and digits of any script, joined by hyphens."""
    plain = unicodedata.normalize("NFC", name).lower()
    return re.sub(r"[^\w]+", "-", plain).strip("-_")[:60] or otherwise


def _together(
    recipe: Recipe, person: dict[str, Any], photos: list[Any], words: list[Any], slots: Mapping[str, Any]
) -> dict[str, Any]:
    """Everything that was given, by slot."""
    given = dict(slots)
    known = {slot.name for slot in recipe.slots}
    person = {key: value for key, value in person.items() if not is_empty(value)}
    shown = photos[1:] if "album" in known else []
    if own := photos[: len(photos) - len(shown)]:
        person["photos"] = own
    if isinstance(given.get("person"), Mapping):
        given["person"] = {**given["person"], **person}
    elif person and "person" in given:
        raise ProductionInvalid("The person is given twice: in a file of theirs, and by name, photo or recording.")
    elif person:
        given["person"] = person
    for key, more in (("album", shown), ("words", [line for line in words if not is_empty(line)])):
        if more:
            given[key] = more + ([] if is_empty(given.get(key)) else many(given[key]))
    return given


def _values(template: str, recipe: Recipe, given: Mapping[str, Any], language: Language) -> dict[str, Any]:
    """What stands for every $name of the template."""
    known = {slot.name: slot for slot in recipe.slots}
    for key in given:
        library.slot(template, key)
    person = _person(template, known["person"], given.get("person"))
    values: dict[str, Any] = {
        "name": person["name"],
        "dates": person["dates"],
        "portrait": next(iter(person["photos"]), None),
    }
    for key, slot in known.items():
        if key == "person":
            continue
        value = given.get(key)
        if is_empty(value) and key == "words" and person["recordings"]:
            values[key] = [{"recording": tape, "source": "verbatim"} for tape in person["recordings"]]
            continue
        if is_empty(value):
            if slot.required and (not slot.unless or is_empty(given.get(slot.unless))):
                raise ProductionInvalid(f"{template} needs its {key} ({slot.flag}): {_asked(slot)}")
            value = fill(slot.default_in(language), values, language)
        empty = () if slot.type in LISTS else "" if slot.type == "text" else None
        values[key] = empty if is_empty(value) else rows.taken(slot, value, Place(f"{template}: {key}"))
    lent = [photo for slot in recipe.slots if slot.lends for photo in values[slot.name]]
    values["people"] = {slug(person["name"]): _cast(person, lent[:LENDING])}
    values["person"] = slug(person["name"])
    values["citations"] = _citations(values.get("words", ()))
    values["pace"] = _pace(values)
    _check_licence(template, values)
    return values


def _asked(slot: Slot) -> str:
    """What is to be given, for somebody who types it."""
    return slot.typed.en or slot.help.en or slot.title.en


def _person(template: str, slot: Slot, given: Any) -> dict[str, Any]:
    table: Any = {} if given is None else given
    if isinstance(table, Mapping) and (is_empty(table.get("name")) or (slot.min and is_empty(table.get("photos")))):
        needed = "a name and at least one photo (--name, --photo)" if slot.min else "a name (--name)"
        raise ProductionInvalid(f"A production needs {needed}.")
    person: dict[str, Any] = rows.taken(slot, table, Place(f"{template}: person"))
    return person


def _cast(person: Mapping[str, Any], lent: Sequence[Input]) -> dict[str, Any]:
    """Somebody as production.yaml has them; files are still `Input`s."""
    own = list(person["photos"])
    photos = [{"file": photo} for photo in dict.fromkeys((*own, *lent))]
    face = person["face"]
    if isinstance(face, tuple):
        if not own:
            raise ProductionInvalid("A face is chosen in a photo: give one (--photo).")
        height, width = read_image(own[0].source).shape[:2]
        face = {"x": round(face[0] / width, 4), "y": round(face[1] / height, 4)}
    if face is not None and photos:
        photos[0]["face"] = face
    recordings = [{"file": tape} for tape in person["recordings"]]
    return {**person, "face": None, "photos": photos, "recordings": recordings}


def _citations(lines: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """What somebody verifiably said, for cards to read: the lines that say where they can be looked up."""
    from studio.voice.language import marks

    cited = [line for line in lines if line.get("cite") and line.get("say") and line.get("source") == "verbatim"]
    shown = [{"text": marks.read(str(line["say"])).text, "by": str(line["cite"])} for line in cited]
    return [card for card in shown if len(card["text"]) <= CARD]


def _pace(values: Mapping[str, Any]) -> float:
    """s of each photo of a slideshow: so that all of them last as long as was asked for, or as the music does."""
    count = len(values.get("album", ())) + sum(len(chapter["photos"]) for chapter in values.get("chapters", ()))
    music = (values.get("music") or {}).get("file")
    if minutes := values.get("minutes"):
        length = 60 * float(minutes)
    elif music is not None:
        length = float(probe(music.source).duration)
    else:
        return PACE_S
    return round(min(max((length - AROUND_S) / max(1, count), QUICKEST_S), SLOWEST_S), 2)


def _check_licence(template: str, values: Mapping[str, Any]) -> None:
    file = (values.get("music") or {}).get("file")
    if file is not None and not values["licence"]:
        raise ProductionInvalid(
            f"{template} needs its licence (--licence): by what right {file.source.name} is used as music."
        )


def _table(recipe: Recipe, values: Mapping[str, Any], language: Language) -> dict[str, Any]:
    """production.yaml, with `Input`s where files will stand."""
    people = {
        key: {part: value for part, value in person.items() if value is not None and value != "neutral"}
        for key, person in values["people"].items()
    }
    filled = fill(recipe.production, values, language)
    return {"schema": SCHEMA, "language": language, "people": people, **filled}


def _kept(table: Mapping[str, Any]) -> dict[Input, Path]:
    """Every file that a production needs, checked, and where it is kept, relative to production.yaml.

    Raises:
        FileUnreadable, PhotoUnusable, AudioUnusable: one cannot be used.
    """
    found = list(dict.fromkeys(_inputs(table)))
    # Reading a photo of a telephone takes a tenth of a second, and there may be hundreds.
    at_once([partial(_check, file) for file in found])
    kept: dict[Input, Path] = {}
    numbers: Counter[str] = Counter()
    for file in found:
        numbers[file.kind] += 1
        stem = f"{numbers[file.kind]:02d}-{slug(file.source.stem, 'file')}{file.source.suffix.lower()}"
        kept[file] = Path(file.kind) / stem
    return kept


def _check(file: Input) -> None:
    if file.kind == "photos":
        read_image(file.source)
    elif file.kind == "recordings":
        read_audio(file.source, mono=True)
    elif probe(file.source).audio is None:
        raise AudioUnusable(f"{file.source} has no sound in it. Choose another file as music.")


def _inputs(node: Any) -> list[Input]:
    if isinstance(node, Input):
        return [node]
    inner = node.values() if isinstance(node, Mapping) else node if isinstance(node, list | tuple) else ()
    return [file for value in inner for file in _inputs(value)]


def _renamed(node: Any, kept: Mapping[Input, Path]) -> Any:
    if isinstance(node, Input):
        return kept[node].as_posix()
    if isinstance(node, Mapping):
        return {key: _renamed(value, kept) for key, value in node.items()}
    return [_renamed(value, kept) for value in node] if isinstance(node, list | tuple) else node


def _write(production: Production, target: Path, kept: Mapping[Input, Path]) -> None:
    """Copy the files and write production.yaml beside them; where that fails, no copy stays behind."""
    copied: list[Path] = []
    try:
        for file, path in kept.items():
            files.copy(file.source, target.parent / path)
            copied.append(target.parent / path)
        production.save(target)
    except OutputUnwritable:
        for path in copied:
            path.unlink(missing_ok=True)
        for folder in (*{path.parent for path in copied}, target.parent):
            with suppress(OSError):  # there before, and with something else in it
                folder.rmdir()
        raise
