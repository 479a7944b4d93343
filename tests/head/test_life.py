"""Blinks, breath and head movement are those of a person, and nobody can count their beat."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from studio.head.feelings import felt
from studio.head.life import frame_middles, live
from studio.head.motion import listen
from studio.types import F32, MOTION_CURVES, Manner

RATE = Fraction(25)
MINUTES = 5


def idle(seed: int, rate: Fraction = RATE, minutes: int = MINUTES) -> dict[str, F32]:
    motion = listen(int(minutes * 60 * rate), rate, seed=seed)
    return {name: motion.curve(name) for name in MOTION_CURVES}


def alive(frames: int, pauses: list[tuple[float, float]], accents: list[float], seed: int) -> F32:
    """What `live` writes of a neutral face, (N, K)."""
    curves = np.zeros((frames, len(MOTION_CURVES)), np.float32)
    mood = felt((), frame_middles(frames, RATE))
    live(curves, RATE, pauses=pauses, accents=accents, seed=seed, manner=Manner(), mood=mood)
    return curves


def runs(curve: F32, threshold: float) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate(([False], curve > threshold, [False])).astype(int)))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("rate", [Fraction(24000, 1001), Fraction(25), Fraction(60)], ids=str)
def test_blinks(seed: int, rate: Fraction) -> None:
    lids = idle(seed, rate)["blink"]
    blinks = runs(lids, 0.02)
    assert 13 <= len(blinks) / MINUTES <= 21
    for start, end in blinks:
        assert lids[start:end].max() > 0.93  # wholly closed, whatever the frame rate
        assert 0.25 < (end - start) / float(rate) < 0.6
    gaps = np.diff([start for start, _ in blinks]) / float(rate)
    assert gaps.min() > 0.7
    assert 0.25 < gaps.std() / gaps.mean() < 0.8  # neither a clock nor a storm


def test_lids_close_faster_than_they_open() -> None:
    lids = idle(2, Fraction(100))["blink"]
    for start, end in runs(lids, 0.01):
        top = np.flatnonzero(lids[start:end] > 0.99)
        assert 0.08 <= top[0] / 100 <= 0.16
        assert 0.17 <= (end - start - top[-1]) / 100 <= 0.31


def test_breath_is_slow_and_full() -> None:
    breath = idle(1)["breath"]
    breaths = runs(breath, 0.3)
    assert 11.5 <= len(breaths) / MINUTES <= 16.5
    assert 0.4 < breath.max() <= 1.0 and breath.min() >= 0.0


@pytest.mark.parametrize("seed", range(4))
def test_the_head_sways_gently_and_without_a_period(seed: int) -> None:
    curves = idle(seed)
    for name, most in (("yaw", 3.0), ("pitch", 3.0), ("roll", 2.0)):
        degrees = np.degrees(curves[name])
        assert 0.2 < degrees.std() < 1.3
        assert np.abs(degrees).max() < most
        assert np.abs(np.diff(degrees)).max() * float(RATE) < 6.0  # degrees per second
        centred = degrees - degrees.mean()
        echo = np.correlate(centred, centred, "full")[len(centred) :] / (centred @ centred)
        assert echo[int(8 * RATE) : len(echo) // 2].max() < 0.5, name


def test_the_seed_decides() -> None:
    one, again, other = idle(3), idle(3), idle(4)
    for name in ("blink", "yaw", "pitch", "roll", "breath"):
        assert one[name].tobytes() == again[name].tobytes()
        assert not np.array_equal(one[name], other[name])


def test_idle_mouths_are_closed() -> None:
    curves = idle(0)
    for name in ("jaw", "wide", "upper", "lower", "press", "tuck", "tongue", "smile"):
        assert not curves[name].any()


def test_frame_rates_agree_on_the_movement() -> None:
    slow, fast = idle(5, Fraction(25), 1), idle(5, Fraction(50), 1)
    for name in ("yaw", "roll", "breath"):
        halved = (fast[name][0::2] + fast[name][1::2]) / 2
        assert np.abs(halved - slow[name])[50:-50].max() < 0.01


def test_blinks_like_the_ends_of_phrases() -> None:
    pauses = [(4.0 * k + 3.0, 4.0 * k + 4.0) for k in range(75)]
    stops = np.array([start for start, _ in pauses])
    curves = alive(7500, pauses, [], 0)
    starts = np.array([start for start, _ in runs(curves[:, MOTION_CURVES.index("blink")], 0.02)]) / 25
    near = np.abs(starts[:, None] - stops).min(1) < 0.25
    assert near.mean() > 0.25  # by chance it would be an eighth


def test_accents_raise_brows_and_nod() -> None:
    accents = [1.0 + 0.8 * k for k in range(70)]
    curves = {}
    for name, at in (("with", accents), ("without", [])):
        curves[name] = alive(1500, [(0.0, 0.9), (57.0, 60.0)], at, 1)
    for name, size in (("brow", 0.2), ("pitch", 0.008), ("yaw", 0.005), ("roll", 0.003)):
        column = MOTION_CURVES.index(name)
        assert (curves["with"] - curves["without"])[:, column].max() > size
    blink = MOTION_CURVES.index("blink")
    assert np.array_equal(curves["with"][:, blink], curves["without"][:, blink])


def test_breath_comes_before_the_phrase() -> None:
    take = alive(250, [(0.0, 2.0), (5.0, 6.0), (9.0, 10.0)], [], 0)
    breath = take[:, MOTION_CURVES.index("breath")]
    for onset in (2.0, 6.0):
        at = int(onset * 25)
        assert breath[at - 1] > 0.5 and breath[at - 20] < 0.2
        assert breath[at + 50] < breath[at]
