"""English words that are written alike and said differently: read, live, wind, record. The words around decide.

A small tagger in the manner of the rules that Yarowsky (1997, "Homograph disambiguation in text-to-speech synthesis")
learns from corpora: words next to the word, words within a few places, and whether a verb can stand there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from studio.voice.language.heteronym_words import (
    ADJECTIVE_ATE,
    ALWAYS,
    EITHER,
    STRESSED,
    Either,
)
from studio.voice.language.tokens import Token, listed

_BEFORE_VERB = frozenset(
    listed(
        "to will would can could shall should may might must not cannot never i we they you who please let lets let's "
        "do does did don't doesn't didn't won't wouldn't couldn't can't i'll we'll you'll they'll he'll she'll "
        "i'd we'd "
        "they'd help helped always often still"
    )
)
_BEFORE_NOUN = frozenset(
    listed(
        "the a an this that these those my your his her its our their no some any every each another new old "
        "first last "
        "of in on for with by from at own whose what one two three four five such long little great small "
        "criminal world personal police public church family gramophone medical service war student under without"
    )
)
_OBJECTS = frozenset(
    listed("the a an this that these those my your his her its our their it them me us him yourself everything all")
)
_PAST_CUES = frozenset(
    listed(
        "yesterday ago was were had said told went came did wrote heard knew thought took gave found saw once "
        "lived died "
        "spoke began stood sat felt made got kept left asked called looked loved last then"
    )
)
_PRESENT_CUES = frozenset(listed("now today every always often usually never sometimes daily each is are"))
_BARE_READ = frozenset(
    listed(
        "to will would can could shall should may might must not let please did do does didn't don't doesn't won't "
        "can't cannot couldn't i'll he'll she'll we'll you'll they'll a the good help helped"
    )
)
_HAVE = frozenset(
    listed(
        "have has had having 've i've we've they've you've been was were is are be being got get gets hadn't haven't "
        "hasn't wasn't weren't well widely often never ever already recently just also"
    )
)


@dataclass(frozen=True)
class Place:
    """A word and the words around it in its clause, in small letters."""

    word: str
    before: tuple[str, ...]
    """Nearest last."""
    after: tuple[str, ...]
    shown: str
    """As it is written."""

    def prev(self, back: int = 1) -> str:
        """The word `back` places before; "" where there is none."""
        return self.before[-back] if len(self.before) >= back else ""

    def next(self, on: int = 1) -> str:
        """The word `on` places after; "" where there is none."""
        return self.after[on - 1] if len(self.after) >= on else ""

    def verbal(self) -> bool | None:
        """Whether a verb stands here; None where the words beside it do not say."""
        prev = self.prev()
        if prev in ("to", "not", "never", "please") and self.prev(2) in ("next", "due", "according"):
            return False
        if prev in _BEFORE_VERB:
            return True
        if prev in _BEFORE_NOUN or prev.endswith(("'s", "s'")):
            return False
        if not prev:
            return self.next() in _OBJECTS
        if prev in ("and", "or", "then", "but"):
            return self.next() in _OBJECTS or None
        return self.next() in _OBJECTS - {"all"} or None


def settled(tokens: Sequence[Token]) -> list[Token]:
    """Tokens of one English stretch, with sounds where the context decides how a word is said."""
    found = list(tokens)
    for index, token in enumerate(found):
        if token.pause or token.rule:
            continue
        said = _sounds(_place(found, index))
        if said:
            name = "context" if said.context else "pronunciation"
            found[index] = replace(token, sounds=f"/{said.ipa}/", rule=name)
    return found


@dataclass(frozen=True)
class _Said:
    ipa: str
    context: bool


def _place(tokens: Sequence[Token], index: int) -> Place:
    before: list[str] = []
    for token in tokens[max(0, index - 8) : index]:
        before = [] if token.pause else [*before, token.said.lower()]
    after: list[str] = []
    for token in tokens[index + 1 : index + 9]:
        if token.pause:
            break
        after.append(token.said.lower())
    return Place(tokens[index].said.lower(), tuple(before), tuple(after), tokens[index].said)


def _sounds(place: Place) -> _Said | None:
    word = place.word
    if word in ALWAYS:
        return _Said(ALWAYS[word], False)
    if word in EITHER:
        ipa = _either(place, EITHER[word])
        return _Said(ipa, True) if ipa else None
    if word in STRESSED:
        noun, verb = STRESSED[word]
        return _Said(verb if place.verbal() else noun, True)
    stem = word.removesuffix("s")
    if word.endswith("ates") and word[:-1] in ADJECTIVE_ATE:
        stem = word[:-1]
    if stem in ADJECTIVE_ATE:
        start = ADJECTIVE_ATE[stem]
        plural = "s" if stem != word else ""
        return _Said(f"{start}eɪt{plural}" if place.verbal() else f"{start}ət{plural}", True)
    special = _SPECIAL.get(word)
    ipa = special(place) if special else ""
    return _Said(ipa, True) if ipa else None


def _either(place: Place, either: Either) -> str:
    """The rarer sound where a neighbour asks for it, else the usual one."""
    near = place.before[-4:] + place.after[:4]
    hit = (
        place.prev() in either.before
        or place.next() in either.after
        or any(word in either.near for word in near)
        or (either.verb is not None and place.verbal() is either.verb and place.next() not in either.never_after)
    )
    return either.rare if hit and place.prev() not in either.never_before else either.usual


def _read(place: Place) -> str:
    """Past "red" after have and be, after he and she, and where the clause tells of the past."""
    past, present = "ɹˈɛd", "ɹˈiːd"
    prev = place.prev()
    if prev in _BARE_READ:
        return present
    if any(
        word in ("have", "has", "had", "i've", "we've", "they've", "you've", "he'd", "hadn't")
        for word in place.before[-3:]
    ):
        return past
    if prev in _HAVE or prev in ("he", "she", "it", "who", "which") or (place.next() == "aloud" and prev == "be"):
        return past
    around = set(place.before) | set(place.after)
    if around & _PAST_CUES or any(word.endswith("ed") and len(word) > 4 for word in around):
        return past
    if around & _PRESENT_CUES or not prev or prev in ("i", "we", "you", "they", "and", "people", "who"):
        return present
    return past  # after a name: "Ruth read", else it were "reads"


def _wound(place: Place) -> str:
    if place.next() in (
        "up",
        "down",
        "around",
        "round",
        "through",
        "its",
        "the",
        "back",
        "tightly",
        "along",
        "on",
    ) and (place.prev() not in ("the", "a", "his", "her", "their", "my", "this", "to")):
        return "wˈaʊnd"
    return "wˈuːnd"


def _lives(place: Place) -> str:
    prev, prev2 = place.prev(), place.prev(2)
    if prev in ("he", "she", "it", "who", "that", "which", "still", "now", "also", "and", "there", "always") and (
        place.next() not in ("of", "were", "are", "lost", "together", "have")
    ):
        return "lˈɪvz"
    plural = listed(
        "our their your my the these those many both all two three four five six nine ten whose people's of"
    )
    if (
        prev in plural
        or prev2 in plural
        or prev.endswith(("s'", "ing"))
        or place.next() in ("of", "were", "are", "lost")
    ):
        return "lˈaɪvz"
    if prev in listed(
        "saved lost saving past daily everyday ordinary private human other young double entire whole new long"
    ):
        return "lˈaɪvz"
    return "lˈɪvz"


def _beloved(place: Place) -> str:
    """Three syllables where it stands before its noun or for one, two after a verb: "was beloved by all"."""
    was = (
        place.prev() in ("was", "is", "were", "are", "much", "so", "deeply", "dearly", "be", "been")
        or place.next() == "by"
    )
    return "bɪlˈʌvd" if was else "bɪlˈʌvɪd"


def _blessed(place: Place) -> str:
    holy = place.next() in (
        "are",
        "virgin",
        "mother",
        "memory",
        "sacrament",
        "be",
        "trinity",
        "is",
        "day",
        "event",
    ) or (place.shown[0].isupper() and place.before)
    return "blˈɛsɪd" if holy or place.prev() in ("the", "of") else "blˈɛst"


def _house(place: Place) -> str:
    return "hˈaʊz" if place.verbal() and place.prev() not in ("i", "we", "they", "you", "who") else "hˈaʊs"


def _capital(name: str, word: str) -> Callable[[Place], str]:
    """A name and a word that differ by their first letter; at the start of a sentence it is the word."""

    def decide(place: Place) -> str:
        return name if place.shown[0].isupper() and place.before else word

    return decide


def _reading(place: Place) -> str:
    town = place.shown[0].isupper() and place.prev() in ("in", "from", "to", "of", "near", "at")
    return "ɹˈɛdɪŋ" if town else ""


_SPECIAL: dict[str, Callable[[Place], str]] = {
    "read": _read,
    "wound": _wound,
    "lives": _lives,
    "beloved": _beloved,
    "blessed": _blessed,
    "house": _house,
    "polish": _capital("pˈoʊlɪʃ", "pˈɑːlɪʃ"),
    "nice": _capital("nˈiːs", "nˈaɪs"),
    "job": lambda place: "dʒˈoʊb" if place.shown == "Job" and place.prev() in ("of", "like") else "",
    "august": lambda place: "" if place.shown == "August" else "ɔːɡˈʌst",
    "reading": _reading,
}

AMBIGUOUS = frozenset(EITHER) | frozenset(STRESSED) | frozenset(ADJECTIVE_ATE) | frozenset(_SPECIAL)
"""Words whose sound only the context tells."""
