"""How well the mouth follows filmed mouths: `uv run python -m benchmarks.motion CLIPS_FOLDER [--only NAME …]`.

CLIPS_FOLDER holds folders of clips, each of one person speaking, picture and sound in sync. The filmed opening of the
lips (FaceMesh) is compared with what the studio makes of the sound alone, of the sound and its words where they are
known (clips named by the GRID corpus' code, Cooke et al. 2006), and, as the reference, with the loudness of the sound.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio.types import F32, U8, AudioClip, FrameSource, Speech

F64 = NDArray[np.float64]

REACH = 5  # frames: how far picture and sound of a clip may lie apart
SILENT_BELOW_DB = 25.0  # below the loud parts (95th percentile) of a clip
SILENT_FOR_S = 0.2
REST = 5  # percentile of the opening that counts as closed lips: FaceMesh sees a small gap even there
WIDE = 95  # percentile of the opening that counts as wide open
LOUDNESS_FLOOR_DB = -50.0  # below the loud parts: quieter is silence to the reference too

# Command, colour, preposition, letter, digit, adverb: Cooke et al. 2006, "An audio-visual corpus for speech …".
GRID_CODE = re.compile(r"(?:^|[^a-z0-9])([blps])([bgrw])([abiw])([a-vx-z])([z1-9])([anps])$")
GRID_WORDS = (
    {"b": "bin", "l": "lay", "p": "place", "s": "set"},
    {"b": "blue", "g": "green", "r": "red", "w": "white"},
    {"a": "at", "b": "by", "i": "in", "w": "with"},
    {"a": "ay"},  # written so, or it is read as the article
    {"z": "zero", "1": "one", "2": "two", "3": "three", "4": "four"}
    | {"5": "five", "6": "six", "7": "seven", "8": "eight", "9": "nine"},
    {"a": "again", "n": "now", "p": "please", "s": "soon"},
)


@dataclass(frozen=True, eq=False)
class Clip:
    """One filmed speaker."""

    name: str
    group: str
    """The folder it lies in."""
    audio: AudioClip
    frame_rate: Fraction
    filmed: F64
    """float64 (N,): opening of the lips, eye distances; NaN before the face is first seen."""


@dataclass(frozen=True)
class Agreement:
    """How one curve agrees with the filmed one."""

    same: float
    """Correlation at lag 0."""
    best: float
    """Correlation at the best lag within ±REACH frames."""
    lag: int
    """Frames that the curve comes too early there; below 0 where it comes late."""
    silent: float
    """Median of the curve where nothing is said, share of its own range; NaN where there is no silence."""
    reach: float
    """Range of the opening that is shown ÷ that of the filmed one; NaN for a curve that shows none."""


@dataclass(frozen=True, eq=False)
class Moves:
    """What a method makes of a clip."""

    curve: F64
    """float64 (N,), any unit: rises and falls with the jaw."""
    shown: F64 | None
    """float64 (N,): gap of the lips on the mean face, eye distances; None where nothing is shown."""


def grid_words(stem: str) -> str | None:
    """The six words of a clip named by the GRID corpus' code, None where the name is no such code."""
    found = GRID_CODE.search(stem)
    if found is None:
        return None
    return " ".join(words.get(code, code) for words, code in zip(GRID_WORDS, found.groups(), strict=True))


def correlation(a: F64, b: F64) -> float:
    """Pearson's r where both are known; 0 where one of them does not move."""
    known = np.isfinite(a) & np.isfinite(b)
    a, b = a[known], b[known]
    if len(a) < 2 or a.std() == 0 or b.std() == 0:
        return 0.0
    return float(np.corrcoef(a, b)[0, 1])


def best_lag(curve: F64, filmed: F64, reach: int = REACH) -> tuple[float, int]:
    """The highest correlation of (N,) with (N,) and how many frames `curve` comes too early there."""
    lags = range(-reach, reach + 1)
    count = len(curve)
    found = [
        (correlation(curve[max(0, -lag) : count - max(0, lag)], filmed[max(0, lag) : count - max(0, -lag)]), lag)
        for lag in lags
    ]
    return max(found, key=lambda one: (one[0], -abs(one[1])))


