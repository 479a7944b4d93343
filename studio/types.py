"""What travels between the stages. Every arrow of the flow is one of these types.

Shape letters, everywhere: B batch, C channels, T samples, N video frames, H W pixels, L landmarks, K motion curves.
Pixels are RGB uint8, samples float32 in [-1, 1], times `Fraction` seconds, rates `Fraction` frames per second.
Arrays inside a frozen type are owned by it: a stage that wants to change one copies it first.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

F32 = NDArray[np.float32]
U8 = NDArray[np.uint8]

Language = Literal["en", "zh"]
LipSync = Literal["own", "none", "wav2lip", "wav2lip-gan", "musetalk"]
"""Which network paints the mouth after the mesh has moved it; none: it stays as the rules of anatomy paint it."""
Refine = Literal["none", "own", "sd-lcm"]
"""Which diffusion model goes over the painted mouth; none: it stays as the lip-sync left it."""
Emotion = Literal["neutral", "warm", "glad", "sad", "solemn"]
"""What a face shows while it speaks."""
StandIn = Literal["female", "male"]
"""Which of an engine's own voices speaks for somebody who was never recorded."""


@dataclass(frozen=True, eq=False)
class AudioClip:
    """A piece of sound held in memory."""

    samples: F32
    """float32 (C, T) in [-1, 1]."""
    sample_rate: int
    """Hz."""

    def __post_init__(self) -> None:
        if self.samples.ndim != 2 or self.samples.dtype != np.float32:
            raise ValueError(f"samples must be float32 (C, T), got {self.samples.dtype} {self.samples.shape}")

    @property
    def duration(self) -> Fraction:
        """Length in s, exact."""
        return Fraction(self.samples.shape[1], self.sample_rate)

    def mono(self) -> F32:
        """float32 (T,): the mean of the channels."""
        return np.asarray(self.samples.mean(axis=0), np.float32)


@dataclass(frozen=True)
class WordSpan:
    """One word, or one Chinese character, and when it is said."""

    text: str
    start: Fraction
    end: Fraction
    """s; end is exclusive."""
    recorded: bool = False
    """True where it is the person's own recording, laid into synthetic speech."""


@dataclass(frozen=True)
class PhonemeSpan:
    """One speech sound and when it is heard."""

    symbol: str
    """IPA without stress or tone marks; "" is silence."""
    start: Fraction
    end: Fraction
    """s; end is exclusive."""
    stress: int = 0
    """0 none, 1 secondary, 2 primary."""


@dataclass(frozen=True, eq=False)
class Speech:
    """A line as it is heard: sound, words and phonemes on one clock that starts at 0 s."""

    audio: AudioClip
    text: str
    """What is said; "" where nobody knows (a recording without a transcript)."""
    language: Language
    words: tuple[WordSpan, ...]
    """In order, never guessed: empty where the text is not known."""
    phonemes: tuple[PhonemeSpan, ...]
    """In order, covering the clip, silences included; empty where the text is not known."""
    engine: str
    """What made it: an engine's name, or "recording" for the person's own words."""
    synthetic: bool
    """False only for the person's true recording."""
    doubts: tuple[str, ...] = ()
    """What is wrong with it, in sentences, where that is known; empty where nothing is."""


@dataclass(frozen=True)
class Agreement:
    """The consent a voice stands on, as it is kept with the voice; see studio/trust/consent.py for its words."""

    granted_by: str
    """Who agreed: a name, or for the public domain the source that says so."""
    right: str
    """In what right: self, heir, executor, rights-holder, public-domain or guardian."""
    scope: str = ""
    """For what."""
    granted_on: date | None = None
    until: date | None = None
    """The last day on which it stands; None: no end was agreed."""
    evidence: str = ""
    """Where the signed paper or the source is kept."""


