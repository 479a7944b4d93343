"""How written Mandarin is said: numbers, years, dates, money, units, and English words in the line."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from fractions import Fraction

from studio.voice.language import english
from studio.voice.language.english_numbers import roman, spelled
from studio.voice.language.grouping import words
from studio.voice.language.tokens import ODD_NUMBERS, Rule, Token, mark, rule

__all__ = ["HAN", "cardinal", "digits", "number", "tokens", "words"]

_DIGITS = "零一二三四五六七八九"
_UNITS = {
    "km/h": "公里每小时",
    "m/s": "米每秒",
    "km²": "平方公里",
    "cm²": "平方厘米",
    "m²": "平方米",
    "㎡": "平方米",
    "m³": "立方米",
    "km": "公里",
    "cm": "厘米",
    "mm": "毫米",
    "kg": "公斤",
    "mg": "毫克",
    "ml": "毫升",
    "mL": "毫升",
    "ha": "公顷",
    "min": "分钟",
    "dB": "分贝",
    "GHz": "吉赫",
    "MHz": "兆赫",
    "kHz": "千赫",
    "Hz": "赫兹",
    "kW": "千瓦",
    "TB": "T B",
    "GB": "G B",
    "MB": "M B",
    "℃": "摄氏度",
    "°C": "摄氏度",
    "ºC": "摄氏度",
    "℉": "华氏度",
    "°F": "华氏度",
    "°": "度",
    "m": "米",
    "g": "克",
    "t": "吨",
    "L": "升",
    "V": "伏",
    "W": "瓦",
    "h": "小时",
    "s": "秒",
}
_MONEY = {"US$": "美元", "HK$": "港元", "¥": "元", "￥": "元", "$": "美元", "＄": "美元", "£": "英镑", "€": "欧元"}
_CODES = {"RMB": "元", "CNY": "元", "USD": "美元", "EUR": "欧元", "GBP": "英镑", "HKD": "港元"}
_SIGNS = {
    "&": "和",
    "+": "加",
    "=": "等于",
    "×": "乘",
    "÷": "除以",
    "±": "正负",
    "%": "百分号",
    "@": "艾特",
    "<": "小于",
    ">": "大于",
    "≈": "约等于",
}
_POWERS = {"²": "平方", "³": "立方"}
# Counted things before which a lone 2 is 两; months, days, floors and ranks keep 二.
_COUNTED = (
    "[个位名天周次回本只条张块元部家座间件句首遍种代岁颗朵棵支枝把杯瓶碗顿页段双对群斤亩千万亿百倍层场幅封排匹头艘辆"
    "台架份篇章米秒吨升克户口門门套副瓣勺项具挺届盏站圈轮盒袋箱筐桶滴串束捆]"
    "|分钟|分之|小时|公里|公斤|厘米|毫米|平方|立方|星期|礼拜|英里|英尺|点|世纪|周年|儿女|姐妹|兄弟"
    "|人(?!民)|成(?!年)|女|儿子"
)
_UNIT = "|".join(re.escape(sign) for sign in sorted(_UNITS, key=len, reverse=True))
_NUMBER = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_DASH = r"\s?(?:[-–~～]|—{1,2})\s?"
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


def _coded_money(found: re.Match[str]) -> str:
    return number(found[1]) + (found[2] or "") + _CODES[found[3]]


def _time(found: re.Match[str]) -> str:
    hour, minute = int(found[1]), int(found[2])
    said = ("两" if hour == 2 else cardinal(hour)) + "点"
    if minute or found[3]:
        said += ("零" if minute < 10 else "") + cardinal(minute) + "分"
    if found[3]:
        said += ("零" if int(found[3]) < 10 else "") + cardinal(int(found[3])) + "秒"
    return said


def _ratio(found: re.Match[str]) -> str:
    return f"{number(found[1])}比{number(found[2])}"


def _date(found: re.Match[str]) -> str:
    month, day = int(found[2]), int(found[3])
    return f"{digits(found[1])}年{cardinal(month)}月{cardinal(day)}日"


def _unit(found: re.Match[str]) -> str:
    return ("两" if found[1] == "2" else number(found[1])) + _UNITS[found[2]]


def _range(found: re.Match[str]) -> str:
    return "至" if re.search(r"(?:\d{4}\s?年?|[月日号])\s?$", found.string[: found.start()]) else "到"


def _odd_number(found: re.Match[str]) -> str:
    value = Fraction(unicodedata.numeric(found[0])).limit_denominator(1000)
    if found[0] in _POWERS:
        return _POWERS[found[0]]
    whole = cardinal(value.numerator)
    return whole if value.denominator == 1 else f"{cardinal(value.denominator)}分之{whole}"


def _mixed_number(found: re.Match[str]) -> str:
    value = Fraction(unicodedata.numeric(found[2])).limit_denominator(1000)
    return f"{number(found[1])}又{cardinal(value.denominator)}分之{cardinal(value.numerator)}"


def _after(words_: str) -> str:
    """A lookbehind for any of the words, with or without a colon, a space or 是 between."""
    return (
        "(?:"
        + "|".join(f"(?<={word}{gap})" for word in words_.split() for gap in ("", "：", ":", " ", "是", "为"))
        + ")"
    )


_LATIN = rf"[^\W\d_{HAN}{ODD_NUMBERS}]"
_PHONE = (
    r"(?<!\d)(?:\+?86[- ]?)?1\d{2}[- ]?\d{4}[- ]?\d{4}(?!\d)|(?<!\d)0\d{2,3}[- ]\d{7,8}(?:-\d{1,4})?(?!\d)"
    r"|(?<!\d)400-\d{3}-\d{4}(?!\d)|(?<!\d)400-\d{4}-\d{3}(?!\d)"
)
_CALLED = (
    rf"{_after('电话 拨打 手机 热线 分机 传真 转')}\d[\d-]{{2,}}(?![\d.]|[元个人次])"
    r"|(?<!\d)1[12][0-9](?=急救|报警|火警|电话)"
)
_LABELLED = (
    rf"{_after('邮编 密码 学号 工号 编号 证号 账号 尾号 车牌 号码 代码 QQ')}\d{{3,}}(?!\d)"
    r"|(?<![\d.])\d{3,4}(?=室|房|展厅|展室|病房|教室|包间|号房|国道|寝室|宿舍|舱)"
    r"|(?<=[A-Z])\d{3,}(?=次|航班|号|列车|[，。、！？]|$)|(?<=[A-Z] )\d{3,}(?=次|航班)|(?<=[A-Z]·)\d{4,}"
)
_HOLIDAY = (
    r"(?<![\d.])(\d{1,2})[.·•](\d{1,2})(?=妇女节|国际|劳动节|儿童节|国庆|建军|青年节|运动|大?地震|事变|事件|惨案|抗震)"
    r"|(?<![\d.])(\d{1,2})[·•](\d{1,2})(?!\d)"
)
_YEAR = (
    r"(?<!\d)\d{4}(?=\s?年(?!级|前|后|来|间|内|以|多))|(?<!\d)\d{2}(?=\s?年代)"
    r"|(?<!\d)[12]\d{3}(?=\s?年前后)|(?<!\d)(?:1[89]|20)(?!00)\d\d(?=\s?年(?:前|后|来|间|内|以))"
    rf"|(?<!\d)[12]\d{{3}}(?={_DASH}\d{{4}}\s?年?|\s?[至到]\s?\d{{4}}\s?年?)|(?<=\d{{4}}[-–—~～至到])[12]\d{{3}}(?!\d)"
    r"|(?<=\d{4}年[-–—~～至到])[12]\d{3}(?!\d)|(?<=\d{4} [-–—~～] )[12]\d{3}(?!\d)|(?<=——)[12]\d{3}(?=[）)，。\s]|$)"
    r"|(?:(?<=[于在自从])|(?<=[于在自从] ))(?:1[89]\d\d|20[0-4]\d)(?=[，。、；）)\s]|$)"
    r"|(?<!\d)[0-9]\d(?=\s?年(?:春|夏|秋|冬|\s?1?\d\s?月|初|底|末|那|高考|入伍|大水|洪水))"
)
_WON = "获胜|战胜|击败|取胜|大胜|险胜|领先|落后|打平|战平|胜"
_LONE_TWO = (
    rf"(?<![\d.第])2(?=\s?(?:{_COUNTED})|{_DASH}\d+\s?(?:{_COUNTED}))"
    r"|(?<![\d.第])(?<!民国)(?<!元和)2(?=\s?年(?!级|\s?\d|[春夏秋冬月代]))|(?<![\d.第])2(?=个?半)"
)
_RULES: tuple[Rule, ...] = (
    rule("分数", rf"({_NUMBER})([¼½¾⅓⅔⅛⅜⅝⅞⅙⅚⅕⅖⅗⅘])", _mixed_number),
    rule("符号", f"[{ODD_NUMBERS}]", _odd_number),
    rule("金额", rf"(?P<sign>US\$|HK\$|[¥￥$＄£€]) ?(?P<amount>{_NUMBER})\s?(?P<scale>[百千万亿]+)?", _money),
    rule("金额", rf"({_NUMBER})([百千万亿]+)? ?({'|'.join(_CODES)})(?![A-Za-z])", _coded_money),
    rule("日期", r"(?<!\d)(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)", _date),
    rule("纪念日", _HOLIDAY, lambda m: digits(m[0])),
    rule("比分", rf"(?<!\d)(\d{{1,3}})[:：](\d{{1,3}})(?=\s?(?:{_WON}|的比分|的比例))", _ratio),
    rule("比分", rf"(?<=以)(\d{{1,2}})-(\d{{1,2}})(?={_WON})", _ratio),
    rule("比分", rf"{_after('比分 比例 比率 画幅')}(\d+)[:：](\d+)(?!\d)", _ratio),
    rule("时间", r"(?<!\d)([01]?\d|2[0-4])[:：]([0-5]\d)(?:[:：]([0-5]\d))?(?!\d)", _time),
    rule("比例", r"(?<!\d)(\d+)[:：](\d+)(?!\d)", _ratio),
    rule("电话", _PHONE, lambda m: digits(m[0], phone=True)),
    rule("电话", _CALLED, lambda m: digits(m[0], phone=True)),
    rule("号码", _LABELLED, lambda m: digits(m[0], phone=True)),
    rule("百分数", rf"((?<![%％])-?)({_NUMBER}) ?[%％]", lambda m: f"{'负' if m[1] else ''}百分之{number(m[2])}"),
    rule("百分数", rf"({_NUMBER}) ?‰", lambda m: f"千分之{number(m[1])}"),
    rule("分数", r"(?<!\d)(\d{1,2})/(\d{1,4})(?!\d)", lambda m: f"{cardinal(int(m[2]))}分之{cardinal(int(m[1]))}"),
    rule("年份", _YEAR, lambda m: cardinal(int(m[0])) if m.string[m.end() :].lstrip()[:2] == "年代" and len(m[0]) == 2
         else digits(m[0])),
    rule("年代人", r"(?<!\d)[5-9]0(?=后(?!来))|(?<!\d)00(?=后)", lambda m: digits(m[0])),
    rule("序数", r"(?:(?<=第)|(?<=第 ))\d+", lambda m: cardinal(int(m[0]))),
    rule("序数", r"(?:(?<=第)|(?<=第 ))[IVXLC]+(?![A-Za-z])", lambda m: cardinal(roman(m[0])) if roman(m[0]) else m[0]),
    rule("罗马数字", rf"(?:(?<=[{HAN}])|(?<=[{HAN}] ))(?:I{{2,3}}|IV|VI{{0,3}}|IX|XI{{0,3}})(?![A-Za-z\d])"
         r"(?=世|[，。、》）]|$)",
         lambda m: cardinal(roman(m[0]))),
    rule("两", _LONE_TWO, lambda _: "两"),
    rule("单位", rf"({_NUMBER}) ?({_UNIT})(?![A-Za-z/\d])", _unit),
    rule("范围", rf"(?<=[\d年月日号点元岁%％万亿℃度]){_DASH}(?=\d)|(?<=[\d年月日号] )[-–—~～] (?=\d)", _range),
    rule("负数", r"(?<![\w)年月日%％℃])[-−](?=\d)", lambda _: "负"),
    rule("约数", r"(?<![\w])[~～](?=\s?\d)", lambda _: "约"),
    rule("数字", rf"(?:{_NUMBER})(?![\d])", lambda m: number(m[0])),
    rule("", rf"[{HAN}]", lambda m: m[0]),
    rule("符号", "|".join(re.escape(sign) for sign in _SIGNS), lambda m: _SIGNS[m[0]]),
)  # fmt: skip
# Inside an English stretch spaces and hyphens belong to it: "New York", "U.S. Navy"; a number only where it is part of
# a name ("COVID-19"): elsewhere numbers are said in the language around them.
_STRETCH = re.compile(
    rf"(?:https?://|www\.|[\w.+-]+@)[\x21-\x7e]+[a-zA-Z\d/]"
    rf"|{_LATIN}+(?:[ '’.\-&]*{_LATIN}+|(?<={_LATIN}{{3}})-\d{{1,3}}(?!\d))*\.?"
)
_NUMBERED = re.compile(r"(?:No|NO|no)\.\s?\d+")
_MODEL = re.compile(r"(?<![A-Za-z])[A-Za-z]{1,3}(?:-?\d+(?:\.\d+)?[A-Za-z]?)+(?![A-Za-z])|\d+[A-Za-z]{1,2}(?![A-Za-z])")
_ALSO_WORDS = frozenset({"OK", "NO", "YES", "HI", "BYE", "SIM", "PIN"})


def tokens(text: str) -> list[Token]:
    """The pieces of a Mandarin line, in order: a token a character, a token a number, a token an English word."""
    found: list[Token] = []
    at = 0
    while at < len(text):
        token = _first_rule(text, at)
        if token is None or (text[at].isdigit() and token.end - at < 20):
            inside = _latin(text, at, token)
            if inside:
                found += inside
                at = inside[-1].end
                continue
        if token is None and not _between_letters(text, at):
            token = mark(text, at, "zh")
        if token is not None:
            found.append(token)
        at = at + 1 if token is None else token.end
    return _character_by_character(found)


def _latin(text: str, at: int, token: Token | None) -> list[Token]:
    """The tokens of Latin letters that start here, with the numbers that are glued to them; [] where none do."""
    end = token.end if token else at
    model = _MODEL.match(text, at)
    if model and not re.match(r"(?:No|NO|no)\.", text[at:]) and model.end() > end:
        return [_glued(part, at + part.start()) for part in re.finditer(r"[A-Za-z]+|\d+(?:\.\d+)?", model[0])]
    stretch = _NUMBERED.match(text, at) or _STRETCH.match(text, at)
    if not stretch or stretch.end() <= end:
        return []
    inside = english.tokens(stretch[0])
    spoken = [_as_letters(t, stretch[0][t.start : t.end]) for t in inside]
    return [replace(t, start=at + t.start, end=at + t.end) for t in spoken]


def _as_letters(token: Token, written: str) -> Token:
    """Short capitals are letters in Mandarin, even those that English reads as words: IT, US."""
    if re.fullmatch("[A-Z]{2,3}", written) and written not in _ALSO_WORDS and token.said == written:
        return replace(token, said=spelled(written), rule="acronym")
    return token


def _glued(part: re.Match[str], start: int) -> Token:
    end = start + len(part[0])
    if part[0][0].isdigit():
        long = len(part[0]) > 2 and "." not in part[0]
        said = digits(part[0], phone=True) if long else number(part[0])
        return Token(start, end, said, "zh", rule="型号")
    return Token(start, end, part[0] if part[0] in _ALSO_WORDS else spelled(part[0]), "en", rule="acronym")


def _first_rule(text: str, at: int) -> Token | None:
    for candidate in _RULES:
        match = candidate.pattern.match(text, at)
        if match and match.end() > at:
            end = at + len(match[0].rstrip())
            return Token(at, max(end, at + 1), candidate.say(match), "zh", rule=candidate.name)
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
            split += [replace(token, start=token.start + i, end=token.start + i + 1, said=char)
                      for i, char in enumerate(token.said)]  # fmt: skip
        else:
            split.append(token)
    return split
