"""What the moods of the music bed are made of: tempo, chords, the range and rhythms of a tune, colour."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

Mood = Literal["calm", "solemn", "warm", "hopeful", "moonlit"]
MOODS: tuple[Mood, ...] = ("calm", "solemn", "warm", "hopeful", "moonlit")

Chord = tuple[int, ...]
"""MIDI notes, bass first."""
Places = tuple[float, ...]
"""Beats from the beginning of a chord."""


@dataclass(frozen=True)
class Style:
    """What a mood is made of."""

    beat: Fraction
    """s."""
    meter: int
    """Beats in a bar; a chord lasts two bars."""
    chords: tuple[Chord, ...]
    """The first begins at home, the last leads there."""
    home: Chord
    """Where it ends, the root doubled."""
    melody: tuple[int, int]
    """Lowest and highest MIDI note of the melody."""
    places: tuple[Places, ...]
    """The rhythms a melody is made of."""
    brightness: float
    """Of the pads; see instruments.pad."""
    pads: float
    """Their share."""
    gain: float
    """Brings it to music.TARGET_LUFS: measured over three minutes."""


STYLES: Mapping[Mood, Style] = {
    # D major: I add9, vi7, IV maj7, V sus | I/3, IV add9, ii7, V sus-V. Pads and a felt piano.
    "calm": Style(
        Fraction(23, 25),
        4,
        (
            (38, 50, 57, 64, 66),
            (35, 47, 57, 62, 66),
            (43, 50, 59, 62, 66),
            (45, 52, 57, 62, 64),
            (42, 50, 57, 62, 69),
            (43, 55, 59, 62, 69),
            (40, 52, 59, 62, 67),
            (45, 52, 57, 61, 64),
        ),
        (38, 50, 57, 62, 66),
        (69, 83),
        ((1, 3, 6), (0, 3), (1, 4, 5), (2, 6)),
        0.62,
        1.0,
        0.935,
    ),
    # D minor: i, VI maj7, III, VII | iv7, i/3, VI, V sus-v. A cello over dark pads, a piano far below it.
    "solemn": Style(
        Fraction(21, 20),
        4,
        (
            (38, 50, 57, 62, 65),
            (34, 46, 57, 62, 65),
            (41, 48, 57, 60, 65),
            (36, 48, 55, 62, 64),
            (43, 50, 58, 62, 65),
            (41, 50, 57, 62, 69),
            (46, 53, 58, 62, 65),
            (45, 52, 57, 61, 64),
        ),
        (38, 50, 57, 62, 65),
        (50, 65),
        ((0, 4), (0, 6), (0, 2), (0, 4, 6)),
        0.52,
        0.65,
        0.94,
    ),
    # G major in three: I, vi7, IV maj7, V7 sus | iii7, IV add9, ii7, V7. A guitar, a piano singing over it.
    "warm": Style(
        Fraction(4, 5),
        3,
        (
            (43, 50, 59, 62, 67),
            (40, 52, 59, 62, 67),
            (48, 55, 59, 64, 67),
            (38, 50, 57, 60, 67),
            (47, 54, 57, 62, 66),
            (48, 55, 60, 62, 67),
            (45, 52, 57, 60, 67),
            (38, 50, 57, 60, 66),
        ),
        (43, 50, 59, 62, 67),
        (67, 81),
        ((0, 2, 3), (0, 3, 5), (1, 3), (0, 2, 3, 4)),
        0.55,
        0.55,
        1.09,
    ),
    # A major, walking: I add9, V/3, vi7, IV add9 | I/3, IV, ii7, V. A piano in quavers, a celesta above.
    "hopeful": Style(
        Fraction(16, 25),
        4,
        (
            (45, 52, 59, 61, 64),
            (44, 52, 56, 59, 64),
            (42, 49, 57, 61, 64),
            (38, 50, 57, 64, 66),
            (49, 52, 57, 61, 69),
            (38, 50, 57, 62, 66),
            (47, 54, 57, 62, 66),
            (40, 52, 56, 59, 64),
        ),
        (45, 52, 57, 61, 64),
        (69, 85),
        ((0, 3, 4, 6), (0, 2, 3, 6), (0, 4, 6, 7), (2, 4, 6)),
        0.66,
        0.75,
        0.83,
    ),
    # The five tones of D gong (D E F# A B), at home on B as the yu mode is: B, D, E, A | B, E9, F#, A. A zither
    # (guzheng), runs down its strings where the tune breathes, and a bamboo flute (xiao).
    "moonlit": Style(
        Fraction(1),
        4,
        (
            (35, 47, 54, 59, 62),
            (38, 50, 57, 62, 66),
            (40, 52, 59, 62, 64),
            (33, 45, 52, 57, 64),
            (35, 47, 54, 59, 66),
            (40, 52, 59, 62, 66),
            (42, 54, 57, 64, 66),
            (33, 45, 52, 59, 64),
        ),
        (35, 47, 54, 59, 62),
        (64, 81),
        ((0, 3, 4), (0, 2, 5), (1, 4), (0, 4, 6)),
        0.5,
        0.5,
        1.15,
    ),
}
