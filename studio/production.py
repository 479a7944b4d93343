"""production.yaml: who is in the film, what they say, and what is seen. Strict: a typo is an error, not a surprise."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import ConfigDict, Field, PrivateAttr, ValidationError, model_validator

from studio.errors import FileUnreadable, ProductionInvalid
from studio.media.files import write_text
from studio.media.probe import check_readable
from studio.people import Acted, Line, Model, Name, Person, Point
from studio.rates import FrameRate
from studio.spelling import sentences
from studio.types import Language, LipSync, Refine
from studio.voices import SUFFIX

SCHEMA = "studio/1"
Seconds = Annotated[float, Field(gt=0, le=600)]
SceneId = Annotated[str, Field(pattern=r"^[\w-]{1,60}$")]


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
    lipsync: LipSync = "own"
    """A network that paints the mouth after the mesh has moved it. own: the studio's; none: rules of anatomy paint it;
    the weights of the others have to be fetched or added first."""
    refine: Refine = "none"
    """A diffusion model that goes over the painted mouth; slow without a GPU."""


class Outputs(Model):
    """What is written."""

    name: str = Field(default="", pattern=r"^[^/\\\x00]{0,100}$")
    """File name without its ending; left out, the production's folder."""
    crf: int = Field(default=18, ge=0, le=40)
    """x264 quality: less is better and larger."""


class Production(Acted):
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
            for named in _named(scene):
                if named not in self.people:
                    known = ", ".join(sorted(self.people)) or "nobody yet"
                    raise ValueError(f"scene {scene.id!r} names {named!r}, who is not among people: {known}")
            if isinstance(scene, TalkingScene):
                self._check_faces(scene)
            if isinstance(scene, PhotoScene) and scene.speaker is None and any(not line.person for line in scene.lines):
                raise ValueError(f"scene {scene.id!r} has lines but no `speaker:`")
        return self

    def _check_faces(self, scene: TalkingScene) -> None:
        """Everybody who speaks in a scene has a face of their own in its photo."""
        count = len(self.people[scene.person].photos)
        if scene.photo >= count:
            raise ValueError(f"scene {scene.id!r} wants photo {scene.photo}, but {scene.person!r} has {count}")
        file = self.people[scene.person].photos[scene.photo].file
        taken: dict[str, str] = {}
        for key in speakers(scene):
            photo = self.people[key].photo_of(file)
            if photo is None:
                raise ValueError(
                    f"in scene {scene.id!r} {key!r} speaks, but is not in {file}; "
                    f"add it to people.{key}.photos, with the `face:` that is theirs"
                )
            if other := taken.get(repr(photo.face)):
                raise ValueError(
                    f"scene {scene.id!r}: {other!r} and {key!r} have the same face in {file}; "
                    "give each their own `face:`, counted from the left"
                )
            taken[repr(photo.face)] = key

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
        return self._with(canvas=canvas)

    def with_engines(self, engines: Engines) -> Production:
        """The same production, made by other engines."""
        return self._with(engines=engines)

    def _with(self, **changes: Any) -> Production:
        other = self.model_copy(update=changes)
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
            named += [(f"people.{key}.mouth", person.mouth)] if person.mouth else []
            if person.profile is not None and person.profile.endswith(SUFFIX):
                named.append((f"people.{key}.profile", Path(person.profile)))
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


def speaker(scene: TalkingScene | PhotoScene, line: Line) -> str:
    """Who says a line: a key of `people`."""
    own = scene.person if isinstance(scene, TalkingScene) else scene.speaker
    return line.person or own or ""


def speakers(scene: TalkingScene | PhotoScene) -> tuple[str, ...]:
    """Everybody who says something in a scene, the scene's own person first."""
    own = scene.person if isinstance(scene, TalkingScene) else scene.speaker
    said = dict.fromkeys(speaker(scene, line) for line in scene.lines)
    return tuple(sorted(said, key=lambda key: key != own))


def _named(scene: Scene) -> list[str]:
    """Every key of `people` that a scene writes down."""
    if not isinstance(scene, TalkingScene | PhotoScene):
        return []
    own = scene.person if isinstance(scene, TalkingScene) else scene.speaker
    return [key for key in (own, *(line.person for line in scene.lines)) if key]
