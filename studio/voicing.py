"""From somebody in the production and one of their lines to what is heard: voice, takes, the true words on tape."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from studio import cast, speeches, voices
from studio.errors import AudioUnusable, ProductionInvalid
from studio.media.audio import read_audio
from studio.people import Line, Person, Recording
from studio.production import Production
from studio.settings import settings
from studio.types import AudioClip, Feeling, Language, Speech, VoiceProfile

if TYPE_CHECKING:
    from studio.cache import Take
    from studio.voice.alignment.bank import Tape
    from studio.voice.engines import Reference
    from studio.voice.language.script import Sentence
    from studio.voice.speak import Voice

_APART = 7919  # between the seeds of two takes of a line


class Takes(Protocol):
    """What is needed of studio.takes.Takes."""

    production: Production
    inputs: dict[str, str]
    ask: Callable[..., Any]

    @property
    def commercial(self) -> bool: ...

    def input(self, file: Path) -> Path: ...

    def take(
        self, stage: str, detail: str, key: Mapping[str, Any], make: Callable[[Path, Callable[[float], None]], None]
    ) -> Take: ...


@dataclass(frozen=True, eq=False)
class Spoken:
    """A line as it will be heard, and the takes it was chosen from."""

    speech: Speech
    takes: tuple[Speech, ...]
    """Every take that was made of it, in order."""
    chosen: int
    """Which of them `speech` is, from 0."""
    true_words: tuple[Mapping[str, str], ...] = ()
    """Which words in it are the person's own recording, and from where."""
    left: tuple[str, ...] = ()
    """Which words are on tape too and were not used, and why; in sentences."""


def profile(takes: Takes, key: str, version: str) -> VoiceProfile | None:
    """The voice of a person: enrolled before, or learned from their recordings; None where there are none.

    Raises:
        FileUnreadable, AudioUnusable; ProductionInvalid: there is no voice of the name that the production gives.
    """
    from studio.voice.person import profile as profiles
    from studio.voice.person.enrol import enrol

    person = takes.production.people[key]
    if person.profile is not None:
        return _enrolled(takes, person.profile)
    if not person.recordings:
        return None
    files = [takes.input(recording.file) for recording in person.recordings]
    hashes = [takes.inputs[str(recording.file)] for recording in person.recordings]

    def make(folder: Path, _: Callable[[float], None]) -> None:
        clips = [read_audio(file, mono=True) for file in files]
        learned = takes.ask(partial(enrol, person=key, hashes=hashes), clips)
        # What the tape itself sounds like takes as long to hear as the voice: only where it is wanted.
        learned = takes.ask(profiles.described, learned, clips) if person.tape else learned
        profiles.save(learned, folder / "voice.safetensors")

    take = takes.take("enrol", person.name, {"recordings": hashes, "tape": bool(person.tape), "version": version}, make)
    return profiles.load(take.folder / "voice.safetensors")


def _enrolled(takes: Takes, name: str) -> VoiceProfile:
    from studio.voice.person import profile as profiles

    if name.endswith(voices.SUFFIX):
        return profiles.load(takes.input(Path(name)))
    if name not in voices.listed():
        known = ", ".join(voices.listed()) or "none yet"
        raise ProductionInvalid(
            f'There is no enrolled voice called "{name}" (there are: {known}). Enrol it with studio voice enrol, '
            "or name the file that studio voice export wrote."
        )
    return voices.find(name)


def room(takes: Takes, keys: Collection[str], duration: Fraction, version: str) -> AudioClip | None:
    """What runs under a scene in which these people speak: the noise of their tapes, as much as each asks for.

    Mono, 48 kHz; None where nobody asks for any.
    """
    from studio.voice.person import profile as profiles
    from studio.voice.recordings.texture import room_tone
    from studio.voice.speak import SAMPLE_RATE

    bed = np.zeros(round(duration * SAMPLE_RATE), np.float32)
    for key in keys:
        share = takes.production.people[key].tape
        learned = profile(takes, key, version) if share else None
        tape = profiles.texture(learned) if learned else None
        if tape is not None:
            tone = room_tone(tape, float(duration), takes.production.seed, sample_rate=SAMPLE_RATE).mono()
            bed[: len(tone)] += np.float32(share) * tone[: len(bed)]
    return AudioClip(bed[None], SAMPLE_RATE) if bed.any() else None


