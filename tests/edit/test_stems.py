"""Mix and stems: music under speech, joints without clicks, parts that add up."""

from __future__ import annotations

from fractions import Fraction as F
from pathlib import Path

import numpy as np
import pytest

from benchmarks.sound import RATE, clicks, ducking, voice
from studio.edit import stems
from studio.edit.loudness import PROFILES, levelled
from studio.edit.mix import mixed
from studio.edit.timeline import Clip, Gap, Media, Timeline, TimeRange, Track, Transition, duck
from studio.media.audio import read_audio, write_wav
from studio.media.probe import probe
from studio.types import F32, AudioClip


def sound(path: Path, samples: F32) -> Path:
    write_wav(path, AudioClip(samples, RATE))
    return path


def piece(name: str, path: Path, start: F, seconds: F, *effects: object) -> Clip:
    return Clip(name, Media(path, "audio"), TimeRange(start, seconds), effects)  # type: ignore[arg-type]


def timeline(*tracks: Track, rate: F = F(30000, 1001)) -> Timeline:
    longest = max(track.duration for track in tracks)
    return Timeline(rate, (320, 180), (Track("video", (Gap(longest),)), *tracks))


@pytest.fixture
def film(tmp_path: Path) -> Timeline:
    """Three scenes that melt into each other, a home video's own sound among them, and music that gives way."""
    melt = Transition(F(2, 5), F(2, 5))
    scenes = []
    for number, name in enumerate(("one", "video", "two")):
        samples = voice(4, seed=number)
        samples[:, 7000::24_000] += 0.8  # strokes that the limiter has to take
        path = sound(tmp_path / f"{name}.wav", samples)
        scenes.append(piece(name, path, F(2, 5), F(3)))
    tune = np.stack([0.05 * np.sin(2 * np.pi * 220 * np.arange(10 * RATE) / RATE)] * 2).astype(np.float32)
    speech = (TimeRange(F(1), F(1)), TimeRange(F(7), F(1)))
    under = piece("music", sound(tmp_path / "tune.wav", tune), F(0), F(9), duck(speech, depth_db=-10))
    scene_track = Track("audio", (scenes[0], melt, scenes[1], melt, scenes[2]), "scenes")
    return timeline(scene_track, Track("audio", (under,), "music"))


def part(track: Track, clip: Clip) -> stems.Stem:
    if track.name == "music":
        return "music"
    return "effects" if clip.name == "video" else "dialogue"


def decibels(difference: F32, beside: F32) -> float:
    return float(20 * np.log10(np.sqrt(np.mean(difference**2)) / np.sqrt(np.mean(beside**2)) + 1e-12))


def test_stems_add_up_to_the_film(film: Timeline, tmp_path: Path) -> None:
    files = stems.write(film, part, tmp_path / "out" / "Oma's film", PROFILES["streaming"])
    assert [path.name for path in files] == [
        f"Oma's film-{name}.wav" for name in ("dialogue", "music", "effects", "m-and-e")
    ]
    total = round(film.num_frames / film.frame_rate * RATE)
    sounds = [read_audio(path) for path in files]
    assert {(clip.samples.shape, clip.sample_rate) for clip in sounds} == {((2, total), RATE)}
    assert all(path.stat().st_size == 44 + total * 6 for path in files)  # 24 bits
    whole = levelled(mixed(film, tmp_path / "mix.wav"), tmp_path / "film.wav", PROFILES["streaming"], film.sample_rate)
    dialogue, music, effects, both = (clip.samples for clip in sounds)
    loud = read_audio(whole).samples
    assert decibels(dialogue + music + effects - loud, loud) < -100
    assert decibels(music + effects - both, both) < -100
    # Each holds what is its own: the home video is heard in the middle only, the music also where nobody speaks.
    middle = slice(4 * RATE, 5 * RATE)
    assert np.abs(dialogue[:, middle]).max() < 1e-6 < np.abs(effects[:, middle]).max()
    assert np.abs(effects[:, : 2 * RATE]).max() < 1e-6
    assert np.sqrt(np.mean(music[:, middle] ** 2)) > 0.01


