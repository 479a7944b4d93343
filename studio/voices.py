"""The shelf of enrolled voices: one file each, under a name, with the consent it stands on."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.errors import FileUnreadable, StudioError
from studio.settings import settings
from studio.trust.consent import Consent
from studio.types import Agreement, Language, VoiceProfile

if TYPE_CHECKING:
    from studio.voice.person.comparison import Comparison

SUFFIX = ".safetensors"
LONGEST_NAME = 64  # characters: with four bytes each it still is a file name
_ENROLLED = "voice.safetensors"  # what a take of the stage "enrol" holds
_WHOSE = "whose.json"  # in every other take that a voice is heard in: the SHA-256 of its recordings
HOW_TO_AGREE = (
    "Before a voice can speak again, it is written down who agreed to that, and when. Add --consent-by NAME, "
    "--consent-date YYYY-MM-DD and --consent-right (self, heir, executor, rights-holder, guardian), or all of it in "
    "a file: --consent-file consent.yaml. For a historic person whose recordings belong to everybody, "
    '--consent-right public-domain and --consent-by with the source that says so: "US National Archives".'
)


class NameUnusable(StudioError):
    """A voice cannot be kept under that name."""


class ConsentMissing(StudioError):
    """Nobody has agreed on record, or what was agreed does not stand on this day."""


@dataclass(frozen=True)
class Removal:
    """What was deleted with a voice, and what is out of reach."""

    files: tuple[Path, ...]
    """The profile, and every take in the cache that was made from any of its recordings: enrolments, spoken lines."""
    left: tuple[str, ...]
    """What may still hold the voice, in one sentence each."""


def place(name: str) -> Path:
    """The file of a voice on the shelf, there or not.

    Raises:
        NameUnusable: the name could lead elsewhere, or is none.
    """
    plain = unicodedata.normalize("NFC", name)
    if len(plain) > LONGEST_NAME or not re.fullmatch(r"\w(?:[\w .'-]*\w)?", plain) or ".." in plain:
        raise NameUnusable(
            f"A voice cannot be kept as {name[:80]!r}. Take letters, digits, spaces and - for its name, "
            f"{LONGEST_NAME} characters at most: grandma-ruth, 外婆."
        )
    return settings().voices_dir / f"{plain}{SUFFIX}"


def vacant(name: str) -> Path:
    """The same, where no voice of that name is there yet.

    Raises:
        NameUnusable: there is one, or see `place`.
    """
    path = place(name)
    if path.exists():
        raise NameUnusable(f"There is a voice called {name} already. Choose another name, or delete that one first.")
    return path


def listed() -> tuple[str, ...]:
    """The names on the shelf, in order."""
    return tuple(sorted(path.stem for path in settings().voices_dir.glob(f"[!.]*{SUFFIX}")))


def find(name: str) -> VoiceProfile:
    """The voice called `name`.

    Raises:
        NameUnusable: see `place`.
        FileUnreadable: there is none, or its file cannot be read.
    """
    from studio.voice.person.profile import load

    return load(_there(name))


def put(profile: VoiceProfile, name: str, *, overwrite: bool = False) -> Path:
    """Keep a voice; all or nothing.

    Raises:
        NameUnusable: see `place`; or there is a voice of that name already.
        ConsentMissing: nobody agreed on record.
        OutputUnwritable: the disk is full or the folder may not be written.
    """
    from studio.voice.person.profile import save

    path = place(name) if overwrite else vacant(name)
    if profile.consent is None:
        raise ConsentMissing(HOW_TO_AGREE)
    save(profile, path)
    return path


def remove(name: str) -> Removal:
    """Delete a voice, and every enrolment and spoken sentence in the cache that was made from any of its recordings.

    A profile that cannot be read any more is deleted too.

    Raises:
        NameUnusable, FileUnreadable: see `find`.
        OutputUnwritable: a file may not be deleted; what was deleted before it stays deleted.
    """
    import shutil

    from studio.media.files import unwritable
    from studio.voice.person.profile import source_hashes

    path = _there(name)
    hashes = set(source_hashes(path))
    takes = settings().takes_dir
    kept = [take for take in sorted(takes.glob(f"enrol/*/*/{_ENROLLED}")) if hashes & set(source_hashes(take))]
    kept += [take for take in sorted(takes.glob(f"*/*/*/{_WHOSE}")) if hashes & set(_recordings(take))]
    try:
        for take in kept:
            shutil.rmtree(take.parent)
        path.unlink()
    except OSError as error:
        raise unwritable(Path(error.filename or path), error) from error
    left = (
        "The recordings themselves were not touched.",
        f"Scenes of films with this voice may still lie in {takes}; that folder may be deleted at any time.",
        "Films, exported copies of the voice and backups of this disk cannot be reached from here.",
    )
    return Removal((path, *kept), left)


def sign(take: Path, hashes: Collection[str]) -> None:
    """Write into a take's folder whose voice is heard in it, so that `remove` finds it.

    Args:
        hashes: SHA-256 of the recordings that the voice was learned from.
    """
    (take / _WHOSE).write_text(json.dumps(sorted(hashes)), encoding="utf-8")


def _recordings(signature: Path) -> list[str]:
    """What `sign` wrote; nothing where it cannot be read."""
    try:
        found = json.loads(signature.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    return found if isinstance(found, list) else []


def enrol(
    files: Sequence[Path],
    person: str,
    consent: Consent | None,
    *,
    languages: Sequence[Language] = (),
    today: date,
) -> VoiceProfile:
    """Learn a person's voice from recordings of it, also from videos, with the consent it stands on.

    Args:
        languages: what is spoken in them, where it is known.
        today: the day the consent has to stand on, and that goes on record.

    Raises:
        ConsentMissing: nobody agreed, or what was agreed does not stand today.
        FileUnreadable, AudioUnusable: a file cannot be read, or there is no usable voice in it.
        EngineUnavailable: a package is not installed.
    """
    agreed = agreement(consent, today)
    from studio.media.audio import read_audio
    from studio.media.files import sha256_file
    from studio.voice.person import enrol as learning
    from studio.voice.person.profile import described

    clips = [read_audio(file, mono=True) for file in files]
    learned = learning.enrol(clips, person=person, hashes=[sha256_file(file) for file in files])
    named = replace(learned, sources=tuple(file.name for file in files))
    return replace(described(named, clips), consent=agreed, languages=tuple(languages), enrolled=today)


def agreement(consent: Consent | None, today: date) -> Agreement:
    """A consent as it is kept with a voice.

    Raises:
        ConsentMissing: there is none, it has no day, or it does not stand today.
    """
    if consent is None:
        raise ConsentMissing(HOW_TO_AGREE)
    if consent.granted_on is None and consent.right != "public-domain":
        raise ConsentMissing(f"It is not written down when {consent.granted_by} agreed. Add --consent-date YYYY-MM-DD.")
    if not consent.covers(today):
        when = f"until {consent.until}" if consent.until and today > consent.until else f"from {consent.granted_on} on"
        raise ConsentMissing(
            f"What {consent.granted_by} agreed to stands {when}, and today is {today}. Ask again, and enrol with the "
            "new date."
        )
    return Agreement(**consent.model_dump())


def read_consent(path: Path) -> Consent:
    """A consent from a YAML file with the fields of `Consent`.

    Raises:
        FileUnreadable: missing, no YAML, or a field is missing, unknown or wrong.
    """
    import yaml
    from pydantic import ValidationError

    try:
        content: Any = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
        return Consent.model_validate(content)
    except FileNotFoundError as error:
        raise FileUnreadable(f"There is no file {path}. Check the name after --consent-file.") from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise FileUnreadable(
            f"{path} cannot be read as YAML. Save it as UTF-8 text, one `field: value` a line."
        ) from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        fields = ", ".join(Consent.model_fields)
        raise FileUnreadable(f"{path}: {where}: {first['msg']}. A consent has the fields {fields}.") from error


def export(name: str, path: Path) -> None:
    """Copy a voice to a file that holds everything and notices when it was changed.

    Raises:
        NameUnusable, FileUnreadable: see `find`.
        OutputUnwritable: the disk is full or the folder may not be written.
    """
    from studio.voice.person.profile import save

    save(find(name), path)


def bring(path: Path, name: str) -> VoiceProfile:
    """Put an exported voice on the shelf; every byte of it is checked against its hash first.

    Raises:
        FileUnreadable: missing, no voice, of another version, or changed since it was exported.
        NameUnusable, ConsentMissing, OutputUnwritable: see `put`.
    """
    from studio.voice.person.profile import load

    profile = load(path)
    put(profile, name)
    return profile


def compare(name: str, other: str) -> Comparison:
    """A voice on the shelf against another one: its name, an exported file, or a recording or video.

    Raises:
        NameUnusable, FileUnreadable: one of them is not there or cannot be read.
        AudioUnusable: there is no voice in the recording.
        EngineUnavailable: a package is not installed.
    """
    from studio.media.audio import read_audio
    from studio.voice.person.comparison import compared
    from studio.voice.person.profile import load

    if other in listed():
        return compared(find(name), find(other))
    path = Path(other)
    if not path.exists():
        raise FileUnreadable(f"{other} is neither a voice on the shelf ({_choice()}) nor a file.")
    if path.suffix == SUFFIX:
        return compared(find(name), load(path))
    return compared(find(name), read_audio(path, mono=True))


def _there(name: str) -> Path:
    path = place(name)
    if not path.is_file():
        raise FileUnreadable(f"There is no voice called {name}. On the shelf: {_choice()}.")
    return path


def _choice() -> str:
    return ", ".join(listed()) or "none yet; studio voice enrol puts one there"
