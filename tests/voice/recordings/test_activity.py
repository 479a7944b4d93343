"""Where somebody speaks."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from studio.media.audio import read_audio, resample
from studio.types import AudioClip
from studio.voice.recordings.activity import FRAME, SAMPLE_RATE, Detector, certainty, spans, spans_of


def chords(seconds: float, rate: int = SAMPLE_RATE) -> AudioClip:
    """A piano-like arpeggio over chords: music without a voice."""
    time = np.arange(int(seconds * rate)) / rate
    sound = np.zeros_like(time)
    for start in np.arange(0, seconds, 0.25):
        note = 220 * 2 ** (int(start * 4) * 7 % 24 / 12)
        since = np.clip(time - start, 0, None)
        tone = sum(np.sin(2 * np.pi * note * k * since) / k**2 for k in range(1, 6))
        sound += np.where(time >= start, tone * np.exp(-3 * since), 0)
    return AudioClip((0.3 * sound / np.abs(sound).max()).astype(np.float32)[None], rate)


def test_speech_is_found_where_it_is(voice_clip: AudioClip) -> None:
    quiet = np.zeros((1, 3 * voice_clip.sample_rate), np.float32)
    clip = AudioClip(np.concatenate([quiet, voice_clip.samples, quiet], axis=1), voice_clip.sample_rate)
    found = spans(clip)
    assert found
    assert float(found[0][0]) == pytest.approx(3, abs=0.3)
    assert float(found[-1][1]) == pytest.approx(3 + float(voice_clip.duration), abs=0.5)
    assert all(one[1] <= other[0] for one, other in pairwise(found))
    assert all(isinstance(edge, Fraction) for span in found for edge in span)


def test_music_silence_and_noise_are_no_speech(pink_noise: AudioClip) -> None:
    assert sum(end - start for start, end in spans(chords(12))) < 1
    assert spans(AudioClip(np.zeros((2, 48_000), np.float32), 48_000)) == ()
    assert spans(AudioClip(pink_noise.samples * np.float32(0.1), pink_noise.sample_rate)) == ()
    assert spans(AudioClip(np.zeros((1, 0), np.float32), 48_000)) == ()


def test_pieces_give_what_the_whole_gives(voice_clip: AudioClip) -> None:
    samples = resample(voice_clip, SAMPLE_RATE).mono()
    whole = certainty([samples])
    assert len(whole) == -(-len(samples) // FRAME)
    detector = Detector()
    parts = [detector.feed(samples[start : start + 777]) for start in range(0, len(samples), 777)]
    parts.append(detector.feed(np.zeros(0, np.float32), last=True))
    assert np.allclose(np.concatenate(parts), whole, atol=1e-4)


def test_spans_have_hysteresis_and_margins() -> None:
    frames = np.zeros(200, np.float32)
    frames[50:80] = 0.9
    frames[60:70] = 0.4  # less sure, but not over
    frames[71] = 0.1  # too short to be a pause
    frames[100:104] = 0.9  # too short to be speech
    frames[150:] = 0.9
    duration = Fraction(200 * FRAME, SAMPLE_RATE)
    (first, last) = spans_of(frames, duration)
    assert float(first[0]) == pytest.approx(50 * 0.032 - 0.03)
    assert float(first[1]) == pytest.approx(80 * 0.032 + 0.03)
    assert last[1] == duration


def test_telephone_hum_and_offset_do_not_hide_speech(shared: Path) -> None:
    clip = read_audio(shared / "media/speech/en_f5_main.flac", mono=True)
    truth = float(sum(end - start for start, end in spans(clip)))
    time = np.arange(clip.samples.shape[1]) / clip.sample_rate
    hum = (0.05 * np.sin(2 * np.pi * 50 * time) + 0.02 * np.sin(2 * np.pi * 150 * time)).astype(np.float32)
    for changed in (
        resample(clip, 8000),
        AudioClip(clip.samples + hum, clip.sample_rate),
        AudioClip(clip.samples + np.float32(0.3), clip.sample_rate),
    ):
        assert float(sum(end - start for start, end in spans(changed))) == pytest.approx(truth, rel=0.2)
