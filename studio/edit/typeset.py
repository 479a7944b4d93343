"""Setting text in a box with Pillow: right line breaks in English and Chinese, shrinking, tracking."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from studio.edit.fonts import Font, font_for
from studio.edit.phrases import inner_breaks

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

# Chinese line breaking (GB/T 15834): these never begin a line, those never end one.
NO_START = "，。！？；：、）》」』】…—”’％,.!?;:)]}·"
NO_END = "（《「『【“‘([{·"
_CHINESE = re.compile(r"[⺀-鿿豈-﫿＀-￯　-〿]")
_TORN = 0.07  # a line that ends within a phrase is as bad as one a quarter longer or shorter than the others
_SMALLEST = 8  # px; below this no letter can be told from another


@dataclass(frozen=True)
class Block:
    """Text set in lines, ready to draw."""

    lines: tuple[str, ...]
    font: Font
    pixels: int
    """Font size, px per em."""
    tracking: float
    """Extra space between letters, em."""
    leading: float
    """From baseline to baseline, em."""

    @property
    def width(self) -> int:
        """Of the longest line, px."""
        return max((round(self.advance(line)) for line in self.lines), default=0)

    @property
    def height(self) -> int:
        """Of all lines, px."""
        return round(self.pixels * (self.leading * (len(self.lines) - 1) + 1.2)) if self.lines else 0

    def advance(self, line: str) -> float:
        """Width of one line, px."""
        return _advance(line, self.font, self.pixels, self.tracking)


@lru_cache(maxsize=64)
def typeface(font: Font, pixels: int) -> FreeTypeFont:
    """The font at a size."""
    from PIL import ImageFont

    return ImageFont.truetype(str(font.path), pixels)


def features(line: str) -> list[str] | None:
    """OpenType features to draw a line with: the Chinese fonts set “ ” ’ … as wide as a Chinese character, which tears
    English apart; proportional forms (pwid) do not."""
    from PIL import features as built

    return ["pwid"] if not _CHINESE.search(line) and built.check("raqm") else None


def fit(
    text: str,
    box: tuple[int, int],
    *,
    pixels: int,
    floor: int,
    serif: bool = False,
    tracking: float = 0.0,
    leading: float = 1.35,
    max_lines: int = 1,
) -> Block:
    """`text` as large as `pixels` allows inside `box` (W, H px).

    It shrinks to `floor` on as few lines as possible, up to `max_lines`; what still does not fit takes as many lines as
    it needs, and smaller letters as the last resort. Line ends in the text stay.

    Raises:
        FontMissing: no font covers the text.
        ValueError: it cannot be set in the box even at 8 px.
    """
    font = font_for(text, serif=serif)
    pixels, floor = max(pixels, _SMALLEST), max(floor, _SMALLEST)
    paragraphs = [line.strip() for line in text.splitlines() if line.strip()]

    made: dict[int, Block] = {}

    def at(size: int) -> Block:
        if size not in made:
            lines = [line for part in paragraphs for line in wrap(part, font, size, tracking, box[0])]
            made[size] = Block(tuple(lines), font, size, tracking, leading)
        return made[size]

    def fits(size: int, allowed: int) -> bool:
        block = at(size)
        return len(block.lines) <= allowed and block.width <= box[0] and block.height <= box[1]

    for allowed in range(len(paragraphs), max(max_lines, len(paragraphs)) + 1):
        if found := _largest(floor, pixels, allowed, fits):
            return at(found)
    if found := _largest(_SMALLEST, floor, len(text), fits):
        return at(found)
    raise ValueError(f"{len(text)} characters do not fit in {box[0]}×{box[1]} px")


def _largest(low: int, high: int, allowed: int, fits: Callable[[int, int], bool]) -> int | None:
    """The largest size in low … high that fits, by halving: smaller letters never take more room."""
    if not fits(low, allowed):
        return None
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(middle, allowed) else (low, middle - 1)
    return low


def wrap(text: str, font: Font, pixels: int, tracking: float, width: int) -> list[str]:
    """As few lines as fit in `width` px, about equally long, rather ending at punctuation than within a phrase."""
    pieces = _pieces(text)
    greedy = _greedy(pieces, font, pixels, tracking, width)
    if len(greedy) == 1:
        return greedy
    even = _even(pieces, [_advance(piece, font, pixels, tracking) for piece in pieces], width, len(greedy))
    fits = all(_advance(line, font, pixels, tracking) <= width for line in even)
    return even if even and fits else greedy


def _even(pieces: list[str], advances: list[float], width: int, count: int) -> list[str]:
    """The pieces on exactly `count` lines at the least cost (dynamic programming); [] where that cannot be."""
    ends = [0.0]
    for advance in advances:
        ends.append(ends[-1] + advance)
    aim = ends[-1] / count
    best: dict[tuple[int, int], tuple[float, int]] = {(0, 0): (0.0, 0)}
    for line in range(1, count + 1):
        for end in range(line, len(pieces) + 1):
            for begin in range(end - 1, line - 2, -1):
                length = ends[end] - ends[begin]
                if length > width * 1.02 and end - begin > 1:  # a blank at the end may hang over
                    break
                if (line - 1, begin) not in best:
                    continue
                torn = 0.0 if end == len(pieces) or pieces[end - 1].rstrip()[-1:] in NO_START else _TORN
                cost = best[line - 1, begin][0] + ((length - aim) / aim) ** 2 + torn
                if cost < best.get((line, end), (float("inf"), 0))[0]:
                    best[line, end] = (cost, begin)
    if (count, len(pieces)) not in best:
        return []
    lines, end = [], len(pieces)
    for line in range(count, 0, -1):
        begin = best[line, end][1]
        lines.append("".join(pieces[begin:end]).strip())
        end = begin
    return lines[::-1]


def _pieces(text: str) -> list[str]:
    """What a line break may not part: words with their blank after, Chinese characters with their punctuation."""
    if not _CHINESE.search(text):
        return re.findall(r"\S+\s*", text)
    chinese = r"(?!(?<=\w)’(?=\w))[⺀-鿿豈-﫿＀-￯　-〿“”‘’—…·]"
    torn = inner_breaks(text)
    pieces: list[str] = []
    for match in re.finditer(rf"{chinese}|(?:(?!{chinese})\S)+\s*|\s+", text):
        piece = match.group()
        after_blank = bool(pieces) and pieces[-1][-1:].isspace()
        sticks = piece[0] in NO_START or piece.isspace() or match.start() in torn
        if pieces and not after_blank and (sticks or pieces[-1][-1:] in NO_END):
            pieces[-1] += piece
        else:
            pieces.append(piece)
    return pieces


def _greedy(pieces: list[str], font: Font, pixels: int, tracking: float, width: int) -> list[str]:
    lines = [""]
    for piece in pieces:
        if lines[-1] and _advance((lines[-1] + piece).rstrip(), font, pixels, tracking) > width:
            lines.append(piece)
        else:
            lines[-1] += piece
    return [line.strip() for line in lines if line.strip()]


@lru_cache(maxsize=4096)
def _advance(line: str, font: Font, pixels: int, tracking: float) -> float:
    return float(typeface(font, pixels).getlength(line, features=features(line))) + tracking * pixels * max(
        0, len(line) - 1
    )
