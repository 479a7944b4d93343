"""Lines of a production as they are heard: takes, sentences kept one by one, voices of the shelf, true words."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from studio import voices
from studio.cache import Cache
from studio.errors import AudioUnusable, ProductionInvalid
from studio.media.audio import write_wav
from studio.meter import Meter
from studio.production import Production
from studio.takes import Takes
from studio.voice.engines import load

Make = Callable[..., Takes]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Takes of a film with one line; `line` and `person` are added to what they are."""

    def takes(line: dict[str, Any], person: dict[str, Any] | None = None) -> Takes:
        written = {
            "schema": "studio/1",
            "title": "T",
            "people": {"ruth": {"name": "Ruth", "photos": [{"file": "ruth.jpg"}], **(person or {})}},
            "scenes": [{"kind": "talking", "id": "a", "person": "ruth", "lines": [line]}],
        }
        (tmp_path / "production.yaml").write_text(yaml.safe_dump(written, allow_unicode=True), encoding="utf-8")
        (tmp_path / "ruth.jpg").write_bytes(b"a photo")
        return Takes(Production.load(tmp_path / "production.yaml"), Cache(tmp_path / "cache"), Meter(None))

    return takes


def heard(takes: Takes) -> Any:
    return takes.line("ruth", takes.production.scenes[0].lines[0])  # type: ignore[union-attr]


def stages(takes: Takes) -> list[tuple[str, str, bool]]:
    return [(made["stage"], made["detail"], made["cached"]) for made in takes.made]


def test_a_changed_word_makes_only_its_own_sentence_again(make: Make) -> None:
    before = make({"say": "I was born by the sea. We had a house."})
    heard(before)
    after = make({"say": "I was born by the sea. We had a garden."})
    speech = heard(after)
    assert [word.text for word in speech.words][-1] == "garden"
    assert stages(after) == [("speak", "I was born by the sea.", True), ("speak", "We had a garden.", False)]


def test_several_takes_are_made_and_the_clearest_is_used(make: Make) -> None:
    takes = make({"say": "We had a house.", "takes": 3})
    speech = heard(takes)
    made = takes.told_of(speech)
    assert made is not None and len(made.takes) == 3
    assert made.takes[made.chosen] is speech
    lengths = {take.audio.duration for take in made.takes}
    assert len(lengths) > 1


def test_a_take_that_was_chosen_stays(make: Make) -> None:
    three = make({"say": "We had a house.", "takes": 3})
    heard(three)
    locked = make({"say": "We had a house.", "takes": 3, "take": 2})
    speech = heard(locked)
    assert np.array_equal(speech.audio.samples, three.spoken[0].takes[1].audio.samples)
    assert all(cached for *_, cached in stages(locked))


def test_takes_of_a_true_recording_make_no_sense(make: Make) -> None:
    with pytest.raises(ProductionInvalid, match="true recording"):
        make({"recording": "tape.wav", "takes": 2})


def test_a_voice_that_nobody_enrolled_is_named(make: Make) -> None:
    with pytest.raises(ProductionInvalid, match="studio voice enrol"):
        heard(make({"say": "Hello there."}, {"profile": "grandma"}))


def test_true_words_need_transcripts(make: Make, tmp_path: Path) -> None:
    write_wav(tmp_path / "tape.wav", load("espeak").speak("I was born by the sea, in a small house.", "en").audio)
    person = {"recordings": [{"file": "tape.wav"}], "true_words": True}
    with pytest.raises(AudioUnusable, match="transcript"):
        heard(make({"say": "Hello there."}, person))


def test_words_on_tape_are_laid_in_and_told_of(make: Make, tmp_path: Path) -> None:
    said = "I was born by the sea, in a small white house. My mother sang to us every night."
    write_wav(tmp_path / "tape.wav", load("espeak").speak(said, "en", base="en-us+f2").audio)
    person = {"recordings": [{"file": "tape.wav", "transcript": said}], "true_words": True}
    takes = make({"say": "My mother sang to us every night."}, person)
    speech = heard(takes)
    made = takes.told_of(speech)
    assert made is not None and made.true_words, "the whole sentence is on tape"
    assert made.true_words[0]["source"] == "tape.wav"
    assert any(word.recorded for word in speech.words)


def test_the_shelf_gives_its_voice(make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from studio.voice.person.enrol import enrol

    monkeypatch.setattr(voices, "listed", lambda: ("grandma",))
    clip = load("espeak").speak("I was born by the sea, in a small white house, long ago.", "en", base="en-us+f2").audio
    learned = enrol([clip], person="Ruth", hashes=[])
    monkeypatch.setattr(voices, "find", lambda _: learned)
    with_profile = heard(make({"say": "Good night."}, {"profile": "grandma"}))
    without = heard(make({"say": "Good night."}))
    assert not np.array_equal(with_profile.audio.samples[:, :20000], without.audio.samples[:, :20000])


def test_the_noise_of_the_tape_runs_under_a_scene_where_it_is_asked_for(make: Make, tmp_path: Path) -> None:
    from studio import voicing
    from studio.takes import version
    from studio.types import AudioClip

    said = load("espeak").speak("I was born by the sea, in a small house. We had a dog.", "en", base="en-us+f2").audio
    hiss = np.random.default_rng(0).normal(0, 0.004, said.samples.shape).astype(np.float32)
    write_wav(tmp_path / "tape.wav", AudioClip(said.samples + hiss, said.sample_rate))
    noisy = make({"say": "Good night."}, {"recordings": [{"file": "tape.wav"}], "tape": 0.5})
    bed = voicing.room(noisy, ["ruth"], Fraction(2), version("voice"))
    assert bed is not None and bed.samples.shape == (1, 96_000)
    assert 1e-5 < float(np.sqrt(np.square(bed.samples).mean())) < 0.02
    assert voicing.room(make({"say": "Good night."}), ["ruth"], Fraction(2), version("voice")) is None


def test_what_a_person_has_said_is_signed_and_goes_with_their_voice(make: Make, tmp_path: Path) -> None:
    sentence = load("espeak").speak("It was a cold morning by the sea.", "en")
    write_wav(tmp_path / "tape.wav", sentence.audio)
    takes = make({"say": "Good evening."}, {"recordings": [{"file": "tape.wav"}]})
    heard(takes)
    said = takes.cache.folder("speak", next(made["key"] for made in takes.made if made["stage"] == "speak"))
    assert (said / "whose.json").read_text() == json.dumps([takes.inputs["tape.wav"]])
