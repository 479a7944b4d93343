"""A person's own words: how names, places and rare characters are said where the rules cannot know it.

An entry is a word as it is written and its reading, in one of these forms:

- a respelling in plain letters: "Hopper": "Hawper";
- IPA between slashes: "Nguyen": "/wɪn/";
- ARPAbet in braces, stress as a digit: "Hopper": "{HH AA1 P ER0}";
- for hanzi, pinyin with digits or accents, a syllable a character: "单雄信": "Shàn Xióngxìn"; or hanzi that sound
  alike.

Words match whole and as they are written; Latin words in other capitals too, unless the lexicon holds both forms
("Reading" and "reading"). The longest entry wins, so that "Mary-Ann Weber" goes before "Weber".
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from studio.errors import FileUnreadable, TextUnspeakable
from studio.voice.language.tokens import Token

_HAN = re.compile(r"[\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_LATIN = r"[A-Za-z\u00c0-\u024f\d]"
ARPABET = {
    "AA": "ɑː",
    "AE": "æ",
    "AH": "ʌ",
    "AO": "ɔː",
    "AW": "aʊ",
    "AY": "aɪ",
    "EH": "ɛ",
    "ER": "ɜː",
    "EY": "eɪ",
    "IH": "ɪ",
    "IY": "iː",
    "OW": "oʊ",
    "OY": "ɔɪ",
    "UH": "ʊ",
    "UW": "uː",
    "B": "b",
    "CH": "tʃ",
    "D": "d",
    "DH": "ð",
    "F": "f",
    "G": "ɡ",
    "HH": "h",
    "JH": "dʒ",
    "K": "k",
    "L": "l",
    "M": "m",
    "N": "n",
    "NG": "ŋ",
    "P": "p",
    "R": "ɹ",
    "S": "s",
    "SH": "ʃ",
    "T": "t",
    "TH": "θ",
    "V": "v",
    "W": "w",
    "Y": "j",
    "Z": "z",
    "ZH": "ʒ",
}
"""Sounds of the CMU dictionary in IPA."""
_WEAK = {"AH": "ə", "ER": "ɚ", "IY": "i"}
# What espeak-ng's English can be given; see studio/voice/engines/espeak_sounds.py.
_IPA = re.compile(r"(?:tʃ|dʒ|[ʃʒθðŋɹɾɡɪeɛæaɑɒɔoʊuʌɜɝɚəijʊpbtdkɡgfvszhmnlwr]|[ːˈˌ. ])+")


def places(line: str, lexicon: Mapping[str, str]) -> list[tuple[int, int, str]]:
    """Where entries stand in a line: start, end, the entry; in order, longest first, never overlapping."""
    found: list[tuple[int, int, str]] = []
    taken: set[int] = set()
    folded = [word.casefold() for word in lexicon]
    for word in sorted(lexicon, key=len, reverse=True):
        if not word.strip():
            continue
        if _HAN.search(word):
            pattern, flags = re.escape(word), 0
        else:
            flags = 0 if folded.count(word.casefold()) > 1 else re.IGNORECASE
            written = re.escape(word.strip()).replace("'", "['’]").replace(r"\ ", r"\s+")
            pattern = rf"(?<!{_LATIN}){written}(?:['’]s)?(?!{_LATIN})"
        for match in re.finditer(pattern, line, flags):
            covered = set(range(*match.span()))
            if not covered & taken:
                taken |= covered
                found.append((*match.span(), word))
    return sorted(found)


def spoken(line: str, start: int, end: int, entry: str, said: str) -> list[Token]:
    """The tokens of one place: hanzi one a character with its pinyin in braces, a Latin word one token.

    Raises:
        TextUnspeakable: the reading cannot be read; it names the entry.
    """
    said = said.strip()
    if not said:
        raise TextUnspeakable(f'The lexicon has no reading for "{entry}". Write how it sounds, or take the entry out.')
    if not _HAN.search(line[start:end]):
        if _HAN.search(said):
            return [Token(start, end, said, "zh", rule="lexicon")]
        reading = sounds(entry, said)
        owned = line[start:end][-2:] in ("'s", "’s") and entry[-2:] not in ("'s", "’s")
        return [Token(start, end, _owned(reading) if owned else reading, "en", rule="lexicon")]
    syllables = _syllables(line[start:end], entry, said)
    return [Token(start + i, start + i + 1, part, "zh", rule="lexicon") for i, part in enumerate(syllables)]


def _owned(reading: str) -> str:
    """A reading with the 's of possession, as English says it after the last sound."""
    if reading[:1] != "/":
        return f"{reading}'s"
    last = reading.rstrip("/ ")[-1]
    return reading.rstrip("/ ") + ("ɪz" if last in "szʃʒ" else "s" if last in "ptkfθ" else "z") + "/"


