"""Does a mouth keep time with what is heard, and does it rest while nothing is?

The sound alone is listened to (studio/head/hearing.py), never the plan that moved the mouth: a film of a real person
can be measured the same way, and a mistake in the plan is not measured with itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from studio.head import hearing
from studio.head.mesh import F64
from studio.head.visemes import MOUTH, SCORE_RATE
from studio.types import F32, AudioClip

SMOOTHING_S = 0.03  # Gaussian: what is heard changes faster than a jaw can
WIDEST_LAG_S = 0.6  # looked for to either side
LEAST_SPOKEN_S = 1.0  # of speech, below which no lag can be told
# Of the correlation at the best lag, and of how far it stands above all lags that are not its neighbours. Of 11 GRID
# clips, which are in sync, the nine that pass are found within 30 ms of 0; one of the two that fail is off by 240.
LEAST_CORRELATION, LEAST_LEAD = 0.3, 0.05
NEIGHBOURS_S = 0.16
SETTLE_S, READY_S = 0.25, 0.2  # after speech and before it, mouths still move and may
SHORTEST_REST_S = 0.3  # what must be left of a silence then


@dataclass(frozen=True, eq=False)
class Heard:
    """What a mouth has to do with, one row for each frame."""

    jaw: F32
    """float32 (N,): how far the sounds ask the mouth to open, about 0 … 1."""
    loudness: F32
    """float32 (N,): dB above what is 40 dB below the loud parts, 0 or more."""
    silent: NDArray[np.bool_]
    """bool (N,): nobody speaks."""
    resting: NDArray[np.bool_]
    """bool (N,): the same without the moments after and before speech in which a mouth still moves."""

    def part(self, first: int, last: int) -> Heard:
        """Some of the frames."""
        span = slice(first, last)
        return Heard(self.jaw[span], self.loudness[span], self.silent[span], self.resting[span])


@dataclass(frozen=True)
class Agreement:
    """How a mouth keeps time."""

    lag_s: float | None
    """How much later the mouth is than the sound, s; None where it cannot be told."""
    correlation: float
    """Of opening and heard jaw, at that lag or else at 0; −1 … 1."""
    loudness: float
    """Of opening and loudness at the same lag."""
    spoken_s: float
    """How much speech there was, s."""


def listen(audio: AudioClip, num_frames: int, frame_rate: Fraction) -> Heard:
    """What is heard while each frame is seen."""
    from scipy.ndimage import gaussian_filter1d

    length = round(num_frames / frame_rate * SCORE_RATE) + 1
    score = hearing.hear(audio, length)
    jaw = score.target[:, MOUTH.index("jaw")] * (1 - score.target[:, MOUTH.index("press")])
    jaw = gaussian_filter1d(np.where(score.silent, 0, jaw), SMOOTHING_S * SCORE_RATE)
    level = hearing.level(audio, length)
    loudness = gaussian_filter1d(np.maximum(level - np.percentile(level, 95) + 40, 0), SMOOTHING_S * SCORE_RATE)
    at = np.minimum(np.round(np.arange(num_frames) * float(SCORE_RATE / frame_rate)).astype(int), length - 1)
    silent = score.silent[at]
    return Heard(jaw[at].astype(np.float32), loudness[at].astype(np.float32), silent, _resting(silent, frame_rate))


def _resting(silent: NDArray[np.bool_], frame_rate: Fraction) -> NDArray[np.bool_]:
    """The middles of the silences that are long enough to have one."""
    resting = np.zeros_like(silent)
    settle, ready = (round(time * float(frame_rate)) for time in (SETTLE_S, READY_S))
    for start, stop in spans(silent):
        # Before the first word and after the last nothing else is said.
        first = start + (settle if start > 0 else 0)
        last = stop - (ready if stop < silent.size else 0)
        if last - first >= SHORTEST_REST_S * frame_rate:
            resting[first:last] = True
    return resting


def spans(where: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """(first, one past the last) of every run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], where, [False]]).astype(np.int8)))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def agree(opening: F32, heard: Heard, frame_rate: Fraction) -> Agreement:
    """How the mouth keeps time with the sound.

    Args:
        opening: float32 (N,): how far the lips are apart; NaN where no face was seen.
    """
    spoken_s = float((~heard.silent).sum() / frame_rate)
    seen = _whole(opening)
    widest = min(round(WIDEST_LAG_S * float(frame_rate)), seen.size // 3)
    by_lag = np.array([_correlation(*_apart(seen, heard.jaw, lag)) for lag in range(-widest, widest + 1)])
    best = int(by_lag.argmax())
    near = round(NEIGHBOURS_S * float(frame_rate))
    others = np.concatenate([by_lag[: max(0, best - near)], by_lag[best + near + 1 :], [-1.0]])
    clear = by_lag[best] >= LEAST_CORRELATION and by_lag[best] - others.max() >= LEAST_LEAD
    at_the_edge = best in (0, by_lag.size - 1)
    if spoken_s < LEAST_SPOKEN_S or not clear or at_the_edge:
        loudness = _correlation(seen, heard.loudness.astype(np.float64))
        return Agreement(None, float(by_lag[widest]), loudness, spoken_s)
    before, peak, after = by_lag[best - 1 : best + 2]
    between = 0.5 * (before - after) / (before - 2 * peak + after)  # top of the parabola through the three
    loudness = _correlation(*_apart(seen, heard.loudness, best - widest))
    return Agreement(float((best - widest + between) / float(frame_rate)), float(peak), loudness, spoken_s)


def _whole(opening: F32) -> F64:
    """The curve with its gaps bridged, float64 (N,)."""
    at = np.arange(opening.size)
    known = np.isfinite(opening)
    if not known.any():
        return np.zeros(opening.size)
    bridged: F64 = np.interp(at, at[known], opening[known].astype(np.float64))
    return bridged


def _apart(mouth: F64, sound: F32, lag: int) -> tuple[F64, F64]:
    """The two curves with the mouth `lag` frames later, cut to where both are known."""
    size = mouth.size
    return mouth[max(0, lag) : size + min(0, lag)], sound[max(0, -lag) : size - max(0, lag)].astype(np.float64)


def _correlation(a: F64, b: F64) -> float:
    if a.size < 2 or float(a.std()) < 1e-6 or float(b.std()) < 1e-6:
        return 0.0
    return float(np.corrcoef(a, b)[0, 1])


def spoken_range(opening: F32, heard: Heard) -> tuple[float, float]:
    """How far the mouth is open at least and at most while somebody speaks, eye distances (5th, 95th percentile)."""
    spoken = opening[~heard.silent & np.isfinite(opening)]
    if spoken.size < 2:
        return 0.0, 0.0
    low, high = np.percentile(spoken, (5, 95))
    return float(low), float(high)


def at_rest(opening: F32, heard: Heard) -> tuple[float, float] | None:
    """(mean, spread) of the opening in silence, as shares of the range it has in speech; None where nothing rests.

    The spread is the mean standard deviation within each silence: a mouth may rest open, but it should rest.
    """
    low, high = spoken_range(opening, heard)
    rests = [opening[a:b][np.isfinite(opening[a:b])] for a, b in spans(heard.resting)]
    rests = [rest for rest in rests if rest.size > 2]
    if not rests or high - low < 0.01:
        return None
    weights = [rest.size for rest in rests]
    mean = float(np.average([rest.mean() for rest in rests], weights=weights))
    spread = float(np.average([rest.std() for rest in rests], weights=weights))
    return (mean - low) / (high - low), spread / (high - low)
