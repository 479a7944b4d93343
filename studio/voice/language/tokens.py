"""The pieces of a line: what is written, and what is said for it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from studio.types import Language


@dataclass(frozen=True)
class Token:
    """One piece of a line that is shown and said as one."""

    start: int
    """Index of its first character in the line."""
    end: int
    """Index after its last character."""
    said: str
    """Words in plain letters, hanzi, /IPA/ between slashes, or {pinyin} of a lexicon in braces; for punctuation the
    mark alone: , . ? !"""
    language: Language
    pause: bool = False
    """True for punctuation: nothing is said."""
    rule: str = ""
    """What decided the reading: "year", "money", "lexicon", …; "" where it is said as it is written."""
    sounds: str = ""
    """/IPA/ where the letters of `said` would be read wrong and the words around tell how (live, read): for who
    can be given sounds."""


def listed(text: str) -> tuple[str, ...]:
    """The words of a table that is written as one text."""
    return tuple(text.split())


Say = Callable[[re.Match[str]], str]


@dataclass(frozen=True)
class Rule:
    """A pattern of written text and how it is said."""

    pattern: re.Pattern[str]
    say: Say
    name: str = ""


def rule(name: str, pattern: str, say: Say, flags: int = 0) -> Rule:
    """A Rule from a pattern in re.VERBOSE-free syntax; `name` is what a preview calls it."""
    return Rule(re.compile(pattern, flags), say, name)


ODD_NUMBERS = "".join(char for char in map(chr, range(0x80, 0x3007)) if unicodedata.category(char) in ("No", "Nl"))
"""Numbers that are one character: ½ ² ① Ⅷ; `unicodedata.numeric` gives their value."""


MARKS = {
    **dict.fromkeys(",;:，、；：—–‒―()（）[]【】", ","),
    **dict.fromkeys(".。…⋯", "."),
    **dict.fromkeys("?？", "?"),
    **dict.fromkeys("!！", "!"),
    "\n": ".",
}
"""Every mark that makes a pause, and which one."""


def mark(text: str, at: int, language: Language) -> Token | None:
    """The punctuation at `at`, if any."""
    said = MARKS.get(text[at])
    return None if said is None else Token(at, at + 1, said, language, pause=True)
