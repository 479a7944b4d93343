"""Who is in a scene's photo, which face is whose, and what each of them does there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

from studio import speeches
from studio.acting import Part
from studio.people import Acted, Line, Person, Photo, Point
from studio.production import Production
from studio.storyboard import IdleScene, TalkingScene, speakers
from studio.types import Feeling, Manner, Speech

AHEAD = Fraction(1, 2)  # s before a line in which its feeling begins to show: faces know what they are about to say


@dataclass(frozen=True)
class Spoken:
    """A line and when it is heard."""

    key: str
    """Who says it: a key of `people`."""
    line: Line
    speech: Speech
    start: Fraction
    """s of the scene's own file."""

    @property
    def end(self) -> Fraction:
        """s of the scene's own file."""
        return self.start + self.speech.audio.duration


@dataclass(frozen=True)
class Heard:
    """A line with its place in the film."""

    scene: str
    spoken: Spoken
    start: Fraction
    """s of the film."""


@dataclass(frozen=True)
class Role:
    """One person in one photo."""

    face: int | Point | None
    """Which face is theirs, as the production says it."""
    lent: tuple[Photo, ...]
    """Further photos of them, to borrow from."""
    mouth: Path | None
    """Weights that have learned their mouth."""
    part: Part


def photo_of(production: Production, scene: TalkingScene | IdleScene) -> Path:
    """The photo in which a scene is spoken or somebody waits, as the production writes it."""
    return production.people[scene.person].photos[scene.photo].file


def roles(
    production: Production, scene: TalkingScene, spoken: Sequence[Spoken], duration: Fraction
) -> tuple[Role, ...]:
    """Everybody in a talking scene whom the production names: first those who speak, then those who listen.

    Args:
        spoken: the scene's lines, in order.
        duration: of the scene's own file, s.
    """
    file = photo_of(production, scene)
    cast = [_role(production, scene, key, file, spoken, duration) for key in speakers(scene)]
    if scene.listeners == "none":
        return tuple(cast)
    taken = {repr(role.face) for role in cast}
    for key, person in production.people.items():
        photo = person.photo_of(file)
        # Who is in a photo of several and has not said where, is left in peace.
        if photo is not None and photo.face is not None and repr(photo.face) not in taken:
            taken.add(repr(photo.face))
            cast.append(_role(production, scene, key, file, (), duration))
    return tuple(cast)


def waiting(production: Production, scene: IdleScene) -> tuple[Role, ...]:
    """Everybody in a scene in which nothing is said: its own person first, then the others whom the production knows
    to be in the same photo."""
    file = photo_of(production, scene)
    keys = sorted(production.people, key=lambda key: key != scene.person)
    found: dict[str, Role] = {}
    for key in keys:
        person = production.people[key]
        photo = person.photos[scene.photo] if key == scene.person else person.photo_of(file)
        # Who is in a photo of several and has not said where, is left in peace.
        if photo is not None and (key == scene.person or photo.face is not None):
            found.setdefault(repr(photo.face), Role(photo.face, (), None, Part(manner=manner((person, production)))))
    return tuple(found.values())


def stranger(production: Production, scene: TalkingScene) -> Part:
    """What somebody does who is in the photo, but not among the people of the production."""
    return Part(manner=manner((production,), amount=scene.amount))


def manner(levels: Sequence[Acted], *, amount: float | None = None) -> Manner:
    """How something is acted, its feeling from 0 s on.

    Args:
        levels: who has a say in it, the first word counting: a line, its person, the film.
        amount: the scene's own, which goes before the person's and after the line's.
    """
    first, *further = (level.manner for level in levels)
    amounts = (first.amount, amount, *(bearing.amount for bearing in further))
    smiles = (level.manner.smile for level in levels)
    gazes = (level.manner.gaze for level in levels)
    gentle = Manner()
    decided = next((place for place, level in enumerate(levels) if level.emotion), None)
    feelings: tuple[Feeling, ...] = ()
    if decided is not None and (emotion := levels[decided].emotion) is not None:
        # How much belongs to what: an intensity further up was said of another feeling.
        strength = _first((level.intensity for level in levels[: decided + 1]), 1.0)
        feelings = (Feeling(Fraction(0), emotion, strength),)
    return Manner(
        amount=_first(amounts, gentle.amount),
        smile=_first(smiles, gentle.smile),
        gaze=_first(gazes, gentle.gaze),
        feelings=feelings,
    )


def _role(
    production: Production, scene: TalkingScene, key: str, file: Path, spoken: Sequence[Spoken], duration: Fraction
) -> Role:
    person = production.people[key]
    photo = person.photo_of(file)
    assert photo is not None  # noqa: S101  (the production was checked for it)
    lent = tuple(other for other in person.photos if other.lends and other.file != file)
    own = [item for item in spoken if item.key == key]
    return Role(
        photo.face, lent if own else (), person.mouth if own else None, _part(production, scene, person, own, duration)
    )


def _part(
    production: Production, scene: TalkingScene, person: Person, own: Sequence[Spoken], duration: Fraction
) -> Part:
    if not own:
        return Part(manner=manner((person, production), amount=scene.amount))
    manners = [manner((item.line, person, production), amount=scene.amount) for item in own]
    begins = [Fraction(0)]
    for before, item in pairwise(own):
        begins.append(max(item.start - AHEAD, before.start))
    neutral = (Feeling(Fraction(0), "neutral"),)
    feelings = [replace((asked.feelings or neutral)[0], at=at) for asked, at in zip(manners, begins, strict=True)]
    language = own[0].speech.language
    return Part(
        speech=speeches.join([item.speech for item in own], [item.start for item in own], duration, language),
        manner=replace(manners[0], feelings=tuple(feelings)),
        changes=tuple(zip(begins[1:], manners[1:], strict=True)),
        lines=tuple((item.start, item.end) for item in own),
    )


def _first(values: Iterable[float | None], default: float) -> float:
    """The first that says something."""
    return next((value for value in values if value is not None), default)
