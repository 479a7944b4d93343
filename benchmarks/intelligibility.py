"""How well what is said can be understood: words missed in English, syllables and tones missed in Mandarin.

English: PocketSphinx with a grammar in which any word of the test's vocabulary may follow any other (no language model
that would guess what is not heard); words that sound alike count as the same. Mandarin: every syllable is compared, by
dynamic time warping of its cepstra and by its melody, with recordings of toned syllables by another speaker. Neither
figure is a listener's; both are for comparing one voice with another on the same lines.

Run: python -m benchmarks.intelligibility FILE.wav "what is said in it"; Mandarin is in benchmarks/syllables.py.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from studio.media.audio import read_audio, resample
from studio.types import AudioClip
from studio.voice import engines
from studio.voice.alignment import sphinx
from studio.voice.language import text as reading

if TYPE_CHECKING:
    from pocketsphinx import Decoder

WORD_COST = 1e-4
"""Likelihood of each further word: with PocketSphinx's own 0.65 short words are heard everywhere, whoever speaks."""
LINES = {
    "en": (
        "My mother kept the garden behind our house for almost forty years.",
        "Every Sunday morning the kitchen smelled of coffee and warm bread.",
        "He was born in a small village near the sea, and he never forgot it.",
        "The train was late that night, so we walked home through the snow.",
        "She taught us how to read before any of us went to school.",
        "I have always believed that a good story is worth telling twice.",
        "When the war ended they moved to the city and opened a little shop.",
        "Please take care of your brother, and do not forget to write to me.",
        "There were five children at the table and only three chairs.",
        "Grandfather could fix anything with a piece of wire and some patience.",
        "Thank you for the happiest summer of my life.",
        "We danced in the street when we heard the news on the radio.",
        "The old dog slept by the fire and dreamed about chasing rabbits.",
        "A big blue box of letters was hidden under the bed.",
        "You should have seen her face when the music began to play.",
        "My father drove a truck across the whole country and back again.",
        "Nobody knew the answer, but everybody wanted to ask the question.",
        "It is getting cold outside, so put on your heavy coat and gloves.",
        "The first thing I remember is the sound of rain on the roof.",
        "Goodbye, my dear friends, and thank you for everything.",
    ),
    "zh": (
        "今天早上我去图书馆看书，路上遇见一位老朋友。",
        "奶奶常常坐在院子里的大树下，给我们讲她年轻时候的故事。",
        "那一年冬天特别冷，河水都结了冰。",
        "我出生在一个小村子里，离大海很近。",
        "每到春节，全家人都会回来吃一顿团圆饭。",
        "父亲是一名火车司机，他走遍了全中国。",
        "请你们好好照顾自己，不要为我担心。",
        "母亲做的红烧肉，是我一辈子忘不了的味道。",
        "战争结束以后，我们搬到了城里。",
        "谢谢你们给了我这么幸福的生活。",
    ),
}
"""Lines to compare voices on: 20 English ones of 242 words, 168 different; 10 Mandarin ones of 167 syllables."""


@cache
def vocabulary(lines: tuple[str, ...] = LINES["en"]) -> dict[str, tuple[sphinx.Phones, ...]]:
    """Every word of the lines, and how it may be said: by CMUdict and by the phonemiser in its line."""
    espeak = engines.load("espeak")
    found: dict[str, dict[sphinx.Phones, None]] = {}
    for line in lines:
        said = espeak.speak(line, "en")
        for word in said.words:
            own = sphinx.phones_of([p.symbol for p in said.phonemes if p.symbol and word.start <= p.start < word.end])
            choices = found.setdefault(word.text.lower(), {})
            choices.update(dict.fromkeys([*sphinx.pronunciations(word.text), *([own] if own else [])]))
    return {word: tuple(choices) for word, choices in found.items() if choices}


