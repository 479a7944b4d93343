"""The person's own words."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from studio.errors import AudioUnusable
from studio.media.audio import read_audio
from studio.types import AudioClip
from studio.voice.recordings.recording import take

JFK = "And so, my fellow Americans, ask not what your country can do for you, ask what you can do for your country."


def test_without_a_transcript_nothing_is_guessed(voice_clip: AudioClip) -> None:
    speech = take(voice_clip, "  ", "en")
    assert (speech.text, speech.words, speech.phonemes) == ("", (), ())
    assert (speech.engine, speech.synthetic, speech.audio.sample_rate) == ("recording", False, 48_000)


def test_silence_is_refused() -> None:
    with pytest.raises(AudioUnusable, match="silent"):
        take(AudioClip(np.zeros((1, 48_000), np.float32), 48_000), "Hello", "en")


def test_a_speech_of_1961_is_timed(shared: Path) -> None:
    speech = take(read_audio(shared / "media" / "speech" / "en_jfk_1961.flac"), JFK, "en")
    starts = {}
    for word in speech.words:
        starts.setdefault(word.text, float(word.start))
    # Read off the spectrogram of the cleaned recording.
    expected = {"And": 0.14, "fellow": 1.10, "ask": 3.10, "not": 3.80, "what": 5.23}
    assert all(abs(starts[word] - true) < 0.12 for word, true in expected.items())
    assert len(speech.words) == 22


def test_a_mandarin_recording_is_timed_by_character(shared: Path) -> None:
    clip = read_audio(shared / "media" / "speech" / "zh_f5_ref.flac")
    speech = take(clip, "对，这就是我，万人敬仰的太乙真人。", "zh")
    assert "".join(word.text for word in speech.words) == "对这就是我万人敬仰的太乙真人"
    starts = [float(word.start) for word in speech.words]
    assert starts[5] == pytest.approx(2.52, abs=0.12)  # 万, after the second pause
