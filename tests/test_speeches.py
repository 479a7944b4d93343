from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np

from benchmarks.sound import clicks
from studio import speeches
from studio.media.audio import read_audio, resample
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


def test_no_line_begins_or_ends_with_a_step() -> None:
    joined = speeches.join([line(0.25), line(0.5)], [Fraction(1, 2), Fraction(3, 2)], Fraction(3), "en")
    assert np.abs(np.diff(joined.audio.mono())).max() < 0.01


def levels(samples: np.ndarray, step: float = 0.05) -> np.ndarray:  # type: ignore[type-arg]
    rows = samples[: len(samples) // round(step * 48_000) * round(step * 48_000)].reshape(-1, round(step * 48_000))
    return 10 * np.log10((rows.astype(np.float64) ** 2).mean(axis=1) + 1e-14)


def test_between_true_recordings_the_tape_runs_on(shared: Path) -> None:
    """Two pieces of a tape with a second between them: no hole, the tape's own level, no click."""
    whole = resample(read_audio(shared / "media" / "speech" / "en_jfk_1961.flac", mono=True), 48_000)
    cut = [
        Speech(
            AudioClip(whole.samples[:, a * 48_000 : b * 48_000].copy(), 48_000), "", "en", (), (), "recording", False
        )
        for a, b in ((0, 4), (4, 8))
    ]
    starts, duration = [Fraction(3, 5), Fraction(28, 5)], Fraction(21, 2)
    joined = speeches.join(cut, starts, duration, "en").audio.mono()
    between = speeches.room_between(cut, starts, duration, 1)
    assert between is not None and between.samples.shape == (1, len(joined))
    heard = joined + between.mono()
    gap = levels(heard)[95:110]  # 4.75 … 5.5 s
    own = np.sort(levels(cut[0].audio.mono()))[5:20].mean()  # the tape in its own pauses
    assert levels(joined)[95:110].max() < -130
    assert abs(gap.mean() - own) < 6 and np.ptp(gap) < 6
    # It comes with the scene and goes with it.
    edge = levels(heard)
    assert edge[0] < edge[10] - 10 and edge[-1] < edge[-12] - 10
    # No click where tape and tone meet.
    meeting = [float(start) + offset for start in starts for offset in (0.0, 4.0)]
    assert max(clicks(heard, meeting)) < 2


def test_new_words_and_silence_bring_no_tape() -> None:
    new = line(0.25)
    assert speeches.room_between([new], [Fraction(0)], Fraction(2), 1) is None
    assert speeches.room_between([], [], Fraction(2), 1) is None
    silent = replace(new, audio=AudioClip(np.zeros((1, 96_000), np.float32), 48_000), synthetic=False)
    assert speeches.room_between([silent], [Fraction(0)], Fraction(3), 1) is None
