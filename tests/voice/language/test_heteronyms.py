"""English words whose sound the context tells: the one in brackets is asked for."""

from __future__ import annotations

import re

from studio.voice.language.text import read

BATTERY = """
I [read] it yesterday. ɛd|I will [read] it to you. iːd|She had [read] every letter. ɛd|He [read] to us every night. ɛd
Can you [read] this? iːd|The letter was [read] aloud. ɛd|They [read] the will last week. ɛd
We [read] the news every day. iːd|Mother [read] us stories. ɛd|She loved to [read]. iːd|The [lead] pipe burst. ɛd
She was the [lead] singer. iːd|He took the [lead]. iːd|The coffin was lined with [lead] and zinc. ɛd
They [lead] us home. iːd|A [lead] coffin. ɛd|Roofs of copper and [lead]. ɛd|He will [lead] the choir. iːd
Toy [lead] soldiers. ɛd|She played the [lead] role. iːd|They [live] by the sea. ɪv|A [live] concert. aɪv
It was broadcast [live]. aɪv|I [live] here. ɪv|We will [live] on in you. ɪv|The show was recorded [live]. aɪv
A [live] audience. aɪv|Long [live] the Queen. ɪv|He [lives] in Boston. ɪvz|Our [lives] changed. aɪvz
She saved many [lives]. aɪvz|All of their [lives]. aɪvz|He still [lives] in my heart. ɪvz
Those who gave their [lives]. aɪvz|The story of two [lives]. aɪvz|The [wind] blew. ɪnd|To [wind] the clock. aɪnd
She would [wind] up the gramophone. aɪnd|A cold [wind]. ɪnd|The road [winds] through the hills. aɪndz
He had a deep [wound]. uːnd|She [wound] the clock. aʊnd|He [wound] up in Paris. aʊnd|The [wound] healed. uːnd
It was [wound] around her hand. aʊnd|A [tear] fell. ɪɹ|Do not [tear] the page. ɛɹ|There is a [tear] in the canvas. ɛɹ
A [tear] ran down her cheek. ɪɹ|To [tear] it down. ɛɹ|Wear and [tear]. ɛɹ|Her eyes filled with [tears]. ɪɹz
He [tears] up the letter. ɛɹz|Not a single [tear]. ɪɹ|A [tear] in the photograph. ɛɹ|He took a final [bow]. aʊ
A [bow] and arrow. oʊ|The [bow] of the ship. aʊ|She wore a [bow] in her hair. oʊ|They [bow] to the audience. aʊ
He [bowed] his head. aʊd|His violin and [bow]. oʊ|We [bow] before you. aʊ|Please [close] the door. oʊz
They were [close] friends. oʊs|She was very [close] to him. oʊs|The [close] of the war. oʊz|Stay [close] to me. oʊs
It came to a [close]. oʊz|The museum will [close] at five. oʊz|A [close] family. oʊs|He stood [close] by. oʊs
A very [close] call. oʊs|We [use] it daily. uːz|The [use] of oil. uːs|What is the [use] of it? uːs
To [use] a camera. uːz|Still in [use]. uːs|You may [use] it. uːz|She kept a [record]. 1|They [record] every word. 2
To [record] a song. 2|A gramophone [record]. 1|Please [record] the date. 2|His war [record]. 1|A birthday [present]. 1
We [present] the medal. 2|He was [present] at the end. 1|I am proud to [present] her. 2|In the [present] day. 1
An [object] of art. 1|They [object] to it. 2|The [objects] on display. 1|I [object]. 2|A [perfect] day. 1
To [perfect] his craft. 2|She did [refuse] to go. 2|A heap of [refuse]. 1|The farm's [produce]. 1
They [produce] films. 2|The Manhattan [project]. 1|They [project] the film. 2|Her [conduct] was brave. 1
He will [conduct] the band. 2|A travel [permit]. 1|They did not [permit] it. 2|The [conflict] ended. 1
A sharp [contrast]. 1|His [contract] ended. 1|A [convict] ship. 1|The [rebels] fled. 1|We [rebel] against it. 2
An [increase] in pay. 1|To [increase] it. 2|The [subject] of the film. 1|A [suspect] was found. 1
They [suspect] him. 2|The [protest] march. 1|They [protest] loudly. 2|A [survey] of the site. 1|Great [progress]. 1
The [transport] ship. 1|A police [escort]. 1|The [import] of tea. 1|An [insult] to her. 1|The [upset] child. 1
His [export] firm. 1|She would [console] him. 2|I [recall] her smile. 2|They will [transfer] him. 2
In [minute] detail. uːt|A [minute] later. ɪt|The [desert] sun. 1|They would [desert] him. 2
She was [content] with it. 2|The [content] of the box. 1|A [separate] room. ət|To [separate] them. eɪt
She will [graduate] in May. eɪt|A college [graduate]. ət|An [estimate] of it. ət|To [estimate] it. eɪt
A [duplicate] print. ət|An [intimate] friend. ət|A [deliberate] act. ət|She was an [advocate]. ət
To [advocate] peace. eɪt|An [associate] of his. ət|An [elaborate] dress. ət|A [moderate] man. ət
My [beloved] mother. vɪd|She was [beloved] by all. vd$|Of [blessed] memory. sɪd|We were [blessed] with you. st
The [Blessed] Virgin. sɪd|A [learned] man. nɪd|He [learned] to fly. nd$|His [aged] mother. dʒɪd
He died [aged] ninety. dʒd$|A [house] by the sea. aʊs|To [house] the poor. aʊz|I have no [excuse]. uːs
Please [excuse] me. uːz|The [abuse] of power. uːs|The [Polish] army. oʊl|Shoes to [polish]. ɑːl|The [bass] guitar. eɪs
He caught a sea [bass]. æs|The dove [dove] into the water. oʊv|A white [dove]. ʌv|The [buffet] car. eɪ$
Her [resume]. meɪ|We will [resume] at noon. uːm|An [august] assembly. 2|In [August] 1914. 1
"""
ITEMS = [tuple(item.rsplit(" ", 1)) for line in BATTERY.strip().splitlines() for item in line.split("|")]
_VOWEL = "aeiouæɑɒɔəɚɛɜɪʊʌᵻɐ"


def heard(ipa: str, expected: str) -> bool:
    """Whether IPA has the expected ending or vowel, or its stress on the first (1) or a later (2) syllable."""
    if expected in ("1", "2"):
        return bool(re.match(f"[^{_VOWEL}ˌ]*ˈ", ipa)) == (expected == "1")
    return bool(re.search(expected, ipa))


def test_the_words_around_decide_the_sound() -> None:
    wrong = []
    for marked, expected in ITEMS:
        at = marked.index("[")
        line = read(marked.replace("[", "").replace("]", ""), "en")
        token = next(token for token in line.tokens if token.start == at)
        # August and bass have the engine's own sound where the context asks for no other.
        if token.sounds and not heard(token.sounds.strip("/"), expected):
            wrong.append((marked, token.sounds, expected))
    assert not wrong


def test_words_that_have_one_sound_are_left_to_the_engine() -> None:
    line = read("My grandmother sailed across the ocean with her sister.", "en")
    assert not [token for token in line.tokens if token.sounds]


def test_a_word_of_the_lexicon_is_not_decided_again() -> None:
    (token,) = (t for t in read("The wind blew.", "en", {"wind": "wynd"}).tokens if t.rule == "lexicon")
    assert (token.said, token.sounds) == ("wynd", "")
