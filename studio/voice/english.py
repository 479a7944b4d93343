"""How written English is said: numbers, years, dates, money, units, abbreviations."""

from __future__ import annotations

import re
import unicodedata
from fractions import Fraction

from studio.voice.tokens import ODD_NUMBERS, Rule, Token, mark, rule


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_ONES = _words(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
_TENS = ("", "", *_words("twenty thirty forty fifty sixty seventy eighty ninety"))
_GROUPS = ["", "thousand", "million", "billion", "trillion", "quadrillion"]
_ORDINALS = {
    "one": "first",
    "two": "second",
    "three": "third",
    "five": "fifth",
    "eight": "eighth",
    "nine": "ninth",
    "twelve": "twelfth",
}
_MONTHS = _words("January February March April May June July August September October November December")
_MONTH_OF = {name[:3].lower(): name for name in _MONTHS} | {"sept": "September"}
_ROMAN = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}

_UNITS = {
    "km/h": ("kilometre per hour", "kilometres per hour"),
    "mph": ("mile per hour", "miles per hour"),
    "km²": ("square kilometre", "square kilometres"),
    "m²": ("square metre", "square metres"),
    "m³": ("cubic metre", "cubic metres"),
    "km": ("kilometre", "kilometres"),
    "cm": ("centimetre", "centimetres"),
    "mm": ("millimetre", "millimetres"),
    "kg": ("kilogram", "kilograms"),
    "mg": ("milligram", "milligrams"),
    "lbs": ("pound", "pounds"),
    "lb": ("pound", "pounds"),
    "oz": ("ounce", "ounces"),
    "ft": ("foot", "feet"),
    "mi": ("mile", "miles"),
    "GHz": ("gigahertz", "gigahertz"),
    "MHz": ("megahertz", "megahertz"),
    "kHz": ("kilohertz", "kilohertz"),
    "Hz": ("hertz", "hertz"),
    "GB": ("gigabyte", "gigabytes"),
    "MB": ("megabyte", "megabytes"),
    "kW": ("kilowatt", "kilowatts"),
    "ml": ("millilitre", "millilitres"),
    "°C": ("degree Celsius", "degrees Celsius"),
    "°F": ("degree Fahrenheit", "degrees Fahrenheit"),
    "℃": ("degree Celsius", "degrees Celsius"),
    "℉": ("degree Fahrenheit", "degrees Fahrenheit"),
    "°": ("degree", "degrees"),
    "m": ("metre", "metres"),
    "g": ("gram", "grams"),
}
_MONEY = {
    "$": ("dollar", "dollars", "cent", "cents"),
    "£": ("pound", "pounds", "penny", "pence"),
    "€": ("euro", "euros", "cent", "cents"),
    "¥": ("yuan", "yuan", "fen", "fen"),
}
_SHORT = {
    "Dr": "Doctor",
    "Mr": "Mister",
    "Mrs": "Missus",
    "Ms": "Miz",
    "Prof": "Professor",
    "Adm": "Admiral",
    "Gen": "General",
    "Col": "Colonel",
    "Capt": "Captain",
    "Cmdr": "Commander",
    "Lt": "Lieutenant",
    "Maj": "Major",
    "Sgt": "Sergeant",
    "Rev": "Reverend",
    "Hon": "Honorable",
    "Sen": "Senator",
    "Rep": "Representative",
    "Gov": "Governor",
    "Pres": "President",
    "Jr": "Junior",
    "Sr": "Senior",
    "vs": "versus",
    "etc": "et cetera",
    "Ave": "Avenue",
    "Blvd": "Boulevard",
    "Mt": "Mount",
    "Inc": "Incorporated",
    "Corp": "Corporation",
    "Co": "Company",
    "Ltd": "Limited",
    "Dept": "Department",
    "approx": "approximately",
    "Univ": "University",
}
ABBREVIATIONS = frozenset(_SHORT) | {"St", "No", "e.g", "i.e", "a.m", "p.m", "Fr", "Sept"} | {m[:3] for m in _MONTHS}
"""Words after which a full stop does not end a sentence."""

