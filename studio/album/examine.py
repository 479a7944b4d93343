"""One file, whatever it is: what a process of its own is asked to do."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from studio.album import store
from studio.album.record import Kind, PhotoSeen, Seen, Unusable
from studio.errors import EngineUnavailable, StudioError
from studio.media.preview import LIGHT, MOST, PictureHeavy, preview


@dataclass(frozen=True)
class Task:
    """A file to look at."""

    path: Path
    kind: Kind
    alone: bool = False
    """Nothing else is being decoded: a picture may take as much memory as there is."""


@dataclass(frozen=True)
class TooHeavy:
    """A picture that is to be looked at alone."""


def fingerprinted(path: Path) -> str | Unusable:
    """What a file is known by."""
    try:
        return store.fingerprint(path)
    except OSError as error:
        return Unusable("unusable", f"It cannot be read: {error.strerror}.", lasting=False)


def examined(task: Task) -> Seen | TooHeavy | EngineUnavailable:
    """Look at a file; whatever is wrong with it is told, never raised."""
    import cv2

    cv2.setNumThreads(1)
    try:
        return _seen(task)
    except PictureHeavy:
        return TooHeavy()
    except EngineUnavailable as error:
        return error  # an installation that lacks something is no fault of the file's
    except StudioError as error:
        return Unusable("unusable", _sentence(task.path, error), lasting=_lasting(task.path))
    except MemoryError:
        return Unusable("unusable", "There was not enough memory to open it. Close other programs.", lasting=False)


def _seen(task: Task) -> Seen:
    if task.kind == "video":
        from studio.album.moments import video_seen

        return video_seen(task.path)
    if task.kind == "recording":
        from studio.album.sound import recording_seen

        return recording_seen(task.path)
    from studio.album.look import SIDE, look

    photo = preview(task.path, SIDE, memory=MOST if task.alone else LIGHT)
    looked = look(photo.image, photo.size)
    return PhotoSeen("photo", looked, photo.taken, photo.device, photo.pictures)


def _sentence(path: Path, error: StudioError) -> str:
    """What is wrong, without the path, which is told beside it."""
    return str(error).replace(str(path), "It", 1)


def _lasting(path: Path) -> bool:
    from studio.media.preview import HEIC

    return path.suffix.lower() not in HEIC  # a package that is missing today may be there tomorrow
