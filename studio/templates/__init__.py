"""From a template and a few inputs to a production.yaml that a person can read and change.

A template is a file in templates/: its title and a sentence, its slots with their types and words in English and
Chinese, and the production that becomes of them. Slots that several templates share are in templates/common/slots.yaml.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from studio.errors import AudioUnusable
from studio.media.audio import read_audio
from studio.templates.library import aliases, called, describe, fields, names, picture, slot, slots, title
from studio.templates.making import new, slug
from studio.templates.slots import Slot

if TYPE_CHECKING:
    from studio.voice.recordings.mood import Mood

__all__ = [
    "Slot", "aliases", "called", "describe", "fields", "mood", "names", "new", "picture", "slot", "slots", "slug",
    "title",
]  # fmt: skip


def mood(recordings: Sequence[Path]) -> Mood | None:
    """How somebody sounds in their recordings; what is clear in it is offered as how they say new words.

    None where there are no recordings, or too little speech in them to tell.

    Raises:
        FileUnreadable, AudioUnusable: a recording cannot be read.
    """
    from studio.voice.recordings import mood as moods

    try:
        return moods.recognised([read_audio(path, mono=True) for path in recordings]) if recordings else None
    except AudioUnusable:
        return None
