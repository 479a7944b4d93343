"""The person's own words: a recording made ready for the film, with its times where the words are known."""

from __future__ import annotations

from studio.types import AudioClip, Language, Speech
from studio.voice.alignment.align import aligned, refuse
from studio.voice.recordings.clean import clean


def take(clip: AudioClip, transcript: str, language: Language) -> Speech:
    """A true recording as a Speech: cleaned, mono, 48 kHz, without silence at its ends, and never called synthetic.

    Args:
        transcript: what is said; "" leaves words and phonemes empty, for nothing is guessed.

    Raises:
        AudioUnusable: silent, less than a second of voice, or cut off nearly everywhere; or it says something else
            than the transcript.
        TextUnspeakable: the transcript cannot be read.
    """
    usable = clean(clip)
    if not transcript.strip():
        return Speech(usable, "", language, (), (), engine="recording", synthetic=False)
    alignment = aligned(usable, transcript, language)
    refuse(alignment)
    return alignment.speech
