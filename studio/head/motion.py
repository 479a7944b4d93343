"""Speech → FaceMotion: how the face moves while it says this, one row per video frame.

The mouth comes from the phonemes (studio/head/visemes.py), from the sound alone where nobody knows the words
(studio/head/hearing.py), and from both in a recording whose words are known (studio/head/timing.py). Neighbouring
sounds are blended by dominance, closures are kept whatever the frame rate, and in every pause the mouth closes. What a
face does besides speaking is studio/head/life.py, what it feels studio/head/feelings.py.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from studio.head import feelings, hearing, life, timing
from studio.head.easing import eased
from studio.head.visemes import MOUTH, SCORE_RATE, SHORTEST_PAUSE_S, Score, score
from studio.types import F32, MOTION_CURVES, FaceMotion, Manner, PhonemeSpan, Speech

F64 = NDArray[np.float64]

# How far a sound reaches into its neighbours, s: (before it is heard, after it). Rounding is prepared 100–200 ms ahead
# (Bell-Berti & Harris 1981; Abry & Lallouache 1995), the jaw less. Any further lead of the mouth over the sound made
# the jaw agree less with filmed speakers (GRID, 11 clips).
_REACH_S = {
    "jaw": (0.050, 0.040),
    "wide": (0.110, 0.070),
    "upper": (0.060, 0.050),
    "lower": (0.060, 0.050),
    "tongue": (0.030, 0.025),
}
_SMOOTHING_S = 0.018  # Gaussian; about 8 Hz, the fastest a jaw is seen to move
_NEUTRAL_DOMINANCE = 0.02
_NEUTRAL = {"jaw": 0.12}

# Lips that must meet: they are there this long before the sound, let go this long before its end, and take the time
# given to come and go.
_CLOSED_BEFORE_S, _RELEASED_BEFORE_S = 0.01, 0.015
_CLOSING_S, _OPENING_S = 0.065, 0.06

_REST_S = 0.12  # from the end of a phrase to a closed mouth
_READY_S = 0.16  # the mouth begins to move this long before a phrase is heard
_AWAY_S = 0.25  # from every written word: what is heard there is no speech
_JOIN_S = 0.08  # a take that begins or ends in the middle of a word still begins and ends closed
_SMILE_JOIN_S = 0.5  # as a felt smile takes to come

_GENTLE = Manner()


def perform(
    speech: Speech, num_frames: int, frame_rate: Fraction, *, seed: int, manner: Manner = _GENTLE
) -> FaceMotion:
    """Move a face to `speech`.

    Args:
        speech: with phonemes wherever the words are known; without any, the sound alone is listened to.
        num_frames: N; frames past the end of the sound show a resting face.
        frame_rate: frames per second. Frame i is what is seen from i / frame_rate on.
        seed: of blinks, glances, head movement and breath. Same speech, seed and manner, same bytes.
        manner: how they speak; gently, unless told.

    Raises:
        ValueError: num_frames is negative, or the manner is out of its ranges.
    """
    _check(num_frames, frame_rate, manner)
    seconds = max(num_frames / frame_rate, speech.audio.duration)
    length = int(seconds * SCORE_RATE) + 2
    level = hearing.level(speech.audio, length)
    part = _part(speech, length, level)
    silent = part.silent
    pauses = pauses_of(silent)
    spans = [(a / SCORE_RATE, b / SCORE_RATE) for a, b in pauses]
    accents = part.accents or hearing.accents(level, silent)
    mouth = _mouth(part, pauses, num_frames, frame_rate)
    return _lived(mouth, num_frames, frame_rate, spans, accents, seed, manner)


def listen(num_frames: int, frame_rate: Fraction, *, seed: int, manner: Manner = _GENTLE) -> FaceMotion:
    """A face that says nothing: it breathes, blinks and is not quite still.

    Raises:
        ValueError: num_frames is negative, or the manner is out of its ranges.
    """
    _check(num_frames, frame_rate, manner)
    still = {name: np.zeros(num_frames, np.float32) for name in MOUTH}
    return _lived(still, num_frames, frame_rate, [(0.0, float(num_frames / frame_rate))], (), seed, manner)


def _lived(
    mouth: Mapping[str, F32],
    num_frames: int,
    frame_rate: Fraction,
    pauses: Sequence[tuple[float, float]],
    accents: Sequence[float],
    seed: int,
    manner: Manner,
) -> FaceMotion:
    """What the mouth says, said in a manner by a face that lives.

    Args:
        mouth: curves by name, float32 (N,) each.
        pauses, accents: s, as studio.head.life takes them.
    """
    times = life.frame_middles(num_frames, frame_rate)
    mood = feelings.felt(manner.feelings, times)
    spoken = _felt(mouth, mood, manner.amount)
    curves = np.zeros((num_frames, len(MOTION_CURVES)), np.float32)
    to_end = np.minimum(times, float(num_frames / frame_rate) - times)
    spoken["smile"] = feelings.smile(manner, mood, spoken) * eased(to_end / _SMILE_JOIN_S)
    for name, values in spoken.items():
        curves[:, MOTION_CURVES.index(name)] = values
    life.live(curves, frame_rate, pauses=pauses, accents=accents, seed=seed, manner=manner, mood=mood)
    return FaceMotion(_clip(curves), frame_rate)


def _felt(mouth: Mapping[str, F32], mood: Mapping[str, F64], amount: float) -> dict[str, F64]:
    """The mouth's curves as large as the manner and the mood make them."""
    said: dict[str, F64] = {}
    for name, values in mouth.items():
        # Lips that are to meet still meet when everything else is gentle.
        scale = min(1.0, 2.0 * amount) if name in ("press", "tuck") else amount
        said[name] = values.astype(np.float64) * scale
    for name in ("jaw", "upper", "lower"):
        said[name] *= mood["opening"]
    said["wide"] *= np.where(said["wide"] > 0.0, mood["width"], 1.0 / mood["width"])
    return said


