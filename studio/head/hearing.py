"""What a mouth does, heard from the sound alone: for recordings whose words nobody wrote down.

A small network (models/hearing.safetensors, made by studio/train/hearing.py, described in models/hearing.md) says for
every 10 ms how likely each speech sound is. Those likelihoods take the place of known phonemes: each sound asks for its
own mouth, as strongly as it is believed. The network is plain matrix products, so the same sound is heard the same way
on every run and torch is not needed.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio.ear import BANDS as BANDS  # also known here, with the file's name: who hears with it looks here
from studio.ear import FILE as FILE
from studio.ear import HOP, REACH, SAMPLE_RATE, WINDOW, Ear, shipped, spectrum
from studio.ear import normalised as normalised
from studio.ear import read as read
from studio.head.visemes import MOUTH, SCORE_RATE, Score, Viseme, visemes
from studio.media.audio import resample
from studio.types import F32, AudioClip

F64 = NDArray[np.float64]

_SCORE_ROWS = SCORE_RATE * HOP // SAMPLE_RATE  # of a Score for each row of the spectrum
_FLOOR_DB = -120.0

LOOK_AHEAD_S = 0.12  # models/hearing.md says what more and less of it cost
MEMORY_S = 10.0
"""What `Stream` goes by: long enough for a pause to tell the room, short enough to follow who moves about."""

# Below both of these a sound is no speech: a microphone in a quiet room, and a voice's own weakest consonant.
_INAUDIBLE_DBFS = -62.0
_INAUDIBLE_BELOW_LOUD_DB = 45.0
# A pause: quieter than that, for longer than a stop is held. Between them somebody else may breathe, music may play on.
_HUSHED_BELOW_LOUD_DB, _HUSHED_FOR_S = 25.0, 0.2
_HUSHED_EDGE_S = 0.04  # of a pause at either end: a last f or h is as quiet
_HUSHED_FROM = 0.15  # likelihood of silence that is enough in a pause
_SILENT_FROM = 0.9  # likelihood of silence; lips stay apart in doubt
_CLOSED_FROM, _CLOSED_AT = 0.35, 0.65  # likelihood of m b p (or f v) where lips begin to close, and are closed


def level(audio: AudioClip, length: int) -> F32:
    """Loudness, dB of full scale, float32 (length,), SCORE_RATE rows per second; −120 past the end of the sound."""
    power = np.square(audio.mono(), dtype=np.float64)
    sums = np.concatenate(([0.0], np.cumsum(power)))
    middle = np.arange(length) * audio.sample_rate // SCORE_RATE
    half = audio.sample_rate // 50
    first, last = (np.clip(middle + side, 0, power.size) for side in (-half, half))
    mean = (sums[last] - sums[first]) / (2 * half)
    return np.asarray(10.0 * np.log10(np.maximum(mean, 10.0 ** (_FLOOR_DB / 10))), np.float32)


def inaudible(level: F32) -> NDArray[np.bool_]:
    """bool (T,): too quiet to be speech, whatever the phonemes say."""
    loud = float(np.percentile(level, 95)) if level.size else 0.0
    return np.asarray(level < max(_INAUDIBLE_DBFS, loud - _INAUDIBLE_BELOW_LOUD_DB))


def hushed(level: F32) -> NDArray[np.bool_]:
    """bool (T,): pauses, in which a mouth is at rest, whatever is heard in their noise."""
    from scipy.ndimage import binary_erosion, binary_opening

    if not level.size:
        return np.zeros(0, np.bool_)
    rows, edge = round(_HUSHED_FOR_S * SCORE_RATE), round(_HUSHED_EDGE_S * SCORE_RATE)
    quiet = level < np.percentile(level, 95) - _HUSHED_BELOW_LOUD_DB
    # Beyond its ends a sound is as it is at its ends.
    padded = np.pad(quiet, rows, mode="edge")
    pauses = binary_opening(padded, np.ones(rows, np.bool_))
    return np.asarray(binary_erosion(pauses, np.ones(2 * edge + 1, np.bool_), border_value=1)[rows:-rows])


def extent(level: F32) -> F32:
    """How far vowels open for how loud they are, about 1: ±20 % over ±8 dB around the line's usual level."""
    heard = level[~inaudible(level)]
    if heard.size == 0:
        return np.ones_like(level)
    return np.asarray(np.clip(1.0 + 0.025 * (level - np.percentile(heard, 70)), 0.78, 1.2), np.float32)


def accents(level: F32, silent: NDArray[np.bool_]) -> tuple[float, ...]:
    """s: where the voice rises above its surroundings, a stand-in for stressed syllables nobody marked."""
    from scipy.ndimage import gaussian_filter1d
    from scipy.signal import find_peaks

    smooth = gaussian_filter1d(np.where(silent, _FLOOR_DB, level).clip(-60.0), 0.04 * SCORE_RATE)
    peaks, _ = find_peaks(smooth, prominence=6.0, distance=round(0.25 * SCORE_RATE))
    return tuple(float(peak) / SCORE_RATE for peak in peaks)


