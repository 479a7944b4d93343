"""What the own voices read: every sound in the inventory, words and marks kept, places as learned."""

from __future__ import annotations

import numpy as np
import pytest

from studio.errors import TextUnspeakable
from studio.voice.engines import espeak
from studio.voice.language import text as reading
from studio.voice.own import english, mandarin
from studio.voice.own.units import PAUSE, Unit, numbered, phrases, places, within


def english_units(text: str) -> tuple[Unit, ...]:
    tokens = list(enumerate(reading.read(text, "en").tokens))
    return english.units(espeak.say(tokens, "en", base="en-us"), tokens)


def mandarin_units(text: str, lexicon: dict[str, str] | None = None) -> tuple[Unit, ...]:
    return mandarin.units(list(enumerate(reading.read(text, "zh", lexicon).tokens)))


def test_an_english_line_is_its_sounds_with_stress_words_and_marks() -> None:
    units = english_units("Little apples, aren't they? Yes.")
    assert [u.sound for u in units if u.word == 0] == ["l", "ɪ", "ɾ", "ə", "l"]
    assert [u.mark for u in units if u.sound == PAUSE] == [",", "?"]
    assert {u.tone for u in units if u.sound in ("æ", "ɛ")} == {2}
    assert units[0].sound != PAUSE != units[-1].sound
    numbered(units, english.INVENTORY)


@pytest.mark.parametrize("symbol", ["əl", "ɔːɹ", "ɛɹ", "aɪɚ", "n̩", "ɐ", "iə", "ʊɹ", "oʊ", "ɑː", "ɔɪɚ"])
def test_every_symbol_of_espeak_has_sounds_of_the_inventory(symbol: str) -> None:
    found = english.sounds(symbol)
    assert found and all(sound in english.INVENTORY for sound in found)


def test_all_words_of_a_long_english_text_can_be_read() -> None:
    text = "The quick measures of joy: church, judge, thing, this, vision, ours, fire, poor, ear, air, oil, uncertain!"
    numbered(english_units(text), english.INVENTORY)


def test_a_mandarin_line_is_initials_and_finals_with_tones() -> None:
    units = mandarin_units("制造，女儿。")
    assert [(u.sound, u.tone) for u in units][:4] == [("zh", 4), ("iii", 4), ("z", 4), ("ao", 4)]
    assert units[4] == Unit(PAUSE, mark=",")
    assert [u.sound for u in units[5:]] == ["n", "v", "er"]


def test_the_lexicon_decides_how_a_character_is_read() -> None:
    assert [u.tone for u in mandarin_units("单雄信", {"单": "shan4"})][:2] == [4, 4]


@pytest.mark.parametrize(
    ("syllable", "parts"),
    [
        ("zhuang", ("zh", "uang")),
        ("wo", ("uo",)),
        ("yu", ("v",)),
        ("ju", ("j", "v")),
        ("quan", ("q", "van")),
        ("lv", ("l", "v")),
        ("si", ("s", "ii")),
        ("shi", ("sh", "iii")),
        ("er", ("er",)),
        ("ang", ("ang",)),
        ("lue", ("l", "ve")),
        ("xyz", ()),
    ],
)
def test_syllables_split_into_initial_and_final(syllable: str, parts: tuple[str, ...]) -> None:
    assert mandarin.split(syllable) == parts


def test_what_is_no_syllable_is_refused_by_name() -> None:
    with pytest.raises(TextUnspeakable, match="xyz"):
        mandarin.syllable_units("xyz4", 0)


def test_every_final_has_its_time_shared_out() -> None:
    for sound in mandarin.INVENTORY[1:]:
        assert sum(share for _, share in mandarin.IPA[sound]) == pytest.approx(1.0)


def test_places_tell_edges_and_the_mark_that_ends_a_phrase() -> None:
    units = (Unit("a", 0, 0), Unit("b", 0, 1), Unit(PAUSE, mark="?"), Unit("a", 0, 2))
    assert [span[2] for span in phrases(units)] == ["?", ""]
    found = places(units, "en")
    assert found[0, 0] == 1 and found[1, 9] == 1  # a word begins; the phrase is a question
    assert not places(units, "zh")[:, 4:].any()  # single words know nothing of phrases


def test_frames_know_where_in_their_sound_they_stand() -> None:
    unit, place = within(np.array([[3, 5], [5, 9]]))
    assert unit.tolist() == [0, 0, 1, 1, 1, 1]
    assert place[:, 0].tolist() == pytest.approx([0.25, 0.75, 0.125, 0.375, 0.625, 0.875])
    assert place[2, 1] == 0 and place[5, 2] == 0
