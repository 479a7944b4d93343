"""Hanzi to pinyin: as a dictionary gives it, and as it is spoken."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal

from studio.voice.language import names, polyphones, tones
from studio.voice.language.grouping import words
from studio.voice.language.tokens import Token
from studio.voice.language.vocabulary import phrases

Source = Literal["only", "phrase", "context", "name", "lexicon", "usual"]
_ACCENTS = {"\u0304": "1", "\u0301": "2", "\u030c": "3", "\u0300": "4"}
_MARKS = {tone: accent for accent, tone in _ACCENTS.items()}
_GIVEN = "{"  # stands in a line of hanzi for a character whose reading the lexicon gives
# Characters that 儿 joins: 花儿 is one syllable; 女儿, 婴儿, 儿童 keep it.
_ROUNDED = frozenset("花会点块这那哪玩事味画歌曲词字门馆草鱼头孩天伴劲口样活圈盘官空今明昨趟份鸟")
_NOT_ROUNDED = frozenset({"孩儿们", "少儿"})


@dataclass(frozen=True)
class Reading:
    """One character and how it is said."""

    hanzi: str
    syllable: str
    """As a dictionary gives it, with the tone as a digit (5 is neutral) and ü as v."""
    source: Source
    """What decided: it has only one reading, a word that is known, the characters around it, a name, the lexicon; or
    nothing, and it is the usual one."""
    word: str
    """The word it stands in."""
    others: tuple[str, ...] = ()
    """Other readings, where nothing decided and a wrong one is likely."""


def syllables(hanzi: str, lexicon: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """One syllable a character, tone as a digit (5 is the neutral tone), ü as v: 女儿 gives ("nv3", "er2").

    Neutral tones and the tone changes of 不 and 一 are made here; that of two third tones is left to who speaks: see
    `spoken`. A 儿 that joins the syllable before it (花儿, said huar1) is "er5"; one of its own (女儿) "er2".

    Args:
        hanzi: hanzi only.
        lexicon: a word and its pinyin, for names and for characters with several readings ("单": "shan4").

    Raises:
        ValueError: a lexicon entry has not one syllable a character, or a character has no reading.
    """
    return tuple(_changed(readings(hanzi, lexicon), third=False))


def spoken(hanzi: str, lexicon: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """The tones that are heard: as `syllables`, and third tones in a row changed by feet: 展览馆 is zhan2 lan2 guan3.

    Raises:
        ValueError: see `syllables`.
    """
    return tuple(_changed(readings(hanzi, lexicon), third=True))


def of_tokens(tokens: Sequence[Token], *, third: bool = True) -> list[tuple[str, ...]]:
    """The syllables of each token of one stretch of Mandarin without a pause; the lexicon's {pinyin} in its place.

    Args:
        third: with third tones changed, see `spoken`.
    """
    spans, hanzi, given = [], "", {}
    for token in tokens:
        own = token.said.strip("{}") if token.said[:1] == _GIVEN else ""
        if own:
            given[len(hanzi)] = own
        spans.append((len(hanzi), len(hanzi) + (1 if own else len(token.said))))
        hanzi += "〇" if own else token.said
    said = _changed(_with(readings(hanzi), given), third=third)
    return [tuple(said[start:end]) for start, end in spans]


def readings(hanzi: str, lexicon: Mapping[str, str] | None = None) -> tuple[Reading, ...]:
    """What each character is, before tones change, and what decided it.

    Raises:
        ValueError: see `syllables`.
    """
    parts = words(hanzi)
    ruled = polyphones.settled(hanzi)
    family = names.family_readings(hanzi)
    found: list[Reading] = []
    for word in parts:
        found += _of_word(hanzi, len(found), word, ruled, family)
    given: dict[int, str] = {}
    for entry, said in sorted((lexicon or {}).items(), key=lambda pair: len(pair[0])):
        own = read(said)
        for at in (match.start() for match in re.finditer(re.escape(entry), hanzi)):
            if len(own) != len(entry):
                raise ValueError(f"{entry!r} has {len(entry)} characters but {said!r} has {len(own)} syllables")
            given.update(enumerate(own, at))
    return tuple(_with(found, given))


def _with(found: Sequence[Reading], given: Mapping[int, str]) -> list[Reading]:
    return [
        replace(reading, syllable=given[at], source="lexicon", others=()) if at in given else reading
        for at, reading in enumerate(found)
    ]


def _of_word(hanzi: str, at: int, word: str, ruled: Mapping[int, str], family: Mapping[int, str]) -> list[Reading]:
    fixed = polyphones.WORDS.get(word, "").split() if len(word) > 1 else []
    listed = fixed or (_phrase(word) if word in phrases() else ())
    found = []
    for offset, char in enumerate(word):
        place = at + offset
        all_of = _readings_of(char)
        source: Source
        if place in family:
            said, source = family[place], "name"
        elif listed and (fixed or place not in ruled):
            said, source = listed[offset], "phrase"
        elif place in ruled:
            said, source = ruled[place], "context"
        elif particle := polyphones.particles(hanzi, place, place + 1) if len(word) == 1 else "":
            said, source = particle, "context"
        else:
            said, source = all_of[0], "only" if len(all_of) == 1 else "usual"
        doubtful = (source == "usual" and char in polyphones.AMBIGUOUS) or (
            source == "name" and char in names.DOUBTFUL_FAMILY and not names.known(hanzi, place)
        )
        others = tuple(other for other in all_of if other != said)[:3] if doubtful else ()
        found.append(Reading(char, said, source, word, others))
    return found


def _changed(found: Sequence[Reading], *, third: bool) -> list[str]:
    """Syllables after the changes of running speech."""
    hanzi = "".join(reading.hanzi for reading in found)
    parts = _parts(found)
    said = [reading.syllable for reading in found]
    own = {at for at, reading in enumerate(found) if reading.source == "lexicon"}
    light = tones.lightened(parts, said)
    said = [said[at] if at in own else light[at] for at in range(len(said))]
    for at, reading in enumerate(found):
        if reading.hanzi == "儿" and at and at not in own and _rounded(hanzi, at):
            said[at] = "er5"
    said = tones.of_one_and_not(hanzi, said)
    return tones.third_tones(parts, said) if third else said


def _rounded(hanzi: str, at: int) -> bool:
    after = hanzi[at + 1 : at + 2]
    return hanzi[at - 1] in _ROUNDED and hanzi[at - 1 : at + 2] not in _NOT_ROUNDED and after not in tuple("童女子园孙")


def _parts(found: Sequence[Reading]) -> list[str]:
    parts: list[str] = []
    at = 0
    while at < len(found):
        parts.append(found[at].word)
        at += len(found[at].word)
    return parts


@cache
def _readings_of(char: str) -> tuple[str, ...]:
    """Every reading of a character, the usual one first.

    Raises:
        ValueError: it has none.
    """
    from pypinyin import Style, pinyin

    own = polyphones.WORDS.get(char)
    found = pinyin(char, style=Style.TONE3, neutral_tone_with_five=True, v_to_u=False, heteronym=True, errors="ignore")
    if not found:
        raise ValueError(f"no reading is known for a character of {char!r}")
    every = [_plain(said) for said in found[0]]
    usual = own or _plain(pinyin(char, style=Style.TONE3, neutral_tone_with_five=True, v_to_u=False)[0][0])
    return tuple(dict.fromkeys([usual, *every]))


@cache
def _phrase(word: str) -> tuple[str, ...]:
    from pypinyin.constants import PHRASES_DICT

    return tuple(read(" ".join(part[0] for part in PHRASES_DICT[word])))


def _plain(syllable: str) -> str:
    said = syllable.replace("ü", "v")
    return said if said[-1].isdigit() else said + "5"


def read(pinyin: str) -> list[str]:
    """Syllables of written pinyin, with digits or with accents, joined or not: "Shàn Xióngxìn", "shan4 xiong2 xin4"."""
    found: list[str] = []
    for piece in re.split(r"[\s'’·-]+", pinyin.lower().strip()):
        for part in re.findall(r"[^\d]+[0-5]?", piece):
            found += (
                [f"{part[:-1].replace('u:', 'v').replace('ü', 'v')}{part[-1].replace('0', '5')}"]
                if part[-1].isdigit()
                else _cut(part)
            )
    return found


def _cut(joined: str) -> list[str]:
    """Accented syllables that are written as one word, longest first; what is no pinyin comes back whole."""
    letters: list[str] = []
    marks: list[str] = []
    for char in unicodedata.normalize("NFD", joined.replace("u:", "ü")):
        if char in _ACCENTS and letters:
            marks[-1] = _ACCENTS[char]
        elif char == "\u0308" and letters:
            letters[-1] = "v"
        else:
            letters.append("v" if char == "ü" else char)
            marks.append("")
    best: list[list[str] | None] = [[], *[None] * len(letters)]
    for end in range(1, len(letters) + 1):
        for start in range(max(0, end - 6), end):
            before, tone = best[start], "".join(marks[start:end])
            syllable = "".join(letters[start:end])
            if before is None or len(tone) > 1 or (syllable not in _known() and len(letters) != end - start):
                continue
            here = best[end]
            if here is None or len(before) + 1 < len(here):
                best[end] = [*before, syllable + (tone or "5")]
    whole = "".join(letters) + (next((mark for mark in marks if mark), "5"))
    return best[-1] or ([whole] if letters else [])


def known(syllable: str) -> bool:
    """Whether a syllable with its tone ("shan4", "nv3") exists in Mandarin."""
    return syllable[-1:] in tuple("12345") and syllable[:-1] in _known()


@cache
def _known() -> frozenset[str]:
    from pypinyin.constants import PINYIN_DICT

    plain = str.maketrans("āáǎàōóǒòēéěèīíǐìūúǔùǖǘǚǜü", "aaaaooooeeeeiiiiuuuuvvvvv")
    found = {said for every in PINYIN_DICT.values() for said in every.translate(plain).split(",")}
    return frozenset(said for said in found if said.isascii() and said.isalpha()) | {"lve", "nve"}


def accented(syllable: str) -> str:
    """A syllable as a book prints it: "nv3" is nǚ, "hao3" hǎo."""
    base, tone = syllable[:-1].replace("v", "ü"), syllable[-1]
    if tone not in _MARKS:
        return base
    vowels = [at for at, char in enumerate(base) if char in "aeiouü"]
    if not vowels:
        return base
    at = next((base.index(char) for char in "ae" if char in base), base.index("o") if "ou" in base else vowels[-1])
    return unicodedata.normalize("NFC", base[: at + 1] + _MARKS[tone] + base[at + 1 :])
