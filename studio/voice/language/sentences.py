"""Long text cut where people breathe: after sentences, else at clause marks, else between groups of words."""

from __future__ import annotations

import re
from collections.abc import Sequence

from studio.voice.language.english_tables import ABBREVIATIONS, NEVER_LAST
from studio.voice.language.grouping import breaks, words

MAX_SENTENCE = 240  # characters, hanzi counting two; engines drift, and espeak-ng cuts words from about 800 letters on
_HAN = re.compile(r"[\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_SENTENCE_END = re.compile(r"[.!?…]+[\"'”’)\]]*(?=\s|$)|[。！？…]+[”’」』）]*|\n+")
_CLAUSE_END = re.compile(r"[,;:](?=\s)|[，；：、—](?![—”’」』])|\s[-–—]\s")
# Words that open a new group in English: a breath before them is natural.
_OPENS = (
    "and|but|or|nor|yet|so|because|although|though|while|when|where|who|whom|which|that|if|unless|until|since|"
    "before|after|as|"
    "than|whether|with|without|from|into|through|during|between|among|to|in|on|at|by|for|of"
)
_GROUP_START = re.compile(rf"\s(?=(?:{_OPENS})\s)", re.IGNORECASE)
_STARTERS = re.compile(
    r"\s+[\"'“‘(]?(?:He|She|It|They|We|I|You|The|A|An|This|That|These|Those|In|On|At|When|But|And|His|Her|Their|Our|My|"
    r"There|Then|After|Before|As|For|From|With|If|So|What|Who|How|Where|Once|One|Now|Today|Later|Born)\b"
)
_QUOTES = {"“": "”", "「": "」", "『": "』", "《": "》", "（": "）"}


def sentences(text: str) -> tuple[str, ...]:
    """`text` cut after sentences, and inside very long ones at clause marks, then between groups of words.

    Never inside a number, an address or an abbreviation; inside a quotation only where it is too long to be said at
    once. Each piece is stripped, and none is empty.
    """
    found: list[str] = []
    start = 0
    for match in _SENTENCE_END.finditer(text):
        if match[0][0] == "." and len(match[0].rstrip("\"'”’)]")) == 1 and _abbreviated(text, match.start()):
            continue
        if "\n" not in match[0] and _quoted(text[start : match.end()], text[match.end() :]):
            continue
        found.append(text[start : match.end()])
        start = match.end()
    found.append(text[start:])
    pieces = (piece for sentence in found for piece in _shortened(sentence.strip()))
    joined: list[str] = []
    for piece in pieces:
        # Marks alone ("…", a stray quotation mark) stay with what was said before.
        if any(char.isalnum() for char in piece) or not joined:
            joined.append(piece)
        else:
            joined[-1] += piece
    return tuple(piece for piece in joined if any(char.isalnum() for char in piece))


def _abbreviated(text: str, at: int) -> bool:
    """Whether the full stop at `at` belongs to a word rather than to the sentence."""
    word = re.search(r"[\w.]+$", text[:at])
    rest = text[at + 1 :]
    if not word or not rest.strip():
        return False
    bare = word[0].rpartition(".")[2] if word[0] not in ABBREVIATIONS else word[0]
    if word[0] in NEVER_LAST or bare in NEVER_LAST:
        return True
    initial = re.fullmatch(r"(?:[A-Za-z]\.)*[A-Z]|[ap]\.m", word[0])
    if not (word[0] in ABBREVIATIONS or (initial and word[0] != "I")):
        return False
    # "the U.S. Navy" goes on, "in the U.S. She" does not: a word that opens sentences tells them apart.
    single = len(word[0]) == 1 and initial
    return bool(single) or not _STARTERS.match(rest)


def _quoted(sentence: str, rest: str) -> bool:
    """Whether `sentence` ends inside a quotation that is short enough to stay whole."""
    for opening, closing in _QUOTES.items():
        if sentence.count(opening) > sentence.count(closing):
            end = rest.find(closing)
            longest = _longest(sentence)
            return end >= 0 and "\n" not in rest[:end] and len(sentence) + end <= longest
    return False


def _longest(sentence: str) -> int:
    return MAX_SENTENCE // 2 if _HAN.search(sentence) else MAX_SENTENCE


def _shortened(sentence: str) -> Sequence[str]:
    longest = _longest(sentence)
    pieces = []
    while len(sentence) > longest:
        cut = _cut(sentence[: longest + 1], longest)
        pieces.append(sentence[:cut].strip())
        sentence = sentence[cut:].strip()
    return [*pieces, sentence] if sentence else pieces


def _cut(window: str, longest: int) -> int:
    """Where a sentence that is too long is best cut: the last clause mark, group, space or word in its window."""

    def last(places: Sequence[int]) -> int:
        return max((place for place in places if longest // 3 < place <= longest), default=0)

    marks = last([match.end() for match in _CLAUSE_END.finditer(window)])
    if marks:
        return marks
    groups = (
        [match.end() for match in _GROUP_START.finditer(window)]
        if not _HAN.search(window)
        else _groups(window, phrases=True)
    )
    spaces = [match.end() for match in re.finditer(r"\s", window)]
    return last(groups) or last(spaces) or last(_groups(window, phrases=False)) or longest


def _groups(window: str, *, phrases: bool) -> list[int]:
    """Ends of words, or of prosodic phrases, in the runs of hanzi of `window`."""
    found = []
    for run in re.finditer(rf"{_HAN.pattern}+", window):
        parts = words(run[0])
        ends = [sum(map(len, parts[: index + 1])) for index in range(len(parts))]
        chosen = [ends[index] for index in breaks(parts)] if phrases else ends[:-1]
        found += [run.start() + end for end in chosen]
    return found
