"""What all engines have in common that imitate a recording: the words they are given, and what is made of their sound.

They answer with samples and nothing else, so words and sounds are found in them afterwards; and they answer with
anything: silence, noise, numbers that are none. Nothing of that is passed on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from studio.errors import AudioUnusable, EngineUnavailable, TextUnspeakable
from studio.media.audio import resample
from studio.types import F32, AudioClip, Language, Speech
from studio.voice.engines import NEED_WORDS, Reference
from studio.voice.language import text as reading
from studio.voice.loudness import fade, to_level

EDGE_S = 0.1  # of silence kept around the voice: silence or noise at the start of a recording spoils what imitates it
_SHORTEST_S = 0.1  # no word is shorter
_SILENT = 1e-3  # peak of what is no speech
_PIECE_S, _SEEK_S = 0.03, 0.012  # of the time-stretcher: two pitch periods of a low voice, and one


def wanted(reference: Reference | None, engine: str) -> Reference:
    """The reference, where there is one that this engine can use.

    Raises:
        EngineUnavailable: there is none, or the engine has to know its words and nobody wrote them down.
    """
    if reference is None:
        raise EngineUnavailable(
            f"{engine} imitates a recording and was given none. Give it 3 to 15 s of the person, or take another one."
        )
    if engine in NEED_WORDS and not reference.transcript.strip():
        raise EngineUnavailable(
            f"{engine} has to know what is said in the recording it imitates. Write it down beside it, or take another "
            "engine."
        )
    return reference


def heard(reference: Reference, sample_rate: int) -> F32:
    """The recording without the silence at its ends, at −20 dBFS: float32 (T,) at `sample_rate`.

    Raises:
        AudioUnusable: nobody speaks in it.
    """
    from studio.voice.recordings.activity import spans

    found = spans(reference.clip)
    if not found:
        raise AudioUnusable("Nobody speaks in the recording that is to be imitated. Choose another part of it.")
    rate = reference.clip.sample_rate
    first = max(0, round((float(found[0][0]) - EDGE_S) * rate))
    last = round((float(found[-1][1]) + EDGE_S) * rate)
    cut = np.ascontiguousarray(reference.clip.mono()[first:last])
    samples = resample(AudioClip(cut[None], rate), sample_rate).mono()
    return fade(to_level(samples, sample_rate), sample_rate)


def written(
    text: str,
    language: Language,
    lexicon: Mapping[str, str] | None,
    engine: str,
    *,
    pinyin: Callable[[str], str] | None = None,
) -> str:
    """The line in the words that are to be said, numbers and signs read out, respelled as the lexicon says.

    Of punctuation only , . ? ! are left: brackets, which are instructions to some engines, have become pauses.

    Args:
        pinyin: how the engine is told a syllable ("shan4"); None where it cannot be told.

    Raises:
        TextUnspeakable: see `language.text.check`; also where the lexicon gives sounds that the engine cannot be
            told. Leaving them out would say somebody's name wrong.
    """
    said = ""
    previous: tuple[str, bool] | None = None
    for token in reading.read(text, language, lexicon).tokens:
        piece = token.said
        if piece[:1] == "/" or (piece[:1] == "{" and pinyin is None):
            raise TextUnspeakable(
                f"The lexicon gives the sounds {piece.strip('{}')}, which {engine} cannot be told. Write there how the "
                "word sounds, in plain letters or other characters, or take another engine."
            )
        if piece[:1] == "{" and pinyin is not None:
            piece = pinyin(piece.strip("{}"))
        joined = token.pause or previous is None or (token.language == "zh" and previous[0] == "zh")
        said += piece if joined else f" {piece}"
        previous = (token.language, token.pause)
    # A sentence that does not end makes these engines go on speaking.
    ended = said.strip(" ,")
    return ended if ended[-1:] in ".?!" else ended + ("。" if language == "zh" else ".")


def as_speech(
    samples: Any, sample_rate: int, text: str, language: Language, engine: str, *, stretch: float = 1.0
) -> Speech:
    """What an engine has said, with the times of its words and sounds.

    Args:
        samples: (T,) or (1, T) of any float type, nominally in [-1, 1].
        stretch: how much faster it is to become, for engines that cannot be told; 1 leaves it alone.

    Raises:
        EngineUnavailable: it said nothing, or nothing that is sound.
    """
    from studio.voice.alignment.align import align

    said = np.asarray(samples, dtype=np.float32)
    said = said[0] if said.ndim == 2 and len(said) == 1 else said
    if said.ndim != 1 or sample_rate <= 0:
        raise EngineUnavailable(f"{engine} answered with {said.shape} samples at {sample_rate} Hz, which is no speech.")
    what = _nothing(said, sample_rate)
    if what:
        raise EngineUnavailable(f'{engine} answered with {what} for "{text[:40]}". Try again, or reword that line.')
    said = said / max(1.0, float(np.abs(said).max()))
    found = align(AudioClip(paced(said, sample_rate, stretch)[None], sample_rate), text, language)
    return replace(found, engine=engine, synthetic=True)


def _nothing(samples: F32, sample_rate: int) -> str:
    """What samples are that are no speech; "" where they may be."""
    if len(samples) < _SHORTEST_S * sample_rate:
        return "nothing"
    if not np.isfinite(samples).all():
        return "numbers that are no sound"
    if float(np.abs(samples).max()) < _SILENT:
        return "silence"
    return ""


def paced(samples: F32, sample_rate: int, rate: float) -> F32:
    """`samples` said `rate` times as fast, at the same pitch: float32 (T / rate,).

    Pieces of the sound are laid over each other where they fit best (WSOLA: Verhelst and Roelands, ICASSP 1993).
    """
    if rate == 1:
        return samples
    half = round(_PIECE_S / 2 * sample_rate)
    seek = round(_SEEK_S * sample_rate)
    count = max(1, round(len(samples) / rate / half))
    window = np.hanning(2 * half + 1)[:-1].astype(np.float32)
    padded = np.pad(samples, (half + seek, 3 * half + 2 * seek))
    made = np.zeros((count + 1) * half, dtype=np.float32)
    at = half + seek  # start, in `padded`, of the piece laid last; its own follower would start `half` later
    for number in range(count):
        place = half + seek + min(round(number * half * rate), len(samples))
        if number:
            like = padded[at + half : at + 3 * half]
            around = padded[place - seek : place + seek + 2 * half]
            fits = np.correlate(around, like, "valid")
            # A loud place must not win for being loud.
            power = np.convolve(np.square(around), np.ones(2 * half, np.float32), "valid")
            place = place - seek + int(np.argmax(fits / np.sqrt(power + 1e-9)))
        at = place
        # The first half of the first piece has nothing under it.
        piece = padded[at : at + 2 * half] * (window if number else np.concatenate([np.ones(half), window[half:]]))
        made[number * half : (number + 2) * half] += piece.astype(np.float32)
    return made[: round(len(samples) / rate)]
