"""How much somebody speaks in a recording or a film, found out in passing; nothing is cleaned or changed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from studio.album.record import RecordingSeen, Sound
from studio.errors import AudioUnusable
from studio.media.blocks import file_blocks
from studio.media.probe import probe
from studio.types import F32
from studio.voice.recordings import activity

MOST_S = 600  # s that are listened to: enough to tell whether a tape is worth more


def heard(path: Path) -> Sound | None:
    """Listen to the first ten minutes of a file; None where it has no sound.

    Raises:
        FileUnreadable: missing, damaged, or no media file.
        EngineUnavailable: silero-vad is not installed.
    """
    samples = 0

    def blocks() -> Iterator[F32]:
        nonlocal samples
        for block in file_blocks(path, activity.SAMPLE_RATE):
            samples += len(block)
            yield block
            if samples >= MOST_S * activity.SAMPLE_RATE:
                return

    duration = float(probe(path).duration)
    try:
        sure = activity.certainty(blocks())
    except AudioUnusable:
        return None
    listened = samples / activity.SAMPLE_RATE
    speech = sum(float(end - start) for start, end in activity.spans_of(sure, len(sure) * activity.FRAME_S))
    return Sound(round(max(duration, listened), 2), round(listened, 2), round(speech, 2))


def recording_seen(path: Path) -> RecordingSeen:
    """Listen to a recording.

    Raises:
        FileUnreadable: missing, damaged, or no media file.
        AudioUnusable: there is no sound in it.
        EngineUnavailable: silero-vad is not installed.
    """
    tags = probe(path).tags
    sound = heard(path)
    if sound is None:
        raise AudioUnusable(f"{path} has no sound in it.")
    return RecordingSeen("recording", sound, tags.get("creation_time", tags.get("date", "")))
