"""The embedded engine, for real."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from studio.errors import EngineUnavailable, TextUnspeakable
from studio.types import Speech
from studio.voice import engines
from studio.voice.engines import espeak, espeak_sounds

ENGLISH = "In 1906, one of the ships at the sea was in the U.S. Navy."
MANDARIN = "1952年，他去重庆的银行，穷人和兄弟用COVID-19。"


@pytest.fixture(scope="module")
def english() -> Speech:
    return engines.load("espeak").speak(ENGLISH, "en")


@pytest.fixture(scope="module")
def mandarin() -> Speech:
    return engines.load("espeak").speak(MANDARIN, "zh")


def test_every_word_is_timed_and_shown_as_written(english: Speech, mandarin: Speech) -> None:
    assert " ".join(word.text for word in english.words) == "In 1906 one of the ships at the sea was in the U.S. Navy"
    assert [w.text for w in mandarin.words] == [*"1952年他去重庆的银行穷人和兄弟用", "COVID-19"]


def test_spans_are_in_order_and_phonemes_cover_the_clip(english: Speech, mandarin: Speech) -> None:
    for speech in (english, mandarin):
        for before, after in itertools.pairwise(speech.words):
            assert before.start < before.end <= after.start
        assert speech.phonemes[0].start == 0
        assert speech.phonemes[-1].end == speech.audio.duration
        assert all(a.end == b.start and a.start < a.end for a, b in itertools.pairwise(speech.phonemes))


def test_phonemes_are_plain_ipa(english: Speech, mandarin: Speech) -> None:
    said = "".join(p.symbol for p in english.phonemes[:10])
    assert said == "ɪnnaɪntiːnoʊs"
    symbols = {p.symbol for p in mandarin.phonemes}
    assert {"tʂʰ", "tɕʰ", "x", "ʊ", "ŋ", ""} <= symbols
    assert not set("ˈˌ.()_1234") & set("".join(symbols))


def test_sound_is_where_the_phonemes_say(english: Speech) -> None:
    level = {True: [], False: []}  # type: ignore[var-annotated]
    for span in english.phonemes:
        start, end = (round(t * english.audio.sample_rate) for t in (span.start, span.end))
        level[bool(span.symbol)].append(float(np.abs(english.audio.samples[0, start:end]).mean()))
    assert min(level[True]) > 0.005
    assert np.mean(level[False]) < 0.1 * np.mean(level[True])


def test_tones_of_mandarin_differ() -> None:
    import pyworld

    engine = engines.load("espeak")

    def melody(text: str) -> tuple[float, float]:
        clip = engine.speak(text, "zh").audio
        f0, _ = pyworld.harvest(clip.samples[0].astype(np.float64), clip.sample_rate)
        f0 = f0[f0 > 0]
        third = len(f0) // 3
        return float(np.log2(f0[-third:].mean() / f0[:third].mean())), float(np.log2(f0.mean()))

    rise = {char: melody(char * 1)[0] for char in "妈麻马骂"}
    assert rise["麻"] > rise["妈"] > rise["骂"]
    assert melody("妈")[1] > melody("马")[1]


def test_same_text_gives_the_same_bytes() -> None:
    engine = engines.load("espeak")
    once, again = (engine.speak(ENGLISH, "en", base="f2", speed=1.2).audio.samples for _ in range(2))
    assert once.tobytes() == again.tobytes()


def test_speed_and_base_change_what_is_heard(english: Speech) -> None:
    engine = engines.load("espeak")
    fast = engine.speak(ENGLISH, "en", speed=1.5)
    assert fast.audio.duration < 0.8 * english.audio.duration
    british = engine.speak("The car is far.", "en", base="en-gb")
    american = engine.speak("The car is far.", "en", base="en-us")
    assert [p.symbol for p in british.phonemes] != [p.symbol for p in american.phonemes]


def test_lexicon_phonemes_are_spoken() -> None:
    speech = engines.load("espeak").speak("Nguyen came.", "en", lexicon={"Nguyen": "/wɪn/"})
    assert [p.symbol for p in speech.phonemes if p.symbol][:3] == ["w", "ɪ", "n"]
    assert [word.text for word in speech.words] == ["Nguyen", "came"]
    with pytest.raises(TextUnspeakable, match="ʘ"):
        engines.load("espeak").speak("Nguyen", "en", lexicon={"Nguyen": "/ʘ/"})


def test_every_syllable_of_mandarin_is_spoken_as_mandarin() -> None:
    from pypinyin import pinyin_dict
    from pypinyin.contrib.tone_convert import to_tone3

    every = {
        to_tone3(reading, v_to_u=False, neutral_tone_with_five=True).replace("ü", "v")
        for readings in itertools.islice(pinyin_dict.pinyin_dict.values(), 0, None, 25)
        for reading in readings.split(",")
    } | {"xiong1", "qiong2", "jiong3"}
    child = espeak.Child()
    try:
        said = ", ".join(espeak_sounds.pinyin(syllable) for syllable in sorted(every))
        request = {"text": said, "voice": "cmn-latn-pinyin", "rate": 300, "pitch": 50, "pitch_range": 50}
        header, _ = child.ask(request)
    finally:
        child.close()
    assert not [name for _, _, _, name in header["events"] if "(en)" in name]


def test_a_dead_child_is_told_and_replaced() -> None:
    child = espeak.Child()
    request = {"text": "hello", "voice": "en-us", "rate": 150, "pitch": 50, "pitch_range": 50}
    try:
        child.ask(request)
        process = child._process
        assert process is not None
        process.kill()
        process.wait()
        header, samples = child.ask(request)  # found dead before it is asked: a new one is started
        assert header["num_samples"] == len(samples) > 1000
        process = child._process
        assert process is not None
        with pytest.raises(EngineUnavailable, match="stopped"):
            child.ask({**request, "nonsense": 1})  # makes the child fail in the middle
        assert child.ask(request)[0]["num_samples"] == len(samples)
    finally:
        child.close()


def test_an_unknown_voice_is_told() -> None:
    child = espeak.Child()
    try:
        with pytest.raises(EngineUnavailable, match="nonesuch"):
            child.ask({"text": "a", "voice": "nonesuch", "rate": 150, "pitch": 50, "pitch_range": 50})
        with pytest.raises(EngineUnavailable, match="nobody"):
            child.ask({"text": "a", "voice": "en-us+nobody", "rate": 150, "pitch": 50, "pitch_range": 50})
    finally:
        child.close()


def test_the_library_is_never_loaded_here() -> None:
    from pathlib import Path

    engines.load("espeak").speak("hello", "en")
    maps = Path("/proc/self/maps")
    if not maps.is_file():
        pytest.skip("no /proc/self/maps on this system")
    assert "espeak" not in maps.read_text()