_RULERS = _words(
    "Alexander Alfonso Alphonse Anne Benedict Catherine Charles Christian Clement Edward Elizabeth Ferdinand Francis "
    "Franz Frederick Friedrich George Gregory Gustav Harald Haakon Henry Innocent Ivan James John Joseph Leo Leopold "
    "Louis Mary Maximilian Napoleon Nicholas Otto Paul Peter Philip Pius Ramesses Richard Rudolf Sigismund Urban "
    "Victor Vittorio Wilhelm William"
)
_SPOKEN_CAPITALS = frozenset(
    _words(
        "I A O US OK WE ARE THE AND IS IT MY NO YES YOU IN ON OF TO ALL FOR SHE HE HIS HER HIM BUT NOT GO DO SO UP OUR "
        "OLD NEW ONE TWO TEN MOM MUM DAD SON MAN WAS HAS HAD CAN AT BE BY OR IF AN AS ME HOW WHO WHY DID MAY NOW OUT"
    )
)
_SIGNS = {
    "&": "and",
    "@": "at",
    "+": "plus",
    "=": "equals",
    "%": "percent",
    "×": "times",
    "÷": "divided by",
    "±": "plus or minus",
}
_POWERS = {"²": "squared", "³": "cubed"}
_LETTER = rf"[^\W\d_{ODD_NUMBERS}]"
_SCALE = r"(?:thousand|million|billion|trillion)"
_NUMBER = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"


def cardinal(value: int) -> str:
    """`value` in words: 1906 is "one thousand nine hundred six"."""
    if value < 0:
        return "minus " + cardinal(-value)
    if value >= 1000 ** len(_GROUPS):
        return digits(str(value))
    if value < 20:
        return _ONES[value]
    if value < 100:
        tens, ones = divmod(value, 10)
        return _TENS[tens] + (f"-{_ONES[ones]}" if ones else "")
    if value < 1000:
        hundreds, rest = divmod(value, 100)
        return f"{_ONES[hundreds]} hundred" + (f" {cardinal(rest)}" if rest else "")
    words: list[str] = []
    for group in _GROUPS:
        value, part = divmod(value, 1000)
        if part:
            words.insert(0, f"{cardinal(part)} {group}".strip())
        if not value:
            break
    return " ".join(words)


def ordinal(value: int) -> str:
    """`value` as a rank in words: 21 is "twenty-first"."""
    words = cardinal(value)
    head, separator, last = re.fullmatch(r"(?:(.*)([ -]))?(\w+)", words).groups()  # type: ignore[union-attr]
    if last in _ORDINALS:
        last = _ORDINALS[last]
    elif last.endswith("y"):
        last = last[:-1] + "ieth"
    else:
        last += "th"
    return f"{head or ''}{separator or ''}{last}"


def year(value: int) -> str:
    """`value` as people say a year: 1906 is "nineteen oh six", 2005 "two thousand five"."""
    high, low = divmod(value, 100)
    if not 10 <= high <= 99 or (high % 10 == 0 and low < 10):
        return cardinal(value)
    if low == 0:
        return f"{cardinal(high)} hundred"
    return f"{cardinal(high)} " + (f"oh {_ONES[low]}" if low < 10 else cardinal(low))


def digits(text: str) -> str:
    """Every digit of `text` by itself; other characters are left out."""
    return " ".join(_ONES[int(char)] for char in text if char in "0123456789")


def number(text: str) -> str:
    """A plain number as written ("1,906", "3.14", "007") in words."""
    whole, _, fraction = text.replace(",", "").partition(".")
    # A leading zero or a very long row of digits is a label, not an amount.
    if not fraction and ((len(whole) > 1 and whole[0] == "0") or len(whole) > 10):
        return digits(whole)
    return cardinal(int(whole)) + (f" point {digits(fraction)}" if fraction else "")


def spelled(letters: str) -> str:
    """Letters one by one: "U.S." is "U S". A letter A would be said as the article, so it is written "Ay"."""
    return " ".join("Ay" if letter == "A" else letter for letter in letters.upper() if letter.isalpha())


def roman(text: str) -> int:
    """The value of a Roman numeral up to C; 0 where it is not one in its normal form."""
    total = 0
    for char, following in zip(text, text[1:] + " ", strict=True):
        value = _ROMAN.get(char, 0)
        total += -value if value < _ROMAN.get(following, 0) else value
    normal = re.fullmatch(r"(?=.)(C|XC|XL|L?X{0,3})(IX|IV|V?I{0,3})", text)
    return total if normal else 0


def _money(found: re.Match[str]) -> str:
    one, many, small_one, small_many = _MONEY[found["sign"]]
    amount, scale = found["amount"].replace(",", ""), found["scale"]
    if scale:
        return f"{number(amount)} {scale} {many}"
    whole, _, fraction = amount.partition(".")
    if len(fraction) not in (0, 2):
        return f"{number(amount)} {many}"
    large, small = int(whole), int(fraction or 0)
    parts = [f"{cardinal(large)} {one if large == 1 else many}"] if large or not small else []
    if small:
        parts.append(f"{cardinal(small)} {small_one if small == 1 else small_many}")
    return " and ".join(parts)


def _time(found: re.Match[str]) -> str:
    hour, minute, half = int(found[1]), int(found[2]), found[3]
    if minute:
        said = f"{cardinal(hour)} " + (f"oh {_ONES[minute]}" if minute < 10 else cardinal(minute))
    elif hour > 12 or hour == 0:
        said = f"{cardinal(hour)} hundred"
    else:
        said = cardinal(hour) if half else f"{cardinal(hour)} o'clock"
    return f"{said} {spelled(half)} M" if half else said


