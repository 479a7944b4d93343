"""Takes of one line until one is good: at most four, the best kept, and what was wrong with each on record."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from studio.errors import AudioUnusable, Cancelled, EngineUnavailable
from studio.types import Cancel, Speech
from studio.voice.alignment.check import Verdict

MOST = 4


@dataclass(frozen=True, eq=False)
class Attempt:
    """One take and what was found."""

    seed: int
    verdict: Verdict | None
    """None where there is no sound to judge."""
    failure: str = ""
    """Why there is none."""


@dataclass(frozen=True, eq=False)
class Take:
    """The best of some takes."""

    speech: Speech
    seed: int
    verdict: Verdict
    attempts: tuple[Attempt, ...]
    """Every take that was made, in order; this one among them."""

    @property
    def sentences(self) -> tuple[str, ...]:
        """What is wrong with it although it was kept; to be shown wherever it is used. Empty for a good take."""
        if self.verdict.ok:
            return ()
        tried = len(self.attempts)
        said = "The only take is" if tried == 1 else f"None of {tried} takes is good. The best one is"
        return (f"{said} kept, with doubts (seed {self.seed}).", *self.verdict.sentences)


def best_take(
    make: Callable[[int], Speech],
    judge: Callable[[Speech], Verdict],
    seeds: Sequence[int] = range(MOST),
    *,
    cancel: Cancel | None = None,
) -> Take:
    """Make takes, one for each seed, until one is good; or the best of at most `MOST`, with its doubts.

    Args:
        make: a take from a seed.
        judge: what `studio.voice.alignment.check.check` says of a take.
        seeds: in the order they are tried; the first one is the take of whoever never looks.

    Raises:
        EngineUnavailable: not one take could be made; what the last one failed of.
        Cancelled: asked to stop.
        ValueError: there are no seeds.
    """
    if not seeds:
        raise ValueError("no seeds to try")
    attempts: list[Attempt] = []
    best: tuple[Speech, int, Verdict] | None = None
    failure: EngineUnavailable | AudioUnusable | None = None
    for seed in seeds[:MOST]:
        if cancel is not None and cancel.is_set():
            raise Cancelled("Stopped. Finished takes are kept in the cache.")
        try:
            speech = make(seed)
            verdict = judge(speech)
        except (EngineUnavailable, AudioUnusable) as error:
            # An engine that answers with silence once may speak the next time.
            failure = error
            attempts.append(Attempt(seed, None, str(error)))
            continue
        attempts.append(Attempt(seed, verdict))
        if best is None or verdict.badness < best[2].badness:
            best = (speech, seed, verdict)
        if verdict.ok:
            best = (speech, seed, verdict)
            break
    if best is None:
        raise failure if failure is not None else ValueError("no take was made")
    return Take(*best, tuple(attempts))
