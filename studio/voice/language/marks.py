"""Marks in a script that say how a line is spoken, taken out of it: `*emphasis*`, `[pause 1.5s]`, `[warm]…[/warm]`."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TypeVar

from studio.errors import TextUnspeakable
from studio.types import Emotion
from studio.voice.language import text as reading

MAX_PAUSE_S = 10  # a longer silence is a scene of its own
PAUSE_S = Fraction(4, 5)  # of a mark that names no length
ELLIPSIS_PAUSE_S = Fraction(9, 10)
SLOW, FAST = 0.82, 1.18  # of the pace around: clearly heard, and still calm
_STRONG = 1.5  # how much more than *word* the mark **word** says

_FEELINGS: dict[str, Emotion] = {
    "neutral": "neutral",
    "平静": "neutral",
    "warm": "warm",
    "温暖": "warm",
    "glad": "glad",
    "喜悦": "glad",
    "sad": "sad",
    "悲伤": "sad",
    "solemn": "solemn",
    "庄重": "solemn",
}
_TEMPOS = {"slow": SLOW, "慢": SLOW, "fast": FAST, "快": FAST}
_PAUSES = frozenset({"pause", "停"})
# Marks of other speech programs, which somebody may be used to: said aloud they would be a shock.
_FOREIGN = re.compile(
    "angry|break|breathe?|cough|excited|happy|laugh(?:s|ter)?|sighs?|silence|whispers?"
    "|停顿|呼吸|叹气|大笑|快乐|生气|笑|耳语|高兴"
)
_BRACKET = re.compile(r"\[([^\[\]\n]{1,40})\]|［([^［］\n]{1,40})］|【([^【】\n]{1,40})】")
_STARS = re.compile(r"[*＊]+")
_DOTS = re.compile(r"…{2,}|⋯{2,}")
_BACKSLASH = re.compile(r"\\(?=[*＊\[\]［］【】])")
_UNITS = "ms|毫秒|seconds|second|secs|sec|s|秒钟|秒"
_PAUSE = re.compile(rf"(?:pause|停)(?:\s*[:：]?\s*(\d+(?:\.\d*)?|\.\d+)\s*({_UNITS})?)?", re.I)
_STRENGTH = re.compile(r"[^\s\d.:：]+(?:\s*[:：]?\s*(\d+(?:\.\d*)?|\.\d+)\s*([%％]?))?")
_TIMED = re.compile(rf"\S+\s+[\d.]+\s*(?:{_UNITS})", re.I)


@dataclass(frozen=True)
class Emphasis:
    """Characters that are said with weight."""

    start: int
    end: int
    """Exclusive."""
    strength: float = 1.0
    """1 *word*, 1.5 **word**."""


@dataclass(frozen=True)
class Pause:
    """A silence before a character."""

    at: int
    seconds: Fraction
    """s, as long as the whole silence is to be."""


@dataclass(frozen=True)
class Felt:
    """Characters that are said with a feeling."""

    start: int
    end: int
    """Exclusive."""
    emotion: Emotion
    strength: float = 1.0
    """0 … 1."""


@dataclass(frozen=True)
class Paced:
    """Characters that are said slower or faster."""

    start: int
    end: int
    """Exclusive."""
    rate: float
    """Of the pace around; below 1 is slower."""


@dataclass(frozen=True)
class Marked:
    """A line without its marks, and what they said. Places are indices into `text`."""

    text: str
    """What captions show: as `studio.voice.language.text.clean` gives it, which does not change it any more."""
    emphases: tuple[Emphasis, ...] = ()
    pauses: tuple[Pause, ...] = ()
    feelings: tuple[Felt, ...] = ()
    """In the order in which they open: an inner one comes after the one around it and goes before it."""
    tempos: tuple[Paced, ...] = ()


_Span = TypeVar("_Span", Emphasis, Felt, Paced)


@dataclass
class _Reader:
    """The line as far as it has been read."""

    kept: list[str] = field(default_factory=list)
    literal: set[int] = field(default_factory=set)
    emphases: list[Emphasis] = field(default_factory=list)
    pauses: list[Pause] = field(default_factory=list)
    feelings: list[Felt] = field(default_factory=list)
    tempos: list[Paced] = field(default_factory=list)
    opened: list[tuple[str, str, int, float]] = field(default_factory=list)
    """Name, the mark as written, where it opened, strength."""

    def keep(self, char: str) -> None:
        """Add a character; of the white space around a mark that is gone only one is left."""
        if char == " " and (not self.kept or self.kept[-1] in " \n"):
            return
        if char == "\n":
            while self.kept and self.kept[-1] == " ":
                self.kept.pop()
            if not self.kept or self.kept[-1] == "\n":
                return
        self.kept.append(char)


def read(text: str) -> Marked:
    r"""The marks of a line and the line without them; to be used before `studio.voice.language.text.read`.

    `*word*` and `**word**` stress; `[pause 1.5s]`, `[停 1.5秒]` and `……` (which stays written) make a silence;
    `[slow]…[/slow]`, `[fast]…[/fast]` (慢, 快) change the pace; `[warm]…[/warm]` and neutral, glad, sad, solemn
    (平静 温暖 喜悦 悲伤 庄重) change the feeling, `[warm 0.5]` by half. Stars and brackets that are no marks stay:
    5 * 3, f***, [sic]; a backslash before one keeps it, too.

    Raises:
        TextUnspeakable: a mark that is unknown, misspelt, not closed, or closes what was never opened; it is named.
    """
    line = reading.clean(text)
    reader = _Reader()
    stars = _star_pairs(line)
    at = 0
    while at < len(line):
        at = _step(line, at, reader, stars)
    if reader.opened:
        name, mark, *_ = reader.opened[-1]
        raise TextUnspeakable(f"The mark {mark} is not closed. Write {mark}…{_closing(mark, name)} around the words.")
    while reader.kept and reader.kept[-1] in " \n":
        reader.kept.pop()
    return _finished(reader)


def _step(line: str, at: int, reader: _Reader, stars: dict[int, tuple[int, float]]) -> int:
    """Read what stands at `at`; where to go on."""
    if _BACKSLASH.match(line, at):
        reader.keep(line[at + 1])
        return at + 2
    if at in stars:
        length, strength = stars[at]
        _toggle(reader, line[at : at + length], strength)
        return at + length
    found = _BRACKET.match(line, at)
    if found and _bracket(found, line, reader):
        return found.end()
    dots = _DOTS.match(line, at)
    if dots:
        for char in dots[0]:
            reader.keep(char)
        reader.pauses.append(Pause(len(reader.kept), ELLIPSIS_PAUSE_S))
        return dots.end()
    reader.keep(line[at])
    return at + 1


def _star_pairs(line: str) -> dict[int, tuple[int, float]]:
    """Where stars open or close an emphasis: place → how many they are, and the strength.

    A star opens before a letter with no Latin letter or digit in front of it, and closes the other way round; so
    5 * 3, 2*3*4, f***, a footnote* and a row of *** are none.

    Raises:
        TextUnspeakable: one opens and none closes it in the same paragraph.
    """
    found: dict[int, tuple[int, float]] = {}
    opening: re.Match[str] | None = None
    for stars in [*_STARS.finditer(line), None]:
        if opening and (stars is None or "\n" in line[opening.end() : stars.start()]):
            word = re.match(r"\S{1,20}", line[opening.end() :])
            mark = opening[0] + (word[0] if word else "")
            raise TextUnspeakable(
                f'The mark "{mark}" is not closed. Write {opening[0]}…{opening[0]} around the words to stress, or a '
                "backslash before the star where it is meant."
            )
        if stars is None or len(stars[0]) > 2 or _escaped(line, stars.start()):
            continue
        before, after = line[: stars.start()][-1:], line[stars.end() :][:1]
        if opening and len(stars[0]) == len(opening[0]) and before.strip() and not _latin(after):
            strength = _STRONG if len(stars[0]) == 2 else 1.0
            found[opening.start()] = found[stars.start()] = (len(stars[0]), strength)
            opening = None
        elif not opening and _speakable(after) and not _latin(before):
            opening = stars
    return found


def _latin(char: str) -> bool:
    return char.isalnum() and not "\u2e80" <= char <= "\U0003ffff"


def _speakable(char: str) -> bool:
    """Does a word begin here? Quotation marks and other marks may stand before it."""
    return bool(char) and (char.isalnum() or unicodedata.category(char) in ("Pi", "Ps") or char in "\"'[［【")


def _escaped(line: str, at: int) -> bool:
    return at > 0 and bool(_BACKSLASH.match(line, at - 1))


def _toggle(reader: _Reader, mark: str, strength: float) -> None:
    for place in reversed(range(len(reader.opened))):
        if reader.opened[place][1] == mark:
            _, _, start, _ = reader.opened.pop(place)
            reader.emphases.append(Emphasis(start, len(reader.kept), strength))
            return
    reader.opened.append(("*", mark, len(reader.kept), strength))


def _bracket(found: re.Match[str], line: str, reader: _Reader) -> bool:
    """Take in a mark in brackets; False where it is none and stays in the line.

    Raises:
        TextUnspeakable: see `read`.
    """
    mark, inside = found[0], next(group for group in found.groups() if group is not None).strip()
    name = re.split(r"[\s:：\d.]", inside.lower().lstrip("/／ "), maxsplit=1)[0]
    if inside[:1] in "/／":
        _close(reader, mark, inside[1:].strip().lower())
        return True
    if name in _PAUSES:
        reader.pauses.append(Pause(len(reader.kept), _seconds(mark, inside)))
        return True
    if name in _FEELINGS or name in _TEMPOS:
        reader.opened.append((name, mark, len(reader.kept), _strength(mark, inside, feeling=name in _FEELINGS)))
        return True
    closed = re.search(rf"[\[［【]\s*[/／]\s*{re.escape(name)}\s*[\]］】]", line[found.end() :], re.I) if name else None
    if closed or _FOREIGN.fullmatch(name) or _TIMED.fullmatch(inside):
        raise _unknown(mark)
    return False


def _close(reader: _Reader, mark: str, name: str) -> None:
    meant = _FEELINGS.get(name, _TEMPOS.get(name))
    if meant is None:
        raise _unknown(mark)
    for place in reversed(range(len(reader.opened))):
        opened, _, start, strength = reader.opened[place]
        if meant != _FEELINGS.get(opened, _TEMPOS.get(opened)):
            continue
        reader.opened.pop(place)
        if name in _FEELINGS:
            reader.feelings.append(Felt(start, len(reader.kept), _FEELINGS[name], strength))
        else:
            reader.tempos.append(Paced(start, len(reader.kept), _TEMPOS[name]))
        return
    raise TextUnspeakable(
        f"The mark {mark} closes what was never opened. Write {mark[0]}{name}{mark[-1]} before the words it is for."
    )


def _seconds(mark: str, inside: str) -> Fraction:
    said = _PAUSE.fullmatch(inside)
    if said is None:
        raise TextUnspeakable(f"How long the pause {mark} is to be cannot be read. Write [pause 1.5s] or [停 1.5秒].")
    seconds = Fraction(said[1]) if said[1] else PAUSE_S
    if said[2] and said[2].lower() in ("ms", "毫秒"):
        seconds /= 1000
    if not 0 < seconds <= MAX_PAUSE_S:
        raise TextUnspeakable(f"The pause {mark} is too long or too short. Write one of up to {MAX_PAUSE_S} seconds.")
    return seconds


def _strength(mark: str, inside: str, *, feeling: bool) -> float:
    said = _STRENGTH.fullmatch(inside)
    strength = 1.0 if said is None or not said[1] else float(said[1]) / (100 if said[2] else 1)
    if said is None or not 0 <= strength <= 1 or (said[1] and not feeling):
        example = "[warm], or [warm 0.5] for half of it" if feeling else "[slow] or [fast], without a number"
        raise TextUnspeakable(f"The mark {mark} cannot be read. Write {example}.")
    return strength


def _closing(mark: str, name: str) -> str:
    return mark if name == "*" else f"{mark[0]}/{name}{mark[-1]}"


def _unknown(mark: str) -> TextUnspeakable:
    return TextUnspeakable(
        f"The mark {mark} is not known. Marks are *word*, [pause 1.5s], [slow], [fast] and the feelings "
        "[neutral], [warm], [glad], [sad], [solemn] (停 慢 快 平静 温暖 喜悦 悲伤 庄重), all but the pause closed as "
        "in [/slow]. If the brackets are meant to be read, write a backslash before the first."
    )


def _finished(reader: _Reader) -> Marked:
    """Places brought to the first and the last letter they are for; what is empty is left out."""
    text = "".join(reader.kept)

    def trimmed(start: int, end: int) -> tuple[int, int]:
        inside = text[start:end]
        return start + len(inside) - len(inside.lstrip()), start + len(inside.rstrip())

    def placed(spans: list[_Span]) -> tuple[_Span, ...]:
        moved = [replace(span, start=at[0], end=at[1]) for span in spans for at in [trimmed(span.start, span.end)]]
        # Of two that open together the longer one comes first: it is around the other.
        return tuple(sorted((span for span in moved if span.start < span.end), key=lambda s: (s.start, -s.end)))

    pauses = tuple(Pause(min(pause.at, len(text)), pause.seconds) for pause in reader.pauses)
    return Marked(text, placed(reader.emphases), pauses, placed(reader.feelings), placed(reader.tempos))
