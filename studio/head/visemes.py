"""What the mouth does for each speech sound of English and Mandarin.

A sound asks for a *target* of each mouth curve and says, per curve, how much that target matters to it: its
*dominance* (Cohen & Massaro, "Modeling coarticulation in synthetic visual speech", 1993). An m insists on closed
lips and does not care how wide they are; a t leaves the jaw to its neighbours. studio/head/motion.py blends them.

Vowels follow from the IPA chart (height → jaw, backness and rounding → lip corners), so a symbol that no table here
names still gets a mouth of its kind.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from studio.types import F32, PhonemeSpan

MOUTH = ("jaw", "wide", "upper", "lower", "press", "tuck", "tongue")
"""The mouth's part of MOTION_CURVES; the columns of every array here."""
SCORE_RATE = 200
"""Rows of a Score per second: 5 ms is finer than any articulator moves."""
SHORTEST_PAUSE_S = 0.12
"""A silence shorter than this is a stop's closure or the join of two words, not a pause: the mouth does not rest."""


@dataclass(frozen=True)
class Viseme:
    """One mouth shape and how much it insists on each of its curves."""

    target: tuple[float, ...]
    """One value per name in MOUTH, in the units of MOTION_CURVES."""
    dominance: tuple[float, ...]
    """One value ≥ 0 per name in MOUTH; 0: leaves the curve to its neighbours."""
    vowel: bool = False
    """Vowels grow and shrink with stress and loudness; consonants must be reached whatever happens."""


@dataclass(frozen=True, eq=False)
class Score:
    """What the mouth is asked to do, before coarticulation, at SCORE_RATE rows per second from 0 s."""

    target: F32
    """float32 (T, 7), columns as in MOUTH."""
    dominance: F32
    """float32 (T, 7), ≥ 0."""
    silent: NDArray[np.bool_]
    """bool (T,): nothing is said here; the mouth rests."""
    accents: tuple[float, ...]
    """s: where a syllable is stressed, in order; brows and head answer to some of them."""


def _shape(*, vowel: bool = False, **curves: tuple[float, float]) -> Viseme:
    """A viseme from (target, dominance) pairs; what is not named is left to the neighbours."""
    pairs = [curves.get(name, (0.0, 0.0)) for name in MOUTH]
    return Viseme(tuple(p[0] for p in pairs), tuple(p[1] for p in pairs), vowel)


# openness 0 close … 1 open; frontness −1 back … 1 front; rounded. The International Phonetic Alphabet's chart (2020),
# openness corrected by what filmed speakers do: unstressed schwas hardly open, e opens more than its height says.
_VOWELS: dict[str, tuple[float, float, bool]] = {
    "i": (0.0, 1.0, False),
    "y": (0.0, 1.0, True),
    "ɨ": (0.05, 0.1, False),
    "ᵻ": (0.06, 0.4, False),
    "ʉ": (0.05, 0.0, True),
    "ɯ": (0.0, -1.0, False),
    "u": (0.0, -1.0, True),
    "ɪ": (0.12, 0.8, False),
    "ʏ": (0.18, 0.8, True),
    "ʊ": (0.3, -0.8, True),
    "e": (0.42, 1.0, False),
    "ø": (0.33, 1.0, True),
    "ɘ": (0.33, 0.0, False),
    "ɵ": (0.33, 0.0, True),
    "ɤ": (0.38, -1.0, False),
    "o": (0.52, -1.0, True),
    "ə": (0.0, 0.0, False),
    "ɚ": (0.2, -0.2, True),
    "ɛ": (0.42, 0.9, False),
    "œ": (0.6, 0.9, True),
    "ɜ": (0.25, 0.0, False),
    "ɝ": (0.3, -0.2, True),
    "ɞ": (0.55, 0.0, True),
    "ʌ": (0.4, -0.6, False),
    "ɔ": (0.48, -1.0, True),
    "æ": (0.9, 0.9, False),
    "ɐ": (0.25, 0.0, False),
    "a": (0.75, 0.4, False),
    "ɶ": (0.95, 0.6, True),
    "ɑ": (1.0, -0.9, False),
    "ɒ": (0.9, -1.0, True),
}

