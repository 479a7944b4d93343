from __future__ import annotations

import json
from typing import Any

import pytest

from studio.finishing import Canvas
from studio.media.probe import probe


def test_the_short_side_stays() -> None:
    hd = Canvas(height=1080)
    assert hd.reshaped("9:16").size == (1080, 1920)
    assert hd.reshaped("1:1").size == (1080, 1080)
    assert hd.reshaped("4:5").size == (1080, 1350)
    assert Canvas(aspect="9:16", height=1280).reshaped("16:9").size == (1280, 720)


@pytest.mark.film
def test_another_shape_is_the_same_film(handed_out: Any) -> None:
    """Framed anew, with the same length, label, chapters and words; nothing is spoken twice."""
    film = probe(handed_out.render.path)
    for name, size in (("vertical", (240, 426)), ("square", (240, 240))):
        other = probe(handed_out.file(f"p-{name}.mp4"))
        assert other.video is not None and (other.video.width, other.video.height) == size
        assert other.duration == film.duration and json.loads(other.tags["AIGC"])["Label"] == "1"
        assert other.tags["comment"] == film.tags["comment"]
    assert not handed_out.file("p-wide.mp4").exists()  # the film is that already
    recipe = json.loads(handed_out.render.recipe.read_text())
    assert sum(take["stage"] == "speak" for take in recipe["takes"] if not take["cached"]) == 1
    named = [one["file"] for one in recipe["deliverables"]]
    assert "p-vertical.mp4" in named and "p-pack/p.edl" in named and len(named) == len(handed_out.render.deliverables)
