"""What kind of sound an IPA symbol stands for."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Literal

Sound = Literal["vowel", "sonorant", "fricative", "stop", "silence"]

_VOWELS = frozenset("aeiouyɐɑɒæɘəɚɛɜɝɞɤɔœøɵɨɪɯʉʊʌʏᵻᵊɶɿʅ")
_STOPS = frozenset("pbtdkɡgqɢʔʈɖcɟʡ")
_FRICATIVES = frozenset("fvθðszʃʒʂʐɕʑxɣχhɦħʕçʝɸβɬɮ")


@lru_cache(maxsize=4096)
def kind(symbol: str) -> Sound:
    """The kind of one phoneme: a diphthong is a vowel, an affricate a stop; "" and "(en)" are silence.

    Nasals, laterals, glides, r and every letter nobody knows are sonorants.
    """
    letters = [char for char in unicodedata.normalize("NFD", symbol) if char.isalpha()]
    if not letters or symbol.startswith("("):
        return "silence"
    if any(letter in _VOWELS for letter in letters):
        return "vowel"
    if letters[0] in _STOPS:
        return "stop"
    return "fricative" if letters[0] in _FRICATIVES else "sonorant"
