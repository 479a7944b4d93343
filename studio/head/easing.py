"""How everything in a face comes and goes: slowly, quickly, slowly."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def eased(x: NDArray[Any]) -> NDArray[Any]:
    """3x² − 2x³: 0 … 1, flat at both ends; what lies outside is clipped. Of the type of `x`."""
    x = np.clip(x, 0, 1)
    return np.asarray(x * x * (3 - 2 * x))
