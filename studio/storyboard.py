"""The scenes a film is put together from, as a person writes them down under `scenes:`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, model_validator

from studio.edit.timeline import TransitionName
from studio.people import Line, Model, Name, Point

Seconds = Annotated[float, Field(gt=0, le=600)]
SceneId = Annotated[str, Field(pattern=r"^[\w-]{1,60}$")]
Target = Literal["face", "full"] | Point
Placing = Literal["full", "left", "right", "corner"]


class LowerThird(Model):
    """Name and role, shown for the first seconds of a scene."""

    name: Name
    role: str = ""


class Crossing(Model):
    """How one scene passes into the next."""

    seconds: Annotated[float, Field(ge=0, le=3)] | None = None
    """Left out, the film's."""
    name: TransitionName = "fade"
    """fade: one melts into the other; fadeblack, fadewhite, fadegrays: through black, white or grey; dissolve: grain by
    grain; smoothleft, smoothright: with a soft edge to one side; hblur: out of focus and back."""


class SceneBase(Model):
    """What every scene has."""

    id: SceneId
    transition: Annotated[float, Field(ge=0, le=3)] | Crossing | None = None
    """Cross-fade into this scene, s, or its length and kind; left out, the film's."""
    chapter: str = Field(default="", max_length=200)
    """A chapter of the film begins here, by this name; players show it."""


class TitleScene(SceneBase):
    """A card with words."""

    kind: Literal["title"]
    heading: Name
    subheading: str = ""
    photo: Path | None = None
    """Shown behind the words, darkened; left out, a plain ground."""
    seconds: Seconds = 4


class QuoteScene(SceneBase):
    """Words to read, with whose they are."""

    kind: Literal["quote"]
    text: str = Field(min_length=1, max_length=600)
    by: str = ""
    seconds: Seconds | None = None
    """Left out, as long as reading takes."""


class SlateScene(SceneBase):
    """What an edit suite wants to see first: production, scene, take, date, rate, timecode."""

    kind: Literal["slate"]
    scene: str = ""
    take: int = Field(default=1, ge=1)
    notes: str = ""
    seconds: Seconds = 3


class TalkingScene(SceneBase):
    """A portrait that speaks, or several people in one photo who take turns."""

    kind: Literal["talking"]
    person: str
    """Who speaks, where a line does not name somebody else in the same photo."""
    photo: int = Field(default=0, ge=0)
    """Which of the person's photos, from 0."""
    lines: list[Line] = Field(min_length=1)
    listeners: Literal["people", "none", "all"] = "people"
    """Who lives in the photo besides those who speak: the people of this film who are in it, nobody, or every face."""
    lower_third: LowerThird | None = None
    amount: float | None = Field(default=None, ge=0, le=1.5)
    """How much the faces move; 1 is gentle. Left out, as each person's `manner:` says."""
    framing: Literal["face", "full"] = "face"
    """face: the camera comes a little closer while they speak; full: the whole photo, at rest."""
    place: Placing = "full"
    """Where the portrait is seen, while `behind` fills the picture: a third at the left or right, or a corner."""
    behind: Path | None = None
    """A photo that fills the picture where the portrait does not."""
    questions: list[Name] = Field(default_factory=list)
    """What a visitor may ask to hear this; it is then handed out as an answer of its own."""

    @model_validator(mode="after")
    def _something_fills_the_rest(self) -> TalkingScene:
        if self.place != "full" and self.behind is None:
            raise ValueError(f"`place: {self.place}` leaves room in the picture; name a photo for it under `behind:`")
        if self.place == "full" and self.behind is not None:
            raise ValueError("`behind:` is hidden by the portrait; say `place: left`, `right` or `corner`")
        return self


class IdleScene(SceneBase):
    """A portrait that waits: it breathes, blinks and says nothing. It ends as it begins, so that it can loop."""

    kind: Literal["idle"]
    person: str
    photo: int = Field(default=0, ge=0)
    seconds: Seconds = 8


class Move(Model):
    """A slow move over a photo."""

    start: Target = Field(default="full", alias="from")
    end: Target = Field(default="face", alias="to")

    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class PhotoScene(SceneBase):
    """A photo with a slow move, with or without a voice over it."""

    kind: Literal["photo"]
    file: Path
    move: Move = Field(default_factory=Move)
    seconds: Seconds = 6
    """How long; longer where the lines need it."""
    speaker: str | None = None
    lines: list[Line] = Field(default_factory=list)
    caption: str = ""
    """Words shown under the photo."""


