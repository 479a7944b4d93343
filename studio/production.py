"""production.yaml: who is in the film, what they say, and what is seen. Strict: a typo is an error, not a surprise."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    ValidationError,
    model_validator,
)

from studio.errors import FileUnreadable, ProductionInvalid
from studio.media.files import write_text
from studio.media.probe import check_readable
from studio.rates import FrameRate
from studio.spelling import sentences
from studio.trust.consent import Consent
from studio.trust.label import WordSource
from studio.types import Language, LipSync, StandIn

SCHEMA = "studio/1"
Seconds = Annotated[float, Field(gt=0, le=600)]
Name = Annotated[str, Field(min_length=1, max_length=200)]
SceneId = Annotated[str, Field(pattern=r"^[\w-]{1,60}$")]


class Model(BaseModel):
    """Refuses what it does not know."""

    model_config = ConfigDict(extra="forbid", coerce_numbers_to_str=True)


class Point(Model):
    """A place in a photo, as shares of its width and height."""

    x: float = Field(ge=0, le=1)
    y: float = Field(ge=0, le=1)


class Photo(Model):
    """One photo of a person."""

    file: Path
    face: Annotated[int, Field(ge=1)] | Point | None = None
    """Which face is theirs: a number, counted from the left, or a point; left out, the largest."""


class Recording(Model):
    """One recording of a person's voice."""

    file: Path
    transcript: str = ""
    """What is said in it, where somebody wrote it down."""


class Person(Model):
    """Somebody who is seen or heard."""

    name: Name
    dates: str = ""
    photos: list[Photo] = Field(default_factory=list)
    recordings: list[Recording] = Field(default_factory=list)
    language: Language | None = None
    """Of what they say; left out, the film's."""
    voice: StandIn = "male"
    """Which of the studio's own voices speaks for them where there is no recording."""
    lexicon: dict[str, str] = Field(default_factory=dict)
    """How names and rare words are said: word → respelling, /phonemes/, or pinyin."""
    consent: Consent | None = None


class Line(Model):
    """One thing that is said: either new words, or a true recording."""

    say: str | None = Field(default=None, max_length=20_000)
    recording: Path | None = None
    transcript: str = ""
    """The words of `recording`; with them it gets captions and better lips."""
    source: WordSource = "written"
    """Where the words come from: verbatim (they said or wrote just this), adapted, or written for the film."""
    cite: str = ""
    """Where they can be looked up; shown on the end card."""
    language: Language | None = None
    pause: float = Field(default=0.5, ge=0, le=30)
    """Silence after the line, s."""
    speed: float = Field(default=1.0, ge=0.5, le=1.6)

    @model_validator(mode="after")
    def _one_of_two(self) -> Line:
        if (self.say is None) == (self.recording is None):
            raise ValueError("a line has either `say:` (new words) or `recording:` (a true recording), not both")
        return self


class LowerThird(Model):
    """Name and role, shown for the first seconds of a scene."""

    name: Name
    role: str = ""


class SceneBase(Model):
    """What every scene has."""

    id: SceneId
    transition: float | None = Field(default=None, ge=0, le=3)
    """Cross-fade into this scene, s; left out, the film's."""


class TitleScene(SceneBase):
    """A card with words."""

    kind: Literal["title"]
    heading: Name
    subheading: str = ""
    seconds: Seconds = 4


class TalkingScene(SceneBase):
    """A portrait that speaks."""

    kind: Literal["talking"]
    person: str
    photo: int = Field(default=0, ge=0)
    """Which of the person's photos, from 0."""
    lines: list[Line] = Field(min_length=1)
    lower_third: LowerThird | None = None
    amount: float = Field(default=1.0, ge=0, le=1.5)
    """How much the face moves; 1 is gentle."""
    framing: Literal["face", "full"] = "face"
    """face: the camera comes a little closer while they speak; full: the whole photo, at rest."""


Target = Literal["face", "full"] | Point


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
    TitleScene | TalkingScene | PhotoScene | SilenceScene | ClipScene | EndScene, Field(discriminator="kind")
]


class Music(Model):
    """The bed under the film: one of ours, or a file of yours."""

    mood: Literal["calm", "solemn", "none"] = "calm"
    file: Path | None = None
    licence: str = ""
    """By what right your file is used; needed where `file` is given."""
    level: float = Field(default=-20, ge=-60, le=0)
    """dB below full scale, where nobody speaks."""
    duck: float = Field(default=-10, ge=-40, le=0)
    """dB further down while somebody speaks."""

    @model_validator(mode="after")
    def _licensed(self) -> Music:
        if self.file is not None and not self.licence:
            raise ValueError("say under `licence:` by what right the music is used")
        return self


class Captions(Model):
    """Words on the screen and beside the film."""

    burn: bool = True
    sidecar: bool = True


class Canvas(Model):
    """The picture."""

    aspect: Literal["16:9", "9:16", "1:1", "4:5"] = "16:9"
    height: int = Field(default=720, ge=240, le=2160, multiple_of=2)
    fps: FrameRate = Fraction(25)

    @property
    def size(self) -> tuple[int, int]:
        """W, H px, both even."""
        across, down = (int(part) for part in self.aspect.split(":"))
        return round(self.height * across / down / 2) * 2, self.height


class Engines(Model):
    """Which engines to take, where there is a choice; `studio engines` lists them."""

    voice: str = "auto"
    lipsync: LipSync = "none"
    """A network that paints the mouth after the mesh has moved it; its weights have to be fetched or added first."""


class Outputs(Model):
    """What is written."""

    name: str = Field(default="", pattern=r"^[^/\\\x00]{0,100}$")
    """File name without its ending; left out, the production's folder."""
    crf: int = Field(default=18, ge=0, le=40)
    """x264 quality: less is better and larger."""


