"""Teach the network of studio/head/hearing.py which speech sound is heard when (models/hearing.safetensors).

It learns from a folder of recordings, each with its sounds beside it: `name.wav` and `name.phones`, one sound per line,
"start end IPA" in seconds, silence without IPA. models/hearing.md tells what the shipped weights were made from.

    studio train motion /path/to/folder --output hearing.safetensors

A part of the files is kept out of the training to report how many of their 10 ms rows are heard right, and clips of
people talking (`studio train prepare`) may tell how well the filmed lips follow what is heard.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from studio.ear import BANDS, DILATIONS, HOP, SAMPLE_RATE, normalised, spectrum
from studio.errors import FileUnreadable
from studio.head import mesh
from studio.head.timing import HEARD_AS
from studio.head.visemes import MOUTH, letters, visemes
from studio.media.audio import read_audio
from studio.media.files import writing
from studio.train.clips import Clip
from studio.train.tasks import Look, Turn, halved
from studio.types import F32

if TYPE_CHECKING:
    from studio.train.runs import Run

LETTERS = ("", *"pbmfvθðtdnlszʃʒʂʐɕkɡŋxhɹwjiɪeɛæaɑəɚɔouʊyɤIZ")
"""What the network tells apart; "" is silence, I and Z are the Mandarin vowels of shi and si."""
_CHANNELS = 96
_CROP = 200  # rows, 2 s
_BATCH = 16
_HELD_OUT = 16  # every 16th file
_RATE, _DECAY = 3e-3, 0.02
STEPS = 3200
"""Enough for some 70 minutes of recordings."""


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

    def __init__(self, *, causal: bool = False) -> None:
        super().__init__()
        self.causal = causal
        """Whether a row sees only itself and the rows before it: for sound that is heard as it comes."""
        self.first = nn.Conv1d(BANDS, _CHANNELS, 3)
        self.blocks = nn.ModuleList(nn.Conv1d(_CHANNELS, _CHANNELS, 3, dilation=d) for d in DILATIONS)
        self.last = nn.Conv1d(_CHANNELS, len(LETTERS), 1)
        self.dropout = nn.Dropout(0.1)

    def forward(self, seen: Tensor) -> Tensor:
        hidden: Tensor = self.first(self._padded(seen, 1))
        for block, dilation in zip(self.blocks, DILATIONS, strict=True):
            hidden = hidden + self.dropout(block(self._padded(functional.silu(_even(hidden)), dilation)))
        result: Tensor = self.last(_even(hidden))
        return result

    def _padded(self, rows: Tensor, dilation: int) -> Tensor:
        return functional.pad(rows, (2 * dilation, 0) if self.causal else (dilation, dilation))


def _even(hidden: Tensor) -> Tensor:
    return hidden * torch.rsqrt(hidden.square().mean(1, keepdim=True) + 1e-5)


def read_corpus(folder: Path) -> list[Utterance]:
    """Every `name.wav` that has a `name.phones`, in the order of their names.

    Raises:
        FileUnreadable: there are fewer than two of 2 s and more, or one cannot be read.
    """
    corpus = []
    for wav in sorted(folder.glob("*.wav")):
        phones = wav.with_suffix(".phones")
        if not phones.is_file():
            continue
        power, _ = spectrum(read_audio(wav, sample_rate=SAMPLE_RATE, mono=True).samples[0])
        try:
            labels = _labels(phones.read_text(encoding="utf-8").splitlines(), len(power))
        except ValueError as error:
            raise FileUnreadable(f'{phones}: every line must be "start end IPA" in seconds ({error}).') from error
        if len(power) > _CROP:
            corpus.append(Utterance(wav.name.split("_")[0], power, labels))
    if len(corpus) < 2:
        raise FileUnreadable(
            f"{folder} holds fewer than two recordings of 2 s and more with their sounds beside them. Put name.wav and "
            "name.phones there, one sound per line: start end IPA."
        )
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
            heard = HEARD_AS.get(letter, letter)
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


class HearingTask:
    """Which sound is heard in which row: cross-entropy over pieces of 2 s, every kind of recording equally often."""

    averaged = ("network",)

    def __init__(self, corpus: Sequence[Utterance], *, causal: bool = False, filmed: Sequence[Clip] = ()) -> None:
        self.held_out = corpus[::_HELD_OUT]
        kept = [u for place, u in enumerate(corpus) if place % _HELD_OUT]
        self.kinds = [[u for u in kept if u.kind == kind] for kind in sorted({u.kind for u in kept})]
        self.average = _average(kept)
        self.filmed = [(clip, spectrum(clip.sound)[0]) for clip in filmed if clip.synced]
        self.network = Network(causal=causal)
        self.modules = {"network": self.network}
        self.optimisers = {"network": torch.optim.AdamW(self.network.parameters(), _RATE, weight_decay=_DECAY)}

    def batch(self, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
        """What is seen, float32 (B, BANDS, n), and the sounds in it, int64 (B, n)."""
        seen: list[F32] = []
        labels: list[NDArray[np.int64]] = []
        for _ in range(_BATCH):
            pool = self.kinds[rng.integers(len(self.kinds))]
            utterance = pool[rng.integers(len(pool))]
            first = int(rng.integers(len(utterance.power) - _CROP))
            # Half of the time as if nothing but this piece had been recorded.
            short = rng.random() < 0.5
            begin = first if short else 0
            end = first + _CROP if short or self.network.causal else len(utterance.power)
            power = disguise(utterance.power, rng)[begin:end]
            seen.append(normalised(power, self.average)[first - begin :][:_CROP])
            labels.append(utterance.labels[first : first + _CROP])
        return torch.from_numpy(np.stack(seen)).transpose(1, 2), torch.from_numpy(np.stack(labels))

    def turns(self, batch: tuple[Tensor, Tensor], run: Run) -> Iterator[Turn]:  # noqa: ARG002  (every task is given it)
        """One: cross-entropy."""
        seen, labels = batch
        yield Turn("network", functional.cross_entropy(self.network(seen), labels, label_smoothing=0.05))

    def look(self, run: Run) -> Look:
        """% of the rows of unseen files that are heard right, by kind; and how well filmed lips follow."""
        network = run.best["network"]
        figures = {}
        for kind in sorted({u.kind for u in self.held_out}):
            right = [
                float((self._likely(network, u.power, run).argmax(1) == u.labels).mean())
                for u in self.held_out
                if u.kind == kind
            ]
            figures[f"{kind} %"] = 100 * float(np.mean(right))
        if self.filmed:
            weights = [float(clip.duration) for clip, _ in self.filmed]
            matches = [lips_match(clip, self._likely(network, power, run)) for clip, power in self.filmed]
            figures["lips"] = float(np.average(matches, weights=weights))
        return Look(figures)

    def _likely(self, network: nn.Module, power: F32, run: Run) -> F32:
        """Likelihoods, float32 (n, LETTERS)."""
        seen = torch.from_numpy(normalised(power, self.average)).T[None].to(run.device)
        likely: F32 = network(seen)[0].softmax(0).T.cpu().numpy()
        return likely

    def weights(self, run: Run) -> tuple[Mapping[str, Tensor], Mapping[str, str]]:
        """As studio.head.hearing reads them."""
        network = run.best["network"]
        assert isinstance(network, Network)  # noqa: S101  (the modules are a mapping of any kind)
        return stored(network, self.average), metadata(network)


def lips_match(clip: Clip, likely: F32) -> float:
    """Correlation of the filmed opening of the lips with the opening of the sounds that are heard.

    Args:
        likely: float32 (n, LETTERS), 100 rows a second.
    """
    jaw = MOUTH.index("jaw")
    opening = np.array([visemes(letter)[0][0].target[jaw] if letter else 0.0 for letter in LETTERS])
    filmed = np.array([mesh.inner_lip_gap(points) for points in clip.landmarks])
    at = np.arange(clip.num_frames) / float(clip.frame_rate)
    heard = np.interp(at, np.arange(len(likely)) * HOP / SAMPLE_RATE, likely @ opening)
    return float(np.corrcoef(filmed, heard)[0, 1])


def stored(network: Network, average: F32) -> dict[str, Tensor]:
    """Tensors as studio.head.hearing reads them: float16, convolutions (taps, in, out)."""
    convolutions = {"in": network.first, "out": network.last}
    convolutions |= {f"block{place}": block for place, block in enumerate(network.blocks)}  # type: ignore[misc]
    tensors: dict[str, Tensor] = {}
    for name, convolution in convolutions.items():
        tensors[f"{name}.weight"] = convolution.weight.permute(2, 1, 0)
        tensors[f"{name}.bias"] = convolution.bias  # type: ignore[assignment]
    return {"average": torch.from_numpy(average), **halved(tensors)}


def metadata(network: Network) -> dict[str, str]:
    """What studio.head.hearing must know besides the tensors."""
    return {"letters": " ".join(LETTERS), "causal": str(network.causal).lower()}


def write(network: Network, average: F32, path: Path) -> None:
    """Weights as studio.head.hearing reads them."""
    from safetensors.torch import save

    with writing(path) as temporary:
        temporary.write_bytes(save(stored(network, average), metadata(network)))
