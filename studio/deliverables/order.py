"""What every deliverable is made of."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from studio.edit.render import Quality
from studio.film import Cut
from studio.takes import Takes


@dataclass(frozen=True)
class Order:
    """A finished film, and what it was made of."""

    cut: Cut
    film: Path
    draft: bool

    @property
    def takes(self) -> Takes:
        """The film's own."""
        return self.cut.takes

    @property
    def quality(self) -> Quality:
        """How pictures are encoded that people are to see."""
        return "draft" if self.draft else "film"

    def beside(self, what: str, suffix: str) -> Path:
        """FILM-what.suffix."""
        return self.film.with_name(f"{self.film.stem}-{what}{suffix}")
