"""Which pictures are worth showing, and which of them together: all times of a life, no two that show the same."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from studio.album.look import SMALL, TONES
from studio.album.record import FaceSeen, Picture
from studio.types import F32

POOR = 0.22  # worth below which a picture is not offered at all: blurred, black, or of the size of a stamp
CLOSED, OPEN = 0.055, 0.095  # eye distances; measured on 35 portraits: open eyes .09–.20, a laugh .075, a blink .03–.05
_SHOWN = 0.045  # of the picture's height: smaller faces are not looked in the eye
_SMALL_PX, _LARGE_PX = 240, 1080  # of the shorter side
_DEAR = 0.6  # how much more a picture is worth that shows whom the film is about
_NEW_FACE = 0.15  # and one that shows somebody who is not in the film yet
_SAME_EVENT = 0.72  # how much each further picture of one occasion is worth of the one before
_ALIKE = (0.55, 0.95)  # likeness of two pictures from which the second is worth less, and nothing
_SCREENS = ("screenshot", "screen shot", "bildschirmfoto", "截屏", "截图", "屏幕快照")


@dataclass(frozen=True)
class Chosen:
    """What was chosen from a list of pictures, and why the others were not."""

    places: tuple[int, ...]
    """In the order of choice: the best comes first."""
    poor: tuple[tuple[int, str], ...]
    """Those that are not good enough, and what is wrong with them."""


def worth(picture: Picture) -> float:
    """0 … 1: how good a picture is by itself."""
    looked = picture.looked
    large = _ramp(min(looked.width, looked.height), _SMALL_PX, _LARGE_PX)
    light = _ramp(looked.light, 18, 60) * _ramp(-looked.light, -242, -205) * _ramp(looked.contrast, 8, 32)
    light *= 1 - 0.6 * _ramp(looked.lost, 0.25, 0.7)
    face = _faces(looked.faces)
    value = 0.34 * looked.sharp + 0.18 * large + 0.22 * light + 0.26 * face
    # Neither light nor faces make up for a picture in which nothing can be seen.
    value *= (0.25 + 0.75 * _ramp(looked.sharp, 0.02, 0.3)) * (0.2 + 0.8 * _ramp(light, 0, 0.35))
    return value * (0.25 if any(word in picture.path.name.lower() for word in _SCREENS) else 1.0)


def _faces(faces: Sequence[FaceSeen]) -> float:
    """0 … 1: whether those who are seen look well: eyes open, large enough, from the front. .4 without anybody."""
    shown = [face for face in faces if face.tall >= _SHOWN]
    if not shown:
        return 0.4
    weights = np.array([face.tall for face in shown])
    looks = np.array([_looks(face) for face in shown])
    return float(np.average(looks, weights=weights))


def _looks(face: FaceSeen) -> float:
    eyes = _ramp(face.eyes, CLOSED, OPEN)
    front = 1 - 0.4 * _ramp(abs(face.turned), 25, 65)
    size = 0.7 + 0.3 * _ramp(face.tall, 0.05, 0.2)
    return (0.15 + 0.7 * eyes + 0.15 * _ramp(face.smile, 0.0, 1.5)) * front * size


def why_poor(picture: Picture) -> str:
    """What is most wrong with a picture, as a sentence."""
    looked = picture.looked
    if any(word in picture.path.name.lower() for word in _SCREENS):
        return "A picture of a screen, by its name."
    if looked.light < 30 or looked.light > 235 or looked.contrast < 12:
        return "Hardly anything can be seen: it is too dark, too bright or too pale."
    if looked.sharp < 0.3:
        return "It is blurred."
    return f"It is small ({looked.width}×{looked.height} px)."


def choose(pictures: Sequence[Picture], count: int, dear: Collection[int] = ()) -> Chosen:
    """The best `count` pictures, taken one by one: what is there already makes its like worth less.

    Args:
        dear: numbers of the person the film is about; several where they were sorted into several people.
    """
    values = np.array([worth(picture) for picture in pictures])
    poor = tuple((place, why_poor(pictures[place])) for place in np.flatnonzero(values < POOR))
    values[values < POOR] = 0
    values *= np.array([1 + _DEAR * _presence(picture, dear) for picture in pictures])
    shares = _shares(pictures, values, count)
    views = _views(pictures)
    nearest = np.full(len(pictures), -1.0, np.float32)
    events: Counter[str] = Counter()
    times: Counter[int | None] = Counter()
    known: set[int] = set()
    places: list[int] = []
    while len(places) < count:
        gain = values * _apart(nearest)
        gain *= np.array([_SAME_EVENT ** events[picture.event] for picture in pictures])
        gain *= np.array([_room(times[_time(picture)], shares[_time(picture)]) for picture in pictures])
        gain *= np.array([1 + _NEW_FACE * bool({*picture.people} - known - {0}) for picture in pictures])
        best = int(np.argmax(gain)) if len(gain) else 0
        if not len(gain) or gain[best] <= 0:
            break
        places.append(best)
        values[best] = 0
        events[pictures[best].event] += 1
        times[_time(pictures[best])] += 1
        known |= {*pictures[best].people}
        nearest = np.maximum(nearest, views @ views[best])
    return Chosen(tuple(places), poor)


def _presence(picture: Picture, dear: Collection[int]) -> float:
    """0 … 1: how much of a picture is theirs: 1 alone or largest, less in a crowd."""
    own = [face.tall for face, who in zip(picture.looked.faces, picture.people, strict=False) if who in dear]
    if not own:
        return 0.0
    return 0.5 + 0.5 * max(own) / max(face.tall for face in picture.looked.faces)


def _time(picture: Picture) -> int | None:
    return picture.when.decade if picture.when is not None else None


def _shares(pictures: Sequence[Picture], values: F32, count: int) -> dict[int | None, float]:
    """How many pictures of each decade are wanted: by the root of how many there are, for the phone took thousands."""
    there = Counter(_time(picture) for picture in pictures)
    good = Counter(_time(picture) for picture, value in zip(pictures, values, strict=True) if value > 0)
    total = sum(np.sqrt(number) for number in good.values()) or 1.0
    return {time: float(count * np.sqrt(good[time]) / total) for time in there}


def _room(taken: int, share: float) -> float:
    """1 while a decade has its share; then less with each further picture."""
    return 1.0 if taken < share else float(np.exp(-(taken - share + 1) / max(1.5, share / 8)))


def _views(pictures: Sequence[Picture]) -> F32:
    """What each picture looks like as a whole: float32 (N, D) of unit length, half greys and half colours."""
    if not pictures:
        return np.zeros((0, 1), np.float32)
    halves: list[F32] = []
    for name, shape in (("small", (SMALL, SMALL, 1)), ("tones", (TONES, TONES, 3))):
        raw = [np.frombuffer(base64.b64decode(getattr(picture.looked, name)), np.uint8) for picture in pictures]
        flat = np.stack(raw).reshape(-1, *shape).astype(np.float32)
        if name == "small":  # a quarter of the side: what lies where, not each edge
            flat = flat.reshape(-1, SMALL // 4, 4, SMALL // 4, 4).mean(axis=(2, 4))
            flat = flat - flat.mean(axis=(1, 2), keepdims=True)
        else:
            flat = flat - 128
        flat = flat.reshape(len(pictures), -1)
        halves.append(flat / np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-6))
    views: F32 = (np.concatenate(halves, axis=1) / np.sqrt(2)).astype(np.float32)
    return views


def _apart(nearest: F32) -> F32:
    """1 for a picture like none that was chosen … 0 for one that is as good as chosen."""
    low, high = _ALIKE
    return np.clip((high - nearest) / (high - low), 0, 1).astype(np.float32)


def _ramp(value: float, low: float, high: float) -> float:
    return float(np.clip((value - low) / (high - low), 0, 1))
