"""A network out of a file of weights: ONNX through onnxruntime, TorchScript through torch, both on the CPU."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from studio.errors import EngineUnavailable
from studio.types import F32

SIDE = 512  # px: what all of these networks were trained at, where the file leaves it open
TORCHSCRIPT = (".pt", ".pth", ".torchscript", ".jit")


@dataclass(frozen=True, eq=False)
class Opened:
    """A network of one picture in, one picture out."""

    run: Callable[[F32], F32]
    """float32 (1, 3, side, side) → float32 (1, C, side, side)."""
    side: int
    """px."""


def open_file(path: Path, by_hand: str) -> Opened:
    """Open weights.

    Args:
        by_hand: what a person can do about a file that does not hold them, in a sentence.

    Raises:
        EngineUnavailable: it is no network that can be read here, or one with other inputs.
    """
    return _torchscript(path, by_hand) if path.suffix.lower() in TORCHSCRIPT else _onnx(path, by_hand)


def _onnx(path: Path, by_hand: str) -> Opened:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    try:
        session = onnxruntime.InferenceSession(str(path), sess_options=options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's own errors share no other root
        raise EngineUnavailable(f"{path} holds no network that onnxruntime can read. {by_hand}") from error
    inputs = session.get_inputs()
    shape = inputs[0].shape if len(inputs) == 1 else []
    if len(shape) != 4 or shape[1] != 3 or inputs[0].type != "tensor(float)":
        wants = ", ".join(f"{one.name} {one.shape}" for one in inputs)
        raise EngineUnavailable(f"{path} holds another network: it wants {wants}, not one RGB picture. {by_hand}")
    sides = [size for size in shape[2:] if isinstance(size, int)]
    side = sides[0] if sides else SIDE
    name = inputs[0].name

    def run(picture: F32) -> F32:
        return _picture(session.run(None, {name: picture}), path, by_hand)

    return Opened(run, side)


def _torchscript(path: Path, by_hand: str) -> Opened:
    import torch

    try:
        module: Any = torch.jit.load(str(path), map_location="cpu").eval()  # type: ignore[no-untyped-call]
    except (RuntimeError, ValueError, OSError) as error:
        raise EngineUnavailable(
            f"{path} holds no network that torch can read by itself: weights alone, without the network, do not do; "
            f"TorchScript and ONNX do. {by_hand}"
        ) from error

    def run(picture: F32) -> F32:
        with torch.inference_mode():
            try:
                made = module(torch.from_numpy(picture))
            except RuntimeError as error:
                raise EngineUnavailable(
                    f"{path} holds another network: it does not take a picture. {by_hand}"
                ) from error
        many = made if isinstance(made, (tuple, list)) else [made]
        return _picture([one.numpy() for one in many if isinstance(one, torch.Tensor)], path, by_hand)

    return Opened(run, SIDE)


def _picture(made: list[Any], path: Path, by_hand: str) -> F32:
    """The first of a network's outputs, which is the picture in all of these."""
    first = np.asarray(made[0], np.float32) if made else np.empty(0, np.float32)
    if first.ndim != 4 or first.shape[0] != 1 or not np.isfinite(first).all():
        raise EngineUnavailable(f"{path} holds another network: what it gives is no picture. {by_hand}")
    return first
