"""Recordings made fit to learn from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.signal import butter, sosfiltfilt, stft

from studio.errors import AudioUnusable
from studio.media.audio import read_audio, resample
from studio.media.blocks import clip_blocks
from studio.types import AudioClip
from studio.voice.loudness import LEVEL_DB, level_db
from studio.voice.recordings import clean as clean_module
from studio.voice.recordings import condition
from studio.voice.recordings.clean import Cleaning, Step, clean, cleaned, cleaned_blocks, examine, overdone
from studio.voice.recordings.rnnoise import DELAY, FRAME, Denoiser

PAIRS = ("0015", "0016", "0072", "0398", "0523")


def distance(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """Log-spectral distance in dB from 125 Hz to 8 kHz, over the 60 dB below the first one's peak."""
    logs = [20 * np.log10(np.abs(stft(x, 16_000, nperseg=512)[2][4:]) + 1e-6) for x in (one, other)]
    floor = logs[0].max() - 60
    a, b = (np.maximum(log, floor) for log in logs)
    return float(np.sqrt(np.square(a - b).mean(axis=0)).mean())


def compared(reference: AudioClip, clip: AudioClip) -> float:
    """Distance of `clip` to `reference` where both have sound, at one level."""
    x, y = resample(clip, 16_000).mono(), reference.mono()
    size = len(x) + len(y)
    lag = int(np.argmax(np.fft.irfft(np.fft.rfft(y, size) * np.fft.rfft(x, size).conj(), size)))
    lag = lag - size if lag > size // 2 else lag
    start, end = max(lag, 0), min(lag + len(x), len(y))
    x, y = x[start - lag : end - lag], y[start:end]
    return distance(y, x * np.float32((x @ y) / (x @ x)))


@pytest.mark.parametrize("name", PAIRS)
def test_noise_goes_and_clean_speech_stays(shared: Path, name: str) -> None:
    folder = shared / "media" / "speech" / "noisy"
    quiet, noisy = (read_audio(folder / f"{name}_{kind}.flac", mono=True) for kind in ("clean", "noisy"))
    before = distance(quiet.mono(), noisy.mono())
    assert compared(quiet, clean(noisy)) < 0.75 * before
    assert compared(quiet, clean(quiet)) < 1.5


def test_report_tells_noise_clipping_and_telephone(voice_clip: AudioClip, pink_noise: AudioClip) -> None:
    wide = resample(voice_clip, 48_000)
    loud = np.pad(wide.samples / np.abs(wide.samples).max(), ((0, 0), (24_000, 24_000)))
    loud += 1e-5 * pink_noise.samples[:, -loud.shape[1] :]
    noise = pink_noise.samples[:, : loud.shape[1]]
    good = examine(AudioClip(loud, 48_000))
    noisy = examine(AudioClip(loud + 0.08 * noise, 48_000))
    assert good.snr_db > noisy.snr_db + 15
    assert noisy.snr_db < 20
    assert any("noisy" in sentence for sentence in noisy.advice())
    assert good.voiced_s == pytest.approx(float(voice_clip.duration), rel=0.35)
    cut = examine(AudioClip(np.clip(4 * loud, -0.9, 0.9).astype(np.float32), 48_000))
    assert cut.clipped > 0.02
    assert good.clipped < 0.001
    telephone = examine(resample(resample(AudioClip(loud, 48_000), 8_000), 48_000))
    assert 3000 < telephone.bandwidth_hz < 4200
    assert good.bandwidth_hz > 8000


def test_odd_recordings_give_the_same_voice(voice_clip: AudioClip) -> None:
    low = resample(voice_clip, 8_000).samples
    stereo = AudioClip(np.concatenate([low, 0.5 * low]) + np.float32(0.2), 8_000)
    cleaned = clean(stereo)
    assert (cleaned.sample_rate, cleaned.samples.shape[0]) == (48_000, 1)
    assert abs(float(cleaned.samples.mean())) < 1e-3
    assert level_db(cleaned.mono(), 48_000) == pytest.approx(LEVEL_DB, abs=1.0)
    assert np.abs(cleaned.samples).max() <= 1
    assert cleaned.duration <= stereo.duration


def test_silence_around_the_voice_is_cut(voice_clip: AudioClip) -> None:
    rate = voice_clip.sample_rate
    silence = 1e-4 * np.random.default_rng(3).standard_normal((1, 3 * rate)).astype(np.float32)
    padded = AudioClip(np.concatenate([silence, voice_clip.samples, silence], axis=1), rate)
    assert float(clean(padded).duration) == pytest.approx(float(voice_clip.duration), abs=0.7)


