"""How fit a stretch is to learn a voice from."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from studio.media.audio import resample
from studio.types import AudioClip
from studio.voice.recordings.quality import Mos
from studio.voice.recordings.scoring import Score, bandwidth, clipped, snr

GOOD = Score(35.0, 0.0, 9000.0, Mos(3.5, 4.0, 3.2), 0.9, 0.0)


def test_snr_is_the_voice_over_the_pauses_around_it() -> None:
    levels = np.full(400, -60, np.float32)
    certainty = np.zeros(400, np.float32)
    levels[100:200], certainty[100:200] = -30, 0.9
    assert snr(levels, certainty, 100, 200, frame_s=0.032) == pytest.approx(30, abs=0.1)
    # Digital silence says nothing: the softest frames between the words stand for the noise.
    levels[levels == -60] = -120
    levels[150:160], certainty[150:160] = -50, 0.2
    assert snr(levels, certainty, 100, 200, frame_s=0.032) == pytest.approx(20, abs=1.5)
    assert snr(levels, np.zeros(400, np.float32), 100, 200, frame_s=0.032) == -10


def test_clipping_is_the_share_that_was_cut(voice_clip: AudioClip) -> None:
    loud = voice_clip.samples[0] / np.abs(voice_clip.samples).max()
    assert clipped(loud) == 0
    cut = np.clip(6 * loud, -1, 1).astype(np.float32)
    assert clipped(cut) == pytest.approx(float((np.abs(cut) >= 1).mean()), rel=0.3)


def test_bandwidth_of_a_telephone_and_of_a_microphone(voice_clip: AudioClip) -> None:
    wide = bandwidth(voice_clip.mono(), voice_clip.sample_rate)
    narrow = resample(resample(voice_clip, 8000), voice_clip.sample_rate)
    assert wide > 6000
    assert 3000 < bandwidth(narrow.mono(), narrow.sample_rate) < 4300
    assert 3000 < bandwidth(resample(voice_clip, 8000).mono(), 8000) <= 4000
    assert bandwidth(np.zeros(48_000, np.float32), 48_000) == 0
    assert bandwidth(np.zeros(10, np.float32), 48_000) == 0


def test_what_is_wrong_is_said() -> None:
    assert GOOD.verdict == "good"
    assert GOOD.reasons() == ()
    wrong = {
        "snr_db": (12.0, "noise", "fair"),
        "clipped": (0.2, "recorded too loudly", "poor"),
        "bandwidth_hz": (3400.0, "a narrow sound, as from a telephone", "fair"),
        "overlap": (0.6, "two people at once", "poor"),
        "likeness": (0.4, "not surely the same person", "poor"),
    }
    scores = [(dataclasses.replace(GOOD, **{name: value}), *said) for name, (value, *said) in wrong.items()]
    scores.append((dataclasses.replace(GOOD, mos=Mos(1.2, 4.0, 1.0)), "an unclear voice", "poor"))
    scores.append((dataclasses.replace(GOOD, mos=Mos(3.4, 1.9, 2.0)), "other sounds", "fair"))
    for score, reason, verdict in scores:
        assert [said for said, _ in score.reasons()] == [reason]
        assert score.verdict == verdict
        assert score.worth < GOOD.worth
