"""Is it the same person?"""

from __future__ import annotations

import numpy as np
import pytest

from studio.errors import FileUnreadable
from studio.types import VoiceProfile
from studio.voice.person.comparison import DIFFERENT, SAME, Comparison, compared


def profile(**tensors: np.ndarray) -> VoiceProfile:  # type: ignore[type-arg]
    return VoiceProfile("Ada", tensors, (), 10.0)


def at(cosine: float) -> np.ndarray:  # type: ignore[type-arg]
    """float32 (256,) at that cosine from the first axis."""
    vector = np.zeros(256, np.float32)
    vector[:2] = cosine, np.sqrt(1 - cosine**2)
    return vector


@pytest.mark.parametrize(
    ("cosine", "verdict", "word"),
    [
        (0.95, "same", "very likely the same"),
        (SAME + 0.001, "same", "very likely the same"),
        (0.79, "unclear", "unclear"),
        (DIFFERENT + 0.001, "unclear", "unclear"),
        (0.62, "different", "different people"),
    ],
)
def test_the_verdict_follows_what_was_measured(cosine: float, verdict: str, word: str) -> None:
    found = compared(profile(embedding=at(1.0)), profile(embedding=at(cosine)))
    assert found.likeness == pytest.approx(cosine, abs=1e-5)
    assert found.verdict == verdict and word in found.sentence()
    assert found.sentence("zh") != found.sentence()


def test_strangers_best_is_never_called_the_same() -> None:
    assert Comparison(0.82).verdict == "unclear"
    assert Comparison(0.62).verdict == "different"
    assert Comparison(0.88).verdict == "same"


def test_a_profile_that_does_not_know_its_person_is_refused() -> None:
    with pytest.raises(FileUnreadable, match="Ada does not say whose voice"):
        compared(profile(), profile(embedding=at(1.0)))
