"""A mouth that follows a voice while it speaks says the same as one that heard it all before."""

from __future__ import annotations

import time
from fractions import Fraction

import numpy as np
import pytest

from studio.head import hearing
from studio.head.listener import Listener
from studio.head.motion import perform
from studio.head.visemes import MOUTH, SCORE_RATE
from studio.types import F32, AudioClip, Speech
from studio.voice.speak import speak

RATE = Fraction(25)


@pytest.fixture(scope="module")
def line() -> AudioClip:
    said = speak("My father came home late. He told us about the river, and about the people beside it.", "en", None)
    quiet = np.zeros((1, said.audio.sample_rate), np.float32)
    return AudioClip(np.concatenate([quiet, said.audio.samples, quiet], axis=1), said.audio.sample_rate)


def followed(audio: AudioClip, chunk: int, rate: Fraction = RATE, look_ahead_s: float = 0.12) -> F32:
    listener = Listener(audio.sample_rate, rate, look_ahead_s=look_ahead_s)
    samples = audio.mono()
    parts = [listener.feed(samples[at : at + chunk]) for at in range(0, len(samples), chunk)]
    return np.concatenate([*parts, listener.finish()])


def test_it_agrees_with_hearing_it_all(line: AudioClip) -> None:
    curves = followed(line, 1000)
    whole = perform(Speech(line, "", "en", (), (), "recording", False), len(curves), RATE, seed=0)
    assert abs(len(curves) - line.duration * RATE) <= 1
    assert np.corrcoef(curves[:, MOUTH.index("jaw")], whole.curve("jaw"))[0, 1] > 0.8
    assert curves[:, MOUTH.index("press")].max() > 0.8
    assert curves.min() >= -1 and curves.max() <= 1.2


def test_silence_is_closed(line: AudioClip) -> None:
    jaw = followed(line, 1000)[:, MOUTH.index("jaw")]
    assert np.abs(jaw[:18]).max() < 0.05 * jaw.max()
    assert np.abs(jaw[-18:]).max() < 0.05 * jaw.max()


def test_the_pieces_do_not_matter(line: AudioClip) -> None:
    short = AudioClip(line.samples[:, : 2 * line.sample_rate], line.sample_rate)
    one, other = followed(short, 317), followed(short, 10_000)
    assert one.shape == other.shape
    assert np.abs(one - other).max() < 1e-4


def test_what_is_decided_was_decided_without_the_future(line: AudioClip) -> None:
    samples = line.samples.copy()
    cut = int(2.0 * line.sample_rate)
    samples[:, cut:] = np.random.default_rng(0).standard_normal(samples.shape[1] - cut).astype(np.float32)
    known = int((2.0 - 0.12 - 0.02) * 25)
    one, other = followed(line, 2000), followed(AudioClip(samples, line.sample_rate), 2000)
    assert np.abs(one[:known] - other[:known]).max() < 1e-3
    assert np.abs(one[:known]).max() > 0.1


def test_it_answers_within_its_look_ahead(line: AudioClip) -> None:
    listener = Listener(line.sample_rate, RATE)
    decided = len(listener.feed(line.mono()[: 2 * line.sample_rate]))
    # 120 ms, half a frame and what resampling holds back.
    assert decided >= (2.0 - 0.12 - 0.02 - 0.06) * 25 - 1


def test_it_keeps_up(line: AudioClip) -> None:
    followed(AudioClip(line.samples[:, :8000], line.sample_rate), 2000)
    started = time.process_time()
    curves = followed(line, 2000)
    assert time.process_time() - started < 0.5 * len(curves) / 25


def test_memory_does_not_grow() -> None:
    stream = hearing.Stream()
    rng = np.random.default_rng(0)
    for second in range(40):
        stream.add(0.01 * rng.standard_normal(16_000).astype(np.float32))
        first, part = stream.score(stream.rows, 60)
        assert first + len(part.silent) == (second + 1) * SCORE_RATE
    assert stream._samples.size < 16 * 16_000


def test_hearing_causally_is_nearly_hearing(line: AudioClip) -> None:
    length = int(line.duration * SCORE_RATE)
    whole, causal = hearing.hear(line, length), hearing.hear(line, length, causal=True)
    assert causal.target.shape == whole.target.shape
    assert (whole.silent == causal.silent).mean() > 0.9
    spoken = ~whole.silent & ~causal.silent
    jaw = MOUTH.index("jaw")
    assert np.corrcoef(whole.target[spoken, jaw], causal.target[spoken, jaw])[0, 1] > 0.8


def test_bad_rates_are_bugs() -> None:
    for rate, frames, ahead in ((0, RATE, 0.12), (16_000, Fraction(0), 0.12), (16_000, RATE, 0.0)):
        with pytest.raises(ValueError, match=r"rates|look_ahead"):
            Listener(rate, frames, look_ahead_s=ahead)
