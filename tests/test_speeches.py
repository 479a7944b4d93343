from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np

from studio import speeches
from studio.types import AudioClip, PhonemeSpan, Speech, WordSpan


def line(level: float, seconds: float = 1.0, rate: int = 48_000) -> Speech:
    samples = np.full((1, int(seconds * rate)), level, np.float32)
    end = Fraction(str(seconds))
    words = (WordSpan("ma", Fraction(0), end / 3), WordSpan("ma", end / 3, end))
    phonemes = (PhonemeSpan("m", Fraction(0), end / 3), PhonemeSpan("a", end / 3, end, 2))
    return Speech(AudioClip(samples, rate), "ma ma", "en", words, phonemes, "test", True)


def test_a_take_is_read_as_it_was_written(tmp_path: Path) -> None:
    speech = line(0.25)
    speeches.save(tmp_path, speech)
    again = speeches.load(tmp_path)
    np.testing.assert_array_equal(again.audio.samples, speech.audio.samples)
    assert (again.words, again.phonemes, again.text, again.engine, again.synthetic) == (
        speech.words, speech.phonemes, "ma ma", "test", True,
    )  # fmt: skip


def test_lines_are_laid_on_one_clock() -> None:
    joined = speeches.join([line(0.25), line(0.5)], [Fraction(1, 2), Fraction(2)], Fraction(4), "en")
    sound = joined.audio.mono()
    assert len(sound) == 4 * 48_000
    assert [float(sound[int(t * 48_000)]) for t in (0.2, 0.7, 1.7, 2.5, 3.5)] == [0, 0.25, 0, 0.5, 0]
    assert [word.start for word in joined.words] == [Fraction(n, 6) for n in (3, 5, 12, 14)]
    # The phonemes cover the whole, silences included, without a gap.
    assert joined.phonemes[0] == PhonemeSpan("", Fraction(0), Fraction(1, 2))
    assert joined.phonemes[-1].end == 4
    assert all(a.end == b.start for a, b in zip(joined.phonemes, joined.phonemes[1:], strict=False))


def test_a_recording_nobody_wrote_down_is_left_open() -> None:
    unknown = replace(line(0.5), text="", words=(), phonemes=())
    alone = speeches.join([unknown], [Fraction(1)], Fraction(3), "en")
    assert alone.phonemes == ()
    mixed = speeches.join([unknown, line(0.5)], [Fraction(1), Fraction(3)], Fraction(5), "en")
    assert [(p.start, p.end) for p in mixed.phonemes if not p.symbol] == [(0, 1), (2, 3), (4, 5)]


def test_a_line_of_another_rate_keeps_its_length() -> None:
    joined = speeches.join([line(0.5, 1.0, 22_050)], [Fraction(0)], Fraction(2), "en")
    assert abs(float(joined.audio.mono()[24_000]) - 0.5) < 0.01
    assert joined.audio.mono()[50_000:].max() < 0.01


def test_nobody_speaks() -> None:
    silence = speeches.join([], [], Fraction(1), "zh")
    assert not silence.audio.samples.any() and silence.words == () and not silence.synthetic
    assert silence.phonemes == (PhonemeSpan("", Fraction(0), Fraction(1)),)
