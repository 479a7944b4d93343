"""What all cloning engines share: the words they get, the recording they hear, and what is made of their answer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from studio.errors import AudioUnusable, EngineUnavailable, TextUnspeakable
from studio.types import F32, AudioClip
from studio.voice.engines import Reference, cloning

LINE = "She kept every letter."


@pytest.mark.parametrize(
    ("text", "language", "lexicon", "expected"),
    [
        ("In 1906, Grace was born", "en", {}, "In nineteen oh six, Grace was born."),
        ("(softly) Come in!", "en", {}, "softly, Come in!"),
        ("她生于1906年", "zh", {}, "她生于一九零六年。"),
        ("Siobhan sang.", "en", {"Siobhan": "Shivawn"}, "Shivawn sang."),
    ],
)
def test_numbers_are_read_out_and_every_line_ends(text: str, language, lexicon: dict, expected: str) -> None:
    assert cloning.written(text, language, lexicon, "zipvoice") == expected


def test_sounds_an_engine_cannot_be_told_are_refused_not_left_out() -> None:
    with pytest.raises(TextUnspeakable, match=r"the sounds /ʃɪˈvɔːn/, which zipvoice cannot be told"):
        cloning.written("Siobhan sang.", "en", {"Siobhan": "/ʃɪˈvɔːn/"}, "zipvoice")
    with pytest.raises(TextUnspeakable, match="shan4"):
        cloning.written("单老师来了。", "zh", {"单": "shan4"}, "zipvoice")
    assert cloning.written("单老师来了。", "zh", {"单": "shan4"}, "omnivoice", pinyin=str.upper).startswith("SHAN4老师")


def test_the_silence_around_a_recording_is_cut_off(reference: Reference) -> None:
    heard = cloning.heard(reference, 24_000)
    assert heard.dtype == np.float32 and heard.ndim == 1
    whole = float(reference.clip.duration)
    assert whole - 2.0 < len(heard) / 24_000 < whole - 1.4, "2 s of silence, of which 0.1 s stays at each end"
    assert heard[0] == pytest.approx(0, abs=1e-3)


def test_a_recording_in_which_nobody_speaks_is_refused() -> None:
    hum = 0.3 * np.sin(2 * np.pi * 50 * np.arange(5 * 16_000) / 16_000)
    with pytest.raises(AudioUnusable, match="Nobody speaks in the recording"):
        cloning.heard(Reference(AudioClip(hum.astype(np.float32)[None], 16_000), "en"), 24_000)


@pytest.mark.parametrize(
    ("samples", "what"),
    [
        ([], "answered with nothing"),
        (np.zeros(24_000, np.float32), "answered with silence"),
        (np.full(24_000, np.nan, np.float32), "numbers that are no sound"),
        (np.zeros((2, 24_000), np.float32), r"answered with \(2, 24000\) samples"),
    ],
)
def test_what_is_no_speech_is_never_passed_on(samples, what: str) -> None:
    with pytest.raises(EngineUnavailable, match=what):
        cloning.as_speech(samples, 24_000, LINE, "en", "zipvoice")


def test_what_was_said_gets_the_times_of_its_words(spoken_line: F32) -> None:
    speech = cloning.as_speech(3 * spoken_line[None], 24_000, LINE, "en", "zipvoice")
    assert speech.synthetic and speech.engine == "zipvoice" and speech.text == LINE
    assert [word.text for word in speech.words] == ["She", "kept", "every", "letter"]
    assert float(np.abs(speech.audio.samples).max()) <= 1.0
    starts = [word.start for word in speech.words]
    assert starts == sorted(starts) and speech.phonemes[-1].end == speech.audio.duration


def pitch(samples: F32, rate: int) -> float:
    middle = samples[len(samples) // 4 : 3 * len(samples) // 4]
    spectrum = np.abs(np.fft.rfft(middle * np.hanning(len(middle))))
    return float(np.argmax(spectrum) * rate / len(middle))


@pytest.mark.parametrize("rate", [0.5, 0.8, 1.25, 2.0])
def test_a_faster_voice_keeps_its_pitch(rate: float) -> None:
    time = np.arange(24_000) / 24_000
    tone = (0.5 * np.sin(2 * np.pi * 220 * time) + 0.2 * np.sin(2 * np.pi * 440 * time)).astype(np.float32)
    made = cloning.paced(tone, 24_000, rate)
    assert len(made) == round(24_000 / rate)
    assert pitch(made, 24_000) == pytest.approx(220, abs=6)
    inside = made[2400:-2400]
    level = np.sqrt(np.square(inside).mean())
    assert level == pytest.approx(np.sqrt(np.square(tone).mean()), rel=0.05), "pieces laid where they do not fit cancel"
    assert cloning.paced(tone, 24_000, 1.0) is tone


def test_an_engine_without_a_reference_or_its_words_says_so(reference: Reference) -> None:
    with pytest.raises(EngineUnavailable, match="pocket imitates a recording and was given none"):
        cloning.wanted(None, "pocket")
    with pytest.raises(EngineUnavailable, match="zipvoice has to know what is said"):
        cloning.wanted(replace(reference, transcript=""), "zipvoice")
    assert cloning.wanted(replace(reference, transcript=""), "pocket").transcript == ""
