"""The inside of the mouth: the one part of a speaking face that a photograph of closed lips does not show.

It is built as it is in life. Upper teeth hang from the skull, lower teeth and tongue from the jaw, behind both it is
dark; what of them is seen is decided by the lips alone. All of it is lit as the photograph is, stays darker than the
skin, and is as soft and as grainy as its surroundings.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from studio.head import mesh
from studio.head.openings import Along, Opening, along, coverage
from studio.head.rig import Rig, smooth_step
from studio.head.tone import LUMA, TILE, Tone
from studio.types import F32, U8

# Widths of the visible teeth from the middle outwards, in eye distances (62 mm): crown widths of Wheeler's Dental
# Anatomy, foreshortened as the arch turns away.
UPPER_TEETH = (0.135, 0.104, 0.098, 0.074, 0.052, 0.03)
LOWER_TEETH = (0.083, 0.09, 0.088, 0.076, 0.056, 0.03)
UPPER_EDGE = (0.030, 0.022, 0.027, 0.014, 0.004, -0.006)  # how far each hangs below the closed lips
SHEET_SCALE = 320  # px of a sheet of teeth per eye distance
SHEET_HALF = (0.62, 0.30)  # half width and half height of a sheet, eye distances


@dataclass(frozen=True, eq=False)
class Inside:
    """What is constant about the inside of one portrait's mouth."""

    box: tuple[int, int, int, int]
    """x0, y0, x1, y1 px of the region, as in Opening."""
    own: F32
    """float32 (h, w, 3): RGB of the photograph there."""
    own_share: F32
    """float32 (h, w): 1 where the photograph itself shows the inside of the mouth."""
    upper_sheet: F32
    """float32 (·, ·, 2): lightness in [0, 1] and coverage of the upper teeth."""
    lower_sheet: F32
    centre: F32
    """float32 (2,): middle of the closed lips, px of the region."""
    along: F32
    """float32 (2,): from corner to corner, 1 eye distance of the upright face in px of the picture."""
    down: F32
    """float32 (2,): the same, downwards."""
    unit: float
    """Eye distance, px."""
    tone: Tone
    seed_at: tuple[int, int]
    """Where in the tile of grain the box begins."""


def _sheet(widths: tuple[float, ...], edges: tuple[float, ...], hanging: bool) -> F32:
    """A row of teeth seen from the front: lightness and coverage, edge at the middle of the sheet."""
    half_x, half_y = SHEET_HALF
    x = np.arange(-half_x, half_x, 1 / SHEET_SCALE, dtype=np.float32)
    y = np.arange(-half_y, half_y, 1 / SHEET_SCALE, dtype=np.float32)[:, None]
    light, cover = np.zeros((len(y), len(x)), np.float32), np.zeros((len(y), len(x)), np.float32)
    start = 0.0
    for width, edge in zip(widths, edges, strict=True):
        middle = start + width / 2
        for side in (-1, 1):
            across = (x - side * middle) / (width / 2)  # −1 … 1 over the tooth
            rounding = 0.10 * width * np.abs(across) ** 3.5
            depth = (edge - rounding - y) if hanging else (y + edge - rounding)
            inside = smooth_step(-0.006, 0.006, depth) * (np.abs(across) <= 1)
            # A tooth is a little barrel: lighter in the middle, with a soft dark seam at its sides, greyer at the edge.
            barrel = 1 - 0.08 * across**2 - 0.17 * smooth_step(0.86, 1.0, np.abs(across))
            tip = 0.90 + 0.10 * smooth_step(0.0, 0.045, depth)
            turn = 1 - 0.62 * smooth_step(0.10, 0.50, np.full_like(across, middle))
            light = np.where(inside > cover, barrel * tip * turn, light).astype(np.float32)
            cover = np.maximum(cover, inside).astype(np.float32)
        start += width
    return np.stack([light, cover], axis=-1)