def _part(speech: Speech, length: int, level: F32) -> Score:
    """What the mouth is asked to do: by the phonemes where they are known, by ear where they are not."""
    unknown = np.ones(length, bool)
    for span in speech.phonemes:
        unknown[int(span.start * SCORE_RATE) : math.ceil(span.end * SCORE_RATE)] = False
    unknown[int(speech.audio.duration * SCORE_RATE) :] = False
    if not speech.phonemes:
        return hearing.hear(speech.audio, length)
    # A row or two at a seam is rounding; a line that nobody wrote down is longer.
    whole = np.count_nonzero(unknown) < SHORTEST_PAUSE_S * SCORE_RATE
    # Synthetic speech knows its times to the sample; those of a recording were found by listening.
    if whole and speech.synthetic:
        return _read(speech.phonemes, length, level)
    heard = hearing.hear(speech.audio, length)
    if whole:
        phonemes = timing.retimed(hearing.likelihoods(speech.audio), hearing.sounds(), speech.phonemes)
        return _both(_read(phonemes, length, level), heard)
    read = _read(speech.phonemes, length, level)
    return Score(
        target=np.where(unknown[:, None], heard.target, read.target),
        dominance=np.where(unknown[:, None], heard.dominance, read.dominance),
        silent=np.where(unknown, heard.silent, read.silent),
        accents=read.accents,
    )


def _read(phonemes: Sequence[PhonemeSpan], length: int, level: F32) -> Score:
    read = score(phonemes, length, hearing.extent(level))
    return replace(read, silent=read.silent | hearing.inaudible(level))


