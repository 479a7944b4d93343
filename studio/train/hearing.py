"""Teach the network of studio/head/hearing.py which speech sound is heard when (models/hearing.safetensors).

It learns from a folder of recordings, each with its sounds beside it: `name.wav` and `name.phones`, one sound per line,
"start end IPA" in seconds, silence without IPA. models/hearing.md tells what the shipped weights were made from.

    python -m studio.train.hearing /path/to/folder models/hearing.safetensors

A part of the files is kept out of the training to report how many of their 10 ms rows are heard right.
"""

from __future__ import annotations

import argparse
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from studio.head.hearing import BANDS, DILATIONS, HOP, SAMPLE_RATE, normalised, spectrum
from studio.head.visemes import letters
from studio.media.audio import read_audio
from studio.media.files import writing
from studio.types import F32

log = logging.getLogger(__name__)

LETTERS = ("", *"pbmfvθðtdnlszʃʒʂʐɕkɡŋxhɹwjiɪeɛæaɑəɚɔouʊyɤIZ")
"""What the network tells apart; "" is silence, I and Z are the Mandarin vowels of shi and si."""
_SAME = {"ᵻ": "ɪ", "ɨ": "ɪ", "ɐ": "ə", "ʌ": "ə", "ɜ": "ɚ", "ɝ": "ɚ", "ɾ": "t", "ʔ": "t", "r": "ɹ", "ɒ": "ɑ", "χ": "x"}
_CHANNELS = 96
_CROP = 200  # rows, 2 s
_BATCH = 16
_HELD_OUT = 16  # every 16th file


@dataclass(frozen=True, eq=False)
class Utterance:
    """One recording and what is heard in it, every 10 ms."""

    kind: str
    """The first word of the file's name, up to "_": each kind is heard equally often."""
    power: F32
    """float32 (n, BANDS)."""
    labels: NDArray[np.int64]
    """int64 (n,), places in LETTERS."""


