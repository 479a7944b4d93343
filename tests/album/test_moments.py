"""Moments of home videos: cuts are found, calm and sharp frames chosen, odd films survived."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest

from studio.album import moments
from studio.album.moments import passages, video_seen
from studio.errors import AudioUnusable, FileUnreadable
from studio.media.audio import write_wav
from studio.media.video import write_video
from studio.types import U8, AudioClip, FrameSource

SIZE = (320, 240)
RATE = Fraction(25)


@pytest.fixture(scope="module")
def home_video(scene: Callable[..., U8], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three shots of 2 s: a camera that swings and comes to rest; one that finds its focus; one that stays calm."""
    wide = scene(1, (1200, 240))
    still, blurred = scene(2, SIZE), cv2.GaussianBlur(scene(2, SIZE), (0, 0), 6)
    calm = scene(3, SIZE)

    def frames() -> list[U8]:
        swing = [min(number, 28) * 30 for number in range(50)]
        return [
            *(np.ascontiguousarray(wide[:, x : x + SIZE[0]]) for x in swing),
            *(blurred if number < 26 else still for number in range(50)),
            *([calm] * 50),
        ]

    path = tmp_path_factory.mktemp("home") / "Weihnachten 圣诞 🎄.mp4"
    write_video(path, FrameSource(lambda: iter(frames()), 150, RATE, SIZE))
    return path


def test_each_shot_gives_its_calm_sharp_moment(home_video: Path) -> None:
    seen = video_seen(home_video)
    assert seen.shots == 3
    assert [moment.shot for moment in seen.moments] == [0, 1, 2]
    swing, focus, calm = (float(moment.at) for moment in seen.moments)
    assert 28 / 25 < swing < 2
    assert 2 + 26 / 25 <= focus < 4
    assert 4 <= calm < 6
    assert all(moment.motion < 0.05 for moment in seen.moments)
    assert min(moment.looked.sharp for moment in seen.moments) > 0.3
    assert (seen.width, seen.height, seen.sound) == (*SIZE, None)
    assert seen.seconds == pytest.approx(6, abs=0.1)


def test_what_is_worth_showing() -> None:
    def frame(**other: float) -> moments._Glance:
        return moments._Glance(Fraction(0), 0, **{"sharp": 0.9, "light": 120.0, "motion": 0.0, **other})

    good = moments.worth(frame(), 0.0)
    assert moments.worth(frame(), 0.5) < 0.3 * good, "it begins to move"
    assert moments.worth(frame(motion=0.5), 0.0) < 0.3 * good
    assert moments.worth(frame(sharp=0.1), 0.0) < 0.3 * good
    assert moments.worth(frame(light=8.0), 0.0) < 0.3 * good
    assert moments.worth(frame(motion=float("inf")), float("inf")) == good, "nobody knows of any movement"


def test_a_long_film_is_looked_at_in_passages() -> None:
    hour = passages(Fraction(3600))
    assert len(hour) == 40
    assert sum(end - start for start, end in hour) == 240
    assert hour[0][0] > 0
    assert hour[-1][1] < 3600
    assert all(a[1] <= b[0] for a, b in pairwise(hour))
    assert passages(Fraction(100)) == ((0, 101),)
    assert passages(Fraction(0))[0][1] > 60


def test_sound_is_listened_to(home_video: Path, tmp_path: Path) -> None:
    silence = AudioClip(np.zeros((1, 16000), np.float32), 16000)
    frames = [np.full((64, 64, 3), 90, np.uint8)] * 25
    write_video(tmp_path / "a.mp4", FrameSource(lambda: iter(frames), 25, RATE, (64, 64)), silence)
    seen = video_seen(tmp_path / "a.mp4")
    assert seen.sound is not None
    assert seen.sound.speech == 0
    assert seen.sound.heard == pytest.approx(1, abs=0.1)


def test_a_film_that_was_cut_short_gives_what_it_has(home_video: Path, tmp_path: Path) -> None:
    whole = home_video.read_bytes()
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(whole[: len(whole) * 6 // 10])
    seen = video_seen(cut)
    assert 1 <= len(seen.moments) < 3
    assert max(float(moment.at) for moment in seen.moments) < 4.5


def test_what_has_no_picture_is_refused(tmp_path: Path) -> None:
    write_wav(tmp_path / "a.wav", AudioClip(np.zeros((1, 8000), np.float32), 8000))
    with pytest.raises(AudioUnusable, match="no picture"):
        video_seen(tmp_path / "a.wav")
    (tmp_path / "b.mp4").write_bytes(b"nothing" * 50)
    with pytest.raises(FileUnreadable, match="cannot be read"):
        video_seen(tmp_path / "b.mp4")
