"""What the user asked for on the page, as a production on disk and a job in the queue. Knows nothing of Gradio."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from studio.app import worker
from studio.app.projects import films_dir, free_folder
from studio.app.web.errors import Unfinished
from studio.app.web.texts import say
from studio.trust.consent import Consent, Right
from studio.types import Language


@dataclass(frozen=True)
class SpokenLine:
    """One line and where its words come from."""

    say: str
    source: str = "written"
    """verbatim, adapted or written."""
    cite: str = ""


@dataclass(frozen=True)
class Wish:
    """A film, as it was filled in."""

    template: str
    name: str
    dates: str
    language: Language
    photo: Path | None
    face: tuple[float, float] | None
    """A point in the face that speaks, px of the photo."""
    recordings: tuple[Path, ...]
    lines: tuple[SpokenLine, ...]
    granted_by: str
    right: Right
    scope: str
    confirmed: bool


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


def submit(wish: Wish, known: Mapping[Wish, Path], *, draft: bool, language: Language) -> tuple[str, Path]:
    """Write the production down and put its film in the queue.

    Args:
        known: productions made from this page before; the same wish is not written down twice, so that the film
            after a draft finds the draft's takes and name.
        language: of the page.

    Returns:
        The job's id and the production.yaml.

    Raises:
        StudioError: something is missing, or a file cannot be used.
    """
    check(wish, language)
    path = known.get(wish)
    if path is None or not path.exists():
        path = write(wish)
    folder = path.parent.name
    output = films_dir() / (f"{folder}-draft" if draft else folder)
    return worker.submit(path, output, draft=draft, name=wish.name.strip()), path


def write(wish: Wish) -> Path:
    """The wish as a production in a folder of its own, with copies of its files."""
    from studio import templates
    from studio.production import Production

    if wish.photo is None:
        raise ValueError("a wish without a photo cannot be written")
    path = templates.new(
        wish.template,
        free_folder(wish.name),
        name=wish.name.strip(),
        dates=wish.dates.strip(),
        photos=[wish.photo],
        recordings=wish.recordings,
        words=[line.say for line in wish.lines],
        language=wish.language,
        face=wish.face,
    )
    production = Production.load(path)
    amend(production, wish)
    production.save(path)
    return path


def amend(production: Any, wish: Wish) -> None:
    """Put the sources of the words and the consent into a production made from a template."""
    sources = {line.say: line for line in wish.lines}
    for scene in production.scenes:
        for line in getattr(scene, "lines", ()):
            if (known := sources.get(line.say or "")) is not None:
                line.source = known.source
                line.cite = known.cite
    if wish.granted_by.strip():
        consent = Consent(
            granted_by=wish.granted_by.strip(),
            right=wish.right,
            scope=wish.scope.strip(),
            granted_on=datetime.now(UTC).date(),
        )
        for person in production.people.values():
            person.consent = consent
