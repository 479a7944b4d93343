"""The steps there are, in the order they are taken in, and how much of each is right where nobody says otherwise."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from studio.errors import ProductionInvalid
from studio.restoration import grain, halftone, levels, scratches, sharpness, tears
from studio.restoration.photo import Finding, View
from studio.types import U8


@dataclass(frozen=True)
class Step:
    """One thing that can be done to a photo, beside its outline and its engines."""

    name: str
    about: str
    amount: float
    """How much of it is laid over the photo, 0 … 1, where nobody says otherwise."""
    look: Callable[[View, bool, U8 | None], Finding]
    """(photo, did a person name this step, a drawn mask of tears) → what was found."""
    by_itself: bool = True
    """May it be taken where nobody named it?"""


STEPS = (
    Step("tears", "fills what a drawn mask marks", 1.0, lambda _seen, _told, mask: tears.look(mask)),
    Step("descreen", "lowers the dots of a printed picture", 1.0, lambda seen, _told, _mask: halftone.look(seen)),
    Step("cast", "takes the veil from a colour print", 1.0, lambda seen, _told, _mask: levels.look_cast(seen)),
    Step("levels", "gives a faded print its black and white back", 0.75, lambda seen, _told, _mask: levels.look(seen)),
    Step("neutral", "takes the brown out", 1.0, lambda seen, _told, _mask: levels.look_neutral(seen), False),
    Step("scratches", "fills scratches and dust", 1.0, lambda seen, told, _mask: scratches.look(seen, told=told)),
    Step("grain", "lowers grain and noise", 0.65, lambda seen, _told, _mask: grain.look(seen)),
    Step("sharpen", "steepens the edges of a soft scan", 0.7, lambda seen, _told, _mask: sharpness.look(seen)),
)
NAMES = ("crop", *(step.name for step in STEPS), "enlarge")
"""As they may be named; crop and enlarge change the outline, and are only done when named."""

Wanted = str | Sequence[str] | Mapping[str, float]


@dataclass(frozen=True)
class Chosen:
    """What somebody wants done."""

    auto: bool
    """Whatever is found to be needed?"""
    named: Mapping[str, float | None]
    """Steps by name, with their amount where one was given."""
    without: frozenset[str]
    strength: float
    """0 … 1: of every step's amount."""

    def amount(self, name: str, usual: float) -> float:
        """How much of a step, 0 … 1; 0 where it is not wanted."""
        if name in self.without or not (self.auto or name in self.named):
            return 0.0
        said = self.named.get(name)
        return (usual if said is None else said) * self.strength


def choose(wanted: Wanted, without: Iterable[str], strength: float, *, neutral: bool = False) -> Chosen:
    """Read what somebody wants.

    Args:
        wanted: "auto", names, or names with amounts 0 … 1; "auto" may stand among the names.
        without: names that are left out.
        strength: 0 … 1.
        neutral: take the brown out of a toned print besides.

    Raises:
        ProductionInvalid: there is no such step, or an amount is out of range.
    """
    if isinstance(wanted, Mapping):
        named: dict[str, float | None] = dict(wanted)
    else:
        named = dict.fromkeys([wanted] if isinstance(wanted, str) else wanted)
    auto = "auto" in named
    named.pop("auto", None)
    if neutral:
        named.setdefault("neutral", None)
    left = frozenset(without)
    for name in (*named, *left):
        if name not in NAMES:
            raise ProductionInvalid(f"There is no step {name!r}. Choose auto or some of: {', '.join(NAMES)}.")
    for name, amount in (("the strength", strength), *named.items()):
        if amount is not None and not 0 <= amount <= 1:
            raise ProductionInvalid(f"The amount of {name} is {amount:g}; it has to lie between 0 and 1.")
    return Chosen(auto, named, left, strength)


def read_list(text: str) -> dict[str, float] | tuple[str, ...]:
    """Steps as they are typed: "auto,scratches" or "levels=0.5,grain".

    Raises:
        ProductionInvalid: an amount is no number.
    """
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not any("=" in part for part in parts):
        return tuple(parts)
    found: dict[str, float] = {}
    for part in parts:
        name, _, said = part.partition("=")
        try:
            found[name.strip()] = float(said) if said else _usual(name.strip())
        except ValueError:
            raise ProductionInvalid(f"{part!r} has no amount. Write a number from 0 to 1: {name}=0.5.") from None
    return found


def _usual(name: str) -> float:
    return next((step.amount for step in STEPS if step.name == name), 1.0)
