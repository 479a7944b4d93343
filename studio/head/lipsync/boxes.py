"""Where the face is in every frame of a clip: a box, or nothing."""

from __future__ import annotations

from typing import Any

import numpy as np

from studio.errors import Cancelled, FaceNotFound
from studio.head import faces
from studio.types import F32, U8, Cancel, FrameSource

SMOOTHING = 2  # frames to each side
SAME_FACE = 0.3  # overlap of two boxes in following frames that are one face in one shot
SURE = 0.6  # overlap from which a face that is being followed need not prove itself as strictly as a new one
LEAST_SCORE = 0.7  # as in studio.head.faces, where it was measured
SEARCH_EVERY = 2  # s between two thorough searches while there is no face

Box = tuple[float, float, float, float]
NOTHING = (np.nan,) * 4


def overlap(a: F32, b: F32) -> float:
    """Intersection over union of two boxes x0 y0 x1 y1; 0 where one of them is nothing."""
    width, height = np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2])
    if not (width > 0 and height > 0):  # NaN too
        return 0.0
    either = np.prod(a[2:] - a[:2]) + np.prod(b[2:] - b[:2]) - width * height
    return float(width * height / either)


def track(frames: FrameSource, near: tuple[float, float] | None = None, *, cancel: Cancel | None = None) -> F32:
    """Follow one face through a clip: float32 (N, 4) x0 y0 x1 y1 px, NaN where it is not seen.

    Who comes into an empty picture is followed, whoever it is: for a clip that cuts between people, give the boxes of
    the one who speaks to the engine instead.

    Args:
        near: x, y px of the face to follow, in the first frame that shows one; the largest where None.

    Raises:
        Cancelled: the user stopped the work.
    """
    found: list[F32] = []
    last = np.array(NOTHING, np.float32)
    pause = max(1, round(SEARCH_EVERY * frames.frame_rate))
    since = pause  # frames since the last thorough search
    with faces.quiet(), faces.mesher() as model, _detector() as detector:
        for frame in frames.open():
            if cancel is not None and cancel.is_set():
                raise Cancelled("Stopped. Finished takes are kept in the cache.")
            box = _follow(model, frame, last)
            if box is None:
                box = _glance(model, detector, frame, near)
            if box is None and since >= pause:
                box, since = _search(frame, near), 0
            since += 1
            if box is not None:
                near, since = None, pause
            last = np.array(NOTHING if box is None else box, np.float32)
            found.append(last)
    return np.array(found, np.float32).reshape(-1, 4)


def spoken(frames: FrameSource, given: F32 | None, cancel: Cancel | None) -> F32:
    """The box of the face that speaks in every frame, float32 (N, 4): the given ones, or it is followed.

    Raises:
        FaceNotFound: there is no face in any frame.
        Cancelled: the user stopped the work.
    """
    found = track(frames, cancel=cancel) if given is None else checked(given, frames.num_frames)
    if np.isnan(found).any(axis=1).all():
        raise FaceNotFound(
            f"No face was found in any of the {frames.num_frames} frames, so no mouth can be moved. "
            "Use a clip that shows the face from the front, larger and in focus."
        )
    return found


def _detector() -> Any:
    """Finds the faces of a room at one glance, where they are not too small."""
    import mediapipe

    return mediapipe.solutions.face_detection.FaceDetection(model_selection=1, min_detection_confidence=LEAST_SCORE)


def _measured(model: Any, frame: U8, around: F32) -> tuple[F32, float] | None:
    """The box of the mesh near a box, and how far the mesh and that of the mirrored picture lie apart."""
    x0, y0, x1, y1 = (float(value) for value in around)
    side = faces.CROP_MARGIN * max(x1 - x0, y1 - y0)
    measured = faces.measure(model, frame, ((x0 + x1) / 2, (y0 + y1) / 2), side)
    if measured is None:
        return None
    points, error = measured
    box = np.concatenate([points[:, :2].min(axis=0), points[:, :2].max(axis=0)]).astype(np.float32)
    return box, error