def hear(audio: AudioClip, length: int, *, causal: bool = False) -> Score:
    """What the mouth did to make this sound, as far as one can hear it.

    Args:
        audio: any rate, any number of channels.
        length: rows wanted, SCORE_RATE per second; past the end of the sound it is silent.
        causal: as somebody hears it who has only LOOK_AHEAD_S of what is to come, and MEMORY_S of what was.

    Raises:
        EngineUnavailable: models/hearing.safetensors is missing.
    """
    samples = _at_own_rate(audio)
    if causal:
        return _overheard(samples, length)
    ear = shipped()
    power, voicing = spectrum(samples)
    return _score(ear, power, voicing, level(audio, length), 0, length)


def sounds() -> tuple[str, ...]:
    """The sounds that the columns of `likelihoods` stand for: IPA letters, and "" for silence."""
    return shipped().letters


def _at_own_rate(audio: AudioClip) -> F32:
    samples: F32 = resample(AudioClip(audio.mono()[None], audio.sample_rate), SAMPLE_RATE).samples[0]
    return samples


def _score(ear: Ear, power: F32, voicing: F64, loudness: F32, first: int, length: int) -> Score:
    """Rows [first, first + length) of what is heard in a spectrum, `first` even.

    Args:
        power, voicing: of `spectrum`: all that is known of the room and the voice.
        loudness: of `level`, from the spectrum's first row on.
    """
    seen = normalised(power, ear.tensors["average"])
    tail = max(0, first * SAMPLE_RATE // SCORE_RATE // HOP - REACH)
    skip = first * SAMPLE_RATE // SCORE_RATE // HOP
    likely = _to_score_rate(ear.listen(seen[tail:])[skip - tail :], length)
    near = _near_voice(power, voicing)[skip:, None].astype(np.float32)
    spoken = _to_score_rate(near, length)[:, 0] > 0.5
    rows = slice(first, first + length)
    silence = likely[:, ear.letters.index("")]
    silent = (
        (silence > _SILENT_FROM)
        | ~spoken
        | inaudible(loudness)[rows]
        | (hushed(loudness)[rows] & (silence > _HUSHED_FROM))
    )
    target, dominance = _asked(likely, ear, extent(loudness)[rows])
    return Score(target, dominance, silent, ())


def _overheard(samples: F32, length: int) -> Score:
    """`hear` with the ears of `Stream`, in steps of 40 ms."""
    step, ahead = SCORE_RATE // 25, round(LOOK_AHEAD_S * SCORE_RATE)
    stream = Stream()
    stream.add(np.concatenate([samples, np.zeros(SAMPLE_RATE, np.float32)]))
    target, dominance = np.zeros((length, len(MOUTH)), np.float32), np.zeros((length, len(MOUTH)), np.float32)
    silent = np.ones(length, np.bool_)
    for row in range(0, min(length, samples.size * SCORE_RATE // SAMPLE_RATE), step):
        first, part = stream.score(row + step + ahead, step + ahead)
        rows = slice(row, min(row + step, length))
        here = slice(row - first, rows.stop - first)
        target[rows], dominance[rows], silent[rows] = part.target[here], part.dominance[here], part.silent[here]
    return Score(target, dominance, silent, ())


class Stream:
    """Sound that comes in piece by piece, and what can be heard in it so far.

    Colour of the voice, loudness and noise of the room are those of the last MEMORY_S.
    """

    def __init__(self) -> None:
        self._ear = shipped()
        self._from = 0  # row of the spectrum that everything kept begins with
        self._samples = np.zeros(0, np.float32)
        self._power = np.zeros((0, BANDS), np.float32)
        self._voicing = np.zeros(0)

    @property
    def rows(self) -> int:
        """Rows of a score that have been heard, SCORE_RATE per second."""
        return self._from * _SCORE_ROWS + self._samples.size * SCORE_RATE // SAMPLE_RATE

    def add(self, samples: F32) -> None:
        """Append float32 (T,) at SAMPLE_RATE."""
        self._samples = np.concatenate([self._samples, samples])
        known = len(self._power)
        whole = (self._samples.size - WINDOW // 2) // HOP + 1  # rows whose window is complete
        if whole <= known:
            return
        # A window reaches two rows back.
        back = min(known, 2)
        power, voicing = spectrum(self._samples[(known - back) * HOP : (whole - 1) * HOP + WINDOW // 2])
        self._power = np.concatenate([self._power, power[back : back + whole - known]])
        self._voicing = np.concatenate([self._voicing, voicing[back : back + whole - known]])

    def score(self, end: int, wanted: int) -> tuple[int, Score]:
        """What is heard in the `wanted` rows before row `end`, knowing nothing of what comes after it.

        Args:
            end: at most `rows`, and never less than when it was last asked.

        Returns:
            The first row, and a Score from it to `end`.
        """
        memory = round(MEMORY_S * SAMPLE_RATE / HOP)
        begin = max(0, end // _SCORE_ROWS - memory)
        self._forget(begin)
        last = (end * SAMPLE_RATE // SCORE_RATE - WINDOW // 2) // HOP + 1
        kept = slice(begin - self._from, last - self._from)
        first = min(max(begin * _SCORE_ROWS, end - wanted), max(last - 1, begin) * _SCORE_ROWS)
        first -= first % _SCORE_ROWS
        length = end - first
        if last <= begin:
            nothing = np.zeros((length, len(MOUTH)), np.float32)
            return first, Score(nothing, nothing, np.ones(length, np.bool_), ())
        begins = begin * _SCORE_ROWS
        heard = self._samples[(begin - self._from) * HOP : end * SAMPLE_RATE // SCORE_RATE - self._from * HOP]
        loudness = level(AudioClip(heard[None], SAMPLE_RATE), end - begins)
        # The last 20 ms have only half a window.
        half = SCORE_RATE // 50
        loudness[-half:] = loudness[max(0, len(loudness) - half - 1)]
        return first, _score(self._ear, self._power[kept], self._voicing[kept], loudness, first - begins, length)

    def _forget(self, begin: int) -> None:
        """Let go of what lies before a row of the spectrum, now and then."""
        drop = begin - self._from
        if drop < 200:
            return
        self._from = begin
        self._samples, self._power, self._voicing = (
            self._samples[drop * HOP :],
            self._power[drop:],
            self._voicing[drop:],
        )


def likelihoods(audio: AudioClip) -> F32:
    """How likely each speech sound is: float32 (n, letters of the network), SAMPLE_RATE / HOP rows a second.

    Raises:
        EngineUnavailable: models/hearing.safetensors is missing.
    """
    ear = shipped()
    return ear.listen(normalised(spectrum(_at_own_rate(audio))[0], ear.tensors["average"]))


def _near_voice(power: F32, voicing: F64) -> NDArray[np.bool_]:
    """bool (n,): above the room it is in, and within a quarter of a second of a voice, where its consonants are."""
    from scipy.ndimage import binary_dilation, binary_opening, uniform_filter1d

    loudness = 10 * np.log10(power.sum(axis=1) + 1e-9)
    room, loud = np.percentile(loudness, (10, 97))
    # Without a pause there is no room to measure: then only what is far below the voice is not voice.
    audible = uniform_filter1d(loudness, 5, mode="nearest") > max(min(room + 4.0, loud - 6.0), loud - 45.0)
    # Speech comes and goes by 20 dB and more. What hardly changes is a machine, unless it is a held vowel.
    steady = loud - room < 10.0
    periodic = uniform_filter1d(voicing, 21 if steady else 5, mode="nearest") > (0.85 if steady else 0.5)
    voiced = binary_opening(periodic & (loudness > max(min(room + 8.0, loud - 12.0), loud - 38.0)), np.ones(4))
    near = binary_dilation(voiced, np.ones(51)) if voiced.any() else voiced
    return np.asarray(near & audible)


def _to_score_rate(rows: F32, length: int) -> F32:
    """(n, K) at 100 rows a second → (length, K) at SCORE_RATE; past the end the last row stays."""
    at = np.minimum(np.arange(length) * (SAMPLE_RATE / HOP / SCORE_RATE), len(rows) - 1)
    below = at.astype(np.intp)
    part = (at - below).astype(np.float32)[:, None]
    return np.asarray(rows[below] * (1 - part) + rows[np.minimum(below + 1, len(rows) - 1)] * part, np.float32)


def _asked(likely: F32, ear: Ear, extent: F32) -> tuple[F32, F32]:
    """Targets and dominance, float32 (T, 7) each: every sound asks for its mouth as strongly as it is believed."""
    shapes: list[Viseme | None] = [visemes(letter)[0][0] if letter else None for letter in ear.letters]
    nothing = (0.0,) * len(MOUTH)
    asks = np.array([s.dominance if s else nothing for s in shapes], np.float32)
    gates = [MOUTH.index("press"), MOUTH.index("tuck")]
    asks[:, gates] = 0.0
    wants = asks * np.array([s.target if s else nothing for s in shapes], np.float32)
    vowel = np.array([bool(s and s.vowel) for s in shapes])[:, None]
    dominance = likely @ asks
    target = likely @ (wants * ~vowel) + extent[:, None] * (likely @ (wants * vowel))
    target = target / np.maximum(dominance, 1e-6)
    for column in gates:
        closers = [place for place, s in enumerate(shapes) if s and s.target[column] == 1.0]
        belief = likely[:, closers].sum(axis=1)
        target[:, column] = np.clip((belief - _CLOSED_FROM) / (_CLOSED_AT - _CLOSED_FROM), 0.0, 1.0)
        dominance[:, column] = target[:, column] > 0.0
    return target.astype(np.float32), dominance.astype(np.float32)
