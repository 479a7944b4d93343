"""The production draft: what was chosen, as chapters of a template, in files of its own beside production.yaml."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

from studio import templates
from studio.album.choose import worth
from studio.album.movements import MOVEMENTS, Movement, Placed
from studio.album.record import Picture
from studio.errors import ProductionInvalid
from studio.media import files
from studio.media.glance import frame_at
from studio.media.image import MAX_PIXELS
from studio.media.preview import HEIC, MOST, preview, write_jpeg
from studio.people import Recording
from studio.production import Production
from studio.templates import slug
from studio.types import U8, Language

FILE = "production.yaml"
FOLDERS = ("photos", "recordings")
LARGEST = 6000  # px: the long side of a scan that a film cannot open as it is
TITLES: dict[Movement, dict[Language, str]] = {
    "arrival": {"en": "Arrival", "zh": "来处"},
    "life": {"en": "A life", "zh": "一生"},
    "character": {"en": "As we knew them", "zh": "为人"},
    "farewell": {"en": "Farewell", "zh": "告别"},
}


def fitting() -> tuple[str, ...]:
    """The templates that show an album."""
    return tuple(name for name in templates.names() if _album_slot(name))


def _album_slot(template: str) -> str:
    """The slot of a template that takes the photos: chapters, an album, or "" for none."""
    known = {slot.name for slot in templates.slots(template)}
    return next((name for name in ("chapters", "album") if name in known), "")


def _needs_portrait(template: str) -> bool:
    return any(slot.name == "person" and slot.min for slot in templates.slots(template))


def check_template(template: str) -> None:
    """Raise ProductionInvalid unless there is such a template and it shows photos."""
    if not _album_slot(template):
        raise ProductionInvalid(
            f"The template {template!r} has no place for an album. Choose one of: {', '.join(fitting())}."
        )


def portrait_of(pictures: Sequence[Picture], dear: Collection[int]) -> Picture | None:
    """The picture that shows the person best: alone, large, from the front, eyes open; None where nobody is known."""

    def rank(picture: Picture) -> tuple[bool, float]:
        faces = picture.looked.faces
        own = max((face.tall for face, who in zip(faces, picture.people, strict=False) if who in dear), default=0.0)
        return len(faces) == 1, worth(picture) + min(own, 0.35)

    own = [picture for picture in pictures if any(who in dear for who in picture.people)]
    return max(own, key=rank, default=None)


def write(
    out: Path,
    placed: Sequence[Placed],
    *,
    name: str,
    template: str,
    language: Language,
    portrait: Picture | None,
    dear: Collection[int],
    recordings: Sequence[Path],
    stale: Sequence[Path],
) -> tuple[Path, ...]:
    """Write the production and the files it names; gives those, relative to `out`, production.yaml first.

    Everything is made in a folder of its own first: a full disk leaves what was there before.

    Args:
        stale: files of an earlier draft, relative to `out`, that are replaced.

    Raises:
        ProductionInvalid: the template wants a portrait, and nobody knows whose.
        OutputUnwritable: the disk is full or the folder may not be written.
    """
    making = out / f".draft.{uuid4().hex[:8]}"
    try:
        chapters = _chapters(placed, making / "given", language)
        given: dict[str, Any] = (
            {"chapters": chapters}
            if _album_slot(template) == "chapters"
            else {"album": [path for chapter in chapters for path in chapter["photos"]]}
        )
        if portrait is None and _needs_portrait(template):
            raise ProductionInvalid(
                f"{template} begins with a portrait, but nobody is in more than two pictures. "
                "Say who the film is about, by the number in album/people.png (--person)."
            )
        own = [] if portrait is None else [_file_of(portrait, making / "portrait", 0)]
        face = None if portrait is None else _face(portrait, dear)
        written = templates.new(template, making / "film", name=name, photos=own, language=language, face=face, **given)
        _with_recordings(written, recordings)
        return _moved_in(written.parent, out, stale)
    except OSError as error:
        raise files.unwritable(out / FILE, error) from error
    finally:
        shutil.rmtree(making, ignore_errors=True)


def _chapters(placed: Sequence[Placed], folder: Path, language: Language) -> list[dict[str, Any]]:
    chapters: list[dict[str, Any]] = []
    number = 0
    for movement in MOVEMENTS:
        own = [one.picture for one in placed if one.movement == movement]
        if own:
            paths = [_file_of(picture, folder, number + place) for place, picture in enumerate(own, 1)]
            chapters.append({"title": TITLES[movement][language], "photos": paths})
            number += len(own)
    return chapters


def _file_of(picture: Picture, folder: Path, number: int) -> Path:
    """The picture as a file that a film can open: the original itself, or a JPEG of it in `folder`."""
    if picture.at is None and not _foreign(picture):
        return picture.path
    image = full(picture, LARGEST)
    time = "" if picture.at is None else f"-{float(picture.at):.1f}s".replace(".", "_")
    path = folder / f"{number:03d}" / f"{picture.path.stem}{time}.jpg"  # the number goes; names need not be unique
    write_jpeg(path, image)
    return path


def _foreign(picture: Picture) -> bool:
    looked = picture.looked
    return picture.path.suffix.lower() in HEIC or looked.width * looked.height > MAX_PIXELS


def full(picture: Picture, side: int) -> U8:
    """A picture no larger than `side` px, RGB uint8 (h, w, 3), from its photo or its film."""
    if picture.at is not None:
        from studio.album.look import shrunk

        return shrunk(frame_at(picture.path, picture.at), side)
    return preview(picture.path, side, memory=MOST).image


def _face(picture: Picture, dear: Collection[int]) -> tuple[float, float] | None:
    """Where their face is, px of the file; None where it is the only one."""
    faces = picture.looked.faces
    if len(faces) < 2:
        return None
    own = next(face for face, who in zip(faces, picture.people, strict=False) if who in dear)
    x0, y0, x1, y1 = own.box
    share = min(1.0, LARGEST / max(picture.looked.width, picture.looked.height)) if _foreign(picture) else 1.0
    return (x0 + x1) / 2 * picture.looked.width * share, (y0 + y1) / 2 * picture.looked.height * share


def _with_recordings(written: Path, recordings: Sequence[Path]) -> None:
    """Lay recordings beside the production as the person's; no scene plays them yet."""
    if not recordings:
        return
    production = Production.load(written)
    person = next(iter(production.people.values()))
    for number, tape in enumerate(recordings, 1):
        kept = Path("recordings") / f"{number:02d}-{slug(tape.stem, 'recording')}{tape.suffix.lower()}"
        files.copy(tape, written.parent / kept)
        person.recordings.append(Recording(file=kept))
    production.save(written)


def _moved_in(made: Path, out: Path, stale: Sequence[Path]) -> tuple[Path, ...]:
    """Put a finished draft in its place, production.yaml last, and take away what only the one before it needed."""
    parts = sorted(path.relative_to(made) for path in made.rglob("*") if path.is_file())
    parts.sort(key=lambda path: path.name == FILE)
    for part in parts:
        (out / part).parent.mkdir(parents=True, exist_ok=True)
        (made / part).replace(out / part)
    for part in set(stale) - set(parts):
        # Only what an earlier draft put there is ever removed.
        if part.parts[0] in FOLDERS and ".." not in part.parts:
            (out / part).unlink(missing_ok=True)
    return tuple(parts[::-1])
