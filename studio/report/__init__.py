"""A page beside every film: how well it came out, measured, and where to look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from studio.report.clips import Clip
    from studio.types import Language

NAME = "report.html"


def write(path: Path, recipe: Mapping[str, Any], clips: Sequence[Clip], language: Language) -> Path:
    """Write the page, all or nothing.

    Args:
        recipe: the film's, as studio/recipe.py writes it; of a single clip, {}.
        clips: what was measured of everybody who speaks in it.

    Raises:
        OutputUnwritable.
    """
    from studio.media.files import write_text
    from studio.report.page import html

    write_text(path, html(recipe, clips, language))
    return path
