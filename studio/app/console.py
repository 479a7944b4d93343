"""How the command line talks: progress while it works, one sentence when it cannot, JSON lines for programs."""

from __future__ import annotations

import json
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn, Protocol, TextIO

from studio.errors import Cancelled, StudioError

if TYPE_CHECKING:
    from types import FrameType

    from rich.console import Console

    from studio.types import Progress, Render

STOPPED = Cancelled.exit_code  # 128 + SIGINT, what shells expect after Ctrl-C
WORTH_A_LINE = 0.5  # s


class Reporter(Protocol):
    """Tells the person or the program at the other end what happens."""

    def progress(self, progress: Progress) -> None: ...

    def done(self, result: dict[str, Any], lines: list[tuple[str, str]]) -> None: ...

    def error(self, kind: str, message: str, exit_code: int) -> None: ...

    def note(self, message: str) -> None: ...

    def close(self) -> None: ...


class JsonLines:
    """One event per line on stdout, for programs."""

    def __init__(self, command: str, out: TextIO) -> None:
        self._out = out
        self._emit(event="start", command=command)

    def _emit(self, **event: Any) -> None:
        self._out.write(json.dumps(event, ensure_ascii=False) + "\n")
        self._out.flush()

    def progress(self, progress: Progress) -> None:
        """A `progress` event with the fields of `Progress`."""
        self._emit(
            event="progress",
            stage=progress.stage,
            detail=progress.detail,
            done=round(progress.done, 4),
            remaining_s=None if progress.remaining_s is None else round(progress.remaining_s, 1),
            cached=progress.cached,
        )

    def done(self, result: dict[str, Any], lines: list[tuple[str, str]]) -> None:  # noqa: ARG002
        """The last event of a run that went well."""
        self._emit(event="done", **result)

    def error(self, kind: str, message: str, exit_code: int) -> None:
        """The last event of a run that did not."""
        self._emit(event="error", error=kind, message=message, exit_code=exit_code)

    def note(self, message: str) -> None:
        """Nothing: notes are for people."""

    def close(self) -> None:
        """Nothing is held open."""


