"""Sound read piece by piece."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from studio.errors import AudioUnusable, FileUnreadable
from studio.media.audio import read_audio, resample, write_wav
from studio.media.blocks import clip_blocks, file_blocks
from studio.types import AudioClip


def sweep(seconds: float, rate: int, channels: int = 1) -> AudioClip:
    time = np.arange(int(seconds * rate)) / rate
    sound = (0.4 * np.sin(2 * np.pi * (100 + 300 * time) * time)).astype(np.float32)
    return AudioClip(np.stack([sound * (1 - 0.5 * index) for index in range(channels)]), rate)


@pytest.mark.parametrize(("rate", "wanted"), [(44_100, 16_000), (8000, 16_000), (16_000, 16_000)])
def test_blocks_are_the_sound_in_pieces(tmp_path: Path, rate: int, wanted: int) -> None:
    clip = sweep(3.3, rate, channels=2)
    path = tmp_path / "sweep.wav"
    write_wav(path, clip)
    whole = resample(AudioClip(read_audio(path).mono()[None], rate), wanted).mono()
    for blocks in (list(file_blocks(path, wanted, seconds=1)), list(clip_blocks(clip, wanted, seconds=1))):
        assert [len(block) for block in blocks[:-1]] == [wanted] * (len(blocks) - 1)
        joined = np.concatenate(blocks)
        assert abs(len(joined) - len(whole)) <= 2
        count = min(len(joined), len(whole))
        assert np.abs(joined[:count] - whole[:count]).max() < 0.005


def test_what_is_no_sound_is_refused(tmp_path: Path) -> None:
    text = tmp_path / "letter.wav"
    text.write_text("Dear all, this is a letter." * 50)
    with pytest.raises(FileUnreadable, match="cannot be read"):
        list(file_blocks(text, 16_000))
    with pytest.raises(FileUnreadable, match="does not exist"):
        list(file_blocks(tmp_path / "none.wav", 16_000))


def test_an_empty_sound_track_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "empty.wav"
    write_wav(path, AudioClip(np.zeros((1, 0), np.float32), 16_000))
    with pytest.raises((AudioUnusable, FileUnreadable)):
        list(file_blocks(path, 16_000))


def test_a_clip_without_samples_has_no_blocks() -> None:
    assert list(clip_blocks(AudioClip(np.zeros((1, 0), np.float32), 44_100), 16_000)) == []
