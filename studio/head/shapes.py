"""The shape basis: what each motion curve does to the mesh of a face, whoever's face it is.

Learned from people talking by studio/train/shapes.py; models/shapes.md is its card.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from studio import weights
from studio.errors import EngineUnavailable
from studio.head.mesh import F64, NUM_POINTS
from studio.types import F32, MOTION_CURVES

FILE = "shapes.safetensors"

# Curves that go both ways have a shape for each way: a mouth that is drawn together is no spread mouth run backwards.
SHAPES: tuple[tuple[str, str, int], ...] = (
    ("jaw", "jaw", 1),
    ("spread", "wide", 1),
    ("purse", "wide", -1),
    ("upper", "upper", 1),
    ("lower", "lower", 1),
    ("press", "press", 1),
    ("tuck", "tuck", 1),
    ("smile", "smile", 1),
    ("blink", "blink", 1),
    ("raise", "brow", 1),
    ("frown", "brow", -1),
)
"""(name of the shape, curve, sign of the curve that calls for it)."""
SHAPE_NAMES = tuple(name for name, _, _ in SHAPES)


@dataclass(frozen=True, eq=False)
class Basis:
    """The shapes and the face they were measured on."""

    neutral: F32
    """float32 (478, 3): the mean face at rest in the upright frame of studio/head/mesh.py."""
    shapes: F32
    """float32 (S, 478, 3): one displacement per name in SHAPE_NAMES, in eye distances, for the curve at ±1."""

    def shape(self, name: str) -> F32:
        """float32 (478, 3): one named shape, a view."""
        shape: F32 = self.shapes[SHAPE_NAMES.index(name)]
        return shape


def amounts(curves: F32) -> F64:
    """How much of each shape the curves ask for: (..., K) → float64 (..., S), none below 0."""
    columns = [MOTION_CURVES.index(curve) for _, curve, _ in SHAPES]
    signs = np.array([sign for _, _, sign in SHAPES], np.float64)
    wanted: F64 = np.maximum(curves[..., columns] * signs, 0.0)
    return wanted


def read(path: Path) -> Basis:
    """Read a basis from a safetensors file.

    Raises:
        EngineUnavailable: the file is missing, or is no shape basis.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    if not path.is_file():
        raise EngineUnavailable(f"{path} is missing. It ships with the studio: install it again.")
    try:
        tensors = load_file(path)
        neutral = tensors["neutral"]
        shapes = np.stack([tensors[name] for name in SHAPE_NAMES])
    except (SafetensorError, KeyError, ValueError) as error:
        raise EngineUnavailable(f"{path} is no shape basis ({error}). Install the studio again.") from error
    if shapes.shape != (len(SHAPES), NUM_POINTS, 3) or neutral.shape != (NUM_POINTS, 3):
        raise EngineUnavailable(f"{path} is for another mesh ({shapes.shape}). Install the studio again.")
    return Basis(neutral.astype(np.float32), shapes.astype(np.float32))


def write(path: Path, basis: Basis) -> None:
    """Write a basis as safetensors, one tensor per name."""
    from safetensors.numpy import save_file

    named = {name: np.ascontiguousarray(basis.shape(name)) for name in SHAPE_NAMES}
    save_file({"neutral": np.ascontiguousarray(basis.neutral), **named}, path)


@cache
def basis() -> Basis:
    """The basis that ships with the studio.

    Raises:
        EngineUnavailable: it is not there.
    """
    return read(weights.data_dir("models") / FILE)
