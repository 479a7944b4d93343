"""A person's voice kept in a file: what was learned of it, where that comes from, and the consent it stands on.

The file is a .safetensors: float32 tensors by name, and one metadata entry "studio", a JSON object with everything
else and a SHA-256 over both. So a file that was cut short, edited or mixed up is found out when it is read.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from studio.errors import FileUnreadable
from studio.types import F32, Agreement, AudioClip, VoiceProfile
from studio.voice.recordings.tape import Texture, texture_of

SCHEMA = "voice/2"
_OLDER = ("voice/1",)
_LISTENED_S = 60.0  # of all recordings together, that likeness and quality are measured on


def save(profile: VoiceProfile, path: Path) -> None:
    """Write a profile as .safetensors; the same profile gives the same bytes.

    Raises:
        OutputUnwritable: the disk is full or the folder may not be written.
    """
    from safetensors.numpy import save as packed

    from studio.media.files import writing

    record = _record(profile)
    # One entry only: safetensors writes several in a different order each time.
    data = packed(
        dict(profile.tensors),
        metadata={"studio": json.dumps(record | {"sha256": _digest(record, profile.tensors)}, ensure_ascii=False)},
    )
    with writing(path) as temporary:
        temporary.write_bytes(data)


def load(path: Path) -> VoiceProfile:
    """Read a profile that `save` wrote.

    Raises:
        FileUnreadable: missing, no safetensors file, of another kind or an older version, or changed since.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as file:
            record = _object((file.metadata() or {}).get("studio", "{}"))
            _check_schema(record.get("schema"), path)
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  not a dict
    except (OSError, SafetensorError) as error:
        raise FileUnreadable(f"{path} cannot be read as a voice profile. Enrol the recordings again.") from error
    written = record.pop("sha256", None)
    if written != _digest(record, tensors):
        raise FileUnreadable(
            f"{path} was changed or damaged after it was written. Take another copy, or enrol the recordings again."
        )
    return VoiceProfile(
        person=record["person"],
        tensors=tensors,
        reference_sha256=tuple(record["reference_sha256"]),
        seconds=record["seconds"],
        sources=tuple(record["sources"]),
        consent=_agreement(record["consent"]),
        languages=tuple(record["languages"]),
        enrolled=_day(record["enrolled"]),
        quality=record["quality"],
        cleaned=tuple(record.get("cleaned", ())),
    )


def described(profile: VoiceProfile, clips: Sequence[AudioClip]) -> VoiceProfile:
    """The profile, and what can be told of its recordings besides how to speak like them.

    Adds the tensors `embedding` (256,), whose voice it is (person/likeness.py), and `texture_…`, the sound of
    the tape (recordings/tape.py); and as `quality`, means over the recordings: `snr_db` and `cleaned_snr_db`, voice
    over pauses; `mos` and `cleaned_mos`, DNSMOS overall 1 … 5; `kept_likeness`, cosine of the cleaned voice, in the
    noise of the recording, to the recorded one. As `cleaned`, what was done to them.

    Args:
        clips: what it was enrolled from, as recorded.

    Raises:
        AudioUnusable: nobody speaks in them.
        EngineUnavailable: Resemblyzer, silero-vad or speechmos is not installed.
    """
    from studio.voice.person.enrol import best
    from studio.voice.person.likeness import embedding
    from studio.voice.recordings.clean import cleaned

    usable, records = zip(*(cleaned(best(clip, _LISTENED_S / len(clips))) for clip in clips), strict=True)
    together = AudioClip(np.concatenate([clip.samples for clip in usable], axis=1), usable[0].sample_rate)
    quality = {
        "snr_db": [record.snr_db[0] for record in records],
        "cleaned_snr_db": [record.snr_db[1] for record in records],
        "mos": [record.mos[0] for record in records],
        "cleaned_mos": [record.mos[1] for record in records],
        "kept_likeness": [record.likeness for record in records],
    }
    return replace(
        profile,
        tensors={**profile.tensors, "embedding": embedding(together), **texture_of(clips).tensors()},
        quality={name: float(np.mean(values)) for name, values in quality.items()},
        cleaned=_told(profile.sources, [record.sentences() for record in records]),
    )


def _told(names: Sequence[str], done: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """What was done to each recording, with its name where there are several."""
    if len(done) == 1:
        return tuple(done[0])
    known = names if len(names) == len(done) else [f"Recording {number}" for number in range(1, len(done) + 1)]
    return tuple(f"{name}: {' '.join(sentences)}" for name, sentences in zip(known, done, strict=True))


def texture(profile: VoiceProfile) -> Texture | None:
    """The sound of the tape the voice was recorded on; None where the profile holds none."""
    return Texture.from_tensors(profile.tensors)


def source_hashes(path: Path) -> tuple[str, ...]:
    """The SHA-256 of the recordings behind a profile of any version, whole or not; none where that cannot be read."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as file:
            record = _object((file.metadata() or {}).get("studio", "{}"))
    except (OSError, SafetensorError):
        return ()
    hashes = record.get("reference_sha256")
    return tuple(str(one) for one in hashes) if isinstance(hashes, list) else ()


def digest(profile: VoiceProfile) -> str:
    """Hex SHA-256 of all a profile holds; the same in every copy of it."""
    return _digest(_record(profile), profile.tensors)


def _record(profile: VoiceProfile) -> dict[str, Any]:
    """Everything but the tensors, as JSON has it."""
    consent = asdict(profile.consent) if profile.consent else None
    if consent:
        consent |= {name: _text(consent[name]) for name in ("granted_on", "until")}
    # What a profile of before does not say must not change its digest.
    cleaned = {"cleaned": list(profile.cleaned)} if profile.cleaned else {}
    return cleaned | {
        "schema": SCHEMA,
        "person": profile.person,
        "reference_sha256": list(profile.reference_sha256),
        "sources": list(profile.sources),
        "seconds": float(profile.seconds),
        "languages": list(profile.languages),
        "enrolled": _text(profile.enrolled),
        "quality": {name: float(value) for name, value in profile.quality.items()},
        "consent": consent,
    }


def _digest(record: Mapping[str, Any], tensors: Mapping[str, F32]) -> str:
    state = hashlib.sha256(json.dumps(record, sort_keys=True).encode())
    for name in sorted(tensors):
        held = np.ascontiguousarray(tensors[name])
        state.update(f"{name} {held.dtype.str} {held.shape}\n".encode())
        state.update(held.tobytes())
    return state.hexdigest()


def _object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except json.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def _check_schema(schema: object, path: Path) -> None:
    if schema == SCHEMA:
        return
    if schema in _OLDER:
        raise FileUnreadable(
            f"{path} is a voice profile of an earlier version of the studio. Enrol the recordings again."
        )
    if isinstance(schema, str) and schema.startswith("voice/"):
        raise FileUnreadable(f"{path} is a voice profile of a later version. Use a newer studio to read it.")
    raise FileUnreadable(f"{path} is no voice profile. Choose a file that the studio enrolled or exported.")


def _agreement(record: Mapping[str, Any] | None) -> Agreement | None:
    if record is None:
        return None
    days = {name: _day(record[name]) for name in ("granted_on", "until")}
    return Agreement(**{**record, **days})


def _text(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
