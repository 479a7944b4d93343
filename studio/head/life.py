"""What a face does besides speaking: it blinks, breathes, lifts a brow, nods, looks, and is never quite still.

Everything is a function of time drawn once from the seed, so the same take looks the same at any frame rate. Every
curve starts and ends at rest, so takes can be joined.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from studio.head import gaze
from studio.head.easing import eased
from studio.types import F32, MOTION_CURVES, Manner

F64 = NDArray[np.float64]

_JOIN_S = 0.5  # at both ends of a take everything eases from and to rest
_SETTLE_S = 1.2  # and what is slow has about twice this long for it

# Blinks: 15–20 a minute at rest and in talk, intervals log-normal, closing about twice as fast as opening
# (Bentivoglio et al. 1997; Trutoiu et al. 2011).
_BLINK_MEDIAN_S, _BLINK_SPREAD = 3.1, 0.42
_BLINK_SHORTEST_S = 0.9
_CLOSING_S, _SHUT_S, _OPENING_S = (0.10, 0.15), (0.045, 0.06), (0.20, 0.30)

_BREATHS_PER_MINUTE = (12.0, 16.0)
_INHALE_S = 0.55  # before a phrase; quiet breaths take 40 % of their cycle

# Head sway, rad: standard deviation of yaw, pitch and roll; 1 rad is 57 degrees.
_SWAY = {"yaw": 0.016, "pitch": 0.010, "roll": 0.009}
_LARGEST = {"yaw": 0.045, "pitch": 0.040, "roll": 0.030}


def live(
    curves: F32,
    frame_rate: Fraction,
    *,
    pauses: Sequence[tuple[float, float]],
    accents: Sequence[float],
    seed: int,
    manner: Manner,
    mood: Mapping[str, F64],
) -> None:
    """Write blink, brow, yaw, pitch, roll, breath, look_x and look_y into `curves`.

    Args:
        curves: float32 (N, K); those eight columns are overwritten.
        frame_rate: frames per second.
        pauses: s, [from, to): where nothing is said, in order.
        accents: s: stressed syllables, in order.
        seed: not negative.
        manner: its amount scales head, brows and breath. Lids close wholly or not at all: they stop only at 0.
        mood: of studio.head.feelings.felt at `frame_middles`.
    """
    num_frames, amount = curves.shape[0], manner.amount
    if num_frames == 0 or amount == 0.0:
        return
    times = frame_middles(num_frames, frame_rate)
    end = float(num_frames / frame_rate)
    rng = {name: np.random.default_rng([seed, place]) for place, name in enumerate(MOTION_CURVES)}
    join = eased(np.minimum(times, end - times) / min(_JOIN_S, end / 2))

    def column(name: str) -> F32:
        return curves[:, MOTION_CURVES.index(name)]

    breath = _breath(times, end, pauses, rng["breath"])
    brow, nod = _accented(times, end, accents, pauses, mood, rng["brow"])
    turn, tilt = _turned(times, accents, rng["wide"])
    # The head rises a little with the chest.
    spoken = {"yaw": mood["sway"] * turn, "roll": mood["sway"] * tilt, "pitch": nod - 0.006 * breath}
    blinks = _blinks(times, end, pauses, mood, rng["blink"])
    lowered = min(amount, 1.0) * join * mood["lids"]
    column("blink")[:] = lowered + (1.0 - lowered) * blinks
    column("breath")[:] = amount * join * breath
    wander = 0.05 * _wander(times, rng["smile"], slowest_s=5.0)
    column("brow")[:] = amount * join * (mood["brow"] + brow + mood["accent"] * wander)
    for name, size in _SWAY.items():
        sway = size * mood["sway"] * _wander(times, rng[name], slowest_s=6.5) + spoken[name]
        largest = _LARGEST[name]
        held = mood["pitch"] if name == "pitch" else 0.0
        sway *= mood["tilt"] if name == "roll" else 1.0
        column(name)[:] = amount * join * (held + largest * np.tanh(sway / largest))
    _look(curves, times, end, join, manner, mood, rng["look_x"])


def frame_middles(num_frames: int, frame_rate: Fraction) -> F64:
    """s, float64 (N,): the middle of each frame, from its index: nothing is summed, nothing drifts."""
    step = 1 / frame_rate
    return np.asarray((np.arange(num_frames) + 0.5) * float(step.numerator) / float(step.denominator))


def _look(
    curves: F32, times: F64, end: float, join: F64, manner: Manner, mood: Mapping[str, F64], rng: np.random.Generator
) -> None:
    """Write look_x and look_y, once the head's own curves are there."""
    x, y = gaze.turned(times, end, manner.gaze, rng)
    eased = min(manner.amount, 1.0) * join
    yaw, pitch = (curves[:, MOTION_CURVES.index(name)].astype(np.float64) for name in ("yaw", "pitch"))
    # A bowed head and lowered eyes look down together: only what comes on top is held against.
    down = mood["pitch"] * manner.amount * join
    looks = gaze.held(eased * x, eased * (y + mood["look_y"]), yaw, pitch - down)
    for name, look in zip(("look_x", "look_y"), looks, strict=True):
        curves[:, MOTION_CURVES.index(name)] = look


