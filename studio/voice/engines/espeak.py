"""espeak-ng, spoken to through a child process."""

from __future__ import annotations

import atexit
import json
import os
import re
import struct
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import groupby, pairwise
from typing import Any

import numpy as np

from studio.errors import EngineUnavailable
from studio.types import F32, AudioClip, Language, PhonemeSpan, Speech, WordSpan
from studio.voice.engines import Reference
from studio.voice.engines import espeak_sounds as sounds
from studio.voice.language import text as reading
from studio.voice.language.pinyin import of_tokens
from studio.voice.language.tokens import Token

SAMPLE_RATE = 22_050  # Hz; espeak-ng's own
ANSWER_TIMEOUT_S = 60.0  # a sentence takes milliseconds: a child that needs longer hangs
RATES = {"en": 145, "zh": 158}  # words a minute at speed 1; espeak-ng's usual 175 sounds hurried
PITCH_RANGES = {"en": 45, "zh": 65}  # 50 is espeak-ng's usual; Mandarin's tones need more to be told apart
# By DNSMOS OVRL over an English and a Mandarin line: m2 3.40/3.09, f2 2.80/2.91, no variant 2.77/2.94.
USUAL_BASE = "en-us+m2"
ACCENTS = {"en-us": "en-us", "en-gb": "en-gb-x-rp"}
_APART = "\u200b"  # keeps espeak-ng from joining "of the" into one word with one time
_JOIN_SILENCE = round(0.03 * SAMPLE_RATE)  # samples between an English and a Mandarin stretch of one sentence

_CLOSURE = round(0.06 * SAMPLE_RATE)  # samples; longer silences are pauses