_REDUCED = {"ə", "ɚ", "ᵻ", "ɨ", "ɐ"}  # vowels that take their colour from their neighbours


def _vowel(letter: str) -> Viseme:
    """The mouth of a vowel from its place in the chart.

    The gap between the lips is what filmed speakers show (20 clips of 18 people): .14–.34 eye distances at the 95th
    percentile, so an open vowel under stress asks for about .23, jaw .75. Rounding brings the lips together.
    """
    openness, frontness, rounded = _VOWELS[letter]
    jaw = 0.05 + 0.42 * openness if rounded else 0.17 + 0.54 * openness
    wide = -0.95 + 0.62 * openness if rounded else 0.72 * max(0.0, frontness) * (1.0 - 0.6 * openness)
    care = 0.45 if letter in _REDUCED else 1.0
    # Rounding is what a rounded vowel is; spreading is only a by-product of a front one.
    wide_care = care * (1.6 if rounded else 0.35 + 0.4 * max(0.0, frontness))
    upper = 0.0 if rounded else 0.12 + 0.1 * max(0.0, frontness)
    lower = 0.05 if rounded else 0.1 + 0.14 * max(0.0, frontness)
    return _shape(
        vowel=True,
        jaw=(jaw, care),
        wide=(wide, wide_care),
        upper=(upper, 0.5 * care),
        lower=(lower, 0.5 * care),
        press=(0.0, 0.2),
        tuck=(0.0, 0.2),
        tongue=(0.0, 0.5),
    )


_BILABIAL = _shape(jaw=(0.0, 0.5), upper=(0.0, 0.8), lower=(0.0, 0.8), press=(1.0, 1.0), tongue=(0.0, 0.1))
_LABIODENTAL = _shape(
    jaw=(0.1, 0.5), wide=(0.1, 0.12), upper=(0.35, 1.0), lower=(0.0, 0.8), tuck=(1.0, 1.0), tongue=(0.0, 0.2)
)
_DENTAL = _shape(jaw=(0.08, 0.4), wide=(0.1, 0.08), upper=(0.15, 0.4), lower=(0.15, 0.4), tongue=(1.0, 1.4))
_ALVEOLAR = _shape(jaw=(0.16, 0.16), upper=(0.1, 0.2), lower=(0.15, 0.2), tongue=(0.7, 1.0))
_NASAL = _shape(jaw=(0.06, 0.2), upper=(0.08, 0.2), lower=(0.12, 0.2), tongue=(0.7, 1.0))
_LATERAL = _shape(jaw=(0.14, 0.2), upper=(0.1, 0.2), lower=(0.12, 0.2), tongue=(0.9, 1.2))
_TAP = _shape(jaw=(0.2, 0.06), tongue=(0.6, 0.6))
# The teeth all but meet in a sibilant while the lips stay apart and show them.
_SIBILANT = _shape(jaw=(0.12, 0.3), wide=(0.25, 0.1), upper=(0.22, 0.6), lower=(0.3, 0.6), tongue=(0.3, 0.5))
_HUSHING = _shape(jaw=(0.11, 0.4), wide=(-0.5, 0.8), upper=(0.35, 0.7), lower=(0.4, 0.7), tongue=(0.1, 0.4))
_RETROFLEX = _shape(jaw=(0.16, 0.4), wide=(-0.28, 0.35), upper=(0.28, 0.6), lower=(0.35, 0.6), tongue=(0.25, 0.4))
_PALATAL = _shape(jaw=(0.14, 0.35), wide=(0.45, 0.3), upper=(0.22, 0.6), lower=(0.32, 0.6), tongue=(0.15, 0.4))
_VELAR = _shape(jaw=(0.24, 0.1), tongue=(0.0, 0.5))
_GLOTTAL = _shape(jaw=(0.34, 0.04), tongue=(0.0, 0.2))
_RHOTIC = _shape(jaw=(0.05, 0.25), wide=(-0.45, 0.5), upper=(0.1, 0.3), lower=(0.15, 0.3), tongue=(0.0, 0.5))
_LABIAL_GLIDE = _shape(jaw=(0.02, 0.6), wide=(-0.95, 1.5), upper=(0.0, 0.5), lower=(0.0, 0.5), tongue=(0.0, 0.3))
_ROUND_GLIDE = _shape(jaw=(0.06, 0.5), wide=(-0.8, 1.4), upper=(0.0, 0.5), lower=(0.0, 0.5), tongue=(0.1, 0.3))
_PALATAL_GLIDE = _shape(jaw=(0.18, 0.4), wide=(0.5, 0.5), upper=(0.15, 0.3), lower=(0.2, 0.3), tongue=(0.0, 0.4))
# The Mandarin syllables zhi chi shi ri / zi ci si keep the mouth of their consonant through the vowel.
_APICAL_RETROFLEX = _shape(
    vowel=True, jaw=(0.17, 0.9), wide=(-0.15, 0.5), upper=(0.24, 0.6), lower=(0.3, 0.6), tongue=(0.15, 0.4)
)
_APICAL_DENTAL = _shape(
    vowel=True, jaw=(0.15, 0.9), wide=(0.35, 0.5), upper=(0.2, 0.6), lower=(0.32, 0.6), tongue=(0.2, 0.4)
)
_NEUTRAL = _shape(jaw=(0.25, 0.15))

