"""Denoise: the grain is measured first, by its size as well as by its strength, and only what is grain is lowered.

Blocks of 8×8 px are weighed frequency by frequency against the photo's own grain: once hard, once by Wiener's rule with
the first result as the guess of what is picture (the two passes of Dabov et al. 2007, on single overlapping blocks as
in Yu & Sapiro 2011). A wrinkle or a lash is stronger than the grain in some frequency and stays; nothing is smoothed
because it looks like skin.
"""

from __future__ import annotations

import cv2
import numpy as np
from scipy.fft import dctn, idctn

from studio.restoration.photo import LUMA, Box, Finding, View
from studio.types import F32

BLOCK, STRIDE = 8, 2  # px
FLAT = 0.12  # share of the blocks that are taken for nothing but grain: those with the least in them
LEVELS = 3  # zones of lightness whose grain is measured by itself: film is grainy in the middle, sensors in the dark
NOISY = 3.2 / 255  # standard deviation of the luminance from which on grain disturbs
HARD = 2.6  # standard deviations: the first pass drops what is weaker
COLOUR = 1.6  # chroma carries no face: its grain is taken out further
ROWS = 96  # block rows transformed at a time


def look(seen: View) -> Finding:
    """Measure the grain of a photo."""
    spectra, lights = measured(seen)
    sigma = float(np.sqrt(np.median([spectrum[1:, 1:].mean() for spectrum in spectra])))
    figures = {"grain": round(sigma * 255, 2)}
    words = f"grain of {255 * sigma:.1f} grey levels"
    why = f"{words}: {'no more' if sigma <= NOISY else 'more'} than a print has"
    colour = chroma_noise(seen) if seen.pixels.shape[2] == 3 and seen.tone == "colour" else 0.0

    def repair(tile: F32, box: Box) -> F32:  # noqa: ARG001
        return lowered(tile, spectra, lights, colour)

    # The halo keeps the grid of blocks in step from tile to tile.
    return Finding(sigma > NOISY, why, figures, repair if sigma > 0.3 / 255 else None, halo=2 * BLOCK)


def measured(seen: View) -> tuple[list[F32], list[float]]:
    """The grain's power in each of the 8×8 frequencies, one for each zone of lightness, and where the zones lie.

    Blocks that hold the least are grain alone; their median is what grain is, whatever its size and colour.
    """
    coefs, means = [], []
    for window in seen.samples():
        blocks = np.lib.stride_tricks.sliding_window_view(window, (BLOCK, BLOCK))[::4, ::4].reshape(-1, BLOCK, BLOCK)
        lit = blocks.mean(axis=(1, 2))
        # At the ends of the range the grain is cut off.
        fair = (lit > 0.03) & (lit < 0.97)
        if fair.any():
            coefs.append(dctn(blocks[fair], axes=(1, 2), norm="ortho").astype(np.float32))
            means.append(lit[fair])
    if not coefs:
        return [np.zeros((BLOCK, BLOCK), np.float32)], [0.5]
    all_coefs, all_means = np.concatenate(coefs), np.concatenate(means)
    spectra, lights = [], []
    for zone in np.array_split(np.argsort(all_means), LEVELS):
        power = all_coefs[zone] ** 2
        # Low frequencies tell grain from picture: a smooth cheek has little in them, cloth and hair much.
        busy = power[:, :4, :4].sum(axis=(1, 2)) - power[:, 0, 0]
        quiet = power[busy <= np.quantile(busy, FLAT)]
        # The median of a squared normal is .455 of its mean; of the quietest blocks it is low by itself.
        spectra.append((np.median(quiet, axis=0) / 0.455).astype(np.float32))
        lights.append(float(np.median(all_means[zone])))
    order = np.argsort(lights)
    return [spectra[i] for i in order], [lights[i] for i in order]


def chroma_noise(seen: View) -> float:
    """Standard deviation of the grain in the colours alone (Immerkær 1996, by the median)."""
    found = []
    kernel = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
    height, width = min(seen.size[1], 1024), min(seen.size[0], 1024)
    x, y = (seen.size[0] - width) // 2, (seen.size[1] - height) // 2
    tile = seen.tile((x, y, x + width, y + height))
    for channel in (0, 2):
        plane = tile[:, :, channel] - tile[:, :, 1]
        found.append(1.4826 / 6 * float(np.median(np.abs(cv2.filter2D(plane, -1, kernel)))))
    return float(np.mean(found))


