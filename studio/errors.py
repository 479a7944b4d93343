"""What can go wrong that a user can act on: one root, one sentence, what to do next.

Bugs stay plain ValueError or TypeError with a traceback. A StudioError reaches the user as its text alone.
"""

from __future__ import annotations


class StudioError(Exception):
    """Something the user can act on. The text says what is wrong, where, and what to do next."""

    exit_code = 2


class FileUnreadable(StudioError):
    """An input file is missing, empty, truncated, of an unknown kind, or may not be read."""


class PhotoUnusable(StudioError):
    """The picture opens, but cannot be animated or shown (too large, too small, no pixels)."""


class FaceNotFound(PhotoUnusable):
    """No human face, or not the one that was asked for."""


class AudioUnusable(StudioError):
    """The sound opens, but there is no usable voice in it (silent, too short, no sound track)."""


class TextUnspeakable(StudioError):
    """The text is empty, in a language no engine here speaks, or has nothing in it that can be said."""


class ProductionInvalid(StudioError):
    """production.yaml has a typo, a wrong type, or names something that is not there."""


class FontMissing(StudioError):
    """No font here covers the text that has to be drawn."""


class EngineUnavailable(StudioError):
    """The engine asked for is unknown, not installed, has no weights, or its licence forbids the use."""


class OutputUnwritable(StudioError):
    """The disk is full, or the folder may not be written. Nothing half-written is left behind."""


class FFmpegFailed(StudioError):
    """ffmpeg ended with an error; the text carries its own last words."""


class Cancelled(StudioError):
    """The user stopped the work. Finished takes stay in the cache."""

    exit_code = 130
