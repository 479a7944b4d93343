"""New speech that sounds like the old tape: the same tone, band, room, limits and noise, at the same times.

A new line beside a true one must not sound as if it came from another world; and under both a room tone runs on.
"""

from __future__ import annotations

import numpy as np

from studio.errors import AudioUnusable
from studio.media.audio import resample
from studio.types import F32, AudioClip
from studio.voice.loudness import LEVEL_DB, level_db
from studio.voice.recordings.tape import (
    BANDS_PER_OCTAVE,
    DRY_S,
    F64,
    HERTZ,
    NOTHING_DB,
    SAMPLE_RATE,
    Texture,
    crest_db,
    decay_s,
    texture_of,
    voice_spectrum,
)

__all__ = ["Texture", "room_tone", "texture_of", "worn"]

MOST_DB = 12.0  # a tone is raised by no more; below, there may be nothing to raise
LEAST_DB = -60.0
_ENOUGH_S = 2.0  # of speech; of much less the spectrum is that of its words, not of the voice
_TAPS = 4095  # of the tone filter, 85 ms, symmetric: nothing moves in time
_WET_DB = (-24.0, 0.0)  # how loud a room may be, relative to the voice
_SLOWER = 1.15  # rooms that differ by less are not told apart
_HELD_DB = 0.5  # peaks that differ by less are left


def worn(clip: AudioClip, texture: Texture, amount: float = 1.0, *, floor: bool = True, seed: int = 0) -> AudioClip:
    """`clip` as the tape would have it; length, rate, channels, level of the voice and all times stay as they are.

    Only what the tape has more of than the clip is added: a clip that is in a room already gets no second one.

    Args:
        amount: 0 leaves the clip as it is, to the bit … 1 as the tape is.
        floor: lay the tape's noise under it; False where a room tone runs under the whole scene already.
        seed: of the noise and the room.

    Raises:
        ValueError: `amount` is out of range.
    """
    if not 0 <= amount <= 1:
        raise ValueError(f"amount must be 0 … 1, got {amount}")
    if amount == 0 or not clip.samples.size:
        return clip
    return AudioClip(
        np.stack([_channel(channel, clip.sample_rate, texture, amount, floor, seed) for channel in clip.samples]),
        clip.sample_rate,
    )


def room_tone(
    texture: Texture, seconds: float, seed: int = 0, *, voice_db: float = LEVEL_DB, sample_rate: int = SAMPLE_RATE
) -> AudioClip:
    """What the tape sounds like while nobody speaks: steady noise with its spectrum and hum, mono.

    It is made anew, never cut from the tape, so no voice can be in it.

    Args:
        voice_db: the level of the voice it runs under, dBFS.

    Raises:
        ValueError: less than 0 s.
    """
    if seconds < 0:
        raise ValueError(f"seconds must not be negative, got {seconds}")
    from scipy.signal import oaconvolve

    count = round(seconds * sample_rate)
    shape = np.where(texture.noise <= NOTHING_DB + 1, -np.inf, texture.noise.astype(np.float64) + voice_db)
    # White noise of variance 1 has 2/rate of power per Hz.
    taps = _filter(shape - 10 * np.log10(2 / sample_rate), sample_rate)
    white = np.random.default_rng(seed).standard_normal(count + _TAPS - 1, dtype=np.float32)
    noise = oaconvolve(white, taps.astype(np.float32), mode="valid").astype(np.float32)[:count]
    phases = np.random.default_rng([seed, 1]).uniform(0, 2 * np.pi, len(texture.lines))
    time = np.arange(count) / sample_rate
    for (hertz, db), phase in zip(texture.lines.astype(np.float64), phases, strict=True):
        noise += np.float32(np.sqrt(2) * 10 ** ((db + voice_db) / 20)) * np.sin(
            2 * np.pi * hertz * time + phase
        ).astype(np.float32)
    return AudioClip(noise[None], sample_rate)


def _channel(samples: F32, sample_rate: int, texture: Texture, amount: float, floor: bool, seed: int) -> F32:
    level = level_db(samples, sample_rate)
    if not np.isfinite(level):
        return samples
    wide = resample(AudioClip(samples[None], sample_rate), SAMPLE_RATE).mono()
    try:
        own, seconds = voice_spectrum(wide)
    except AudioUnusable:
        return samples
    wet = _in_room(wide, texture.decay_s, amount, seed)
    toned = _toned(wet, _tone(own, texture, seconds) * amount)
    held = _held_down(toned, texture.crest_db, amount)
    # Peaks that are bent ring above the tape's band, and what a smooth filter left is seen now.
    again, seconds = voice_spectrum(held)
    held = _toned(held, _tone(again, texture, seconds) * amount)
    back = resample(AudioClip(held[None], SAMPLE_RATE), sample_rate).mono()[: len(samples)]
    back = np.pad(back, (0, len(samples) - len(back)))
    back *= np.float32(10 ** ((level - level_db(back, sample_rate)) / 20))
    if floor:
        softer = 20 * np.log10(amount)
        tone = room_tone(texture, len(back) / sample_rate, seed, voice_db=level + softer, sample_rate=sample_rate)
        back = back + tone.samples[0][: len(back)]
    return np.asarray(back, dtype=np.float32)


