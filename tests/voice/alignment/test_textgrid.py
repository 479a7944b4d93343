"""Times of words as other programs read them."""

from __future__ import annotations

import json
import re
from fractions import Fraction

import numpy as np

from studio.types import AudioClip, PhonemeSpan, Speech, WordSpan
from studio.voice.alignment.align import Alignment
from studio.voice.alignment.textgrid import to_json, to_textgrid

WORDS = (WordSpan('"Hi"', Fraction(1, 10), Fraction(3, 10)), WordSpan("all", Fraction(1, 2), Fraction(9, 10)))
SOUNDS = (PhonemeSpan("", Fraction(0), Fraction(1, 10)), PhonemeSpan("h", Fraction(1, 10), Fraction(1), 2))
CLIP = AudioClip(np.zeros((1, 8000), np.float32), 8000)
SPEECH = Speech(CLIP, '"Hi" all', "en", WORDS, SOUNDS, "recording", synthetic=False)
FOUND = Alignment(SPEECH, "sphinx", (0.9, 0.0), (1,))


def test_a_textgrids_tiers_cover_the_recording() -> None:
    text = to_textgrid(FOUND)
    assert text.startswith('File type = "ooTextFile"')
    words, phones = text.split("item [2]:")
    bounds = re.findall(r"intervals \[\d+\]:\n +xmin = ([\d.]+)\n +xmax = ([\d.]+)\n +text = (.*)", words)
    assert [(float(a), float(b)) for a, b, _ in bounds] == [(0, 0.1), (0.1, 0.3), (0.3, 0.5), (0.5, 0.9), (0.9, 1)]
    assert [name for _, _, name in bounds] == ['""', '"""Hi"""', '""', '"all ?"', '""']
    assert "intervals: size = 2" in phones


def test_json_says_what_was_not_heard() -> None:
    record = json.loads(to_json(FOUND))
    assert record["method"] == "sphinx"
    assert [word["heard"] for word in record["words"]] == [True, False]
    assert record["words"][1]["start"] == 0.5
    assert record["phonemes"][1] == {"ipa": "h", "start": 0.1, "end": 1.0, "stress": 2}
