"""The voices that engines speak with by themselves: what is typical of each, and which is nearest to a person."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from studio.types import AudioClip, Language, Speech, StandIn
from studio.voice import engines
from studio.voice import features as world
from studio.voice.features import Features, Statistics
from studio.voice.person.enrol import nearest_base

BASES = {
    "own": ("male", "female"),
    # Chosen by DNSMOS among the 54 usable ones, men and women.
    "espeak": ("en-us+m2", "en-us+victor", "en-us+adam", "en-us+f2", "en-us+Alicia"),
}
_STAND_INS: dict[str, dict[StandIn, str]] = {
    "own": {"female": "female", "male": "male"},
    # By DNSMOS OVRL over an English and a Mandarin line, among 20 variants: m2 3.4/2.9, f2 3.0/2.8.
    "espeak": {"female": "f2", "male": "m2"},
}
_RATES = (0.88, 1.15)  # how far a person's own pace is followed
_LINES: dict[Language, str] = {
    "en": "The boy was there when the sun rose, and a large house stood by the water. We should have chosen five of "
    "these measures; she looked at the young girl and thought about her joy.",
    "zh": "今天早上我去图书馆看书，路上遇见一位老朋友。我们坐下来喝茶，说起从前的事情，都觉得很高兴。",
}
"""What a base voice says to be known by: every vowel and most consonants."""


def stand_in(engine: str, who: StandIn) -> str:
    """The voice of an engine that speaks for somebody who was never recorded; "" for engines of one voice."""
    return _STAND_INS.get(engine, {}).get(who, "")


@dataclass(frozen=True, eq=False)
class Base:
    """What is typical of one voice of an engine."""

    statistics: Statistics
    line: tuple[Speech, Features] | None = None
    """What it says to be known by; without it nothing can be chosen by ear, see person/colour.py."""
    tract: float = 1.0
    """How much shorter its vocal tract is made than that of whoever was recorded for it."""


@cache
def typical(engine: str, base: str, language: Language) -> Base:
    """What is typical of one voice of an engine.

    Raises:
        EngineUnavailable: the engine cannot be used.
    """
    speaker = engines.load(engine)
    if isinstance(speaker, engines.Vocoded):
        line = speaker.perform(_LINES[language], language, base=base)
        return Base(world.statistics([line[1]]), line, speaker.tract(base, language))
    speech = speaker.speak(_LINES[language], language, base=base)
    parts = world.analyse(speech.audio)
    return Base(world.statistics([parts]), (speech, parts))


def pace(person: Statistics, base: Base) -> float:
    """How much faster than its base a person speaks, within bounds: a short recording says little about pace."""
    return float(np.clip(person.rate / base.statistics.rate, *_RATES)) if base.statistics.rate else 1.0


def sound(parts: Features, speech: Speech) -> AudioClip:
    """Features as sound, as long as `speech`, 24 kHz."""
    samples = world.synthesise(parts, round(speech.audio.duration * world.SAMPLE_RATE))
    return AudioClip(samples[None], world.SAMPLE_RATE)


def nearest(engine: str, person: Statistics, language: Language) -> str:
    """Which voice of an engine is nearest to a person; "" for engines of one voice.

    Raises:
        EngineUnavailable: the engine cannot be used.
    """
    own = BASES.get(engine, ())
    return nearest_base(person, {base: typical(engine, base, language).statistics for base in own}) if own else ""
