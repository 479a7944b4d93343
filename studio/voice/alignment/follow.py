"""Which words of a known text are heard in a sound, and what else is heard in it.

The sound is followed along synthetic speech of the same text, as in alignment/warping.py, but the path may leave it:
a word may be passed over, and between words, before them and after them there may be speech that is none of theirs.
Every frame of the sound costs once, whatever it is taken for, so that the three can be compared: a frame of a word its
distance to the synthetic one, a frame of silence its loudness, and a frame of anything else the same everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from studio.types import AudioClip, Language
from studio.voice import engines
from studio.voice.alignment.warping import HOP, SAMPLE_RATE, cepstra
from studio.voice.features import F64

FRAME_S = HOP / SAMPLE_RATE
LONGEST_S = 90.0  # a sentence has 20; the memory of a path grows with the square

# In units of the root mean square distance of two cepstra of one sound; unlike sounds are 1.4 apart, like ones of two
# voices about 1.1. Found by trying about a dozen sets on the takes that benchmarks/takes_check.py makes.
_STRANGE = 1.25  # of a frame that belongs to no word
_STRANGER = 4.5  # once for each stretch of them
_SILENT, _LOUD = 0.3, 1.2  # of a frame of silence, and what is added where it is loud
_PASSED, _PASSED_FRAME = 1.5, 0.06  # of a word that is not heard, and what is added for each of its frames
_STAY = 0.32  # added to a frame that stays where the one before it was: words do not last for ever
_LEAP = 0.4  # added to a frame that passes over two of the word's
_LEAPS = 3
_SHARES = (1.0, 0.6)  # of the sound that may be the words', where the rest is more than them
_PACES = (0.45, 1.6)  # slowest and fastest lengths of a word, of a synthetic one's
_NEVER = 1e9


@dataclass(frozen=True)
class Followed:
    """What became of a text in a sound. Times in s, ends exclusive."""

    words: tuple[str, ...]
    """The pieces of the text that are heard or not, as they are shown."""
    spans: tuple[tuple[float, float] | None, ...]
    """When each word is heard; None where it is not."""
    strange: tuple[tuple[float, float], ...]
    """Speech that belongs to no word."""
    distance: float
    """Mean distance of the words' frames to the synthetic ones; about 1.1, higher for unlike voices and bad sound."""


def follow(clip: AudioClip, text: str, language: Language) -> Followed:
    """Which words of `text` are heard in `clip`, and what else is.

    Raises:
        TextUnspeakable: the text cannot be said.
        ValueError: the sound is longer than `LONGEST_S`: a sentence at a time.
    """
    if clip.duration > LONGEST_S:
        raise ValueError(f"{float(clip.duration):.0f} s at once; follow one sentence at a time")
    said = _speaker().speak(text, language)
    frames = likened(cepstra(said.audio))
    words = [word for word in said.words if word.end > word.start]
    bounds = [(round(float(word.start) / FRAME_S), round(float(word.end) / FRAME_S)) for word in words]
    pieces = [frames[first : max(last, first + 2)] for first, last in bounds]
    heard = cepstra(clip)
    spans, strange, distance = best_path(likened(heard), loudness(heard), [piece for piece in pieces if len(piece)])
    return Followed(
        tuple(word.text for word in words),
        tuple(None if span is None else (span[0] * FRAME_S, span[1] * FRAME_S) for span in spans),
        tuple((first * FRAME_S, last * FRAME_S) for first, last in strange),
        distance,
    )


Traced = tuple[list[tuple[int, int] | None], list[tuple[int, int]], float]


