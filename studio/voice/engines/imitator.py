"""Engines that imitate a recording in a Python environment of their own: what the studio does before and after."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from studio.media.audio import write_wav
from studio.types import AudioClip, Language, Speech
from studio.voice.engines import Reference
from studio.voice.engines.cloning import as_speech, heard, wanted, written
from studio.voice.engines.isolated import Isolated


class Imitator:
    """A `SpeechEngine` in another process; see studio/voice/engines/__init__.py."""

    def __init__(
        self,
        child: Isolated,
        sample_rate: int,
        *,
        hears: int,
        paces: bool,
        pinyin: Callable[[str], str] | None = None,
    ) -> None:
        """Take the process it runs in, and what is to be known of it before it runs.

        Args:
            sample_rate: of what it says, Hz.
            hears: sample rate of the recordings it is given, Hz.
            paces: whether it can be told how fast to speak; where it cannot, what it said is stretched.
            pinyin: see `studio.voice.engines.cloning.written`.
        """
        self.name = child.name
        self.sample_rate = sample_rate
        self._child, self._hears, self._paces, self._pinyin = child, hears, paces, pinyin

    def speak(
        self,
        text: str,
        language: Language,
        *,
        speed: float = 1.0,
        seed: int = 0,
        lexicon: Mapping[str, str] | None = None,
        base: str = "",  # noqa: ARG002  it has no voice of its own
        reference: Reference | None = None,
    ) -> Speech:
        """See `SpeechEngine.speak`."""
        imitated = wanted(reference, self.name)
        said = written(text, language, lexicon, self.name, pinyin=self._pinyin)
        clip = AudioClip(heard(imitated, self._hears)[None], self._hears)
        with tempfile.TemporaryDirectory(prefix="studio-voice-") as folder:
            file = Path(folder) / "reference.wav"
            write_wav(file, clip)
            sample_rate, samples = self._child.ask(
                {
                    "text": said,
                    "language": language,
                    "speed": speed if self._paces else 1.0,
                    "seed": seed,
                    "reference": str(file),
                    "transcript": imitated.transcript.strip(),
                }
            )
        stretch = 1.0 if self._paces else speed
        return as_speech(samples, sample_rate, text, language, self.name, stretch=stretch)
