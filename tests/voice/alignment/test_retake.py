"""Takes until one is good, at most four, the best kept, nothing kept quiet."""

from __future__ import annotations

import threading
from fractions import Fraction

import numpy as np
import pytest

from studio.errors import Cancelled, EngineUnavailable, TextUnspeakable
from studio.types import AudioClip, Speech
from studio.voice.alignment.check import Verdict
from studio.voice.alignment.retake import MOST, best_take

GOOD = Verdict((), 0.0, 0.0, 0.1, 3.0, 0.85, 0.8, -2.0, leak=False)


def speech(seed: int) -> Speech:
    clip = AudioClip(np.full((1, 8000), seed / 100, np.float32), 8000)
    assert clip.duration == Fraction(1)
    return Speech(clip, "Hello.", "en", (), (), engine="fake", synthetic=True)


def bad(words: int) -> Verdict:
    return Verdict(("word",) * words, 0.0, 0.0, 0.1, 3.0, 0.85, 0.8, -2.0, leak=False, sentences=(f"{words} missing.",))


def judged(verdicts: dict[int, Verdict]):
    return lambda take: verdicts[round(float(take.audio.samples[0, 0]) * 100)]


def test_a_good_first_take_is_the_only_one() -> None:
    made: list[int] = []
    take = best_take(lambda seed: made.append(seed) or speech(seed), judged({7: GOOD}), seeds=[7, 8, 9])
    assert made == [7] and take.seed == 7 and take.verdict.ok and take.sentences == ()
    assert [attempt.seed for attempt in take.attempts] == [7]


def test_a_bad_take_is_made_again_until_one_is_good() -> None:
    take = best_take(speech, judged({0: bad(2), 1: bad(1), 2: GOOD}))
    assert take.seed == 2 and take.sentences == ()
    assert [attempt.verdict.ok for attempt in take.attempts if attempt.verdict] == [False, False, True]


def test_where_none_is_good_the_best_is_kept_and_says_so() -> None:
    take = best_take(speech, judged({0: bad(3), 1: bad(1), 2: bad(2), 3: bad(1)}), seeds=range(9))
    assert len(take.attempts) == MOST == 4
    assert take.seed == 1, "the first of the best"
    assert take.sentences == ("None of 4 takes is good. The best one is kept, with doubts (seed 1).", "1 missing.")
    assert (
        best_take(speech, judged({5: bad(2)}), seeds=[5]).sentences[0].startswith("The only take is kept, with doubts")
    )


def test_a_take_that_could_not_be_made_is_on_record_too() -> None:
    def make(seed: int) -> Speech:
        if seed == 0:
            raise EngineUnavailable("zipvoice answered with silence.")
        return speech(seed)

    take = best_take(make, judged({1: GOOD}))
    assert take.attempts[0].failure == "zipvoice answered with silence." and take.attempts[0].verdict is None
    assert take.seed == 1


def test_an_engine_that_never_speaks_is_an_error_not_a_take() -> None:
    def make(seed: int) -> Speech:
        raise EngineUnavailable(f"take {seed} failed")

    with pytest.raises(EngineUnavailable, match="take 3 failed"):
        best_take(make, judged({}))

    def refuse(seed: int) -> Speech:
        raise TextUnspeakable("nothing to say")

    with pytest.raises(TextUnspeakable):
        best_take(refuse, judged({}))


def test_stopping_and_no_seeds() -> None:
    stopped = threading.Event()
    stopped.set()
    with pytest.raises(Cancelled):
        best_take(speech, judged({0: GOOD}), cancel=stopped)
    with pytest.raises(ValueError, match="no seeds"):
        best_take(speech, judged({}), seeds=[])


def test_a_leak_is_worse_than_a_missing_word_and_unlikeness_counts() -> None:
    from dataclasses import replace

    leak = replace(GOOD, leak=True, sentences=("leak",))
    assert GOOD.badness < replace(GOOD, likeness=0.6).badness < bad(1).badness < leak.badness
