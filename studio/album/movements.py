"""The order of a farewell: arrival, life, character, farewell."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

from studio.album.choose import worth
from studio.album.record import Picture

Movement = Literal["arrival", "life", "character", "farewell"]
MOVEMENTS: tuple[Movement, ...] = ("arrival", "life", "character", "farewell")
_ARRIVAL, _FAREWELL, _CHARACTER = 0.16, 0.12, 0.24  # shares of the pictures
_CLOSE = 0.16  # of the picture's height: faces from here on show somebody, not a scene


@dataclass(frozen=True)
class Placed:
    """A picture in its movement."""

    picture: Picture
    movement: Movement


def ordered(pictures: Sequence[Picture], dear: Collection[int] = ()) -> tuple[Placed, ...]:
    """Pictures in the order in which they are shown.

    By time where that is known: the first of them are the arrival, the last the farewell, which ends with the best
    picture of the person alone. Close, warm pictures of them, and those whose time nobody knows, make the character;
    the rest is the life. Black-and-white pictures without a date go with the dated ones of their kind.
    """
    left = sorted(pictures, key=lambda picture: (_year(picture, pictures), str(picture.path), picture.at or 0))
    if len(left) < 4:
        return tuple(Placed(picture, "life") for picture in left)
    count = len(left)
    last = _last(left, dear)
    left.remove(last)
    arrival = left[: max(1, round(_ARRIVAL * count))]
    rest = left[len(arrival) :]
    dated = [picture for picture in rest if _known(picture)]
    late = [picture for picture in dated[::-1] if not picture.grey][: max(1, round(_FAREWELL * count) - 1)]
    farewell = [picture for picture in rest if picture in late] or rest[-1:]
    middle = [picture for picture in rest if picture not in farewell]
    # Never more than half of the middle: a life is told before it is looked at.
    room = min(round(_CHARACTER * count), len(middle) // 2)
    character = sorted(middle, key=lambda picture: -_warm(picture, dear))[:room]
    parts: dict[Movement, list[Picture]] = {
        "arrival": arrival,
        "life": [picture for picture in middle if picture not in character],
        "character": [picture for picture in middle if picture in character],
        "farewell": [*farewell, last],
    }
    return tuple(Placed(picture, movement) for movement in MOVEMENTS for picture in parts[movement])


def _known(picture: Picture) -> bool:
    return picture.when is not None and picture.when.decade is not None


def _year(picture: Picture, all_of_them: Sequence[Picture]) -> float:
    """The year a picture is put at: its own, or the middle of those that look as old."""
    if picture.when is not None and _known(picture):
        return picture.when.middle
    alike = [one.when.middle for one in all_of_them if one.when and _known(one) and one.grey == picture.grey]
    if alike:
        return sorted(alike)[len(alike) // 2]
    years = [one.when.middle for one in all_of_them if one.when and _known(one)]
    # Nothing of its kind has a date: what has no colour is older than everything that has, and the other way round.
    return (min(years, default=1950.0) - 1) if picture.grey else (max(years, default=1990.0) - 0.5)


def _last(pictures: Sequence[Picture], dear: Collection[int]) -> Picture:
    """The picture that stays: the best one of them alone, from the later half of their life."""
    later = pictures[len(pictures) // 2 :]

    def rank(place: int) -> tuple[bool, bool, float]:
        faces = later[place].looked.faces
        own = any(who in dear for who in later[place].people) if dear else bool(faces)
        return own, own and len(faces) == 1, worth(later[place]) + 0.2 * place / len(later)

    return later[max(range(len(later)), key=rank)]


def _warm(picture: Picture, dear: Collection[int]) -> float:
    """How much a picture tells of what somebody was like: close, smiling, theirs; undated ones tell nothing else."""
    own = [face for face, who in zip(picture.looked.faces, picture.people, strict=False) if not dear or who in dear]
    close = max((min(face.tall, 0.4) / 0.4 for face in own), default=0.0)
    smile = max((min(max(face.smile, 0.0), 2.0) / 2 for face in own if face.tall >= _CLOSE), default=0.0)
    return close + smile + (0.0 if _known(picture) else 0.6)