def prepare(image: U8, rig: Rig, opening: Opening, tone: Tone) -> Inside:
    """Prepare the inside of a mouth.

    Args:
        image: RGB, uint8: the portrait's region.
    """
    x0, y0, x1, y1 = opening.box
    rest = opening.rest()
    own_share = np.zeros((y1 - y0, x1 - x0), np.float32)
    if rig.open_gap:
        seen = coverage(along(opening.box, rest))
        own_share = np.clip(cv2.GaussianBlur(seen, (0, 0), max(0.6, 0.006 * rig.stance.scale)) * 1.6, 0, 1)
        own_share = own_share.astype(np.float32)
    turn = rig.stance.rotation[:2] * rig.stance.scale
    # Between the lips, the teeth lie on the line that the closed lips leave.
    closed = (rest.upper * 0.55 + rest.lower * 0.45) if rig.open_gap else (rest.upper + rest.lower) / 2
    return Inside(
        box=opening.box,
        own=image[y0:y1, x0:x1].astype(np.float32),
        own_share=own_share,
        upper_sheet=_sheet(UPPER_TEETH, UPPER_EDGE, hanging=True),
        lower_sheet=_sheet(LOWER_TEETH, (0.0, 0.0, 0.004, -0.004, -0.012, -0.02), hanging=False),
        centre=closed[len(closed) // 2].astype(np.float32),
        along=turn[:, 0].astype(np.float32),
        down=turn[:, 1].astype(np.float32),
        unit=rig.stance.scale,
        tone=tone,
        seed_at=(x0 % TILE, y0 % TILE),
    )


def _looked_up(sheet: F32, across: F32, down: F32) -> tuple[F32, F32]:
    """Lightness and coverage of a sheet at places in eye distances from its middle."""
    at_x = (across + SHEET_HALF[0]) * SHEET_SCALE
    at_y = (down + SHEET_HALF[1]) * SHEET_SCALE
    found = cv2.remap(sheet, at_x, at_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return found[..., 0], found[..., 1]


def paint(inside: Inside, skull: F32, lips: Along, drop: float, tongue: float) -> F32:
    """Paint the inside of the mouth for one frame, over its whole box.

    Args:
        skull: float32 (h, w, 2): for each pixel of the box, which px of the region the skull's movement brings there.
        lips: the pixels of the box along the lips' inner edges in this frame.
        drop: how far the jaw has carried the lower teeth down, eye distances.
        tongue: 0 … 1.

    Returns:
        float32 (h, w, 3) RGB, 0 … 255; to be shown between the edges only.
    """
    tone = inside.tone
    offset = skull - inside.centre
    axes = np.linalg.inv(np.stack([inside.along, inside.down], axis=1)).astype(np.float32)
    across = offset[..., 0] * axes[0, 0] + offset[..., 1] * axes[0, 1]
    down = offset[..., 0] * axes[1, 0] + offset[..., 1] * axes[1, 1]

    dark = tone.black + 0.04 * (tone.skin - tone.black)
    light = np.full_like(across, dark)
    tissue = np.ones_like(light)  # how much of the colour is that of lips and tongue; the rest is that of teeth

    # The tongue lies behind the lower teeth and fades into the dark of the throat.
    top = 0.5 * drop - tongue * (0.42 * drop + 0.01) + 0.8 * across**2
    nearer = np.clip((down - top) / max(drop + 0.02 - 0.5 * drop, 0.03), 0, 1)
    groove = 1 - 0.15 * np.exp(-0.5 * (across / 0.018) ** 2) * (1 - nearer)
    flesh = tone.black + (0.42 + 0.06 * tongue) * (tone.skin - tone.black)
    sides = 1 - smooth_step(0.20, 0.36, np.abs(across))
    light = light + (flesh - dark) * nearer**1.4 * groove * sides

    # Teeth never reach the lightness of the skin's highlights.
    enamel = tone.black + 0.88 * (tone.bright - tone.black)
    for sheet, at, strength in (
        (inside.lower_sheet, down - drop - 0.012, 0.70),
        (inside.upper_sheet, down, 0.92),
    ):
        value, cover = _looked_up(sheet, across, at)
        lit = dark + (enamel * strength - dark) * value
        light = light + cover * (lit - light)
        tissue = tissue * (1 - cover)

    light = dark * 0.8 + (light - dark * 0.8) * _lip_shadow(inside, lips)
    colour = _coloured(light, tissue, tone)
    share = cv2.remap(inside.own_share, *_local(inside, skull), cv2.INTER_LINEAR, borderValue=0)[..., None]
    if share.any():
        own = cv2.remap(inside.own, *_local(inside, skull), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        colour = colour + share * (own - colour)
    soft = cv2.GaussianBlur(colour, (0, 0), max(0.5, inside.tone.blur * 0.8))
    # Grain shows in the lights and drowns in the darks.
    strength = np.clip(soft @ LUMA / max(tone.skin, 1.0), 0.12, 1.0)
    painted: F32 = soft + (_grain(inside) * strength)[..., None] * (1 - share)
    return painted


def _local(inside: Inside, skull: F32) -> tuple[F32, F32]:
    """Places of the region as places of the box."""
    return skull[..., 0] - np.float32(inside.box[0]), skull[..., 1] - np.float32(inside.box[1])


def _grain(inside: Inside) -> F32:
    """The photograph's grain over the box; it lies still, as it does on the print."""
    x0, y0, x1, y1 = inside.box
    rows = (np.arange(y0, y1) % TILE)[:, None]
    columns = (np.arange(x0, x1) % TILE)[None]
    grain: F32 = inside.tone.grain[rows, columns]
    return grain


def _lip_shadow(inside: Inside, lips: Along) -> F32:
    """Light that the lips let through: float32 (h, w) in [0, 1]; least under the upper lip and in the corners."""
    unit = inside.unit
    around = np.clip(cv2.GaussianBlur(coverage(lips), (0, 0), max(0.8, 0.03 * unit)) * 1.6, 0, 1)
    under = 0.7 + 0.3 * smooth_step(-0.01, 0.06, (lips.b - lips.upper) / unit)
    shadow: F32 = (around * under).astype(np.float32)
    return shadow


def _coloured(light: F32, tissue: F32, tone: Tone) -> F32:
    """Lightness → RGB: by the print's own tone, or in a colour photograph by that of its lips and highlights."""
    if tone.curve is not None:
        level = np.clip(light, 0, 255)
        low = level.astype(np.int32)
        part = (level - low)[..., None]
        chroma = tone.curve[low] * (1 - part) + tone.curve[np.minimum(low + 1, 255)] * part
        toned: F32 = (level[..., None] + chroma).astype(np.float32)
        return toned
    lip = tone.lip / max(float(tone.lip @ LUMA), 1.0)
    # Wet flesh is redder than the lips outside; enamel is the light's own colour, a little yellow, and mirrors them.
    flesh = lip * np.array([1.15, 0.88, 0.90], np.float32)
    flesh /= float(flesh @ LUMA)
    white = tone.highlight / max(float(tone.highlight @ LUMA), 1.0)
    enamel = 0.5 * white + 0.2 * lip + 0.3 * np.array([1.06, 1.0, 0.84], np.float32)
    enamel /= float(enamel @ LUMA)
    hue = tissue[..., None] * flesh + (1 - tissue[..., None]) * enamel
    colour: F32 = (light[..., None] * hue).astype(np.float32)
    return colour


def jaw_drop(rig: Rig, wanted: F32, jaw_index: int) -> float:
    """How far the jaw carries the lower teeth down, eye distances: nearly as far as the lower lip."""
    lower_lip = rig.grid.sample(rig.lower[jaw_index], rig.points[[mesh.INNER_LOWER[5]]])[0]
    return float(wanted[jaw_index] * np.linalg.norm(lower_lip) / rig.stance.scale * 0.93)
