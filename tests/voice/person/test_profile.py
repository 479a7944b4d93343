"""A voice learned, kept and found again."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from studio.errors import FileUnreadable
from studio.types import Agreement, AudioClip, VoiceProfile
from studio.voice.person.enrol import enrol
from studio.voice.person.profile import described, digest, load, save, source_hashes, texture


@pytest.fixture(scope="module")
def profile(voice_clip: AudioClip) -> VoiceProfile:
    return enrol([voice_clip], person="Ada", hashes=["ab" * 32])


@pytest.fixture(scope="module")
def full(profile: VoiceProfile) -> VoiceProfile:
    """With everything a profile can carry."""
    return replace(
        profile,
        sources=("录音 1.wav",),
        consent=Agreement("Ada", "self", "家人", date(2026, 5, 1), date(2030, 1, 1), "drawer"),
        languages=("en", "zh"),
        enrolled=date(2026, 6, 2),
        quality={"snr_db": 31.5},
    )


def test_saved_and_loaded_it_is_the_same(profile: VoiceProfile, full: VoiceProfile, tmp_path: Path) -> None:
    path, again = tmp_path / "ada.safetensors", tmp_path / "again.safetensors"
    for kept in (profile, full):
        save(kept, path)
        read = load(path)
        assert replace(read, tensors={}).__dict__ == replace(kept, tensors={}).__dict__
        assert read.tensors.keys() == kept.tensors.keys()
        assert all(np.array_equal(read.tensors[name], tensor) for name, tensor in kept.tensors.items())
        save(read, again)
        assert path.read_bytes() == again.read_bytes()
        assert digest(read) == digest(kept)
    assert digest(profile) != digest(full)
    assert source_hashes(path) == ("ab" * 32,)


@pytest.mark.parametrize("content", [None, b"", b"not a profile at all"])
def test_other_files_are_refused(content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "voice.safetensors"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(FileUnreadable, match=r"voice\.safetensors"):
        load(path)
    assert source_hashes(path) == ()


def test_changed_and_cut_files_are_found_out(full: VoiceProfile, tmp_path: Path) -> None:
    path = tmp_path / "ada.safetensors"
    save(full, path)
    whole = path.read_bytes()
    changes = {
        "a tensor": whole[:-5] + bytes([whole[-5] ^ 1]) + whole[-4:],
        "the consent": whole.replace(b"2030-01-01", b"2039-01-01"),
        "the end": whole[:-100],
    }
    for what, changed in changes.items():
        assert changed != whole, what
        path.write_bytes(changed)
        with pytest.raises(FileUnreadable, match=r"ada\.safetensors"):
            load(path)


@pytest.mark.parametrize(
    ("schema", "said"), [("voice/1", "earlier version"), ("voice/9", "newer studio"), (7, "no voice profile")]
)
def test_other_versions_get_a_sentence(schema: object, said: str, tmp_path: Path) -> None:
    import json

    from safetensors.numpy import save_file

    record = {"schema": schema, "reference_sha256": ["cd" * 32]}
    save_file({"log_f0": np.zeros(4, np.float32)}, tmp_path / "old.safetensors", {"studio": json.dumps(record)})
    with pytest.raises(FileUnreadable, match=said):
        load(tmp_path / "old.safetensors")
    assert source_hashes(tmp_path / "old.safetensors") == ("cd" * 32,)


def test_a_described_profile_knows_the_person_the_tape_and_its_quality(
    profile: VoiceProfile, voice_clip: AudioClip, tmp_path: Path
) -> None:
    whole = described(profile, [voice_clip])
    assert np.linalg.norm(whole.tensors["embedding"]) == pytest.approx(1, abs=1e-4)
    assert all(tensor.dtype == np.float32 and np.isfinite(tensor).all() for tensor in whole.tensors.values())
    assert 1 < whole.quality["mos"] < 5 and whole.quality["kept_likeness"] > 0.85
    assert whole.cleaned and digest(whole) != digest(replace(whole, cleaned=("Nothing had to be done.",)))
    assert texture(profile) is None
    save(whole, tmp_path / "ada.safetensors")
    heard = texture(load(tmp_path / "ada.safetensors"))
    assert heard is not None and heard.band[1] > 8000
    assert load(tmp_path / "ada.safetensors").cleaned == whole.cleaned


def test_what_cleaning_did_is_told_for_every_recording(voice_clip: AudioClip, profile: VoiceProfile) -> None:
    rate = voice_clip.sample_rate
    pauses = np.pad(voice_clip.samples, ((0, 0), (rate, rate)))
    time = np.arange(pauses.shape[1]) / rate
    hum = np.sum([0.02 * np.sin(2 * np.pi * hertz * time) for hertz in (50, 100, 150)], axis=0)
    humming = AudioClip(pauses + hum.astype(np.float32), rate)
    named = replace(profile, sources=("tape.wav", "film.mp4"))
    tape, film = described(named, [voice_clip, humming]).cleaned
    assert tape.startswith("tape.wav: ") and film.startswith("film.mp4: ")
    assert "Mains hum" in film and "Mains hum" not in tape


def test_weights_of_something_else_are_refused(tmp_path: Path) -> None:
    from safetensors.numpy import save_file

    save_file({"weight": np.zeros(3, np.float32)}, tmp_path / "net.safetensors")
    with pytest.raises(FileUnreadable, match="no voice profile"):
        load(tmp_path / "net.safetensors")
