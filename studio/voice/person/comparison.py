"""Is it the same person? In words, with what was measured behind them.

The likeness is the cosine of two voices' embeddings (person/likeness.py). It says how alike two voices sound to
a network; it is no proof of who somebody is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from studio.errors import FileUnreadable
from studio.types import F32, AudioClip, Language, VoiceProfile
from studio.voice.person.likeness import embedding, likeness

Verdict = Literal["same", "unclear", "different"]

# Measured on 19 recordings of 3 to 14 s, English and Mandarin: halves of one, 0.64 … 0.92, half of them above 0.85 (two
# recordings of one person: 0.95); 170 pairs of strangers, 0.55 on average, nine in ten below 0.64, 0.76 at most. Among
# other voices strangers have reached 0.82.
SAME = 0.84
"""From here on very likely one person: no strangers were ever so alike."""
DIFFERENT = 0.64
"""Below this very likely two people: no one was ever so unlike themself, not even in two seconds of speech."""
_WORDS: dict[Verdict, dict[Language, str]] = {
    "same": {"en": "very likely the same person", "zh": "很可能是同一个人"},
    "unclear": {"en": "unclear: it may be the same person", "zh": "无法判断：可能是同一个人"},
    "different": {"en": "very likely different people", "zh": "很可能不是同一个人"},
}


@dataclass(frozen=True)
class Comparison:
    """How alike two voices are."""

    likeness: float
    """Cosine, 0 … 1: one person has about 0.85 with themself, strangers 0.55 to 0.62 on average and 0.82 at most."""

    @property
    def verdict(self) -> Verdict:
        """What that most likely means."""
        if self.likeness >= SAME:
            return "same"
        return "different" if self.likeness < DIFFERENT else "unclear"

    def sentence(self, language: Language = "en") -> str:
        """The verdict in words."""
        return _WORDS[self.verdict][language]


def compared(profile: VoiceProfile, other: VoiceProfile | AudioClip) -> Comparison:
    """A voice against another one, or against a recording as it is.

    Raises:
        FileUnreadable: a profile that does not know whose voice it is.
        AudioUnusable: the recording is silent.
        EngineUnavailable: Resemblyzer or silero-vad is not installed.
    """
    return Comparison(likeness(_known(profile), _heard(other) if isinstance(other, AudioClip) else _known(other)))


def _heard(clip: AudioClip) -> F32:
    from studio.voice.recordings.clean import clean

    return embedding(clean(clip))


def _known(profile: VoiceProfile) -> F32:
    if "embedding" not in profile.tensors:
        raise FileUnreadable(
            f"The profile of {profile.person} does not say whose voice it is. Enrol the recordings again."
        )
    return profile.tensors["embedding"]
