"""Every symbol of espeak-ng 1.52 for English and Mandarin has the mouth that phonetics gives it."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from studio.head.visemes import MOUTH, SCORE_RATE, score, visemes
from studio.types import PhonemeSpan

# What espeak-ng 1.52 wrote for 266 English sentences (en-us, en-gb) and 6,000 Mandarin words.
ENGLISH = """
    n ɪ t ə s d ð ɹ z l ʌ ɛ k æ m p v ɚ f b w i eɪ aɪ iː ɾ ᵻ oʊ uː ɔːɹ ɐ ŋ ɜː ɑː əl h ɡ tʃ ʃ j ʊ ɔː θ dʒ aʊ ɔ ɛɹ ɪɹ
    iə ʊɹ aɪɚ ɔɪ ʔ n̩ ʒ r aɪə ɒ əʊ eə ɪə ʊə ɑːɹ x ɬ oː
"""
MANDARIN = """
    n i ŋ j u ɑ iɛ tɕ t s. ə ɑu w ɕ ts. l p a k χ i. f tɕh onɡ ts.h th m ts ai iɑ o- y kh ou ei i̪ uo ʐ ph iou uei s
    tsh yæ uə yɛ ua o ər yə uai io yi tʂʰ tʂ tsʰ tɕʰ ʂ pʰ x ɤ ɨ ɚ ʊ
"""


def mean(symbol: str, curve: str) -> float:
    """Target of a symbol's last shape."""
    return visemes(symbol)[-1][0].target[MOUTH.index(curve)]


def first(symbol: str, curve: str) -> float:
    return visemes(symbol)[0][0].target[MOUTH.index(curve)]


@pytest.mark.parametrize("symbol", sorted({*ENGLISH.split(), *MANDARIN.split()}))
def test_every_symbol_of_espeak_is_known(symbol: str) -> None:
    shapes = visemes(symbol)
    assert shapes
    assert sum(share for _, share in shapes) == pytest.approx(1.0)
    for shape, _ in shapes:
        # The neutral stand-in for unknown letters asks for the jaw alone, and hardly.
        assert max(shape.dominance) >= 0.2 or symbol == "ʔ"


@pytest.mark.parametrize("symbol", ["p", "b", "m", "ph", "pʰ", "m̩"])
def test_bilabials_press(symbol: str) -> None:
    assert mean(symbol, "press") == 1.0


@pytest.mark.parametrize("symbol", ["f", "v"])
def test_labiodentals_tuck(symbol: str) -> None:
    assert mean(symbol, "tuck") == 1.0
    assert mean(symbol, "press") == 0.0


def test_open_vowels_open_more_than_close_ones() -> None:
    opening = [mean(symbol, "jaw") for symbol in ("i", "e", "ɛ", "æ", "ɑ")]
    assert opening == sorted(opening)
    assert opening[0] < 0.25 and opening[-1] > 0.7


def test_rounding_and_spreading() -> None:
    for symbol in ("uː", "y", "w", "ʊ", "o", "ɔː"):
        assert mean(symbol, "wide") < -0.3, symbol
    for symbol in ("iː", "eɪ", "j", "tɕ"):
        assert mean(symbol, "wide") > 0.3, symbol
    assert mean("ʃ", "wide") < mean("ts.", "wide") < 0.0 < mean("s", "wide")


def test_diphthongs_and_finals_move() -> None:
    assert first("aɪ", "jaw") > 2 * mean("aɪ", "jaw")
    assert first("iɑu", "wide") > 0 > mean("iɑu", "wide")
    assert len(visemes("uei")) == 3
    assert visemes("uei")[0][1] < visemes("uei")[1][1]
    assert first("yɛ", "wide") < 0 < mean("yɛ", "wide")


def test_apical_vowels_keep_the_teeth_together() -> None:
    # shi and si are written with an i, but nobody smiles them.
    assert mean("i.", "wide") < mean("i̪", "wide") < mean("i", "wide")


@pytest.mark.parametrize(
    ("written", "means"),
    [("ˈɑː5", "ɑː"), ("ɑ˥˩", "ɑ"), ("t͡ʃ", "tʃ"), ("ã", "a"), ("ʈʂ", "ts."), ("tsʰ", "tsh"), ("n̩", "n"), ("g", "ɡ")],
)
def test_marks_are_dropped(written: str, means: str) -> None:
    assert visemes(written) == visemes(means)


@pytest.mark.parametrize("symbol", ["", "(en)", "(cmn)", "ˈ", "…", "1"])
def test_no_sound_no_mouth(symbol: str) -> None:
    assert visemes(symbol) == ()


def test_letters_nobody_listed_stay_harmless() -> None:
    (shape, share), *rest = visemes("ʘ")
    assert not rest and share == 1.0
    assert max(shape.dominance) <= 0.2


def test_score_lays_phonemes_on_the_clock() -> None:
    phonemes = (
        PhonemeSpan("", Fraction(0), Fraction(1, 10)),
        PhonemeSpan("m", Fraction(1, 10), Fraction(2, 10)),
        PhonemeSpan("ɑː", Fraction(2, 10), Fraction(4, 10), stress=2),
        PhonemeSpan("p", Fraction(4, 10), Fraction(4, 10)),
    )
    part = score(phonemes, SCORE_RATE, np.ones(SCORE_RATE, np.float32))
    press = part.target[:, MOUTH.index("press")]
    assert press[19] == 0 and (press[20:40] == 1).all() and press[40] == 0
    assert press[80] == 1  # no time, and yet it was said
    assert not part.silent[20:81].any() and part.silent[:20].all() and part.silent[81:].all()
    assert part.accents == (0.2,)


def test_unstressed_vowels_are_smaller() -> None:
    def jaw(stress: int) -> float:
        vowels = [PhonemeSpan("ɑ", Fraction(k, 10), Fraction(k + 1, 10), s) for k, s in enumerate((2, stress))]
        return float(score(vowels, 60, np.ones(60, np.float32)).target[30, 0])

    assert jaw(0) < jaw(1) < jaw(2)