def spoken(takes: Takes, key: str, line: Line, language: Language, version: str) -> Spoken:
    """New words in the person's voice: every take that is asked for, and the one that is used.

    Each sentence is kept by itself, so that a changed word makes only its own sentence new.

    Raises:
        TextUnspeakable, EngineUnavailable, AudioUnusable, FileUnreadable, ProductionInvalid.
    """
    from studio.voice.language import script

    person = takes.production.people[key]
    learned = profile(takes, key, version)
    reference = _reference(takes, person, language)
    shown, sentences = script.read(line.say or "")
    voice = _voice(takes, person, line, learned, reference, shown.text, language)
    numbers = range(line.takes) if line.take is None else [line.take - 1]
    made = [
        _take(takes, person, replace(voice, seed=voice.seed + _APART * number), sentences, shown.text, version)
        for number in numbers
    ]
    chosen = _best(made, shown.text, language) if len(made) > 1 else 0
    speech = made[chosen]
    true: tuple[Mapping[str, str], ...] = ()
    left: tuple[str, ...] = ()
    if person.true_words:
        speech, true, left = _with_true_words(takes, person, speech, language, version)
    return Spoken(speech, tuple(made), chosen if line.take is None else line.take - 1, true, left)


def _voice(
    takes: Takes,
    person: Person,
    line: Line,
    learned: VoiceProfile | None,
    reference: Reference | None,
    text: str,
    language: Language,
) -> Voice:
    from studio.voice.prosody.vitality import Vitality
    from studio.voice.speak import cast_voice

    return cast_voice(
        text,
        language,
        learned,
        stand_in=person.voice,
        engine=takes.production.engines.voice,
        speed=line.speed,
        seed=takes.production.seed,
        lexicon=person.lexicon,
        commercial=takes.commercial,
        feeling=feeling(takes.production, person, line),
        vitality=Vitality(person.vitality.age, person.vitality.vigour),
        reference=reference,
        closeness=person.closeness,
    )


def feeling(production: Production, person: Person, line: Line) -> Feeling | None:
    """What a line is said with where its marks say nothing: the same as the face shows."""
    felt = cast.manner((line, person, production)).feelings
    return felt[0] if felt else None


def _take(
    takes: Takes, person: Person, voice: Voice, sentences: tuple[Sentence, ...], text: str, version: str
) -> Speech:
    from studio.voice.person.profile import digest
    from studio.voice.speak import joined, say

    who = {
        "voice": digest(voice.profile) if voice.profile else None,
        "stand_in": voice.stand_in if voice.profile is None else None,
        "engine": voice.spec.name,
        "language": voice.language,
        "speed": voice.speed,
        "seed": voice.seed,
        "lexicon": dict(voice.lexicon),
        "feeling": asdict(voice.feeling) if voice.feeling else None,
        "vitality": asdict(voice.vitality),
        "closeness": voice.closeness,
        "reference": _reference_key(voice.reference),
        "server": _server_key(voice.spec.name),
        "version": version,
    }
    said = []
    for sentence in sentences:

        def make(folder: Path, _: Callable[[float], None], sentence: Sentence = sentence) -> None:
            speeches.save(folder, takes.ask(say, sentence, voice))
            if voice.profile is not None:
                voices.sign(folder, voice.profile.reference_sha256)

        key = {"sentence": asdict(sentence.marked), **who}
        said.append((speeches.load(takes.take("speak", sentence.text, key, make).folder), sentence.pause))
    return joined(said, text, voice, texture=person.tape, floor=False)


