"""What a media file holds, read by PyAV: no ffprobe is needed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from studio.errors import FileUnreadable


@dataclass(frozen=True)
class VideoInfo:
    """A picture stream."""

    width: int
    """px, as the picture is to be shown."""
    height: int
    frame_rate: Fraction
    num_frames: int
    """As the container says; 0 where it does not."""


@dataclass(frozen=True)
class AudioInfo:
    """A sound stream."""

    sample_rate: int
    channels: int


@dataclass(frozen=True)
class MediaInfo:
    """What one file holds."""

    duration: Fraction
    """s; 0 where the container does not say."""
    video: VideoInfo | None
    audio: AudioInfo | None
    tags: dict[str, str]


def check_readable(path: Path) -> None:
    """Raise FileUnreadable unless `path` is a file with something in it that this user may read."""
    if not path.exists():
        raise FileUnreadable(f"{path} does not exist. Check the name.")
    if not path.is_file():
        raise FileUnreadable(f"{path} is not a file.")
    try:
        with path.open("rb") as file:
            empty = not file.read(1)
    except OSError as error:
        raise FileUnreadable(f"{path} cannot be read: {error.strerror}.") from error
    if empty:
        raise FileUnreadable(f"{path} is empty (0 bytes). Copy it again from where it came from.")


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    """The file as a PyAV container; whatever PyAV cannot read becomes FileUnreadable."""
    import av

    check_readable(path)
    try:
        with av.open(str(path)) as container:
            yield container
    except av.error.FFmpegError as error:
        raise FileUnreadable(
            f"{path} cannot be read as sound or video ({error.strerror}). "
            "It may be damaged or of a kind not known here."
        ) from error


def _sideways(container: Any) -> bool:
    """Whether the picture is to be turned by a quarter before it is shown, as telephones write it down."""
    import av

    try:
        frame = next(container.decode(video=0), None)
    except av.error.FFmpegError:
        return False
    return frame is not None and frame.rotation % 180 != 0


def probe(path: Path) -> MediaInfo:
    """What the file holds.

    Raises:
        FileUnreadable: it is missing, empty, or no media file.
    """
    with opened(path) as container:
        picture = next(iter(container.streams.video), None)
        sound = next(iter(container.streams.audio), None)
        duration = Fraction(container.duration or 0, 1_000_000)
        video = None
        if picture is not None:
            rate = Fraction(picture.average_rate or picture.guessed_rate or 25)
            width, height = picture.width, picture.height
            if _sideways(container):
                width, height = height, width
            video = VideoInfo(width, height, rate, picture.frames)
        audio = AudioInfo(sound.rate, sound.channels) if sound is not None else None
        tags = {str(key): str(value) for key, value in container.metadata.items()}
    return MediaInfo(duration, video, audio, tags)
