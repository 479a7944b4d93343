"""Loudness: every profile is met by the encoded file, peaks stay under their limit, silence stays silence."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest

from benchmarks.sound import RATE, film_sound, voice
from studio.edit import loudness
from studio.edit.loudness import PROFILES, Loudness, apply, levelled, levelling, measure
from studio.errors import Cancelled, FFmpegFailed
from studio.media import ffmpeg
from studio.media.audio import read_audio, write_wav
from studio.types import F32, AudioClip


def mix(path: Path, samples: F32) -> Path:
    write_wav(path, AudioClip(samples, RATE))
    return path


def encoded(path: Path) -> Path:
    ffmpeg.run(["-i", str(path), "-c:a", "aac", "-b:a", "256k", str(path.with_suffix(".m4a"))])
    return path.with_suffix(".m4a")


KINDS = [
    ("speech", "web"),
    ("speech and music", "streaming"),
    ("very dynamic", "streaming"),
    ("very dynamic", "broadcast"),
    ("very quiet", "web"),
    ("strokes", "kiosk"),
]


@pytest.mark.parametrize(("kind", "name"), KINDS)
def test_the_encoded_film_is_as_loud_as_its_profile_says(kind: str, name: Loudness, tmp_path: Path) -> None:
    if kind == "very quiet":
        sound = voice(6, level_db=-58)
    elif kind == "strokes":  # 40 dB over the rest: one gain alone would clip them
        sound = voice(6, level_db=-45)
        sound[:, ::9600] = 0.7
        sound[:, 1::9600] = -0.7
    else:
        sound = film_sound(kind, 6)
    profile = PROFILES[name]
    done = levelled(mix(tmp_path / "mix.wav", sound), tmp_path / "film.wav", profile, RATE)
    film, plain = measure(encoded(done)), measure(done)
    assert film.integrated == pytest.approx(profile.integrated, abs=0.5)
    assert max(film.true_peak, plain.true_peak) <= profile.true_peak
    assert film.meets(profile)
    assert not film.meets(PROFILES["broadcast" if name != "broadcast" else "web"])
    assert read_audio(done).samples.shape == sound.shape
    assert list(tmp_path.glob("*coded*")) == []


def test_only_what_is_too_loud_is_limited(tmp_path: Path) -> None:
    """A quiet voice with one cry: away from the cry it is the same wave, louder."""
    sound = voice(10, level_db=-30)
    sound[:, 5 * RATE : 5 * RATE + 100] *= 60
    done = levelling(mix(tmp_path / "mix.wav", sound), tmp_path, PROFILES["web"], RATE)
    assert done.dips is not None and done.dips.min() < 0.8
    apply(done, tmp_path / "mix.wav", tmp_path / "film.wav", RATE)
    louder = read_audio(tmp_path / "film.wav").samples[0, : 4 * RATE]
    assert louder == pytest.approx(10 ** (done.gain / 20) * sound[0, : 4 * RATE], abs=1e-6)
    # Down within 5 ms or so, back within half a second, without a step on the way.
    assert (done.dips[:4900] == 1).all() and (done.dips[-4000:] > 0.999).all()
    assert np.abs(np.diff(done.dips)).max() < 0.2 * (1 - done.dips.min())


def test_the_peaks_between_the_samples_are_found() -> None:
    """A tone at a quarter of the rate, sampled 45° beside its peaks: 3 dB more than any sample shows."""
    tone = np.sin(2 * np.pi * 0.25 * np.arange(4800) + np.pi / 4).astype(np.float32)[None]
    assert np.abs(tone).max() == pytest.approx(0.7071, abs=1e-3)
    reach = loudness._interpolator().shape[1] // 2
    top = loudness._largest(np.pad(tone, ((0, 0), (reach, reach))), loudness._interpolator())
    assert top[10:-10] == pytest.approx(1.0, abs=0.01)


def test_nothing_stays_nothing(tmp_path: Path) -> None:
    silent = mix(tmp_path / "mix.wav", np.zeros((2, 3 * RATE), np.float32))
    done = levelled(silent, tmp_path / "film.wav", PROFILES["web"], RATE)
    assert not read_audio(done).samples.any()
    assert measure(done).integrated == float("-inf") and measure(done).meets(PROFILES["broadcast"])


def test_a_file_without_sound_and_a_wish_to_stop(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("no sound")
    with pytest.raises(FFmpegFailed):
        measure(tmp_path / "a.txt")
    stop = threading.Event()
    stop.set()
    with pytest.raises(Cancelled):
        levelled(mix(tmp_path / "mix.wav", voice(1)), tmp_path / "film.wav", PROFILES["web"], RATE, stop)
