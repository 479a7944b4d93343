"""When a picture was taken, from EXIF and from the names of files and folders, in English and Chinese.

A scan carries the day of the scanning in its EXIF. So a name that says an earlier year goes before EXIF, and EXIF
written by a scanner says nothing at all.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from pathlib import PurePath

FIRST = 1840  # no photographs before
TOLD_APART = 14  # years: a span that is longer says no decade
_DIGITS = {char: str(value) for value, row in enumerate(("〇零○", "一", "二", "三", "四", "五", "六", "七", "八", "九"))
           for char in row}  # fmt: skip
_TENS_EN = ("twenties", "thirties", "forties", "fifties", "sixties", "seventies", "eighties", "nineties")
_SCANNER = re.compile(r"scan|perfection|silverfast|vuescan|opticfilm|coolscan|MFC-|digitali[sz]e|photomyne", re.I)
# Cameras that were never set tell these first days.
_UNSET = {(1970, 1, 1), (1980, 1, 1), (2000, 1, 1), (2001, 1, 1), (2002, 1, 1), (2005, 1, 1)}
_COUNTER = re.compile(
    r"(?:^|[^a-z])(?:img|dsc|dscn|dscf|dscp|pict?|cimg|mvi|mov|vid|sam|gopr|hpim|imgp|p|s|kif|sany|ssl|wa)[-_ ]?\d{3,5}"
    r"(?!\d)",
    re.I,
)
_SIZE = re.compile(r"\d{3,5}\s?[x×]\s?\d{3,5}|\d{3,4}p(?![a-z0-9])|\d{3,5}\s?(?:dpi|px)", re.I)
_YEAR = r"(?<!\d)(1[89]\d\d|20\d\d)"
_MONTH, _DAY = r"(0?[1-9]|1[0-2])", r"(0?[1-9]|[12]\d|3[01])"
_DENSE = re.compile(r"(?<!\d)((?:19|20)\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?=\D|\d{6}(?:\d{3})?(?!\d)|$)")
_YMD = re.compile(_YEAR + r"[-._/ 年]\s?" + _MONTH + r"[-._/ 月]\s?" + _DAY + r"(?!\d)")
_DMY = re.compile(r"(?<!\d)(\d{1,2})[-._/](\d{1,2})[-._/]" + r"(1[89]\d\d|20\d\d)(?!\d)")
_DECADE = re.compile(r"(?<!\d)(1[89]\d|20\d)0\s?(?:['’]?s(?![a-z])|年代)")
_SHORT_ZH = re.compile(r"(?<!\d)([0-9])0年代")
_SHORT_EN = re.compile(r"(?:^|[\s_\-/(,]|['’])([2-9])0['’]?s(?![a-z])", re.I)
_AGE = re.compile(r"\b(?:in|into|of|her|his|their|my|our|your|age)\s*(?:her|his|their|my|our|your)?\s*$", re.I)
_SPAN = re.compile(_YEAR + r"\s?(?:[-–—~～至到]|to|bis)\s?(1[89]\d\d|20\d\d|\d\d)(?!\d|[-._]\d)")
_PLAIN = re.compile(_YEAR + r"(?!\d)")
_SHORT_YEAR_ZH = re.compile(r"(?:^|[\s_\-/(（.,、])['’]?(\d\d)年(?!代|前|后|来|多|了|纪|周|級|级|间)")
_REPUBLIC = re.compile(r"民国(\d{1,2})年|民国元年")
_PART = ((re.compile(r"early|初|前期", re.I), 0, 3), (re.compile(r"\bmid|中期|中叶", re.I), 4, 6),
         (re.compile(r"\blate\b|末|后期", re.I), 7, 9))  # fmt: skip


@dataclass(frozen=True)
class When:
    """The years between which a picture was taken."""

    first: int
    last: int
    source: str
    """file name, folder, EXIF or film."""
    day: str = ""
    """ISO 8601 where the very day is known."""

    @property
    def middle(self) -> float:
        """The year it is put at among others; days count."""
        if len(self.day) >= 7:
            return self.first + (int(self.day[5:7]) - 1) / 12 + int(self.day[8:10] or 1) / 372
        return (self.first + self.last) / 2

    @property
    def decade(self) -> int | None:
        """1950 for the fifties; None where the span is too long to say."""
        return int(self.middle) // 10 * 10 if self.last - self.first <= TOLD_APART else None


def dated(where: PurePath, taken: str, device: str, *, grey: bool, today: date) -> When | None:
    """When a picture was taken; None where nothing says it.

    Args:
        where: the file, relative to the folder that was gathered.
        taken: as EXIF or the film's own tags say it; "" where they do not.
        device: camera, scanner and program as EXIF names them.
        grey: the picture is black and white.
    """
    names = [("file name", where.stem), *(("folder", part) for part in reversed(where.parent.parts))]
    told = [span for source, text in names if (span := _named(text, source, today)) is not None]
    narrow = next((span for span in told if span.decade is not None), None)
    camera = _exif(taken, device, today)
    if camera is None:
        return narrow or (told[0] if told else None)
    if narrow is not None:
        # The same year twice: the camera knows the day. An earlier one: the picture was scanned or copied later.
        return camera if narrow.first - 1 <= camera.first <= narrow.last + 1 else narrow
    if grey and camera.first >= 1995:
        return told[0] if told else None  # a print that was photographed or scanned; digital cameras see colours
    return camera


def _exif(taken: str, device: str, today: date) -> When | None:
    found = re.match(r"(\d{4})[:\-/.](\d\d)[:\-/.](\d\d)", taken)
    if found is None or _SCANNER.search(device):
        return None
    year, month, day = (int(part) for part in found.groups())
    if not FIRST <= year <= today.year or (year, month, day) in _UNSET:
        return None
    try:
        return When(year, year, "EXIF", date(year, month, day).isoformat())
    except ValueError:
        return When(year, year, "EXIF")


def _named(text: str, source: str, today: date) -> When | None:
    """The years that a name speaks of."""
    plain = _COUNTER.sub(" ", _SIZE.sub(" ", _arabic(unicodedata.normalize("NFKC", text))))
    if (day := _day(plain)) is not None and FIRST <= day.year <= today.year:
        return When(day.year, day.year, source, day.isoformat())
    span = _decade(plain, today) or _years(plain, today)
    return None if span is None else When(*span, source)


def _day(text: str) -> date | None:
    for pattern, order in ((_DENSE, (0, 1, 2)), (_YMD, (0, 1, 2)), (_DMY, (2, 1, 0))):
        if (found := pattern.search(text)) is not None:
            parts = [int(part) for part in found.groups()]
            year, month, day = (parts[place] for place in order)
            if month > 12 and day <= 12:  # 12/31/1999, as Americans write it
                month, day = day, month
            try:
                return date(year, month, day)
            except ValueError:
                continue
    return None


def _decade(text: str, today: date) -> tuple[int, int] | None:
    start: int | None = None
    if (found := _DECADE.search(text)) is not None:
        start = int(found[1]) * 10
    elif (found := _SHORT_ZH.search(text)) is not None:
        start = 1900 + 10 * int(found[1]) if found[1] not in "01" else 2000 + 10 * int(found[1])
    elif (found := _SHORT_EN.search(text)) is not None and not _AGE.search(text[: found.start() + 1]):
        start = 1900 + 10 * int(found[1])
    else:
        words = re.findall(r"[a-z]+", text.lower())
        tens = next((index for index, word in enumerate(_TENS_EN) if word in words), None)
        start = None if tens is None else 1920 + 10 * tens
    if start is None or not FIRST <= start <= today.year:
        return None
    for pattern, first, last in _PART:
        if pattern.search(text):
            return start + first, start + last
    return start, start + 9


def _years(text: str, today: date) -> tuple[int, int] | None:
    span = _SPAN.search(text)
    if span is not None:
        first = int(span[1])
        last = int(span[2]) if len(span[2]) == 4 else first // 100 * 100 + int(span[2])
        if FIRST <= first < last <= today.year:
            return first, last
    if (found := _REPUBLIC.search(text)) is not None:
        year = 1911 + int(found[1] or 1)
        return (year, year) if year <= 1949 else None
    years = [int(year) for year in _PLAIN.findall(text) if FIRST <= int(year) <= today.year]
    if years:
        return min(years), max(years)
    if (found := _SHORT_YEAR_ZH.search(text)) is not None:
        year = int(found[1]) + (2000 if int(found[1]) <= today.year % 100 else 1900)
        return year, year
    return None


def _arabic(text: str) -> str:
    """Chinese numbers of years as digits: 一九五八年 → 1958年, 五十年代 → 50年代, 民国三十五年 → 民国35年."""
    tens = re.sub(r"([二三四五六七八九])十(?=年代)", lambda found: _DIGITS[found[1]] + "0", text)
    run = "[" + "".join(_DIGITS) + "]"
    tens = re.sub(run + r"{4}(?=年|$|[^" + "".join(_DIGITS) + "])", _each_digit, tens)
    tens = re.sub(run + r"{2}(?=年)", _each_digit, tens)
    return re.sub(r"(?<=民国)([一二三四五六七八九十]{1,3})(?=年)", _counted, tens)


def _each_digit(found: re.Match[str]) -> str:
    return "".join(_DIGITS[char] for char in found[0])


def _counted(found: re.Match[str]) -> str:
    before, ten, after = found[1].partition("十")
    if not ten:
        return _DIGITS[before[0]]
    return str(int(_DIGITS.get(before, "1")) * 10 + int(_DIGITS.get(after, "0")))
