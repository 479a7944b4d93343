"""The stages that make something new, each kept in the cache by everything it was made from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache as memoise
from pathlib import Path
from typing import Any

from studio import acting, speeches
from studio.cache import Cache, Take
from studio.errors import StudioError
from studio.framing import Framing
from studio.media.audio import read_audio
from studio.media.files import sha256_file
from studio.media.image import read_image, write_png
from studio.media.probe import probe
from studio.media.video import write_video
from studio.meter import Meter
from studio.production import Line, Person, Photo, Point, Production
from studio.types import Language, Speech, VoiceProfile
from studio.weights import data_dir

MAX_STILL = (3840, 2160)  # px; what a slow move over a photo is drawn from


@memoise
def version(*rooms: str) -> str:
    """Hash of the code and weights that make a take: change them and it is made again."""
    state = hashlib.sha256()
    package = Path(__file__).resolve().parent
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

    def profile(self, key: str) -> VoiceProfile | None:
        """The voice of a person; None where there is no recording of it."""
        from studio.voice import profile

        person = self.production.people[key]
        if not person.recordings:
            return None
        files = [self.input(recording.file) for recording in person.recordings]
        hashes = [self.inputs[str(recording.file)] for recording in person.recordings]

        def make(folder: Path, _: Callable[[float], None]) -> None:
            clips = [read_audio(file, mono=True) for file in files]
            profile.save(profile.enrol(clips, person=key, hashes=hashes), folder / "voice.safetensors")

        take = self.take("enrol", person.name, {"recordings": hashes, "version": version("voice")}, make)
        return profile.load(take.folder / "voice.safetensors")

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
        from studio.voice.speak import speak

        profile = self.profile(key)
        person = self.production.people[key]
        spoken = {
            "text": line.say,
            "language": language,
            "lexicon": person.lexicon,
            "stand_in": person.voice if profile is None else None,
            "engine": self.production.engines.voice,
            "speed": line.speed,
            "seed": self.production.seed,
            "commercial": self.commercial,
        }
        voice = {"voice": profile.reference_sha256 if profile else None, "version": version("voice")}

        def make(folder: Path, _: Callable[[float], None]) -> None:
            speech = speak(
                line.say or "",
                language,
                profile,
                speed=line.speed,
                seed=self.production.seed,
                lexicon=person.lexicon,
                stand_in=person.voice,
                engine=self.production.engines.voice,
                commercial=self.commercial,
            )
            speeches.save(folder, speech)

        return speeches.load(self.take("speak", line.say or "", spoken | voice, make).folder)

    def _recorded(self, line: Line, language: Language, detail: str) -> Speech:
        from studio.voice.recording import take

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

    def talking(self, scene: str, photo: Photo, speech: Speech, amount: float) -> tuple[Path, Framing]:
        """The portrait saying it: a lossless video without sound, as long as the speech, to the frame.

        Args:
            scene: its id, for messages.
            amount: how much the face moves.

        Returns:
            The video, and how it sits on the canvas.
        """
        file = self.input(photo.file)
        canvas, frame_rate = self.production.canvas, self.production.canvas.fps
        lipsync = self.production.engines.lipsync
        key = {
            "photo": self.inputs[str(photo.file)],
            "face": photo.face.model_dump() if isinstance(photo.face, Point) else photo.face,
            "speech": speeches.digest(speech),
            "frame_rate": frame_rate,
            "canvas": canvas.size,
            "amount": amount,
            "lipsync": acting.fingerprint(lipsync, commercial=self.commercial),
            "seed": self.production.seed,
            "version": version("head"),
        }

        def make(folder: Path, share: Callable[[float], None]) -> None:
            image = read_image(file)
            height, width = image.shape[:2]
            face = photo.face
            which = (face.x * width, face.y * height) if isinstance(face, Point) else face
            # Large enough to fill the canvas, should the film do that, and no larger.
            sitter = acting.sit(image, which, Framing((width, height), canvas.size).shown)
            frames = acting.act(sitter, speech, frame_rate, amount=amount, seed=self.production.seed)
            frames = acting.paint(frames, sitter, speech.audio, lipsync, commercial=self.commercial)
            (folder / "face.json").write_text(json.dumps(acting.face_box(sitter)))
            write_video(folder / "take.mkv", frames, lossless=True, on_progress=share, cancel=self.meter.cancel)

        known = any(span.symbol for span in speech.phonemes)
        self.used("faces", "mediapipe-facemesh")
        self.used("motion", "visemes" if known else "hearing")
        self.used("animate", "mesh-warp")
        if lipsync != "none":
            self.used("lipsync", lipsync)
        take = self.take("animate", scene, key, make, float(speech.audio.duration) * COST.animate)
        video = probe(take.folder / "take.mkv").video
        assert video is not None  # noqa: S101  (it was written as one)
        x0, y0, x1, y1 = json.loads((take.folder / "face.json").read_text())
        return take.folder / "take.mkv", Framing((video.width, video.height), canvas.size, (x0, y0, x1, y1))

    def take(
        self,
        stage: str,
        detail: str,
        key: Mapping[str, Any],
        make: Callable[[Path, Callable[[float], None]], None],
        units: float = 0.0,
    ) -> Take:
        """A take from the cache, or made now by `make(folder, share)`, and put on record either way."""
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
