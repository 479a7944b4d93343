"""Face restoration by a network of the GFPGAN kind: a face upright at 512 px in, the same with detail out.

Only lightness is taken over, and of that only what is finer than the light on the face: its colours, its shading and
the grain around it stay the photo's own. Then it is laid over in part, and likeness decides.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from studio.errors import EngineUnavailable
from studio.head import mesh
from studio.head.engines.landmarks import Seen, five_points
from studio.head.mesh import F64
from studio.restoration.engines.network import Opened
from studio.restoration.photo import Box, Finding, View, around, luminance
from studio.types import F32, EngineSpec

# Where eyes, nose and corners of the mouth stand in the 512 px that these networks were trained on (FFHQ's alignment,
# as in GFPGAN's own face helper).
TEMPLATE = np.array(
    [
        [192.98138, 239.94708],
        [318.90277, 240.1936],
        [256.63416, 314.01935],
        [201.26117, 371.41043],
        [313.08905, 371.15118],
    ]
)
TEMPLATE_SIDE = 512
SHADING = 0.35  # eye distances: light that changes more slowly than this is the photo's
FEATHER = 0.08  # of the side of the crop
SMALLEST = 24.0  # px between the eyes: below this a network paints a stranger
AMOUNT = 0.5


@dataclass(frozen=True, eq=False)
class _Face:
    box: Box
    light: F32
    """float32 (h, w): what is to be added to the lightness of the photo in the box."""


class Faces:
    """A face network, loaded."""

    colours = False
    amount = AMOUNT

    def __init__(self, spec: EngineSpec, opened: Opened) -> None:
        """Take the network."""
        self.spec = spec
        self._opened = opened

    def look(self, seen: View) -> Finding:
        """Paint every face of a photo that is large enough."""
        large = [points for points in seen.meshes if mesh.eye_distance(points) >= SMALLEST]
        if not large:
            return Finding(False, "no face is large enough to be painted without becoming somebody else's")
        painted = [self._painted(seen, points) for points in large]

        def repair(tile: F32, box: Box) -> F32:
            out = tile.copy()
            for one in painted:
                left, top = max(box[0], one.box[0]), max(box[1], one.box[1])
                right, bottom = min(box[2], one.box[2]), min(box[3], one.box[3])
                if left < right and top < bottom:
                    part = one.light[top - one.box[1] : bottom - one.box[1], left - one.box[0] : right - one.box[0]]
                    out[top - box[1] : bottom - box[1], left - box[0] : right - box[0]] += part[:, :, None]
            return np.clip(out, 0, 1)

        return Finding(True, f"{len(painted)} faces painted anew by {self.spec.name}", {}, repair)

    def _painted(self, seen: View, points: F64) -> _Face:
        """What the network adds to one face."""
        side = self._opened.side
        five = five_points(Seen(points[:, :2].astype(np.float32), "facemesh478", (0.0, 0.0, 0.0, 0.0), 1.0))
        placed, _ = cv2.estimateAffinePartial2D(five, TEMPLATE * (side / TEMPLATE_SIDE), method=cv2.LMEDS)
        back = cv2.invertAffineTransform(placed)
        corners = np.array([[0, 0], [side, 0], [side, side], [0, side]]) @ back[:, :2].T + back[:, 2]
        low, high = np.floor(corners.min(axis=0)).astype(int), np.ceil(corners.max(axis=0)).astype(int)
        box = around((int(low[0]), int(low[1]), int(high[0]), int(high[1])), 0, seen.size)
        tile = seen.tile(box)
        moved = placed.copy()
        moved[:, 2] += placed[:, :2] @ np.array(box[:2], np.float64)
        # A crop smaller than the face would alias: it is blurred to what the network can see first.
        scale = float(np.sqrt(abs(np.linalg.det(placed[:, :2]))))
        shown = cv2.GaussianBlur(tile, (0, 0), 0.45 / scale).reshape(tile.shape) if scale < 0.9 else tile
        rgb = np.repeat(shown, 3, axis=2) if shown.shape[2] == 1 else shown
        crop = cv2.warpAffine(rgb, moved, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
        made = self._opened.run(np.ascontiguousarray(crop.transpose(2, 0, 1)[None] * 2 - 1, np.float32))
        if made.shape[1] != 3 or made.shape[2] != made.shape[3]:
            raise EngineUnavailable(f"The weights of {self.spec.name} are of another network: it gives {made.shape}.")
        face = np.clip((made[0].transpose(1, 2, 0) + 1) / 2, 0, 1)
        change = cv2.resize(luminance(face), (side, side)) - luminance(crop)
        unit = mesh.eye_distance(points) * scale
        change -= cv2.GaussianBlur(change, (0, 0), SHADING * unit)
        change *= _window(side)
        laid = cv2.warpAffine(change, moved, tile.shape[1::-1], flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
        return _Face(box, np.asarray(laid, np.float32))


def _window(side: int) -> F32:
    """1 inside the crop, 0 at its border, float32 (side, side)."""
    edge = FEATHER * side
    ramp = np.clip(np.minimum(np.arange(side), np.arange(side)[::-1]) / edge - 0.5, 0, 1)
    return np.asarray(np.minimum(ramp[:, None], ramp[None]), np.float32)