def _tone(own: F64, texture: Texture, seconds: float) -> F64:
    """What has to be added to the clip's spectrum in each band, dB, float64 (108,)."""
    from scipy.ndimage import gaussian_filter1d

    target = texture.voice.astype(np.float64)
    low, high = texture.band
    heard = (low <= HERTZ) & (high >= HERTZ)
    difference = target - own
    # Where the tape has no voice its target is only a limit; where the clip has none there is nothing to raise.
    difference = np.where(heard & (own > own.max() - 70), difference, np.minimum(difference, 0))
    trust = min(1.0, seconds / _ENOUGH_S)
    inside = np.clip(gaussian_filter1d(difference, BANDS_PER_OCTAVE / 6), LEAST_DB, MOST_DB) * trust
    outside = np.clip(np.minimum(difference, inside), LEAST_DB, 0)
    return np.asarray(np.where(heard, inside, outside))


def _toned(samples: F32, tone_db: F64) -> F32:
    from scipy.signal import oaconvolve

    return np.asarray(oaconvolve(samples, _filter(tone_db, SAMPLE_RATE).astype(np.float32), mode="same"), np.float32)


def _filter(gain_db: F64, sample_rate: int) -> F64:
    """Symmetric taps, float64 (_TAPS,), with the gain of each band (108,); beyond the bands as at their ends."""
    hertz = np.fft.rfftfreq(_TAPS + 1, 1 / sample_rate)
    gain = np.interp(np.log(np.maximum(hertz, 1.0)), np.log(HERTZ), np.maximum(gain_db, -200.0))
    taps = np.fft.irfft(10 ** (gain / 20), _TAPS + 1)
    return np.asarray(np.roll(taps, _TAPS // 2)[:_TAPS] * np.hanning(_TAPS + 2)[1:-1])


def _in_room(samples: F32, wanted_s: float, amount: float, seed: int) -> F32:
    """With as much of a room as makes sounds die away in `wanted_s`; the voice itself stays where it is in time."""
    from scipy.signal import oaconvolve

    own_s = decay_s(samples)
    if wanted_s < max(own_s, DRY_S) * _SLOWER:
        return samples
    # What is measured of a room as loud as the voice is about 0.7 of its own decay; softer rooms show less.
    time = np.arange(round(1.8 * wanted_s * SAMPLE_RATE)) / SAMPLE_RATE
    reflections = np.random.default_rng([seed, 2]).standard_normal(len(time)) * 10 ** (-3 * time / (1.5 * wanted_s))
    reflections[: round(0.003 * SAMPLE_RATE)] = 0
    reflections /= np.sqrt(np.square(reflections).sum())
    wet = oaconvolve(samples, reflections.astype(np.float32))[: len(samples)].astype(np.float32)
    low, high = _WET_DB
    for _ in range(5):
        middle = (low + high) / 2
        slow = decay_s(samples + wet * np.float32(10 ** (middle / 20))) > wanted_s
        low, high = (low, middle) if slow else (middle, high)
    return np.asarray(samples + wet * np.float32(amount * 10 ** ((low + high) / 40)), np.float32)


def _held_down(samples: F32, wanted_db: float, amount: float) -> F32:
    """Peaks bent softly (tanh) until they stand no more than `wanted_db` above the voice."""
    level = level_db(samples, SAMPLE_RATE)
    own_db = crest_db(samples, level)
    wanted = own_db + amount * (wanted_db - own_db)
    if own_db - wanted < _HELD_DB:
        return samples
    scale = np.float32(10 ** (-level / 20))
    low, high = np.log(0.02), np.log(2.0)
    for _ in range(8):
        drive = np.exp((low + high) / 2)
        bent = np.tanh(samples * scale * drive)
        low, high = (
            (low, np.log(drive)) if crest_db(bent, level_db(bent, SAMPLE_RATE)) < wanted else (np.log(drive), high)
        )
    return np.asarray(bent / (scale * drive), np.float32)
