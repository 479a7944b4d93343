"""Captions from the times of the words: when each line is on screen, and the three formats it is written in."""

from __future__ import annotations

import difflib
import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import accumulate, pairwise

from studio.edit.phrases import LEADERS, inner_breaks
from studio.types import Language, Speech

# Netflix timed-text guides: 42 Latin or 16 Chinese characters a line, two lines, 20 characters a second (17 for
# children), 7 s at most, two frames between cues. BBC guides ask for 1 s at least.
# Lengths are counted in Latin letters; a Chinese character is as wide as two.
LINE_LENGTH = {"en": 42, "zh": 32}
NARROW_LINE_LENGTH = {"en": 28, "zh": 24}
MAX_LINES = 2
SHORTEST = Fraction(1)
LONGEST = Fraction(7)
READING_SPEED = {"en": 20, "zh": 18}  # letters a second
GAP_FRAMES = 2
_LINGER = Fraction(1)  # s a cue may stay after its last word so that it can be read to its end

_CLOSERS = "，。！？；：、,.!?;:…—”’）》」』】)]}\"'"
_OPENERS = "“‘（《「『【([{"
_SENTENCE_ENDS = "。！？!?.…"
_PAUSES = "，；：、,;:—"


@dataclass(frozen=True)
class Cue:
    """A caption and when it is on screen."""

    start: Fraction
    end: Fraction
    """s of the film; end is exclusive."""
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """The lines as one text."""
        return "\n".join(self.lines)


@dataclass(frozen=True)
class _Token:
    """A word with its punctuation, or a Chinese character with its own."""

    text: str
    start: Fraction
    end: Fraction
    spaced: bool
    """Is there a blank before it?"""
    torn: bool = False
    """Would a break before it tear a phrase?"""
    leads: bool = False
    """Does it only lead in what follows, so that no caption may end with it?"""


@dataclass(frozen=True)
class Tag:
    """What is written with the captions of a line besides its words."""

    speaker: str = ""
    """Before the first of them: who speaks."""
    mark: str = ""
    """Before each of them: a sign for where the words come from."""


def cues(
    speeches: Sequence[tuple[Fraction, Speech]],
    *,
    frame_rate: Fraction,
    size: tuple[int, int] = (16, 9),
    tags: Sequence[Tag] = (),
) -> tuple[Cue, ...]:
    """Captions for lines that begin at the given times of the film.

    Args:
        speeches: (s of the film, line), in order. A line whose text is not known gets no caption.
        frame_rate: of the film; captions begin and end on its frames.
        size: canvas W, H; in an upright one the lines are shorter.
        tags: one for each line, or none at all.

    Returns:
        In order, never overlapping, two frames or more apart.
    """
    found: list[Cue] = []
    for (offset, speech), tag in zip(speeches, tags or [Tag()] * len(speeches), strict=True):
        mark = f"{tag.mark} " if tag.mark else ""
        limit = (NARROW_LINE_LENGTH if size[0] < size[1] else LINE_LENGTH)[speech.language] - width(mark)
        tokens = _introduced(_tokens(speech), tag.speaker, speech.language)
        for group in _groups(tokens, limit, speech.language):
            lines = _layout(group, limit)
            wanted = Fraction(sum(map(width, lines)), READING_SPEED[speech.language])
            start = offset + group[0].start
            said = offset + group[-1].end
            end = max(said, min(max(start + wanted, start + SHORTEST), said + _LINGER))
            found.append(Cue(start, end, (mark + lines[0], *lines[1:])))
    return _apart(found, frame_rate)


def to_srt(captions: Sequence[Cue]) -> str:
    """SubRip text."""
    blocks = (f"{n}\n{_clock(c.start, ',')} --> {_clock(c.end, ',')}\n{c.text}\n" for n, c in enumerate(captions, 1))
    return "\n".join(blocks)


def to_vtt(captions: Sequence[Cue], note: str = "") -> str:
    """WebVTT text; `note` is for people who open the file, players do not show it."""
    blocks = (f"{_clock(c.start, '.')} --> {_clock(c.end, '.')}\n{_vtt_escape(c.text)}\n" for c in captions)
    # An arrow or an empty line would end the note.
    told = " ".join(note.split()).replace("-->", "→")
    return "WEBVTT\n\n" + (f"NOTE {told}\n\n" if told else "") + "\n".join(blocks)


