"""Readings of hanzi."""

from __future__ import annotations

import pytest

from studio.voice.language.pinyin import read, syllables


@pytest.mark.parametrize(
    ("hanzi", "said"),
    [
        ("银行", "yin2 hang2"),
        ("行长", "hang2 zhang3"),
        ("重庆", "chong2 qing4"),
        ("不是", "bu2 shi4"),
        ("不好", "bu4 hao3"),
        ("一个", "yi2 ge4"),
        ("一天", "yi4 tian1"),
        ("一九五二年", "yi1 jiu3 wu3 er4 nian2"),
        ("第一天", "di4 yi1 tian1"),
        ("看一看", "kan4 yi5 kan4"),
        ("妈妈", "ma1 ma5"),
        ("我们的", "wo3 men5 de5"),
        ("女儿", "nv3 er2"),
    ],
)
def test_readings_are_those_that_are_spoken(hanzi: str, said: str) -> None:
    assert " ".join(syllables(hanzi)) == said


def test_own_readings_win() -> None:
    assert syllables("单雄信", {"单": "Shàn"}) == ("shan4", "xiong2", "xin4")
    with pytest.raises(ValueError, match="1 characters"):
        syllables("单", {"单": "shan4 dan1"})


def test_written_pinyin_is_read_with_digits_and_accents() -> None:
    assert read("Shàn lǜ de") == ["shan4", "lv4", "de5"]
    assert read("nü3 lv4") == ["nv3", "lv4"]