@dataclass(frozen=True, eq=False)
class VoiceProfile:
    """A person's voice, enrolled once from their recordings."""

    person: str
    tensors: Mapping[str, F32]
    """Named statistics of the voice; studio/voice/person/enrol.py and studio/voice/person/profile.py say which."""
    reference_sha256: tuple[str, ...]
    """Of every recording it was made from."""
    seconds: float
    """How much usable voice it stands on, s."""
    sources: tuple[str, ...] = ()
    """The names of those recordings, in the same order; empty where nobody kept them."""
    consent: Agreement | None = None
    """None: nobody has written down an agreement with the voice itself."""
    languages: tuple[Language, ...] = ()
    """What is spoken in the recordings; empty where nobody said."""
    enrolled: date | None = None
    """The day it was enrolled on, as the caller says."""
    quality: Mapping[str, float] = field(default_factory=dict)
    """What was measured of the recordings, by name; studio/voice/person/profile.py says what and in which unit."""
    cleaned: tuple[str, ...] = ()
    """What cleaning did to the recordings, in English sentences; empty where nobody looked."""


@dataclass(frozen=True, eq=False)
class Face:
    """One face found in a picture."""

    landmarks: F32
    """float32 (478, 3): FaceMesh points, x y in px of the picture, z in px at the same scale, nearer is smaller."""
    box: tuple[int, int, int, int]
    """x0, y0, x1, y1 px around the landmarks; end exclusive."""


@dataclass(frozen=True, eq=False)
class Portrait:
    """A picture made ready to speak: one face, its mesh, and the region that may move."""

    image: U8
    """RGB, uint8 (H, W, 3), H and W even."""
    landmarks: F32
    """float32 (478, 3), px of `image`."""
    region: tuple[int, int, int, int]
    """x0, y0, x1, y1 px of `image`; no pixel outside ever changes."""
    mask: F32
    """float32 (y1-y0, x1-x0) in [0, 1], feathered to 0 at the border of the region that lies inside the picture."""
    monochrome: bool
    """True where the photo has no colour (R=G=B everywhere): the film of it has none either."""


MOTION_CURVES = (
    "jaw",  # 0 closed … 1 wide open (inner-lip gap of .30 eye distances)
    "wide",  # lip corners: −1 drawn together and pursed (u) … 0 rest … 1 spread (i)
    "upper",  # 0 … 1: upper lip raised beyond what the jaw does, upper teeth show
    "lower",  # 0 … 1: lower lip lowered beyond what the jaw does, lower teeth show
    "press",  # 0 … 1: lips pressed together (m b p)
    "tuck",  # 0 … 1: lower lip against the upper teeth (f v)
    "smile",  # −1 lip corners drawn down … 0 rest … 1 up and out, cheeks follow
    "tongue",  # 0 … 1: tongue tip up behind or between the teeth (l n t d θ)
    "blink",  # 0 open … 1 closed lids
    "brow",  # −1 lowered … 1 raised
    "yaw",  # rad, positive: nose moves towards the picture's right
    "pitch",  # rad, positive: nose moves down
    "roll",  # rad, positive: head tilts clockwise in the picture
    "breath",  # 0 out … 1 in: shoulders and chest rise
    "look_x",  # rad, positive: the eyes turn towards the picture's right, out of where they look in the photo
    "look_y",  # rad, positive: the eyes turn down
)


@dataclass(frozen=True, eq=False)
class FaceMotion:
    """How a face moves, frame by frame, whoever's face it is."""

    curves: F32
    """float32 (N, K), one column per name in MOTION_CURVES."""
    frame_rate: Fraction

    def __post_init__(self) -> None:
        if self.curves.ndim != 2 or self.curves.shape[1] != len(MOTION_CURVES):
            raise ValueError(f"curves must be (N, {len(MOTION_CURVES)}), got {self.curves.shape}")

    @property
    def num_frames(self) -> int:
        """N."""
        return int(self.curves.shape[0])

    def curve(self, name: str) -> F32:
        """float32 (N,): one named curve, a view."""
        return self.curves[:, MOTION_CURVES.index(name)]


