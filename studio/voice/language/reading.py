"""What will be said for a line, piece by piece, before it is spoken: the sounds, what decided, what is doubtful."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from studio.types import Language
from studio.voice.language import pinyin, text
from studio.voice.language.known_names import KNOWN
from studio.voice.language.tokens import Token, listed

_SOURCES: dict[str, str] = {
    "phrase": "词语",
    "context": "上下文",
    "name": "姓名",
    "lexicon": "词表",
    "usual": "",
    "only": "",
}
_UNSETTLED = "常用音"  # for a character that nothing settled, and that is often read otherwise
_DIGIT_WORDS = frozenset(listed("zero one two three four five six seven eight nine"))
_DIGIT_HANZI = frozenset("零一二三四五六七八九")


@dataclass(frozen=True)
class Piece:
    """One row of a preview."""

    start: int
    """Index of its first character in `Preview.text`."""
    end: int
    """Index after its last character."""
    written: str
    said: str
    """In plain words; the mark alone for punctuation."""
    sounds: str
    """IPA with marks of stress for English, pinyin with marks of tone, as they are heard, for Mandarin."""
    language: Language
    why: str
    """The rule, or the entry of the lexicon, that decided; "" where it is read as it is written."""
    doubt: str = ""
    """A sentence: what else it might be, and how to put it right; "" where nothing is doubtful."""


@dataclass(frozen=True)
class Preview:
    """A line as it will be read."""

    text: str
    """What captions show."""
    language: Language
    pieces: tuple[Piece, ...]

    @property
    def doubtful(self) -> tuple[Piece, ...]:
        """The pieces to look at."""
        return tuple(piece for piece in self.pieces if piece.doubt)


def preview(written: str, language: Language, lexicon: Mapping[str, str] | None = None) -> Preview:
    """How `written` will be read.

    The sounds of English are espeak-ng's, which the studio's own voices use as well; downloaded engines read the words.

    Args:
        lexicon: see studio/voice/language/lexicon.py.

    Raises:
        TextUnspeakable: see `studio.voice.language.text.read`.
        EngineUnavailable: espeak-ng cannot be started.
    """
    pieces: list[Piece] = []
    shown = text.clean(written)
    at = 0
    for sentence in text.sentences(shown):
        start = shown.find(sentence, at)
        start = at if start < 0 else start
        at = start + len(sentence)
        pieces += _of_sentence(sentence, start, language, lexicon or {})
    return Preview(shown, language, tuple(pieces))


def _of_sentence(sentence: str, offset: int, language: Language, lexicon: Mapping[str, str]) -> list[Piece]:
    line = text.read(sentence, language, lexicon)
    pieces: list[Piece] = []
    for spoken, group in groupby(enumerate(line.tokens), key=lambda pair: pair[1].language):
        tokens = list(group)
        rows = _mandarin(tokens, line.text, language) if spoken == "zh" else _english(tokens, line.text, language)
        pieces += [replace(row, start=row.start + offset, end=row.end + offset) for row in rows]
    return pieces


def _english(tokens: Sequence[tuple[int, Token]], shown: str, language: Language) -> list[Piece]:
    heard = _ipa(tokens)
    rows = []
    for index, token in tokens:
        written = shown[token.start : token.end]
        said = token.said.strip("/") if token.said[:1] == "/" else token.said
        sounds = token.sounds or (token.said if token.said[:1] == "/" else "")
        sounds = sounds.strip("/") or heard.get(index, "")
        doubt = "" if token.pause else _english_doubt(token, written, shown, sounds, language)
        why = f"lexicon: {written}" if token.rule == "lexicon" else token.rule
        rows.append(Piece(token.start, token.end, written, said, sounds, "en", why, doubt))
    return rows


def _ipa(tokens: Sequence[tuple[int, Token]]) -> dict[int, str]:
    """IPA of each token by its place, as espeak-ng says them together."""
    from studio.voice.engines import espeak

    if all(token.pause for _, token in tokens):
        return {}
    stretch = espeak.say(tokens, "en")
    found: dict[int, str] = {}
    for index, start, end in stretch.words:
        inside = [(symbol, stress) for symbol, begin, _, stress in stretch.phonemes if symbol and start <= begin < end]
        found[index] = "".join(("", "ˌ", "ˈ")[stress] + symbol for symbol, stress in inside)
    return found


def _english_doubt(token: Token, written: str, shown: str, sounds: str, language: Language) -> str:
    if token.rule in ("number", "letters and numbers") and _digit_by_digit(token.said):
        return _digits_doubt(written, language)
    if token.rule == "date" and written.count("/") == 2 and all(int(part) <= 12 for part in written.split("/")[:2]):
        if language == "zh":
            return f"{written} 按月/日读；如为日/月，请写出月份。"
        return f"{written} is read with the month first. If it is the day, write the month in letters."
    if token.rule or not _unknown_name(written, token.start, shown):
        return ""
    if language == "zh":
        return f"“{written}”像是名字，读作 {sounds}；若不对，请在词表中写 {written}: 读音。"
    return f'"{written}" looks like a name, said {sounds}. If that is wrong, give the lexicon an entry "{written}".'


def _digit_by_digit(said: str) -> bool:
    words = said.split()
    return len(words) > 2 and all(word in _DIGIT_WORDS for word in words)


def _digits_doubt(written: str, language: Language) -> str:
    if language == "zh":
        return f"{written} 逐位读出；若是数量，请去掉开头的零，或用“万”“亿”来写。"
    return f"{written} is read digit by digit. If it is an amount, write it without leading zeros, or in words."


def _unknown_name(written: str, start: int, shown: str) -> bool:
    """A capital inside a sentence, on a word that is not among the names everybody reads alike."""
    before = shown[:start].rstrip(" \"'“‘([")
    opens = not before or before[-1] in ".!?…\n:"
    if not written[:1].isupper() or written.isupper() or (opens and written.istitle() and not shown[start:].count(" ")):
        return False
    base = written.removesuffix("'s").removesuffix("’s")
    parts = base.replace("-", " ").split()
    if opens and len(parts) == 1:
        return False
    return any(part.casefold() not in KNOWN for part in parts)


def _mandarin(tokens: Sequence[tuple[int, Token]], shown: str, language: Language) -> list[Piece]:
    rows: list[Piece] = []
    for pause, group in groupby((token for _, token in tokens), key=lambda token: token.pause):
        run = list(group)
        if pause:
            rows += [Piece(t.start, t.end, shown[t.start : t.end], t.said, "", "zh", "") for t in run]
            continue
        rows += _joined(run, shown, language)
    return rows


def _joined(run: Sequence[Token], shown: str, language: Language) -> list[Piece]:
    """The rows of tokens between two pauses: a row a word, or a row a number."""
    said = pinyin.of_tokens(run)
    hanzi = "".join("〇" if token.said[:1] == "{" else token.said for token in run)
    found = pinyin.readings(hanzi)
    rows: list[Piece] = []
    at = word_end = 0
    for token, heard in zip(run, said, strict=True):
        written = shown[token.start : token.end]
        sounds = " ".join(pinyin.accented(syllable) for syllable in heard)
        own = token.said[:1] == "{"
        inside = found[at : at + len(heard)]
        shown_said = written if own else token.said
        doubt = "" if token.rule == "lexicon" else _mandarin_doubt(token, inside, heard, written, language)
        why = f"词表：{written}" if token.rule == "lexicon" else token.rule or _SOURCES[inside[0].source]
        if doubt and inside[0].source == "usual" and not token.rule:
            why = _UNSETTLED
        last = rows[-1] if rows else None
        if last and len(heard) == 1 and (at < word_end if not token.rule else _same_number(last, token, written, why)):
            together = last.why if why in ("", last.why) else f"{last.why}、{why}" if last.why else why
            rows[-1] = Piece(
                last.start,
                token.end,
                last.written + written,
                last.said + shown_said,
                f"{last.sounds} {sounds}",
                "zh",
                together,
                last.doubt or doubt,
            )
        else:
            rows.append(Piece(token.start, token.end, written, shown_said, sounds, "zh", why, doubt))
            word_end = at + (len(inside[0].word) if not own and token.said == written and not token.rule else 1)
        at += len(heard)
    return rows


def _same_number(last: Piece, token: Token, written: str, why: str) -> bool:
    """Whether a digit belongs to the digits before it: 1952 is one row."""
    return last.end == token.start and last.why == why and written.isdigit() and last.written.isdigit()


def _mandarin_doubt(
    token: Token, inside: Sequence[pinyin.Reading], heard: Sequence[str], written: str, language: Language
) -> str:
    if token.rule == "数字" and len(token.said) > 2 and set(token.said) <= _DIGIT_HANZI:
        return _digits_doubt(written, language)
    for reading, syllable in zip(inside, heard, strict=True):
        if not reading.others:
            continue
        this, others = pinyin.accented(syllable), [pinyin.accented(other) for other in reading.others]
        word = reading.word if reading.hanzi in reading.word and len(reading.word) > 1 else reading.hanzi
        if language == "zh":
            return f"“{reading.hanzi}”读作 {this}，也可能是 {'、'.join(others)}；若不对，请在词表中写 {word}: 拼音。"
        return (
            f'"{reading.hanzi}" is read {this}; it might be {" or ".join(others)}. If that is wrong, give the lexicon '
            f'an entry "{word}" with its pinyin.'
        )
    return ""
