"""The recipe names what a film was made by, and where words went that left this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from studio import recipe
from studio.cache import Cache
from studio.meter import Meter
from studio.production import Production
from studio.takes import Takes


def engines(folder: Path, *used: str) -> dict[str, Any]:
    """The engines in the recipe of a film in which these voices speak, by name."""
    table = {"schema": "studio/1", "title": "Ruth", "scenes": [{"id": "t", "kind": "title", "heading": "Ruth"}]}
    (folder / "production.yaml").write_text(yaml.safe_dump(table), encoding="utf-8")
    production = Production.load(folder / "production.yaml")
    takes = Takes(production, Cache(folder / "cache"), Meter())
    for name in used:
        takes.used("voice", name)
    made = recipe.describe(production, takes, film={}, deliverables=[], music=None, words=[], timings={})
    return {engine["name"]: engine for engine in made["engines"]}


@pytest.mark.parametrize(
    ("address", "host"), [("https://speech.example:8443/v1", "speech.example"), ("http://127.0.0.1:8000", None)]
)
def test_where_words_were_sent_stands_with_the_engine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str, host: str | None
) -> None:
    monkeypatch.setenv("STUDIO_SPEECH_SERVER", address)
    found = engines(tmp_path, "own", "server")
    assert found["server"].get("sent_to") == host and "licence" in found["server"]
    assert "sent_to" not in found["own"]