def _both(read: Score, heard: Score) -> Score:
    """What is written and what is heard, half and half: nobody says every sound as it stands in the dictionary.

    Where lips must meet is written. A pause is where neither speaks; well away from every word it is one whatever is
    heard there.
    """
    from scipy.ndimage import binary_erosion

    dominance = read.dominance + heard.dominance
    target = read.target * read.dominance + heard.target * heard.dominance
    target /= np.maximum(dominance, np.float32(1e-6))
    for column in (MOUTH.index("press"), MOUTH.index("tuck")):
        target[:, column], dominance[:, column] = read.target[:, column], read.dominance[:, column]
    away = binary_erosion(read.silent, np.ones(2 * round(_AWAY_S * SCORE_RATE) + 1), border_value=1)
    return Score(target, dominance, read.silent & (heard.silent | away), read.accents)


def _check(num_frames: int, frame_rate: Fraction, manner: Manner) -> None:
    if num_frames < 0 or frame_rate <= 0:
        raise ValueError(f"need num_frames ≥ 0 and frame_rate > 0, got {num_frames} at {frame_rate}")
    feelings.check(manner)


def _clip(curves: F32) -> F32:
    """Every curve within the range that MOTION_CURVES gives it; poses and looks are left alone."""
    for name in ("jaw", "upper", "lower", "press", "tuck", "tongue", "blink", "breath"):
        column = curves[:, MOTION_CURVES.index(name)]
        np.clip(column, 0.0, 1.0, out=column)
    for name in ("wide", "smile", "brow"):
        column = curves[:, MOTION_CURVES.index(name)]
        np.clip(column, -1.0, 1.0, out=column)
    return curves


def pauses_of(silent: NDArray[np.bool_], *, goes_on: bool = False) -> list[tuple[int, int]]:
    """Runs of silence that are long enough to rest in, and the clip's two ends however short: rows [from, to).

    Args:
        silent: bool (T,).
        goes_on: what comes after the last row is not known: a silence there has to be long as well.
    """
    edges = np.flatnonzero(np.diff(np.concatenate(([False], silent, [False])).astype(np.int8)))
    runs = [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]
    shortest = SHORTEST_PAUSE_S * SCORE_RATE
    return [(a, b) for a, b in runs if b - a >= shortest or a == 0 or (b == len(silent) and not goes_on)]


def _mouth(part: Score, pauses: list[tuple[int, int]], num_frames: int, frame_rate: Fraction) -> dict[str, F32]:
    """The mouth's curves by name, float32 (N,) each."""
    middles = _frame_middles(num_frames, frame_rate)
    mouth = mouth_at(part, pauses, middles, float(SCORE_RATE / frame_rate))
    to_end = np.minimum(middles, float(num_frames * SCORE_RATE / frame_rate) - middles)
    join = eased(to_end / (_JOIN_S * SCORE_RATE))
    # Lips that close are closed at the seam as well.
    return {name: (v if name in ("press", "tuck") else v * join).astype(np.float32) for name, v in mouth.items()}


def mouth_at(part: Score, pauses: list[tuple[int, int]], middles: F64, frame: float) -> dict[str, F64]:
    """The mouth's curves by name, float64 (N,) each, at some moments of a score.

    Args:
        pauses: of `pauses_of`.
        middles: rows of the score, (N,), rising.
        frame: how long one frame lasts, rows.
    """
    from scipy.ndimage import gaussian_filter1d

    closed = _closures(part, "press", middles, frame)
    tucked = _closures(part, "tuck", middles, frame)
    rest = _rest(part.target.shape[0], pauses)
    # Between two phrases lips close at once, but their corners take their time.
    calm = gaussian_filter1d(rest, 0.07 * SCORE_RATE, mode="nearest")
    awake, lively = (1.0 - np.interp(middles, np.arange(len(gate)), gate) for gate in (rest, calm))
    mouth: dict[str, F64] = {}
    for name in _REACH_S:
        blended = _blend(part, MOUTH.index(name), *_REACH_S[name], neutral=_NEUTRAL.get(name, 0.0))
        heard = np.interp(middles, np.arange(len(blended)), blended)
        mouth[name] = heard * (lively if name == "wide" else awake)
    mouth["jaw"] *= (1.0 - closed) * (1.0 - 0.75 * tucked)
    mouth["upper"] *= 1.0 - closed
    mouth["lower"] *= (1.0 - closed) * (1.0 - tucked)
    mouth["press"], mouth["tuck"] = closed * awake, tucked * awake
    return mouth