def silences(level_db: F64, frame_rate: Fraction) -> NDArray[np.bool_]:
    """bool (N,): frames in runs of at least SILENT_FOR_S s that are quiet, from their loudness in dB (N,)."""
    from scipy.ndimage import binary_opening

    quiet = level_db < np.percentile(level_db, 95) - SILENT_BELOW_DB
    least = max(1, round(SILENT_FOR_S * frame_rate))
    # Beyond its ends a clip is as it is at its ends.
    padded = np.pad(quiet, least, mode="edge")
    return np.asarray(binary_opening(padded, np.ones(least, bool))[least:-least])


def agreement(moves: Moves, filmed: F64, silent: NDArray[np.bool_]) -> Agreement:
    """Compare what a method makes of a clip with the filmed opening (N,), eye distances."""
    best, lag = best_lag(moves.curve, filmed)
    own = span(filmed)
    reach = span(moves.shown) / own if moves.shown is not None and own > 0 else float("nan")
    return Agreement(correlation(moves.curve, filmed), best, lag, in_silence(moves.curve, silent), reach)


def span(curve: F64) -> float:
    """From closed to wide open, in the unit of the curve."""
    low, high = np.nanpercentile(curve, [REST, WIDE])
    return float(high - low)


def in_silence(curve: F64, silent: NDArray[np.bool_]) -> float:
    """Median of (N,) where nothing is said, share of its own range; NaN where there is no silence."""
    known = silent & np.isfinite(curve)
    if not known.any() or span(curve) == 0:
        return float("nan")
    return float((np.median(curve[known]) - np.nanpercentile(curve, REST)) / span(curve))


def opening(landmarks: F32 | F64) -> F64:
    """float64 (N,): gap of the inner lips of (N, 478, 3) landmarks, eye distances."""
    from studio.head import mesh

    return np.array([mesh.inner_lip_gap(points) for points in landmarks], np.float64)


def tracked(path: Path, cache: Path | None) -> tuple[F64, Fraction]:
    """The filmed opening of a clip, (N,), and its frame rate; kept in `cache` under the hash of the file."""
    from studio.head import faces
    from studio.media.files import sha256_file, writing
    from studio.media.video import read_video

    source = read_video(path)
    kept = cache / f"{sha256_file(path)[:24]}.npy" if cache else None
    if kept is not None and kept.is_file():
        return np.load(kept), source.frame_rate
    count = 0

    def counted() -> Iterator[U8]:
        nonlocal count
        for frame in source.open():
            count += 1
            yield frame

    seen = opening(faces.track(FrameSource(counted, source.num_frames, source.frame_rate, source.size)))
    # The tracker leaves out what comes before the first face, and nothing after it.
    filmed = np.concatenate([np.full(count - len(seen), np.nan), seen])
    if kept is not None:
        with writing(kept) as temporary:
            np.save(temporary, filmed)
    return filmed, source.frame_rate


def read(folder: Path, only: Sequence[str], cache: Path | None) -> Iterator[Clip]:
    """Every clip with a sound track and a face below `folder`, group by group; the others are named."""
    from studio.errors import StudioError
    from studio.media.audio import read_audio

    groups = only or sorted(path.name for path in folder.iterdir() if path.is_dir())
    for group in groups:
        for path in sorted((folder / group).iterdir()):
            try:
                audio = read_audio(path, mono=True)
                filmed, rate = tracked(path, cache)
            except StudioError as error:
                print(f"left out: {error}")
                continue
            if np.isfinite(filmed).sum() < 2 * REACH:
                print(f"left out: {path} shows no face")
                continue
            yield Clip(path.stem, group, audio, rate, filmed)


def loudness(clip: Clip) -> Moves:
    """The reference: level of the sound in each frame, dB, no quieter than LOUDNESS_FLOOR_DB below the loud parts."""
    level = _level(clip)
    return Moves(np.maximum(level, np.percentile(level, 95) + LOUDNESS_FLOOR_DB), None)


def _level(clip: Clip) -> F64:
    from studio.head import hearing
    from studio.head.visemes import SCORE_RATE

    rows = hearing.level(clip.audio, int(clip.audio.duration * SCORE_RATE) + 2)
    middles = (np.arange(len(clip.filmed)) + 0.5) * float(SCORE_RATE / clip.frame_rate)
    return np.interp(middles, np.arange(len(rows)), rows).astype(np.float64)


def performed(clip: Clip, speech: Speech) -> Moves:
    """The studio's own: its `jaw`, and what all of the mouth's curves open on the mean face."""
    from studio.head import motion
    from studio.head.shapes import amounts, basis

    made = motion.perform(speech, len(clip.filmed), clip.frame_rate, seed=1)
    face = basis()
    shown = opening(face.neutral + np.tensordot(amounts(made.curves), face.shapes, 1))
    return Moves(made.curve("jaw").astype(np.float64), shown)


