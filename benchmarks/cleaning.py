"""What cleaning does to voices: `uv run python -m benchmarks.cleaning FOLDER [FOLDER OF PAIRS]`.

FOLDER holds clean recordings; a folder of pairs holds `NAME_clean.flac` and `NAME_noisy.flac`. Every clean recording is
spoilt in known ways and cleaned again. Likeness is the cosine of speaker embeddings (person/likeness.py) to the
clean recording, both at one level; quality is DNSMOS overall. Noise levels are over the whole recording's RMS.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from studio.errors import AudioUnusable
from studio.media.audio import read_audio, resample
from studio.types import F32, AudioClip
from studio.voice.person.likeness import embedding, likeness
from studio.voice.recordings.clean import cleaned
from studio.voice.recordings.quality import mos

SNR_DB = 5.0
ONE_LEVEL_DB = -31.0  # dBFS RMS: the encoder raises what is softer than −30, so both are raised alike

Spoil = Callable[[F32, int], F32]


def pink(length: int, rate: int) -> F32:
    """float32 (length,), RMS 1, falling 3 dB an octave from 20 Hz on."""
    spectrum = np.fft.rfft(np.random.default_rng(7).standard_normal(length))
    spectrum /= np.sqrt(np.maximum(np.fft.rfftfreq(length, 1 / rate), 20))
    noise = np.fft.irfft(spectrum, length)
    return np.asarray(noise / noise.std(), dtype=np.float32)


def hum(length: int, rate: int) -> F32:
    """float32 (length,), RMS 1: 50 Hz and four harmonics."""
    time = np.arange(length) / rate
    tones = sum(1 / n * np.sin(2 * np.pi * 50 * n * time + n) for n in range(1, 6))
    return np.asarray(tones / np.std(tones), dtype=np.float32)


def hiss(length: int, rate: int) -> F32:
    """float32 (length,), RMS 1, white, with hum of the same power."""
    sound = np.random.default_rng(3).standard_normal(length) + hum(length, rate)
    return np.asarray(sound / sound.std(), dtype=np.float32)


def added(noise: Callable[[int, int], F32], snr_db: float) -> Spoil:
    """Adds noise at a signal-to-noise ratio in dB."""

    def spoil(sound: F32, rate: int) -> F32:
        return sound + np.float32(sound.std() * 10 ** (-snr_db / 20)) * noise(len(sound), rate)

    return spoil


def at_snr(quiet: AudioClip, noisy: AudioClip) -> AudioClip:
    """The same noise at `SNR_DB`."""
    voice = quiet.mono()
    noise = noisy.mono()[: len(voice)] - voice
    return AudioClip(
        added(lambda length, _: noise[:length] / noise.std(), SNR_DB)(voice, quiet.sample_rate)[None], quiet.sample_rate
    )


def clicked(sound: F32, rate: int) -> F32:
    """Two clicks a second, 15 to 60 % of the peak."""
    rng = np.random.default_rng(0)
    spoilt = sound.copy()
    for place in rng.integers(rate // 10, len(sound) - rate // 10, int(2 * len(sound) / rate)):
        height = np.abs(sound).max() * rng.choice([0.15, 0.3, 0.6]) * rng.choice([-1, 1])
        spoilt[place : place + int(rng.integers(1, max(2, rate // 8000)))] += np.float32(height)
    return spoilt


def clipped(sound: F32, rate: int) -> F32:  # noqa: ARG001
    """3 % of all samples cut off, then as loud as can be."""
    top = np.quantile(np.abs(sound), 0.97)
    return np.asarray(np.clip(sound, -top, top) * (0.99 / top), dtype=np.float32)


def telephone(sound: F32, rate: int) -> F32:
    """300 to 3400 Hz at 8 kHz, back at the old rate."""
    from scipy.signal import butter, sosfiltfilt

    band = sosfiltfilt(butter(4, (300, 3400), "bandpass", fs=8000, output="sos"), low := resampled(sound, rate, 8000))
    return resampled(band.astype(np.float32)[: len(low)], 8000, rate)


def resampled(sound: F32, rate: int, to: int) -> F32:
    return resample(AudioClip(sound[None], rate), to).mono()


SPOILT: dict[str, Spoil] = {
    "clean": lambda sound, _: sound,
    "pink noise, 5 dB": added(pink, SNR_DB),
    "hiss and hum, 5 dB": added(hiss, SNR_DB),
    "hum, 15 dB": added(hum, 15.0),
    "two clicks a second": clicked,
    "3 % clipped": clipped,
    "telephone, 8 kHz": telephone,
}


def judged(clip: AudioClip) -> tuple[F32, float]:
    """The voice and the quality of a clip, at one level."""
    level = np.sqrt(np.square(clip.samples, dtype=np.float64).mean())
    even = AudioClip(clip.samples * np.float32(10 ** (ONE_LEVEL_DB / 20) / level), clip.sample_rate)
    return embedding(even), mos(even).overall


def cases(folder: Path, pairs: Path | None) -> Iterator[tuple[str, str, AudioClip, AudioClip]]:
    """Kind, name, clean and spoilt recording."""
    clean = sorted(folder.glob("*.flac"))
    if pairs is not None:
        for path in sorted(pairs.glob("*_clean.flac")):
            clean.append(path)
            quiet = read_audio(path, mono=True)
            noisy = read_audio(path.with_name(path.name.replace("_clean", "_noisy")), mono=True)
            yield "its own noise", path.stem, quiet, noisy
            yield "its own noise, 5 dB", path.stem, quiet, at_snr(quiet, noisy)
    for path in clean:
        clip = read_audio(path, mono=True)
        for kind, spoil in SPOILT.items():
            yield kind, path.stem, clip, AudioClip(spoil(clip.mono(), clip.sample_rate)[None], clip.sample_rate)


def main() -> None:
    """One row per fault: the mean over all recordings."""
    folder, pairs = Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else None
    rows: dict[str, list[tuple[float, float, float, float, float]]] = {}
    for kind, name, clean, spoilt in cases(folder, pairs):
        try:
            mended, record = cleaned(spoilt)
        except AudioUnusable as error:
            print(f"{kind}: {name}: {error}", file=sys.stderr)
            continue
        voice, best = judged(clean)
        (before, worse), (after, better) = judged(spoilt), judged(mended)
        rows.setdefault(kind, []).append((likeness(voice, before), likeness(voice, after), worse, better, best))
        told = " ".join(record.sentences())
        print(f"{kind}: {name}: {rows[kind][-1][0]:.3f} -> {rows[kind][-1][1]:.3f}: {told}", file=sys.stderr)
    print("| fault | n | likeness before | after | DNSMOS before | after | clean |\n|---|---|---|---|---|---|---|")
    for kind, values in rows.items():
        before, after, worse, better, best = np.mean(values, axis=0)
        print(f"| {kind} | {len(values)} | {before:.3f} | {after:.3f} | {worse:.2f} | {better:.2f} | {best:.2f} |")


if __name__ == "__main__":
    main()