def to_ass(captions: Sequence[Cue], *, size: tuple[int, int], family: str, lift: float = 0.0) -> str:
    """Advanced SubStation text for burning in: sizes and margins scaled to the canvas.

    Args:
        size: canvas W, H px.
        family: font family that covers the captions.
        lift: how much higher than usual they sit, as a share of the height (above a lower third).
    """
    across, height = size
    short = min(size)
    # libass counts a size from the font's ascent to its descent: 1.45 em in Noto.
    points = round(short * (0.066 if across >= height else 0.078))
    side = round(across * 0.06)
    # Players and phones lay buttons over the foot of an upright film.
    bottom = round(height * ((0.065 if across >= height else 0.13) + lift))
    # Outline and shadow: thin, dark, half see-through and softened by \\blur, so that text holds on any picture.
    style = (
        f"Style: Caption,{family},{points},&H00EEF4F8,&H00EEF4F8,&H50140F0C,&H90140F0C,0,0,0,0,100,100,"
        f"{points * 0.012:.2f},0,1,{points * 0.045:.2f},{points * 0.025:.2f},2,{side},{side},{bottom},1"
    )
    head = (
        "[Script Info]\nScriptType: v4.00+\nWrapStyle: 2\nScaledBorderAndShadow: yes\nYCbCr Matrix: TV.709\n"
        f"PlayResX: {across}\nPlayResY: {height}\n\n[V4+ Styles]\n"
        "Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic, "
        "Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, "
        f"MarginR, MarginV, Encoding\n{style}\n\n[Events]\n"
        "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
    )
    blur = f"{{\\blur{short / 500:.2f}\\fad(120,120)}}"
    events = (
        f"Dialogue: 0,{_centiseconds(c.start)},{_centiseconds(c.end)},Caption,,0,0,0,,"
        + blur
        + "\\N".join(_ass_escape(line) for line in c.lines)
        for c in captions
    )
    return head + "\n".join(events) + "\n"


