"""A person's voice learned from recordings, and kept in a file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio.errors import AudioUnusable, FileUnreadable
from studio.types import F32, AudioClip, Language, VoiceProfile
from studio.voice import features as world
from studio.voice.clean import clean
from studio.voice.features import F64, Features, Statistics

SCHEMA = "voice/1"
BASES = ("en-us+m2", "en-us+victor", "en-us+adam", "en-us+f2", "en-us+Alicia")
"""Voices of espeak-ng to start from; chosen by DNSMOS among its 54 usable ones, men and women."""
MAX_EXEMPLARS = 12_000  # frames, 60 s of speech: 2 MB; beyond that nothing new is heard
MAX_SECONDS = 600.0  # of a recording that are analysed
_CHUNK_S = 30  # analysed at a time, so that memory stays small
_SAMPLE_LINES: dict[Language, str] = {
    "en": "The boy was there when the sun rose, and a large house stood by the water. We should have chosen five of "
    "these measures; she looked at the young girl and thought about her joy.",
    "zh": "今天早上我去图书馆看书，路上遇见一位老朋友。我们坐下来喝茶，说起从前的事情，都觉得很高兴。",
}
"""What a base voice says to be known by: every vowel and most consonants."""


def enrol(clips: Sequence[AudioClip], *, person: str, hashes: Sequence[str]) -> VoiceProfile:
    """Learns a voice from recordings of it; 30 s are good, 3 s will do.

    The profile's tensors, all float32: `log_f0` (4,), `cepstrum_mean` and `cepstrum_std` (40,), `noise` (513,),
    `average` (513,) and `rate` (1,) as in `features.Statistics`; `exemplars` (M, 40) cepstra in the order they were
    said, `exemplar_breaks` (B,) where a new recording starts; `base` (1,) index in BASES, `tract` (1,) how much
    shorter the vocal tract is than that base's.

    Args:
        clips: any rate and number of channels; cleaned here.
        hashes: SHA-256 of the files, for the record.

    Raises:
        AudioUnusable: no clips, or one that is silent, too short, or has no pitch in it.
    """
    if not clips:
        raise AudioUnusable("No recordings were given. Add at least one in which the person speaks.")
    parts: list[list[Features]] = []
    seconds = 0.0
    for clip in clips:
        usable = clean(clip)
        seconds += float(usable.duration)
        parts.append(_analysed(usable))
    every = [part for recording in parts for part in recording]
    try:
        person_is = world.statistics(every)
    except ValueError as error:
        raise AudioUnusable("There is hardly any voice in the recordings. Choose one with clear speech.") from error
    exemplars, breaks = _exemplars(parts)
    index = _nearest_base(person_is)
    tensors = {
        "log_f0": person_is.log_f0,
        "cepstrum_mean": person_is.mean,
        "cepstrum_std": person_is.std,
        "noise": person_is.noise,
        "average": person_is.average,
        "rate": np.array([person_is.rate]),
        "exemplars": exemplars,
        "exemplar_breaks": breaks,
        "base": np.array([index]),
        "tract": np.array([world.tract_ratio(person_is, base_statistics(BASES[index], "en"))]),
    }
    held = {name: np.ascontiguousarray(value, dtype=np.float32) for name, value in tensors.items()}
    return VoiceProfile(person, held, tuple(hashes), seconds)


def statistics_of(profile: VoiceProfile) -> Statistics:
    """What is typical of the person's voice."""
    tensors = {name: value.astype(np.float64) for name, value in profile.tensors.items()}
    return Statistics(
        log_f0=tensors["log_f0"],
        mean=tensors["cepstrum_mean"],
        std=tensors["cepstrum_std"],
        noise=tensors["noise"],
        average=tensors["average"],
        rate=float(tensors["rate"][0]),
    )


def base_of(profile: VoiceProfile) -> str:
    """The base voice of espeak-ng that is nearest to the person."""
    return BASES[int(profile.tensors["base"][0])]


@cache
def base_statistics(base: str, language: Language) -> Statistics:
    """What is typical of a base voice of espeak-ng."""
    from studio.voice.engines import load

    speech = load("espeak").speak(_SAMPLE_LINES[language], language, base=base)
    return world.statistics([world.analyse(speech.audio)])


def save(profile: VoiceProfile, path: Path) -> None:
    """Write a profile as .safetensors.

    Raises:
        OutputUnwritable: the disk is full or the folder may not be written.
    """
    from safetensors.numpy import save as packed

    from studio.media.files import writing

    record = {
        "person": profile.person,
        "reference_sha256": profile.reference_sha256,
        "schema": SCHEMA,
        "seconds": profile.seconds,
    }
    # One entry only: safetensors writes several in a different order each time.
    data = packed(dict(profile.tensors), metadata={"studio": json.dumps(record)})
    with writing(path) as temporary:
        temporary.write_bytes(data)


def load(path: Path) -> VoiceProfile:
    """Read a profile that `save` wrote.

    Raises:
        FileUnreadable: missing, no safetensors file, or of another kind.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as file:
            record = json.loads((file.metadata() or {}).get("studio", "{}"))
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  not a dict
    except (OSError, SafetensorError) as error:
        raise FileUnreadable(f"{path} cannot be read as a voice profile. Enrol the recordings again.") from error
    if record.get("schema") != SCHEMA:
        raise FileUnreadable(f"{path} is no voice profile of this version. Enrol the recordings again.")
    return VoiceProfile(record["person"], tensors, tuple(record["reference_sha256"]), float(record["seconds"]))


def _analysed(clip: AudioClip) -> list[Features]:
    step = _CHUNK_S * clip.sample_rate
    length = min(clip.samples.shape[1], round(MAX_SECONDS * clip.sample_rate))
    # A last piece of less than a second joins the one before.
    starts = [start for start in range(0, length, step) if start == 0 or length - start > clip.sample_rate]
    ends = [*starts[1:], length]
    pieces = [clip.samples[:, start:end] for start, end in zip(starts, ends, strict=True)]
    return [world.analyse(AudioClip(np.ascontiguousarray(piece), clip.sample_rate), careful=True) for piece in pieces]


def _exemplars(parts: Sequence[Sequence[Features]]) -> tuple[F32, NDArray[np.int64]]:
    """Cepstra of speech, evenly many of each piece where there are too many, and where each piece starts."""
    pieces = [part for recording in parts for part in recording]
    share = MAX_EXEMPLARS // len(pieces)
    kept: list[F64] = []
    for piece in pieces:
        level = piece.envelope.sum(axis=1)
        first = np.flatnonzero(level > np.percentile(level, 90) * 1e-4)
        kept.append(world.cepstrum(piece.envelope[first[: max(share, 1)]]))
    breaks = np.cumsum([0, *(len(piece) for piece in kept[:-1])])
    return np.concatenate(kept).astype(np.float32), breaks


def _nearest_base(person: Statistics) -> int:
    """By pitch first, half an octave counting as much as 6 dB of spectrum, then by the shape of the spectrum."""
    distances = []
    for base in BASES:
        own = base_statistics(base, "en")
        pitch = abs(person.log_f0[0] - own.log_f0[0]) / np.log(2) / 0.5
        band = slice(8, 200)  # 200 to 4700 Hz
        moved = world.warped_many(own.average, np.array([world.tract_ratio(person, own)]))[0]
        difference = person.average[band] - moved[band]
        spectrum = float((difference - difference.mean()).std()) * 10 / np.log(10) / 6
        distances.append(pitch + spectrum)
    return int(np.argmin(distances))
