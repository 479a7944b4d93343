"""How alike two voices are: the speaker encoder of Resemblyzer (Apache-2.0), its weights read from the package.

Wan, Wang, Papir, Moreno: "Generalized End-to-End Loss for Speaker Verification", ICASSP 2018. Three LSTM layers look
at 1.6 s of a mel spectrogram; what they say of many such windows is averaged. The package itself is not imported.
The one difference to it: long pauses are found by silero-vad instead of WebRTC's detector. Window for window the
result is that of the package (cosine 1.000 on 39 recordings); with the pauses left out, .995 on clean recordings
(at least .986) and .99 on noisy ones (at least .958, where WebRTC's detector takes the noise for speech).
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.errors import AudioUnusable
from studio.media.audio import resample
from studio.types import F32, AudioClip
from studio.voice.recordings.activity import FRAME, certainty
from studio.voice.recordings.wheels import file_inside

F64 = NDArray[np.float64]

SAMPLE_RATE = 16_000  # Hz
SIZE = 256
RATE = 1.3  # windows per second, as in the package
WINDOW_S = 1.6
N_FFT, HOP, _BANDS = 400, 160, 40  # 25 ms, 10 ms
WINDOW = 160  # mel frames, 1.6 s
_COVERAGE = 0.75  # of a last window must be sound
LEVEL_DB = -30.0  # dBFS; softer sound is raised to this, louder is left
_FRAMES = 4096  # mel frames made at a time
_BATCH = 64  # windows at a time
_SURE = 0.5  # certainty of speech
_MARGIN = 3  # frames of 32 ms kept around speech; 2 to 4 come equally near to the package


def embedding(clip: AudioClip) -> F32:
    """Whose voice it is: float32 (256,) of unit length, none below 0; from any rate and number of channels.

    1 s does, 10 s are good. Long pauses are left out; where no speech is found at all, everything is looked at.

    Raises:
        AudioUnusable: silent, or no samples.
        EngineUnavailable: Resemblyzer or silero-vad is not installed.
    """
    samples = _sounding(clip)
    heard = _without_pauses(samples)
    _, found = _looked_at(heard if len(heard) else samples, RATE)
    mean = found.mean(axis=0)
    return np.asarray(mean / np.linalg.norm(mean), dtype=np.float32)


def windows(clip: AudioClip, *, rate: float = RATE) -> tuple[F64, F32]:
    """Whose voice it is, moment by moment, pauses included: a change of speaker can be seen.

    Args:
        rate: windows per second, at least 1 / 1.6.

    Returns:
        float64 (n,) s, the middle of each window of 1.6 s; float32 (n, 256), each of unit length.

    Raises:
        AudioUnusable: silent, or no samples.
        EngineUnavailable: Resemblyzer is not installed.
    """
    return _looked_at(_sounding(clip), rate)


def likeness(a: F32, b: F32) -> float:
    """Cosine of two embeddings: halves of one clean recording have about .88, different people about .62."""
    return float(np.dot(a, b) / (np.linalg.norm(a) * np.linalg.norm(b)))


def _sounding(clip: AudioClip) -> F32:
    """Mono float32 (T,) at 16 kHz, soft sound raised."""
    samples = resample(AudioClip(clip.mono()[None], clip.sample_rate), SAMPLE_RATE).mono()
    power = float(np.square(samples, dtype=np.float64).mean()) if len(samples) else 0.0
    if power < 1e-12:
        raise AudioUnusable("The recording is silent: whose voice it is cannot be told.")
    gain = 10 ** ((LEVEL_DB - 10 * np.log10(power)) / 20)
    return samples * np.float32(max(gain, 1.0))


def _without_pauses(samples: F32) -> F32:
    from scipy.ndimage import maximum_filter1d

    kept = maximum_filter1d(certainty([samples]) > _SURE, 2 * _MARGIN + 1)
    return np.asarray(samples[np.repeat(kept, FRAME)[: len(samples)]], np.float32)


def _looked_at(samples: F32, rate: float) -> tuple[F64, F32]:
    """Middles of the windows, s, float64 (n,), and what the network says of each, float32 (n, 256)."""
    starts = window_starts(len(samples), rate)
    end = (starts[-1] + WINDOW) * HOP
    spectrum = mel(np.pad(samples, (0, max(0, end - len(samples)))))
    found = [
        encoded(np.stack([spectrum[start : start + WINDOW] for start in starts[first : first + _BATCH]]))
        for first in range(0, len(starts), _BATCH)
    ]
    times = (np.asarray(starts) + WINDOW / 2) * HOP / SAMPLE_RATE
    return times, np.concatenate(found)


def window_starts(length: int, rate: float = RATE) -> list[int]:
    """First mel frame of every window over `length` samples; a last one that is mostly beyond the end is left out."""
    step = round(SAMPLE_RATE / rate / HOP)
    if not 0 < step <= WINDOW:
        raise ValueError(f"rate must lie between {SAMPLE_RATE / HOP / WINDOW} and {SAMPLE_RATE / HOP}, got {rate}")
    frames = -(-(length + 1) // HOP)
    starts = list(range(0, max(1, frames - WINDOW + step + 1), step))
    covered = (length - starts[-1] * HOP) / (WINDOW * HOP)
    return starts[:-1] if covered < _COVERAGE and len(starts) > 1 else starts


def mel(samples: F32) -> F32:
    """float32 (frames, 40): power mel spectrogram as librosa makes it by default (centred, periodic Hann, Slaney)."""
    padded = np.pad(samples, N_FFT // 2)
    count = 1 + len(samples) // HOP
    window = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(N_FFT) / N_FFT)).astype(np.float32)
    bands = filters().T
    made = np.empty((count, _BANDS), dtype=np.float32)
    frames = np.lib.stride_tricks.sliding_window_view(padded, N_FFT)[::HOP]
    for start in range(0, count, _FRAMES):
        spectrum = np.fft.rfft(frames[start : start + _FRAMES] * window, axis=1)
        made[start : start + _FRAMES] = np.square(np.abs(spectrum)) @ bands
    return made


@cache
def filters() -> F64:
    """float64 (40, 201): triangles of equal area, evenly spaced on Slaney's mel scale from 0 to 8 kHz.

    Slaney, "Auditory Toolbox" 1998: linear to 1 kHz, 27 steps to a factor of 6.4 above.
    """
    step, knee = 200 / 3, 15.0
    top = knee + np.log(SAMPLE_RATE / 2 / 1000) / (np.log(6.4) / 27)
    mels = np.linspace(0, top, _BANDS + 2)
    edges = np.where(mels < knee, mels * step, 1000 * np.exp(np.log(6.4) / 27 * (mels - knee)))
    bins = np.arange(N_FFT // 2 + 1) * SAMPLE_RATE / N_FFT
    rising = (bins - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - bins) / (edges[2:] - edges[1:-1])[:, None]
    area = 2 / (edges[2:] - edges[:-2])
    return np.asarray(np.maximum(0, np.minimum(rising, falling)) * area[:, None])


def encoded(spectra: F32) -> F32:
    """float32 (B, 256) of unit length from mel spectra float32 (B, 160, 40)."""
    import torch

    lstm, linear = network()
    with torch.inference_mode():
        _, (hidden, _) = lstm(torch.from_numpy(np.ascontiguousarray(spectra)))
        raw = torch.relu(linear(hidden[-1]))
        # Digital silence says nothing: no direction, never a division by zero.
        said = raw / raw.norm(dim=1, keepdim=True).clamp_min(1e-9)
    return np.asarray(said.numpy(), dtype=np.float32)


@cache
def network() -> tuple[Any, Any]:
    """The layers of the encoder, torch's LSTM and Linear, in that order; loaded once, never to be changed.

    Raises:
        EngineUnavailable: Resemblyzer is not installed.
    """
    import torch

    path = file_inside("resemblyzer", "pretrained.pt", package="resemblyzer", purpose="Telling voices apart")
    state = torch.load(path, map_location="cpu", weights_only=True)["model_state"]
    lstm = torch.nn.LSTM(_BANDS, SIZE, 3, batch_first=True)
    lstm.load_state_dict({name[5:]: value for name, value in state.items() if name.startswith("lstm.")})
    linear = torch.nn.Linear(SIZE, SIZE)
    linear.load_state_dict({name[7:]: value for name, value in state.items() if name.startswith("linear.")})
    return lstm.eval(), linear.eval()
