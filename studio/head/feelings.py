"""What an emotion does to a face, gently, and how one feeling passes into the next.

Action units are those of FACS (Ekman & Friesen 1978; Ekman, Friesen & Hager 2002). Sizes are set by eye on portraits:
smaller than an actor's, as people speak of somebody they loved.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from studio.head.easing import eased
from studio.types import Emotion, Feeling, Manner

F64 = NDArray[np.float64]


@dataclass(frozen=True)
class Mood:
    """What one emotion does at full strength. Zeros are added to the curves of MOTION_CURVES, ones multiply."""

    smile: float = 0.0
    """AU12 above 0, AU15 below it."""
    brow: float = 0.0
    """Above 0: AU1+2."""
    lids: float = 0.0
    """0 … 1: how far the lids are lowered between blinks (AU6, AU7, AU43)."""
    pitch: float = 0.0
    """rad: how the head is held; positive is bowed."""
    look_y: float = 0.0
    """rad: where the eyes rest; positive is down."""
    opening: float = 1.0
    """Of jaw and lips in speech."""
    width: float = 1.0
    """Spread lips spread by this, round ones are this less round."""
    accent: float = 1.0
    """Raises of the brow."""
    nod: float = 1.0
    sway: float = 1.0
    """Of the head, and its leaning into stresses."""
    tilt: float = 1.0
    """Of its roll alone, beside `sway`."""
    pace: float = 1.0
    """How long a nod, a raise of the brow and a blink take."""
    wait: float = 1.0
    """Time between blinks."""


# A smile with cheeks and lower lids is felt, without them it is polite (Ekman, Davidson & Friesen 1990). Sadness is
# AU1+4 and AU15; the mesh cannot lift the inner brows alone, and a whole raised brow is surprise, so the brows are all
# but left out. A bowed head is seen as sad, a raised one as proud (Mignault & Chaudhuri 2003), a look aside or down
# makes sadness clearer (Adams & Kleck 2003). Head and face move more in glad speech and less in sad speech than in
# neutral one, and lips open further (Busso & Narayanan 2007; Busso et al. 2007). Solemn is no emotion of FACS: a face
# that is level, still and slow.
MOODS: Mapping[Emotion, Mood] = {
    "neutral": Mood(),
    "warm": Mood(smile=0.30, lids=0.06, brow=0.04, tilt=1.7, pace=1.35),
    "glad": Mood(
        smile=0.60,
        lids=0.08,
        brow=0.10,
        pitch=-0.006,
        opening=1.06,
        width=1.25,
        accent=1.5,
        nod=1.3,
        sway=1.3,
        wait=0.95,
    ),
    "sad": Mood(
        smile=-0.30,
        brow=0.04,
        lids=0.15,
        pitch=0.024,
        look_y=0.06,
        opening=0.86,
        width=0.9,
        accent=0.45,
        nod=0.45,
        sway=0.7,
        pace=1.5,
        wait=1.1,
    ),
    "solemn": Mood(lids=0.04, opening=0.94, accent=0.4, nod=0.5, sway=0.55, pace=1.4, wait=1.15),
}

# Felt smiles take .5–.75 s to come, slower ones look truer (Schmidt, Cohn & Tian 2003; Krumhuber & Kappas 2005); the
# head and what is low in arousal take longer. All of a face passes together.
_PASSING_S: Mapping[Emotion, float] = {"neutral": 1.0, "warm": 1.0, "glad": 0.8, "sad": 1.2, "solemn": 1.2}

_ROUND_SMILE = 0.65  # of a smile that lips rounded to the full give up: both are the corners
_CLOSED_SMILE = 0.35  # and pressed ones
_SPOKEN_SMILE = 0.3  # and a wide open jaw


def check(manner: Manner) -> None:
    """Refuse a manner out of its ranges.

    Raises:
        ValueError: amount is outside 0 … 2, smile, gaze or a strength outside 0 … 1, or feelings are not in order.
    """
    if not 0.0 <= manner.amount <= 2.0:
        raise ValueError(f"amount must be 0 … 2, got {manner.amount}")
    for name, value in (
        ("smile", manner.smile),
        ("gaze", manner.gaze),
        *(("strength", f.strength) for f in manner.feelings),
    ):
        if not 0.0 <= value <= 1.0:
            raise ValueError(f"{name} must be 0 … 1, got {value}")
    if any(later.at < earlier.at for earlier, later in pairwise(manner.feelings)):
        raise ValueError("feelings must be in order of time")


def felt(feelings: Sequence[Feeling], times: F64) -> dict[str, F64]:
    """What the feelings ask for: for every field of Mood a float64 (N,).

    A feeling begins to show at its moment and has come when its time of passing is over; one from 0 s or before is
    there from the start.

    Args:
        feelings: in order of time.
        times: s, float64 (N,).
    """
    neutral = MOODS["neutral"]
    names = [field.name for field in fields(Mood)]
    shown = {name: np.full(times.shape, getattr(neutral, name), np.float64) for name in names}
    for feeling in feelings:
        mood = MOODS[feeling.emotion]
        if feeling.at <= 0:
            come = np.ones_like(times)
        else:
            come = eased((times - float(feeling.at)) / _PASSING_S[feeling.emotion])
        for name in names:
            rest = getattr(neutral, name)
            asked = rest + feeling.strength * (getattr(mood, name) - rest)
            shown[name] += come * (asked - shown[name])
    return shown


def smile(manner: Manner, mood: Mapping[str, F64], mouth: Mapping[str, F64]) -> F64:
    """The curve of the smile beside what the mouth says, float64 (N,) in −1 … 1.

    Corners that are drawn together for an u cannot be drawn apart at the same time, and lips that meet must meet.

    Args:
        mood: of `felt`.
        mouth: `jaw`, `wide` and `press`, (N,) each, as they are shown.
    """
    wanted = np.clip(manner.smile + min(manner.amount, 1.0) * mood["smile"], -1.0, 1.0)
    rounded = 1.0 - _ROUND_SMILE * np.clip(-mouth["wide"], 0.0, 1.0)
    closed = 1.0 - _CLOSED_SMILE * np.clip(mouth["press"], 0.0, 1.0)
    spoken = 1.0 - _SPOKEN_SMILE * np.clip(mouth["jaw"], 0.0, 1.0)
    return np.asarray(wanted * rounded * closed * spoken)
