"""Photos that several tests damage."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from studio.media.scan import read_scan
from studio.restoration.photo import View, view
from studio.types import F32


@pytest.fixture(scope="session")
def hopper_view(hopper: Path) -> View:
    return view(read_scan(hopper).pixels)


@pytest.fixture(scope="session")
def soft_scene() -> F32:
    """A generated picture without people: soft shapes and a gradient, float32 (480, 640, 1) in [0, 1]."""
    y, x = np.mgrid[:480, :640].astype(np.float32)
    scene = 0.25 + 0.3 * x / 640 + 0.2 * np.exp(-((x - 400) ** 2 + (y - 200) ** 2) / 9000)
    scene += 0.12 * (np.hypot(x - 180, y - 260) < 90)
    return scene[:, :, None].astype(np.float32)
