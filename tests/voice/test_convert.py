"""Another voice, the same times."""

from __future__ import annotations

import numpy as np
import pytest

from studio.types import AudioClip, Speech, VoiceProfile
from studio.voice import engines, features
from studio.voice.convert import convert
from studio.voice.profile import base_of, base_statistics, enrol, statistics_of

TEXT = "She taught machines to understand the words of people, and people to understand machines."


@pytest.fixture(scope="module")
def profile(voice_clip: AudioClip) -> VoiceProfile:
    return enrol([voice_clip], person="Ada", hashes=[])


@pytest.fixture(scope="module")
def base(profile: VoiceProfile) -> Speech:
    return engines.load("espeak").speak(TEXT, "en", base="m2")


@pytest.fixture(scope="module")
def moved(base: Speech, profile: VoiceProfile) -> Speech:
    return convert(base, profile, base=base_statistics("en-us+m2", "en"))


def test_length_words_and_sounds_stay(base: Speech, moved: Speech) -> None:
    assert moved.audio.samples.shape == base.audio.samples.shape
    assert moved.audio.sample_rate == base.audio.sample_rate
    assert (moved.words, moved.phonemes, moved.text) == (base.words, base.phonemes, base.text)


def test_pitch_and_spectrum_move_to_the_person(base: Speech, moved: Speech, profile: VoiceProfile) -> None:
    person = statistics_of(profile)

    def distances(speech: Speech) -> tuple[float, float]:
        found = features.statistics([features.analyse(speech.audio)])
        pitch = abs(float(found.log_f0[0] - person.log_f0[0]))
        difference = (found.average - person.average)[8:330]
        return pitch, float((difference - difference.mean()).std() * 10 / np.log(10))

    (pitch_before, spectrum_before), (pitch_after, spectrum_after) = distances(base), distances(moved)
    assert pitch_before > 0.5
    assert pitch_after < 0.06
    assert spectrum_after < 0.6 * spectrum_before


def test_sounds_stay_where_they_were(base: Speech, moved: Speech) -> None:
    def envelope(speech: Speech) -> np.ndarray:  # type: ignore[type-arg]
        samples = np.abs(speech.audio.mono())
        return np.convolve(samples, np.ones(441) / 441, "same")[::220]

    assert np.corrcoef(envelope(base), envelope(moved))[0, 1] > 0.85


def test_same_input_gives_the_same_bytes(base: Speech, moved: Speech, profile: VoiceProfile) -> None:
    again = convert(base, profile, base=base_statistics("en-us+m2", "en"))
    assert again.audio.samples.tobytes() == moved.audio.samples.tobytes()


def test_without_base_statistics_the_line_itself_is_asked(base: Speech, profile: VoiceProfile) -> None:
    assert convert(base, profile).audio.samples.shape == base.audio.samples.shape
    silent = Speech(AudioClip(np.zeros((1, 22_050), np.float32), 22_050), "", "en", (), (), "espeak", synthetic=True)
    assert convert(silent, profile) is silent
    assert base_of(profile) != "en-us+m2"
