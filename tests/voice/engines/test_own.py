"""The studio's own base voices: a man's and a woman's of one network."""

from __future__ import annotations

import numpy as np
import pytest

from studio.types import Language
from studio.voice.engines import own
from studio.voice.features import Features, warped

TEXT: dict[Language, str] = {"en": "We walked down to the river every summer.", "zh": "今天早上我去图书馆看书。"}


def said(base: str, language: Language) -> Features:
    return own.create().perform(TEXT[language], language, base=base)[1]


def melody(parts: Features) -> tuple[float, float]:
    """Middle and spread of the pitch, ln Hz."""
    logs = np.log(parts.f0[parts.voiced])
    return float(np.median(logs)), float(logs.std())


def test_the_english_woman_is_higher_and_her_melody_livelier() -> None:
    (low, flat), (high, lively) = melody(said("male", "en")), melody(said("female", "en"))
    assert high - low == pytest.approx(5 / 12 * np.log(2), abs=1e-3)
    assert lively == pytest.approx(1.58 * flat, rel=1e-3)


def test_the_mandarin_man_is_lower_and_his_tones_stay() -> None:
    (low, his), (high, hers) = melody(said("male", "zh")), melody(said("female", "zh"))
    assert high - low == pytest.approx(9 / 12 * np.log(2), abs=1e-3)
    assert his == pytest.approx(hers, rel=1e-3)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_tract_it_tells_is_the_one_it_makes(language: Language) -> None:
    """One of the two speaks as recorded; moved by what the other tells, it is the other."""
    found = {base: (said(base, language), own.create().tract(base, language)) for base in ("male", "female")}
    (recorded, one), (moved, other) = sorted(found.values(), key=lambda voice: voice[1] != 1)
    assert one == 1 != other
    loud = moved.voiced
    assert np.allclose(np.log(moved.envelope[loud]), np.log(warped(recorded.envelope[loud], other)), atol=1e-3)
