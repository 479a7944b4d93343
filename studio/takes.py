"""The stages that make something new, each kept in the cache by everything it was made from."""

from __future__ import annotations

import hashlib
import json
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from copy import copy
from dataclasses import asdict, dataclass
from fractions import Fraction
from functools import cache as memoise
from pathlib import Path
from typing import Any, Protocol, TypeVar

from studio import acting, painting, speeches, voicing
from studio.acting import Part, Which
from studio.cache import Cache, Take
from studio.cast import Role
from studio.edit import look
from studio.errors import StudioError
from studio.framing import Framing
from studio.media.aside import Aside
from studio.media.audio import read_audio
from studio.media.files import sha256_file
from studio.media.image import read_image, write_png
from studio.media.probe import probe
from studio.media.video import write_video
from studio.meter import Meter
from studio.painting import Known, Painting
from studio.people import Line, Person, Point
from studio.production import Production
from studio.storyboard import IdleScene, TalkingScene
from studio.types import U8, Language, Speech, frames_for
from studio.voicing import Spoken
from studio.weights import data_dir

FFMPEG_ALONE = frozenset({"compose", "section"})
"""Stages in which ffmpeg does nearly all the work: several are made at once."""
MAX_STILL = (3840, 2160)  # px; what a slow move over a photo is drawn from

T = TypeVar("T")


@memoise
def version(*rooms: str) -> str:
    """Hash of the code and weights that make a take: change them and it is made again."""
    state = hashlib.sha256()
    package = Path(__file__).resolve().parent
    state.update((package / "ear.py").read_bytes())
    for room in (*rooms, "media"):
        for file in sorted((package / room).rglob("*.py")):
            state.update(file.read_bytes())
    for file in sorted(data_dir("models").glob("*.safetensors")):
        state.update(file.read_bytes())
    return state.hexdigest()[:16]


@dataclass(frozen=True)
class Cost:
    """Units of work per second of film, measured on two cores; only their ratios matter, for the progress shown."""

    speak: float = 0.3
    animate: float = 1.0
    compose: float = 0.6
    film: float = 0.6


COST = Cost()


class Ask(Protocol):
    """Calls a function of a module, here or elsewhere."""

    def __call__(self, work: Callable[..., T], *args: Any) -> T: ...


def _here(work: Callable[..., T], *args: Any) -> T:
    return work(*args)


