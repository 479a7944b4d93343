"""Mandarin syllables as units: an initial and a final, both with the syllable's tone."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from studio.errors import TextUnspeakable
from studio.voice.language.pinyin import of_tokens
from studio.voice.language.tokens import Token
from studio.voice.own.units import PAUSE, Unit

INITIALS = (
    *("b", "p", "m", "f", "d", "t", "n", "l", "g", "k", "h", "j", "q", "x", "zh", "ch", "sh", "r", "z", "c", "s"),
)
FINALS = (
    *(
        "a",
        "o",
        "e",
        "ai",
        "ei",
        "ao",
        "ou",
        "an",
        "en",
        "ang",
        "eng",
        "ong",
        "er",
        "i",
        "ia",
        "ie",
        "iao",
        "iu",
        "ian",
    ),
    *("in", "iang", "ing", "iong", "u", "ua", "uo", "uai", "ui", "uan", "un", "uang", "v", "ve", "van", "vn"),
    *("ii", "iii"),
)
"""As pinyin writes them, ü as v; ii is the vowel of zi ci si, iii that of zhi chi shi ri."""
INVENTORY = (PAUSE, *INITIALS, *FINALS)
IPA: dict[str, tuple[tuple[str, float], ...]] = {
    "b": (("p", 1.0),),
    "p": (("pʰ", 1.0),),
    "m": (("m", 1.0),),
    "f": (("f", 1.0),),
    "d": (("t", 1.0),),
    "t": (("tʰ", 1.0),),
    "n": (("n", 1.0),),
    "l": (("l", 1.0),),
    "g": (("k", 1.0),),
    "k": (("kʰ", 1.0),),
    "h": (("x", 1.0),),
    "j": (("tɕ", 1.0),),
    "q": (("tɕʰ", 1.0),),
    "x": (("ɕ", 1.0),),
    "zh": (("tʂ", 1.0),),
    "ch": (("tʂʰ", 1.0),),
    "sh": (("ʂ", 1.0),),
    "r": (("ɻ", 1.0),),
    "z": (("ts", 1.0),),
    "c": (("tsʰ", 1.0),),
    "s": (("s", 1.0),),
    "a": (("a", 1.0),),
    "o": (("o", 1.0),),
    "e": (("ɤ", 1.0),),
    "ai": (("ai", 1.0),),
    "ei": (("ei", 1.0),),
    "ao": (("ɑu", 1.0),),
    "ou": (("ou", 1.0),),
    "an": (("a", 0.6), ("n", 0.4)),
    "en": (("ə", 0.55), ("n", 0.45)),
    "ang": (("ɑ", 0.6), ("ŋ", 0.4)),
    "eng": (("ə", 0.55), ("ŋ", 0.45)),
    "ong": (("ʊ", 0.55), ("ŋ", 0.45)),
    "er": (("ɚ", 1.0),),
    "i": (("i", 1.0),),
    "ia": (("j", 0.25), ("a", 0.75)),
    "ie": (("j", 0.3), ("ɛ", 0.7)),
    "iao": (("j", 0.2), ("ɑu", 0.8)),
    "iu": (("j", 0.25), ("ou", 0.75)),
    "ian": (("j", 0.2), ("ɛ", 0.45), ("n", 0.35)),
    "in": (("i", 0.6), ("n", 0.4)),
    "iang": (("j", 0.2), ("ɑ", 0.45), ("ŋ", 0.35)),
    "ing": (("i", 0.6), ("ŋ", 0.4)),
    "iong": (("j", 0.2), ("ʊ", 0.45), ("ŋ", 0.35)),
    "u": (("u", 1.0),),
    "ua": (("w", 0.25), ("a", 0.75)),
    "uo": (("w", 0.3), ("o", 0.7)),
    "uai": (("w", 0.2), ("ai", 0.8)),
    "ui": (("w", 0.25), ("ei", 0.75)),
    "uan": (("w", 0.2), ("a", 0.45), ("n", 0.35)),
    "un": (("w", 0.2), ("ə", 0.4), ("n", 0.4)),
    "uang": (("w", 0.2), ("ɑ", 0.45), ("ŋ", 0.35)),
    "v": (("y", 1.0),),
    "ve": (("y", 0.35), ("ɛ", 0.65)),
    "van": (("y", 0.25), ("ɛ", 0.4), ("n", 0.35)),
    "vn": (("y", 0.6), ("n", 0.4)),
    "ii": (("ɨ", 1.0),),
    "iii": (("ɨ", 1.0),),
}
"""Each initial and final in IPA, with the share of its time that each sound takes (rounded from segmentations of
isolated syllables; a nasal ending takes two fifths)."""
_WRITTEN_WHOLE = {
    **{"yi": "i", "ya": "ia", "yo": "o", "ye": "ie", "yao": "iao", "you": "iu", "yan": "ian", "yin": "in"},
    **{"yang": "iang", "ying": "ing", "yong": "iong", "wu": "u", "wa": "ua", "wo": "uo", "wai": "uai", "wei": "ui"},
    **{"wan": "uan", "wen": "un", "wang": "uang", "weng": "ueng", "yu": "v", "yue": "ve", "yuan": "van", "yun": "vn"},
}
_RARE = {
    **{"ueng": ("ong",), "ê": ("ei",), "io": ("ie",), "n": ("en",), "ng": ("eng",), "m": ("en",), "hm": ("eng",)},
    **{"hng": ("eng",), "uen": ("un",), "uei": ("ui",), "iou": ("iu",), "van": ("van",)},
}


def split(syllable: str) -> tuple[str, ...]:
    """Initial and final of a syllable without its tone: "zhuang" gives ("zh", "uang"), "wo" ("uo",).

    What is no syllable of Mandarin gives ().
    """
    if syllable in _WRITTEN_WHOLE:
        final = _WRITTEN_WHOLE[syllable]
        return _RARE.get(final, (final,))
    if syllable in FINALS[:13]:
        return (syllable,)
    if syllable in _RARE:
        return _RARE[syllable]
    initial = next((start for start in (syllable[:2], syllable[:1]) if start in INITIALS), "")
    final = syllable.removeprefix(initial)
    if initial in ("j", "q", "x") and final[:1] == "u":
        final = "v" + final[1:]
    if final == "i" and initial in ("z", "c", "s"):
        final = "ii"
    elif final == "i" and initial in ("zh", "ch", "sh", "r"):
        final = "iii"
    final = {"ue": "ve", "io": "ie"}.get(final, final)
    if not initial or final not in FINALS:
        return ()
    return initial, final


def units(tokens: Sequence[tuple[int, Token]]) -> tuple[Unit, ...]:
    """The units of Mandarin tokens, each with its place in the line, without a pause at either end.

    Raises:
        TextUnspeakable: the lexicon gives a reading that is no Mandarin.
    """
    found: list[Unit] = []
    for pause, group in groupby(tokens, key=lambda pair: pair[1].pause):
        run = list(group)
        if pause:
            if found:
                mark = next((token.said for _, token in run if token.said != ","), ",")
                found.append(Unit(PAUSE, mark=mark))
            continue
        for (index, _), syllables in zip(run, of_tokens([token for _, token in run]), strict=True):
            for syllable in syllables:
                found += syllable_units(syllable, index)
    while found and found[-1].sound == PAUSE:
        found.pop()
    return tuple(found)


def syllable_units(syllable: str, word: int) -> tuple[Unit, ...]:
    """The units of one toned syllable such as "zhuang4"; a final r ("huar1") becomes the sound er of its own.

    Raises:
        TextUnspeakable: it is no syllable of Mandarin.
    """
    base, tone = syllable.rstrip("12345"), int(syllable[-1]) if syllable[-1].isdigit() else 5
    parts = split(base)
    if not parts and base.endswith("r") and split(base[:-1]):
        parts = (*split(base[:-1]), "er")
    if not parts:
        raise TextUnspeakable(f'"{syllable}" is no syllable of Mandarin. Write it as pinyin, such as zhuang4.')
    return tuple(Unit(part, tone, word) for part in parts)
