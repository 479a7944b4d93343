"""What each written form of English becomes: one function for a rule of studio/voice/language/english.py."""

from __future__ import annotations

import re
import unicodedata
from fractions import Fraction

from studio.voice.language.english_numbers import (
    and_fraction,
    cardinal,
    digits,
    fraction,
    label,
    number,
    ordinal,
    roman,
    short_year,
    spelled,
    year,
)
from studio.voice.language.english_numbers import decade as decade_of
from studio.voice.language.english_tables import (
    BOOKS,
    CODES,
    MONEY,
    MONTHS,
    NUMBERED,
    POINTED_UNITS,
    SAID_AS_WORDS,
    SPELLED,
    SPOKEN_CAPITALS,
    UNITS,
)
from studio.voice.language.tokens import ODD_NUMBERS, listed

_SCALES = {"K": "thousand", "M": "million", "m": "million", "B": "billion", "bn": "billion"}
_POWERS = {"²": "squared", "³": "cubed"}
_LETTER = rf"[^\W\d_{ODD_NUMBERS}]"
# Things that are named by a measure before them, in the singular: a 35mm film, a 6 ft wall.
_NAMED_BY_MEASURE = frozenset(
    listed(
        "film films camera cameras lens lenses print prints gun guns negative negatives stock projector reel reels "
        "wide tall long deep high thick round wall pole rope boat dash race screen walk swim record records mark rule"
    )
)


def money(found: re.Match[str]) -> str:
    """$3.50, £1.5m, a $10 bill."""
    one, many, small_one, small_many = MONEY[found["sign"]]
    amount, scale = found["amount"].replace(",", ""), found["scale"]
    named = found["before"] is not None
    if scale:
        scale = _SCALES.get(scale, scale.lower())
        return f"{number(amount)} {scale} {one if named else many}"
    whole, _, part = amount.partition(".")
    if len(part) not in (0, 2):
        return f"{number(amount)} {many}"
    large, small = int(whole), int(part or 0)
    parts = [f"{cardinal(large)} {one if large == 1 or named else many}"] if large or not small else []
    if small:
        parts.append(cents(small, small_one, small_many))
    return " and ".join(parts)


def cents(value: int, one: str = "cent", many: str = "cents") -> str:
    """Small money."""
    return f"{cardinal(value)} {one if value == 1 else many}"


def coded_money(found: re.Match[str]) -> str:
    """50 USD."""
    one, many = CODES[found[2]]
    said = number(found[1])
    return f"{said} {one if said == 'one' else many}"


def thousands(found: re.Match[str]) -> str:
    """500K, 2M; 4K is a size of pictures."""
    if found[0] in ("2K", "4K", "5K", "8K", "10K"):
        return f"{number(found[1])} {found[2]}"
    return f"{number(found[1])} {_SCALES[found[2]]}"


def half_day(letter: str) -> str:
    """a or p of a.m. and p.m."""
    return f"{spelled(letter)} M"


def time(found: re.Match[str]) -> str:
    """5:30 p.m., 17:45, 12:00."""
    hour, minute, half = int(found[1]), int(found[2]), found[3]
    if minute:
        said = f"{cardinal(hour)} {short_year(minute)}"
        said = f"oh {said}" if found[1][0] == "0" and not half and hour else said
    elif hour > 12 or hour == 0:
        said = f"{cardinal(hour)} hundred"
    else:
        said = cardinal(hour) if half else f"{cardinal(hour)} o'clock"
    return f"{said} {half_day(half)}" if half else said


def military_time(found: re.Match[str]) -> str:
    """1400 hours, 0630 hours."""
    hour, minute = int(found[1]), int(found[2])
    said = f"oh {cardinal(hour)}" if hour < 10 else cardinal(hour)
    return f"{said} {short_year(minute) if minute else 'hundred'}"


def clock(found: re.Match[str]) -> str:
    """01:02:33 as a length; with frames behind it, as an editor writes, 01:02:33:12."""
    parts = []
    for value, name in zip(found.groups(), ("hour", "minute", "second", "frame"), strict=True):
        if value is not None and (int(value) or name == "second"):
            parts.append(f"{cardinal(int(value))} {name}{'' if int(value) == 1 else 's'}")
    return " ".join(parts)


