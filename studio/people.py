"""The people of a production: their photos, recordings and ways, and the lines they say."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from studio.trust.consent import Consent
from studio.trust.label import WordSource
from studio.types import Emotion, Language, StandIn

Name = Annotated[str, Field(min_length=1, max_length=200)]
Words = Annotated[str, Field(min_length=1, max_length=20_000)]
Share = Annotated[float, Field(ge=0, le=1)]

EMOTIONS_ZH: Mapping[str, Emotion] = {
    "平静": "neutral",
    "温暖": "warm",
    "喜悦": "glad",
    "悲伤": "sad",
    "庄重": "solemn",
}


def emotion(word: object) -> Emotion:
    """A feeling by its name in either language.

    Raises:
        ValueError: it is none that a face here can show.
    """
    for chinese, english in EMOTIONS_ZH.items():
        if word in (chinese, english):
            return english
    choice = ", ".join(f"{english} ({chinese})" for chinese, english in EMOTIONS_ZH.items())
    raise ValueError(f"{word!r} is no feeling that a face shows here; choose one of {choice}")


Feels = Annotated[
    Emotion | None,
    BeforeValidator(lambda word: None if word is None else emotion(word)),
    WithJsonSchema({"enum": [*get_args(Emotion), *EMOTIONS_ZH, None]}),
]


class Model(BaseModel):
    """Refuses what it does not know."""

    model_config = ConfigDict(extra="forbid", coerce_numbers_to_str=True)


class Point(Model):
    """A place in a photo, as shares of its width and height."""

    x: float = Field(ge=0, le=1)
    y: float = Field(ge=0, le=1)


class Bearing(Model):
    """How somebody moves, besides what they say; what is left out is decided further up, at last gently."""

    amount: float | None = Field(default=None, ge=0, le=2)
    """Of everything that moves: 0 stone … 1 as people speak … 2."""
    smile: Share | None = None
    """A smile that stays: 0 none … 1."""
    gaze: Share | None = None
    """1 holds the viewer's eye … 0 looks past them."""


class Acted(Model):
    """How lines are acted. A line's own word goes before its person's, and that before the film's."""

    emotion: Feels = None
    """What the face shows: neutral, warm, glad, sad or solemn (平静 温暖 喜悦 悲伤 庄重)."""
    intensity: Share | None = None
    """How much of it: 0 … 1; left out, all."""
    manner: Bearing = Field(default_factory=Bearing)


class Years(Model):
    """How old and how strong a voice sounds, beside its recordings; 0 is as it was recorded."""

    age: float = Field(default=0, ge=-30, le=30)
    """Years younger (below 0) or older."""
    vigour: float = Field(default=0, ge=-1, le=1)
    """−1 frail … 0 as recorded … 1 strong."""


class Photo(Model):
    """One photo of a person."""

    file: Path
    face: Annotated[int, Field(ge=1)] | Point | None = None
    """Which face is theirs: a number, counted from the left, or a point; left out, the largest."""
    lends: bool = True
    """May this photo lend the others what they do not show, such as teeth? Say no for one of another age."""


class Recording(Model):
    """One recording of a person's voice."""

    file: Path
    transcript: str = ""
    """What is said in it, where somebody wrote it down."""


class Person(Acted):
    """Somebody who is seen or heard."""

    name: Name
    dates: str = ""
    photos: list[Photo] = Field(default_factory=list)
    """The one a scene names speaks, the first where it names none; what its mouth does not show, the others lend."""
    mouth: Path | None = None
    """Weights that were trained for this person's mouth (`studio train person`), for the studio's own lip-sync."""
    recordings: list[Recording] = Field(default_factory=list)
    language: Language | None = None
    """Of what they say; left out, the film's."""
    profile: str | None = None
    """A voice that was enrolled before: its name (`studio voice enrol`), or a file that was exported. It goes before
    what `recordings:` would give."""
    vitality: Years = Field(default_factory=Years)
    closeness: Share = 1
    """How much of the colour of their recordings new words take: 0 is understood best … 1 is nearest to them."""
    tape: Share = 0
    """How much of the sound of the recordings is laid over new words: 0 none … 1 all, noise of the tape included."""
    true_words: bool = False
    """Lay the person's own words into new lines where they are on tape: recordings need their transcripts."""
    voice: StandIn = "male"
    """Which of the studio's own voices speaks for them where there is no recording."""
    lexicon: dict[str, str] = Field(default_factory=dict)
    """How names and rare words are said: word → respelling, /phonemes/, or pinyin."""
    consent: Consent | None = None

    def photo_of(self, file: Path) -> Photo | None:
        """Where this person is seen in a photo that several people may share."""
        return next((photo for photo in self.photos if photo.file == file), None)


class Line(Acted):
    """One thing that is said: either new words, or a true recording."""

    say: str | None = Field(default=None, max_length=20_000)
    recording: Path | None = None
    transcript: str = ""
    """The words of `recording`; with them it gets captions and better lips."""
    person: str | None = None
    """Who says it, where it is not the scene's own person: somebody else who is in the same photo."""
    source: WordSource = "written"
    """Where the words come from: verbatim (they said or wrote just this), adapted, or written for the film."""
    cite: str = ""
    """Where they can be looked up; shown on the end card."""
    language: Language | None = None
    translations: dict[Language, Words] = Field(default_factory=dict)
    """The same words in other languages, for captions."""
    pause: float = Field(default=0.5, ge=0, le=30)
    """Silence after the line, s."""
    speed: float = Field(default=1.0, ge=0.5, le=1.6)
    takes: int = Field(default=1, ge=1, le=8)
    """How many takes are made; they lie beside the film, and the one in which every word is clearest is used."""
    take: int | None = Field(default=None, ge=1, le=8)
    """The take that is used, once you have chosen: it stays the same."""

    @model_validator(mode="after")
    def _one_of_two(self) -> Line:
        if (self.say is None) == (self.recording is None):
            raise ValueError("a line has either `say:` (new words) or `recording:` (a true recording), not both")
        if self.recording is not None and (self.takes > 1 or self.take is not None):
            raise ValueError("takes are made of new words (`say:`); a true recording is what it is")
        return self