@dataclass(frozen=True)
class Feeling:
    """What a face shows from a moment on; between two moments one feeling passes into the next."""

    at: Fraction
    """s."""
    emotion: Emotion
    strength: float = 1.0
    """0 … 1."""


@dataclass(frozen=True)
class Manner:
    """How a person speaks, besides what they say. The defaults are gentle."""

    amount: float = 1.0
    """0 stone … 1 as people speak … 2: of everything that moves."""
    smile: float = 0.0
    """0 … 1: a smile that stays."""
    gaze: float = 1.0
    """1 holds the viewer's eye … 0 looks past them."""
    feelings: tuple[Feeling, ...] = ()
    """In order of time; empty is neutral throughout."""


@dataclass(frozen=True)
class FrameSource:
    """Pictures in time that are made or read one by one: memory does not grow with the length."""

    open: Callable[[], Iterator[U8]]
    """Starts from the first frame each time it is called; yields RGB uint8 (H, W, 3), owned by the caller."""
    num_frames: int
    frame_rate: Fraction
    size: tuple[int, int]
    """W, H px."""

    @property
    def duration(self) -> Fraction:
        """Length in s, exact."""
        return self.num_frames / self.frame_rate


def frames_for(duration: Fraction, frame_rate: Fraction) -> int:
    """How many frames cover `duration` s of sound: the last one may be shown longer than the sound lasts."""
    return math.ceil(duration * frame_rate)


@dataclass(frozen=True)
class Progress:
    """One thing the pipeline has to tell while it works."""

    stage: str
    """speak, animate, compose, … ; the name of a stage."""
    detail: str
    """What exactly: the scene, the line, the file."""
    done: float
    """0 … 1 of the whole job."""
    remaining_s: float | None = None
    """Estimate of what is left, s; None while nothing is known."""
    cached: bool = False
    """True where the result came from the cache."""


Views = tuple[tuple[U8, F32], ...]
"""Further pictures of one person, RGB uint8 (H, W, 3), each with the mesh of their face, float32 (478, 3) px of it."""

OnProgress = Callable[[Progress], None]


class Cancel(Protocol):
    """Asked between frames and lines: has the user stopped the work?"""

    def is_set(self) -> bool: ...


@dataclass(frozen=True)
class Render:
    """A finished film and what lies beside it."""

    path: Path
    """The film."""
    captions: tuple[Path, ...]
    """.srt and .vtt."""
    recipe: Path
    """recipe.json: inputs by hash, engines, weights and licences, seeds, versions, timings."""
    duration: Fraction
    """s."""
    sha256: str
    """Of the film."""
    report: Path | None = None
    """report.html: what was measured of everybody who speaks in it; None where nobody has looked."""
    deliverables: tuple[Path, ...] = ()
    """What else was made of the same film: other shapes, loops, masters, sound, pictures, the pack."""


@dataclass(frozen=True)
class EngineSpec:
    """What is known of an engine before anything heavy is imported."""

    name: str
    stage: str
    """faces, voice, convert, denoise, motion, animate, lipsync, refine, restore."""
    licence: str
    """Of the weights or data; of the code where there are none."""
    commercial: bool
    """May films made with it be used commercially?"""
    weights: tuple[str, ...] = ()
    """Names in studio/weights.py that must be there; empty: nothing to download."""
    welcome: tuple[str, ...] = ()
    """Names of weights that it takes along where they are here, and does without where they are not."""
    modules: tuple[str, ...] = ()
    """Python packages that must be importable."""
    extra: str = ""
    """uv/pip extra that installs those packages; "" when they always are."""
    languages: tuple[str, ...] = ()
    needs_gpu: bool = False
    clones: bool = False
    """Of a speech engine: it imitates a recording it is given, so what it says is the person's voice already."""
    rank: int = field(default=0)
    """`auto` takes the usable engine with the highest rank."""
    about: str = ""
    """One sentence for `studio engines`."""
