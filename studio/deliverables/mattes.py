"""Where in a moving portrait the person is, and which of its pixels a machine made: grey pictures, kept as takes."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np

from studio import acting, cast
from studio.cast import Role
from studio.media.image import read_image
from studio.media.video import read_video, write_video
from studio.scenes import Plan
from studio.storyboard import IdleScene, Scene, TalkingScene
from studio.takes import COST, Takes, version
from studio.types import F32, U8, FrameSource

_FROM, _FULL = 0.25, 0.85  # of the network's own certainty: see-through below, solid above
_STEADY = 0.6  # of the outline before, in each frame: the network's edge trembles from frame to frame
_DIFFERENT = 4  # of 255: what the video's own colours come to is 2
_AROUND = 6  # frames before and after: what has been moved once in half a second counts as moved
_SMALL, _GAP = 320, 41  # px: the long side at which gaps are closed, and how wide they may be


def outline(takes: Takes, take: Path, detail: str, units: float) -> Path:
    """How much each pixel of a talking take belongs to a person: a lossless grey video, as long as it.

    Args:
        take: the take's video.
        detail: for messages.
    """

    def make(folder: Path, share: Callable[[float], None]) -> None:
        frames = read_video(take)
        grey = FrameSource(lambda: _outlines(frames), frames.num_frames, frames.frame_rate, frames.size)
        write_video(folder / "matte.mkv", grey, lossless=True, on_progress=share, cancel=takes.meter.cancel)

    key = {"take": take.parent.name, "matte": "outline", "version": version("head", "deliverables")}
    return takes.take("matte", detail, key, make, units).folder / "matte.mkv"


def take_of(takes: Takes, planned: Plan) -> Path:
    """The moving portrait that a scene of the film was made with: a lossless video."""
    scene, production = planned.scene, takes.production
    file, acted = _acted(takes, planned)
    others = cast.stranger(production, scene) if isinstance(scene, TalkingScene) and _everyone(scene) else None
    # Who waits does so for the scene's own time and goes round; who speaks fills the handles too.
    length = planned.own if isinstance(scene, IdleScene) else planned.duration
    return takes.talking(scene.id, file, acted, others, length)[0]


def _acted(takes: Takes, planned: Plan) -> tuple[Path, tuple[Role, ...]]:
    """The photo of a scene with a moving portrait, and who does what in it."""
    scene, production = planned.scene, takes.production
    if isinstance(scene, IdleScene):
        return cast.photo_of(production, scene), cast.waiting(production, scene)
    if isinstance(scene, TalkingScene):
        return cast.photo_of(production, scene), cast.roles(production, scene, planned.spoken, planned.duration)
    raise TypeError(f"nobody moves in scene {scene.id!r}")


def _everyone(scene: Scene) -> bool:
    return isinstance(scene, TalkingScene) and scene.listeners == "all"


def synthetic(takes: Takes, planned: Plan, take: Path) -> Path:
    """Which pixels of a talking take are not the photo's own: white; a lossless grey video, as long as it."""
    scene = planned.scene
    photo, acted = _acted(takes, planned)

    def make(folder: Path, share: Callable[[float], None]) -> None:
        frames = read_video(take)
        still = _luma(_at_rest(takes, photo, acted, frames.size, everyone=_everyone(scene)))
        grey = FrameSource(lambda: _changes(frames, still), frames.num_frames, frames.frame_rate, frames.size)
        write_video(folder / "matte.mkv", grey, lossless=True, on_progress=share, cancel=takes.meter.cancel)

    key = {"take": take.parent.name, "matte": "synthetic", "version": version("head", "deliverables")}
    units = float(planned.duration) * COST.compose
    return takes.take("matte", scene.id, key, make, units).folder / "matte.mkv"


def _at_rest(takes: Takes, photo: Path, acted: tuple[Role, ...], size: tuple[int, int], *, everyone: bool) -> U8:
    """The photo as a talking take shows it, before anybody moves."""
    image = read_image(takes.input(photo))
    height, width = image.shape[:2]
    whom: list[acting.Which] = [
        role.face if isinstance(role.face, int) or role.face is None else (role.face.x * width, role.face.y * height)
        for role in acted
    ]
    return acting.sit(image, whom, size, everyone=everyone)[0].image


def _outlines(frames: FrameSource) -> Iterator[U8]:
    import mediapipe

    from studio.head.faces import quiet

    before: F32 | None = None
    with quiet(), mediapipe.solutions.selfie_segmentation.SelfieSegmentation(model_selection=0) as model:
        for frame in frames.open():
            seen = model.process(frame).segmentation_mask
            seen = seen if before is None else _STEADY * before + (1 - _STEADY) * seen
            before = seen
            yield _grey(np.clip((seen - _FROM) / (_FULL - _FROM), 0, 1))


def _changes(frames: FrameSource, still: F32) -> Iterator[U8]:
    """For each frame, what has changed around it in time, as one shape without holes, its edge a little soft."""
    around: deque[U8] = deque(maxlen=2 * _AROUND + 1)
    waiting = 0
    for frame in frames.open():
        around.append((np.abs(_luma(frame) - still) > _DIFFERENT).astype(np.uint8) * 255)
        waiting += 1
        if waiting > _AROUND:
            waiting -= 1
            yield _whole(np.maximum.reduce(list(around)))
    for _ in range(waiting):
        if len(around) > _AROUND + 1:
            around.popleft()
        yield _whole(np.maximum.reduce(list(around)))


def _whole(moved: U8) -> U8:
    """What lies between pixels that have changed has moved as well: even cloth and skin move without changing."""
    height, width = moved.shape
    scale = _SMALL / max(height, width)
    # A pixel changed is one whose neighbours have too; a single one is noise of the video.
    clean = cv2.morphologyEx(moved, cv2.MORPH_OPEN, np.ones((2, 2), np.uint8))
    small = cv2.resize(clean, (round(width * scale), round(height * scale)), interpolation=cv2.INTER_AREA)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (_GAP, _GAP))
    bordered = np.pad((small > 0).astype(np.uint8) * 255, _GAP)
    closed = cv2.morphologyEx(bordered, cv2.MORPH_CLOSE, kernel)[_GAP:-_GAP, _GAP:-_GAP]
    outer, _ = cv2.findContours(np.ascontiguousarray(closed), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    solid = cv2.drawContours(np.zeros_like(small), outer, -1, 255, cv2.FILLED)
    solid = cv2.dilate(solid, np.ones((3, 3), np.uint8))
    shape = cv2.resize(solid, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.repeat(shape[:, :, None], 3, axis=2)


def _luma(image: U8) -> F32:
    """BT.709 luma, float32 (H, W) in 0 … 255."""
    return np.asarray(image @ np.array([0.2126, 0.7152, 0.0722], np.float32), np.float32)


def _grey(share: F32) -> U8:
    return np.repeat((share * 255 + 0.5).astype(np.uint8)[:, :, None], 3, axis=2)
