"""production.yaml: who is in the film, what they say, and what is seen. Strict: a typo is an error, not a surprise."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import ConfigDict, Field, PrivateAttr, ValidationError, model_validator

from studio.errors import FileUnreadable, ProductionInvalid
from studio.finishing import Canvas, Captions, Engines, Look, Music, Outputs, Sound
from studio.media.files import write_text
from studio.media.probe import check_readable
from studio.people import Acted, Name, Person
from studio.spelling import sentences
from studio.storyboard import (
    ClipScene,
    IdleScene,
    PhotoScene,
    Scene,
    SlideshowScene,
    TalkingScene,
    files,
    named,
    speaker,
    speakers,
    unrolled,
)
from studio.types import Language
from studio.voices import SUFFIX

SCHEMA = "studio/1"


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
    look: Look = Field(default_factory=Look)
    music: Music = Field(default_factory=Music)
    sound: Sound = Field(default_factory=Sound)
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
            for key in named(scene):
                if key not in self.people:
                    known = ", ".join(sorted(self.people)) or "nobody yet"
                    raise ValueError(f"scene {scene.id!r} names {key!r}, who is not among people: {known}")
            if isinstance(scene, TalkingScene | IdleScene):
                self._check_photo(scene)
            if isinstance(scene, TalkingScene):
                self._check_faces(scene)
            if isinstance(scene, PhotoScene) and scene.speaker is None and any(not line.person for line in scene.lines):
                raise ValueError(f"scene {scene.id!r} has lines but no `speaker:`")
            if isinstance(scene, TalkingScene | PhotoScene):
                self._check_translations(scene)
        self._check_questions()
        self._check_slides(ids)
        self._check_timecode()
        return self

    def _check_translations(self, scene: TalkingScene | PhotoScene) -> None:
        for line in scene.lines:
            own = line.language or self.people[speaker(scene, line)].language or self.language
            if own in line.translations:
                raise ValueError(
                    f"scene {scene.id!r} translates a line into {own!r}, the language it is said in; "
                    "leave that translation out, or say under `language:` what is spoken"
                )

    def _check_questions(self) -> None:
        """A question leads to one answer; answers are handed out only where somebody can ask."""
        asked: dict[str, str] = {}
        for scene in self.scenes:
            for question in scene.questions if isinstance(scene, TalkingScene) else ():
                key = " ".join(question.casefold().split())
                if key in asked:
                    raise ValueError(
                        f"scenes {asked[key]!r} and {scene.id!r} answer the same question, {question!r}"
                        if asked[key] != scene.id
                        else f"scene {scene.id!r} lists the question {question!r} twice"
                    )
                asked[key] = scene.id
        if "answers" in self.outputs.also and not asked:
            raise ValueError("`outputs.also` wants answers, but no talking scene has `questions:`")

    def _check_slides(self, ids: list[str]) -> None:
        for scene in self.scenes:
            if isinstance(scene, SlideshowScene):
                for single in unrolled([scene]):
                    if single.id in ids:
                        raise ValueError(f"{single.id!r} is a photo of the slideshow {scene.id!r}; rename that scene")

    def _check_timecode(self) -> None:
        """Frames count up to the rate; `;` (drop frame) is for 29.97 and 59.94 alone (SMPTE ST 12-1)."""
        rate, code = self.canvas.fps, self.outputs.timecode
        counted = round(rate)
        if int(code[-2:]) >= counted:
            raise ValueError(f"outputs.timecode {code} has a frame {code[-2:]}, but a second has only {counted}")
        if ";" not in code:
            return
        if rate.denominator == 1 or counted % 30:
            raise ValueError(f"outputs.timecode {code} drops frames, which is done at 29.97 and 59.94 only; write `:`")
        if code[6:8] == "00" and int(code[3:5]) % 10 and int(code[-2:]) < counted // 15:
            raise ValueError(f"outputs.timecode {code} is one of those that drop-frame counting leaves out")

    def _check_photo(self, scene: TalkingScene | IdleScene) -> None:
        count = len(self.people[scene.person].photos)
        if scene.photo >= count:
            raise ValueError(f"scene {scene.id!r} wants photo {scene.photo}, but {scene.person!r} has {count}")

    def _check_faces(self, scene: TalkingScene) -> None:
        """Everybody who speaks in a scene has a face of their own in its photo."""
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
        # What a reader looks for first: a model writes what it has from its base before its own.
        table = {key: table[key] for key in ("schema", "title", "language", "use") if key in table} | table
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
        named += [(f"scene {scene.id!r}", file) for scene in self.scenes for file in files(scene)]
        named += [("music.file", self.music.file)] if self.music.file else []
        named += [("look.lut", self.look.lut)] if self.look.lut else []
        return named

    def _check_files(self, path: Path) -> None:
        for where, file in self._files():
            try:
                check_readable(self.resolve(file))
            except FileUnreadable as error:
                raise ProductionInvalid(f"{path}, {where}: {error}") from error
