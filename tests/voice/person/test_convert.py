"""Another voice, the same times."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from studio.media.audio import read_audio
from studio.types import AudioClip, Speech, VoiceProfile
from studio.voice import engines, features
from studio.voice.features import Features
from studio.voice.person import bases
from studio.voice.person.convert import CLOSENESS, converted, tracts
from studio.voice.person.enrol import enrol, statistics_of
from studio.voice.person.likeness import embedding, likeness

TEXT = "She taught machines to understand the words of people, and people to understand machines."


@pytest.fixture(scope="module")
def profile(voice_clip: AudioClip) -> VoiceProfile:
    return enrol([voice_clip], person="Ada", hashes=[])


@pytest.fixture(scope="module")
def base(profile: VoiceProfile) -> Speech:
    return engines.load("espeak").speak(TEXT, "en", base="m2")


def convert(base: Speech, profile: VoiceProfile, *, closeness: float = CLOSENESS) -> Speech:
    typical = bases.typical("espeak", "en-us+m2", "en")
    found = converted(features.analyse(base.audio), base, profile, typical, closeness=closeness)
    return replace(base, audio=bases.sound(found, base))


@pytest.fixture(scope="module")
def moved(base: Speech, profile: VoiceProfile) -> Speech:
    return convert(base, profile)


def test_length_words_and_sounds_stay(base: Speech, moved: Speech) -> None:
    assert abs(moved.audio.duration - base.audio.duration) <= Fraction(1, 24_000)
    assert (moved.words, moved.phonemes, moved.text) == (base.words, base.phonemes, base.text)


def test_pitch_and_spectrum_move_to_the_person(base: Speech, profile: VoiceProfile) -> None:
    person = statistics_of(profile)
    moved = convert(base, profile, closeness=0.0)

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
        hop = speech.audio.sample_rate // 100
        return samples[: len(samples) // hop * hop].reshape(-1, hop).mean(axis=1)

    before, after = envelope(base), envelope(moved)
    length = min(len(before), len(after))
    assert np.corrcoef(before[:length], after[:length])[0, 1] > 0.85


def test_same_input_gives_the_same_bytes(base: Speech, moved: Speech, profile: VoiceProfile) -> None:
    again = convert(base, profile)
    assert again.audio.samples.tobytes() == moved.audio.samples.tobytes()


@pytest.fixture(scope="module")
def parts(base: Speech) -> Features:
    return features.analyse(base.audio)


def test_frames_and_what_is_voiced_stay(base: Speech, parts: Features, profile: VoiceProfile) -> None:
    person = statistics_of(profile)
    found = converted(parts, base, profile, bases.typical("espeak", "en-us+m2", "en"))
    assert found.envelope.shape == found.aperiodicity.shape == parts.envelope.shape
    assert np.array_equal(found.voiced, parts.voiced)
    assert np.allclose(found.envelope.sum(axis=1), parts.envelope.sum(axis=1), rtol=1e-6)
    logs = np.log(found.f0[found.voiced])
    assert logs.min() > person.log_f0[2] - 0.16
    assert logs.max() < person.log_f0[3] + 0.16


def test_converted_to_itself_a_voice_stays_nearly_as_it_is(voice_clip: AudioClip, profile: VoiceProfile) -> None:
    own = features.analyse(voice_clip)
    line = Speech(voice_clip, "", "en", (), (), "espeak", synthetic=True)
    found = converted(own, line, profile, bases.Base(statistics_of(profile)))
    loud = features.loud(own)
    change = np.log(found.envelope[loud][:, 8:200] / own.envelope[loud][:, 8:200]) * 10 / np.log(10)
    assert np.sqrt(np.square(change).mean()) < 4.5
    assert np.abs(np.log(found.f0[loud] / own.f0[loud])).mean() < 0.05


def test_silence_comes_back_without_a_voice_in_it(profile: VoiceProfile) -> None:
    clip = AudioClip(np.zeros((1, 24_000), np.float32), 24_000)
    line = Speech(clip, "", "en", (), (), "espeak", synthetic=True)
    found = converted(features.analyse(clip), line, profile, bases.typical("espeak", "en-us+m2", "en"))
    assert not found.voiced.any()
    assert np.isfinite(found.envelope).all()
    assert np.abs(features.synthesise(found, 24_000)).max() < 1e-3


def test_half_the_colour_lies_between(base: Speech, parts: Features, profile: VoiceProfile) -> None:
    typical = bases.typical("espeak", "en-us+m2", "en")
    none, half, whole = (converted(parts, base, profile, typical, closeness=c).envelope for c in (0.0, 0.5, 1.0))

    def way(one: np.ndarray, other: np.ndarray) -> float:  # type: ignore[type-arg]
        logs = np.log(one / other)
        return float(np.abs(logs - logs.mean(axis=1, keepdims=True)).mean())

    assert way(whole, none) > 0.1
    assert way(half, none) < 0.7 * way(whole, none)
    assert way(half, whole) < 0.7 * way(whole, none)


def test_a_tract_already_made_long_is_not_made_longer() -> None:
    as_recorded, longer = bases.typical("espeak", "en-us+m2", "en"), bases.typical("own", "male", "zh")
    assert min(tracts(as_recorded)) < 1.0
    assert longer.tract < 0.9
    assert min(tracts(longer)) == 1.0


def test_a_profile_from_before_there_was_a_guide_is_spoken_with(
    base: Speech, parts: Features, profile: VoiceProfile
) -> None:
    typical = bases.typical("espeak", "en-us+m2", "en")
    older = replace(profile, tensors={name: held for name, held in profile.tensors.items() if name != "guide"})
    plain, coloured = (converted(parts, base, one, typical, closeness=1.0).envelope for one in (older, profile))
    assert np.array_equal(plain, converted(parts, base, older, typical, closeness=0.0).envelope)
    assert not np.allclose(plain, coloured)


def test_a_real_voice_is_nearer_afterwards(shared: Path, base: Speech) -> None:
    """Learned from the first half of a recording, compared with the second."""
    clip = read_audio(shared / "media/speech/moss_reference_en_2.flac", mono=True)
    half = clip.samples.shape[1] // 2
    first, second = (
        AudioClip(np.ascontiguousarray(part), clip.sample_rate)
        for part in (clip.samples[:, :half], clip.samples[:, half:])
    )
    moved = convert(base, enrol([first], person="Di", hashes=[]))
    before, after = (likeness(embedding(speech.audio), embedding(second)) for speech in (base, moved))
    assert after > before + 0.05
