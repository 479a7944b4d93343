"""Colouring by a network of the DDColor kind: lightness in, the two colour channels of Lab out.

The lightness stays the photo's own, to the grain. The colours are invented: nobody knows what they were.
"""

from __future__ import annotations

import cv2
import numpy as np

from studio.errors import EngineUnavailable
from studio.restoration.engines.network import Opened
from studio.restoration.photo import Box, Finding, View, luminance
from studio.types import F32, EngineSpec

MOST = 110.0  # Lab: no colour of sRGB lies further out


class Colours:
    """A colouring network, loaded."""

    colours = True
    amount = 1.0

    def __init__(self, spec: EngineSpec, opened: Opened) -> None:
        """Take the network."""
        self.spec = spec
        self._opened = opened

    def look(self, seen: View) -> Finding:
        """Guess the colours of a photo."""
        side = self._opened.side
        light = cv2.resize(seen.light, (side, side), interpolation=cv2.INTER_AREA)
        made = self._opened.run(np.repeat(light[None, None], 3, axis=1).astype(np.float32))
        if made.shape[1] != 2:
            raise EngineUnavailable(f"The weights of {self.spec.name} are of another network: it gives {made.shape}.")
        guessed = np.clip(made[0].transpose(1, 2, 0), -MOST, MOST)
        width, height = seen.size

        def repair(tile: F32, box: Box) -> F32:
            across, down = guessed.shape[1] / width, guessed.shape[0] / height
            # px of the tile → px of what was guessed, by the middles of the px.
            place = np.array(
                [[across, 0, (box[0] + 0.5) * across - 0.5], [0, down, (box[1] + 0.5) * down - 0.5]], np.float64
            )
            how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
            ab = cv2.warpAffine(guessed, place, tile.shape[1::-1], flags=how, borderMode=cv2.BORDER_REPLICATE)
            grey = np.repeat(luminance(tile)[:, :, None], 3, axis=2)
            lab = cv2.cvtColor(grey, cv2.COLOR_RGB2LAB)
            lab[:, :, 1:] = ab
            return np.asarray(np.clip(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB), 0, 1), np.float32)

        return Finding(True, f"coloured by {self.spec.name}: the colours are invented", {}, repair)
