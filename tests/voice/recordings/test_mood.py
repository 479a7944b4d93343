"""A feeling is heard where there is one, and calm where there is none."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from studio.errors import AudioUnusable
from studio.media.audio import read_audio
from studio.types import AudioClip, Emotion, Feeling, Speech
from studio.voice import features as world
from studio.voice.features import Features
from studio.voice.prosody.delivery import DELIVERIES, deliver
from studio.voice.recordings import mood
from studio.voice.recordings.mood import Cues, Mood

CALM = Cues(pitch=90.0, span=7.0, rate=3.7, dynamics=8.1, tilt=-10.0, harmonicity=7.2, seconds=20.0)


def shifted(emotion: Emotion, strength: float = 1.0) -> Cues:
    """What research says of a feeling, laid on calm cues."""
    asked = DELIVERIES[emotion]
    return replace(
        CALM,
        pitch=CALM.pitch + strength * asked.pitch,
        span=CALM.span * asked.melody**strength,
        rate=CALM.rate * asked.tempo**strength,
        tilt=CALM.tilt + strength * asked.tilt * 2,
    )


@pytest.mark.parametrize("emotion", get_args(Emotion))
def test_strong_feelings_are_told_apart(emotion: Emotion) -> None:
    heard = mood.against(shifted(emotion, 1.6), CALM)
    assert heard.emotion == emotion
    assert sum(heard.probabilities.values()) == pytest.approx(1)
    assert heard.confidence == max(heard.probabilities.values())


def test_weak_ones_are_not_claimed() -> None:
    for emotion in get_args(Emotion):
        heard = mood.against(shifted(emotion, 0.3), CALM)
        assert heard.offered == "neutral"
    assert mood.against(CALM, CALM).about().startswith("The recordings sound calm (confidence 0.")


def test_less_voice_is_less_sure() -> None:
    long, short = (mood.against(replace(shifted("glad", 1.6), seconds=s), CALM).confidence for s in (60.0, 2.0))
    assert long > short + 0.1


def test_a_mistake_of_measuring_does_not_decide() -> None:
    heard = mood.against(replace(CALM, tilt=60.0), CALM)
    assert heard.offered == "neutral"
    assert heard.confidence < mood.against(CALM, CALM).confidence + 1e-9


def test_it_says_what_it_knows() -> None:
    def of(**known: float) -> Mood:
        return Mood(dict.fromkeys(get_args(Emotion), 0.0) | known)  # type: ignore[arg-type]

    assert of(warm=0.62, neutral=0.38).about() == "The recordings sound warm (confidence 0.62)."
    unsure = of(warm=0.45, neutral=0.35, sad=0.2)
    assert unsure.about() == "It is not clear how the recordings sound: warm (0.45) or neutral (0.35)."
    assert (unsure.emotion, unsure.offered) == ("warm", "neutral")


def test_silence_has_no_mood(voice_clip: AudioClip) -> None:
    silence = AudioClip(np.zeros((1, 48_000), np.float32), 24_000)
    with pytest.raises(AudioUnusable, match="too little voice"):
        mood.recognised([silence])
    assert mood.each([silence]) == (None,)
    one, nothing = mood.each([voice_clip, silence])
    assert one is not None
    assert one.emotion == "neutral"
    assert nothing is None


@pytest.fixture(scope="module")
def recordings(shared: Path) -> list[Features]:
    """A woman reading English and one speaking Mandarin."""
    names = ("en_ljspeech/LJ001-0014.flac", "zh_woman_prompt.flac")
    clips = [read_audio(shared / "media" / "speech" / name, mono=True) for name in names]
    return [world.analyse(AudioClip(clip.samples[:, : 5 * clip.sample_rate], clip.sample_rate)) for clip in clips]


@pytest.mark.parametrize("emotion", ["glad", "sad"])
def test_real_voices_made_glad_and_sad_are_heard_so(recordings: list[Features], emotion: Emotion) -> None:
    for parts in recordings:
        length = round(len(parts.f0) * 120)
        unknown = Speech(AudioClip(np.zeros((1, length), np.float32), 24_000), "", "en", (), (), "x", synthetic=False)
        heard = []
        for felt in ("neutral", emotion):
            moved, speech = deliver(parts, unknown, [Feeling(Fraction(0), felt)])  # type: ignore[arg-type]
            samples = world.synthesise(moved, speech.audio.samples.shape[1])
            heard.append(mood.cues(world.analyse(AudioClip(samples[None], 24_000))))
        copy, acted = heard
        assert copy is not None
        assert acted is not None
        found = mood.against(acted, copy, same_words=True)
        assert found.emotion in ((emotion, "solemn") if emotion == "sad" else (emotion,))
        opposite: Emotion = "sad" if emotion == "glad" else "glad"
        assert found.probabilities[emotion] > 5 * found.probabilities[opposite]


def test_real_recordings_are_judged_carefully(shared: Path) -> None:
    for name in ("moss_reference_en_2.flac", "zh_f5_ref.flac"):
        heard = mood.recognised([read_audio(shared / "media" / "speech" / name, mono=True)])
        assert heard.probabilities[heard.offered] > 0.3
        assert heard.confidence < 0.8
