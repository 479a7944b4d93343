"""When each word and sound of a known text is heard in a recording of it, and whether it is heard there at all.

Two ways, chosen by what each is good at. Synthetic speech of the text has exact times; dynamic time warping carries
them over to the recording (Malfrère and Dutoit 1997, as in aeneas): it works in every language and always gives an
answer. For English, hidden Markov models of people's sounds find the words on their own (alignment/sphinx.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from typing import Literal

import numpy as np

from studio.errors import AudioUnusable
from studio.media.audio import resample
from studio.types import AudioClip, Language, PhonemeSpan, Speech, WordSpan
from studio.voice.alignment import sphinx
from studio.voice.alignment.warping import Laid, frame_levels, lay, resemblance
from studio.voice.language import text as reading
from studio.voice.speak import speak
from studio.voice.times import covering

Method = Literal["sphinx", "warping"]

PIECE_S = 60  # longer recordings are aligned in pieces of up to this length that end between sentences
_EARLY, _LATE = 0.3, 0.8  # where in such a piece it may end
_SPARE = 1.5  # how much faster than the rest of the text a piece may be spoken
# Shares of words that the models have to find: for their times to be believed where the order of the words fits, and
# for that not to be asked. They find 92 to 100 % of a clean reader's words, also by telephone, 72 to 76 % under 10 dB
# of pink noise, 47 to 52 % under 5 dB; of another text's words 35 to 60 %.
_FOUND, _SURELY = 0.6, 0.65
# A word is heard no more than this below the loud parts: in a recording that broke off, one was found at −31 dB.
_FAINT_DB, _LEVEL_S = 25.0, 0.01
_MISSED = 0.4  # share of words that are not heard, from which the text is another recording's
_GOOD, _POOR = -35.0, -95.0  # mean log likelihood of a frame: in words that are read clearly, and in wrong ones
# Distance of a recorded sound from a synthetic one: where it is the same, and where it is another.
_USUAL, _FAR = 4.5, 8.0
# See `warping.resemblance`: 0.89 to 0.97 for 12 right texts in both languages, 0.956 to 1.01 for 15 wrong ones. With
# fewer words their order says little.
_RESEMBLING, _ENOUGH = 0.978, 8


@dataclass(frozen=True, eq=False)
class Alignment:
    """A recording with the times of its text, and how sure they are."""

    speech: Speech
    method: Method
    """sphinx: hidden Markov models; warping: laid over synthetic speech, where the models do not know the language or
    did not find the words. A long recording has the weaker one of its pieces."""
    confidence: tuple[float, ...]
    """For each word, 0 … 1."""
    doubtful: tuple[int, ...]
    """Places of the words that are not heard where the text has them; their times are guessed from their neighbours.
    Only the models tell single words: by warping it is all of them or none."""


def align(clip: AudioClip, text: str, language: Language) -> Speech:
    """`clip` with the times of `text`; see `aligned`."""
    return aligned(clip, text, language).speech


def aligned(clip: AudioClip, text: str, language: Language) -> Alignment:
    """`clip` with the times of `text`, and how sure they are. The sound is returned as it came.

    Recordings longer than `PIECE_S` are worked through in pieces: memory does not grow with them.

    Raises:
        TextUnspeakable: the text cannot be said.
        EngineUnavailable: no engine that times its words is there.
    """
    if clip.duration <= 1.5 * PIECE_S:
        return _piece(clip, text, language)
    return _joined(clip, text, language, [_piece(part, said, language) for part, said in _pieces(clip, text, language)])


def refuse(alignment: Alignment) -> None:
    """Raises AudioUnusable where so many words are not heard that the text must be another recording's.

    Between a few words and that, nothing is refused: `Alignment.doubtful` names them.
    """
    words = alignment.speech.words
    if len(alignment.doubtful) <= max(_MISSED * len(words), 1):
        return
    first = alignment.doubtful[0]
    run = [place for place in alignment.doubtful if place - first < 6]
    gap = "" if alignment.speech.language == "zh" else " "
    named = gap.join(words[place].text for place in run)
    at = float(words[first].start)
    count = f"{len(alignment.doubtful)} of {len(words)} words"
    raise AudioUnusable(
        f"The recording does not say what its transcript says: {count} are not heard in it, the first ones at "
        f'{at:.1f} s: "{named}". Correct the transcript, leave it empty, or choose a recording with less noise.'
    )


def _piece(clip: AudioClip, text: str, language: Language) -> Alignment:
    said = speak(text, language, engine="espeak")
    laid = lay(clip, said)
    warped = _warped(said, laid, clip, reading.clean(text))
    found = _found(said, clip) if language == "en" and sphinx.available() else None
    share = np.mean([heard is not None for heard in found]) if found else 0.0
    count = len(said.words)
    if share < _SURELY and count >= _ENOUGH and resemblance(clip, said) > _RESEMBLING:
        return replace(warped, confidence=(0.0,) * count, doubtful=tuple(range(count)))
    return _audible(_modelled(said, warped, found) if found and share >= _FOUND else warped)


def _audible(alignment: Alignment) -> Alignment:
    """A word that was laid into silence is not heard there, whatever the models say."""
    clip = alignment.speech.audio
    level = frame_levels(clip.mono(), clip.sample_rate, _LEVEL_S)
    least = np.percentile(level, 95) - _FAINT_DB
    silent = [
        place
        for place, word in enumerate(alignment.speech.words)
        if level[int(float(word.start) / _LEVEL_S) : int(float(word.end) / _LEVEL_S) + 1].max(initial=-np.inf) < least
    ]
    if not silent:
        return alignment
    sure = tuple(0.0 if place in silent else value for place, value in enumerate(alignment.confidence))
    return replace(alignment, confidence=sure, doubtful=tuple(sorted({*alignment.doubtful, *silent})))


def _warped(said: Speech, laid: Laid, clip: AudioClip, written: str) -> Alignment:
    """From the synthetic speech's own times."""
    words = tuple(WordSpan(word.text, *laid.between(word.start, word.end)) for word in said.words)
    sounds = [PhonemeSpan(p.symbol, *laid.between(p.start, p.end), p.stress) for p in said.phonemes if p.symbol]
    costs = np.array([laid.cost(word.start, word.end) for word in said.words])
    sure = tuple(float(value) for value in np.clip((_FAR - costs) / (_FAR - _USUAL), 0, 1))
    speech = Speech(
        clip,
        written,
        said.language,
        words,
        covering(sounds, clip.duration),
        engine="recording",
        synthetic=False,
    )
    return Alignment(speech, "warping", sure, ())


