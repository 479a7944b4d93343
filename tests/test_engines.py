from __future__ import annotations

from typing import get_args

import pytest

from studio import engines
from studio.types import LipSync, Refine


def test_every_name_a_film_may_choose_is_an_engine_with_a_licence() -> None:
    """What the recipe cannot name would be a silent lie."""
    specs = {(spec.stage, spec.name): spec for spec in engines.specs()}
    assert len(specs) == len(engines.specs()), "two engines of one name in one stage"
    for stage, choices in (("lipsync", get_args(LipSync)), ("refine", get_args(Refine))):
        assert {(stage, choice) for choice in choices if choice != "none"} <= set(specs)
    assert all(spec.licence and spec.about and spec.stage for spec in specs.values())


def test_auto_takes_one_usable_engine_a_stage() -> None:
    states = engines.statuses()
    chosen = {state.spec.stage: state.spec.name for state in states if state.auto and state.spec.stage != "motion"}
    assert chosen["voice"] == "own" and chosen["faces"] == "mediapipe-facemesh" and chosen["animate"] == "mesh-warp"
    assert chosen["lipsync"] == "own" and "refine" not in chosen
    assert all(state.usable for state in states if state.auto)


@pytest.mark.parametrize("name", ["wav2lip", "face-alignment", "insightface"])
def test_what_is_not_here_says_how_to_get_it(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setenv("STUDIO_WEIGHTS_DIR", str(tmp_path))
    state = next(state for state in engines.statuses() if state.spec.name == name)
    assert not state.usable and "studio weights" in state.why
    assert not state.spec.commercial and not state.auto