def _wander(times: F64, rng: np.random.Generator, *, slowest_s: float) -> F64:
    """Smooth noise of standard deviation about 1 without a period: octaves of random knots, power falling as 1/f²."""
    from scipy.interpolate import CubicSpline

    total = np.zeros_like(times)
    power = 0.0
    for octave in range(4):
        gap = slowest_s / 2**octave * 0.92**octave  # not whole octaves: their knots never line up
        generator = np.random.default_rng(rng.integers(2**63))
        knots = generator.standard_normal(int(times[-1] / gap) + 4)
        places = (np.arange(len(knots)) - 1.0 + generator.uniform()) * gap
        size = 0.55**octave
        total += size * CubicSpline(places, knots)(times)
        power += size**2
    total /= np.sqrt(0.75 * power)
    # Where it happens to begin and end is let go of slowly, or every take would open with the same turn of the head.
    start = total[0] * np.exp(-0.5 * ((times - times[0]) / _SETTLE_S) ** 2)
    stop = total[-1] * np.exp(-0.5 * ((times - times[-1]) / _SETTLE_S) ** 2)
    return np.asarray(total - start - stop)


def _blinks(
    times: F64, end: float, pauses: Sequence[tuple[float, float]], mood: Mapping[str, F64], rng: np.random.Generator
) -> F64:
    """Lids: 0 open … 1 closed."""
    lids = np.zeros_like(times)
    # People blink where they stop speaking: the end of a phrase draws a blink that would have come soon anyway.
    stops = np.array([start + 0.08 for start, _ in pauses if start > 0.0])
    last = -_BLINK_MEDIAN_S * rng.uniform(0.2, 0.8)
    while True:
        slower, rarer = (float(np.interp(last, times, mood[name])) for name in ("pace", "wait"))
        wait = max(_BLINK_SHORTEST_S, rarer * _BLINK_MEDIAN_S * np.exp(_BLINK_SPREAD * rng.standard_normal()))
        # A blink is hardly ever as slow as all else.
        closing, shut, opening = (np.sqrt(slower) * rng.uniform(*span) for span in (_CLOSING_S, _SHUT_S, _OPENING_S))
        at = last + wait
        near = stops[(np.abs(stops - at) < 0.7) & (stops > last + _BLINK_SHORTEST_S)]
        if near.size and rng.uniform() < 0.8:
            at = float(near[np.argmin(np.abs(near - at))])
        if at + closing + shut + opening > end:
            return lids
        last = at
        if at < 0.1:
            continue
        down = eased((times - at) / closing)
        # Lids slow down as they come to rest.
        up = 1.0 - (1.0 - np.clip((times - at - closing - shut) / opening, 0.0, 1.0)) ** 2
        np.maximum(lids, down * (1.0 - up), out=lids)


