"""Years younger and older, stronger and frailer."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from studio.types import AudioClip, Speech
from studio.voice import engines, features
from studio.voice.features import Features
from studio.voice.prosody.vitality import Controls, Vitality, aged, controls, moved


@pytest.fixture(scope="module")
def spoken() -> tuple[Features, Speech]:
    speech = engines.load("espeak").speak("The old house stood by the water, and the sun rose.", "en", base="f2")
    return features.analyse(speech.audio), speech


def pitch(parts: Features) -> float:
    """Median, semitones."""
    return float(12 * np.log2(np.median(parts.f0[parts.voiced])))


def test_nothing_asked_is_nothing_done(spoken: tuple[Features, Speech]) -> None:
    parts, speech = aged(*spoken, Vitality(), male=False)
    assert parts is spoken[0] and speech is spoken[1]
    same, _ = moved(*spoken, Controls())
    assert np.array_equal(same.f0, spoken[0].f0) and np.array_equal(same.envelope, spoken[0].envelope)
    assert np.array_equal(same.aperiodicity, spoken[0].aperiodicity)


@pytest.mark.parametrize(("male", "semitones"), [(False, -1.0), (True, 0.5), (None, 0.0)])
def test_pitch_goes_where_that_of_women_and_men_goes(
    spoken: tuple[Features, Speech], male: bool | None, semitones: float
) -> None:
    older, _ = aged(*spoken, Vitality(age=20), male=male)
    younger, _ = aged(*spoken, Vitality(age=-20), male=male)
    assert pitch(older) - pitch(spoken[0]) == pytest.approx(semitones, abs=0.25)
    assert pitch(younger) - pitch(spoken[0]) == pytest.approx(-semitones, abs=0.25)


def test_the_older_the_slower_and_words_move_along(spoken: tuple[Features, Speech]) -> None:
    parts, speech = aged(*spoken, Vitality(age=30), male=False)
    longer = float(speech.audio.duration / spoken[1].audio.duration)
    assert longer == pytest.approx(0.96**-3, rel=0.02)
    assert len(parts.f0) == pytest.approx(longer * len(spoken[0].f0), abs=3)
    assert [word.text for word in speech.words] == [word.text for word in spoken[1].words]
    assert speech.words[-1].end > spoken[1].words[-1].end
    assert all(a.end == b.start for a, b in zip(speech.phonemes, speech.phonemes[1:], strict=False))
    assert speech.phonemes[0].start == Fraction(0) and speech.phonemes[-1].end == speech.audio.duration


def test_tremor_is_slow_and_as_deep_as_asked(spoken: tuple[Features, Speech]) -> None:
    steady = Features(np.full(2000, 200.0), np.ones((2000, 513)), np.full((2000, 513), 0.1))
    trembling, _ = moved(steady, spoken[1], Controls(tremor=0.3))
    wave = 12 * np.log2(trembling.f0 / 200)
    power = np.square(np.abs(np.fft.rfft(wave * np.hanning(2000))))
    hertz = np.fft.rfftfreq(2000, 0.005)
    assert wave.std() * np.sqrt(2) == pytest.approx(0.3, rel=0.15)
    assert power[(hertz > 3.8) & (hertz < 7.2)].sum() > 0.95 * power.sum()
    again, _ = moved(steady, spoken[1], Controls(tremor=0.3))
    assert np.array_equal(trembling.f0, again.f0)


def test_frail_is_breathier_duller_and_flatter_strong_the_opposite(spoken: tuple[Features, Speech]) -> None:
    def figures(vigour: float) -> tuple[float, float, float]:
        parts, _ = aged(*spoken, Vitality(vigour=vigour), male=False)
        keep = features.loud(parts)
        high = parts.envelope[keep][:, 64:256].sum(axis=1) / parts.envelope[keep].sum(axis=1)
        return float(parts.aperiodicity[keep][:, 128:].mean()), float(high.mean()), float(np.log(parts.f0[keep]).std())

    frail, as_recorded, strong = figures(-0.8), figures(0.0), figures(0.8)
    assert frail[0] > as_recorded[0] > strong[0]
    assert frail[1] < as_recorded[1] < strong[1]
    assert frail[2] < as_recorded[2] < strong[2]


def test_loudness_and_silences_stay(spoken: tuple[Features, Speech]) -> None:
    parts, _ = moved(*spoken, Controls(tilt=-1.0, breath_db=4.0, pitch=-1.0))
    assert np.allclose(parts.envelope.sum(axis=1), spoken[0].envelope.sum(axis=1), rtol=1e-6)
    assert np.array_equal(parts.voiced, spoken[0].voiced)
    assert parts.aperiodicity.max() <= 1
    silent = ~spoken[0].voiced
    assert np.array_equal(parts.aperiodicity[silent], spoken[0].aperiodicity[silent])


def test_it_can_be_synthesised(spoken: tuple[Features, Speech]) -> None:
    parts, speech = aged(*spoken, Vitality(age=25, vigour=-0.5), male=True)
    samples = features.synthesise(parts, round(speech.audio.duration * features.SAMPLE_RATE))
    assert np.isfinite(samples).all() and 0.01 < np.abs(samples).max() < 2
    assert features.analyse(AudioClip(samples[None], features.SAMPLE_RATE)).voiced.mean() > 0.3


@pytest.mark.parametrize("wrong", [{"age": 31}, {"age": -40}, {"vigour": 1.5}, {"age": float("nan")}])
def test_what_nobody_can_be_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="must be"):
        Vitality(**wrong)


def test_nobody_trembles_less_than_they_did() -> None:
    assert controls(Vitality(age=-30, vigour=1), male=False).tremor == 0
    assert controls(Vitality(age=30, vigour=-1), male=False).tremor > 0.3