def width(line: str) -> int:
    """Length of a line in Latin letters; Chinese characters and full-width marks count two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in line)


def _tokens(speech: Speech) -> tuple[_Token, ...]:
    """The words with their times, and where a line should not break."""
    tokens = _timed(speech)
    if speech.language != "zh":
        return tokens
    torn = inner_breaks("".join(token.text for token in tokens))
    position = 0
    marked = []
    for token in tokens:
        marked.append(replace(token, torn=position in torn))
        position += len(token.text)
    return tuple(marked)


def _introduced(tokens: tuple[_Token, ...], speaker: str, language: Language) -> tuple[_Token, ...]:
    """The words with who says them before them."""
    if not speaker or not tokens:
        return tokens
    first = tokens[0]
    lead = _Token(speaker + ("：" if language == "zh" else ":"), first.start, first.start, spaced=True, leads=True)
    return (lead, *tokens)


def _timed(speech: Speech) -> tuple[_Token, ...]:
    """The text as written, cut into words, each with the time of the word that was said.

    What is said is not always what is written ("1906" is several words), so the two are matched and what has no partner
    shares the time between its neighbours.
    """
    written = _cut(speech.text, speech.language)
    if not written:
        return ()
    spoken = [_bare(word.text) for word in speech.words]
    matcher = difflib.SequenceMatcher(None, [_bare(text) for text, _ in written], spoken, autojunk=False)
    starts: list[Fraction | None] = [None] * len(written)
    ends: list[Fraction | None] = [None] * len(written)
    for a, b, length in matcher.get_matching_blocks():
        for k in range(length):
            starts[a + k], ends[a + k] = speech.words[b + k].start, speech.words[b + k].end
    first = speech.words[0].start if speech.words else Fraction(0)
    last = speech.words[-1].end if speech.words else speech.audio.duration
    tokens: list[_Token] = []
    index = 0
    while index < len(written):
        start, end = starts[index], ends[index]
        if start is not None and end is not None:
            tokens.append(_Token(written[index][0], start, end, written[index][1]))
            index += 1
            continue
        stop = next((k for k in range(index, len(written)) if starts[k] is not None), len(written))
        begin = tokens[-1].end if tokens else first
        until = starts[stop] if stop < len(written) else last
        tokens += _spread(written[index:stop], begin, max(begin, until if until is not None else last))
        index = stop
    return tuple(tokens)


def _spread(parts: Sequence[tuple[str, bool]], begin: Fraction, until: Fraction) -> list[_Token]:
    """Tokens without times of their own, each as long as its share of the letters."""
    total = sum(len(text) for text, _ in parts)
    result: list[_Token] = []
    done = 0
    for text, spaced in parts:
        start = begin + (until - begin) * done / total
        done += len(text)
        result.append(_Token(text, start, begin + (until - begin) * done / total, spaced))
    return result


def _cut(text: str, language: Language) -> list[tuple[str, bool]]:
    """(word with its punctuation, blank before it?) in order."""
    if language == "en":
        return [(word, True) for word in text.split()]
    pattern = rf"[{re.escape(_OPENERS)}]*(?:[A-Za-z0-9À-ɏ'’.\-]*[A-Za-z0-9À-ɏ]|\S)[{re.escape(_CLOSERS)}]*"
    return [
        (match.group(), match.start() > 0 and text[match.start() - 1].isspace())
        for match in re.finditer(pattern, " ".join(text.split()))
    ]


def _bare(word: str) -> str:
    return "".join(char for char in word.casefold() if char.isalnum())


def _join(tokens: Sequence[_Token]) -> str:
    return "".join((" " if token.spaced and n else "") + token.text for n, token in enumerate(tokens))


def _break_cost(before: _Token, after: _Token) -> float:
    """How bad it is to part two neighbours: 0 at the end of a sentence … 10 inside a phrase."""
    tail = before.text.rstrip("”’\"')）》」』】")
    if tail and tail[-1] in _SENTENCE_ENDS and not re.fullmatch(r"([A-Z]|Mr|Mrs|Ms|Dr|St)\.", tail):
        return 0.0
    if tail and tail[-1] in _PAUSES:
        return 2.0
    if after.start - before.end > Fraction(1, 4):
        return 3.0
    if after.torn or _bare(before.text) in LEADERS:
        return 10.0
    if before.text[0].isupper() and after.text[0].isupper() and after.text != "I":
        return 9.0  # a name, most likely
    return 4.0 if _bare(after.text) in LEADERS else 6.0


def _groups(tokens: Sequence[_Token], limit: int, language: Language) -> list[Sequence[_Token]]:
    """The tokens parted into cues at the least cost (dynamic programming over the places to break)."""
    count = len(tokens)
    text = _Measured(tokens)
    best = [0.0] + [math.inf] * count
    came = [0] * (count + 1)
    for end in range(1, count + 1):
        if tokens[end - 1].leads:
            continue
        for begin in range(end - 1, -1, -1):
            single = end - begin == 1 + tokens[begin].leads
            too_much = text.width(begin, end) > MAX_LINES * limit or tokens[end - 1].end - tokens[begin].start > LONGEST
            torn = None if too_much else text.torn(begin, end, limit)
            if torn is None and not single:
                break
            cost = best[begin] + _group_cost(text, begin, end, limit, language) + 4 * max(0.0, (torn or 0.0) - 3)
            cost += 3.0 * text.breaks[end] if end < count else 0.0
            if cost < best[end]:
                best[end], came[end] = cost, begin
    cuts = [count]
    while cuts[-1]:
        cuts.append(came[cuts[-1]])
    cuts.reverse()
    return [tokens[a:b] for a, b in pairwise(cuts)]


class _Measured:
    """What is asked of every pair of places in a text, worked out once."""

    def __init__(self, tokens: Sequence[_Token]) -> None:
        self.tokens = tokens
        self.breaks = [0.0] + [_break_cost(a, b) for a, b in pairwise(tokens)]
        """How bad a break before each token is."""
        silences = (max(0.0, float(b.start - a.end) - 0.6) for a, b in pairwise(tokens))
        self.silence = list(accumulate(silences, initial=0.0))
        """How much of it is silence longer than a breath, up to each token, s."""
        self.stops = list(accumulate((cost == 0.0 for cost in self.breaks[1:]), initial=0))
        """How many sentences have ended before each token."""
        self._reach = list(accumulate((width(token.text) + token.spaced for token in tokens), initial=0))

    def width(self, begin: int, end: int) -> int:
        """Length of tokens begin … end on one line."""
        return self._reach[end] - self._reach[begin] - self.tokens[begin].spaced

    def torn(self, begin: int, end: int, limit: int) -> float | None:
        """How bad the best break between two lines is, 0 where one line holds it; None where two cannot."""
        if self.width(begin, end) <= limit:
            return 0.0
        choices = []
        for place in range(begin + 1, end):
            top, bottom = self.width(begin, place), self.width(place, end)
            if top <= limit and bottom <= limit:
                choices.append((self.breaks[place] + 8 * abs(top - bottom) / limit + (top > bottom), place))
        return self.breaks[min(choices)[1]] if choices else None


def _group_cost(text: _Measured, begin: int, end: int, limit: int, language: Language) -> float:
    """How bad a cue is, its breaks aside."""
    length = text.width(begin, end)
    seconds = max(0.05, float(text.tokens[end - 1].end - text.tokens[begin].start))
    short = max(0.0, 1.2 - seconds) * 8 + max(0.0, 0.5 - length / limit) * 6
    fast = max(0.0, length / seconds - READING_SPEED[language]) * 0.3
    # A full stop inside a cue is worse than one at its end; a silence inside one even more.
    inside = 4.0 * (text.stops[end - 1] - text.stops[begin])
    silence = 20 * (text.silence[end - 1] - text.silence[begin])
    return 4.0 + short + fast + inside + silence


def _layout(group: Sequence[_Token], limit: int) -> tuple[str, ...]:
    """One line where it fits, else two, parted where the phrase parts; more only where two cannot hold it."""
    whole = _join(group)
    if width(whole) <= limit:
        return (whole,)
    choices = []
    for k in range(1, len(group)):
        top, bottom = _join(group[:k]), _join(group[k:])
        if width(top) <= limit and width(bottom) <= limit:
            uneven = abs(width(top) - width(bottom)) / limit
            # Of two equals the one with the longer lower line: it hides less of the picture.
            torn = _break_cost(group[k - 1], group[k])
            choices.append((torn + 8 * uneven + (width(top) > width(bottom)), (top, bottom)))
    if choices:
        return min(choices)[1]
    if len(group) == 1:  # one word longer than a line: cut by force
        return tuple(whole[k : k + limit // 2] for k in range(0, len(whole), limit // 2))
    return (_join(group[:1]), *_layout(group[1:], limit))


def _apart(found: Sequence[Cue], rate: Fraction) -> tuple[Cue, ...]:
    """On frames, in order, never overlapping: a cue gives way to the next one's words."""
    gap = GAP_FRAMES / rate
    placed: list[Cue] = []
    for index, cue in enumerate(found):
        start = Fraction(math.floor(cue.start * rate)) / rate
        if placed:
            start = max(start, placed[-1].end + gap)
        end = min(Fraction(math.ceil(cue.end * rate)) / rate, start + LONGEST)
        if index + 1 < len(found):
            following = Fraction(math.floor(found[index + 1].start * rate)) / rate
            # A hole shorter than half a second flickers: the cue stays until the next one.
            if following - gap < end or following - end < Fraction(1, 2):
                end = min(following - gap, start + LONGEST)
        placed.append(Cue(start, max(end, start + gap), cue.lines))
    return tuple(placed)


def _clock(time: Fraction, mark: str) -> str:
    total = round(time * 1000)
    return f"{total // 3_600_000:02}:{total // 60_000 % 60:02}:{total // 1000 % 60:02}{mark}{total % 1000:03}"


def _centiseconds(time: Fraction) -> str:
    total = round(time * 100)
    return f"{total // 360_000}:{total // 6000 % 60:02}:{total // 100 % 60:02}.{total % 100:02}"


def _vtt_escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _ass_escape(line: str) -> str:
    # libass cannot ask the Chinese fonts for proportional forms, and their curly quotes tear English words apart.
    if not re.search(r"[⺀-鿿]", line):
        line = line.translate(str.maketrans("“”‘’", "\"\"''"))
    # A word joiner after each backslash keeps \N, \n, \h and \{ plain text (the way mpv does it).
    return line.replace("\\", "\\\u2060").replace("{", "\\{").replace("}", "\\}").replace("\n", " ")
