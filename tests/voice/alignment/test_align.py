"""Known times found again."""

from __future__ import annotations

import itertools
import time
from pathlib import Path

import numpy as np
import pytest

from studio.errors import AudioUnusable
from studio.media.audio import read_audio
from studio.types import AudioClip, Language, Speech
from studio.voice import engines
from studio.voice.alignment import align as aligning
from studio.voice.alignment.align import align, aligned, refuse
from studio.voice.alignment.warping import warp

LINES: list[tuple[Language, str]] = [
    ("en", "My fellow Americans, this is the story of a woman born in 1906 who taught machines to understand words."),
    ("zh", "今天早上我去图书馆看书，路上遇见一位老朋友，我们坐下来喝茶。"),
]


def errors(found: Speech, true: Speech) -> list[float]:
    assert [w.text for w in found.words] == [w.text for w in true.words]
    return [abs(float(a.start - b.start)) for a, b in zip(found.words, true.words, strict=True)]


@pytest.mark.parametrize(("language", "text"), LINES)
@pytest.mark.parametrize(("base", "speed"), [("f2", 1.25), ("victor", 0.8)])
def test_words_of_another_voice_and_pace_are_found(language: Language, text: str, base: str, speed: float) -> None:
    true = engines.load("espeak").speak(text, language, base=base, speed=speed)
    found = align(true.audio, text, language)
    assert np.mean(errors(found, true)) <= 0.04
    assert found.audio is true.audio
    assert not found.synthetic
    assert found.engine == "recording"


def test_a_speakers_own_pauses_are_found() -> None:
    text = "Ask not what your country can do for you."
    engine = engines.load("espeak")
    parts = [engine.speak(part, "en", base="f2") for part in ("Ask", "not", "what your country can do for you.")]
    rate = parts[0].audio.sample_rate
    noise = np.random.default_rng(1)
    pause = 2e-4 * noise.standard_normal((1, rate)).astype(np.float32)
    pieces = [piece for part in parts for piece in (part.audio.samples, pause)]
    clip = AudioClip(np.concatenate(pieces, axis=1), rate)
    found = align(clip, text, "en")
    offsets = np.cumsum([0, *(part.audio.samples.shape[1] + rate for part in parts[:-1])]) / rate
    true = [float(w.start) + float(o) for part, o in zip(parts, offsets, strict=True) for w in part.words]
    assert np.abs(np.array([float(w.start) for w in found.words]) - true).max() < 0.1
    silences = [p for p in found.phonemes if not p.symbol and float(p.end - p.start) > 0.7]
    assert len(silences) == 3


def test_spans_are_in_order_and_cover_the_clip() -> None:
    language, text = LINES[0]
    clip = engines.load("espeak").speak(text, language, base="Alicia").audio
    found = align(clip, text, language)
    assert found.phonemes[0].start == 0
    assert found.phonemes[-1].end == clip.duration
    assert all(a.end == b.start for a, b in itertools.pairwise(found.phonemes))
    assert all(a.start <= b.start for a, b in itertools.pairwise(found.words))


def test_ten_seconds_take_less_than_three(voice_clip: AudioClip) -> None:
    text = "The sun was high above the water, and a young girl thought about her large house by the sea. " * 2
    clip = AudioClip(np.tile(voice_clip.samples, 2), voice_clip.sample_rate)
    align(clip, text, "en")
    started = time.process_time()  # other programs on the machine do not count
    align(clip, text, "en")
    assert time.process_time() - started < 0.3 * float(clip.duration)


