"""Who acts what: whose face, whose words, which feeling when, and how much of it."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from studio import cast
from studio.cast import Spoken
from studio.people import Acted, Photo
from studio.production import Production
from studio.storyboard import TalkingScene, speaker
from studio.types import AudioClip, Feeling, Manner, PhonemeSpan, Speech

BOTH = "both.jpg"


def film(lines: list[dict[str, Any]], people: dict[str, Any] | None = None, **scene: Any) -> Production:
    ruth = {"name": "Ruth", "photos": [{"file": BOTH, "face": 2}, {"file": "young.jpg", "lends": False}]}
    adam = {"name": "Adam", "photos": [{"file": "suit.jpg"}, {"file": BOTH, "face": 1}]}
    talk = {"id": "talk", "kind": "talking", "person": "ruth", "lines": lines, **scene}
    everybody = {"adam": adam, "ruth": ruth, **(people or {})}
    return Production.model_validate({"schema": "studio/1", "title": "T", "people": everybody, "scenes": [talk]})


def played(production: Production) -> tuple[cast.Role, ...]:
    """The roles of the first scene, its lines one second long each and two seconds apart."""
    scene = talk(production)
    spoken = []
    for number, line in enumerate(scene.lines):
        tone = np.full((1, 48_000), 0.1 * (number + 1), np.float32)
        speech = Speech(
            AudioClip(tone, 48_000), "a", "en", (), (PhonemeSpan("a", Fraction(0), Fraction(1)),), "t", True
        )
        spoken.append(Spoken(speaker(scene, line), line, speech, Fraction(1 + 2 * number)))
    return cast.roles(production, scene, spoken, Fraction(2 * len(spoken) + 1))


def talk(production: Production) -> TalkingScene:
    scene = production.scenes[0]
    assert isinstance(scene, TalkingScene)
    return scene


def test_everybody_says_their_own_lines_at_their_own_face() -> None:
    ruth, adam = played(film([{"say": "a"}, {"say": "b", "person": "adam"}, {"say": "c"}]))
    assert (ruth.face, adam.face) == (2, 1)
    assert ruth.part.lines == ((1, 2), (5, 6)) and adam.part.lines == ((3, 4),)
    assert ruth.part.speech is not None and adam.part.speech is not None
    sound = [part.speech.audio.mono()[[72_000, 168_000, 264_000]] for part in (ruth.part, adam.part) if part.speech]
    np.testing.assert_allclose(sound, [[0.1, 0, 0.3], [0, 0.2, 0]], atol=1e-6)
    assert adam.part.speech.audio.duration == 7


def test_further_photos_lend_unless_told_otherwise() -> None:
    ruth, adam = played(film([{"say": "a"}, {"say": "b", "person": "adam"}]))
    assert ruth.lent == ()
    assert adam.lent == (Photo(file=Path("suit.jpg")),)


def test_a_mouth_that_was_learned_goes_with_its_person() -> None:
    photos = [{"file": BOTH, "face": 1}]
    roles = played(film([{"say": "a"}], {"adam": {"name": "A", "mouth": "adam.safetensors", "photos": photos}}))
    assert [role.mouth for role in roles] == [None, None]  # who listens keeps it closed
    lines = [{"say": "a"}, {"say": "b", "person": "adam"}]
    roles = played(film(lines, {"adam": {"name": "A", "mouth": "adam.safetensors", "photos": photos}}))
    assert [role.mouth for role in roles] == [None, Path("adam.safetensors")]


@pytest.mark.parametrize(("listeners", "faces"), [("people", [2, 1]), ("none", [2]), ("all", [2, 1])])
def test_who_listens(listeners: str, faces: list[int]) -> None:
    roles = played(film([{"say": "a"}], listeners=listeners))
    assert [role.face for role in roles] == faces
    assert all(role.part.speech is None and role.part.lines == () and role.lent == () for role in roles[1:])


def test_who_has_not_said_which_face_is_theirs_is_left_in_peace() -> None:
    uncle = {"name": "Uncle", "photos": [{"file": BOTH}]}
    assert len(played(film([{"say": "a"}], {"uncle": uncle}))) == 2


def test_the_nearest_word_counts() -> None:
    def level(**words: Any) -> Acted:
        return Acted.model_validate(words)

    film_wide = level(emotion="solemn", intensity=0.3, manner={"gaze": 0.5, "amount": 0.7, "smile": 0.1})
    person = level(emotion="warm", manner={"smile": 0.2})
    assert cast.manner((level(), level())) == Manner()
    assert cast.manner((level(), person, film_wide)) == Manner(0.7, 0.2, 0.5, (Feeling(Fraction(0), "warm", 1.0),))
    line = level(manner={"amount": 1.2}, intensity=0.4)
    made = cast.manner((line, person, film_wide), amount=0.9)
    assert (made.amount, made.feelings) == (1.2, (Feeling(Fraction(0), "warm", 0.4),))
    assert cast.manner((level(), person, film_wide), amount=0.9).amount == 0.9


def test_feelings_begin_to_show_a_little_before_their_line() -> None:
    lines = [
        {"say": "a", "emotion": "喜悦", "intensity": 0.5},
        {"say": "b", "emotion": "sad", "manner": {"gaze": 0.2}},
        {"say": "c", "manner": {"smile": 0.3}},
    ]
    (ruth, _) = played(film(lines))
    assert ruth.part.manner.feelings == (
        Feeling(Fraction(0), "glad", 0.5),
        Feeling(Fraction(5, 2), "sad", 1.0),
        Feeling(Fraction(9, 2), "neutral", 1.0),
    )
    assert [(at, asked.gaze, asked.smile) for at, asked in ruth.part.changes] == [
        (Fraction(5, 2), 0.2, 0.0),
        (Fraction(9, 2), 1.0, 0.3),
    ]


def test_a_listener_and_a_stranger_feel_as_they_are_told_to() -> None:
    production = film([{"say": "a"}], {"adam": {"name": "A", "emotion": "warm", "photos": [{"file": BOTH, "face": 1}]}})
    assert [feeling.emotion for feeling in played(production)[1].part.manner.feelings] == ["warm"]
    assert cast.stranger(production, talk(production)).manner == Manner()
