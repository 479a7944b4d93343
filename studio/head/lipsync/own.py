"""The studio's own lip-sync in a moving portrait: frame by frame, the painter's correction is laid on the mouth.

The painter sees the close-up at its own scale (studio/head/closeup.py) and answers with what is to be added. Added to
the portrait's own pixels, it keeps their sharpness and their grain, at whatever size the photograph has; where there is
nothing to correct, nothing changes.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import torch
from torch import Tensor

from studio import ear, weights
from studio.head import closeup, hearing, mesh
from studio.head.closeup import BAND, SIDE, CloseUp
from studio.head.lipsync.painter import FILE, SOUND_ROWS, SOUND_SIZE, SOUND_STEP_S, Painter, load
from studio.head.rig import FIELDS, smooth_step, turn
from studio.head.shapes import basis
from studio.head.tone import LUMA
from studio.types import F32, U8, AudioClip, Views

if TYPE_CHECKING:
    from studio.head.animate import Stage
    from studio.head.openings import Edges

OPENS = (0.004, 0.03)  # eye distances between the lips: from nothing painted to all of it
WIDE = (0.15, 0.32)  # eye distances; beyond what speech opens, what is behind is anybody's guess, and dark is the best
WIDE_TRUST = 0.55
TALKS = (0.02, 0.12)  # amounts of any field: a photograph that shows its teeth at rest keeps them as they are
MAX_TURN = 0.35  # rad between a view and the portrait: teeth seen from the side do not fit
LEAST_VIEW = 250  # px of the inside of a mouth that a view must show
EDGE, SHADING = 0.8, 4.0  # px of the close-up: how soft the border of the opening is, and light on the lips
LIPS_TRUST = 0.5  # of the shading: lips are the photograph's own, and their edge is what makes a mouth readable
GAIN = (0.6, 1.6)  # of a view that is brought to the portrait's light


@dataclass(frozen=True, eq=False)
class Brush:
    """What the mouth of one line is painted with."""

    sound: F32
    """float32 (N, SOUND_SIZE): what is heard around each frame."""
    views: Views = ()
    """Further pictures of the person, RGB uint8 (H, W, 3), each with the mesh of their face (478, 3) px."""
    weights: Path | None = None
    """Of a mouth that was trained for this person (studio/train/person.py); None: the one that ships."""


def brush(
    audio: AudioClip, num_frames: int, frame_rate: Fraction, views: Views = (), weights: Path | None = None
) -> Brush:
    """Listen to a line, to paint its mouth.

    Raises:
        EngineUnavailable: models/hearing.safetensors is missing.
    """
    return Brush(sounds(audio, num_frames, frame_rate), views, weights)


def sounds(audio: AudioClip, num_frames: int, frame_rate: Fraction) -> F32:
    """Likelihoods of speech sounds around each frame: float32 (N, SOUND_SIZE), 0 before and after the sound."""
    rows = hearing.likelihoods(audio)
    middle = np.arange(num_frames) / float(frame_rate)
    heard = np.zeros((num_frames, SOUND_ROWS, rows.shape[1]), np.float32)
    for place in range(SOUND_ROWS):
        at = middle + (place - SOUND_ROWS // 2) * SOUND_STEP_S
        row = np.round(at * ear.SAMPLE_RATE / ear.HOP).astype(int)
        within = (row >= 0) & (row < len(rows))
        heard[within, place] = rows[row[within]]
    return heard.reshape(num_frames, SOUND_SIZE)


@lru_cache(maxsize=4)
def _network(path: Path) -> Painter:
    return load(path)


class Artist:
    """Paints the mouth of one portrait, frame after frame."""

    def __init__(self, stage: Stage, brush: Brush) -> None:
        self._network = _network(brush.weights or weights.data_dir("models") / FILE)
        self._stage, self._brush = stage, brush
        made = stage.rig
        corner = np.array([*stage.portrait.region[:2], 0], np.float32)
        landmarks = stage.portrait.landmarks - corner
        self._square = closeup.place(landmarks, basis().neutral)
        outline = made.points[list(closeup.OUTER_RING)]
        low = np.isin(closeup.OUTER_RING, mesh.OUTER_LOWER[1:-1])
        self._rim = outline
        self._rim_moves = np.stack(
            [
                np.where(low[:, None], made.grid.sample(below, outline), made.grid.sample(above, outline))
                for above, below in zip(made.upper, made.lower, strict=True)
            ]
        )
        self._rim_turns = made.grid.sample(made.depth, outline), made.grid.sample(made.head, outline)
        # Eyes, nose and corners of the mouth, as the skull alone carries them: the close-up goes with them.
        self._anchors = made.points[[33, 133, 362, 263, 2, 61, 291]]
        self._anchor_turns = made.grid.sample(made.depth, self._anchors), made.grid.sample(made.head, self._anchors)
        self._view, self._seen = _view(stage, self._square, brush.views)

    def paint(self, frame: U8, edges: Edges, wanted: F32, pose: dict[str, float], *, index: int) -> None:
        """Correct the mouth of a frame, in place.

        Args:
            frame: RGB, uint8 (h, w, 3): the region, moved, its mouth sketched.
            edges: of the lips in it.
            wanted: float32 (F,): how much of each field it has.
            pose: of the head.
            index: which frame of the line it is.
        """
        made = self._stage.rig
        unit = made.stance.scale
        gap = edges.widest / unit
        share = _rising(gap, OPENS) * (1 - (1 - WIDE_TRUST) * _rising(gap, WIDE))
        if made.open_gap:
            share *= _rising(float(np.abs(wanted[: FIELDS.index("blink")]).max()), TALKS)
        if share == 0.0:
            return
        square = self._follow(pose)
        moved = np.tensordot(wanted, self._rim_moves, 1) + turn(self._rim, *self._rim_turns, made, pose)
        inner = closeup.filled(square.points(np.concatenate([edges.upper, edges.lower[::-1]])))
        outer = np.maximum(closeup.filled(square.points(self._rim + moved)), inner)
        drawn = square.take(frame)[BAND]
        with torch.inference_mode():
            painted = self._network(
                _picture(drawn), _mask(inner), _mask(outer), self._view, self._seen,
                torch.from_numpy(self._brush.sound[index])[None],
            )[0].permute(1, 2, 0).numpy()  # fmt: skip
        correction = _shaded((painted * 255 - drawn) * share, inner)
        _add(frame, square, correction, self._stage.inside.tone.curve)

    def _follow(self, pose: dict[str, float]) -> CloseUp:
        """The close-up where the head has carried it: the similarity that fits its anchors best (Umeyama 1991)."""
        moved = turn(self._anchors, *self._anchor_turns, self._stage.rig, pose)
        at = self._anchors.astype(np.float64)
        to = at + moved
        a, b = at - at.mean(axis=0), to - to.mean(axis=0)
        size = float((b**2).sum())
        cos = float((a * b).sum()) / size
        sin = float((b[:, 0] * a[:, 1] - b[:, 1] * a[:, 0]).sum()) / size
        back = np.array([[cos, -sin], [sin, cos]])  # moved picture → photograph
        shift = at.mean(axis=0) - back @ to.mean(axis=0)
        matrix = self._square.matrix
        turned = matrix[:, :2] @ back
        return CloseUp(
            np.concatenate([turned, (matrix[:, :2] @ shift + matrix[:, 2])[:, None]], axis=1), self._square.angle
        )


def _view(stage: Stage, square: CloseUp, views: Views) -> tuple[Tensor, Tensor]:
    """The look at the mouth that shows most of its inside: the photograph's own, or one of the further pictures."""
    own = square.take(stage.image)
    inside = np.zeros((SIDE, SIDE), np.uint8)
    if stage.rig.open_gap:
        rest = stage.lips.rest()
        inside = closeup.filled(square.points(np.concatenate([rest.upper, rest.lower[::-1]])))
    best, seen = own, inside
    for image, landmarks in views:
        other = closeup.place(landmarks, basis().neutral)
        shown = closeup.filled(other.points(landmarks[list(closeup.INNER_RING)]))
        if abs(other.angle - square.angle) < MAX_TURN and shown.sum() > max(seen.sum(), 255 * LEAST_VIEW):
            best, seen = _lit_like(other.take(image), own, grey=stage.portrait.monochrome), shown
    return _picture(best[BAND]), _mask(seen)


