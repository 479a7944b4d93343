"""The lists the command line prints."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from studio.engines import EngineStatus


def engines(statuses: Sequence[EngineStatus], *, as_json: bool) -> None:
    """Print every engine under its stage: whether it can be used here, why not, and its licence."""
    if as_json:
        _as_json([_engine(status) for status in statuses])
        return
    from rich.padding import Padding
    from rich.text import Text

    console = _console()
    for stage in dict.fromkeys(status.spec.stage for status in statuses):
        console.print(Text(stage, style="bold"))
        for status in (status for status in statuses if status.spec.stage == stage):
            spec = status.spec
            head = Text(f"  {spec.name}")
            head.append(f"  {_here(status)}", style="green" if status.usable else "yellow")
            console.print(head)
            terms = spec.licence if spec.commercial else f"{spec.licence}; not for commercial films"
            for words in (spec.about, terms):
                if words:
                    console.print(Padding(Text(words, style="dim"), (0, 0, 0, 4)))
        console.print()


def _here(status: EngineStatus) -> str:
    if not status.usable:
        return status.why or "not usable here"
    return "taken by auto" if status.auto else "usable"


def _engine(status: EngineStatus) -> dict[str, object]:
    spec = status.spec
    return {
        "stage": spec.stage,
        "name": spec.name,
        "usable": status.usable,
        "auto": status.auto,
        "why": status.why,
        "licence": spec.licence,
        "commercial": spec.commercial,
        "languages": list(spec.languages),
        "needs_gpu": spec.needs_gpu,
        "about": spec.about,
    }


def _console() -> Console:
    from rich.console import Console

    return Console(highlight=False, markup=False)


def _as_json(value: object) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")
