"""The words of studio/voice/language/heteronyms.py: how each is said, and beside which words."""

from __future__ import annotations

from dataclasses import dataclass

from studio.voice.language.tokens import listed


def _set(text: str) -> frozenset[str]:
    return frozenset(listed(text))


@dataclass(frozen=True)
class Either:
    """A word with two sounds: the usual one, and a rarer one that some neighbour asks for."""

    usual: str
    """IPA; "" leaves it to the engine."""
    rare: str
    before: frozenset[str] = frozenset()
    """The rare one right after one of these."""
    after: frozenset[str] = frozenset()
    """The rare one right before one of these."""
    near: frozenset[str] = frozenset()
    """The rare one within four words of one of these."""
    never_before: frozenset[str] = frozenset()
    """The usual one after these, whatever follows."""
    never_after: frozenset[str] = frozenset()
    verb: bool | None = None
    """The rare one is a verb (True), or is none (False)."""


_LIVE_AFTER = _set(
    "music concert concerts audience audiences show shows broadcast broadcasts recording recordings television "
    "tv radio "
    "performance performances wire band album birth births ammunition coverage stream theatre theater action event "
    "events bait animals animal feed tape ammo report interview oak entertainment orchestra set session sessions "
    "transmission news version sound television round rounds specimen fire"
)
_METAL = _set(
    "pipe pipes paint glass pencil pencils poisoning bullet bullets shot roof weight weights lined coffin coffins type "
    "soldier soldiers crystal sheet sheets ore mine mines balloon balloons plate plates bronze alloy seal acetate"
)
_CLOSE_TO = _set(
    "so very too as is was were are be been being stayed stay remained remain getting come came stood sat grew "
    "held hold "
    "kept keep how more quite pretty that's my really up not always become became"
)

EITHER: dict[str, Either] = {
    "lead": Either(
        "lˈiːd",
        "lˈɛd",
        before=_set("molten melted heavy-metal white red"),
        after=_METAL,
        near=_set("tin zinc copper bronze mercury silver arsenic metal metals bullets poisoned roof"),
        never_before=_set("to will can would could who they"),
    ),
    "live": Either(
        "lˈɪv",
        "lˈaɪv",
        before=_set(
            "a broadcast recorded performed perform performing play played playing sang sing aired streamed going "
            "went go goes heard hear shown seen carried transmitted televised before"
        ),
        after=_LIVE_AFTER,
        never_before=_set("to will would can could we they i you who people must not"),
    ),
    "wind": Either(
        "wˈɪnd",
        "wˈaɪnd",
        before=_set("to will would must could can slowly"),
        after=_set("up down back"),
        never_before=_set("the a of in and this cold"),
    ),
    "winds": Either(
        "wˈɪndz",
        "wˈaɪndz",
        after=_set("through along around up down its past between over into across"),
        never_before=_set("the of high strong trade"),
    ),
    "tear": Either(
        "tˈɪɹ",
        "tˈɛɹ",
        before=_set("to will would can could not don't never must might and"),
        after=_set("up down apart off out open away it them the through me us him"),
        near=_set(
            "wear fabric canvas photo photograph photographs page paper cloth dress sail curtain negative muscle"
        ),
        never_before=_set("single"),
    ),
    "tears": Either(
        "tˈɪɹz",
        "tˈɛɹz",
        before=_set("he she it who"),
        after=_set("up apart off it them"),
        near=_set("scratches creases canvas"),
        never_before=_set("her his my of in the"),
    ),
    "bow": Either(
        "bˈoʊ",
        "bˈaʊ",
        before=_set("to will would must could final deep last low take polite port starboard i we they let"),
        after=_set("to before down of and-stern deeply out gracefully low"),
        near=_set("took takes take taking curtain stern ship ship's ships vessel boat applause stage audience deck"),
        never_before=_set("violin cello long cross hair yew fiddle"),
        never_after=_set("and"),
    ),
    "bowed": Either("bˈaʊd", "bˈaʊd"),
    "bows": Either(
        "bˈoʊz",
        "bˈaʊz",
        before=_set("he she took takes who their"),
        after=_set("to before down his her of"),
        near=_set("took stage curtain ship ship's audience"),
    ),
    "close": Either(
        "klˈoʊz",
        "klˈoʊs",
        before=_CLOSE_TO | _set("two three in at from his her their our these were"),
        after=_set(
            "to friends friend by together family knit relationship relatives relative enough behind up range "
            "friendship ties quarters brother sister attention call shave watch in-hand beside"
        ),
        never_before=_set(
            "to will would can could must please let we'll i'll didn't did don't the and they we you shops"
        ),
    ),
    "use": Either(
        "jˈuːs",
        "jˈuːz",
        before=_set(
            "to will would can could must may might i we you they not don't never please did "
            "didn't should let who still often"
        ),
        verb=True,
        never_before=_set("of the in for no any its daily common"),
    ),
    "minute": Either(
        "mˈɪnɪt",
        "maɪnjˈuːt",
        after=_set("detail details amount amounts quantity quantities particles traces differences scratches cracks"),
    ),
    "desert": Either("dˈɛzɚt", "dɪzˈɜːt", verb=True),
    "content": Either(
        "kˈɑːntɛnt",
        "kəntˈɛnt",
        before=_set(
            "is was were be been am are feel felt quite very so perfectly not being i'm more seemed died lived and"
        ),
        after=_set("with to"),
        never_before=_set("the of this"),
    ),
    "excuse": Either("ɛkskjˈuːs", "ɛkskjˈuːz", verb=True, after=_set("me us him her my")),
    "abuse": Either("əbjˈuːs", "əbjˈuːz", verb=True),
    "bass": Either(
        "bˈeɪs",
        "bˈæs",
        before=_set("sea striped caught largemouth smallmouth"),
        after=_set("fishing lake boat"),
        near=_set("fish trout fished pike"),
    ),
    "dove": Either(
        "dˈʌv",
        "dˈoʊv",
        after=_set("into in off under right headfirst straight for down"),
        before=_set("he she they then i we"),
    ),
    "sow": Either("sˈoʊ", "sˈaʊ", near=_set("piglets boar pig pigs")),
    "learned": Either(
        "lˈɜːnd",
        "lˈɜːnɪd",
        after=_set("man woman men scholar scholars judge friend professor society journal gentleman colleague lady"),
        before=_set("most"),
    ),
    "aged": Either(
        "ˈeɪdʒd",
        "ˈeɪdʒɪd",
        after=_set("mother father parents man woman aunt uncle grandmother grandfather parent couple relative"),
        before=_set("the"),
    ),
    "resume": Either("ɹɪzˈuːm", "ɹˈɛzəmeɪ", verb=False),
    "entrance": Either("ˈɛntɹəns", "ɛntɹˈæns", before=_set("to will"), after=_set("us me him her")),
    "invalid": Either(
        "ɪnvˈælɪd",
        "ˈɪnvəlɪd",
        before=_set("an bedridden lifelong chronic"),
        never_after=frozenset(),
        after=_set("mother chair wife sister"),
    ),
    "putting": Either("pˈʊtɪŋ", "pˈʌtɪŋ", after=_set("green")),
}

