"""True words laid into a synthetic line."""

from __future__ import annotations

import itertools
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from studio.errors import AudioUnusable
from studio.media.audio import resample
from studio.types import AudioClip, Language, Speech
from studio.voice import engines
from studio.voice.alignment import bank
from studio.voice.alignment.joining import crossfaded
from studio.voice.alignment.splice import Spliced, spliced
from studio.voice.loudness import to_level

RATE = bank.SAMPLE_RATE


def spoken(text: str, language: Language = "en", base: str = "f2", speed: float = 1.0) -> Speech:
    speech = engines.load("espeak").speak(text, language, base=base, speed=speed)
    samples = to_level(resample(speech.audio, RATE).mono(), RATE)
    return replace(speech, audio=AudioClip(samples[None], RATE))


def tape(text: str, language: Language = "en", **how: float | str) -> bank.Tape:
    """A recording: it sounds a little duller than the line, and is never called synthetic."""
    speech = spoken(text, language, **how)  # type: ignore[arg-type]
    samples = np.convolve(speech.audio.mono(), [0.2, 0.6, 0.2], "same").astype(np.float32)
    recorded = replace(speech, audio=AudioClip(samples[None], RATE), engine="recording", synthetic=False)
    return bank.Tape(recorded, "tape.wav", "5" * 64, Fraction(2), (True,) * len(recorded.words), 40.0)


@pytest.fixture(scope="module")
def result() -> tuple[Speech, bank.Bank, Spliced]:
    line = spoken("We all remember the old house by the river, and how happy we were there.")
    held = bank.made([tape("In the winter, the old house by the river, was cold."), tape("They were all very happy.")])
    return line, held, spliced(line, held)


def test_the_longest_phrase_on_tape_is_heard(result: tuple[Speech, bank.Bank, Spliced]) -> None:
    line, _, done = result
    texts = [true.text for true in done.true]
    assert "the old house by the river" in texts
    assert [word.text for word in done.speech.words] == [word.text for word in line.words]
    marked = {place for place, word in enumerate(done.speech.words) if word.recorded}
    assert marked == {place for true in done.true for place in range(true.first, true.last)}
    assert done.speech.synthetic


def test_true_words_are_the_tapes_own_sound(result: tuple[Speech, bank.Bank, Spliced]) -> None:
    _, held, done = result
    true = next(true for true in done.true if "river" in true.text)
    assert true.sha256 == "5" * 64
    tape_ = next(t for t in held.tapes if "old" in t.keys)
    start = round((true.taken_from - tape_.start) * RATE)
    here = round(true.start * RATE)
    inside = slice(RATE // 20, round((true.end - true.start) * RATE) - RATE // 20)
    own = tape_.speech.audio.samples[0, start:][inside]
    heard = done.speech.audio.samples[0, here:][inside]
    assert np.corrcoef(own, heard)[0, 1] > 0.95  # the tone is moved a little, nothing else


def test_everything_after_a_phrase_moves_with_it(result: tuple[Speech, bank.Bank, Spliced]) -> None:
    line, _, done = result
    said = done.speech
    assert said.phonemes[0].start == 0
    assert said.phonemes[-1].end == said.audio.duration
    assert all(a.end == b.start for a, b in itertools.pairwise(said.phonemes))
    assert all(a.end <= b.start + Fraction(1, 50) for a, b in itertools.pairwise(said.words))
    place = len(said.words) - 1
    if not said.words[place].recorded:
        old, new = line.words[place], said.words[place]
        length = round((old.end - old.start) * RATE) - RATE // 20
        a, b = round(old.start * RATE), round(new.start * RATE)
        own, heard = line.audio.samples[0, a : a + length], said.audio.samples[0, b : b + length]
        assert np.abs(own - heard).max() < 1e-4


def test_no_joint_clicks(result: tuple[Speech, bank.Bank, Spliced]) -> None:
    _, _, done = result
    bend = np.abs(np.diff(done.speech.audio.samples[0], 2))
    usual = np.percentile(bend, 99)
    for true in done.true:
        for moment in (true.start, true.end):
            at = round(moment * RATE)
            assert bend[max(0, at - RATE // 10) : at + RATE // 10].max() <= max(usual, bend.max() * 0.9) + 1e-6


def test_function_words_alone_other_words_and_other_languages_are_left_synthetic() -> None:
    line = spoken("She gave me the blue letters.")
    assert spliced(line, bank.made([tape("They had the me of it.")])).true == ()
    assert spliced(line, bank.made([tape("He wrote many letter boxes.")])).true == ()
    assert spliced(line, bank.made([tape("我们回家。", "zh")])).true == ()


def test_a_phrase_said_far_too_slowly_or_as_a_question_is_refused() -> None:
    line = spoken("I saw the garden gate, last year.", speed=1.8)
    slow = spliced(line, bank.made([tape("Near the garden gate, she sang.", speed=0.6)]))
    assert slow.true == ()
    assert ["slowly" in left.reason for left in slow.left] == [True]
    asked = spliced(spoken("We saw the garden gate."), bank.made([tape("Was it the garden gate?")]))
    assert all("gate" not in true.text for true in asked.true)


def test_unsure_words_of_a_tape_are_not_used() -> None:
    line = spoken("In spring, the apple trees, were white.")
    held = tape("Here, the apple trees, are old.")
    assert spliced(line, bank.made([held])).true
    unsure = replace(held, usable=tuple(word.text != "apple" for word in held.speech.words))
    assert all("apple" not in true.text for true in spliced(line, bank.made([unsure])).true)


def test_mandarin_phrases_need_the_same_reading() -> None:
    line = spoken("今天下午，银行门口，有很多人。", "zh")
    done = spliced(line, bank.made([tape("在城里，银行门口，很热闹。", "zh")]))
    assert "银行门口" in [true.text for true in done.true]
    other = bank.keys(spoken("行人很多。", "zh"))
    assert other[0] == "行xing2"


def test_a_bank_is_of_one_language() -> None:
    with pytest.raises(AudioUnusable, match="one language"):
        bank.made([])
    with pytest.raises(AudioUnusable, match="one language"):
        bank.made([tape("Hello there."), tape("你好。", "zh")])


def test_crossfading_a_sound_with_itself_keeps_its_power() -> None:
    noise = np.random.default_rng(5).standard_normal(RATE).astype(np.float32)
    other = np.random.default_rng(6).standard_normal(RATE).astype(np.float32)
    mixed = crossfaded([(noise, 0, RATE // 2, 0), (other, RATE // 4, RATE // 2, 2400)])
    assert len(mixed) == RATE // 2 + RATE // 4
    joint = mixed[RATE // 2 - 1200 : RATE // 2 + 1200]
    assert joint.std() == pytest.approx(1.0, abs=0.1)
    assert np.array_equal(mixed[: RATE // 2 - 1200], noise[: RATE // 2 - 1200])
