"""The network that hears: plain matrix products, so that the same sound is heard the same way wherever it runs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio import weights
from studio.errors import EngineUnavailable
from studio.types import F32

F64 = NDArray[np.float64]

FILE = "hearing.safetensors"
SAMPLE_RATE = 16_000
HOP = 160  # samples; 100 rows a second
WINDOW = 512  # samples, 32 ms: two periods of a low voice
BANDS = 64
_TRUST_ROWS = 100  # a second of speech weighs as much as the average voice
DILATIONS = (1, 2, 4, 8, 1, 2, 4, 8)
REACH = 1 + sum(DILATIONS)  # rows that one row sees to each side
BLOCK = 4096  # rows at once: memory does not grow with the length


@dataclass(frozen=True, eq=False)
class Ear:
    """Likelihoods of speech sounds from the mel spectrum: a residual stack of dilated convolutions."""

    letters: tuple[str, ...]
    """What its outputs stand for: IPA, one letter each, and "" for silence."""
    tensors: dict[str, F32]
    causal: bool = False
    """It was trained never to look ahead."""

    @property
    def reach(self) -> tuple[int, int]:
        """How many rows before and after it one row sees."""
        return (2 * REACH, 0) if self.causal else (REACH, REACH)

    def listen(self, seen: F32) -> F32:
        """float32 (n, letters), rows sum to 1, from float32 (n, BANDS), of `normalised`."""
        before, after = self.reach
        parts = []
        for first in range(0, len(seen), BLOCK):
            start, stop = max(0, first - before), min(len(seen), first + BLOCK + after)
            parts.append(self._block(seen[start:stop])[first - start :][:BLOCK])
        return np.concatenate(parts)

    def _block(self, seen: F32) -> F32:
        hidden = self._convolve("in", seen, 1)
        for place, dilation in enumerate(DILATIONS):
            hot = _even(hidden)
            hidden = hidden + self._convolve(f"block{place}", hot / (1.0 + np.exp(-hot)), dilation)
        logits = _even(hidden) @ self.tensors["out.weight"][0] + self.tensors["out.bias"]
        odds = np.exp(logits - logits.max(axis=1, keepdims=True))
        return np.asarray(odds / odds.sum(axis=1, keepdims=True), np.float32)

    def _convolve(self, name: str, rows: F32, dilation: int) -> F32:
        """A convolution over three rows `dilation` apart; weight float32 (3, in, out)."""
        weight = self.tensors[f"{name}.weight"]
        padded = np.pad(rows, ((2 * dilation, 0) if self.causal else (dilation, dilation), (0, 0)))
        count = len(rows)
        total = sum(padded[k * dilation : k * dilation + count] @ weight[k] for k in range(3))
        return np.asarray(total + self.tensors[f"{name}.bias"], np.float32)


def _even(hidden: F32) -> F32:
    """Root-mean-square normalisation over the channels."""
    return np.asarray(hidden / np.sqrt(np.square(hidden).mean(axis=1, keepdims=True) + 1e-5), np.float32)


def read(path: Path) -> Ear:
    """The network from a safetensors file that studio/train/hearing.py wrote.

    Raises:
        EngineUnavailable: the file is missing, or is something else.
    """
    from safetensors import SafetensorError, safe_open

    if not path.is_file():
        raise EngineUnavailable(f"{path} is missing. It ships with the studio: install it again.")
    try:
        with safe_open(path, framework="numpy") as file:
            facts = file.metadata()
            letters, causal = tuple(facts["letters"].split(" ")), facts.get("causal") == "true"
            tensors = {name: file.get_tensor(name).astype(np.float32) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, KeyError, TypeError) as error:
        raise EngineUnavailable(f"{path} is damaged. It ships with the studio: install it again.") from error
    return Ear(letters, tensors, causal)


@lru_cache(maxsize=1)
def shipped() -> Ear:
    """The network that comes with the studio: English and Mandarin, any voice."""
    return read(weights.data_dir("models") / FILE)


def spectrum(samples: F32) -> tuple[F32, F64]:
    """Mel band power float32 (n, BANDS) and voicing 0 … 1 float64 (n,); n = T // HOP + 1, rows centred on a sample.

    Args:
        samples: float32 (T,), SAMPLE_RATE.
    """
    # Pre-emphasis: the high bands of speech are 30 dB below the low ones, and as telling.
    bright = np.append(samples[:1], samples[1:] - 0.97 * samples[:-1]).astype(np.float32)
    rows = samples.size // HOP + 1
    bright, plain = (np.pad(s, (WINDOW // 2, WINDOW)) for s in (bright, samples))
    window = np.hanning(WINDOW).astype(np.float32)
    bank = _mel_bank()
    power = np.empty((rows, BANDS), np.float32)
    voicing = np.empty(rows)
    for first in range(0, rows, BLOCK):
        last = min(first + BLOCK, rows)
        span = slice(first * HOP, (last - 1) * HOP + WINDOW)
        frames = np.lib.stride_tricks.sliding_window_view(bright[span], WINDOW)[::HOP] * window
        power[first:last] = (np.abs(np.fft.rfft(frames)) ** 2).astype(np.float32) @ bank
        frames = np.lib.stride_tricks.sliding_window_view(plain[span], WINDOW)[::HOP] * window
        voicing[first:last] = _voicing(np.abs(np.fft.rfft(frames, 2 * WINDOW)) ** 2 + 1e-9)
    return power, voicing


def normalised(power: F32, average: F32) -> F32:
    """What the network sees: log power, float32 (n, BANDS), less the mean of the loud rows.

    Taking the mean out takes the microphone, the room's colour and the gain out with it. Only loud rows count, so that
    it is the same with and without pauses. A clip of one held vowel would lose the vowel too: as long as there is
    little to go by, the mean leans on the average voice.

    Args:
        power: float32 (n, BANDS), n ≥ 1.
        average: float32 (BANDS,), log power of loud speech at any gain.
    """
    logs = np.log(power + 1e-7)
    height = logs.mean(axis=1)
    # Natural logarithms of power: 3.45 is 15 dB.
    loud = logs[height >= np.percentile(height, 95) - 3.45]
    usual = average + (loud.mean() - average.mean())
    mean = (loud.sum(axis=0) + _TRUST_ROWS * usual) / (len(loud) + _TRUST_ROWS)
    return np.asarray((logs - mean) / 2.5, np.float32)


@lru_cache(maxsize=1)
def _mel_bank() -> F32:
    """float32 (WINDOW // 2 + 1, BANDS)."""
    return np.asarray(mel_filters(BANDS, (60.0, 7600.0), WINDOW), np.float32)


@lru_cache(maxsize=4)
def mel_filters(bands: int, edges_hz: tuple[float, float], size: int) -> F64:
    """float64 (size // 2 + 1, bands) at SAMPLE_RATE: triangles evenly spaced in mel (O'Shaughnessy 1987).

    Args:
        edges_hz: where the lowest begins and the highest ends.
        size: of the Fourier transform, samples.
    """
    hz = np.fft.rfftfreq(size, 1 / SAMPLE_RATE)
    lowest, highest = (2595 * np.log10(1 + edge / 700) for edge in edges_hz)
    edges = 700 * (10 ** (np.linspace(lowest, highest, bands + 2) / 2595) - 1)
    low, middle, high = edges[:-2], edges[1:-1], edges[2:]
    rising, falling = (hz[:, None] - low) / (middle - low), (high - hz[:, None]) / (high - middle)
    return np.asarray(np.clip(np.minimum(rising, falling), 0.0, None))


def _voicing(power: F64) -> F64:
    """How periodic each frame is, 0 … 1: the autocorrelation's peak at the pitches of people, 70–400 Hz."""
    lags = np.fft.irfft(power)
    # The window's own autocorrelation would make every long period look weak.
    window = np.fft.irfft(np.abs(np.fft.rfft(np.hanning(WINDOW), 2 * WINDOW)) ** 2)
    span = slice(SAMPLE_RATE // 400, SAMPLE_RATE // 70)
    peak = (lags[:, span] / lags[:, :1] / (window[span] / window[0])).max(1)
    return np.asarray(np.clip(peak, 0.0, 1.0))