def _breath(times: F64, end: float, pauses: Sequence[tuple[float, float]], rng: np.random.Generator) -> F64:
    """Chest: 0 out … 1 in. In before a phrase and out along it; slow cycles where nothing is said."""
    inhalations: list[tuple[float, float, float]] = []  # start s, time in s, depth
    for start, stop in pauses:
        follows = stop < end - 0.05
        at = start + (0.0 if start == 0.0 else 0.15)
        last = stop - 0.35 - _INHALE_S if follows else end - 1.5
        while at + 2.5 < last:
            cycle = 60.0 / rng.uniform(*_BREATHS_PER_MINUTE)
            inhalations.append((at, 0.4 * cycle, rng.uniform(0.5, 0.8)))
            at += cycle
        if follows and stop - start > 0.25:
            inhale = min(_INHALE_S, 0.8 * (stop - start))
            begin = stop - inhale - 0.02
            while inhalations and inhalations[-1][0] + inhalations[-1][1] > begin:
                inhalations.pop()
            inhalations.append((begin, inhale, float(np.clip(0.6 + 0.3 * (stop - start), 0.6, 1.0))))
    chest = np.zeros_like(times)
    value = 0.0
    for place, (at, inhale, depth) in enumerate(inhalations):
        until = inhalations[place + 1][0] if place + 1 < len(inhalations) else end
        full = at + inhale
        exhale = float(np.clip(until - full, 0.1, 5.0))
        rows = (times >= at) & (times < until)
        out = eased((times[rows] - full) / exhale)
        chest[rows] = np.where(
            times[rows] < full, value + (depth - value) * eased((times[rows] - at) / inhale), depth * (1.0 - out)
        )
        value = float(depth * (1.0 - eased(np.array((until - full) / exhale))))
    return chest


def _accented(
    times: F64,
    end: float,
    accents: Sequence[float],
    pauses: Sequence[tuple[float, float]],
    mood: Mapping[str, F64],
    rng: np.random.Generator,
) -> tuple[F64, F64]:
    """Brow raises (0 … .5) and nods (rad) at some stressed syllables, most often the first of a phrase."""
    brow, nod = np.zeros_like(times), np.zeros_like(times)
    openings = np.array([stop for _, stop in pauses if stop < end])
    last_brow = last_nod = -10.0
    for at in accents:
        opens = bool(openings.size and np.any((at - openings >= -0.05) & (at - openings < 0.5)))
        draw, size, width = rng.uniform(), rng.uniform(0.6, 1.0), rng.uniform(0.16, 0.26)
        draw_nod, size_nod = rng.uniform(), rng.uniform(0.5, 1.0)
        lift, depth, slow = (float(np.interp(at, times, mood[name])) for name in ("accent", "nod", "pace"))
        if at - last_brow > 1.6 and draw < (0.6 if opens else 0.22):
            brow += 0.38 * lift * size * np.exp(-0.5 * ((times - at) / (slow * width)) ** 2)
            last_brow = at
        if at - last_nod > 0.9 and draw_nod < (0.5 if opens else 0.4):
            # Down on the syllable, a little less than back up after it.
            nod += 0.017 * depth * size_nod * np.exp(-0.5 * ((times - at - 0.06) / (slow * 0.11)) ** 2)
            nod -= 0.006 * depth * size_nod * np.exp(-0.5 * ((times - at - slow * 0.36) / (slow * 0.16)) ** 2)
            last_nod = at
    return brow, nod


def _turned(times: F64, accents: Sequence[float], rng: np.random.Generator) -> tuple[F64, F64]:
    """Yaw and roll, rad, that go with what is said: the head leans into one stress out of a few, to either side."""
    turn, tilt = np.zeros_like(times), np.zeros_like(times)
    last = -10.0
    for at in accents:
        draw, side, lean, hold = rng.uniform(), rng.normal(), rng.normal(), rng.uniform(0.35, 0.8)
        if at - last > 1.2 and draw < 0.45:
            shape = np.exp(-0.5 * ((times - at - 0.1) / hold) ** 2)
            turn += 0.014 * np.clip(side, -1.5, 1.5) * shape
            tilt += 0.008 * np.clip(lean, -1.5, 1.5) * shape
            last = at
    return turn, tilt