class Takes:
    """Makes and remembers the takes of one production."""

    def __init__(self, production: Production, cache: Cache, meter: Meter) -> None:
        self.production = production
        self.cache = cache
        self.meter = meter
        self.inputs: dict[str, str] = {}
        """Every input file used so far: path as written → SHA-256."""
        self.engines: dict[str, set[str]] = {}
        """Every engine used so far, by stage."""
        self.made: list[Mapping[str, Any]] = []
        """What was done, in order: stage, detail, cache key, whether it was there already."""
        self.spoken: list[Spoken] = []
        """Lines of which there is something to tell: several takes, true words, doubts."""
        self.ask: Ask = _here
        """How the voice is asked to speak and to learn."""

        self._alone = threading.RLock()

    def apart(self) -> Takes:
        """The same takes with a list of their own of what was done: for scenes that are made at once."""
        other = copy(self)
        other.made = []
        return other

    @contextmanager
    def spoken_aside(self) -> Iterator[None]:
        """Lines are spoken in a process of their own, where nothing that follows needs what a voice has to load."""
        portraits = any(isinstance(scene, TalkingScene | IdleScene) for scene in self.production.scenes)
        if portraits or "torch" in sys.modules:
            yield
            return
        aside, here = Aside(), self.ask
        self.ask = aside
        try:
            yield
        finally:
            self.ask = here
            aside.end()

    def on(self, production: Production) -> Takes:
        """Takes of another cut of the same film: same cache, same meter, same record."""
        other = copy(self)
        other.production = production
        return other

    def told_of(self, speech: Speech) -> Spoken | None:
        """What else is known of a line that `line` gave, where there is something to tell."""
        return next((made for made in self.spoken if made.speech is speech), None)

    def used(self, stage: str, engine: str) -> None:
        """Put on record that an engine has had a part in the film."""
        self.engines.setdefault(stage, set()).add(engine)

    @property
    def commercial(self) -> bool:
        """Is it a commercial film, for which some engines may not be used?"""
        return self.production.use == "commercial"

    def input(self, file: Path) -> Path:
        """An input file of the production, opened by nobody yet, its hash on record."""
        path = self.production.resolve(file)
        if str(file) not in self.inputs:
            self.inputs[str(file)] = sha256_file(path)
        return path

    def language(self, person: Person, line: Line) -> Language:
        """What a line is spoken in: its own, the person's, or the film's language."""
        return line.language or person.language or self.production.language

    def line(self, key: str, line: Line) -> Speech:
        """One line as it is heard: new words in the person's voice, or their true recording."""
        person = self.production.people[key]
        language = self.language(person, line)
        detail = line.say or line.transcript or (line.recording.name if line.recording else "")
        try:
            speech = self._recorded(line, language, detail) if line.recording else self._spoken(key, line, language)
        except StudioError as error:
            raise type(error)(f"In “{_short(detail)}”: {error}") from error
        self.used("voice", speech.engine)
        return speech

    def _spoken(self, key: str, line: Line, language: Language) -> Speech:
        made = voicing.spoken(self, key, line, language, version("voice"))
        if len(made.takes) > 1 or made.true_words or made.left or made.speech.doubts:
            self.spoken.append(made)
        return made.speech

    def _recorded(self, line: Line, language: Language, detail: str) -> Speech:
        from studio.voice.recordings.recording import take

        assert line.recording is not None  # noqa: S101  (the caller has looked)
        file = self.input(line.recording)
        key = {
            "recording": self.inputs[str(line.recording)],
            "transcript": line.transcript,
            "language": language,
            "version": version("voice"),
        }

        def make(folder: Path, _: Callable[[float], None]) -> None:
            speeches.save(folder, take(read_audio(file, mono=True), line.transcript, language))

        return speeches.load(self.take("speak", detail, key, make).folder)

    def still(self, file: Path) -> Path:
        """A photo upright, in RGB, as PNG under a safe name, no larger than a slow move needs."""
        path = self.input(file)

        def make(folder: Path, _: Callable[[float], None]) -> None:
            import cv2

            image = read_image(path)
            scale = min(1.0, MAX_STILL[0] / image.shape[1], MAX_STILL[1] / image.shape[0])
            if scale < 1:
                size = (round(image.shape[1] * scale), round(image.shape[0] * scale))
                image = cv2.resize(image, size, interpolation=cv2.INTER_AREA).astype("uint8")
            write_png(folder / "photo.png", image)

        return (
            self.take("photo", file.name, {"photo": self.inputs[str(file)], "version": version()}, make).folder
            / "photo.png"
        )

    def cube(self, file: Path) -> Path:
        """A .cube table of colours, checked, as ffmpeg reads it.

        Raises:
            FileUnreadable: it is none.
        """
        path = self.input(file)

        def make(folder: Path, _: Callable[[float], None]) -> None:
            with (folder / "table.cube").open("w", encoding="utf-8") as table:
                table.writelines(look.cube(path))

        key = {"table": self.inputs[str(file)], "version": version("edit")}
        return self.take("look", file.name, key, make).folder / "table.cube"

    def talking(
        self, scene: str, photo: Path, roles: Sequence[Role], others: Part | None, duration: Fraction
    ) -> tuple[Path, Framing]:
        """People in a photo, acting their parts: a lossless video without sound, as long as asked, to the frame.

        Args:
            scene: its id, for messages.
            photo: the file, as the production writes it.
            roles: who is in it; whoever speaks comes first. Where nobody does, the take ends as it begins, at rest, and
                can loop.
            others: what everybody else in the photo does; None: nothing.
            duration: s.

        Returns:
            The video, and how it sits on the canvas.
        """
        file = self.input(photo)
        canvas, frame_rate, seed = self.production.canvas, self.production.canvas.fps, self.production.seed
        painted = Painting(self.production.engines.lipsync, self.production.engines.refine)
        key = {
            "photo": self.inputs[str(photo)],
            "roles": [self._role_key(role) for role in roles],
            "others": _part_key(others) if others else None,
            "boxes": "of every sitter",
            "duration": duration,
            "frame_rate": frame_rate,
            "canvas": canvas.size,
            "painted": painting.fingerprint(painted, commercial=self.commercial),
            "seed": seed,
            "version": version("head"),
        }

        def make(folder: Path, share: Callable[[float], None]) -> None:
            image = read_image(file)
            height, width = image.shape[:2]
            whom = [_which(role.face, image) for role in roles]
            # Large enough to fill the canvas, should the film do that, and no larger.
            size = Framing((width, height), canvas.size).shown
            sitters = acting.sit(image, whom, size, everyone=others is not None)
            parts = [role.part for role in roles]
            parts += [others or Part()] * (len(sitters) - len(parts))
            frames = acting.play(
                sitters,
                parts,
                frames_for(duration, frame_rate),
                frame_rate,
                seed=seed,
                painted=painted,
                known=[self._known(role) for role in roles],
                commercial=self.commercial,
                cancel=self.meter.cancel,
            )
            (folder / "faces.json").write_text(json.dumps([acting.face_box((sitter,)) for sitter in sitters]))
            write_video(folder / "take.mkv", frames, lossless=True, on_progress=share, cancel=self.meter.cancel)

        self._used_in(roles, painted)
        take = self.take("animate", scene, key, make, float(duration) * COST.animate)
        video = probe(take.folder / "take.mkv").video
        assert video is not None  # noqa: S101  (it was written as one)
        boxes = json.loads((take.folder / "faces.json").read_text())
        faces = tuple((x0, y0, x1, y1) for x0, y0, x1, y1 in boxes)
        return take.folder / "take.mkv", Framing((video.width, video.height), canvas.size, faces)

    def _role_key(self, role: Role) -> dict[str, Any]:
        """Everything about one person that is seen in a take."""
        named = [photo.file for photo in role.lent] + ([role.mouth] if role.mouth else [])
        for file in named:
            self.input(file)
        return {
            "face": _face_key(role.face),
            "lent": [(self.inputs[str(photo.file)], _face_key(photo.face)) for photo in role.lent],
            "mouth": self.inputs[str(role.mouth)] if role.mouth else None,
            **_part_key(role.part),
        }

    def _known(self, role: Role) -> Known:
        lent = []
        for photo in role.lent:
            image = read_image(self.input(photo.file))
            lent.append((image, _which(photo.face, image)))
        return Known(acting.seen(lent), self.input(role.mouth) if role.mouth else None)

    def _used_in(self, roles: Sequence[Role], painted: Painting) -> None:
        self.used("faces", "mediapipe-facemesh")
        for role in roles:
            if role.part.speech is not None:
                known = any(span.symbol for span in role.part.speech.phonemes)
                self.used("motion", "visemes" if known else "hearing")
        self.used("animate", "mesh-warp")
        for stage, engine in painted.engines:
            self.used(stage, engine)

    def take(
        self,
        stage: str,
        detail: str,
        key: Mapping[str, Any],
        make: Callable[[Path, Callable[[float], None]], None],
        units: float = 0.0,
    ) -> Take:
        """A take from the cache, or made now by `make(folder, share)`, and put on record either way.

        Safe to be called from several threads. What is made here in Python is made one after the other: its libraries
        have threads of their own, and not all of them bear company.
        """
        with nullcontext() if stage in FFMPEG_ALONE else self._alone:
            if self.cache.has(stage, key):
                self.meter.skip(stage, detail, units)
                take = self.cache.take(stage, key, lambda _: None)
            else:
                with self.meter.stage(stage, detail, units) as share:
                    take = self.cache.take(stage, key, lambda folder: make(folder, share))
        self.made.append({"stage": stage, "detail": detail, "key": take.key, "cached": take.cached})
        return take


def _short(text: str, limit: int = 60) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _which(face: int | Point | None, image: U8) -> Which:
    """A face of the production as the head's room takes it: points in px."""
    height, width = image.shape[:2]
    return (face.x * width, face.y * height) if isinstance(face, Point) else face


def _face_key(face: int | Point | None) -> Any:
    return face.model_dump() if isinstance(face, Point) else face


def _part_key(part: Part) -> dict[str, Any]:
    return {
        "speech": speeches.digest(part.speech) if part.speech else None,
        "manner": asdict(part.manner),
        "changes": [(at, asdict(manner)) for at, manner in part.changes],
        "lines": part.lines,
    }