def _frame_middles(num_frames: int, frame_rate: Fraction) -> F64:
    """Rows of the score at the middle of each frame, from its index: nothing is summed, nothing drifts."""
    step = SCORE_RATE / frame_rate
    return (np.arange(num_frames) + 0.5) * float(step.numerator) / float(step.denominator)


def _blend(part: Score, curve: int, before_s: float, after_s: float, *, neutral: float) -> F64:
    """Targets of one curve, averaged with weights that fall off exponentially away from each sound.

    Summing the dominance over the whole of each sound (a one-pole filter run both ways) lets long sounds reach their
    target and short ones fall short of it, as mouths do.
    """
    from scipy.ndimage import gaussian_filter1d
    from scipy.signal import lfilter

    weight = part.dominance[:, curve].astype(np.float64)
    sums = np.stack([weight * part.target[:, curve], weight])
    spread = -sums  # each filter below counts the sound's own moment once; it is wanted once
    for reach_s, order in ((after_s, slice(None)), (before_s, slice(None, None, -1))):
        pole = np.exp(-1.0 / (reach_s * SCORE_RATE))
        spread += lfilter([1.0], [1.0, -pole], sums[:, order], axis=1)[:, order]
    blended = (spread[0] + _NEUTRAL_DOMINANCE * neutral) / (spread[1] + _NEUTRAL_DOMINANCE)
    return np.asarray(gaussian_filter1d(blended, _SMOOTHING_S * SCORE_RATE, mode="nearest"))


def _closures(part: Score, name: str, middles: F64, frame: float) -> F64:
    """How closed `name` (press or tuck) is in each frame, 0 … 1: full in every sound that asks for it, eased around."""
    from scipy.ndimage import grey_dilation

    column = MOUTH.index(name)
    wanted = part.target[:, column].astype(np.float64)
    wanted[part.dominance[:, column] < 1.0] = 0.0
    rows = np.arange(-round(0.1 * SCORE_RATE), round(0.1 * SCORE_RATE) + 1) / SCORE_RATE
    # Seen from the sound: negative rows come before it.
    away = np.where(rows < 0, (-rows - _CLOSED_BEFORE_S) / _CLOSING_S, (rows + _RELEASED_BEFORE_S) / _OPENING_S)
    ramp = np.cos(np.pi / 2 * np.clip(away, 0.0, 1.0)) ** 2
    gate = np.clip(grey_dilation(wanted, structure=ramp - 1.0, mode="constant"), 0.0, 1.0)
    seen = np.interp(middles, np.arange(len(gate)), gate)
    # A short closure may lie between the middles of two frames; the nearer one, or both, show it.
    edges = np.flatnonzero(np.diff(np.concatenate(([0.0], wanted, [0.0])) > 0.0))
    for first, last in zip(edges[::2], edges[1::2], strict=True):
        near = np.abs(middles - (first + last) / 2) <= 0.5 * frame + 1.0
        seen[near] = np.maximum(seen[near], wanted[first:last].max())
    return np.asarray(seen)


def _rest(length: int, pauses: list[tuple[int, int]]) -> F64:
    """How much the mouth is at rest, 0 … 1 in (T,)."""
    rest = np.zeros(length)
    for start, end in pauses:
        closing = _REST_S * SCORE_RATE if start > 0 else 0.0
        # Half of a short pause is for closing, so that it is seen to close before it opens again.
        opening = min(_READY_S * SCORE_RATE, 0.5 * (end - start)) if end < length else 0.0
        rows = np.arange(start, end, dtype=np.float64)
        down = np.clip((rows - start + 1) / closing, 0.0, 1.0) if closing else np.ones_like(rows)
        up = np.clip((end - rows) / opening, 0.0, 1.0) if opening else np.ones_like(rows)
        rest[start:end] = eased(np.minimum(down, up)) if closing + opening else 1.0
    return rest
