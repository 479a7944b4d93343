"""Whom somebody attends to while another speaks: eyes first, then a little of the head, and a nod when it is said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from studio.head import gaze, mesh
from studio.head.easing import eased
from studio.types import F32, MOTION_CURVES, FaceMotion

F64 = NDArray[np.float64]

# A photograph's people face the camera: they turn towards each other as far as its pixels allow, not as far as people
# do. The eyes set out first and the head follows 0.1–0.3 s later, slower (Guitton & Volle 1987).
_EYES, _HEAD = 0.10, 0.030  # rad, sideways
_UPRIGHT = 0.5  # of it up or down
_NOTICED_S, _HEAD_LAG_S = 0.35, 0.2
_EYES_TAKE_S, _HEAD_TAKES_S = 0.06, 0.9
_LINGER_S = 0.7  # after the other has ended
_READY_S = 0.45  # before one's own words the look is back with the viewer
# Who listens looks at the speaker about three quarters of the time (Argyle & Cook 1976), a few seconds at once.
_HELD_S, _BACK_S = (2.6, 5.0), (0.8, 1.6)
# Listeners nod where a speaker ends (Duncan 1974); slow and small.
_NOD, _NOD_AFTER_S, _NOD_S = 0.016, 0.15, 0.22


@dataclass(frozen=True)
class Turn:
    """A stretch in which somebody else speaks."""

    start: Fraction
    end: Fraction
    """s."""
    x: float
    y: float
    """Where they are, seen from the one who listens, in the picture: a vector of length 1, y down."""


def direction(listener: F32, speaker: F32) -> tuple[float, float]:
    """From one face to another in the picture, a vector of length 1.

    Args:
        listener, speaker: landmarks, float32 (478, 3) px of one picture.
    """
    there, here = (np.mean(mesh.middle_of_eyes(face), axis=0) for face in (speaker, listener))
    x, y = (there - here)[:2].tolist()
    size = max(float(np.hypot(x, y)), 1e-6)
    return x / size, y / size


def attend(
    motion: FaceMotion,
    turns: Sequence[Turn],
    own: Sequence[tuple[Fraction, Fraction]],
    *,
    seed: int,
    amount: float = 1.0,
) -> FaceMotion:
    """The motion with its eyes and head turned, gently and not all the time, to who speaks.

    Args:
        turns: when others speak, in order of time.
        own: s, [from, to): when this person speaks; then they look at the viewer.
        seed: not negative.
        amount: 0 … 2, of the turn and the nod.
    """
    if not turns or motion.num_frames == 0 or amount == 0:
        return motion
    rate = float(motion.frame_rate)
    times = (np.arange(motion.num_frames) + 0.5) / rate
    rng = np.random.default_rng([seed, len(MOTION_CURVES)])
    looks = _looks(turns, own, rng)
    curves = motion.curves.copy()

    def add(name: str, values: F64, largest: float | None = None) -> None:
        column = curves[:, MOTION_CURVES.index(name)]
        column += values.astype(np.float32)
        if largest is not None:
            np.clip(column, -largest, largest, out=column)

    scale = min(amount, 1.0)
    head = _HEAD * scale
    yaw = head * _followed(times, [(at + _HEAD_LAG_S, x) for at, x, _ in looks], _HEAD_TAKES_S)
    pitch = head * _UPRIGHT * _followed(times, [(at + _HEAD_LAG_S, y) for at, _, y in looks], _HEAD_TAKES_S)
    eyes_x = _EYES * scale * _followed(times, [(at, x) for at, x, _ in looks], _EYES_TAKE_S)
    eyes_y = _EYES * scale * _UPRIGHT * _followed(times, [(at, y) for at, _, y in looks], _EYES_TAKE_S)
    for turn in turns:
        if not any(start < turn.end + 1 and end > turn.end for start, end in own):
            at = float(turn.end) + _NOD_AFTER_S + 2 * _NOD_S
            pitch += _NOD * amount * np.exp(-0.5 * ((times - at) / _NOD_S) ** 2)
    add("yaw", yaw)
    add("pitch", pitch)
    # The eyes go to their aim at once; as the head arrives, they turn back in it.
    add("look_x", eyes_x - yaw, gaze.LARGEST)
    add("look_y", eyes_y - pitch, gaze.LARGEST)
    return FaceMotion(curves, motion.frame_rate)


def _looks(
    turns: Sequence[Turn], own: Sequence[tuple[Fraction, Fraction]], rng: np.random.Generator
) -> list[tuple[float, float, float]]:
    """When the look sets out, s, and where it goes; (0, 0) is the viewer. In order of time."""
    looks: list[tuple[float, float, float]] = []
    for place, turn in enumerate(turns):
        follows = turns[place + 1].start if place + 1 < len(turns) else None
        mine = [start for start, _ in own if start >= turn.end]
        stop = float(turn.end) + _LINGER_S
        if mine:
            stop = min(stop, float(mine[0]) - _READY_S)
        if follows is not None:
            stop = min(stop, float(follows) + _NOTICED_S)
        at = float(turn.start) + _NOTICED_S
        while at < stop:
            looks.append((at, turn.x, turn.y))
            at += float(rng.uniform(*_HELD_S))
            if at + _BACK_S[1] < stop:
                looks.append((at, 0.0, 0.0))
                at += float(rng.uniform(*_BACK_S))
        looks.append((stop, 0.0, 0.0))
    return looks


def _followed(times: F64, steps: Sequence[tuple[float, float]], takes_s: float) -> F64:
    """A value that passes to the next step's at its moment, in `takes_s`: float64 (N,), 0 before the first."""
    value = np.zeros_like(times)
    for at, aim in steps:
        value += eased((times - at) / takes_s) * (aim - value)
    return value
