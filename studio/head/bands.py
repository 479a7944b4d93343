"""What real people measure, and so what is good, what to look at, and what is poor.

Taken by benchmarks/quality.py from 11 clips of the GRID corpus (10 people facing the camera and speaking, 25 frames a
second, in sync), each held against the frame of itself with the most closed mouth; where a number comes from elsewhere,
it says so. `real` is what to put beside a figure: the 5th percentile of the clips, their middle, and the 95th.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["good", "look", "poor", "none"]

# The middle of what the faces of two different people differ by, GRID, 110 pairs, each person's first closed mouth.
STRANGER_GEOMETRY = 0.022  # eye distances; .022 … .024 as the reference is looked at once or followed
STRANGER_TEXTURE = 0.59  # correlation


@dataclass(frozen=True)
class Band:
    """How one figure is to be read."""

    good: tuple[float, float]
    """From, to: as real people measure, or as good as needs be."""
    fair: tuple[float, float]
    """From, to: worth a look; beyond it, poor."""
    real: tuple[float, float, float] | None
    """5 %, middle, 95 % of real clips; None where a real clip has no such thing."""
    source: Literal["still", "published", "photo", "none"]
    """Where the band is from: people who sit still, a published threshold, the photograph itself; none: no band."""
    digits: int = 2

    def verdict(self, value: float | None) -> Verdict:
        """How a value is to be read; none where there is no value or no band."""
        if value is None or self.source == "none":
            return "none"
        if self.good[0] <= value <= self.good[1]:
            return "good"
        return "look" if self.fair[0] <= value <= self.fair[1] else "poor"


@dataclass(frozen=True)
class Limit:
    """From where on a single moment stands out."""

    at: float
    above: bool = True
    """Is it what lies above that stands out?"""

    def broken(self, value: float) -> bool:
        """Is a value beyond the limit?"""
        return value > self.at if self.above else value < self.at

    def excess(self, value: float) -> float:
        """How far beyond, as a multiple of the limit; 1 at the limit."""
        return value / max(self.at, 0.1) if self.above else self.at / max(value, 1e-3)


# What is good reaches from what still people measure to what people who move their heads do; what is poor lies where a
# measure no longer knows one person from another, or two and more times as far out as any person was.
BANDS: dict[str, Band] = {
    "likeness": Band((0.6, 1), (0.35, 1), (0.67, 0.82, 0.86), "still"),
    "geometry": Band((0, 1.8), (0, 100 * STRANGER_GEOMETRY), (0.5, 0.7, 1.3), "still", 1),
    "texture": Band((0.9, 1), (0.76, 1), (0.97, 0.98, 0.99), "still"),  # 95 % of strangers are below .76
    "identity": Band((-1, 1), (-1, 1), None, "none"),
    "opening": Band((6, 35), (0, 50), (16, 22, 31), "still", 0),
    # ITU-R BT.1359-1 (1998), mouth early to late: detectable, and no longer acceptable. `real` is GRID again.
    "lag": Band((-125, 45), (-185, 90), (-23, -10, 10), "published", 0),
    "agreement": Band((0.4, 1), (0.25, 1), (0.39, 0.68, 0.76), "still"),
    "loudness": Band((-1, 1), (-1, 1), (0.19, 0.47, 0.59), "none"),
    "rest": Band((-10, 50), (-25, 75), (-7, 0, 49), "still", 0),
    "flutter": Band((0, 13), (0, 26), (0, 0, 13), "still", 0),
    "seam": Band((0, 1.8), (0, 2.6), (1.22, 1.39, 1.74), "still"),
    "border": Band((0, 1.25), (0, 2), None, "photo"),
    "lips": Band((0.7, 1.4), (0.5, 2), (0.78, 0.94, 1.05), "still"),
    "inside": Band((1.2, 4.5), (0.8, 7), (1.9, 2.9, 3.6), "still"),
    "teeth": Band((0.7, 1.5), (0.5, 2), None, "photo"),
    "outside": Band((0, 0), (0, 0), None, "photo", 0),
    "flicker": Band((0, 1.6), (0, 3.2), (0.7, 0.8, 1.1), "still", 1),
    "shake": Band((0, 2.5), (0, 8), (0.8, 1.1, 1.4), "still", 1),
}
MOMENTS: dict[str, Limit] = {
    # Beyond what 99 of 100 looks at GRID's people are; the same people's 1st or 99th percentile stands behind each.
    "likeness": Limit(0.4, above=False),  # .45
    "seam": Limit(2.3),  # 1.73
    "lips": Limit(0.5, above=False),  # .63
    "inside": Limit(0.9, above=False),  # 1.47; .8 where heads move
    "flicker": Limit(3.2),  # 2.2
    "shake": Limit(8.0),  # 4.6
    "pause": Limit(50.0),  # % of the spoken range; 80 is the 95th percentile, .3 the middle: ears are wrong at times
    # Nothing in a film of a person answers to these.
    "border": Limit(2.0),
    "outside": Limit(0.5),
    "shut": Limit(0.3),  # of the jaw that is heard: a, o, not m or s
}