def _found(said: Speech, clip: AudioClip) -> tuple[sphinx.Heard | None, ...] | None:
    """Where the models hear the words; None where they cannot say them all or find no way through them."""
    choices: list[tuple[sphinx.Phones, ...]] = []
    for word, own in zip(said.words, _symbols(said), strict=True):
        usual = sphinx.phones_of([span.symbol for span in own])
        if not usual:
            return None
        choices.append((usual, *sphinx.pronunciations(word.text)))
    return sphinx.find(resample(clip, sphinx.SAMPLE_RATE).mono(), choices)


def _symbols(said: Speech) -> list[list[PhonemeSpan]]:
    """The sounds of each word."""
    return [
        [span for span in said.phonemes if span.symbol and word.start <= span.start < word.end] for word in said.words
    ]


def _modelled(said: Speech, warped: Alignment, found: Sequence[sphinx.Heard | None]) -> Alignment:
    """The models' times where they found a word, and the warping's, kept between its neighbours', where not."""
    clip = warped.speech.audio
    spans = [
        (_on(heard.start, clip), _on(heard.end, clip)) if heard else (word.start, word.end)
        for heard, word in zip(found, warped.speech.words, strict=True)
    ]
    known = [place for place, heard in enumerate(found) if heard]
    for before, after in pairwise([-1, *known, len(found)]):
        low = spans[before][1] if before >= 0 else Fraction(0)
        high = spans[after][0] if after < len(found) else clip.duration
        for place in range(before + 1, after):
            start, end = spans[place]
            spans[place] = (min(max(start, low), high), min(max(end, low), high))
    words = tuple(WordSpan(word.text, *span) for word, span in zip(said.words, spans, strict=True))
    sounds: list[PhonemeSpan] = []
    for heard, own, span in zip(found, _symbols(said), spans, strict=True):
        sounds += _sounds(heard, own, clip) if heard else _spread(own, span)
    speech = replace(warped.speech, words=words, phonemes=covering(sounds, clip.duration))
    sure = tuple(_sureness(heard) for heard in found)
    return Alignment(speech, "sphinx", sure, tuple(place for place, heard in enumerate(found) if heard is None))


def _sureness(heard: sphinx.Heard | None) -> float:
    return float(np.clip((heard.score - _POOR) / (_GOOD - _POOR), 0.05, 1)) if heard else 0.0


def _sounds(heard: sphinx.Heard, own: Sequence[PhonemeSpan], clip: AudioClip) -> list[PhonemeSpan]:
    """A word's sounds at the models' times, in the phonemiser's symbols where that pronunciation was the one heard."""
    times = [(_on(start, clip), _on(end, clip)) for _, start, end in heard.phones]
    if heard.choice == 0:
        found, at = [], 0
        for span in own:
            count = len(sphinx.IPA_PHONES[span.symbol])
            found.append(PhonemeSpan(span.symbol, times[at][0], times[at + count - 1][1], span.stress))
            at += count
        return found
    symbols = [sphinx.PHONE_IPA[phone] for phone, _, _ in heard.phones]
    stresses = iter([span.stress for span in own if sphinx.is_vowel(span.symbol)])
    return [
        PhonemeSpan(symbol, start, end, next(stresses, 0) if sphinx.is_vowel(symbol) else 0)
        for symbol, (start, end) in zip(symbols, times, strict=True)
    ]


