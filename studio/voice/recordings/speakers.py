"""Who speaks when: windows of 1.6 s are looked at by the speaker encoder and put together by likeness.

Average-linkage clustering of the windows (as in Zhang et al., "Fully Supervised Speaker Diarization", ICASSP 2019,
their baseline), then every window is given to the nearest voice, with a price on changing the speaker (Viterbi).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.types import F32
from studio.voice.person.likeness import SAMPLE_RATE, WINDOW_S, encoded, mel

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

HOP_S = 0.4  # s between two windows
_FRAMES = 160  # mel frames in a window
_LEVEL_DB = -27.0  # dBFS every stretch is brought to: the encoder hears level as part of a voice
_MOST = 1200  # windows clustered; of a longer recording an even choice of them
# Measured on 100 mixes of 1 to 4 of 29 people, 3 to 60 s of each: the number of people was right in 98, and 99.2 % of
# the windows were given to the right one; the two others hold a pair whose voices are .78 alike. With .42 for _APART
# two people are taken for one in 9 mixes of 62, with .28 one for two in 4 of 24.
_APART = 0.36  # cosine distance above which two groups are two people
# A run of 2 s is at least .795 like the rest of its own voice and at most .742 (99.9 %) like another; means of long
# groups of two people reach .78.
_ALIKE = (0.75, 0.79)  # cosine between the means of two groups from which they are one person: a short one, long ones
_LONG = 12  # windows, 6 s of sound, from which a group counts as long
_BLEND = 0.82  # cosine to the mean of two others from which a voice is those two at once
_CLOSER = 0.03  # … if it is nearer to that by this than to either
_CHANGE = 0.25  # what a change of speaker costs, in cosine
_LEAST = 4  # windows, 2.8 s of sound; a voice that is heard for less is nobody's


@dataclass(frozen=True, eq=False)
class Windows:
    """What the encoder says of a stretch of speech, moment by moment."""

    times: F64
    """float64 (n,): the middle of each window, s from the beginning of the stretch."""
    voices: F32
    """float32 (n, 256), each of unit length."""


def windows_of(samples: F32) -> Windows:
    """The windows of one stretch of speech, float32 (T,) at 16 kHz; at least one, filled with zeros if it is short."""
    power = float(np.square(samples, dtype=np.float64).mean()) if len(samples) else 0.0
    raised = samples * np.float32(10 ** (_LEVEL_DB / 20) / np.sqrt(max(power, 1e-12)))
    hop = round(HOP_S * 100)  # mel frames of 10 ms
    spectrum = mel(np.pad(raised, (0, max(0, _FRAMES * 160 - len(raised)))))
    starts = np.arange(0, len(spectrum) - _FRAMES + 1, hop)
    found = [
        encoded(np.stack([spectrum[i : i + _FRAMES] for i in starts[k : k + 64]])) for k in range(0, len(starts), 64)
    ]
    length = len(samples) / SAMPLE_RATE
    times = np.minimum(starts * 0.01 + WINDOW_S / 2, max(length / 2, length - 0.1))
    return Windows(np.asarray(times, dtype=np.float64), np.concatenate(found))


def told_apart(stretches: Sequence[F32]) -> tuple[list[I64], F32]:
    """Which voice is heard in every window of every stretch.

    Args:
        stretches: float32 (n, 256) each, the windows of one stretch of speech in the order of time.

    Returns:
        For each stretch int64 (n,): the number of the voice, 0 being the one heard longest; float32 (voices, 256):
        what the encoder says of each voice.
    """
    every = np.concatenate(list(stretches))
    voices = _grouped(every)
    for _ in range(2):
        voices = _means(every, np.concatenate([_followed(stretch, voices) for stretch in stretches]), len(voices))
    label = np.concatenate([_followed(stretch, voices) for stretch in stretches])
    while (pair := _nearest(voices, np.bincount(label, minlength=len(voices)))) is not None:
        voices = _means(every, np.where(label == pair[1], pair[0], label), len(voices))
        label = np.concatenate([_followed(stretch, voices) for stretch in stretches])
    return _by_length([_followed(stretch, voices) for stretch in stretches], voices)


def blends(voices: F32, sizes: I64 | None = None) -> dict[int, int]:
    """Which of the voices are two others at once: their number, and that of the nearer of the two.

    Only a voice that is heard for less long than both can be: else somebody between two others would be taken for them.
    `sizes` (voices,) are windows; without, the voices are in the order of how long they are heard, longest first.

    Of 14 mixtures of two people (equally loud, and one 6 dB softer) all are at least .84 like the mean of the two
    voices; of other people's voices 99.9 % are at most .79 like the mean of two.
    """
    found: dict[int, int] = {}
    alike = voices @ voices.T
    count = len(voices)
    size = -np.arange(count) if sizes is None else sizes
    every = [
        (float((alike[k, i] + alike[k, j]) / np.sqrt(2 + 2 * alike[i, j])), k, i, j)
        for k in range(count)
        for i in range(count)
        for j in range(i)
        if size[k] < min(size[i], size[j])
    ]
    for likeness, k, i, j in sorted(every, reverse=True):
        nearer = i if alike[k, i] >= alike[k, j] else j
        if likeness >= max(_BLEND, alike[k, nearer] + _CLOSER) and not {k, i, j} & found.keys():
            found[k] = nearer
    return found


def _grouped(windows: F32) -> F32:
    """Mean voices, float32 (groups, 256), of the groups that average linkage finds."""
    from scipy.cluster.hierarchy import fcluster, linkage

    every = np.linspace(0, len(windows) - 1, min(len(windows), _MOST)).round().astype(int)
    chosen: F32 = windows[every]
    if len(chosen) < 2:
        return chosen
    group = fcluster(linkage(chosen, "average", metric="cosine"), _APART, "distance") - 1
    return _means(chosen, group, int(group.max()) + 1)


def _means(windows: F32, labels: I64, count: int) -> F32:
    """Mean voices of unit length, float32 (kept, 256), of the labels heard for long enough, or else for longest."""
    size = np.bincount(labels, minlength=count)
    kept = np.flatnonzero(size >= min(_LEAST, size.max()))
    means = np.stack([windows[labels == label].mean(axis=0) for label in kept])
    return np.asarray(means / np.linalg.norm(means, axis=1, keepdims=True), dtype=np.float32)


def _nearest(voices: F32, sizes: I64) -> tuple[int, int] | None:
    """The two voices that are most alike, if they are one person's; `sizes` (voices,) are windows."""
    if len(voices) < 2:
        return None
    long = np.minimum.outer(sizes, sizes) >= _LONG
    over = voices @ voices.T - np.where(long, _ALIKE[1], _ALIKE[0]) - 2 * np.eye(len(voices))
    mixed = list(blends(voices, sizes))  # taken for one of its two, it would blur that voice
    over[mixed] = over[:, mixed] = -1
    one, other = divmod(int(over.argmax()), len(voices))
    return (one, other) if over[one, other] >= 0 else None


def _followed(windows: F32, voices: F32) -> I64:
    """The most likely voice in each window of one stretch (Viterbi): likeness, less a price on every change."""
    alike = windows @ voices.T
    best = alike[0]
    came = np.zeros(alike.shape, dtype=np.int64)
    stay = np.arange(len(voices))
    for index in range(1, len(alike)):
        other = int(best.argmax())
        changed = best[other] - _CHANGE > best
        came[index] = np.where(changed, other, stay)
        best = np.maximum(best, best[other] - _CHANGE) + alike[index]
    path = [int(best.argmax())]
    for index in range(len(alike) - 1, 0, -1):
        path.append(int(came[index, path[-1]]))
    return np.asarray(path[::-1], dtype=np.int64)


def _by_length(labels: list[I64], voices: F32) -> tuple[list[I64], F32]:
    size = np.bincount(np.concatenate(labels), minlength=len(voices))
    order = np.argsort(-size, kind="stable")
    order = order[size[order] > 0]
    number = np.full(len(voices), -1)
    number[order] = np.arange(len(order))
    return [number[label] for label in labels], voices[order]
