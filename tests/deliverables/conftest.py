"""One small film with everything that can be made of it, rendered once for all tests that look at it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from studio import pipeline
from studio.types import Render

ALSO = [
    "wide", "vertical", "square", "reception", "kiosk", "answers", "alpha-prores", "alpha-vp9", "mezzanine", "mp3",
    "m4a", "stems", "poster", "contact-sheet", "pack",
]  # fmt: skip


@dataclass(frozen=True)
class HandedOut:
    """The film and the folder of its production."""

    render: Render
    folder: Path

    def file(self, name: str) -> Path:
        """One of the files beside the film."""
        return self.render.path.parent / name


@pytest.fixture(scope="session")
def handed_out(tmp_path_factory: pytest.TempPathFactory, hopper: Path) -> Iterator[HandedOut]:
    """Nobody has agreed to this film, so that it carries the draft mark besides the label."""
    folder = tmp_path_factory.mktemp("film") / "p"
    folder.mkdir()
    (folder / "g.jpg").write_bytes(hopper.read_bytes())
    slides = [{"file": "g.jpg"}, {"file": "g.jpg", "caption": "In uniform"}, {"file": "g.jpg"}]
    one = {"say": "Mama.", "source": "adapted", "cite": "a letter"}
    table = {
        "schema": "studio/1",
        "title": "Grace 奶奶",
        "people": {"g": {"name": "Grace Hopper", "photos": [{"file": "g.jpg"}]}},
        "scenes": [
            {"id": "title", "kind": "title", "heading": "Grace", "seconds": 1.4, "chapter": "A = b; #1"},
            {
                "id": "one",
                "kind": "talking",
                "person": "g",
                "lines": [one],
                "questions": ["Who?", "谁？"],
                "chapter": "二",
            },
            {"id": "show", "kind": "slideshow", "seconds": 1.2, "photos": slides},
            {"id": "wait", "kind": "idle", "person": "g", "seconds": 1.2},
            {"id": "end", "kind": "end", "seconds": 1.4},
        ],
        "transition": 0.4,
        "canvas": {"height": 240},
        "engines": {"lipsync": "none"},
        "outputs": {"also": ALSO, "timecode": "10:00:00:00", "handles": 8},
    }
    (folder / "production.yaml").write_text(yaml.safe_dump(table, allow_unicode=True), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("STUDIO_CACHE_DIR", str(folder / "cache"))
        yield HandedOut(pipeline.render(folder / "production.yaml", folder / "film"), folder)