def _follow(model: Any, frame: U8, last: F32) -> F32 | None:
    """The face near the place it had in the frame before."""
    if np.isnan(last).any():
        return None
    measured = _measured(model, frame, last)
    if measured is None:
        return None
    box, error = measured
    shared = overlap(box, last)
    allowed = faces.MAX_MIRROR_ERROR * (2 if shared >= SURE else 1)
    return box if shared >= SAME_FACE and error <= allowed else None


def _glance(model: Any, detector: Any, frame: U8, near: tuple[float, float] | None) -> F32 | None:
    """A face that is seen in the whole picture at once."""
    height, width = frame.shape[:2]
    seen = []
    for detection in detector.process(np.ascontiguousarray(frame)).detections or []:
        box = detection.location_data.relative_bounding_box
        left, top = box.xmin * width, box.ymin * height
        around = np.array([left, top, left + box.width * width, top + box.height * height], np.float32)
        measured = _measured(model, frame, around)
        if measured is not None and measured[1] <= faces.MAX_MIRROR_ERROR and overlap(measured[0], around) >= SAME_FACE:
            seen.append(measured[0])
    return _pick(seen, near)


def _search(frame: U8, near: tuple[float, float] | None) -> F32 | None:
    """A face found by the thorough search: small ones too."""
    return _pick([np.array(face.box, np.float32) for face in faces.find(frame)], near)


def _pick(found: list[F32], near: tuple[float, float] | None) -> F32 | None:
    if not found:
        return None
    if near is None:
        return max(found, key=lambda box: float(np.prod(box[2:] - box[:2])))
    return min(found, key=lambda box: float(np.hypot(*((box[:2] + box[2:]) / 2 - np.array(near)))))


def spans(boxes: F32) -> list[range]:
    """The runs of frames that show one face without a cut between."""
    found: list[range] = []
    for i, box in enumerate(boxes):
        if np.isnan(box).any():
            continue
        if found and found[-1].stop == i and overlap(boxes[i - 1], box) >= SAME_FACE:
            found[-1] = range(found[-1].start, i + 1)
        else:
            found.append(range(i, i + 1))
    return found


def smooth(boxes: F32, radius: int = SMOOTHING) -> F32:
    """Boxes without the tremble of the tracker: the mean of as many frames before as after, never across a cut.

    Args:
        boxes: float32 (N, 4), NaN where there is no face; these stay NaN.
        radius: frames to each side.
    """
    made = boxes.copy()
    for run in spans(boxes):
        for i in run:
            # As far to both sides: a mean of the future alone moves the box before the face moves.
            reach = min(radius, i - run.start, run.stop - 1 - i)
            made[i] = boxes[i - reach : i + reach + 1].mean(axis=0)
    return made


def padded(boxes: F32, pads: tuple[float, float, float, float]) -> F32:
    """Boxes made larger at the top, bottom, left and right by shares of their height and width."""
    top, bottom, left, right = pads
    size = boxes[..., 2:] - boxes[..., :2]
    grown = boxes.copy()
    grown[..., 0] -= left * size[..., 0]
    grown[..., 1] -= top * size[..., 1]
    grown[..., 2] += right * size[..., 0]
    grown[..., 3] += bottom * size[..., 1]
    return grown


def checked(boxes: F32, num_frames: int) -> F32:
    """Boxes that were given, one for every frame: float32 (N, 4).

    Raises:
        ValueError: of another number than the frames, or turned inside out.
    """
    given = np.asarray(boxes, np.float32)
    given = np.tile(given, (num_frames, 1)) if given.shape == (4,) else given
    if given.shape != (num_frames, 4):
        raise ValueError(f"boxes must be ({num_frames}, 4) or (4,), got {np.shape(boxes)}")
    if (given[:, 2:] <= given[:, :2]).any():
        raise ValueError("a box must be x0, y0, x1, y1 px with x1 > x0 and y1 > y0")
    return given
