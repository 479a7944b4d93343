"""How true the sound of a film is to what was asked: `uv run python -m benchmarks.sound [--seconds 30]`.

Loudness of every profile for three kinds of film, measured on the encoded file; how far music goes down under speech,
measured on the mix; how many beats are found, on clicks and on the studio's own music. Everything is made here.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np

from studio.edit import beats, music
from studio.edit.loudness import PROFILES, levelled, measure
from studio.edit.mix import mixed
from studio.edit.moods import MOODS
from studio.edit.timeline import Clip, Gap, Media, Timeline, TimeRange, Track, duck
from studio.media import ffmpeg
from studio.media.audio import read_audio, write_wav
from studio.media.blocks import clip_blocks
from studio.media.files import scratch
from studio.types import F32, AudioClip

RATE = 48_000
KINDS = ("speech", "speech and music", "very dynamic")


def matched(claimed: Sequence[Fraction], true: Sequence[Fraction], within: Fraction = Fraction(7, 100)) -> float:
    """F-measure of times, s: how many of each have a partner of their own in the other, `within` reach."""
    left = sorted(true)
    hits = 0
    for time in sorted(claimed):
        partner = next((other for other in left if abs(other - time) <= within), None)
        if partner is not None:
            left.remove(partner)
            hits += 1
    return 2 * hits / (len(claimed) + len(true)) if claimed or true else 1.0


def clicks(samples: F32, places: Sequence[float], rate: int = RATE) -> list[float]:
    """How much the sound bends within 2 ms of each place, s, beside the sharpest bend of the 100 ms around: 1 and less
    is no click.

    Args:
        samples: float32 (T,).
    """
    bend = np.abs(np.diff(samples.astype(np.float64), 2))
    near, around = round(0.002 * rate), round(0.05 * rate)
    found = []
    for place in places:
        at = round(place * rate) - 1
        inside = bend[max(0, at - near) : at + near].max(initial=0.0)
        outside = np.concatenate([bend[max(0, at - around) : max(0, at - near)], bend[at + near : at + around]])
        found.append(float(inside / max(1e-9, outside.max(initial=0.0))))
    return found


def voice(seconds: float, seed: int = 0, level_db: float = -20.0) -> F32:
    """float32 (2, T): noise as dark as a voice, in syllables and phrases."""
    random = np.random.default_rng(seed)
    count = round(seconds * RATE)
    time = np.arange(count) / RATE
    noise = np.convolve(random.normal(0, 1, count), np.ones(24) / 24, "same")
    noise *= (0.3 + 0.7 * np.abs(np.sin(np.pi * 3.1 * time))) * (np.sin(2 * np.pi * time / 5) > -0.6)
    noise *= 10 ** (level_db / 20) / np.sqrt(np.mean(noise**2))
    return np.stack([noise, noise]).astype(np.float32)


def film_sound(kind: str, seconds: int) -> F32:
    """float32 (2, T): one kind of film."""
    sound = voice(seconds)
    if kind == "speech and music":
        sound = sound + 0.3 * music.bed(Fraction(seconds), mood="warm").samples
    if kind == "very dynamic":  # a whisper, a cry, and strokes far above both
        shape = np.full(sound.shape[1], 0.05)
        shape[sound.shape[1] // 2 : sound.shape[1] // 2 + RATE] = 0.6
        sound = sound * shape
        sound[:, 5000 :: 2 * RATE] += 0.9
    return np.asarray(sound, np.float32)


def click_track(beats_a_minute: int, seconds: int = 30, seed: int = 0) -> tuple[AudioClip, tuple[Fraction, ...]]:
    """Short tones over a little noise, and when they begin."""
    random = np.random.default_rng([seed, beats_a_minute])
    step = Fraction(60, beats_a_minute)
    first = Fraction(int(random.integers(100)), 100) * step
    times = tuple(first + n * step for n in range(int((seconds - 1 - first) / step)))
    wave = random.normal(0, 0.003, seconds * 16_000)
    stroke = 0.5 * np.sin(2 * np.pi * 900 * np.arange(800) / 16_000) * np.exp(-np.arange(800) / 160)
    for time in times:
        at = round(time * 16_000)
        wave[at : at + 800] += stroke
    return AudioClip(wave.astype(np.float32)[None], 16_000), times


def found(clip: AudioClip) -> tuple[Fraction, ...]:
    """The beats that are found in a clip, s."""
    return tuple(beat.time for beat in beats.track(*beats.onset_curves(clip_blocks(clip, 16_000))))


def ducking(folder: Path, depth: float) -> tuple[float, float]:
    """(dB below its level while somebody speaks, dB below it afterwards), of a tone under speech from 4 to 8 s."""
    tone = 0.1 * np.sin(2 * np.pi * 440 * np.arange(14 * RATE) / RATE)
    write_wav(folder / "tone.wav", AudioClip(np.stack([tone, tone]).astype(np.float32), RATE))
    ducked = duck((TimeRange(Fraction(4), Fraction(4)),), depth_db=depth)
    clip = Clip("music", Media(folder / "tone.wav", "audio"), TimeRange(Fraction(0), Fraction(14)), (ducked,))
    nothing = Track("video", (Gap(Fraction(14)),))
    mix = mixed(Timeline(Fraction(25), (320, 180), (nothing, Track("audio", (clip,)))), folder / "mix.wav")
    wave = read_audio(mix).mono()
    level = [10 * np.log10(np.mean(wave[a * RATE : b * RATE] ** 2)) for a, b in ((1, 3), (5, 7), (10, 13))]
    return float(level[1] - level[0]), float(level[2] - level[0])


def main() -> None:
    """Print the three tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=30, help="of every film")
    seconds = parser.parse_args().seconds
    with scratch() as folder:
        print("| profile | film | LUFS (asked) | dBTP (limit) |\n|---|---|---|---|")
        for kind in KINDS:
            write_wav(folder / "mix.wav", AudioClip(film_sound(kind, seconds), RATE))
            for name, profile in PROFILES.items():
                levelled(folder / "mix.wav", folder / "film.wav", profile, RATE)
                ffmpeg.run(["-i", str(folder / "film.wav"), "-c:a", "aac", "-b:a", "256k", str(folder / "film.m4a")])
                now = measure(folder / "film.m4a")
                print(
                    f"| {name} | {kind} | {now.integrated:.1f} ({profile.integrated:.0f}) "
                    f"| {now.true_peak:.1f} ({profile.true_peak:.1f}) |"
                )
        print("\n| ducking asked, dB | under speech | afterwards |\n|---|---|---|")
        for depth in (-6.0, -10.0, -20.0):
            down, back = ducking(folder, depth)
            print(f"| {depth:.0f} | {down:.2f} | {back:.2f} |")
    print("\n| music | F-measure of beats at ±70 ms |\n|---|---|")
    for tempo in range(60, 141, 10):
        clip, true = click_track(tempo)
        print(f"| clicks, {tempo} a minute | {matched(found(clip), true):.3f} |")
    for mood in MOODS:
        true = tuple(beat.time for beat in music.beats(mood, Fraction(90)))
        print(f"| {mood} | {matched(found(music.bed(Fraction(90), mood=mood)), true):.3f} |")


if __name__ == "__main__":
    main()
