"""The lists the command line prints."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from studio.pipeline import EngineStatus


def templates(described: Sequence[tuple[str, str]], *, as_json: bool) -> None:
    """Print templates as (name, description)."""
    if as_json:
        _as_json([{"name": name, "about": about} for name, about in described])
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column()
    for name, about in described:
        table.add_row(name, about)
    Console(highlight=False, markup=False).print(table)


def engines(statuses: Sequence[EngineStatus], *, as_json: bool) -> None:
    """Print every engine with its stage, whether it can be used here, and why not."""
    if as_json:
        _as_json(
            [
                {
                    "stage": status.spec.stage,
                    "name": status.spec.name,
                    "usable": status.usable,
                    "auto": status.auto,
                    "why": status.why,
                    "licence": status.spec.licence,
                    "commercial": status.spec.commercial,
                    "languages": list(status.spec.languages),
                    "needs_gpu": status.spec.needs_gpu,
                    "about": status.spec.about,
                }
                for status in statuses
            ]
        )
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("stage", "engine", "here", "commercial", "licence"):
        table.add_column(name, no_wrap=name in ("stage", "engine"))
    table.add_column("about", ratio=1)
    for status in statuses:
        here = ("auto" if status.auto else "yes") if status.usable else "no"
        about = status.spec.about if status.usable else status.why or status.spec.about
        table.add_row(
            status.spec.stage,
            status.spec.name,
            here,
            "yes" if status.spec.commercial else "no",
            status.spec.licence,
            about,
            style="" if status.usable else "dim",
        )
    Console(highlight=False, markup=False).print(table)


def _as_json(value: object) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")
