"""Voices in noise, with the same voices alone beside them: what a cleaner learns from.

A voice is a folder of recordings of one person, or one clip among many. Only its clean stretches are used. Each time it
speaks from another throat, microphone and room; few voices become many. What RNNoise makes of a mixture is kept with
it, for the cleaner sees both.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soxr
from numpy.typing import NDArray

from studio.errors import FileUnreadable, StudioError
from studio.media.audio import read_audio
from studio.media.files import writing
from studio.train import noises
from studio.train.utterances import SOUNDS
from studio.types import F32, OnProgress, Progress
from studio.voice.recordings import rnnoise
from studio.voice.recordings.quality import SAMPLE_RATE as MOS_RATE
from studio.voice.recordings.quality import mos_of

I16 = NDArray[np.int16]

SAMPLE_RATE = noises.SAMPLE_RATE
LENGTH_S = 4.0
LENGTH = round(LENGTH_S * SAMPLE_RATE)
CLEAN, MIXED, DENOISED = range(3)
"""The places of a mixture's sounds: the voice alone, the voice in noise, and what RNNoise makes of that."""
VIDEOS = (".mp4", ".mpg", ".mov", ".mkv", ".webm")
_VOICE_RATE = 24_000  # Hz at which voices are held: said faster, they still reach 8 kHz
_STRETCH_S = 8.0
_MOST_S = 1200.0  # of one voice
_BACKGROUND = 3.6  # DNSMOS of the background, from which a stretch counts as clean
_WARM_S = 0.5  # RNNoise hears this much before what is kept
_CHUNK_S = 0.06  # s of silence between two pieces, at least
_TOP = 32767.0


@dataclass(frozen=True, eq=False)
class Voice:
    """One person, in clean stretches."""

    name: str
    stretches: tuple[F32, ...]
    """float32 (T,) at `_VOICE_RATE`."""

    @property
    def seconds(self) -> float:
        return sum(len(stretch) for stretch in self.stretches) / _VOICE_RATE


def read(folders: Sequence[Path], clips: Sequence[Path] = (), on_progress: OnProgress | None = None) -> list[Voice]:
    """The voices of a corpus.

    Args:
        folders: each holds recordings of one person.
        clips: each holds recordings or films of many people, one in each file.

    Raises:
        FileUnreadable: fewer than two voices are clean enough to learn from.
    """
    sources = [(folder.name, _files(folder)) for folder in folders]
    sources += [(file.stem, [file]) for folder in clips for file in _files(folder)]
    voices = []
    for number, (name, files) in enumerate(sources):
        if on_progress is not None:
            on_progress(Progress("prepare", f"listening to {name}", 0.1 * number / len(sources)))
        clean = tuple(stretch for stretch in _stretches(files) if _is_clean(stretch))
        if clean:
            voices.append(Voice(name, clean))
    if len(voices) < 2:
        named = ", ".join(str(folder) for folder in (*folders, *clips))
        raise FileUnreadable(
            f"{named}: {len(voices)} voices there are clean enough to learn from; two is the least. "
            "Add recordings without noise, music or other people in them."
        )
    return voices


