"""Good takes pass, and each kind of bad one is found fault with for what is wrong with it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from studio.errors import AudioUnusable
from studio.media.audio import read_audio, resample
from studio.types import F32, AudioClip, Speech
from studio.voice import engines
from studio.voice.alignment.check import DRIFT_SEMITONES, Verdict, check
from studio.voice.engines import Reference

RATE = 22_050
LINE = "My grandmother planted apple trees behind the old house, and every autumn we picked the fruit."


@cache
def spoken(text: str = LINE, base: str = "f3") -> Speech:
    return engines.load("espeak").speak(text, "en", base=base, speed=1.2)


def verdict(samples: F32, text: str = LINE, reference: Reference | None = None) -> Verdict:
    return check(AudioClip(np.asarray(samples, np.float32)[None], RATE), text, "en", reference)


@cache
def reference() -> Reference:
    words = "Some call me nature, others call me mother nature, and the old ones only call me home."
    return Reference(spoken(words).audio, "en", words)


def test_a_good_take_has_no_faults() -> None:
    found = check(spoken(), LINE, "en", reference())
    assert found.ok and found.badness < 0.3, found
    assert found.missing == () and not found.leak
    assert found.likeness is not None and found.likeness > 0.8
    assert found.steadiness is not None and found.steadiness > 0.7


def test_missing_words_are_named() -> None:
    speech = spoken()
    word = next(word for word in speech.words if word.text == "grandmother")
    samples = speech.audio.mono()
    cut = np.concatenate([samples[: round(word.start * RATE)], samples[round(word.end * RATE) :]])
    found = verdict(cut)
    assert "grandmother" in found.missing and not found.ok
    assert found.sentences[0].startswith('Not heard: "') and found.badness >= 1


def test_a_tail_is_told_from_an_insertion() -> None:
    samples = spoken().audio.mono()
    more = spoken("Subscribe to my channel.").audio.mono()
    pause = np.zeros(RATE // 5)
    after = verdict(np.concatenate([samples, pause, more]))
    assert after.tail_s > 0.8 and any("goes on speaking" in said for said in after.sentences)
    before = verdict(np.concatenate([more, pause, samples]))
    assert before.added_s > 0.8 and before.tail_s < 0.28 and not before.leak


def test_words_of_the_reference_at_the_start_are_a_leak() -> None:
    samples, own = spoken().audio.mono(), spoken(reference().transcript).audio.mono()
    pause = np.zeros(RATE // 5)
    found = verdict(np.concatenate([own, pause, samples]), reference=reference())
    assert found.leak and "words of the recording that it imitates" in " ".join(found.sentences)
    other = spoken("Winter came early to the valley, and the river froze.").audio.mono()
    strange = verdict(np.concatenate([other, pause, samples]), reference=reference())
    assert not strange.leak and strange.added_s > 1


def test_a_long_silence_inside_and_a_jump_of_loudness() -> None:
    speech = spoken()
    samples = speech.audio.mono()
    at = round(speech.words[8].start * RATE)
    found = verdict(np.concatenate([samples[:at], np.zeros(RATE), samples[at:]]))
    assert found.pause_s == pytest.approx(1.0, abs=0.25) and "stops for" in found.sentences[0]
    louder = verdict(np.concatenate([samples[:at] * 0.1, samples[at:]]))
    assert louder.loudness > 14 and any("loudness jumps" in said for said in louder.sentences)
    assert verdict(samples).loudness < 12


def test_another_speaker_half_way_and_a_stranger(shared: Path) -> None:
    def loaded(name: str) -> F32:
        return resample(read_audio(shared / "media" / "speech" / name, mono=True), RATE).mono()[: 5 * RATE]

    one, other = loaded("en_f5_main.flac"), loaded("moss_reference_en_2.flac")
    mixed = verdict(np.concatenate([one[: 3 * RATE], other[: 3 * RATE]]))
    steady = verdict(one)
    assert mixed.steadiness is not None and steady.steadiness is not None
    assert mixed.steadiness < steady.steadiness - 0.1
    stranger = verdict(one, reference=Reference(AudioClip(other[None], RATE), "en"))
    assert stranger.likeness is not None and stranger.likeness < 0.8


def test_a_pitch_that_wanders_off() -> None:
    time = np.arange(3 * RATE) / RATE
    f0 = np.where(time < 1.5, 120.0, 240.0)
    voice = sum(np.sin(2 * np.pi * k * np.cumsum(f0) / RATE) / k for k in range(1, 12))
    found = verdict(0.1 * voice / np.abs(voice).max())
    assert found.f0_drift == pytest.approx(12, abs=1) and found.f0_drift > DRIFT_SEMITONES
    assert any("pitch goes up by 12 semitones" in said for said in found.sentences)


def test_silence_is_refused() -> None:
    for samples in (np.zeros(RATE), np.zeros(0)):
        with pytest.raises(AudioUnusable, match="The take is silent"):
            verdict(samples)