def lowered(tile: F32, spectra: list[F32], lights: list[float], colour: float) -> F32:
    """A tile without its grain, float32 (h, w, C)."""
    if tile.shape[2] == 1 or float(np.ptp(tile, axis=2).max()) < 1e-3:
        light = tile[:, :, 0]
        return np.repeat(_wiener(light, spectra, lights)[:, :, None], tile.shape[2], axis=2)
    light = tile @ LUMA
    quiet = _wiener(light, spectra, lights)
    chroma = tile - light[:, :, None]
    if colour > 0:
        # Led by the lightness, so that colours stay within their outlines (guided filter, He et al. 2010).
        chroma = np.stack([_guided(quiet, chroma[:, :, c], (COLOUR * colour) ** 2) for c in range(3)], axis=2)
    return np.clip(quiet[:, :, None] + chroma, 0, 1).astype(np.float32)


def _guided(guide: F32, plane: F32, eps: float, radius: int = 5) -> F32:
    side = (2 * radius + 1, 2 * radius + 1)

    def mean(x: F32) -> F32:
        return np.asarray(cv2.blur(x, side), np.float32)

    m_guide, m_plane = mean(guide), mean(plane)
    slope = (mean(guide * plane) - m_guide * m_plane) / (mean(guide * guide) - m_guide * m_guide + eps + 1e-6)
    return mean(slope) * guide + mean(m_plane - slope * m_guide)


def _wiener(light: F32, spectra: list[F32], lights: list[float]) -> F32:
    """Luminance without grain, float32 (h, w): two passes over overlapping blocks."""
    first = _pass(light, None, spectra, lights)
    return _pass(light, first, spectra, lights)


def _pass(light: F32, guess: F32 | None, spectra: list[F32], lights: list[float]) -> F32:
    pad = BLOCK
    height, width = light.shape
    grow = ((pad, pad + -height % STRIDE), (pad, pad + -width % STRIDE))
    shown = np.pad(light, grow, mode="reflect")
    known = None if guess is None else np.pad(guess, grow, mode="reflect")
    total, weight = np.zeros_like(shown), np.zeros_like(shown)
    stacked, at = np.stack(spectra), np.array(lights)
    rows = range(0, shown.shape[0] - BLOCK + 1, STRIDE)
    for start in range(0, len(rows), ROWS):
        y0, count = rows[start], len(rows[start : start + ROWS])
        y1 = y0 + (count - 1) * STRIDE + BLOCK
        blocks = _blocks(shown[y0:y1])
        power = _power(blocks.mean(axis=(2, 3)), stacked, at)
        coefs = dctn(blocks, axes=(2, 3), norm="ortho")
        if known is None:
            keep = (coefs**2 > HARD**2 * power).astype(np.float32)
        else:
            signal = dctn(_blocks(known[y0:y1]), axes=(2, 3), norm="ortho") ** 2
            keep = signal / (signal + power + 1e-12)
        keep[:, :, 0, 0] = 1
        # A block of which little is kept is a flat one, and is known the better.
        trust = 1 / (1 + (keep**2).sum(axis=(2, 3)))
        back = idctn(coefs * keep, axes=(2, 3), norm="ortho").astype(np.float32)
        _laid(total[y0:y1], back * trust[:, :, None, None])
        _laid(weight[y0:y1], np.broadcast_to(trust[:, :, None, None], back.shape))
    done = total / np.maximum(weight, 1e-6)
    return np.ascontiguousarray(done[pad : pad + height, pad : pad + width], np.float32)


def _blocks(rows: F32) -> F32:
    return np.lib.stride_tricks.sliding_window_view(rows, (BLOCK, BLOCK))[::STRIDE, ::STRIDE]


def _power(means: F32, spectra: F32, lights: F32) -> F32:
    """The grain that a block of that lightness has, float32 (rows, columns, 8, 8)."""
    place = np.interp(means, lights, np.arange(len(lights)))
    below = np.clip(place.astype(int), 0, len(lights) - 1)
    above = np.minimum(below + 1, len(lights) - 1)
    part = (place - below)[:, :, None, None].astype(np.float32)
    return np.asarray(spectra[below] * (1 - part) + spectra[above] * part, np.float32)


def _laid(plane: F32, blocks: F32) -> None:
    """Add overlapping blocks to where they came from."""
    height, width = blocks.shape[:2]
    for y in range(BLOCK):
        for x in range(BLOCK):
            rows = slice(y, y + (height - 1) * STRIDE + 1, STRIDE)
            plane[rows, x : x + (width - 1) * STRIDE + 1 : STRIDE] += blocks[:, :, y, x]