def prepare(
    sources: tuple[Sequence[Path], Sequence[Path]],
    kept: Path,
    count: int,
    kept_out: Sequence[str] = (),
    *,
    seed: int = 0,
    on_progress: OnProgress | None = None,
) -> tuple[I16, I16]:
    """`count` mixtures to learn from and some to judge by, int16 (M, 3, LENGTH) both.

    They are kept in the folder `kept`, from which the next call reads them.

    Args:
        sources: folders of one voice each, and folders of clips; see `read`.
        kept_out: voices to judge by, which are never learned from; where none is named, the last one.

    Raises:
        FileUnreadable: there are too few voices, none of a name, or what was kept is damaged.
        OutputUnwritable: the disk is full.
    """
    files = kept / "learned.npy", kept / "judged.npy"
    if not all(file.exists() for file in files):
        voices = read(*sources, on_progress)
        names = set(kept_out or [voices[-1].name])
        if unknown := names - {voice.name for voice in voices}:
            raise FileUnreadable(
                f"No clean voice is called {', '.join(sorted(unknown))}. There are: "
                f"{', '.join(voice.name for voice in voices)}."
            )
        learned, judged = ([v for v in voices if (v.name in names) is out] for out in (False, True))
        if not learned:
            raise FileUnreadable("Every voice is kept out: there is none to learn from. Name fewer with --kept-out.")
        _make(files[0], learned, count, np.random.SeedSequence([seed, 0]), on_progress)
        _make(files[1], judged, max(2, min(32, count // 20)), np.random.SeedSequence([seed, 1]), None)
    try:
        first, second = (np.load(file, mmap_mode="r") for file in files)
    except (ValueError, OSError, EOFError) as error:
        raise FileUnreadable(f"{kept} is damaged. Delete it, and what it holds is made again.") from error
    return first, second


def _make(
    file: Path, voices: Sequence[Voice], count: int, seed: np.random.SeedSequence, on_progress: OnProgress | None
) -> None:
    with writing(file) as temporary, temporary.open("wb") as opened:
        shape = {"descr": "<i2", "fortran_order": False, "shape": (count, 3, LENGTH)}
        np.lib.format.write_array_header_1_0(opened, shape)  # type: ignore[no-untyped-call]
        for number, chance in enumerate(seed.spawn(count)):
            opened.write(mixture(voices, np.random.default_rng(chance)).tobytes())
            if on_progress is not None:
                on_progress(Progress("prepare", f"mixture {number}", 0.1 + 0.9 * number / count))


def mixture(voices: Sequence[Voice], rng: np.random.Generator) -> I16:
    """A voice alone, in noise, and denoised: int16 (3, LENGTH)."""
    length = round((_WARM_S + LENGTH_S) * SAMPLE_RATE)
    voice = _spoken(voices, length, rng)
    sound = noises.noise(length, rng, lambda size, chance: _babble(voices, size, chance))
    if rng.random() < 0.35:
        voice = noises.in_room(voice, rng)
    if rng.random() < 0.7:
        voice = noises.coloured_by(voice, rng)
    if rng.random() < 0.25:  # a telephone, an old tape
        highest = np.exp(rng.uniform(np.log(2800), np.log(7000)))
        voice, sound = (_low_passed(part, highest) for part in (voice, sound))
    heard = np.sqrt(np.square(voice[np.abs(voice) > 0.02 * np.abs(voice).max()]).mean() + 1e-12)
    snr_db = rng.uniform(20, 40) if rng.random() < 0.12 else rng.uniform(-5, 20)
    mixed = voice / heard + sound * np.float32(10 ** (-snr_db / 20))
    level = np.float32(10 ** (rng.uniform(-38, -16) / 20))
    level = np.float32(min(level, 0.95 / np.abs(mixed).max()))
    denoised = _denoised(np.asarray(mixed * level, np.float32), rng)
    three = np.stack([voice / heard * level, mixed * level, denoised])[:, -LENGTH:]
    return np.asarray(np.rint(np.clip(three, -1, 1) * _TOP), np.int16)


def sounds(mixtures: I16) -> F32:
    """The same as float32."""
    return np.asarray(mixtures, np.float32) / np.float32(_TOP)


def _files(folder: Path) -> list[Path]:
    return [file for file in sorted(folder.rglob("*")) if file.suffix.lower() in (*SOUNDS, *VIDEOS)]


def _stretches(files: Sequence[Path]) -> Iterator[F32]:
    """Recordings of one person joined, at least `_STRETCH_S` long where there is so much; evenly many of all."""
    size, total = round(_STRETCH_S * _VOICE_RATE), 0
    held: list[F32] = []
    gap = np.zeros(round(_CHUNK_S * _VOICE_RATE), np.float32)
    step = max(1, len(files) // 1500)
    for file in files[::step]:
        try:
            sound = read_audio(file, sample_rate=_VOICE_RATE, mono=True).mono()
        except StudioError:
            continue  # one file without sound must not end hours of work
        level = np.sqrt(np.square(sound, dtype=np.float64).mean())
        held += [sound / np.float32(max(level, 1e-4) / 0.06), gap]
        if sum(map(len, held)) >= size:
            yield np.concatenate(held)
            total += sum(map(len, held))
            held = []
        if total > _MOST_S * _VOICE_RATE:
            return
    if sum(map(len, held)) > _VOICE_RATE:
        yield np.concatenate(held)


def _is_clean(stretch: F32) -> bool:
    heard = soxr.resample(stretch, _VOICE_RATE, MOS_RATE, quality="HQ")
    return mos_of(heard, hop=len(heard)).background >= _BACKGROUND


def _spoken(voices: Sequence[Voice], length: int, rng: np.random.Generator) -> F32:
    """One of the voices, faster or slower and so higher or deeper: float32 (length,), RMS about 1."""
    # A voice of four minutes is heard as often as a third of one of forty, not a tenth.
    chances = np.array([min(voice.seconds, 600) ** 0.5 for voice in voices])
    voice = voices[int(rng.choice(len(voices), p=chances / chances.sum()))]
    speed = float(np.exp(rng.uniform(np.log(0.8), np.log(1.28))))
    taken = round(length * _VOICE_RATE / SAMPLE_RATE * speed)
    sound = np.zeros(0, np.float32)
    while len(sound) < taken:
        stretch = voice.stretches[int(rng.integers(len(voice.stretches)))]
        start = int(rng.integers(max(1, len(stretch) - taken)))
        pause = np.zeros(round(rng.choice((0.1, 0.4, 1.0)) * rng.random() * _VOICE_RATE), np.float32)
        sound = np.concatenate([sound, stretch[start:], pause])
    sound = soxr.resample(sound[:taken], _VOICE_RATE * speed, SAMPLE_RATE, quality="HQ")[:length]
    sound = np.pad(sound, (0, length - len(sound)))
    return np.asarray(sound / np.sqrt(np.square(sound, dtype=np.float64).mean() + 1e-9), np.float32)


def _babble(voices: Sequence[Voice], length: int, rng: np.random.Generator) -> F32:
    """Four to ten people at once, some of them far away."""
    total = np.zeros(length, np.float32)
    for _ in range(int(rng.integers(4, 11))):
        total += _spoken(voices, length, rng) * np.float32(10 ** (-rng.uniform(0, 10) / 20))
    return noises.in_room(total, rng) if rng.random() < 0.7 else total


def _low_passed(sound: F32, hertz: float) -> F32:
    from scipy.signal import butter, sosfilt

    return np.asarray(sosfilt(butter(6, hertz, fs=SAMPLE_RATE, output="sos"), sound), np.float32)


def _denoised(mixed: F32, rng: np.random.Generator) -> F32:
    """What RNNoise makes of a mixture; sometimes with hiss above, where wide recordings have some."""
    wide = soxr.resample(mixed, SAMPLE_RATE, rnnoise.SAMPLE_RATE, quality="HQ").astype(np.float32)
    if rng.random() < 0.5:
        hiss = rng.standard_normal(len(wide), dtype=np.float32)
        hiss = np.diff(hiss, prepend=np.float32(0), n=1)
        wide += hiss * np.float32(np.sqrt(np.square(mixed).mean()) * 10 ** (-rng.uniform(20, 50) / 20))
    whole = np.pad(wide, (0, rnnoise.DELAY + -(len(wide) + rnnoise.DELAY) % rnnoise.FRAME))
    with rnnoise.Denoiser() as denoiser:
        out = denoiser.process(whole)[0][rnnoise.DELAY :][: len(wide)]
    narrow = soxr.resample(out, rnnoise.SAMPLE_RATE, SAMPLE_RATE, quality="HQ")[: len(mixed)]
    return np.pad(narrow, (0, len(mixed) - len(narrow))).astype(np.float32)
