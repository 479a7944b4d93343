"""One file per speech engine: what is known of each before anything heavy is imported, and how one is loaded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from studio import readiness
from studio.errors import AudioUnusable, EngineUnavailable
from studio.types import AudioClip, EngineSpec, Language, Speech

if TYPE_CHECKING:
    from studio.voice.features import Features

_EMILIA = "trained on Emilia, which is CC BY-NC 4.0: whether that binds is unclear"

SPECS: tuple[EngineSpec, ...] = (
    EngineSpec(
        name="espeak",
        stage="voice",
        licence="GPL-3.0-or-later program, run as a child process; what it says is free of it",
        commercial=True,
        modules=("espeakng_loader", "pypinyin"),
        languages=("en", "zh"),
        rank=10,
        about="espeak-ng 1.52: a formant synthesiser that needs no download and times every sound exactly.",
    ),
    EngineSpec(
        name="own",
        stage="voice",
        licence="Apache-2.0 (English) and CC BY-SA 4.0 (Mandarin, voice of Yue Tan, audio-cmn), trained by the studio",
        commercial=True,
        weights=("voice-en", "voice-zh"),
        modules=("espeakng_loader", "pypinyin", "pyworld"),
        languages=("en", "zh"),
        rank=20,
        about="The studio's own voices: learned from people who read aloud; converted before they are sound.",
    ),
    EngineSpec(
        name="zipvoice",
        stage="voice",
        licence=f"Apache-2.0 code and weights, {_EMILIA}",
        commercial=False,
        weights=("zipvoice", "vocos"),
        modules=("sherpa_onnx",),
        extra="voices-sherpa",
        languages=("en", "zh"),
        clones=True,
        rank=60,
        about="ZipVoice-distill: imitates 3 to 15 s of somebody whose words are known, on a processor.",
    ),
    EngineSpec(
        name="pocket",
        stage="voice",
        licence="CC BY 4.0 weights by Kyutai; this conversion of them carries a notice for non-commercial use",
        commercial=False,
        weights=("pocket",),
        modules=("sherpa_onnx",),
        extra="voices-sherpa",
        languages=("en",),
        clones=True,
        rank=50,
        about="Pocket-TTS: imitates some seconds of somebody, whatever they say, faster than real time on a processor.",
    ),
    EngineSpec(
        name="voxcpm",
        stage="voice",
        licence="Apache-2.0 (code and weights)",
        commercial=True,
        weights=("voxcpm2",),
        languages=("en", "zh"),
        needs_gpu=True,
        clones=True,
        rank=80,
        about="VoxCPM2: imitates a short recording at 48 kHz; in an environment of its own; 8 GB of GPU memory.",
    ),
    EngineSpec(
        name="omnivoice",
        stage="voice",
        licence=f"Apache-2.0 code; weights {_EMILIA}, and their audio tokenizer has a licence of its own",
        commercial=False,
        weights=("omnivoice",),
        languages=("en", "zh"),
        clones=True,
        rank=70,
        about="OmniVoice: the closest likeness in blind votes; runs in an environment of its own, best with a GPU.",
    ),
    EngineSpec(
        name="server",
        stage="voice",
        licence="that of the server and its model, which the studio cannot know: unclear",
        commercial=False,
        languages=("en", "zh"),
        rank=-1,
        about="Any server with OpenAI's speech interface; what is to be said is sent to the address you set.",
    ),
)
"""Every engine of the voice room; the module is studio/voice/engines/<name>.py and makes one with `create()`.

`auto` never takes one whose rank is below 0, and takes one that clones only where there is a recording to imitate.
"""

NEED_WORDS = frozenset({"zipvoice", "omnivoice"})
"""Engines that have to know what is said in the recording they imitate."""

ISOLATED = {"voxcpm": "voxcpm==2.0.3", "omnivoice": "omnivoice"}
"""Engines whose packages cannot live beside the studio's, and what is installed into the environment of each."""

REFERENCE_S = (3, 15)
"""How long a recording to imitate may be, s: shorter ones hold too little of a voice, longer ones slow engines down
and make them drift."""


@dataclass(frozen=True, eq=False)
class Reference:
    """A recording to imitate.

    Raises:
        AudioUnusable: it is shorter or longer than `REFERENCE_S`.
    """

    clip: AudioClip
    """One person, 3 … 15 s, as clean as there is."""
    language: Language
    transcript: str = ""
    """What is said in it, word by word; "" where nobody has written it down."""

    def __post_init__(self) -> None:
        seconds, (shortest, longest) = self.clip.duration, REFERENCE_S
        if not shortest <= seconds <= longest:
            raise AudioUnusable(
                f"A recording to imitate has {shortest} to {longest} s; this one has {float(seconds):.1f} s. "
                "Choose another part of it."
            )


def reference_of(clips: Sequence[AudioClip], language: Language, transcripts: Sequence[str]) -> Reference | None:
    """The first recording of a fit length, one whose words are known before the others; None where there is none.

    Args:
        transcripts: of the clips, in order; there may be fewer.
    """
    known = [*transcripts, *[""] * (len(clips) - len(transcripts))]
    pairs = sorted(zip(clips, known, strict=False), key=lambda pair: not pair[1].strip())
    shortest, longest = REFERENCE_S
    for clip, words in pairs:
        if shortest <= clip.duration <= longest:
            return Reference(clip, language, words)
    return None


