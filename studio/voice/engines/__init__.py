"""One file per speech engine: what is known of each before anything heavy is imported, and how one is loaded."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from typing import Protocol

from studio.errors import EngineUnavailable
from studio.types import EngineSpec, Language, Speech, StandIn

SPECS: tuple[EngineSpec, ...] = (
    EngineSpec(
        name="espeak",
        stage="voice",
        licence="GPL-3.0-or-later program, run as a child process; what it says is free of it",
        commercial=True,
        modules=("espeakng_loader", "pypinyin"),
        languages=("en", "zh"),
        rank=10,
        about="espeak-ng 1.52: a formant synthesiser that needs no download and times every sound exactly.",
    ),
)
"""Every engine of the voice room; the module is studio/voice/engines/<name>.py and makes one with `create()`."""


STAND_INS: dict[StandIn, str] = {"female": "f2", "male": "m2"}
"""Bases for somebody who was never recorded. By DNSMOS OVRL over an English and a Mandarin line, among 20 variants: m2
3.4/2.9, f2 3.0/2.8, the studio's own warmth included."""


class SpeechEngine(Protocol):
    """Says a sentence, and when each word and sound of it is heard."""

    name: str
    sample_rate: int
    """Hz of what it says."""

    def speak(
        self,
        text: str,
        language: Language,
        *,
        speed: float = 1.0,
        seed: int = 0,
        lexicon: Mapping[str, str] | None = None,
        base: str = "",
    ) -> Speech:
        """Say `text`.

        Args:
            speed: 1 is the engine's calm pace, 2 twice as fast.
            seed: for engines that draw random numbers.
            lexicon: see `studio.voice.text.read`.
            base: which of the engine's own voices; "" for its usual one.

        Raises:
            TextUnspeakable: nothing in the text can be said.
            EngineUnavailable: the engine stopped working.
        """
        ...


def missing(spec: EngineSpec) -> tuple[str, ...]:
    """Python packages that `spec` needs and that are not installed."""
    return tuple(module for module in spec.modules if find_spec(module) is None)


def find(name: str) -> EngineSpec:
    """The spec of an engine.

    Raises:
        EngineUnavailable: no engine has that name.
    """
    for spec in SPECS:
        if spec.name == name:
            return spec
    known = ", ".join(spec.name for spec in SPECS)
    raise EngineUnavailable(f"There is no speech engine called {name!r}. Choose auto or one of: {known}.")


def load(name: str) -> SpeechEngine:
    """The engine, ready to speak.

    Raises:
        EngineUnavailable: unknown, or a package it needs is not installed.
    """
    spec = find(name)
    absent = missing(spec)
    if absent:
        how = f'pip install "keepsake-studio[{spec.extra}]"' if spec.extra else f"pip install {' '.join(absent)}"
        raise EngineUnavailable(f"The speech engine {name} needs {', '.join(absent)}. Install it with: {how}")
    engine: SpeechEngine = import_module(f"studio.voice.engines.{name}").create()
    return engine


def choose(name: str, languages: frozenset[Language], *, commercial: bool) -> EngineSpec:
    """The engine `name`, or for "auto" the usable one of the highest rank.

    Args:
        languages: every language in the text.
        commercial: whether the licence has to allow commercial use.

    Raises:
        EngineUnavailable: unknown, does not speak the languages, may not be used so, or none is left.
    """
    specs = SPECS if name == "auto" else (find(name),)
    refused: list[str] = []
    usable: list[EngineSpec] = []
    for spec in specs:
        absent, unspoken = missing(spec), sorted(languages - set(spec.languages))
        if absent:
            refused.append(f"{spec.name} needs {', '.join(absent)}")
        elif unspoken:
            refused.append(f"{spec.name} does not speak {', '.join(unspoken)}")
        elif commercial and not spec.commercial:
            refused.append(f"{spec.name} may not be used commercially ({spec.licence})")
        else:
            usable.append(spec)
    if not usable:
        raise EngineUnavailable(f"No speech engine can say this: {'; '.join(refused)}. Choose another engine or text.")
    return max(usable, key=lambda spec: spec.rank)
