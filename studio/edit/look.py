"""How a film looks: colour and texture over its pictures, and the check of a table of colours."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Literal

from studio.errors import FileUnreadable

Print = Literal["none", "faded", "sepia", "mono"]
_LARGEST_CUBE = 256  # points along an edge: what the format allows, and ffmpeg takes


@dataclass(frozen=True)
class Look:
    """Colour and texture of film and of old prints, over the clip once it is fitted and moved."""

    lut: Path | None = None
    """A .cube table of colours."""
    print: Print = "none"
    """Like an old print: faded, brown, or without colour."""
    grain: float = 0.0
    """0 … 1: none … that of a sensitive film; as strong and as coarse to the eye at any size."""
    vignette: float = 0.0
    """0 … 1: how much darker the corners are."""
    deflicker: bool = False
    """Evens the light from frame to frame, for a film that flickers; a still has none."""
    flash_guard: bool = False
    """Damps flashes that could harm viewers with photosensitive epilepsy; a still has none."""
    seed: int = 0
    """Of the grain."""

    def __post_init__(self) -> None:
        if not (0 <= self.grain <= 1 and 0 <= self.vignette <= 1):
            raise ValueError("grain and vignette lie in 0 … 1")


def cube(path: Path) -> Iterator[str]:
    """The lines of a three-dimensional .cube table (Adobe's format, 2013), each checked, in the order in which ffmpeg
    wants them: size, domain, colours. Comments and the titles and ranges that other programs add are left out.

    Raises:
        FileUnreadable: it is no text, holds a one-dimensional table, or its size, its domain or its lines are wrong;
            says which line.
    """
    try:
        with path.open(encoding="utf-8-sig") as file:
            yield from _checked(path, enumerate((line.split("#")[0].split() for line in file), start=1))
    except UnicodeDecodeError as error:
        raise _broken(path, "it is not text") from error
    except OSError as error:
        raise FileUnreadable(f"{path} cannot be read: {error.strerror}.") from error


def _checked(path: Path, lines: Iterator[tuple[int, list[str]]]) -> Iterator[str]:
    words: dict[str, list[str]] = {}
    row: tuple[int, list[str]] | None = None
    for number, found in lines:
        if found and not found[0][0].isalpha():
            row = number, found
            break
        if found:
            words[found[0]] = found[1:]
    if "LUT_1D_SIZE" in words:
        raise _broken(path, "it holds a one-dimensional table; export it as a 3D LUT")
    edge = _edge(path, words.get("LUT_3D_SIZE", []))
    # DaVinci Resolve writes one range for all three.
    low, high = words.get("LUT_3D_INPUT_RANGE", ["0", "1"])[:2]
    domain = {"DOMAIN_MIN": words.get("DOMAIN_MIN", 3 * [low]), "DOMAIN_MAX": words.get("DOMAIN_MAX", 3 * [high])}
    least, most = (_three(path, values, name) for name, values in domain.items())
    if any(a >= b for a, b in zip(least, most, strict=True)):
        raise _broken(path, "DOMAIN_MIN is not below DOMAIN_MAX")
    yield f"LUT_3D_SIZE {edge}\n"
    yield from (f"{name} {' '.join(values)}\n" for name, values in domain.items())
    count = 0
    for number, found in chain([row] if row else [], lines):
        if found:
            _three(path, found, f"line {number}")
            yield f"{' '.join(found)}\n"
            count += 1
    if count != edge**3:
        raise _broken(path, f"it has {count} colours where LUT_3D_SIZE {edge} asks for {edge**3}")


def _edge(path: Path, words: Sequence[str]) -> int:
    size = int(words[0]) if len(words) == 1 and words[0].isdecimal() else 0
    if not 2 <= size <= _LARGEST_CUBE:
        raise _broken(path, f"it needs a line LUT_3D_SIZE with a number from 2 to {_LARGEST_CUBE}")
    return size


def _three(path: Path, words: Sequence[str], where: str) -> tuple[float, float, float]:
    try:
        red, green, blue = (float(word) for word in words)
    except ValueError as error:
        raise _broken(path, f"{where}: expected three numbers, found {' '.join(words)[:40]!r}") from error
    if not all(map(math.isfinite, (red, green, blue))):
        raise _broken(path, f"{where}: {' '.join(words)[:40]!r} is not a colour")
    return red, green, blue


def _broken(path: Path, why: str) -> FileUnreadable:
    return FileUnreadable(f"{path} is no .cube table that can be used: {why}.")
