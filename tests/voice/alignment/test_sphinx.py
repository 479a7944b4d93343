"""English words found by PocketSphinx's models."""

from __future__ import annotations

import numpy as np
import pytest

from studio.media.audio import resample
from studio.types import Speech
from studio.voice import engines
from studio.voice.alignment import sphinx

TEXT = "We walked along the river until dark, talking about the war and how he had met my grandmother."


@pytest.fixture(scope="module")
def said() -> Speech:
    """A line with exact times, in a voice that the models understand."""
    return engines.load("espeak").speak(TEXT, "en", base="f2", speed=1.1)


def choices(speech: Speech) -> list[list[sphinx.Phones]]:
    found = []
    for word in speech.words:
        own = sphinx.phones_of([p.symbol for p in speech.phonemes if p.symbol and word.start <= p.start < word.end])
        assert own
        found.append([own, *sphinx.pronunciations(word.text)])
    return found


def sound(speech: Speech) -> np.ndarray:
    return resample(speech.audio, sphinx.SAMPLE_RATE).mono()


def test_words_are_found_where_they_are(said: Speech) -> None:
    found = sphinx.find(sound(said), choices(said))
    assert found is not None
    pairs = [(heard, word) for heard, word in zip(found, said.words, strict=True) if heard]
    assert len(pairs) >= len(said.words) - 2
    assert np.mean([abs(heard.start - float(word.start)) for heard, word in pairs]) < 0.04
    for heard, _ in pairs:
        assert heard.phones[0][1] == heard.start
        assert heard.phones[-1][2] == heard.end


def test_a_word_that_is_not_said_is_not_found(said: Speech) -> None:
    wanted = choices(said)
    place = [word.text for word in said.words].index("river")
    wanted[place] = [("B", "AY", "S", "IH", "K", "AH", "L")]
    found = sphinx.find(sound(said), wanted)
    assert found is not None
    assert found[place] is None
    assert sum(heard is None for heard in found) <= 3


def test_repeated_words_are_told_apart() -> None:
    speech = engines.load("espeak").speak("The house, the garden, the river, and the road.", "en", base="f2")
    found = sphinx.find(sound(speech), choices(speech))
    assert found is not None
    starts = [heard.start for heard in found if heard]
    assert starts == sorted(starts)


def test_the_phonemiser_and_the_models_write_the_same_sounds() -> None:
    assert sphinx.phones_of(["h", "ə", "l", "oʊ"]) == ("HH", "AH", "L", "OW")
    assert sphinx.phones_of(["tɕʰ"]) is None
    assert ("HH", "AH", "L", "OW") in sphinx.pronunciations("Hello")
    assert sphinx.pronunciations("Zhangxiaomei") == ()
    assert sphinx.pronunciations("1952") == ()
    for phone, symbol in sphinx.PHONE_IPA.items():
        assert sphinx.phones_of([symbol]) == (phone,)


def test_vowels() -> None:
    assert sphinx.is_vowel("æ")
    assert sphinx.is_vowel("aɪɚ")
    assert not sphinx.is_vowel("ŋ")
