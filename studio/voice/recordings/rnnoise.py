"""RNNoise, the recurrent denoiser (Valin 2018, BSD-3), by ctypes on the library inside the `pyrnnoise` package.

`pyrnnoise` itself is never imported: that would drag an audio-file stack along which is not needed here.
"""

from __future__ import annotations

import ctypes
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType

import numpy as np

from studio.errors import EngineUnavailable
from studio.types import F32

SAMPLE_RATE = 48_000  # Hz; the network knows no other
FRAME = 480  # samples, 10 ms
DELAY = 960  # samples the output lags the input, measured by cross-correlation on clean speech
_SCALE = 32768.0  # it expects floats in the range of 16-bit integers


@cache
def _library() -> ctypes.CDLL:
    spec = find_spec("pyrnnoise")
    folders = [Path(folder) for folder in (spec.submodule_search_locations or [])] if spec else []
    names = ("librnnoise.so", "librnnoise.dylib", "rnnoise.dll", "librnnoise.dll")
    found = [folder / name for folder in folders for name in names if (folder / name).is_file()]
    if not found:
        raise EngineUnavailable("The denoiser RNNoise is not installed. Install it with: pip install pyrnnoise")
    library = ctypes.CDLL(str(found[0]))
    library.rnnoise_create.restype = ctypes.c_void_p
    library.rnnoise_create.argtypes = (ctypes.c_void_p,)
    library.rnnoise_process_frame.restype = ctypes.c_float
    library.rnnoise_process_frame.argtypes = (ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)
    library.rnnoise_destroy.argtypes = (ctypes.c_void_p,)
    return library


class Denoiser:
    """One stream of sound through RNNoise; use as a context manager.

    Raises:
        EngineUnavailable: the library is not installed.
    """

    def __init__(self) -> None:
        self._rnnoise = _library()
        self._state = ctypes.c_void_p(self._rnnoise.rnnoise_create(None))

    def __enter__(self) -> Denoiser:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._rnnoise.rnnoise_destroy(self._state)

    def process(self, samples: F32) -> tuple[F32, F32]:
        """The denoised samples, `DELAY` late, and how sure it is of a voice in each frame of 10 ms, 0 … 1.

        Args:
            samples: float32 (T,) at 48 kHz in [-1, 1], T a multiple of `FRAME`.
        """
        if len(samples) % FRAME:
            raise ValueError(f"RNNoise takes whole frames of {FRAME} samples, got {len(samples)}")
        count = len(samples) // FRAME
        scaled = np.ascontiguousarray(samples * np.float32(_SCALE), dtype=np.float32)
        cleaned = np.empty_like(scaled)
        voice = np.empty(count, dtype=np.float32)
        step = FRAME * scaled.itemsize
        for index in range(count):
            voice[index] = self._rnnoise.rnnoise_process_frame(
                self._state, cleaned.ctypes.data + index * step, scaled.ctypes.data + index * step
            )
        cleaned /= np.float32(_SCALE)
        return cleaned, voice
