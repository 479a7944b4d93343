"""Teach the mouth network one person's mouth, from their own home video: `studio train person`.

It begins with the mouth that ships with the studio and goes on, gently, with two to five minutes of one person: their
teeth, their lips, their way of showing them. A tenth of every clip is kept to judge by.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio.errors import FileUnreadable
from studio.head.lipsync.painter import load
from studio.train.batches import ClipPairs
from studio.train.mouth import MouthTask

STEPS = 400
RATE = 1e-4  # of the painter: what it knows of other mouths shall last
KEPT = 0.1
FEWEST = 60  # pairs, or the person is hardly seen talking


def task(clips: Sequence[ClipPairs], start: Path) -> MouthTask:
    """The training of one person's mouth.

    Args:
        clips: all of one person.
        start: weights to begin with, `models/mouth.safetensors`.

    Raises:
        FileUnreadable: several people are seen, or too little of the one.
        EngineUnavailable: there are no weights to begin with.
    """
    people = sorted({clip.person for clip in clips})
    if len(people) > 1:
        raise FileUnreadable(
            f"The corpus shows {', '.join(people)}. Prepare the videos of one person into a folder of their own."
        )
    count = sum(len(clip.drawn) for clip in clips)
    if count < FEWEST:
        raise FileUnreadable(f"Only {count} moments show the mouth open. Add a video in which the person talks.")
    parts = [_parted(clip) for clip in clips]
    learned = [early for early, _ in parts if len(early.drawn)]
    made = MouthTask(learned, [late for _, late in parts if len(late.drawn)], None, critic_from=0.0)
    made.painter.load_state_dict(load(start).state_dict())
    for group in made.optimisers["painter"].param_groups:
        group["lr"] = RATE
    return made


def _parted(clip: ClipPairs) -> tuple[ClipPairs, ClipPairs]:
    """The beginning of a clip to learn from, and its end to judge by."""
    border = int(len(clip.crops) * (1 - KEPT))
    early = clip.target < border
    return _pairs(clip, early), _pairs(clip, ~early)


def _pairs(clip: ClipPairs, rows: NDArray[np.bool_]) -> ClipPairs:
    return replace(
        clip,
        **{name: getattr(clip, name)[rows] for name in ("drawn", "filmed", "inner", "outer", "reference", "target")},
    )