def best_path(heard: F64, loud: F64, words: list[F64]) -> Traced:
    """First frame of each word and the one after its last, the same of what belongs to no word, and mean distance.

    Words that are spoken faster than the synthetic ones would gain by swallowing their neighbours; so those are brought
    to the pace of the sound first: to the one it has if it says all the words and nothing else, and to those it has if
    there is more in it. The cheapest path is taken.

    Args:
        heard: float64 (N, D), from `likened`.
        loud: float64 (N,), from `loudness`.
        words: float64 (M, D) each, of the synthetic words.
    """
    pace = float(np.sum(loud > 0.3)) / sum(len(word) for word in words)
    paths = []
    for share in _SHARES:
        rate = min(max(pace * share, _PACES[0]), _PACES[1])
        paths.append(_Path(heard, loud, [_paced(word, rate) for word in words]))
    return min(paths, key=lambda path: path.total).traced()


def _paced(word: F64, rate: float) -> F64:
    """float64 (M × rate, D): the frames of a word, lasting `rate` times as long."""
    count = max(2, round(len(word) * rate))
    places = np.linspace(0, len(word) - 1, count)
    low = np.minimum(places.astype(np.int64), max(len(word) - 2, 0))
    high = np.minimum(low + 1, len(word) - 1)
    part = (places - low)[:, None]
    return np.asarray(word[low] * (1 - part) + word[high] * part)


@cache
def _speaker() -> engines.SpeechEngine:
    return engines.load("espeak")


def likened(frames: F64) -> F64:
    """`cepstra` made comparable between voices: float64 (N, 26), each row's length 1 on average.

    Loudness below the loud parts, twelve cepstra with the voice's mean and spread taken out, and how all of them change
    over seven frames (Furui 1986).
    """
    level = frames[:, 0]
    top = float(np.percentile(level, 95))
    below = np.clip(level - top, -50, 0) / 15
    sounding = frames[level > top - 30]
    shape = (frames[:, 2:14] - sounding[:, 2:14].mean(axis=0)) / (sounding[:, 2:14].std(axis=0) + 1e-6)
    # A quiet frame's spectrum is the room's, not a sound's.
    shape = shape * np.clip(1 + (below + 2.2) / 0.5, 0.15, 1)[:, None]
    stacked = np.concatenate([below[:, None], shape], axis=1)
    padded = np.pad(stacked, ((3, 3), (0, 0)), "edge")
    count = len(stacked)
    change = sum(k * (padded[3 + k : 3 + k + count] - padded[3 - k : 3 - k + count]) for k in (1, 2, 3)) * (5 / 28)
    return np.asarray(np.concatenate([stacked, change], axis=1) / np.sqrt(2 * stacked.shape[1]))


def loudness(frames: F64) -> F64:
    """0 … 1 for each frame of `cepstra`: from 40 to 28 dB below the loud ones, but 4 dB over the quietest at least."""
    level = frames[:, 0]
    silent = max(float(np.percentile(level, 95)) - 40, float(np.percentile(level, 5)) + 4)
    return np.asarray(np.clip((level - silent) / 12, 0, 1))


def apart(heard: F64, known: F64) -> float:
    """How far `heard` is from the stretch of `known` that is most like it: mean distance of a frame, 0 for a copy.

    Args:
        heard: float64 (N, D), from `likened`; all of it is compared.
        known: float64 (M, D); any stretch of it may be the one.
    """
    total = np.zeros(len(known))
    for frame in heard:
        cost = np.sqrt(np.square(known - frame).sum(axis=1))
        ways = [total + _STAY, *(np.concatenate([np.full(step, _NEVER), total[:-step]]) for step in (1, 2))]
        total = np.minimum.reduce(ways) + cost
    return float(total.min()) / max(len(heard), 1)


