"""A voice in numbers, and the page of pictures."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from studio.errors import AudioUnusable
from studio.media.audio import write_wav
from studio.types import AudioClip
from studio.voice.recordings import pictures, spectra
from studio.voice.recordings.spectra import VoiceFeatures


@pytest.fixture(scope="module")
def found(voice_clip: AudioClip) -> VoiceFeatures:
    return spectra.of_clip(voice_clip)


def test_a_voice_has_plausible_figures(found: VoiceFeatures, voice_clip: AudioClip) -> None:
    assert found.seconds == pytest.approx(float(voice_clip.duration), abs=0.01)
    assert 120 < found.f0.median < 260
    assert found.f0.low <= found.f0.median <= found.f0.high
    middles = [spread.median for spread in found.formants]
    assert middles == sorted(middles)
    for middle, (low, high) in zip(middles, ((300, 900), (1000, 2300), (2100, 3400), (3000, 4700)), strict=True):
        assert low < middle < high
    assert len(found.cepstra) == 13
    assert 0 < found.evenness.jitter < 0.05
    assert found.evenness.hnr_db > 5


def test_long_term_spectrum_falls_and_adds_up(found: VoiceFeatures) -> None:
    levels = dict(found.thirds)
    assert len(levels) == 21
    assert levels[1000.0] > levels[8000.0]
    inside = sum(10 ** (level / 10) for level in levels.values())
    assert 0.7 < inside < 1.1  # of all power; the thirds reach from 90 Hz to 11 kHz


def test_the_level_does_not_change_a_voice(found: VoiceFeatures, voice_clip: AudioClip) -> None:
    soft = spectra.of_clip(AudioClip(voice_clip.samples * np.float32(0.1), voice_clip.sample_rate))
    assert soft.level_db == pytest.approx(found.level_db - 20, abs=0.1)
    assert soft.f0.median == pytest.approx(found.f0.median, rel=0.01)
    assert soft.cepstra[1:] == pytest.approx(found.cepstra[1:], abs=0.3)


def test_the_record_is_json_with_units_in_its_names(found: VoiceFeatures) -> None:
    record = json.loads(json.dumps(found.record(), allow_nan=False))
    assert set(record["formants_hz"]) == {"F1", "F2", "F3", "F4"}
    assert record["f0_hz"]["median"] == pytest.approx(found.f0.median, abs=0.1)
    assert len(record["mfcc_means"]) == 13


def test_of_a_long_file_the_minute_with_the_most_voice_is_taken(tmp_path: Path, voice_clip: AudioClip) -> None:
    rate = voice_clip.sample_rate
    late = np.zeros((1, 66 * rate), np.float32)
    late[:, 61 * rate : 61 * rate + 4 * rate] = voice_clip.samples[:, : 4 * rate]
    write_wav(tmp_path / "tape.wav", AudioClip(late, rate))
    found = spectra.of_file(tmp_path / "tape.wav")
    assert found.begins == Fraction(60)
    assert found.seconds == pytest.approx(6, abs=0.01)


def test_silence_has_no_voice() -> None:
    with pytest.raises(AudioUnusable, match="hardly any voice"):
        spectra.of_clip(AudioClip(np.zeros((1, 24_000), np.float32), 24_000))


def test_a_page_is_drawn_in_either_language(tmp_path: Path, found: VoiceFeatures) -> None:
    pages = []
    for language, title in (("en", "Ruth, 1952 $5"), ("zh", "外婆的声音")):
        path = tmp_path / f"{language}.png"
        pictures.draw(found, path, title=title, language=language)
        with Image.open(path) as page:
            assert page.size == (1800, 1380)
            pages.append(np.asarray(page.convert("L"), dtype=np.float32))
    assert all(page.std() > 20 for page in pages)
    assert np.abs(pages[0] - pages[1]).max() > 100
    assert sorted(path.name for path in tmp_path.iterdir()) == ["en.png", "zh.png"]
