"""espeak-ng's names of sounds, to and from IPA."""

from __future__ import annotations

import re

from studio.errors import TextUnspeakable

_TO_IPA = {
    "ts.h": ("tʂʰ",),
    "ts.": ("tʂ",),
    "tsh": ("tsʰ",),
    "tɕh": ("tɕʰ",),
    "s.": ("ʂ",),
    "ph": ("pʰ",),
    "th": ("tʰ",),
    "kh": ("kʰ",),
    "χ": ("x",),
    "o-": ("ɤ",),
    "i.": ("ɨ",),
    "i̪": ("ɨ",),
    "ŋ-": ("ŋ",),
    "yi": ("y",),
    "ər": ("ɚ",),
    "onɡ": ("ʊ", "ŋ"),
    "o\u2011n\u0261": ("ʊ", "ŋ"),
}
"""Mandarin sounds whose names in espeak-ng are no IPA, and the one written as one that is two."""

_FROM_IPA = {
    "tʃ": "tS",
    "dʒ": "dZ",
    "ʃ": "S",
    "ʒ": "Z",
    "θ": "T",
    "ð": "D",
    "ŋ": "N",
    "ɹ": "r",
    "ɾ": "t",
    "ɡ": "g",
    "iː": "i:",
    "ɪə": "i@",
    "ɪ": "I",
    "eɪ": "eI",
    "eə": "e@",
    "ɛ": "E",
    "e": "E",
    "æ": "a",
    "aɪ": "aI",
    "aʊ": "aU",
    "a": "a",
    "ɑː": "A:",
    "ɑ": "A:",
    "ɒ": "0",
    "ɔɪ": "OI",
    "ɔː": "O:",
    "ɔ": "O:",
    "oʊ": "oU",
    "əʊ": "oU",
    "o": "oU",
    "ʊə": "U@",
    "ʊ": "U",
    "uː": "u:",
    "u": "u:",
    "ʌ": "V",
    "ɜː": "3:",
    "ɝ": "3:",
    "ɜ": "3:",
    "ɚ": "3",
    "ə": "@",
    "ˈ": "'",
    "ˌ": ",",
    ".": "",
    " ": "||",
} | {char: char for char in "pbtdkgfvszhmnlwjri"}
_SOUND = re.compile("|".join(sorted(map(re.escape, _FROM_IPA), key=len, reverse=True)))

# cmn-latn-pinyin of espeak-ng 1.52 has no rule for these syllables and says them as English.
_UNRULED = {"xiong": "S;'yong", "qiong": "tS;h'yong", "jiong": "tS;'yong"}
_TONES = {"1": "55", "2": "35", "3": "214", "4": "51", "5": "11"}
_RESPELLED = {"hm": "heng", "hng": "heng", "m": "mu", "ê": "ei", "wong": "weng", "n": "en", "ng": "eng", "o": "ou"}


def ipa(name: str) -> tuple[tuple[str, ...], int]:
    """IPA symbols of one espeak-ng sound, without marks of stress, and its stress: 0 none, 1 secondary, 2 primary.

    Silence and changes of language give ("",).
    """
    stress = 2 if "ˈ" in name else 1 if "ˌ" in name else 0
    plain = re.sub(r"\([a-z-]+\)|[ˈˌ_|]", "", name)
    return _TO_IPA.get(plain, (plain,)), stress


def from_ipa(said: str) -> str:
    """[[…]] for English espeak-ng from "/ˈhɒpə/".

    Raises:
        TextUnspeakable: a symbol that English does not have.
    """
    symbols = said.strip().strip("/[]")
    unknown = _SOUND.sub("", symbols)
    if unknown or not symbols:
        raise TextUnspeakable(
            f'The lexicon gives "{said}", but "{unknown}" is no sound of English IPA. '
            "Correct it, or write how the word sounds in plain letters."
        )
    return f"[[{_SOUND.sub(lambda m: _FROM_IPA[m[0]], symbols)}]]"


def pinyin(syllable: str) -> str:
    """One syllable as espeak-ng's cmn-latn-pinyin reads it without a mistake."""
    base, tone = syllable[:-1], syllable[-1]
    if base in _UNRULED:
        return f"[[{_UNRULED[base]}{_TONES[tone]}]]"
    return _RESPELLED.get(base, base) + tone
