"""Which font file can draw a text: a missing glyph is refused here, never drawn as an empty box."""

from __future__ import annotations

import importlib.util
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from studio.errors import FontMissing

_SYSTEM_FOLDERS = (
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "~/.fonts",
    "~/.local/share/fonts",
    "/System/Library/Fonts",
    "/Library/Fonts",
    "~/Library/Fonts",
    "C:/Windows/Fonts",
)
_OUTLINES = {"glyf", "CFF ", "CFF2"}  # fonts without these hold bitmaps, which cannot be set at any size


@dataclass(frozen=True)
class Font:
    """A font file and the name that libass knows it by."""

    path: Path
    family: str


def font_for(text: str, *, serif: bool = False) -> Font:
    """The first font that has every character of `text`: Noto (Chinese and Latin), DejaVu, then the system's.

    Raises:
        FontMissing: no single font has them all; names the characters and what to do.
    """
    needed = drawn(text)
    fewest: frozenset[str] | None = None
    for path in _candidates(serif):
        missing = frozenset(char for char in needed if ord(char) not in _cmap(path))
        if not missing:
            return Font(path, _family(path))
        if _cmap(path) and (fewest is None or len(missing) < len(fewest)):
            fewest = missing
    raise FontMissing(_sentence(sorted(fewest if fewest is not None else needed)))


def drawn(text: str) -> frozenset[str]:
    """The characters of `text` that need a glyph: no blanks, line ends, joiners or variation selectors."""
    return frozenset(
        char
        for char in text
        if unicodedata.category(char) not in {"Zs", "Zl", "Zp", "Cc", "Cf"} and not 0xFE00 <= ord(char) <= 0xFE0F
    )


def _sentence(missing: Iterable[str]) -> str:
    chars = list(missing)
    named = ", ".join(f"{char} (U+{ord(char):04X} {unicodedata.name(char, 'unnamed').lower()})" for char in chars[:5])
    more = f" and {len(chars) - 5} more" if len(chars) > 5 else ""
    return (
        f"No font here can draw {named}{more}. Take the characters out of the text, or install a font that has "
        "them (on Debian: fonts-noto-core, fonts-noto-cjk-extra) and run again."
    )


def _candidates(serif: bool) -> Iterator[Path]:
    bundled = _package("pylopdf_fonts_zh_cn")
    names = ("NotoSerifSC-Regular.otf", "NotoSansSC-Regular.otf")
    if bundled is not None:
        yield from (bundled / name for name in (names if serif else names[::-1]))
    if (plots := _package("matplotlib")) is not None:
        kinds = ("DejaVuSerif.ttf", "DejaVuSans.ttf") if serif else ("DejaVuSans.ttf",)
        yield from (plots / "mpl-data" / "fonts" / "ttf" / kind for kind in kinds)
    yield from _system_fonts()


def _package(name: str) -> Path | None:
    spec = importlib.util.find_spec(name)
    return Path(spec.origin).parent if spec is not None and spec.origin else None


@cache
def _system_fonts() -> tuple[Path, ...]:
    folders = [Path(name).expanduser() for name in _SYSTEM_FOLDERS]
    found = [path for folder in folders if folder.is_dir() for path in folder.rglob("*")]
    return tuple(sorted(path for path in found if path.suffix.lower() in {".ttf", ".otf", ".ttc"}))


@cache
def _cmap(path: Path) -> frozenset[int]:
    """Code points the file can draw; none where it cannot be read."""
    from fontTools.ttLib import TTFont, TTLibError

    try:
        with TTFont(path, lazy=True, fontNumber=0) as font:
            # A best cmap of None means a symbol font, whose code points mean something else.
            best = font.getBestCmap() if _OUTLINES & set(font.keys()) else None
            return frozenset(best or ())
    except (OSError, TTLibError):
        return frozenset()


@cache
def _family(path: Path) -> str:
    from fontTools.ttLib import TTFont

    with TTFont(path, lazy=True, fontNumber=0) as font:
        return str(font["name"].getDebugName(1))