STRESSED: dict[str, tuple[str, str]] = {
    "record": ("ɹˈɛkɚd", "ɹɪkˈɔːɹd"),
    "records": ("ɹˈɛkɚdz", "ɹɪkˈɔːɹdz"),
    "present": ("pɹˈɛzənt", "pɹɪzˈɛnt"),
    "presents": ("pɹˈɛzənts", "pɹɪzˈɛnts"),
    "object": ("ˈɑːbdʒɛkt", "əbdʒˈɛkt"),
    "objects": ("ˈɑːbdʒɛkts", "əbdʒˈɛkts"),
    "perfect": ("pˈɜːfɪkt", "pɚfˈɛkt"),
    "refuse": ("ɹˈɛfjuːs", "ɹɪfjˈuːz"),
    "produce": ("pɹˈoʊduːs", "pɹədˈuːs"),
    "project": ("pɹˈɑːdʒɛkt", "pɹədʒˈɛkt"),
    "projects": ("pɹˈɑːdʒɛkts", "pɹədʒˈɛkts"),
    "conduct": ("kˈɑːndʌkt", "kəndˈʌkt"),
    "permit": ("pˈɜːmɪt", "pɚmˈɪt"),
    "permits": ("pˈɜːmɪts", "pɚmˈɪts"),
    "conflict": ("kˈɑːnflɪkt", "kənflˈɪkt"),
    "contrast": ("kˈɑːntɹæst", "kəntɹˈæst"),
    "contract": ("kˈɑːntɹækt", "kəntɹˈækt"),
    "contest": ("kˈɑːntɛst", "kəntˈɛst"),
    "convert": ("kˈɑːnvɜːt", "kənvˈɜːt"),
    "convict": ("kˈɑːnvɪkt", "kənvˈɪkt"),
    "combat": ("kˈɑːmbæt", "kəmbˈæt"),
    "increase": ("ˈɪnkɹiːs", "ɪnkɹˈiːs"),
    "decrease": ("dˈiːkɹiːs", "dɪkɹˈiːs"),
    "insult": ("ˈɪnsʌlt", "ɪnsˈʌlt"),
    "import": ("ˈɪmpɔːɹt", "ɪmpˈɔːɹt"),
    "imports": ("ˈɪmpɔːɹts", "ɪmpˈɔːɹts"),
    "export": ("ˈɛkspɔːɹt", "ɛkspˈɔːɹt"),
    "exports": ("ˈɛkspɔːɹts", "ɛkspˈɔːɹts"),
    "rebel": ("ɹˈɛbəl", "ɹɪbˈɛl"),
    "rebels": ("ɹˈɛbəlz", "ɹɪbˈɛlz"),
    "subject": ("sˈʌbdʒɪkt", "səbdʒˈɛkt"),
    "suspect": ("sˈʌspɛkt", "səspˈɛkt"),
    "suspects": ("sˈʌspɛkts", "səspˈɛkts"),
    "digest": ("dˈaɪdʒɛst", "daɪdʒˈɛst"),
    "escort": ("ˈɛskɔːɹt", "ɪskˈɔːɹt"),
    "protest": ("pɹˈoʊtɛst", "pɹətˈɛst"),
    "progress": ("pɹˈɑːɡɹɛs", "pɹəɡɹˈɛs"),
    "survey": ("sˈɜːveɪ", "sɚvˈeɪ"),
    "transfer": ("tɹˈænsfɜː", "tɹænsfˈɜː"),
    "transport": ("tɹˈænspɔːɹt", "tɹænspˈɔːɹt"),
    "upset": ("ˈʌpsɛt", "ʌpsˈɛt"),
    "extract": ("ˈɛkstɹækt", "ɪkstɹˈækt"),
    "torment": ("tˈɔːɹmɛnt", "tɔːɹmˈɛnt"),
    "discharge": ("dˈɪstʃɑːɹdʒ", "dɪstʃˈɑːɹdʒ"),
    "reject": ("ɹˈiːdʒɛkt", "ɹɪdʒˈɛkt"),
    "exploit": ("ˈɛksplɔɪt", "ɪksplˈɔɪt"),
    "incense": ("ˈɪnsɛns", "ɪnsˈɛns"),
    "compress": ("kˈɑːmpɹɛs", "kəmpɹˈɛs"),
    "defect": ("dˈiːfɛkt", "dɪfˈɛkt"),
    "console": ("kˈɑːnsoʊl", "kənsˈoʊl"),
    "converse": ("kˈɑːnvɜːs", "kənvˈɜːs"),
    "recall": ("ɹˈiːkɔːl", "ɹɪkˈɔːl"),
    "refund": ("ɹˈiːfʌnd", "ɹɪfˈʌnd"),
}
"""As a noun or adjective, as a verb."""

