"""Hanzi grouped into words, and words into the phrases that are said in one breath."""

from __future__ import annotations

from collections.abc import Sequence

from studio.voice.language.names import FAMILY, full_name
from studio.voice.language.polyphones import WORDS
from studio.voice.language.tokens import listed
from studio.voice.language.tones import FULL_ZI, LIGHT
from studio.voice.language.vocabulary import COMMON, FUNCTION, phrases

_LONGEST = 8  # characters of a word
# Costs of a word, tuned so that frequent words win over rare ones, and rare ones over single characters.
_COMMON, _FUNCTION, _SINGLE, _NAME = 0.9, 0.9, 1.45, 1.15
_PHRASE = {2: 1.5, 3: 1.4}
_LONG_PHRASE = 1.1
_NUMERALS = frozenset("零〇一二三四五六七八九十百千万亿两幺点")
_OPENING = frozenset(
    listed(
        "和 与 跟 但 但是 可是 不过 然而 而 而且 并 并且 以及 或者 或 因为 所以 因此 于是 如果 虽然 尽管 为了 为 把 "
        "被 让 使 从 在 当 向 对 对于 "
        "关于 由于 根据 通过 经过 按照 随着 沿着 就 也 都 才 却 又 还 是 不是 就是 曾 曾经 已经 仍然 依然 终于 一直 "
        "始终 永远"
    )
)
_CLOSING = frozenset(listed("时候 以后 之后 以前 之前 时 后 前 以来 来说 来讲 而言 期间 的话"))
_CLINGING = frozenset(listed("的 地 得 了 着 过 吗 呢 吧 啊 们 里 上 下 中 之"))
_LONG = 7  # syllables that are said without a breath at least
_SHORT = 4  # no phrase is shorter


def words(hanzi: str) -> tuple[str, ...]:
    """`hanzi` cut into words: 他曾经是银行的行长 gives 他 曾经 是 银行 的 行长.

    A dynamic program over the cheapest sequence of known words; names after 叫 or before 先生 count as words.

    Args:
        hanzi: hanzi only, without marks; "" gives ().
    """
    best = [0.0] + [float("inf")] * len(hanzi)
    start_of = [0] * (len(hanzi) + 1)
    for end in range(1, len(hanzi) + 1):
        for start in range(max(0, end - _LONGEST), end):
            cost = best[start] + _cost(hanzi, start, end)
            if cost < best[end]:
                best[end], start_of[end] = cost, start
    found: list[str] = []
    end = len(hanzi)
    while end:
        found.append(hanzi[start_of[end] : end])
        end = start_of[end]
    return tuple(reversed(found))


def _cost(hanzi: str, start: int, end: int) -> float:
    word = hanzi[start:end]
    if len(word) == 1:
        return _FUNCTION if word in FUNCTION else _SINGLE
    if word in COMMON or word in LIGHT or word in WORDS or word in FULL_ZI:
        return _COMMON
    if word in phrases():
        return _PHRASE.get(len(word), _LONG_PHRASE)
    if all(char in _NUMERALS for char in word):
        return _COMMON
    if 2 <= len(word) <= 4 and full_name(hanzi, start, end):
        return _NAME
    if len(word) == 2 and word[0] in "老小阿" and word[1] in FAMILY:
        return _NAME + 0.3
    return float("inf")


def breaks(words: Sequence[str]) -> tuple[int, ...]:
    """After which words (indices) a short pause is natural in a long clause; () where it is said in one breath.

    Before a conjunction, a preposition or an adverb that opens the predicate, after a phrase of time; never before 的
    or another word that leans on the one before it, and with at least four syllables on either side.
    """
    total = sum(map(len, words))
    if total <= _LONG + _SHORT:
        return ()
    found: list[int] = []
    since = said = 0
    for index, word in enumerate(words[:-1]):
        since, said = since + len(word), said + len(word)
        following = words[index + 1]
        if since < _SHORT or total - said < _SHORT or following in _CLINGING:
            continue
        natural = following in _OPENING or word in _CLOSING or (word == "了" and since >= _LONG)
        if (natural and since >= _SHORT + 1) or (since >= 2 * _LONG and word not in FUNCTION):
            found.append(index)
            since = 0
    return tuple(found)
