"""The studio's own base voices beside espeak-ng: `uv run python -m benchmarks.base_voice [--lang zh] [--weights FILE]`.

Every engine says the lines of benchmarks/intelligibility.py with its own durations and melody. DNSMOS says how natural
that sounds; English is understood or not by PocketSphinx, Mandarin by its distance to recorded syllables.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np

from benchmarks import intelligibility, syllables
from studio.types import Language
from studio.voice.recordings.quality import mos
from studio.voice.speak import speak

WHO = ("male", "female")


def main() -> None:
    """Print one row for every engine and voice."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lang", choices=["en", "zh"], default="en")
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--weights", type=Path, help="other weights of the own voice than those in models/")
    options = parser.parse_args()
    language: Language = options.lang
    if options.weights:
        _instead(options.weights, language)
    lines = intelligibility.LINES[language][: options.count]
    understood = "word error" if language == "en" else "syllable rank, syllable error, tone error"
    print(f"engine, voice: DNSMOS overall (signal, background); {understood}; times real time")
    for engine in ("espeak", "own"):
        for who in WHO:
            speak(lines[0], language, engine=engine, stand_in=who)  # what is read once is not timed
            began = time.perf_counter()
            said = [speak(line, language, engine=engine, stand_in=who, seed=1) for line in lines]
            pace = sum(float(speech.audio.duration) for speech in said) / (time.perf_counter() - began)
            scores = [mos(speech.audio) for speech in said]
            signal, background, overall = (
                float(np.mean([getattr(score, name) for score in scores]))
                for name in ("signal", "background", "overall")
            )
            if language == "en":
                heard = f"{np.mean([intelligibility.word_error(s.audio, s.text) for s in said]):.2f}"
            else:
                found = [syllables.understood(s.audio, s.text, s) for s in said]
                heard = ", ".join(
                    f"{np.mean([getattr(one, name) for one in found]):.2f}"
                    for name in ("syllable_rank", "syllable_error", "tone_error")
                )
            print(
                f"{engine:7} {who:6}: {overall:.2f} ({signal:.2f}, {background:.2f}); {heard}; {pace:.0f}", flush=True
            )


def _instead(path: Path, language: Language) -> None:
    """Speak with other weights."""
    from studio.voice.engines import own
    from studio.voice.own import speaker

    other = speaker.load(path)
    usual = speaker.speaker
    own.speaker = lambda wanted: other if wanted == language else usual(wanted)


if __name__ == "__main__":
    main()
