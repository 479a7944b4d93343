"""A voice learned from recordings, short and long."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from studio.errors import AudioUnusable
from studio.media.audio import read_audio, resample
from studio.types import AudioClip, VoiceProfile
from studio.voice import engines, features
from studio.voice.person import bases
from studio.voice.person.enrol import best, enrol, statistics_of
from studio.voice.person.likeness import embedding, likeness


@pytest.fixture(scope="module")
def profile(voice_clip: AudioClip) -> VoiceProfile:
    return enrol([voice_clip], person="Ada", hashes=["ab" * 32])


def test_a_profile_knows_pitch_and_nearest_base(profile: VoiceProfile, voice_clip: AudioClip) -> None:
    import pyworld

    f0, _ = pyworld.harvest(voice_clip.samples[0].astype(np.float64), voice_clip.sample_rate)
    assert np.exp(profile.tensors["log_f0"][0]) == pytest.approx(np.median(f0[f0 > 0]), rel=0.08)
    assert bases.nearest("espeak", statistics_of(profile), "en") in ("en-us+f2", "en-us+Alicia")
    assert profile.seconds == pytest.approx(float(voice_clip.duration), abs=0.7)
    assert all(tensor.dtype == np.float32 and np.isfinite(tensor).all() for tensor in profile.tensors.values())
    assert 2 < statistics_of(profile).rate < 8


def test_a_man_gets_a_mans_base() -> None:
    clip = engines.load("espeak").speak("The water was high above the old house by the sea.", "en", base="m4").audio
    man = statistics_of(enrol([clip], person="Bo", hashes=[]))
    assert bases.nearest("espeak", man, "en") in bases.BASES["espeak"][:3]


def test_three_seconds_of_a_real_voice_are_enough(shared: Path) -> None:
    clip = read_audio(shared / "media/speech/en_f5_main.flac", mono=True)
    short = AudioClip(np.ascontiguousarray(clip.samples[:, : 3 * clip.sample_rate]), clip.sample_rate)
    brief, whole = (statistics_of(enrol([one], person="Cy", hashes=[])) for one in (short, clip))
    assert abs(brief.log_f0[0] - whole.log_f0[0]) < 0.1


def test_no_recordings_and_silent_ones_are_refused() -> None:
    with pytest.raises(AudioUnusable, match="No recordings"):
        enrol([], person="Ada", hashes=[])
    with pytest.raises(AudioUnusable, match="silent"):
        enrol([AudioClip(np.zeros((1, 48_000), np.float32), 48_000)], person="Ada", hashes=[])


def test_of_a_long_recording_the_best_is_taken(voice_clip: AudioClip) -> None:
    """Clean, noisy and cut-off stretches of 20 s: two of five are wanted, and the clean ones come in their order."""
    rate = 8_000
    spoken = np.resize(voice_clip.samples[0, :: voice_clip.sample_rate // rate], 20 * rate).astype(np.float32)
    noise = np.random.default_rng(3).standard_normal(20 * rate).astype(np.float32)
    loud = np.clip(spoken * 20, -0.9, 0.9)
    first, second = spoken * 0.9, spoken * 0.8
    clip = AudioClip(np.concatenate([spoken + 0.1 * noise, first, loud, second, 0.05 * noise])[None], rate)
    found = best(clip, 40).samples[0]
    assert len(found) == 40 * rate
    inside = slice(rate, 19 * rate)
    assert np.array_equal(found[: 20 * rate][inside], first[inside])
    assert np.array_equal(found[20 * rate :][inside], second[inside])
    assert not found[[0, 20 * rate]].round(3).any()
    assert best(clip, 100) is clip


def test_choosing_from_hours_needs_little_memory() -> None:
    """What is looked at is a stretch of 20 s, however long the recording is."""
    rate = 8_000
    clip = AudioClip(np.zeros((1, 3600 * rate), np.float32), rate)
    tracemalloc.start()
    try:
        best(clip, 60)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 0.2 * clip.samples.nbytes


def test_statistics_of_pieces_are_those_of_the_whole(voice_clip: AudioClip) -> None:
    parts = features.analyse(voice_clip)
    half = len(parts.f0) // 2
    pieces = [
        features.Features(parts.f0[cut], parts.envelope[cut], parts.aperiodicity[cut])
        for cut in (slice(None, half), slice(half, None))
    ]
    whole, pieced = features.statistics([parts]), features.statistics(pieces)
    assert np.allclose(whole.log_f0, pieced.log_f0, atol=0.02)
    assert np.allclose(whole.average, pieced.average, atol=0.1)
    assert np.allclose(whole.mean, pieced.mean, atol=0.2)


def test_a_shorter_vocal_tract_is_measured() -> None:
    base = bases.typical("espeak", "en-us+m2", "en").statistics
    for factor in (0.9, 1.0, 1.12):
        moved = features.warped_many(base.average, np.array([factor]))[0]
        person = features.Statistics(base.log_f0, base.mean, base.std, base.noise, moved, base.rate)
        assert features.tract_ratio(person, base) == pytest.approx(factor, abs=0.03)


def test_the_guide_is_whose_voice_it_is_however_loud(voice_clip: AudioClip) -> None:
    soft = AudioClip(voice_clip.samples * np.float32(0.1), voice_clip.sample_rate)
    found, softly = (enrol([clip], person="Ada", hashes=[]).tensors["guide"] for clip in (voice_clip, soft))
    assert found.shape == (256,)
    assert likeness(found, embedding(voice_clip)) > 0.9
    assert likeness(found, softly) > 0.99


@pytest.mark.parametrize("length", [24_000, 24_001, 24_119, 24_120, 24_239])
def test_careful_features_have_as_many_frames_as_others(voice_clip: AudioClip, length: int) -> None:
    piece = AudioClip(resample(voice_clip, features.SAMPLE_RATE).samples[:, :length], features.SAMPLE_RATE)
    quick, careful = (features.analyse(piece, careful=slow) for slow in (False, True))
    assert careful.f0.shape == quick.f0.shape and careful.envelope.shape == quick.envelope.shape
    both = quick.voiced & careful.voiced
    assert both.sum() > 50
    assert np.median(np.abs(np.log(quick.f0[both] / careful.f0[both]))) < 0.02
