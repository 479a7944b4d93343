"""Curves over time as inline SVG; colours come from the page."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from studio.report.clips import Clip, Curve
from studio.report.texts import say
from studio.types import Language

WIDTH, HEIGHT = 720, 150  # of the plot, in units of the drawing
LEFT, RIGHT, TOP, BOTTOM = 34, 8, 10, 22
MOST_POINTS = 1200  # more than the screen has
TICKS = (0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600)  # s
MOST_TICKS = 12
OPENEST = 0.15  # eye distances: a mouth that opens less is drawn small


def likeness(clip: Clip, good: float, language: Language) -> str:
    """Likeness over the take, the band of real people behind it, and the moments that stand out."""
    top, bottom = _y(1.0), _y(good)
    band = f'<rect class="good" x="{LEFT}" y="{top:.1f}" width="{WIDTH}" height="{bottom - top:.1f}"/>'
    body = band + _axis(clip, (0.0, 0.5, 1.0)) + _line(clip.likeness, 1.0, "seen", joined=True) + _marks(clip)
    return _drawing(body, say("curve_likeness", language))


def mouth(clip: Clip, language: Language) -> str:
    """The mouth as it is seen and as the sound asks for it, silences shaded, lines marked below."""
    seen = max([OPENEST, *(value for value in clip.opening if value is not None)])
    asked = max([0.5, *(value for value in clip.heard if value is not None)])
    shades = "".join(
        f'<rect class="silence" x="{_x(clip, a):.1f}" y="{TOP}" width="{_x(clip, b) - _x(clip, a):.1f}" '
        f'height="{HEIGHT}"/>'
        for a, b in clip.silences
    )
    lines = "".join(
        f'<line class="said" x1="{_x(clip, line.start):.1f}" x2="{_x(clip, line.end):.1f}" y1="{TOP + HEIGHT + 3}" '
        f'y2="{TOP + HEIGHT + 3}"><title>{escape(line.text)}</title></line>'
        for line in clip.lines
    )
    curves = _line(clip.heard, asked, "heard") + _line(clip.opening, seen, "seen")
    return _drawing(shades + _axis(clip, ()) + curves + lines + _marks(clip), say("curve_mouth", language))


def _drawing(body: str, title: str) -> str:
    box = f"0 0 {LEFT + WIDTH + RIGHT} {TOP + HEIGHT + BOTTOM}"
    drawing = f'<svg class="curve" viewBox="{box}" role="img" aria-label="{escape(title)}">{body}</svg>'
    return f'<div class="wide" tabindex="0">{drawing}</div>'  # small screens push it sideways, also by keyboard


def _x(clip: Clip, at: float) -> float:
    return LEFT + WIDTH * min(max(at / max(clip.duration, 1e-6), 0.0), 1.0)


def _y(share: float) -> float:
    return TOP + HEIGHT * (1 - min(max(share, 0.0), 1.0))


def _axis(clip: Clip, levels: Sequence[float]) -> str:
    """Lines of equal height, and seconds below."""
    drawn = [
        f'<line class="grid" x1="{LEFT}" x2="{LEFT + WIDTH}" y1="{_y(level):.1f}" y2="{_y(level):.1f}"/>'
        f'<text x="{LEFT - 6}" y="{_y(level) + 4:.1f}" text-anchor="end">{level:g}</text>'
        for level in levels
    ]
    step = next((tick for tick in TICKS if clip.duration / tick <= MOST_TICKS), TICKS[-1])
    for number in range(int(clip.duration / step) + 1):
        x = _x(clip, number * step)
        drawn.append(f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{TOP + HEIGHT}"/>')
        drawn.append(f'<text x="{x:.1f}" y="{TOP + HEIGHT + 18}" text-anchor="middle">{number * step:g} s</text>')
    return "".join(drawn)


def _line(curve: Curve, largest: float, name: str, *, joined: bool = False) -> str:
    """A curve; where nothing is known it is interrupted, or, where it is only looked at now and then, joined."""
    every = max(1, len(curve) // MOST_POINTS)
    pieces: list[list[str]] = [[]]
    for frame in range(0, len(curve), every):
        value = curve[frame]
        if value is not None:
            x = LEFT + WIDTH * frame / max(len(curve), 1)
            pieces[-1].append(f"{x:.1f},{_y(value / largest):.1f}")
        elif pieces[-1] and not joined:
            pieces.append([])
    return "".join(f'<polyline class="{name}" points="{" ".join(piece)}"/>' for piece in pieces if piece)


def _marks(clip: Clip) -> str:
    return "".join(
        f'<g class="mark"><line x1="{_x(clip, one.at):.1f}" x2="{_x(clip, one.at):.1f}" y1="{TOP}" '
        f'y2="{TOP + HEIGHT}"/><text x="{_x(clip, one.at):.1f}" y="{TOP + 9}" text-anchor="middle">{number}</text></g>'
        for number, one in enumerate(clip.moments, start=1)
    )
