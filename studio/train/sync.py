"""Do the lips that are seen make the sound that is heard, and how far is it off?

What FaceMesh sees (how far the lips are open and how wide) is compared with what `studio.head.hearing` hears, at every
lag up to 0.4 s. Two correlations at one lag say how likely that lag is against "they have nothing to do with each
other". Loudness alone was tried as a third witness: it correlates half as well (.32 against .48 on 38 clips) and gave
the others no help.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from studio.head import mesh
from studio.head.hearing import hear
from studio.head.visemes import MOUTH, SCORE_RATE
from studio.train.shapes import EXTENT, JAW_GAP
from studio.types import F32, AudioClip

F64 = NDArray[np.float64]

SURE = 0.75
"""Belief from which lips and sound are taken to belong together. Of 1,524 pairs of a film with another one's
sound, 2.1 % came this far; of 38 films with their own sound, 33 did."""
STEP = Fraction(1, 100)  # s between two lags
_REACH = 40  # steps to each side: what broadcasters and cameras get wrong is within 0.4 s
LAGS = tuple(STEP * step for step in range(-_REACH, _REACH + 1))
"""s: how much later than its picture the sound comes."""
_NEAR = 6  # steps: within 60 ms it is the same answer
# A syllable lasts 0.1–0.3 s. Slower changes (a smile, a speaker who gets louder) and jitter say nothing about a lag.
_FINE_S, _COARSE_S = 0.03, 0.3
_INDEPENDENT = 8.0  # values per second: 1 / variance of the correlation of unrelated pairs of 1 s
_WEIGHTS = (1.0, 0.5)  # of opening and width: they move together, so the second counts half
_SPOKEN_S = 0.5  # of speech that there must be


def _usual() -> F64:
    """How likely each lag is beforehand; the half that is missing to 1: the sound belongs to somebody else."""
    near = np.exp(-np.abs([float(lag) for lag in LAGS]) / 0.08)
    usual: F64 = 0.5 * (0.8 * near / near.sum() + 0.2 / len(LAGS))
    return usual


USUAL = _usual()


@dataclass(frozen=True, eq=False)
class Heard:
    """What the mouth must have done to make a sound."""

    curves: F64
    """float64 (T, 2): opening and width, SCORE_RATE rows per second, slow changes taken out."""
    spoken: NDArray[np.bool_]
    """bool (T,)."""


@dataclass(frozen=True)
class Offset:
    """How sound and picture of a clip lie to each other."""

    lag: Fraction
    """s: how much later than its picture the sound comes; 0 where they have nothing to do with each other."""
    belief: float
    """0 … 1: how sure that is, within 60 ms."""

    @property
    def sure(self) -> bool:
        """Whether lips and sound belong together."""
        return self.belief >= SURE


def listen(audio: AudioClip) -> Heard:
    """Hear what the mouth did, over a whole recording."""
    score = hear(audio, int(audio.duration * SCORE_RATE))
    jaw, wide, upper, lower, press, tuck = (
        score.target[:, MOUTH.index(name)].astype(np.float64)
        for name in ("jaw", "wide", "upper", "lower", "press", "tuck")
    )
    spoken = ~score.silent
    opening = (JAW_GAP * jaw + EXTENT["upper"] * upper + EXTENT["lower"] * lower) * (1 - press) * (1 - 0.7 * tuck)
    curves = np.stack([opening * spoken, wide * spoken], axis=1)
    return Heard(_band(curves), spoken)


def watch(landmarks: F32, frame_rate: Fraction) -> F64:
    """What the lips do, float64 (T, 2) like `Heard.curves`, from landmarks (N, 478, 3) px."""
    eyes = np.array([mesh.eye_distance(points) for points in landmarks])
    corners = landmarks[:, [61, 291], :2].astype(np.float64)
    width = np.linalg.norm(corners[:, 0] - corners[:, 1], axis=1) / eyes
    opening = np.array([mesh.inner_lip_gap(points) for points in landmarks])
    at = np.arange(int(len(landmarks) / frame_rate * SCORE_RATE)) / SCORE_RATE
    frames = np.arange(len(landmarks)) / float(frame_rate)
    return _band(np.stack([np.interp(at, frames, curve) for curve in (opening, width)], axis=1))


def _band(curves: F64) -> F64:
    from scipy.ndimage import gaussian_filter1d

    fine, coarse = (gaussian_filter1d(curves, span * SCORE_RATE, axis=0) for span in (_FINE_S, _COARSE_S))
    return np.asarray(fine - coarse)


def evidence(seen: F64, heard: Heard, start: float) -> F64 | None:
    """For each lag: log likelihood of it against "unrelated", float64 (len(LAGS),); None where hardly anybody speaks.

    Args:
        seen: from `watch`.
        heard: the sound of the whole recording.
        start: s of the sound at which the clip begins by the clock of the file.
    """
    first = round(start * SCORE_RATE)
    here = heard.spoken[max(0, first) : max(0, first + len(seen))]
    if here.sum() < _SPOKEN_S * SCORE_RATE:
        return None
    found = np.zeros(len(LAGS))
    for place, lag in enumerate(LAGS):
        rows = first + round(lag * SCORE_RATE) + np.arange(len(seen))
        inside = (rows >= 0) & (rows < len(heard.curves))
        number = _INDEPENDENT * inside.sum() / SCORE_RATE
        for column, weight in enumerate(_WEIGHTS):
            match = _correlation(seen[inside, column], heard.curves[rows[inside], column])
            # Likelihood ratio of correlated against uncorrelated normal values; lips that go the other way say nothing.
            found[place] -= weight * number / 2 * np.log(1 - max(0.0, match) ** 2)
    return found


def _correlation(a: F64, b: F64) -> float:
    a, b = a - a.mean(), b - b.mean()
    return float(np.clip(a @ b / np.sqrt((a @ a) * (b @ b) + 1e-18), -1, 0.999))


def decide(clips: Sequence[F64 | None]) -> list[Offset]:
    """The offset of every clip of one file, from their evidence.

    One file has one offset as a rule, so half of what is expected of a clip is what the others say together; a clip
    with somebody else's voice still says so.
    """
    known = [found for found in clips if found is not None]
    total = np.sum(known, axis=0) if known else np.zeros(len(LAGS))
    decided = []
    for found in clips:
        if found is None:
            decided.append(Offset(Fraction(0), 0.0))
            continue
        expected = USUAL if len(known) == 1 else (USUAL + _weighed(total - found, USUAL)) / 2
        belief = _weighed(found, expected)
        best = int(belief.argmax())
        sure = float(belief[max(0, best - _NEAR) : best + _NEAR + 1].sum())
        at_the_edge = best in (0, len(LAGS) - 1)  # then the true lag lies beyond
        decided.append(Offset(LAGS[best], 0.0 if at_the_edge else sure))
    return [offset if offset.sure else Offset(Fraction(0), offset.belief) for offset in decided]


def _weighed(found: F64, expected: F64) -> F64:
    """How likely each lag is when `expected` was thought before (Bayes); the rest to 1 is "unrelated"."""
    highest = max(0.0, float(found.max()))
    likely = expected * np.exp(found - highest)
    return np.asarray(likely / (likely.sum() + (1 - expected.sum()) * np.exp(-highest)))