ADJECTIVE_ATE: dict[str, str] = {
    "separate": "sˈɛpɹ",
    "estimate": "ˈɛstɪm",
    "graduate": "ɡɹˈædʒu",
    "duplicate": "dˈuːplɪk",
    "deliberate": "dɪlˈɪbɚɹ",
    "elaborate": "ɪlˈæbɚɹ",
    "advocate": "ˈædvək",
    "associate": "əsˈoʊʃi",
    "alternate": "ˈɔːltɚn",
    "delegate": "dˈɛlɪɡ",
    "appropriate": "əpɹˈoʊpɹi",
    "intimate": "ˈɪntɪm",
    "coordinate": "koʊˈɔːɹdɪn",
    "moderate": "mˈɑːdɚɹ",
    "articulate": "ɑːɹtˈɪkjʊl",
    "animate": "ˈænɪm",
    "approximate": "əpɹˈɑːksɪm",
    "subordinate": "səbˈɔːɹdɪn",
    "degenerate": "dɪdʒˈɛnɚɹ",
    "initiate": "ɪnˈɪʃi",
    "affiliate": "əfˈɪli",
    "desolate": "dˈɛsəl",
    "syndicate": "sˈɪndɪk",
}
"""-ate is full in the verb and weak in the noun and adjective: the sound before it."""

ALWAYS: dict[str, str] = {
    "buffet": "bəfˈeɪ",
    "obituary": "oʊbˈɪtʃuɛɹi",
    "genealogy": "dʒˌiːniˈælədʒi",
}
"""Words that the engine says wrong whatever stands beside them."""
