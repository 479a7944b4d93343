"""Where the eyes look: at the viewer, past them, and back, in the jumps that eyes move in.

All angles are rad away from where the eyes look in the photograph, of the eye in the head: x to the picture's right,
y down.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.head.easing import eased

F64 = NDArray[np.float64]

LARGEST = 0.12  # rad: how far an eye of a photograph can be turned before what it hides would have to be invented

# People who talk to each other look away for one to two seconds at a time and hold a look for about three (Argyle &
# Cook 1976; Binetti et al. 2016: 3.3 s is felt to be right).
_AWAY_S, _AWAY_SPREAD = 1.4, 0.45
_LONGEST_HELD_S = 14.0
# Within a look the eyes jump on after 0.2–0.6 s, by less than a degree mostly (fixations and their saccades: Otero-
# Millan et al. 2008; Lee, Badler & Badler 2002 for conversation).
_FIXATION_S, _FIXATION_SPREAD = 0.5, 0.5
_FIXATION_SIZE = 0.011  # rad, standard deviation in x; eyes scan a face more from side to side
_FLATNESS = 0.6
# Where they go when they look past: not far; down rather than up.
_ASIDE = (0.055, 0.105)
_DOWN = (-0.25, 0.75)  # share of the aside
_CONTACT = 0.985  # a gaze this steady never leaves the viewer


@dataclass(frozen=True)
class Look:
    """One fixation."""

    at: float
    """s: when the eyes set out for it."""
    x: float
    y: float
    """rad."""


def turned(times: F64, end: float, gaze: float, rng: np.random.Generator) -> tuple[F64, F64]:
    """x and y of the eyes' own looking around, float64 (N,) each; 0 throughout at a gaze of 1.

    Args:
        times: s, (N,), rising.
        end: s: how long the take is.
        gaze: 1 holds the viewer's eye … 0 looks past them: about the share of the time that is spent on the viewer.
    """
    x, y = np.zeros_like(times), np.zeros_like(times)
    if gaze >= _CONTACT:
        return x, y
    before = Look(0.0, 0.0, 0.0)
    for look in _looks(end, gaze, rng):
        size = float(np.hypot(look.x - before.x, look.y - before.y))
        # Duration of a saccade: 21 ms and 2.2 ms for each degree (Carpenter 1988; the main sequence).
        share = eased((times - look.at) / (0.021 + 0.0022 * np.degrees(size)))
        x += (look.x - before.x) * share
        y += (look.y - before.y) * share
        before = look
    return x, y


def _looks(end: float, gaze: float, rng: np.random.Generator) -> list[Look]:
    """Looks at the viewer and past them in turn, each of several fixations."""
    looks: list[Look] = []
    at, away = 0.0, bool(rng.uniform() < 0.5 * (1.0 - gaze))
    held = min(_LONGEST_HELD_S, _AWAY_S * gaze / (1.0 - gaze))
    side = 1.0 if rng.uniform() < 0.5 else -1.0
    while at < end:
        median = _AWAY_S if away else held
        lasts = median * float(np.exp(_AWAY_SPREAD * rng.standard_normal()))
        aside = side * rng.uniform(*_ASIDE)
        down = abs(aside) * rng.uniform(*_DOWN)
        # Mostly to the same side again: it is a habit (Day 1964).
        side = -side if rng.uniform() < 0.3 else side
        until = at + lasts
        while at < min(until, end):
            # A nearly steady gaze scans less.
            scan = _FIXATION_SIZE * min(1.0, 2.0 * (1.0 - gaze)) * rng.standard_normal(2)
            looks.append(Look(at, away * aside + scan[0], away * down + _FLATNESS * scan[1]))
            at += max(0.2, _FIXATION_S * float(np.exp(_FIXATION_SPREAD * rng.standard_normal())))
        away = not away or gaze == 0.0
    return looks


def held(x: F64, y: F64, yaw: F64, pitch: F64) -> tuple[F64, F64]:
    """The eyes' curves: their own looking around, and against the head, so that they stay on what they look at.

    The vestibulo-ocular reflex turns the eyes against the head one to one within 10 ms (Leigh & Zee 2015).

    Args:
        x, y: rad, of `turned`, with what a feeling adds.
        yaw, pitch: rad, of the head.
    """
    return _limited(x - yaw), _limited(y - pitch)


def _limited(angle: F64) -> F64:
    """Straight up to two thirds of the largest turn, and never beyond it."""
    straight = LARGEST * 2 / 3
    beyond = np.maximum(np.abs(angle) - straight, 0.0)
    room = LARGEST - straight
    return np.asarray(np.sign(angle) * (np.minimum(np.abs(angle), straight) + room * np.tanh(beyond / room)))
