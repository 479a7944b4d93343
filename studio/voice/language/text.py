"""A written line made ready to be said: cleaned, checked, read out in words, cut into sentences."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace

from studio.errors import TextUnspeakable
from studio.types import Language
from studio.voice.language import english, mandarin
from studio.voice.language.lexicon import places, spoken
from studio.voice.language.sentences import MAX_SENTENCE, sentences
from studio.voice.language.tokens import Token

__all__ = ["MAX_CHARACTERS", "MAX_SENTENCE", "Line", "check", "clean", "normalise", "read", "sentences"]

MAX_CHARACTERS = 20_000  # about 20 minutes of speech: longer lines are scenes of their own
_NAMES = {"en": "English", "zh": "Chinese"}
_HAN = re.compile(f"[{mandarin.HAN}]")
# Digits and letters of double width; punctuation keeps its width, for it says which language it ends.
_FULL_WIDTH = {
    code: chr(code - 0xFEE0)
    for first, last in (("０", "９"), ("Ａ", "Ｚ"), ("ａ", "ｚ"))
    for code in range(ord(first), ord(last) + 1)
}
_ZERO = re.compile(
    "(?<=[〇零一二三四五六七八九○])○|○(?=[〇零一二三四五六七八九○年])"
)  # a circle typed for a Chinese nought
_FULL_WIDTH |= {ord("％"): "%", ord("＋"): "+", ord("－"): "-", ord("．"): ".", ord("／"): "/", ord("＄"): "$"}
_FULL_WIDTH |= {ord("’"): "'", ord("‘"): "'", ord("＆"): "&", ord("＝"): "=", ord("￥"): "¥", 0xA0: " ", 0x3000: " "}


@dataclass(frozen=True)
class Line:
    """A cleaned line and the pieces it is said in."""

    text: str
    """What captions show: the line as written, without emoji and control characters."""
    tokens: tuple[Token, ...]
    """In order; `text[token.start:token.end]` is what is shown for a token."""
    language: Language


def clean(text: str) -> str:
    """`text` without what nobody can see or say: control characters, joiners, emoji; white space made single.

    Letters are composed (NFC), typographic ligatures opened. Line breaks stay, as one "\\n" each.
    """
    kept = []
    text = "".join(unicodedata.normalize("NFKC", char) if "\ufb00" <= char <= "\ufb06" else char for char in text)
    text = _ZERO.sub("〇", text.replace("\r\n", "\n").replace("\r", "\n"))
    for char in unicodedata.normalize("NFC", text):
        category = unicodedata.category(char)
        if char == "\n":
            kept.append(char)
        elif category in ("Zs", "Zl", "Zp") or char == "\t":
            kept.append(" ")
        elif category == "So" and char not in "°℃℉㎡":
            kept.append(" ")  # emoji and dingbats
        elif category[0] != "C" and not _decorates(char):
            kept.append(char)
    return re.sub(r" *\n[ \n]*", "\n", re.sub(r" {2,}", " ", "".join(kept))).strip()


def _plain(line: str) -> str:
    """The line with digits and letters of every width and script made plain ones, character by character."""
    plain = line.translate(_FULL_WIDTH)
    return "".join(str(unicodedata.decimal(char)) if char.isdecimal() else char for char in plain)


def _decorates(char: str) -> bool:
    """Emoji parts that are no symbols of their own: variation selectors, skin tones, keycaps."""
    return "\ufe00" <= char <= "\ufe0f" or "\U0001f3fb" <= char <= "\U0001f3ff" or char == "\u20e3"


def check(text: str, language: Language) -> None:
    """Refuses a line that cannot be said.

    Raises:
        TextUnspeakable: nothing to say in it, letters of a script nobody here speaks, or too long.
    """
    if language not in _NAMES:
        raise TextUnspeakable(
            f"The language {language!r} is not spoken here. Choose en (English) or zh (Mandarin Chinese)."
        )
    line = _plain(clean(text))
    if len(line) > MAX_CHARACTERS:
        raise TextUnspeakable(
            f"The line has {len(line):,} characters; at most {MAX_CHARACTERS:,} are spoken at once. "
            "Split it into several lines."
        )
    foreign = [char for char in line if unicodedata.category(char)[0] in "LM" and not _readable(char)]
    if foreign:
        sample = "".join(dict.fromkeys(foreign))[:12]
        script = unicodedata.name(foreign[0], "UNKNOWN").split()[0].capitalize()
        raise TextUnspeakable(
            f'The letters "{sample}" ({script}) cannot be spoken as {_NAMES[language]}. '
            "English and Mandarin Chinese are supported: write the words in one of them."
        )
    if not any(char.isalnum() for char in line):
        shown = f'"{text.strip()[:20]}"' if text.strip() else "The line"
        raise TextUnspeakable(f"{shown} has nothing in it that can be said. Write the words to speak.")


def _readable(char: str) -> bool:
    if _HAN.match(char):
        return True
    name = unicodedata.name(char, "")
    return name.startswith(("LATIN", "COMBINING", "FEMININE ORDINAL", "MASCULINE ORDINAL", "MICRO SIGN"))


def read(text: str, language: Language, lexicon: Mapping[str, str] | None = None) -> Line:
    """The line and its pieces, each with what is said for it.

    Args:
        lexicon: a person's own words: word → respelling, /IPA/, {ARPAbet}, or pinyin for hanzi; see
            studio/voice/language/lexicon.py.

    Raises:
        TextUnspeakable: see `check`; or an entry of the lexicon that is used here cannot be read.
    """
    check(text, language)
    shown = clean(text)
    plain = _plain(shown)
    found: list[Token] = []
    at = 0
    for start, end, entry in places(plain, lexicon or {}):
        found += _read_plain(plain, at, start, language)
        found += spoken(plain, start, end, entry, (lexicon or {})[entry])
        at = end
    found += _read_plain(plain, at, len(plain), language)
    if all(token.pause for token in found):
        raise TextUnspeakable(f'"{shown[:20]}" has nothing in it that can be said. Write the words to speak.')
    return Line(shown, tuple(found), language)


def normalise(text: str, language: Language, lexicon: Mapping[str, str] | None = None) -> str:
    """The line in the words that will be spoken: "in 1906" gives "in nineteen oh six".

    Raises:
        TextUnspeakable: see `check`.
    """
    said = ""
    previous: Token | None = None
    for token in read(text, language, lexicon).tokens:
        joined = token.pause or previous is None or (token.language == "zh" and previous.language == "zh")
        said += token.said if joined else f" {token.said}"
        previous = token
    return said.strip()


def _read_plain(plain: str, start: int, end: int, language: Language) -> list[Token]:
    """Tokens of a stretch, each run of script by its own reader, at their places in the line."""
    piece = plain[start:end]
    if language == "zh":
        found = mandarin.tokens(piece)
    else:
        found = []
        # In an English line digits next to hanzi belong to them: 1952年.
        for match in re.finditer(
            rf"(?:\d*[{mandarin.HAN}][\d，。、！？；：％%]*)+|(?:(?!\d*[{mandarin.HAN}]).)+", piece, re.S
        ):
            reader = mandarin.tokens if _HAN.search(match[0]) else english.tokens
            found += [replace(t, start=t.start + match.start(), end=t.end + match.start()) for t in reader(match[0])]
    return [replace(token, start=token.start + start, end=token.end + start) for token in found]
