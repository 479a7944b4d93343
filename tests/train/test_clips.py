"""A clip comes back from the disk as it was, and what is damaged is named."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from studio.errors import FileUnreadable
from studio.head import mesh
from studio.head.shapes import basis
from studio.train import clips
from studio.train.clips import Clip
from studio.types import F32


def turned(landmarks: F32, yaw: float, roll: float) -> F32:
    """The same faces, heads turned, nearer and elsewhere in the picture."""
    c, s = np.cos(yaw), np.sin(yaw)
    cr, sr = np.cos(roll), np.sin(roll)
    rotation = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]]) @ np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])
    return np.asarray(1.4 * landmarks @ rotation.T + [50, -20, 9], np.float32)


@pytest.fixture
def clip() -> Clip:
    """A mouth that opens and closes."""
    rng = np.random.default_rng(0)
    mean = basis()
    jaw = np.maximum(0, np.sin(np.arange(200) / 4))[:, None, None]
    landmarks = 60 * (mean.neutral + jaw * mean.shape("jaw")) + [160, 120, 0]
    return Clip(
        person="外婆 Ruth",
        video=Path("/films/ruth.mp4"),
        sha256="ab" * 32,
        first=40,
        frame_rate=Fraction(30000, 1001),
        landmarks=landmarks.astype(np.float32),
        sound=rng.uniform(-1, 1, 106_773).astype(np.float32),
        offset=Fraction(-3, 100),
        belief=0.9871,
        synced=True,
    )


def test_written_and_read_back(clip: Clip, tmp_path: Path) -> None:
    path = tmp_path / "person" / "0000.json"
    clips.write(clip, path)
    again = clips.read(path)
    for name in ("person", "video", "sha256", "first", "frame_rate", "offset", "belief", "synced", "why"):
        assert getattr(again, name) == getattr(clip, name), name
    np.testing.assert_array_equal(again.landmarks, clip.landmarks)
    assert again.sound.dtype == np.float32
    np.testing.assert_allclose(again.sound, clip.sound, atol=2 / 32767)
    assert again.duration == Fraction(200 * 1001, 30000)


def test_the_head_is_taken_out_and_the_mouth_stays(clip: Clip) -> None:
    still = clip.upright()
    moved = Clip(**{**vars(clip), "landmarks": turned(clip.landmarks, 0.3, -0.2)}).upright()
    np.testing.assert_allclose(moved, still, atol=1e-3)
    left, right = mesh.middle_of_eyes(still[0])
    assert np.linalg.norm(right - left) == pytest.approx(1.0, abs=0.02)
    gap = still[:, 14, 1] - still[:, 13, 1]
    assert gap.max() > 0.2 and gap.min() < 0.02


def test_only_finished_videos_are_in_the_corpus(clip: Clip, tmp_path: Path) -> None:
    with pytest.raises(FileUnreadable, match="studio train prepare"):
        clips.corpus(tmp_path)
    for video in ("b", "a"):
        clips.write(clip, tmp_path / "ruth" / video / "0000.json")
        clips.write(clip, tmp_path / "ruth" / video / "0001.json")
    with pytest.raises(FileUnreadable):
        clips.corpus(tmp_path)
    for video in ("b", "a"):
        (tmp_path / "ruth" / video / clips.DONE).write_text("{}")
    found = [path.relative_to(tmp_path).as_posix() for path in clips.corpus(tmp_path)]
    assert found == ["ruth/a/0000.json", "ruth/a/0001.json", "ruth/b/0000.json", "ruth/b/0001.json"]


@pytest.mark.parametrize("damage", ["gone", "short", "no json", "other frames"])
def test_damage_is_named(clip: Clip, tmp_path: Path, damage: str) -> None:
    path = tmp_path / "0000.json"
    clips.write(clip, path)
    arrays = path.with_suffix(".safetensors")
    if damage == "gone":
        arrays.unlink()
    elif damage == "short":
        arrays.write_bytes(arrays.read_bytes()[:-100])
    elif damage == "no json":
        path.write_text("half a fi")
    else:
        path.write_text(path.read_text().replace('"frames": 200', '"frames": 199'))
    with pytest.raises(FileUnreadable, match=r"0000\.json"):
        clips.read(path)