class _Path:
    """The cheapest way through words that may be missing, with silences and strangers between them.

    Frame by frame the cost of being at each column of each word is kept, and at each of the W + 1 places between words
    three more: in silence, among strangers, and just there (`at`), from where everything else is reached.
    """

    def __init__(self, heard: F64, loud: F64, words: list[F64]) -> None:
        lengths = np.array([len(word) for word in words])
        self.first = np.concatenate([[0], np.cumsum(lengths)[:-1]])
        self.last = np.cumsum(lengths) - 1
        self.inside = np.arange(lengths.sum()) - np.repeat(self.first, lengths)
        self.passed = np.concatenate([[0.0], np.cumsum(_PASSED + _PASSED_FRAME * lengths)])
        self.columns = np.concatenate(words)
        self.squares = np.square(self.columns).sum(axis=1)
        self.heard, self.loud = heard, loud
        count, places = len(heard), len(words) + 1
        self.came = np.zeros((count, len(self.columns)), np.int8)
        self.fell_silent = np.zeros((count, places), np.bool_)
        self.went_astray = np.zeros((count, places), np.bool_)
        self.arrived = np.zeros((count + 1, places), np.int8)
        self.arrived[0] = 3
        self._walk()

    def _walk(self) -> None:
        inside = np.full(len(self.columns), _NEVER)
        silent = np.full(len(self.passed), _NEVER)
        strange = np.full(len(self.passed), _NEVER)
        at = self.passed.copy()
        every = np.arange(len(self.columns))
        ways = np.full((_LEAPS + 2, len(self.columns)), _NEVER)
        for row, frame in enumerate(self.heard):
            ways[0] = inside + _STAY
            for step in range(1, _LEAPS + 1):
                ways[step, step:] = inside[:-step] + (_LEAP if step == _LEAPS else 0.0)
                ways[step, self.inside < step] = _NEVER
            ways[-1, self.first] = at[:-1]
            self.came[row] = ways.argmin(axis=0)
            square = self.squares - 2 * self.columns @ frame + frame @ frame
            inside = ways[self.came[row], every] + np.sqrt(np.maximum(square, 0))
            self.fell_silent[row] = at < silent
            self.went_astray[row] = at + _STRANGER < strange
            silent = np.minimum(silent, at) + _SILENT + _LOUD * self.loud[row]
            strange = np.minimum(strange, at + _STRANGER) + _STRANGE
            ended = np.concatenate([[_NEVER], inside[self.last]])
            options = np.stack([ended, silent, strange])
            best = options.min(axis=0)
            # Passing over words is a running minimum once what they cost is taken out.
            reached = np.minimum.accumulate(best - self.passed)
            at = reached + self.passed
            self.arrived[row + 1] = np.where(reached < best - self.passed - 1e-9, 3, options.argmin(axis=0))
        self.total = float(at[-1])
        """What the whole path costs."""

    def traced(self) -> Traced:
        """See `best_path`."""
        spans: list[tuple[int, int] | None] = [None] * len(self.first)
        astray: list[int] = []
        distances: list[float] = []
        row, place = len(self.heard), len(self.first)
        while row:
            how = int(self.arrived[row, place])
            if how == 3:
                place -= 1
            elif how == 0:
                begin = self._entered(row, int(self.last[place - 1]), distances)
                spans[place - 1] = (begin, row)
                row, place = begin, place - 1
            else:
                turned = self.fell_silent if how == 1 else self.went_astray
                staying = True
                while row and staying:
                    row -= 1
                    staying = not turned[row, place]
                    astray += [row] * (how == 2)
        return spans, _runs(sorted(astray)), float(np.mean(distances)) if distances else 0.0

    def _entered(self, row: int, column: int, distances: list[float]) -> int:
        """The frame at which the word was entered that is at `column` before `row`."""
        while True:
            row -= 1
            distances.append(float(np.linalg.norm(self.heard[row] - self.columns[column])))
            step = int(self.came[row, column])
            if step == _LEAPS + 1:
                return row
            column -= step


def _runs(frames: list[int]) -> list[tuple[int, int]]:
    """Neighbouring numbers as first and one after the last."""
    found: list[tuple[int, int]] = []
    for frame in frames:
        if found and frame == found[-1][1]:
            found[-1] = (found[-1][0], frame + 1)
        else:
            found.append((frame, frame + 1))
    return found