def test_warping_finds_a_stretched_sequence() -> None:
    steps = np.arange(6, dtype=float)[:, None] * 10
    heard = np.repeat(steps, 3, axis=0)
    path = warp(heard, steps, pauses=np.zeros(6, bool), loudness=np.ones(18))
    assert [tuple(pair) for pair in path] == [(row, row // 3) for row in range(18)]


def test_a_recording_shorter_than_its_text_still_has_ordered_times() -> None:
    clip = engines.load("espeak").speak("Hello there.", "en", base="f2").audio
    found = align(clip, "Hello there, my dear old friends, and welcome to this house.", "en")
    assert all(0 <= w.start <= w.end <= clip.duration for w in found.words)


def test_a_readers_words_are_found_by_the_models_and_both_ways_agree(shared: Path) -> None:
    clip = read_audio(shared / "media" / "speech" / "en_ljspeech" / "LJ001-0005.flac", mono=True)
    text = (
        "the invention of movable metal letters in the middle of the fifteenth century may justly be considered as "
        "the invention of the art of printing."
    )
    found = aligned(clip, text, "en")
    assert found.method == "sphinx"
    assert len(found.doubtful) <= 1
    assert np.mean(found.confidence) > 0.7
    laid = aligning.lay(clip, aligning.speak(text, "en", engine="espeak"))
    said = aligning.speak(text, "en", engine="espeak").words
    apart = [
        abs(float(a.start - laid.between(b.start, b.end)[0])) for a, b in zip(found.speech.words, said, strict=True)
    ]
    assert np.median(apart) < 0.04
    refuse(found)


def test_exchanged_words_are_named_and_the_others_keep_their_times(shared: Path) -> None:
    clip = read_audio(shared / "media" / "speech" / "en_ljspeech" / "LJ001-0005.flac", mono=True)
    text = (
        "the invention of movable bicycle letters in the middle of the fifteenth century may justly be considered as "
        "the invention of the art of swimming."
    )
    found = aligned(clip, text, "en")
    words = [word.text for word in found.speech.words]
    assert {words[place] for place in found.doubtful} >= {"bicycle", "swimming"}
    assert len(found.doubtful) <= 4
    century = found.speech.words[words.index("century")]
    assert float(century.end - century.start) == pytest.approx(0.6, abs=0.25)
    refuse(found)


def test_another_recordings_text_is_refused_and_its_first_words_named(shared: Path) -> None:
    clip = read_audio(shared / "media" / "speech" / "en_ljspeech" / "LJ001-0005.flac", mono=True)
    text = "My grandmother kept a garden behind the house, and every summer she sold her roses at the market in town."
    with pytest.raises(AudioUnusable, match=r"20 of 20 words .*My grandmother kept a garden behind"):
        refuse(aligned(clip, text, "en"))


def test_another_mandarin_text_is_refused(shared: Path) -> None:
    clip = read_audio(shared / "media" / "speech" / "zh_f5_ref.flac", mono=True)
    refuse(aligned(clip, "对，这就是我，万人敬仰的太乙真人。", "zh"))
    with pytest.raises(AudioUnusable, match="今天早上"):
        refuse(aligned(clip, "今天早上我去图书馆看书，路上遇见一位老朋友。", "zh"))


@pytest.mark.parametrize(("language", "text"), LINES)
def test_a_word_in_whose_place_is_silence_is_not_heard(language: Language, text: str) -> None:
    true = engines.load("espeak").speak(text, language, base="f2")
    samples, rate = true.audio.samples.copy(), true.audio.sample_rate
    gone = true.words[4:8]
    samples[:, round(gone[0].start * rate) : round(gone[-1].end * rate)] = 0
    found = aligned(AudioClip(samples, rate), text, language)
    assert set(found.doubtful) & {4, 5, 6, 7}
    assert all(found.confidence[place] == 0 for place in found.doubtful)


LONG: dict[Language, tuple[str, ...]] = {
    "en": (
        "The kitchen smelled of fresh bread.",
        "Every summer we walked along the river until dark.",
        "She kept all of her letters in a blue box.",
        "My brother built a boat with his own hands.",
        "Nobody in the village had ever seen such a winter.",
    ),
    "zh": (
        "今天早上我去图书馆看书。",
        "奶奶常常坐在院子里的大树下。",
        "那一年冬天特别冷，河水都结了冰。",
        "我们只好走路去学校。",
        "父亲是一名火车司机。",
    ),
}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_long_recordings_are_aligned_in_pieces(language: Language, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aligning, "PIECE_S", 6)
    spoken = [engines.load("espeak").speak(text, language, base="f2") for text in LONG[language]]
    rate = spoken[0].audio.sample_rate
    gap = 1e-4 * np.random.default_rng(2).standard_normal((1, rate // 2)).astype(np.float32)
    sounds, starts = [], []
    for speech in spoken:
        begun = sum(sound.shape[1] for sound in sounds) / rate
        starts += [begun + float(word.start) for word in speech.words]
        sounds += [speech.audio.samples, gap]
    clip = AudioClip(np.concatenate(sounds, axis=1), rate)
    found = aligned(clip, " ".join(LONG[language]), language)
    assert float(clip.duration) > 9
    assert len(found.speech.words) == len(starts)
    assert np.mean(np.abs(np.array([float(word.start) for word in found.speech.words]) - starts)) < 0.05
    assert found.speech.phonemes[-1].end == clip.duration
    assert all(a.end == b.start for a, b in itertools.pairwise(found.speech.phonemes))