class Network(nn.Module):
    """The trainable twin of studio.head.hearing's network: (B, BANDS, n) → (B, LETTERS, n)."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv1d(BANDS, _CHANNELS, 3, padding=1)
        self.blocks = nn.ModuleList(nn.Conv1d(_CHANNELS, _CHANNELS, 3, padding=d, dilation=d) for d in DILATIONS)
        self.last = nn.Conv1d(_CHANNELS, len(LETTERS), 1)
        self.dropout = nn.Dropout(0.1)

    def forward(self, seen: Tensor) -> Tensor:
        hidden: Tensor = self.first(seen)
        for block in self.blocks:
            hidden = hidden + self.dropout(block(functional.silu(_even(hidden))))
        result: Tensor = self.last(_even(hidden))
        return result


def _even(hidden: Tensor) -> Tensor:
    return hidden * torch.rsqrt(hidden.square().mean(1, keepdim=True) + 1e-5)


def read_corpus(folder: Path) -> list[Utterance]:
    """Every `name.wav` that has a `name.phones`, in the order of their names."""
    corpus = []
    for wav in sorted(folder.glob("*.wav")):
        power, _ = spectrum(read_audio(wav, sample_rate=SAMPLE_RATE, mono=True).samples[0])
        lines = wav.with_suffix(".phones").read_text(encoding="utf-8").splitlines()
        corpus.append(Utterance(wav.name.split("_")[0], power, _labels(lines, len(power))))
    return corpus


def _labels(lines: Sequence[str], rows: int) -> NDArray[np.int64]:
    labels = np.zeros(rows, np.int64)
    at = np.arange(rows) * HOP / SAMPLE_RATE
    for line in lines:
        start, end, *symbol = line.split()
        parts = letters(symbol[0]) if symbol else []
        total = sum(share for _, share in parts)
        begin = float(start)
        for letter, share in parts:
            until = begin + (float(end) - float(start)) * share / total
            heard = _SAME.get(letter, letter)
            labels[(at >= begin) & (at < until)] = LETTERS.index(heard if heard in LETTERS else "ə")
            begin = until
    return labels


def disguise(power: F32, rng: np.random.Generator) -> F32:
    """The same words from another throat, microphone and room, in other noise: float32 (n, BANDS)."""
    from scipy.signal import lfilter

    # A longer or shorter vocal tract stretches the spectrum (Jaitly & Hinton 2013).
    at = np.clip(np.arange(BANDS) * rng.uniform(0.8, 1.25), 0, BANDS - 1)
    below = at.astype(np.intp)
    part = (at - below).astype(np.float32)
    power = power[:, below] * (1 - part) + power[:, np.minimum(below + 1, BANDS - 1)] * part
    if rng.random() < 0.5:
        decay = np.exp(-6.9 * HOP / SAMPLE_RATE / rng.uniform(0.15, 0.7))  # −60 dB after 0.15–0.7 s
        tail = lfilter([0.0, 1.0 - decay], [1.0, -decay], power, axis=0)
        power = power + 10 ** rng.uniform(-1.6, -0.3) * tail.astype(np.float32)
    tilt = np.linspace(-1.0, 1.0, BANDS)
    colour = np.convolve(rng.standard_normal(BANDS + 10), np.ones(11) / 11, "valid")
    power = power * np.exp(rng.uniform(-1.2, 1.2) * tilt + 1.2 * colour)
    if rng.random() < 0.7:
        loud = np.percentile(power.mean(axis=1), 90)
        noise = np.exp(rng.uniform(-2, 2) * tilt) * np.sqrt(rng.exponential(size=power.shape))
        power = power + noise * loud * 10 ** -rng.uniform(0.3, 4.0)
    if rng.random() < 0.3:
        power = power.copy()
        power[:, rng.integers(34, 56) :] *= 10 ** rng.uniform(-6, -3)  # a telephone, an old film
    return np.asarray(power, np.float32)


def _average(corpus: Sequence[Utterance]) -> F32:
    """Log power of loud speech, band by band, float32 (BANDS,): what a clip too short to tell is taken for."""
    logs = [np.log(u.power[u.labels > 0] + 1e-7) for u in corpus]
    return np.asarray(
        np.mean([piece[piece.mean(1) > np.median(piece.mean(1))].mean(0) for piece in logs], 0), np.float32
    )


def _batch(corpus: dict[str, list[Utterance]], average: F32, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    seen: list[F32] = []
    labels: list[NDArray[np.int64]] = []
    kinds = sorted(corpus)
    while len(seen) < _BATCH:
        pool = corpus[kinds[rng.integers(len(kinds))]]
        utterance = pool[rng.integers(len(pool))]
        if len(utterance.power) <= _CROP:
            continue
        first = int(rng.integers(len(utterance.power) - _CROP))
        rows = slice(first, first + _CROP)
        power = disguise(utterance.power, rng)
        # Half of the time as if nothing but this piece had been recorded.
        short = rng.random() < 0.5
        seen.append(normalised(power[rows], average) if short else normalised(power, average)[rows])
        labels.append(utterance.labels[rows])
    return torch.from_numpy(np.stack(seen)).transpose(1, 2), torch.from_numpy(np.stack(labels))


def train(corpus: Sequence[Utterance], steps: int, seed: int) -> tuple[Network, F32]:
    """The trained network and the average spectrum it expects. Logs its accuracy on the files it never saw."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    held_out = corpus[::_HELD_OUT]
    kept = [u for place, u in enumerate(corpus) if place % _HELD_OUT]
    kinds = {kind: [u for u in kept if u.kind == kind] for kind in sorted({u.kind for u in kept})}
    average = _average(kept)
    network = Network()
    optimiser = torch.optim.AdamW(network.parameters(), 3e-3, weight_decay=0.02)
    for step in range(steps):
        for group in optimiser.param_groups:
            group["lr"] = 3e-3 * min(1.0, step / 60 + 0.05) * 0.5 * (1 + np.cos(np.pi * step / steps)) + 1e-5
        seen, labels = _batch(kinds, average, rng)
        loss = functional.cross_entropy(network(seen), labels, label_smoothing=0.05)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        if step % 200 == 0:
            log.info("step %d: loss %.3f", step, loss.item())
    network.eval()
    for kind in sorted({u.kind for u in held_out}):
        right = [_accuracy(network, average, u) for u in held_out if u.kind == kind]
        log.info("%s: %.1f %% of the rows of %d unseen files are right", kind, 100 * np.mean(right), len(right))
    return network, average


@torch.no_grad()
def _accuracy(network: Network, average: F32, utterance: Utterance) -> float:
    seen = torch.from_numpy(normalised(utterance.power, average)).T[None]
    return float((network(seen)[0].argmax(0).numpy() == utterance.labels).mean())


def write(network: Network, average: F32, path: Path) -> None:
    """Weights as studio.head.hearing reads them: float16, convolutions (taps, in, out)."""
    from safetensors.numpy import save

    convolutions = {"in": network.first, "out": network.last}
    convolutions |= {f"block{place}": block for place, block in enumerate(network.blocks)}  # type: ignore[misc]
    tensors = {"average": average}
    for name, convolution in convolutions.items():
        weight = convolution.weight.detach().numpy().transpose(2, 1, 0)
        tensors[f"{name}.weight"] = np.ascontiguousarray(weight, np.float16)
        tensors[f"{name}.bias"] = convolution.bias.detach().numpy().astype(np.float16)  # type: ignore[union-attr]
    with writing(path) as temporary:
        temporary.write_bytes(save(tensors, {"letters": " ".join(LETTERS)}))


def main() -> None:
    """Entry of `python -m studio.train.hearing`."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--steps", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    torch.set_num_threads(options.threads)
    write(*train(read_corpus(options.folder), options.steps, options.seed), options.out)


if __name__ == "__main__":
    main()
