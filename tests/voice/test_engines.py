"""Which engine is taken."""

from __future__ import annotations

from dataclasses import replace

import pytest

from studio.errors import EngineUnavailable
from studio.types import EngineSpec
from studio.voice import engines

ESPEAK = engines.find("espeak")


@pytest.fixture
def specs(monkeypatch: pytest.MonkeyPatch) -> tuple[EngineSpec, ...]:
    known = (
        ESPEAK,
        replace(ESPEAK, name="better", rank=50, commercial=False, languages=("en",)),
        replace(ESPEAK, name="absent", rank=90, modules=("no_such_package_anywhere",), extra="absent"),
    )
    monkeypatch.setattr(engines, "SPECS", known)
    return known


def test_auto_takes_the_best_that_may_be_used(specs: tuple[EngineSpec, ...]) -> None:
    assert engines.choose("auto", frozenset({"en"}), commercial=False).name == "better"
    assert engines.choose("auto", frozenset({"en"}), commercial=True).name == "espeak"
    assert engines.choose("auto", frozenset({"en", "zh"}), commercial=False).name == "espeak"


def test_a_named_engine_is_never_replaced(specs: tuple[EngineSpec, ...]) -> None:
    with pytest.raises(EngineUnavailable, match="does not speak zh"):
        engines.choose("better", frozenset({"zh"}), commercial=False)
    with pytest.raises(EngineUnavailable, match="commercially"):
        engines.choose("better", frozenset({"en"}), commercial=True)
    with pytest.raises(EngineUnavailable, match="no_such_package_anywhere"):
        engines.choose("absent", frozenset({"en"}), commercial=False)


def test_unknown_and_uninstalled_engines_say_what_to_do(specs: tuple[EngineSpec, ...]) -> None:
    with pytest.raises(EngineUnavailable, match="espeak, better, absent"):
        engines.load("nonesuch")
    with pytest.raises(EngineUnavailable, match=r"keepsake-studio\[absent\]"):
        engines.load("absent")


def test_only_what_is_here_or_asked_for_may_imitate() -> None:
    assert not engines.may_imitate("auto")  # nothing was downloaded
    assert engines.may_imitate("zipvoice")
    assert not engines.may_imitate("own")
    with pytest.raises(EngineUnavailable):
        engines.may_imitate("nonesuch")
