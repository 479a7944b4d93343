from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from studio import deliverables
from studio.errors import ProductionInvalid
from studio.media.probe import probe
from studio.media.video import read_video
from studio.production import Production


@pytest.mark.film
def test_answers_and_the_waiting_portrait_begin_and_end_alike(handed_out: Any) -> None:
    folder = handed_out.file("p-answers")
    table = json.loads((folder / "answers.json").read_text())
    (answer,), (idle,) = table["answers"], table["idle"]
    assert (answer["id"], answer["questions"], answer["text"]) == ("one", ["Who?", "谁？"], "Mama.")
    assert answer["cite"] == ["a letter"] and answer["idle"] == idle["file"] and answer["captions"] == ["one.vtt"]
    film, loop = folder / answer["file"], folder / idle["file"]
    assert probe(loop).audio is None and probe(film).audio is not None
    assert float(probe(film).duration) == pytest.approx(answer["length_s"], abs=0.05)
    assert json.loads(probe(film).tags["AIGC"])["Label"] == json.loads(probe(loop).tags["AIGC"])["Label"] == "1"
    said, waited = ([frame.astype(int) for frame in read_video(path).open()] for path in (film, loop))
    rest = waited[0]
    for frame in (said[0], said[-1], waited[-1]):
        assert np.abs(frame - rest).mean() < 1.5
    assert max(np.abs(frame - rest).mean() for frame in said) > 1.5  # between, she moves


def test_what_cannot_be_made_is_refused() -> None:
    table = {"schema": "studio/1", "title": "T", "scenes": [{"id": "a", "kind": "title", "heading": "A"}]}
    production = Production.model_validate(table)
    assert deliverables.ordered(production, ["poster", "poster"]).outputs.also == ["poster"]
    with pytest.raises(ProductionInvalid, match="Was vertical meant"):
        deliverables.ordered(production, ["vertica"])
    with pytest.raises(ProductionInvalid, match="questions"):
        deliverables.ordered(production, ["answers"])