def _date(month: int, day: int, the_year: str) -> str:
    said = f"{MONTHS[month - 1]} {ordinal(day)}"
    if len(the_year) == 4:
        return f"{said}, {year(int(the_year))}"
    return f"{said}, {short_year(int(the_year))}" if the_year else said


def _is_date(month: int, day: int) -> bool:
    return 1 <= month <= 12 and 1 <= day <= 31


def slash_date(found: re.Match[str]) -> str:
    """12/9/1906: month first, as in America, unless only the other order is a date."""
    first, second = int(found[1]), int(found[2])
    month, day = (second, first) if first > 12 else (first, second)
    if not _is_date(month, day):
        return " ".join(cardinal(int(part)) for part in found.groups())
    return _date(month, day, found[3])


def dotted_date(found: re.Match[str]) -> str:
    """12.5.1945: day first, as where dates are written with dots."""
    day, month = int(found[1]), int(found[2])
    if not _is_date(month, day):
        return " point ".join(number(part) for part in found.groups())
    return f"the {ordinal(day)} of {MONTHS[month - 1]}, {year(int(found[3]))}"


def iso_date(found: re.Match[str]) -> str:
    """1906-12-09."""
    month, day = int(found[2]), int(found[3])
    return _date(month, day, found[1]) if _is_date(month, day) else digits(found[0])


def days(found: re.Match[str]) -> str:
    """The 3–5 of "3–5 March"."""
    return f"the {ordinal(int(found[1]))} to the {ordinal(int(found[2]))} of"


def decade(value: int) -> str:
    """1940s, '60s; the 1800s are a century."""
    return decade_of(value)


def owned_year(found: re.Match[str]) -> str:
    """1945, 1945's."""
    return year(int(found[1])) + ("'s" if found[2] else "")


def years(found: re.Match[str]) -> str:
    """1939–45."""
    return f"{year(int(found[1]))} to {short_year(int(found[3]))}"


def ancient_year(value: int) -> str:
    """79 of AD 79, 1066 of 1066 CE."""
    return year(value) if value >= 1000 else label(str(value))


def height(found: re.Match[str]) -> str:
    """5'10"."""
    return f"{cardinal(int(found[1]))} foot {cardinal(int(found[2]))}"


def unit(found: re.Match[str]) -> str:
    """5 kg, 60 mph; 35mm film in the singular."""
    amount, sign = found[1], found[2]
    said, (one, many) = number(amount), UNITS[sign]
    pointed = found[0].endswith(".")
    following = re.match(r" ?([a-z]+)", found.string[found.end() :])
    named = bool(following and following[1] in _NAMED_BY_MEASURE and not pointed)
    ends = pointed and sign not in POINTED_UNITS
    return f"{said} {one if said == 'one' or named else many}" + ("." if ends else "")


def verse(found: re.Match[str]) -> str:
    """Psalm 23:4, John 3:16; between other words it is a ratio."""
    book = re.search(r"([A-Z][a-z]+|Psalms?) $", found.string[: found.start()])
    if book and book[1] in BOOKS:
        return f"{cardinal(int(found[1]))} {cardinal(int(found[2]))}"
    return f"{cardinal(int(found[1]))} to {cardinal(int(found[2]))}"


def parts_of_label(text: str) -> str:
    """The number of an object in a collection, 1987.45.2, by its parts."""
    return " ".join(label(part) if len(part) > 2 else number(part) for part in text.split("."))


def size(found: re.Match[str]) -> str:
    """5x7, 8 × 10 in."""
    said = f"{number(found[1])} by {number(found[2])}"
    return f"{said} {UNITS[found[3]][1]}" if found[3] else said


def mixed_fraction(found: re.Match[str]) -> str:
    """2 1/2."""
    return and_fraction(int(found[1]), int(found[2]), int(found[3]))


def vulgar_fraction(found: re.Match[str]) -> str:
    """2½."""
    part = Fraction(unicodedata.numeric(found[2])).limit_denominator(1000)
    return and_fraction(int(found[1]), part.numerator, part.denominator)


