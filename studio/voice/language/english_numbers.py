"""Numbers in English words: amounts, ranks, years, digits, Roman numerals."""

from __future__ import annotations

import re

from studio.voice.language.tokens import listed

ONES = listed(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
_TENS = ("", "", *listed("twenty thirty forty fifty sixty seventy eighty ninety"))
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
_ROMAN = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}
_ROMAN_FORM = re.compile(r"(?=.)M{0,3}(CM|CD|D?C{0,3})(XC|XL|L?X{0,3})(IX|IV|V?I{0,3})")


def cardinal(value: int) -> str:
    """`value` in words: 1906 is "one thousand nine hundred six"."""
    if value < 0:
        return "minus " + cardinal(-value)
    if value >= 1000 ** len(_GROUPS):
        return digits(str(value))
    if value < 20:
        return ONES[value]
    if value < 100:
        tens, ones = divmod(value, 10)
        return _TENS[tens] + (f"-{ONES[ones]}" if ones else "")
    if value < 1000:
        hundreds, rest = divmod(value, 100)
        return f"{ONES[hundreds]} hundred" + (f" {cardinal(rest)}" if rest else "")
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
    return f"{cardinal(high)} {short_year(low)}"


def short_year(low: int) -> str:
    """The last two digits of a year: 45 is "forty-five", 6 "oh six"."""
    return f"oh {ONES[low]}" if low < 10 else cardinal(low)


def decade(value: int) -> str:
    """A decade by its first year, of two digits or four: 1940 is "nineteen forties", 60 "sixties"."""
    said = year(value) if value >= 1000 else cardinal(value)
    return said[:-1] + "ies" if said.endswith("y") else said + "s"


def digits(text: str) -> str:
    """Every digit of `text` by itself; other characters are left out."""
    return " ".join(ONES[int(char)] for char in text if char in "0123456789")


def number(text: str) -> str:
    """A plain number as written ("1,906", "3.14", "007", ".45") in words."""
    whole, _, fraction = text.replace(",", "").partition(".")
    if not whole:
        return f"point {digits(fraction)}"
    # A leading zero or a very long row of digits is a label, not an amount.
    if not fraction and ((len(whole) > 1 and whole[0] == "0") or len(whole) > 10):
        return digits(whole)
    return cardinal(int(whole)) + (f" point {digits(fraction)}" if fraction else "")


def label(text: str) -> str:
    """The number of a room, a road or a house as it is called out: 101 is "one oh one", 1408 "fourteen oh eight"."""
    value = int(text)
    if len(text) not in (3, 4) or value % 100 == 0 or text[0] == "0":
        return year(value) if len(text) == 4 and value % 1000 and text[0] != "0" else number(text)
    return f"{cardinal(value // 100)} {short_year(value % 100)}"


def fraction(top: int, bottom: int) -> str:
    """top/bottom in words: "three quarters"; "five over three" where it is not less than one."""
    if not 0 < top < bottom:
        return f"{cardinal(top)} over {cardinal(bottom)}"
    part = {2: "half", 4: "quarter"}.get(bottom) or ordinal(bottom)
    plural = "halves" if part == "half" else part + "s"
    return f"{cardinal(top)} {part if top == 1 else plural}"


def and_fraction(whole: int, top: int, bottom: int) -> str:
    """A whole number and a part: 2 1/2 is "two and a half"."""
    said = fraction(top, bottom)
    return f"{cardinal(whole)} and " + re.sub(r"^one ", "a ", said)


def spelled(letters: str) -> str:
    """Letters one by one: "U.S." is "U S". A letter A would be said as the article, so it is written "Ay"."""
    return " ".join("Ay" if letter == "A" else letter for letter in letters.upper() if letter.isalpha())


def roman(text: str) -> int:
    """The value of a Roman numeral up to 3999; 0 where it is not one in its normal form."""
    if not _ROMAN_FORM.fullmatch(text):
        return 0
    total = 0
    for char, following in zip(text, text[1:] + " ", strict=True):
        value = _ROMAN.get(char, 0)
        total += -value if value < _ROMAN.get(following, 0) else value
    return total