class Production(Model):
    """The whole film, as a person writes it down."""

    schema_: Literal["studio/1"] = Field(alias="schema")
    title: Name
    language: Language = "en"
    use: Literal["private", "public", "commercial"] = "private"
    """Engines whose licence forbids commercial use are refused in a commercial film."""
    seed: int = Field(default=1, ge=0)
    people: dict[str, Person] = Field(default_factory=dict)
    scenes: list[Scene] = Field(min_length=1)
    transition: float = Field(default=0.8, ge=0, le=3)
    """Cross-fade between scenes, s."""
    music: Music = Field(default_factory=Music)
    captions: Captions = Field(default_factory=Captions)
    canvas: Canvas = Field(default_factory=Canvas)
    engines: Engines = Field(default_factory=Engines)
    outputs: Outputs = Field(default_factory=Outputs)

    model_config = ConfigDict(extra="forbid", populate_by_name=True, coerce_numbers_to_str=True)
    _root: Path = PrivateAttr(default_factory=Path.cwd)

    @model_validator(mode="after")
    def _names_meet(self) -> Production:
        ids = [scene.id for scene in self.scenes]
        for scene_id in ids:
            if ids.count(scene_id) > 1:
                raise ValueError(f"two scenes have the id {scene_id!r}; give each its own")
        for scene in self.scenes:
            speaker = _speaker(scene)
            if speaker is not None and speaker not in self.people:
                raise ValueError(
                    f"scene {scene.id!r} names {speaker!r}, who is not among people: {_known(self.people)}"
                )
            if isinstance(scene, TalkingScene) and scene.photo >= len(self.people[scene.person].photos):
                count = len(self.people[scene.person].photos)
                raise ValueError(f"scene {scene.id!r} wants photo {scene.photo}, but {scene.person!r} has {count}")
            if isinstance(scene, PhotoScene) and scene.lines and scene.speaker is None:
                raise ValueError(f"scene {scene.id!r} has lines but no `speaker:`")
        return self

    @classmethod
    def load(cls, path: Path) -> Production:
        """Read a production.yaml; every path in it is relative to it.

        Raises:
            ProductionInvalid: it is not YAML, has a typo or a wrong type, or names a file that is not there.
        """
        try:
            check_readable(path)
            table = yaml.safe_load(path.read_text(encoding="utf-8"))
        except FileUnreadable as error:
            raise ProductionInvalid(str(error)) from error
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            raise ProductionInvalid(f"{path} is not valid YAML: {' '.join(str(error).split())}") from error
        if not isinstance(table, dict):
            raise ProductionInvalid(f"{path} must hold a table that begins with `schema: {SCHEMA}`.")
        try:
            production = cls.model_validate(table)
        except ValidationError as error:
            raise ProductionInvalid(f"{path}: {sentences(error, cls)}") from error
        production._root = path.resolve().parent
        production._check_files(path)
        return production

    def save(self, path: Path) -> None:
        """Write it as YAML, all or nothing."""
        table = self.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        write_text(path, yaml.safe_dump(table, allow_unicode=True, sort_keys=False, width=100))
        self._root = path.resolve().parent

    def resolve(self, path: Path) -> Path:
        """A path of the production as one that can be opened."""
        return (self._root / path.expanduser()).resolve()

    @property
    def name(self) -> str:
        """The film's file name without its ending."""
        return self.outputs.name or self._root.name or "film"

    def with_canvas(self, canvas: Canvas) -> Production:
        """The same production on another canvas."""
        other = self.model_copy(update={"canvas": canvas})
        other._root = self._root
        return other

    def add_clip(self, scene_id: str, clip: Any, *, before: str | None = None) -> None:
        """Add a finished piece of video as a scene, at the end or before the scene called `before`.

        Args:
            clip: a file, or a moviepy clip with a duration, which is written without loss to clips/ beside the film.
        """
        file = clip if isinstance(clip, Path) else self._write_clip(scene_id, clip)
        where = next((i for i, scene in enumerate(self.scenes) if scene.id == before), len(self.scenes))
        self.scenes.insert(where, ClipScene(kind="clip", id=scene_id, file=file))

    def _write_clip(self, scene_id: str, clip: Any) -> Path:
        from studio.edit.interchange import clip_to_source
        from studio.media.video import write_video

        file = Path("clips") / f"{scene_id}.mkv"
        write_video(self.resolve(file), *clip_to_source(clip, frame_rate=self.canvas.fps), lossless=True)
        return file

    def _files(self) -> list[tuple[str, Path]]:
        named: list[tuple[str, Path]] = []
        for key, person in self.people.items():
            named += [(f"people.{key}.photos[{i}]", photo.file) for i, photo in enumerate(person.photos)]
            named += [(f"people.{key}.recordings[{i}]", tape.file) for i, tape in enumerate(person.recordings)]
        for scene in self.scenes:
            where = f"scene {scene.id!r}"
            if isinstance(scene, PhotoScene | ClipScene):
                named.append((where, scene.file))
            if isinstance(scene, TalkingScene | PhotoScene):
                named += [(where, line.recording) for line in scene.lines if line.recording]
        return [*named, ("music.file", self.music.file)] if self.music.file else named

    def _check_files(self, path: Path) -> None:
        for where, file in self._files():
            try:
                check_readable(self.resolve(file))
            except FileUnreadable as error:
                raise ProductionInvalid(f"{path}, {where}: {error}") from error


def _speaker(scene: Scene) -> str | None:
    if isinstance(scene, TalkingScene):
        return scene.person
    return scene.speaker if isinstance(scene, PhotoScene) else None


def _known(names: dict[str, Any]) -> str:
    return ", ".join(sorted(names)) or "nobody yet"
