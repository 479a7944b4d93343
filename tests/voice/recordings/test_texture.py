"""The sound of a tape, measured and laid on new speech."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from studio.errors import AudioUnusable
from studio.media.audio import read_audio
from studio.types import F32, AudioClip
from studio.voice.loudness import level_db
from studio.voice.recordings.tape import (
    F64,
    HERTZ,
    SAMPLE_RATE,
    Texture,
    decay_s,
    spectrogram,
    texture_of,
    to_bands,
    voice_spectrum,
)
from studio.voice.recordings.texture import room_tone, worn

NOISE_DB = -40.0


def narrow(clip: AudioClip, *, noise_db: float | None = NOISE_DB, hum: tuple[float, ...] = ()) -> AudioClip:
    """As by telephone: 300 … 3400 Hz, limited, with noise under it and its hum, 1 s of pause before and after."""
    from scipy.signal import butter, sosfiltfilt

    rate = clip.sample_rate
    samples = np.pad(clip.mono(), rate)
    samples = np.tanh(samples * 4) / 4
    samples = sosfiltfilt(butter(6, (300, 3400), "bandpass", fs=rate, output="sos"), samples)
    samples *= 10 ** ((-20 - level_db(samples.astype(np.float32), rate)) / 20)
    if noise_db is not None:
        samples += np.random.default_rng(5).standard_normal(len(samples)) * 10 ** ((noise_db - 20) / 20)
    for line in hum:
        samples += np.sqrt(2) * 10 ** (-60 / 20) * np.sin(2 * np.pi * line * np.arange(len(samples)) / rate)
    return AudioClip(samples.astype(np.float32)[None], rate)


@pytest.fixture(scope="module")
def telephone(voice_clip: AudioClip) -> Texture:
    return texture_of([narrow(voice_clip, hum=(50.0, 150.0))])


@pytest.fixture(scope="module")
def line(voice_clip: AudioClip) -> AudioClip:
    """Other words in another voice, 48 kHz, 1 s of silence around them."""
    from studio.media.audio import resample
    from studio.voice import engines

    text = "We sat together all evening, and nobody wanted to leave the garden."
    clip = resample(engines.load("espeak").speak(text, "en", base="m3").audio, SAMPLE_RATE)
    return AudioClip(np.pad(clip.samples, ((0, 0), (SAMPLE_RATE, SAMPLE_RATE))), SAMPLE_RATE)


def distance(a: F32 | F64, b: F32, where: NDArray[np.bool_]) -> float:
    return float(np.abs(a[where].astype(float) - b[where]).mean())


def test_band_noise_and_hum_are_found(telephone: Texture) -> None:
    low, high = telephone.band
    assert 180 < low < 330 and 3200 < high < 4500
    assert [round(float(hertz)) for hertz, _ in telephone.lines] == [50, 150]
    assert telephone.lines[:, 1] == pytest.approx(-40, abs=1.5)
    # White noise of −40 dB below the voice, over 11 kHz.
    truth = NOISE_DB - 10 * np.log10(11_025)
    inside = (HERTZ > 400) & (HERTZ < 9000)
    assert telephone.noise[inside].mean() == pytest.approx(truth, abs=0.7)
    assert np.abs(telephone.noise[inside] - truth).max() < 3


def test_clean_speech_has_no_noise_and_no_room(voice_clip: AudioClip) -> None:
    found = texture_of([narrow(voice_clip, noise_db=None)])
    assert found.noise_db < -70 and len(found.lines) == 0 and found.decay_s < 0.33
    assert np.abs(room_tone(found, 1.0).samples).max() < 1e-3


def test_a_tape_without_pauses_still_tells_its_noise(voice_clip: AudioClip) -> None:
    tape = narrow(voice_clip)
    rate = tape.sample_rate
    found = texture_of([AudioClip(tape.samples[:, rate:-rate].copy(), rate)])
    inside = (HERTZ > 5000) & (HERTZ < 9000)
    assert found.noise[inside].mean() == pytest.approx(NOISE_DB - 10 * np.log10(11_025), abs=3)


def test_worn_speech_has_the_tapes_spectrum_and_its_own_times(telephone: Texture, line: AudioClip) -> None:
    old = worn(line, telephone)
    assert old.samples.shape == line.samples.shape and old.sample_rate == line.sample_rate
    assert old.samples.dtype == np.float32
    low, high = telephone.band
    inside = (low <= HERTZ) & (high >= HERTZ)
    before, _ = voice_spectrum(line.mono())
    after, _ = voice_spectrum(old.mono())
    assert distance(after, telephone.voice, inside) < 0.5 * distance(before, telephone.voice, inside)
    above = (HERTZ > 5000) & (HERTZ < 9000)
    assert (before[above] - after[above]).mean() > 12
    assert texture_of([old]).noise_db == pytest.approx(telephone.noise_db, abs=2)
    quiet = worn(line, telephone, floor=False)
    assert level_db(quiet.mono(), SAMPLE_RATE) == pytest.approx(level_db(line.mono(), SAMPLE_RATE), abs=0.1)

    def envelope(clip: AudioClip) -> F32:
        samples = np.abs(clip.mono())
        return np.asarray(samples[: len(samples) // 240 * 240].reshape(-1, 240).mean(axis=1), np.float32)

    shifts = [np.corrcoef(envelope(line)[5:-5], np.roll(envelope(quiet), by)[5:-5])[0, 1] for by in range(-3, 4)]
    assert int(np.argmax(shifts)) == 3  # 5 ms a step: not one late, not one early


def test_nothing_asked_is_nothing_done_and_half_lies_between(telephone: Texture, line: AudioClip) -> None:
    assert worn(line, telephone, 0.0) is line
    above = (HERTZ > 5000) & (HERTZ < 9000)
    levels = [voice_spectrum(worn(line, telephone, a, floor=False).mono())[0][above].mean() for a in (0.01, 0.5, 1.0)]
    assert levels[0] > levels[1] + 3 > levels[2] + 6
    for wrong in (-0.1, 1.5, float("nan")):
        with pytest.raises(ValueError, match="amount"):
            worn(line, telephone, wrong)


def test_same_seed_same_bytes(telephone: Texture, line: AudioClip) -> None:
    first, again, other = (worn(line, telephone, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(first.samples, again.samples)
    assert not np.array_equal(first.samples, other.samples)


@pytest.mark.parametrize("rate", [SAMPLE_RATE, 24_000])
def test_a_room_tone_is_steady_and_as_the_pauses_are(telephone: Texture, rate: int) -> None:
    tone = room_tone(telephone, 6.0, 3, sample_rate=rate)
    assert tone.samples.shape == (1, 6 * rate)
    halves = [tone.samples[0][: 3 * rate], tone.samples[0][3 * rate :]]
    powers = [float(np.square(half).mean()) for half in halves]
    assert 10 * np.log10(powers[0] / powers[1]) == pytest.approx(0, abs=0.5)
    assert 10 * np.log10(np.mean(powers)) + 20 == pytest.approx(telephone.noise_db, abs=1)
    if rate == SAMPLE_RATE:
        spectrum = to_bands(spectrogram(tone.samples[0]).mean(axis=0, dtype=np.float64), -20.0)
        inside = (HERTZ > 250) & (HERTZ < 9000)
        assert np.abs(spectrum - telephone.noise)[inside].mean() < 1.5


def test_a_room_is_heard_and_given_on(voice_clip: AudioClip, line: AudioClip) -> None:
    time = np.arange(round(0.8 * voice_clip.sample_rate)) / voice_clip.sample_rate
    reflections = np.random.default_rng(1).standard_normal(len(time)) * 10 ** (-3 * time / 0.7)
    reflections *= 1 / np.sqrt(np.square(reflections).sum())
    reflections[0] = 1
    padded = np.pad(voice_clip.mono(), (0, len(time)))
    hall = np.convolve(padded, reflections)[: len(padded)].astype(np.float32)[None]
    texture = texture_of([AudioClip(hall, voice_clip.sample_rate)])
    dry, ringing = decay_s(line.mono()), decay_s(worn(line, texture, floor=False).mono())
    assert texture.decay_s > 0.32 > dry
    assert ringing > dry + 0.5 * (texture.decay_s - dry)


def test_it_is_kept_as_tensors(telephone: Texture) -> None:
    tensors = telephone.tensors()
    assert all(name.startswith("texture_") and value.dtype == np.float32 for name, value in tensors.items())
    again = Texture.from_tensors(tensors)
    assert again is not None and again.tensors().keys() == tensors.keys()
    assert all(np.array_equal(again.tensors()[name], value) for name, value in tensors.items())
    assert Texture.from_tensors({"log_f0": np.zeros(4, np.float32)}) is None


def test_silence_and_noise_are_no_tape(telephone: Texture, pink_noise: AudioClip) -> None:
    silence = AudioClip(np.zeros((1, SAMPLE_RATE), np.float32), SAMPLE_RATE)
    for clips in ([], [silence], [AudioClip(pink_noise.samples[:, : 2 * SAMPLE_RATE] * np.float32(0.1), SAMPLE_RATE)]):
        with pytest.raises(AudioUnusable, match="Nobody speaks"):
            texture_of(clips)
    assert np.array_equal(worn(silence, telephone).samples, silence.samples)
    empty = AudioClip(np.zeros((1, 0), np.float32), SAMPLE_RATE)
    assert worn(empty, telephone) is empty


def test_stereo_stays_stereo(telephone: Texture, line: AudioClip) -> None:
    both = AudioClip(np.concatenate([line.samples, line.samples * np.float32(0.5)]), SAMPLE_RATE)
    old = worn(both, telephone, floor=False)
    assert old.samples.shape == both.samples.shape
    assert level_db(old.samples[0], SAMPLE_RATE) - level_db(old.samples[1], SAMPLE_RATE) == pytest.approx(6, abs=0.2)


def test_an_old_recording_lends_its_sound(shared: Path, line: AudioClip) -> None:
    tape = texture_of([read_audio(shared / "media" / "speech" / "en_jfk_1961.flac", mono=True)])
    assert -35 < tape.noise_db < -20  # hiss and hum
    assert 60 in {round(float(hertz)) for hertz, _ in tape.lines}
    old = texture_of([worn(line, tape)])
    inside = (tape.band[0] <= HERTZ) & (tape.band[1] >= HERTZ)
    new = texture_of([line])
    assert distance(old.voice, tape.voice, inside) < 0.5 * distance(new.voice, tape.voice, inside)
    assert distance(old.noise, tape.noise, HERTZ < 11_000) < 3
