"""The ear knows speech from noise, an a from an i, and keeps the mouth shut when nobody speaks."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from studio import ear
from studio.head.hearing import accents, hear, hushed, inaudible, level
from studio.head.motion import perform
from studio.head.visemes import MOUTH, SCORE_RATE
from studio.types import F32, AudioClip, Speech

SAMPLE_RATE = 16_000
FORMANTS = {"a": (750, 1200, 2600), "i": (280, 2300, 3000), "u": (310, 800, 2300)}  # Hz; Peterson & Barney 1952


def vowel(name: str, seconds: float = 0.6, pitch: float = 120.0) -> F32:
    """A sung vowel: glottal pulses through three resonances."""
    from scipy.signal import lfilter

    count = int(seconds * SAMPLE_RATE)
    phase = np.cumsum(pitch * (1 + 0.02 * np.sin(np.arange(count) * 2 * np.pi * 5 / SAMPLE_RATE)) / SAMPLE_RATE)
    sound = np.diff(np.floor(phase), prepend=0.0)
    sound = lfilter([1.0], [1.0, -0.96], sound)
    for hz in FORMANTS[name]:
        radius = np.exp(-np.pi * 80 / SAMPLE_RATE)
        sound = lfilter([1.0], [1.0, -2 * radius * np.cos(2 * np.pi * hz / SAMPLE_RATE), radius**2], sound)
    fade = np.minimum(1.0, np.minimum(np.arange(count), np.arange(count)[::-1]) / 400)
    return np.asarray(0.2 * sound / np.abs(sound).max() * fade, np.float32)


def silence(seconds: float, noise: float = 1e-5) -> F32:
    rng = np.random.default_rng(0)
    return np.asarray(noise * rng.standard_normal(int(seconds * SAMPLE_RATE)), np.float32)


def clip(*parts: F32) -> AudioClip:
    return AudioClip(np.concatenate(parts)[None], SAMPLE_RATE)


def mouth(audio: AudioClip, name: str) -> F32:
    speech = Speech(audio, "", "en", (), (), "recording", False)
    return perform(speech, int(audio.duration * 25), Fraction(25), seed=0).curve(name)


def test_open_vowels_open_the_mouth() -> None:
    names = ("a", "i", "u")
    audio = clip(silence(0.5), *[part for name in names for part in (vowel(name), silence(0.5))])
    jaw, wide = mouth(audio, "jaw"), mouth(audio, "wide")
    middle = {name: slice(int((0.6 + 1.1 * k) * 25), int((1.0 + 1.1 * k) * 25)) for k, name in enumerate(names)}
    opening = {name: float(jaw[rows].mean()) for name, rows in middle.items()}
    assert opening["a"] > 1.5 * opening["i"] and opening["a"] > 1.5 * opening["u"]
    assert opening["a"] > 0.35
    assert wide[middle["u"]].mean() < -0.1 < wide[middle["i"]].mean()
    # Between them it is shut, until it gets ready for the next.
    for k in range(4):
        assert jaw[int((0.2 + 1.1 * k) * 25) : int((0.3 + 1.1 * k) * 25)].max() < 0.05


@pytest.mark.parametrize("amplitude", [0.002, 0.02, 0.2])
def test_a_fan_is_no_speech(amplitude: float) -> None:
    rng = np.random.default_rng(1)
    hiss = rng.standard_normal(5 * SAMPLE_RATE)
    rumble = np.convolve(hiss, np.ones(30) / 30, "same")
    for noise in (hiss, rumble / rumble.std()):
        assert mouth(clip((amplitude * noise).astype(np.float32)), "jaw").max() < 0.03


def test_silence_of_any_kind_is_closed() -> None:
    for audio in (clip(np.zeros(32_000, np.float32)), clip(silence(2.0)), clip(silence(2.0, 3e-4))):
        for name in ("jaw", "press", "wide", "upper"):
            assert not mouth(audio, name).any()


def test_speech_over_noise_is_still_heard_and_its_pauses_too() -> None:
    rng = np.random.default_rng(2)
    spoken = [part for _ in range(4) for part in (vowel("a", 0.4), silence(0.6))]
    samples = np.concatenate([silence(0.6), *spoken])
    samples = samples + np.asarray(0.004 * rng.standard_normal(len(samples)), np.float32)
    jaw = mouth(clip(samples), "jaw")
    for k in range(4):
        assert jaw[int((0.7 + k) * 25) : int((0.9 + k) * 25)].min() > 0.25
        assert jaw[int((1.2 + k) * 25) : int((1.3 + k) * 25)].max() < 0.05


@pytest.mark.parametrize("sample_rate", [8_000, 22_050, 44_100, 48_000])
def test_any_rate_and_any_number_of_channels(sample_rate: int) -> None:
    from studio.media.audio import resample

    sung = clip(silence(0.4), vowel("a"), vowel("i"), vowel("u"), silence(0.4))
    mono = resample(sung, sample_rate)
    stereo = AudioClip(np.concatenate([mono.samples, mono.samples]), sample_rate)
    jaw = MOUTH.index("jaw")
    for audio in (mono, stereo):
        part = hear(audio, 3 * SCORE_RATE)
        assert part.target.shape == (3 * SCORE_RATE, len(MOUTH)) and part.target.dtype == np.float32
        assert part.silent[-60:].all() and not part.silent[120:160].any()
        opening = [part.target[rows, jaw].mean() for rows in (slice(120, 160), slice(240, 280), slice(360, 400))]
        assert opening[0] > 0.35 and opening[0] > 1.5 * max(opening[1:])


def test_the_same_sound_is_heard_the_same_twice() -> None:
    audio = clip(silence(0.3), vowel("a"), vowel("u"), silence(0.3))
    one, again = hear(audio, 400), hear(audio, 400)
    assert np.array_equal(one.target, again.target)
    assert np.array_equal(one.dominance, again.dominance)


@pytest.mark.parametrize("count", [0, 1, 79, 160, 1_600])
def test_the_shortest_sounds(count: int) -> None:
    part = hear(AudioClip(np.full((1, count), 0.2, np.float32), SAMPLE_RATE), 50)
    assert np.isfinite(part.target).all() and np.isfinite(part.dominance).all()
    assert part.target.shape == (50, len(MOUTH))


def test_level_is_decibels_of_full_scale() -> None:
    tone = np.sin(np.arange(SAMPLE_RATE) * 2 * np.pi * 440 / SAMPLE_RATE).astype(np.float32)
    loudness = level(clip(tone), 2 * SCORE_RATE)
    assert loudness[100] == pytest.approx(-3.01, abs=0.05)
    assert loudness[-1] == -120.0
    assert inaudible(loudness)[-1] and not inaudible(loudness)[100]


def test_accents_are_where_the_voice_rises() -> None:
    audio = clip(silence(0.5), vowel("a", 0.3), silence(0.5), vowel("a", 0.3), silence(0.5))
    loudness = level(audio, int(2.1 * SCORE_RATE))
    found = accents(loudness, inaudible(loudness))
    assert len(found) == 2
    assert found == pytest.approx([0.65, 1.45], abs=0.12)


@pytest.mark.parametrize("causal", [False, True])
def test_the_network_is_the_one_that_was_trained(causal: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Plain matrix products here and torch in studio/train/hearing.py give the same likelihoods."""
    import torch

    from studio.head import hearing
    from studio.train.hearing import LETTERS, Network, write

    torch.manual_seed(0)
    network = Network(causal=causal).eval()
    average = np.linspace(0.0, -3.0, hearing.BANDS).astype(np.float32)
    write(network, average, tmp_path / hearing.FILE)
    read = ear.read(tmp_path / hearing.FILE)
    assert read.letters == LETTERS
    assert np.array_equal(read.tensors["average"], average)
    seen = np.random.default_rng(0).standard_normal((500, hearing.BANDS)).astype(np.float32)
    with torch.no_grad():
        expected = network(torch.from_numpy(seen).T[None])[0].softmax(0).numpy().T
    assert np.abs(read.listen(seen) - expected).max() < 2e-3  # float16 on disk
    monkeypatch.setattr(ear, "BLOCK", 97)
    assert np.abs(read.listen(seen) - expected).max() < 2e-3  # pieces join without a seam


