"""What keeps an engine from being used on this machine, by its spec alone: nothing heavy is imported to find out."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from studio import weights
from studio.errors import EngineUnavailable
from studio.types import EngineSpec

_GPUS = ("/dev/nvidiactl", "/dev/dxg", "/dev/kfd")
"""What there is on Linux where a driver is (NVIDIA's, Windows' own under WSL, AMD's); only then PyTorch is asked."""


def missing(spec: EngineSpec) -> tuple[str, ...]:
    """The packages that an engine needs and that are not installed."""
    return tuple(module for module in spec.modules if find_spec(module) is None)


def obstacle(spec: EngineSpec, unset: Callable[[str], str] | None = None) -> str:
    """What keeps an engine from being used here, and what to do, without a full stop; "" for nothing.

    Args:
        unset: says by an engine's name what somebody has to set up by hand; "" for nothing.
    """
    if absent := missing(spec):
        how = f'pip install "keepsake-studio[{spec.extra}]"' if spec.extra else f"pip install {' '.join(absent)}"
        return f"{spec.name} needs {', '.join(absent)}. Install it with: {how}"
    # First, for nobody should set up gigabytes and hear of it then.
    if spec.needs_gpu and not _has_gpu():
        return f"{spec.name} needs a GPU, and there is none here"
    if unset is not None and (lacking := unset(spec.name)):
        return lacking
    for name in spec.weights:
        try:
            weights.path(name)
        except EngineUnavailable as error:
            return str(error).rstrip(".")
    return ""


def _has_gpu() -> bool:
    if sys.platform == "linux" and not any(Path(device).exists() for device in _GPUS):
        return False
    import torch

    return torch.cuda.is_available()
