"""How a film is finished: music, sound, captions, look, canvas, engines, and what is handed out."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from studio.edit.loudness import Loudness
from studio.people import Model, Share
from studio.rates import FrameRate
from studio.types import Language, LipSync, Refine

Aspect = Literal["16:9", "9:16", "1:1", "4:5"]
Mood = Literal["calm", "solemn", "warm", "hopeful", "moonlit", "none"]
Deliverable = Literal[
    "wide", "vertical", "square", "portrait", "reception", "kiosk", "answers", "alpha-prores", "alpha-vp9",
    "mezzanine", "mp3", "m4a", "stems", "poster", "contact-sheet", "pack",
]  # fmt: skip

_TALLEST = 3840  # px; players give up beyond


class Music(Model):
    """The bed under the film: one of ours, or a file of yours."""

    mood: Mood = "calm"
    file: Path | None = None
    licence: str = ""
    """By what right your file is used; needed where `file` is given."""
    level: float = Field(default=-20, ge=-60, le=0)
    """dB below full scale, where nobody speaks."""
    duck: float = Field(default=-10, ge=-40, le=0)
    """dB further down while somebody speaks."""
    on_beat: bool = True
    """Cuts between photos fall on beats of the music, where it has any."""

    @model_validator(mode="after")
    def _licensed(self) -> Music:
        if self.file is not None and not self.licence:
            raise ValueError("say under `licence:` by what right the music is used")
        return self


class Captions(Model):
    """Words on the screen and beside the film."""

    burn: bool = True
    """Painted into the picture, in the film's language."""
    sidecar: bool = True
    """.srt and .vtt beside the film, in every language there is."""
    soft: bool = False
    """Inside the file, in every language there is; off until somebody switches them on in the player."""
    shown: bool = False
    """Those inside the file are on by themselves, in the film's language, until somebody switches them off."""
    languages: list[Language] = Field(default_factory=list)
    """Besides the language spoken: lines that have a text in it under `translations:`."""
    speakers: bool = False
    """Who speaks is written before their lines."""
    marks: bool = False
    """Whether words are verbatim, adapted or written is marked at each caption."""


class Canvas(Model):
    """The picture."""

    aspect: Aspect = "16:9"
    height: int = Field(default=720, ge=240, le=2160, multiple_of=2)
    fps: FrameRate = Fraction(25)

    @property
    def size(self) -> tuple[int, int]:
        """W, H px, both even."""
        across, down = (int(part) for part in self.aspect.split(":"))
        return round(self.height * across / down / 2) * 2, self.height

    def reshaped(self, aspect: Aspect) -> Canvas:
        """A canvas of another shape whose short side is as long: 1280×720 becomes 720×1280."""
        across, down = (int(part) for part in aspect.split(":"))
        height = round(min(self.size) * max(1, down / across) / 2) * 2
        return self.model_copy(update={"aspect": aspect, "height": min(height, _TALLEST)})


class Engines(Model):
    """Which engines to take, where there is a choice; `studio engines` lists them."""

    voice: str = "auto"
    lipsync: LipSync = "own"
    """A network that paints the mouth after the mesh has moved it. own: the studio's; none: rules of anatomy paint it;
    the weights of the others have to be fetched or added first."""
    refine: Refine = "none"
    """A diffusion model that goes over the painted mouth; slow without a GPU."""


class Look(Model):
    """Colour and texture over all photos, portraits and clips; cards, captions and labels stay as they are."""

    lut: Path | None = None
    """A .cube table of colours."""
    print: Literal["none", "faded", "sepia", "mono"] = "none"
    """Like an old print: faded, brown, or without colour."""
    grain: Share = 0
    vignette: Share = 0
    deflicker: bool = False
    """Evens the light of flickering clips."""
    flash_guard: bool = False
    """Damps flashes, for public screens."""


class Sound(Model):
    """What the finished mix is held to."""

    loudness: Loudness = "web"
    """web −16 LUFS, streaming −14, broadcast −23 (EBU R 128, −1 dBTP), kiosk −20."""


class Outputs(Model):
    """What is written."""

    name: str = Field(default="", pattern=r"^[^/\\\x00]{0,100}$")
    """File name without its ending; left out, the production's folder."""
    crf: int = Field(default=18, ge=0, le=40)
    """x264 quality: less is better and larger."""
    also: list[Deliverable] = Field(default_factory=list)
    """What else is made of the same film: other shapes, loops, masters, sound, pictures, a pack for an edit suite."""
    handles: int = Field(default=12, ge=0, le=250)
    """Frames before and after every shot in the pack."""
    timecode: str = Field(default="01:00:00:00", pattern=r"^\d\d:[0-5]\d:[0-5]\d[:;]\d\d$")
    """Of the film's first frame, in the pack."""