class Child:
    """One espeak-ng process, started when it is first needed and again after it died."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def ask(self, request: Mapping[str, Any]) -> tuple[dict[str, Any], F32]:
        """The header and samples, float32 (T,), for one request.

        Raises:
            EngineUnavailable: it cannot be started, refuses, or stops in the middle.
        """
        data = json.dumps(request).encode()
        with self._lock:
            process = self._running()
            timer = threading.Timer(ANSWER_TIMEOUT_S, process.kill)
            timer.start()
            try:
                header, sound = _exchange(process, struct.pack(">I", len(data)) + data)
            except (OSError, EOFError, ValueError) as error:
                self._process = None
                process.kill()
                code = process.wait()
                raise EngineUnavailable(
                    f"The speech engine espeak stopped (exit code {code}) while saying "
                    f'"{str(request["text"])[:40]}". Try again, or reword that line.'
                ) from error
            finally:
                timer.cancel()
            if header["last"]:
                self._process = None
                process.wait(timeout=5)
        if "error" in header:
            raise EngineUnavailable(f"The speech engine espeak cannot say this: {header['error']}.")
        return header, np.frombuffer(sound, dtype="<i2").astype(np.float32) / 32768

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            command = [sys.executable, "-m", "studio.voice.engines.espeak_child"]
            try:
                self._process = subprocess.Popen(
                    command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    env=_environment(),
                )
            except OSError as error:
                raise EngineUnavailable(f"The speech engine espeak cannot be started: {error}.") from error
        return self._process

    def close(self) -> None:
        """End the process, if there is one."""
        with self._lock:
            process, self._process = self._process, None
        if process is not None and process.stdin is not None:
            process.stdin.close()
            process.wait(timeout=5)


def _environment() -> dict[str, str]:
    """The child finds this very package, however the parent found it."""
    import studio

    home = os.path.dirname(os.path.dirname(os.path.abspath(studio.__file__)))  # noqa: PTH100, PTH120
    return os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, (home, os.environ.get("PYTHONPATH"))))}


def _exchange(process: subprocess.Popen[bytes], data: bytes) -> tuple[dict[str, Any], bytes]:
    if process.stdin is None or process.stdout is None:
        raise EOFError
    process.stdin.write(data)
    process.stdin.flush()
    size = process.stdout.read(4)
    if len(size) < 4:
        raise EOFError
    header = json.loads(process.stdout.read(struct.unpack(">I", size)[0]))
    expected = 2 * header.get("num_samples", 0)
    sound = process.stdout.read(expected)
    if len(sound) < expected:
        raise EOFError
    return header, sound


@cache
def _child_of(process_id: int) -> Child:  # noqa: ARG001  the key: a forked process must not share its parent's pipes
    child = Child()
    atexit.register(child.close)
    return child


@dataclass(frozen=True)
class Stretch:
    """Part of a sentence in one language, as espeak-ng says it: times in samples from its own start."""

    samples: F32
    words: list[tuple[int, int, int]]
    """Index of the token, start, end."""
    phonemes: list[tuple[str, int, int, int]]
    """Symbol, start, end, stress."""


class Espeak:
    """The `SpeechEngine` espeak; see studio/voice/engines/__init__.py."""

    name = "espeak"
    sample_rate = SAMPLE_RATE

    def speak(
        self,
        text: str,
        language: Language,
        *,
        speed: float = 1.0,
        seed: int = 0,  # noqa: ARG002  espeak-ng draws no random numbers
        lexicon: Mapping[str, str] | None = None,
        base: str = "",
        reference: Reference | None = None,  # noqa: ARG002  espeak-ng imitates nobody
    ) -> Speech:
        """See `SpeechEngine.speak`. `base` is an accent, a variant or both: "en-gb", "f2", "en-gb+f2"."""
        line = reading.read(text, language, lexicon)
        stretches: list[Stretch] = []
        for spoken, group in groupby(enumerate(line.tokens), key=lambda pair: pair[1].language):
            tokens = list(group)
            if all(token.pause for _, token in tokens):
                continue
            stretches.append(say(tokens, spoken, speed, base))
        return _joined(stretches, line)


def create() -> Espeak:
    """The engine."""
    return Espeak()


def _voice(language: Language, base: str) -> str:
    usual_accent, usual_variant = USUAL_BASE.split("+")
    accent, _, variant = base.partition("+")
    if accent and accent not in ACCENTS:
        accent, variant = "", accent
    accent = "cmn-latn-pinyin" if language == "zh" else ACCENTS[accent or usual_accent]
    return f"{accent}+{variant or usual_variant}"


def say(tokens: Sequence[tuple[int, Token]], language: Language, speed: float = 1.0, base: str = "") -> Stretch:
    """Tokens of one language, each with its place in the line, said in one go.

    Raises:
        EngineUnavailable: espeak-ng cannot be started, refuses, or stops in the middle.
    """
    request = {
        "voice": _voice(language, base),
        "rate": int(np.clip(round(RATES[language] * speed), 80, 450)),
        "pitch": 50,
        "pitch_range": PITCH_RANGES[language],
    }
    pieces = _pinyin_pieces(tokens) if language == "zh" else _english_pieces(tokens)
    child = _child_of(os.getpid())
    written, places = _written(pieces, frozenset())
    header, samples = child.ask({"text": written, **request})
    silent = _unheard(places, header["events"])
    if silent:
        written, places = _written(pieces, silent)
        header, samples = child.ask({"text": written, **request})
    return _timed(samples, header["events"], places)


def _english_pieces(tokens: Sequence[tuple[int, Token]]) -> list[tuple[int, str]]:
    """Index of the token and what is written for it; −1 for punctuation."""
    pieces = []
    for index, token in tokens:
        heard = token.sounds or token.said
        pieces.append((-1 if token.pause else index, sounds.from_ipa(heard) if heard[:1] == "/" else token.said))
    return pieces


def _pinyin_pieces(tokens: Sequence[tuple[int, Token]]) -> list[tuple[int, str]]:
    """As `_english_pieces`, with readings that see the characters around them, pauses included."""
    pieces: list[tuple[int, str]] = []
    for pause, group in groupby(tokens, key=lambda pair: pair[1].pause):
        run = list(group)
        if pause:
            pieces += [(-1, token.said) for _, token in run]
            continue
        for (index, _), own in zip(run, of_tokens([token for _, token in run]), strict=True):
            pieces.append((index, " ".join(sounds.pinyin(syllable) for syllable in own)))
    return pieces


def _written(pieces: Sequence[tuple[int, str]], apart: frozenset[int]) -> tuple[str, list[tuple[int, int]]]:
    """The text for espeak-ng, and for each token its index and where its part of the text starts."""
    written, places = "", []
    for index, said in pieces:
        if index < 0:
            written += said
            continue
        written += " " if written else ""
        places.append((index, len(written)))
        written += (_APART if index in apart else "") + said
    return written, places


def _starts(places: Sequence[tuple[int, int]], events: Sequence[Any]) -> dict[int, int]:
    """Sample at which each token's first word starts."""
    bounds = np.array([place for _, place in places])
    starts: dict[int, int] = {}
    for kind, position, sample, _ in events:
        if kind == "word":
            at = int(np.searchsorted(bounds, position, side="right")) - 1
            if at >= 0:
                starts.setdefault(places[at][0], sample)
    return starts


