"""The network that hears: plain matrix products, so that the same sound is heard the same way wherever it runs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from studio.errors import EngineUnavailable
from studio.types import F32

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
        """float32 (n, letters), rows sum to 1, from float32 (n, BANDS), BANDS as in studio/head/hearing.py."""
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
