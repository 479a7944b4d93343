"""`studio weights`: which weights there are, where they lie, and how they get here."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from studio.app.console import running

if TYPE_CHECKING:
    from studio.weights import State, Weights

weights_app = typer.Typer(
    name="weights",
    no_args_is_help=False,
    invoke_without_command=True,
    pretty_exceptions_enable=False,
    help="List, fetch or add the weights of engines that do not ship with the studio.",
)

Json = Annotated[bool, typer.Option("--json", help="One event per line on stdout, for programs.")]
Name = Annotated[str, typer.Argument(help="Weights as `studio weights list` names them.")]


@weights_app.callback()
def _weights(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        list_weights()


@weights_app.command("list", epilog="Example:  studio weights list --json")
def list_weights(as_json: Json = False) -> None:
    """List all weights: where they lie, how large they are, under which licence."""
    with running("weights list", cancellable=False):
        from studio import weights

        states = weights.states()
        if as_json:
            sys.stdout.write(json.dumps([_as_dict(state) for state in states], ensure_ascii=False) + "\n")
        else:
            _show(states)


@weights_app.command(epilog="Example:  studio weights fetch buffalo_s")
def fetch(name: Name, as_json: Json = False) -> None:
    """Download weights, check them, and put them where the engines look. Stopped, it goes on from there."""
    with running("weights fetch", as_json=as_json) as run:
        from studio import weights

        known = weights.record(name)
        run.reporter.note(f"{name}: {terms(known)}.")
        path = weights.fetch(name, on_progress=run.on_progress, cancel=run.cancel)
        run.done(*_placed(name, known, path))


@weights_app.command(epilog="Example:  studio weights add wav2lip ~/Downloads/Wav2Lip-SD-NOGAN.pt")
def add(
    name: Name,
    file: Annotated[Path, typer.Argument(help="The file; for a set, its .zip or the folder it was unpacked to.")],
    as_json: Json = False,
) -> None:
    """Check weights that were brought by hand, and copy them to where the engines look."""
    with running("weights add", as_json=as_json, cancellable=False) as run:
        from studio import weights

        known = weights.record(name)
        run.done(*_placed(name, known, weights.add(name, file)))


def terms(known: Weights) -> str:
    """The licence, and what it forbids, as one line."""
    return known.licence if known.commercial else f"{known.licence}; not for commercial films"


def _placed(name: str, known: Weights, path: Path) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    result = {"name": name, "path": str(path), "licence": known.licence, "commercial": known.commercial}
    return result, [("Weights", str(path)), ("Licence", terms(known))]


def _as_dict(state: State) -> dict[str, Any]:
    return {
        "name": state.name,
        "path": str(state.path) if state.path else None,
        "usable": not state.why,
        "why": state.why,
        "licence": state.weights.licence,
        "commercial": state.weights.commercial,
        "url": state.weights.url,
        "bytes": state.weights.size[1] if state.weights.sha256 else None,
    }


def _show(states: tuple[State, ...]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    table.add_column("Weights", style="bold", no_wrap=True)
    table.add_column("Size", justify="right", no_wrap=True)
    table.add_column("Where")
    table.add_column("Licence")
    for state in states:
        table.add_row(state.name, _size(state), _where(state), terms(state.weights))
    Console().print(table, markup=False)


def _where(state: State) -> str:
    if state.path is not None:
        return state.why or str(state.path)
    if state.weights.url:
        return f"not here: studio weights fetch {state.name}"
    what = "FOLDER" if state.weights.holds else "FILE"
    return f"not here; {state.weights.by_hand}; then: studio weights add {state.name} {what}"


def _size(state: State) -> str:
    """Of what there is, or of what a download would bring."""
    if state.path is not None:
        files = [state.path] if state.path.is_file() else [file for file in state.path.rglob("*") if file.is_file()]
        return f"{sum(file.stat().st_size for file in files) / 1e6:.1f} MB"
    if state.weights.holds and not state.weights.url:
        return ""  # nobody publishes it
    least, most = (f"{size / 1e6:.0f}" for size in state.weights.size)
    return f"{most} MB" if least == most else f"{least}–{most} MB"
