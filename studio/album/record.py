"""What was found out about each file of a folder: all that later choices are made from, as it is kept on disk."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal

from studio.album.dates import When

GREY = 4.0
"""Mean distance from its own tone below which a picture counts as black and white; see `look.chroma`."""

Kind = Literal["photo", "video", "recording"]


@dataclass(frozen=True)
class Found:
    """A file that may belong into the album."""

    path: Path
    kind: Kind
    size: int
    """bytes."""
    changed: int
    """ns since 1970."""


@dataclass(frozen=True)
class Skipped:
    """A file that was left out, and why."""

    path: Path
    reason: str


@dataclass(frozen=True)
class FaceSeen:
    """One face in a picture."""

    box: tuple[float, float, float, float]
    """x0, y0, x1, y1 as shares of the picture's width and height."""
    turned: float
    """Yaw, degrees, positive towards the picture's right."""
    eyes: float
    """Opening of the wider eye, eye distances: about .05 is closed, .12 open."""
    smile: float
    """How far it smiles, in smiles of studio/head/shapes.py: about 0 at rest, 1 a clear one."""
    features: str
    """What it looks like, see studio/album/likeness.py; "" where it is too small to tell."""

    @property
    def tall(self) -> float:
        """Its height, as a share of the picture's."""
        return self.box[3] - self.box[1]


@dataclass(frozen=True)
class Looked:
    """One picture as it was measured, at a long side of `look.SIDE` px."""

    width: int
    """px of the original, upright."""
    height: int
    sharp: float
    """0 blurred … 1 sharp, of its sharpest parts."""
    light: float
    """Mean lightness, 0 … 255."""
    contrast: float
    """Standard deviation of the lightness, 0 … 128."""
    lost: float
    """Share of pixels that are quite black or quite white."""
    colour: float
    """Mean distance of a pixel's colours from grey, 0 … 255; below GREY it is black and white."""
    hashes: tuple[str, ...]
    """Perceptual hash, 16 hex digits, of the picture as it is and of its seven turned and mirrored forms."""
    small: str
    """Base64 of 48 × 48 greys, uint8."""
    tones: str
    """Base64 of 4 × 4 × 3 colours, uint8: RGB means of the picture's parts."""
    faces: tuple[FaceSeen, ...] = ()
    """Largest first."""


@dataclass(frozen=True)
class PhotoSeen:
    """A photo."""

    kind: Literal["photo"]
    looked: Looked
    taken: str = ""
    """As EXIF says."""
    device: str = ""
    pictures: int = 1


@dataclass(frozen=True)
class Moment:
    """A calm, sharp moment of a film."""

    at: Fraction
    """s."""
    shot: int
    """Which shot of the film, from 0."""
    motion: float
    """How fast the picture moves there, widths per s."""
    looked: Looked


@dataclass(frozen=True)
class Sound:
    """What can be heard in a file, found out cheaply."""

    seconds: float
    """Of sound, s."""
    heard: float
    """How much of it was listened to, s."""
    speech: float
    """How much speech there is in that, s."""


@dataclass(frozen=True)
class VideoSeen:
    """A film."""

    kind: Literal["video"]
    seconds: float
    width: int
    height: int
    taken: str
    """As the file says, ISO 8601; "" where it does not."""
    shots: int
    moments: tuple[Moment, ...]
    sound: Sound | None
    """None where it has none."""
    doubt: str = ""
    """What went wrong while it was looked at, as a sentence."""


@dataclass(frozen=True)
class RecordingSeen:
    """A recording."""

    kind: Literal["recording"]
    sound: Sound
    taken: str = ""


@dataclass(frozen=True)
class Unusable:
    """A file of which nothing can be used."""

    kind: Literal["unusable"]
    reason: str
    lasting: bool = True
    """False where another machine, or this one tomorrow, may well read it."""


@dataclass(frozen=True)
class Picture:
    """A photo, or a moment of a film, that may be chosen."""

    path: Path
    looked: Looked
    when: When | None
    event: str
    """What it shows the same occasion with: a day, a film, or a folder."""
    at: Fraction | None = None
    """Of a film: the time of the moment, s."""
    people: tuple[int, ...] = ()
    """Who each face belongs to, a number of `people.Person`; 0 for nobody who is known."""

    @property
    def grey(self) -> bool:
        """Black and white, or of one tone."""
        return self.looked.colour < GREY


Usable = PhotoSeen | VideoSeen | RecordingSeen
Seen = Usable | Unusable