def heard_words(clip: AudioClip, lines: tuple[str, ...] = LINES["en"]) -> tuple[str, ...]:
    """The words that are recognised in `clip`, among those of `lines`."""
    known = vocabulary(lines)
    decoder = _listener(lines)
    samples = np.pad(resample(clip, sphinx.SAMPLE_RATE).mono(), round(0.2 * sphinx.SAMPLE_RATE))
    decoder.start_utt()
    decoder.process_raw(np.round(np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes(), full_utt=True)
    decoder.end_utt()
    names = {f"w{number}": word for number, word in enumerate(known)}
    said = [] if decoder.hyp() is None else [segment.word.partition("(")[0] for segment in decoder.seg()]
    return tuple(names[name] for name in said if name in names)


@cache
def _listener(lines: tuple[str, ...]) -> Decoder:
    """A recogniser for which any word of the lines may follow any, all being equally likely."""
    from pocketsphinx import Decoder

    decoder = Decoder(
        lm=None, samprate=float(sphinx.SAMPLE_RATE), wip=WORD_COST, bestpath=False, backtrace=False, loglevel="FATAL"
    )
    known = vocabulary(lines)
    for number, choices in enumerate(known.values()):
        for other, phones in enumerate(choices):
            name = f"w{number}({other + 1})" if other else f"w{number}"
            decoder.add_word(name, " ".join(phones), update=False)
    likely = 1 / len(known)
    arcs = [(state, 1, likely, f"w{number}") for state in (0, 1) for number in range(len(known))]
    decoder.add_fsg("words", decoder.create_fsg("words", 0, 1, arcs))
    decoder.activate_search("words")
    return decoder


def word_error(clip: AudioClip, text: str, lines: tuple[str, ...] = LINES["en"]) -> float:
    """Share of the words of English `text` that are missed, mistaken or added in `clip`; 0 is every word heard.

    Args:
        lines: whose words may be recognised; the words of `text` are always among them. Compare figures only where
            these are the same: the more words, the harder.
    """
    every = lines if text in lines else (*lines, text)
    wanted = _words(text)
    return distance(wanted, heard_words(clip, every), vocabulary(every)) / max(len(wanted), 1)


def missed_words(clip: AudioClip, text: str) -> tuple[str, ...]:
    """The words of English `text` that are not heard in their places: a kinder test, for the order is known.

    Raises:
        ValueError: a word cannot be said in English sounds.
    """
    said = engines.load("espeak").speak(text, "en")
    known = vocabulary((text,))
    found = sphinx.find(resample(clip, sphinx.SAMPLE_RATE).mono(), [known[word.text.lower()] for word in said.words])
    if found is None:
        return tuple(word.text for word in said.words)
    return tuple(word.text for word, heard in zip(said.words, found, strict=True) if heard is None)


def _words(text: str) -> tuple[str, ...]:
    line = reading.read(text, "en")
    return tuple(line.text[token.start : token.end].lower() for token in line.tokens if not token.pause)


def distance(
    wanted: Sequence[str], heard: Sequence[str], known: dict[str, tuple[sphinx.Phones, ...]] | None = None
) -> int:
    """Fewest words to add, take away or replace (Levenshtein 1966); words that can be said alike are alike."""
    said = {word: frozenset(choices) for word, choices in (known or {}).items()}
    before = list(range(len(heard) + 1))
    for row, word in enumerate(wanted, 1):
        now = [row]
        for column, other in enumerate(heard, 1):
            same = word == other or bool(said.get(word, frozenset()) & said.get(other, frozenset()))
            now.append(min(before[column] + 1, now[-1] + 1, before[column - 1] + (not same)))
        before = now
    return before[-1]


def main() -> None:
    """One file's figure."""
    path, text = Path(sys.argv[1]), sys.argv[2]
    clip = read_audio(path, mono=True)
    print(f"word error {word_error(clip, text):.1%}; heard: {' '.join(heard_words(clip, (*LINES['en'], text)))}")


if __name__ == "__main__":
    main()
