"""The small square face that a network sees: cut out of a frame, and laid back without a seam."""

from __future__ import annotations

import cv2
import numpy as np

from studio.head.easing import eased
from studio.types import F32, U8

SIDE = 96  # px, unless another is asked for
# The region that is laid back, in shares of the box: from under the nose to the chin, cheek to cheek.
MIDDLE = (0.5, 0.742)
REACH = (0.42, 0.25)
ROUNDNESS = 2.2  # 2 is an ellipse, more is squarer
FULL = 0.75  # of the reach: inside it the painted face alone is shown
MOST_SHIFT = 20.0  # levels that the painted skin may be brought nearer to the skin around it
SAME = 12.0  # levels: where the painted face differs less, it is the same skin, and keeps its pores and grain
GRAIN = 2.0  # medians of the photo's detail that count as grain and are kept on new skin as well
SAME_BLUR = 1.5  # px of the 96 px face over which the difference is looked at
GREY = 2  # levels between the channels of a picture without colour, after video compression


def lower_face() -> F32:
    """How far each place of the 96 px face is laid back: float32 (96, 96) in [0, 1], 0 on the border and above."""
    at = (np.arange(SIDE) + 0.5) / SIDE
    across = np.abs(at - MIDDLE[0]) / REACH[0]
    down = np.abs(at - MIDDLE[1]) / REACH[1]
    away = (across[None, :] ** ROUNDNESS + down[:, None] ** ROUNDNESS) ** (1 / ROUNDNESS)
    mask: F32 = eased((1 - away) / (1 - FULL)).astype(np.float32)
    return mask


def _scale(box: F32, side: int) -> tuple[float, float]:
    """Px of the small face per px of the frame, across and down."""
    return side / float(box[2] - box[0]), side / float(box[3] - box[1])


def cut(image: U8, box: F32, side: int = SIDE) -> U8:
    """The face in a box, with parts of a pixel kept: RGB, uint8 (side, side, 3).

    Beyond the edge of the image its last pixels are repeated.

    Args:
        image: RGB, uint8 (H, W, 3).
        box: float32 (4,) x0 y0 x1 y1 px.
    """
    height, width = image.shape[:2]
    # Large faces are first made smaller by a whole number, so that no pixel is skipped.
    reduce = max(1, int(min(box[2] - box[0], box[3] - box[1]) / side))
    x0, y0 = (int(np.floor(value)) - reduce for value in box[:2])
    across, down = (int(np.ceil((box[2 + i] - start) / reduce)) + 1 for i, start in enumerate((x0, y0)))
    columns = np.clip(np.arange(x0, x0 + across * reduce), 0, width - 1)
    rows = np.clip(np.arange(y0, y0 + down * reduce), 0, height - 1)
    taken = image[rows[:, None], columns[None, :]]
    if reduce > 1:
        taken = cv2.resize(taken, (across, down), interpolation=cv2.INTER_AREA)
    sx, sy = (scale * reduce for scale in _scale(box, side))
    # Pixel centres lie at halves: (u + .5) / s = (x + .5) − the box's corner.
    to_face = np.array(
        [
            [sx, 0, (0.5 - (box[0] - x0) / reduce) * sx - 0.5],
            [0, sy, (0.5 - (box[1] - y0) / reduce) * sy - 0.5],
        ]
    )
    face: U8 = cv2.warpAffine(taken, to_face, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return face


def lay(image: U8, painted: F32, own: U8, box: F32, mask: F32, weight: float = 1.0) -> U8:
    """A copy of `image` with a painted face laid over it as far as the mask says; no other pixel changes.

    What is finer than the small face can show comes from the image wherever the network left the skin as it was, and
    its grain everywhere. The painted skin is brought to the level of the skin around it, and a picture without colour
    stays without.

    Args:
        image: RGB, uint8 (H, W, 3).
        painted: RGB, float32 (S, S, 3), 0 … 255.
        own: RGB, uint8 (S, S, 3): the face as `cut` by the same box from the same image.
        box: float32 (4,) x0 y0 x1 y1 px.
        mask: float32 (S, S) in [0, 1], 0 on its border.
        weight: 0 … 1, of the whole.
    """
    made = image.copy()
    x0, y0, x1, y1 = _inside(image, box, mask)
    if x0 >= x1 or y0 >= y1:
        return made
    before = own.astype(np.float32)
    after = _matched(painted, before, mask)
    change = cv2.GaussianBlur(np.abs(after - before).max(axis=2), (0, 0), SAME_BLUR * len(mask) / SIDE)
    shares = np.stack([weight * mask, np.exp(-np.square(change / SAME))], axis=2).astype(np.float32)
    sx, sy = _scale(box, len(mask))
    if max(sx, sy) > 1:
        blur = (0.4 * max(sx, 1), 0.4 * max(sy, 1))
        before, after = (cv2.GaussianBlur(face, (0, 0), blur[0], sigmaY=blur[1]) for face in (before, after))
    to_face = np.array([[sx, 0, (x0 + 0.5 - box[0]) * sx - 0.5], [0, sy, (y0 + 0.5 - box[1]) * sy - 0.5]])
    size = (x1 - x0, y1 - y0)
    cubic, linear = (how | cv2.WARP_INVERSE_MAP for how in (cv2.INTER_CUBIC, cv2.INTER_LINEAR))
    after = cv2.warpAffine(after, to_face, size, flags=cubic, borderMode=cv2.BORDER_REPLICATE)
    before = cv2.warpAffine(before, to_face, size, flags=cubic, borderMode=cv2.BORDER_REPLICATE)
    shares = cv2.warpAffine(shares, to_face, size, flags=linear)  # 0 beyond the box
    below = made[y0:y1, x0:x1]
    fine = below - before
    # Where it is not the same skin, the photo's grain alone: its lines and edges would be seen twice.
    grain = GRAIN * float(np.median(np.abs(fine[::3, ::3])))
    drawn = fine - np.clip(fine, -grain, grain)
    # painted + grain + same · drawn − image, written so that nothing at all changes where it need not
    change = after - before - (1 - shares[..., 1:]) * drawn
    below[:] = np.clip(np.rint(below + shares[..., :1] * change), 0, 255).astype(np.uint8)
    return made


def _inside(image: U8, box: F32, mask: F32) -> tuple[int, int, int, int]:
    """x0, y0, x1, y1 px of the part of an image that a mask on a box reaches."""
    height, width = image.shape[:2]
    size = (box[2:] - box[:2]) / len(mask)
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    # Half a pixel of the mask more on each side, for the interpolation between its pixels.
    low = box[:2] + np.array([columns[0] - 0.5, rows[0] - 0.5]) * size
    high = box[:2] + np.array([columns[-1] + 1.5, rows[-1] + 1.5]) * size
    x0, y0 = (max(0, int(np.floor(value))) for value in low)
    return x0, y0, min(width, int(np.ceil(high[0]))), min(height, int(np.ceil(high[1])))


def _matched(painted: F32, own: F32, mask: F32) -> F32:
    """The painted face with the level of the skin where the two are mixed, and grey where that is grey."""
    ring = mask * (1 - mask)
    shift = ((own - painted) * ring[..., None]).sum(axis=(0, 1)) / float(ring.sum())
    matched: F32 = painted + np.clip(shift, -MOST_SHIFT, MOST_SHIFT).astype(np.float32)
    if float((own.max(axis=2) - own.min(axis=2)).max()) <= GREY:
        grey = matched @ np.array([0.299, 0.587, 0.114], np.float32)  # BT.601 luma
        matched = np.repeat(grey[..., None], 3, axis=2)
    return matched