class SpeechEngine(Protocol):
    """Says a sentence, and when each word and sound of it is heard."""

    name: str
    sample_rate: int
    """Hz of what it says."""

    def speak(
        self,
        text: str,
        language: Language,
        *,
        speed: float = 1.0,
        seed: int = 0,
        lexicon: Mapping[str, str] | None = None,
        base: str = "",
        reference: Reference | None = None,
    ) -> Speech:
        """Say `text`.

        Args:
            speed: 1 is the engine's calm pace, 2 twice as fast.
            seed: for engines that draw random numbers.
            lexicon: see `studio.voice.language.text.read`.
            base: which of the engine's own voices; "" for its usual one.
            reference: whom to imitate, for engines that clone; the others leave it alone.

        Raises:
            TextUnspeakable: nothing in the text can be said.
            AudioUnusable: nobody speaks in the reference.
            EngineUnavailable: the engine stopped working, or needs a reference that it was not given.
        """
        ...


@runtime_checkable
class Vocoded(Protocol):
    """A speech engine that gives its features before they are sound, so that they are synthesised only once."""

    def perform(
        self,
        text: str,
        language: Language,
        *,
        speed: float = 1.0,
        seed: int = 0,
        lexicon: Mapping[str, str] | None = None,
        base: str = "",
    ) -> tuple[Speech, Features]:
        """As `SpeechEngine.speak`: the speech with silence for its sound, and the features it would be made of."""
        ...

    def tract(self, base: str, language: Language) -> float:
        """How much shorter the vocal tract of one of its voices is made than that of whoever was recorded for it."""
        ...


def find(name: str) -> EngineSpec:
    """The spec of an engine.

    Raises:
        EngineUnavailable: no engine has that name.
    """
    for spec in SPECS:
        if spec.name == name:
            return spec
    known = ", ".join(spec.name for spec in SPECS)
    raise EngineUnavailable(f"There is no speech engine called {name!r}. Choose auto or one of: {known}.")


def obstacle(spec: EngineSpec) -> str:
    """What keeps an engine from being used on this machine, and what to do; "" for nothing."""
    return readiness.obstacle(spec, _unset)


def may_imitate(name: str) -> bool:
    """Whether the engine `name`, or one that "auto" may take, imitates a recording and is ready to."""
    if name != "auto":
        return find(name).clones
    return any(spec.clones and spec.rank >= 0 and not obstacle(spec) for spec in SPECS)


def load(name: str) -> SpeechEngine:
    """The engine, ready to speak.

    Raises:
        EngineUnavailable: unknown, or something it needs is not here.
    """
    spec = find(name)
    if why := obstacle(spec):
        raise EngineUnavailable(f"The speech engine {name} cannot be used: {why}.")
    engine: SpeechEngine = import_module(f"studio.voice.engines.{name}").create()
    return engine


def choose(
    name: str, languages: frozenset[Language], *, commercial: bool, reference: Reference | None = None
) -> EngineSpec:
    """The engine `name`, or for "auto" the usable one of the highest rank.

    Args:
        languages: every language in the text.
        commercial: whether the licence has to allow commercial use.
        reference: whom to imitate, where there is a recording; without one, `auto` takes no engine that clones.

    Raises:
        EngineUnavailable: unknown, does not speak the languages, may not be used so, or none is left.
    """
    auto = name == "auto"
    specs = [spec for spec in SPECS if spec.rank >= 0] if auto else [find(name)]
    refused: list[str] = []
    usable: list[EngineSpec] = []
    for spec in specs:
        if why := _unfit(spec, languages, reference, commercial=commercial) or obstacle(spec):
            refused.append(why)
        else:
            usable.append(spec)
    if not usable:
        raise EngineUnavailable(f"No speech engine can say this: {'; '.join(refused)}. Choose another engine or text.")
    return max(usable, key=lambda spec: spec.rank)


def _unfit(spec: EngineSpec, languages: frozenset[Language], reference: Reference | None, *, commercial: bool) -> str:
    """Why an engine is not for this text, this person or this use; "" where it is."""
    if unspoken := sorted(languages - set(spec.languages)):
        return f"{spec.name} does not speak {', '.join(unspoken)}"
    if commercial and not spec.commercial:
        return f"{spec.name} may not be used commercially ({spec.licence})"
    if spec.clones and reference is None:
        return f"{spec.name} imitates a recording and was given none"
    if spec.name in NEED_WORDS and reference is not None and not reference.transcript.strip():
        return f"{spec.name} has to know what is said in the recording: write it down beside it"
    return ""


def _unset(name: str) -> str:
    """What has to be set up by hand for an engine; "" for nothing."""
    if name in ISOLATED:
        from studio.voice.engines.isolated import lacking

        return lacking(name)
    if name == "server":
        from studio.settings import settings

        if not settings().speech_server:
            return "server has no address. Set one: STUDIO_SPEECH_SERVER=http://127.0.0.1:8000"
    return ""