def _date(month: int, day: int, the_year: int | None) -> str:
    return f"{_MONTHS[month - 1]} {ordinal(day)}" + (f", {year(the_year)}" if the_year else "")


def _slash_date(found: re.Match[str]) -> str:
    first, second, the_year = (int(part) for part in found.groups())
    month, day = (second, first) if first > 12 else (first, second)
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return " ".join(cardinal(int(part)) for part in found.groups())
    return _date(month, day, the_year)


def _iso_date(found: re.Match[str]) -> str:
    the_year, month, day = (int(part) for part in found.groups())
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return digits(found[0])
    return _date(month, day, the_year)


def _unit(found: re.Match[str]) -> str:
    said = number(found[1])
    return f"{said} {_UNITS[found[2]][0 if said == 'one' else 1]}"


def _odd_number(found: re.Match[str]) -> str:
    value = Fraction(unicodedata.numeric(found[0])).limit_denominator(1000)
    if found[0] in _POWERS:
        return _POWERS[found[0]]
    return cardinal(value.numerator) if value.denominator == 1 else fraction(value.numerator, value.denominator)


def fraction(top: int, bottom: int) -> str:
    """top/bottom in words: "three quarters"; "five over three" where it is not less than one."""
    if not 0 < top < bottom:
        return f"{cardinal(top)} over {cardinal(bottom)}"
    part = {2: "half", 4: "quarter"}.get(bottom) or ordinal(bottom)
    plural = "halves" if part == "half" else part + "s"
    return f"{cardinal(top)} {part if top == 1 else plural}"


def _decade(found: re.Match[str]) -> str:
    said = year(int(found[1])) if len(found[1]) == 4 else cardinal(int(found[1]))
    return said[:-1] + "ies" if said.endswith("y") else said + "s"


def _ranked(found: re.Match[str]) -> str:
    value = roman(found[2])
    return f"{found[1]} the {ordinal(value)}" if value else found[0]


def _capitals(found: re.Match[str]) -> str:
    word = found[0]
    return word if word in _SPOKEN_CAPITALS else spelled(word)


def _mixed(found: re.Match[str]) -> str:
    parts = re.findall(rf"{_LETTER}+|\d+", found[0])
    said = [number(p) if p.isdecimal() else (spelled(p) if p.isupper() and len(p) <= 3 else p) for p in parts]
    return " ".join(said)


def _link(found: re.Match[str]) -> str:
    spelled = found[0].replace("www", "w w w").replace("@", " at ").replace(".", " dot ").replace("/", " slash ")
    return re.sub(r"\d+", lambda run: f" {digits(run[0])} ", spelled.replace("://", " "))


