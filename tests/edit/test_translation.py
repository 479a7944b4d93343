"""Captions in a language that is not spoken: every word, in time with what is heard."""

from __future__ import annotations

from fractions import Fraction as F

import numpy as np
import pytest

from studio.edit.captions import cues
from studio.edit.translation import sentences, translated
from studio.types import AudioClip, Language, Speech, WordSpan

ENGLISH = "I was born in New York. My mother told me that I could be anything I wanted, and I believed her."
CHINESE = "我出生在纽约。我母亲告诉我，我想做什么都可以，我相信了她。"


def spoken(text: str, language: Language, pause: F = F(1)) -> Speech:
    """Words of half a second (characters of a quarter), `pause` s between sentences, half a second before the first."""
    units = text.split() if language == "en" else [char for char in text if char.isalnum()]
    each = F(1, 2) if language == "en" else F(1, 4)
    clock, words = F(1, 2), []
    ends = {"York.", "她", "纽约"[-1]}
    for unit in units:
        words.append(WordSpan(unit.strip(".,"), clock, clock + each))
        clock += each + (pause if unit in ends else 0)
    audio = AudioClip(np.zeros((1, int((clock + 1) * 16_000)), np.float32), 16_000)
    return Speech(audio, text, language, tuple(words), (), "test", True)


@pytest.mark.parametrize(("own", "other"), [("en", "zh"), ("zh", "en")])
def test_sentences_keep_the_time_of_their_own(own: Language, other: Language) -> None:
    texts: dict[Language, str] = {"en": ENGLISH, "zh": CHINESE}
    speech = spoken(texts[own], own)
    found = cues([(F(10), translated(speech, texts[other], other))], frame_rate=F(25))
    whole = "".join("".join(cue.lines) for cue in found).replace(" ", "")
    assert whole == texts[other].replace(" ", "")
    # The second sentence is read when the second sentence is heard.
    second = next(word for word in speech.words if word.text in ("My", "我") and word.start > 2)
    begins = next(cue for cue in found if cue.text.replace("\n", " ").startswith(("My mother", "我母亲")))
    assert abs(begins.start - (10 + second.start)) < F(1, 10)
    assert found[0].start == F(262, 25) and found[-1].end <= 10 + speech.words[-1].end + 1


def test_where_sentences_do_not_match_the_whole_line_is_shared() -> None:
    speech = spoken(ENGLISH, "en")
    moved = translated(speech, "我出生在纽约，母亲说我什么都能做。", "zh")
    assert moved.words[0].start == speech.words[0].start and moved.words[-1].end == speech.words[-1].end
    assert moved.language == "zh" and moved.phonemes == () and moved.audio is speech.audio
    lengths = {word.end - word.start for word in moved.words}
    assert max(lengths) - min(lengths) < F(1, 1000)


def test_a_recording_nobody_wrote_down_may_be_translated() -> None:
    audio = AudioClip(np.zeros((1, 4 * 16_000), np.float32), 16_000)
    unknown = Speech(audio, "", "zh", (), (), "recording", False)
    (cue,) = cues([(F(1), translated(unknown, "Come home soon.", "en"))], frame_rate=F(25))
    assert cue.text == "Come home soon." and (cue.start, cue.end) == (1, 5)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        (ENGLISH, 2),
        (CHINESE, 2),
        ("Dr. J. Smith met Mrs. Hopper. They talked!", 2),
        ("“Who?” he asked. “Me.”", 3),
        ("No end", 1),
        ("等等……真的吗？！", 2),
        ("", 0),
        ("…", 0),
    ],
)
def test_sentences(text: str, count: int) -> None:
    assert len(sentences(text)) == count
    assert "".join(sentences(text)).split() == (text.split() if count else [])