def test_missing_weights_say_so(tmp_path: Path) -> None:
    from studio.errors import EngineUnavailable

    with pytest.raises(EngineUnavailable, match="install it again"):
        ear.read(tmp_path / "none.safetensors")


def test_an_old_recording_is_heard_through_its_noise(shared: Path) -> None:
    """Kennedy, 1961: "And so, my fellow Americans / ask not / what your country can do for you / ask …"."""
    from studio.media.audio import read_audio

    audio = read_audio(shared / "media/speech/en_jfk_1961.flac")
    jaw = mouth(audio, "jaw")
    for pause in ((2.5, 3.0), (4.65, 5.1)):
        assert jaw[int(pause[0] * 25) : int(pause[1] * 25)].max() < 0.03
    for phrase in ((0.4, 2.1), (3.3, 4.2), (5.5, 7.5), (8.1, 10.2)):
        assert jaw[int(phrase[0] * 25) : int(phrase[1] * 25)].max() > 0.25
    # Lips meet for the m of "my" and of "Americans".
    press = mouth(audio, "press")
    assert press[int(1.2 * 25) : int(1.9 * 25)].max() > 0.5


def test_a_pause_is_quiet_for_longer_than_a_stop_is_held() -> None:
    level = np.full(4 * SCORE_RATE, -20.0, np.float32)
    second = SCORE_RATE
    level[second : second + second // 10] = -60.0  # a stop, .1 s
    level[2 * second : 3 * second] = -50.0
    found = hushed(level)
    assert not found[: 2 * second].any() and not found[3 * second :].any()
    inside = found[2 * second : 3 * second]
    assert 0.88 < inside.mean() < 0.95  # its ends may still be a last f
    assert hushed(np.full(second, -90.0, np.float32)).sum() == 0  # nothing is loud beside it
    assert hushed(np.zeros(0, np.float32)).size == 0
