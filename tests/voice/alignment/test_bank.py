"""A person's true words."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from studio.errors import AudioUnusable
from studio.media.audio import read_audio
from studio.types import AudioClip
from studio.voice.alignment import bank
from studio.voice.alignment.warping import frame_levels

JFK = "And so, my fellow Americans, ask not what your country can do for you, ask what you can do for your country."


def test_a_recording_becomes_phrases_with_their_place_in_the_file(shared: Path) -> None:
    clip = read_audio(shared / "media" / "speech" / "en_jfk_1961.flac", mono=True)
    rate = clip.sample_rate
    late = AudioClip(np.pad(clip.samples, ((0, 0), (2 * rate, 0))), rate)
    tape = bank.taped(late, JFK, "en", source="jfk.flac", sha256="a" * 64)
    held = bank.made([tape])
    found = list(held.phrases(("what", "your", "country")))
    assert [phrase.text for phrase in found] == ["what your country"]
    at = float(tape.start + found[0].start)
    assert at == pytest.approx(2 + 5.23 + 0.0, abs=0.6)
    assert float(tape.start) >= 1.5
    assert not list(held.phrases(("ask", "not", "what")))  # he paused between these words
    assert 0 < held.seconds < 8


def test_a_recording_of_other_words_is_refused(shared: Path) -> None:
    clip = read_audio(shared / "media" / "speech" / "en_jfk_1961.flac", mono=True)
    with pytest.raises(AudioUnusable, match="does not say what its transcript says"):
        bank.taped(clip, "My mother kept a garden and sold her roses in town.", "en", source="a", sha256="b")


def test_levels_follow_the_sound() -> None:
    samples = np.concatenate([np.zeros(4800), 0.5 * np.ones(4800)]).astype(np.float32)
    found = frame_levels(samples, 48_000, 0.01)
    assert len(found) == 20
    assert found[2] < -90
    assert found[15] == pytest.approx(20 * np.log10(0.5), abs=0.01)
    assert Fraction(len(found), 100) == Fraction(1, 5)