def test_mains_hum_is_taken_out_and_said(voice_clip: AudioClip) -> None:
    rate = 48_000
    quiet = np.zeros((1, rate), dtype=np.float32)
    voice = np.concatenate([quiet, resample(voice_clip, rate).samples, quiet], axis=1)
    time = np.arange(voice.shape[1]) / rate
    hum = sum(0.02 * np.sin(2 * np.pi * line * time) for line in (60, 120, 180)).astype(np.float32)  # type: ignore[union-attr]

    def hum_db(clip: AudioClip) -> float:
        middle = clip.mono()[rate : rate * 5]
        power = np.square(np.abs(np.fft.rfft(middle * np.hanning(len(middle)))))
        at = np.array([120, 180]) * len(middle) // rate
        return float(10 * np.log10(power[at].sum() / power.sum()))

    mended, record = cleaned(AudioClip(voice + hum, rate))
    assert hum_db(mended) < hum_db(AudioClip(voice + hum, rate)) - 15
    assert any(step.name == "hum" and step.amount == pytest.approx(60, abs=0.2) for step in record.steps)


def test_a_good_recording_is_left_as_it_is(voice_clip: AudioClip, pink_noise: AudioClip) -> None:
    wide = np.pad(resample(voice_clip, 48_000).samples, ((0, 0), (24_000, 24_000)))
    good = AudioClip(wide + np.float32(5e-5) * pink_noise.samples[:, : wide.shape[1]], 48_000)
    mended, record = cleaned(good)
    assert record.steps == ()
    assert record.likeness > 0.999
    assert record.mos[1] == pytest.approx(record.mos[0], abs=0.02)
    assert compared(resample(good, 16_000), mended) < 0.5
    assert record.sentences()[0] == "Nothing had to be done."


@pytest.mark.parametrize(("loud_db", "noise", "fault"), [(-15, 5e-5, False), (-15, 0.02, True), (-3, 5e-5, True)])
def test_a_little_rumble_is_a_fault_only_where_there_is_noise(
    voice_clip: AudioClip, pink_noise: AudioClip, loud_db: float, noise: float, fault: bool
) -> None:
    wide = np.pad(resample(voice_clip, 48_000).mono(), 24_000)
    rumble = np.sin(2 * np.pi * 12 * np.arange(len(wide)) / 48_000) * np.sqrt(2) * wide.std() * 10 ** (loud_db / 20)
    sound = wide + rumble.astype(np.float32) + np.float32(noise) * pink_noise.mono()[: len(wide)]
    found = condition.listened(lambda: iter([sound]), 48_000)
    assert (found.report.snr_db < condition.CLEAN_DB) is (noise > 0.01)
    assert found.faults.rumble is fault


