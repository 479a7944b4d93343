"""How written Mandarin is said: numbers, years, dates, money, units, and English words in the line."""

from __future__ import annotations

import re
import unicodedata
from fractions import Fraction

from studio.voice import english
from studio.voice.tokens import ODD_NUMBERS, Rule, Token, mark, rule

_DIGITS = "零一二三四五六七八九"
_UNITS = {
    "km/h": "公里每小时",
    "km²": "平方公里",
    "m²": "平方米",
    "㎡": "平方米",
    "m³": "立方米",
    "km": "公里",
    "cm": "厘米",
    "mm": "毫米",
    "kg": "公斤",
    "mg": "毫克",
    "ml": "毫升",
    "GB": "G B",
    "℃": "摄氏度",
    "°C": "摄氏度",
    "℉": "华氏度",
    "°F": "华氏度",
    "°": "度",
    "m": "米",
    "g": "克",
}
_MONEY = {"¥": "元", "￥": "元", "$": "美元", "＄": "美元", "£": "英镑", "€": "欧元"}
_SIGNS = {"&": "和", "+": "加", "=": "等于", "×": "乘", "÷": "除以", "±": "正负", "%": "百分号", "@": "艾特"}
# Counted things before which a lone 2 is 两; years, months, days, floors and ranks keep 二.
_COUNTED = (
    "个位名天周次回本只条张块元部家座间件句首遍种代岁颗朵棵支枝把杯瓶碗顿页段双对群斤亩千万亿"
    "|分钟|小时|公里|公斤|星期|礼拜|百万|英里|点"
)
_NUMBER = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
HAN = r"\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
"""The characters of a regex class that matches hanzi."""


def cardinal(value: int) -> str:
    """`value` as said in Mandarin: 110 is 一百一十, 10010 一万零一十, 2000 两千."""
    if value < 0:
        return "负" + cardinal(-value)
    if value >= 10**16:
        return digits(str(value))
    said, gap = "", False
    for scale, name in ((10**12, "万亿"), (10**8, "亿"), (10**4, "万"), (1, "")):
        part, value = divmod(value, scale)
        if not part:
            gap = gap or bool(said)
            continue
        if said and (gap or part < 1000):
            said += "零"
        said += ("两" if part == 2 and name else _below_ten_thousand(part)) + name
        gap = False
    if not said:
        return "零"
    return said[1:] if said.startswith("一十") else said


def _below_ten_thousand(value: int) -> str:
    said, gap = "", False
    for scale, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, value = divmod(value, scale)
        if not digit:
            gap = gap or bool(said)
            continue
        if gap:
            said += "零"
        said += ("两" if digit == 2 and scale == 1000 else _DIGITS[digit]) + name
        gap = False
    return said


def digits(text: str, *, phone: bool = False) -> str:
    """Every digit by itself; in telephone numbers 1 is 幺."""
    said = "".join(_DIGITS[int(char)] for char in text if char in "0123456789")
    return said.replace("一", "幺") if phone else said


def number(text: str) -> str:
    """A plain number as written ("1,906", "3.14", "007")."""
    whole, _, fraction = text.replace(",", "").partition(".")
    if not fraction and ((len(whole) > 1 and whole[0] == "0") or len(whole) > 12):
        return digits(whole)
    return cardinal(int(whole)) + (f"点{digits(fraction)}" if fraction else "")


def _money(found: re.Match[str]) -> str:
    said = number(found["amount"])
    return ("两" if said == "二" else said) + (found["scale"] or "") + _MONEY[found["sign"]]


def _time(found: re.Match[str]) -> str:
    hour, minute = int(found[1]), int(found[2])
    said = ("两" if hour == 2 else cardinal(hour)) + "点"
    if minute:
        said += ("零" if minute < 10 else "") + cardinal(minute) + "分"
    return said


def _date(found: re.Match[str]) -> str:
    month, day = int(found[2]), int(found[3])
    return f"{digits(found[1])}年{cardinal(month)}月{cardinal(day)}日"


def _unit(found: re.Match[str]) -> str:
    return ("两" if found[1] == "2" else number(found[1])) + _UNITS[found[2]]


def _range(found: re.Match[str]) -> str:
    return "至" if re.search(r"\d{4}年?\s?$", found.string[: found.start()]) else "到"


def _odd_number(found: re.Match[str]) -> str:
    value = Fraction(unicodedata.numeric(found[0])).limit_denominator(1000)
    if found[0] in _POWERS:
        return _POWERS[found[0]]
    whole = cardinal(value.numerator)
    return whole if value.denominator == 1 else f"{cardinal(value.denominator)}分之{whole}"