def _spread(own: Sequence[PhonemeSpan], span: tuple[Fraction, Fraction]) -> list[PhonemeSpan]:
    """The sounds of a word that was not found, in the proportions of the synthetic one."""
    if not own or span[1] <= span[0]:
        return []
    first, length = own[0].start, own[-1].end - own[0].start
    stretch = (span[1] - span[0]) / length if length else Fraction(0)
    return [
        replace(p, start=span[0] + (p.start - first) * stretch, end=span[0] + (p.end - first) * stretch) for p in own
    ]


def _on(seconds: float, clip: AudioClip) -> Fraction:
    """A time on a sample of the clip."""
    return min(Fraction(round(seconds * clip.sample_rate), clip.sample_rate), clip.duration)


def _pieces(clip: AudioClip, text: str, language: Language) -> list[tuple[AudioClip, str]]:
    """A long recording and its text cut at the same places: in pauses after sentences.

    A piece of sound is laid over more text than it can hold; where it ends in the text shows which sentences it has.
    """
    sentences = list(reading.sentences(reading.clean(text)))
    rate, length = clip.sample_rate, clip.samples.shape[1]
    pieces: list[tuple[AudioClip, str]] = []
    at = 0
    while sentences and length - at > 1.5 * PIECE_S * rate:
        part = AudioClip(clip.samples[:, at : at + PIECE_S * rate], rate)
        letters = sum(map(len, sentences)) * PIECE_S * rate / (length - at)
        count, end = _reached(part, _up_to(sentences, _SPARE * letters), language)
        pieces.append((AudioClip(clip.samples[:, at : at + end], rate), " ".join(sentences[:count])))
        sentences, at = sentences[count:], at + end
    if sentences:
        pieces.append((AudioClip(clip.samples[:, at:], rate), " ".join(sentences)))
    return pieces


def _up_to(sentences: Sequence[str], letters: float) -> list[str]:
    """So many sentences from the first on as have that many letters."""
    sums = np.cumsum([len(sentence) for sentence in sentences])
    return list(sentences[: int(np.searchsorted(sums, letters)) + 1])


def _reached(part: AudioClip, sentences: Sequence[str], language: Language) -> tuple[int, int]:
    """How many of the sentences end well within `part`, and at which sample the next one begins: in a long pause."""
    said = speak(" ".join(sentences), language, engine="espeak")
    laid = lay(part, said, reach=1 / _SPARE)
    counts = [sum(not token.pause for token in reading.read(sentence, language).tokens) for sentence in sentences]
    ends = [place for place in np.cumsum(counts).tolist() if place < len(said.words)]
    best, cut, longest = len(sentences), part.samples.shape[1], -2.0
    for count, place in enumerate(ends, 1):
        stop = laid.between(said.words[place - 1].start, said.words[place - 1].end)[1]
        start = max(stop, laid.between(said.words[place].start, said.words[place].end)[0])
        # What lies near the piece's end was guessed without hearing what follows: only where nothing else ends.
        well_inside = _EARLY * PIECE_S <= stop <= _LATE * PIECE_S
        pause = float(start - stop) if well_inside else -1.0
        if pause > longest:
            best, longest = count, pause
            cut = round((stop + start) / 2 * part.sample_rate)
    return best, cut


def _joined(clip: AudioClip, text: str, language: Language, parts: Sequence[Alignment]) -> Alignment:
    """The pieces on the clock of the whole recording."""
    words: list[WordSpan] = []
    sounds: list[PhonemeSpan] = []
    doubtful: list[int] = []
    at = Fraction(0)
    for part in parts:
        doubtful += [len(words) + place for place in part.doubtful]
        words += [replace(word, start=word.start + at, end=word.end + at) for word in part.speech.words]
        sounds += [replace(p, start=p.start + at, end=p.end + at) for p in part.speech.phonemes if p.symbol]
        at += part.speech.audio.duration
    speech = Speech(
        clip,
        reading.clean(text),
        language,
        tuple(words),
        covering(sounds, clip.duration),
        engine="recording",
        synthetic=False,
    )
    method: Method = "sphinx" if all(part.method == "sphinx" for part in parts) else "warping"
    return Alignment(speech, method, tuple(value for part in parts for value in part.confidence), tuple(doubtful))
