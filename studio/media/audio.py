"""Sound in and out of files."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from studio.errors import AudioUnusable, FileUnreadable
from studio.media.files import writing
from studio.media.probe import opened
from studio.types import F32, AudioClip

MAX_SECONDS = 3 * 3600  # held in memory as float32: 3 h of 48 kHz mono are 2 GB


def read_audio(path: Path, *, sample_rate: int | None = None, mono: bool = False) -> AudioClip:
    """All sound of a file, also of a video.

    Args:
        sample_rate: Hz to resample to; None keeps the file's own.
        mono: mix the channels to one.

    Raises:
        FileUnreadable: missing, empty, damaged, or no media file.
        AudioUnusable: the file has no sound track, or the track has no samples.
    """
    import av

    parts: list[F32] = []
    with opened(path) as container:
        if not container.streams.audio:
            raise AudioUnusable(f"{path} has no sound track. Choose a recording with a voice in it.")
        stream = container.streams.audio[0]
        if container.duration and container.duration / 1e6 > MAX_SECONDS:
            raise AudioUnusable(
                f"{path} is longer than {MAX_SECONDS // 3600} hours. Cut out the part with the voice first."
            )
        rate = int(stream.rate)
        resampler = av.AudioResampler(format="fltp", layout=stream.layout.name, rate=rate)
        try:
            for frame in container.decode(stream):
                parts.extend(out.to_ndarray() for out in resampler.resample(frame))
        except av.error.InvalidDataError as error:
            # A truncated tape is still worth having; one that gave nothing is not.
            if not parts:
                raise FileUnreadable(f"{path} holds no sound that can be decoded. It may be damaged.") from error
        parts.extend(out.to_ndarray() for out in resampler.resample(None))
    if not parts or sum(part.shape[1] for part in parts) == 0:
        raise AudioUnusable(f"{path} has a sound track without a single sample in it.")
    samples = np.ascontiguousarray(np.concatenate(parts, axis=1), dtype=np.float32)
    clip = AudioClip(np.nan_to_num(samples), rate)
    if mono:
        # The mean, not ffmpeg's downmix: that adds the channels up and a voice on both clips.
        clip = AudioClip(clip.mono()[None], rate)
    return clip if sample_rate is None else resample(clip, sample_rate)


def resample(clip: AudioClip, sample_rate: int) -> AudioClip:
    """The same sound at another rate (soxr, very high quality); its length is exact to one sample."""
    if clip.sample_rate == sample_rate:
        return clip
    import soxr

    samples = soxr.resample(clip.samples.T, clip.sample_rate, sample_rate, quality="VHQ").T
    return AudioClip(np.ascontiguousarray(samples, dtype=np.float32), sample_rate)


def write_wav(path: Path, clip: AudioClip, *, pcm16: bool = False) -> None:
    """Write a WAV: 32-bit float, or 16-bit integers with samples beyond ±1 clipped.

    Raises:
        OutputUnwritable: the disk is full or the folder may not be written.
    """
    from scipy.io import wavfile

    samples = clip.samples.T
    if pcm16:
        samples = np.round(np.clip(samples, -1, 1) * 32767).astype(np.int16)
    with writing(path) as temporary:
        wavfile.write(temporary, clip.sample_rate, samples)
