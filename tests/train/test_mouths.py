from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from studio.errors import FileUnreadable
from studio.media.files import sha256_file
from studio.media.video import write_video
from studio.train import clips, mouths, pairs
from studio.types import FrameSource


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory, talking: FrameSource, film: pairs.Clip) -> Path:
    """One video of one person, its first two frames left out, with a sound that belongs to it."""
    folder = tmp_path_factory.mktemp("corpus")
    video = folder / "grace.mp4"
    write_video(video, talking)
    sound = np.random.default_rng(0).standard_normal(16_000).astype(np.float32) * 0.05
    clip = clips.Clip(
        person="Grace",
        video=video,
        sha256=sha256_file(video),
        first=2,
        frame_rate=Fraction(25),
        landmarks=film.landmarks[2:],
        sound=sound,
        offset=Fraction(0),
        belief=0.9,
        synced=True,
    )
    place = folder / "grace"
    place.mkdir()
    clips.write(clip, place / "0000.json")
    (place / clips.DONE).write_text(json.dumps({"clips": ["0000"]}), encoding="utf-8")
    return folder


def test_pairs_are_made_once_and_kept(corpus: Path) -> None:
    (made,) = mouths.read(corpus)
    assert made.person == "Grace"
    assert len(made.drawn) >= mouths.FEWEST
    assert made.crops.shape[0] == 28
    assert made.sound is not None
    assert made.sound.shape[0] == 28
    kept = next(corpus.rglob("*.mouths"))
    written = kept.stat().st_mtime_ns
    (again,) = mouths.read(corpus)
    assert kept.stat().st_mtime_ns == written
    np.testing.assert_array_equal(again.drawn, made.drawn)
    # Close-ups are of the frames that the landmarks belong to.
    assert made.shows.any()
    assert not made.shows.all()


def test_damaged_pairs_are_made_again(corpus: Path) -> None:
    (made,) = mouths.read(corpus)
    kept = next(corpus.rglob("*.mouths"))
    kept.write_bytes(kept.read_bytes()[:100])
    (again,) = mouths.read(corpus)
    np.testing.assert_array_equal(again.filmed, made.filmed)


def test_a_corpus_without_clips_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileUnreadable, match="studio train prepare"):
        mouths.read(tmp_path)