class Slide(Model):
    """One photo of a slideshow."""

    file: Path
    caption: str = ""
    move: Move | None = None
    """Left out, the show finds one: towards the face and away from it, in turns."""


class SlideshowScene(SceneBase):
    """Many photos, one after the other, each with a slow move."""

    kind: Literal["slideshow"]
    id: Annotated[str, Field(pattern=r"^[\w-]{1,56}$")]  # its photos get this and a number
    photos: list[Slide] = Field(min_length=1, max_length=200)
    seconds: Seconds = 4.5
    """Of each photo. Where the music has beats, cuts fall on them."""


class SilenceScene(SceneBase):
    """Nothing but the dark and the music."""

    kind: Literal["silence"]
    seconds: Seconds = 3


class ClipScene(SceneBase):
    """A finished piece of video with its own sound."""

    kind: Literal["clip"]
    file: Path


class EndScene(SceneBase):
    """The end card: that it is a reconstruction, and where the words come from."""

    kind: Literal["end"]
    text: str = ""
    seconds: Seconds = 5


Scene = Annotated[
    TitleScene
    | QuoteScene
    | SlateScene
    | TalkingScene
    | IdleScene
    | PhotoScene
    | SlideshowScene
    | SilenceScene
    | ClipScene
    | EndScene,
    Field(discriminator="kind"),
]


TOWARDS = Move.model_validate({"from": "full", "to": "face"})
AWAY = Move.model_validate({"from": "face", "to": "full"})


def unrolled(scenes: Sequence[Scene]) -> list[Scene]:
    """The scenes with every slideshow as its photos, `ID-01`, `ID-02`, …; all others as they are.

    The show's chapter and transition go to its first photo. A photo without a move goes towards the face or away from
    it, in turns, so that no two that follow each other move alike.
    """
    return [
        single for scene in scenes for single in (_photos_of(scene) if isinstance(scene, SlideshowScene) else [scene])
    ]


def _photos_of(show: SlideshowScene) -> list[PhotoScene]:
    digits = max(2, len(str(len(show.photos))))
    photos: list[PhotoScene] = []
    for number, slide in enumerate(show.photos, 1):
        after = show.photos[number].move if number < len(show.photos) else None
        move = slide.move or _turn(photos[-1].move if photos else None, after)
        photos.append(
            PhotoScene(
                kind="photo",
                id=f"{show.id}-{number:0{digits}d}",
                file=slide.file,
                caption=slide.caption,
                move=move,
                seconds=show.seconds,
                chapter=show.chapter if number == 1 else "",
                transition=show.transition if number == 1 else None,
            )
        )
    return photos


def _turn(before: Move | None, after: Move | None) -> Move:
    """The move between two others: unlike the one before, and unlike the one after where there is a choice."""
    if before in (TOWARDS, AWAY):
        return AWAY if before == TOWARDS else TOWARDS
    return AWAY if after == TOWARDS else TOWARDS


def speaker(scene: TalkingScene | PhotoScene, line: Line) -> str:
    """Who says a line: a key of `people`."""
    own = scene.person if isinstance(scene, TalkingScene) else scene.speaker
    return line.person or own or ""


def speakers(scene: TalkingScene | PhotoScene) -> tuple[str, ...]:
    """Everybody who says something in a scene, the scene's own person first."""
    own = scene.person if isinstance(scene, TalkingScene) else scene.speaker
    said = dict.fromkeys(speaker(scene, line) for line in scene.lines)
    return tuple(sorted(said, key=lambda key: key != own))


def named(scene: Scene) -> list[str]:
    """Every key of `people` that a scene writes down."""
    if isinstance(scene, IdleScene):
        return [scene.person]
    if not isinstance(scene, TalkingScene | PhotoScene):
        return []
    own = scene.person if isinstance(scene, TalkingScene) else scene.speaker
    return [key for key in (own, *(line.person for line in scene.lines)) if key]


def files(scene: Scene) -> list[Path]:
    """Every file that a scene names itself."""
    found: list[Path | None] = []
    if isinstance(scene, PhotoScene | ClipScene):
        found.append(scene.file)
    if isinstance(scene, TitleScene):
        found.append(scene.photo)
    if isinstance(scene, SlideshowScene):
        found += [slide.file for slide in scene.photos]
    if isinstance(scene, TalkingScene):
        found.append(scene.behind)
    if isinstance(scene, TalkingScene | PhotoScene):
        found += [line.recording for line in scene.lines]
    return [file for file in found if file is not None]