_MONTH_WORD = rf"(?P<month>{'|'.join(_MONTHS)}|(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b\.?)"
_RULES: tuple[Rule, ...] = (
    rule(f"[{ODD_NUMBERS}]", _odd_number),
    rule(r"(?:https?://)?(?:www\.|[\w.+-]+@)\w[\w.-]*\.\w{2,}(?:/\w+)*", _link),
    rule(r"\w[\w-]*(?:\.[\w-]+)*\.(?:com|org|net|edu|gov|museum|cn|uk)\b(?:/\w+)*", _link),
    rule(
        rf"(?P<sign>[$£€¥])(?P<amount>{_NUMBER})(?: ?(?P<scale>{_SCALE})\b)?",
        _money,
    ),
    rule(r"\b(\d{4})-(\d{2})-(\d{2})\b", _iso_date),
    rule(r"\b(\d{1,2})/(\d{1,2})/(\d{4})\b", _slash_date),
    rule(r"\b([01]?\d|2[0-4]):([0-5]\d)(?: ?([aApP])\.?[mM]\b\.?)?", _time),
    rule(r"\b(\d{1,2}) ?([aApP])\.?[mM]\b\.?", lambda m: f"{cardinal(int(m[1]))} {spelled(m[2])} M"),
    rule(
        r"\+\d{1,3}(?:[ -]?\(?\d{2,4}\)?){2,4}\b|(?:\(\d{3}\) ?|\b\d{3}-)\d{3}-\d{4}\b|\b\d{3}-\d{4}\b",
        lambda m: digits(m[0]),
    ),
    rule(rf"({_NUMBER}) ?%", lambda m: f"{number(m[1])} percent"),
    rule(r"(\d+)(?:st|nd|rd|th)\b", lambda m: ordinal(int(m[1]))),
    rule(r"['’]?(\d{4}|\d0)['’]?s\b", _decade),
    rule(rf"({_NUMBER}) ?({'|'.join(re.escape(u) for u in _UNITS)})(?![\w/])", _unit),
    rule(r"\b24/7\b", lambda _: "twenty-four seven"),
    rule(r"\b(\d{1,2})/(\d{1,2})\b", lambda m: fraction(int(m[1]), int(m[2]))),
    rule(rf"\b(\d{{1,2}})(?= {_MONTH_WORD})", lambda m: f"the {ordinal(int(m[1]))} of"),
    rule(rf"(?<![A-Za-z]){_MONTH_WORD}(?![A-Za-z])", lambda m: _MONTH_OF[m["month"].rstrip(".").lower()[:3]]),
    rule(r"\b(1[1-9]\d\d|20\d\d)\b(?![,.]\d)", lambda m: year(int(m[1]))),
    rule(r"(?<![\w.)])[-−](?=\d)", lambda _: "minus"),
    rule(r"(?<=\d)\s?[-–—~](?=\s?\d)", lambda _: "to"),
    rule(rf"\b({'|'.join(_RULERS)}) ([IVXL]{{2,}}|[VX])\b", _ranked),
    rule(rf"\b({'|'.join(_RULERS)}) (I)(?=[,.;:)]|$| of | and the )", _ranked),
    rule(
        r"\b(?P<what>World War|Chapter|Part|Act|Volume|Type|Book|Phase) (?P<value>[IVX]+)\b",
        lambda m: f"{m['what']} {cardinal(roman(m['value'])) if roman(m['value']) else m['value']}",
    ),
    rule(r"\bWW(II|I)\b", lambda m: f"World War {'Two' if m[1] == 'II' else 'One'}"),
    rule(r"\bNo\. ?(?=\d)|#(?=\d)", lambda _: "number"),
    rule(r"\bSt\.(?= [A-Z])", lambda _: "Saint"),
    rule(r"\bSt\.", lambda _: "Street"),
    rule(rf"\b({'|'.join(_SHORT)})\.", lambda m: _SHORT[m[1]]),
    rule(r"\b(Dr|Mr|Mrs|Ms|Jr|Sr|Ltd)\b", lambda m: _SHORT[m[1]]),
    rule(r"\bPh\. ?D\b\.?", lambda _: "P H D"),
    rule(r"\be\.g\.|\bi\.e\.", lambda m: "for example" if m[0][0] == "e" else "that is"),
    rule(r"\b(?:[A-Za-z]\.){2,}(?!\w)|\b[A-Z]\.(?=\s+[A-Z])", lambda m: spelled(m[0])),
    rule(rf"(?:{_LETTER}+(?:\d+|-\d{{1,3}}(?!\d))|\d+-?{_LETTER}+)(?:{_LETTER}|\d)*", _mixed),
    rule(r"\d+(?:\.\d+){2,}", lambda m: " point ".join(number(part) for part in m[0].split("."))),
    rule(rf"(?:{_NUMBER})(?!\d)", lambda m: number(m[0])),
    rule(r"\b[A-Z]{1,3}\b(?!['’-]\w)", _capitals),
    rule(rf"{_LETTER}+(?:['’]{_LETTER}+|-{_LETTER}+)*['’]?", lambda m: m[0].rstrip("'’").replace("’", "'")),
    rule("|".join(re.escape(sign) for sign in _SIGNS), lambda m: _SIGNS[m[0]]),
)
_DAY = re.compile(r"\d{1,2}(?!\d|[:.]\d)")


def tokens(text: str) -> list[Token]:
    """The pieces of an English line, in order; spaces and quotation marks belong to none."""
    # A line written in capitals is loud, not a row of acronyms.
    words = re.findall(r"[A-Za-z]{2,}", text)
    if len(words) > 3 and sum(word.isupper() for word in words) > 0.8 * len(words):
        text = text.lower()
    found: list[Token] = []
    at = 0
    while at < len(text):
        token = _day_after_month(text, at, found) or _first_rule(text, at) or mark(text, at, "en")
        if token is not None:
            found.append(token)
        at = at + 1 if token is None else token.end
    return found


def _first_rule(text: str, at: int) -> Token | None:
    for candidate in _RULES:
        match = candidate.pattern.match(text, at)
        if match and match.end() > at:
            return Token(at, match.end(), candidate.say(match), "en")
    return None


def _day_after_month(text: str, at: int, before: list[Token]) -> Token | None:
    """ "December 9" is said "December ninth"."""
    match = _DAY.match(text, at)
    if not match or not before or before[-1].said not in _MONTHS or not 1 <= int(match[0]) <= 31:
        return None
    return (
        None if text[match.end() : match.end() + 1].isalpha() else Token(at, match.end(), ordinal(int(match[0])), "en")
    )
