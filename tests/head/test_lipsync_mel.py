"""Sound as the network hears it, and which of it belongs to which picture."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from studio.errors import AudioUnusable
from studio.head.lipsync import mel
from studio.head.lipsync.silence import speaking
from studio.types import F32, AudioClip, frames_for

NTSC = Fraction(30000, 1001)
FILM = Fraction(24000, 1001)


def clip(samples: F32, sample_rate: int = mel.SAMPLE_RATE) -> AudioClip:
    return AudioClip(np.asarray(samples, np.float32)[None], sample_rate)


def tone(hz: float, seconds: float, sample_rate: int = mel.SAMPLE_RATE) -> F32:
    at = np.arange(round(seconds * sample_rate)) / sample_rate
    return (0.3 * np.sin(2 * np.pi * hz * at)).astype(np.float32)


def numbered(frames: int) -> F32:
    """A spectrogram whose columns carry their own number."""
    return np.tile(np.arange(frames, dtype=np.float32), (mel.BANDS, 1))


def test_parity_with_the_original(shared: Path) -> None:
    golden = np.load(shared / "golden" / "wav2lip_mel.npz")
    made = mel.spectrogram(clip(golden["wav"]))
    assert made.shape == golden["mel"].shape
    np.testing.assert_allclose(made, golden["mel"], atol=1e-3, rtol=0)


@pytest.mark.parametrize("length", [1, 2, 199, 200, 399, 400, 16_000])
def test_silence_is_the_floor_everywhere(length: int) -> None:
    made = mel.spectrogram(clip(np.zeros(length)))
    assert made.shape == (80, 1 + length // 200)
    assert (made == -4).all()


def test_a_tone_lights_its_own_band() -> None:
    for hz in (200.0, 1000.0, 4000.0):
        band = int(mel.spectrogram(clip(tone(hz, 1)))[:, 40].argmax())
        assert int(mel.filters()[:, round(hz / 20)].argmax()) == band


def test_the_filters_are_slaneys() -> None:
    made = mel.filters()
    assert made.shape == (80, 401)
    # Equal area: every triangle's bins (20 Hz apart) add up to one, as far as so few bins can in the lowest bands.
    np.testing.assert_allclose(made[20:].sum(axis=1) * 20, 1, atol=0.07)
    assert made[:, :3].sum() == pytest.approx(0)  # nothing at 0 … 40 Hz, below the lowest band
    assert not made[:, 381:].any()  # nor above 7600 Hz


def test_the_edges_are_reflected_not_padded_with_zeros() -> None:
    sound = tone(440, 1)
    sharpened = np.append(sound[:1], sound[1:] - 0.97 * sound[:-1])
    bell = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(800) / 800)
    expected = {}
    for kind, before in (("reflected", sharpened[400:0:-1]), ("zeros", np.zeros(400))):
        spectrum = np.abs(np.fft.rfft(np.append(before, sharpened[:400]) * bell))
        level = 20 * np.log10(np.maximum(1e-5, mel.filters() @ spectrum)) - 20
        expected[kind] = np.clip(8 * (level + 100) / 100 - 4, -4, 4)
    first = mel.spectrogram(clip(sound))[:, 0]
    np.testing.assert_allclose(first, expected["reflected"], atol=1e-3)
    assert np.abs(first - expected["zeros"]).max() > 0.1


def test_long_sound_is_worked_on_in_pieces_that_join(monkeypatch: pytest.MonkeyPatch) -> None:
    sound = clip(np.random.default_rng(2).normal(0, 0.1, 30_000))
    whole = mel.spectrogram(sound)
    monkeypatch.setattr(mel, "BLOCK", 7)
    np.testing.assert_allclose(mel.spectrogram(sound), whole, atol=1e-4)


def test_other_rates_and_channels_give_the_same_picture() -> None:
    low = mel.spectrogram(clip(tone(500, 1)))
    stereo = AudioClip(np.stack([tone(500, 1, 48_000)] * 2), 48_000)
    high = mel.spectrogram(stereo)
    assert high.shape == low.shape
    # Next to the tone's own bands lies the noise floor of the resampler.
    loud = low > -1
    np.testing.assert_allclose(high[:, 4:-4][loud[:, 4:-4]], low[:, 4:-4][loud[:, 4:-4]], atol=0.02)


def test_unusable_sound_is_refused() -> None:
    with pytest.raises(AudioUnusable, match="no samples"):
        mel.spectrogram(clip(np.zeros(0)))
    with pytest.raises(AudioUnusable, match="not numbers"):
        mel.spectrogram(clip(np.array([0.1, np.nan, 0.2])))


@pytest.mark.parametrize("rate", [FILM, Fraction(24), Fraction(25), NTSC, Fraction(30), Fraction(50), Fraction(60)])
@pytest.mark.parametrize("seconds", ["0.02", "1", "9.999", "10"])
def test_as_many_windows_as_frames(rate: Fraction, seconds: str) -> None:
    duration = Fraction(seconds)
    spectrum = numbered(1 + int(duration * mel.SAMPLE_RATE) // mel.HOP)
    count = frames_for(duration, rate)
    for lead in (0, 1, Fraction(1, 2), -2):
        found = list(mel.windows(spectrum, count, rate, audio_lead_frames=lead))
        assert len(found) == count
        assert all(window.shape == (80, 16) for window in found)


def test_windows_begin_where_the_picture_does() -> None:
    found = list(mel.windows(numbered(801), 250, Fraction(25)))
    assert [int(window[0, 0]) for window in found[:6]] == [0, 3, 6, 9, 12, 16]
    assert [int(window[0, 0]) for window in found] == [int(i * 80 / 25 + 1e-9) for i in range(246)] + [
        int(i * 80 / 25 + 1e-9) for i in range(246, 250)
    ]
    # The last ones reach beyond the sound: silence, not the sound before it once more.
    assert found[-1][0].tolist() == [796, 797, 798, 799, 800] + [-4] * 11


def test_an_hour_of_ntsc_does_not_drift() -> None:
    count = frames_for(Fraction(3600), NTSC)
    starts = mel.window_starts(count, NTSC, Fraction(0))
    assert starts[-1] == (count - 1) * 80 * 1001 // 30000
    assert 3600 * 80 - 3 <= starts[-1] < 3600 * 80


def test_the_lead_is_counted_in_frames_of_25_fps() -> None:
    early = list(mel.windows(numbered(801), 10, Fraction(25), audio_lead_frames=1))
    late = list(mel.windows(numbered(801), 10, Fraction(25)))
    assert early[0][0, :5].tolist() == [-4, -4, -4, -4, 0]  # floor(−3.2): silence before the sound begins
    for before, after in zip(late[:-1], early[1:], strict=True):
        assert np.array_equal(before, after)
    at_fifty = list(mel.windows(numbered(801), 20, Fraction(50), audio_lead_frames=1))
    assert np.array_equal(at_fifty[2], late[0])


def test_another_number_of_bands_is_a_bug() -> None:
    with pytest.raises(ValueError, match="80"):
        mel.windows(np.zeros((40, 100), np.float32), 3, Fraction(25))


def test_speech_is_told_from_pauses() -> None:
    quiet = np.zeros(16_000, np.float32)
    sound = clip(np.concatenate([quiet, tone(300, 1), quiet]))
    made = speaking(sound, 75, Fraction(25))
    assert made.dtype == np.float32
    assert (made[25:50] == 1).all()
    assert not made[:20].any()
    assert not made[55:].any()
    assert (np.abs(np.diff(made)) < 0.5).all()  # eased in and out
    assert 0 < made[22] < 1


def test_noise_on_an_old_tape_is_no_speech() -> None:
    noise = np.random.default_rng(4).normal(0, 0.01, 48_000).astype(np.float32)
    noise[16_000:32_000] += tone(300, 1)
    made = speaking(clip(noise), 75, Fraction(25))
    assert (made[25:50] == 1).all()
    assert not made[:20].any()
    assert not made[55:].any()


def test_a_stop_consonant_is_no_pause() -> None:
    sound = np.tile(np.concatenate([tone(300, 0.2), np.zeros(1280, np.float32)]), 8)
    assert (speaking(clip(sound), 50, Fraction(25)) == 1).all()


def test_nothing_but_silence_is_silence() -> None:
    assert not speaking(clip(np.zeros(16_000)), 25, Fraction(25)).any()
    assert not speaking(clip(np.full(16_000, 1e-4)), 25, Fraction(25)).any()
    assert speaking(clip(np.zeros(0)), 0, Fraction(25)).shape == (0,)