_CONSONANTS: dict[str, Viseme] = {
    **dict.fromkeys("pbmʙɓ", _BILABIAL),
    **dict.fromkeys("fvɱʋⱱɸβ", _LABIODENTAL),
    **dict.fromkeys("θðᶿ", _DENTAL),
    **dict.fromkeys("tdɖʈɗ", _ALVEOLAR),
    **dict.fromkeys("nɳ", _NASAL),
    **dict.fromkeys("lɫɬɮɭ", _LATERAL),
    **dict.fromkeys("ɾɽ", _TAP),
    **dict.fromkeys("sz", _SIBILANT),
    **dict.fromkeys("ʃʒ", _HUSHING),
    **dict.fromkeys("ʂʐ", _RETROFLEX),
    **dict.fromkeys("ɕʑçʝ", _PALATAL),
    **dict.fromkeys("kɡgŋɴxɣχʁqɢcɟɲʎɰ", _VELAR),
    **dict.fromkeys("hɦʔħʕ", _GLOTTAL),
    **dict.fromkeys("ɹɻrʀ", _RHOTIC),
    "w": _LABIAL_GLIDE,
    "ʍ": _LABIAL_GLIDE,
    "ɥ": _ROUND_GLIDE,
    "j": _PALATAL_GLIDE,
}

# Spellings of espeak-ng 1.52 and of affricates, longest first, in letters of the tables above. Upper case letters
# stand for the two apical vowels, which IPA writes with diacritics.
_SPELLINGS = (
    ("tʃ", "ʃ"),
    ("dʒ", "ʒ"),
    ("tɕ", "ɕ"),
    ("dʑ", "ʑ"),
    ("ʈʂ", "ʂ"),
    ("ɖʐ", "ʐ"),
    ("tʂ", "ʂ"),
    ("dʐ", "ʐ"),
    ("ts.", "ʂ"),
    ("s.", "ʂ"),
    ("z.", "ʐ"),
    ("ts", "s"),
    ("dz", "z"),
    ("i.", "I"),
    ("ɻ̩", "I"),
    ("ɻ̍", "I"),
    ("ʐ̩", "I"),
    ("ʐ̍", "I"),
    ("ɿ", "Z"),
    ("ʅ", "I"),
    ("i̪", "Z"),
    ("o-", "ɤ"),
    ("ɹ̩", "Z"),
    ("z̩", "Z"),
    ("z̍", "Z"),
    ("nɡ", "ŋ"),
    ("ng", "ŋ"),
)

_TABLE: dict[str, Viseme] = {
    **{letter: _vowel(letter) for letter in _VOWELS},
    **_CONSONANTS,
    "I": _APICAL_RETROFLEX,
    "Z": _APICAL_DENTAL,
}


