"""A bed of original music in a few moods and of any length, made as it is needed: slow harmony, sparse strokes.

Nothing is sampled and nobody holds rights in it. The same seed gives the same samples. A bed begins softly, goes round
a few chords on an even beat, comes home to its first one and lets it die away.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from studio.edit import instruments
from studio.edit.beats import Beat
from studio.edit.instruments import RATE
from studio.edit.moods import MOODS, STYLES, Chord, Mood, Style
from studio.edit.timeline import frame_at
from studio.types import F32, AudioClip

TARGET_LUFS = -20.0  # before ducking: under a voice at -16 it then lies some 16 dB lower
_ENDING_S = 5  # s at least that the last chord has to die away
_BREATH_S = 3.5  # of a flute player
_BLOCK_S = 20  # s made at a time
_STEPS = (0.14, 0.40, 0.30, 0.16)  # how often the melody stays, or takes the nearest, second, third nearest chord tone
_PHRASE = ("a", "a", "b", "rest")  # what the melody does over four chords: it says a thing twice, answers, breathes
_BRIDGE = ("c", "a", "b", "rest")


@dataclass(frozen=True)
class _Part:
    """One chord and how long it lasts."""

    number: int
    chord: Chord
    first: int
    """The beat it begins on."""
    beats: int
    last: bool = False


@dataclass(frozen=True)
class _Stroke:
    """A sound and when it begins."""

    start: float
    """s; below 0 it has begun before the music."""
    loudness: float
    sound: Callable[[], F32]


def beats(mood: Mood, duration: Fraction) -> tuple[Beat, ...]:
    """When a bed of that length has its beats: exact, in order, the last one where its last chord is struck.

    What comes before the end does not depend on the length: a longer bed has the same beats and more.
    """
    style = STYLES[mood]
    last = _form(style, duration)[-1].first
    return tuple(Beat(number * style.beat, number % style.meter == 0) for number in range(last + 1))


def bed(duration: Fraction, *, mood: Mood = "calm", seed: int = 0, sample_rate: int = 48_000) -> AudioClip:
    """Stereo music of exactly `duration` s, about -20 LUFS, held in memory.

    Raises:
        ValueError: no duration.
    """
    pieces = list(blocks(duration, mood=mood, seed=seed, sample_rate=sample_rate))
    return AudioClip(np.concatenate(pieces, axis=1), sample_rate)


def blocks(duration: Fraction, *, mood: Mood = "calm", seed: int = 0, sample_rate: int = 48_000) -> Iterator[F32]:
    """The same music piece by piece, float32 (2, T): twenty minutes need no more memory than one.

    Raises:
        ValueError: no duration.
    """
    total = frame_at(duration, Fraction(sample_rate))
    if total <= 0:
        raise ValueError("music needs a duration")
    style = STYLES[mood]
    strokes = sorted(_score(mood, style, duration, seed), key=lambda stroke: stroke.start)
    made = _resampled(_rendered(strokes, math.ceil(duration * RATE) + RATE), sample_rate)
    begin = 0
    for piece in made:
        part = piece[:, : total - begin] * np.float32(style.gain)
        _fade(part, begin, total, sample_rate)
        begin += part.shape[1]
        if part.shape[1]:
            yield part


def _form(style: Style, duration: Fraction) -> list[_Part]:
    """The chords, round and round, and home at the end; the one before the last may last a bar longer."""
    bars = max(0, math.floor((duration - _ENDING_S) / (style.meter * style.beat)))
    count = bars // 2 or min(bars, 1)
    parts = []
    first = 0
    for number in range(count):
        chord = style.chords[-1] if number == count - 1 and number else style.chords[number % len(style.chords)]
        length = style.meter * (bars - 2 * number if number == count - 1 else 2)
        parts.append(_Part(number, chord, first, length))
        first += length
    return [*parts, _Part(count, style.home, first, 2 * style.meter, last=True)]


def _score(mood: Mood, style: Style, duration: Fraction, seed: int) -> Iterator[_Stroke]:
    form = _form(style, duration)
    # Two of them, so that a longer bed begins just as a shorter one.
    tune, hand = (np.random.default_rng([seed, MOODS.index(mood), use]) for use in range(2))
    melody = _melody(style, form, tune)
    accompany = _ACCOMPANIMENTS[mood]
    for part in form:
        yield from _pads(part, style, float(duration))
        if part.last:
            yield from _home(part, style, mood)
            continue
        # It begins softly, and is all there with the third chord.
        soft = min(1.0, 0.55 + 0.2 * part.number)
        for beat, loudness, sound in accompany(part, melody.get(part.number, []), style):
            late = abs(float(hand.normal(0, 0.008)))  # no hand is a clock
            yield _Stroke(float((part.first + Fraction(beat)) * style.beat) + late, soft * loudness, sound)


def _melody(
    style: Style, form: Sequence[_Part], random: np.random.Generator
) -> dict[int, list[tuple[float, int, float]]]:
    """By number of the chord: (beat, note, loudness) of a slow tune on the tones of the chords."""
    cells = {
        name: (
            style.places[int(random.integers(len(style.places)))],
            [int(step) for step in random.choice(4, 6, p=_STEPS)],
        )
        for name in "abc"
    }
    low, high = style.melody
    last, middle = low + 5, (low + high) / 2
    tune: dict[int, list[tuple[float, int, float]]] = {}
    for part in form[:-1]:
        phrase = _BRIDGE if part.number // 4 % 4 == 2 else _PHRASE
        name = phrase[part.number % 4]
        places, steps = cells.get(name, ((0.0,), [0]))
        tones = [note for note in range(low, high + 1) if any((note - tone) % 12 == 0 for tone in part.chord)]
        tune[part.number] = []
        for place, step in zip(places, steps, strict=False):
            # Of two tones equally near, the one towards the middle of the range.
            near = sorted(tones, key=lambda note: (abs(note - last), abs(note - middle)))
            last = near[min(step, len(near) - 1)]
            tune[part.number].append((place, last, float(random.uniform(0.42, 0.58))))
    return tune


Strokes = Iterator[tuple[float, float, Callable[[], F32]]]
"""(beat of the chord, loudness, sound)."""
Tune = Sequence[tuple[float, int, float]]


def _struck(note: int) -> Callable[[], F32]:
    return lambda: instruments.piano(note)


def _plucked(note: int) -> Callable[[], F32]:
    return lambda: instruments.plucked(note)


def _rung(note: int) -> Callable[[], F32]:
    return lambda: instruments.bell(note)


def _pressed(note: int) -> Callable[[], F32]:
    return lambda: instruments.zither(note)


def _blown(note: int, seconds: float) -> Callable[[], F32]:
    return lambda: instruments.flute(note, round(seconds * 1000))


def _bowed(note: int, seconds: float) -> Callable[[], F32]:
    return lambda: instruments.bowed(note, round(seconds * 1000))


def _calm(part: _Part, tune: Tune, _: Style) -> Strokes:
    for bar in range(0, part.beats, 8):
        broken = [(0, 1, 0.42), (2, 2, 0.34), (4, 3, 0.32), (6, 2, 0.22)] + [(5, 2, 0.2)] * (part.number % 2)
        for beat, voice, loudness in broken:
            if bar + beat < part.beats:
                yield bar + beat, loudness, _struck(part.chord[voice])
    for place, note, loudness in tune:
        yield place, loudness, _struck(note)


def _solemn(part: _Part, tune: Tune, style: Style) -> Strokes:
    tread = ((0, 0.66), (3, 0.26), (2, 0.40), (3, 0.24), (1, 0.50), (3, 0.26), (2, 0.38), (3, 0.24))
    for beat in range(part.beats):
        voice, loudness = tread[beat % 8]
        yield beat, loudness, _struck(part.chord[voice])
    # The cello waits until the harmony has been heard.
    if part.number < 2:
        return
    places = [place for place, _, _ in tune if place < part.beats]
    for (place, note, loudness), until in zip(tune, [*places[1:], part.beats], strict=False):
        yield place, 0.9 * loudness, _bowed(note, (until - place) * float(style.beat))


def _warm(part: _Part, tune: Tune, _: Style) -> Strokes:
    figure = ((0, 0.62), (2, 0.30), (3, 0.40), (4, 0.28), (3, 0.36), (2, 0.26))  # voice and loudness of each quaver
    for quaver in range(2 * part.beats):
        voice, loudness = figure[quaver % 6]
        yield quaver / 2, loudness, _plucked(part.chord[voice])
    if part.number >= 2:
        for beat, note, loudness in tune:
            yield beat, 0.85 * loudness, _struck(note)


def _hopeful(part: _Part, tune: Tune, _: Style) -> Strokes:
    figure = ((1, 0.40), (3, 0.20), (2, 0.32), (4, 0.20), (3, 0.36), (2, 0.19), (4, 0.30), (3, 0.18))
    for quaver in range(2 * part.beats):
        voice, loudness = figure[quaver % 8]
        yield quaver / 2, loudness, _struck(part.chord[voice])
    for beat in range(0, part.beats, 4):
        yield beat, 0.5, _plucked(part.chord[0])
    if part.number >= 4:
        for place, note, loudness in tune:
            yield place, 0.6 * loudness, _rung(note + 12 if note < 74 else note)
    elif part.number >= 2:
        for place, note, loudness in tune:
            yield place, 0.6 * loudness, _struck(note)


def _moonlit(part: _Part, tune: Tune, style: Style) -> Strokes:
    for bar in range(0, part.beats, 8):
        broken = ((0, 0, 0.6), (1, 2, 0.42), (1.5, 3, 0.36), (2, 4, 0.46), (4, 1, 0.46), (5, 3, 0.36), (6, 4, 0.32))
        for beat, voice, loudness in broken:
            if bar + beat < part.beats:
                yield bar + beat, loudness, _pressed(part.chord[voice])
    if part.number % 4 == 3:  # where the tune breathes a hand runs down the strings
        tones = {note % 12 for chord in style.chords for note in chord}
        run = [note for note in range(83, 63, -1) if note % 12 in tones]
        for order, note in enumerate(run):
            yield part.beats - 3 + 0.16 * order, 0.10 + 0.012 * order, _pressed(note)
    if part.number < 1:
        return
    places = [place for place, _, _ in tune if place < part.beats]
    for (place, note, loudness), until in zip(tune, [*places[1:], part.beats], strict=False):
        yield place, 0.8 * loudness, _blown(note, min(_BREATH_S, (until - place) * float(style.beat)))


_ACCOMPANIMENTS: Mapping[Mood, Callable[[_Part, Tune, Style], Strokes]] = {
    "calm": _calm,
    "solemn": _solemn,
    "warm": _warm,
    "hopeful": _hopeful,
    "moonlit": _moonlit,
}


def _home(part: _Part, style: Style, mood: Mood) -> Iterator[_Stroke]:
    """The last chord, rolled from below, and left to ring."""
    stroke = {"warm": _plucked, "moonlit": _pressed}.get(mood, _struck)
    start = float(part.first * style.beat)
    tonic = part.chord[0] % 12
    top = next(note for note in range(style.melody[0] if mood != "solemn" else 62, 128) if note % 12 == tonic)
    for order, note in enumerate((*part.chord[:4], top)):
        yield _Stroke(start + 0.07 * order, 0.42 if order in (0, 4) else 0.3, stroke(note))


def _pads(part: _Part, style: Style, duration: float) -> Iterator[_Stroke]:
    """One chord, swelling in while the last one dies away; at home it stays until the end."""
    beat = float(style.beat)
    usual = 2 * style.meter * beat
    length, rise, fall = part.beats * beat, 0.42 * usual, 0.55 * usual
    start = part.first * beat - rise / 2
    if part.last:
        length = max(0.0, duration - part.first * beat)
        rise, fall = min(rise, length / 3), length
    for voice, note in enumerate(part.chord):

        def sound(voice: int = voice, note: int = note) -> F32:
            count = round((rise / 2 + length + (0 if part.last else fall)) * RATE)
            time = np.arange(count, dtype=np.float32) / RATE
            swell = np.sin(np.pi / 2 * np.clip(time / rise, 0, 1)) ** 2
            if part.last:
                swell *= np.exp(-2.6 * np.clip(time - rise, 0, None) / fall)
            else:
                swell *= np.cos(np.pi / 2 * np.clip((time - rise / 2 - length) / fall, 0, 1)) ** 2
            loop = instruments.pad(note, style.brightness)
            # The loop is entered elsewhere for each chord, so that a held note does not come back alike.
            places = np.arange(count) + (part.first * (voice + 3) * 9973) % loop.shape[1]
            return np.asarray(np.take(loop, places, axis=1, mode="wrap") * swell, np.float32)

        yield _Stroke(start, style.pads * (0.55 if voice < 2 else 0.62), sound)


def _rendered(strokes: Sequence[_Stroke], total: int) -> Iterator[F32]:
    """The strokes summed, float32 (2, T) at RATE, a block at a time."""
    size = _BLOCK_S * RATE
    ahead = np.zeros((2, 2 * size), np.float32)
    waiting = iter(strokes)
    stroke = next(waiting, None)
    for begin in range(0, total, size):
        while stroke is not None and round(stroke.start * RATE) < begin + size:
            sound = stroke.sound() * np.float32(stroke.loudness)
            at = round(stroke.start * RATE) - begin
            sound, at = sound[:, max(0, -at) :], max(0, at)
            if (missing := at + sound.shape[1] - ahead.shape[1]) > 0:
                ahead = np.pad(ahead, ((0, 0), (0, missing)))
            ahead[:, at : at + sound.shape[1]] += sound
            stroke = next(waiting, None)
        yield ahead[:, : min(size, total - begin)].copy()
        ahead = np.pad(ahead[:, size:], ((0, 0), (0, size)))


def _resampled(pieces: Iterator[F32], sample_rate: int) -> Iterator[F32]:
    import soxr

    stream = soxr.ResampleStream(RATE, sample_rate, 2, dtype="float32", quality="HQ")
    for piece in pieces:
        yield np.ascontiguousarray(stream.resample_chunk(np.ascontiguousarray(piece.T)).T)
    yield np.ascontiguousarray(stream.resample_chunk(np.zeros((0, 2), np.float32), last=True).T)


def _fade(piece: F32, begin: int, total: int, rate: int) -> None:
    """Two seconds in, three out, less where there is less; in place. Begins and ends on exact silence.

    Args:
        begin: where in the music the piece begins, samples of `total`.
    """
    opening, closing = min(2 * rate, total // 4), min(3 * rate, total // 3)
    places = np.arange(begin, begin + piece.shape[1])
    rise = np.sin(np.pi / 2 * np.clip(places / max(1, opening), 0, 1)) ** 2
    fall = np.sin(np.pi / 2 * np.clip((total - 1 - places) / max(1, closing), 0, 1)) ** 2
    piece *= (rise * fall).astype(np.float32)
