"""A voice learned, kept and found again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from studio.errors import AudioUnusable, FileUnreadable
from studio.types import AudioClip, VoiceProfile
from studio.voice import features
from studio.voice.profile import BASES, base_of, base_statistics, enrol, load, save, statistics_of


@pytest.fixture(scope="module")
def profile(voice_clip: AudioClip) -> VoiceProfile:
    return enrol([voice_clip], person="Ada", hashes=["ab" * 32])


def test_a_profile_knows_pitch_and_nearest_base(profile: VoiceProfile, voice_clip: AudioClip) -> None:
    import pyworld

    f0, _ = pyworld.harvest(voice_clip.samples[0].astype(np.float64), voice_clip.sample_rate)
    assert np.exp(profile.tensors["log_f0"][0]) == pytest.approx(np.median(f0[f0 > 0]), rel=0.08)
    assert base_of(profile) in ("en-us+f2", "en-us+Alicia")
    assert profile.seconds == pytest.approx(float(voice_clip.duration), abs=0.7)
    assert all(tensor.dtype == np.float32 and np.isfinite(tensor).all() for tensor in profile.tensors.values())
    assert 2 < statistics_of(profile).rate < 8


def test_a_man_gets_a_mans_base() -> None:
    from studio.voice import engines

    clip = engines.load("espeak").speak("The water was high above the old house by the sea.", "en", base="m4").audio
    assert base_of(enrol([clip], person="Bo", hashes=[])) in BASES[:3]


def test_saved_and_loaded_it_is_the_same(profile: VoiceProfile, tmp_path: Path) -> None:
    path, again = tmp_path / "ada.safetensors", tmp_path / "again.safetensors"
    save(profile, path)
    read = load(path)
    assert (read.person, read.reference_sha256, read.seconds) == ("Ada", ("ab" * 32,), profile.seconds)
    assert all(np.array_equal(read.tensors[name], tensor) for name, tensor in profile.tensors.items())
    save(read, again)
    assert path.read_bytes() == again.read_bytes()


@pytest.mark.parametrize("content", [None, b"", b"not a profile at all"])
def test_other_files_are_refused(content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "voice.safetensors"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(FileUnreadable, match=r"voice\.safetensors"):
        load(path)


def test_weights_of_something_else_are_refused(tmp_path: Path) -> None:
    from safetensors.numpy import save_file

    save_file({"weight": np.zeros(3, np.float32)}, tmp_path / "net.safetensors")
    with pytest.raises(FileUnreadable, match="no voice profile"):
        load(tmp_path / "net.safetensors")


def test_no_recordings_and_silent_ones_are_refused() -> None:
    with pytest.raises(AudioUnusable, match="No recordings"):
        enrol([], person="Ada", hashes=[])
    with pytest.raises(AudioUnusable, match="silent"):
        enrol([AudioClip(np.zeros((1, 48_000), np.float32), 48_000)], person="Ada", hashes=[])


def test_a_shorter_vocal_tract_is_measured() -> None:
    base = base_statistics(BASES[0], "en")
    for factor in (0.9, 1.0, 1.12):
        moved = features.warped_many(base.average, np.array([factor]))[0]
        person = features.Statistics(base.log_f0, base.mean, base.std, base.noise, moved, base.rate)
        assert features.tract_ratio(person, base) == pytest.approx(factor, abs=0.03)
