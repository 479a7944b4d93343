from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from studio import engines, painting
from studio.errors import EngineUnavailable
from studio.painting import Painting
from studio.types import LipSync


def test_what_paints_is_on_record_by_the_name_the_list_has_for_it() -> None:
    assert Painting().engines == (("lipsync", "own"),)
    assert Painting("none").engines == ()
    assert Painting("wav2lip", "own").engines == (("lipsync", "wav2lip"), ("refine", "own"))


def test_every_choice_makes_another_take(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("STUDIO_WEIGHTS_DIR", str(tmp_path))
    marks = [painting.fingerprint(Painting(lipsync), commercial=True) for lipsync in ("own", "none")]
    assert marks[0] != marks[1]
    with pytest.raises(EngineUnavailable, match="studio weights add wav2lip"):
        painting.fingerprint(Painting("wav2lip"), commercial=False)


@pytest.mark.parametrize("lipsync", [name for name in get_args(LipSync) if name not in ("own", "none")])
def test_what_may_not_be_sold_is_refused_before_anything_is_made(lipsync: LipSync) -> None:
    spec = engines.find("lipsync", lipsync)
    if not spec.commercial:
        with pytest.raises(EngineUnavailable, match="commercial"):
            painting.fingerprint(Painting(lipsync), commercial=True)


def test_an_engine_that_is_not_there_is_named() -> None:
    with pytest.raises(EngineUnavailable, match="no engine 'wav2lop' for lipsync"):
        engines.find("lipsync", "wav2lop")
