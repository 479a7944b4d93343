"""Old and noisy recordings made fit to learn a voice from, and a report of how good they were."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.errors import AudioUnusable
from studio.types import F32, AudioClip
from studio.voice.loudness import level_db, to_level
from studio.voice.rnnoise import DELAY, FRAME, SAMPLE_RATE, Denoiser

F64 = NDArray[np.float64]

MIN_VOICED_S = 1.0
HIGH_PASS_HZ = 60.0  # below lies rumble and no voice
_BLOCK_S = 30  # worked through in pieces; three mono copies at 48 kHz are held at most, 2 GB for an hour
_HUM_S = 120  # looked at for hum, which never changes
_VOICE = 0.5  # RNNoise's certainty from which a frame counts as voice
_LEAD_S, _TAIL_S = 0.15, 0.30  # kept around the first and the last voice: soft consonants and breath
_SILENT_DB = -60.0  # dBFS; no voice was ever recorded so softly that 16 bits still held it
_RUN_BLOCK = 1 << 20  # samples looked at together
_CLIPPED_RUN = 3  # equal samples in a row at the very top
# Clean sound passes untouched, noisy sound is denoised in full, with a gradual change between, dB.
_NOISY_DB, _CLEAN_DB = 25.0, 40.0
_QUIET_SHARE, _LOUD_SHARE = 5, 90  # percentiles of frame levels taken as noise and as voice
_BANDWIDTH_DROP_DB = 55.0  # below the strongest band: nothing of the voice is heard there any more


@dataclass(frozen=True)
class VoiceReport:
    """How good a recording is for learning a voice."""

    snr_db: float
    """Level of the voice over that of the pauses; too small where nobody ever pauses."""
    clipped: float
    """Share of samples cut off at the top, 0 … 1."""
    bandwidth_hz: float
    """Up to where there is voice: about 3400 from a telephone, 8000 and more from a good microphone."""
    voiced_s: float
    """How long somebody speaks, s."""
    level_db: float
    """Gated RMS, dBFS."""

    def advice(self) -> tuple[str, ...]:
        """What the recording lacks, in sentences; empty where it is good."""
        said = []
        if self.snr_db < 15:
            said.append(f"The recording is noisy (the voice is {self.snr_db:.0f} dB above the noise; 25 is good).")
        if self.clipped > 0.001:
            said.append(f"{self.clipped:.1%} of the sound is cut off because it was recorded too loudly.")
        if self.bandwidth_hz < 5000:
            said.append(f"There is no voice above {self.bandwidth_hz:.0f} Hz: it sounds like a telephone.")
        if self.voiced_s < 10:
            said.append(f"Only {self.voiced_s:.0f} s of voice; from 30 s on the likeness is better.")
        return tuple(said)


@dataclass(frozen=True, eq=False)
class _Pass:
    """A recording after filtering, before and after RNNoise, aligned; and the certainty of voice in each frame."""

    filtered: F32
    denoised: F32
    voice: F32


def examine(clip: AudioClip) -> VoiceReport:
    """Measures a recording; works for any rate and number of channels, and never refuses."""
    return _report(clip, _passed(clip))


def clean(clip: AudioClip) -> AudioClip:
    """The voice of a recording: mono, 48 kHz, without rumble, hum and noise, without silence at its ends, at −20 dBFS.

    Recordings that are clean already pass nearly untouched: the share of RNNoise falls from all at 25 dB of
    signal-to-noise ratio to none at 40 dB.

    Raises:
        AudioUnusable: silent, less than a second of voice, or cut off nearly everywhere.
    """
    passed = _passed(clip)
    report = _report(clip, passed)
    refuse(report)
    share = np.float32(np.clip((_CLEAN_DB - report.snr_db) / (_CLEAN_DB - _NOISY_DB), 0, 1))
    voiced = np.flatnonzero(passed.voice > _VOICE)
    start = max(0, int(voiced[0]) * FRAME - round(_LEAD_S * SAMPLE_RATE))
    end = min((int(voiced[-1]) + 1) * FRAME + round(_TAIL_S * SAMPLE_RATE), int(clip.duration * SAMPLE_RATE))
    # In place: these arrays are as long as the recording.
    kept, untouched = passed.denoised[start:end], passed.filtered[start:end]
    kept *= share
    untouched *= 1 - share
    kept += untouched
    return AudioClip(to_level(kept, SAMPLE_RATE)[None], SAMPLE_RATE)


def refuse(report: VoiceReport) -> None:
    """Raises AudioUnusable where no voice can be had from what was measured."""
    if report.level_db < _SILENT_DB:
        raise AudioUnusable("The recording is silent. Choose one in which the person speaks.")
    if report.clipped > 0.2:
        raise AudioUnusable(
            f"{report.clipped:.0%} of the recording is cut off because it was recorded too loudly. Choose another one."
        )
    if report.voiced_s < MIN_VOICED_S:
        raise AudioUnusable(
            f"Only {report.voiced_s:.1f} s of voice were found in the recording; at least {MIN_VOICED_S:.0f} s "
            "is needed, 30 s is good. Choose a longer one, with nobody else and no music in it."
        )


def clipped_share(samples: F32) -> float:
    """Share of float32 (T,) that lies in flat runs at its own highest level, 0 … 1."""
    if not len(samples):
        return 0.0
    top = float(max(samples.max(), -samples.min()))
    if top < 0.1:  # a soft recording has a top too, but nothing was cut there
        return 0.0
    count = 0
    for start in range(0, len(samples), _RUN_BLOCK):
        flat = (np.abs(samples[start : start + _RUN_BLOCK]) >= 0.995 * top).astype(np.int8)
        edges = np.flatnonzero(np.diff(flat, prepend=0, append=0))
        runs = edges[1::2] - edges[::2]
        count += int(runs[runs >= _CLIPPED_RUN].sum())
    return count / len(samples)


def _passed(clip: AudioClip) -> _Pass:
    """Filters and denoises in blocks. All outputs have the length of the input at 48 kHz, rounded up to a frame."""
    # Resampling may round up by a sample, and the last frame is filled.
    longest = int(clip.duration * SAMPLE_RATE) + 2 * FRAME
    filtered = np.zeros(longest, dtype=np.float32)
    denoised = np.zeros(longest + DELAY, dtype=np.float32)
    voice = np.zeros(longest // FRAME + DELAY // FRAME + 1, dtype=np.float32)
    at = 0
    with Denoiser() as denoiser:
        for block in _blocks(clip):
            end = at + len(block)
            filtered[at:end] = block
            denoised[at:end], voice[at // FRAME : end // FRAME] = denoiser.process(block)
            at = end
        rest = slice(at // FRAME, (at + DELAY) // FRAME)
        denoised[at : at + DELAY], voice[rest] = denoiser.process(np.zeros(DELAY, dtype=np.float32))
    return _Pass(filtered[:at], denoised[DELAY : DELAY + at], voice[DELAY // FRAME : (DELAY + at) // FRAME])


def _blocks(clip: AudioClip) -> Iterator[F32]:
    """Mono blocks at 48 kHz without rumble and hum; the last is padded to a whole frame."""
    import soxr
    from scipy.signal import sosfilt, sosfilt_zi

    sections = _filter(clip)
    state = sosfilt_zi(sections) * 0
    resampler = soxr.ResampleStream(clip.sample_rate, SAMPLE_RATE, 1, dtype="float32", quality="VHQ")
    step = _BLOCK_S * clip.sample_rate
    length = clip.samples.shape[1]
    # A constant offset would ring in the filters where the sound starts.
    offset = np.float32(clip.samples.mean()) if length else np.float32(0)
    held = np.zeros(0, dtype=np.float32)
    for start in range(0, length, step):
        mono = clip.samples[:, start : start + step].mean(axis=0, dtype=np.float32) - offset
        last = start + step >= length
        wide = resampler.resample_chunk(np.nan_to_num(mono), last=last)
        out, state = sosfilt(sections, wide, zi=state)
        held = np.concatenate([held, out.astype(np.float32)])
        whole = len(held) if last else len(held) // FRAME * FRAME
        block, held = held[:whole], held[whole:]
        if last:
            block = np.pad(block, (0, -len(block) % FRAME))
        if len(block):
            yield block


def _filter(clip: AudioClip) -> F64:
    """Second-order sections at 48 kHz: the high-pass, and a notch for every line of mains hum that is there."""
    from scipy.signal import butter, iirnotch, tf2sos

    sections = [butter(4, HIGH_PASS_HZ, "highpass", fs=SAMPLE_RATE, output="sos")]
    sections += [tf2sos(*iirnotch(line, 30, fs=SAMPLE_RATE)) for line in hum_lines(clip)]
    return np.concatenate(sections)


def hum_lines(clip: AudioClip) -> tuple[float, ...]:
    """Frequencies of mains hum, Hz: multiples of 50 or 60 up to 480 that stand 12 dB out of the pauses' spectrum."""
    from scipy.signal import periodogram

    rate = clip.sample_rate
    size = rate  # 1 s: lines are 1 Hz wide, a voice never is
    mono = clip.samples[:, : _HUM_S * rate].mean(axis=0, dtype=np.float32)
    if len(mono) < 2 * size:
        return ()
    frames = mono[: len(mono) // (size // 2) * (size // 2)].reshape(-1, size // 2)
    frames = np.concatenate([frames[:-1], frames[1:]], axis=1)
    quiet = frames[np.argsort(np.square(frames).mean(axis=1))[: max(1, len(frames) // 5)]]
    _, power = periodogram(quiet, rate, window="hann", axis=1)
    spectrum = 10 * np.log10(np.median(power, axis=0) + 1e-16)
    lines: list[float] = []
    for base in (50, 60):
        heights = []
        for line in range(base, min(481, rate // 2 - 10), base):
            around = np.concatenate([spectrum[line - 8 : line - 3], spectrum[line + 4 : line + 9]])
            heights.append((line, float(spectrum[line - 1 : line + 2].max() - np.median(around))))
        if sum(height > 12 for _, height in heights) >= 2:
            lines += [float(line) for line, height in heights if height > 12 and line > HIGH_PASS_HZ]
    return tuple(sorted(set(lines)))


def _report(clip: AudioClip, passed: _Pass) -> VoiceReport:
    frames = passed.filtered.reshape(-1, FRAME)
    power = np.einsum("ij,ij->i", frames, frames) / FRAME
    levels = 10 * np.log10(power + 1e-10)
    # Digital silence says nothing of the room's noise.
    sounding = levels[levels > -90]
    snr = 0.0
    if len(sounding):
        snr = float(np.percentile(sounding, _LOUD_SHARE) - np.percentile(sounding, _QUIET_SHARE))
    voiced = passed.voice > _VOICE
    return VoiceReport(
        snr_db=snr,
        clipped=max(clipped_share(channel) for channel in clip.samples) if clip.samples.size else 0.0,
        bandwidth_hz=_bandwidth(frames, voiced, levels, min(clip.sample_rate, SAMPLE_RATE) / 2),
        voiced_s=float(voiced.sum() * FRAME / SAMPLE_RATE),
        level_db=level_db(passed.filtered, SAMPLE_RATE),
    )


def _bandwidth(frames: F32, voiced: NDArray[np.bool_], levels: F32, highest: float) -> float:
    """Highest frequency at which speaking is louder than not speaking and within reach of the strongest band."""
    if voiced.sum() < 10:
        return 0.0
    rng = np.random.default_rng(0)
    window = np.hanning(FRAME).astype(np.float32)

    def spectrum(chosen: NDArray[np.bool_]) -> F64:
        some = rng.permutation(np.flatnonzero(chosen))[:6000]
        power = np.square(np.abs(np.fft.rfft(frames[np.sort(some)] * window, axis=1)))
        return np.asarray(10 * np.log10(power.mean(axis=0) + 1e-12))

    quiet = levels <= np.percentile(levels, _QUIET_SHARE)
    speech = spectrum(voiced & ~quiet) if (voiced & ~quiet).any() else spectrum(voiced)
    heard = (speech > speech.max() - _BANDWIDTH_DROP_DB) & (speech > spectrum(quiet) + 3)
    frequencies = np.arange(len(heard)) * SAMPLE_RATE / FRAME
    return float(min(frequencies[heard].max(initial=0.0), highest))
