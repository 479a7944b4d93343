"""Lines of text to finished speech."""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import pytest

from studio.errors import EngineUnavailable, TextUnspeakable
from studio.types import AudioClip, Feeling, PhonemeSpan, Speech
from studio.voice.language.script import SENTENCE_PAUSE_S
from studio.voice.loudness import LEVEL_DB, level_db
from studio.voice.person.enrol import enrol
from studio.voice.prosody.vitality import Vitality
from studio.voice.recordings.quality import mos
from studio.voice.speak import LEAD_S, SAMPLE_RATE, TAIL_S, speak
from studio.voice.times import covering

ENGLISH = "She was born in 1906. What a life, what a voice! Dr. Hopper smiled."
MANDARIN = "她出生在1906年。多么了不起的一生，我们会记得Grace的声音！"


@pytest.fixture(scope="module")
def english() -> Speech:
    return speak(ENGLISH, "en")


def check(speech: Speech) -> None:
    assert speech.audio.sample_rate == SAMPLE_RATE == 48_000
    assert speech.audio.samples.shape[0] == 1
    assert np.abs(speech.audio.samples).max() <= 0.9
    assert level_db(speech.audio.mono(), SAMPLE_RATE) == pytest.approx(LEVEL_DB, abs=0.7)
    assert speech.phonemes[0].start == 0
    assert speech.phonemes[-1].end == speech.audio.duration
    assert all(a.end == b.start < b.end for a, b in itertools.pairwise(speech.phonemes))
    assert all(a.start < a.end <= b.start for a, b in itertools.pairwise(speech.words))
    tail = speech.audio.duration - speech.words[-1].end
    assert Fraction(15, 100) <= tail <= Fraction(3, 10)
    assert not speech.audio.samples[0, -round(float(TAIL_S) * SAMPLE_RATE * 0.9) :].any()
    assert speech.words[0].start >= LEAD_S * Fraction(9, 10)
    at = 0
    for word in speech.words:
        at = speech.text.index(word.text, at) + len(word.text)


def test_english_line(english: Speech) -> None:
    check(english)
    assert (english.engine, english.synthetic, english.text) == ("own", True, ENGLISH)
    assert [word.text for word in english.words][-3:] == ["Dr.", "Hopper", "smiled"]


def test_mandarin_line_with_english_in_it() -> None:
    speech = speak(MANDARIN, "zh")
    check(speech)
    assert "".join(word.text for word in speech.words) == "她出生在1906年多么了不起的一生我们会记得Grace的声音"


def test_sentences_are_apart_and_pauses_are_silent(english: Speech) -> None:
    ends = {word.text: word for word in english.words}
    following = next(word for word in english.words if word.text == "What")
    pause = following.start - ends["1906"].end
    assert SENTENCE_PAUSE_S <= pause <= SENTENCE_PAUSE_S + Fraction(1, 5)
    start, end = (round(t * SAMPLE_RATE) for t in (ends["1906"].end, following.start))
    middle = english.audio.samples[0, start + 4000 : end - 4000]
    assert np.abs(middle).max() < 0.01


def test_nothing_clicks(english: Speech) -> None:
    """Sentence edges rise from zero: no jump is larger than those inside the voice."""
    samples = english.audio.samples[0]
    silent = np.abs(samples) == 0
    edges = np.flatnonzero(silent[1:] != silent[:-1])
    assert np.abs(np.diff(samples))[edges].max() < 1e-3


def test_same_text_gives_the_same_bytes(english: Speech) -> None:
    assert speak(ENGLISH, "en").audio.samples.tobytes() == english.audio.samples.tobytes()


def test_speed_is_followed(english: Speech) -> None:
    fast = speak(ENGLISH, "en", speed=1.5)
    assert 0.55 < fast.audio.duration / english.audio.duration < 0.8
    with pytest.raises(TextUnspeakable, match=r"0\.5 to 2"):
        speak(ENGLISH, "en", speed=5)


def test_a_profile_gives_its_voice(voice_clip: AudioClip) -> None:
    profile = enrol([voice_clip], person="Ada", hashes=[])
    for text, language in ((ENGLISH, "en"), (MANDARIN, "zh")):
        check(speak(text, language, profile))  # type: ignore[arg-type]


def test_a_very_long_line_works() -> None:
    speech = speak("The sea was calm and the sky was clear. " * 75, "en")
    check(speech)
    assert len(speech.words) == 75 * 9


def test_espeak_still_speaks_where_it_is_asked_to() -> None:
    speech = speak(ENGLISH, "en", engine="espeak")
    check(speech)
    assert speech.engine == "espeak"


def test_the_own_voice_sounds_better_than_a_formant_synthesiser(english: Speech) -> None:
    assert mos(english.audio).overall > 3.0
    assert mos(speak(MANDARIN, "zh").audio).overall > 2.8


def test_each_seed_is_another_take_of_the_same_words(english: Speech) -> None:
    other = speak(ENGLISH, "en", seed=5)
    assert [word.text for word in other.words] == [word.text for word in english.words]
    assert [word.start for word in other.words] != [word.start for word in english.words]


def test_marks_are_heard_and_not_shown() -> None:
    plain = speak("We had a small house by the sea. It was blue.", "en")
    marked = speak("We had a [slow]small[/slow] *house* [pause 1s] by the sea. It was blue.", "en")
    assert marked.text == plain.text
    lengths = {word.text: word.end - word.start for word in plain.words}
    now = {word.text: word for word in marked.words}
    assert now["small"].end - now["small"].start > lengths["small"]
    assert Fraction(9, 10) < now["by"].start - now["house"].end < Fraction(13, 10)
    with pytest.raises(TextUnspeakable, match="not closed"):
        speak("[slow]We had a house.", "en")


def test_a_sad_line_is_slower_and_lower_and_an_old_voice_too(english: Speech) -> None:
    sad = speak(ENGLISH, "en", feeling=Feeling(Fraction(0), "sad"))
    old = speak(ENGLISH, "en", vitality=Vitality(age=25, vigour=-0.5))
    for speech in (sad, old):
        check(speech)
        assert speech.audio.duration > english.audio.duration


def test_unknown_engines_are_refused() -> None:
    with pytest.raises(EngineUnavailable, match="espeak"):
        speak("Hello.", "en", engine="nonesuch")


def test_covering_fills_gaps_and_joins_silences() -> None:
    spans = [
        PhonemeSpan("a", Fraction(1), Fraction(2)),
        PhonemeSpan("", Fraction(2), Fraction(3)),
        PhonemeSpan("b", Fraction(4), Fraction(6)),
        PhonemeSpan("c", Fraction(5), Fraction(6)),
    ]
    found = [(p.symbol, p.start, p.end) for p in covering(spans, Fraction(7))]
    assert found == [("", 0, 1), ("a", 1, 2), ("", 2, 4), ("b", 4, 6), ("", 6, 7)]