def sounds(entry: str, said: str) -> str:
    """A reading of a Latin word as a token says it: /IPA/, or plain letters.

    Raises:
        TextUnspeakable: see `spoken`.
    """
    if said.startswith("{"):
        return f"/{_from_arpabet(entry, said)}/"
    if said.startswith("/"):
        symbols = said.strip("/")
        unknown = _IPA.sub("", symbols)
        if unknown or not symbols:
            raise TextUnspeakable(
                f'The lexicon says "{entry}" is read "{said}", but "{unknown}" is no sound of English IPA. '
                "Correct it, or write how the word sounds in plain letters."
            )
        return said
    odd = re.sub(r"[^\W\d_]|[-'’ .]", "", said)
    if odd:
        raise TextUnspeakable(
            f'The lexicon says "{entry}" is read "{said}", but "{odd}" cannot be said. Write plain letters (Hawper), '
            "/IPA/ between slashes, or ARPAbet in braces {HH AA1 P ER0}."
        )
    return said


def _from_arpabet(entry: str, said: str) -> str:
    ipa = []
    for symbol in said.strip("{} ").split():
        parts = re.fullmatch(r"([A-Z]+)([012]?)", symbol.upper())
        if not parts or parts[1] not in ARPABET:
            raise TextUnspeakable(
                f'The lexicon says "{entry}" is read "{said}", but "{symbol}" is no sound of ARPAbet. '
                "Write sounds such as {HH AA1 P ER0}, a space between them."
            )
        stress = {"1": "ˈ", "2": "ˌ"}.get(parts[2], "")
        weak = parts[2] == "0" and parts[1] in _WEAK
        ipa.append(stress + (_WEAK[parts[1]] if weak else ARPABET[parts[1]]))
    if not ipa:
        raise TextUnspeakable(f'The lexicon has no sounds for "{entry}" in "{said}". Write them, as {{HH AA1 P ER0}}.')
    return "".join(ipa)


def _syllables(hanzi: str, entry: str, said: str) -> list[str]:
    from studio.voice.language.pinyin import known, read

    if all(map(_HAN.match, said)):
        if len(said) != len(hanzi):
            raise TextUnspeakable(
                f'The lexicon says "{entry}" is read "{said}": that is {len(said)} characters for {len(hanzi)}. '
                "Write one a character, or pinyin."
            )
        return list(said)
    own = read(said.strip("{}"))
    strange = [syllable for syllable in own if not known(syllable)]
    if strange or not own:
        raise TextUnspeakable(
            f'The lexicon says "{entry}" is read "{said}", but "{strange[0][:-1] if strange else said}" is no syllable '
            "of Mandarin. Write pinyin, such as dan1 or dān."
        )
    if len(own) != len(hanzi):
        raise TextUnspeakable(
            f'The lexicon says "{entry}" is read "{said}": that is {len(own)} syllables for '
            f"{len(hanzi)} characters. Write one syllable a character, such as dan1 or dān."
        )
    return [f"{{{syllable}}}" for syllable in own]


def parse(given: Sequence[str]) -> dict[str, str]:
    """A lexicon from what was typed: names of YAML files, and single entries such as "Nguyen=/wɪn/"; later ones win.

    Raises:
        TextUnspeakable, FileUnreadable: see `load`; also for what is neither.
    """
    found: dict[str, str] = {}
    for item in given:
        word, sign, said = item.partition("=")
        if sign and word.strip() and said.strip():
            found[word.strip()] = said.strip()
        elif Path(item).suffix.lower() in (".yaml", ".yml"):
            found |= load(Path(item))
        else:
            raise TextUnspeakable(f'"{item}" is no lexicon. Give a file that ends in .yaml, or an entry: Nguyen=/wɪn/')
    return found


def load(path: Path) -> dict[str, str]:
    """A lexicon from a YAML file of lines `word: reading`, or of a person's block that holds one under `lexicon:`.

    Raises:
        FileUnreadable: the file is not there, or is not YAML in UTF-8.
        TextUnspeakable: it holds something else than words and readings.
    """
    import yaml

    try:
        held = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as error:
        raise FileUnreadable(f"There is no lexicon {path}. Check the name.") from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise FileUnreadable(
            f"The lexicon {path} cannot be read as YAML. Write lines such as  Nguyen: /wɪn/"
        ) from error
    if isinstance(held, dict) and isinstance(held.get("lexicon"), dict):
        held = held["lexicon"]
    if not isinstance(held, dict):
        raise TextUnspeakable(f"The lexicon {path} holds no words. Write lines such as  Nguyen: /wɪn/")
    for word, said in held.items():
        if not isinstance(word, str) or not isinstance(said, str):
            raise TextUnspeakable(
                f'The lexicon {path} reads "{word}" as "{said}", which is not text. Put both in quotation marks.'
            )
    return dict(held)
