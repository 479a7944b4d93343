"""Sound as MuseTalk hears it: what every layer of Whisper's encoder says about the moments around each picture."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import torch

from studio.errors import EngineUnavailable
from studio.head import stored
from studio.head.lipsync import mel
from studio.types import F32, AudioClip

STEP_RATE = 50  # of the encoder, per second: 100 mel frames a second, every second one kept (Radford et al. 2022)
STEP = mel.SAMPLE_RATE // STEP_RATE  # samples
BEFORE = 4  # steps: two pictures of the 25 fps that MuseTalk was trained at
WINDOW = 10  # steps: five pictures, the middle one being the frame's
SEGMENT = 1500  # steps that the encoder listens to at once, 30 s
# Where one segment ends and the next begins, each also hears 1 s of the other, so that no seam is heard in the middle
# of a word. Sound of up to 30 s is one segment, as in the published inference.
OVERLAP = 50  # steps
HOP = SEGMENT - 2 * OVERLAP
KEPT = 2  # segments in memory; windows look at two at most
PREFIXES = ("module.", "model.", "encoder.")


class Ear:
    """Whisper's encoder, loaded."""

    def __init__(self, encoder: Any) -> None:
        """Make a `WhisperEncoder` ready.

        Raises:
            EngineUnavailable: it listens to other lengths than Whisper's 30 s.
        """
        from transformers import WhisperFeatureExtractor

        config = encoder.config
        if config.max_source_positions != SEGMENT:
            raise EngineUnavailable(
                f"This Whisper listens to {config.max_source_positions} steps at once, not {SEGMENT}. Use whisper-tiny."
            )
        self._encoder = encoder
        self._extract = WhisperFeatureExtractor(feature_size=config.num_mel_bins)
        self.width = int(config.d_model)
        """Channels of a token."""
        self.tokens = WINDOW * (int(config.encoder_layers) + 1)
        """For each picture: 50 of whisper-tiny."""

    def to(self, device: torch.device, dtype: torch.dtype) -> Ear:
        """Listen there and with that precision."""
        self._encoder.to(device, dtype)
        return self

    def windows(self, clip: AudioClip, num_frames: int, frame_rate: Fraction) -> Iterator[F32]:
        """The sound that belongs to each picture, exactly `num_frames` times float32 (tokens, width).

        Tokens go by moment, then by layer, as MuseTalk was trained. Before and after the sound they are 0. Two segments
        of 30 s are held in memory, however long the sound.

        Raises:
            AudioUnusable: there is no sample in it, or one is not a number.
        """
        samples = mel.heard(clip)

        def made() -> Iterator[F32]:
            listened = _Listened(self, samples)
            # From the index, never by adding a step: at 30000/1001 fps a running sum drifts.
            step = STEP_RATE / frame_rate
            for index in range(num_frames):
                first = index * step.numerator // step.denominator - BEFORE
                yield np.concatenate([listened.at(moment) for moment in range(first, first + WINDOW)])

        return made()

    def segment(self, samples: F32) -> F32:
        """What each layer says of up to 30 s: float32 (1500, layers + 1, width), the last one normalised."""
        features = self._extract(samples, sampling_rate=mel.SAMPLE_RATE, return_tensors="pt").input_features
        with torch.inference_mode():
            said = self._encoder(
                features.to(self._encoder.device, self._encoder.dtype), output_hidden_states=True
            ).hidden_states
        layers: F32 = torch.stack(said, dim=2)[0].float().cpu().numpy()
        return layers


class _Listened:
    """What was heard of a sound, segment by segment."""

    def __init__(self, ear: Ear, samples: F32) -> None:
        self._ear, self._samples = ear, samples
        self._steps = len(samples) // STEP
        self._last = max(0, -(-(self._steps - SEGMENT) // HOP))
        self._nothing = np.zeros((ear.tokens // WINDOW, ear.width), np.float32)
        self._segments: OrderedDict[int, F32] = OrderedDict()

    def at(self, moment: int) -> F32:
        """The layers at one step: float32 (layers + 1, width)."""
        if not 0 <= moment < self._steps:
            return self._nothing
        number = min(max((moment - OVERLAP) // HOP, 0), self._last)
        if number not in self._segments:
            start = number * HOP * STEP
            self._segments[number] = self._ear.segment(self._samples[start : start + SEGMENT * STEP])
            if len(self._segments) > KEPT:
                self._segments.popitem(last=False)
        layers: F32 = self._segments[number][moment - number * HOP]
        return layers


def load(config: Path, file: Path, where: str) -> Ear:
    """Whisper's encoder, in float32 on the CPU; what the file holds of the decoder is left there.

    Args:
        config: its config.json.
        where: a sentence without its full stop that says where the right files are.

    Raises:
        EngineUnavailable: a file is not what it should be.
    """
    from transformers import WhisperConfig
    from transformers.models.whisper.modeling_whisper import WhisperEncoder

    try:
        known = WhisperConfig.from_dict(json.loads(config.read_text(encoding="utf-8")))
        with torch.device("meta"):
            encoder = WhisperEncoder(known)
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise EngineUnavailable(
            f"{config} is no configuration of Whisper ({stored.first_line(error)}). {where}."
        ) from error
    wanted = encoder.state_dict()
    smallest = 19 * sum(tensor.numel() for tensor in wanted.values()) // 10
    state = stored.bare(stored.read(file, smallest, where), file, where, PREFIXES)
    own = {
        name: tensor for name, tensor in state.items() if not name.startswith("decoder.") and name != "proj_out.weight"
    }
    if found := stored.difference(own, wanted):
        raise EngineUnavailable(f"{file} does not hold the Whisper that {config} describes: {found}. {where}.")
    stored.fill(encoder, own, file)
    return Ear(encoder)
