"""From curves to figures, and from figures to moments that somebody should look at."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from studio.head import agreement
from studio.head.agreement import Heard
from studio.head.bands import MOMENTS, STRANGER_GEOMETRY, STRANGER_TEXTURE, Limit
from studio.head.quality import Observed, Reference
from studio.types import F32

MOST_MOMENTS = 5
APART_S = 1.0  # between two moments
GRAIN_FLOOR = 1.0  # grey levels: a photograph without any grain has still been quantised
LEAST_LOOKS = 4  # below it a figure is an accident
LEAST_RANGE = 0.04  # eye distances: a mouth that is seen to open less in speech is hidden by a beard, or does not move
LASTING = 3  # looks: a face that is less like itself for a moment is one that blinks
SHUT_S = 0.5  # of open sounds, in which a mouth has to open once


@dataclass(frozen=True)
class Moment:
    """A moment that is out of band."""

    frame: int
    kind: str
    """A key of bands.MOMENTS, or "unseen": no face was found."""
    value: float
    limit: float


def likeness(observed: Observed) -> F32:
    """float32 (N,): 1 is the photograph itself, 0 as far from it as another person usually is; NaN where not looked."""
    shape = 1 - observed.geometry / STRANGER_GEOMETRY
    skin = (observed.texture - STRANGER_TEXTURE) / (1 - STRANGER_TEXTURE)
    both: F32 = np.clip((shape + skin) / 2, 0, 1).astype(np.float32)
    return both


def figures(observed: Observed, heard: Heard, photo: Reference, frame_rate: Fraction) -> dict[str, float | None]:
    """One figure for each key of bands.BANDS; None where there was too little to tell it."""
    kept = agreement.agree(observed.opening, heard, frame_rate)
    rest = agreement.at_rest(observed.opening, heard)
    low, high = agreement.spoken_range(observed.opening, heard)
    if high - low < LEAST_RANGE:
        rest = None
    still = observed.flicker[heard.resting] if _looks(observed.flicker[heard.resting]) >= LEAST_LOOKS else None
    inside = _middle(observed.inside)
    enough = kept.spoken_s >= agreement.LEAST_SPOKEN_S
    followed = enough and high - low >= LEAST_RANGE
    return {
        "likeness": _middle(likeness(observed)),
        "geometry": _middle(100 * observed.geometry),
        "texture": _middle(observed.texture),
        "identity": _middle(observed.identity, least=1),
        "opening": 100 * high if enough else None,
        "lag": 1000 * kept.lag_s if followed and kept.lag_s is not None else None,
        "agreement": kept.correlation if followed else None,
        "loudness": kept.loudness if followed else None,
        "rest": None if rest is None else 100 * rest[0],
        "flutter": None if rest is None else 100 * rest[1],
        "seam": _share(observed.seam, 95),
        "border": _share(observed.border, 95),
        "lips": _middle(observed.lips),
        "inside": inside,
        "teeth": None if inside is None or photo.inside is None else inside * photo.lips / photo.inside,
        "outside": _share(observed.outside, 100),
        "flicker": None if still is None else (_middle(still) or 0.0) / max(photo.grain, GRAIN_FLOOR),
        "shake": _middle(1000 * observed.shake),
    }


def _looks(curve: F32) -> int:
    return int(np.isfinite(curve).sum())


def _share(curve: F32, percent: float, least: int = LEAST_LOOKS) -> float | None:
    known = curve[np.isfinite(curve)]
    return float(np.percentile(known, percent)) if known.size >= least else None


def _middle(curve: F32, least: int = LEAST_LOOKS) -> float | None:
    return _share(curve, 50, least)


def moments(observed: Observed, heard: Heard, photo: Reference, frame_rate: Fraction) -> tuple[Moment, ...]:
    """The worst moments, in order of time, at least APART_S from each other; none where nothing is out of band."""
    found: list[tuple[float, Moment]] = []
    for kind, curve in by_frame(observed, heard, photo).items():
        limit = MOMENTS[kind]
        for frame in np.flatnonzero(np.isfinite(curve)):
            value = float(curve[frame])
            if limit.broken(value):
                found.append((limit.excess(value), Moment(int(frame), kind, value, limit.at)))
    for start, stop in agreement.spans(~np.isfinite(observed.opening)):
        lost = (stop - start) / float(frame_rate)
        found.append((1000.0 + lost, Moment(start, "unseen", lost, 0.0)))
    found += [(2.0, moment) for moment in _shut(observed, heard, frame_rate)]
    kept: list[Moment] = []
    for _, moment in sorted(found, key=lambda one: -one[0]):
        if all(abs(moment.frame - other.frame) >= APART_S * frame_rate for other in kept):
            kept.append(moment)
        if len(kept) == MOST_MOMENTS:
            break
    return tuple(sorted(kept, key=lambda moment: moment.frame))


def by_frame(observed: Observed, heard: Heard, photo: Reference) -> dict[str, F32]:
    """What is held against bands.MOMENTS, float32 (N,) each, NaN where it does not apply."""
    low, high = agreement.spoken_range(observed.opening, heard)
    usual = np.where(heard.resting & np.isfinite(observed.opening), observed.opening, np.nan)
    settled = float(np.nanpercentile(usual, 25)) if np.isfinite(usual).any() else low
    pause = 100 * np.abs(usual - settled) / max(high - low, 0.05)
    return {
        "likeness": _lasting(likeness(observed)),
        "seam": observed.seam,
        "border": observed.border,
        "lips": observed.lips,
        "inside": observed.inside,
        "outside": observed.outside,
        "flicker": np.where(heard.resting, observed.flicker / max(photo.grain, GRAIN_FLOOR), np.nan).astype(np.float32),
        "shake": 1000 * observed.shake,
        "pause": pause.astype(np.float32),
    }


def _lasting(curve: F32) -> F32:
    """The median of each known value and its known neighbours, float32 (N,)."""
    at = np.flatnonzero(np.isfinite(curve))
    lasting = np.full_like(curve, np.nan)
    if at.size >= LASTING:
        side = LASTING // 2
        windows = np.lib.stride_tricks.sliding_window_view(np.pad(curve[at], side, mode="edge"), LASTING)
        lasting[at] = np.median(windows, axis=1)
    return lasting


def _shut(observed: Observed, heard: Heard, frame_rate: Fraction) -> list[Moment]:
    """Where open sounds are heard for a while and the mouth stays as it is in between: closed."""
    low, high = agreement.spoken_range(observed.opening, heard)
    limit: Limit = MOMENTS["shut"]
    if high - low < LEAST_RANGE:  # then it is not known whether it is shut or hidden
        return []
    length = max(2, round(SHUT_S * float(frame_rate)))
    found = []
    for start in range(0, observed.num_frames - length, max(1, length // 2)):
        seen = observed.opening[start : start + length]
        wanted = float(heard.jaw[start : start + length].mean())
        if np.isfinite(seen).all() and not heard.silent[start : start + length].any() and wanted > limit.at:
            share = (float(seen.max()) - low) / max(high - low, 0.05)
            if share < 0.1:
                found.append(Moment(start + length // 2, "shut", wanted, limit.at))
    return found