def test_a_part_that_is_not_there_is_silent_and_as_long(tmp_path: Path) -> None:
    path = sound(tmp_path / "a.wav", voice(2))
    files = stems.write(
        timeline(Track("audio", (piece("a", path, F(0), F(2)),), "scenes"), rate=F(25)),
        part,
        tmp_path / "film",
        PROFILES["broadcast"],
    )
    lengths = {probe(file).duration for file in files}
    assert lengths == {F(2)}
    assert [bool(read_audio(file).samples.any()) for file in files] == [True, False, False, False]
    silent = Timeline(F(25), (320, 180), (Track("video", (Gap(F(1)),)),))
    with pytest.raises(ValueError, match="no audio track"):
        stems.write(silent, part, tmp_path / "none", PROFILES["web"])


@pytest.mark.parametrize("depth", [-6.0, -10.0, -20.0])
def test_music_goes_down_as_far_as_was_asked(depth: float, tmp_path: Path) -> None:
    down, back = ducking(tmp_path, depth)
    assert down == pytest.approx(depth, abs=0.2)
    assert back == pytest.approx(0, abs=0.1)


def test_a_pause_too_short_to_come_back_is_bridged(tmp_path: Path) -> None:
    tone = 0.1 * np.sin(2 * np.pi * 440 * np.arange(12 * RATE) / RATE)
    path = sound(tmp_path / "tone.wav", np.stack([tone, tone]).astype(np.float32))
    speech = (TimeRange(F(2), F(2)), TimeRange(F(5), F(1)), TimeRange(F(9), F(1)))
    under = piece("music", path, F(0), F(12), duck(speech, depth_db=-12))
    wave = read_audio(mixed(timeline(Track("audio", (under,))), tmp_path / "mix.wav")).mono()
    level = 10 * np.log10((wave[: 11 * RATE].reshape(-1, RATE // 10) ** 2).mean(axis=1) / 0.005)
    assert level[20:59] == pytest.approx(-12, abs=0.3)  # through the pause of one second
    assert level[71:85] == pytest.approx(0, abs=0.3)  # up in the pause of three
    steepest = 0.1 * 2 * np.pi * 440 / RATE
    assert np.abs(np.diff(wave)).max() <= 1.02 * steepest


def test_joints_do_not_click(tmp_path: Path) -> None:
    """Low tones that meet at any phase: a step between them would stand out."""
    melt = Transition(F(2, 5), F(2, 5))
    items: list[Clip | Transition] = []
    for number, hertz in enumerate((110, 137, 93)):
        tone = 0.2 * np.sin(2 * np.pi * hertz * np.arange(4 * RATE) / RATE + number)
        path = sound(tmp_path / f"{hertz}.wav", np.stack([tone, tone]).astype(np.float32))
        items += [melt] * (number > 0) + [piece(str(hertz), path, F(2, 5), F(3))]
    wave = read_audio(mixed(timeline(Track("audio", tuple(items))), tmp_path / "mix.wav")).mono()
    assert max(clicks(wave, [2.6, 3.0, 3.4, 5.6, 6.0, 6.4])) < 2
    # The detector hears a step of 34 dB under the tone.
    wave[round(3.0 * RATE) :] += 0.004
    assert clicks(wave, [3.0])[0] > 20


def test_a_film_of_very_many_scenes_is_mixed(tmp_path: Path) -> None:
    """A command of more than 128 KiB would not start: the graph goes through a file."""
    path = sound(tmp_path / ("a" * 100 + ".wav"), voice(0.5))
    many = tuple(piece("x" * 50, path, F(0), F(1, 5)) for _ in range(160))
    wave = read_audio(mixed(timeline(Track("audio", many), rate=F(25)), tmp_path / "mix.wav"))
    assert wave.duration == 32