def by_ear(clip: Clip) -> Moves:
    """From the sound alone."""
    return performed(clip, Speech(clip.audio, "", "en", (), (), engine="recording", synthetic=False))


def by_words(clip: Clip) -> Moves | None:
    """From the sound and its words; None where they are not known."""
    from studio.voice.alignment.align import align

    words = grid_words(clip.name)
    return None if words is None else performed(clip, align(clip.audio, words, "en"))


METHODS: dict[str, Callable[[Clip], Moves | None]] = {
    "loudness of the sound (reference)": loudness,
    "sound alone": by_ear,
    "sound and words": by_words,
}


def weighted(values: Sequence[float], lengths: Sequence[float]) -> float:
    """Mean of the values that are known, each with the length of its clip as weight; NaN where none is."""
    known = [(value, length) for value, length in zip(values, lengths, strict=True) if np.isfinite(value)]
    if not known:
        return float("nan")
    return sum(value * length for value, length in known) / sum(length for _, length in known)


def table(head: str, rows: dict[str, list[float]], columns: Sequence[str], digits: int) -> str:
    """Markdown; a figure that is not known is left empty, a row without any is left out."""
    lines = [f"| {head} | " + " | ".join(columns) + " |", "|---" * (len(columns) + 1) + "|"]
    for name, values in rows.items():
        cells = [f"{value:.{digits}f}" if np.isfinite(value) else "" for value in values]
        if any(cells):
            lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def means(clips: Sequence[Clip], values: dict[str, float]) -> list[float]:
    """Length-weighted mean of the values (by name of the clip) for each group; for all only where every group has one.

    A clip without a value does not count.
    """
    parts = [[clip for clip in clips if clip.group == group] for group in _groups(clips)]
    found = [
        weighted([values.get(clip.name, float("nan")) for clip in part], [float(clip.audio.duration) for clip in part])
        for part in (*parts, clips)
    ]
    return found if np.isfinite(found[:-1]).all() else [*found[:-1], float("nan")]


def _groups(clips: Sequence[Clip]) -> list[str]:
    return list(dict.fromkeys(clip.group for clip in clips))


def main(folder: Path, only: Sequence[str], cache: Path | None) -> None:
    """Print the tables."""
    clips: list[Clip] = []
    filmed: dict[str, float] = {}  # opening in silence, by clip
    found: dict[str, dict[str, Agreement]] = {name: {} for name in METHODS}
    for clip in read(folder, only, cache):
        clips.append(clip)
        silent = silences(_level(clip), clip.frame_rate)
        filmed[clip.name] = in_silence(clip.filmed, silent)
        for name, method in METHODS.items():
            moves = method(clip)
            if moves is not None:
                found[name][clip.name] = agreement(moves, clip.filmed, silent)
    columns = [f"{group}, {sum(clip.group == group for clip in clips)}" for group in _groups(clips)]
    columns.append(f"all, {len(clips)}")

    def rows(value: Callable[[Agreement], float]) -> dict[str, list[float]]:
        return {name: means(clips, {at: value(one) for at, one in each.items()}) for name, each in found.items()}

    print(table("correlation with the filmed opening, no lag", rows(lambda one: one.same), columns, 2) + "\n")
    best = rows(lambda one: one.best)
    print(table(f"correlation at the best lag of each clip, within ±{REACH} frames", best, columns, 2) + "\n")
    print(table("that lag, frames; below 0 the mouth is late", rows(lambda one: one.lag), columns, 1) + "\n")
    # Ratios are averaged by their logarithms: twice and half as wide are as far from right.
    wide = {name: list(np.exp(values)) for name, values in rows(lambda one: float(np.log(one.reach))).items()}
    print(table("range of the lips' opening ÷ filmed range", wide, columns, 2) + "\n")
    share = {"the person filmed": means(clips, filmed)} | rows(lambda one: one.silent)
    del share["loudness of the sound (reference)"]  # quiet is what silence means
    percent = {name: [100 * value for value in values] for name, values in share.items()}
    print(table("opening in silence, % of the own range", percent, columns, 0))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("folder", type=Path, help="a folder of folders of clips")
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help="of these folders alone")
    parser.add_argument("--cache", type=Path, help="where tracked openings are kept for the next run")
    given = parser.parse_args()
    main(given.folder, given.only, given.cache)
