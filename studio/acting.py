"""The head branch in a few lines: a photo sits, acts a speech, and a lip-sync network may paint its mouth."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from studio import weights
from studio.errors import EngineUnavailable
from studio.framing import Box
from studio.media.files import sha256_file
from studio.types import U8, AudioClip, Cancel, FrameSource, LipSync, Portrait, Speech, frames_for

if TYPE_CHECKING:
    from studio.head.lipsync.wav2lip import Wav2LipEngine


def sit(image: U8, which: int | tuple[float, float] | None, size: tuple[int, int]) -> Portrait:
    """A photo made ready to speak.

    Args:
        image: RGB, uint8 (H, W, 3).
        which: the face that speaks: a number counted from the left, a point in px, or None for the largest.
        size: W, H px the picture is scaled down to fit into.

    Raises:
        FaceNotFound: no face, not that one, or none that can speak.
    """
    from studio.head import faces, portrait

    return portrait.make(image, faces.choose(faces.find(image), which, image), max_size=size)


def act(sitter: Portrait, speech: Speech, frame_rate: Fraction, *, amount: float, seed: int) -> FrameSource:
    """The portrait says it: as many frames as the speech is long.

    Args:
        amount: how much the face moves; 1 is gentle.
    """
    from studio.head import animate, motion

    num_frames = frames_for(speech.audio.duration, frame_rate)
    return animate.animate(sitter, motion.perform(speech, num_frames, frame_rate, seed=seed, amount=amount))


def fingerprint(lipsync: LipSync, *, commercial: bool) -> str:
    """Hash of the network that would paint; "" for none. Asked before a take is looked up, so that what lies in the
    cache never gets past a licence, and other weights make another take.

    Raises:
        EngineUnavailable: see `paint`.
    """
    return "" if lipsync == "none" else sha256_file(_weights(lipsync, commercial=commercial))


def paint(
    frames: FrameSource, sitter: Portrait, audio: AudioClip, lipsync: LipSync, *, commercial: bool
) -> FrameSource:
    """The mouth of an acting portrait, painted by a lip-sync network from the sound.

    Raises:
        EngineUnavailable: its weights are not here, are not what they should be, or may not be used for this film.
    """
    if lipsync == "none":
        return frames
    x0, y0 = sitter.landmarks[:, :2].min(axis=0)
    x1, y1 = sitter.landmarks[:, :2].max(axis=0)
    box = np.array([x0, y0, x1, y1], np.float32)
    return _engine(lipsync, commercial=commercial).sync(frames, audio, boxes=box, reference=(sitter.image, box))


def dub(
    clip: FrameSource, audio: AudioClip, lipsync: LipSync, *, commercial: bool = False, cancel: Cancel | None = None
) -> FrameSource:
    """An existing clip, saying what is heard: its largest face is followed, frames without one pass untouched.

    Raises:
        EngineUnavailable: see `paint`; also for "none", which cannot dub.
        FaceNotFound: there is no face in any frame.
    """
    from studio.head.lipsync.wav2lip import Wav2LipOptions

    # In a pause the clip's own mouth would go on saying what it said before.
    options = replace(Wav2LipOptions(), rest_in_silence=False)
    return _engine(lipsync, commercial=commercial).sync(clip, audio, options=options, cancel=cancel)


def face_box(sitter: Portrait) -> Box:
    """Where the face is, as shares of the picture."""
    height, width = sitter.image.shape[:2]
    x, y = sitter.landmarks[:, 0] / width, sitter.landmarks[:, 1] / height
    return float(x.min()), float(y.min()), float(x.max()), float(y.max())


def _engine(lipsync: LipSync, *, commercial: bool) -> Wav2LipEngine:
    from studio.head import lipsync as room

    return room.load(_weights(lipsync, commercial=commercial))


def _weights(lipsync: LipSync, *, commercial: bool) -> Path:
    """The file of a network's weights, where it is here and may be used."""
    from studio.head import lipsync as room

    if lipsync == "none":
        raise EngineUnavailable("A clip is dubbed by a lip-sync network: choose wav2lip or wav2lip-gan.")
    if commercial and not room.SPEC.commercial:
        raise EngineUnavailable(
            f"{lipsync} may not be used in a commercial film ({room.SPEC.licence}). "
            "Leave `lipsync` at none: the studio's own mouth may."
        )
    return weights.path(lipsync)