class Screen:
    """A bar with the stage, its detail and what is left, on stderr; without a terminal, a line per stage."""

    def __init__(self) -> None:
        self._stage = ""
        self._since = time.monotonic()
        self._console: Console | None = None
        self._live = False
        self._bar: Any = None
        self._task: Any = None

    def progress(self, progress: Progress) -> None:
        """Move the bar; close the line of the stage before."""
        if self._console is None:
            self._open()
        if progress.stage != self._stage:
            self._end_stage()
            self._stage, self._since = progress.stage, time.monotonic()
            if not self._live and self._console is not None:
                self._console.print(f"  {progress.stage} …", highlight=False)
        if self._bar is not None:
            self._bar.update(
                self._task,
                completed=progress.done,
                stage=progress.stage,
                detail=progress.detail,
                left=remaining(progress.remaining_s),
            )

    def _open(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn
        from rich.table import Column

        self._console = Console(stderr=True)
        self._live = self._console.is_terminal
        if not self._live:
            return
        self._bar = Progress(
            TextColumn("  {task.fields[stage]:<9}", markup=False),
            BarColumn(bar_width=28),
            TaskProgressColumn(),
            TextColumn("{task.fields[left]}", markup=False),
            TextColumn("{task.fields[detail]}", markup=False, style="dim", table_column=Column(ratio=1, no_wrap=True)),
            console=self._console,
            transient=True,
            expand=True,
        )
        self._bar.start()
        self._task = self._bar.add_task("", total=1.0, stage="", detail="", left="")

    def _end_stage(self) -> None:
        took = time.monotonic() - self._since
        # A film has dozens of cards and kept takes; what took no time is not worth a line.
        if self._stage and self._console is not None and self._live and took >= WORTH_A_LINE:
            self._console.print(f"  {self._stage:<9} {took:.1f} s", style="dim", highlight=False)

    def done(self, result: dict[str, Any], lines: list[tuple[str, str]]) -> None:  # noqa: ARG002
        """What was made, on stdout."""
        self._end_stage()
        self.close()
        for name, value in lines:
            sys.stdout.write(f"{name:<9} {value}\n")

    def error(self, kind: str, message: str, exit_code: int) -> None:  # noqa: ARG002
        """One sentence on stderr."""
        self.close()
        sys.stderr.write(f"{message}\n")

    def note(self, message: str) -> None:
        """A remark between two lines of progress, on stderr."""
        if self._console is not None:
            self._console.print(message, highlight=False, markup=False)
        else:
            sys.stderr.write(f"{message}\n")

    def close(self) -> None:
        """Take the bar off the screen."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None


def remaining(seconds: float | None) -> str:
    """What is left, as a person says it; "" while nothing is known."""
    if seconds is None:
        return ""
    if seconds < 90:
        return f"about {max(1, round(seconds))} s left"
    return f"about {round(seconds / 60)} min left"


def clock(seconds: float) -> str:
    """Minutes and seconds, 1:05."""
    whole = round(seconds)
    return f"{whole // 60}:{whole % 60:02d}"


@dataclass
class Run:
    """One piece of work started from the command line."""

    reporter: Reporter
    cancel: threading.Event = field(default_factory=threading.Event)

    @property
    def on_progress(self) -> Callable[[Progress], None]:
        """What the pipeline is given."""
        return self.reporter.progress

    def done(self, result: dict[str, Any], lines: list[tuple[str, str]]) -> None:
        """Say what was made: `result` for programs, `lines` of (name, value) for people."""
        self.reporter.done(result, lines)


def film(render: Render) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """A finished film, for programs and for people."""
    result = {
        "path": str(render.path),
        "captions": [str(path) for path in render.captions],
        "recipe": str(render.recipe),
        "report": str(render.report) if render.report else None,
        "deliverables": [str(path) for path in render.deliverables],
        "duration_s": round(float(render.duration), 3),
        "sha256": render.sha256,
    }
    lines = [("Film", f"{render.path} ({clock(float(render.duration))})")]
    if render.captions:
        lines.append(("Captions", ", ".join(str(path) for path in render.captions)))
    lines.append(("Recipe", str(render.recipe)))
    if render.report:
        lines.append(("Report", str(render.report)))
    # Folders with many files in them are named once.
    home = render.path.parent
    beside = dict.fromkeys(home / path.relative_to(home).parts[0] for path in render.deliverables)
    lines += [("Also", str(path)) for path in beside]
    return result, lines


@contextmanager
def running(command: str, *, as_json: bool = False, cancellable: bool = True) -> Iterator[Run]:
    """Work whose outcome the shell must learn.

    A StudioError becomes one sentence (or an error event) and its exit code; Ctrl-C asks the work to stop, a second
    one stops it at once, both end with 130; a bug keeps its traceback.

    Args:
        command: its name, for the start event.
        as_json: report for programs.
        cancellable: the work looks at `Run.cancel`; False where Ctrl-C has to break in.
    """
    reporter: Reporter = JsonLines(command, sys.stdout) if as_json else Screen()
    run = Run(reporter)

    def stop(exit_code: int, kind: str, message: str) -> NoReturn:
        reporter.error(kind, message, exit_code)
        raise SystemExit(exit_code)

    with _interrupts(run, cancellable):
        try:
            if as_json:
                # Libraries print; stdout belongs to the events alone.
                with redirect_stdout(sys.stderr):
                    yield run
            else:
                yield run
        except KeyboardInterrupt:
            stop(STOPPED, "Cancelled", "Stopped.")
        except StudioError as error:
            # ffmpeg hears Ctrl-C too and fails by it: what the user sees is that they stopped the work.
            if run.cancel.is_set():
                stop(STOPPED, "Cancelled", "Stopped. Finished takes are kept: the same command goes on from here.")
            stop(error.exit_code, type(error).__name__, str(error))
        except Exception as error:
            if as_json:
                reporter.error(type(error).__name__, str(error), 1)
            raise
        finally:
            reporter.close()


@contextmanager
def _interrupts(run: Run, cancellable: bool) -> Iterator[None]:
    if not cancellable or threading.current_thread() is not threading.main_thread():
        yield
        return

    def ask(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
        if run.cancel.is_set():
            raise KeyboardInterrupt
        run.cancel.set()
        run.reporter.note("Stopping. Press Ctrl-C again to stop at once.")

    before = signal.signal(signal.SIGINT, ask)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
