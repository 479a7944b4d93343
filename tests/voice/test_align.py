"""Known times found again."""

from __future__ import annotations

import itertools
import time

import numpy as np
import pytest

from studio.types import AudioClip, Language, Speech
from studio.voice import engines
from studio.voice.align import align, warp

LINES: list[tuple[Language, str]] = [
    ("en", "My fellow Americans, this is the story of a woman born in 1906 who taught machines to understand words."),
    ("zh", "今天早上我去图书馆看书，路上遇见一位老朋友，我们坐下来喝茶。"),
]


def errors(found: Speech, true: Speech) -> list[float]:
    assert [w.text for w in found.words] == [w.text for w in true.words]
    return [abs(float(a.start - b.start)) for a, b in zip(found.words, true.words, strict=True)]


@pytest.mark.parametrize(("language", "text"), LINES)
@pytest.mark.parametrize(("base", "speed"), [("f2", 1.25), ("victor", 0.8)])
def test_words_of_another_voice_and_pace_are_found(language: Language, text: str, base: str, speed: float) -> None:
    true = engines.load("espeak").speak(text, language, base=base, speed=speed)
    found = align(true.audio, text, language)
    assert np.mean(errors(found, true)) <= 0.06
    assert found.audio is true.audio
    assert not found.synthetic
    assert found.engine == "recording"


def test_a_speakers_own_pauses_are_found() -> None:
    text = "Ask not what your country can do for you."
    engine = engines.load("espeak")
    parts = [engine.speak(part, "en", base="f2") for part in ("Ask", "not", "what your country can do for you.")]
    rate = parts[0].audio.sample_rate
    noise = np.random.default_rng(1)
    pause = 2e-4 * noise.standard_normal((1, rate)).astype(np.float32)
    pieces = [piece for part in parts for piece in (part.audio.samples, pause)]
    clip = AudioClip(np.concatenate(pieces, axis=1), rate)
    found = align(clip, text, "en")
    offsets = np.cumsum([0, *(part.audio.samples.shape[1] + rate for part in parts[:-1])]) / rate
    true = [float(w.start) + float(o) for part, o in zip(parts, offsets, strict=True) for w in part.words]
    assert np.abs(np.array([float(w.start) for w in found.words]) - true).max() < 0.1
    silences = [p for p in found.phonemes if not p.symbol and float(p.end - p.start) > 0.7]
    assert len(silences) == 3


def test_spans_are_in_order_and_cover_the_clip() -> None:
    language, text = LINES[0]
    clip = engines.load("espeak").speak(text, language, base="Alicia").audio
    found = align(clip, text, language)
    assert found.phonemes[0].start == 0
    assert found.phonemes[-1].end == clip.duration
    assert all(a.end == b.start for a, b in itertools.pairwise(found.phonemes))
    assert all(a.start <= b.start for a, b in itertools.pairwise(found.words))


def test_ten_seconds_take_less_than_one(voice_clip: AudioClip) -> None:
    text = "The sun was high above the water, and a young girl thought about her large house by the sea. " * 2
    clip = AudioClip(np.tile(voice_clip.samples, 2), voice_clip.sample_rate)
    align(clip, text, "en")
    started = time.perf_counter()
    align(clip, text, "en")
    assert time.perf_counter() - started < 0.15 * float(clip.duration)


def test_warping_finds_a_stretched_sequence() -> None:
    steps = np.arange(6, dtype=float)[:, None] * 10
    heard = np.repeat(steps, 3, axis=0)
    path = warp(heard, steps, pauses=np.zeros(6, bool), loudness=np.ones(18))
    assert [tuple(pair) for pair in path] == [(row, row // 3) for row in range(18)]


def test_a_recording_shorter_than_its_text_still_has_ordered_times() -> None:
    clip = engines.load("espeak").speak("Hello there.", "en", base="f2").audio
    found = align(clip, "Hello there, my dear old friends, and welcome to this house.", "en")
    assert all(0 <= w.start <= w.end <= clip.duration for w in found.words)
