"""What else is handed out of a film: other shapes, loops, answers, masters, sound, pictures, a pack for an edit suite.

One module per family. Everything in which something synthetic is seen or heard carries the film's own label and
metadata, and the draft mark where nobody has agreed.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from studio import film
from studio.deliverables import answers, cutouts, loops, masters, pack, shapes, stills
from studio.deliverables.order import Order
from studio.errors import ProductionInvalid
from studio.film import Cut
from studio.finishing import Deliverable
from studio.production import Production
from studio.scenes import Plan
from studio.takes import COST

Made = tuple[Path, ...]

MAKERS: Mapping[Deliverable, Callable[[Order], Made]] = {
    "wide": partial(shapes.make, aspect="16:9"),
    "vertical": partial(shapes.make, aspect="9:16"),
    "square": partial(shapes.make, aspect="1:1"),
    "portrait": partial(shapes.make, aspect="4:5"),
    "reception": loops.reception,
    "kiosk": loops.kiosk,
    "answers": answers.make,
    "alpha-prores": partial(cutouts.make, codec="prores"),
    "alpha-vp9": partial(cutouts.make, codec="vp9"),
    "mezzanine": masters.mezzanine,
    "mp3": partial(masters.sound, codec="mp3"),
    "m4a": partial(masters.sound, codec="m4a"),
    "stems": masters.stems,
    "poster": stills.poster,
    "contact-sheet": stills.contact_sheet,
    "pack": pack.make,
}

_SHAPES = frozenset({"wide", "vertical", "square", "portrait"})
_ENCODES: Mapping[Deliverable, float] = {"reception": 1, "kiosk": 1, "answers": 1.5, "mezzanine": 1.5, "pack": 2.5,
                                         "alpha-prores": 3, "alpha-vp9": 4}  # fmt: skip


def ordered(production: Production, names: Sequence[str]) -> Production:
    """The same production with more to be made of it.

    Raises:
        ProductionInvalid: a name is unknown, or there is nothing in the production to make it of.
    """
    for name in names:
        if name not in MAKERS:
            meant = difflib.get_close_matches(name, MAKERS, 1)
            hint = f"Was {meant[0]} meant?" if meant else f"There are: {', '.join(MAKERS)}."
            raise ProductionInvalid(f"Nothing called {name!r} can be made of a film. {hint}")
    if "answers" in names and not any(getattr(scene, "questions", ()) for scene in production.scenes):
        raise ProductionInvalid("Answers can be made where a talking scene has `questions:`; none has.")
    also = list(dict.fromkeys([*production.outputs.also, *names]))
    outputs = production.outputs.model_copy(update={"also": also})
    return production.model_copy(update={"outputs": outputs})


def write(cut: Cut, made: Path, *, draft: bool) -> Made:
    """Make everything that the production's `outputs.also` asks for, beside the finished film.

    Raises:
        StudioError: its children; what was finished before stays.
    """
    order = Order(cut, made, draft)
    wanted = dict.fromkeys(cut.takes.production.outputs.also)
    return tuple(path for name in wanted for path in MAKERS[name](order))


def units(production: Production, plans: Sequence[Plan]) -> float:
    """How much work all of it is, as `film.units` counts."""
    seconds = float(sum(planned.own for planned in plans))
    wanted = set(production.outputs.also)
    again = film.units(plans, again=True) * len(wanted & _SHAPES)
    return again + sum(_ENCODES.get(name, 0.0) for name in wanted) * seconds * COST.film