def _unheard(places: Sequence[tuple[int, int]], events: Sequence[Any]) -> frozenset[int]:
    return frozenset(index for index, _ in places) - _starts(places, events).keys()


def _timed(samples: F32, events: Sequence[Any], places: Sequence[tuple[int, int]]) -> Stretch:
    phonemes: list[tuple[str, int, int, int]] = []
    heard = [(sample, name) for kind, _, sample, name in events if kind == "phoneme"]
    heard.append((len(samples), ""))
    if heard[0][0] > 0:
        heard.insert(0, (0, ""))
    for (start, name), (end, _) in pairwise(heard):
        symbols, stress = sounds.ipa(name)
        cuts = [start + (end - start) * part // len(symbols) for part in range(len(symbols) + 1)]
        for symbol, (begin, finish) in zip(symbols, pairwise(cuts), strict=True):
            if begin < finish:
                phonemes.append((symbol, begin, finish, stress))
    phonemes = _closed(phonemes)
    starts = _starts(places, events)
    order = [(index, starts[index]) for index, _ in places if index in starts]
    order.append((-1, len(samples)))
    words = []
    for (index, start), (_, following) in pairwise(order):
        own = [p for p in phonemes if p[0] and start <= p[1] < following]
        if own:
            words.append((index, own[0][1], own[-1][2]))
    return Stretch(samples, words, phonemes)


def _closed(phonemes: Sequence[tuple[str, int, int, int]]) -> list[tuple[str, int, int, int]]:
    """Very short silences inside speech belong to the stop they close the mouth for."""
    closed: list[tuple[str, int, int, int]] = []
    for symbol, start, end, stress in phonemes:
        silent_before = closed and not closed[-1][0] and start - closed[-1][1] < _CLOSURE
        opening = closed.pop()[1] if symbol and silent_before else start
        closed.append((symbol, opening, end, stress))
    return closed


def _joined(stretches: Sequence[Stretch], line: reading.Line) -> Speech:
    """One Speech from stretches, with the pauses at the joints kept short."""
    words: list[WordSpan] = []
    phonemes: list[PhonemeSpan] = []
    parts: list[F32] = []
    offset = 0
    for number, stretch in enumerate(stretches):
        length = len(stretch.samples)
        last = number == len(stretches) - 1
        if not last and stretch.words:
            paused = re.match(r"\s*\W*[,.?!]", _after(line, stretch.words[-1][0]))
            length = length if paused else min(length, stretch.words[-1][2] + _JOIN_SILENCE)
        parts.append(stretch.samples[:length])
        for index, start, end in stretch.words:
            token = line.tokens[index]
            shown = line.text[token.start : token.end]
            words.append(WordSpan(shown, _seconds(offset + start), _seconds(offset + min(end, length))))
        for symbol, start, end, stress in stretch.phonemes:
            if start < length:
                span = PhonemeSpan(symbol, _seconds(offset + start), _seconds(offset + min(end, length)), stress)
                phonemes.append(span)
        offset += length
    audio = AudioClip(np.concatenate(parts)[None], SAMPLE_RATE)
    return Speech(audio, line.text, line.language, tuple(words), _merged(phonemes), "espeak", synthetic=True)


def _after(line: reading.Line, index: int) -> str:
    following = line.tokens[index + 1 : index + 2]
    return following[0].said if following and following[0].pause else ""


def _merged(phonemes: Sequence[PhonemeSpan]) -> tuple[PhonemeSpan, ...]:
    """Silences that touch become one."""
    merged: list[PhonemeSpan] = []
    for span in phonemes:
        if merged and not span.symbol and not merged[-1].symbol:
            merged[-1] = PhonemeSpan("", merged[-1].start, span.end)
        else:
            merged.append(span)
    return tuple(merged)


def _seconds(sample: int) -> Fraction:
    return Fraction(sample, SAMPLE_RATE)
