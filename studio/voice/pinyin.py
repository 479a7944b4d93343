"""Hanzi to pinyin with tones as they are spoken."""

from __future__ import annotations

import re
from collections.abc import Mapping

_LIGHT_SECOND = frozenset("爸妈爷奶哥姐弟妹叔舅姑婆公太谢宝星娃看想说听走试")  # said again, without a tone: 妈妈, 看看
_SYLLABLE = re.compile(r"[a-zü:]+[1-5]?")


def syllables(hanzi: str, lexicon: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """One syllable a character, tone as a digit (5 is the neutral tone), ü as v: 女儿 gives ("nv3", "er2").

    The tone changes of 不 and 一 are made here; that of two third tones is left to who speaks.

    Args:
        hanzi: hanzi only.
        lexicon: a word and its pinyin, for names and for characters with several readings ("单": "shan4").

    Raises:
        ValueError: a lexicon entry has not one syllable a character, or a character has no reading.
    """
    from pypinyin import Style, lazy_pinyin

    found = lazy_pinyin(
        hanzi,
        style=Style.TONE3,
        neutral_tone_with_five=True,
        v_to_u=False,
        errors="ignore",
    )
    if len(found) != len(hanzi):
        raise ValueError(f"no reading is known for a character of {hanzi!r}")
    found = _sandhi(hanzi, [syllable.replace("ü", "v") for syllable in found])
    for word, said in (lexicon or {}).items():
        own = read(said)
        for at in (m.start() for m in re.finditer(re.escape(word), hanzi)):
            if len(own) != len(word):
                raise ValueError(f"{word!r} has {len(word)} characters but {said!r} has {len(own)} syllables")
            found[at : at + len(word)] = own
    return tuple(found)


def read(pinyin: str) -> list[str]:
    """Syllables of written pinyin, with digits or with accents: "Shàn xióng" and "shan4 xiong2" alike."""
    from pypinyin.contrib.tone_convert import to_tone3

    pieces = _SYLLABLE.findall(
        " ".join(to_tone3(piece, neutral_tone_with_five=True) for piece in pinyin.lower().split())
    )
    return [re.sub("u:|ü", "v", piece if piece[-1].isdigit() else piece + "5") for piece in pieces]


def _sandhi(hanzi: str, found: list[str]) -> list[str]:
    """不 before a fourth tone rises; 一 rises before a fourth tone and falls before the others.

    一 keeps its own tone at the end, in ranks and where digits are read one by one. The second of two like
    characters of kinship or of a short try loses its tone (Standard Mandarin, as primers teach it).
    """
    said = list(found)
    for at in range(1, len(hanzi)):
        if hanzi[at] == hanzi[at - 1] and hanzi[at] in _LIGHT_SECOND:
            said[at] = said[at][:-1] + "5"
    for at, char in enumerate(hanzi[:-1]):
        following = found[at + 1][-1]
        if char == "不" and found[at].startswith("bu") and following == "4":
            said[at] = "bu2"
        elif char == "一" and found[at].startswith("yi"):
            around = hanzi[max(at - 1, 0) : at] + hanzi[at + 1]
            if any(c in "零〇一二三四五六七八九十第月日号点年初周" for c in around):
                said[at] = "yi1"
            elif at > 0 and hanzi[at - 1] == hanzi[at + 1] and "一" not in hanzi[max(at - 2, 0) : at]:
                said[at] = "yi5"
            else:
                said[at] = "yi2" if following == "4" else "yi4"
    return said
