"""Lips and sound that belong together are put in time, and those that do not are told apart."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from studio.head.shapes import basis
from studio.media.audio import read_audio
from studio.media.video import read_video
from studio.train import sync
from studio.types import F32, AudioClip

SAMPLE_RATE = 16_000
FORMANTS = {"a": (750, 1200, 2600), "i": (280, 2300, 3000)}  # Hz; Peterson & Barney 1952


@dataclass(frozen=True, eq=False)
class Singer:
    """Somebody who sings a and i at random moments, seen and heard."""

    landmarks: F32
    audio: AudioClip
    frame_rate: Fraction


def vowel(name: str, seconds: float, pitch: float = 120.0) -> F32:
    """A sung vowel: glottal pulses through three resonances."""
    from scipy.signal import lfilter

    count = int(seconds * SAMPLE_RATE)
    sound = lfilter([1.0], [1.0, -0.96], np.diff(np.floor(np.arange(count) * pitch / SAMPLE_RATE), prepend=0.0))
    for hz in FORMANTS[name]:
        radius = np.exp(-np.pi * 80 / SAMPLE_RATE)
        sound = lfilter([1.0], [1.0, -2 * radius * np.cos(2 * np.pi * hz / SAMPLE_RATE), radius**2], sound)
    fade = np.minimum(1.0, np.minimum(np.arange(count), np.arange(count)[::-1]) / 300)
    return np.asarray(0.2 * sound / np.abs(sound).max() * fade, np.float32)


def sing(seed: int, seconds: float = 10.0, late: float = 0.0) -> Singer:
    """A singer whose sound comes `late` s after the lips."""
    rng = np.random.default_rng(seed)
    frames = int(seconds * 25)
    jaw, spread = np.zeros(frames), np.zeros(frames)
    samples = (1e-5 * rng.standard_normal(int((seconds + 1) * SAMPLE_RATE))).astype(np.float32)
    at = 0.3
    while at < seconds - 0.6:
        name, length = str(rng.choice(["a", "i"])), float(rng.uniform(0.08, 0.3))
        first = int((at + late) * SAMPLE_RATE)
        sung = vowel(name, length)
        samples[first : first + len(sung)] += sung
        held = (np.arange(frames) / 25 >= at) & (np.arange(frames) / 25 < at + length)
        jaw[held], spread[held] = (rng.uniform(0.5, 1.0), 0.0) if name == "a" else (rng.uniform(0.1, 0.4), 0.8)
        at += length + 0.04 + float(rng.exponential(0.15))
    even = np.array([0.25, 0.5, 0.25])
    jaw, spread = np.convolve(jaw, even, "same"), np.convolve(spread, even, "same")
    mean = basis()
    own = mean.neutral + jaw[:, None, None] * mean.shape("jaw") + spread[:, None, None] * mean.shape("spread")
    landmarks = 60.0 * own + [160, 120, 0] + 0.15 * rng.standard_normal(own.shape)
    return Singer(landmarks.astype(np.float32), AudioClip(samples[None], SAMPLE_RATE), Fraction(25))


@pytest.fixture(scope="module")
def singers() -> tuple[Singer, ...]:
    """In time; sound .2 s late; sound .1 s early; somebody else."""
    return sing(1), sing(2, late=0.2), sing(3, late=-0.1), sing(4)


def offset(seen: Singer, heard: Singer, start: float = 0.0) -> sync.Offset:
    found = sync.evidence(sync.watch(seen.landmarks, seen.frame_rate), sync.listen(heard.audio), start)
    return sync.decide([found])[0]


@pytest.mark.parametrize(("who", "late"), [(0, 0.0), (1, 0.2), (2, -0.1)])
def test_how_late_the_sound_comes(singers: tuple[Singer, ...], who: int, late: float) -> None:
    found = offset(singers[who], singers[who])
    assert found.sure and found.belief > 0.95
    assert float(found.lag) == pytest.approx(late, abs=0.03)


def test_somebody_elses_voice_does_not_fit(singers: tuple[Singer, ...]) -> None:
    for seen, heard in ((0, 3), (3, 0), (1, 3), (3, 2)):
        found = offset(singers[seen], singers[heard])
        assert not found.sure and found.lag == 0


def test_silence_says_nothing(singers: tuple[Singer, ...]) -> None:
    quiet = AudioClip(np.zeros((1, 8 * 16_000), np.float32), 16_000)
    seen = sync.watch(singers[0].landmarks, Fraction(25))
    found = sync.evidence(seen, sync.listen(quiet), 0.0)
    assert found is None
    assert sync.decide([found]) == [sync.Offset(Fraction(0), 0.0)]


def test_a_clip_from_the_middle_of_a_recording(singers: tuple[Singer, ...]) -> None:
    singer = singers[1]
    seen = sync.watch(singer.landmarks[75:], singer.frame_rate)
    found = sync.decide([sync.evidence(seen, sync.listen(singer.audio), 3.0)])[0]
    assert found.sure and float(found.lag) == pytest.approx(0.2, abs=0.03)
    # Where the clip begins is part of the question: .3 s earlier is another lag, 3 s is another sound.
    moved = sync.decide([sync.evidence(seen, sync.listen(singer.audio), 3.1)])[0]
    assert float(moved.lag) == pytest.approx(0.1, abs=0.03)
    assert not sync.decide([sync.evidence(seen, sync.listen(singer.audio), 0.0)])[0].sure


def test_a_lag_beyond_reach_is_not_a_lag(singers: tuple[Singer, ...]) -> None:
    assert not offset(singers[1], singers[1], start=-0.4).sure


def peaked(lag: float, height: float) -> np.ndarray:
    """Evidence for one lag, as a clip of a second or two gives it."""
    return height * np.exp(-(((np.array([float(x) for x in sync.LAGS]) - lag) / 0.04) ** 2))


def test_clips_of_one_file_help_each_other() -> None:
    short = [peaked(0.2, 3.5), peaked(0.21, 3.0), peaked(0.19, 4.0)]
    assert not any(sync.decide([one])[0].sure for one in short)
    assert [float(one.lag) for one in sync.decide(short)] == pytest.approx([0.2] * 3, abs=0.02)
    assert all(one.sure for one in sync.decide(short))
    # A stranger among them is not talked into it, and one who is sure of another lag keeps it.
    stranger, other, silent = sync.decide([*short, peaked(0.0, 0.0), peaked(-0.1, 20.0), None])[-3:]
    assert not stranger.sure and stranger.lag == 0
    assert other.sure and float(other.lag) == pytest.approx(-0.1)
    assert silent == sync.Offset(Fraction(0), 0.0)


def test_loudness_does_not_matter(singers: tuple[Singer, ...]) -> None:
    singer = singers[0]
    soft = AudioClip(singer.audio.samples * 0.1, 16_000)
    found = sync.evidence(sync.watch(singer.landmarks, Fraction(25)), sync.listen(soft), 0.0)
    assert sync.decide([found])[0].sure


@pytest.mark.parametrize(
    ("clip", "late"),
    [
        ("grid_samples/evaluation__samples__GRID__lbax4n.mpg", 0.0),
        ("liveportrait/assets__examples__driving__d20.mp4", 0.3),
        ("liveportrait/assets__examples__driving__d14.mp4", None),
    ],
)
def test_people_on_film(shared: Path, clip: str, late: float | None) -> None:
    from studio.head.faces import track

    path = shared / "media/talking" / clip
    source = read_video(path)
    # Four seconds are plenty where lips and sound fit, and where they do not no length makes them.
    few = [frame for _, frame in zip(range(int(4 * source.frame_rate)), source.open(), strict=False)]
    short = type(source)(lambda: iter(few), len(few), source.frame_rate, source.size)
    heard = sync.listen(read_audio(path))
    found = sync.decide([sync.evidence(sync.watch(track(short), source.frame_rate), heard, 0.0)])[0]
    assert found.sure == (late is not None)
    if late is not None:
        assert float(found.lag) == pytest.approx(late, abs=0.03)
