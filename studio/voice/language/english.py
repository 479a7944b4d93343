"""How written English is said: the rules for numbers, dates, money, units, abbreviations and names, in order."""

from __future__ import annotations

import re
from dataclasses import replace

from studio.voice.language import english_phrases as say
from studio.voice.language.english_numbers import (
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
from studio.voice.language.english_tables import (
    ABBREVIATIONS,
    CODES,
    DAY_OF,
    DIRECTIONS,
    MONEY,
    MONTH_OF,
    MONTHS,
    NUMBERED,
    PER,
    RULERS,
    SHORT,
    SIGNS,
    STATES,
    UNITS,
)
from studio.voice.language.heteronyms import settled
from studio.voice.language.tokens import ODD_NUMBERS, Rule, Token, mark, rule

__all__ = ["ABBREVIATIONS", "cardinal", "roman", "tokens"]

_LETTER = rf"[^\W\d_{ODD_NUMBERS}]"
_SCALE = r"(?:hundred|thousand|million|billion|trillion|[mM]illion|bn|[KMB]|m)"
_NUMBER = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_TO = r"\s?[-–—~]\s?"
_CENTURY = r"1[0-9]\d\d|20\d\d"
_MONTH_WORD = rf"(?:{'|'.join(MONTHS)}|(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b\.?)"
_DAY_WORD = "Mon|Tues?|Wed|Thu(?:rs?)?|Fri|Sat|Sun"
_UNIT = "|".join(re.escape(u) for u in sorted(UNITS, key=len, reverse=True))
_MONEY = "|".join(re.escape(sign) for sign in sorted(MONEY, key=len, reverse=True))
_PATH = r"(?:/[\w~-]+(?:\.[\w~-]+)*)*"  # never the full stop after an address
_NUMBERED = "|".join(NUMBERED)
_ROMAN = r"[IVXLC]"
_STREET = r"(?:Street|St\b|Avenue|Ave\b|Road|Rd\b|Lane|Ln\b|Drive|Boulevard|Blvd\b|Place|Square|Terrace|Court|Way)"
_PARTS = (
    "World War|Chapter|Part|Act|Scene|Volume|Vol\\.|Type|Book|Phase|Section|Article|Title|Mark|Class|Plate|Appendix|"
    "Figure|Stage|Level|Grade|Reel|Roll|Verse|Canto|Super Bowl|Final Fantasy|Rocky|Star Wars|Apollo|Gemini|No\\.|Opus"
)
_NUMBERS: tuple[Rule, ...] = (
    rule("time", r"\b(\d{1,2}):([0-5]\d):([0-5]\d)(?::(\d\d))?\b", say.clock),
    rule("time", r"\b([01]?\d|2[0-4]):([0-5]\d)(?!\d)(?: ?([aApP])\.?[mM]\b\.?)?", say.time),
    rule("time", rf"\b(\d{{1,2}})(?={_TO}\d{{1,2}} ?[aApP]\.?[mM]\b)", lambda m: cardinal(int(m[1]))),
    rule("time", r"\b(\d{1,2}) ?([aApP])\.?[mM]\b\.?", lambda m: f"{cardinal(int(m[1]))} {say.half_day(m[2])}"),
    rule("time", r"\b([01]\d|2[0-4])([0-5]\d)(?= hours?\b| hrs\b|h\b)", say.military_time),
    rule("verse", r"(?<=[a-z] )(\d{1,3}):(\d{1,3})(?=-\d|[,.;)]|$| )(?<!:00)(?<=\d)", say.verse),
    rule("ratio", r"\b(\d{1,2}):(\d{1,2})\b", lambda m: f"{cardinal(int(m[1]))} to {cardinal(int(m[2]))}"),
    rule(
        "telephone number",
        r"\+\d{1,3}(?:[ .-]?\(?\d{2,4}\)?){2,4}\b|\b1-\d{3}-\d{3}-\d{4}\b|(?:\(\d{3}\) ?|\b\d{3}[-. ])\d{3}[-. ]\d{4}\b"
        r"|\b\d{3}-\d{4}\b|\b0\d{2,4} \d{3,4} \d{3,4}\b",
        lambda m: digits(m[0]),
    ),
    rule("special date", r"\b9/11\b", lambda _: "nine eleven"),
    rule("idiom", r"\b24/7\b", lambda _: "twenty-four seven"),
    rule("idiom", r"\b50[/-]50\b", lambda _: "fifty-fifty"),
    rule("percentage", rf"({_NUMBER}) ?%", lambda m: f"{number(m[1])} percent"),
    rule("height", r"\b(\d)['′’](\d{1,2})(?:[\"″”]|'')?(?!\d)", say.height),
    rule("rank", r"(\d[\d,]*)(?:st|nd|rd|th|ST|ND|RD|TH)\b", lambda m: ordinal(int(m[1].replace(",", "")))),
    rule("decade", r"['’‘]?(\d{3}0|\d0)['’]?s\b", lambda m: say.decade(int(m[1]))),
    rule("year", r"(?<!\w)['’‘](\d\d)(?![\d\"'’])", lambda m: short_year(int(m[1]))),
    rule("size", rf"\b(\d+(?:\.\d+)?) ?[x×] ?(?=\d)(\d+(?:\.\d+)?)(?: ?({_UNIT})\b\.?)?", say.size),
    rule("unit", rf"(?!\d+ in\b(?!\.))({_NUMBER})[- ]?({_UNIT})(?!\w)\.?", say.unit),
    rule("unit", r"\b(tsp|tbsp)\b\.?", lambda m: UNITS[m[1]][0]),
    rule("unit", r"(\d+\.\d+) s\b", lambda m: f"{number(m[1])} seconds"),
    rule("money", rf"({_NUMBER}) ?({'|'.join(CODES)})\b", say.coded_money),
    rule("money", r"(\d+) ?¢|(?<=\D)(\d{1,2})¢", lambda m: say.cents(int(m[1] or m[2]))),
    rule("amount", r"\b(\d+(?:\.\d+)?)([KM])\b(?!-)", say.thousands),
    rule("fraction", r"\b(\d+)[ -](\d{1,2})/(\d{1,2})\b", say.mixed_fraction),
    rule("fraction", r"\b(\d{1,2})/(\d{1,2}|100|1000)\b(?!/)", lambda m: fraction(int(m[1]), int(m[2]))),
    rule("number of an address", rf"\b\d{{3,4}}(?= (?:[NSEW]\. )?(?:[A-Z0-9][\w.]* ){{1,3}}{_STREET})",
         lambda m: label(m[0])),
    rule("number of a room or road", r"(?:(?<=Room )|(?<=Suite )|(?<=Flight )|(?<=Highway )|(?<=Route )|(?<=Boeing )"
         r"|(?<=Interstate )|(?<=Apt\. )|(?<=Apartment )|(?<=Rm\. ))\d{3,4}\b(?!,\d)", lambda m: label(m[0])),
    rule("postcode", r"(?<=[A-Z]{2} )\d{5}(?:-\d{4})?\b", lambda m: digits(m[0])),
)  # fmt: skip
_DATES: tuple[Rule, ...] = (
    rule("date", r"\b(\d{4})-(\d{2})-(\d{2})\b", say.iso_date),
    rule("date", r"\b(\d{1,2})/(\d{1,2})/(\d{4}|\d{2})\b", say.slash_date),
    rule("date", r"\b(\d{1,2})\.(\d{1,2})\.(\d{4})\b", say.dotted_date),
    rule("date", rf"(?<=[Tt]he )(\d{{1,2}})(?:st|nd|rd|th)?(?= {_MONTH_WORD}\b)", lambda m: f"{ordinal(int(m[1]))} of"),
    rule("date", rf"\b(\d{{1,2}})(?:st|nd|rd|th)?(?= {_MONTH_WORD}\b)", lambda m: f"the {ordinal(int(m[1]))} of"),
    rule("date", rf"\b(\d{{1,2}})(?= of {_MONTH_WORD}\b)", lambda m: ordinal(int(m[1]))),
    rule("date", rf"\b(\d{{1,2}}){_TO}(\d{{1,2}})(?= {_MONTH_WORD}\b)", say.days),
    rule("month", rf"(?<![A-Za-z]){_MONTH_WORD}(?![A-Za-z])", lambda m: MONTH_OF[m[0].rstrip(".").lower()[:3]]),
    rule("weekday", rf"\b({_DAY_WORD})\.", lambda m: DAY_OF[m[1]]),
    rule("weekday", rf"\b({_DAY_WORD})(?=,? \d{{1,2}} {_MONTH_WORD}|, {_MONTH_WORD})", lambda m: DAY_OF[m[1]]),
    rule("years", rf"\b({_CENTURY})({_TO})(\d\d)(?![\d,%]|\.\d)", say.years),
    rule("year", r"\b(\d{1,4}) ?(?=(?:B\.?C|A\.?D|C\.?E)\b)", lambda m: say.ancient_year(int(m[1]))),
    rule("year", r"(?<=AD )(\d{1,4})\b|(?<=A\.D\. )(\d{1,4})\b", lambda m: say.ancient_year(int(m[1] or m[2]))),
    rule("year", r"\b(1[1-9]\d\d|20\d\d)(['’]s)?\b(?![,.]\d)", say.owned_year),
    rule(
        "year",
        r"(?:(?<=[Ii]n )|(?<=[Ss]ince )|(?<=[Uu]ntil )|(?<=of )|(?<=by )|(?<=from )|(?<=circa )|(?<=c\. ))10\d\d\b"
        r"(?! [a-z]+s\b)",
        lambda m: year(int(m[0])),
    ),
)
_WORDS: tuple[Rule, ...] = (
    rule("ruler", rf"\b({'|'.join(RULERS)}) ({_ROMAN}{{2,}}|[VX])(['’]s)?\b(?!\.[A-Z])", say.ranked),
    rule("ruler", rf"\b({'|'.join(RULERS)}) (I)(['’]s)?(?=[,.;:)]|$| of | and the | was | is | died | ruled | \()",
         say.ranked),
    rule("numbered name", r"(?<=[a-z] )(II|III|IV)\b(?=[,.;:)]|$|['’]s| (?:was|is|and|of|died|served)\b)", say.rank),
    rule("numbered part", rf"\b(?P<what>{_PARTS}) (?P<value>{_ROMAN}+|[ivx]{{2,}})\b(?!['’])", say.part),
    rule("numbered part", r"(?<=Scene )([ivx]+)\b", say.roman_cardinal),
    rule("century", rf"\b({_ROMAN}{{2,}}|[VX])(?:th)?(?= [Cc]entur)", say.roman_ordinal),
    rule("war", r"\bWW(II|I|2|1)\b", lambda m: f"World War {'Two' if m[1] in ('II', '2') else 'One'}"),
    rule("year in Roman numerals", r"\b(?=M[MDCLXVI]{3,})(M[MDCLXVI]+)\b", say.roman_year),
    rule("numbered part", rf"\b(?P<what>{_NUMBERED})\. (?P<value>{_ROMAN}{{2,}}|[VX])\b(?!['’.]\w)", say.short_part),
    rule("number", rf"\b(?P<short>{_NUMBERED})\. ?(?=\d)", lambda m: NUMBERED[m["short"]]),
    rule("number", rf"(?<![\w.])(?P<short>b|d|m|est|Est|c|ca)\. ?(?={_MONTH_WORD} )", lambda m: NUMBERED[m["short"]]),
    rule("catalogue number", r"(?:(?<=[Nn]o\. )|(?<=[Nn]os\. ))\d{2,}(?:\.\d+){2,}",
         lambda m: say.parts_of_label(m[0])),
    rule("abbreviation", r"\bCat\.(?= [Nn]os?\.)", lambda _: "Catalogue"),
    rule("direction", rf"\b([NSEW])\.(?= (?:\d+(?:st|nd|rd|th)\b|[A-Z][a-z]+ {_STREET}))", lambda m: DIRECTIONS[m[1]]),
    rule("per", rf"/ ?({'|'.join(PER)})\b\.?", lambda m: f"per {PER[m[1]]}"),
    rule("number", r"(?<!\w)(?:No|no|nos|Nos)\.? (?=\d)|(?<!\w)#(?=\d)", lambda _: "number"),
    rule("circa", r"(?<!\w)ca?\. ?(?=\d)|(?<!\w)~ ?(?=\d)", lambda _: "circa"),
    rule("Saint or Street", r"\bSt\.? (?=[A-Z][a-z]+ St\b)", lambda _: "Saint"),
    rule("Saint or Street",
        r"(?<=[a-z] )St\b\.?(?= (?:and|in|at|is|was|near|to|on|where|from)\b|[,;:!?)]|$)|(?<=[a-z] )St\.(?= "
        r"[A-Z]?\W)"
         r"|(?<=\dth )St\.|(?<=\dst )St\.|(?<=\dnd )St\.|(?<=\drd )St\.", lambda _: "Street"),
    rule("Saint or Street", r"\bSte?\.?(?= [A-Z])", lambda _: "Saint"),
    rule("Saint or Street", r"\bSt\.", lambda _: "Street"),
    rule("Doctor or Drive", r"(?<=[a-z] )Dr\b\.?(?=[,;:!?)]|$| (?:and|in|at|is|was|near|to|on)\b)", lambda _: "Drive"),
    rule("feet or Fort", r"(?<=[a-z] )[Ff]t\.(?= [A-Z])", lambda m: "featuring" if m[0] == "ft." else "Fort"),
    rule("script", r"\(?\bCONT['’]D\b\)?", lambda _: "continued"),
    rule("script", r"\(V\.?O\.?\)", lambda _: "voice over"),
    rule("script", r"\(O\.?S\.?\)", lambda _: "off screen"),
    rule("abbreviation", r"\bVs?\.(?= [A-Z])", lambda _: "versus"),
    rule("abbreviation", rf"\b({'|'.join(SHORT)})\.", lambda m: SHORT[m[1]]),
    rule("abbreviation", r"\b(Dr|Mr|Mrs|Ms|Jr|Sr|Ltd|Prof|Sgt|Capt|Lt|vs)\b(?!['’])", lambda m: SHORT[m[1]]),
    rule("abbreviation", r"\bw/o\b", lambda _: "without"),
    rule("abbreviation", r"\bw/(?=\s?\w)", lambda _: "with"),
    rule("degree", r"\bPh\. ?D\b\.?|\bPhD\b", lambda _: "P H D"),
    rule("abbreviation", r"\be\.g\.|\bi\.e\.|\beg\.|\bie\.", lambda m: "for example" if m[0][0] == "e" else "that is"),
    rule("state", rf"(?<=[a-z], )({'|'.join(STATES)})\b", lambda m: STATES[m[1]]),
    rule("initials", r"\b(?:[A-Za-z]\.){2,}(?!\w)|\b(?:[A-Z]\.)+(?=\s?[A-Z])|\b[A-Z]\.(?=\s+[A-Z])", say.initials),
)  # fmt: skip
_REST: tuple[Rule, ...] = (
    rule("letters and numbers", rf"(?:{_LETTER}+(?:\d+|-\d{{1,3}}(?!\d))|\d+-?{_LETTER}+)(?:{_LETTER}|\d)*", say.mixed),
    rule("version", r"\d+(?:\.\d+){2,}", lambda m: " point ".join(number(part) for part in m[0].split("."))),
    rule("number", rf"(?:{_NUMBER}|(?<![\w.])\.\d+)(?!\d)", lambda m: number(m[0])),
    rule("acronym", r"\b[A-Z]+(?:&[A-Z]+)+\b", say.joined_acronym),
    rule("letter names", r"\b[A-Z]\+", lambda m: f"{say.capitals(m[0][0])} plus"),
    rule("acronym", r"\b[A-Z]{2,}(?:['’]s|s)\b", say.many_capitals),
    rule("initials", r"\b(?:[A-Z]-)+[A-Z]\b(?!['’-]?\w)", lambda m: spelled(m[0])),
    rule("acronym", r"\b(?:[A-Z]{2,}\b(?:-(?=[A-Za-z]))?|[A-Z]\b(?!-\w))(?!['’]\w)", say.capitals_word),
    rule("", rf"{_LETTER}+(?:['’]{_LETTER}+|-{_LETTER}+)*['’]?", lambda m: m[0].rstrip("'’").replace("’", "'")),
    rule("sign", "|".join(re.escape(sign) for sign in SIGNS), lambda m: SIGNS[m[0]]),
)
_RULES: tuple[Rule, ...] = (
    rule("fraction", rf"(\d+) ?([{''.join(c for c in ODD_NUMBERS if c in '¼½¾⅓⅔⅛⅜⅝⅞⅙⅚⅕⅖⅗⅘')}])", say.vulgar_fraction),
    rule("sign", f"[{ODD_NUMBERS}]", say.odd_number),
    rule("address", rf"(?:https?://)?(?:www\.|[\w.+-]+@)\w[\w.-]*\.\w{{2,}}{_PATH}/?", say.link),
    rule("address", rf"https?://[\w.-]+{_PATH}/?", say.link),
    rule("address", rf"\w[\w-]*(?:\.[\w-]+)*\.(?:com|org|net|edu|gov|museum|cn|uk)\b{_PATH}", say.link),
    rule("hashtag", r"(?<!\w)#(?=[A-Za-z])", lambda _: "hashtag"),
    rule("money", rf"(?P<sign>{_MONEY}) ?(?P<amount>{_NUMBER})(?P<more>[- ]?(?P<scale>{_SCALE})\b)?"
         r"(?P<before>(?=[ -](?:bill|note|coin|ticket|check|cheque|prize|fine|fee|loan|gift|cover)\b))?", say.money),
    *_DATES[:7],
    *_NUMBERS,
    *_DATES[7:],
    rule("minus", r"(?<![\w.)–—-])[-−](?=\.?\d)", lambda _: "minus"),
    rule("range", r"(?:(?<=\d)|(?<=\ds))\s?[-–—~](?=\s?[$£€'’]?\d)|(?<=[%°CF])[-–](?=\d)", lambda _: "to"),
    rule("range", rf"(?:(?<=[a-z]\.)|(?<=[a-z]))\s?[–—]\s?(?={_MONTH_WORD}|(?:{_DAY_WORD})\b)", lambda _: "to"),
    *_WORDS,
    *_REST,
)  # fmt: skip
_DAY = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?(?!\d|[:.]\d|\w|['’]?s\b)")
_NO_DAY = re.compile(r"\s?(?:percent|%|people|men|women|children|years|days|months)")


def tokens(text: str) -> list[Token]:
    """The pieces of an English line, in order; spaces and quotation marks belong to none."""
    # A line written in capitals is loud, not a row of acronyms.
    words = re.findall(r"[A-Za-z]{2,}", text)
    if len(words) > 3 and sum(word.isupper() for word in words) > 0.8 * len(words):
        text = re.sub(r"\b(?!INT\b|EXT\b|CONT\b)[A-Z][A-Z]+\b", lambda m: m[0].lower(), text)
    found: list[Token] = []
    at = 0
    while at < len(text):
        token = _day_after_month(text, at, found) or _first_rule(text, at) or mark(text, at, "en")
        if token is not None:
            found.append(token)
        at = at + 1 if token is None else token.end
    return settled(found)


def _first_rule(text: str, at: int) -> Token | None:
    for candidate in _RULES:
        match = candidate.pattern.match(text, at)
        if match and match.end() > at:
            end = at + len(match[0].rstrip())
            said = candidate.say(match)
            token = Token(at, end, said, "en", rule=candidate.name)
            return replace(token, rule="") if said == match[0] else token
    return None


def _day_after_month(text: str, at: int, before: list[Token]) -> Token | None:
    """ "December 9" is said "December ninth", "March 3–5" "March third to fifth"."""
    match = _DAY.match(text, at)
    if not match or not before or not 1 <= int(match[1]) <= 31 or _NO_DAY.match(text, match.end()):
        return None
    ranged = len(before) > 2 and before[-1].said == "to" and before[-2].rule == "date" and before[-3].said in MONTHS
    if not ranged and before[-1].said not in MONTHS:
        return None
    return Token(at, match.end(), ordinal(int(match[1])), "en", rule="date")
