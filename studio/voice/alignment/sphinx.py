"""English words and sounds found in a recording by hidden Markov models: PocketSphinx, whose wheel holds the model.

The recogniser gets a grammar that allows nothing but the words in their order, with pauses between them; where a word
does not fit, it may pass through any other sounds instead, which is how a wrong transcript shows. A second pass gives
the times of every sound (Huggins-Daines et al. 2006).
"""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np

from studio.errors import EngineUnavailable
from studio.types import F32
from studio.voice.language.lexicon import ARPABET

if TYPE_CHECKING:
    from pocketsphinx import AlignmentEntry, Decoder

SAMPLE_RATE = 16_000  # Hz, of the model
FRAME_S = 0.01
# A frame's window is 25.6 ms long: what its number times 10 ms names is the window's start, not its middle.
_CENTRE_S = (0.0256 - FRAME_S) / 2
# Likelihoods that a word is not said as written, and of any one sound that stands between words. Measured on read
# speech in which three words of each sentence were exchanged: these find them all and no others; a filler of 1e-8
# leaves out the words around them as well.
_STRANGER, _FILLER = 0.01, 1e-3
# Full scale being 1. In digital silence the models lose words: of 59 words of three clean synthetic voices 12 without
# hiss, 4 with 0.0003, 1 with this; in recordings it changes nothing.
_HISS = 1e-3
_MARGIN_S = 0.2  # of silence laid around a recording: the model has to hear it begin

Phones = tuple[str, ...]
"""ARPAbet, as the model's dictionary writes it: ("HH", "AH", "L", "OW")."""

IPA_PHONES: dict[str, Phones] = {
    "iː": ("IY",),
    "i": ("IY",),
    "ɪ": ("IH",),
    "ᵻ": ("IH",),
    "ɨ": ("IH",),
    "eɪ": ("EY",),
    "e": ("EH",),
    "ɛ": ("EH",),
    "æ": ("AE",),
    "a": ("AE",),
    "ɑː": ("AA",),
    "ɑ": ("AA",),
    "ɒ": ("AA",),
    "ɔː": ("AO",),
    "ɔ": ("AO",),
    "oː": ("AO",),
    "o": ("OW",),
    "oʊ": ("OW",),
    "əʊ": ("OW",),
    "ʊ": ("UH",),
    "uː": ("UW",),
    "u": ("UW",),
    "ʌ": ("AH",),
    "ə": ("AH",),
    "ɐ": ("AH",),
    "ɜː": ("ER",),
    "ɜ": ("ER",),
    "ɝ": ("ER",),
    "ɚ": ("ER",),
    "aɪ": ("AY",),
    "aʊ": ("AW",),
    "ɔɪ": ("OY",),
    "aɪɚ": ("AY", "ER"),
    "aɪə": ("AY", "AH"),
    "aʊə": ("AW", "AH"),
    "iə": ("IY", "AH"),
    "ɪə": ("IH", "AH"),
    "eə": ("EH", "R"),
    "ʊə": ("UH", "R"),
    "ɑːɹ": ("AA", "R"),
    "ɔːɹ": ("AO", "R"),
    "oːɹ": ("AO", "R"),
    "ɛɹ": ("EH", "R"),
    "ɪɹ": ("IH", "R"),
    "ʊɹ": ("UH", "R"),
    "əl": ("AH", "L"),
    "n̩": ("AH", "N"),
    "tʃ": ("CH",),
    "dʒ": ("JH",),
    "ʃ": ("SH",),
    "ʒ": ("ZH",),
    "θ": ("TH",),
    "ð": ("DH",),
    "ŋ": ("NG",),
    "ɡ": ("G",),
    "g": ("G",),
    "h": ("HH",),
    "j": ("Y",),
    "ɹ": ("R",),
    "r": ("R",),
    "ɾ": ("D",),
    "ʔ": ("T",),
    "x": ("K",),
    "ɬ": ("L",),
    "ɫ": ("L",),
} | {char: (char.upper(),) for char in "pbtdkfvszmnlw"}
"""English IPA of espeak-ng, in the model's sounds."""

PHONE_IPA: dict[str, str] = {**ARPABET, "ER": "ɚ", "IY": "i"}
"""The model's sounds in IPA."""


@dataclass(frozen=True)
class Heard:
    """Where one word is heard."""

    start: float
    end: float
    """s; end is exclusive."""
    choice: int
    """Which of its pronunciations."""
    phones: tuple[tuple[str, float, float], ...]
    """ARPAbet, start and end in s."""
    score: float
    """Mean log likelihood of a frame, as the model counts it; 0 is the best there is."""


def available() -> bool:
    """Is the recogniser installed?"""
    return find_spec("pocketsphinx") is not None


def is_vowel(symbol: str) -> bool:
    """Is an IPA symbol of English, or a rhotic pair, a vowel?"""
    return IPA_PHONES.get(symbol, ("",))[0][:1] in set("AEIOU")


def phones_of(symbols: Sequence[str]) -> Phones | None:
    """The model's sounds for IPA symbols; None where one is not English."""
    found: list[str] = []
    for symbol in symbols:
        phones = IPA_PHONES.get(symbol)
        if phones is None:
            return None
        found += phones
    return tuple(found)