_POWERS = {"²": "平方", "³": "立方"}
_LATIN = rf"[^\W\d_{HAN}{ODD_NUMBERS}]"
_PHONE = r"(?<!\d)(?:\+?86[- ]?)?1\d{2}[- ]?\d{4}[- ]?\d{4}(?!\d)|(?<!\d)0\d{2,3}-\d{7,8}(?!\d)"
_YEAR = (
    r"(?<!\d)\d{4}(?=年(?!级|前|后|来|间|内|以))|(?<!\d)\d{2}(?=年代)"
    r"|(?<!\d)[12]\d{3}(?=\s?[-–—~～至到]\s?\d{4}年?)|(?<=\d{4}[-–—~～至到])[12]\d{3}(?!\d)"
)
_LONE_TWO = (
    rf"(?<![\d.])2(?=[{_COUNTED.partition('|')[0]}]|{_COUNTED.partition('|')[2]}"
    r"|年(?:前|后|来|间|内|以|多|$|[，。、]))"
)
_RULES: tuple[Rule, ...] = (
    rule(f"[{ODD_NUMBERS}]", _odd_number),
    rule(rf"(?P<sign>[{''.join(_MONEY)}])(?P<amount>{_NUMBER})(?P<scale>[百千万亿]+)?", _money),
    rule(r"(?<!\d)(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)", _date),
    rule(r"(?<!\d)([01]?\d|2[0-4])[:：]([0-5]\d)(?!\d)", _time),
    rule(_PHONE, lambda m: digits(m[0], phone=True)),
    rule(rf"(-?)({_NUMBER}) ?[%％]", lambda m: f"{'负' if m[1] else ''}百分之{number(m[2])}"),
    rule(r"(?<!\d)(\d)/(\d{1,3})(?!\d)", lambda m: f"{cardinal(int(m[2]))}分之{cardinal(int(m[1]))}"),
    rule(_YEAR, lambda m: digits(m[0]) if len(m[0]) == 4 else cardinal(int(m[0]))),
    rule(r"(?<=第)\d+", lambda m: cardinal(int(m[0]))),
    rule(_LONE_TWO, lambda _: "两"),
    rule(rf"({_NUMBER}) ?({'|'.join(re.escape(u) for u in _UNITS)})(?![A-Za-z/])", _unit),
    rule(r"(?<=\d|[年月日号点元岁%％])\s?[-–—~～](?=\s?\d)", _range),
    rule(r"(?<![\w)])[-−](?=\d)", lambda _: "负"),
    rule(rf"(?:{_NUMBER})(?![\d])", lambda m: number(m[0])),
    rule(rf"[{HAN}]", lambda m: m[0]),
    rule("|".join(re.escape(sign) for sign in _SIGNS), lambda m: _SIGNS[m[0]]),
)
# Inside an English stretch spaces, hyphens and digits belong to it: "COVID-19", "New York", "U.S. Navy".
_STRETCH = re.compile(rf"{_LATIN}+(?:[ '’.\-&]*(?:{_LATIN}|\d)+)*\.?|\d+{_LATIN}{{2,}}\d*|\d{_LATIN}\b")


def tokens(text: str) -> list[Token]:
    """The pieces of a Mandarin line, in order: a token a character, a token a number, a token an English word."""
    found: list[Token] = []
    at = 0
    while at < len(text):
        token = _first_rule(text, at)
        stretch = _STRETCH.match(text, at) if token is None or text[at].isdigit() else None
        if stretch and (token is None or stretch.end() > token.end):
            inside = english.tokens(stretch[0])
            found += [Token(at + t.start, at + t.end, t.said, t.language, t.pause) for t in inside]
            at = stretch.end()
            continue
        if token is None and not _between_letters(text, at):
            token = mark(text, at, "zh")
        if token is not None:
            found.append(token)
        at = at + 1 if token is None else token.end
    return _character_by_character(found)


def _first_rule(text: str, at: int) -> Token | None:
    for candidate in _RULES:
        match = candidate.pattern.match(text, at)
        if match and match.end() > at:
            return Token(at, match.end(), candidate.say(match), "zh")
    return None


def _between_letters(text: str, at: int) -> bool:
    """A dot between names, as in 格蕾丝·霍珀, makes no pause."""
    return text[at] in "·•・"


def _character_by_character(found: list[Token]) -> list[Token]:
    """Splits 1952 said 一九五二 into four pieces, so that each is lit when it is heard."""
    split: list[Token] = []
    for token in found:
        length = token.end - token.start
        if token.language == "zh" and not token.pause and length > 1 and length == len(token.said):
            split += [Token(token.start + i, token.start + i + 1, char, "zh") for i, char in enumerate(token.said)]
        else:
            split.append(token)
    return split
