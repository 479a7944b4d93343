"""Every engine there is, whether it can be used here, and which one `auto` would take."""

from __future__ import annotations

from dataclasses import dataclass

from studio import readiness
from studio.errors import EngineUnavailable
from studio.types import EngineSpec

BY_NAME = ("lipsync", "refine", "restore")
"""Stages in which `auto` chooses nothing: a film names the engine, or takes what is in DEFAULTS."""
DEFAULTS = (("lipsync", "own"),)
"""(stage, engine) that a film takes which names none."""


@dataclass(frozen=True)
class EngineStatus:
    """An engine on this machine."""

    spec: EngineSpec
    usable: bool
    why: str
    """Why not, or "" where it is usable."""
    auto: bool
    """Would `auto` take it, for a private film?"""


def specs() -> tuple[EngineSpec, ...]:
    """Every engine of every room."""
    from studio.head.engines import SPECS as HEAD
    from studio.restoration.engines import SPECS as RESTORATION
    from studio.voice.engines import SPECS as VOICE

    return (*VOICE, *HEAD, *RESTORATION)


def statuses() -> tuple[EngineStatus, ...]:
    """Every engine with its state on this machine."""
    found = [(spec, _obstacle(spec)) for spec in specs()]
    best: dict[tuple[str, str, bool], EngineSpec] = {}
    for spec, obstacle in found:
        # An engine without languages serves them all; the best is the best of any language it speaks. One that clones
        # is taken where there is a recording to imitate, another where there is none.
        for key in [(spec.stage, language, spec.clones) for language in spec.languages or ("",)]:
            if not obstacle and spec.rank >= 0 and (key not in best or spec.rank > best[key].rank):
                best[key] = spec
    taken = [spec for spec in best.values() if spec.stage not in BY_NAME]
    taken += [spec for spec, why in found if (spec.stage, spec.name) in DEFAULTS and not why]
    return tuple(EngineStatus(spec, not why, why, spec in taken) for spec, why in found)


def find(stage: str, name: str, *, commercial: bool = False) -> EngineSpec:
    """The engine of a stage, by name.

    Args:
        commercial: is it wanted for a commercial film?

    Raises:
        EngineUnavailable: there is none of that name, or its licence forbids what the film is for.
    """
    there = [spec for spec in specs() if spec.stage == stage]
    for spec in there:
        if spec.name == name:
            if commercial and not spec.commercial:
                raise EngineUnavailable(
                    f"{name} may not be used in a commercial film ({spec.licence}). "
                    f"Leave `{stage}` out: what the studio takes by itself may be."
                )
            return spec
    known = ", ".join(spec.name for spec in there) or "none"
    raise EngineUnavailable(f"There is no engine {name!r} for {stage}. Choose one of: {known}.")


def _obstacle(spec: EngineSpec) -> str:
    """What keeps an engine from being used here; "" for nothing."""
    if spec.stage == "voice":
        from studio.voice.engines import obstacle

        return obstacle(spec)
    return readiness.obstacle(spec)