def pronunciations(word: str) -> tuple[Phones, ...]:
    """How a dictionary of American English says a word (CMUdict); empty where it does not know it."""
    plain = word.lower()
    if not re.fullmatch(r"[a-z]+(?:['-][a-z]+)*'?", plain):
        return ()
    with _LOCK:
        decoder = _decoder()
        found: list[Phones] = []
        while len(found) < 6:
            said = decoder.lookup_word(plain if not found else f"{plain}({len(found) + 1})")
            if said is None:
                break
            found.append(tuple(said.split()))
    return tuple(found)


def find(samples: F32, words: Sequence[Sequence[Phones]]) -> tuple[Heard | None, ...] | None:
    """Where each word is heard; None for a word in whose place something else is, or nothing.

    Args:
        samples: float32 (T,) in [-1, 1] at 16 kHz.
        words: for each word its pronunciations, the first one being the usual.

    Returns:
        None where no way through the words is found at all.

    Raises:
        EngineUnavailable: PocketSphinx is not installed.
    """
    sound = _sound(samples)
    with _LOCK:
        decoder = _decoder()
        names = _named(decoder, words)
        decoder.add_fsg("line", decoder.create_fsg("line", 0, len(names), _grammar(names)))
        decoder.activate_search("line")
        try:
            _decode(decoder, sound)
            if decoder.hyp() is None:
                return None
            decoder.set_alignment()
            _decode(decoder, sound)
        except RuntimeError:  # PocketSphinx's own, where no path is left for the sounds of a word
            return None
        alignment = decoder.get_alignment()
        if alignment is None:
            return None
        # The iterator borrows from the alignment: both names are held while it is read.
        heard = [(word.name, _heard(word)) for word in alignment.words()]
    return _in_order(heard, names)


_LOCK = threading.Lock()
_NAMES: dict[tuple[tuple[Phones, ...], int], str] = {}
_Arc = tuple[int, int, float, str]


@cache
def _decoder() -> Decoder:
    if not available():
        raise EngineUnavailable("English recognition needs pocketsphinx. Install it with: pip install pocketsphinx")
    from pocketsphinx import Decoder

    # Every sound is a filler too, heard where no word of the line fits; fillers are read from a file.
    fillers = ["<s> SIL", "</s> SIL", "<sil> SIL", "[NOISE] +NSN+", *(f"+{phone}+ {phone}" for phone in PHONE_IPA)]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "fillers"
        path.write_text("\n".join(fillers) + "\n", encoding="ascii")
        return Decoder(
            lm=None,
            samprate=float(SAMPLE_RATE),
            fdict=str(path),
            fillprob=_FILLER,
            compallsen=True,
            bestpath=False,
            loglevel="FATAL",
            backtrace=False,
        )


def _sound(samples: F32) -> bytes:
    """16-bit samples, with the margin on both sides and the hiss under everything."""
    padded = np.pad(np.clip(samples, -1, 1), round(_MARGIN_S * SAMPLE_RATE))
    padded = padded + _HISS * np.random.default_rng(0).standard_normal(len(padded))
    return bytes(np.round(np.clip(padded, -1, 1) * 32767).astype("<i2").data)


def _decode(decoder: Decoder, sound: bytes) -> None:
    decoder.start_utt()
    decoder.process_raw(sound, full_utt=True)
    decoder.end_utt()


def _entered(decoder: Decoder, choices: tuple[Phones, ...], copy: int = 0) -> str:
    """The name under which the decoder knows these pronunciations; each copy of a word in a line has its own."""
    name = _NAMES.get((choices, copy))
    if name is None:
        name = f"w{len(_NAMES)}"
        for number, phones in enumerate(choices):
            decoder.add_word(name if not number else f"{name}({number + 1})", " ".join(phones), update=False)
        _NAMES[choices, copy] = name
    return name


def _named(decoder: Decoder, words: Sequence[Sequence[Phones]]) -> list[str]:
    """A name for each word of a line, no two alike."""
    copies: Counter[tuple[Phones, ...]] = Counter()
    names: list[str] = []
    for word in words:
        choices = tuple(dict.fromkeys(word))
        copies[choices] += 1
        names.append(_entered(decoder, choices, copies[choices]))
    return names


def _grammar(names: Sequence[str]) -> list[_Arc]:
    """Arcs from state i to i + 1: the word, or a silence beside which the filler sounds may stand.

    Arcs without a word would be simpler, but PocketSphinx cannot time the sounds of a path that has one.
    """
    words = [(place, place + 1, 1 - _STRANGER, name) for place, name in enumerate(names)]
    return words + [(place, place + 1, _STRANGER, "<sil>") for place in range(len(names))]


def _heard(word: AlignmentEntry) -> Heard:
    """One word of an alignment, with its sounds."""
    start, length = word.start, word.duration
    _, _, number = word.name.rstrip(")").partition("(")
    phones = tuple((p.name, _seconds(p.start), _seconds(p.start + p.duration)) for p in word)
    return Heard(_seconds(start), _seconds(start + length), int(number or 1) - 1, phones, word.score / max(length, 1))


def _seconds(frame: int) -> float:
    return max(0.0, frame * FRAME_S + _CENTRE_S - _MARGIN_S)


def _in_order(heard: Sequence[tuple[str, Heard]], names: Sequence[str]) -> tuple[Heard | None, ...]:
    found = {_plain(name): one for name, one in heard}
    return tuple(found.get(name) for name in names)


def _plain(name: str) -> str:
    return name.partition("(")[0]