def odd_number(found: re.Match[str]) -> str:
    """½, ², ①, Ⅷ."""
    value = Fraction(unicodedata.numeric(found[0])).limit_denominator(1000)
    if found[0] in _POWERS:
        return _POWERS[found[0]]
    return cardinal(value.numerator) if value.denominator == 1 else fraction(value.numerator, value.denominator)


def ranked(found: re.Match[str]) -> str:
    """Henry VIII, Louis XIV's."""
    value = roman(found[2])
    return f"{found[1]} the {ordinal(value)}" + ("'s" if found[3] else "") if value else found[0]


def rank(found: re.Match[str]) -> str:
    """The III of Thurston Howell III."""
    return f"the {ordinal(roman(found[0]))}"


def roman_cardinal(found: re.Match[str]) -> str:
    """The iii of Scene iii."""
    value = roman(found[1].upper())
    return cardinal(value) if value else found[1]


def roman_ordinal(found: re.Match[str]) -> str:
    """The XIX of the XIX century."""
    value = roman(found[1])
    return ordinal(value) if value else found[1]


def roman_year(found: re.Match[str]) -> str:
    """MCMXLII."""
    value = roman(found[1])
    return year(value) if value else found[1]


def short_part(found: re.Match[str]) -> str:
    """Art. IV, pl. XII."""
    value = roman(found["value"])
    return f"{NUMBERED[found['what']]} {cardinal(value) if value else spelled(found['value'])}"


def part(found: re.Match[str]) -> str:
    """Chapter IV, Act II, Scene iii."""
    value = roman(found["value"].upper())
    return f"{found['what'].replace('Vol.', 'Volume').replace('No.', 'Number')} " + (
        cardinal(value) if value else found["value"]
    )


def initials(found: re.Match[str]) -> str:
    """J. R. R., U.S., J.R.R."""
    return spelled(found[0])


def _reads(word: str) -> bool:
    """Whether capitals are said as a word: known ones, and long ones that have a vowel after their start."""
    if word in SAID_AS_WORDS:
        return True
    if word in SPELLED:
        return False
    if len(word) <= 3:
        return word in SPOKEN_CAPITALS
    return bool(re.search(r"[AEIOUY]", word[1:])) and not re.search(r"[^AEIOUY]{5}|^[^AEIOUYHLRSTW]{2}[^AEIOULR]", word)


def capitals(word: str) -> str:
    """NASA, BBC, STOP."""
    return word if _reads(word) else spelled(word)


def capitals_word(found: re.Match[str]) -> str:
    """Capitals by themselves, or before a hyphen: V-E, X-ray."""
    return capitals(found[0].rstrip("-"))


def many_capitals(found: re.Match[str]) -> str:
    """POWs, NASA's: letters, and the s after the last of them."""
    word = re.sub(r"['’]?s$", "", found[0])
    ending = "'s" if found[0][len(word)] in "'’" else "s"
    said = capitals(word)
    return said + (ending if said == word and ending == "'s" else "s" if said == word else "'s")


def joined_acronym(found: re.Match[str]) -> str:
    """AT&T, B&B."""
    return " and ".join(spelled(part) for part in found[0].split("&"))


def mixed(found: re.Match[str]) -> str:
    """COVID-19, B-52, 3-year-old, 1080p, 221B."""
    if found[0] in ("1080p", "720p", "1440p", "1080i"):
        return f"{label(found[0][:-1])} {found[0][-1].upper()}"
    parts = re.findall(rf"{_LETTER}+|\d+", found[0])
    said = [
        (label(p) if len(p) == 3 and p[1] == "0" else number(p))
        if p.isdecimal()
        else (spelled(p) if p.isupper() and len(p) <= 3 else p)
        for p in parts
    ]
    return " ".join(said)


def link(found: re.Match[str]) -> str:
    """Addresses of pages and of mail."""
    said = re.sub(r"^https?://", "", found[0]).rstrip("/").replace("www", "w w w")
    for sign, word in (("@", "at"), (".", "dot"), ("/", "slash"), ("-", "dash"), ("_", "underscore"), ("+", "plus")):
        said = said.replace(sign, f" {word} ")
    said = re.sub(r"\d+", lambda run: f" {digits(run[0])} ", said)
    return re.sub(r" {2,}", " ", said).strip()