def letters(symbol: str) -> list[tuple[str, float]]:
    """The letters of _TABLE in a symbol, each with its relative length; "?" is a letter nobody knows."""
    text = unicodedata.normalize("NFD", symbol).replace("ç", "ç").replace("͡", "").replace("͜", "")
    for spelling, letter in _SPELLINGS:
        text = text.replace(unicodedata.normalize("NFD", spelling), letter)
    found: list[tuple[str, float]] = []
    for char in text:
        if char in _TABLE:
            # kh, tsh, tɕh: espeak-ng writes aspiration as an h, which is no sound of its own.
            if not (char == "h" and found):
                found.append((char, 1.0))
        elif char in "ːˑ" and found:
            found[-1] = (found[-1][0], 1.8 if char == "ː" else 1.4)
        elif char.isalpha() and unicodedata.category(char) != "Lm":
            found.append(("?", 1.0))
    return found


@lru_cache(maxsize=4096)
def visemes(symbol: str) -> tuple[tuple[Viseme, float], ...]:
    """The mouth shapes of one phoneme, in order, each with its share of the phoneme's time (shares sum to 1).

    Takes IPA as espeak-ng 1.52 writes it for English and Mandarin, and any other IPA: stress, tone, length, tie and
    diacritic marks are understood or dropped. Diphthongs and finals give several shapes. Empty for silence and for
    what is no sound at all ("(en)", punctuation).
    """
    if symbol.startswith("("):
        return ()
    parts = letters(symbol)
    shapes: list[tuple[Viseme, float]] = []
    for place, (letter, length) in enumerate(parts):
        shape = _TABLE.get(letter, _NEUTRAL)
        share = length
        first, last = place == 0, place == len(parts) - 1
        if len(parts) > 1:
            # A glide into a final (i u y before a fuller vowel) is short; so is what comes after the nucleus.
            openness = _VOWELS.get(letter, (0.0, 0.0, False))[0]
            if (first and openness < 0.1 and not last) or (last and length == 1.0):
                share = 0.7
        shapes.append((shape, share))
    total = sum(length for _, length in shapes)
    return tuple((shape, length / total) for shape, length in shapes)


_STRESS_EXTENT = {0: 0.78, 1: 0.92, 2: 1.08}


def score(phonemes: Sequence[PhonemeSpan], length: int, extent: F32) -> Score:
    """Lay known phonemes on the clock.

    Args:
        phonemes: in order; what they do not cover is silence.
        length: rows wanted.
        extent: float32 (length,), about 1: how much louder than usual it is; vowels follow it.
    """
    target = np.zeros((length, len(MOUTH)), np.float32)
    dominance = np.zeros((length, len(MOUTH)), np.float32)
    spoken = np.zeros(length, np.bool_)
    accents: list[float] = []
    # Without any mark (Mandarin, some engines) nobody is unstressed: stress is simply not known.
    marked = any(p.stress for p in phonemes)
    for phoneme in phonemes:
        # English only has a schwa where nothing is stressed; Mandarin also has it in full syllables (hen, sheng).
        full = phoneme.stress == 2
        shapes = visemes(phoneme.symbol.replace("ə", "ɘ") if full else phoneme.symbol)
        start, end = float(phoneme.start) * SCORE_RATE, float(phoneme.end) * SCORE_RATE
        if not shapes:
            continue
        if full:
            accents.append(start / SCORE_RATE)
        stress = _STRESS_EXTENT.get(phoneme.stress, 1.0) if marked else 1.0
        at = start
        for shape, share in shapes:
            until = at + (end - start) * share
            first, last = round(at), round(until)
            # A phoneme of no length still happened: it keeps one row, so that a swallowed m closes the lips.
            rows = slice(max(0, min(first, length - 1)), max(1, min(max(last, first + 1), length)))
            size = np.outer(extent[rows] * stress, np.ones(len(MOUTH), np.float32)) if shape.vowel else 1.0
            target[rows] = np.array(shape.target, np.float32) * size
            dominance[rows] = np.array(shape.dominance, np.float32)
            spoken[rows] = True
            at = until
    return Score(target, dominance, ~spoken, tuple(accents))
