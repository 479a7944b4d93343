"""What the user asked for on the page, as a production on disk and a job in the queue. Knows nothing of Gradio."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from studio.app import worker
from studio.app.projects import films_dir, free_folder
from studio.app.web import form
from studio.app.web.errors import Unfinished
from studio.app.web.texts import say
from studio.finishing import Aspect
from studio.media.files import sha256_file, write_text
from studio.settings import settings
from studio.trust.consent import Right
from studio.types import Language, StandIn

OWN_MUSIC = "own"  # as a mood
MARK = ".page-wish"  # beside a production.yaml made on the page: which wish it is


@dataclass(frozen=True)
class SpokenLine:
    """One line and where its words come from."""

    say: str
    source: str = "written"
    """verbatim, adapted or written."""
    cite: str = ""
    feeling: str = ""
    """neutral, warm, glad, sad or solemn; "" as the recordings sound."""

    def row(self) -> dict[str, str]:
        """The line as production.yaml has it."""
        found = {"say": self.say, "source": self.source, "cite": self.cite, "emotion": self.feeling}
        return {name: value for name, value in found.items() if value}


@dataclass(frozen=True)
class Finer:
    """How the voice is made; as it stands here where nobody touched it. Names and ranges are those of `Person`."""

    profile: str = ""
    """An enrolled voice; "" for none."""
    closeness: float | None = None
    tape: float = 0.0
    age: float = 0.0
    vigour: float = 0.0


@dataclass(frozen=True)
class Wish:
    """A film, as it was filled in."""

    template: str
    name: str
    dates: str
    language: Language
    voice: StandIn
    """Which of the studio's own voices speaks, should there be no recording."""
    photo: Path | None
    face: tuple[float, float] | None
    """A point in the face that speaks, px of the photo."""
    further: tuple[Path, ...]
    """More photos."""
    recordings: tuple[Path, ...]
    lines: tuple[SpokenLine, ...]
    granted_by: str
    right: Right
    scope: str
    confirmed: bool
    finer: Finer = Finer()
    shape: Aspect = "16:9"
    mood: str = ""
    """Of the music; "" as the template has it, OWN_MUSIC for `music`."""
    music: Path | None = None
    """A file of the user's."""
    licence: str = ""
    """By what right it is used."""
    also: tuple[str, ...] = ()
    """What else is made of the film, as `outputs.also` of a production names it."""
    slots: Mapping[str, Any] = field(default_factory=dict)
    """Those that only this template has, as `studio.templates.new` takes them."""


def check(wish: Wish, language: Language) -> None:
    """Say what is still missing, in the language of the page.

    Raises:
        Unfinished: something is.
    """
    from studio import templates

    schema = templates.fields(wish.template, language)
    known = schema["properties"]
    # A template that would say something of its own where nobody writes anything has to be told what is said.
    speaks = "default" in known.get("words", {})
    missing = (
        (wish.photo is None and bool(templates.slot(wish.template, "person").min), "need_photo"),
        (not wish.name.strip(), "need_name"),
        (speaks and not wish.lines and not wish.recordings, "need_words"),
    )
    words = [say(key, language) for lacking, key in missing if lacking]
    words += form.lacking(schema, {**wish.slots, "album": wish.further}, language)
    own_music = wish.mood == OWN_MUSIC and "music" in known
    later = (
        (own_music and wish.music is None, "need_music"),
        (own_music and wish.music is not None and not wish.licence.strip(), "need_licence"),
        (bool(wish.granted_by.strip()) and not wish.confirmed, "need_confirm"),
    )
    words += [say(key, language) for lacking, key in later if lacking]
    if words:
        raise Unfinished(" ".join(words))


def submit(wish: Wish, *, draft: bool, language: Language) -> str:
    """Write the production down and put its film in the queue.

    The same wish is not written down twice: the film after a draft finds the draft's takes, and what a person has
    changed in its production.yaml since.

    Args:
        language: of the page.

    Returns:
        The job's id.

    Raises:
        StudioError: something is missing, or a file cannot be used.
    """
    check(wish, language)
    mark = fingerprint(wish)
    path = _written(mark)
    if path is None:
        path = write(wish)
        write_text(path.with_name(MARK), mark)
    folder = path.parent.name
    output = films_dir() / (f"{folder}-draft" if draft else folder)
    return worker.submit(path, output, draft=draft, name=wish.name.strip())


def fingerprint(wish: Wish) -> str:
    """Hex SHA-256 of all that a wish says and of the bytes of its files."""

    def plain(value: object) -> str:
        return sha256_file(value) if isinstance(value, Path) else str(value)

    return sha256(json.dumps(asdict(wish), default=plain, sort_keys=True).encode()).hexdigest()


def _written(mark: str) -> Path | None:
    for file in settings().projects_dir.glob(f"*/{MARK}"):
        if file.read_text(encoding="utf-8") == mark and (path := file.with_name("production.yaml")).is_file():
            return path
    return None


def write(wish: Wish) -> Path:
    """The wish as a production in a folder of its own, with copies of its files."""
    from studio import templates

    known = {slot.name: slot for slot in templates.slots(wish.template)}
    heard = templates.mood(wish.recordings)
    portrait = [wish.photo] if wish.photo is not None else []
    slots: dict[str, Any] = {**wish.slots, "person": _person(wish), "aspect": wish.shape}
    if "album" in known:
        slots["album"] = list(wish.further)
    if "music" in known:
        slots["music"] = wish.music if wish.mood == OWN_MUSIC else wish.mood
        slots["licence"] = wish.licence.strip() if wish.mood == OWN_MUSIC else ""
    slots["also"] = [*(known["also"].default or ()), *wish.also]
    return templates.new(
        wish.template,
        free_folder(wish.name),
        name=wish.name.strip(),
        dates=wish.dates.strip(),
        photos=portrait if "album" in known else [*portrait, *wish.further],
        recordings=wish.recordings,
        words=[line.row() for line in wish.lines] if "words" in known else (),
        language=wish.language,
        voice=wish.voice,
        # Whose face it is can only be said of a portrait.
        face=wish.face if portrait else None,
        emotion=heard.offered if heard is not None else "neutral",
        **slots,
    )


def _person(wish: Wish) -> dict[str, Any]:
    """What production.yaml knows of a person and no template asks for; what nobody touched is left out."""
    finer = wish.finer
    found: dict[str, Any] = {"profile": finer.profile, "tape": finer.tape}
    if finer.age or finer.vigour:
        found["vitality"] = {"age": finer.age, "vigour": finer.vigour}
    if finer.closeness is not None:
        found["closeness"] = finer.closeness
    if wish.granted_by.strip():
        found["consent"] = {
            "granted_by": wish.granted_by.strip(),
            "right": wish.right,
            "scope": wish.scope.strip(),
            "granted_on": datetime.now(UTC).date(),
        }
    return {name: value for name, value in found.items() if value not in ("", 0)}
