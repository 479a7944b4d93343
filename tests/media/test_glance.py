"""Films looked at in passing: times as they are written, passages, single frames."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from studio.errors import AudioUnusable, FileUnreadable
from studio.media.audio import write_wav
from studio.media.glance import frame_at, glances
from studio.media.video import read_video, write_video
from studio.types import U8, AudioClip, FrameSource

RATE = Fraction(25)


def numbered(number: int) -> U8:
    """A frame that says which it is: a bright bar as far along as its number."""
    frame = np.zeros((96, 256, 3), np.uint8)
    frame[:, : 2 * number + 2] = 220
    return frame


def told(frame: U8, scale: float = 1.0) -> int:
    """Which frame that is."""
    return round((frame[frame.shape[0] // 2, :, 0] > 110).sum() / scale / 2) - 1


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    write_video(path, FrameSource(lambda: (numbered(i) for i in range(100)), 100, RATE, (256, 96)))
    return path


@pytest.fixture(scope="module")
def uneven(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film as telephones make them: a pause of a second between frames 19 and 20."""
    path = tmp_path_factory.mktemp("uneven") / "phone.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 256, 96, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 1000)
        for number in range(40):
            frame = av.VideoFrame.from_ndarray(numbered(number), format="rgb24")
            frame.pts, frame.time_base = 40 * number + (1000 if number >= 20 else 0), Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def test_frames_of_passages_come_with_their_times(clip: Path) -> None:
    found = list(glances(clip, [(Fraction(0), Fraction(1)), (Fraction(3), Fraction(7, 2))], rate=Fraction(5), side=128))
    assert [(number, at) for number, at, _ in found] == [
        *((0, Fraction(step, 5)) for step in range(5)),
        (1, Fraction(3)),
        (1, Fraction(16, 5)),
        (1, Fraction(17, 5)),
    ]
    assert {image.shape for _, _, image in found} == {(48, 128, 3)}
    assert [told(image, 0.5) for _, _, image in found] == [0, 5, 10, 15, 20, 75, 80, 85]


def test_the_frame_of_a_time_is_the_one_that_is_shown_then(clip: Path) -> None:
    whole = list(read_video(clip).open())
    for number, at in ((0, Fraction(0)), (25, Fraction(1)), (25, Fraction(103, 100)), (99, Fraction(9))):
        assert np.array_equal(frame_at(clip, at), whole[number])
    assert frame_at(clip, Fraction(1), side=64).shape == (24, 64, 3)


def test_uneven_frames_are_found_at_their_own_times(uneven: Path) -> None:
    assert told(frame_at(uneven, Fraction(3, 5))) == 15
    assert told(frame_at(uneven, Fraction(3, 2))) == 19, "shown until the next one comes"
    assert told(frame_at(uneven, Fraction(2))) == 25
    times = [at for _, at, _ in glances(uneven, [(Fraction(0), Fraction(9))], rate=Fraction(25), side=256)]
    assert len(times) == 40
    assert max(b - a for a, b in pairwise(times)) == Fraction(26, 25)


def test_real_tapes_without_an_index_are_sought_too(shared: Path) -> None:
    clip = next((shared / "media" / "talking" / "grid_samples").glob("*bbaf2n.mpg"))
    whole = list(read_video(clip).open())
    for number in (0, 25, 50, 67):
        assert np.array_equal(frame_at(clip, Fraction(number, 25)), whole[number])


def test_what_is_no_film_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"no film" * 100)
    with pytest.raises(FileUnreadable, match="cannot be read"):
        frame_at(tmp_path / "a.mp4", Fraction(0))
    write_wav(tmp_path / "a.wav", AudioClip(np.zeros((1, 8000), np.float32), 8000))
    with pytest.raises(AudioUnusable, match="no picture"):
        frame_at(tmp_path / "a.wav", Fraction(0))
