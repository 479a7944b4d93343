"""English lines as units: espeak-ng says how each word is pronounced, the units keep which word that was."""

from __future__ import annotations

from collections.abc import Sequence

from studio.voice.engines.espeak import Stretch
from studio.voice.language.tokens import Token
from studio.voice.own.units import PAUSE, Unit

INVENTORY = (
    PAUSE,
    *("p", "b", "t", "d", "k", "ɡ", "f", "v", "θ", "ð", "s", "z", "ʃ", "ʒ", "h", "tʃ", "dʒ", "m", "n", "ŋ", "l", "ɹ"),
    *("w", "j", "ɾ", "ʔ", "ɪ", "iː", "i", "ɛ", "æ", "ɑː", "ɔː", "ʊ", "uː", "ʌ", "ə", "ᵻ", "ɚ", "ɜː", "eɪ", "aɪ", "ɔɪ"),
    *("oʊ", "aʊ"),
)
"""Sounds of General American as espeak-ng writes them, vowels with a following r or l taken apart."""
_PARTS = {
    "əl": ("ə", "l"),
    "n̩": ("ə", "n"),
    "iə": ("iː", "ə"),
    "aɪɚ": ("aɪ", "ɚ"),
    "aɪə": ("aɪ", "ə"),
    "ɐ": ("ə",),
    "ɔ": ("ɔː",),
    "ɑ": ("ɑː",),
    "u": ("uː",),
    "o": ("oʊ",),
    "e": ("eɪ",),
    "a": ("ɑː",),
    "ɒ": ("ɑː",),
    "x": ("k",),
    "r": ("ɹ",),
    "g": ("ɡ",),
    "ɬ": ("l",),
    "ç": ("h",),
    "ʍ": ("w",),
    "ɜ": ("ɜː",),
    "əʊ": ("oʊ",),
    "ɑ̃": ("ɑː", "n"),
    "ɔ̃": ("ɔː", "n"),
    "ɛ̃": ("æ", "n"),
    "ɲ": ("n", "j"),
    "y": ("uː",),
    "ø": ("ɜː",),
}
"""What espeak-ng says and the inventory does not hold: rare sounds, foreign ones, and several in one."""


def sounds(symbol: str) -> tuple[str, ...]:
    """The inventory's sounds for one symbol of espeak-ng; none for a symbol that is no sound."""
    if symbol in INVENTORY:
        return (symbol,)
    if symbol in _PARTS:
        return _PARTS[symbol]
    for last in ("ɹ", "ː", "ə", "ɚ"):
        if len(symbol) > 1 and symbol.endswith(last):
            rest = sounds(symbol.removesuffix(last)) or sounds(symbol.removesuffix(last) + "ː")
            return (*rest, last) if last != "ː" else rest
    return tuple(part for letter in symbol for part in (sounds(letter) if len(symbol) > 1 else ()))


def units(stretch: Stretch, tokens: Sequence[tuple[int, Token]]) -> tuple[Unit, ...]:
    """The units of what espeak-ng has said, without a pause at either end; their words are the places of the tokens.

    Args:
        tokens: what was said, each with its place in the line.
    """
    found: list[Unit] = []
    for unit, _, _ in timed(stretch, tokens):
        if unit.sound != PAUSE or (found and found[-1].sound != PAUSE):
            found.append(unit)
    while found and found[-1].sound == PAUSE:
        found.pop()
    return tuple(found)


def timed(stretch: Stretch, tokens: Sequence[tuple[int, Token]]) -> list[tuple[Unit, float, float]]:
    """Every unit with the samples between which espeak-ng says it, pauses of the punctuation included."""
    starts = [(start, index) for index, start, _ in stretch.words]
    found: list[tuple[Unit, float, float]] = []
    at = 0
    for symbol, begin, end, stress in stretch.phonemes:
        while at + 1 < len(starts) and begin >= starts[at + 1][0]:
            at += 1
        if not starts:
            break
        word = starts[at][1]
        if not symbol:
            found.append((Unit(PAUSE, mark=_mark(tokens, word)), begin, end))
            continue
        parts = sounds(symbol)
        length = (end - begin) / max(len(parts), 1)
        for place, sound in enumerate(parts):
            found.append((Unit(sound, stress, word), begin + place * length, begin + (place + 1) * length))
    return found


def _mark(tokens: Sequence[tuple[int, Token]], word: int) -> str:
    """The strongest mark between a word and the next; where espeak-ng pauses without any, a comma."""
    said = ","
    for index, token in tokens:
        if index > word:
            if not token.pause:
                break
            said = token.said if said == "," else said
    return said


def last_mark(text: str) -> str:
    """What ends a sentence."""
    ending = text.rstrip("\"'”’)] ")[-1:]
    return ending if ending in "?!" else "," if ending in ",;:—–-" else "."
