"""What the user asked for on the page, as a production on disk and a job in the queue. Knows nothing of Gradio."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from studio.app import worker
from studio.app.projects import films_dir, free_folder
from studio.app.web.errors import Unfinished
from studio.app.web.texts import say
from studio.finishing import Aspect
from studio.media.files import sha256_file, write_text
from studio.people import Years, emotion
from studio.settings import settings
from studio.trust.consent import Consent, Right
from studio.types import Language, StandIn

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
    """Of the music; "" as the template has it."""
    also: tuple[str, ...] = ()
    """What else is made of the film, as `outputs.also` of a production names it."""


def check(wish: Wish, language: Language) -> None:
    """Say what is still missing, in the language of the page.

    Raises:
        Unfinished: something is.
    """
    missing = (
        (wish.photo is None, "need_photo"),
        (not wish.name.strip(), "need_name"),
        (not wish.lines and not wish.recordings, "need_words"),
        (bool(wish.granted_by.strip()) and not wish.confirmed, "need_confirm"),
    )
    if words := [say(key, language) for lacking, key in missing if lacking]:
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
    from studio.production import Production

    if wish.photo is None:
        raise ValueError("a wish without a photo cannot be written")
    heard = templates.mood(wish.recordings)
    path = templates.new(
        wish.template,
        free_folder(wish.name),
        name=wish.name.strip(),
        dates=wish.dates.strip(),
        photos=[wish.photo, *wish.further],
        recordings=wish.recordings,
        words=[line.say for line in wish.lines],
        language=wish.language,
        voice=wish.voice,
        face=wish.face,
        emotion=heard.offered if heard is not None else "neutral",
    )
    production = Production.load(path)
    amend(production, wish)
    production.save(path)
    return path


def amend(production: Any, wish: Wish) -> None:
    """Put what no template asks for into a production: sources and feelings of the words, voice, shape, consent."""
    sources = {line.say: line for line in wish.lines}
    for scene in production.scenes:
        for line in getattr(scene, "lines", ()):
            if (known := sources.get(line.say or "")) is not None:
                line.source = known.source
                line.cite = known.cite
                line.emotion = emotion(known.feeling) if known.feeling else None
    production.canvas = production.canvas.reshaped(wish.shape)
    production.outputs.also = list(dict.fromkeys([*production.outputs.also, *wish.also]))
    if wish.mood:
        production.music.mood = wish.mood
    for person in production.people.values():
        person.profile = wish.finer.profile or None
        person.tape = wish.finer.tape
        person.vitality = Years(age=wish.finer.age, vigour=wish.finer.vigour)
        if wish.finer.closeness is not None:
            person.closeness = wish.finer.closeness
    if wish.granted_by.strip():
        consent = Consent(
            granted_by=wish.granted_by.strip(),
            right=wish.right,
            scope=wish.scope.strip(),
            granted_on=datetime.now(UTC).date(),
        )
        for person in production.people.values():
            person.consent = consent