def test_every_fault_is_mended_and_told(voice_clip: AudioClip) -> None:
    rate = voice_clip.sample_rate
    voice = voice_clip.mono()[: 3 * rate]
    spoilt = voice / np.abs(voice).max()
    for place in range(rate // 4, len(spoilt) - rate // 4, rate // 2):
        spoilt[place] += 0.7
    mended, record = cleaned(AudioClip((np.clip(spoilt, -0.6, 0.6) + 0.05).astype(np.float32)[None], rate))
    names = [step.name for step in record.steps]
    assert names[:3] == ["declip", "declick", "offset"]
    assert record.likeness > 0.7
    assert abs(float(mended.samples.mean())) < 1e-3
    for language in ("en", "zh"):
        assert len(record.sentences(language)) == len(record.steps) + bool(record.withheld)


def test_what_was_done_reads_well() -> None:
    clicks = Step("declick", 2.1)
    assert clicks.sentence() == "Two clicks a second were taken out."
    assert Step("declick", 0.05).sentence() == "Three clicks a minute were taken out."
    assert Step("declick", 0.96).sentence() == "One click a second was taken out."
    assert clicks.sentence("zh") == "去除了咔嗒声（每秒2次）。"
    assert "12%" in Step("declip", 0.12).sentence()
    assert "50.0 Hz with 4 tones" in Step("hum", 50.02, 4).sentence()
    withheld = Cleaning((), (20.0, 20.0), (3.0, 3.0), 1.0, withheld="Less.")
    assert withheld.sentences()[-1] == "Less."


@pytest.mark.parametrize(
    ("same", "before", "after", "refused"),
    [
        (0.99, 3.2, 3.2, False),  # nothing changed
        (0.90, 3.2, 3.2, True),  # another voice, no better sound
        (0.99, 3.2, 2.9, True),  # the same voice, worse sound
        (0.65, 1.2, 2.8, False),  # a noisy tape: the noise was half of what was heard
        (0.65, 2.4, 2.8, True),
    ],
)
def test_a_voice_may_change_only_as_much_as_it_gains(same: float, before: float, after: float, refused: bool) -> None:
    assert overdone(same, before, after) is refused


def test_loud_noise_that_goes_is_not_taken_for_a_changed_voice(voice_clip: AudioClip, pink_noise: AudioClip) -> None:
    wide = resample(voice_clip, 48_000).samples
    noise = np.resize(pink_noise.samples, wide.shape)
    _, record = cleaned(AudioClip(wide + np.float32(0.56 * wide.std() / noise.std()) * noise, 48_000))
    assert Step("denoise", 1.0) in record.steps
    assert record.withheld == ""
    assert record.likeness > 0.85


def test_a_treatment_that_hurts_the_voice_is_refused(
    voice_clip: AudioClip, pink_noise: AudioClip, monkeypatch: pytest.MonkeyPatch
) -> None:
    wide = resample(voice_clip, 48_000).samples
    noise = np.resize(pink_noise.samples, wide.shape)
    low = butter(6, 1000, fs=48_000, output="sos")

    def muffled(blocks: Iterable[NDArray[np.float32]], share: float) -> Iterator[NDArray[np.float32]]:
        sound = np.concatenate(list(blocks))
        yield (share * sosfiltfilt(low, sound) + (1 - share) * sound).astype(np.float32)

    monkeypatch.setattr(clean_module, "denoised", muffled)
    _, record = cleaned(AudioClip(wide + np.float32(0.1 * wide.std() / noise.std()) * noise, 48_000))
    assert not any(step.name == "denoise" and step.amount > 0.5 for step in record.steps)
    assert "gentler" in record.withheld


def test_blocks_give_what_the_whole_gives(voice_clip: AudioClip, pink_noise: AudioClip) -> None:
    wide = resample(voice_clip, 48_000)
    clip = AudioClip(wide.samples + 0.01 * pink_noise.samples[:, : wide.samples.shape[1]], 48_000)
    whole, record = cleaned(clip)
    blocks, again = cleaned_blocks(lambda: clip_blocks(clip, 48_000, seconds=0.7), 48_000)
    joined = np.concatenate(list(blocks))
    assert again == record
    assert np.allclose(joined, whole.mono(), atol=1e-4)


def test_of_a_long_recording_an_excerpt_is_judged(
    voice_clip: AudioClip, pink_noise: AudioClip, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sound itself is worked through block by block. Long is here what is longer than 10 s."""
    monkeypatch.setattr(condition, "EXCERPT_S", 10)
    low = resample(voice_clip, 16_000).mono()
    once = np.pad(low, (0, 8_000))
    long = np.tile(once, 24 * 16_000 // len(once))
    noise = np.resize(resample(pink_noise, 16_000).mono(), len(long))
    blocks, record = cleaned_blocks(
        lambda: clip_blocks(AudioClip((long + 0.01 * noise).astype(np.float32)[None], 16_000), 16_000), 16_000
    )
    mended = np.concatenate(list(blocks))
    assert "denoise" in [step.name for step in record.steps]
    assert len(mended) == pytest.approx(3 * len(long), rel=0.03)
    assert level_db(mended, 48_000) == pytest.approx(LEVEL_DB, abs=1)


@pytest.mark.parametrize(
    ("samples", "says"),
    [
        (np.zeros((1, 96_000), np.float32), "silent"),
        (np.zeros((2, 0), np.float32), "silent"),
        (0.3 * np.random.default_rng(0).standard_normal((1, 96_000)).astype(np.float32), r"0\.\d s of voice"),
        (np.sign(np.sin(np.arange(96_000) / 20))[None].astype(np.float32), "cut off"),
    ],
)
def test_what_has_no_voice_is_refused(samples: NDArray[np.float32], says: str) -> None:
    with pytest.raises(AudioUnusable, match=says):
        clean(AudioClip(samples, 48_000))


def test_half_a_second_of_voice_is_too_little(voice_clip: AudioClip) -> None:
    short = AudioClip(voice_clip.samples[:, : voice_clip.sample_rate // 2], voice_clip.sample_rate)
    with pytest.raises(AudioUnusable, match="30 s is good"):
        clean(short)


def test_the_denoiser_is_late_by_what_is_stated(voice_clip: AudioClip) -> None:
    voice = resample(voice_clip, 48_000).mono()
    voice = voice[: len(voice) // FRAME * FRAME]
    with Denoiser() as denoiser:
        out, certain = denoiser.process(voice)
        with pytest.raises(ValueError, match="whole frames"):
            denoiser.process(voice[:100])
    correlation = np.fft.irfft(np.fft.rfft(out, 2 * len(out)) * np.fft.rfft(voice, 2 * len(voice)).conj())
    assert abs(int(np.argmax(correlation)) - DELAY) < 48
    assert certain.mean() > 0.5