def _reference(takes: Takes, person: Person, language: Language) -> Reference | None:
    """A recording of the person, where an engine that imitates may be taken."""
    from studio.voice import engines

    if not engines.may_imitate(takes.production.engines.voice):
        return None
    clips = [read_audio(takes.input(recording.file), mono=True) for recording in person.recordings]
    return engines.reference_of(clips, language, [recording.transcript for recording in person.recordings])


def _reference_key(reference: Reference | None) -> list[Any] | None:
    if reference is None:
        return None
    return [speeches.sound_digest(reference.clip), reference.language, reference.transcript]


def _server_key(engine: str) -> list[str] | None:
    """Which server speaks, and as whom, where one does."""
    from studio.voice.engines.server import SpeechServer

    chosen = settings()
    if engine != SpeechServer.name:
        return None
    return [chosen.speech_server, chosen.speech_server_model, chosen.speech_server_voice]


def _best(made: list[Speech], text: str, language: Language) -> int:
    """Which take says best what is written."""
    from studio.voice.alignment.check import check

    found = [check(take, text, language).badness for take in made]
    return found.index(min(found))


def _with_true_words(
    takes: Takes, person: Person, speech: Speech, language: Language, version: str
) -> tuple[Speech, tuple[Mapping[str, str], ...], tuple[str, ...]]:
    """The line with phrases of the person's own recordings laid in, where they are on tape and go in unheard."""
    from studio.voice.alignment.bank import made
    from studio.voice.alignment.splice import spliced

    known = [recording for recording in person.recordings if recording.transcript.strip()]
    if not known:
        raise AudioUnusable(
            f"True words of {person.name} are asked for, but no recording of theirs has a transcript. "
            "Write under `recordings:` what is said in each, or leave `true_words:` out."
        )
    for recording in known:
        takes.input(recording.file)
    tapes = [[takes.inputs[str(recording.file)], recording.transcript] for recording in known]
    key = {"line": speeches.digest(speech), "tapes": tapes, "version": version}

    def make(folder: Path, _: Callable[[float], None]) -> None:
        found = spliced(speech, made([_tape(takes, recording, language, version) for recording in known]))
        speeches.save(folder, found.speech)
        voices.sign(folder, [takes.inputs[str(recording.file)] for recording in person.recordings])
        table = {
            "true": [{name: str(value) for name, value in vars(words).items()} for words in found.true],
            "left": [f"“{words.text}” is on tape and was not used: {words.reason}" for words in found.left],
        }
        (folder / "true.json").write_text(json.dumps(table, ensure_ascii=False), encoding="utf-8")

    folder = takes.take("splice", speech.text, key, make).folder
    table = json.loads((folder / "true.json").read_text(encoding="utf-8"))
    return speeches.load(folder), tuple(table["true"]), tuple(table["left"])


def _tape(takes: Takes, recording: Recording, language: Language, version: str) -> Tape:
    """A recording with its words in their places; kept, for finding them takes as long as the recording."""
    from studio.voice.alignment import bank

    file = takes.input(recording.file)
    sha256 = takes.inputs[str(recording.file)]
    key = {"recording": sha256, "transcript": recording.transcript, "language": language, "version": version}

    def make(folder: Path, _: Callable[[float], None]) -> None:
        clip = read_audio(file, mono=True)
        tape = bank.taped(clip, recording.transcript, language, source=file.name, sha256=sha256)
        speeches.save(folder, tape.speech)
        voices.sign(folder, [sha256])
        table = {"start": str(tape.start), "usable": tape.usable, "snr_db": tape.snr_db}
        (folder / "tape.json").write_text(json.dumps(table), encoding="utf-8")

    folder = takes.take("tape", file.name, key, make).folder
    table = json.loads((folder / "tape.json").read_text(encoding="utf-8"))
    return bank.Tape(
        speeches.load(folder), file.name, sha256, Fraction(table["start"]), tuple(table["usable"]), table["snr_db"]
    )