def _lit_like(view: U8, own: U8, *, grey: bool) -> U8:
    """A view in the portrait's light: the skin of both at the same mean."""
    seen = view.astype(np.float32)
    if grey:
        seen = np.repeat((seen @ LUMA)[..., None], 3, axis=2)
    rows = [0, 1, 2, 3, -4, -3, -2, -1]  # beside the mouth
    gain = own[:, rows].astype(np.float32).mean(axis=(0, 1)) / np.maximum(seen[:, rows].mean(axis=(0, 1)), 1)
    lit: U8 = np.clip(seen * np.clip(gain, *GAIN), 0, 255).astype(np.uint8)
    return lit


def _rising(value: float, ends: tuple[float, float]) -> np.float32:
    rise: np.float32 = smooth_step(*ends, np.array([value], np.float32))[0]
    return rise


def _picture(pixels: U8) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(pixels.transpose(2, 0, 1)))[None].float() / 255


def _mask(pixels: U8) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(pixels[BAND]))[None, None].float() / 255


def _shaded(correction: F32, inner: U8) -> F32:
    """A correction that leaves the lips their own skin: outside the opening only its shading stays."""
    between = cv2.GaussianBlur(inner[BAND], (0, 0), EDGE)[..., None].astype(np.float32) / 255
    shading = LIPS_TRUST * cv2.GaussianBlur(correction, (0, 0), SHADING)
    shaded: F32 = shading + between * (correction - shading)
    return shaded


def _add(frame: U8, square: CloseUp, correction: F32, curve: F32 | None) -> None:
    """Lay a correction (HEIGHT, SIDE, 3) of the close-up's band on the frame.

    A photograph whose colour follows its lightness keeps that curve: only the lightness is corrected.
    """
    x0, y0, x1, y1 = square.bounds((frame.shape[1], frame.shape[0]), rows=BAND)
    change = correction if curve is None else correction @ LUMA
    to_box = square.matrix.copy()
    to_box[:, 2] += to_box[:, :2] @ np.array([x0, y0]) - np.array([0, BAND.start])
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    laid = cv2.warpAffine(np.ascontiguousarray(change), to_box, (x1 - x0, y1 - y0), flags=flags)
    below = frame[y0:y1, x0:x1].astype(np.float32)
    if curve is not None:
        light = below @ LUMA
        wanted = np.clip(light + laid, 0, 255)
        low, high = np.rint(light).astype(int), np.rint(wanted).astype(int)
        below += (wanted - light)[..., None] + curve[high] - curve[low]
    else:
        below += laid
    frame[y0:y1, x0:x1] = np.clip(np.rint(below), 0, 255).astype(np.uint8)
